//! Where the files of the tests lie.

use std::path::{Path, PathBuf};

/// A file of `fixtures/geodesy`, as lines without the header.
pub fn fixture(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/geodesy").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    lines(&text)
}

/// The cells of the lines of a CSV without quotes, without its header.
pub fn lines(text: &str) -> Vec<Vec<String>> {
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
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

/// The public vectors (DOMAIN §13).
pub fn vectors() -> Option<serde_json::Value> {
    let file = shared("vectors")?.join("public_vectors.json");
    Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
}
