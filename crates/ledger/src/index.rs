//! The set of entries, indexed: records by id, local id and place; approvals, withdrawals, corrections.
//!
//! Insertion order never shows: every question is answered from sets and sorted lists. Approvals and
//! corrections may arrive before the record they name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use geometry::{Area, Read, Reading, Region, Shape};
use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::Timestamp;
use records::land::{GeometryQuality, HazardStatus, QualityControl, ReleaseMethod};
use records::{Record, RecordKind};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::day::Day;
use crate::entry::{Broken, EntryId, EntryKind, Signed};
use crate::grid::{Bounds, Grid};

/// A record as the fold needs it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Entry that reports it.
    pub entry: EntryId,
    /// When it was learned.
    pub recorded_at: Timestamp,
    /// What it is.
    pub kind: RecordKind,
    /// The reporter's id.
    pub local_id: Box<str>,
    /// The day the information is about.
    pub day: Day,
    /// Entry it corrects.
    pub supersedes: Option<Box<EntryId>>,
    /// Organisation, empty if none is stated.
    pub operator: Arc<str>,
    /// What it says of the land.
    pub land: Land,
    steps: Steps,
    /// Whether any record corrects it.
    is_corrected: bool,
    number: u32,
}

/// Ground of a record with its accuracy.
#[derive(Debug, Clone)]
pub struct Plot {
    /// The ground, read so that doubt falls towards hazard.
    pub region: Region,
    /// ε95 as stated, metres.
    pub accuracy_m: Option<f64>,
    /// How the boundary was found.
    pub quality: Option<GeometryQuality>,
}

/// What a record says of the land.
#[derive(Debug, Clone)]
pub enum Land {
    /// Nothing.
    Nothing,
    /// Ground is hazardous, or again.
    Hazard(Plot, HazardStatus),
    /// A boundary of the hazard with this local id moves.
    Adjustment(Plot, Box<str>),
    /// Ground is released.
    Release(Plot, Released),
    /// An administrative unit; the number is its depth in the hierarchy.
    Unit(Region, u8),
    /// Ground surveyed or worked on.
    Worked(Region),
    /// A device found or an accident at a position.
    Event([f64; 2]),
}

/// What a release says besides its ground.
#[derive(Debug, Clone)]
pub struct Released {
    /// How.
    pub method: ReleaseMethod,
    /// Inspection.
    pub qc: Option<QualityControl>,
    /// Shared marker ids (UNC-3), sorted.
    pub control_group: Box<[Box<str>]>,
    /// Ground by its own polygon.
    pub area: Area,
    /// Ground as the report states it, m².
    pub reported_m2: Option<f64>,
}

impl Land {
    /// The ground, if it is ground that the fold looks at.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Land::Hazard(plot, _) | Land::Adjustment(plot, _) | Land::Release(plot, _) => Some(&plot.region),
            Land::Unit(region, _) | Land::Worked(region) => Some(region),
            Land::Nothing | Land::Event(_) => None,
        }
    }

    fn bounds(&self) -> Option<Bounds> {
        match self {
            Land::Event([lon, lat]) => Some([*lon, *lat, *lon, *lat]),
            other => other.region().and_then(Region::bounds),
        }
    }
}

/// What an entry changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It was there already.
    Known,
    /// A new record, by number.
    Record(u32),
    /// Something about these records: an approval, a withdrawal.
    About(Vec<EntryId>),
    /// Nothing that the state depends on.
    Other,
}

/// The payload of an approval entry.
#[derive(Debug, Clone, Deserialize)]
pub struct Approval {
    /// Entries it is about.
    pub records: Vec<EntryId>,
    /// `submitted`, `verified`, `accepted`, `approved`, `rejected` (REC-2), or `returned` to the sender.
    pub step: Box<str>,
    /// Who took the step.
    pub by: Box<str>,
    /// Why.
    #[serde(default)]
    pub comment: Box<str>,
    /// Rules that found an error and were accepted.
    #[serde(default)]
    pub accepted: Box<[Box<str>]>,
}

/// What a person said of a record or a held row: returned to its sender with a message, or approved in spite of rules
/// with a reason. Neither changes the standing of anything: a hazard that is returned still warns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// When.
    pub recorded_at: Timestamp,
    /// The entry that says it.
    pub entry: EntryId,
    /// What was said.
    pub says: Said,
    /// Who said it.
    pub by: Box<str>,
    /// The message or the reason.
    pub comment: Box<str>,
}

/// See [`Remark`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// Returned to the sender.
    Returned,
    /// Approved in spite of these rules.
    Accepted(Box<[Box<str>]>),
}

/// The payload of a withdrawal entry.
#[derive(Debug, Clone, Deserialize)]
pub struct Withdrawal {
    /// Entry taken back.
    pub entry: EntryId,
    /// Why.
    pub reason: Box<str>,
}

/// First instants of the steps that decide a record's standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Steps {
    approved: Option<Timestamp>,
    /// Rejected or withdrawn.
    refused: Option<Timestamp>,
}

/// What an entry says, read but not yet taken in. Reading is most of the work and needs no index, so it
/// can be done for many entries at once.
#[derive(Debug)]
pub struct Fact {
    entry: EntryId,
    recorded_at: Timestamp,
    says: Says,
}

#[derive(Debug)]
enum Says {
    Record(PayloadHash, Box<Kept>),
    Approval(Approval),
    Withdrawal(Withdrawal),
    Held(PayloadHash),
    Other,
}

impl Fact {
    /// Read an entry.
    pub fn of(signed: &Signed) -> Result<Fact, Broken> {
        let entry = signed.entry()?;
        let body = |why: String| Broken::Body { id: signed.id, why };
        let payload = entry.payload.get();
        let says = match entry.kind {
            EntryKind::Record => {
                let record = Record::from_payload(payload).map_err(|e| body(e.to_string()))?;
                return Ok(Fact::of_record(signed.id, entry.recorded_at, payload, &record));
            }
            EntryKind::Approval => Says::Approval(serde_json::from_str(payload).map_err(|e| body(e.to_string()))?),
            EntryKind::Withdrawal => Says::Withdrawal(serde_json::from_str(payload).map_err(|e| body(e.to_string()))?),
            EntryKind::Held => Says::Held(payload_hash(payload)),
            EntryKind::Programme | EntryKind::Import => Says::Other,
        };
        Ok(Fact { entry: signed.id, recorded_at: entry.recorded_at, says })
    }

    /// The fact of an entry whose record is at hand; `payload` is its canonical form.
    pub fn of_record(entry: EntryId, recorded_at: Timestamp, payload: &str, record: &Record) -> Fact {
        let kept = Kept {
            entry,
            recorded_at,
            kind: record.kind,
            local_id: record.local_id.as_str().into(),
            day: record.date_of_information.into(),
            supersedes: record.supersedes.as_deref().and_then(|id| id.parse().ok()).map(Box::new),
            operator: record.text("operator").unwrap_or_default().into(),
            land: land(record),
            steps: Steps::default(),
            is_corrected: false,
            number: 0,
        };
        Fact { entry, recorded_at, says: Says::Record(payload_hash(payload), Box::new(kept)) }
    }
}

/// Where a record stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not yet recorded, rejected or withdrawn.
    Absent,
    /// Recorded, not approved: counts in gate geometry only, and only on the side of hazard.
    Proposed,
    /// Approved.
    Approved,
}

/// Records by number, in blocks: a list that grows in one piece is held twice while it moves.
#[derive(Debug, Clone, Default)]
struct Records(Vec<Vec<Kept>>);

impl Records {
    const BLOCK: usize = 4096;

    fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * Self::BLOCK + last.len())
    }

    fn at(&self, number: u32) -> &Kept {
        &self.0[number as usize / Self::BLOCK][number as usize % Self::BLOCK]
    }

    fn at_mut(&mut self, number: u32) -> &mut Kept {
        &mut self.0[number as usize / Self::BLOCK][number as usize % Self::BLOCK]
    }

    fn push(&mut self, kept: Kept) {
        match self.0.last_mut().filter(|last| last.len() < Self::BLOCK) {
            Some(last) => last.push(kept),
            None => {
                // The first block grows: most programmes are small.
                let capacity = if self.0.is_empty() { 0 } else { Self::BLOCK };
                self.0.push(Vec::with_capacity(capacity));
                self.0.last_mut().expect("a block was added").push(kept);
            }
        }
    }
}

/// The set of entries, indexed. A million records are held at once, so records are found through tables of
/// their numbers, which repeat no key.
#[derive(Debug, Clone, Default)]
pub struct Index {
    records: Records,
    /// Entries that are no records.
    others: HashSet<EntryId>,
    hasher: DefaultHashBuilder,
    by_entry: HashTable<u32>,
    /// The first record of each kind and local id; all of them where there are several.
    by_local_id: HashTable<u32>,
    same_local_id: HashMap<u32, Vec<u32>>,
    payloads: HashSet<PayloadHash>,
    superseded_by: HashMap<EntryId, Vec<u32>>,
    adjustments: HashMap<Box<str>, Vec<u32>>,
    groups: BTreeMap<Box<str>, BTreeSet<u32>>,
    /// Steps of records that have not arrived.
    steps: HashMap<EntryId, Steps>,
    /// By the entry they are about, in order of time.
    remarks: HashMap<EntryId, Vec<Arc<Remark>>>,
    operators: HashSet<Arc<str>>,
    grid: Grid,
    units: BTreeSet<u32>,
    last: Option<Timestamp>,
    supposed: HashSet<u32>,
}

impl Index {
    /// Take an entry in. Hash and signature are for [`Signed::verify`]; this reads what it says.
    pub fn insert(&mut self, signed: &Signed) -> Result<Inserted, Broken> {
        if self.contains(signed.id) {
            return Ok(Inserted::Known);
        }
        Ok(self.take(Fact::of(signed)?))
    }

    /// Take in what an entry says.
    pub fn take(&mut self, fact: Fact) -> Inserted {
        let Fact { entry, recorded_at, says } = fact;
        if self.contains(entry) {
            return Inserted::Known;
        }
        self.last = self.last.max(Some(recorded_at));
        if !matches!(says, Says::Record(..)) {
            self.others.insert(entry);
        }
        match says {
            Says::Record(payload, kept) => {
                self.payloads.insert(payload);
                Inserted::Record(self.insert_record(*kept))
            }
            Says::Approval(approval) => {
                self.take_remark(entry, recorded_at, &approval);
                let Approval { records, step, .. } = approval;
                for record in &records {
                    match &*step {
                        "approved" => earliest(&mut self.steps_of(*record).approved, recorded_at),
                        "rejected" => earliest(&mut self.steps_of(*record).refused, recorded_at),
                        _ => {}
                    }
                }
                Inserted::About(records)
            }
            Says::Withdrawal(Withdrawal { entry, .. }) => {
                earliest(&mut self.steps_of(entry).refused, recorded_at);
                Inserted::About(vec![entry])
            }
            Says::Held(payload) => {
                self.payloads.insert(payload);
                Inserted::Other
            }
            Says::Other => Inserted::Other,
        }
    }

    fn take_remark(&mut self, entry: EntryId, recorded_at: Timestamp, approval: &Approval) {
        let says = match &*approval.step {
            "returned" => Said::Returned,
            "approved" if !approval.accepted.is_empty() => Said::Accepted(approval.accepted.clone()),
            _ => return,
        };
        let (by, comment) = (approval.by.clone(), approval.comment.clone());
        let remark = Arc::new(Remark { recorded_at, entry, says, by, comment });
        for &about in &approval.records {
            let remarks = self.remarks.entry(about).or_default();
            let at = remarks.partition_point(|known| **known < *remark);
            remarks.insert(at, remark.clone());
        }
    }

    /// What persons said of a record or a held row, in order of time.
    pub fn remarks(&self, entry: EntryId) -> &[Arc<Remark>] {
        self.remarks.get(&entry).map(Vec::as_slice).unwrap_or_default()
    }

    /// Entries of which somebody said something, in order.
    pub fn remarked(&self) -> BTreeSet<EntryId> {
        self.remarks.keys().copied().collect()
    }

    fn steps_of(&mut self, entry: EntryId) -> &mut Steps {
        match self.number_of(entry) {
            Some(number) => &mut self.records.at_mut(number).steps,
            None => self.steps.entry(entry).or_default(),
        }
    }

    fn insert_record(&mut self, mut kept: Kept) -> u32 {
        let number = u32::try_from(self.records.len()).expect("fewer than 2^32 records");
        kept.number = number;
        kept.steps = self.steps.remove(&kept.entry).unwrap_or_default();
        kept.is_corrected = self.superseded_by.contains_key(&kept.entry);
        match self.operators.get(&kept.operator) {
            Some(known) => kept.operator = known.clone(),
            None => _ = self.operators.insert(kept.operator.clone()),
        }
        self.grid.insert(number, kept.land.bounds());
        if let Some(superseded) = kept.supersedes.as_deref() {
            self.superseded_by.entry(*superseded).or_default().push(number);
            if let Some(known) = self.number_of(*superseded) {
                self.records.at_mut(known).is_corrected = true;
            }
        }
        match &kept.land {
            Land::Adjustment(_, hazard) => self.adjustments.entry(hazard.clone()).or_default().push(number),
            Land::Release(_, released) => {
                for group in &released.control_group {
                    self.groups.entry(group.clone()).or_default().insert(number);
                }
            }
            Land::Unit(..) => {
                self.units.insert(number);
            }
            _ => {}
        }
        match self.with_local_id(kept.kind, &kept.local_id).first() {
            Some(&first) => self.same_local_id.entry(first).or_insert_with(|| vec![first]).push(number),
            None => {
                let Index { by_local_id, records, hasher, .. } = self;
                let hash = |kept: &Kept| hasher.hash_one((kept.kind, &*kept.local_id));
                by_local_id.insert_unique(hash(&kept), number, |&n| hash(records.at(n)));
            }
        }
        let Index { by_entry, records, hasher, .. } = self;
        by_entry.insert_unique(hasher.hash_one(kept.entry), number, |&n| hasher.hash_one(records.at(n).entry));
        self.records.push(kept);
        number
    }

    /// A record by number.
    pub fn record(&self, number: u32) -> &Kept {
        self.records.at(number)
    }

    /// Every record with its number.
    pub fn records(&self) -> impl Iterator<Item = (u32, &Kept)> {
        self.records.0.iter().flatten().zip(0..).map(|(kept, number)| (number, kept))
    }

    /// How many records there are.
    pub fn n_records(&self) -> usize {
        self.records.len()
    }

    /// Whether the entry is known.
    pub fn contains(&self, entry: EntryId) -> bool {
        self.others.contains(&entry) || self.number_of(entry).is_some()
    }

    /// The instant of the newest entry.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The record of an entry, by number.
    pub fn number_of(&self, entry: EntryId) -> Option<u32> {
        let found = self.by_entry.find(self.hasher.hash_one(entry), |&n| self.record(n).entry == entry);
        found.copied()
    }

    /// Records of a kind with this local id, by number.
    pub fn with_local_id(&self, kind: RecordKind, local_id: &str) -> &[u32] {
        let is_same = |&n: &u32| self.record(n).kind == kind && *self.record(n).local_id == *local_id;
        let Some(first) = self.by_local_id.find(self.hasher.hash_one((kind, local_id)), is_same) else { return &[] };
        match self.same_local_id.get(first) {
            Some(several) => several,
            None => std::slice::from_ref(&self.record(*first).number),
        }
    }

    /// Whether an entry holds exactly this payload, in canonical form: the same file twice adds nothing.
    pub fn has_payload(&self, canonical: &str) -> bool {
        self.payloads.contains(&payload_hash(canonical))
    }

    /// Land records whose box meets this one, by number.
    pub fn meeting(&self, bounds: Bounds) -> Vec<u32> {
        self.grid.meeting(bounds)
    }

    /// Records that correct this one and have at least this standing: its successors, and through each that has not,
    /// those of that one. Who corrects a correction that nobody approved corrects what that one was about.
    pub fn corrections(&self, number: u32, at_least: Standing, known_at: Timestamp) -> Vec<u32> {
        let (mut found, mut todo) = (Vec::new(), self.successors(number).to_vec());
        while let Some(next) = todo.pop() {
            match self.standing(next, known_at) >= at_least {
                true => found.push(next),
                false => todo.extend(self.successors(next)),
            }
        }
        found
    }

    /// Records that name this one as what they correct.
    pub fn successors(&self, number: u32) -> &[u32] {
        let kept = self.record(number);
        let found = if kept.is_corrected { self.superseded_by.get(&kept.entry) } else { None };
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// Adjustments of the hazard with this local id.
    pub fn adjustments(&self, hazard: &str) -> &[u32] {
        self.adjustments.get(hazard).map(Vec::as_slice).unwrap_or_default()
    }

    /// Releases that share a marker with this one, itself included, by number.
    pub fn control_group(&self, number: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([number]);
        let mut todo = vec![number];
        while let Some(next) = todo.pop() {
            if let Land::Release(_, released) = &self.record(next).land {
                for member in released.control_group.iter().flat_map(|group| &self.groups[group]) {
                    if found.insert(*member) {
                        todo.push(*member);
                    }
                }
            }
        }
        found
    }

    /// Administrative units, by number.
    pub fn units(&self) -> &BTreeSet<u32> {
        &self.units
    }

    /// Where a record stands at an instant.
    pub fn standing(&self, number: u32, known_at: Timestamp) -> Standing {
        let kept = self.record(number);
        if kept.recorded_at > known_at {
            return Standing::Absent;
        }
        let by = |instant: Option<Timestamp>| instant.is_some_and(|at| at <= known_at);
        if by(kept.steps.approved) || (!self.supposed.is_empty() && self.supposed.contains(&number)) {
            Standing::Approved
        } else if by(kept.steps.refused) {
            Standing::Absent
        } else {
            Standing::Proposed
        }
    }

    /// Answer as if these records were approved, until [`Index::suppose_nothing`]: what would the rules say then?
    pub fn suppose_approved(&mut self, numbers: &[u32]) {
        self.supposed.extend(numbers);
    }

    /// Whether this record is among those that are supposed to be approved.
    pub fn is_supposed(&self, number: u32) -> bool {
        self.supposed.contains(&number)
    }

    /// Whether this record corrects, in any number of steps, one that is supposed to be approved.
    pub fn corrects_supposed(&self, number: u32) -> bool {
        let before = |n: u32| self.record(n).supersedes.as_deref().and_then(|entry| self.number_of(*entry));
        !self.supposed.is_empty() && std::iter::successors(before(number), |&n| before(n)).any(|n| self.is_supposed(n))
    }

    /// Answer by the entries alone again.
    pub fn suppose_nothing(&mut self) {
        self.supposed = HashSet::new();
    }

    /// The first record of the chain of corrections that this one belongs to.
    pub fn root(&self, number: u32) -> u32 {
        let mut root = number;
        while let Some(earlier) = self.record(root).supersedes.as_deref().and_then(|entry| self.number_of(*entry)) {
            root = earlier;
        }
        root
    }

    /// This record and everything that corrects it, in any number of steps.
    pub fn chain(&self, root: u32) -> Vec<u32> {
        let mut chain = vec![root];
        let mut next = 0;
        while next < chain.len() {
            chain.extend(self.successors(chain[next]));
            next += 1;
        }
        chain
    }
}

/// Half of the SHA-256 of a canonical payload: more than enough to tell whether it is known.
type PayloadHash = [u8; 16];

fn payload_hash(canonical: &str) -> PayloadHash {
    let hash = Sha256::digest(canonical.as_bytes());
    std::array::from_fn(|i| hash[i])
}

fn earliest(kept: &mut Option<Timestamp>, at: Timestamp) {
    *kept = Some(kept.map_or(at, |known| known.min(at)));
}

pub(crate) fn land(record: &Record) -> Land {
    let read = |reading| {
        record.geometry.as_ref().filter(|shape| shape.is_areal()).map(|shape| geometry::read::read(shape, reading))
    };
    let plot = |reading| {
        let Read { region, .. } = read(reading)?;
        let quality = record.text("geometry_quality").and_then(|word| word.parse().ok());
        Some(Plot { region, accuracy_m: record.number("accuracy_m"), quality })
    };
    let status = || record.text("class").and_then(|word| word.parse::<HazardStatus>().ok());
    let found = match record.kind {
        RecordKind::HazardArea | RecordKind::Reopening => {
            plot(Reading::Largest).map(|plot| Land::Hazard(plot, status().unwrap_or(HazardStatus::Confirmed)))
        }
        RecordKind::Adjustment => plot(Reading::Largest)
            .zip(record.text("hazard"))
            .map(|(plot, hazard)| Land::Adjustment(plot, hazard.into())),
        RecordKind::ReleaseProduct => plot(Reading::Smallest).and_then(|plot| {
            let mut control_group: Vec<Box<str>> = record.list("control_group").into_iter().map(Into::into).collect();
            control_group.sort_unstable();
            control_group.dedup();
            let released = Released {
                method: record.text("class")?.parse().ok()?,
                qc: record.text("qc").and_then(|word| word.parse().ok()),
                control_group: control_group.into(),
                area: plot.region.area(),
                reported_m2: record.number("reported_area_m2"),
            };
            Some(Land::Release(plot, released))
        }),
        RecordKind::Place => read(Reading::Largest).map(|read| Land::Unit(read.region, unit_depth(record))),
        RecordKind::Activity => read(Reading::Smallest).map(|read| Land::Worked(read.region)),
        RecordKind::DeviceFind | RecordKind::Accident => match record.geometry {
            Some(Shape::Point(position)) if position.iter().all(|c| c.is_finite()) => Some(Land::Event(position)),
            _ => None,
        },
        _ => None,
    };
    found.unwrap_or(Land::Nothing)
}

/// How deep in the hierarchy of administrative units a place is: the country 0, a settlement 4.
pub fn unit_depth(record: &Record) -> u8 {
    match record.text("place_type") {
        Some("country") => 0,
        Some("region") => 1,
        Some("district") => 2,
        Some("municipality") => 3,
        _ => 4,
    }
}
