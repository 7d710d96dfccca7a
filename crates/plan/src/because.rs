//! Why a date is what it is: the chain of works, closed weeks, busy teams, crews and money that fixes it.
//!
//! The chain is walked back from the end. A work that could not start a week earlier was held by something: the ground was
//! closed, its team was on another lot, its crews on another building, the money had not come in, or what it waits for had
//! not ended. The steps follow each other without a gap from the first week of the plan to the end that is explained.

use serde::{Deserialize, Serialize};

use crate::problem::{Means, Placement, Settlement, Valid};
use crate::schedule::Schedule;
use crate::season::{Calendar, calendars};
use crate::weeks::{last_missing, next_common};

/// What filled the weeks of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The work itself, or one that it waits for.
    Work,
    /// The ground was closed, or would have closed too soon.
    Season,
    /// The team was on this work.
    Team {
        /// Index of the team.
        team: usize,
    },
    /// The team was not at work: leave, accreditation, other tasking.
    Away {
        /// Index of the team.
        team: usize,
    },
    /// The crews were on this work.
    Crew {
        /// Index of the crew.
        crew: usize,
    },
    /// The money had not come in.
    Budget {
        /// Counted from 1: the year it came.
        year: usize,
    },
    /// The phase of the settlement had not begun.
    Phase {
        /// Index of the phase.
        phase: usize,
    },
    /// Nothing but the plan's own order: frozen, or kept where it was.
    Order,
}

/// A span of weeks and what filled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The work that was under way, or that waited.
    pub work: Option<usize>,
    /// First week.
    pub from: usize,
    /// The week after its last.
    pub to: usize,
    /// Why.
    pub cause: Cause,
}

/// Weeks of one chain, or of many, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeksByCause {
    /// Clearing and building what is needed.
    pub work: usize,
    /// Closed ground, also inside a building's time.
    pub season: usize,
    /// Teams busy elsewhere or away.
    pub team: usize,
    /// Crews busy elsewhere.
    pub crew: usize,
    /// Money.
    pub budget: usize,
    /// Phases.
    pub phase: usize,
    /// The plan's own order.
    pub order: usize,
}

/// Explains one schedule.
pub struct Because<'p> {
    problem: &'p Valid,
    schedule: &'p Schedule,
    calendars: Vec<Calendar<'p>>,
    /// By year: spent up to its end, and come in up to its end.
    money: Vec<(i64, i64)>,
}

impl<'p> Because<'p> {
    /// Ready to explain `schedule`, which passes the verifier.
    pub fn new(problem: &'p Valid, schedule: &'p Schedule) -> Self {
        let mut money = vec![(0, 0); problem.budget.len()];
        for (work_idx, work) in problem.works.iter().enumerate() {
            if let (Some(at), Some(cost), false) =
                (schedule.placements[work_idx], schedule.cost(work_idx, work), money.is_empty())
            {
                money[problem.year(at.start)].0 += cost;
            }
        }
        let mut sum = (0, 0);
        for (year, amount) in money.iter_mut().zip(&problem.budget) {
            sum = (sum.0 + year.0, sum.1 + amount);
            *year = sum;
        }
        Self { problem, schedule, calendars: calendars(problem), money }
    }

    /// The chain that fixes when `settlement` returns, first step first; empty when it has no date.
    pub fn returns(&self, settlement: &Settlement) -> Vec<Step> {
        let Some(on) = self.schedule.returns(self.problem, settlement) else { return Vec::new() };
        let last = settlement
            .needs
            .iter()
            .copied()
            .find(|&work| self.schedule.placements[work].is_some_and(|at| at.end == on));
        match (last, settlement.phase) {
            (Some(work), _) => self.ends(work),
            (None, Some(phase)) if on > self.problem.now => {
                vec![Step { work: None, from: self.problem.now, to: on, cause: Cause::Phase { phase } }]
            }
            _ => Vec::new(),
        }
    }

    /// The chain that fixes when a work ends, first step first; empty when it has no place.
    pub fn ends(&self, work: usize) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut next = Some((work, Cause::Work));
        while let Some((work, cause)) = next {
            let Some(at) = self.schedule.placements[work] else { break };
            // A blocking work can end within weeks already given to the season: the later cause yields.
            while steps.last().is_some_and(|step| step.to <= at.end)
                && steps.last().is_some_and(|step| step.from < at.end)
            {
                steps.pop();
            }
            if let Some(step) = steps.last_mut() {
                step.from = step.from.max(at.end);
            }
            steps.push(Step { work: Some(work), from: at.start, to: at.end, cause });
            next = self.before(work, at, &mut steps);
        }
        steps.reverse();
        steps
    }

    /// What held `work`, as steps of waiting, and the work that held it.
    fn before(&self, work: usize, at: Placement, steps: &mut Vec<Step>) -> Option<(usize, Cause)> {
        let gates = &self.problem.works[work].after;
        let end = |&gate: &usize| self.schedule.placements[gate].map_or(0, |at| at.end);
        let gate = gates.iter().copied().max_by_key(end);
        let open = gate.map_or(0, |gate| end(&gate)).max(self.problem.now);
        let mut start = at.start;
        while start > open {
            let held = self.held(work, at, start);
            match held {
                Held::By(other, cause) => return Some((other, cause)),
                Held::Until(from, cause) => {
                    let from = from.max(open);
                    steps.push(Step { work: Some(work), from, to: start, cause });
                    start = from;
                }
            }
        }
        gate.filter(|gate| end(gate) == open && at.start >= open).map(|gate| (gate, Cause::Work))
    }

    /// Why `work`, which stands `at`, does not start in the week before `start`.
    fn held(&self, work: usize, at: Placement, start: usize) -> Held {
        let week = start - 1;
        let calendar = &self.calendars[self.problem.works[work].season];
        let fits = |from: usize| match &self.problem.works[work].means {
            Means::Clearance { .. } => {
                let runs = calendar.run_words(at.end - at.start);
                next_common(runs, runs, from) == Some(from)
            }
            Means::Building { .. } => next_common(calendar.open_words(), calendar.open_words(), from) == Some(from),
        };
        if let Some(year) = self.unaffordable(work, at, week) {
            return Held::Until(0, Cause::Budget { year });
        }
        if !self.is_usual(work, at) {
            return Held::Until(0, Cause::Order);
        }
        if !fits(week) {
            let from = (0..week).rev().find(|&earlier| fits(earlier)).map_or(0, |earlier| earlier + 1);
            return Held::Until(from, Cause::Season);
        }
        match &self.problem.works[work].means {
            Means::Clearance { .. } => self.team_held(work, at, week),
            Means::Building { crews, weeks, .. } => {
                let end = calendar.building_end(week, *weeks).unwrap_or(self.problem.n_weeks);
                self.crew_held(work, crews, week, end, at.start)
            }
        }
    }

    /// What has begun may run longer than any offer; no table answers for it.
    fn is_usual(&self, work: usize, at: Placement) -> bool {
        match &self.problem.works[work].means {
            Means::Clearance { offers } => offers.iter().any(|offer| offer.weeks == at.end - at.start),
            Means::Building { .. } => true,
        }
    }

    fn team_held(&self, work: usize, at: Placement, week: usize) -> Held {
        let Some(team) = at.team else { return Held::Until(0, Cause::Order) };
        let window = week..week + (at.end - at.start);
        let on = |(other, placed): (usize, &Option<Placement>)| {
            let placed = (*placed)?;
            let meets = placed.team == Some(team) && placed.start < window.end && placed.end > window.start;
            (other != work && meets).then_some((placed.end, other))
        };
        let busy = self.schedule.placements.iter().enumerate().filter_map(on).filter(|(end, _)| *end <= at.start).max();
        if let Some((_, other)) = busy {
            return Held::By(other, Cause::Team { team });
        }
        let available = self.problem.teams[team].available.words();
        match last_missing(available, window.start, window.end) {
            Some(_) => Held::Until(week, Cause::Away { team }),
            None => Held::Until(week, Cause::Order),
        }
    }

    fn crew_held(&self, work: usize, crews: &[(usize, u32)], week: usize, end: usize, start: usize) -> Held {
        let users = |crew: usize, week: usize| {
            self.schedule.placements.iter().enumerate().filter_map(move |(other, placed)| {
                let placed = (*placed)?;
                let Means::Building { crews, .. } = &self.problem.works[other].means else { return None };
                let n: u32 = crews.iter().filter(|(used, _)| *used == crew).map(|(_, n)| n).sum();
                (other != work && n > 0 && placed.start <= week && week < placed.end).then_some((placed.end, other, n))
            })
        };
        for week in (week..end.min(start)).rev() {
            for &(crew, n) in crews {
                let used: u32 = users(crew, week).map(|(.., n)| n).sum();
                if used + n > self.problem.crews[crew].capacity {
                    let last = users(crew, week).filter(|(end, ..)| *end <= start).max();
                    if let Some((_, other, _)) = last {
                        return Held::By(other, Cause::Crew { crew });
                    }
                }
            }
        }
        Held::Until(week, Cause::Order)
    }

    /// The year in which the money for `work` came, if it could not be spent in `week`.
    fn unaffordable(&self, work: usize, at: Placement, week: usize) -> Option<usize> {
        let cost = self.schedule.cost(work, &self.problem.works[work]).unwrap_or(0);
        if self.money.is_empty() || cost == 0 {
            return None;
        }
        let (year, own) = (self.problem.year(week), self.problem.year(at.start));
        // From its own year on the money is spent already.
        let short = (year..own).any(|year| self.money[year].0 + cost > self.money[year].1);
        short.then_some(own + 1)
    }
}

enum Held {
    /// Another work, which ended when this one began.
    By(usize, Cause),
    /// From this week on.
    Until(usize, Cause),
}

impl Step {
    /// One line for people.
    pub fn words(&self, problem: &Valid) -> String {
        let weeks = match self.to - self.from {
            1 => "1 week".to_owned(),
            n => format!("{n} weeks"),
        };
        let work = self.work.map_or("the return", |work| problem.works[work].id.as_str());
        match &self.cause {
            Cause::Work => format!("{work} takes {weeks}"),
            Cause::Season => {
                let season = self.work.map_or("", |work| problem.seasons[problem.works[work].season].name.as_str());
                format!("{work} waits {weeks}: {season} is closed, or would close too soon")
            }
            Cause::Team { team } => format!("{} is busy on {work} for {weeks}", problem.teams[*team].name),
            Cause::Away { team } => format!("{work} waits {weeks}: {} is not at work", problem.teams[*team].name),
            Cause::Crew { crew } => format!("crews of {} are busy on {work} for {weeks}", problem.crews[*crew].name),
            Cause::Budget { year } => format!("{work} waits {weeks} for the budget of year {year}"),
            Cause::Phase { phase } => format!("{work} waits {weeks} for phase {}", problem.phases[*phase].name),
            Cause::Order => format!("{work} waits {weeks} by the order of the plan"),
        }
    }
}

impl WeeksByCause {
    /// The weeks of one chain. Closed weeks inside a work's time count as season.
    pub fn of(problem: &Valid, steps: &[Step]) -> Self {
        let mut sum = Self::default();
        for step in steps {
            let weeks = step.to - step.from;
            let rests = matches!(step.cause, Cause::Work | Cause::Crew { .. });
            let closed = step.work.filter(|_| rests).map_or(0, |work| {
                let season = &problem.seasons[problem.works[work].season];
                (step.from..step.to).filter(|&week| !season.open.contains(week)).count()
            });
            sum.season += closed;
            *sum.of_cause(&step.cause) += weeks - closed;
        }
        sum
    }

    fn of_cause(&mut self, cause: &Cause) -> &mut usize {
        match cause {
            Cause::Work => &mut self.work,
            Cause::Season => &mut self.season,
            Cause::Team { .. } | Cause::Away { .. } => &mut self.team,
            Cause::Crew { .. } => &mut self.crew,
            Cause::Budget { .. } => &mut self.budget,
            Cause::Phase { .. } => &mut self.phase,
            Cause::Order => &mut self.order,
        }
    }

    /// All together.
    pub fn total(&self) -> usize {
        let Self { work, season, team, crew, budget, phase, order } = self;
        work + season + team + crew + budget + phase + order
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::scene::check as scene;

    fn check(text: &str, expected: Expect) {
        let problem = scene(text).valid();
        let schedule = crate::first(&problem).schedule;
        let because = Because::new(&problem, &schedule);
        let mut said = String::new();
        for place in &problem.settlements {
            let steps = because.returns(place);
            let on = schedule.returns(&problem, place).expect("every scene here has dates");
            said += &format!("{} returns in week {on}\n", place.id);
            for step in &steps {
                said += &format!("  {}-{} {}\n", step.from, step.to, step.words(&problem));
            }
            let whole =
                steps.first().map_or(problem.now, |step| step.from)..steps.last().map_or(problem.now, |step| step.to);
            assert_eq!((whole.start, whole.end), (problem.now, on));
            assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from));
            assert_eq!(WeeksByCause::of(&problem, &steps).total(), on - problem.now);
        }
        expected.assert_eq(&said);
    }

    #[test]
    fn the_chain_names_gates_teams_seasons_crews_and_money() {
        check(
            "
            season valley ....oooooooooooo....oooooooooooo....oooooooooooo............................................oooooooo....
            team   dogs
            crew   masons 1
            budget 15 20
            lot    near valley dogs 8 1
            lot    far valley dogs 6 1
            build  road valley 3 masons 1 cost 5 after near
            build  house valley 3 masons 1 cost 5 after far
            build  school valley 2 cost 9 after house
            home   first 90 needs road
            home   second 9 needs house
            home   third 1 needs school
            ",
            expect![[r#"
                first returns in week 15
                  0-4 near waits 4 weeks: valley is closed, or would close too soon
                  4-12 near takes 8 weeks
                  12-15 road takes 3 weeks
                second returns in week 29
                  0-4 near waits 4 weeks: valley is closed, or would close too soon
                  4-12 dogs is busy on near for 8 weeks
                  12-20 far waits 8 weeks: valley is closed, or would close too soon
                  20-26 far takes 6 weeks
                  26-29 house takes 3 weeks
                third returns in week 94
                  0-4 near waits 4 weeks: valley is closed, or would close too soon
                  4-12 dogs is busy on near for 8 weeks
                  12-20 far waits 8 weeks: valley is closed, or would close too soon
                  20-26 far takes 6 weeks
                  26-29 house takes 3 weeks
                  29-48 school waits 19 weeks for the budget of year 2
                  48-92 school waits 44 weeks: valley is closed, or would close too soon
                  92-94 school takes 2 weeks
            "#]],
        );
    }

    #[test]
    fn crews_and_phases_hold_too() {
        check(
            "
            season always oooooooooooooooooooo
            phase  later 15 20
            crew   masons 2
            build  a always 4 masons 2 cost 0
            build  b always 3 masons 1 cost 0
            build  c always 3 masons 2 cost 0
            home   x 100 needs a
            home   y 50 needs b
            home   z 10 needs c
            home   w 10 phase later needs c
            ",
            expect![[r#"
                x returns in week 4
                  0-4 a takes 4 weeks
                y returns in week 7
                  0-4 crews of masons are busy on a for 4 weeks
                  4-7 b takes 3 weeks
                z returns in week 10
                  0-4 crews of masons are busy on a for 4 weeks
                  4-7 crews of masons are busy on b for 3 weeks
                  7-10 c takes 3 weeks
                w returns in week 15
                  0-15 the return waits 15 weeks for phase later
            "#]],
        );
    }
}
