//! The plan before: where it had each work, and what moved since, with the report that moved it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use plan::{Means, Placement, Plan, Schedule, Task, Turn, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Clearer, HazardFact, MOBILISATION, Planned, weeks_between};

/// A plan that was printed, and what it took for granted.
#[derive(Debug, Clone, Deserialize)]
pub struct Previous {
    /// Monday of its week 0; the new plan counts on from there.
    pub first_day: Date,
    /// The day it was made for.
    pub as_of: Date,
    #[serde(default)]
    teams: Vec<String>,
    #[serde(default)]
    hazards: Vec<HazardFact>,
    /// The order in which it was made.
    #[serde(default)]
    turns: Vec<Turn>,
    /// What was spent before it, on works that are in none of its tasks.
    #[serde(default)]
    spent: i64,
    #[serde(flatten)]
    plan: Plan,
}

/// What moved since a previous plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// The day the previous plan was made for.
    pub since: Date,
    /// What was learned since then.
    pub learned: Vec<Learned>,
    /// Works that stand in another week or with another team.
    pub n_moved: usize,
    /// Places that open on another day.
    pub returns: Vec<Change>,
}

/// One thing that was learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Learned {
    /// The hazard, project or team.
    pub subject: String,
    /// In words.
    pub text: String,
}

/// A place that opens on another day than before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The place.
    pub place: String,
    /// The day before.
    pub was: Option<Date>,
    /// The day now.
    pub on: Option<Date>,
    /// Later by so many weeks; earlier if negative.
    pub weeks: Option<i32>,
    /// What was learned of the works that fix its day, or fixed it before.
    pub because: Vec<String>,
}

/// Reports within this share of what was planned are as planned.
const AS_PLANNED: f64 = 0.1;

impl Previous {
    /// From the JSON of a plan.
    pub fn read(text: &str) -> Result<Previous, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// From a plan at hand.
    pub fn of(json: &Value) -> Result<Previous, serde_json::Error> {
        Previous::deserialize(json)
    }

    /// The plan itself.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The order in which it was made.
    pub(super) fn turns(&self) -> &[Turn] {
        &self.turns
    }

    fn week(&self, day: Date) -> Option<usize> {
        weeks_between(self.first_day, day)
    }

    /// Weeks that a task stood in, the last not included.
    fn weeks(&self, task: &Task) -> Option<(usize, usize)> {
        Some((self.week(task.start)?, self.week(task.finish)? + 1))
    }

    /// The task that a work was, if it had not ended: by id; where the lots of a hazard are others by now, since less is left,
    /// in the order of their start.
    fn task_of<'a>(&'a self, works: &[Work], work: usize, now: usize) -> Option<&'a Task> {
        if matches!(works[work].means, Means::Building { .. }) {
            return self.plan.tasks.iter().find(|task| task.id == works[work].id && task.kind == "building");
        }
        let is_own = |task: &&Task| {
            task.subject == works[work].subject
                && task.kind == "clearance"
                && task.id.starts_with("survey") == works[work].id.starts_with("survey")
                && self.weeks(task).is_some_and(|(_, end)| end > now)
        };
        let is_lot_before = |other: &usize| {
            works[*other].subject == works[work].subject
                && matches!(works[*other].means, Means::Clearance { .. })
                && works[*other].id.starts_with("survey") == works[work].id.starts_with("survey")
        };
        let place = (0..work).filter(is_lot_before).count();
        let mut own: Vec<&Task> = self.plan.tasks.iter().filter(is_own).collect();
        own.sort_by_key(|task| (task.start, &task.id));
        let is_known = |task: &&Task| works.iter().any(|work| work.id == task.id);
        match own.iter().all(is_known) {
            true => own.into_iter().find(|task| task.id == works[work].id),
            false => own.get(place).copied(),
        }
    }

    /// Where each work stood. What has begun is given the weeks that it has taken besides those it still needs.
    pub(super) fn placements(&self, works: &mut [Work], teams: &[Clearer], now: usize) -> Schedule {
        let mut placements = vec![None; works.len()];
        for at in 0..works.len() {
            let Some(task) = self.task_of(works, at, now) else { continue };
            let Some((start, end)) = self.weeks(task) else { continue };
            let team = task.crew.as_ref().and_then(|name| teams.iter().position(|team| team.name == *name));
            let gone = now.saturating_sub(start);
            match &mut works[at].means {
                Means::Clearance { offers } => {
                    let Some(offer) = offers.iter_mut().find(|offer| Some(offer.team) == team) else { continue };
                    if gone > 0 {
                        offer.weeks = gone + offer.weeks.saturating_sub(MOBILISATION).max(1);
                    }
                }
                // It was to be finished by now and nobody reports that it is: another week at the least.
                Means::Building { weeks, .. } if end <= now => *weeks += 1 + now - end,
                Means::Building { .. } => {}
            }
            placements[at] = Some(Placement { start, end, team });
        }
        Schedule { placements }
    }

    /// What was spent since the plan begins and is in no work of the new one: of each clearance that had begun the share that
    /// has gone by, since its lot holds what is left; of each building that is no longer planned all, since it is due at its
    /// start. A building that goes on still holds its whole cost.
    pub(super) fn spent(&self, works: &[Work], now: usize) -> i64 {
        let known: BTreeSet<&str> = works.iter().map(|work| &*work.id).collect();
        let spent = |task: &Task| {
            let Some((start, end)) = self.weeks(task).filter(|(start, _)| *start < now) else { return 0 };
            match task.kind == "clearance" {
                true => (task.cost as f64 * self.gone((start, end), now)).round() as i64,
                false if known.contains(&*task.id) => 0,
                false => task.cost,
            }
        };
        self.plan.tasks.iter().map(spent).fold(self.spent, i64::saturating_add)
    }

    /// The share of a lot's weeks that went by between this plan and `now`. Getting there clears nothing and costs nothing, and
    /// what was done before this plan is in no lot of it.
    fn gone(&self, (start, end): (usize, usize), now: usize) -> f64 {
        let then = self.week(self.as_of).unwrap_or(0);
        let first = (start + MOBILISATION).max(then).min(end - 1);
        now.min(end).saturating_sub(first) as f64 / (end - first) as f64
    }

    /// What moved.
    pub(super) fn changes(&self, planned: &Planned) -> Changes {
        let learned = self.learned(planned);
        let task = |id: &str| self.plan.tasks.iter().find(|task| task.id == id);
        let moved = planned
            .document
            .tasks
            .iter()
            .filter(|now| task(&now.id).is_none_or(|was| (was.start, &was.crew) != (now.start, &now.crew)));
        let n_moved = moved.count();
        let mut returns = Vec::new();
        let places = self.plan.returns.iter().chain(&planned.document.returns).map(|home| &home.place);
        for place in places.collect::<BTreeSet<_>>() {
            let day = |plan: &Plan| plan.returns.iter().find(|home| home.place == *place).and_then(|home| home.on);
            let (was, on) = (day(&self.plan), day(&planned.document));
            if was == on {
                continue;
            }
            let weeks = was.zip(on).map(|(was, on)| (on - was).get_days() / 7);
            let because = self.because(place, on, planned, &learned);
            returns.push(Change { place: place.clone(), was, on, weeks, because });
        }
        Changes { since: self.as_of, learned, n_moved, returns }
    }

    /// What was learned of the works that fix the day of a place, now or before; else why it has none.
    fn because(&self, place: &str, on: Option<Date>, planned: &Planned, learned: &[Learned]) -> Vec<String> {
        let document = &planned.document;
        let chain = |plan: &Plan| -> BTreeSet<String> {
            let gate = plan.gates.iter().find(|gate| gate.subject == place);
            let critical = gate.map(|gate| gate.critical.clone()).unwrap_or_default();
            let crews = plan.tasks.iter().filter(|task| critical.contains(&task.id));
            crews.flat_map(|task| [Some(task.subject.clone()), task.crew.clone()]).flatten().collect()
        };
        let chains: BTreeSet<String> = chain(&self.plan).union(&chain(document)).cloned().collect();
        let mut because: Vec<String> = learned
            .iter()
            .filter(|learned| chains.contains(&learned.subject))
            .map(|learned| learned.text.clone())
            .collect();
        let left = document.unscheduled.iter().filter(|left| on.is_none() && left.subject == place);
        because.extend(left.map(|left| left.why.clone()));
        if because.is_empty() {
            let why = match learned.is_empty() {
                true => "nothing was learned; the plan was searched further",
                false => "works that share teams, crews or money with it moved",
            };
            because.push(why.to_owned());
        }
        because
    }

    fn learned(&self, planned: &Planned) -> Vec<Learned> {
        let mut learned = Vec::new();
        let mut add = |subject: &str, text: String| learned.push(Learned { subject: subject.to_owned(), text });
        for hazard in &planned.hazards {
            match self.hazards.iter().find(|was| was.subject == hazard.subject) {
                None => add(&hazard.subject, format!("{} is new, {:.0} m²", hazard.subject, hazard.remaining_m2)),
                Some(was) => {
                    if let Some(text) = self.pace(was, hazard.remaining_m2, planned) {
                        add(&hazard.subject, text);
                    }
                }
            }
        }
        for was in &self.hazards {
            if !planned.hazards.iter().any(|hazard| hazard.subject == was.subject) {
                add(&was.subject, format!("nothing is left of {} by the book", was.subject));
            }
        }
        let teams: BTreeSet<&str> = planned.problem.teams.iter().map(|team| &*team.name).collect();
        let before: BTreeSet<&str> = self.teams.iter().map(String::as_str).collect();
        before.difference(&teams).for_each(|team| add(team, format!("team {team} is no longer there")));
        teams.difference(&before).for_each(|team| add(team, format!("team {team} is new")));
        self.buildings(planned, &mut add);
        learned
    }

    fn buildings(&self, planned: &Planned, add: &mut dyn FnMut(&str, String)) {
        let is_building = |task: &&Task| task.kind == "building";
        let (now, before) = (&planned.document.tasks, &self.plan.tasks);
        let left_out = |id: &str| planned.document.unscheduled.iter().find(|left| left.subject == id);
        for task in before.iter().filter(is_building) {
            match (now.iter().any(|now| now.id == task.id), left_out(&task.id)) {
                (true, _) if self.week(task.finish).is_some_and(|week| week < planned.problem.now) => {
                    let text = format!("{} was to be finished on {}, and no report says so", task.id, task.finish);
                    add(&task.subject, text);
                }
                (true, _) => {}
                (false, Some(left)) => add(&task.subject, format!("{} has no place now: {}", task.id, left.why)),
                (false, None) => add(&task.subject, format!("{} is finished", task.id)),
            }
        }
        for task in now.iter().filter(is_building).filter(|task| !before.iter().any(|was| was.id == task.id)) {
            add(&task.subject, format!("{} is new in the plan", task.id));
        }
    }

    /// What was reported of a hazard beside what the plan had: `None` if it is as planned.
    fn pace(&self, was: &HazardFact, remaining_m2: f64, planned: &Planned) -> Option<String> {
        let now = planned.problem.now;
        let lots: Vec<(usize, usize)> = self
            .plan
            .tasks
            .iter()
            .filter(|task| task.subject == was.subject && task.kind == "clearance" && !task.id.starts_with("survey"))
            .filter_map(|task| self.weeks(task))
            .collect();
        let n_lots = lots.len().max(1) as f64;
        let gone = lots.iter().map(|&lot| self.gone(lot, now));
        let planned_m2 = was.remaining_m2 * gone.sum::<f64>() / n_lots;
        let reported_m2 = was.remaining_m2 - remaining_m2;
        let subject = &was.subject;
        if reported_m2 < -1.0 {
            return Some(format!("{subject} grew by {:.0} m²", -reported_m2));
        }
        if planned_m2 < 1.0 {
            return (reported_m2 > 1.0)
                .then(|| format!("{reported_m2:.0} m² of {subject} were released before their time"));
        }
        let ratio = reported_m2 / planned_m2;
        ((ratio - 1.0).abs() > AS_PLANNED).then(|| {
            format!(
                "clearance of {subject} reported {:.0} % of the rate: {reported_m2:.0} of {planned_m2:.0} m² since {}",
                ratio * 100.0,
                self.as_of
            )
        })
    }
}
