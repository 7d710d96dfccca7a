//! The resource-constrained project scheduling problem: activities, gates between them, up to four renewable resources, the
//! shortest makespan. The part of planning that the literature measures itself by (PSPLIB: Kolisch and Sprecher 1997).
//!
//! Serial schedule generation, double justification (Valls, Ballestín and Quintanilla 2005) and a genetic search over
//! activity lists. The four resources lie side by side in one word, so that one subtraction asks about all of them.

use crate::dice::Dice;
use crate::problem::{Crew, Means, Placement, Problem, Season, Settlement, Weights, Work};
use crate::schedule::Schedule;
use crate::weeks::Weeks;

/// One activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Units of time; the first and last activities of PSPLIB have 0.
    pub duration: usize,
    /// Of each resource, throughout.
    pub needs: [u16; 4],
    /// Activities that start after it has ended.
    pub successors: Vec<usize>,
}

/// A project to be finished as early as possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Of each resource; 0 for those that are not used.
    pub capacity: [u16; 4],
    /// Every activity before its successors.
    pub activities: Vec<Activity>,
}

/// The best schedule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// By activity.
    pub starts: Vec<usize>,
    /// When the last activity ends.
    pub makespan: usize,
    /// No schedule is shorter: the longest chain, or the work of one resource.
    pub bound: usize,
    /// Schedules looked at.
    pub n_schedules: u64,
}

impl Project {
    /// The same as a district: buildings with crews, ground always open, one settlement that needs them all. For the
    /// verifier. Activities without duration are left out and their gates drawn through.
    pub fn as_problem(&self, horizon: usize) -> (Problem, Vec<usize>) {
        let kept: Vec<usize> = (0..self.activities.len()).filter(|&at| self.activities[at].duration > 0).collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.activities.len()];
        for (at, activity) in self.activities.iter().enumerate() {
            let through = if activity.duration > 0 { vec![at] } else { before[at].clone() };
            activity.successors.iter().for_each(|&next| before[next].extend(&through));
        }
        let number = |at: &usize| kept.binary_search(at).expect("only what takes time is waited for");
        let works = kept.iter().map(|&at| Work {
            id: format!("activity {at}"),
            subject: format!("activity {at}"),
            season: 0,
            after: before[at].iter().map(number).collect(),
            priority: 0,
            means: Means::Building {
                weeks: self.activities[at].duration,
                crews: (0..4).map(|resource| (resource, u32::from(self.activities[at].needs[resource]))).collect(),
                cost: 0,
            },
        });
        let works: Vec<Work> = works.collect();
        let problem = Problem {
            n_weeks: horizon,
            now: 0,
            seasons: vec![Season { name: "always".to_owned(), open: Weeks::all(horizon) }],
            teams: Vec::new(),
            crews: self
                .capacity
                .iter()
                .enumerate()
                .map(|(at, &capacity)| Crew { name: format!("resource {at}"), capacity: capacity.into() })
                .collect(),
            budget: Vec::new(),
            phases: Vec::new(),
            settlements: vec![Settlement {
                id: "all".to_owned(),
                households: 1,
                deadline: None,
                needs: (0..works.len()).collect(),
                phase: None,
            }],
            works,
            weights: Weights { waiting: 1, lateness: 0, priority: 0, cost: 0 },
            frozen: Vec::new(),
        };
        (problem, kept)
    }
}

impl Solution {
    /// The schedule of [`Project::as_problem`].
    pub fn as_schedule(&self, project: &Project, kept: &[usize]) -> Schedule {
        let placements = kept.iter().map(|&at| {
            let start = self.starts[at];
            Some(Placement { start, end: start + project.activities[at].duration, team: None })
        });
        Schedule { placements: placements.collect() }
    }
}

/// The top bit of each 16-bit lane: stays set when nothing was borrowed from it.
const GUARD: u64 = 0x8000_8000_8000_8000;

fn lanes(amounts: [u16; 4]) -> u64 {
    amounts.iter().enumerate().map(|(at, &amount)| u64::from(amount) << (16 * at)).sum()
}

/// One direction of the project: what each activity waits for, one list after the other.
struct Network {
    lists: Vec<u16>,
    /// By activity: where its list begins; the last is where the last one ends.
    begins: Vec<u32>,
}

impl Network {
    fn new(before: &[Vec<u16>]) -> Self {
        let ends = before.iter().scan(0, |end, list| {
            *end += list.len() as u32;
            Some(*end)
        });
        Self { begins: std::iter::once(0).chain(ends).collect(), lists: before.concat() }
    }

    #[inline]
    fn before(&self, at: usize) -> &[u16] {
        &self.lists[self.begins[at] as usize..self.begins[at + 1] as usize]
    }
}

struct Engine {
    n: usize,
    durations: Vec<u16>,
    needs: Vec<u64>,
    capacity: u64,
    forward: Network,
    backward: Network,
    free: Vec<u64>,
    /// Of the schedule that is generated.
    ends: Vec<u16>,
    /// Longest chain from an activity to the end.
    tails: Vec<u32>,
    bound: usize,
    n_schedules: u64,
}

/// A member of the population.
#[derive(Clone)]
struct Member {
    /// Activities by start.
    list: Vec<u16>,
    starts: Vec<u16>,
    makespan: u16,
    /// Sum of starts: breaks ties.
    sum: u32,
}

impl Engine {
    fn new(project: &Project) -> Self {
        let n = project.activities.len();
        let mut before = vec![Vec::new(); n];
        let mut after = vec![Vec::new(); n];
        for (at, activity) in project.activities.iter().enumerate() {
            for &next in &activity.successors {
                before[next].push(at as u16);
                after[at].push(next as u16);
            }
        }
        let durations: Vec<u16> = project.activities.iter().map(|activity| activity.duration as u16).collect();
        let mut tails = vec![0_u32; n];
        for at in (0..n).rev() {
            let behind = after[at].iter().map(|&next| tails[usize::from(next)]).max().unwrap_or(0);
            tails[at] = behind + u32::from(durations[at]);
        }
        let chain = tails.iter().copied().max().unwrap_or(0) as usize;
        let work = (0..4).filter(|&resource| project.capacity[resource] > 0).map(|resource| {
            let work: usize = project
                .activities
                .iter()
                .map(|activity| activity.duration * usize::from(activity.needs[resource]))
                .sum();
            work.div_ceil(usize::from(project.capacity[resource]))
        });
        let horizon = durations.iter().map(|&duration| usize::from(duration)).sum::<usize>() + 1;
        Self {
            n,
            needs: project.activities.iter().map(|activity| lanes(activity.needs)).collect(),
            durations,
            capacity: lanes(project.capacity) | GUARD,
            forward: Network::new(&before),
            backward: Network::new(&after),
            free: vec![0; horizon],
            ends: vec![0; n],
            tails,
            bound: work.max().unwrap_or(0).max(chain),
            n_schedules: 0,
        }
    }

    /// Serial generation: each activity of `list` at its earliest, in that order. With `back`, time runs from the end.
    /// Gives the makespan.
    fn generate(&mut self, list: &[u16], starts: &mut [u16], back: bool) -> u16 {
        self.n_schedules += 1;
        let Self { free, ends, forward, backward, durations, needs, capacity, .. } = self;
        let network = if back { backward } else { forward };
        free.fill(*capacity);
        let mut makespan = 0;
        for &at in list {
            let at = usize::from(at);
            let duration = usize::from(durations[at]);
            let mut start = 0;
            for &before in network.before(at) {
                start = start.max(ends[usize::from(before)]);
            }
            let mut start = usize::from(start);
            let need = needs[at];
            if duration > 0 {
                loop {
                    let window = &free[start..start + duration];
                    match window.iter().rposition(|&free| (free - need) & GUARD != GUARD) {
                        None => break,
                        Some(short) => start += short + 1,
                    }
                }
                free[start..start + duration].iter_mut().for_each(|free| *free -= need);
            }
            starts[at] = start as u16;
            ends[at] = (start + duration) as u16;
            makespan = makespan.max((start + duration) as u16);
        }
        makespan
    }

    fn sort(&self, starts: &[u16], makespan: u16, counts: &mut Vec<u16>, list: &mut Vec<u16>, by: By) {
        counts.clear();
        counts.resize(usize::from(makespan) + 2, 0);
        let key = |at: usize| -> usize {
            if by == By::Start {
                usize::from(starts[at])
            } else {
                usize::from(makespan - starts[at] - self.durations[at])
            }
        };
        for at in 0..self.n {
            counts[key(at) + 1] += 1;
        }
        for at in 1..counts.len() {
            counts[at] += counts[at - 1];
        }
        list.resize(self.n, 0);
        // Activities without duration start and end together with others; the order of the project breaks such ties.
        let mut put = |at: usize| {
            let place = &mut counts[key(at)];
            list[usize::from(*place)] = at as u16;
            *place += 1;
        };
        if by == By::EndLatestFirst { (0..self.n).rev().for_each(&mut put) } else { (0..self.n).for_each(&mut put) }
    }
}

/// What a list is sorted by; each respects the gates of the direction it is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// For the same direction.
    Start,
    /// For the other direction.
    EndLatestFirst,
    /// Starts that were counted from the end of time, back in the usual direction.
    Mirrored,
}

/// Buffers that live as long as the search.
#[derive(Default)]
struct Scratch {
    counts: Vec<u16>,
    list: Vec<u16>,
    back: Vec<u16>,
}

impl Engine {
    /// Generates, then justifies to the right and to the left until it no longer helps.
    fn schedule(&mut self, list: &[u16], scratch: &mut Scratch) -> Member {
        let mut starts = vec![0; self.n];
        let mut makespan = self.generate(list, &mut starts, false);
        scratch.back.resize(self.n, 0);
        loop {
            self.sort(&starts, makespan, &mut scratch.counts, &mut scratch.list, By::EndLatestFirst);
            let order = std::mem::take(&mut scratch.list);
            let back = self.generate(&order, &mut scratch.back, true);
            scratch.list = order;
            self.sort(&scratch.back, back, &mut scratch.counts, &mut scratch.list, By::Mirrored);
            let order = std::mem::take(&mut scratch.list);
            let again = self.generate(&order, &mut starts, false);
            scratch.list = order;
            let better = again < makespan;
            makespan = again;
            if !better {
                break;
            }
        }
        let mut order = Vec::with_capacity(self.n);
        self.sort(&starts, makespan, &mut scratch.counts, &mut order, By::Start);
        let sum = starts.iter().map(|&start| u32::from(start)).sum();
        Member { list: order, starts, makespan, sum }
    }

    /// A list by latest-finish rule with regret-biased dice (Drexl 1991).
    fn sample(&self, dice: &mut Dice, bias: f64) -> Vec<u16> {
        let mut waiting: Vec<usize> = (0..self.n).map(|at| self.forward.before(at).len()).collect();
        let mut ready: Vec<u16> = (0..self.n as u16).filter(|&at| waiting[usize::from(at)] == 0).collect();
        let mut list = Vec::with_capacity(self.n);
        while !ready.is_empty() {
            let least = ready.iter().map(|&at| self.tails[usize::from(at)]).min().unwrap_or(0);
            let weight = |at: u16| libm::pow(f64::from(self.tails[usize::from(at)] - least + 1), bias);
            let mut left = dice.unit() * ready.iter().map(|&at| weight(at)).sum::<f64>();
            let chosen = ready.iter().position(|&at| {
                left -= weight(at);
                left < 0.0
            });
            let at = ready.swap_remove(chosen.unwrap_or(0));
            list.push(at);
            for &next in self.backward.before(usize::from(at)) {
                waiting[usize::from(next)] -= 1;
                if waiting[usize::from(next)] == 0 {
                    ready.push(next);
                }
            }
        }
        list
    }
}

impl Engine {
    fn fresh(&mut self, dice: &mut Dice, scratch: &mut Scratch) -> Vec<Member> {
        let sampled = (0..POPULATION).map(|at| {
            let list = self.sample(dice, 1.0 + 3.0 * at as f64 / POPULATION as f64);
            self.schedule(&list, scratch)
        });
        sampled.collect()
    }

    /// Breeds until the population has nothing more to give; false when `go` said no before.
    fn evolve(
        &mut self,
        population: &mut [Member],
        best: &mut Member,
        dice: &mut Dice,
        scratch: &mut Scratch,
        go: &mut dyn FnMut(&Engine, &Member) -> bool,
    ) -> bool {
        let mut since = 0;
        while since < STALE {
            let child = breed(self, population, dice);
            let child = self.schedule(&child, scratch);
            since += 1;
            if child.makespan < best.makespan {
                best.clone_from(&child);
            }
            if settle(population, child) {
                since = 0;
            }
            if !go(self, best) {
                return false;
            }
        }
        true
    }
}

/// The better half of each, alternating from the best.
fn better_halves(mut a: Vec<Member>, mut b: Vec<Member>) -> Vec<Member> {
    for population in [&mut a, &mut b] {
        population.sort_by_key(|member| (member.makespan, member.sum));
        population.truncate(POPULATION / 2);
    }
    a.append(&mut b);
    a
}

/// Schedules between two questions whether to go on.
const ROUND: u64 = 20_000;

/// Searches until the bound is met or `keep_going` says no; it is asked about every 20,000 schedules with their number
/// and the best makespan. The same seed and the same number of rounds give the same schedule.
pub fn solve(project: &Project, seed: u64, keep_going: &mut dyn FnMut(u64, usize) -> bool) -> Solution {
    let mut engine = Engine::new(project);
    let mut scratch = Scratch::default();
    let mut dice = Dice::seeded(seed);
    let list = engine.sample(&mut dice, 50.0);
    let mut best = engine.schedule(&list, &mut scratch);
    let mut asked = 0;
    let mut go = |engine: &Engine, best: &Member| {
        if usize::from(best.makespan) == engine.bound {
            return false;
        }
        let done = engine.n_schedules / ROUND;
        done == asked || {
            asked = done;
            keep_going(engine.n_schedules, best.makespan.into())
        }
    };
    let mut elite = Vec::new();
    while go(&engine, &best) {
        let mut population = engine.fresh(&mut dice, &mut scratch);
        let mut goes_on = engine.evolve(&mut population, &mut best, &mut dice, &mut scratch, &mut go);
        if goes_on && !elite.is_empty() {
            // Two populations that have nothing more to give still have something for each other.
            population = better_halves(population, elite);
            goes_on = engine.evolve(&mut population, &mut best, &mut dice, &mut scratch, &mut go);
        }
        if !goes_on {
            break;
        }
        elite = population;
    }
    Solution {
        starts: best.starts.iter().map(|&start| start.into()).collect(),
        makespan: best.makespan.into(),
        bound: engine.bound,
        n_schedules: engine.n_schedules,
    }
}

/// Members of a population.
const POPULATION: usize = 200;
/// Children in a row that are not taken, after which the population has nothing more to give.
const STALE: usize = 20_000;

fn better(a: &Member, b: &Member) -> bool {
    (a.makespan, a.sum) < (b.makespan, b.sum)
}

fn pick<'a>(population: &'a [Member], dice: &mut Dice) -> &'a Member {
    let [a, b] = [(); 2].map(|()| &population[dice.below(population.len())]);
    if better(a, b) { a } else { b }
}

/// Two-point crossover: the middle of the list by the second parent's order, the rest by the first's.
fn breed(engine: &Engine, population: &[Member], dice: &mut Dice) -> Vec<u16> {
    let (mother, father) = (pick(population, dice), pick(population, dice));
    let n = engine.n;
    let mut from = dice.below(n);
    let mut to = dice.below(n);
    if from > to {
        std::mem::swap(&mut from, &mut to);
    }
    let mut taken = vec![false; n];
    let mut child = Vec::with_capacity(n);
    let mut add = |at: u16, child: &mut Vec<u16>| {
        if !std::mem::replace(&mut taken[usize::from(at)], true) {
            child.push(at);
        }
    };
    mother.list[..from].iter().for_each(|&at| add(at, &mut child));
    for &at in &father.list {
        if child.len() >= to {
            break;
        }
        add(at, &mut child);
    }
    mother.list.iter().for_each(|&at| add(at, &mut child));
    mutate(engine, &mut child, dice);
    child
}

/// The most activities that one mutation moves.
const MOVES: usize = 12;

/// Moves a few activities to other places between those they wait for and those that wait for them.
fn mutate(engine: &Engine, list: &mut [u16], dice: &mut Dice) {
    for _ in 0..dice.below(MOVES + 1) {
        let at = dice.below(list.len());
        let activity = usize::from(list[at]);
        let before = list[..at].iter().rposition(|other| engine.forward.before(activity).contains(other));
        let after = list[at..].iter().position(|other| engine.backward.before(activity).contains(other));
        let first = before.map_or(0, |before| before + 1);
        let last = after.map_or(list.len(), |after| at + after);
        let to = first + dice.below(last - first);
        if to < at { list[to..=at].rotate_right(1) } else { list[at..=to].rotate_left(1) }
    }
}

/// Puts the child in the place of the worst member; twins are not taken. Says whether it was taken.
fn settle(population: &mut [Member], child: Member) -> bool {
    if population.iter().any(|member| member.makespan == child.makespan && member.sum == child.sum) {
        return false;
    }
    let worst = (0..population.len()).max_by_key(|&at| (population[at].makespan, population[at].sum)).unwrap_or(0);
    let wins = better(&child, &population[worst]);
    if wins {
        population[worst] = child;
    }
    wins
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_project() -> impl Strategy<Value = Project> {
        let activity = (0..5_usize, prop::array::uniform4(0..5_u16), prop::collection::vec(1..4_usize, 0..3));
        prop::collection::vec(activity, 1..8).prop_map(|activities| {
            let n = activities.len();
            let activity = |(at, (duration, needs, ahead)): (usize, (usize, [u16; 4], Vec<usize>))| {
                let mut successors: Vec<usize> =
                    ahead.into_iter().map(|ahead| at + ahead).filter(|&next| next < n).collect();
                successors.dedup();
                Activity { duration, needs, successors }
            };
            Project { capacity: [5, 6, 4, 9], activities: activities.into_iter().enumerate().map(activity).collect() }
        })
    }

    /// The shortest makespan of all orders that keep the gates: serial generation reaches the best schedule from one of them
    /// (Kolisch 1996).
    fn by_exhaustion(engine: &mut Engine, list: &mut Vec<u16>) -> u16 {
        if list.len() == engine.n {
            let mut starts = vec![0; engine.n];
            return engine.generate(list, &mut starts, false);
        }
        let next: Vec<u16> = (0..engine.n as u16).filter(|at| !list.contains(at)).collect();
        let ready = next
            .into_iter()
            .filter(|&at| engine.forward.before(usize::from(at)).iter().all(|before| list.contains(before)));
        let mut least = u16::MAX;
        for at in ready.collect::<Vec<_>>() {
            list.push(at);
            least = least.min(by_exhaustion(engine, list));
            list.pop();
        }
        least
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn small_projects_are_solved_and_pass_the_verifier(project in any_project().prop_filter("fits", |project| {
            project.activities.iter().all(|activity| (0..4).all(|resource| activity.needs[resource] <= project.capacity[resource]))
        })) {
            let solution = solve(&project, 1, &mut |_, _| false);
            let (problem, kept) = project.as_problem(solution.makespan.max(1));
            prop_assert_eq!(crate::check(&problem, &solution.as_schedule(&project, &kept)), []);
            let least = by_exhaustion(&mut Engine::new(&project), &mut Vec::new());
            prop_assert_eq!(solution.makespan, usize::from(least));
            prop_assert!(solution.bound <= solution.makespan);
        }

        #[test]
        fn a_seed_gives_one_schedule(project in any_project(), seed in any::<u64>()) {
            prop_assume!(project.activities.iter().all(|activity| activity.needs[2] <= 4));
            prop_assert_eq!(solve(&project, seed, &mut |_, _| false), solve(&project, seed, &mut |_, _| false));
        }
    }
}
