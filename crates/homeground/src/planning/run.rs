//! From a problem to a plan with everything that is told about it: dates, ranges, worth of hazards, changes.

use std::collections::{BTreeMap, BTreeSet};

use plan::priority::Ranked;
use plan::{Effort, Fault, Found, Plan, Progress, Stability, Unscheduled, Valid, Worth};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use jiff::civil::Date;

use super::{Changes, Made, Previous, Settings, with_all_before};

/// Sampled plans behind the ranges, and how far rates are from what is planned (DOMAIN §10.2).
const SAMPLES: usize = 1_000;
const SPREAD: f64 = 0.4;
/// A work that moves costs as much as so many households waiting a week more.
const HOUSEHOLDS_A_MOVE: i64 = 20;

/// What the plan takes for granted of a hazard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HazardFact {
    /// Its local id.
    pub subject: String,
    /// What is left by the book.
    pub remaining_m2: f64,
    /// Points of its rank, or by hand.
    #[serde(default)]
    pub priority: i64,
}

/// A plan with what was planned.
#[derive(Debug)]
pub struct Planned {
    /// What was planned.
    pub problem: Valid,
    /// Where each work stands.
    pub found: Found,
    /// The same in days and words.
    pub document: Plan,
    /// Monday of week 0.
    pub first_day: Date,
    /// What each hazard is worth if it were cleared at once.
    pub worth: Vec<Worth>,
    /// Hazards by rank.
    pub ranked: Vec<Ranked>,
    /// What is left of each hazard.
    pub hazards: Vec<HazardFact>,
    /// Names of the settlements, by local id.
    pub names: BTreeMap<String, String>,
    /// Households of places that could not be planned.
    pub n_households_left_out: i64,
    /// Money that was spent on what is no longer planned.
    pub spent: i64,
    /// What moved since the previous plan.
    pub changes: Option<Changes>,
}

/// Plans: anew, or from where a previous plan stands. `keep_going` is asked between two rounds.
pub fn plan(
    made: &Made,
    effort: &Effort,
    previous: Option<&Previous>,
    keep_going: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Planned, Vec<Fault>> {
    let keep = |was| {
        let problem = &made.problem;
        let points = problem.weights.waiting.saturating_mul(HOUSEHOLDS_A_MOVE).max(Stability::default().points);
        let stability = Stability { points, ..Stability::default() };
        let begun = plan::recall(&problem.clone().validate()?, was, previous.map_or(&[], |plan| plan.turns()));
        plan::replan(problem.clone(), &begun, &stability, effort, keep_going)
    };
    let (problem, found) = match made.was.clone().map(keep).transpose()? {
        Some(again) => (again.problem, again.found),
        None => {
            let problem = made.problem.clone().validate()?;
            let found = plan::improve(&problem, effort, keep_going);
            (problem, found)
        }
    };
    Ok(Planned::of(made, problem, found, effort.seed, previous))
}

/// The first plan that the rules of thumb give: good for a look while a better one is searched.
pub fn quick(made: &Made, seed: u64) -> Result<Planned, Vec<Fault>> {
    let problem = made.problem.clone().validate()?;
    let found = plan::first(&problem);
    Ok(Planned::of(made, problem, found, seed, None))
}

impl Planned {
    fn of(made: &Made, problem: Valid, found: Found, seed: u64, previous: Option<&Previous>) -> Planned {
        let broken = plan::check(&problem, &found.schedule);
        assert!(broken.is_empty(), "the plan breaks a rule, which is a mistake of ours: {}", broken[0]);
        let ranges = plan::ranges(&problem, &found.schedule, SAMPLES, SPREAD, &mut plan::Dice::seeded(seed));
        let mut document = Plan::new(&problem, &found, made.first_day, Some(&ranges));
        let left_out = made.left_out.iter().cloned().map(|(subject, why)| Unscheduled { subject, why });
        document.unscheduled.extend(left_out);
        let mut planned = Planned {
            worth: plan::worth(&problem, &found.schedule),
            problem,
            found,
            document,
            first_day: made.first_day,
            ranked: made.ranked.clone(),
            hazards: made.hazards.clone(),
            names: made.names.clone(),
            n_households_left_out: made.n_households_left_out,
            spent: made.spent,
            changes: None,
        };
        planned.changes = previous.map(|previous| previous.changes(&planned));
        planned
    }

    /// The plan as CONTRACT §7 wants it, without the programme and the day.
    pub fn json(&self, settings: &Settings) -> Value {
        let mut value = serde_json::to_value(&self.document).expect("a plan is JSON");
        value["first_day"] = json!(self.first_day);
        for home in value["returns"].as_array_mut().into_iter().flatten() {
            let place = home["place"].as_str().unwrap_or_default().to_owned();
            home["name"] = json!(self.names.get(&place));
            home["hazards"] = self.hazards_of(&place).iter().map(|(subject, _)| json!(subject)).collect();
        }
        value["teams"] = self.problem.teams.iter().map(|team| json!(team.name)).collect();
        value["hazards"] = json!(self.hazards);
        value["spent"] = json!(self.spent);
        value["turns"] = json!(plan::turns(&self.problem, &self.found.sequence));
        value["worth"] = self.worth.iter().map(worth_json).collect();
        value["priorities"] = self.ranked.iter().map(|ranked| ranked_json(ranked, settings)).collect();
        if let Some(changes) = &self.changes {
            value["changes"] = json!(changes);
        }
        value
    }

    /// A settlement as people call it, with its id.
    pub fn name_of(&self, id: &str) -> String {
        self.names.get(id).map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
    }

    /// The works of a settlement, with all that they wait for.
    pub fn works_of(&self, place: &str) -> BTreeSet<usize> {
        let place = self.problem.settlements.iter().find(|settlement| settlement.id == place);
        with_all_before(&self.problem.works, place.map_or(&[], |place| &place.needs))
    }

    /// The hazards that a settlement waits for, by rank, those without one last.
    pub fn hazards_of(&self, place: &str) -> Vec<(&str, Option<&Ranked>)> {
        let works = self.works_of(place);
        let subjects: BTreeSet<&str> = works.iter().map(|&work| &*self.problem.works[work].subject).collect();
        let own = self.hazards.iter().map(|hazard| &*hazard.subject).filter(|subject| subjects.contains(subject));
        let rank = |subject| self.ranked.iter().find(|ranked| ranked.id == subject);
        let mut found: Vec<(&str, Option<&Ranked>)> = own.map(|subject| (subject, rank(subject))).collect();
        found.sort_by_key(|(subject, ranked)| (ranked.map_or(usize::MAX, |ranked| ranked.rank), *subject));
        found
    }

    /// What all of it costs.
    pub fn cost(&self) -> i64 {
        self.document.tasks.iter().map(|task| task.cost).sum()
    }
}

fn worth_json(worth: &Worth) -> Value {
    json!({"subject": worth.subject, "points": worth.points, "household_weeks": worth.household_weeks})
}

fn ranked_json(ranked: &Ranked, settings: &Settings) -> Value {
    let names = settings.criteria.iter().map(|criterion| criterion[1..].to_owned());
    let contributions: serde_json::Map<String, Value> =
        names.zip(ranked.contributions.iter().map(|share| json!(share))).collect();
    json!({
        "subject": ranked.id,
        "rank": ranked.rank,
        "rank_range": [ranked.rank_range.0, ranked.rank_range.1],
        "score": ranked.score,
        "contributions": contributions,
        "unknown": ranked.unknown,
        "urgent": ranked.urgent,
    })
}
