//! One file in, its drafts as text out.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use intake::{Draft, Options, open};

/// The day on which every scene is recorded.
pub const TODAY: &str = "2026-11-24";

/// Options of a scene.
pub fn options(name: &str) -> Options<'static> {
    Options::new(name, TODAY.parse().unwrap())
}

/// A scratch file with this content; its name ends as given.
pub fn scratch(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

/// What becomes of a file: a line a draft, its issues indented.
pub fn read(name: &str, content: impl AsRef<[u8]>) -> String {
    read_with(name, content, |_| {})
}

/// The same with options changed.
pub fn read_with<'a>(name: &str, content: impl AsRef<[u8]>, change: impl FnOnce(&mut Options<'a>)) -> String {
    let (_folder, path) = scratch(name, content.as_ref());
    let mut options = options(name);
    change(&mut options);
    read_path(&path, &options)
}

/// What becomes of a file on disk.
pub fn read_path(path: &Path, options: &Options<'_>) -> String {
    match open(path, options) {
        Err(refused) => format!("refused: {refused}\n"),
        Ok(reader) => {
            let format = reader.format();
            let mut out = format!("{format}\n");
            reader.for_each(|draft| out.push_str(&describe(&draft)));
            out
        }
    }
}

/// One draft as text.
pub fn describe(draft: &Draft) -> String {
    let is_held = draft.issues.iter().any(|issue| issue.severity == records::Severity::Error);
    let mut out = format!("row {}: {}", draft.row, if is_held { "held" } else { "accepted" });
    match &draft.record {
        None => out.push_str(", no record"),
        Some(record) => {
            let ground = record.geometry.as_ref().map_or("no ground", |shape| shape.type_name());
            write!(out, " {} {} {} {}", record.kind, record.local_id, record.date_of_information, ground).unwrap();
            if !record.fields.is_empty() {
                write!(out, " {}", serde_json::Value::Object(record.fields.clone())).unwrap();
            }
        }
    }
    if let Some(id) = &draft.supersedes_local_id {
        write!(out, " supersedes {id}").unwrap();
    }
    out.push('\n');
    for issue in &draft.issues {
        assert_eq!(issue.row, draft.row);
        write!(out, "  {} {}", issue.severity.letter(), issue.rule).unwrap();
        for (label, text) in
            [(" ", &issue.field), (" = ", &issue.value), (": ", &issue.message), (". hint: ", &issue.hint)]
        {
            if !text.is_empty() {
                write!(out, "{label}{text}").unwrap();
            }
        }
        out.push('\n');
    }
    out
}

/// A polygon of about 1 ha beside the bundled district, as GeoJSON.
pub const SQUARE: &str =
    r#"{"type":"Polygon","coordinates":[[[46.1,40.1],[46.101,40.1],[46.101,40.101],[46.1,40.101],[46.1,40.1]]]}"#;

/// A feature with these properties, given as the inside of an object.
pub fn feature(properties: &str, geometry: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{geometry}}}"#)
}

/// A collection of features.
pub fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"))
}

/// A file of `fixtures/intake`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/intake").join(name);
    std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// A folder of data that is shared between checkouts on development machines and not part of the project; tests
/// that need it say that they skip.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = root.ancestors().map(|above| above.join("shared").join(folder)).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: shared/{folder} is not on this machine");
    }
    found
}
