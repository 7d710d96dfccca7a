//! Accidents and casualties as counts: the view that statistics read (REC-7).
//!
//! A [`Person`] has no id, no name, no place and no free text: what is counted here cannot lead to anybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::{Day, EntryId, State};
use records::{Record, RecordKind};

use crate::heritage::Reads;
use crate::programme::Programme;

/// What is counted of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// `killed`, `injured` or `unknown`.
    pub outcome: &'static str,
    /// `female`, `male` or `unknown`.
    pub sex: &'static str,
    /// `child`, `adult` or `unknown`.
    pub age_band: &'static str,
}

/// An accident with its counts.
#[derive(Debug, Clone)]
pub struct Accident {
    /// Number of its record.
    pub number: u32,
    /// Its record.
    pub record: Arc<Record>,
    /// The day it is about.
    pub day: Day,
    /// People killed, injured, of unknown outcome: as the accident counts them, else as they are listed.
    pub counts: [u64; 3],
    /// Direct casualties listed one by one.
    pub listed: Vec<Person>,
    /// People harmed through what happened to another, listed one by one.
    pub indirect: u64,
    /// Reopenings that name it as their trigger (LR-8), by number.
    pub reopenings: Vec<u32>,
}

impl Accident {
    /// Casualties: killed, injured and unknown (ID-10).
    pub fn casualties(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Help that was recorded.
#[derive(Debug, Clone, Default)]
pub struct Assistance {
    /// Records by service and by how far they are.
    pub by_service: BTreeMap<(String, String), u64>,
    /// Local id, service and day of follow-ups that are due.
    pub due: Vec<(EntryId, String, String, String)>,
    /// Listed casualties who were injured and of whom no help is on record.
    pub without: u64,
}

/// Everything that happened by a day.
#[derive(Debug, Default)]
pub struct Casualties {
    /// The oldest first.
    pub accidents: Vec<Accident>,
    /// Listed casualties whose accident is not on record.
    pub without_accident: Vec<Person>,
    /// By activity at the time, as told, of direct casualties.
    pub by_activity: BTreeMap<String, u64>,
    /// Help.
    pub assistance: Assistance,
}

/// The three outcomes, in the order of the counts.
pub const OUTCOMES: [&str; 3] = ["killed", "injured", "unknown"];
/// The sexes that statistics tell apart.
pub const SEXES: [&str; 3] = ["female", "male", "unknown"];
/// The age bands that statistics tell apart.
pub const AGES: [&str; 3] = ["child", "adult", "unknown"];

fn known(words: [&'static str; 3], given: Option<&str>) -> &'static str {
    words.into_iter().find(|word| Some(*word) == given).unwrap_or("unknown")
}

impl Casualties {
    /// Count them.
    pub fn of<E>(programme: &Programme, state: &State, day: Day, read: Reads<'_, E>) -> Result<Casualties, E> {
        let index = programme.index();
        let known_at = state.known_at();
        let current = |kind: RecordKind| programme.records_on(kind, day, known_at);
        let mut found = Casualties::default();
        let mut by_root: BTreeMap<u32, usize> = BTreeMap::new();
        for (number, kept) in current(RecordKind::Accident) {
            by_root.insert(index.root(number), found.accidents.len());
            let record = read(kept.entry)?;
            let (counts, listed) = ([0; 3], Vec::new());
            let reopenings = Vec::new();
            found.accidents.push(Accident { number, record, day: kept.day, counts, listed, indirect: 0, reopenings });
        }
        let at = |id: Option<&str>| {
            let first = index.with_local_id(RecordKind::Accident, id?).first()?;
            by_root.get(&index.root(*first)).copied()
        };
        let mut injured: BTreeMap<String, bool> = BTreeMap::new();
        for (_, kept) in current(RecordKind::Casualty) {
            let record = read(kept.entry)?;
            let accident = at(record.text("accident"));
            if record.text("harm") == Some("indirect") {
                if let Some(at) = accident {
                    found.accidents[at].indirect += 1;
                }
                continue;
            }
            let person = Person {
                outcome: known(OUTCOMES, record.text("outcome")),
                sex: known(SEXES, record.text("sex")),
                age_band: known(AGES, record.text("age_band")),
            };
            let activity = record.text("activity_then").unwrap_or("unknown").to_owned();
            *found.by_activity.entry(activity).or_default() += 1;
            if person.outcome == "injured" {
                injured.insert(record.local_id.clone(), false);
            }
            match accident {
                Some(at) => found.accidents[at].listed.push(person),
                None => found.without_accident.push(person),
            }
        }
        for (_, kept) in current(RecordKind::Assistance) {
            let record = read(kept.entry)?;
            let (service, status) =
                (record.text("service").unwrap_or("not said"), record.text("status").unwrap_or("given"));
            *found.assistance.by_service.entry((service.to_owned(), status.to_owned())).or_default() += 1;
            if let Some(helped) = record.text("casualty").and_then(|id| injured.get_mut(id)) {
                *helped = true;
            }
            if let Some(on) = record.day("follow_up_on").filter(|on| *on <= day.date()) {
                let due = (kept.entry, record.local_id.clone(), service.to_owned(), on.to_string());
                found.assistance.due.push(due);
            }
        }
        found.assistance.without = injured.values().filter(|helped| !**helped).count() as u64;
        for (number, kept) in current(RecordKind::Reopening) {
            let record = read(kept.entry)?;
            if let Some(at) = at(record.text("trigger")) {
                found.accidents[at].reopenings.push(number);
            }
        }
        for accident in &mut found.accidents {
            for (at, (outcome, field)) in OUTCOMES.into_iter().zip(["n_killed", "n_injured", "n_unknown"]).enumerate() {
                let listed = accident.listed.iter().filter(|person| person.outcome == outcome).count() as u64;
                accident.counts[at] = accident.record.number(field).map_or(listed, |n| n.max(0.0) as u64);
            }
        }
        found.accidents.sort_by_key(|accident| (accident.day, accident.record.local_id.clone()));
        Ok(found)
    }
}
