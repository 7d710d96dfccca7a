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
    let budget =
        district.cumbudget.iter().scan(0, |before, &sum| Some(sum.saturating_sub(std::mem::replace(before, sum))));
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(texts: &[&str], read: impl Fn(&str) -> Result<String, String>, expected: Expect) {
        expected
            .assert_eq(&texts.iter().map(|text| read(text).unwrap_or_else(|error| error) + "\n").collect::<String>());
    }

    #[test]
    fn a_project_that_is_none_says_why() {
        check(
            &[
                "3 1  5  0 0 2 2 3  4 5 1 3  0 0 0",
                "3 1  5  0 0 1 2",
                "3 five",
                "1 5",
                "1 1 5  2 6 0",
                "2 1 5  2 1 1 1  2 1 0",
                "1 1 5  40000 1 0",
                "99999999999999999999",
                "",
            ],
            |text| {
                patterson(text)
                    .map(|project| format!("{} activities of {:?}", project.activities.len(), project.capacity))
            },
            expect![[r#"
                3 activities of [5, 0, 0, 0]
                the file ends too early
                five is not a number
                5 resources. hint: at most 4
                activity 1 needs more than there is
                activity 1 is before 1. hint: successors come later in the file
                40000 is too large
                99999999999999999999 is not a number
                the file ends too early
            "#]],
        );
    }

    #[test]
    fn a_district_that_is_none_says_why() {
        let whole = r#"{"T":4,"opn":[[1,1,0,1]],"teams":[{"kind":"dog"}],"tasks":[
            {"t":"h","haz":7,"band":0,"modes":[[0,2,5]],"pred":[],"w":1},
            {"t":"p","band":0,"dur":1,"crew":{"0":1},"cost":3,"pred":[0]}],
            "settle":[{"v":1,"n":2,"need":[1],"dl":3}],"cap":[1],"cumbudget":[10,30]}"#;
        let with = |from: &str, to: &str| whole.replace(from, to);
        check(
            &[
                whole,
                "[]",
                &with("[0,2,5]", "[0,-2,5]"),
                &with("[0,2,5]", "[-1,2,5]"),
                &with(r#"{"0":1}"#, r#"{"x":1}"#),
                &with("\"T\":4", "\"T\":99999999"),
            ],
            |text| {
                let problem = district(text)?;
                let budget = problem.budget.clone();
                match problem.validate() {
                    Ok(valid) => Ok(format!("{} works, budget {budget:?}", valid.works.len())),
                    Err(faults) => Err(faults[0].to_string()),
                }
            },
            expect![[r#"
                2 works, budget [10, 20]
                not a district: invalid length 0, expected struct District with 7 elements at line 1 column 2
                task 0 takes -2 weeks
                task 0 names team -1
                task 1 names crew x
                the horizon is 99999999 weeks and now is week 0. hint: between 1 and 4096 weeks, and now among them
            "#]],
        );
    }
}
