//! The plan after a report: what has begun goes on, the near weeks stay, and the rest moves only for a good reason.

use crate::problem::{Fault, Means, Placement, Problem, Valid};
use crate::schedule::Schedule;
use crate::search::{Effort, Found, Progress, warm};
use crate::weeks::Weeks;

/// How a plan may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stability {
    /// What starts within so many weeks from now stays.
    pub frozen_weeks: usize,
    /// Points for each work that moves to another week or team.
    pub points: i64,
}

impl Default for Stability {
    fn default() -> Self {
        Self { frozen_weeks: 4, points: 200 }
    }
}

/// A new plan and what moved.
#[derive(Clone, Debug)]
pub struct Replanned {
    /// The problem with what was frozen.
    pub problem: Valid,
    /// The plan. Its points hold those for departures.
    pub found: Found,
    /// Works that stand elsewhere than before.
    pub moved: Vec<usize>,
    /// Works of the near weeks that could not stay.
    pub thawed: Vec<usize>,
}

/// Plans again from `previous`, a plan for nearly the same problem with the same works in the same order: `problem` holds
/// what is known now, with [`Problem::now`] set. A begun lot goes on with its team and takes what its offer says now; what
/// has ended is best left in as frozen by the caller or given its weeks.
pub fn replan(
    mut problem: Problem,
    previous: &Found,
    stability: &Stability,
    effort: &Effort,
    keep_going: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Replanned, Vec<Fault>> {
    problem.frozen.clear();
    let mut problem = problem.validate()?;
    let (frozen, thawed) = freeze(&problem, &previous.schedule, stability.frozen_weeks);
    if !frozen.is_empty() {
        let mut changed = problem.into_inner();
        changed.frozen = frozen;
        problem = changed.validate()?;
    }
    let keep = (&previous.schedule, stability.points.clamp(0, 1_000_000));
    let found = warm(&problem, &previous.sequence, keep, effort, keep_going);
    let old = |work: usize| previous.schedule.placements.get(work).copied().flatten();
    let moved = (0..problem.works.len()).filter(|&work| found.schedule.placements[work] != old(work)).collect();
    Ok(Replanned { problem, found, moved, thawed })
}

/// What stays, and what should have stayed and cannot. Begun works stay where team and crews allow, with the length they have
/// now and whatever they cost; others only where they still keep gates, seasons, teams, crews and budget.
fn freeze(problem: &Valid, previous: &Schedule, weeks: usize) -> (Vec<(usize, Placement)>, Vec<usize>) {
    let until = problem.now + weeks;
    let start = |work: &usize| previous.placements.get(*work).copied().flatten().map(|at| at.start);
    let mut near: Vec<usize> =
        problem.order().iter().copied().filter(|work| start(work).is_some_and(|start| start < until)).collect();
    // Stable, so that works of one week keep the order of their gates.
    near.sort_by_key(start);
    let mut frozen: Vec<(usize, Placement)> = Vec::new();
    let mut thawed = Vec::new();
    let mut taken = Taken {
        crews: vec![vec![0; problem.n_weeks]; problem.crews.len()],
        teams: vec![Weeks::none(problem.n_weeks); problem.teams.len()],
        money: problem
            .budget
            .iter()
            .scan(0, |sum, amount| {
                *sum += amount;
                Some(*sum)
            })
            .collect(),
    };
    for work in near {
        let Some(at) = previous.placements.get(work).copied().flatten() else { continue };
        let has_begun = at.start < problem.now;
        let Some(at) = as_known_now(problem, work, at) else {
            thawed.push(work);
            continue;
        };
        let gates = problem.works[work]
            .after
            .iter()
            .all(|before| frozen.iter().any(|(other, placed)| other == before && placed.end <= at.start));
        let may_stay = has_begun || (gates && on_open_ground(problem, work, at) && taken.affords(problem, work, at));
        if !may_stay || !taken.has_room(problem, work, at) {
            thawed.push(work);
            continue;
        }
        taken.add(problem, work, at);
        frozen.push((work, at));
    }
    (frozen, thawed)
}

/// The old start with the length that the work has now; none when its team may no longer do it or the plan ends before it.
fn as_known_now(problem: &Valid, work: usize, at: Placement) -> Option<Placement> {
    let of = &problem.works[work];
    let end = match &of.means {
        Means::Clearance { offers } => at.start + offers.iter().find(|offer| Some(offer.team) == at.team)?.weeks,
        Means::Building { weeks, .. } => {
            let open = &problem.seasons[of.season].open;
            (at.start..problem.n_weeks).filter(|&week| open.contains(week)).nth(weeks - 1)? + 1
        }
    };
    (end <= problem.n_weeks).then_some(Placement { end, ..at })
}

fn on_open_ground(problem: &Valid, work: usize, at: Placement) -> bool {
    let of = &problem.works[work];
    let open = &problem.seasons[of.season].open;
    match &of.means {
        Means::Clearance { .. } => (at.start..at.end).all(|week| {
            open.contains(week) && at.team.is_some_and(|team| problem.teams[team].available.contains(week))
        }),
        Means::Building { .. } => open.contains(at.start),
    }
}

/// What the works that stay have taken.
struct Taken {
    /// By crew and week.
    crews: Vec<Vec<u64>>,
    /// By team.
    teams: Vec<Weeks>,
    /// By year: what is left of all that has come in.
    money: Vec<i64>,
}

impl Taken {
    fn has_room(&self, problem: &Valid, work: usize, at: Placement) -> bool {
        let mut weeks = at.start..at.end;
        match &problem.works[work].means {
            Means::Clearance { .. } => at.team.is_some_and(|team| !weeks.any(|week| self.teams[team].contains(week))),
            Means::Building { crews, .. } => crews.iter().all(|&(crew, n)| {
                let capacity = u64::from(problem.crews[crew].capacity);
                self.crews[crew][at.start..at.end].iter().all(|used| used + u64::from(n) <= capacity)
            }),
        }
    }

    fn affords(&self, problem: &Valid, work: usize, at: Placement) -> bool {
        let cost = cost(problem, work, at);
        cost == 0 || self.money.iter().skip(problem.year(at.start)).all(|&left| left >= cost)
    }

    fn add(&mut self, problem: &Valid, work: usize, at: Placement) {
        if let Some(team) = at.team {
            let before = self.teams[team].clone();
            self.teams[team] =
                Weeks::of(problem.n_weeks, |week| before.contains(week) || (at.start..at.end).contains(&week));
        }
        if let Means::Building { crews, .. } = &problem.works[work].means {
            for &(crew, n) in crews {
                self.crews[crew][at.start..at.end].iter_mut().for_each(|used| *used += u64::from(n));
            }
        }
        let years = self.money.iter_mut().skip(problem.year(at.start));
        years.for_each(|left| *left -= cost(problem, work, at));
    }
}

fn cost(problem: &Valid, work: usize, at: Placement) -> i64 {
    match &problem.works[work].means {
        Means::Building { cost, .. } => *cost,
        Means::Clearance { offers } => {
            offers.iter().find(|offer| Some(offer.team) == at.team).map_or(0, |offer| offer.cost)
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::scene::{check as scene, drawn};

    #[test]
    fn what_has_begun_goes_on_when_money_falls_short_and_only_what_is_free_begins() {
        let before = scene(
            "
            season always oooooooooooooooooooooooooooooo
            crew   masons 1
            budget 100
            build  road always 6 masons 1 cost 60
            build  path always 2 cost 0 after road
            build  house always 5 masons 1 cost 20 after road
            home   village 10 needs house
            home   hamlet 1 needs path
            ",
        );
        let previous = crate::first(&before.valid());
        let mut known = before.problem.clone();
        (known.now, known.budget) = (3, vec![30]);
        let effort = Effort { rounds: 2, moves: 20, seed: 1 };
        let again = replan(known, &previous, &Stability::default(), &effort, &mut |_| true).unwrap();
        assert_eq!(crate::check(&again.problem, &again.found.schedule), []);
        expect![[r#"
            road 0-6
            path 6-8
            house no place
            village returns never
            hamlet returns 8
        "#]]
        .assert_eq(&drawn(&again.problem, &again.found.schedule));
        let mut forced = again.found.schedule.clone();
        forced.placements[2] = Some(Placement { start: 6, end: 11, team: None });
        let broken = crate::check(&again.problem, &forced);
        expect![[r#"
            80 is spent by the end of year 1, of 30
        "#]]
        .assert_eq(&broken.iter().map(|broken| format!("{broken}\n")).collect::<String>());
    }
}
