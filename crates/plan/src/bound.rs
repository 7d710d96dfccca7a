//! What no schedule can beat: every work as early as its gates and its season allow, with a free team and money for all.
//!
//! The critical path with calendars. It was compared with the bound of a constraint solver after two minutes, which was the same.

use crate::problem::{Means, Valid, Work};
use crate::schedule::{Objective, cheapest, household_points};
use crate::season::{Calendar, calendars};
use crate::weeks::next_common;

/// The earliest end of every work and the objective made of them.
#[derive(Clone, Debug)]
pub struct Bound {
    /// By index of works: the earliest end; the horizon where there is none within it.
    pub ends: Vec<usize>,
    /// No schedule has fewer points.
    pub objective: Objective,
}

/// The bound of `problem`.
pub fn bound(problem: &Valid) -> Bound {
    let calendars = calendars(problem);
    let mut ends = vec![0; problem.works.len()];
    let mut frozen = vec![None; problem.works.len()];
    for (work, placement) in &problem.frozen {
        frozen[*work] = Some(placement.end);
    }
    for &work_idx in problem.order() {
        let work = &problem.works[work_idx];
        let from = work.after.iter().map(|&before| ends[before]).fold(problem.now, usize::max);
        let end = frozen[work_idx].or_else(|| earliest_end(work, &calendars[work.season], from));
        ends[work_idx] = end.unwrap_or(problem.n_weeks);
    }
    Bound { objective: objective(problem, &ends), ends }
}

fn earliest_end(work: &Work, calendar: &Calendar<'_>, from: usize) -> Option<usize> {
    match &work.means {
        Means::Clearance { offers } => offers
            .iter()
            .filter_map(|offer| {
                let runs = calendar.run_words(offer.weeks);
                next_common(runs, runs, from).map(|start| start + offer.weeks)
            })
            .min(),
        Means::Building { weeks, .. } => calendar.building_end(from, *weeks),
    }
}

fn objective(problem: &Valid, ends: &[usize]) -> Objective {
    let mut sum = Objective::default();
    for settlement in &problem.settlements {
        let on = settlement.needs.iter().map(|&work| ends[work]).fold(problem.opens(settlement), usize::max);
        sum.households += household_points(problem, settlement, on);
    }
    for (work, end) in problem.works.iter().zip(ends) {
        sum.priority += problem.weights.priority * work.priority * *end as i64;
        sum.cost += problem.weights.cost * cheapest(work);
    }
    sum
}
