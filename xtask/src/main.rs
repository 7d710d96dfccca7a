//! Our build commands, in Rust, so that they run wherever the product builds: `cargo xtask ci` and the others.

mod bench;
mod ci;
mod docs;
mod example;
mod licences;
mod packages;
mod run;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
cargo xtask test [WORDS]                 the ordinary tests; words go to the test runner
cargo xtask ci [STEPS]                   everything that must pass, or the named steps
cargo xtask bless                        accept what the code prints now as expected text
cargo xtask bench [--size small|full]    benchmarks and comparisons (full)
cargo xtask example [--seed N]           make the bundled example again (7)
cargo xtask docs [--check]               field tables of docs/reference from the dictionary";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(words: &[&str]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    match words {
        ["test", words @ ..] => ci::test(root, words),
        ["ci", steps @ ..] => ci::ci(root, steps),
        ["bless"] => ci::bless(root),
        ["bench"] => bench::all(root, bench::Size::Full),
        ["bench", "--size", size] => bench::all(root, bench::Size::parse(size)?),
        ["example"] => example::write(root, 7),
        ["example", "--seed", seed] => example::write(root, seed.parse().context("--seed wants a whole number")?),
        ["docs"] => docs::write(root, docs::Mode::Write),
        ["docs", "--check"] => docs::write(root, docs::Mode::Check),
        _ => bail!("what shall I do?\n{USAGE}"),
    }
}
