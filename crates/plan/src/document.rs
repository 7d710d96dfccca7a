//! A plan as it is published: days instead of weeks, ids instead of indices, words beside them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::because::{Because, Step, WeeksByCause};
use crate::bound::bound;
use crate::keeping::{Range, Ranges};
use crate::problem::{Means, Placement, Problem, Valid};
use crate::schedule::Schedule;
use crate::search::Found;
use crate::unscheduled::{impossible, unscheduled};

/// Whether a plan can be better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It meets the bound.
    Optimal,
    /// It keeps every rule.
    Feasible,
    /// Something that a settlement needs has no place.
    Infeasible,
}

/// A plan, as `homeground plan` prints it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether it can be better.
    pub status: Status,
    /// Points; less is better.
    pub objective: i64,
    /// No plan has fewer points.
    pub bound: i64,
    /// How far from the bound, as a share of the objective.
    pub gap: f64,
    /// Lots and projects, by start.
    pub tasks: Vec<Task>,
    /// When each settlement opens.
    pub gates: Vec<Gate>,
    /// Who returns when.
    pub returns: Vec<Return>,
    /// What has no place, and promises that nothing can keep.
    pub unscheduled: Vec<Unscheduled>,
}

/// A lot or a project in the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Of the work.
    pub id: String,
    /// The hazard, or the project.
    pub subject: String,
    /// `clearance` or `building`.
    pub kind: String,
    /// First day.
    pub start: Date,
    /// Last day.
    pub finish: Date,
    /// The team of a lot.
    pub crew: Option<String>,
    /// What it costs, in the budget's unit.
    #[serde(default)]
    pub cost: i64,
    /// What fixes its last day, first cause first.
    pub because: Vec<String>,
    /// The last day by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_range: Option<Days>,
}

/// When a settlement opens and what decides it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The settlement.
    pub subject: String,
    /// The first day on which everything it needs is done.
    pub opens_on: Option<Date>,
    /// The works of the chain that fixes that day, first first.
    pub critical: Vec<String>,
    /// The same in words, with the weeks of waiting.
    pub because: Vec<String>,
    /// Weeks of the chain by cause.
    pub weeks: WeeksByCause,
}

/// Households that return together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// The settlement.
    pub place: String,
    /// The phase.
    pub cohort: Option<String>,
    /// How many.
    pub households: i64,
    /// The day.
    pub on: Option<Date>,
    /// The day by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_range: Option<Days>,
    /// The promised day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Date>,
}

/// Days when rates are uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// One in ten plans is earlier.
    pub p10: Date,
    /// One in two.
    pub p50: Date,
    /// Nine in ten.
    pub p90: Date,
}

/// What has no place, or cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unscheduled {
    /// The work or the settlement.
    pub subject: String,
    /// In words.
    pub why: String,
}

impl Plan {
    /// The document of what was found. `first_day` begins week 0; `ranges` come from [`crate::ranges`] for the same schedule.
    pub fn new(problem: &Valid, found: &Found, first_day: Date, ranges: Option<&Ranges>) -> Self {
        let calendar = Calendar { first_day };
        let because = Because::new(problem, &found.schedule);
        let gates: Vec<Gate> = problem
            .settlements
            .iter()
            .map(|place| {
                let steps = because.returns(place);
                let on = found.schedule.returns(problem, place);
                Gate {
                    subject: place.id.clone(),
                    opens_on: on.map(|week| calendar.day(week)),
                    critical: critical(problem, &steps),
                    because: steps.iter().map(|step| step.words(problem)).collect(),
                    weeks: WeeksByCause::of(problem, &steps),
                }
            })
            .collect();
        let returns = problem.settlements.iter().enumerate().map(|(at, place)| Return {
            place: place.id.clone(),
            cohort: place.phase.map(|phase| problem.phases[phase].name.clone()),
            households: place.households,
            on: gates[at].opens_on,
            on_range: ranges.and_then(|ranges| ranges.settlements[at]).map(|range| calendar.days(range, 0)),
            deadline: place.deadline.map(|week| calendar.day(week)),
        });
        Self {
            status: status(found, gates.iter().all(|gate| gate.opens_on.is_some())),
            objective: found.points,
            bound: found.bound,
            gap: found.gap(),
            tasks: tasks(problem, &found.schedule, &because, calendar, ranges),
            returns: returns.collect(),
            unscheduled: without(problem, &found.schedule, calendar),
            gates,
        }
    }

    /// The schedule that this document states, for the verifier. Tasks are matched by id.
    pub fn schedule(&self, problem: &Problem, first_day: Date) -> Result<Schedule, String> {
        let mut placements = vec![None; problem.works.len()];
        for task in &self.tasks {
            let work = problem.works.iter().position(|work| work.id == task.id);
            let work = work.ok_or_else(|| format!("task {} is not in the programme", task.id))?;
            let team = |name: &String| {
                let team = problem.teams.iter().position(|team| team.name == *name);
                team.ok_or_else(|| format!("task {}: there is no team {name}", task.id))
            };
            let placement = Placement {
                start: week(first_day, task.start).ok_or_else(|| {
                    format!("task {}: start {} is no first day of a week of this plan", task.id, task.start)
                })?,
                end: week(first_day, task.finish.saturating_add(1.day())).ok_or_else(|| {
                    format!("task {}: finish {} is no last day of a week of this plan", task.id, task.finish)
                })?,
                team: task.crew.as_ref().map(team).transpose()?,
            };
            if placements[work].replace(placement).is_some() {
                return Err(format!("task {} is there twice", task.id));
            }
        }
        Ok(Schedule { placements })
    }
}

#[derive(Clone, Copy)]
struct Calendar {
    first_day: Date,
}

impl Calendar {
    /// The first day of a week.
    fn day(self, week: usize) -> Date {
        self.first_day.saturating_add((7 * week as i64).days())
    }

    fn days(self, range: Range, shift: i64) -> Days {
        let day = |week| self.day(week).saturating_add(shift.days());
        Days { p10: day(range.p10), p50: day(range.p50), p90: day(range.p90) }
    }
}

fn week(first_day: Date, day: Date) -> Option<usize> {
    let days = usize::try_from((day - first_day).get_days()).ok()?;
    (days % 7 == 0).then_some(days / 7)
}

fn status(found: &Found, complete: bool) -> Status {
    match (complete, found.points <= found.bound) {
        (false, _) => Status::Infeasible,
        (true, true) => Status::Optimal,
        (true, false) => Status::Feasible,
    }
}

fn critical(problem: &Valid, steps: &[Step]) -> Vec<String> {
    let mut works: Vec<usize> = steps.iter().filter_map(|step| step.work).collect();
    works.dedup();
    works.into_iter().map(|work| problem.works[work].id.clone()).collect()
}

fn tasks(
    problem: &Valid,
    schedule: &Schedule,
    because: &Because<'_>,
    calendar: Calendar,
    ranges: Option<&Ranges>,
) -> Vec<Task> {
    let mut placed: Vec<(usize, Placement)> =
        schedule.placements.iter().enumerate().filter_map(|(work, at)| Some((work, (*at)?))).collect();
    placed.sort_by_key(|(work, at)| (at.start, *work));
    let task = |(work_idx, at): (usize, Placement)| {
        let work = &problem.works[work_idx];
        Task {
            id: work.id.clone(),
            subject: work.subject.clone(),
            kind: if matches!(work.means, Means::Clearance { .. }) { "clearance" } else { "building" }.to_owned(),
            start: calendar.day(at.start),
            finish: calendar.day(at.end).saturating_sub(1.day()),
            crew: at.team.map(|team| problem.teams[team].name.clone()),
            cost: schedule.cost(work_idx, work).unwrap_or(0),
            because: because.ends(work_idx).iter().map(|step| step.words(problem)).collect(),
            finish_range: ranges.and_then(|ranges| ranges.works[work_idx]).map(|range| calendar.days(range, -1)),
        }
    };
    placed.into_iter().map(task).collect()
}

fn without(problem: &Valid, schedule: &Schedule, calendar: Calendar) -> Vec<Unscheduled> {
    let works = unscheduled(problem, schedule)
        .into_iter()
        .map(|(work, why)| Unscheduled { subject: problem.works[work].id.clone(), why: why.to_string() });
    let promises = impossible(problem, &bound(problem)).into_iter().map(|(place, deadline, earliest)| Unscheduled {
        subject: problem.settlements[place].id.clone(),
        why: format!(
            "promised for {}, and cannot open before {} even with unlimited teams, crews and money",
            calendar.day(deadline),
            calendar.day(earliest)
        ),
    });
    works.chain(promises).collect()
}
