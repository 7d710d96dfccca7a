//! The dictionary: which fields each kind of record has, with types, units and vocabularies.
//!
//! The table is `dictionary.toml` beside this file, versioned data rather than code (DOMAIN, currency
//! warning). Intake checks values against it, and the reference documentation lists it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::kind::RecordKind;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `YYYY-MM-DD`.
    Day,
    /// A date as history gives it: EDTF, level 1.
    Edtf,
    /// true or false.
    Boolean,
    /// One word of the field's vocabulary.
    Word,
    /// Words of the field's vocabulary, separated by commas in flat files, kept as a list.
    Words,
    /// Texts, separated by commas in flat files, kept as a list.
    Texts,
    /// Anything JSON, such as a list of names.
    Json,
}

/// One field of a kind of record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// As exchange files spell it.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub holds: FieldType,
    /// Whether a record without it is held.
    #[serde(default)]
    pub required: bool,
    /// Name of the vocabulary of a word field.
    #[serde(default)]
    pub vocabulary: Option<String>,
    /// Unit of a number: `m2`, `m`, `cm`, `days`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Smallest allowed number.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest allowed number.
    #[serde(default)]
    pub max: Option<f64>,
    /// Kind of record whose local id it holds.
    #[serde(default)]
    pub refers_to: Option<RecordKind>,
    /// Of a JSON field that is a list of objects: the members they can have, each a text.
    #[serde(default)]
    pub members: Vec<String>,
    /// What it means, in the field's words.
    pub about: String,
}

/// What a kind's geometry must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Must be a polygon or several (LR-X8).
    AreaRequired,
    /// Any geometry or none.
    Any,
    /// A point, or none.
    Point,
    /// None is expected.
    None,
}

/// One kind of record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// What it is, one sentence.
    pub about: String,
    /// What its geometry must be.
    pub ground: Ground,
    /// Its own fields, besides the common ones.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
}

/// The whole table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dictionary {
    /// Version of the table, a day.
    pub version: String,
    /// Allowed words by vocabulary: word → meaning.
    pub vocabulary: BTreeMap<String, BTreeMap<String, String>>,
    /// Fields of every kind.
    #[serde(rename = "common")]
    pub common: Vec<Field>,
    /// Kinds by name.
    pub kind: BTreeMap<RecordKind, Kind>,
}

impl Dictionary {
    /// The table that ships with the program.
    ///
    /// ```
    /// let dictionary = records::dictionary::Dictionary::shipped();
    /// assert!(dictionary.vocabulary["eo_category"].contains_key("AP_MINE"));
    /// ```
    pub fn shipped() -> &'static Dictionary {
        static SHIPPED: OnceLock<Dictionary> = OnceLock::new();
        SHIPPED
            .get_or_init(|| toml::from_str(include_str!("dictionary.toml")).expect("the shipped dictionary is valid"))
    }

    /// A field of a kind, its own or a common one.
    pub fn field(&self, kind: RecordKind, name: &str) -> Option<&Field> {
        let own = self.kind.get(&kind).map(|k| k.fields.as_slice()).unwrap_or_default();
        own.iter().chain(&self.common).find(|field| field.name == name)
    }

    /// Every field of a kind, its own first.
    pub fn fields(&self, kind: RecordKind) -> impl Iterator<Item = &Field> {
        self.kind.get(&kind).into_iter().flat_map(|k| &k.fields).chain(&self.common)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_record_stands_in_the_dictionary_and_every_word_field_has_its_vocabulary() {
        let dictionary = Dictionary::shipped();
        for kind in RecordKind::ALL {
            assert!(dictionary.kind.contains_key(kind), "{kind} is missing");
            for field in dictionary.fields(*kind) {
                let is_word = matches!(field.holds, FieldType::Word | FieldType::Words);
                assert_eq!(is_word, field.vocabulary.is_some(), "{kind}.{}", field.name);
                if let Some(name) = &field.vocabulary {
                    assert!(dictionary.vocabulary.contains_key(name), "{kind}.{}: no vocabulary {name}", field.name);
                }
            }
        }
    }
}
