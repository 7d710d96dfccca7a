//! What has to be planned: works, who can do them, when the ground is open, what money there is, who waits to return.
//!
//! Time is counted in weeks from 0. A week's number stands for its beginning as a start and for its end, exclusive, as an end:
//! a work of 3 weeks that starts in week 5 ends at 8, and what waits for it may start in week 8.
//!
//! Indices point into the lists of the [`Problem`]. Anything that cannot be planned by nature (a cycle, an unknown team) is a
//! [`Fault`]; what merely finds no room is left out of the schedule with a reason.

use std::collections::HashSet;

use crate::weeks::Weeks;

/// Weeks in one year of the budget.
pub const WEEKS_A_YEAR: usize = 52;

/// The longest horizon, about 78 years.
pub const MOST_WEEKS: usize = 4096;

// The largest numbers; together they keep every sum within 63 bits.
const MOST_WORKS: usize = 10_000;
const MOST_WEIGHT: i64 = 10_000;
const MOST_HOUSEHOLDS: i64 = 10_000_000;
const MOST_PRIORITY: i64 = 1_000_000;
const MOST_MONEY: i64 = 10_000_000_000;

/// When the ground of an altitude band can be worked.
#[derive(Clone, Debug)]
pub struct Season {
    /// For people: `1,500–2,200 m`.
    pub name: String,
    /// The open weeks.
    pub open: Weeks,
}

/// A clearance team: one lot at a time.
#[derive(Clone, Debug)]
pub struct Team {
    /// For people.
    pub name: String,
    /// The weeks in which it works: accreditation, leave, other tasking taken out.
    pub available: Weeks,
}

/// A trade of builders, counted in crews.
#[derive(Clone, Debug)]
pub struct Crew {
    /// For people.
    pub name: String,
    /// How many crews of it there are.
    pub capacity: u32,
}

/// A team that could clear a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Index into [`Problem::teams`].
    pub team: usize,
    /// Weeks of work, mobilisation included; at least 1.
    pub weeks: usize,
    /// Cost in the budget's unit.
    pub cost: i64,
}

/// How a work is done.
#[derive(Clone, Debug)]
pub enum Means {
    /// A lot of hazardous ground. One team, without a break, inside one open season.
    Clearance {
        /// Who could do it.
        offers: Vec<Offer>,
    },
    /// A road, a house, a school. It rests in closed weeks and keeps its crews until it ends.
    Building {
        /// Open weeks of work; at least 1.
        weeks: usize,
        /// Index into [`Problem::crews`] and how many of them, from start to end.
        crews: Vec<(usize, u32)>,
        /// Cost in the budget's unit.
        cost: i64,
    },
}

/// A lot to clear or a project to build.
#[derive(Clone, Debug)]
pub struct Work {
    /// Unique.
    pub id: String,
    /// What it is about: the hazard of a lot, the project itself. Lots of one hazard share it.
    pub subject: String,
    /// Index into [`Problem::seasons`].
    pub season: usize,
    /// Hard gates: works that must have ended before this one starts.
    pub after: Vec<usize>,
    /// Points for each week until it ends, before [`Weights::priority`].
    pub priority: i64,
    /// Who does it.
    pub means: Means,
}

/// A span of the programme; returns of a phase do not begin before it.
#[derive(Clone, Debug)]
pub struct Phase {
    /// For people.
    pub name: String,
    /// Its first week.
    pub from: usize,
    /// The week after its last.
    pub to: usize,
}

/// Households that wait to return to one place together.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Unique.
    pub id: String,
    /// How many wait.
    pub households: i64,
    /// The promised week, as an end.
    pub deadline: Option<usize>,
    /// Works that must have ended before they return.
    pub needs: Vec<usize>,
    /// Index into [`Problem::phases`].
    pub phase: Option<usize>,
}

/// What a week and a unit of money are worth, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// A household waiting one week.
    pub waiting: i64,
    /// A household waiting one week beyond its deadline, on top.
    pub lateness: i64,
    /// A work of priority 1 ending one week later.
    pub priority: i64,
    /// One unit of money.
    pub cost: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { waiting: 10, lateness: 20, priority: 10, cost: 1 }
    }
}

/// Where a work stands in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// First week.
    pub start: usize,
    /// The week after its last.
    pub end: usize,
    /// The team of a lot.
    pub team: Option<usize>,
}

/// A district to plan, as it came. [`Problem::validate`] makes it plannable.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The horizon.
    pub n_weeks: usize,
    /// Nothing starts before this week, except what is frozen.
    pub now: usize,
    /// Altitude bands.
    pub seasons: Vec<Season>,
    /// Clearance teams.
    pub teams: Vec<Team>,
    /// Builders.
    pub crews: Vec<Crew>,
    /// Money added in each year of [`WEEKS_A_YEAR`] weeks; what is left carries over. The whole cost of a work is due in the
    /// year it starts. Weeks beyond the list belong to its last year. An empty list means money is no object.
    pub budget: Vec<i64>,
    /// Lots and projects.
    pub works: Vec<Work>,
    /// Spans of the programme.
    pub phases: Vec<Phase>,
    /// Who waits.
    pub settlements: Vec<Settlement>,
    /// What counts.
    pub weights: Weights,
    /// Works that stay where they are: begun, or too near to move. Index into [`Problem::works`].
    pub frozen: Vec<(usize, Placement)>,
}

/// Why a problem cannot be planned, in the order of checking.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A horizon of no weeks or of too many, or one that has passed.
    #[error(
        "the horizon is {n_weeks} weeks and now is week {now}. hint: between 1 and {MOST_WEEKS} weeks, and now among them"
    )]
    Horizon {
        /// As given.
        n_weeks: usize,
        /// As given.
        now: usize,
    },
    /// More than one plan can hold.
    #[error("there are {n} {what}. hint: at most {MOST_WORKS}; plan districts one by one")]
    TooMany {
        /// Works or settlements.
        what: &'static str,
        /// How many.
        n: usize,
    },
    /// A calendar for another horizon.
    #[error("the calendar of {of} covers {weeks} weeks, the plan {n_weeks}")]
    Calendar {
        /// The season or team.
        of: String,
        /// What it covers.
        weeks: usize,
        /// What the plan covers.
        n_weeks: usize,
    },
    /// A team that never works.
    #[error(
        "team {team} has no calendar: it is available in no week. hint: give its working weeks, or leave the team out"
    )]
    TeamWithoutCalendar {
        /// Its name.
        team: String,
    },
    /// Less than no money.
    #[error("the budget of year {year} is {amount}. hint: a budget is zero or more")]
    NegativeBudget {
        /// Counted from 1.
        year: usize,
        /// As given.
        amount: i64,
    },
    /// Two phases at one time.
    #[error("phases {first} and {second} overlap. hint: a phase begins when the one before it has ended")]
    OverlappingPhases {
        /// The earlier.
        first: String,
        /// The later.
        second: String,
    },
    /// A phase that ends before it begins.
    #[error("phase {phase} has no week: it runs from {from} to {to}")]
    EmptyPhase {
        /// Its name.
        phase: String,
        /// As given.
        from: usize,
        /// As given.
        to: usize,
    },
    /// Two works or two settlements of one id.
    #[error("{id} is there twice")]
    Twice {
        /// The id.
        id: String,
    },
    /// A work that names one team or one trade twice.
    #[error("{work} names {what} number {index} twice. hint: one offer a team, one number a crew")]
    Repeated {
        /// Its id.
        work: String,
        /// `team` or `crew`.
        what: &'static str,
        /// The index.
        index: usize,
    },
    /// Something refers to what is not there.
    #[error("{of} names {what} number {index}, and there is none")]
    Unknown {
        /// Who refers.
        of: String,
        /// To what kind of thing.
        what: &'static str,
        /// The index.
        index: usize,
    },
    /// A work of no weeks, or of more than any plan has.
    #[error("{work} takes {weeks} weeks. hint: between 1 and {MOST_WEEKS}; leave out what is done")]
    Duration {
        /// Its id.
        work: String,
        /// As given.
        weeks: usize,
    },
    /// A negative number, or one that would break the sums.
    #[error("{what} of {of} is {value}. hint: it must be between 0 and {most}")]
    OutOfRange {
        /// The place.
        of: String,
        /// The quantity.
        what: &'static str,
        /// As given.
        value: i64,
        /// The most that is taken.
        most: i64,
    },
    /// A frozen placement that no week of the plan holds.
    #[error("{work} is frozen from week {from} to {to}, in a plan of {n_weeks} weeks")]
    Frozen {
        /// Its id.
        work: String,
        /// First week.
        from: usize,
        /// The week after its last.
        to: usize,
        /// What the plan covers.
        n_weeks: usize,
    },
    /// Works that wait for each other.
    #[error("{} in a circle. hint: a work starts when all it waits for has ended", waits(works))]
    Cycle {
        /// Each waits for the next, the last for the first.
        works: Vec<String>,
    },
}

fn waits(works: &[String]) -> String {
    let next = works.iter().cycle().skip(1);
    works.iter().zip(next).map(|(work, next)| format!("{work} waits for {next}")).collect::<Vec<_>>().join(", ")
}

/// A problem without faults. Only [`Problem::validate`] makes one.
#[derive(Clone, Debug)]
pub struct Valid {
    problem: Problem,
    /// Every work after those it waits for.
    order: Vec<usize>,
}

impl std::ops::Deref for Valid {
    type Target = Problem;

    fn deref(&self) -> &Problem {
        &self.problem
    }
}

impl Valid {
    /// Every work after those it waits for.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The problem, to be changed and validated again.
    pub fn into_inner(self) -> Problem {
        self.problem
    }
}

impl Problem {
    /// All faults, in the order of [`Fault`], or the problem ready to be planned.
    pub fn validate(self) -> Result<Valid, Vec<Fault>> {
        if !(1..=MOST_WEEKS).contains(&self.n_weeks) || self.now > self.n_weeks {
            return Err(vec![Fault::Horizon { n_weeks: self.n_weeks, now: self.now }]);
        }
        let mut faults = Vec::new();
        let sizes = [("works", self.works.len()), ("settlements", self.settlements.len())];
        faults.extend(sizes.into_iter().filter(|&(_, n)| n > MOST_WORKS).map(|(what, n)| Fault::TooMany { what, n }));
        self.calendars(&mut faults);
        self.money(&mut faults);
        self.spans(&mut faults);
        self.ids(&mut faults);
        self.references(&mut faults);
        self.numbers(&mut faults);
        self.freezes(&mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        match self.sorted() {
            Ok(order) => Ok(Valid { problem: self, order }),
            Err(cycle) => Err(vec![cycle]),
        }
    }

    fn calendars(&self, faults: &mut Vec<Fault>) {
        let seasons = self.seasons.iter().map(|season| (&season.name, &season.open));
        let teams = self.teams.iter().map(|team| (&team.name, &team.available));
        for (of, weeks) in seasons.chain(teams) {
            if weeks.n_weeks() != self.n_weeks {
                faults.push(Fault::Calendar { of: of.clone(), weeks: weeks.n_weeks(), n_weeks: self.n_weeks });
            }
        }
        for team in self.teams.iter().filter(|team| team.available.is_empty()) {
            faults.push(Fault::TeamWithoutCalendar { team: team.name.clone() });
        }
    }

    fn money(&self, faults: &mut Vec<Fault>) {
        for (year, &amount) in self.budget.iter().enumerate() {
            if amount < 0 {
                faults.push(Fault::NegativeBudget { year: year + 1, amount });
            } else if amount > MOST_MONEY {
                let of = format!("year {}", year + 1);
                faults.push(Fault::OutOfRange { of, what: "budget", value: amount, most: MOST_MONEY });
            }
        }
    }

    fn spans(&self, faults: &mut Vec<Fault>) {
        for phase in self.phases.iter().filter(|phase| phase.from >= phase.to) {
            faults.push(Fault::EmptyPhase { phase: phase.name.clone(), from: phase.from, to: phase.to });
        }
        let mut phases: Vec<&Phase> = self.phases.iter().collect();
        phases.sort_by_key(|phase| (phase.from, phase.to));
        for pair in phases.windows(2).filter(|pair| pair[1].from < pair[0].to) {
            faults.push(Fault::OverlappingPhases { first: pair[0].name.clone(), second: pair[1].name.clone() });
        }
    }

    fn ids(&self, faults: &mut Vec<Fault>) {
        let (mut works, mut settlements) = (HashSet::new(), HashSet::new());
        let works = self.works.iter().filter(|work| !works.insert(&work.id)).map(|work| &work.id);
        let settlements = self.settlements.iter().filter(|place| !settlements.insert(&place.id)).map(|place| &place.id);
        faults.extend(works.chain(settlements).map(|id| Fault::Twice { id: id.clone() }));
        for work in &self.works {
            let (what, named): (_, Vec<usize>) = match &work.means {
                Means::Clearance { offers } => ("team", offers.iter().map(|offer| offer.team).collect()),
                Means::Building { crews, .. } => ("crew", crews.iter().map(|&(crew, _)| crew).collect()),
            };
            let mut seen = HashSet::new();
            let again = named.into_iter().filter(|index| !seen.insert(*index));
            faults.extend(again.map(|index| Fault::Repeated { work: work.id.clone(), what, index }));
        }
    }

    fn references(&self, faults: &mut Vec<Fault>) {
        let mut known = |of: &str, what, index: usize, n: usize| {
            if index >= n {
                faults.push(Fault::Unknown { of: of.to_owned(), what, index });
            }
        };
        for work in &self.works {
            known(&work.id, "season", work.season, self.seasons.len());
            work.after.iter().for_each(|&other| known(&work.id, "work", other, self.works.len()));
            match &work.means {
                Means::Clearance { offers } => {
                    offers.iter().for_each(|offer| known(&work.id, "team", offer.team, self.teams.len()));
                }
                Means::Building { crews, .. } => {
                    crews.iter().for_each(|&(crew, _)| known(&work.id, "crew", crew, self.crews.len()));
                }
            }
        }
        for place in &self.settlements {
            place.needs.iter().for_each(|&work| known(&place.id, "work", work, self.works.len()));
            place.phase.iter().for_each(|&phase| known(&place.id, "phase", phase, self.phases.len()));
        }
        for (work, placement) in &self.frozen {
            known("a frozen placement", "work", *work, self.works.len());
            placement.team.iter().for_each(|&team| known("a frozen placement", "team", team, self.teams.len()));
        }
    }

    fn numbers(&self, faults: &mut Vec<Fault>) {
        let mut within = |of: &str, what, value: i64, most: i64| {
            if !(0..=most).contains(&value) {
                faults.push(Fault::OutOfRange { of: of.to_owned(), what, value, most });
            }
        };
        for (what, value) in [
            ("waiting", self.weights.waiting),
            ("lateness", self.weights.lateness),
            ("priority", self.weights.priority),
            ("cost", self.weights.cost),
        ] {
            within("the weights", what, value, MOST_WEIGHT);
        }
        for place in &self.settlements {
            within(&place.id, "households", place.households, MOST_HOUSEHOLDS);
        }
        for work in &self.works {
            within(&work.id, "priority", work.priority, MOST_PRIORITY);
            match &work.means {
                Means::Clearance { offers } => {
                    offers.iter().for_each(|offer| within(&work.id, "cost", offer.cost, MOST_MONEY));
                }
                Means::Building { cost, .. } => within(&work.id, "cost", *cost, MOST_MONEY),
            }
        }
        for work in &self.works {
            let weeks = match &work.means {
                Means::Clearance { offers } => offers.iter().map(|offer| offer.weeks).collect(),
                Means::Building { weeks, .. } => vec![*weeks],
            };
            let odd = weeks.into_iter().find(|weeks| !(1..=MOST_WEEKS).contains(weeks));
            faults.extend(odd.map(|weeks| Fault::Duration { work: work.id.clone(), weeks }));
        }
    }

    /// Frozen placements lie in the plan; whether they keep gates and calendars is for [`crate::check`] to say.
    fn freezes(&self, faults: &mut Vec<Fault>) {
        let mut seen = HashSet::new();
        for (work, placement) in self.frozen.iter().filter(|(work, _)| *work < self.works.len()) {
            let id = &self.works[*work].id;
            if !seen.insert(work) {
                faults.push(Fault::Twice { id: id.clone() });
            }
            if placement.start >= placement.end || placement.end > self.n_weeks {
                let (from, to) = (placement.start, placement.end);
                faults.push(Fault::Frozen { work: id.clone(), from, to, n_weeks: self.n_weeks });
            }
        }
    }

    /// Kahn's order; what is left over holds a cycle, which is then walked to name it.
    fn sorted(&self) -> Result<Vec<usize>, Fault> {
        let mut waiting: Vec<usize> = self.works.iter().map(|work| work.after.len()).collect();
        let mut followers = vec![Vec::new(); self.works.len()];
        for (work, of) in self.works.iter().enumerate() {
            of.after.iter().for_each(|&before| followers[before].push(work));
        }
        let mut order: Vec<usize> = (0..self.works.len()).filter(|&work| waiting[work] == 0).collect();
        let mut at = 0;
        while at < order.len() {
            for &next in &followers[order[at]] {
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    order.push(next);
                }
            }
            at += 1;
        }
        let Some(stuck) = waiting.iter().position(|&n| n > 0) else { return Ok(order) };
        let mut path = vec![stuck];
        loop {
            let last = path[path.len() - 1];
            // Kahn left it over, so something it waits for was left over too.
            let before = self.works[last].after.iter().copied().find(|&before| waiting[before] > 0);
            let before = before.expect("a work left over waits for one left over");
            if let Some(at) = path.iter().position(|&seen| seen == before) {
                let works = path[at..].iter().map(|&work| self.works[work].id.clone()).collect();
                return Err(Fault::Cycle { works });
            }
            path.push(before);
        }
    }

    /// The year of the budget that `week` belongs to; 0 without a budget.
    pub fn year(&self, week: usize) -> usize {
        (week / WEEKS_A_YEAR).min(self.budget.len().saturating_sub(1))
    }

    /// The earliest week, as an end, at which `settlement` may return by its phase.
    pub fn opens(&self, settlement: &Settlement) -> usize {
        settlement.phase.map_or(self.now, |phase| self.phases[phase].from.max(self.now))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::scene::check as scene;

    fn check(text: &str, change: impl FnOnce(&mut Problem), expected: Expect) {
        let mut problem = scene(text).problem;
        change(&mut problem);
        let faults = problem.validate().expect_err("the scene has faults");
        expected.assert_eq(&faults.iter().map(|fault| format!("{fault}\n")).collect::<String>());
    }

    #[test]
    fn works_that_wait_for_each_other_are_named() {
        check(
            "
            season always oooo
            build  start always 1 cost 0
            build  road always 1 cost 0 after start bridge
            build  bridge always 1 cost 0 after quarry
            build  quarry always 1 cost 0 after road
            build  house always 1 cost 0 after road
            ",
            |_| {},
            expect![[r#"
                road waits for bridge, bridge waits for quarry, quarry waits for road in a circle. hint: a work starts when all it waits for has ended
            "#]],
        );
        check(
            "season always oooo\n build road always 1 cost 0 after road",
            |_| {},
            expect![[r#"
                road waits for road in a circle. hint: a work starts when all it waits for has ended
            "#]],
        );
    }

    #[test]
    fn every_fault_is_told_at_once() {
        check(
            "
            season always oooo
            season other  oooooo
            team   dogs
            team   ghosts ....
            budget 10 -4
            phase  restore 0 5
            phase  keep 3 9
            phase  later 12 12
            lot    A always dogs 0 -3
            lot    A always dogs 9999 1 | dogs 3 1 worth -1
            home   village -3 needs A
            home   village 3 needs A
            ",
            |problem| {
                problem.works[0].after = vec![7];
                problem.settlements[0].phase = Some(5);
                problem.weights.cost = 1 << 40;
                problem.frozen = vec![(0, Placement { start: 3, end: 3, team: Some(9) })];
            },
            expect![[r#"
                team ghosts has no calendar: it is available in no week. hint: give its working weeks, or leave the team out
                the budget of year 2 is -4. hint: a budget is zero or more
                phase later has no week: it runs from 12 to 12
                phases restore and keep overlap. hint: a phase begins when the one before it has ended
                A is there twice
                village is there twice
                A names team number 0 twice. hint: one offer a team, one number a crew
                A names work number 7, and there is none
                village names phase number 5, and there is none
                a frozen placement names team number 9, and there is none
                cost of the weights is 1099511627776. hint: it must be between 0 and 10000
                households of village is -3. hint: it must be between 0 and 10000000
                cost of A is -3. hint: it must be between 0 and 10000000000
                priority of A is -1. hint: it must be between 0 and 1000000
                A takes 0 weeks. hint: between 1 and 4096; leave out what is done
                A takes 9999 weeks. hint: between 1 and 4096; leave out what is done
                A is frozen from week 3 to 3, in a plan of 4 weeks
            "#]],
        );
        check(
            "season always oooo",
            |problem| problem.now = 9,
            expect![[r#"
            the horizon is 4 weeks and now is week 9. hint: between 1 and 4096 weeks, and now among them
        "#]],
        );
    }
}
