//! Which format a file is, by its content first and by its name only where content cannot tell.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::archive;
use crate::refused::Refused;
use crate::text;

/// The formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RFC 7946, a single feature or geometry, or one feature a line (RFC 8142).
    GeoJson,
    /// OGC 12-128r17: SQLite, so its rows come from the caller.
    GeoPackage,
    /// ESRI shapefile, bare or in a ZIP.
    Shapefile,
    /// FlatGeobuf 3.
    FlatGeobuf,
    /// OGC KML 2.2.
    Kml,
    /// KML in a ZIP.
    Kmz,
    /// GPX 1.0 and 1.1.
    Gpx,
    /// Parquet, with or without the metadata of GeoParquet.
    Parquet,
    /// A table as text.
    Csv,
    /// A workbook.
    Xlsx,
    /// What somebody filled in with ODK Collect or the like: the XML of one submission.
    Submission,
    /// The text of a weekly bulletin; never detected, only asked for.
    Bulletin,
    /// A page like an encyclopedia's; never detected, only asked for.
    Article,
}

impl Format {
    /// As people say it.
    pub fn name(self) -> &'static str {
        match self {
            Format::GeoJson => "GeoJSON",
            Format::GeoPackage => "GeoPackage",
            Format::Shapefile => "shapefile",
            Format::FlatGeobuf => "FlatGeobuf",
            Format::Kml => "KML",
            Format::Kmz => "KMZ",
            Format::Gpx => "GPX",
            Format::Parquet => "Parquet",
            Format::Csv => "CSV",
            Format::Xlsx => "XLSX",
            Format::Submission => "ODK submission",
            Format::Bulletin => "bulletin",
            Format::Article => "article",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much of a file is looked at.
const HEAD: usize = 64 * 1024;

/// What a file is. `name` is how messages call it.
pub fn detect(path: &Path, name: &str) -> Result<Format, Refused> {
    let mut head = Vec::with_capacity(HEAD);
    let file = File::open(path).map_err(|why| Refused::io(name, why))?;
    file.take(HEAD as u64).read_to_end(&mut head).map_err(|why| Refused::io(name, why))?;
    if head.is_empty() {
        return Err(Refused::Empty { file: name.to_owned() });
    }
    match by_magic(&head) {
        Some(Magic::Format(format)) => Ok(format),
        Some(Magic::Zip) => archive::format_inside(path, name),
        Some(Magic::Refused(what, hint)) => Err(unknown(name, what, hint)),
        None => by_text(&head, path, name),
    }
}

/// Whether a file begins as a ZIP.
pub(crate) fn is_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"PK\x03\x04"
}

enum Magic {
    Format(Format),
    Zip,
    Refused(&'static str, &'static str),
}

fn by_magic(head: &[u8]) -> Option<Magic> {
    const MAGIC: &[(&[u8], Magic)] = &[
        (b"SQLite format 3\0", Magic::Format(Format::GeoPackage)),
        (b"fgb\x03fgb", Magic::Format(Format::FlatGeobuf)),
        (b"PAR1", Magic::Format(Format::Parquet)),
        (b"\x00\x00\x27\x0a", Magic::Format(Format::Shapefile)),
        (b"PK\x03\x04", Magic::Zip),
        (b"PK\x05\x06", Magic::Refused("an empty ZIP", "pack the files again")),
        (b"\xd0\xcf\x11\xe0", Magic::Refused("an old Excel or Word file", "save it as .xlsx")),
        (b"%PDF", Magic::Refused("a PDF", "ask for the data behind it: a spreadsheet or a map layer")),
        (b"\x1f\x8b", Magic::Refused("a gzip file", "unpack it first")),
        (b"7z\xbc\xaf", Magic::Refused("a 7z archive", "unpack it first")),
        (b"Rar!", Magic::Refused("a RAR archive", "unpack it first")),
        (b"\x89PNG", Magic::Refused("an image", "attach it to a record instead")),
        (b"\xff\xd8\xff", Magic::Refused("an image", "attach it to a record instead")),
    ];
    let (_, magic) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic))?;
    Some(match magic {
        Magic::Format(format) => Magic::Format(*format),
        Magic::Zip => Magic::Zip,
        Magic::Refused(what, hint) => Magic::Refused(what, hint),
    })
}

fn by_text(head: &[u8], path: &Path, name: &str) -> Result<Format, Refused> {
    let Some(start) = text::beginning(head) else {
        let is_part = ["dbf", "shx", "sbn", "sbx"].contains(&extension_of(path).as_str());
        return Err(match is_part {
            true => {
                unknown(name, "one part of a shapefile", "send the .shp, .shx, .dbf and .prj together, best in one ZIP")
            }
            false => unknown(
                name,
                "this kind of binary file",
                "save it as GeoJSON, GeoPackage, zipped shapefile, KML, CSV or XLSX",
            ),
        });
    };
    let start = start.trim_start_matches(['\u{feff}', '\u{1e}']).trim_start();
    match start.chars().next() {
        None => Err(Refused::Empty { file: name.to_owned() }),
        Some('{' | '[') => json(start, name),
        Some('<') => xml(start, name),
        Some(_) => table(start, path, name),
    }
}

fn json(start: &str, name: &str) -> Result<Format, Refused> {
    let topology: String = start.chars().take(400).filter(|c| !c.is_whitespace()).collect();
    if topology.contains("\"type\":\"Topology\"") {
        return Err(unknown(name, "TopoJSON", "save it as GeoJSON"));
    }
    Ok(Format::GeoJson)
}

fn xml(start: &str, name: &str) -> Result<Format, Refused> {
    match root_element(start) {
        Some("kml" | "Document" | "Folder" | "Placemark" | "Polygon" | "MultiGeometry" | "Point" | "LineString") => {
            Ok(Format::Kml)
        }
        Some("gpx") => Ok(Format::Gpx),
        Some("html" | "HTML") if start.contains("http://www.w3.org/2002/xforms") => {
            Err(unknown(name, "a form (XForm)", "send what was filled in, not the form"))
        }
        Some("html" | "HTML") => Err(unknown(name, "a web page", "download the file itself, not the page about it")),
        // What was filled in names its form on the root (OpenRosa); `instanceID` may come only after many answers.
        Some(_) if start.contains("instanceID") || root_has_id(start) => Ok(Format::Submission),
        Some(other) => Err(unknown(name, &format!("XML of the kind <{other}>"), "save it as KML, GPX or GeoJSON")),
        // Entities may push the root out of sight; the reader refuses them by name.
        None if start.contains("<!DOCTYPE") || start.contains("<!ENTITY") => {
            Err(Refused::XmlEntities { file: name.to_owned() })
        }
        None => Err(unknown(name, "XML without a root element", "save it as KML, GPX or GeoJSON")),
    }
}

/// The local name of the first element, declarations and comments aside.
fn root_element(text: &str) -> Option<&str> {
    let tag = root_tag(text)?;
    let end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
    Some(tag[..end].rsplit(':').next().unwrap_or_default())
}

/// Whether the first element has an `id`.
fn root_has_id(text: &str) -> bool {
    let attributes = root_tag(text).into_iter().flat_map(str::split_whitespace).skip(1);
    attributes.filter_map(|attribute| attribute.split_once('=')).any(|(name, _)| name == "id")
}

/// The first tag between its brackets, declarations and comments aside; to the end of the text if it does not end there.
fn root_tag(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if rest.starts_with('?') {
            rest = &rest[rest.find("?>")? + 2..];
        } else if rest.len() >= 13 && rest.get(..13).is_some_and(|d| d.eq_ignore_ascii_case("!doctype html")) {
            return Some("html");
        } else if rest.starts_with('!') {
            // A document type without entities ends at the first `>`; with them, nothing after it is trusted.
            let end = rest.find('>')?;
            if rest[..end].contains('[') {
                return None;
            }
            rest = &rest[end + 1..];
        } else {
            return Some(&rest[..rest.find('>').unwrap_or(rest.len())]);
        }
    }
}

fn table(start: &str, path: &Path, name: &str) -> Result<Format, Refused> {
    let extension = extension_of(path);
    let first_line = start.lines().next().unwrap_or_default();
    let is_named_table = matches!(extension.as_str(), "csv" | "tsv" | "tab" | "txt" | "wkt");
    if is_named_table || first_line.contains([',', ';', '\t']) {
        return Ok(Format::Csv);
    }
    Err(unknown(name, "this text", "save it as CSV with a header line, or as GeoJSON"))
}

fn extension_of(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

fn unknown(file: &str, what: &str, hint: &str) -> Refused {
    Refused::UnknownFormat { file: file.to_owned(), what: what.to_owned(), hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_in_is_known_by_its_root_however_long_it_is() {
        for (start, wanted) in [
            ("<data id=\"finds\" version=\"1\"><find>1</find>", Some(Format::Submission)),
            ("<?xml version=\"1.0\"?><h:data xmlns:h=\"x\"\n  id=\"finds\">", Some(Format::Submission)),
            ("<data><meta><instanceID>uuid:1</instanceID></meta></data>", Some(Format::Submission)),
            ("<data gml:id=\"finds\"><find>1</find>", None),
            ("<Document id=\"finds\">", Some(Format::Kml)),
        ] {
            assert_eq!(xml(start, "a.xml").ok(), wanted, "{start}");
        }
    }
}
