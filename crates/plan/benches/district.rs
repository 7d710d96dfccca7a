//! Districts of 500 hazards: the first plan, half a minute of search, a new plan after a report, ranges, what hazards are worth.
//!
//! `cargo bench -p plan --bench district`; `HOMEGROUND_BENCH_SECONDS=30` CPU seconds of search, `HOMEGROUND_BENCH_DISTRICTS=d1,d2`.
//! `cargo test` runs it small. Every plan passes the verifier in this run.

mod clock;

use clock::cpu_seconds;
use plan::{Because, Dice, Effort, Found, Means, Objective, Problem, Stability, Valid, WeeksByCause};

/// As many as a CPU second here holds: the cooling follows the moves, so that less time wants fewer of them.
const MOVES_A_SECOND: f64 = 14_000.0;

fn main() {
    let Some(folder) = clock::data("district") else { return };
    let names = std::env::var("HOMEGROUND_BENCH_DISTRICTS")
        .unwrap_or(if clock::is_full() { "d1,d2,d3" } else { "t1" }.to_owned());
    println!("| district | step | CPU s | |\n|---|---|---|---|");
    for name in names.split(',') {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a district of that name");
        let problem = plan::read::district(&text).expect("the district is well-formed");
        measure(name, &problem);
    }
}

fn measure(name: &str, problem: &Problem) {
    let row =
        |step: &str, began: f64, said: String| println!("| {name} | {step} | {:.3} | {said} |", cpu_seconds() - began);
    let began = cpu_seconds();
    let valid = problem.clone().validate().expect("the district has no faults");
    let first = plan::first(&valid);
    verified(&valid, &first);
    row("first plan, verified", began, millions(first.points));

    let began = cpu_seconds();
    let bound = plan::bound(&valid).objective.total();
    row("bound", began, millions(bound));

    let seconds = clock::seconds(30.0, 0.2);
    let effort = Effort { rounds: 200, moves: ((seconds * MOVES_A_SECOND / 200.0) as usize).max(1), seed: 1 };
    let began = cpu_seconds();
    let found = plan::improve(&valid, &effort, &mut |_| cpu_seconds() - began < seconds);
    row(
        "search",
        began,
        format!(
            "{}, gap {:.1} %, {} moves{}",
            millions(found.points),
            100.0 * found.gap(),
            effort.rounds * effort.moves,
            if found.finished { "" } else { ", stopped" }
        ),
    );
    verified(&valid, &found);
    let Objective { households, priority, cost } = found.schedule.objective(&valid);
    println!(
        "| {name} | of which | | households {}, priorities {}, cost {} |",
        millions(households),
        millions(priority),
        millions(cost)
    );

    let began = cpu_seconds();
    let because = Because::new(&valid, &found.schedule);
    let chains = valid.settlements.iter().map(|place| WeeksByCause::of(&valid, &because.returns(place)));
    let sum = chains
        .fold([0; 5], |[w, s, t, c, b], of| [w + of.work, s + of.season, t + of.team, c + of.crew, b + of.budget]);
    row(
        "why, all settlements",
        began,
        format!("weeks: work {}, season {}, teams {}, crews {}, money {}", sum[0], sum[1], sum[2], sum[3], sum[4]),
    );

    let began = cpu_seconds();
    let ranges = plan::ranges(&valid, &found.schedule, 1_000, 0.4, &mut Dice::seeded(1));
    let spread: usize = ranges.settlements.iter().flatten().map(|range| range.p90 - range.p10).sum();
    row(
        "1,000 sampled plans",
        began,
        format!("P10 to P90: {:.1} weeks at the mean", spread as f64 / valid.settlements.len() as f64),
    );

    let began = cpu_seconds();
    let worth = plan::worth(&valid, &found.schedule);
    row(
        "worth of every hazard",
        began,
        format!("{} hazards, the most {} ({})", worth.len(), millions(worth[0].points), worth[0].subject),
    );

    after_a_report(name, problem, &found);
}

/// Week 20: a begun lot reports 60 % of its rate.
fn after_a_report(name: &str, problem: &Problem, previous: &Found) {
    let mut known = problem.clone();
    known.now = 20;
    let begun = |&work: &usize| {
        let is_lot = matches!(known.works[work].means, Means::Clearance { .. });
        previous.schedule.placements[work].filter(|at| is_lot && at.start < 20 && at.end > 20)
    };
    let Some(slow) =
        (0..known.works.len()).filter(|work| begun(work).is_some()).max_by_key(|work| begun(work).map(|at| at.end))
    else {
        return;
    };
    if let Means::Clearance { offers } = &mut known.works[slow].means {
        offers.iter_mut().for_each(|offer| offer.weeks = (offer.weeks as f64 / 0.6).ceil() as usize);
    }
    for stability in [Stability::default(), Stability { points: 0, ..Stability::default() }] {
        let again = known.clone();
        let began = cpu_seconds();
        let effort = Effort { rounds: 10, moves: 200, seed: 1 };
        let again = plan::replan(again, previous, &stability, &effort, &mut |_| true).expect("no faults");
        let took = cpu_seconds() - began;
        verified(&again.problem, &again.found);
        println!(
            "| {name} | new plan, {} points a move | {took:.3} | {} of {} works moved, {} |",
            stability.points,
            again.moved.len(),
            known.works.len(),
            millions(again.found.schedule.objective(&again.problem).total())
        );
    }
}

fn verified(problem: &Valid, found: &Found) {
    assert_eq!(plan::check(problem, &found.schedule), []);
}

fn millions(points: i64) -> String {
    format!("{:.3} M", points as f64 / 1e6)
}
