//! The same plan under other conditions, keeping its sequence: every team its lots in the same order, every crew handed on
//! as planned.
//!
//! Planning anew answers another question, and badly: taking work away can make a newly decoded plan *worse* (Graham 1969).
//! With the sequence kept, less work or better rates never make anything later. Two answers come from it: what clearing a
//! hazard at once would bring, and dates that allow for rates being uncertain.

use crate::dice::Dice;
use crate::problem::{Means, Valid};
use crate::schedule::{Schedule, household_points};
use crate::weeks::{Weeks, last_missing, next_common};

/// A schedule as gates, teams and crews in a fixed order.
struct Kept<'p> {
    problem: &'p Valid,
    schedule: &'p Schedule,
    /// Placed works by start.
    order: Vec<usize>,
    /// By work: the works whose team or crews it takes over.
    takes_over: Vec<Vec<usize>>,
    /// By work: the weeks in which it can be worked on.
    open: Vec<usize>,
    calendars: Vec<Weeks>,
    weeks: Vec<usize>,
    cost: Vec<i64>,
    spent: Vec<i64>,
    budget: Vec<i64>,
}

/// What a run gives, by work.
#[derive(Clone)]
struct Run {
    /// Ends for those that wait at a gate.
    ends: Vec<usize>,
    /// Ends for those that take over the team or the crews.
    frees: Vec<usize>,
    spent: Vec<i64>,
}

impl<'p> Kept<'p> {
    fn new(problem: &'p Valid, schedule: &'p Schedule) -> Self {
        let mut rank = vec![0; problem.works.len()];
        problem.order().iter().enumerate().for_each(|(at, &work)| rank[work] = at);
        let start = |&work: &usize| schedule.placements[work].map(|at| (at.start, rank[work]));
        let mut order: Vec<usize> = (0..problem.works.len()).filter(|work| start(work).is_some()).collect();
        order.sort_by_key(start);
        let mut kept = Self {
            takes_over: vec![Vec::new(); problem.works.len()],
            open: vec![0; problem.works.len()],
            calendars: Vec::new(),
            weeks: weeks(problem, schedule),
            cost: problem.works.iter().enumerate().map(|(at, work)| schedule.cost(at, work).unwrap_or(0)).collect(),
            spent: vec![0; problem.budget.len()],
            budget: problem
                .budget
                .iter()
                .scan(0, |sum, amount| {
                    *sum += amount;
                    Some(*sum)
                })
                .collect(),
            problem,
            schedule,
            order,
        };
        kept.teams();
        kept.crews();
        kept.open_weeks();
        for &work in &kept.order {
            if let (Some(at), false) = (schedule.placements[work], kept.spent.is_empty()) {
                let year = problem.year(at.start);
                kept.spent[year..].iter_mut().for_each(|spent| *spent += kept.cost[work]);
            }
        }
        kept
    }

    fn teams(&mut self) {
        let mut last = vec![None; self.problem.teams.len()];
        for &work in &self.order {
            if let Some(team) = self.schedule.placements[work].and_then(|at| at.team) {
                self.takes_over[work].extend(last[team].replace(work));
            }
        }
    }

    /// Hands crews on from those that end to those that start.
    fn crews(&mut self) {
        for crew in 0..self.problem.crews.len() {
            let mut idle = vec![(0, None, self.problem.crews[crew].capacity)];
            for &work in &self.order {
                let Means::Building { crews, .. } = &self.problem.works[work].means else { continue };
                let Some(at) = self.schedule.placements[work] else { continue };
                let needed: u32 = crews.iter().filter(|(of, _)| *of == crew).map(|(_, n)| n).sum();
                let mut missing = needed;
                // Those that ended last wait least; taking them leaves the longest idle for others.
                idle.sort_by_key(|&(end, from, _)| (std::cmp::Reverse(end), from));
                for (end, from, n) in &mut idle {
                    if *end <= at.start && missing > 0 && *n > 0 {
                        let taken = missing.min(*n);
                        *n -= taken;
                        missing -= taken;
                        self.takes_over[work].extend(*from);
                    }
                }
                idle.retain(|(.., n)| *n > 0);
                idle.push((at.end, Some(work), needed - missing));
            }
        }
    }

    /// One calendar for each season and team that meet.
    fn open_weeks(&mut self) {
        let mut known = Vec::new();
        for &work in &self.order {
            let season = self.problem.works[work].season;
            let team = self.schedule.placements[work].and_then(|at| at.team);
            let at = known.iter().position(|pair| *pair == (season, team)).unwrap_or_else(|| {
                known.push((season, team));
                let open = &self.problem.seasons[season].open;
                let both = |week: usize| {
                    open.contains(week) && team.is_none_or(|team| self.problem.teams[team].available.contains(week))
                };
                self.calendars.push(Weeks::of(self.problem.n_weeks, both));
                known.len() - 1
            });
            self.open[work] = at;
        }
    }

    /// The dates when each work takes `weeks`; 0 weeks: it is done already, and its team goes on at once.
    fn run(&self, weeks: &[usize], run: &mut Run) {
        run.spent.copy_from_slice(&self.spent);
        let problem = self.problem;
        for &work in &self.order {
            let planned = self.schedule.placements[work].expect("only placed works are in the order");
            let taken = self.takes_over[work].iter().map(|&before| run.frees[before]).fold(problem.now, usize::max);
            if weeks[work] == 0 {
                self.refund(&mut run.spent, problem.year(planned.start), problem.budget.len(), self.cost[work]);
                (run.ends[work], run.frees[work]) = (problem.now, taken);
                continue;
            }
            let has_begun = planned.start < problem.now;
            let from = problem.works[work].after.iter().map(|&before| run.ends[before]).fold(taken, usize::max);
            let from = if has_begun { planned.start } else { self.affordable(run, work, planned.start, from) };
            let (start, end) = self.place(work, from, weeks[work]);
            self.book(run, work, planned.start, start);
            (run.ends[work], run.frees[work]) = (end, end);
        }
    }

    /// A lot without a break inside one season if that is possible, else with a rest, like a building.
    fn place(&self, work: usize, from: usize, weeks: usize) -> (usize, usize) {
        let open = self.calendars[self.open[work]].words();
        let horizon = self.problem.n_weeks;
        let Some(first) = next_common(open, open, from) else { return (horizon, horizon) };
        if matches!(self.problem.works[work].means, Means::Clearance { .. }) {
            let mut start = first;
            while start + weeks <= horizon {
                match last_missing(open, start, start + weeks) {
                    None => return (start, start + weeks),
                    Some(closed) => match next_common(open, open, closed + 1) {
                        Some(next) => start = next,
                        None => break,
                    },
                }
            }
        }
        let mut end = first;
        for _ in 0..weeks {
            let Some(week) = next_common(open, open, end) else { return (first, horizon) };
            end = week + 1;
        }
        (first, end)
    }

    fn refund(&self, spent: &mut [i64], from: usize, to: usize, cost: i64) {
        spent[from.min(to)..to].iter_mut().for_each(|spent| *spent -= cost);
    }

    /// Not before the money: an earlier year only if all years up to the planned one can bear it.
    fn affordable(&self, run: &Run, work: usize, planned: usize, from: usize) -> usize {
        let (own, mut year) = (self.problem.year(planned), self.problem.year(from));
        if self.budget.is_empty() || self.cost[work] == 0 || from >= planned {
            return from;
        }
        for between in (year..own).rev() {
            if run.spent[between] + self.cost[work] > self.budget[between] {
                year = between + 1;
                break;
            }
        }
        if year == self.problem.year(from) { from } else { year * crate::problem::WEEKS_A_YEAR }
    }

    fn book(&self, run: &mut Run, work: usize, planned: usize, start: usize) {
        if self.budget.is_empty() {
            return;
        }
        let (own, year) = (self.problem.year(planned), self.problem.year(start));
        self.refund(&mut run.spent, own, year, self.cost[work]);
        run.spent[year.min(own)..own].iter_mut().for_each(|spent| *spent += self.cost[work]);
    }

    fn fresh(&self) -> Run {
        let nowhere = vec![self.problem.n_weeks; self.problem.works.len()];
        Run { ends: nowhere.clone(), frees: nowhere, spent: self.spent.clone() }
    }

    fn points(&self, run: &Run) -> i64 {
        let problem = self.problem;
        let homes = problem.settlements.iter().map(|place| household_points(problem, place, self.returns(run, place)));
        let works = problem.works.iter().zip(&run.ends);
        let priority = works.map(|(work, end)| problem.weights.priority * work.priority * *end as i64);
        homes.sum::<i64>() + priority.sum::<i64>()
    }

    fn returns(&self, run: &Run, place: &crate::problem::Settlement) -> usize {
        place.needs.iter().map(|&work| run.ends[work]).fold(self.problem.opens(place), usize::max)
    }
}

/// Weeks of work of each placed work, as planned.
fn weeks(problem: &Valid, schedule: &Schedule) -> Vec<usize> {
    let of = |(work, at): (&crate::problem::Work, &Option<crate::problem::Placement>)| match (&work.means, at) {
        (Means::Building { weeks, .. }, _) => *weeks,
        (Means::Clearance { .. }, Some(at)) => at.end - at.start,
        (Means::Clearance { .. }, None) => 1,
    };
    problem.works.iter().zip(&schedule.placements).map(of).collect()
}

/// What clearing one hazard at once would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worth {
    /// The hazard: the subject of its lots.
    pub subject: String,
    /// Points for households and priorities; never negative. What its clearance costs is not counted.
    pub points: i64,
    /// Households times weeks that they return earlier.
    pub household_weeks: i64,
}

/// The value of every hazard that has lots in `schedule`, the greatest first.
pub fn worth(problem: &Valid, schedule: &Schedule) -> Vec<Worth> {
    let kept = Kept::new(problem, schedule);
    let mut run = kept.fresh();
    kept.run(&kept.weeks, &mut run);
    let (points, waits) = (kept.points(&run), household_weeks(&kept, &run));
    let mut lots: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
    for &work in &kept.order {
        if matches!(problem.works[work].means, Means::Clearance { .. }) {
            lots.entry(&problem.works[work].subject).or_default().push(work);
        }
    }
    let mut weeks = kept.weeks.clone();
    let mut worth: Vec<Worth> = lots
        .into_iter()
        .map(|(subject, lots)| {
            lots.iter().for_each(|&lot| weeks[lot] = 0);
            kept.run(&weeks, &mut run);
            lots.iter().for_each(|&lot| weeks[lot] = kept.weeks[lot]);
            Worth {
                subject: subject.to_owned(),
                points: points - kept.points(&run),
                household_weeks: waits - household_weeks(&kept, &run),
            }
        })
        .collect();
    worth.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.subject.cmp(&b.subject)));
    worth
}

fn household_weeks(kept: &Kept<'_>, run: &Run) -> i64 {
    let homes = kept.problem.settlements.iter();
    homes.map(|place| place.households * kept.returns(run, place) as i64).sum()
}

/// Three weeks, as ends: one in ten is earlier than the first, one in two than the second, nine in ten than the third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// P10.
    pub p10: usize,
    /// P50.
    pub p50: usize,
    /// P90. The horizon where a tenth lies beyond it.
    pub p90: usize,
}

/// Dates when rates are uncertain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges {
    /// By work; none without a place.
    pub works: Vec<Option<Range>>,
    /// By settlement; none while something it needs has no place.
    pub settlements: Vec<Option<Range>>,
}

/// Plays the plan `n` times. Each hazard is cleared at its planned rate times a number even over `1 − spread ..= 1 + spread`,
/// the same for all its lots; `spread` is 0.4 by default (DOMAIN: rates within 40 %) and below 1. Buildings take what they take.
pub fn ranges(problem: &Valid, schedule: &Schedule, n: usize, spread: f64, dice: &mut Dice) -> Ranges {
    let kept = Kept::new(problem, schedule);
    let spread = spread.clamp(0.0, 0.95);
    let mut subjects: Vec<&str> = problem.works.iter().map(|work| work.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let subject: Vec<usize> =
        problem.works.iter().map(|work| subjects.partition_point(|subject| *subject < work.subject.as_str())).collect();
    let mut run = kept.fresh();
    let mut weeks = kept.weeks.clone();
    let (mut works, mut settlements) =
        (vec![Vec::with_capacity(n); problem.works.len()], vec![Vec::with_capacity(n); problem.settlements.len()]);
    for _ in 0..n {
        let rates: Vec<f64> = subjects.iter().map(|_| 1.0 + spread * (2.0 * dice.unit() - 1.0)).collect();
        for &work in &kept.order {
            if matches!(problem.works[work].means, Means::Clearance { .. }) {
                weeks[work] = (kept.weeks[work] as f64 / rates[subject[work]]).ceil() as usize;
            }
        }
        kept.run(&weeks, &mut run);
        works.iter_mut().zip(&run.ends).for_each(|(ends, &end)| ends.push(end as u16));
        for (ends, place) in settlements.iter_mut().zip(&problem.settlements) {
            ends.push(kept.returns(&run, place) as u16);
        }
    }
    let placed = |work: usize| schedule.placements[work].is_some();
    let of_works = works.into_iter().enumerate().map(|(work, ends)| placed(work).then(|| range(ends)).flatten());
    let of_homes = settlements
        .into_iter()
        .zip(&problem.settlements)
        .map(|(ends, place)| place.needs.iter().all(|&work| placed(work)).then(|| range(ends)).flatten());
    Ranges { works: of_works.collect(), settlements: of_homes.collect() }
}

/// By counting: ends are small numbers.
fn range(mut ends: Vec<u16>) -> Option<Range> {
    ends.sort_unstable();
    let at = |share: usize| {
        ends.get((ends.len() * share / 100).min(ends.len().checked_sub(1)?)).map(|&end| usize::from(end))
    };
    Some(Range { p10: at(10)?, p50: at(50)?, p90: at(90)? })
}
