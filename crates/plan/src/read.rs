//! Problems of others as text: synthetic districts and the project scheduling library PSPLIB.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::problem::{Crew, Means, Offer, Problem, Season, Settlement, Team, Weights, Work};
use crate::rcpsp::{Activity, Project};
use crate::weeks::Weeks;

#[derive(Deserialize)]
struct District {
    #[serde(rename = "T")]
    n_weeks: usize,
    opn: Vec<Vec<u8>>,
    teams: Vec<DistrictTeam>,
    tasks: Vec<DistrictTask>,
    settle: Vec<DistrictSettlement>,
    cap: Vec<u32>,
    cumbudget: Vec<i64>,
}

#[derive(Deserialize)]
struct DistrictTeam {
    kind: String,
}

#[derive(Deserialize)]
#[serde(tag = "t")]
enum DistrictTask {
    #[serde(rename = "h")]
    Lot { haz: usize, band: usize, modes: Vec<[i64; 3]>, pred: Vec<usize>, w: i64 },
    #[serde(rename = "p")]
    Project { band: usize, dur: usize, crew: BTreeMap<String, u32>, cost: i64, pred: Vec<usize> },
}

#[derive(Deserialize)]
struct DistrictSettlement {
    v: usize,
    n: i64,
    need: Vec<usize>,
    dl: usize,
}

/// A synthetic district in JSON: `T` weeks, `opn` open weeks by band, `teams`, `tasks` (lots `h` with `modes` of team, weeks
/// and cost; projects `p`), `settle`, `cap` of crews, `cumbudget` by year.
pub fn district(json: &str) -> Result<Problem, String> {
    let district: District = serde_json::from_str(json).map_err(|error| format!("not a district: {error}"))?;
    let n_weeks = district.n_weeks.min(crate::problem::MOST_WEEKS + 1);
    let seasons = district.opn.iter().enumerate().map(|(band, open)| {
        let name = format!("band {band}");
        Season { name, open: Weeks::of(n_weeks, |week| open.get(week) == Some(&1)) }
    });
    let teams = district
        .teams
        .iter()
        .enumerate()
        .map(|(idx, team)| Team { name: format!("{} {idx}", team.kind), available: Weeks::all(n_weeks) });
    let works = district.tasks.iter().enumerate().map(|(idx, task)| work(idx, task)).collect::<Result<_, _>>()?;
    let settlements = district.settle.into_iter().map(|settlement| Settlement {
        id: format!("village {}", settlement.v),
        households: settlement.n,
        deadline: Some(settlement.dl),
        needs: settlement.need,
        phase: None,
    });
    let budget = district.cumbudget.iter().scan(0, |before, &sum| Some(sum - std::mem::replace(before, sum)));
    Ok(Problem {
        n_weeks: district.n_weeks,
        now: 0,
        seasons: seasons.collect(),
        teams: teams.collect(),
        crews: district
            .cap
            .iter()
            .enumerate()
            .map(|(idx, &capacity)| Crew { name: format!("crew {idx}"), capacity })
            .collect(),
        budget: budget.collect(),
        works,
        phases: Vec::new(),
        settlements: settlements.collect(),
        weights: Weights::default(),
        frozen: Vec::new(),
    })
}

fn work(idx: usize, task: &DistrictTask) -> Result<Work, String> {
    let weeks = |weeks: i64| usize::try_from(weeks).map_err(|_| format!("task {idx} takes {weeks} weeks"));
    Ok(match task {
        DistrictTask::Lot { haz, band, modes, pred, w } => {
            let offers = modes.iter().map(|&[team, duration, cost]| {
                Ok(Offer {
                    team: usize::try_from(team).map_err(|_| format!("task {idx} names team {team}"))?,
                    weeks: weeks(duration)?,
                    cost,
                })
            });
            let offers = offers.collect::<Result<_, String>>()?;
            Work {
                id: format!("lot {idx}"),
                subject: format!("hazard {haz}"),
                season: *band,
                after: pred.clone(),
                priority: *w,
                means: Means::Clearance { offers },
            }
        }
        DistrictTask::Project { band, dur, crew, cost, pred } => {
            let crews = crew
                .iter()
                .map(|(crew, &n)| Ok((crew.parse().map_err(|_| format!("task {idx} names crew {crew}"))?, n)));
            let id = format!("project {idx}");
            Work {
                subject: id.clone(),
                id,
                season: *band,
                after: pred.clone(),
                priority: 0,
                means: Means::Building { weeks: *dur, crews: crews.collect::<Result<_, String>>()?, cost: *cost },
            }
        }
    })
}

/// A project in Patterson's form, as PSPLIB gives it: number of activities and resources, capacities, then for each activity
/// duration, needs, number of successors, successors counted from 1.
pub fn patterson(text: &str) -> Result<Project, String> {
    let mut numbers =
        text.split_whitespace().map(|word| word.parse::<usize>().map_err(|_| format!("{word} is not a number")));
    let mut next = || numbers.next().unwrap_or_else(|| Err("the file ends too early".to_owned()));
    let (n, n_resources) = (next()?, next()?);
    if n_resources > 4 {
        return Err(format!("{n_resources} resources. hint: at most 4"));
    }
    let small = |value: usize| {
        u16::try_from(value).ok().filter(|&value| value < 1 << 15).ok_or(format!("{value} is too large"))
    };
    let amounts = |next: &mut dyn FnMut() -> Result<usize, String>| -> Result<[u16; 4], String> {
        let mut amounts = [0; 4];
        for amount in &mut amounts[..n_resources] {
            *amount = small(next()?)?;
        }
        Ok(amounts)
    };
    let capacity = amounts(&mut next)?;
    let mut activities = Vec::new();
    let mut total = 0;
    for at in 0..n {
        let duration = small(next()?)?;
        total += usize::from(duration);
        let needs = amounts(&mut next)?;
        if (0..4).any(|resource| duration > 0 && needs[resource] > capacity[resource]) {
            return Err(format!("activity {} needs more than there is", at + 1));
        }
        let mut successors = Vec::new();
        for _ in 0..next()? {
            let successor = next()?;
            if successor <= at + 1 || successor > n {
                return Err(format!(
                    "activity {} is before {successor}. hint: successors come later in the file",
                    at + 1
                ));
            }
            successors.push(successor - 1);
        }
        activities.push(Activity { duration: duration.into(), needs, successors });
    }
    small(total)?;
    Ok(Project { capacity, activities })
}
