//! GeoJSON (RFC 7946) of any size: a collection, a single feature or geometry, or one feature a line (RFC 8142).
//!
//! Features are cut out of the stream one by one, so memory is bounded by the largest of them. What is
//! broken inside one feature is a note of its row; what breaks the stream is the last row.
//! The `crs` member of the 2008 format is honoured and said so; it may stand behind the features, so
//! the end of the file is looked at before the first is given.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::marker::PhantomData;
use std::path::Path;

use geometry::Shape;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::format::Format;
use crate::formats::json_stream::{Cut, JsonStream, Stop};
use crate::limits::{MAX_ROW_BYTES, shorten};
use crate::refused::Refused;
use crate::row::{Declared, Ground, Note, Progress, Row, RowSource};
use geodesy::crs::CrsCode;

/// How much of the end of a file is searched for a `crs` member.
const TAIL: u64 = 64 * 1024;

/// Rows of a GeoJSON file.
pub(crate) struct GeoJson {
    stream: JsonStream<BufReader<File>>,
    total: u64,
    place: Place,
    crs: Declared,
    late_crs: Option<Declared>,
    number: u64,
    waiting: VecDeque<Row>,
}

/// Where in the file the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between values of the top level.
    Top,
    /// Inside `features`, or inside a list at the top level.
    List { in_collection: bool },
    /// Behind the features of a collection.
    AfterFeatures,
    /// Nothing more to give.
    End,
}

impl GeoJson {
    pub(crate) fn open(path: &Path, name: &str) -> Result<GeoJson, Refused> {
        let io = |why| Refused::io(name, why);
        let mut file = File::open(path).map_err(io)?;
        let total = file.metadata().map_err(io)?.len();
        let late_crs = crs_at_the_end(&mut file, total).map_err(io)?;
        file.rewind().map_err(io)?;
        let mut source = GeoJson {
            stream: JsonStream::new(BufReader::with_capacity(256 * 1024, file), MAX_ROW_BYTES),
            total,
            place: Place::Top,
            crs: Declared::ByStandard,
            late_crs,
            number: 0,
            waiting: VecDeque::new(),
        };
        source.refuse_what_is_no_geojson(name)?;
        Ok(source)
    }

    /// Read up to the first row, so that a file which is JSON but no GeoJSON is refused as a whole.
    fn refuse_what_is_no_geojson(&mut self, name: &str) -> Result<(), Refused> {
        match self.advance() {
            Some(row) if row.notes.iter().any(|note| note.finding == "json_is_not_geojson") => {
                Err(Refused::UnknownFormat {
                    file: name.to_owned(),
                    what: "JSON that is no GeoJSON".to_owned(),
                    hint: "save it as a FeatureCollection, or as CSV".to_owned(),
                })
            }
            Some(row) if self.number <= 1 && row.notes.iter().any(|note| note.finding == "file_truncated") => {
                Err(Refused::Truncated {
                    file: name.to_owned(),
                    why: "it breaks off before the end of its first feature".to_owned(),
                })
            }
            row => {
                self.waiting.extend(row);
                Ok(())
            }
        }
    }

    fn advance(&mut self) -> Option<Row> {
        loop {
            let step = match self.place {
                Place::Top => self.top(),
                Place::List { in_collection } => self.element(in_collection),
                Place::AfterFeatures => self.rest_of_collection(),
                Place::End => return None,
            };
            match step {
                Ok(Some(row)) => return Some(row),
                Ok(None) => {}
                Err(stop) => {
                    self.place = Place::End;
                    return Some(self.broken_off(&stop));
                }
            }
        }
    }

    fn broken_off(&mut self, stop: &Stop) -> Row {
        let (finding, why) = match stop {
            Stop::EndOfFile => ("file_truncated", "the file ends inside it".to_owned()),
            Stop::Unexpected(byte) => ("json_broken", format!("{:?} is not expected here", char::from(*byte))),
            Stop::Io(why) => ("file_unreadable", why.to_string()),
        };
        self.number += 1;
        Row::of_note(self.number, Note::new(finding).with("at", self.stream.offset()).with("why", why))
    }

    fn top(&mut self) -> Result<Option<Row>, Stop> {
        match self.stream.peek()? {
            None => self.place = Place::End,
            Some(b'{') => return self.top_object(),
            Some(b'[') => {
                self.stream.take();
                self.place = Place::List { in_collection: false };
            }
            // Lists of features without brackets: one mistake of hand-made files, harmless.
            Some(b',') => self.stream.take(),
            Some(_) => {
                let cut = self.stream.value()?;
                return Ok(Some(self.row_of(&cut)));
            }
        }
        Ok(None)
    }

    /// A collection is not held together: its features are given one by one. Anything else at the top is one row.
    fn top_object(&mut self) -> Result<Option<Row>, Stop> {
        let offset = self.stream.offset();
        self.stream.take();
        let mut object = Cut { bytes: b"{".to_vec(), size: 1, offset };
        loop {
            match self.stream.peek()? {
                Some(b'}') => {
                    self.stream.take();
                    push(&mut object, b"}");
                    return Ok(Some(self.row_of(&object)));
                }
                Some(b',') => {
                    self.stream.take();
                    push(&mut object, b",");
                    continue;
                }
                _ => {}
            }
            let key = self.stream.value()?;
            self.stream.expect(b':')?;
            if key.bytes == b"\"features\"" && self.stream.peek()? == Some(b'[') {
                self.stream.take();
                self.place = Place::List { in_collection: true };
                return Ok(None);
            }
            let value = self.stream.value()?;
            if key.bytes == b"\"crs\"" {
                self.crs = declared(&value.bytes);
            }
            for part in [&key.bytes[..], b":", &value.bytes] {
                push(&mut object, part);
            }
            object.size += value.size - value.bytes.len() as u64;
        }
    }

    fn element(&mut self, in_collection: bool) -> Result<Option<Row>, Stop> {
        match self.stream.peek()? {
            None => Err(Stop::EndOfFile),
            Some(b',') => {
                self.stream.take();
                Ok(None)
            }
            Some(b']') => {
                self.stream.take();
                self.place = if in_collection { Place::AfterFeatures } else { Place::Top };
                Ok(None)
            }
            Some(_) => {
                let cut = self.stream.value()?;
                Ok(Some(self.row_of(&cut)))
            }
        }
    }

    fn rest_of_collection(&mut self) -> Result<Option<Row>, Stop> {
        match self.stream.peek()? {
            None => return Err(Stop::EndOfFile),
            Some(b'}') => {
                self.stream.take();
                self.place = Place::Top;
            }
            Some(b',') => self.stream.take(),
            Some(_) => {
                self.stream.value()?;
                self.stream.expect(b':')?;
                self.stream.value()?;
            }
        }
        Ok(None)
    }

    fn row_of(&mut self, cut: &Cut) -> Row {
        self.number += 1;
        let mut row = Row::new(self.number);
        row.crs = self.late_crs.clone().unwrap_or_else(|| self.crs.clone());
        if !cut.is_whole() {
            row.notes.push(
                Note::new("row_too_large")
                    .with("size", cut.size)
                    .with("limit", MAX_ROW_BYTES)
                    .with("offset", cut.offset),
            );
            row.ground = Ground::Broken { text: too_large_to_keep(cut), why: "it is too large".to_owned() };
            return row;
        }
        if row.crs != Declared::ByStandard && self.number == 1 {
            row.notes.push(Note::new("geojson_crs_member").with("crs", name_of(&row.crs)));
        }
        match std::str::from_utf8(&cut.bytes) {
            Ok(text) if !text.starts_with('{') => no_feature(text, &mut row),
            Ok(text) => self.read_feature(text, &mut row),
            Err(_) => broken(&mut row, &String::from_utf8_lossy(&cut.bytes), "it is not UTF-8, which JSON must be"),
        }
        row
    }

    fn read_feature(&self, text: &str, row: &mut Row) {
        let members = match serde_json::from_str::<Members<&RawValue>>(text) {
            Ok(members) => members.0,
            Err(why) => {
                // A coordinate such as NaN is no JSON, but everything else of the feature may be.
                let Some((readable, spoilt)) = without_words(text) else { return broken(row, text, &said(&why)) };
                let Ok(members) = serde_json::from_str::<Members<&RawValue>>(&readable) else {
                    return broken(row, text, &said(&why));
                };
                let properties = members.0.iter().find(|(key, _)| key == "properties");
                read_properties(properties.map_or("null", |(_, value)| value.get()), row);
                row.ground = Ground::Broken { text: text.to_owned(), why: spoilt };
                return;
            }
        };
        let of = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
        match of("type").map(|name| name.trim_matches('"')) {
            Some("Feature") => {
                let known = ["type", "geometry", "properties", "bbox"];
                read_properties(of("properties").unwrap_or("null"), row);
                if let Some(text) = of("geometry").filter(|text| *text != "null") {
                    read_geometry(text, row);
                }
                for (key, value) in members.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
                    row.properties.insert(format!("@{key}"), value_of(value.get()));
                }
            }
            Some(_) if of("coordinates").is_some() || of("geometries").is_some() => read_geometry(text, row),
            _ => no_feature(text, row),
        }
    }
}

impl RowSource for GeoJson {
    fn format(&self) -> Format {
        Format::GeoJson
    }

    fn next_row(&mut self) -> Option<Row> {
        self.waiting.pop_front().or_else(|| self.advance())
    }

    fn progress(&self) -> Progress {
        Progress { done: self.stream.offset(), total: self.total }
    }
}

fn push(object: &mut Cut, bytes: &[u8]) {
    object.bytes.extend_from_slice(bytes);
    object.size += bytes.len() as u64;
}

fn too_large_to_keep(cut: &Cut) -> String {
    format!("{} bytes from byte {} of the file", cut.size, cut.offset)
}

fn broken(row: &mut Row, text: &str, why: &str) {
    row.notes.push(Note::new("json_broken").with("at", "its beginning").with("why", why));
    row.ground = Ground::Broken { text: text.to_owned(), why: why.to_owned() };
}

fn no_feature(text: &str, row: &mut Row) {
    row.notes.push(Note::new("json_is_not_geojson").with("what", shorten(text)));
    row.ground = Ground::Broken { text: text.to_owned(), why: "it is no feature".to_owned() };
}

/// What serde_json says, without naming a line that is not a line of the file.
fn said(why: &serde_json::Error) -> String {
    let text = why.to_string();
    match text.rfind(" at line ") {
        Some(at) => format!("{} (character {} of the feature)", &text[..at], why.column()),
        None => text,
    }
}

fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn read_properties(text: &str, row: &mut Row) {
    match serde_json::from_str::<Option<Members<Value>>>(text) {
        Ok(members) => {
            for (key, value) in members.into_iter().flat_map(|members| members.0) {
                insert_once(row, key, value);
            }
        }
        Err(why) => row.notes.push(Note::new("json_broken").with("at", "its properties").with("why", said(&why))),
    }
}

/// A property that is named twice keeps both values, the second under a name of its own (DQ-12).
fn insert_once(row: &mut Row, key: String, value: Value) {
    match row.properties.get(&key) {
        None => {
            row.properties.insert(key, value);
        }
        Some(first) => {
            let both = format!("{first} and {value}");
            row.notes.push(Note::new("property_twice").about(&key, both));
            row.properties.insert(format!("{key}@2"), value);
        }
    }
}

fn read_geometry(text: &str, row: &mut Row) {
    match Shape::from_geojson_str(text) {
        Ok(shape) => {
            row.has_height = has_third_number(text);
            row.ground = Ground::Shape { shape, text: Some(text.to_owned()) };
        }
        Err(why) => {
            let why = without_words(text).map_or_else(|| why.to_string(), |(_, spoilt)| spoilt);
            row.ground = Ground::Broken { text: text.to_owned(), why };
        }
    }
}

/// Text whose coordinates hold words where numbers belong, such as `NaN` or `"46.1"`: the same with `null` for each,
/// and where the first stands, counted from 1.
fn without_words(text: &str) -> Option<(String, String)> {
    let begin = text.find("\"coordinates\"")? + "\"coordinates\"".len();
    let (mut readable, mut first) = (text[..begin].to_owned(), None);
    let mut path: Vec<usize> = Vec::new();
    let mut rest = &text[begin..];
    loop {
        let c = rest.chars().next()?;
        let length = match c {
            '[' => {
                path.push(0);
                1
            }
            ']' => {
                path.pop()?;
                1
            }
            ',' => {
                *path.last_mut()? += 1;
                1
            }
            c if c.is_whitespace() || c == ':' => c.len_utf8(),
            // To the closing quote, or to whatever ends a word.
            '"' => rest[1..].find('"')? + 2,
            _ => rest.find(|c: char| matches!(c, ',' | ']' | '[') || c.is_whitespace()).filter(|end| *end > 0)?,
        };
        let token = &rest[..length];
        let is_word =
            !matches!(c, '[' | ']' | ',' | ':') && !c.is_whitespace() && token.parse::<serde_json::Number>().is_err();
        if is_word && !path.is_empty() {
            first.get_or_insert_with(|| format!("{} is {}, which is no number", place_of(&path), shorten(token)));
            readable.push_str("null");
        } else {
            readable.push_str(token);
        }
        rest = &rest[length..];
        if c == ']' && path.is_empty() {
            break;
        }
    }
    readable.push_str(rest);
    Some((readable, first?))
}

/// Which coordinate a path of places in nested lists means: axis, vertex, ring, polygon from its end.
fn place_of(path: &[usize]) -> String {
    let axis = match path.last() {
        Some(0) => "longitude".to_owned(),
        Some(1) => "latitude".to_owned(),
        Some(n) => format!("number {}", n + 1),
        None => String::new(),
    };
    let outer = path.iter().rev().skip(1).zip(["vertex", "ring", "polygon"]);
    outer.fold(axis, |place, (at, what)| format!("{place} of {what} {}", at + 1))
}

/// Whether the first position has more than two numbers.
fn has_third_number(text: &str) -> bool {
    let position = text.find("\"coordinates\"").and_then(|at| {
        let rest = &text[at..];
        let digit = rest.find(|c: char| c.is_ascii_digit())?;
        rest[digit..].split(']').next()
    });
    position.is_some_and(|numbers| numbers.matches(',').count() >= 2)
}

/// The members of an object in order, doubles kept: [`Map`] would keep the last only and say nothing.
struct Members<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<V>, D::Error> {
        struct InOrder<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for InOrder<V> {
            type Value = Members<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<V>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

/// What a `crs` member of the 2008 format says.
fn declared(json: &[u8]) -> Declared {
    let value: Value = serde_json::from_slice(json).unwrap_or(Value::Null);
    let name = value.pointer("/properties/name").or_else(|| value.pointer("/properties/code"));
    match name {
        _ if value.is_null() => Declared::ByStandard,
        Some(Value::String(text)) => match text.parse::<CrsCode>() {
            Ok(CrsCode::WGS_84) => Declared::ByStandard,
            Ok(code) => Declared::Code(code),
            Err(_) => Declared::Unrecognised(text.clone()),
        },
        Some(Value::Number(code)) => match code.as_u64().and_then(|code| u32::try_from(code).ok()) {
            Some(code) => Declared::Code(CrsCode(code)),
            None => Declared::Unrecognised(code.to_string()),
        },
        _ => Declared::Unrecognised(value.to_string()),
    }
}

fn name_of(crs: &Declared) -> String {
    match crs {
        Declared::Code(code) => code.to_string(),
        Declared::Unrecognised(text) => text.clone(),
        Declared::ByStandard | Declared::Notation(_) | Declared::Nothing => CrsCode::WGS_84.to_string(),
    }
}

/// A `crs` member behind the features: the rest of the file from it on must be the rest of one object.
fn crs_at_the_end(file: &mut File, total: u64) -> std::io::Result<Option<Declared>> {
    file.seek(SeekFrom::Start(total.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let text = String::from_utf8_lossy(&tail);
    for (at, _) in text.rmatch_indices("\"crs\"").take(8) {
        let rest = format!("{{{}", &text[at..]);
        if let Ok(members) = serde_json::from_str::<Map<String, Value>>(&rest) {
            return Ok(members.get("crs").map(|crs| declared(crs.to_string().as_bytes())));
        }
    }
    Ok(None)
}
