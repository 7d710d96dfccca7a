//! `cargo xtask bench`: our benchmarks, then the same work by others, side by side.
//!
//! Benchmarks in Rust lie in `crates/*/benches`. Comparisons lie in `bench/*.sh` and `bench/*.py`; each gets
//! `small` or `full` as its argument, finds our program in `HOMEGROUND` and its peers on the `PATH`, prints one
//! line per figure, and ends with 77 when it must be skipped.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages;
use crate::run::{cache, cargo, files, run, target};

/// Exit status by which a comparison says that it cannot run here.
const SKIPPED: i32 = 77;

/// How much to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Once, on little data: a test that benchmarks work.
    Small,
    /// For figures.
    Full,
}

impl Size {
    /// From the command line.
    pub fn parse(word: &str) -> Result<Size> {
        match word {
            "small" => Ok(Size::Small),
            "full" => Ok(Size::Full),
            _ => bail!("--size is small or full, not {word}"),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Full => "full",
        }
    }
}

/// Everything.
pub fn all(root: &Path, size: Size) -> Result<()> {
    if size == Size::Full {
        packages::for_benches()?;
    }
    ours(root, size)?;
    compared(root, size)
}

/// The benchmarks in Rust; each runs once at the small size, in the profile of the tests.
pub fn ours(root: &Path, size: Size) -> Result<()> {
    let crates = std::fs::read_dir(root.join("crates")).context("reading crates/")?;
    let any = crates.flatten().any(|entry| !files(&entry.path().join("benches"), &["rs"]).is_empty());
    if !any {
        println!("no crate has benchmarks");
        return Ok(());
    }
    let mut command = cargo(root);
    command.env("HOMEGROUND_BENCH_SIZE", size.word());
    match size {
        Size::Small => command.args(["test", "--quiet", "--workspace", "--bench", "*"]),
        Size::Full => command.args(["bench", "--workspace", "--bench", "*"]),
    };
    run(&mut command)
}

/// The comparisons with others.
pub fn compared(root: &Path, size: Size) -> Result<()> {
    let scripts = files(&root.join("bench"), &["sh", "py"]);
    if scripts.is_empty() {
        println!("no comparisons in bench/");
        return Ok(());
    }
    let (profile, folder): (&[&str], &str) = match size {
        Size::Small => (&[], "debug"),
        Size::Full => (&["--release"], "release"),
    };
    run(cargo(root).args(["build", "--quiet", "-p", "homeground"]).args(profile))?;
    let path = std::env::var("PATH").unwrap_or_default();
    for script in scripts {
        let runner = if script.extension().is_some_and(|ending| ending == "py") { "python3" } else { "bash" };
        let mut command = Command::new(runner);
        command
            .current_dir(root)
            .arg(&script)
            .arg(size.word())
            .env("HOMEGROUND", target().join(folder).join("homeground"))
            .env("HOMEGROUND_BENCH_SIZE", size.word())
            .env("CARGO_TARGET_DIR", target())
            .env("PATH", format!("{}:{path}", cache().join("venv/bin").display()));
        println!("$ {runner} {} {}", script.strip_prefix(root).unwrap_or(&script).display(), size.word());
        let status = command.status().with_context(|| format!("starting {}", script.display()))?;
        match status.code() {
            Some(0) => {}
            Some(SKIPPED) => println!("skipped: {}", script.display()),
            _ => bail!("{} ended with {status}", script.display()),
        }
    }
    Ok(())
}
