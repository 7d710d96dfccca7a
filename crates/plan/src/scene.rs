//! Scenes for tests: a season drawn as text, works in words, the dates the planner gives.

use crate::problem::{Crew, Means, Offer, Phase, Problem, Season, Settlement, Team, Valid, Weights, Work};
use crate::schedule::Schedule;
use crate::weeks::Weeks;

pub(crate) struct Scene {
    pub(crate) problem: Problem,
}

impl Scene {
    pub(crate) fn valid(&self) -> Valid {
        self.problem.clone().validate().expect("a scene without faults")
    }
}

/// Reads a scene; a line each, in this order:
/// `season NAME ..oo..` · `team NAME [..oo..]` · `crew NAME N` · `budget N N …` · `phase NAME FROM TO` ·
/// `lot ID SEASON TEAM WEEKS COST | … [after ID …] [worth N]` · `build ID SEASON WEEKS [CREW N …] cost N [after ID …]` ·
/// `home ID HOUSEHOLDS [by WEEK] [phase NAME] needs ID …`.
/// Works are numbered as they stand, lots and buildings alike.
pub(crate) fn check(text: &str) -> Scene {
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|line| !line.is_empty()).collect();
    let n_weeks = lines.iter().find(|line| line[0] == "season").map_or(52, |line| line[2].len());
    let drawn = |drawn: &str| Weeks::of(n_weeks, |week| drawn.as_bytes().get(week) == Some(&b'o'));
    let of = |kind: &str| -> Vec<&Vec<&str>> { lines.iter().filter(|line| line[0] == kind).collect() };
    let works: Vec<&Vec<&str>> = lines.iter().filter(|line| matches!(line[0], "lot" | "build")).collect();
    let find = |list: &[&Vec<&str>], name: &str| {
        list.iter().position(|line| line[1] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    let after = |line: &[&str], word: &str| -> Vec<String> {
        let Some(at) = line.iter().position(|&part| part == word) else { return Vec::new() };
        let stop = |part: &&&str| !matches!(**part, "after" | "worth" | "cost" | "by" | "phase" | "needs");
        line[at + 1..].iter().take_while(stop).map(|&part| part.to_owned()).collect()
    };
    let number = |line: &[&str], word: &str| after(line, word).first().map(|n| n.parse::<i64>().unwrap());
    let work = |line: &&Vec<&str>| {
        let stop = line.iter().position(|&part| matches!(part, "after" | "worth" | "cost")).unwrap_or(line.len());
        let means = if line[0] == "lot" {
            let offers = line[3..stop].split(|&part| part == "|").filter(|offer| !offer.is_empty());
            let offers = offers.map(|offer| Offer {
                team: find(&of("team"), offer[0]),
                weeks: offer[1].parse().unwrap(),
                cost: offer[2].parse().unwrap(),
            });
            Means::Clearance { offers: offers.collect() }
        } else {
            let crews = line[4..stop].chunks(2).map(|crew| (find(&of("crew"), crew[0]), crew[1].parse().unwrap()));
            Means::Building {
                weeks: line[3].parse().unwrap(),
                crews: crews.collect(),
                cost: number(line, "cost").unwrap(),
            }
        };
        Work {
            id: line[1].to_owned(),
            subject: line[1].to_owned(),
            season: find(&of("season"), line[2]),
            after: after(line, "after").iter().map(|id| find(&works, id)).collect(),
            priority: number(line, "worth").unwrap_or(0),
            means,
        }
    };
    let problem = Problem {
        n_weeks,
        now: 0,
        seasons: of("season").iter().map(|line| Season { name: line[1].to_owned(), open: drawn(line[2]) }).collect(),
        teams: of("team")
            .iter()
            .map(|line| Team {
                name: line[1].to_owned(),
                available: line.get(2).map_or(Weeks::all(n_weeks), |text| drawn(text)),
            })
            .collect(),
        crews: of("crew")
            .iter()
            .map(|line| Crew { name: line[1].to_owned(), capacity: line[2].parse().unwrap() })
            .collect(),
        budget: of("budget").iter().flat_map(|line| line[1..].iter().map(|n| n.parse().unwrap())).collect(),
        works: works.iter().map(work).collect(),
        phases: of("phase")
            .iter()
            .map(|line| Phase {
                name: line[1].to_owned(),
                from: line[2].parse().unwrap(),
                to: line[3].parse().unwrap(),
            })
            .collect(),
        settlements: of("home")
            .iter()
            .map(|line| Settlement {
                id: line[1].to_owned(),
                households: line[2].parse().unwrap(),
                deadline: number(line, "by").map(|week| week as usize),
                needs: after(line, "needs").iter().map(|id| find(&works, id)).collect(),
                phase: after(line, "phase").first().map(|name| find(&of("phase"), name)),
            })
            .collect(),
        weights: Weights::default(),
        frozen: Vec::new(),
    };
    Scene { problem }
}

/// A line for each work and each settlement.
pub(crate) fn drawn(problem: &Problem, schedule: &Schedule) -> String {
    let mut text = String::new();
    for (work, at) in problem.works.iter().zip(&schedule.placements) {
        let at = at.map_or("no place".to_owned(), |at| {
            let team = at.team.map_or(String::new(), |team| format!(" {}", problem.teams[team].name));
            format!("{}-{}{team}", at.start, at.end)
        });
        text += &format!("{} {at}\n", work.id);
    }
    for settlement in &problem.settlements {
        let on = schedule.returns(problem, settlement);
        text += &format!("{} returns {}\n", settlement.id, on.map_or("never".to_owned(), |week| week.to_string()));
    }
    text
}
