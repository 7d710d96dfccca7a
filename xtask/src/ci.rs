//! `cargo xtask ci`: everything that must pass, each step with its name and duration. The tests come last, so that
//! the output ends with the closing lines of the test runner.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::bench::{self, Size};
use crate::run::{cargo, run, seconds, succeeds};
use crate::{docs, licences, packages};

/// A step and its name.
type Step = (&'static str, fn(&Path) -> Result<()>);

/// In this order.
const STEPS: &[Step] = &[
    ("programs", |_| packages::for_tests()),
    ("format", |root| run(cargo(root).args(["fmt", "--all", "--check"]))),
    ("clippy", clippy),
    ("reference", |root| docs::write(root, docs::Mode::Check)),
    ("rustdoc", rustdoc),
    ("licences", licences::crates),
    ("assets", licences::assets),
    ("audit", licences::audit),
    ("benches", |root| bench::ours(root, Size::Small)),
    ("comparisons", |root| bench::compared(root, Size::Small)),
    ("doctests", |root| run(cargo(root).args(["test", "--workspace", "--doc", "--quiet"]))),
    ("tests", tests_all),
];

/// All steps, or those named.
pub fn ci(root: &Path, only: &[&str]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|name| !STEPS.iter().any(|(step, _)| step == *name)) {
        let names: Vec<&str> = STEPS.iter().map(|(step, _)| *step).collect();
        bail!("there is no step {unknown}. hint: the steps are {}", names.join(", "));
    }
    let start = Instant::now();
    let mut done = Vec::new();
    for (name, step) in STEPS.iter().filter(|(name, _)| only.is_empty() || only.contains(name)) {
        if *name == "tests" && !done.is_empty() {
            println!("\n== so far {}: {}", seconds(start), done.join(", "));
        }
        println!("\n== {name}");
        let began = Instant::now();
        step(root).with_context(|| format!("step {name} failed after {}", seconds(began)))?;
        // The test runner has printed its own duration, as the last line.
        if *name != "tests" {
            println!("== {name}: {}", seconds(began));
        }
        done.push(format!("{name} {}", seconds(began)));
    }
    Ok(())
}

fn clippy(root: &Path) -> Result<()> {
    run(cargo(root).args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn rustdoc(root: &Path) -> Result<()> {
    run(cargo(root).env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--quiet", "--workspace", "--no-deps"]))
}

fn tests_all(root: &Path) -> Result<()> {
    run(tests(root).env("SLOW_TESTS", "1").env("HOMEGROUND_REQUIRE_BROWSER", "1"))
}

/// The test runner over the workspace.
fn tests(root: &Path) -> std::process::Command {
    let mut command = cargo(root);
    match succeeds("cargo", &["nextest", "--version"]) {
        true => command.args(["nextest", "run", "--workspace", "--no-fail-fast"]),
        false => command.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]),
    };
    command
}

/// `cargo xtask test`: the ordinary run, in seconds; further words go to the test runner.
pub fn test(root: &Path, words: &[&str]) -> Result<()> {
    if words.is_empty() {
        run(cargo(root).args(["test", "--workspace", "--doc", "--quiet"]))?;
    }
    run(tests(root).args(words))
}

/// `cargo xtask bless`: accept what the code prints now as the expected text; then review the difference.
pub fn bless(root: &Path) -> Result<()> {
    docs::write(root, docs::Mode::Write)?;
    run(tests(root).env("UPDATE_EXPECT", "1"))
}
