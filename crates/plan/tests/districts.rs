//! The districts beside the checkout: a plan at once, a better one, a new one after a report, all through the verifier.

use std::path::PathBuf;

use plan::*;

fn districts() -> Vec<(String, Problem)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let places = ["..", "../..", "../../.."].map(|up| root.join(up).join("shared/data/planning/district"));
    let Some(folder) = places.into_iter().find(|place| place.is_dir()) else {
        println!("without shared/data/planning/district: not tested");
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let district = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("the district can be read");
        (file.display().to_string(), read::district(&text).expect("a district"))
    };
    files.into_iter().map(district).collect()
}

#[test]
fn every_district_gets_a_plan_that_passes_the_verifier() {
    let effort = Effort { rounds: 3, moves: 300, seed: 1 };
    for (name, problem) in districts() {
        let valid = problem.clone().validate().expect("no faults");
        let (first, better) = (first(&valid), improve(&valid, &effort, &mut |_| true));
        for found in [&first, &better] {
            assert_eq!(check(&valid, &found.schedule), [], "{name}");
            assert_eq!(found.schedule.objective(&valid).total(), found.points, "{name}");
        }
        assert!(better.points < first.points && better.points >= better.bound, "{name}");
        assert_eq!(unscheduled(&valid, &better.schedule), [], "{name}");
        assert_eq!(improve(&valid, &effort, &mut |_| true), better, "{name}");

        let mut known = problem;
        known.now = 30;
        let calm = replan(known.clone(), &better, &Stability::default(), &effort, &mut |_| true).expect("no faults");
        let free = Stability { points: 0, ..Stability::default() };
        let restless = replan(known, &better, &free, &effort, &mut |_| true).expect("no faults");
        for again in [&calm, &restless] {
            assert_eq!(check(&again.problem, &again.found.schedule), [], "{name}");
        }
        assert!(calm.moved.len() <= restless.moved.len(), "{name}: {} and {}", calm.moved.len(), restless.moved.len());
    }
}
