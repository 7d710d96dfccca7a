//! Gates of a programme: a question in words of a person, the answer as JSON (CONTRACT §6).
//!
//! The commands and the screens ask here, so that they say the same.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use gates::{Answer, Because, Blocking, Books, Footprint, Policy, Question};
use geometry::Shape;
use ledger::{Day, EntryId, Standing, State};
use records::dictionary::Dictionary;
use records::{Record, RecordKind, Severity};
use serde_json::{Value, json};

use crate::cli::Usage;
use crate::programme::Programme;

/// Kinds of record that a gate can be asked about.
const SUBJECTS: [RecordKind; 7] = [
    RecordKind::Project,
    RecordKind::Place,
    RecordKind::Route,
    RecordKind::Parcel,
    RecordKind::Monument,
    RecordKind::WaterPoint,
    RecordKind::Household,
];

/// What a gate is asked about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// Ground that somebody drew.
    Ground(Shape),
    /// A record of the programme.
    Record(Box<Record>),
}

/// What is asked besides the subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// How deep the use digs, cm; the record's own depth if absent.
    pub depth_cm: Option<f64>,
    /// Metres around it to be kept free of hazard.
    pub margin_m: Option<f64>,
    /// Ordnance expected besides what the hazards record.
    pub eo: Vec<String>,
    /// Width of the access, metres; for a record the policy's if absent.
    pub access_width_m: Option<f64>,
}

impl Subject {
    /// From well-known text, the path of a file, or the id of a record.
    pub fn read(programme: &Programme, state: &State, text: &str) -> anyhow::Result<Subject> {
        match Path::new(text.trim()).is_file() {
            true => Self::of_file(Path::new(text.trim()), text.trim()),
            false => Self::of_text(programme, state, text),
        }
    }

    /// From well-known text or the id of a record; touches no file, whatever the text.
    pub fn of_text(programme: &Programme, state: &State, text: &str) -> anyhow::Result<Subject> {
        let text = text.trim();
        let shaped = |shape: Result<Shape, geometry::ShapeError>| shape.map_err(|e| Usage(format!("--footprint: {e}")));
        if is_wkt(text) {
            return Ok(Subject::Ground(shaped(Shape::from_wkt(text))?));
        }
        let record = Self::named(programme, state, text)?;
        Ok(Subject::Record(Box::new(record)))
    }

    /// The ground of a file: well-known text, or any format that is imported; `name` is what messages call it. Several
    /// polygons are one footprint.
    pub fn of_file(path: &Path, name: &str) -> anyhow::Result<Subject> {
        let wrong = |why: &dyn std::fmt::Display| Usage(format!("{name}: {why}"));
        if let Some(text) = wkt_of(path).with_context(|| format!("cannot read {name}"))? {
            return Ok(Subject::Ground(Shape::from_wkt(text.trim()).map_err(|e| wrong(&e))?));
        }
        // Only the ground is read, so no day of the file is judged.
        let options = intake::Options::new(name, jiff::civil::Date::MAX);
        let refused = |error: anyhow::Error| match error.is::<intake::Refused>() {
            true => wrong(&format!("{error:#}")).into(),
            false => error,
        };
        let mut reader = crate::visitor::open(path, &options).map_err(refused)?;
        let mut shapes = Vec::new();
        while let Some(ground) = reader.next_ground() {
            if let Some(issue) = ground.issues.iter().find(|issue| issue.severity == Severity::Error) {
                return Err(wrong(&format!("row {}: {}. hint: {}", ground.row, issue.message, issue.hint)).into());
            }
            shapes.extend(ground.shape);
        }
        let polygons: Vec<_> = shapes.iter().flat_map(|shape| shape.polygons().iter().cloned()).collect();
        match <[Shape; 1]>::try_from(shapes) {
            Ok([shape]) => Ok(Subject::Ground(shape)),
            Err(shapes) if shapes.is_empty() => Err(wrong(&"it holds no ground. hint: draw the plot in it").into()),
            Err(shapes) if shapes.iter().all(Shape::is_areal) => Ok(Subject::Ground(Shape::MultiPolygon(polygons))),
            Err(_) => Err(wrong(&"several geometries are a footprint only if all are polygons").into()),
        }
    }

    /// The newest report of a record, approved or not: what is planned may be asked about before it is approved.
    fn named(programme: &Programme, state: &State, id: &str) -> anyhow::Result<Record> {
        let index = programme.index();
        let reported = |&n: &u32| index.standing(n, state.known_at()) > Standing::Absent;
        let roots: Vec<u32> = match id.parse::<EntryId>().ok().and_then(|entry| index.number_of(entry)) {
            Some(number) => vec![number],
            None => SUBJECTS.iter().flat_map(|&kind| index.with_local_id(kind, id)).copied().collect(),
        };
        let kinds: BTreeSet<&str> = roots.iter().map(|&n| index.record(n).kind.name()).collect();
        if kinds.len() > 1 {
            let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Usage(format!("{id:?} is a {kinds}: give the entry id of the one you mean")).into());
        }
        let newest = roots.iter().flat_map(|&n| index.chain(n)).filter(reported).max_by_key(|&n| {
            let kept = index.record(n);
            (kept.day, kept.recorded_at, kept.entry)
        });
        let Some(number) = newest else {
            let kinds = SUBJECTS.map(RecordKind::name).join(", ");
            return Err(Usage(format!(
                "{id:?} is no well-known text, no file, and no id of a {kinds} of {}",
                programme.name()
            ))
            .into());
        };
        let entry = index.record(number).entry;
        programme.record(entry)?.with_context(|| format!("entry {entry} holds no record"))
    }
}

/// Whether text is meant as well-known text.
fn is_wkt(text: &str) -> bool {
    const WORDS: [&str; 7] =
        ["POLYGON", "MULTIPOLYGON", "LINESTRING", "MULTILINESTRING", "POINT", "MULTIPOINT", "GEOMETRYCOLLECTION"];
    let keyword: String = text.trim().chars().take_while(char::is_ascii_alphabetic).collect();
    text.contains('(') && WORDS.iter().any(|word| keyword.eq_ignore_ascii_case(word))
}

/// The text of a file that begins as well-known text.
fn wkt_of(path: &Path) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(64).read_to_end(&mut head)?;
    match is_wkt(&String::from_utf8_lossy(&head)) {
        true => std::fs::read_to_string(path).map(Some),
        false => Ok(None),
    }
}

/// Words for ordnance, `ERW` as UXO and AXO (DOMAIN §1.3).
fn ordnance(words: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let known = &Dictionary::shipped().vocabulary["eo_category"];
    let mut found = BTreeSet::new();
    for word in words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        match word.to_uppercase().as_str() {
            "ERW" => found.extend(["UXO".to_owned(), "AXO".to_owned()]),
            word if known.contains_key(word) => _ = found.insert(word.to_owned()),
            _ => {
                let words = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                return Err(Usage(format!("--eo {word:?} is not one of {words}")).into());
            }
        }
    }
    Ok(found)
}

/// Ask the gate of a subject.
pub fn ask(
    programme: &Programme,
    state: &State,
    day: Day,
    policy: &Policy,
    subject: &Subject,
    wanted: &Wanted,
) -> anyhow::Result<Answer> {
    with_books(programme, state, day, policy, |books| ask_in(books, subject, wanted))
}

/// Ask one question or many of the same books; what was read of a record is read once.
pub fn with_books<T>(
    programme: &Programme,
    state: &State,
    day: Day,
    policy: &Policy,
    ask: impl FnOnce(&Books<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let failed = RefCell::new(None);
    let known: RefCell<HashMap<EntryId, Option<Record>>> = RefCell::default();
    let read = |entry| {
        if let Some(record) = known.borrow().get(&entry) {
            return record.clone();
        }
        let record = programme.record(entry).unwrap_or_else(|error| {
            failed.borrow_mut().get_or_insert(error);
            None
        });
        known.borrow_mut().insert(entry, record.clone());
        record
    };
    let answer = ask(&Books::new(programme.index(), state, day, policy, &read));
    match failed.into_inner() {
        Some(error) => Err(error),
        None => answer,
    }
}

/// Ask the gate of a subject in books that are open.
pub fn ask_in(books: &Books<'_>, subject: &Subject, wanted: &Wanted) -> anyhow::Result<Answer> {
    for (name, value) in
        [("--depth-cm", wanted.depth_cm), ("--margin-m", wanted.margin_m), ("--access-width-m", wanted.access_width_m)]
    {
        if let Some(value) = value.filter(|value| !value.is_finite() || *value < 0.0) {
            return Err(Usage(format!("{name} {value}: a number that is not negative is wanted")).into());
        }
    }
    Ok(match subject {
        Subject::Record(record) if record.kind == RecordKind::Household => gates::returning(books, record),
        Subject::Record(record) => match question(books, subject, wanted)? {
            Ok(question) if record.kind == RecordKind::Monument => gates::visit(books, &question),
            Ok(question) => gates::land(books, &question),
            // What is planned and not drawn is unknown, and no mistake of whoever asks.
            Err(why) => gates::without_ground(books, &format!("{} {}: {why}", record.kind.name(), record.local_id)),
        },
        Subject::Ground(_) => gates::land(books, &question(books, subject, wanted)?.map_err(Usage)?),
    })
}

/// The question, or why the ground is none.
fn question(books: &Books<'_>, subject: &Subject, wanted: &Wanted) -> anyhow::Result<Result<Question, String>> {
    let policy = books.policy;
    let margin_m = wanted.margin_m.unwrap_or(0.0);
    // Whoever looks for a monument looks wherever it may be.
    let reach_m = match subject {
        Subject::Record(record) if record.kind == RecordKind::Monument => {
            let quality = record.text("geometry_quality").and_then(|word| word.parse().ok());
            books.state.parameters().uncertainty_m(record.number("accuracy_m"), quality)
        }
        _ => 0.0,
    };
    let (shape, width_m, depth_cm, access) = match subject {
        Subject::Ground(shape) => (shape.clone(), None, None, None),
        Subject::Record(record) => {
            let Some(shape) = record.geometry.clone() else {
                return Ok(Err("has no ground on record; draw its footprint".to_owned()));
            };
            (shape, record.number("width_m"), record.number("depth_cm"), Some(policy.access_width_m))
        }
    };
    let half_width_m = width_m.map_or(margin_m, |width| width / 2.0) + reach_m;
    let margin_m = if shape.is_areal() { margin_m + reach_m } else { margin_m };
    let (eo, access_width_m) = (ordnance(&wanted.eo)?, wanted.access_width_m.or(access));
    let depth_cm = wanted.depth_cm.or(depth_cm);
    Ok(Footprint::of(&shape, half_width_m).map(|footprint| Question {
        footprint,
        depth_cm,
        margin_m,
        eo,
        access_width_m,
    }))
}

/// The answer as CONTRACT §6 wants it.
pub fn json(answer: &Answer) -> Value {
    let because = |because: &Because| {
        json!({
            "entry": because.entry,
            "local_id": because.local_id,
            "area_m2": because.area.map(geometry::Area::m2),
            "against": because.against.map(gates::Result::word),
            "text": because.text,
        })
    };
    let rules = answer.rules.iter().map(|rule| {
        json!({
            "rule": rule.rule,
            "about": rule.about,
            "result": rule.result.word(),
            "text": rule.text,
            "area_m2": rule.area.map(geometry::Area::m2),
            "because": rule.because.iter().map(because).collect::<Vec<_>>(),
            "needs": rule.needs,
        })
    });
    let on_the_way = answer.on_the_way.iter().map(|on| {
        json!({
            "road": on.road,
            "entry": on.entry,
            "from_m": on.from_m,
            "position": on.at,
            "blocking": on.hazards.iter().map(blocking_json).collect::<Vec<_>>(),
        })
    });
    json!({
        "result": answer.result.word(),
        "rules": rules.collect::<Vec<_>>(),
        "blocking": answer.blocking.iter().map(blocking_json).collect::<Vec<_>>(),
        "on_the_way": on_the_way.collect::<Vec<_>>(),
        "opens_on": answer.opens_on.map(Day::date),
        "blocked_from_m": answer.blocked_from_m,
    })
}

fn blocking_json(blocking: &Blocking) -> Value {
    json!({
        "local_id": blocking.local_id,
        "entry": blocking.entry,
        "area_m2": blocking.region.area().m2(),
        "geometry": blocking.region.to_shape().to_geojson(),
    })
}
