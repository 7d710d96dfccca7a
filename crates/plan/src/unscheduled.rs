//! What has no place or no chance, and why.

use crate::bound::Bound;
use crate::problem::{Means, Valid};
use crate::schedule::Schedule;

/// Why a work has no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It waits for something that has none.
    #[error("waits for {before}, which has no place")]
    After {
        /// Id of the work.
        before: String,
    },
    /// No team may clear it.
    #[error("no team can clear it. hint: add a team with the skill and accreditation")]
    NoTeam,
    /// No open season is long enough.
    #[error("takes {weeks} weeks, and {season} is never open so long. hint: split the lot, or add a faster team")]
    NoSeason {
        /// Of the fastest team.
        weeks: usize,
        /// The season's name.
        season: String,
    },
    /// It needs more crews than there are.
    #[error("needs {needed} crews of {crew}, and there are {capacity}")]
    NoCrew {
        /// The crew's name.
        crew: String,
        /// For this work.
        needed: u32,
        /// There are.
        capacity: u32,
    },
    /// The money does not reach.
    #[error("costs {cost}, and {left} is left at the end of the budget")]
    NoBudget {
        /// At least.
        cost: i64,
        /// After everything else in the plan.
        left: i64,
    },
    /// Other works fill the time until the end of the plan.
    #[error("finds no room before the end of the plan. hint: a longer plan, or more teams and crews")]
    NoRoom,
}

/// Every work without a place, with the reason that holds it first.
pub fn unscheduled(problem: &Valid, schedule: &Schedule) -> Vec<(usize, Why)> {
    let spent: i64 = problem.works.iter().enumerate().filter_map(|(at, work)| schedule.cost(at, work)).sum();
    let left = problem.budget.iter().sum::<i64>() - spent;
    let without = problem.order().iter().copied().filter(|&work| schedule.placements[work].is_none());
    without.map(|work| (work, why(problem, schedule, work, left))).collect()
}

fn why(problem: &Valid, schedule: &Schedule, work: usize, left: i64) -> Why {
    let of = &problem.works[work];
    if let Some(&before) = of.after.iter().find(|&&before| schedule.placements[before].is_none()) {
        return Why::After { before: problem.works[before].id.clone() };
    }
    let season = &problem.seasons[of.season];
    let cost = match &of.means {
        Means::Building { crews, cost, .. } => {
            let short = crews.iter().find(|(crew, n)| *n > problem.crews[*crew].capacity);
            if let Some(&(crew, needed)) = short {
                let crew = &problem.crews[crew];
                return Why::NoCrew { crew: crew.name.clone(), needed, capacity: crew.capacity };
            }
            *cost
        }
        Means::Clearance { offers } => {
            let Some(weeks) = offers.iter().map(|offer| offer.weeks).min() else { return Why::NoTeam };
            if weeks > longest_run(season) {
                return Why::NoSeason { weeks, season: season.name.clone() };
            }
            offers.iter().map(|offer| offer.cost).min().unwrap_or(0)
        }
    };
    if !problem.budget.is_empty() && cost > left { Why::NoBudget { cost, left } } else { Why::NoRoom }
}

fn longest_run(season: &crate::problem::Season) -> usize {
    let open = (0..season.open.n_weeks()).map(|week| season.open.contains(week));
    open.scan(0, |run, open| {
        *run = if open { *run + 1 } else { 0 };
        Some(*run)
    })
    .max()
    .unwrap_or(0)
}

/// A promise that nothing can keep: settlement, its deadline, and the earliest week with unlimited teams, crews and money.
pub fn impossible(problem: &Valid, bound: &Bound) -> Vec<(usize, usize, usize)> {
    let earliest = |needs: &[usize], from| needs.iter().map(|&work| bound.ends[work]).fold(from, usize::max);
    let places = problem.settlements.iter().enumerate();
    places
        .filter_map(|(at, place)| {
            let (deadline, earliest) = (place.deadline?, earliest(&place.needs, problem.opens(place)));
            (deadline < earliest).then_some((at, deadline, earliest))
        })
        .collect()
}
