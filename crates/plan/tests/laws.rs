//! Laws of the planner on random districts. Judged by the verifier, which shares nothing with it.

use plan::*;
use proptest::prelude::*;

/// A small district from a handful of numbers, many of them unkind.
fn any_problem() -> impl Strategy<Value = Problem> {
    let season = prop::collection::vec((2..9_usize, 1..14_usize), 1..8);
    let work = (
        0..3_usize,
        prop::collection::vec((0..4_usize, 1..12_usize, 0..40_i64), 0..4),
        any::<bool>(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        0..5_i64,
    );
    let home = (0..50_i64, prop::option::of(0..90_usize), prop::collection::vec(any::<prop::sample::Index>(), 0..4));
    (
        prop::collection::vec(season, 3),
        prop::collection::vec(1..5_u32, 3),
        prop::option::of(prop::collection::vec(0..200_i64, 1..3)),
        prop::collection::vec(work, 1..25),
        prop::collection::vec(home, 0..8),
        0..30_usize,
    )
        .prop_map(|(seasons, crews, budget, works, homes, now)| problem(&seasons, &crews, budget, works, homes, now))
}

type WorkParts = (usize, Vec<(usize, usize, i64)>, bool, Vec<prop::sample::Index>, i64);
type HomeParts = (i64, Option<usize>, Vec<prop::sample::Index>);

fn problem(
    seasons: &[Vec<(usize, usize)>],
    crews: &[u32],
    budget: Option<Vec<i64>>,
    works: Vec<WorkParts>,
    homes: Vec<HomeParts>,
    now: usize,
) -> Problem {
    const N_WEEKS: usize = 90;
    let n_works = works.len();
    let season = |(at, spans): (usize, &Vec<(usize, usize)>)| {
        let drawn: Vec<bool> =
            spans.iter().flat_map(|&(closed, open)| (0..closed + open).map(move |week| week >= closed)).collect();
        Season {
            name: format!("season {at}"),
            open: Weeks::of(N_WEEKS, |week| drawn.get(week).copied().unwrap_or(false)),
        }
    };
    let team =
        |at: usize| Team { name: format!("team {at}"), available: Weeks::of(N_WEEKS, |week| at < 3 || week % 11 != 0) };
    let work = |(at, (season, ways, lot, after, priority)): (usize, WorkParts)| {
        let means = if lot {
            Means::Clearance {
                offers: ways.iter().map(|&(team, weeks, cost)| Offer { team, weeks, cost }).collect::<Vec<_>>(),
            }
        } else {
            let (weeks, cost) = ways.first().map_or((2, 1), |way| (way.1, way.2));
            Means::Building { weeks, cost, crews: ways.iter().filter(|way| way.0 < 3).map(|way| (way.0, 1)).collect() }
        };
        let mut after: Vec<usize> =
            if at == 0 { Vec::new() } else { after.iter().map(|index| index.index(at)).collect() };
        after.dedup();
        Work { id: format!("work {at}"), subject: format!("subject {}", at / 2), season, after, priority, means }
    };
    let home = |(at, (households, deadline, needs)): (usize, HomeParts)| Settlement {
        id: format!("home {at}"),
        households,
        deadline,
        needs: needs.iter().map(|index| index.index(n_works)).collect(),
        phase: (at % 3 == 0).then_some(at % 2),
    };
    let mut works: Vec<Work> = works.into_iter().enumerate().map(work).collect();
    for work in &mut works {
        match &mut work.means {
            Means::Clearance { offers } => {
                offers.sort_by_key(|offer| offer.team);
                offers.dedup_by_key(|offer| offer.team);
            }
            Means::Building { crews, .. } => {
                crews.sort_unstable();
                crews.dedup_by_key(|crew| crew.0);
            }
        }
    }
    Problem {
        n_weeks: N_WEEKS,
        now,
        seasons: seasons.iter().enumerate().map(season).collect(),
        teams: (0..4).map(team).collect(),
        crews: crews.iter().enumerate().map(|(at, &capacity)| Crew { name: format!("crew {at}"), capacity }).collect(),
        budget: budget.unwrap_or_default(),
        works,
        phases: vec![Phase { name: "one".into(), from: 0, to: 30 }, Phase { name: "two".into(), from: 30, to: 90 }],
        settlements: homes.into_iter().enumerate().map(home).collect(),
        weights: Weights::default(),
        frozen: Vec::new(),
    }
}

const SHORT: Effort = Effort { rounds: 4, moves: 100, seed: 7 };

fn improved(problem: &Valid) -> Found {
    improve(problem, &SHORT, &mut |_| true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_plan_passes_the_verifier_and_is_worth_what_it_says(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        let (first, better) = (first(&problem), improved(&problem));
        for found in [&first, &better] {
            prop_assert_eq!(check(&problem, &found.schedule), []);
            prop_assert_eq!(found.schedule.objective(&problem).total(), found.points);
            prop_assert!(found.points >= bound(&problem).objective.total());
        }
        prop_assert!(better.points <= first.points);
    }

    #[test]
    fn one_seed_gives_one_plan(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        prop_assert_eq!(improved(&problem), improved(&problem));
    }

    #[test]
    fn what_has_no_place_has_a_reason(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        let schedule = first(&problem).schedule;
        let without = schedule.placements.iter().filter(|at| at.is_none()).count();
        prop_assert_eq!(unscheduled(&problem, &schedule).len(), without);
    }

    #[test]
    fn every_date_is_explained_without_a_gap(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        let found = improved(&problem);
        let because = Because::new(&problem, &found.schedule);
        for (work, at) in found.schedule.placements.iter().enumerate() {
            let steps = because.ends(work);
            let Some(at) = at else { prop_assert!(steps.is_empty()); continue };
            prop_assert_eq!((steps[0].from, steps[steps.len() - 1].to), (problem.now, at.end));
            prop_assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].from < pair[0].to));
        }
    }

    #[test]
    fn no_hazard_is_worth_less_than_nothing(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        let found = improved(&problem);
        for worth in worth(&problem, &found.schedule) {
            prop_assert!(worth.points >= 0 && worth.household_weeks >= 0, "{:?}", worth);
        }
    }

    #[test]
    fn sampled_dates_are_in_order_and_certain_rates_give_dates_no_later_than_planned(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        let schedule = improved(&problem).schedule;
        let spread = ranges(&problem, &schedule, 60, 0.4, &mut Dice::seeded(1));
        let certain = ranges(&problem, &schedule, 3, 0.0, &mut Dice::seeded(1));
        for (work, at) in schedule.placements.iter().enumerate() {
            prop_assert_eq!(at.is_some(), spread.works[work].is_some());
            let Some((at, range, certain)) = at.zip(spread.works[work]).zip(certain.works[work]).map(|((at, range), certain)| (at, range, certain)) else { continue };
            prop_assert!(range.p10 <= range.p50 && range.p50 <= range.p90);
            prop_assert!(certain.p10 == certain.p90 && certain.p50 <= at.end);
        }
    }

    #[test]
    fn a_new_plan_after_a_report_keeps_what_has_begun(problem in any_problem(), later in 1..20_usize, slower in 0..6_usize, poorer in 1..6_i64) {
        let valid = problem.clone().validate().unwrap();
        let previous = improved(&valid);
        let mut known = problem;
        known.now = (known.now + later).min(known.n_weeks);
        known.budget.iter_mut().for_each(|amount| *amount /= poorer);
        for work in &mut known.works {
            if let Means::Clearance { offers } = &mut work.means {
                offers.iter_mut().for_each(|offer| offer.weeks += slower);
            }
        }
        let again = replan(known, &previous, &Stability::default(), &SHORT, &mut |_| true).unwrap();
        prop_assert_eq!(check(&again.problem, &again.found.schedule), []);
        for (work, at) in previous.schedule.placements.iter().enumerate() {
            let Some(at) = at.filter(|at| at.start < again.problem.now && !again.thawed.contains(&work)) else { continue };
            let now = again.found.schedule.placements[work].expect("what has begun stays");
            prop_assert_eq!((now.start, now.team), (at.start, at.team));
        }
    }

    #[test]
    fn a_plan_kept_by_names_goes_on_in_the_order_it_was_made(problem in any_problem()) {
        let valid = problem.validate().unwrap();
        let found = improved(&valid);
        let text = serde_json::to_string(&turns(&valid, &found.sequence)).unwrap();
        let kept: Vec<Turn> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&recall(&valid, found.schedule.clone(), &kept), &Found { finished: false, ..found });
    }

    #[test]
    fn a_published_plan_is_read_back_as_it_was(problem in any_problem()) {
        let problem = problem.validate().unwrap();
        let found = improved(&problem);
        let monday = jiff::civil::date(2027, 1, 4);
        let ranges = ranges(&problem, &found.schedule, 20, 0.4, &mut Dice::seeded(1));
        let text = serde_json::to_string(&Plan::new(&problem, &found, monday, Some(&ranges))).unwrap();
        let plan: Plan = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(plan.schedule(&problem, monday).unwrap(), found.schedule);
    }

    #[test]
    fn more_or_fewer_means_never_break_a_plan(problem in any_problem(), team in 0..4_usize, more in 0..500_i64) {
        let mut fewer = problem.clone();
        fewer.teams[team].available = Weeks::of(fewer.n_weeks, |week| week >= 80);
        fewer.crews[0].capacity -= 1;
        fewer.budget.iter_mut().for_each(|amount| *amount /= 2);
        let mut richer = problem;
        richer.budget.iter_mut().for_each(|amount| *amount += more);
        richer.crews.iter_mut().for_each(|crew| crew.capacity += 3);
        for changed in [fewer, richer] {
            let changed = changed.validate().unwrap();
            prop_assert_eq!(check(&changed, &improved(&changed).schedule), []);
        }
    }
}
