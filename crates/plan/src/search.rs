//! A good schedule at once, a better one with time: annealing over the order of items.
//!
//! Effort is counted in moves, never in seconds, so that a seed gives one plan. Who has only so much time stops between two
//! rounds ([`Progress`]); the plan is then the best of the rounds that ran.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::decode::{Decoder, N_HASTE, SOME_HASTE, Sequence, State};
use crate::dice::Dice;
use crate::problem::Valid;
use crate::schedule::Schedule;

/// How hard to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Rounds; between two of them a caller may stop.
    pub rounds: usize,
    /// Moves in a round.
    pub moves: usize,
    /// Of the dice.
    pub seed: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { rounds: 200, moves: 1_000, seed: 1 }
    }
}

/// Where a search stands, between two rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rounds done.
    pub round: usize,
    /// Points of the best schedule so far.
    pub best: i64,
    /// No schedule has fewer.
    pub bound: i64,
}

/// A schedule, what it is worth and what it could be worth at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where each work stands.
    pub schedule: Schedule,
    /// Its points, and those for departures from a previous schedule.
    pub points: i64,
    /// No schedule has fewer.
    pub bound: i64,
    /// The order that gives this schedule; the start of the next search.
    pub sequence: Sequence,
    /// Whether every round ran.
    pub finished: bool,
}

impl Found {
    /// How far the schedule may be from the best one, as a share of its own points; 0 is proven best.
    pub fn gap(&self) -> f64 {
        if self.points <= self.bound { 0.0 } else { (self.points - self.bound) as f64 / self.points as f64 }
    }
}

/// The best of a handful of rules, without search.
pub fn first(problem: &Valid) -> Found {
    let decoder = Decoder::new(problem, None);
    let sequence = greedy(&decoder);
    found(&decoder, sequence, false)
}

/// Searches from the rules. `keep_going` is asked between two rounds.
pub fn improve(problem: &Valid, effort: &Effort, keep_going: &mut dyn FnMut(&Progress) -> bool) -> Found {
    let decoder = Decoder::new(problem, None);
    let start = greedy(&decoder);
    anneal(&decoder, start, effort, HOT, keep_going)
}

/// One item of a sequence by name, to be kept with a plan: the settlement or the work, and how much haste it is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Id of a settlement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<String>,
    /// Id of a work with a value of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// Its haste.
    pub haste: u8,
}

/// The order of a plan by names.
pub fn turns(problem: &Valid, sequence: &Sequence) -> Vec<Turn> {
    let decoder = Decoder::new(problem, None);
    let turn = |&item: &u32| {
        let (settlement, work) = decoder.name(item as usize);
        Turn { settlement: settlement.cloned(), work: work.cloned(), haste: sequence.haste[item as usize] }
    };
    sequence.items.iter().map(turn).collect()
}

/// A schedule that somebody kept, as the start of [`crate::replan`], in the order it was made; what is new comes last.
pub fn recall(problem: &Valid, schedule: Schedule, turns: &[Turn]) -> Found {
    let decoder = Decoder::new(problem, None);
    let place: HashMap<_, (usize, u8)> = turns
        .iter()
        .enumerate()
        .map(|(at, turn)| ((turn.settlement.as_ref(), turn.work.as_ref()), (at, turn.haste)))
        .collect();
    let known = |item: u32| place.get(&decoder.name(item as usize)).copied();
    let mut items: Vec<u32> = (0..decoder.items.len() as u32).collect();
    let haste =
        items.iter().map(|&item| known(item).map_or(SOME_HASTE, |(_, haste)| haste.min(N_HASTE as u8 - 1))).collect();
    items.sort_by_key(|&item| (known(item).map_or(usize::MAX, |(at, _)| at), item));
    let points = schedule.objective(problem).total();
    Found { schedule, points, bound: decoder.bound, sequence: Sequence { items, haste }, finished: false }
}

/// Begins hot enough to leave the rules behind.
const HOT: f64 = 1.0;

/// Searches from a sequence that was good for a similar problem; `keep` holds its schedule and the points that each
/// departure from it costs.
pub(crate) fn warm(
    problem: &Valid,
    sequence: &Sequence,
    keep: (&Schedule, i64),
    effort: &Effort,
    keep_going: &mut dyn FnMut(&Progress) -> bool,
) -> Found {
    let decoder = Decoder::new(problem, Some(keep));
    let start = adapt(&decoder, sequence);
    anneal(&decoder, start, effort, 0.02, keep_going)
}

/// The sequence for the items there are; new ones come last.
fn adapt(decoder: &Decoder<'_>, sequence: &Sequence) -> Sequence {
    let n = decoder.items.len();
    let mut seen = vec![false; n];
    let mut items: Vec<u32> = sequence
        .items
        .iter()
        .copied()
        .filter(|&item| (item as usize) < n && !std::mem::replace(&mut seen[item as usize], true))
        .collect();
    items.extend((0..n as u32).filter(|&item| !seen[item as usize]));
    let haste = (0..n).map(|item| sequence.haste.get(item).copied().unwrap_or(SOME_HASTE)).collect();
    Sequence { items, haste }
}

fn found(decoder: &Decoder<'_>, sequence: Sequence, finished: bool) -> Found {
    let (schedule, points) = decoder.decode(&sequence);
    Found { schedule, points, bound: decoder.bound, sequence, finished }
}

/// Rules that each make sense somewhere: nearest promise, least work first, most households for the work, earliest possible.
fn greedy(decoder: &Decoder<'_>) -> Sequence {
    let items = &decoder.items;
    let rules: [&dyn Fn(usize) -> f64; 5] = [
        &|at| items[at].deadline as f64,
        &|at| items[at].load as f64,
        &|at| items[at].load as f64 / (items[at].weight as f64 + 0.1),
        &|at| items[at].earliest as f64,
        &|at| items[at].earliest as f64 / (items[at].weight as f64 + 0.1),
    ];
    let sequences = rules.iter().flat_map(|rule| {
        let mut order: Vec<u32> = (0..items.len() as u32).collect();
        order.sort_by(|&a, &b| rule(a as usize).total_cmp(&rule(b as usize)));
        [SOME_HASTE, N_HASTE as u8 - 1].map(|haste| Sequence { items: order.clone(), haste: vec![haste; items.len()] })
    });
    let scored = sequences.map(|sequence| (decoder.decode(&sequence).1, sequence));
    scored.min_by_key(|(points, _)| *points).expect("there are rules").1
}

/// Items between two kept states. More memory for fewer, more decoding for more.
const STRIDE: usize = 8;

/// How much a change may still make up for behind its place, in units of heat.
const HOPE: f64 = 2.0;

/// The current sequence with a state for every [`STRIDE`] items.
struct Trail<'d, 'p> {
    decoder: &'d Decoder<'p>,
    sequence: Sequence,
    /// `states[i]` stands before item `i * STRIDE`; the last one after all.
    states: Vec<State>,
    above: i64,
    /// The same for the neighbour that is looked at.
    trial: Sequence,
    trial_states: Vec<State>,
    places: Vec<Option<crate::problem::Placement>>,
}

impl<'d, 'p> Trail<'d, 'p> {
    fn new(decoder: &'d Decoder<'p>, sequence: Sequence) -> Self {
        let n = sequence.items.len().div_ceil(STRIDE) + 1;
        let states = vec![decoder.first(); n];
        let mut trail = Self {
            decoder,
            trial: sequence.clone(),
            trial_states: states.clone(),
            states,
            above: 0,
            places: vec![None; decoder.first_works()],
            sequence,
        };
        let last = trail.sequence.items.len();
        trail.look(0, last, i64::MAX, i64::MAX);
        trail.accept(0, n - 1);
        trail
    }

    /// Decodes the trial, which differs from the sequence within `from..to`. Gives the first kept state that is the same
    /// again; none when it is more than `slack` worse, or so much worse behind `to` that the rest, which is the same, will
    /// hardly make up for more than `hope`.
    fn look(&mut self, from: usize, to: usize, slack: i64, hope: i64) -> Option<usize> {
        let limit = self.above.saturating_add(slack);
        let n = self.trial.items.len();
        let first = from / STRIDE;
        let (decoder, places) = (self.decoder, &mut self.places);
        decoder.reset(&mut self.trial_states[first], &self.states[first]);
        for chunk in first..self.states.len() - 1 {
            let (before, after) = self.trial_states.split_at_mut(chunk + 1);
            let state = &mut after[0];
            decoder.reset(state, &before[chunk]);
            for at in chunk * STRIDE..n.min((chunk + 1) * STRIDE) {
                let item = self.trial.items[at];
                decoder.take(state, item as usize, self.trial.haste[item as usize], places);
                if state.above > limit {
                    return None;
                }
            }
            let known = &self.states[chunk + 1];
            if (chunk + 1) * STRIDE < to {
                continue;
            }
            let worse = state.above - known.above;
            if state.same_places(known) {
                return (worse <= slack).then_some(chunk + 1);
            }
            if worse.saturating_sub(slack) > hope {
                return None;
            }
        }
        Some(self.states.len() - 1)
    }

    /// Makes the trial the sequence; its states are new from `from`'s up to `same`.
    fn accept(&mut self, from: usize, same: usize) {
        let first = from / STRIDE;
        let change = self.trial_states[same].above - self.states[same].above;
        for at in first..=same {
            std::mem::swap(&mut self.states[at], &mut self.trial_states[at]);
        }
        for state in &mut self.states[same + 1..] {
            state.above += change;
        }
        self.above = self.states[self.states.len() - 1].above;
        self.sequence.clone_from(&self.trial);
    }

    fn refuse(&mut self, from: usize, to: usize, haste: Option<usize>) {
        self.trial.items[from..to].copy_from_slice(&self.sequence.items[from..to]);
        if let Some(item) = haste {
            self.trial.haste[item] = self.sequence.haste[item];
        }
    }
}

/// Changes `trial` in one place: the positions that differ, and the item whose haste does.
fn change(trial: &mut Sequence, dice: &mut Dice) -> (usize, usize, Option<usize>) {
    let n = trial.items.len();
    let at = dice.below(n);
    let reach = if dice.below(4) == 0 { n } else { 2 + n / 12 };
    let low = at.saturating_sub(reach);
    let other = low + dice.below((at + reach + 1).min(n) - low);
    let (from, to) = (at.min(other), at.max(other) + 1);
    match dice.below(16) {
        0..7 if at < other => trial.items[from..to].rotate_left(1),
        0..7 => trial.items[from..to].rotate_right(1),
        7..10 => trial.items.swap(at, other),
        10..12 => {
            let length = (1 + dice.below(6)).min(to - from);
            if at < other {
                trial.items[from..to].rotate_left(length)
            } else {
                trial.items[from..to].rotate_right(length)
            }
        }
        _ => {
            let item = trial.items[at] as usize;
            trial.haste[item] = dice.below(N_HASTE) as u8;
            return (at, at + 1, Some(item));
        }
    }
    (from, to, None)
}

fn anneal(
    decoder: &Decoder<'_>,
    start: Sequence,
    effort: &Effort,
    heat: f64,
    keep_going: &mut dyn FnMut(&Progress) -> bool,
) -> Found {
    if start.items.is_empty() {
        return found(decoder, start, true);
    }
    let mut dice = Dice::seeded(effort.seed);
    let mut trail = Trail::new(decoder, start);
    let mut best = (trail.above, trail.sequence.clone());
    let n = trail.sequence.items.len() as f64;
    // In points. At first a move may cost as much as an item has to gain at the mean, at last a twentieth of it.
    let hottest = heat * (trail.above.max(1) as f64) / n;
    let coldest = hottest.min(trail.above.max(1) as f64 / n * 0.05);
    let mut round = 0;
    while round < effort.rounds && keep_going(&Progress { round, best: decoder.bound + best.0, bound: decoder.bound }) {
        let done = round as f64 / effort.rounds.max(2).saturating_sub(1) as f64;
        let heat = hottest * libm::pow(coldest / hottest, done);
        for _ in 0..effort.moves {
            let (from, to, haste) = change(&mut trail.trial, &mut dice);
            let slack = -heat * libm::log(1.0 - dice.unit());
            match trail.look(from, to, slack as i64, (HOPE * heat) as i64) {
                Some(same) => trail.accept(from, same),
                None => trail.refuse(from, to, haste),
            }
            if trail.above < best.0 {
                best.0 = trail.above;
                best.1.clone_from(&trail.sequence);
            }
        }
        round += 1;
        if best.0 <= 0 {
            break;
        }
    }
    let finished = round == effort.rounds || best.0 <= 0;
    found(decoder, best.1, finished)
}
