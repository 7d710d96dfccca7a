//! Rows: a hazard or a reopening with all the boundaries it has had, and the releases that count.
//!
//! Correcting is asymmetric, since uncertainty never helps. A corrected *hazard* holds until its
//! correction begins (or not at all, if the correction begins no later); a corrected *release* releases
//! nothing at any time. A correction that nobody approved yet changes no official figure; in gate geometry
//! it adds its ground if it states hazard, and takes the release away if it corrects one.

use jiff::Timestamp;
use records::RecordKind;
use records::land::{HazardStatus, QualityControl};

use crate::day::Day;
use crate::fold::Stated;
use crate::index::{Index, Kept, Land, Standing};
use crate::parameters::Parameters;

/// Which of the two geometries (UNC-1, UNC-2), never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// As recorded; official figures.
    Book,
    /// Hazards grown, releases shrunk, proposed hazards counted.
    Gate,
}

/// Which ground of its record a boundary means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What an adjustment adds to the boundaries before it. In gate geometry grown boundaries would hide it:
    /// the added ground is stated hazardous anew, so that a release beside the old boundary does not hold there.
    Added,
}

/// One boundary of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowVersion {
    /// Record that states it, by number.
    pub record: u32,
    /// Which ground of the record.
    pub part: Part,
    /// First day.
    pub from: Day,
    /// Day on which it no longer holds.
    pub until: Option<Day>,
    /// How sure the hazard is.
    pub status: HazardStatus,
    /// How it came to hold.
    pub stated: Stated,
}

/// The boundaries of the row that begins with record `root`, in order of their days.
pub fn versions(index: &Index, root: u32, view: View, known_at: Timestamp) -> Vec<RowVersion> {
    let counts = |number: u32| match view {
        View::Book => index.standing(number, known_at) == Standing::Approved,
        View::Gate => index.standing(number, known_at) >= Standing::Proposed,
    };
    let mut versions: Vec<RowVersion> = Vec::new();
    for number in index.chain(root) {
        let kept = index.record(number);
        let Land::Hazard(_, status) = &kept.land else { continue };
        let until = ends_on(index, number, known_at);
        if counts(number) && until.is_none_or(|until| until > kept.day) {
            let (status, stated) = (*status, Stated::Successor);
            versions.push(RowVersion { record: number, part: Part::Whole, from: kept.day, until, status, stated });
        }
    }
    versions.sort_by_key(|v| (v.from, index.record(v.record).entry));
    if let Some(first) = versions.first_mut() {
        first.stated = Stated::Hazard;
    }
    if index.record(root).kind == RecordKind::HazardArea {
        adjust(index, root, view, known_at, &mut versions);
    }
    versions
}

/// The day on which an approved correction takes over from this record.
fn ends_on(index: &Index, number: u32, known_at: Timestamp) -> Option<Day> {
    let approved = index.corrections(number, Standing::Approved, known_at).into_iter();
    approved
        .map(|s| {
            let from = index.record(s).day;
            match ends_on(index, s, known_at) {
                Some(until) if until <= from => until,
                _ => from,
            }
        })
        .max()
}

/// Corrected boundaries end the ones before them; a later statement ends the correction (LR-10).
fn adjust(index: &Index, root: u32, view: View, known_at: Timestamp, versions: &mut Vec<RowVersion>) {
    let mut adjustments: Vec<u32> = index
        .adjustments(&index.record(root).local_id)
        .iter()
        .copied()
        .filter(|&a| index.standing(a, known_at) >= Standing::Proposed)
        .filter(|&a| ends_on(index, a, known_at).is_none())
        .collect();
    adjustments.sort_by_key(|&a| (index.record(a).day, index.record(a).entry));
    for number in adjustments {
        let on = index.record(number).day;
        let holding: Vec<usize> = (0..versions.len())
            .filter(|&i| versions[i].from <= on && versions[i].until.is_none_or(|until| until > on))
            .collect();
        let Some(status) = holding.iter().map(|&i| versions[i].status).max() else { continue };
        // What nobody approved ends nothing: neither this correction nor a boundary that it replaces.
        let is_approved = |v: &RowVersion| index.standing(v.record, known_at) == Standing::Approved;
        let later = versions.iter().filter(|v| v.from > on && v.stated != Stated::Adjustment && is_approved(v));
        let next = later.map(|v| v.from).min();
        match (index.standing(number, known_at), view) {
            (Standing::Approved, _) => {
                // Of two corrections of one day neither is the later: both hold, so that the more hazardous prevails.
                let is_beside = |v: &RowVersion| v.from == on && index.record(v.record).kind == RecordKind::Adjustment;
                for i in holding {
                    if is_approved(&versions[i]) && !is_beside(&versions[i]) {
                        versions[i].until = Some(on);
                    }
                }
                let moved = RowVersion {
                    record: number,
                    part: Part::Whole,
                    from: on,
                    until: next,
                    status,
                    stated: Stated::Adjustment,
                };
                versions.push(moved);
                if view == View::Gate {
                    versions.push(RowVersion { part: Part::Added, stated: Stated::Hazard, ..moved });
                }
            }
            // Not approved: its ground counts as hazard, and nothing is given up.
            (_, View::Gate) => {
                let stated = Stated::Hazard;
                versions.push(RowVersion { record: number, part: Part::Whole, from: on, until: None, status, stated });
            }
            _ => {}
        }
    }
    versions.retain(|v| v.until.is_none_or(|until| until > v.from));
    versions.sort_by_key(|v| (v.from, v.part == Part::Added, index.record(v.record).entry));
}

/// Whether a release counts.
pub fn release_counts(index: &Index, number: u32, view: View, known_at: Timestamp) -> bool {
    let kept = index.record(number);
    let Land::Release(plot, released) = &kept.land else { return false };
    let is_corrected = |by: Standing| !index.corrections(number, by, known_at).is_empty();
    let stands = index.standing(number, known_at) == Standing::Approved && released.qc != Some(QualityControl::Failed);
    stands
        && match view {
            View::Book => !is_corrected(Standing::Approved),
            View::Gate => !is_corrected(Standing::Proposed) && Parameters::may_release(plot.accuracy_m, plot.quality),
        }
}

/// The order in which releases count: day, then the weaker statement, then the earlier report, then the id.
pub fn release_order(kept: &Kept) -> impl Ord + use<> {
    let method = match &kept.land {
        Land::Release(_, released) => Some(released.method),
        _ => None,
    };
    (kept.day, method, kept.recorded_at, kept.entry)
}
