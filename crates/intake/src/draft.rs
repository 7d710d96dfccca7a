//! From a row to a draft: its kind, its fields by the dictionary, its ground on WGS 84, and every issue on the way.
//!
//! A row that cannot become a record is a draft all the same, with its raw values, so that nothing is lost.

use std::collections::BTreeSet;

use geodesy::accuracy::Method;
use geometry::{Region, Shape};
use jiff::civil::Date;
use records::dictionary::Dictionary;
use records::land::{GeometryQuality, UNDECLARED_M};
use records::{Issue, Record, RecordKind, Rules};
use serde_json::{Map, Value, json};

use crate::Options;
use crate::check::{Context, judge, unknown_property};
use crate::field_book;
use crate::ground::{Grounded, Ways, up_to_cm};
use crate::limits::shorten;
use crate::profile::{ENVELOPE, Mapped, Profile, keep_as_entered};
use crate::regroup::COLUMN;
use crate::ring;
use crate::row::{Ground, Note, Row};
use crate::value::{self, Reading, is_nothing, text_of};

/// One row of a file, as far as it could become a record, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Feature or row as a person counts: from 1; in a table the line of the sheet, the header included.
    pub row: u64,
    /// Exactly what was read: `properties` as they stood, `geometry` as the text that stood there, `crs` as it was stated.
    pub raw: Value,
    /// What it says; `None` if it cannot be a record. With an issue of severity E it waits for a person.
    pub record: Option<Record>,
    /// Local id of the record that this one corrects.
    pub supersedes_local_id: Option<String>,
    /// What is wrong or doubtful; severity E holds the record.
    pub issues: Vec<Issue>,
}

/// The ground of one row, without the rest of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RowGround {
    /// Feature or row as a person counts.
    pub row: u64,
    /// The reporter's own id; empty if there is none.
    pub local_id: String,
    /// ε at 95 %, metres, where the row states it.
    pub accuracy_m: Option<f64>,
    /// On WGS 84, as given.
    pub shape: Option<Shape>,
    /// The ground of an areal shape, at its largest.
    pub region: Option<Region>,
    /// System, operation and text exactly as given.
    pub as_entered: Map<String, Value>,
    /// What is wrong or doubtful about the ground.
    pub issues: Vec<Issue>,
}

/// Makes drafts of the rows of one file.
pub(crate) struct Drafting<'a> {
    profile: Option<&'a Profile>,
    as_record: Option<RecordKind>,
    source: Option<String>,
    file_name: String,
    context: Context<'a>,
    ways: Ways<'a>,
    told: BTreeSet<String>,
}

/// What a row says about itself, beside its fields.
struct Envelope {
    local_id: Option<String>,
    date: Option<Date>,
    supersedes: Option<String>,
    sources: Vec<String>,
}

impl<'a> Drafting<'a> {
    pub(crate) fn new(options: &Options<'a>) -> Drafting<'a> {
        Drafting {
            profile: options.profile,
            as_record: options.as_record,
            source: options.source.clone(),
            file_name: options.file_name.clone(),
            context: Context { rules: options.rules, today: options.today, home: options.home },
            ways: Ways::new(options),
            told: BTreeSet::new(),
        }
    }

    /// A draft of one row.
    pub(crate) fn draft(&mut self, mut row: Row) -> Draft {
        let mut issues: Vec<Issue> = row.notes.iter().map(of_note).collect();
        self.never_keep(&mut row, &mut issues);
        let (record, supersedes, local_id) = match self.left_out(&row) {
            Some(issue) => {
                issues.push(issue);
                (None, None, String::new())
            }
            None if is_only_a_note(&row) => (None, None, String::new()),
            None => self.record(&row, &mut issues),
        };
        let file = match &row.layer {
            Some(layer) => format!("{}/{layer}", self.file_name),
            None => self.file_name.clone(),
        };
        for issue in &mut issues {
            issue.file.clone_from(&file);
            issue.row = row.number;
            issue.local_id.clone_from(&local_id);
        }
        let crs = self.ways.named(&row.crs);
        Draft { row: row.number, raw: raw(row, crs), record, supersedes_local_id: supersedes, issues }
    }

    /// The ground of a row alone, read and judged, whatever the row is a record of.
    pub(crate) fn ground(&mut self, row: Row) -> RowGround {
        let Grounded { shape, as_entered, issues, .. } = self.ways.ground(&row);
        let mut issues: Vec<Issue> = row.notes.iter().map(of_note).chain(issues).collect();
        let is_on_earth = shape.as_ref().is_some_and(|shape| ring::positions(shape, self.context.rules, &mut issues));
        let region = shape.as_ref().filter(|shape| is_on_earth && shape.is_areal()).map(|shape| {
            let read = geometry::read::read(shape, geometry::Reading::Largest);
            ring::problems(shape, &read, self.context.rules, &mut issues);
            read.region
        });
        let text = |name: &str| row.properties.get(name).map(text_of).unwrap_or_default();
        let local_id = text("local_id").trim().to_owned();
        for issue in &mut issues {
            issue.file.clone_from(&self.file_name);
            issue.row = row.number;
            issue.local_id.clone_from(&local_id);
        }
        let accuracy_m =
            text("accuracy_m").trim().parse().ok().filter(|metres: &f64| metres.is_finite() && *metres > 0.0);
        RowGround { row: row.number, local_id, accuracy_m, shape, region, as_entered, issues }
    }

    /// What is said of a file that gave no row at all.
    pub(crate) fn of_nothing(&self) -> Draft {
        let mut issue = found("no_rows", "", "", &[]);
        issue.file.clone_from(&self.file_name);
        Draft { row: 0, raw: Value::Null, record: None, supersedes_local_id: None, issues: vec![issue] }
    }

    /// Persons carry no ethnicity or faith: such a column is taken out before anything is made of the row, and kept nowhere
    /// (REC-7). Said once a file.
    fn never_keep(&mut self, row: &mut Row, issues: &mut Vec<Issue>) {
        let rules = Rules::shipped();
        let is_never_kept = |name: &String| {
            let name = name.to_lowercase();
            rules.never_kept.iter().any(|part| name.contains(part))
        };
        let columns: Vec<String> = row.properties.keys().filter(|name| is_never_kept(name)).cloned().collect();
        for column in columns {
            row.properties.shift_remove(&column);
            if self.told.insert(format!("@never_kept {column}")) {
                issues.push(found("column_never_kept", &column, "", &[("column", &column)]));
            }
        }
    }

    fn left_out(&self, row: &Row) -> Option<Issue> {
        let (column, text) = self.profile?.leaves_out(&row.properties)?;
        Some(found("left_out_by_profile", &column, &shorten(&text), &[("column", &column)]))
    }

    fn record(&mut self, row: &Row, issues: &mut Vec<Issue>) -> (Option<Record>, Option<String>, String) {
        let mut mapped = match self.profile {
            Some(profile) => profile.map(&row.properties, row.number),
            None => Mapped { properties: row.properties.clone(), notes: Vec::new(), pattern_units: Default::default() },
        };
        issues.extend(mapped.notes.iter().map(of_note));
        let kind = self.kind(&mapped.properties, issues);
        let envelope = self.envelope(&mut mapped.properties, issues);
        let grounded = match field_book::take(&mut mapped.properties, row) {
            Some(sheet) => field_book::ground(&sheet, &mut mapped.properties),
            None => self.ways.ground(row),
        };
        let ground_failed = grounded.issues.iter().any(is_error);
        issues.extend(grounded.issues.iter().cloned());
        let local_id = envelope.local_id.clone().unwrap_or_default();
        let Some(kind) = kind else { return (None, envelope.supersedes, local_id) };
        // Judged even where it cannot become a record, so that a person learns everything at once.
        let date = envelope.date.unwrap_or(self.context.today);
        let record = Record {
            kind,
            local_id: local_id.clone(),
            date_of_information: date,
            supersedes: None,
            sources: envelope.sources,
            fields: Map::new(),
            geometry: None,
            as_entered: Map::new(),
        };
        let mut record = self.filled(record, &mapped, grounded, issues);
        if !row.parts.is_empty() {
            record.as_entered.insert("parts".to_owned(), json!(row.parts));
        }
        let said: BTreeSet<String> = issues.iter().filter(|i| is_error(i)).map(|i| i.field.clone()).collect();
        let news = judge(&record, &self.context).into_iter().filter(|issue| {
            // What could not be read is not also missing.
            let is_echo = said.contains(&issue.field) && is_error(issue) && !record.fields.contains_key(&issue.field);
            !(is_echo || (ground_failed && issue.field == "geometry"))
        });
        issues.extend(news);
        let is_record = envelope.local_id.is_some() && envelope.date.is_some();
        (is_record.then_some(record), envelope.supersedes, local_id)
    }

    /// What it is: by the row's own word, by the command or by the profile, which must not contradict each other.
    fn kind(&self, properties: &Map<String, Value>, issues: &mut Vec<Issue>) -> Option<RecordKind> {
        let stated = self.as_record.or(self.profile.and_then(|profile| profile.record));
        let own = properties.get("record").filter(|value| !is_nothing(value)).map(text_of);
        let Some(own) = own else {
            if stated.is_none() {
                issues.push(found("kind_missing", "record", "", &[]));
            }
            return stated;
        };
        match (own.trim().parse::<RecordKind>(), stated) {
            (Ok(own), Some(stated)) if own != stated => {
                issues.push(found("kind_contradicted", "record", own.name(), &[("stated", stated.name())]));
                None
            }
            (Ok(own), _) => Some(own),
            (Err(_), _) => {
                issues.push(unknown_kind(&own));
                None
            }
        }
    }

    /// Take what every kind has out of the properties.
    fn envelope(&self, properties: &mut Map<String, Value>, issues: &mut Vec<Issue>) -> Envelope {
        let take = |name: &str| properties.get(name).cloned().unwrap_or(Value::Null);
        let (id, date, supersedes, source) =
            (take("local_id"), take("date_of_information"), take("supersedes"), take("source"));
        let mut sources = texts_of(&source);
        if let Some(source) = self.source.as_ref().filter(|source| !sources.contains(source)) {
            sources.push(source.clone());
        }
        Envelope {
            local_id: trimmed_id("local_id", &id, issues).or_else(|| {
                issues.push(found("local_id_missing", "local_id", "", &[]));
                None
            }),
            date: self.date_of_information(&date, issues),
            supersedes: trimmed_id("supersedes", &supersedes, issues),
            sources,
        }
    }

    fn date_of_information(&self, given: &Value, issues: &mut Vec<Issue>) -> Option<Date> {
        if is_nothing(given) {
            issues.push(found("date_missing", "date_of_information", "", &[]));
            return None;
        }
        value::day("date_of_information", given, &self.reading("date_of_information", &Mapped::default()))
            .map_err(|issue| issues.push(*issue))
            .ok()
    }

    fn filled(&mut self, mut record: Record, mapped: &Mapped, grounded: Grounded, issues: &mut Vec<Issue>) -> Record {
        let open_m = grounded.open_m;
        record.as_entered = grounded.as_entered;
        record.geometry = grounded.shape;
        let mut other = Map::new();
        for (name, given) in mapped.properties.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str())) {
            match Dictionary::shipped().field(record.kind, name) {
                Some(field) => {
                    let reading = self.reading(name, mapped);
                    match value::read(field, given, &reading) {
                        Ok(Some(read)) => {
                            self.keep_unit(&mut record, name, given, mapped);
                            record.fields.insert(name.clone(), read);
                        }
                        Ok(None) => {}
                        Err(issue) => issues.push(*issue),
                    }
                }
                None if is_nothing(given) => {}
                None => {
                    let is_known = ["@id", COLUMN].contains(&name.as_str())
                        || self.profile.is_some_and(|profile| profile.mentions(name));
                    if !is_known && self.told.insert(name.clone()) {
                        issues.push(unknown_property(record.kind, name, given));
                    }
                    other.insert(name.clone(), given.clone());
                }
            }
        }
        if !other.is_empty() {
            record.fields.insert("other".to_owned(), Value::Object(other));
        }
        self.accuracy(&mut record, open_m, issues);
        record
    }

    /// ε95 of the ground: as stated, else by the method (DOMAIN §5.2), widened by what its coordinates leave open (GEO-9).
    fn accuracy(&mut self, record: &mut Record, open_m: f64, issues: &mut Vec<Issue>) {
        if record.geometry.is_none() {
            return;
        }
        let stated = record.number("accuracy_m").filter(|metres| *metres > 0.0);
        let method = record.text("positioning").and_then(Method::named);
        if let Some(method) = method {
            if let Some(refuse) = &method.refuse {
                let values = [("method", method.what.as_str()), ("refuse", refuse)];
                issues.push(self.context.rules.finding("method_undeclared").issue(
                    "positioning",
                    &method.name,
                    &values,
                ));
            }
            record.fields.entry("geometry_quality").or_insert_with(|| json!(method.quality));
        }
        let by_method = method.and_then(|method| Some((method, method.epsilon_m(stated, 0.0).metres()?)));
        let known = stated.or(by_method.map(|(_, metres)| metres));
        if let (None, Some((method, metres))) = (stated, by_method) {
            let values = [("metres", &*metres.to_string()), ("method", &method.what)];
            issues.push(self.context.rules.finding("accuracy_by_method").issue("accuracy_m", "", &values));
            set_accuracy(record, metres);
        }
        // Where nothing is stated the default of the quality counts; without a quality, nothing releases ground anyway.
        let quality: Option<GeometryQuality> = record.text("geometry_quality").and_then(|word| word.parse().ok());
        let fallback = match (quality, record.kind) {
            (Some(quality), _) => Some(quality.epsilon_m()),
            (None, RecordKind::ReleaseProduct) => None,
            (None, _) => Some(UNDECLARED_M),
        };
        let Some(before) = known.or(fallback.filter(|metres| open_m > 0.1 * metres)).filter(|_| open_m > 0.0) else {
            return;
        };
        if known.is_none() {
            issues.push(self.context.rules.finding("accuracy_unknown").issue("accuracy_m", "", &[]));
        }
        let metres = up_to_cm(before.hypot(open_m));
        set_accuracy(record, metres);
        if self.told.insert("@accuracy_widened".to_owned()) {
            let values = [("open", &*format!("{open_m:.1}")), ("metres", &metres.to_string())];
            issues.push(self.context.rules.finding("accuracy_widened").issue(
                "accuracy_m",
                &before.to_string(),
                &values,
            ));
        }
    }

    /// A value that came in another unit is kept as it was given, too.
    fn keep_unit(&self, record: &mut Record, name: &str, given: &Value, mapped: &Mapped) {
        if let Some(unit) = self.unit(name, mapped) {
            keep_as_entered(record, name, given, unit);
        }
    }

    fn unit(&self, name: &str, mapped: &Mapped) -> Option<crate::profile::Unit> {
        mapped.pattern_units.get(name).copied().or_else(|| self.profile?.unit(name))
    }

    fn reading(&self, name: &str, mapped: &Mapped) -> Reading<'a> {
        Reading {
            day_formats: self.profile.map(|profile| profile.day_formats.as_slice()).unwrap_or_default(),
            decimal_comma: self.profile.is_some_and(|profile| profile.decimal_comma),
            factor: self.unit(name, mapped).map(|unit| unit.factor),
        }
    }
}

/// Give the accuracy, and keep beside it what was stated.
fn set_accuracy(record: &mut Record, metres: f64) {
    let stated = record.fields.insert("accuracy_m".to_owned(), json!(metres));
    if let Some(stated) = stated {
        let fields = record.as_entered.entry("fields").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(fields) = fields {
            fields.entry("accuracy_m").or_insert_with(|| json!(format!("{} m", text_of(&stated))));
        }
    }
}

fn found(finding: &str, field: &str, value: &str, values: &[(&str, &str)]) -> Issue {
    Rules::shipped().finding(finding).issue(field, value, values)
}

fn of_note(note: &Note) -> Issue {
    let values: Vec<(&str, &str)> = note.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    found(note.finding, &note.field, &note.value, &values)
}

fn is_error(issue: &Issue) -> bool {
    issue.severity == records::Severity::Error
}

/// A row that says only where the file breaks off, or that it is no row any more.
fn is_only_a_note(row: &Row) -> bool {
    if row.notes.iter().any(|note| note.finding == "row_deleted") {
        return true;
    }
    row.properties.is_empty()
        && matches!(row.ground, Ground::Absent | Ground::Broken { .. })
        && row.notes.iter().map(of_note).any(|i| is_error(&i))
}

fn unknown_kind(own: &str) -> Issue {
    let names: Vec<&str> = RecordKind::ALL.iter().map(|kind| kind.name()).collect();
    match value::probably_meant(own, &names) {
        Some(meant) => found("kind_misspelt", "record", &shorten(own), &[("meant", meant)]),
        None => found("kind_unknown", "record", &shorten(own), &[]),
    }
}

/// An id without the blanks around it, which are told (DQ-04, DQ-08).
fn trimmed_id(field: &str, given: &Value, issues: &mut Vec<Issue>) -> Option<String> {
    if is_nothing(given) {
        return None;
    }
    if matches!(given, Value::Array(_) | Value::Object(_) | Value::Bool(_)) {
        issues.push(found("id_not_text", field, &shorten(&text_of(given)), &[("field", field)]));
        return None;
    }
    let text = text_of(given);
    let trimmed = text.trim();
    if trimmed.len() < text.len() {
        issues.push(found("id_with_blanks", field, &format!("{text:?}"), &[("field", field)]));
    }
    Some(trimmed.to_owned())
}

fn texts_of(given: &Value) -> Vec<String> {
    let items = match given {
        Value::Array(items) => items.iter().map(text_of).collect(),
        other => text_of(other).split(',').map(str::to_owned).collect::<Vec<_>>(),
    };
    items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn raw(row: Row, crs: Option<String>) -> Value {
    let has_ground = !matches!(row.ground, Ground::Absent);
    let geometry = match row.ground {
        Ground::Absent => Value::Null,
        Ground::Broken { text, .. } => Value::String(text),
        Ground::Shape { text: Some(text), .. } => Value::String(text),
        Ground::Shape { shape, text: None } => Value::String(shape.to_wkt()),
    };
    let mut raw = json!({ "properties": row.properties, "geometry": geometry });
    if !row.parts.is_empty() {
        raw["parts"] = json!(row.parts);
    }
    if let Some(layer) = row.layer {
        raw["layer"] = json!(layer);
    }
    if let Some(crs) = crs.filter(|_| has_ground) {
        raw["crs"] = json!(crs);
    }
    raw
}
