//! Scenes: reports as lines of text, the answer as text.
//!
//! Ground is drawn on a grid of 1e-5 degree at 46° E 40° N; areas are printed in cells of that grid, so a
//! reader can count them.
//!
//! ```text
//! hazard   HA-1 SHA 2021-01-10 0 0 100 100      a rectangle: west south east north
//! release  LR-1 CLEARED 2021-05-01 0 0 100 40
//! reopen   RO-1 CHA 2022-01-01 0 0 10 10
//! adjust   AD-1 HA-1 2021-03-01 0 0 90 100
//! gate 2021-03-01                               what remains in gate geometry, in whole thousands
//! … ~HA-1  at the end of a line: corrects the record with this id
//! … ?      at the end of a line: proposed, not approved
//! … @2023-01-01  at the end of a line: recorded on that day, else on the day of information
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use geometry::{Area, Shape};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::{Day, Draft, EntryId, EntryKind, Index, Parameters, Signed, State, Writer, admit};
use records::{Record, RecordKind};
use serde_json::{Map, Value, json};

const WEST: f64 = 46.0;
const SOUTH: f64 = 40.0;
const CELL: f64 = 1e-5;

/// The middle of a day.
pub fn noon(date: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(date.at(12, 0, 0, 0)).expect("noon exists")
}

/// A rectangle on the grid.
pub fn rectangle([west, south, east, north]: [i32; 4]) -> Shape {
    let at = |x: i32, y: i32| [WEST + f64::from(x) * CELL, SOUTH + f64::from(y) * CELL];
    let ring = vec![at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)];
    Shape::Polygon(vec![ring])
}

fn cell() -> f64 {
    geometry::read::read(&rectangle([0, 0, 100, 100]), geometry::Reading::Largest).region.area().m2() / 1e4
}

/// An area in cells of the grid, whole.
pub fn cells(area: Area) -> i64 {
    (area.m2() / cell()).round() as i64
}

/// A record before it is recorded.
#[derive(Debug, Clone)]
pub struct Report {
    pub record: Record,
    pub recorded_on: Date,
    pub approved: bool,
    pub corrects: Option<String>,
}

/// One line of a scene as a report.
pub fn report(line: &str) -> Report {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let mut approved = true;
    let mut corrects = None;
    let mut recorded_on = None;
    while let Some(&last) = words.last() {
        match last.as_bytes()[0] {
            b'?' => approved = false,
            b'~' => corrects = Some(last[1..].to_owned()),
            b'@' => recorded_on = Some(last[1..].parse().expect("a day after @")),
            _ => break,
        }
        words.pop();
    }
    let (verb, local_id, class, date) = (words[0], words[1], words[2], words[3]);
    let corners: Vec<i32> = words[4..8].iter().map(|word| word.parse().expect("a corner")).collect();
    let rest = words[8..].iter().filter_map(|word| word.split_once('='));
    let (kind, mut fields) = match verb {
        "hazard" => (RecordKind::HazardArea, json!({"class": class})),
        "release" => (RecordKind::ReleaseProduct, json!({"class": class, "depth_cm": 20.0, "eo": ["AP_MINE"]})),
        "reopen" => (RecordKind::Reopening, json!({"class": class, "reason": "find"})),
        "adjust" => (RecordKind::Adjustment, json!({"hazard": class, "reason": "re-survey"})),
        "place" => (RecordKind::Place, json!({"name": local_id, "place_type": "district"})),
        "activity" => (RecordKind::Activity, json!({"activity": class})),
        other => panic!("{other:?} is not a line of a scene"),
    };
    fields["geometry_quality"] = json!("SURVEYED");
    fields["accuracy_m"] = json!(1.0);
    for (name, value) in rest {
        fields[name] = value.parse::<f64>().map_or_else(|_| json!(value), |number| json!(number));
    }
    let date: Date = date.parse().expect("a day");
    let Value::Object(fields) = fields else { unreachable!("fields are an object") };
    let record = Record {
        kind,
        local_id: local_id.to_owned(),
        date_of_information: date,
        supersedes: None,
        sources: Vec::new(),
        fields,
        geometry: Some(rectangle(corners.try_into().expect("four corners"))),
        as_entered: Map::new(),
    };
    Report { record, recorded_on: recorded_on.unwrap_or(date), approved, corrects }
}

/// A ledger under test.
pub struct Book {
    pub index: Index,
    pub entries: Vec<Signed>,
    writer: Writer,
    ids: BTreeMap<String, EntryId>,
}

impl Book {
    pub fn new() -> Book {
        Book { index: Index::default(), entries: Vec::new(), writer: Writer::new([1; 32], None), ids: BTreeMap::new() }
    }

    /// The entry of the last record with this id.
    pub fn entry_of(&self, local_id: &str) -> EntryId {
        self.ids[local_id]
    }

    /// Admit and record; the answer as text.
    pub fn take(&mut self, report: &Report) -> String {
        let mut record = report.record.clone();
        record.supersedes = report.corrects.as_ref().map(|id| self.ids[id].to_string());
        match admit(&self.index, &record, noon(report.recorded_on), &Parameters::default()) {
            Ok(()) => {
                self.record(record, report);
                "accepted".to_owned()
            }
            Err(refusal) => format!("{} {refusal}", refusal.rule()),
        }
    }

    /// Record without asking.
    pub fn record(&mut self, record: Record, report: &Report) {
        let recorded_at = noon(report.recorded_on);
        let local_id = record.local_id.clone();
        let signed = self.writer.sign(&Draft { recorded_at, kind: EntryKind::Record, payload: record.to_payload() });
        self.ids.insert(local_id, signed.id);
        let id = signed.id;
        self.keep(signed);
        if report.approved {
            let payload = json!({"records": [id], "step": "approved", "by": "NMAA"});
            let approval = self.writer.sign(&Draft { recorded_at, kind: EntryKind::Approval, payload });
            self.keep(approval);
        }
    }

    /// Take back what nobody approved.
    fn withdraw(&mut self, local_id: &str, on: Date) -> String {
        let payload = json!({"entry": self.ids[local_id], "reason": "drawn in the wrong place"});
        let signed = self.writer.sign(&Draft { recorded_at: noon(on), kind: EntryKind::Withdrawal, payload });
        self.keep(signed);
        "withdrawn".to_owned()
    }

    fn keep(&mut self, signed: Signed) {
        self.index.insert(&signed).expect("our own entries are sound");
        self.entries.push(signed);
    }

    pub fn state(&self) -> State {
        State::of(&self.index, Timestamp::MAX, &Parameters::default())
    }
}

/// Run a scene and compare what it tells.
pub fn check(scene: &str, expected: &expect_test::Expect) {
    expected.assert_eq(&tell(scene));
}

/// Run a scene: each line of reports with its answer, then the state on the days asked for.
pub fn tell(scene: &str) -> String {
    let mut book = Book::new();
    let mut out = String::new();
    for line in scene.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let answer = match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["state", day] => summary(&book, &book.state(), day.parse().expect("a day")),
            ["state", day, known] => {
                let known_at = noon(known.parse().expect("a day"));
                let state = State::of(&book.index, known_at, &Parameters::default());
                summary(&book, &state, day.parse().expect("a day"))
            }
            ["gate", day] => {
                let figures = book.state().totals(&book.index, day.parse::<Date>().expect("a day").into()).figures;
                format!("remaining at least {} cells", cells(figures.remaining_gate) / 1000 * 1000)
            }
            ["withdraw", local_id, on] => book.withdraw(local_id, on.parse().expect("a day")),
            ["rows", day] => rows(&book, day.parse().expect("a day")),
            ["findings", day] => findings(&book, day.parse().expect("a day")),
            ["balance", from, to] => balance(&book, from.parse().expect("a day"), to.parse().expect("a day")),
            _ => book.take(&report(line)),
        };
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "{line} => {answer}").expect("a string takes every line");
    }
    out
}

fn summary(book: &Book, state: &State, day: Date) -> String {
    let totals = state.totals(&book.index, day.into());
    let f = totals.figures;
    let mut text = format!("remaining {}", cells(f.remaining()));
    let parts = [
        ("sha", f.footprint.sha),
        ("cha", f.footprint.cha),
        ("cancelled", f.footprint.cancelled),
        ("reduced", f.footprint.reduced),
        ("cleared", f.footprint.cleared),
        ("reopened", f.flow.reopened),
        ("adjusted", f.flow.adjusted),
        ("outside", totals.cleared_outside),
        ("overlap", totals.hazard_overlap),
    ];
    for (name, area) in parts.into_iter().filter(|part| part.1 != Area::ZERO) {
        write!(text, ", {name} {}", cells(area)).expect("a string takes it");
    }
    text
}

fn rows(book: &Book, day: Date) -> String {
    let rows = book.state().rows_by(&book.index, ledger::By::Hazard, day.into());
    rows.iter().map(|row| format!("{} {}", row.name, cells(row.figures.remaining()))).collect::<Vec<_>>().join(", ")
}

fn findings(book: &Book, day: Date) -> String {
    let findings = book.state().findings(&book.index, day.into());
    let text = |f: &ledger::Finding| match f.area {
        Some(area) => format!("{} {} {}", f.rule, f.subject, cells(area)),
        None => format!("{} {}", f.rule, f.subject),
    };
    findings.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn balance(book: &Book, from: Date, to: Date) -> String {
    let rows = book.state().balance(&book.index, ledger::By::Total, Day::from(from), Day::from(to));
    let b = &rows[0].balance;
    format!(
        "{} + {} new + {} reopened + {} adjusted - {} cancelled - {} reduced - {} cleared = {} (late {})",
        cells(b.opening),
        cells(b.flow.new),
        cells(b.flow.reopened),
        cells(b.flow.adjusted),
        cells(b.flow.cancelled),
        cells(b.flow.reduced),
        cells(b.flow.cleared),
        cells(b.closing),
        cells(b.late)
    )
}
