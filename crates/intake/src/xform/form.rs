//! What a form says about its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use super::refused;
use crate::formats::xml::{Xml, XmlReader};
use crate::refused::Refused;

/// A form, as far as a receiver of its answers needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct XForm {
    /// Its id; the same in every version.
    pub form_id: String,
    /// Its version; may be empty.
    pub version: String,
    /// What people call it.
    pub title: String,
    /// Names of the files that it needs on the phone, such as lists to choose from.
    pub media: Vec<String>,
    /// `type` of the answers, by path from the root: `/data/where`.
    types: BTreeMap<String, String>,
    /// Answers of which several may be chosen.
    several: BTreeSet<String>,
    repeats: BTreeSet<String>,
}

/// What sort of place an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceKind {
    Point,
    Trace,
    Shape,
}

const XFORM: &str = "XForm";
const HINT: &str = "upload the XForm that ODK Build, pyxform or another designer wrote, or its XLSForm";

impl XForm {
    /// From the XML of a form; `name` is how messages call it.
    pub fn parse(bytes: &[u8], name: &str) -> Result<XForm, Refused> {
        let mut reader =
            XmlReader::new(Cursor::new(bytes), bytes.len() as u64).map_err(|why| Refused::io(name, why))?;
        let mut form = XForm::default();
        let mut path: Vec<String> = Vec::new();
        // Depth of the instance that holds the answers: the first one without a source.
        let (mut primary, mut has_primary) = (0, false);
        while let Some(event) = reader.next().map_err(|stop| refused(&stop, name, XFORM))? {
            match event {
                Xml::Start(element, attributes) => {
                    let attribute =
                        |wanted: &str| attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
                    if path.is_empty() && element != "html" {
                        let why = format!("its root element is <{element}>, <h:html> is wanted");
                        return Err(Refused::broken(name, XFORM, why, HINT));
                    }
                    match element.as_str() {
                        "instance" if !has_primary && attribute("src").is_none() => {
                            (primary, has_primary) = (path.len() + 1, true);
                        }
                        "instance" => form.media.extend(attribute("src").as_deref().and_then(file_name)),
                        "submission" if attribute("base64RsaPublicKey").is_some() => {
                            let why = "its answers would be encrypted, and nobody here could read them";
                            return Err(Refused::broken(name, XFORM, why, "remove public_key from the form"));
                        }
                        "bind" => {
                            if let (Some(at), Some(holds)) = (attribute("nodeset"), attribute("type")) {
                                form.types.insert(at, without_prefix(&holds).to_owned());
                            }
                        }
                        "select" => form.several.extend(attribute("ref")),
                        "repeat" => form.repeats.extend(attribute("nodeset")),
                        _ if has_primary && path.len() == primary && form.form_id.is_empty() => {
                            form.form_id = attribute("id").unwrap_or_default().trim().to_owned();
                            form.version = attribute("version").unwrap_or_default().trim().to_owned();
                        }
                        _ => {}
                    }
                    path.push(element);
                }
                Xml::Text(text) => {
                    if path.ends_with(&["head".to_owned(), "title".to_owned()]) {
                        form.title.push_str(&text);
                    }
                }
                Xml::End(_) => _ = path.pop(),
            }
        }
        form.checked(name)
    }

    fn checked(mut self, name: &str) -> Result<XForm, Refused> {
        self.title = self.title.trim().to_owned();
        self.media.sort();
        self.media.dedup();
        let lacks = |what: &str| Refused::broken(name, XFORM, format!("it has no {what}"), HINT);
        if self.form_id.is_empty() {
            return Err(lacks("form id: the element inside its first instance has no id"));
        }
        if self.title.is_empty() {
            return Err(lacks("title"));
        }
        let is_long = [&self.form_id, &self.version].iter().any(|id| id.chars().count() > super::MAX_ID);
        if is_long || [&self.form_id, &self.version].iter().any(|id| id.chars().any(|c| c.is_control() || c == '/')) {
            let why = "its id or version is too long, or holds a slash or a control character";
            return Err(Refused::broken(name, XFORM, why, "give the form another id or version"));
        }
        Ok(self)
    }

    /// Whether the answer names a file, such as a photo.
    pub(super) fn is_file(&self, path: &[String]) -> bool {
        self.holds(path) == Some("binary")
    }

    pub(super) fn is_repeat(&self, path: &[String]) -> bool {
        self.repeats.contains(&joined(path))
    }

    /// Whether several of its words may be chosen, with blanks between them.
    pub(super) fn takes_several(&self, path: &[String]) -> bool {
        self.several.contains(&joined(path))
    }

    pub(super) fn place(&self, path: &[String]) -> Option<PlaceKind> {
        match self.holds(path)? {
            "geopoint" => Some(PlaceKind::Point),
            "geotrace" => Some(PlaceKind::Trace),
            "geoshape" => Some(PlaceKind::Shape),
            _ => None,
        }
    }

    /// Paths of all answers that have a type.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    pub(super) fn holds(&self, path: &[String]) -> Option<&str> {
        self.types.get(&joined(path)).map(String::as_str)
    }
}

fn joined(path: &[String]) -> String {
    path.iter().map(|name| format!("/{name}")).collect()
}

fn without_prefix(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// `jr://file-csv/hazards.csv` is `hazards.csv`.
fn file_name(source: &str) -> Option<String> {
    let name = source.strip_prefix("jr://")?.rsplit('/').next()?;
    // What the phone itself knows, such as the last filled form, is no file.
    (name.contains('.')).then(|| name.to_owned())
}
