//! From an order of what matters to a schedule.
//!
//! *Items* are settlements, and works that no settlement needs or that have a value of their own. They are taken in the given
//! order; each pulls the works it still waits for, those with the longest tail first, and each of these goes to its earliest
//! place. Gates, calendars, teams, crews and money are never broken; a work without room is left out, and so is what waits for it.
//!
//! Weeks are bits, so that a place is found by looking at words of 64 weeks. A [`State`] is a few kilobytes: the search keeps
//! one for every few items and decodes anew only what a change touches.

use crate::bound::bound;
use crate::problem::{Means, Placement, Valid};
use crate::schedule::{Schedule, cheapest, dearest, household_points};
use crate::season::{Calendar, calendars};
use crate::weeks::{clear, last_missing, n_words, next_common};

/// No place found: later than any week.
const NEVER: u16 = u16::MAX;
/// Not decoded yet.
const OPEN: u16 = 0;

/// What a lot's team is chosen by: points for a week of delay beside the cost of the team, by the item's *haste*.
const HASTE: [i64; 8] = [1, 3, 6, 12, 25, 60, 200, 100_000];
pub(crate) const N_HASTE: usize = HASTE.len();
/// Where a search begins.
pub(crate) const SOME_HASTE: u8 = 4;

/// An order of items, each with its haste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    pub(crate) items: Vec<u32>,
    /// By item: index into [`HASTE`].
    pub(crate) haste: Vec<u8>,
}

/// A settlement, or a work with a value of its own.
pub(crate) struct Item {
    settlement: Option<usize>,
    /// What must end for it, longest tail first; every work after those it waits for.
    works: Vec<u32>,
    /// Its earliest week by the bound.
    pub(crate) earliest: usize,
    /// Points for a week.
    pub(crate) weight: i64,
    pub(crate) deadline: usize,
    /// Weeks of work behind it.
    pub(crate) load: usize,
}

struct Offered {
    team: usize,
    weeks: usize,
    cost: i64,
}

enum Way {
    Lot(Vec<Offered>),
    Building { weeks: usize, cost: i64, crews: Vec<CrewNeed> },
}

struct CrewNeed {
    crew: usize,
    n: u16,
    /// Index into the levels of the state.
    level: usize,
}

/// One bit set: the weeks in which a crew still has `n` free.
struct Level {
    crew: usize,
    n: u16,
}

struct Job {
    season: usize,
    after: Vec<u32>,
    /// Points for a week.
    weight: i64,
    /// What the bound assumes: end and cost.
    bound_end: i64,
    bound_cost: i64,
    dearest: i64,
    way: Way,
    /// The placement to keep if it can be kept, and what leaving it costs.
    keep: Option<Placement>,
}

/// A problem made ready for decoding.
pub(crate) struct Decoder<'p> {
    problem: &'p Valid,
    calendars: Vec<Calendar<'p>>,
    words: usize,
    jobs: Vec<Job>,
    levels: Vec<Level>,
    capacity: Vec<u16>,
    pub(crate) items: Vec<Item>,
    /// Points that no schedule goes below.
    pub(crate) bound: i64,
    stability: i64,
    first: State,
}

/// Everything that decides where the next work goes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// By year: what can still be spent in it without breaking it or a later year.
    left: Vec<i64>,
    /// By work: [`OPEN`], [`NEVER`] or its end.
    ends: Vec<u16>,
    /// By team: free weeks.
    free: Vec<u64>,
    /// By level: weeks with that many crews free.
    has: Vec<u64>,
    /// By crew and week.
    used: Vec<u16>,
    /// Points above the bound so far.
    pub(crate) above: i64,
}

impl State {
    fn copy_from(&mut self, other: &Self) {
        self.left.copy_from_slice(&other.left);
        self.ends.copy_from_slice(&other.ends);
        self.free.copy_from_slice(&other.free);
        self.has.copy_from_slice(&other.has);
        self.used.copy_from_slice(&other.used);
        self.above = other.above;
    }

    /// Whether everything decoded from here on goes to the same places.
    pub(crate) fn same_places(&self, other: &Self) -> bool {
        self.ends == other.ends && self.left == other.left && self.free == other.free && self.used == other.used
    }
}

/// Starts and teams of what was decoded last; never read while searching.
pub(crate) type Places = Vec<Option<Placement>>;

impl<'p> Decoder<'p> {
    /// `keep` holds a previous schedule and the points that each departure from it costs.
    pub(crate) fn new(problem: &'p Valid, keep: Option<(&Schedule, i64)>) -> Self {
        let bound = bound(problem);
        let words = n_words(problem.n_weeks);
        let mut levels = Vec::new();
        let mut jobs = Vec::with_capacity(problem.works.len());
        for (work_idx, work) in problem.works.iter().enumerate() {
            let way = match &work.means {
                Means::Clearance { offers } => {
                    let mut offers: Vec<Offered> = offers
                        .iter()
                        .map(|offer| Offered { team: offer.team, weeks: offer.weeks, cost: offer.cost })
                        .collect();
                    offers.sort_by_key(|offer| (offer.weeks, offer.cost, offer.team));
                    Way::Lot(offers)
                }
                Means::Building { weeks, crews, cost } => {
                    let crews = crews.iter().filter(|(_, n)| *n > 0).map(|&(crew, n)| {
                        let n = u16::try_from(n).unwrap_or(u16::MAX);
                        CrewNeed { crew, n, level: level(&mut levels, crew, n) }
                    });
                    Way::Building { weeks: *weeks, cost: *cost, crews: crews.collect() }
                }
            };
            jobs.push(Job {
                season: work.season,
                after: work.after.iter().map(|&before| before as u32).collect(),
                weight: problem.weights.priority * work.priority,
                bound_end: bound.ends[work_idx] as i64,
                bound_cost: problem.weights.cost * cheapest(work),
                dearest: problem.weights.cost * dearest(work),
                way,
                keep: keep.and_then(|(schedule, _)| schedule.placements.get(work_idx).copied().flatten()),
            });
        }
        let capacity: Vec<u16> =
            problem.crews.iter().map(|crew| u16::try_from(crew.capacity).unwrap_or(u16::MAX - 1)).collect();
        let mut has = Vec::with_capacity(levels.len() * words);
        for level in &levels {
            let enough = level.n <= capacity[level.crew];
            has.extend((0..words).map(|_| if enough { !0_u64 } else { 0 }));
        }
        let first = State {
            left: left(problem),
            ends: vec![OPEN; jobs.len()],
            free: problem.teams.iter().flat_map(|team| team.available.words().iter().copied()).collect(),
            has,
            used: vec![0; problem.crews.len() * problem.n_weeks],
            above: 0,
        };
        let mut decoder = Self {
            problem,
            calendars: calendars(problem),
            words,
            jobs,
            levels,
            capacity,
            items: items(problem, &bound.ends),
            bound: bound.objective.total(),
            stability: keep.map_or(0, |(_, stability)| stability),
            first,
        };
        let mut first = decoder.first.clone();
        for (work, placement) in &problem.frozen {
            decoder.freeze(&mut first, *work, placement);
        }
        decoder.first = first;
        decoder
    }

    /// What an item is: a settlement, or a work, which ends last of all it waits for.
    pub(crate) fn name(&self, item: usize) -> (Option<&'p String>, Option<&'p String>) {
        let (problem, item) = (self.problem, &self.items[item]);
        match item.settlement {
            Some(settlement) => (Some(&problem.settlements[settlement].id), None),
            None => (None, item.works.last().map(|&work| &problem.works[work as usize].id)),
        }
    }

    pub(crate) fn first(&self) -> State {
        self.first.clone()
    }

    pub(crate) fn first_works(&self) -> usize {
        self.jobs.len()
    }

    pub(crate) fn reset(&self, state: &mut State, to: &State) {
        state.copy_from(to);
    }

    /// The whole schedule of a sequence and its points, with those for departures.
    pub(crate) fn decode(&self, sequence: &Sequence) -> (Schedule, i64) {
        let mut state = self.first();
        let mut places = vec![None; self.jobs.len()];
        for (work, placement) in &self.problem.frozen {
            places[*work] = Some(*placement);
        }
        for &item in &sequence.items {
            self.take(&mut state, item as usize, sequence.haste[item as usize], &mut places);
        }
        (Schedule { placements: places }, self.bound + state.above)
    }

    /// Decodes one item into `state`.
    pub(crate) fn take(&self, state: &mut State, item_idx: usize, haste: u8, places: &mut Places) {
        let item = &self.items[item_idx];
        let haste = HASTE[usize::from(haste)];
        for &work in &item.works {
            if state.ends[work as usize] == OPEN {
                self.place(state, work as usize, haste, places);
            }
        }
        if let Some(settlement) = item.settlement {
            let settlement = &self.problem.settlements[settlement];
            let horizon = self.problem.n_weeks;
            let mut on = self.problem.opens(settlement);
            for &work in &settlement.needs {
                let end = state.ends[work];
                on = on.max(if end == NEVER { horizon } else { usize::from(end) });
            }
            state.above += household_points(self.problem, settlement, on)
                - household_points(self.problem, settlement, item.earliest);
        }
    }

    fn place(&self, state: &mut State, work: usize, haste: i64, places: &mut Places) {
        let job = &self.jobs[work];
        let mut from = self.problem.now;
        for &before in &job.after {
            let end = state.ends[before as usize];
            if end == NEVER {
                return self.leave_out(state, work, places);
            }
            from = from.max(usize::from(end));
        }
        let placed = match &job.way {
            Way::Lot(offers) => self.place_lot(state, job, offers, from, haste),
            Way::Building { weeks, cost, crews } => self.place_building(state, job, *weeks, *cost, crews, from),
        };
        let Some((placement, cost)) = placed else { return self.leave_out(state, work, places) };
        state.ends[work] = placement.end as u16;
        state.above += job.weight * (placement.end as i64 - job.bound_end) + self.problem.weights.cost * cost
            - job.bound_cost
            + self.departure(job, &placement);
        places[work] = Some(placement);
    }

    fn departure(&self, job: &Job, placement: &Placement) -> i64 {
        match job.keep {
            Some(kept) if kept.start != placement.start || kept.team != placement.team => self.stability,
            _ => 0,
        }
    }

    fn leave_out(&self, state: &mut State, work: usize, places: &mut Places) {
        let job = &self.jobs[work];
        state.ends[work] = NEVER;
        state.above += job.weight * (self.problem.n_weeks as i64 - job.bound_end) + job.dearest - job.bound_cost;
        places[work] = None;
    }

    fn place_lot(
        &self,
        state: &mut State,
        job: &Job,
        offers: &[Offered],
        from: usize,
        haste: i64,
    ) -> Option<(Placement, i64)> {
        let calendar = &self.calendars[job.season];
        let mut best: Option<(i64, Placement, i64)> = None;
        for offer in offers {
            // No team of this offer can do better than to start at once.
            let hoped = haste * (from + offer.weeks) as i64 + offer.cost;
            if best.as_ref().is_some_and(|(points, ..)| hoped >= *points) {
                continue;
            }
            let Some(start) = self.lot_start(state, calendar, offer, from) else { continue };
            let placement = Placement { start, end: start + offer.weeks, team: Some(offer.team) };
            let points = haste * placement.end as i64 + offer.cost + self.departure(job, &placement);
            if best.as_ref().is_none_or(|(least, ..)| points < *least) {
                best = Some((points, placement, offer.cost));
            }
        }
        let (_, placement, cost) = best?;
        let team = placement.team.expect("a lot has a team");
        clear(&mut state.free[team * self.words..][..self.words], placement.start, placement.end);
        self.spend(state, placement.start, cost);
        Some((placement, cost))
    }

    fn lot_start(&self, state: &State, calendar: &Calendar<'_>, offer: &Offered, from: usize) -> Option<usize> {
        let free = &state.free[offer.team * self.words..][..self.words];
        let runs = calendar.run_words(offer.weeks);
        let mut start = from.max(self.affordable(state, offer.cost)?);
        loop {
            start = next_common(runs, free, start)?;
            match last_missing(free, start, start + offer.weeks) {
                None => return Some(start),
                Some(busy) => start = busy + 1,
            }
        }
    }

    fn place_building(
        &self,
        state: &mut State,
        job: &Job,
        weeks: usize,
        cost: i64,
        crews: &[CrewNeed],
        from: usize,
    ) -> Option<(Placement, i64)> {
        let calendar = &self.calendars[job.season];
        let open = calendar.open_words();
        let mut start = from.max(self.affordable(state, cost)?);
        let end = loop {
            start = next_common(open, open, start)?;
            let end = calendar.building_end(start, weeks)?;
            let short = crews
                .iter()
                .filter_map(|need| last_missing(&state.has[need.level * self.words..][..self.words], start, end))
                .max();
            match short {
                None => break end,
                Some(week) => start = week + 1,
            }
        };
        self.employ(state, crews, start, end);
        self.spend(state, start, cost);
        Some((Placement { start, end, team: None }, cost))
    }

    fn employ(&self, state: &mut State, crews: &[CrewNeed], start: usize, end: usize) {
        for need in crews {
            let capacity = self.capacity[need.crew];
            let used = &mut state.used[need.crew * self.problem.n_weeks..][start..end];
            let most = used.iter_mut().fold(0, |most, used| {
                *used = used.saturating_add(need.n);
                most.max(*used)
            });
            for (level_idx, level) in self.levels.iter().enumerate() {
                if level.crew != need.crew || most.saturating_add(level.n) <= capacity {
                    continue;
                }
                let has = &mut state.has[level_idx * self.words..][..self.words];
                for (week, used) in (start..end).zip(used.iter()) {
                    let short = used.saturating_add(level.n) > capacity;
                    has[week / 64] &= !(u64::from(short) << (week % 64));
                }
            }
        }
    }

    /// The first week from which `cost` can be spent.
    fn affordable(&self, state: &State, cost: i64) -> Option<usize> {
        // What costs nothing waits for no money, even where what has begun took more than there was.
        if self.problem.budget.is_empty() || cost == 0 {
            return Some(0);
        }
        let year = state.left.iter().position(|&left| left >= cost)?;
        Some(year * crate::problem::WEEKS_A_YEAR)
    }

    fn spend(&self, state: &mut State, week: usize, cost: i64) {
        if self.problem.budget.is_empty() {
            return;
        }
        // `left` never falls from year to year, so an earlier year keeps what this one leaves.
        let year = self.problem.year(week);
        state.left[year..].iter_mut().for_each(|left| *left -= cost);
        for earlier in (0..year).rev() {
            state.left[earlier] = state.left[earlier].min(state.left[earlier + 1]);
        }
    }

    fn freeze(&self, state: &mut State, work: usize, placement: &Placement) {
        let job = &self.jobs[work];
        let cost = match &job.way {
            Way::Lot(offers) => {
                if let Some(team) = placement.team {
                    clear(&mut state.free[team * self.words..][..self.words], placement.start, placement.end);
                }
                offers.iter().find(|offer| Some(offer.team) == placement.team).map_or(0, |offer| offer.cost)
            }
            Way::Building { crews, cost, .. } => {
                self.employ(state, crews, placement.start, placement.end);
                *cost
            }
        };
        self.spend(state, placement.start, cost);
        state.ends[work] = placement.end as u16;
        state.above += self.problem.weights.cost * cost - job.bound_cost + self.departure(job, placement);
    }
}

fn level(levels: &mut Vec<Level>, crew: usize, n: u16) -> usize {
    levels.iter().position(|level| level.crew == crew && level.n == n).unwrap_or_else(|| {
        levels.push(Level { crew, n });
        levels.len() - 1
    })
}

/// What can be spent in each year without breaking a later one: a cumulative budget falls nowhere, so simply its sums.
fn left(problem: &Valid) -> Vec<i64> {
    problem
        .budget
        .iter()
        .scan(0, |sum, amount| {
            *sum += amount;
            Some(*sum)
        })
        .collect()
}

fn items(problem: &Valid, ends: &[usize]) -> Vec<Item> {
    let weeks: Vec<usize> = problem
        .works
        .iter()
        .map(|work| match &work.means {
            Means::Clearance { offers } => offers.iter().map(|offer| offer.weeks).min().unwrap_or(1),
            Means::Building { weeks, .. } => *weeks,
        })
        .collect();
    let mut pulled = vec![false; problem.works.len()];
    let mut items = Vec::new();
    for (settlement_idx, settlement) in problem.settlements.iter().enumerate() {
        let works = ancestors(problem, &weeks, &settlement.needs);
        works.iter().for_each(|&work| pulled[work as usize] = true);
        items.push(Item {
            settlement: Some(settlement_idx),
            earliest: settlement.needs.iter().map(|&work| ends[work]).fold(problem.opens(settlement), usize::max),
            weight: settlement.households * problem.weights.waiting,
            deadline: settlement.deadline.unwrap_or(problem.n_weeks),
            load: works.iter().map(|&work| weeks[work as usize]).sum(),
            works,
        });
    }
    for (work_idx, work) in problem.works.iter().enumerate() {
        if work.priority > 0 || !pulled[work_idx] {
            let works = ancestors(problem, &weeks, &[work_idx]);
            items.push(Item {
                settlement: None,
                earliest: ends[work_idx],
                weight: work.priority * problem.weights.priority,
                deadline: problem.n_weeks,
                load: works.iter().map(|&work| weeks[work as usize]).sum(),
                works,
            });
        }
    }
    items
}

/// `needs` and all they wait for, those with the longest way to the end of it first.
fn ancestors(problem: &Valid, weeks: &[usize], needs: &[usize]) -> Vec<u32> {
    let mut tail = vec![0; problem.works.len()];
    for &need in needs {
        tail[need] = weeks[need];
    }
    for &work in problem.order().iter().rev() {
        if tail[work] > 0 {
            for &before in &problem.works[work].after {
                tail[before] = tail[before].max(tail[work] + weeks[before]);
            }
        }
    }
    let mut works: Vec<u32> = (0..problem.works.len() as u32).filter(|&work| tail[work as usize] > 0).collect();
    works.sort_by_key(|&work| (std::cmp::Reverse(tail[work as usize]), work));
    works
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::scene::{check as scene, drawn};

    fn check(text: &str, expected: Expect) {
        let problem = scene(text).valid();
        let schedule = crate::first(&problem).schedule;
        assert_eq!(crate::check(&problem, &schedule), []);
        let reasons = crate::unscheduled(&problem, &schedule);
        let reasons: String =
            reasons.into_iter().map(|(work, why)| format!("{}: {why}\n", problem.works[work].id)).collect();
        expected.assert_eq(&(drawn(&problem, &schedule) + &reasons));
    }

    #[test]
    fn a_lot_waits_for_a_season_long_enough_and_a_building_rests_in_it() {
        check(
            "
            season pass ...oooo....oooooooo....
            team   dogs
            crew   masons 1
            lot    short pass dogs 4 1
            lot    long pass dogs 5 1
            build  house pass 7 masons 1 cost 1 after short
            home   village 3 needs house long
            ",
            expect![[r#"
                short 3-7 dogs
                long 11-16 dogs
                house 11-18
                village returns 18
            "#]],
        );
    }

    #[test]
    fn crews_and_money_are_shared() {
        check(
            "
            season always oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo
            crew   masons 2
            budget 10 10
            build  first always 5 masons 2 cost 6
            build  second always 5 masons 1 cost 6
            build  third always 5 masons 1 cost 4
            home   a 9 needs first
            home   b 5 needs second
            home   c 1 needs third
            ",
            expect![[r#"
                first 0-5
                second 52-57
                third 5-10
                a returns 5
                b returns 57
                c returns 10
            "#]],
        );
    }

    #[test]
    fn what_finds_no_place_is_left_out_with_a_reason_and_so_is_what_waits_for_it() {
        check(
            "
            season pass ....oooo....
            team   dogs
            crew   masons 1
            budget 5
            lot    nobody pass
            lot    slow pass dogs 5 1
            build  palace pass 2 masons 2 cost 1
            build  dear pass 2 cost 9
            build  later pass 3 cost 1 after slow
            lot    fits pass dogs 4 1
            lot    full pass dogs 4 1
            home   village 3 by 2 needs later
            home   town 3 needs fits full
            ",
            expect![[r#"
                nobody no place
                slow no place
                palace no place
                dear no place
                later no place
                fits 4-8 dogs
                full no place
                village returns never
                town returns never
                nobody: no team can clear it. hint: add a team with the skill and accreditation
                slow: takes 5 weeks, and pass is never open so long. hint: split the lot, or add a faster team
                palace: needs 2 crews of masons, and there are 1
                dear: costs 9, and 4 is left at the end of the budget
                full: finds no room before the end of the plan. hint: a longer plan, or more teams and crews
                later: waits for slow, which has no place
            "#]],
        );
    }

    #[test]
    fn a_return_waits_for_its_phase() {
        check(
            "
            season always oooooooooooooooo
            phase  first 0 6
            phase  second 6 16
            build  house always 2 cost 0
            home   village 3 phase second needs house
            home   town 3 phase first needs house
            ",
            expect![[r#"
                house 0-2
                village returns 6
                town returns 2
            "#]],
        );
    }
}
