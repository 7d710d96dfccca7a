//! A page like an encyclopedia's as sources and proposed claims: title, headings, paragraphs, numbered references.
//!
//! One source for the page and one for each reference, with its title, date, address and excerpt. One proposed claim for each
//! number and each date of an event: with its unit, the words that widen it, subject, period, sentence and the references that stand
//! at it. A number that an excerpt states is a claim of that reference. Nothing here decides what is true: a person accepts or
//! returns each claim. Every number that became no claim is told.
//!
//! English only. Words stand in `article.toml`; values are read by [`records::published`], times by [`records::extent`].

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use jiff::civil::Date;
use records::extent::Extent;
use records::published::{self, Published, Qualifier, Style};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Format;
use crate::bulletin::period::dateline;
use crate::bulletin::sentence::{Sentence, sentences};
use crate::bulletin::{fnv, is_part_of_name, qualifier_before, value_of_words};
use crate::limits::shorten;
use crate::refused::Refused;
use crate::row::{Note, Progress, Row, RowSource};

/// A page longer than this is no article.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Rows of an article: sources, then claims.
pub struct Article {
    rows: std::vec::IntoIter<Row>,
    progress: Progress,
}

impl Article {
    /// Read a file of text. `read_on` is the day on which the page stood so.
    pub fn open(path: &Path, name: &str, read_on: Option<Date>) -> Result<Article, Refused> {
        let io = |why| Refused::io(name, why);
        let mut bytes = Vec::new();
        File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Refused::broken(name, "text", "it has more than 8 MB", "send one page a file"));
        }
        let text = String::from_utf8(bytes)
            .map_err(|e| Refused::broken(name, "text", format!("it is not UTF-8: {e}"), "save it as text in UTF-8"))?;
        if text.trim().is_empty() {
            return Err(Refused::Empty { file: name.to_owned() });
        }
        Ok(Article::of_text(&text, name, read_on))
    }

    /// Read text.
    pub fn of_text(text: &str, name: &str, read_on: Option<Date>) -> Article {
        let rows = read(text, name, read_on);
        Article { progress: Progress { done: 0, total: rows.len() as u64 }, rows: rows.into_iter() }
    }
}

impl RowSource for Article {
    fn format(&self) -> Format {
        Format::Article
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
struct MeasureRow {
    dimension: String,
    quantity: String,
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stop {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[expect(dead_code, reason = "every table says its version")]
    version: String,
    measure: Vec<MeasureRow>,
    unit: BTreeMap<String, (String, String)>,
    event: Pattern,
    done: Pattern,
    before: Pattern,
    stop: Stop,
}

struct Words {
    measures: Vec<(String, String, Regex)>,
    units: BTreeMap<String, (String, String)>,
    events: Regex,
    done: Regex,
    before: Regex,
    stop: Vec<String>,
    number: Regex,
    time: Regex,
    marks: Regex,
    reference: Regex,
    address: Regex,
    name: Regex,
}

const MONTH: &str = "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)";

impl Words {
    fn shipped() -> &'static Words {
        static SHIPPED: OnceLock<Words> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let table: Table = toml::from_str(include_str!("article.toml")).expect("the shipped table is valid");
            let pattern = |text: &str| Regex::new(text).expect("the shipped patterns are valid");
            let word = |words: &str| pattern(&format!(r"(?i)\b(?:{words})"));
            let measures = table.measure.iter().map(|row| (row.dimension.clone(), row.quantity.clone(), word(&row.words)));
            let part = r"(?:[Ee]arly|[Mm]id(?:dle)?|[Ll]ate)[ -]";
            Words {
                measures: measures.collect(),
                units: table.unit,
                events: pattern(&format!(r"(?i)\b(?:{})\b", table.event.words)),
                done: pattern(&format!(r"(?i)\b(?:{})\b", table.done.words)),
                before: pattern(&format!(r"(?i)\b(?:{})\b", table.before.words)),
                stop: table.stop.words,
                number: pattern(r"(?i)[-−]?\d+(?:[,\u{a0}\u{202f}]\d{3})+(?:\.\d+)?|[-−]?\d+(?:\.\d+)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\b"),
                time: pattern(&format!(
                    r"(?:{part})?(?:{MONTH}\.? \d{{1,2}},? \d{{4}}|\d{{1,2}} {MONTH}\.?,? \d{{4}}|{MONTH}\.?,? \d{{4}})\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b{part}(?:the )?\d{{4}}s?\b|\b\d{{4}}s\b|\b\d{{1,2}}(?:st|nd|rd|th)(?:(?:[-–]| and | to | or )\d{{1,2}}(?:st|nd|rd|th))? centur(?:y|ies)\b|\b(?:1[0-9]|20)\d{{2}}(?: ?[-–] ?| to )(?:1[0-9]|20)\d{{2}}\b|\b(?:[Ii]n|[Bb]y|[Ss]ince|[Uu]ntil|[Bb]efore|[Aa]fter|[Ff]rom|[Dd]uring|[Tt]o|[Tt]hrough|[Bb]etween|and|end of|year|of|[Tt]he) (?:the )?(?:1[0-9]|20)\d{{2}}\b|\((?:1[0-9]|20)\d{{2}}\)|\b{MONTH} \d{{1,2}}\b|\b\d{{1,2}} {MONTH}\b"
                )),
                marks: pattern(r"\[(\d{1,3}(?:[,–-] ?\d{1,3})*)\]"),
                reference: pattern(r"^\s*(?:\[(\d{1,3})\]|(\d{1,3})[.)]|\^\s*(\d{1,3})\b)\s*(.*)$"),
                address: pattern(r#"https?://[^\s<>"]+"#),
                name: pattern(r"\b\p{Lu}[\p{L}’'-]+(?: (?:of |and )?\p{Lu}[\p{L}’'-]+)*"),
            }
        })
    }
}

/// A paragraph or heading of the page, or a reference.
struct Part {
    text: String,
    line: usize,
    heading: String,
}

struct Reference {
    number: String,
    line: usize,
    title: String,
    link: String,
    published_on: Option<Date>,
    excerpt: String,
}

struct Page {
    title: String,
    parts: Vec<Part>,
    references: Vec<Reference>,
}

fn is_reference_heading(line: &str) -> bool {
    let line = line.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    ["references", "sources", "citations", "notes", "footnotes", "bibliography", "works cited"].contains(&line.as_str())
}

/// A short line that ends no sentence and stands alone.
fn is_heading(line: &str, before: &str, after: &str) -> bool {
    let marked = line.starts_with('#') || (line.starts_with("==") && line.ends_with("=="));
    let short =
        line.chars().count() <= 80 && !line.ends_with(['.', ',', ';', ':', '!', '?']) && line.split(' ').count() <= 10;
    let alone = before.trim().is_empty() && (after.trim().is_empty() || after.len() > line.len());
    marked || (short && alone && line.starts_with(char::is_uppercase))
}

fn page(text: &str) -> Page {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let bare = |line: &str| line.trim_matches(|c: char| c == '#' || c == '=' || c.is_whitespace()).to_owned();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    let title = bare(lines.get(first).copied().unwrap_or_default());
    let end = lines.iter().rposition(|line| is_reference_heading(line)).unwrap_or(lines.len());
    let mut parts: Vec<Part> = Vec::new();
    let mut heading = String::new();
    let mut is_open = false;
    for (at, line) in lines.iter().enumerate().take(end).skip(first + 1) {
        let around = |at: usize| lines.get(at).copied().unwrap_or_default();
        if line.is_empty() {
            is_open = false;
        } else if is_heading(line, around(at - 1), around(at + 1)) {
            heading = bare(line);
            is_open = false;
        } else if let Some(part) = parts.last_mut().filter(|_| is_open) {
            part.text.push(' ');
            part.text.push_str(line);
        } else {
            parts.push(Part { text: (*line).to_owned(), line: at + 1, heading: heading.clone() });
            is_open = true;
        }
    }
    Page { title, parts, references: references(&lines, end + 1) }
}

/// Entries with a number; where none has one, those that blank lines part, counted.
fn references(lines: &[&str], from: usize) -> Vec<Reference> {
    let words = Words::shipped();
    let rest: Vec<(usize, &str)> = lines.iter().copied().enumerate().skip(from).collect();
    let is_numbered = rest.iter().any(|(_, line)| words.reference.is_match(line));
    let mut blocks: Vec<(String, usize, Vec<&str>)> = Vec::new();
    let mut is_open = false;
    for (at, line) in rest {
        let number = words.reference.captures(line).filter(|_| is_numbered);
        if let Some(found) = number {
            let number = found.get(1).or(found.get(2)).or(found.get(3)).map_or("", |n| n.as_str());
            blocks.push((number.to_owned(), at + 1, vec![found.get(4).map_or("", |rest| rest.as_str())]));
        } else if line.is_empty() {
            is_open = false;
            continue;
        } else if !is_numbered && !is_open {
            blocks.push(((blocks.len() + 1).to_string(), at + 1, vec![line]));
        } else if let Some((_, _, lines)) = blocks.last_mut() {
            lines.push(line);
        }
        is_open = true;
    }
    blocks.into_iter().map(|(number, line, lines)| reference(number, line, &lines)).collect()
}

fn reference(number: String, line: usize, lines: &[&str]) -> Reference {
    let words = Words::shipped();
    let whole = lines.join("\n");
    let link = words.address.find(&whole).map_or("", |found| found.as_str()).trim_end_matches(['.', ',', ')', ']']);
    let day = |text: &str| {
        let found =
            words.time.find_iter(text).filter_map(|found| Extent::read(found.as_str())).find(|e| e.length() == Some(1));
        found.and_then(|extent| extent.first)
    };
    let without = whole.replace(link, if link.is_empty() { "" } else { "\n" });
    let mut pieces =
        without.lines().flat_map(|line| line.split(" — ")).map(str::trim).filter(|piece| !piece.is_empty());
    let title = pieces.next().unwrap_or_default().trim_matches(['"', '“', '”', ' ']).to_owned();
    let rest: Vec<&str> = pieces.collect();
    let published_on = rest.iter().find_map(|piece| day(piece)).or_else(|| day(&title));
    let excerpt = rest
        .into_iter()
        .filter(|piece| !(piece.to_lowercase().starts_with("retrieved") || piece.len() < 24 && day(piece).is_some()))
        .collect::<Vec<_>>()
        .join(" ");
    Reference { number, line, title: shorten(&title), link: link.to_owned(), published_on, excerpt }
}

/// A statement that was understood.
#[derive(Debug, Clone, PartialEq)]
struct Claim {
    quantity: String,
    value: String,
    number: Option<Published>,
    unit: String,
    qualifier: Qualifier,
    at: usize,
}

fn read(text: &str, name: &str, read_on: Option<Date>) -> Vec<Row> {
    let page = page(text);
    let read_on = read_on.or_else(|| dateline(text));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let id = format!("{stem}-{:08x}", fnv(text.as_bytes()));
    let article = format!("{id}-page");
    let of_reference = |number: &str| format!("{id}-ref-{number}");
    let mut rows = vec![source(&article, &page.title, 1, read_on, read_on)];
    rows[0].properties.insert("kind".to_owned(), json!("article"));
    for reference in &page.references {
        let title = if reference.title.is_empty() {
            format!("reference {}", reference.number)
        } else {
            reference.title.clone()
        };
        let mut row = source(
            &of_reference(&reference.number),
            &title,
            reference.line,
            reference.published_on.or(read_on),
            reference.published_on,
        );
        let note = format!(
            "reference {} of {article}{}",
            reference.number,
            if reference.excerpt.is_empty() {
                String::new()
            } else {
                format!("; excerpt: {}", shorten(&reference.excerpt))
            }
        );
        row.properties.insert("note".to_owned(), json!(note));
        if !reference.link.is_empty() {
            row.properties.insert("link".to_owned(), json!(reference.link));
        }
        rows.push(row);
    }
    let mut reader = Reader { id: &id, title: &page.title, n_claims: 0, n_told: 0, left_over: Vec::new(), read_on };
    for part in &page.parts {
        for sentence in sentences(&part.text) {
            let sentence = Sentence { line: part.line, ..sentence };
            let marks = numbers_of_marks(&sentence.text);
            let known = |number: &String| page.references.iter().any(|reference| reference.number == *number);
            let mut sources = vec![article.clone()];
            sources.extend(marks.iter().filter(|number| known(number)).map(|number| of_reference(number)));
            rows.extend(reader.sentence(&sentence, &part.heading, &sources, read_on));
        }
    }
    for reference in &page.references {
        for sentence in sentences(&reference.excerpt) {
            let sentence = Sentence { line: reference.line, ..sentence };
            let day = reference.published_on.or(read_on);
            rows.extend(reader.sentence(
                &sentence,
                &format!("reference {}", reference.number),
                &[of_reference(&reference.number)],
                day,
            ));
        }
    }
    rows[0].notes.extend(reader.left_over);
    if reader.n_claims == 0 {
        rows[0].notes.push(Note::new("article_without_claims"));
    }
    rows
}

fn source(id: &str, title: &str, line: usize, day: Option<Date>, published_on: Option<Date>) -> Row {
    let mut row = Row::new(line as u64);
    let mut put = |name: &str, value: Value| _ = row.properties.insert(name.to_owned(), value);
    put("record", json!("source"));
    put("local_id", json!(id));
    put("title", json!(title));
    put("language", json!("en"));
    if let Some(day) = day {
        put("date_of_information", json!(day));
    }
    if let Some(day) = published_on.filter(|_| id.contains("-ref-")) {
        put("published_on", json!(day));
    }
    if day.is_none() {
        row.notes.push(Note::new("article_day_unknown").about("title", title.to_owned()));
    }
    row
}

/// A sentence as it stands; a very long one is cut.
fn quote(text: &str) -> String {
    const LONG: usize = 400;
    let cut = text.floor_char_boundary(LONG);
    if cut < text.len() { format!("{}…", &text[..cut]) } else { text.to_owned() }
}

/// The numbers in the marks of a sentence: `[3]`, `[4, 5]`, `[6–8]`.
fn numbers_of_marks(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for found in Words::shipped().marks.captures_iter(text) {
        for part in found[1].split(',') {
            let ends: Vec<u32> = part.split(['-', '–']).filter_map(|n| n.trim().parse().ok()).collect();
            match ends.as_slice() {
                [one] => all.push(one.to_string()),
                [from, to] if from <= to && to - from < 100 => all.extend((*from..=*to).map(|n| n.to_string())),
                _ => {}
            }
        }
    }
    all
}

struct Reader<'a> {
    id: &'a str,
    title: &'a str,
    n_claims: usize,
    n_told: usize,
    left_over: Vec<Note>,
    read_on: Option<Date>,
}

impl Reader<'_> {
    fn sentence(&mut self, sentence: &Sentence, heading: &str, sources: &[String], day: Option<Date>) -> Vec<Row> {
        const MOST_TOLD: usize = 500;
        let text = Words::shipped().marks.replace_all(&sentence.text, "").into_owned();
        let (claims, unread) = claims(&text);
        let times = times(&text);
        for figure in unread {
            self.n_told += 1;
            if self.n_told <= MOST_TOLD {
                let note = Note::new("article_not_understood").about("quote", shorten(&text));
                self.left_over.push(note.with("figure", figure).with("line", sentence.line));
            }
        }
        let row = |claim: &Claim| {
            self.n_claims += 1;
            let mut row = Row::new(sentence.line as u64);
            let mut put = |name: &str, value: Value| {
                if !value.is_null() && value.as_str() != Some("") {
                    row.properties.insert(name.to_owned(), value);
                }
            };
            put("record", json!("claim"));
            put("local_id", json!(format!("{}-{}", self.id, self.n_claims)));
            put("date_of_information", json!(day.or(self.read_on)));
            put("source", json!(sources.join(",")));
            put("subject", json!(subject(&text, claim.at).unwrap_or_else(|| self.title.to_owned())));
            put("quantity", json!(claim.quantity));
            put("value", json!(claim.value));
            put("unit", json!(claim.unit));
            put("qualifier", json!(claim.qualifier.word()));
            if let Some(number) = &claim.number {
                put("number", json!(number.value.to_f64()));
                put("base_value", json!(number.base_value().to_f64()));
                put("digits", json!(number.digits));
                put("period", period(&times, claim.at).map_or(Value::Null, |time| json!(time)));
            }
            put("quote", json!(quote(&text)));
            put(
                "page",
                json!(if heading.is_empty() {
                    format!("line {}", sentence.line)
                } else {
                    format!("{heading}, line {}", sentence.line)
                }),
            );
            if day.is_none() && self.read_on.is_none() {
                row.notes.push(Note::new("article_day_unknown").about("value", claim.value.clone()));
            }
            row
        };
        claims.iter().map(row).collect()
    }
}

/// A time that a sentence names.
struct Time {
    at: usize,
    end: usize,
    text: String,
    is_day: bool,
}

/// Times that can be read, without the words before them that widen nothing.
fn times(text: &str) -> Vec<Time> {
    let found = Words::shipped().time.find_iter(text).filter(|found| {
        // "1,500 to 2000 people": what counts something is no year.
        !text[found.end()..].starts_with([',', '.'])
            || !text[found.end() + 1..].starts_with(|c: char| c.is_ascii_digit())
    });
    found
        .map(|found| {
            let bare = found.as_str().trim_matches(['(', ')']);
            let lower = bare.to_lowercase();
            let cut =
                ["in ", "of ", "during ", "the ", "on ", "to ", "through ", "between ", "and ", "end of ", "year "];
            let mut text = lower.as_str();
            while let Some(rest) = cut.iter().find_map(|word| text.strip_prefix(word)) {
                text = rest;
            }
            let extent = Extent::read(text);
            Time { at: found.start(), end: found.end(), text: written(text, extent), is_day: extent.is_some() }
        })
        .collect()
}

/// As exchange files write it where it is a day, a month or a year; else the words.
fn written(text: &str, extent: Option<Extent>) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_alphabetic())
        && !["early", "mid", "late", "by", "since", "until", "before", "after", "from"]
            .iter()
            .any(|word| text.starts_with(word));
    match extent.and_then(|extent| extent.first.zip(extent.last)) {
        Some((first, last)) if plain && first == last => first.to_string(),
        Some((first, last)) if plain && first.first_of_month() == first && first.last_of_month() == last => {
            format!("{:04}-{:02}", first.year(), first.month())
        }
        Some((first, last)) if plain && first.first_of_year() == first && first.last_of_year() == last => {
            format!("{:04}", first.year())
        }
        _ => text.to_owned(),
    }
}

/// The time that stands nearest to a number.
fn period(times: &[Time], at: usize) -> Option<&str> {
    let near = times
        .iter()
        .filter(|time| time.is_day)
        .min_by_key(|time| if time.at > at { time.at - at } else { at - time.at.min(at) });
    near.map(|time| time.text.as_str())
}

/// The statements of a sentence, and the numbers that are none.
fn claims(text: &str) -> (Vec<Claim>, Vec<String>) {
    let words = Words::shipped();
    let times = times(text);
    let mut claims: Vec<Claim> = times.iter().filter(|time| time.is_day).filter_map(|time| event(text, time)).collect();
    let mut unread: Vec<String> = Vec::new();
    let inside = |start: usize, end: usize| times.iter().any(|time| time.at < end && start < time.end);
    let found: Vec<(usize, usize)> = words
        .number
        .find_iter(text)
        .map(|found| (found.start(), found.end()))
        .filter(|&(start, end)| !inside(start, end))
        .collect();
    let mut skip = None;
    for (at, &(start, end)) in found.iter().enumerate() {
        if skip == Some(start) {
            continue;
        }
        // A dash before a digit is a minus only where no word or number stands before it.
        let before = text[..start].chars().next_back();
        let start = if text[start..].starts_with(['-', '−']) && before.is_some_and(|c| c.is_alphanumeric()) {
            start + text[start..].chars().next().map_or(1, char::len_utf8)
        } else {
            start
        };
        // "35–40 meters": one value with two ends.
        let range = found.get(at + 1).filter(|(next, _)| {
            matches!(text[end..*next].trim(), "-" | "–" | "—") || (text[end..].starts_with(['-', '−']) && *next == end)
        });
        let whole_end = range.map_or(end, |(_, end)| *end);
        if range.is_some() {
            skip = range.map(|(next, _)| *next);
        }
        if is_part_of_name(text, start, whole_end) && !is_glued_unit(text, whole_end) {
            continue;
        }
        let next = found
            .iter()
            .map(|(next, _)| *next)
            .find(|next| *next >= whole_end && skip != Some(*next))
            .unwrap_or(text.len());
        match number(text, (start, end), whole_end, next) {
            Some(claim) => claims.push(claim),
            None if text[start..end].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '−') => {
                unread.push(text[start..whole_end].to_owned())
            }
            None => {}
        }
    }
    claims.sort_by_key(|claim| claim.at);
    (claims, unread)
}

fn is_glued_unit(text: &str, end: usize) -> bool {
    let glued = text[end..].split(|c: char| c.is_whitespace() || ",.;()".contains(c)).next().unwrap_or_default();
    unit_of(glued).is_some()
}

/// Dimension and short name of a unit.
fn unit_of(word: &str) -> Option<(String, String)> {
    let word = word.trim().to_lowercase();
    let own = Words::shipped().units.get(&word).cloned();
    own.or_else(|| published::unit(&word).map(|unit| (unit.dimension, unit.name)))
}

fn event(text: &str, time: &Time) -> Option<Claim> {
    let words = Words::shipped();
    // The nearest deed of the clause; the one before it first.
    let from = text[..time.at].rfind(';').map_or(0, |at| at + 1);
    let to = text[time.end..].find([';']).map_or(text.len(), |at| time.end + at);
    let near = words.events.find_iter(&text[from..to]).min_by_key(|found| {
        let (start, end) = (from + found.start(), from + found.end());
        if end <= time.at { time.at - end } else { 2 * start.saturating_sub(time.end) + 3 }
    })?;
    let far = if from + near.end() <= time.at {
        time.at - from - near.end()
    } else {
        (from + near.start()).saturating_sub(time.end)
    };
    const FAR: usize = 70;
    if far > FAR {
        return None;
    }
    let qualifier = qualifier_before(&text[..time.at]);
    let quantity = near.as_str().to_lowercase().replace(' ', "_");
    Some(Claim { quantity, value: time.text.clone(), number: None, unit: "date".to_owned(), qualifier, at: time.at })
}

/// A number with what it counts or measures. `next` is where the next number begins.
fn number(text: &str, (start, end): (usize, usize), whole_end: usize, next: usize) -> Option<Claim> {
    let (before, after) = (&text[..start], &text[whole_end..]);
    let figure = &text[start..whole_end];
    let is_word = figure.starts_with(|c: char| c.is_alphabetic());
    let digits = if is_word { value_of_words(figure)? } else { text[start..end].replace('−', "-") };
    let rest = after.trim_start_matches(['-', ' ', '\u{a0}']);
    let first = rest.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let (magnitude, rest) = match published::magnitude(first) {
        Some(_) => (format!(" {}", first.to_lowercase()), rest[first.len()..].trim_start()),
        None => (String::new(), rest),
    };
    let money = before.trim_end().chars().next_back().filter(|c| "$€₼֏".contains(*c));
    let qualifier = qualifier_before(before.trim_end_matches(['$', '€', '₼', '֏', ' ']));
    let make = |quantity: String, unit: &str| {
        let known = published::unit(unit).is_some();
        let number = Published::read(
            &format!("{digits}{magnitude}"),
            if known || unit.is_empty() { unit } else { "" },
            qualifier.word(),
            Style::DecimalPoint,
        );
        let value = if is_word { digits.clone() } else { format!("{}{magnitude}", figure.trim()) };
        // Of a range neither end alone is the value.
        let number = number.ok().filter(|_| whole_end == end);
        Some(Claim { quantity, value, number, unit: unit.to_owned(), qualifier, at: start })
    };
    if let Some(symbol) = money {
        let unit = published::unit(&symbol.to_string())?;
        return make(measured(text, start, "money")?, &unit.name);
    }
    let near: Vec<&str> = rest.split_whitespace().take(3).collect();
    for n in (1..=near.len()).rev() {
        let phrase = near[..n].join(" ");
        let phrase = phrase.trim_matches(|c: char| ",.;:()".contains(c));
        if let Some((dimension, unit)) = unit_of(phrase).filter(|(dimension, _)| dimension != "count") {
            let dimension = dimension.split(' ').next().unwrap_or_default();
            return make(measured(text, start, dimension)?, &unit);
        }
    }
    if let (false, Some(what)) = (is_word, counted_before(before).filter(|_| counted(rest, text, next).is_none())) {
        let unit = if what.starts_with("population") { "people" } else { &what };
        return make(what.clone(), unit);
    }
    if is_word && counted(rest, text, next).is_none_or(|(_, head)| !head.ends_with('s')) {
        return None;
    }
    let (phrase, head) = counted(rest, text, next)?;
    make(named(text, start, &phrase), &head)
}

/// What a measured number measures: the nearest word of its dimension.
fn measured(text: &str, at: usize, dimension: &str) -> Option<String> {
    let all = Words::shipped().measures.iter().filter(|(of, ..)| of == dimension);
    let near = all.clone().flat_map(|(_, quantity, words)| {
        words.find_iter(text).map(move |found| (found.start().abs_diff(at), quantity))
    });
    let nearest = near.min_by_key(|(far, _)| *far).map(|(_, quantity)| quantity.clone());
    nearest.or_else(|| all.map(|(_, quantity, _)| quantity.clone()).next())
}

/// "the population was 23,000": what is counted stands before its number.
fn counted_before(before: &str) -> Option<String> {
    const NEAR: usize = 60;
    let from = before.ceil_char_boundary(before.len().saturating_sub(NEAR));
    let clause = before[from..].rsplit([';', ',']).next().unwrap_or_default();
    Words::shipped().before.find_iter(clause).last().map(|found| found.as_str().to_lowercase())
}

/// The words that a number counts, and the last of them.
fn counted(rest: &str, text: &str, next: usize) -> Option<(String, String)> {
    const MOST: usize = 4;
    let stop = &Words::shipped().stop;
    let mut phrase: Vec<String> = Vec::new();
    let mut is_list = false;
    for raw in rest.split_whitespace() {
        let word = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '-' && c != '’' && c != '\'');
        if word.is_empty()
            || stop.contains(&word.to_lowercase())
            || word.starts_with(|c: char| c.is_ascii_digit())
            || (word.ends_with("ing") && !phrase.is_empty())
        {
            break;
        }
        phrase.push(word.to_lowercase().replace('’', "'"));
        if raw.ends_with([',', '.', ';', ':', ')', '(']) {
            is_list = raw.ends_with(',');
            break;
        }
        if phrase.len() == MOST {
            break;
        }
    }
    // "30,000 cold, 17 hot, and more than 400 acidic sources": the noun comes at the end of the list.
    let is_adjective = phrase
        .last()
        .is_some_and(|word| !word.ends_with('s') && phrase.len() == 1 && !word.ends_with("men") && word != "people");
    if is_list && is_adjective && next < text.len() {
        let tail = &text[next..];
        let noun = tail.split(|c: char| ",.;".contains(c)).rfind(|part| part.trim().contains(' '))?;
        let noun =
            noun.split_whitespace().rfind(|word| word.ends_with('s') && word.chars().all(char::is_alphabetic))?;
        phrase.push(noun.to_lowercase());
    }
    // Past the noun a verb may stand: "61,000 residents fled".
    while phrase.len() > 1 && phrase.last().is_some_and(|word| word.ends_with("ed") || word.ends_with("ly")) {
        phrase.pop();
    }
    let head = phrase.iter().rfind(|word| word.ends_with('s')).or(phrase.last())?.clone();
    let cut = phrase.iter().position(|word| *word == head)? + 1;
    Some((phrase[..cut].join("_").replace('-', "_"), head))
}

/// What is counted, with what was done to it in the same clause.
fn named(text: &str, at: usize, phrase: &str) -> String {
    let from = text[..at].rfind([';', ',']).map_or(0, |found| found + 1);
    let to = text[at..].find([';']).map_or(text.len(), |found| at + found);
    let deeds = Words::shipped().done.find_iter(&text[from..to]);
    let near = deeds.min_by_key(|found| (from + found.start()).abs_diff(at));
    match near.map(|found| found.as_str().to_lowercase()) {
        Some(deed) if !phrase.contains(&deed) => format!("{phrase}_{}", deed.replace(' ', "_")),
        _ => phrase.to_owned(),
    }
}

/// A name in the sentence that says what it is of: the nearest before the number, else the one that opens the sentence.
fn subject(text: &str, at: usize) -> Option<String> {
    const KINDS: [&str; 34] = [
        "District",
        "Region",
        "Province",
        "City",
        "Village",
        "Uezd",
        "Okrug",
        "Oblast",
        "Monastery",
        "Church",
        "Castle",
        "Fortress",
        "Museum",
        "Mountain",
        "Mount",
        "Lake",
        "River",
        "Plant",
        "Station",
        "Springs",
        "Republic",
        "Zone",
        "Municipality",
        "Bridge",
        "Airport",
        "School",
        "Hospital",
        "Park",
        "Reserve",
        "Valley",
        "Canton",
        "County",
        "Army",
        "Programme",
    ];
    let names = Words::shipped().name.find_iter(text);
    let is_of_kind = |name: &str| name.split(' ').any(|word| KINDS.contains(&word));
    let named: Vec<(usize, &str)> = names
        .map(|found| (found.start(), found.as_str().trim_start_matches("The ")))
        .filter(|(_, name)| is_of_kind(name))
        .collect();
    let before = named.iter().rfind(|(start, _)| *start < at);
    before.or(named.first().filter(|_| named.len() == 1)).map(|(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests;
