//! What a claim states, made ready to be compared: of what, which quantity, which value, of when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::Record;
use crate::claim;
use crate::decimal::Decimal;
use crate::extent::Extent;
use crate::gazetteer::{Gazetteer, folded, key, says_kind};
use crate::published::{self, Interval, Published, Qualifier, Style};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    pub words: Vec<String>,
    /// Words of the whole that its parts do not have.
    #[serde(default)]
    pub whole: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectWords {
    vague: Vec<String>,
    kinds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    #[expect(dead_code, reason = "every table says its version")]
    version: String,
    same: Vec<Vec<String>>,
    pub sense: BTreeSet<String>,
    pub time: BTreeSet<String>,
    pub event: BTreeSet<String>,
    flow: BTreeSet<String>,
    pub begins: BTreeSet<String>,
    pub ends: BTreeSet<String>,
    dated: BTreeSet<String>,
    many: BTreeSet<String>,
    pub parts: Vec<Parts>,
    pub due: BTreeSet<String>,
    pub rate: BTreeMap<String, f64>,
    subject: SubjectWords,
}

pub(super) fn table() -> &'static Words {
    static SHIPPED: OnceLock<Words> = OnceLock::new();
    SHIPPED.get_or_init(|| toml::from_str(include_str!("../contradiction.toml")).expect("the shipped table is valid"))
}

/// Words of a quantity, each as the first of those that mean the same.
pub(super) type Quantity = BTreeSet<String>;

/// A value by what it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// A number, or two with a dash between.
    Number { interval: Interval, value: Decimal, unit: String, qualifier: Qualifier, is_range: bool },
    /// Days.
    Time(Extent),
    /// Words, folded.
    Words(String),
    /// A number that can be read in two ways or not at all: it was named when it came in.
    Unread,
}

/// What the statement is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subject {
    /// Names the same thing in the same way, or the id of the place it is.
    pub key: String,
    /// Its own words without those that say what it is.
    pub own: BTreeSet<String>,
    /// Whether it leaves open how far it reaches.
    pub is_vague: bool,
    /// The keys of the things it names, if several.
    pub several: Vec<String>,
}

/// One claim.
#[derive(Debug, Clone)]
pub(super) struct Stated<'a> {
    pub record: &'a Record,
    pub subject: Subject,
    pub quantity: Quantity,
    /// Words of the quantity as they stand, singular.
    pub plain: BTreeSet<String>,
    pub told: Told,
    pub period: Option<Extent>,
}

fn singular(word: &str) -> String {
    match word {
        _ if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") => word.to_owned(),
        _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        _ if word.ends_with("ches") || word.ends_with("shes") || word.ends_with("xes") => {
            word[..word.len() - 2].to_owned()
        }
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

/// Words that carry no meaning of their own.
const SMALL: [&str; 14] = ["of", "in", "the", "by", "from", "to", "and", "a", "an", "for", "at", "on", "per", "with"];

fn plain_words(text: &str) -> Vec<String> {
    folded(text).split(' ').filter(|word| !word.is_empty()).map(singular).collect()
}

fn canonical(word: &str) -> String {
    let same = table().same.iter().find(|group| group.iter().any(|other| other == word));
    same.map_or(word, |group| group[0].as_str()).to_owned()
}

/// The words of a quantity that mean something; units that stand in its name do not.
fn quantity(plain: &[String]) -> Quantity {
    let is_unit = |word: &str| word.len() < 4 && published::unit(word).is_some_and(|unit| unit.name == word);
    plain.iter().filter(|word| !SMALL.contains(&word.as_str()) && !is_unit(word)).map(|word| canonical(word)).collect()
}

/// Places by their names, so that a subject in another language is the same subject.
pub(super) struct Subjects {
    gazetteer: Gazetteer,
    /// Local id, and whether it is a settlement.
    places: Vec<(String, bool)>,
}

impl Subjects {
    pub fn of(places: &[&Record]) -> Subjects {
        let mut gazetteer = Gazetteer::default();
        for (number, place) in places.iter().enumerate() {
            gazetteer.add(number as u32, place);
        }
        let of = |place: &&Record| (place.local_id.clone(), place.text("place_type") == Some("settlement"));
        Subjects { gazetteer, places: places.iter().map(of).collect() }
    }

    fn read(&self, text: &str) -> Subject {
        let words = table();
        let plain: Vec<String> = plain_words(text);
        let is_vague = plain.iter().any(|word| words.subject.vague.contains(word));
        let is_kind = |word: &String| words.subject.kinds.contains(word) || words.subject.vague.contains(word);
        let own: BTreeSet<String> =
            plain.iter().filter(|word| !is_kind(word) && !SMALL.contains(&word.as_str())).cloned().collect();
        // "Kalbajar and Aghdam districts" are two districts.
        let list = text.replace(", ", " and ");
        let named: Vec<&str> = list.split(" and ").map(str::trim).filter(|name| !name.is_empty()).collect();
        let kind = plain.last().filter(|word| words.subject.kinds.contains(word));
        let several = match named.as_slice() {
            [] | [_] => Vec::new(),
            _ if is_vague => Vec::new(),
            names => names.iter().map(|name| self.key(&with_kind(name, kind.map(String::as_str)))).collect(),
        };
        Subject { key: self.key(text), own, is_vague, several }
    }

    /// The place of this name and kind, if it is one and one only; else the name itself, and what it is.
    fn key(&self, text: &str) -> String {
        let kind = says_kind(text);
        let named = self.gazetteer.named(text).into_iter().map(|place| &self.places[place as usize]);
        let mut named =
            named.filter(|(_, is_settlement)| kind.is_none_or(|kind| (kind == "settlement") == *is_settlement));
        match (named.next(), named.next()) {
            (Some((id, _)), None) => id.to_lowercase(),
            _ => plain_words(text).join("-"),
        }
    }
}

fn with_kind(name: &str, kind: Option<&str>) -> String {
    let plain = plain_words(name);
    match kind.filter(|kind| plain.last().is_none_or(|last| last != kind)) {
        Some(kind) => format!("{} {kind}", plain.join(" ")),
        None => plain.join(" "),
    }
}

impl<'a> Stated<'a> {
    /// `None` where the claim says no quantity or no value.
    pub fn of(record: &'a Record, subjects: &Subjects, style: Style) -> Option<Stated<'a>> {
        let text = record.text("quantity")?;
        let value =
            record.fields.get("value").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))?;
        let plain = plain_words(text);
        let subject = subjects.read(record.text("subject").unwrap_or_default());
        let quantity = quantity(&plain);
        let plain: BTreeSet<String> = plain.into_iter().collect();
        let told = told(record, &value, &plain, style);
        let given =
            record.day("period_start").zip(record.day("period_end")).map(|(first, last)| Extent::days(first, last));
        let period = given.or_else(|| Extent::read(record.text("period").unwrap_or_default()));
        Some(Stated { record, subject, quantity, plain, told, period })
    }

    pub fn id(&self) -> &'a str {
        &self.record.local_id
    }

    /// Whether it is counted anew in every period.
    pub fn is_flow(&self) -> bool {
        self.quantity.iter().any(|word| table().flow.contains(word))
    }

    /// Whether there may well be several values at once.
    pub fn may_be_many(&self) -> bool {
        self.plain.iter().any(|word| table().many.contains(word))
    }

    /// Its words without those that say how it was come by.
    pub fn measure(&self) -> Quantity {
        self.quantity.iter().filter(|word| !table().sense.contains(*word)).cloned().collect()
    }

    /// Whether the two may speak of one time.
    pub fn may_be_of_one_time(&self, other: &Stated<'_>) -> bool {
        self.period.zip(other.period).is_none_or(|(a, b)| a.meets(b))
    }

    /// As a person reads it.
    pub fn shown(&self) -> String {
        let period = self.record.text("period").unwrap_or_default();
        let value = self.shown_without_period();
        if period.is_empty() { value } else { format!("{value} ({period})") }
    }

    /// The value with the words around it.
    pub fn shown_without_period(&self) -> String {
        let text = |field: &str| self.record.text(field).unwrap_or_default();
        let value = self.record.fields.get("value").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        let parts = [text("qualifier").to_owned(), value.unwrap_or_default(), text("unit").to_owned()];
        let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}

fn told(record: &Record, value: &str, plain: &BTreeSet<String>, style: Style) -> Told {
    let unit = record.text("unit").unwrap_or_default().trim().to_lowercase();
    let is_year = value.trim().len() == 4 && value.trim().bytes().all(|b| b.is_ascii_digit());
    let words = table();
    let is_dated =
        plain.iter().any(|word| words.dated.contains(word) || words.begins.contains(word) || words.ends.contains(word));
    let is_time =
        ["date", "year", "period", "day"].contains(&unit.as_str()) || (unit.is_empty() && (!is_year || is_dated));
    if is_time && let Some(extent) = Extent::read(value) {
        let qualifier = record.text("qualifier").unwrap_or_default().trim().to_lowercase();
        // "abolished by April": no later, perhaps earlier.
        let by = ["by", "until", "before", "no later than"]
            .iter()
            .any(|word| qualifier.split(' ').next() == word.split(' ').next());
        return Told::Time(if by { Extent { first: None, last: extent.last } } else { extent });
    }
    if let Some(range) = range(value, &unit) {
        return range;
    }
    // Things are counted, so that the comma in 5,200 volumes can only part thousands.
    let is_thing = unit.chars().filter(|c| c.is_alphabetic()).count() > 3
        && published::unit(&unit).is_none_or(|u| u.dimension == "count");
    let style = if is_thing && style == Style::Unknown { Style::DecimalPoint } else { style };
    match claim::figure(record, style) {
        Some(Ok(figure)) => number(&figure.published),
        _ if value.trim_start_matches(['-', '−', '~']).starts_with(|c: char| c.is_ascii_digit())
            && !unit.is_empty() =>
        {
            Told::Unread
        }
        _ => Told::Words(key(value)),
    }
}

fn number(read: &Published) -> Told {
    // Things are whole: 17 springs are not 18. What is measured is rounded.
    let unit = read.unit.name.as_str();
    let is_thing =
        read.unit.dimension == unit && (unit.is_empty() || unit.chars().filter(|c| c.is_alphabetic()).count() > 3);
    let is_exact =
        is_thing && read.last_place == Decimal::ONE && read.qualifier == Qualifier::Exactly && !unit.contains('/');
    let interval = if is_exact { Interval::exactly(read.base_value()) } else { read.interval() };
    // What is counted in things of any name compares; what is measured only in one dimension.
    let unit =
        if is_thing || read.unit.dimension == "count" { "count".to_owned() } else { read.unit.dimension.clone() };
    Told::Number { interval, value: read.base_value(), unit, qualifier: read.qualifier, is_range: false }
}

/// `20000-30000`, `35–40`: anything between.
fn range(value: &str, unit: &str) -> Option<Told> {
    let (low, high) =
        value.split_once('–').or_else(|| value.split_once('-').filter(|(low, _)| !low.trim().is_empty()))?;
    let unit = if unit.is_empty() { "items" } else { unit };
    let read = |text: &str| Published::read(text.trim(), unit, "", Style::DecimalPoint).ok().map(|read| number(&read));
    match (read(low)?, read(high)?) {
        (Told::Number { interval: a, value, unit, .. }, Told::Number { interval: b, .. }) if a.lower <= b.upper => {
            let interval = Interval { lower: a.lower, upper: b.upper };
            Some(Told::Number { interval, value, unit, qualifier: Qualifier::About, is_range: true })
        }
        _ => None,
    }
}
