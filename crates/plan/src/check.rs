//! The verifier. It trusts nobody: it reads the problem and a schedule, counts week by week, and shares no code with what
//! made the schedule. Slow and plain on purpose.

use std::collections::BTreeMap;

use crate::problem::{Means, Placement, Problem, WEEKS_A_YEAR, Work};
use crate::schedule::Schedule;

/// A rule that a schedule breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Not one placement for each work.
    #[error("the schedule has {placements} places for {works} works")]
    Size {
        /// Of the schedule.
        placements: usize,
        /// Of the problem.
        works: usize,
    },
    /// Outside the horizon, before now, or backwards.
    #[error("{work} stands from week {from} to {to}, outside the plan")]
    Span {
        /// Its id.
        work: String,
        /// First week.
        from: usize,
        /// The week after its last.
        to: usize,
    },
    /// It starts before something it waits for has ended, or that has no place at all.
    #[error("{work} starts in week {start} and waits for {before}, which {}", ends.map_or("has no place".to_owned(), |end| format!("ends in week {end}")))]
    Gate {
        /// Its id.
        work: String,
        /// Its start.
        start: usize,
        /// What it waits for.
        before: String,
        /// When that ends.
        ends: Option<usize>,
    },
    /// A lot without a team that may clear it, or a building with one.
    #[error("{work} is given to {}", team.as_deref().unwrap_or("no team"))]
    NotOffered {
        /// Its id.
        work: String,
        /// The team's name.
        team: Option<String>,
    },
    /// Not as long as it takes.
    #[error("{work} has {weeks} weeks and takes {needed}")]
    Length {
        /// Its id.
        work: String,
        /// Weeks of work it has.
        weeks: usize,
        /// Weeks of work it needs.
        needed: usize,
    },
    /// Work on closed ground.
    #[error("{work} is worked on in week {week}, when {season} is closed")]
    Closed {
        /// Its id.
        work: String,
        /// The week.
        week: usize,
        /// The season's name.
        season: String,
    },
    /// A team in a week in which it does not work.
    #[error("{team} works on {work} in week {week}, when it is not available")]
    Away {
        /// The team's name.
        team: String,
        /// The work's id.
        work: String,
        /// The week.
        week: usize,
    },
    /// A team on two lots.
    #[error("{team} works on {first} and {second} in week {week}")]
    TwoPlaces {
        /// The team's name.
        team: String,
        /// A work's id.
        first: String,
        /// Another's.
        second: String,
        /// The week.
        week: usize,
    },
    /// More crews than there are.
    #[error("{used} of {capacity} crews of {crew} are at work in week {week}")]
    Crews {
        /// The crew's name.
        crew: String,
        /// The week.
        week: usize,
        /// At work.
        used: u64,
        /// There are.
        capacity: u32,
    },
    /// More money than has come in, for works that have not begun among others.
    #[error("{spent} is spent by the end of year {year}, of {budget}")]
    Budget {
        /// Counted from 1.
        year: usize,
        /// Spent up to its end.
        spent: i64,
        /// Come in up to its end.
        budget: i64,
    },
    /// A frozen work that moved.
    #[error("{work} is frozen and has moved")]
    Moved {
        /// Its id.
        work: String,
    },
}

/// Every rule that `schedule` breaks, in the order of [`Violation`]; none for a plan that can be published.
pub fn check(problem: &Problem, schedule: &Schedule) -> Vec<Violation> {
    let (placements, works) = (schedule.placements.len(), problem.works.len());
    if placements != works {
        return vec![Violation::Size { placements, works }];
    }
    let placed: Vec<Placed> = problem
        .works
        .iter()
        .zip(&schedule.placements)
        .enumerate()
        .filter_map(|(index, (work, at))| {
            let frozen = problem.frozen.iter().any(|(frozen, _)| *frozen == index);
            at.map(|at| Placed { work, at, begun: frozen && at.start < problem.now })
        })
        .collect();
    let mut broken = Vec::new();
    placed.iter().for_each(|placed| span(problem, placed, &mut broken));
    if !broken.is_empty() {
        return broken;
    }
    for placed in &placed {
        gates(problem, schedule, placed, &mut broken);
        effort(problem, placed, &mut broken);
    }
    teams(problem, &placed, &mut broken);
    crews(problem, &placed, &mut broken);
    budget(problem, &placed, &mut broken);
    for (work, at) in &problem.frozen {
        if schedule.placements[*work] != Some(*at) {
            broken.push(Violation::Moved { work: problem.works[*work].id.clone() });
        }
    }
    broken
}

struct Placed<'a> {
    work: &'a Work,
    at: Placement,
    /// What has begun stands as it is: before now, and as long as was reported.
    begun: bool,
}

fn span(problem: &Problem, placed: &Placed<'_>, broken: &mut Vec<Violation>) {
    let Placement { start, end, .. } = placed.at;
    if start >= end || end > problem.n_weeks || (start < problem.now && !placed.begun) {
        broken.push(Violation::Span { work: placed.work.id.clone(), from: start, to: end });
    }
}

fn gates(problem: &Problem, schedule: &Schedule, placed: &Placed<'_>, broken: &mut Vec<Violation>) {
    if placed.begun {
        return;
    }
    for &before in &placed.work.after {
        let ends = schedule.placements[before].map(|at| at.end);
        if ends.is_none_or(|end| end > placed.at.start) {
            broken.push(Violation::Gate {
                work: placed.work.id.clone(),
                start: placed.at.start,
                before: problem.works[before].id.clone(),
                ends,
            });
        }
    }
}

fn effort(problem: &Problem, placed: &Placed<'_>, broken: &mut Vec<Violation>) {
    let Placed { work, at, .. } = placed;
    let season = &problem.seasons[work.season];
    let open = (at.start..at.end).filter(|&week| season.open.contains(week)).count();
    let needed = match (&work.means, at.team) {
        (Means::Building { weeks, .. }, None) => Some(*weeks),
        (Means::Clearance { offers }, Some(team)) => {
            offers.iter().find(|offer| offer.team == team).map(|offer| offer.weeks)
        }
        _ => None,
    };
    let Some(needed) = needed else {
        let team = at.team.map(|team| problem.teams.get(team).map_or(format!("team {team}"), |team| team.name.clone()));
        broken.push(Violation::NotOffered { work: work.id.clone(), team });
        return;
    };
    if placed.begun {
        return;
    }
    let is_lot = matches!(work.means, Means::Clearance { .. });
    let weeks = if is_lot { at.end - at.start } else { open };
    if weeks != needed {
        broken.push(Violation::Length { work: work.id.clone(), weeks, needed });
    }
    // A lot is worked on in every week; a building begins and ends with work and rests in between.
    let worked = if is_lot { at.start..at.end } else { at.start..at.start + 1 };
    let last = at.end - 1;
    if let Some(week) = worked.chain([last]).find(|&week| !season.open.contains(week)) {
        broken.push(Violation::Closed { work: work.id.clone(), week, season: season.name.clone() });
    }
}

fn teams(problem: &Problem, placed: &[Placed<'_>], broken: &mut Vec<Violation>) {
    let mut at_work: BTreeMap<(usize, usize), &Placed<'_>> = BTreeMap::new();
    for lot in placed {
        let Some(team) = lot.at.team.filter(|&team| team < problem.teams.len()) else { continue };
        let name = || problem.teams[team].name.clone();
        let weeks = lot.at.start..lot.at.end;
        let away = weeks.clone().find(|&week| !problem.teams[team].available.contains(week));
        if let Some(week) = away.filter(|_| !lot.begun) {
            broken.push(Violation::Away { team: name(), work: lot.work.id.clone(), week });
        }
        let twice = weeks.clone().find_map(|week| at_work.get(&(team, week)).map(|other| (week, *other)));
        if let Some((week, other)) = twice {
            let (first, second) = (other.work.id.clone(), lot.work.id.clone());
            broken.push(Violation::TwoPlaces { team: name(), first, second, week });
        }
        at_work.extend(weeks.map(|week| ((team, week), lot)));
    }
}

fn crews(problem: &Problem, placed: &[Placed<'_>], broken: &mut Vec<Violation>) {
    for (crew_idx, crew) in problem.crews.iter().enumerate() {
        let mut used = vec![0_u64; problem.n_weeks];
        for building in placed {
            let Means::Building { crews, .. } = &building.work.means else { continue };
            let needed: u64 = crews.iter().filter(|(crew, _)| *crew == crew_idx).map(|(_, n)| u64::from(*n)).sum();
            used[building.at.start..building.at.end].iter_mut().for_each(|used| *used += needed);
        }
        if let Some(week) = used.iter().position(|&used| used > u64::from(crew.capacity)) {
            let (crew, capacity) = (crew.name.clone(), crew.capacity);
            broken.push(Violation::Crews { crew, week, used: used[week], capacity });
        }
    }
}

/// What has begun is paid for: where it took more than has come in, nothing that costs money may begin on top of it.
fn budget(problem: &Problem, placed: &[Placed<'_>], broken: &mut Vec<Violation>) {
    let (mut spent, mut spent_anew, mut budget) = (0, 0, 0);
    let last = problem.budget.len().saturating_sub(1);
    for (year, amount) in problem.budget.iter().enumerate() {
        budget += amount;
        for due in placed.iter().filter(|placed| (placed.at.start / WEEKS_A_YEAR).min(last) == year) {
            spent += price(due);
            spent_anew += if due.begun { 0 } else { price(due) };
        }
        if spent > budget && spent_anew > 0 {
            broken.push(Violation::Budget { year: year + 1, spent, budget });
        }
    }
}

fn price(placed: &Placed<'_>) -> i64 {
    match &placed.work.means {
        Means::Building { cost, .. } => *cost,
        Means::Clearance { offers } => {
            let offer = offers.iter().find(|offer| Some(offer.team) == placed.at.team);
            offer.map_or(0, |offer| offer.cost)
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::scene::{Scene, check as check_scene};

    /// Moves the works of a good schedule and prints what the verifier says.
    fn after(change: impl Fn(&mut Scene, &mut Schedule)) -> String {
        let mut scene = check_scene(SCENE);
        let mut schedule = crate::first(&scene.valid()).schedule;
        assert_eq!(check(&scene.problem, &schedule), []);
        change(&mut scene, &mut schedule);
        check(&scene.problem, &schedule).iter().map(|broken| format!("{broken}\n")).collect()
    }

    const SCENE: &str = "
        season valley ....oooooooooooo....oooooooooooo....oooooooooooo....
        team   dogs
        team   men
        crew   masons 2
        budget 100
        lot    A valley dogs 3 10 | men 5 8
        lot    B valley dogs 4 10
        build  road valley 3 masons 1 cost 20 after A
        build  house valley 10 masons 2 cost 20 after road B
        home   village 10 by 30 needs house
    ";

    fn moved(work: usize, weeks: i64) -> impl Fn(&mut Scene, &mut Schedule) {
        move |_, schedule| {
            let at = schedule.placements[work].as_mut().unwrap();
            at.start = at.start.checked_add_signed(weeks as isize).unwrap();
            at.end = at.end.checked_add_signed(weeks as isize).unwrap();
        }
    }

    #[test]
    fn every_rule_is_noticed_when_it_is_broken() {
        let mut said = String::new();
        said += &after(moved(2, -2));
        said += &after(moved(0, -3));
        said += &after(|_, schedule| schedule.placements[0].as_mut().unwrap().team = None);
        said += &after(|_, schedule| schedule.placements[1].as_mut().unwrap().team = Some(1));
        said += &after(|_, schedule| schedule.placements[3].as_mut().unwrap().end += 1);
        said += &after(|_, schedule| schedule.placements[1] = Some(Placement { start: 5, end: 9, team: Some(0) }));
        said += &after(|scene, _| scene.problem.crews[0].capacity = 1);
        said += &after(|scene, _| scene.problem.budget = vec![30]);
        said += &after(|scene, schedule| {
            scene.problem.frozen.push((0, Placement { start: 5, ..schedule.placements[0].unwrap() }))
        });
        said += &after(|scene, _| scene.problem.teams[0].available = crate::Weeks::of(52, |week| week != 5));
        said += &after(|_, schedule| schedule.placements[1] = None);
        said += &after(|_, schedule| schedule.placements[3].as_mut().unwrap().end = 60);
        said += &after(|_, schedule| schedule.placements.truncate(2));
        expect![[r#"
            road starts in week 5 and waits for A, which ends in week 7
            A is worked on in week 1, when valley is closed
            A is given to no team
            B is given to men
            house has 11 weeks and takes 10
            dogs works on A and B in week 5
            2 of 1 crews of masons are at work in week 11
            60 is spent by the end of year 1, of 30
            A is frozen and has moved
            dogs works on A in week 5, when it is not available
            house starts in week 11 and waits for B, which has no place
            house stands from week 11 to 60, outside the plan
            the schedule has 2 places for 4 works
        "#]]
        .assert_eq(&said);
    }
}
