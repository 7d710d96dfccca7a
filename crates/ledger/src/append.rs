//! May this record be taken in? One list of refusals, in the order in which they are checked (LR-X1 … LR-X9).
//!
//! What is refused is not lost: the caller keeps it, marked, for a person to decide.

use geometry::{Engine, Region};
use jiff::Timestamp;
use records::land::{HazardStatus, ReleaseMethod};
use records::{Record, RecordKind};

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
    /// LR-X2: cleared without depth or without the ordnance it covers.
    #[error("cleared release {local_id} states no {missing}")]
    ClearedWithout {
        /// The release.
        local_id: String,
        /// `depth_cm` or `eo`.
        missing: &'static str,
    },
    /// LR-X3: the activity cannot release in this way.
    #[error("release {local_id} is {method} by {activity}")]
    WrongActivity {
        /// The release.
        local_id: String,
        /// How it was released.
        method: ReleaseMethod,
        /// By what.
        activity: String,
    },
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
    /// LR-X8: no polygon.
    #[error("{kind} {local_id} has no ground: an area given as a number alone changes nothing on the map")]
    NoGround {
        /// Kind of record.
        kind: RecordKind,
        /// The record.
        local_id: String,
    },
    /// LR-X9: ground preparation alone is not clearance.
    #[error("release {local_id} is cleared by mechanical ground preparation alone")]
    PreparationAlone {
        /// The release.
        local_id: String,
    },
}

impl Refusal {
    /// Stable rule id.
    pub fn rule(&self) -> &'static str {
        match self {
            Refusal::DuplicateLocalId { .. } => "DQ-08",
            Refusal::UnknownReference { .. } => "DQ-16",
            Refusal::NothingToRelease { .. } => "LR-X1",
            Refusal::MostlyOutside { .. } => "DQ-15",
            Refusal::ClearedWithout { .. } => "LR-X2",
            Refusal::WrongActivity { .. } => "LR-X3",
            Refusal::Downgrade { .. } => "LR-X4",
            Refusal::BeforeHazard { .. } | Refusal::InTheFuture { .. } => "LR-X5",
            Refusal::NoGround { .. } => "LR-X8",
            Refusal::PreparationAlone { .. } => "LR-X9",
        }
    }

    /// Which field to look at.
    pub fn field(&self) -> &'static str {
        match self {
            Refusal::DuplicateLocalId { .. } => "local_id",
            Refusal::UnknownReference { field, .. } => field,
            Refusal::NothingToRelease { .. } | Refusal::MostlyOutside { .. } | Refusal::NoGround { .. } => "geometry",
            Refusal::ClearedWithout { missing, .. } => missing,
            Refusal::WrongActivity { .. } => "activity",
            Refusal::Downgrade { .. } => "class",
            Refusal::BeforeHazard { .. } | Refusal::InTheFuture { .. } => "date_of_information",
            Refusal::PreparationAlone { .. } => "methods",
        }
    }

    /// What to do.
    pub fn hint(&self) -> &'static str {
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
            Refusal::ClearedWithout { .. } => {
                "take it from the completion report; without it the ground stays hazardous"
            }
            Refusal::WrongActivity { .. } => {
                "NTS cancels, TS reduces, CLR and BAC clear; correct the class or the activity"
            }
            Refusal::Downgrade { .. } => "cancel or reduce the ground (LR-4, LR-5), or record an adjustment (LR-10)",
            Refusal::BeforeHazard { .. } | Refusal::InTheFuture { .. } => "check both dates",
            Refusal::NoGround { .. } => "add the polygon, or record the figure as a claim",
            Refusal::PreparationAlone { .. } => "name the clearance method that followed, or record an activity",
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
        depth_and_ordnance(record)?;
        activity_fits(record)?;
    }
    no_downgrade(index, record, &land)?;
    dates(index, record, recorded_at)?;
    has_ground(record, &land)?;
    not_preparation_alone(record)
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
    let arrangement = Engine::default().arrange(&plot.region, &hazards);
    let outside =
        arrangement.faces().iter().filter(|face| face.mask.ones().next().is_none()).map(|face| face.area).sum();
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

fn depth_and_ordnance(record: &Record) -> Result<(), Refusal> {
    let missing = match record.text("class") {
        Some("CLEARED") if record.number("depth_cm").is_none_or(|depth| depth <= 0.0) => "depth_cm",
        Some("CLEARED") if record.list("eo").is_empty() => "eo",
        _ => return Ok(()),
    };
    Err(Refusal::ClearedWithout { local_id: record.local_id.clone(), missing })
}

fn activity_fits(record: &Record) -> Result<(), Refusal> {
    let Some(method) = record.text("class").and_then(|word| word.parse::<ReleaseMethod>().ok()) else { return Ok(()) };
    let fits = match (method, record.text("activity")) {
        (_, None) => true,
        (ReleaseMethod::Cancelled, Some(activity)) => activity == "NTS",
        (ReleaseMethod::Reduced, Some(activity)) => activity == "TS",
        (ReleaseMethod::Cleared, Some(activity)) => matches!(activity, "CLR" | "BAC" | "MECH_PREP"),
    };
    let refuse = || Refusal::WrongActivity {
        local_id: record.local_id.clone(),
        method,
        activity: record.text("activity").unwrap_or_default().to_owned(),
    };
    if fits { Ok(()) } else { Err(refuse()) }
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

fn has_ground(record: &Record, land: &Land) -> Result<(), Refusal> {
    let must = matches!(
        record.kind,
        RecordKind::HazardArea | RecordKind::ReleaseProduct | RecordKind::Reopening | RecordKind::Adjustment
    );
    let has = land.region().is_some_and(|region| !region.is_empty());
    if must && !has {
        return Err(Refusal::NoGround { kind: record.kind, local_id: record.local_id.clone() });
    }
    Ok(())
}

fn not_preparation_alone(record: &Record) -> Result<(), Refusal> {
    let cleared = record.kind == RecordKind::ReleaseProduct && record.text("class") == Some("CLEARED");
    let methods = record.list("methods");
    let only_preparation = record.text("activity") == Some("MECH_PREP")
        || (!methods.is_empty() && methods.iter().all(|&method| method == "MECH_PREP"));
    if cleared && only_preparation {
        return Err(Refusal::PreparationAlone { local_id: record.local_id.clone() });
    }
    Ok(())
}
