//! The text of a weekly bulletin in English, as claims (DOMAIN §9.4, §1.3 EO-4, §1.4).
//!
//! A bulletin says how many mines of which kind were found and how many hectares were "cleared", in some districts and
//! some week. Figures are taken by the words that stand at them, never by position: AP and AT come in either order.
//! What comes out are rows of `claim`. A claim never changes the state of the land, so no release comes of a bulletin:
//! its "cleared" has the class `UNSPECIFIED`. A year is taken from the text or from the day of publication and never
//! guessed. Every figure that became no claim is told.
//!
//! Words stand in `bulletin.toml`; values are read by [`records::published`].

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use jiff::civil::Date;
use records::published::{self, Published, Qualifier, Style};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Format;
use crate::limits::shorten;
use crate::refused::Refused;
use crate::row::{Note, Progress, Row, RowSource};

pub(crate) mod period;
pub(crate) mod sentence;

use period::{Period, periods};
use sentence::{Sentence, sentences};

/// A bulletin longer than this is no bulletin.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Rows of a bulletin, one a claim.
pub struct Bulletin {
    rows: std::vec::IntoIter<Row>,
    progress: Progress,
}

impl Bulletin {
    /// Read a file of text. `published_on` gives the year to days without one, where the text does not.
    pub fn open(path: &Path, name: &str, published_on: Option<Date>) -> Result<Bulletin, Refused> {
        let io = |why| Refused::io(name, why);
        let mut bytes = Vec::new();
        File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Refused::broken(name, "text", "it has more than 4 MB", "send one bulletin a file"));
        }
        let text = String::from_utf8(bytes)
            .map_err(|e| Refused::broken(name, "text", format!("it is not UTF-8: {e}"), "save it as text in UTF-8"))?;
        if text.trim().is_empty() {
            return Err(Refused::Empty { file: name.to_owned() });
        }
        Ok(Bulletin::of_text(&text, name, published_on))
    }

    /// Read text.
    pub fn of_text(text: &str, name: &str, published_on: Option<Date>) -> Bulletin {
        let rows = read(text, name, published_on);
        Bulletin { progress: Progress { done: 0, total: rows.len() as u64 }, rows: rows.into_iter() }
    }
}

impl RowSource for Bulletin {
    fn format(&self) -> Format {
        Format::Bulletin
    }

    fn next_row(&mut self) -> Option<Row> {
        self.progress.done += 1;
        self.rows.next()
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsRow {
    quantity: String,
    #[serde(default)]
    eo: String,
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[expect(dead_code, reason = "every table says its version")]
    version: String,
    thing: Vec<WordsRow>,
    deed: Vec<WordsRow>,
    harm: Vec<WordsRow>,
}

/// What the words at a figure make it.
struct Label {
    quantity: String,
    eo: String,
    /// Right after the figure.
    after: Regex,
    /// Right before it, with a mark between.
    before: Regex,
    anywhere: Regex,
}

struct Words {
    things: Vec<Label>,
    deeds: Vec<Label>,
    harms: Vec<Label>,
    area: Regex,
    people: Regex,
    number: Regex,
    districts: Regex,
}

fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?i){text}")).expect("the shipped patterns are valid")
}

impl Words {
    fn shipped() -> &'static Words {
        static SHIPPED: OnceLock<Words> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let table: Table = toml::from_str(include_str!("bulletin.toml")).expect("the shipped table is valid");
            let label = |row: &WordsRow| Label {
                quantity: row.quantity.clone(),
                eo: row.eo.clone(),
                after: pattern(&format!(
                    r"^\s*(?:(?:pieces?|items?|units?|more|of|other|new|various|different|types?|kinds?|live|old|the) )*(?:{})\b",
                    row.words
                )),
                before: pattern(&format!(r"(?:{})\s*(?:\([^)]*\)\s*)?[:=–—-]\s*$", row.words)),
                anywhere: pattern(&row.words),
            };
            let labels = |rows: &[WordsRow]| rows.iter().map(label).collect();
            let number_word = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)";
            Words {
                things: labels(&table.thing),
                deeds: labels(&table.deed),
                harms: labels(&table.harm),
                area: pattern(r"^\s*(hectares?|ha|square kilomet(?:re|er)s?|sq\.? ?km|km2|km²|square met(?:re|er)s?|sq\.? ?m|m2|m²)(?:\W|$)"),
                people: pattern(r"^\s*(?:more |other |further )?(?:people|persons?|civilians?|citizens?|residents?|servicem[ea]n|soldiers?|deminers?|sappers?|others?|men|women|m[ae]n|child(?:ren)?|shepherds?|farmers?|employees?)?\b(?:\W+\w+){0,3}?\W+"),
                number: pattern(&format!(
                    r"\d+(?:[,\u{{a0}}\u{{202f}}]\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?(?:,\d+)?|\b{number_word}(?:(?:[ -]| and ){number_word})*\b"
                )),
                districts: Regex::new(
                    r"((?:\p{Lu}[\p{L}’'-]+)(?:(?:, (?:and )?| and )\p{Lu}[\p{L}’'-]+)*) (?:districts?|regions?)\b|\b[Dd]istricts? of ((?:\p{Lu}[\p{L}’'-]+)(?:(?:, (?:and )?| and )\p{Lu}[\p{L}’'-]+)*)",
                )
                .expect("the pattern is valid"),
            }
        })
    }
}

/// A figure that was understood.
struct Claim {
    quantity: String,
    eo: String,
    published: Published,
    text: String,
    at: usize,
}

fn read(text: &str, name: &str, published_on: Option<Date>) -> Vec<Row> {
    let sentences = sentences(text);
    let published_on = published_on.or_else(|| period::dateline(text));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let id = fnv(text.as_bytes());
    let mut rows: Vec<Row> = Vec::new();
    let mut left_over: Vec<Note> = Vec::new();
    let mut last_period: Option<Period> = None;
    let mut last_districts: Option<Vec<String>> = None;
    for sentence in &sentences {
        let found_periods = periods(&sentence.text, published_on);
        let found_districts = districts(&sentence.text);
        let (claims, unread) = claims(&sentence.text, &found_periods);
        let first = claims.first().map_or(0, |claim| claim.at);
        for (n, claim) in claims.iter().enumerate() {
            let until = claims.get(n + 1).map_or(sentence.text.len(), |next| next.at);
            let period = nearest(&found_periods, |p| p.at, claim.at, until, first).or(last_period.as_ref());
            let place =
                nearest(&found_districts, |d| d.0, claim.at, until, first).map(|d| &d.1).or(last_districts.as_ref());
            let number = rows.len() as u64 + 1;
            let mut row = Row::new(number);
            row.properties = properties(claim, sentence, period, place, published_on);
            row.properties.insert("local_id".to_owned(), json!(format!("{stem}-{id:08x}-{number}")));
            row.notes.extend(doubts(claim, period, published_on));
            rows.push(row);
        }
        if let Some(period) = found_periods.iter().rfind(|period| !period.is_cumulative) {
            last_period = Some(period.clone());
        }
        if let Some((_, names)) = found_districts.last() {
            last_districts = Some(names.clone());
        }
        left_over.extend(unread.into_iter().map(|figure| {
            let line = sentence.line.to_string();
            Note::new("bulletin_not_understood")
                .about("quote", shorten(&sentence.text))
                .with("figure", figure)
                .with("line", line)
        }));
    }
    match rows.first_mut() {
        Some(first) => first.notes.extend(left_over),
        None => rows.push(Row::of_note(0, Note::new("bulletin_without_claims"))),
    }
    rows
}

/// What stands at a figure: if the sentence begins with such a phrase, the nearest before; else the one that follows
/// before the next figure, or the nearest at all.
fn nearest<T>(all: &[T], at: impl Fn(&T) -> usize, claim: usize, until: usize, first: usize) -> Option<&T> {
    let before = all.iter().rfind(|item| at(item) < claim);
    let leads = all.first().is_some_and(|item| at(item) < first);
    let behind = all.iter().find(|item| at(item) > claim && at(item) < until);
    let after = all.iter().find(|item| at(item) > claim);
    if leads { before.or(after) } else { behind.or(before).or(after) }
}

fn districts(text: &str) -> Vec<(usize, Vec<String>)> {
    let of = |found: regex::Captures<'_>| {
        let list = found.get(1).or(found.get(2))?;
        let names = list.as_str().replace(", and ", ",").replace(" and ", ",");
        let names = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !is_opening_word(name));
        Some((list.start(), names.collect::<Vec<String>>())).filter(|(_, names)| !names.is_empty())
    };
    Words::shipped().districts.captures_iter(text).filter_map(of).collect()
}

/// Words that have a capital letter only because a sentence begins with them.
fn is_opening_word(name: &str) -> bool {
    ["In", "The", "These", "This", "All", "Several", "Liberated", "Other"].contains(&name)
}

/// The figures of a sentence that are claims, and those that are not.
fn claims(text: &str, periods: &[Period]) -> (Vec<Claim>, Vec<String>) {
    let mut claims = Vec::new();
    let mut unread = Vec::new();
    for found in Words::shipped().number.find_iter(text) {
        let (start, end) = (found.start(), found.end());
        let in_period = periods.iter().any(|period| period.at < end && start < period.end);
        // "1.5 million": the figure before it takes it along.
        let is_magnitude = ["hundred", "thousand", "million"].contains(&found.as_str().to_lowercase().as_str());
        if in_period || is_magnitude || is_part_of_name(text, start, end) || period::is_in_date(text, start, end) {
            continue;
        }
        match claim(text, start, end) {
            Some(claim) => claims.push(claim),
            None => unread.push(found.as_str().to_owned()),
        }
    }
    (claims, unread)
}

/// `TM-62`, `9N235`, `COVID-19`: figures of a name.
pub(crate) fn is_part_of_name(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_joined = before == Some('-') && text[..start - 1].chars().next_back().is_some_and(|c| c.is_alphabetic());
    // 325.6ha is a value; a letter or two that are no unit make a name.
    let unit = text[end..].split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let glued = is_word(after) && published::unit(unit).is_none() && !text[start..end].contains(char::is_alphabetic);
    is_joined || is_word(before) || glued
}

fn claim(text: &str, start: usize, end: usize) -> Option<Claim> {
    let words = Words::shipped();
    let (before, figure, mut after) = (&text[..start], &text[start..end], &text[end..]);
    let digits =
        if figure.starts_with(|c: char| c.is_ascii_digit()) { figure.to_owned() } else { value_of_words(figure)? };
    let mut value_end = end;
    let mut magnitude = String::new();
    let trimmed = after.trim_start();
    let word = trimmed.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    if published::magnitude(word).is_some() {
        magnitude = format!(" {word}");
        value_end = text.len() - trimmed.len() + word.len();
        after = &text[value_end..];
    }
    let qualifier = qualifier_before(before);
    let make = |quantity: &str, eo: &str, unit: &str| {
        let published =
            Published::read(&format!("{digits}{magnitude}"), unit, qualifier.word(), Style::DecimalPoint).ok()?;
        Some(Claim {
            quantity: quantity.to_owned(),
            eo: eo.to_owned(),
            published,
            text: text[start..value_end].to_owned(),
            at: start,
        })
    };
    if let Some(thing) = words.things.iter().find(|label| label.before.is_match(before)) {
        return make(&thing.quantity, &thing.eo, "items");
    }
    if let Some(unit) = words.area.captures(after).and_then(|found| found.get(1)) {
        let deed = nearest_label(&words.deeds, text, start)?;
        return make(&deed.quantity, "", unit.as_str().trim_end_matches('.'));
    }
    if let Some(thing) = words.things.iter().find(|label| label.after.is_match(after)) {
        return make(&thing.quantity, &thing.eo, "items");
    }
    let harm = harm(before, after)?;
    make(&harm.quantity, "", "people")
}

/// What happened to an area: the nearest word of the sentence.
fn nearest_label<'a>(labels: &'a [Label], text: &str, at: usize) -> Option<&'a Label> {
    let all = labels
        .iter()
        .flat_map(|label| label.anywhere.find_iter(text).map(move |found| (found.start().abs_diff(at), label)));
    all.min_by_key(|(distance, _)| *distance).map(|(_, label)| label)
}

/// "two civilians were killed", "killed two civilians", "12 casualties".
fn harm<'a>(before: &str, after: &str) -> Option<&'a Label> {
    let words = Words::shipped();
    let stripped = strip_qualifier(before);
    let active = |label: &&Label| {
        let last = label.anywhere.find_iter(stripped).last();
        last.is_some_and(|found| stripped[found.end()..].trim().is_empty())
    };
    // Up to the next figure or clause, so that "two were killed and three injured" parts.
    let clause = after.split([',', ';']).next().unwrap_or_default();
    let clause = words.number.find(clause).map_or(clause, |next| &clause[..next.start()]);
    let people = words.people.find(clause);
    let passive = |label: &&Label| {
        label.anywhere.find(clause).is_some_and(|found| {
            clause[..found.start()].trim().is_empty() || people.is_some_and(|people| found.start() <= people.end() + 24)
        })
    };
    words.harms.iter().find(active).or_else(|| words.harms.iter().find(passive))
}

/// Whether a text begins with what a figure before it would count.
fn counts_things(after: &str) -> bool {
    Words::shipped().things.iter().any(|label| label.after.is_match(after))
}

/// Words before a figure that widen it.
pub(crate) fn qualifier_before(before: &str) -> Qualifier {
    let words: Vec<&str> = before.split_whitespace().collect();
    let tail = |n: usize| words[words.len().saturating_sub(n)..].join(" ");
    let total = ["a total of", "total of", "a"].into_iter().find(|filler| tail(3).to_lowercase().ends_with(filler));
    if total.is_some_and(|filler| filler != "a") {
        return Qualifier::Exactly;
    }
    (1..=4).rev().find_map(|n| published::qualifier(&tail(n))).unwrap_or_default()
}

fn strip_qualifier(before: &str) -> &str {
    let trimmed = before.trim_end();
    for n in (1..=4).rev() {
        let at = trimmed.rmatch_indices(' ').nth(n - 1).map_or(0, |(at, _)| at + 1);
        if published::qualifier(&trimmed[at..]).is_some() {
            return &trimmed[..at];
        }
    }
    trimmed
}

/// `twenty-two`, `one hundred and five`, `two thousand`.
pub(crate) fn value_of_words(text: &str) -> Option<String> {
    const UNITS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let lower = text.to_lowercase();
    let (mut total, mut group) = (0_u64, 0_u64);
    let words = lower.split([' ', '-']).filter(|word| *word != "and" && !word.is_empty());
    for word in words {
        if let Some(value) = UNITS.iter().position(|unit| *unit == word) {
            group += value as u64;
        } else if let Some(value) = TENS.iter().position(|ten| *ten == word) {
            group += value as u64 * 10;
        } else {
            let factor = match word {
                "hundred" => {
                    group = group.max(1) * 100;
                    continue;
                }
                "thousand" => 1_000,
                "million" => 1_000_000,
                _ => return None,
            };
            total += group.max(1).checked_mul(factor)?;
            group = 0;
        }
    }
    Some((total + group).to_string())
}

fn properties(
    claim: &Claim,
    sentence: &Sentence,
    period: Option<&Period>,
    place: Option<&Vec<String>>,
    published_on: Option<Date>,
) -> Map<String, Value> {
    let cumulative = period.is_some_and(|period| period.is_cumulative);
    let quantity = if cumulative { format!("cumulative_{}", claim.quantity) } else { claim.quantity.clone() };
    let mut properties = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() && value.as_str() != Some("") {
            properties.insert(name.to_owned(), value);
        }
    };
    let day = period.and_then(|period| period.to).or(published_on);
    put("date_of_information", day.map_or(Value::Null, |day| json!(day)));
    put("subject", place.map_or(Value::Null, |names| json!(names.join(", "))));
    put("quantity", json!(quantity));
    put("value", json!(claim.text));
    put("number", json!(claim.published.value.to_f64()));
    put("unit", json!(claim.published.unit.name));
    put("base_value", json!(claim.published.base_value().to_f64()));
    put("digits", json!(claim.published.digits));
    put("qualifier", json!(claim.published.qualifier.word()));
    put("eo", json!(claim.eo));
    if claim.quantity == "cleared" {
        put("class", json!("UNSPECIFIED"));
    }
    put("period", period.map_or(Value::Null, |period| json!(period.text)));
    put("period_start", period.and_then(|period| period.from).map_or(Value::Null, |day| json!(day)));
    put("period_end", period.and_then(|period| period.to).map_or(Value::Null, |day| json!(day)));
    put("quote", json!(sentence.text));
    put("page", json!(if sentence.is_headline { "headline".to_owned() } else { format!("line {}", sentence.line) }));
    properties
}

fn doubts(claim: &Claim, period: Option<&Period>, published_on: Option<Date>) -> Vec<Note> {
    let mut notes = Vec::new();
    match period {
        Some(period) if period.lacks_year => {
            notes.push(Note::new("bulletin_year_unknown").about("period", period.text.clone()));
        }
        None if published_on.is_none() => {
            notes.push(Note::new("bulletin_day_unknown").about("value", claim.text.clone()))
        }
        _ => {}
    }
    if claim.quantity == "victims" {
        notes.push(Note::new("bulletin_victims").about("value", claim.text.clone()));
    }
    notes
}

/// FNV-1a: a short name for this very text, so that two bulletins never share an id by accident of their file's name.
pub(crate) fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests;
