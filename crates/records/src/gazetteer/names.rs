//! The names of one place, in the order of the reader.

use jiff::civil::Date;
use serde_json::Value;

use crate::Record;
use crate::extent::Extent;

/// One name of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As kept.
    pub name: String,
    /// BCP 47; empty if nobody said.
    pub language: String,
    /// ISO 15924, such as `Latn`, `Cyrl`, `Armn`, `Arab`.
    pub script: String,
    /// When it was in use, as said.
    pub period: String,
    /// What sort of name it is, such as official, local, historical.
    pub kind: String,
    /// Who says so.
    pub source: String,
}

/// The languages a reader asks for, the dearest first, by their first subtag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Language(Vec<String>);

impl Language {
    /// From a header such as `hy, ru;q=0.8`.
    ///
    /// ```
    /// use records::gazetteer::Language;
    /// assert!(Language::accepted("en;q=0.5, hy").rank("hy") < Language::accepted("en;q=0.5, hy").rank("en"));
    /// ```
    pub fn accepted(header: &str) -> Language {
        let mut wanted: Vec<(f64, String)> = header
            .split(',')
            .filter_map(|part| {
                let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
                let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok())?;
                let tag = subtag(tag);
                (!tag.is_empty() && tag != "*" && weight > 0.0).then_some((weight, tag))
            })
            .collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        Language(wanted.into_iter().map(|(_, tag)| tag).collect())
    }

    /// Its place in the reader's order; what is not asked for comes last.
    pub fn rank(&self, language: &str) -> usize {
        let tag = subtag(language);
        self.0.iter().position(|wanted| *wanted == tag).unwrap_or(self.0.len())
    }
}

/// The first subtag, in two letters where the languages of the region have three as well.
fn subtag(tag: &str) -> String {
    let first = tag.trim().split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let two = match first.as_str() {
        "aze" => "az",
        "hye" | "arm" => "hy",
        "rus" => "ru",
        "eng" => "en",
        "fas" | "per" => "fa",
        "kat" | "geo" => "ka",
        "tur" => "tr",
        "ara" => "ar",
        "fra" => "fr",
        "deu" => "de",
        other => other,
    };
    two.to_owned()
}

/// Every name of a place, each once: what `name` says, then what `names` lists.
pub fn names_of(record: &Record) -> Vec<Name> {
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let listed = record.fields.get("names").and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<Name> = listed
        .map(|value| match value {
            Value::String(name) => Name::plain(name),
            value => Name {
                name: text(value, "name"),
                language: text(value, "language"),
                script: text(value, "script"),
                period: text(value, "period"),
                kind: text(value, "kind"),
                source: text(value, "source"),
            },
        })
        .filter(|name| !name.name.is_empty())
        .collect();
    if let Some(own) = record.text("name").filter(|own| names.iter().all(|name| name.name != *own)) {
        names.insert(0, Name::plain(own));
    }
    names
}

impl Name {
    fn plain(name: &str) -> Name {
        let empty = String::new;
        Name {
            name: name.to_owned(),
            language: empty(),
            script: empty(),
            period: empty(),
            kind: empty(),
            source: empty(),
        }
    }

    /// Its script, as said or as its letters show.
    pub fn written_in(&self) -> &str {
        if !self.script.is_empty() {
            return &self.script;
        }
        let script = |letter: char| match u32::from(letter) {
            0x41..=0x24f | 0x1e00..=0x1eff => Some("Latn"),
            0x370..=0x3ff => Some("Grek"),
            0x400..=0x52f => Some("Cyrl"),
            0x530..=0x58f => Some("Armn"),
            0x590..=0x5ff => Some("Hebr"),
            0x600..=0x6ff | 0x750..=0x77f | 0xfb50..=0xfdff | 0xfe70..=0xfeff => Some("Arab"),
            0x10a0..=0x10ff => Some("Geor"),
            _ => None,
        };
        self.name.chars().filter(|c| c.is_alphabetic()).find_map(script).unwrap_or_default()
    }

    /// Whether it was in use on a day; a name without a period always was.
    pub fn is_of(&self, day: Date) -> bool {
        Extent::read(&self.period).is_none_or(|extent| extent.meets(Extent::day(day)))
    }

    /// Sorts names for a reader: his languages first, then names in use, then others; none is the true one.
    pub fn order(&self, reader: &Language, day: Date) -> (usize, bool, bool) {
        (reader.rank(&self.language), !self.is_of(day), self.kind == "historical")
    }
}
