//! A schedule: where each work stands, when each settlement returns, and what that is worth.

use crate::problem::{Means, Placement, Problem, Settlement, Work};

/// Where each work stands; none where no room was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// By index of [`Problem::works`].
    pub placements: Vec<Option<Placement>>,
}

/// What a schedule is worth, in points; less is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objective {
    /// Households waiting, and waiting beyond their deadlines.
    pub households: i64,
    /// Priority works.
    pub priority: i64,
    /// Money.
    pub cost: i64,
}

impl Objective {
    /// All together.
    pub fn total(&self) -> i64 {
        self.households + self.priority + self.cost
    }
}

impl Schedule {
    /// The week, as an end, in which `settlement` returns; none while something it needs has no place.
    pub fn returns(&self, problem: &Problem, settlement: &Settlement) -> Option<usize> {
        let mut ends = settlement.needs.iter().map(|&work| self.placements[work].map(|placed| placed.end));
        ends.try_fold(problem.opens(settlement), |latest, end| Some(latest.max(end?)))
    }

    /// What a work costs here: the offer of its team, or its price.
    pub fn cost(&self, work_idx: usize, work: &Work) -> Option<i64> {
        let placed = self.placements[work_idx]?;
        match &work.means {
            Means::Building { cost, .. } => Some(*cost),
            Means::Clearance { offers } => {
                let offer = offers.iter().find(|offer| Some(offer.team) == placed.team);
                offer.map(|offer| offer.cost)
            }
        }
    }

    /// The points of this schedule. What has no place counts as ending at the horizon at its dearest price, so leaving
    /// something out never pays.
    pub fn objective(&self, problem: &Problem) -> Objective {
        let mut sum = Objective::default();
        for settlement in &problem.settlements {
            let on = self.returns(problem, settlement).unwrap_or(problem.n_weeks);
            sum.households += household_points(problem, settlement, on);
        }
        for (work_idx, work) in problem.works.iter().enumerate() {
            let end = self.placements[work_idx].map_or(problem.n_weeks, |placed| placed.end);
            sum.priority += problem.weights.priority * work.priority * end as i64;
            sum.cost += problem.weights.cost * self.cost(work_idx, work).unwrap_or_else(|| dearest(work));
        }
        sum
    }

    /// The week, as an end, in which the last work ends; 0 for no work.
    pub fn makespan(&self) -> usize {
        self.placements.iter().flatten().map(|placed| placed.end).max().unwrap_or(0)
    }
}

pub(crate) fn household_points(problem: &Problem, settlement: &Settlement, on: usize) -> i64 {
    let late = settlement.deadline.map_or(0, |deadline| on.saturating_sub(deadline));
    settlement.households * (problem.weights.waiting * on as i64 + problem.weights.lateness * late as i64)
}

pub(crate) fn dearest(work: &Work) -> i64 {
    match &work.means {
        Means::Building { cost, .. } => *cost,
        Means::Clearance { offers } => offers.iter().map(|offer| offer.cost).max().unwrap_or(0),
    }
}

pub(crate) fn cheapest(work: &Work) -> i64 {
    match &work.means {
        Means::Building { cost, .. } => *cost,
        Means::Clearance { offers } => offers.iter().map(|offer| offer.cost).min().unwrap_or(0),
    }
}
