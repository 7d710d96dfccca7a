//! PSPLIB: the mean gap to the best known makespans, and every schedule through the verifier.
//!
//! `cargo bench -p plan --bench rcpsp`; `HOMEGROUND_BENCH_SECONDS=10` CPU seconds an instance, `HOMEGROUND_BENCH_SETS=j120`,
//! `HOMEGROUND_BENCH_EVERY=3` for every third instance of each set, `HOMEGROUND_BENCH_PSPLIB=FOLDER` for other instances in
//! the same layout. `cargo test` runs it small.

mod clock;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clock::cpu_seconds;
use plan::rcpsp::{Project, Solution, solve};

fn main() {
    let given = std::env::var("HOMEGROUND_BENCH_PSPLIB").ok().map(PathBuf::from);
    let Some(folder) = given.or_else(|| clock::data("psplib")) else { return };
    let sets = std::env::var("HOMEGROUND_BENCH_SETS").unwrap_or("j30,j60,j120".to_owned());
    let best = best_known(&folder);
    let seconds = clock::seconds(10.0, 0.01);
    let every = std::env::var("HOMEGROUND_BENCH_EVERY").map_or(1, |n| n.parse().expect("a number above 0"));
    println!("| set | instances | best known met | mean gap | schedules |\n|---|---|---|---|---|");
    for set in sets.split(',') {
        let (mut met, mut gaps, mut n_schedules) = (0, Vec::new(), 0);
        for file in files(&folder.join(set)).into_iter().step_by(every) {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = std::fs::read_to_string(&file).expect("the instance can be read");
            let solution = solved(&plan::read::patterson(&text).expect("a project in Patterson's form"), seconds);
            let known = best.get(&name).unwrap_or_else(|| panic!("best_known.csv has no {name}"));
            met += usize::from(solution.makespan <= *known);
            gaps.push(solution.makespan as f64 / *known as f64 - 1.0);
            n_schedules += solution.n_schedules;
            if std::env::var_os("HOMEGROUND_BENCH_EACH").is_some() {
                println!("{name} {} of {known}, bound {}", solution.makespan, solution.bound);
            }
        }
        let mean = 100.0 * gaps.iter().sum::<f64>() / gaps.len().max(1) as f64;
        println!("| {set} | {} | {met} | {mean:.3} % | {n_schedules} |", gaps.len());
    }
}

fn solved(project: &Project, seconds: f64) -> Solution {
    let began = cpu_seconds();
    let solution = solve(project, 1, &mut |_, _| cpu_seconds() - began < seconds);
    let (problem, kept) = project.as_problem(solution.makespan.max(1));
    assert_eq!(plan::check(&problem, &solution.as_schedule(project, &kept)), []);
    solution
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the set is a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rcp"));
    files.sort();
    files
}

fn best_known(folder: &Path) -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(folder.join("best_known.csv")).expect("best_known.csv stands beside the sets");
    let row = |line: &str| {
        let (name, makespan) = line.split_once(',')?;
        Some((name.to_owned(), makespan.trim().parse().ok()?))
    };
    text.lines().skip(1).filter_map(row).collect()
}
