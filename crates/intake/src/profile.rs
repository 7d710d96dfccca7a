//! Mapping profiles: how somebody else's file is read, declared once in TOML and kept with the programme.
//!
//! A profile declares; it never guesses. What it does not mention is read as it stands, and what its
//! patterns do not match stays absent and is named.
//!
//! ```toml
//! name = "cleared areas of the town"
//! record = "release_product"        # the kind of every row …
//! record_column = "Soort"           # … or the column that names it (mapped by [values.record])
//! layer = "Blad1"                   # sheet of a workbook or layer of a GeoPackage
//! delimiter = ";"                   # CSV; detected if absent
//! encoding = "windows-1251"         # CSV and shapefile; detected if absent
//! crs = "EPSG:28992"                # of a geometry column or of x and y
//! operation = "EPSG:4833"           # the change of datum; else the programme's, else the most accurate
//! decimal = ","                     # the decimal sign of numbers given as text
//! blank = ["-", "n.v.t."]           # texts that mean nothing, beside the empty one
//! columns = ["Kenmerk", "Soort"]    # only these are read, where another profile reads the rest; all if absent
//! other = ["Nummer_oud"]            # columns that are no fields, kept under `other` without a remark
//! join = true                       # rows of one local id are one record; their grounds are put together
//! local_id = ["{Kenmerk}", "CE-{row}"]  # templates; the first whose columns are not blank. {row}: number of the row
//!
//! [ground]                          # columns that carry the ground; found by their names if absent
//! text = "WKT"                      # or: x = "oost" and y = "noord"
//! notation = "mgrs"                 # mgrs, utm, dms or dm: what the columns hold instead of well-known text or numbers
//!
//! [legs]                            # columns of a table of legs, one row a leg; found by the names of a sheet if absent
//! polygon = "Area"                  # rows of one polygon follow each other
//! bearing = "Azimuth"               # also from, to, distance, inclination, role, marker, north, unit, declination, …
//! metres_per_unit = 0.75            # of the distances, such as a pace
//! position = "from"                 # whose position a row with a leg gives: from or to
//!
//! [legs.constant]                   # what no column says
//! north = "MAGNETIC"
//! unit = "mil6000"
//!
//! [rename]                          # column = field
//! Datum1 = "date_of_information"
//!
//! [values.class]                    # of a field: text of the file = word of the dictionary
//! vrijgegeven = "CLEARED"
//!
//! [constant]                        # fields that no column gives, or where the column is blank
//! class = "CLEARED"
//!
//! [when.Soort]                      # fields that follow from the text of a column
//! Vrijgave = { class = "CLEARED", activity = "CLR" }
//!
//! [date]
//! format = ["%Y/%m/%d"]             # of days, beside YYYY-MM-DD
//!
//! [unit]                            # the unit that the file uses for a field
//! reported_area_m2 = "ha"
//!
//! [pattern.depth_cm]                # a field out of the text of a column
//! from = "Opmerkinge"
//! regex = 'tot (?<value>\d+(,\d+)?) meter -mv$'
//! value = "{value}"                 # template of the named groups; {value} if absent
//! unit = "m"
//! decimal = ","
//!
//! [list.disturbances]               # a field that is a list, out of columns that are lists side by side
//! split = ", "                      # between the parts of a column
//! lead = "cause"                    # the member that says how many there are
//! columns = { cause = "Disturbance Cause Type", certainty = "Disturbance Cause Certainty" }
//!
//! [each]                            # columns of which each is a record of its own, where it is not blank
//! field = "count"                   # takes the value; the column's name is the column {@column} of templates
//! column."Stock" = { category = "displaced" }  # fields that say what it is
//!
//! [where]                           # only rows whose column has one of these texts; others are left out and named
//! Soort_hand = ["Vrijgave"]
//! ```
//!
//! Order of work: `where`, `blank`, `rename`, `constant`, `when`, `pattern`, `list`, `values`, then `unit`, `date` and
//! `decimal` as the values are read. Names of columns that are not plain letters stand in quotes, as TOML
//! wants them: `'Дата' = "date_of_information"`. Columns that no rule mentions and that are no fields are kept under
//! `other`, each named once. A field that two columns give is an issue (DQ-12).

use std::collections::BTreeMap;

use records::dictionary::Dictionary;
use records::{Record, RecordKind};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::legs::LegColumns;
use crate::limits::shorten;
use crate::regroup::Each;
use crate::row::Note;
use crate::text::encoding_named;
use crate::value::{probably_meant, text_of};
use geodesy::crs::{Crs, CrsCode, CrsError};
use geodesy::place::Notation;

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What people call it.
    pub name: String,
    /// The kind of every row.
    pub record: Option<RecordKind>,
    /// The sheet or layer to read.
    pub layer: Option<String>,
    /// The coordinate system.
    pub crs: Option<CrsCode>,
    /// The operation to WGS 84.
    pub operation: Option<u32>,
    pub(crate) record_column: Option<String>,
    pub(crate) delimiter: Option<char>,
    pub(crate) encoding: Option<String>,
    pub(crate) ground: Option<GroundColumns>,
    pub(crate) legs: Option<LegColumns>,
    pub(crate) day_formats: Vec<String>,
    pub(crate) decimal_comma: bool,
    /// Whether rows of one local id are one record.
    pub(crate) join: bool,
    pub(crate) each: Option<Each>,
    lists: BTreeMap<String, List>,
    blank: Vec<String>,
    columns: Vec<String>,
    other: Vec<String>,
    local_id: Vec<String>,
    rename: BTreeMap<String, String>,
    values: BTreeMap<String, BTreeMap<String, String>>,
    constant: BTreeMap<String, Value>,
    when: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    units: BTreeMap<String, Unit>,
    patterns: Vec<Pattern>,
    only: BTreeMap<String, Vec<String>>,
}

/// Which columns carry the ground.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroundColumns {
    pub(crate) text: Option<String>,
    pub(crate) x: Option<String>,
    pub(crate) y: Option<String>,
    notation: Option<String>,
}

impl GroundColumns {
    /// How positions are written, where they are neither well-known text nor numbers.
    pub(crate) fn notation(&self) -> Option<Notation> {
        self.notation.as_deref().and_then(|word| word.parse().ok())
    }
}

/// `[list.FIELD]`: columns that are lists side by side.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// What stands between the parts.
    split: String,
    /// The member that says how many parts there are.
    lead: String,
    /// Column of each member.
    columns: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Pattern {
    field: String,
    from: String,
    regex: Regex,
    template: String,
    unit: Option<Unit>,
    decimal_comma: bool,
}

/// A unit of a file, and how many of the field's own it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) factor: f64,
}

/// Unit of a file, unit of the dictionary, how many (DOMAIN §1.5).
const UNITS: &[(&str, &str, f64)] = &[
    ("m2", "m2", 1.0),
    ("ha", "m2", 10_000.0),
    ("km2", "m2", 1_000_000.0),
    ("dunam", "m2", 1_000.0),
    ("decare", "m2", 1_000.0),
    ("jerib", "m2", 2_000.0),
    ("sotka", "m2", 100.0),
    ("cm", "cm", 1.0),
    ("m", "cm", 100.0),
    ("mm", "cm", 0.1),
    ("m", "m", 1.0),
    ("cm", "m", 0.01),
    ("km", "m", 1_000.0),
    ("days", "days", 1.0),
];

/// Why a text is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not the TOML of a profile.
    #[error("the profile is not readable: {0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// A field that no kind of record has.
    #[error("the profile names the field {name:?} in [{table}], which {kind} does not have{meant}")]
    UnknownField {
        /// As written.
        name: String,
        /// In which table.
        table: &'static str,
        /// Of which kind.
        kind: String,
        /// What was probably meant.
        meant: String,
    },
    /// A kind of record that does not exist.
    #[error("the profile says record = {0:?}, which is no kind of record")]
    UnknownKind(String),
    /// A pattern that cannot be read.
    #[error("the pattern of {field} is not readable: {why}")]
    Pattern {
        /// Of which field.
        field: String,
        /// What is wrong.
        why: String,
    },
    /// A unit that the field cannot have.
    #[error("the profile gives {field} in {unit:?}; known are {known}")]
    Unit {
        /// Of which field.
        field: String,
        /// As written.
        unit: String,
        /// What could stand there.
        known: String,
    },
    /// A coordinate system or operation that the table does not have.
    #[error("the profile's coordinate system: {0}")]
    Crs(#[from] CrsError),
    /// A name that a sheet of legs does not have.
    #[error("the profile names {name:?} in [legs]; known are {known}")]
    Legs {
        /// As written.
        name: String,
        /// What could stand there.
        known: String,
    },
    /// A single setting that cannot be.
    #[error("the profile says {setting} = {value:?}: {why}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// As written.
        value: String,
        /// What is wrong.
        why: &'static str,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    record: Option<String>,
    record_column: Option<String>,
    layer: Option<String>,
    delimiter: Option<String>,
    encoding: Option<String>,
    crs: Option<String>,
    operation: Option<String>,
    decimal: Option<String>,
    #[serde(default)]
    blank: Vec<String>,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    other: Vec<String>,
    #[serde(default)]
    local_id: OneOrMany,
    #[serde(default)]
    join: bool,
    each: Option<Each>,
    #[serde(default)]
    list: BTreeMap<String, List>,
    ground: Option<GroundColumns>,
    legs: Option<LegColumns>,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    constant: BTreeMap<String, Value>,
    #[serde(default)]
    when: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    #[serde(default)]
    date: WrittenDate,
    #[serde(default)]
    unit: BTreeMap<String, String>,
    #[serde(default)]
    pattern: BTreeMap<String, WrittenPattern>,
    #[serde(default, rename = "where")]
    only: BTreeMap<String, OneOrMany>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDate {
    format: OneOrMany,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPattern {
    from: String,
    regex: String,
    value: Option<String>,
    unit: Option<String>,
    decimal: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> OneOrMany {
        OneOrMany::Many(Vec::new())
    }
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(texts) => texts,
        }
    }
}

/// A row after its profile.
#[derive(Default)]
pub(crate) struct Mapped {
    /// By the names of the dictionary, as far as the profile knows them.
    pub(crate) properties: Map<String, Value>,
    /// What was found on the way.
    pub(crate) notes: Vec<Note>,
    /// Units that patterns declare for the fields they gave.
    pub(crate) pattern_units: BTreeMap<String, Unit>,
}

impl Profile {
    /// From the text of a TOML file.
    ///
    /// ```
    /// let profile = intake::profile::Profile::parse("name = 'areas'\nrecord = 'hazard_area'\n[constant]\nclass = 'SHA'").unwrap();
    /// assert_eq!(profile.record, Some(records::RecordKind::HazardArea));
    /// ```
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        let written: Written = toml::from_str(text).map_err(Box::new)?;
        let record = match &written.record {
            Some(name) => Some(name.parse::<RecordKind>().map_err(|_| ProfileError::UnknownKind(name.clone()))?),
            None => None,
        };
        let profile = Profile {
            crs: written.crs.as_deref().map(str::parse).transpose()?,
            operation: written
                .operation
                .as_deref()
                .map(|text| text.parse::<CrsCode>().map(|code| code.0))
                .transpose()?,
            delimiter: written.delimiter.as_deref().map(one_byte).transpose()?,
            decimal_comma: decimal_comma(written.decimal.as_deref())?,
            day_formats: written.date.format.into_vec(),
            units: units(&written.unit, record)?,
            patterns: written
                .pattern
                .into_iter()
                .map(|(field, p)| pattern(field, p, record))
                .collect::<Result<_, _>>()?,
            only: written.only.into_iter().map(|(column, texts)| (column, texts.into_vec())).collect(),
            local_id: written.local_id.into_vec(),
            join: written.join,
            each: written.each,
            lists: written.list,
            name: written.name,
            record,
            record_column: written.record_column,
            layer: written.layer,
            encoding: written.encoding,
            ground: written.ground,
            legs: written.legs,
            blank: written.blank,
            columns: written.columns,
            other: written.other,
            rename: written.rename,
            values: written.values,
            constant: written.constant,
            when: written.when,
        };
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), ProfileError> {
        if let Some(name) = self.encoding.as_deref().filter(|name| encoding_named(name).is_none()) {
            return Err(ProfileError::Setting { setting: "encoding", value: name.to_owned(), why: "no such encoding" });
        }
        if let Some(code) = self.crs {
            Crs::of(code)?;
        }
        if let Some(word) = self.ground.as_ref().and_then(|ground| ground.notation.as_deref()) {
            match word.parse::<Notation>() {
                Ok(Notation::Crs(_)) | Err(_) => {
                    let why = "mgrs, utm, dms or dm is wanted; a coordinate system is stated by crs";
                    return Err(ProfileError::Setting { setting: "notation", value: word.to_owned(), why });
                }
                Ok(_) => {}
            }
        }
        if let Some((name, known)) = self.legs.as_ref().and_then(LegColumns::mistake) {
            return Err(ProfileError::Legs { name: name.to_owned(), known });
        }
        let patterns: Vec<&String> = self.patterns.iter().map(|pattern| &pattern.field).collect();
        known_fields("rename", self.rename.values(), self.record)?;
        known_fields("values", self.values.keys(), self.record)?;
        known_fields("constant", self.constant.keys(), self.record)?;
        let when = self.when.values().flat_map(BTreeMap::values).flat_map(Map::keys);
        known_fields("when", when, self.record)?;
        known_fields("list", self.lists.keys(), self.record)?;
        for list in self.lists.values() {
            if list.split.is_empty() || !list.columns.contains_key(&list.lead) {
                let why = "the member that leads must have a column, and something must stand between the parts";
                return Err(ProfileError::Setting { setting: "lead", value: list.lead.clone(), why });
            }
        }
        if let Some(each) = &self.each {
            let fields = each.column.values().flat_map(Map::keys).chain([&each.field]);
            known_fields("each", fields, self.record)?;
        }
        known_fields("pattern", patterns.into_iter(), self.record)
    }

    /// Whether a row is one of those the profile asks for; if not, why.
    pub(crate) fn leaves_out(&self, properties: &Map<String, Value>) -> Option<(String, String)> {
        self.only.iter().find_map(|(column, texts)| {
            let text = properties.get(column).map(text_of).unwrap_or_default();
            (!texts.iter().any(|wanted| wanted == text.trim())).then(|| (column.clone(), text))
        })
    }

    /// A row in the names and words of the dictionary.
    pub(crate) fn map(&self, given: &Map<String, Value>, row: u64) -> Mapped {
        let mut mapped = Mapped { properties: Map::new(), notes: Vec::new(), pattern_units: BTreeMap::new() };
        for (column, value) in given.iter().filter(|(column, _)| self.reads(column)) {
            let field = self.rename.get(column).unwrap_or(column);
            self.set(field, if self.is_blank(value) { Value::Null } else { value.clone() }, &mut mapped);
        }
        if let Some(kind) = self.record_column.as_ref().and_then(|column| given.get(column)) {
            self.set("record", kind.clone(), &mut mapped);
        }
        let of_texts = self.when.iter().filter_map(|(column, texts)| texts.get(given.get(column).map(text_of)?.trim()));
        for (field, value) in self.constant.iter().chain(of_texts.flatten()) {
            if mapped.properties.get(field).is_none_or(|value| self.is_blank(value)) {
                mapped.properties.insert(field.clone(), value.clone());
            }
        }
        self.patterns.iter().for_each(|pattern| self.apply_pattern(pattern, given, &mut mapped));
        self.lists.iter().for_each(|(field, list)| self.apply_list(field, list, given, &mut mapped));
        self.map_values(&mut mapped);
        if let Some(id) = self.local_id.iter().find_map(|template| self.fill(template, given, row)) {
            mapped.properties.insert("local_id".to_owned(), Value::String(id));
        }
        mapped
    }

    /// Whether the profile reads this column for something, so that it is not unknown.
    pub(crate) fn mentions(&self, column: &str) -> bool {
        let template = format!("{{{column}}}");
        self.record_column.as_deref() == Some(column)
            || self.only.contains_key(column)
            || self.when.contains_key(column)
            || self.other.iter().any(|name| name == column)
            || self.local_id.iter().any(|id| id.contains(&template))
            || self.patterns.iter().any(|pattern| pattern.from == column)
            || self.lists.values().any(|list| list.columns.values().any(|name| name == column))
    }

    /// Whether the profile does anything with this column.
    pub(crate) fn takes(&self, column: &str) -> bool {
        self.rename.contains_key(column) || self.mentions(column)
    }

    /// The column that becomes a field, if one is renamed to it.
    pub(crate) fn column_of(&self, field: &str) -> Option<String> {
        self.rename.iter().find(|(_, to)| *to == field).map(|(column, _)| column.clone())
    }

    /// The unit that the file uses for a field.
    pub(crate) fn unit(&self, field: &str) -> Option<Unit> {
        self.units.get(field).copied()
    }

    fn reads(&self, column: &str) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|name| name == column)
    }

    pub(crate) fn is_blank(&self, value: &Value) -> bool {
        let text = text_of(value);
        text.trim().is_empty() || self.blank.iter().any(|blank| blank == text.trim())
    }

    fn set(&self, field: &str, value: Value, mapped: &mut Mapped) {
        match mapped.properties.get(field) {
            Some(first) if !self.is_blank(first) => {
                if !self.is_blank(&value) && *first != value {
                    let both = format!("{} and {}", text_of(first), text_of(&value));
                    mapped.notes.push(Note::new("property_twice").about(field, both));
                }
            }
            _ => {
                mapped.properties.insert(field.to_owned(), value);
            }
        }
    }

    fn apply_pattern(&self, pattern: &Pattern, given: &Map<String, Value>, mapped: &mut Mapped) {
        if mapped.properties.get(&pattern.field).is_some_and(|value| !self.is_blank(value)) {
            return;
        }
        let text = given.get(&pattern.from).map(text_of).unwrap_or_default();
        let Some(groups) = pattern.regex.captures(&text) else {
            if !text.trim().is_empty() {
                let note = Note::new("pattern_unmatched").about(&pattern.field, shorten(&text));
                mapped.notes.push(note.with("column", &pattern.from).with("field", &pattern.field));
            }
            return;
        };
        let mut value = pattern.template.clone();
        for name in pattern.regex.capture_names().flatten() {
            value = value
                .replace(&format!("{{{name}}}"), groups.name(name).map(|group| group.as_str()).unwrap_or_default());
        }
        if pattern.decimal_comma {
            value = value.replacen(',', ".", 1);
        }
        if let Some(unit) = pattern.unit {
            mapped.pattern_units.insert(pattern.field.clone(), unit);
        }
        mapped.properties.insert(pattern.field.clone(), Value::String(value));
    }

    /// Columns that are lists side by side as one list. A column with more or fewer parts than the one that leads is not
    /// guessed at: it stays as it stands.
    fn apply_list(&self, field: &str, list: &List, given: &Map<String, Value>, mapped: &mut Mapped) {
        let parts_of = |column: &String| -> Option<Vec<String>> {
            let text = given.get(column).filter(|value| !self.is_blank(value)).map(text_of)?;
            Some(text.split(&list.split).map(|part| part.trim().to_owned()).collect())
        };
        let lead = &list.columns[&list.lead];
        let Some(n) = parts_of(lead).map(|parts| parts.len()) else { return };
        let mut items = vec![Map::new(); n];
        for (member, column) in &list.columns {
            let Some(parts) = parts_of(column) else { continue };
            if parts.len() != n {
                let note = Note::new("lists_uneven")
                    .about(column, shorten(&given.get(column).map(text_of).unwrap_or_default()));
                let note = note.with("column", column).with("n", parts.len());
                mapped.notes.push(note.with("lead", lead).with("wanted", n));
                continue;
            }
            for (item, part) in items.iter_mut().zip(parts) {
                if !self.is_blank(&Value::String(part.clone())) {
                    item.insert(member.clone(), Value::String(part));
                }
            }
            mapped.properties.shift_remove(column);
        }
        mapped.properties.insert(field.to_owned(), Value::Array(items.into_iter().map(Value::Object).collect()));
    }

    fn map_values(&self, mapped: &mut Mapped) {
        for (field, words) in &self.values {
            if let Some(value) = mapped.properties.get_mut(field)
                && let Some(word) = words.get(text_of(value).trim())
            {
                *value = Value::String(word.clone());
            }
        }
    }

    /// A template with the columns of this row; `None` if one of them is blank.
    fn fill(&self, template: &str, given: &Map<String, Value>, row: u64) -> Option<String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}')?;
            text.push_str(before);
            match given.get(name) {
                Some(value) if self.is_blank(value) => return None,
                Some(value) => text.push_str(text_of(value).trim()),
                None if name == "row" => text.push_str(&row.to_string()),
                None => return None,
            }
            rest = behind;
        }
        text.push_str(rest);
        Some(text)
    }
}

fn one_byte(text: &str) -> Result<char, ProfileError> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) if only.is_ascii() => Ok(only),
        _ => {
            Err(ProfileError::Setting { setting: "delimiter", value: text.to_owned(), why: "one character is wanted" })
        }
    }
}

fn decimal_comma(text: Option<&str>) -> Result<bool, ProfileError> {
    match text {
        None | Some(".") => Ok(false),
        Some(",") => Ok(true),
        Some(other) => Err(ProfileError::Setting {
            setting: "decimal",
            value: other.to_owned(),
            why: "a point or a comma is wanted",
        }),
    }
}

fn units(written: &BTreeMap<String, String>, kind: Option<RecordKind>) -> Result<BTreeMap<String, Unit>, ProfileError> {
    written.iter().map(|(field, unit)| Ok((field.clone(), unit_of(field, unit, kind)?))).collect()
}

fn unit_of(field: &str, name: &str, kind: Option<RecordKind>) -> Result<Unit, ProfileError> {
    let kinds = kind.map_or(RecordKind::ALL.to_vec(), |kind| vec![kind]);
    let own = kinds.iter().find_map(|kind| Dictionary::shipped().field(*kind, field)?.unit.clone()).unwrap_or_default();
    let found = UNITS.iter().find(|(unit, of, _)| *unit == name && *of == own);
    found.map(|(name, _, factor)| Unit { name, factor: *factor }).ok_or_else(|| {
        let known: Vec<&str> = UNITS.iter().filter(|(_, of, _)| *of == own).map(|(unit, _, _)| *unit).collect();
        let known = if known.is_empty() { "none, since the field has no unit".to_owned() } else { known.join(", ") };
        ProfileError::Unit { field: field.to_owned(), unit: name.to_owned(), known }
    })
}

fn pattern(field: String, written: WrittenPattern, kind: Option<RecordKind>) -> Result<Pattern, ProfileError> {
    const LARGEST: usize = 1024 * 1024;
    let regex = RegexBuilder::new(&written.regex).size_limit(LARGEST).build();
    let regex = regex.map_err(|why| ProfileError::Pattern { field: field.clone(), why: why.to_string() })?;
    let template = written.value.unwrap_or_else(|| "{value}".to_owned());
    let has_group = regex.capture_names().flatten().any(|name| template.contains(&format!("{{{name}}}")));
    if !has_group {
        let why = format!("its regex has no named group that {template:?} uses, such as (?<value>…)");
        return Err(ProfileError::Pattern { field, why });
    }
    let unit = written.unit.as_deref().map(|unit| unit_of(&field, unit, kind)).transpose()?;
    Ok(Pattern {
        decimal_comma: decimal_comma(written.decimal.as_deref())?,
        field,
        from: written.from,
        regex,
        template,
        unit,
    })
}

/// The properties that every kind has beside the fields of the dictionary.
pub(crate) const ENVELOPE: &[&str] = &["record", "local_id", "date_of_information", "supersedes", "source"];

fn known_fields<'a>(
    table: &'static str,
    names: impl Iterator<Item = &'a String>,
    kind: Option<RecordKind>,
) -> Result<(), ProfileError> {
    let kinds = kind.map_or(RecordKind::ALL.to_vec(), |kind| vec![kind]);
    let dictionary = Dictionary::shipped();
    for name in names {
        let is_known =
            ENVELOPE.contains(&name.as_str()) || kinds.iter().any(|kind| dictionary.field(*kind, name).is_some());
        if !is_known {
            let fields = kinds.iter().flat_map(|kind| dictionary.fields(*kind)).map(|field| field.name.as_str());
            let words: Vec<&str> = ENVELOPE.iter().copied().chain(fields).collect();
            let meant = probably_meant(name, &words).map(|word| format!("; {word:?}?")).unwrap_or_default();
            let kind = kind.map_or("any kind".to_owned(), |kind| kind.to_string());
            return Err(ProfileError::UnknownField { name: name.clone(), table, kind, meant });
        }
    }
    Ok(())
}

/// What is kept of a value that was read in another unit: the text and the unit, as given.
pub(crate) fn keep_as_entered(record: &mut Record, field: &str, given: &Value, unit: Unit) {
    let fields = record.as_entered.entry("fields").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(fields) = fields {
        fields.insert(field.to_owned(), Value::String(format!("{} {}", text_of(given), unit.name)));
    }
}
