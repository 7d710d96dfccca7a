//! May this record be taken in? One list of refusals, in the order in which they are checked (LR-X1 … LR-X9).
//!
//! What is refused is not lost: the caller keeps it, marked, for a person to decide.

use geometry::Region;
use jiff::Timestamp;
use records::land::{HazardStatus, ReleaseMethod};
use records::{Issue, Record, RecordKind, Rules};

use crate::day::Day;
use crate::entry::EntryId;
use crate::figures::day_of;
use crate::findings::m2;
use crate::index::{Index, Land, Standing, land};
use crate::parameters::Parameters;

/// Why a record is not taken in. Variants stand in the order in which they are checked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// DQ-08: another record of this kind has this local id.
    #[error("{kind} {local_id} is known already, with other content (entry {known})")]
    DuplicateLocalId {
        /// Kind of record.
        kind: RecordKind,
        /// The id.
        local_id: String,
        /// Entry that has it.
        known: EntryId,
    },
    /// The record it corrects or refers to is not known.
    #[error("{field} names {kind} {local_id:?}, which is not known")]
    UnknownReference {
        /// Field that refers.
        field: &'static str,
        /// Kind of record referred to.
        kind: RecordKind,
        /// Its local id.
        local_id: String,
    },
    /// LR-X1: cancelled or reduced where nothing is recorded as hazardous.
    #[error("no ground of {method} release {local_id} was hazardous on {on}")]
    NothingToRelease {
        /// The release.
        local_id: String,
        /// How it was released.
        method: ReleaseMethod,
        /// Its day.
        on: Day,
    },
    /// DQ-15: most of the release lies outside every hazard.
    #[error("{outside} of release {local_id} ({percent:.0} %) lie outside every hazard of {on}")]
    MostlyOutside {
        /// The release.
        local_id: String,
        /// Ground outside.
        outside: String,
        /// Share of the whole.
        percent: f64,
        /// Its day.
        on: Day,
    },
    /// LR-X2, X3, X8, X9: the record cannot state this, whatever the ledger holds.
    #[error("{}", .0.message)]
    Unfit(Box<Issue>),
    /// LR-X4: a confirmed hazard becomes suspected.
    #[error("hazard {local_id} is confirmed; a correction cannot make it suspected")]
    Downgrade {
        /// The hazard.
        local_id: String,
    },
    /// LR-X5: dated before the hazard was identified.
    #[error("release {local_id} is dated {on}, before hazard {hazard} was identified on {identified}")]
    BeforeHazard {
        /// The release.
        local_id: String,
        /// Its day.
        on: Day,
        /// The hazard.
        hazard: String,
        /// Its day.
        identified: Day,
    },
    /// LR-X5: dated after the day on which it was recorded.
    #[error("{kind} {local_id} is dated {on}, after it was recorded on {recorded}")]
    InTheFuture {
        /// Kind of record.
        kind: RecordKind,
        /// The record.
        local_id: String,
        /// Its day.
        on: Day,
        /// Day of recording.
        recorded: Day,
    },
}

impl Refusal {
    /// Stable rule id.
    pub fn rule(&self) -> &str {
        match self {
            Refusal::DuplicateLocalId { .. } => "DQ-08",
            Refusal::UnknownReference { .. } => "DQ-16",
            Refusal::NothingToRelease { .. } => "LR-X1",
            Refusal::MostlyOutside { .. } => "DQ-15",
            Refusal::Unfit(issue) => &issue.rule,
            Refusal::Downgrade { .. } => "LR-X4",
            Refusal::BeforeHazard { .. } | Refusal::InTheFuture { .. } => "LR-X5",
        }
    }

    /// Which field to look at.
    pub fn field(&self) -> &str {
        match self {
            Refusal::DuplicateLocalId { .. } => "local_id",
            Refusal::UnknownReference { field, .. } => field,
            Refusal::NothingToRelease { .. } | Refusal::MostlyOutside { .. } => "geometry",
            Refusal::Unfit(issue) => &issue.field,
            Refusal::Downgrade { .. } => "class",
            Refusal::BeforeHazard { .. } | Refusal::InTheFuture { .. } => "date_of_information",
        }
    }

    /// What to do.
    pub fn hint(&self) -> &str {
        match self {
            Refusal::DuplicateLocalId { .. } => {
                "give it an id of its own, or set supersedes to this local_id if it corrects the known record"
            }
            Refusal::UnknownReference { .. } => {
                "import the record it refers to first, or in the same file, or correct the id"
            }
            Refusal::NothingToRelease { .. } => {
                "import the hazard first; ground never recorded as hazardous is recorded as an activity that found nothing"
            }
            Refusal::MostlyOutside { .. } => {
                "check the boundary and the coordinate system, or import the missing hazard first"
            }
            Refusal::Unfit(issue) => &issue.hint,
            Refusal::Downgrade { .. } => "cancel or reduce the ground (LR-4, LR-5), or record an adjustment (LR-10)",
            Refusal::BeforeHazard { .. } | Refusal::InTheFuture { .. } => "check both dates",
        }
    }
}

/// Whether the ledger takes this record in, given what it holds. `supersedes` must be resolved already.
pub fn admit(index: &Index, record: &Record, recorded_at: Timestamp, parameters: &Parameters) -> Result<(), Refusal> {
    unknown_local_id(index, record)?;
    known_references(index, record)?;
    let land = land(record);
    if record.kind == RecordKind::ReleaseProduct {
        something_to_release(index, record, &land, parameters)?;
    }
    fit(record, &land, &parameters.rules)?;
    no_downgrade(index, record, &land)?;
    dates(index, record, recorded_at)
}

fn fit(record: &Record, land: &Land, rules: &Rules) -> Result<(), Refusal> {
    if let Some(issue) = records::release::unfit(record, rules).into_iter().next() {
        return Err(Refusal::Unfit(Box::new(issue)));
    }
    // A polygon that reads as no ground states none.
    let must = matches!(
        record.kind,
        RecordKind::HazardArea | RecordKind::ReleaseProduct | RecordKind::Reopening | RecordKind::Adjustment
    );
    if must && land.region().is_none_or(Region::is_empty) {
        let given = Some("polygon without ground");
        return Err(Refusal::Unfit(Box::new(records::release::without_ground(record.kind, given, rules))));
    }
    Ok(())
}

fn unknown_local_id(index: &Index, record: &Record) -> Result<(), Refusal> {
    let corrected = record.supersedes.as_deref();
    for &known in index.with_local_id(record.kind, &record.local_id) {
        let root = |number| index.root(number);
        let corrects = corrected
            .and_then(|id| id.parse().ok())
            .and_then(|id| index.number_of(id))
            .is_some_and(|number| root(number) == root(known));
        if !corrects && index.standing(known, Timestamp::MAX) > Standing::Absent {
            let known = index.record(known).entry;
            return Err(Refusal::DuplicateLocalId { kind: record.kind, local_id: record.local_id.clone(), known });
        }
    }
    Ok(())
}

fn known_references(index: &Index, record: &Record) -> Result<(), Refusal> {
    let refers_to_hazard = matches!(record.kind, RecordKind::ReleaseProduct | RecordKind::Adjustment);
    match record.text("hazard").filter(|_| refers_to_hazard) {
        Some(hazard) if index.with_local_id(RecordKind::HazardArea, hazard).is_empty() => {
            Err(Refusal::UnknownReference {
                field: "hazard",
                kind: RecordKind::HazardArea,
                local_id: hazard.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

/// LR-X1 and DQ-15, against every hazard known by then, approved or proposed.
fn something_to_release(index: &Index, record: &Record, land: &Land, parameters: &Parameters) -> Result<(), Refusal> {
    let Land::Release(plot, released) = land else { return Ok(()) };
    let on = Day::from(record.date_of_information);
    // Clearance outside is real work: it is kept, and counted as such (ID-4).
    let Some(bounds) = plot.region.bounds().filter(|_| released.method != ReleaseMethod::Cleared) else {
        return Ok(());
    };
    let hazards: Vec<&Region> = index
        .meeting(bounds)
        .into_iter()
        .filter(|&n| index.record(n).day <= on && index.standing(n, Timestamp::MAX) > Standing::Absent)
        .filter_map(|n| match &index.record(n).land {
            Land::Hazard(plot, _) | Land::Adjustment(plot, _) => Some(&plot.region),
            _ => None,
        })
        .collect();
    let faces = geometry::faces(&plot.region, &hazards).list;
    let outside = faces.iter().filter(|face| face.mask.is_empty()).map(|face| face.area).sum();
    let local_id = record.local_id.clone();
    let share = geometry::Area::m2(outside) / released.area.m2();
    if outside == released.area {
        Err(Refusal::NothingToRelease { local_id, method: released.method, on })
    } else if share > parameters.outside_share {
        Err(Refusal::MostlyOutside { local_id, outside: m2(outside), percent: share * 100.0, on })
    } else {
        Ok(())
    }
}

fn no_downgrade(index: &Index, record: &Record, land: &Land) -> Result<(), Refusal> {
    let corrected = record.supersedes.as_deref().and_then(|id| id.parse().ok()).and_then(|id| index.number_of(id));
    let was = corrected.map(|number| &index.record(number).land);
    match (was, land) {
        (Some(Land::Hazard(_, HazardStatus::Confirmed)), Land::Hazard(_, HazardStatus::Suspected)) => {
            Err(Refusal::Downgrade { local_id: record.local_id.clone() })
        }
        _ => Ok(()),
    }
}

fn dates(index: &Index, record: &Record, recorded_at: Timestamp) -> Result<(), Refusal> {
    let on = Day::from(record.date_of_information);
    let hazards = record.text("hazard").map(|hazard| index.with_local_id(RecordKind::HazardArea, hazard));
    let hazard = hazards.unwrap_or_default().iter().map(|&n| index.record(n)).min_by_key(|kept| kept.day);
    if let Some(hazard) = hazard.filter(|h| record.kind == RecordKind::ReleaseProduct && on < h.day) {
        let (local_id, hazard, identified) = (record.local_id.clone(), hazard.local_id.to_string(), hazard.day);
        return Err(Refusal::BeforeHazard { local_id, on, hazard, identified });
    }
    // A day begins up to 14 hours earlier than in UTC.
    let recorded = day_of(recorded_at.saturating_add(jiff::SignedDuration::from_hours(14)).unwrap_or(recorded_at));
    if on > recorded {
        return Err(Refusal::InTheFuture { kind: record.kind, local_id: record.local_id.clone(), on, recorded });
    }
    Ok(())
}
