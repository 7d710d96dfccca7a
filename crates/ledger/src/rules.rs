//! The rules that need more than one record or the state (DOMAIN §6): over the whole programme, or for one record.
//!
//! The fold keeps of a record what changes the land. Rules need its other fields too; a [`Register`] keeps them
//! without the ground, which the index has. Each rule is a function from a [`Case`] to findings; what is found,
//! how grave it is and how it is told stands in the table of rules.
//!
//! ```text
//! state ─► findings of the faces ┐
//! index ─► ground, standing      ├─► Case ─► work, events, places, claims ─► findings
//! register ─► fields             ┘
//! ```

mod claims;
mod events;
mod places;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use geometry::Area;
use records::{Record, RecordKind, Rules};

use crate::day::Day;
use crate::findings::Finding;
use crate::index::{Index, Kept, Standing};
use crate::state::State;

/// The fields of records by number, without their ground.
#[derive(Debug, Clone, Default)]
pub struct Register {
    records: HashMap<u32, Record>,
    of_kind: BTreeMap<RecordKind, Vec<u32>>,
    at: HashMap<u32, [f64; 2]>,
}

impl Register {
    /// Keep the fields of a record; of its ground only the middle, if it is no polygon.
    pub fn take(&mut self, number: u32, mut record: Record) {
        if let Some([west, south, east, north]) =
            record.geometry.take().filter(|g| !g.is_areal()).and_then(|g| g.bounds())
        {
            self.at.insert(number, [(west + east) / 2.0, (south + north) / 2.0]);
        }
        record.as_entered.clear();
        if self.records.insert(number, record).is_none() {
            let kind = self.records[&number].kind;
            self.of_kind.entry(kind).or_default().push(number);
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The entries.
    pub index: &'a Index,
    /// The state as known at its instant.
    pub state: &'a State,
    /// The fields of the records.
    pub register: &'a Register,
    /// The day asked about.
    pub day: Day,
}

/// A record with everything known of it.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    number: u32,
    kept: &'a Kept,
    record: &'a Record,
}

impl<'a> Case<'a> {
    /// Every finding of the programme on the day, ordered by rule and subject.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = self.state.findings(self.index, self.day);
        work::all(self, &mut findings);
        events::all(self, &mut findings);
        places::all(self, &mut findings);
        claims::all(self, &mut findings);
        findings.sort();
        findings.dedup();
        findings
    }

    /// What the rules say of one record against the records it names, whether or not it is in the ledger yet.
    pub fn of_record(&self, record: &Record) -> Vec<Finding> {
        let mut findings = Vec::new();
        work::of_record(self, record, &mut findings);
        findings
    }

    fn rules(&self) -> &'a Rules {
        &self.state.parameters().rules
    }

    fn found(&self, name: &str, subject: &str, area: Option<Area>, values: &[(&str, &dyn Display)]) -> Finding {
        Finding::of(self.rules(), name, subject, area, values)
    }

    /// Records of a kind that stand on the day: recorded, neither rejected nor corrected.
    fn of(self, kind: RecordKind) -> impl Iterator<Item = Item<'a>> {
        let numbers = self.register.of_kind.get(&kind).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(move |&number| self.item(number))
    }

    /// Every record that stands on the day.
    fn items(self) -> impl Iterator<Item = Item<'a>> {
        RecordKind::ALL.iter().flat_map(move |&kind| self.of(kind))
    }

    /// The records of a kind that have this local id and stand.
    fn named(&self, kind: RecordKind, local_id: &str) -> Option<Item<'a>> {
        self.index.with_local_id(kind, local_id).iter().rev().find_map(|&number| {
            let last = self.index.chain(self.index.root(number)).into_iter().rev();
            last.into_iter().find_map(|number| self.item(number))
        })
    }

    fn item(&self, number: u32) -> Option<Item<'a>> {
        let record = self.register.records.get(&number)?;
        let kept = self.index.record(number);
        stands(self.index, self.state, number, self.day).then_some(Item { number, kept, record })
    }

    /// Where a record without polygon lies.
    fn at(&self, number: u32) -> Option<[f64; 2]> {
        self.register.at.get(&number).copied()
    }
}

/// Whether a record stands on the day: recorded, neither rejected nor corrected.
///
/// A record that is [supposed](Index::suppose_approved) to be approved is judged as it would count then: a correction
/// that nobody approved takes nothing from it, and does not stand beside it.
pub fn stands(index: &Index, state: &State, number: u32, day: Day) -> bool {
    let standing = |n: u32| index.standing(n, state.known_at());
    let least = if index.is_supposed(number) { Standing::Approved } else { Standing::Proposed };
    let is_corrected = || index.successors(number).iter().any(|&n| standing(n) >= least);
    let waits = || standing(number) < Standing::Approved && index.corrects_supposed(number);
    index.record(number).day <= day && standing(number) > Standing::Absent && !is_corrected() && !waits()
}

/// Metres between two positions, near enough on the mean sphere: rules compare with limits of metres, not millimetres.
fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [x, y] = offset_m(a, b);
    x.hypot(y)
}

/// From `a` to `b`, metres east and north.
fn offset_m(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    const METRES: f64 = 111_195.0;
    let middle = ((a[1] + b[1]) / 2.0).to_radians().cos();
    [(b[0] - a[0]) * METRES * middle, (b[1] - a[1]) * METRES]
}

/// Metres from a position to the nearest edge of rings.
fn distance_to_edges_m(at: [f64; 2], rings: &[Vec<[f64; 2]>]) -> f64 {
    let to_edge = |edge: &[[f64; 2]]| {
        let (a, b) = (offset_m(at, edge[0]), offset_m(at, edge[1]));
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx * dx + dy * dy;
        let t = if length > 0.0 { (-(a[0] * dx + a[1] * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        (a[0] + t * dx).hypot(a[1] + t * dy)
    };
    rings.iter().flat_map(|ring| ring.windows(2)).map(to_edge).fold(f64::INFINITY, f64::min)
}

/// The rings of ground, shells and holes.
fn rings(region: &geometry::Region) -> Vec<Vec<[f64; 2]>> {
    region.to_shape().polygons().iter().flatten().cloned().collect()
}
