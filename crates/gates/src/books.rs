//! What a gate may look at: the ledger's index and state, and the records behind them.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use geometry::Region;
use ledger::{Day, EntryId, Index, Standing, State};
use records::{Record, RecordKind};

use crate::answer::{Because, Blocking};
use crate::policy::Policy;

/// A programme as a gate sees it, on a day.
pub struct Books<'a> {
    /// Its entries.
    pub index: &'a Index,
    /// The state as known at some instant.
    pub state: &'a State,
    /// The day asked about.
    pub day: Day,
    /// What the country decided.
    pub policy: &'a Policy,
    read: &'a dyn Fn(EntryId) -> Option<Record>,
    unread: Cell<Option<EntryId>>,
    evidence: OnceCell<Evidence>,
}

/// Records that speak about others, gathered once.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// Inspections by the local id of the release.
    pub inspections: BTreeMap<String, Inspections>,
    /// Releases that an approved certificate hands over, by local id.
    pub handed_over: BTreeSet<String>,
    /// Newest approved review of an event, by its local id.
    pub reviewed: BTreeMap<String, Day>,
}

/// Newest days of inspections of one release.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Inspections {
    /// Failed, approved or not.
    pub failed: Option<Day>,
    /// Accepted, approved.
    pub accepted: Option<Day>,
}

impl<'a> Books<'a> {
    /// `read` gives the whole record of an entry; one that it cannot give keeps every gate from passing.
    pub fn new(
        index: &'a Index,
        state: &'a State,
        day: Day,
        policy: &'a Policy,
        read: &'a dyn Fn(EntryId) -> Option<Record>,
    ) -> Books<'a> {
        Books { index, state, day, policy, read, unread: Cell::new(None), evidence: OnceCell::new() }
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        self.evidence.get_or_init(|| {
            let mut evidence = Evidence::default();
            for (number, visit) in self.warning_records(RecordKind::QaVisit) {
                let Some(release) = visit.text("release") else { continue };
                let day = Some(self.index.record(number).day);
                let found = evidence.inspections.entry(release.to_owned()).or_default();
                match visit.text("result") {
                    Some("failed") => found.failed = found.failed.max(day),
                    Some("accepted") if self.stands(number) => found.accepted = found.accepted.max(day),
                    _ => {}
                }
            }
            for (_, certificate) in self.standing_records(RecordKind::HandoverCertificate) {
                evidence.handed_over.extend(certificate.list("releases").into_iter().map(str::to_owned));
            }
            for (number, review) in self.standing_records(RecordKind::Review) {
                let day = self.index.record(number).day;
                for event in review.list("of") {
                    let newest = evidence.reviewed.entry(event.to_owned()).or_insert(day);
                    *newest = day.max(*newest);
                }
            }
            evidence
        })
    }

    /// An entry that could not be read so far.
    pub(crate) fn unread(&self) -> Option<EntryId> {
        self.unread.get()
    }

    fn standing(&self, number: u32) -> Standing {
        self.index.standing(number, self.state.known_at())
    }

    /// Whether an approved record about a day that has come corrects it.
    fn is_replaced(&self, number: u32) -> bool {
        let corrections = self.index.corrections(number, Standing::Approved, self.state.known_at());
        corrections.iter().any(|&by| self.index.record(by).day <= self.day)
    }

    /// Whether somebody proposes another version of what it reports: a correction of it, or of what it corrects.
    fn is_in_question(&self, number: u32) -> bool {
        let known_at = self.state.known_at();
        let proposes = |&n: &u32| {
            n != number
                && self.standing(n) == Standing::Proposed
                && self.index.corrections(n, Standing::Approved, known_at).is_empty()
        };
        self.index.chain(self.index.root(number)).iter().any(proposes)
    }

    /// Approved, nothing about it in question, and about a day that has come: what speaks for a pass.
    pub fn stands(&self, number: u32) -> bool {
        self.is_official(number)
            && self.index.corrections(number, Standing::Approved, self.state.known_at()).is_empty()
            && !self.is_in_question(number)
    }

    /// Reported, approved or not, and not corrected by an approved record: what speaks against a pass.
    pub fn warns(&self, number: u32) -> bool {
        self.index.record(number).day <= self.day
            && self.standing(number) >= Standing::Proposed
            && !self.is_replaced(number)
    }

    /// Approved, not corrected by an approved record, and about a day that has come, whatever is proposed: what is told
    /// and counted. By itself it speaks neither for a pass nor against one.
    pub fn is_official(&self, number: u32) -> bool {
        self.index.record(number).day <= self.day
            && self.standing(number) == Standing::Approved
            && !self.is_replaced(number)
    }

    /// The local id under which a thing was first recorded: corrections have ids of their own.
    pub fn first_id(&self, kind: RecordKind, local_id: &str) -> String {
        let first = self.index.with_local_id(kind, local_id).first().map(|&number| self.index.root(number));
        first.map_or_else(|| local_id.to_owned(), |first| self.index.record(first).local_id.to_string())
    }

    /// Records of a kind, by number.
    pub(crate) fn of_kind(&self, kind: RecordKind) -> impl Iterator<Item = u32> + '_ {
        self.index.records().filter(move |(_, kept)| kept.kind == kind).map(|(number, _)| number)
    }

    /// Records of a kind that speak for a pass, whole.
    pub(crate) fn standing_records(&self, kind: RecordKind) -> impl Iterator<Item = (u32, Record)> + '_ {
        self.of_kind(kind).filter(|&n| self.stands(n)).filter_map(|n| Some((n, self.record(n)?)))
    }

    /// Records of a kind that speak against a pass, whole.
    pub fn warning_records(&self, kind: RecordKind) -> impl Iterator<Item = (u32, Record)> + '_ {
        self.of_kind(kind).filter(|&n| self.warns(n)).filter_map(|n| Some((n, self.record(n)?)))
    }

    /// Records of a kind that are told and counted, whole.
    pub fn official_records(&self, kind: RecordKind) -> impl Iterator<Item = (u32, Record)> + '_ {
        self.of_kind(kind).filter(|&n| self.is_official(n)).filter_map(|n| Some((n, self.record(n)?)))
    }

    /// The record that stands under a local id, whole.
    pub(crate) fn named(&self, kind: RecordKind, local_id: &str) -> Option<(u32, Record)> {
        let newest = self.newest(kind, local_id, |n| self.stands(n))?;
        Some((newest, self.record(newest)?))
    }

    /// What is told under a local id, whole.
    pub fn official(&self, kind: RecordKind, local_id: &str) -> Option<Record> {
        self.record(self.newest(kind, local_id, |n| self.is_official(n))?)
    }

    fn newest(&self, kind: RecordKind, local_id: &str, counts: impl Fn(u32) -> bool) -> Option<u32> {
        let found = self.index.with_local_id(kind, local_id).iter().flat_map(|&n| self.index.chain(n));
        found.filter(|&n| counts(n)).max_by_key(|&n| {
            let kept = self.index.record(n);
            (kept.day, kept.recorded_at, kept.entry)
        })
    }

    pub(crate) fn record(&self, number: u32) -> Option<Record> {
        let entry = self.index.record(number).entry;
        let record = (self.read)(entry);
        if record.is_none() {
            self.unread.set(Some(entry));
        }
        record
    }

    pub(crate) fn blocking(&self, row: u32, region: Region) -> Blocking {
        let kept = self.index.record(row);
        Blocking { local_id: kept.local_id.to_string(), entry: kept.entry, region }
    }

    pub(crate) fn because(&self, number: u32, text: String) -> Because {
        let kept = self.index.record(number);
        Because { local_id: kept.local_id.to_string(), entry: kept.entry, area: None, against: None, text }
    }
}
