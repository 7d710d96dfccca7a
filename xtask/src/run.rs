//! Other programs: run them, time them, find out whether they are there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Run a command in the workspace, its output going where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", as_typed(command));
    let status = command.status().with_context(|| format!("starting {}", as_typed(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", as_typed(command));
    }
    Ok(())
}

/// What a command prints, or nothing when it fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command is there and ends well; its output is dropped.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// Cargo in the workspace, building where [`target`] says.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).env("CARGO_TARGET_DIR", target());
    command
}

/// Where builds go: `CARGO_TARGET_DIR`, or a folder outside the clone, so that a clone stays small.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache().join("target"), PathBuf::from)
}

/// `~/.cache/homeground`, for builds and for the Python programs that benchmarks compare with.
pub fn cache() -> PathBuf {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    home.join(".cache/homeground")
}

/// Files in a folder with one of these endings, sorted by name; none when the folder is missing.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().and_then(OsStr::to_str).is_some_and(|ending| endings.contains(&ending)))
        .collect();
    paths.sort();
    paths
}

/// Seconds since then, to a tenth.
pub fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

fn as_typed(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
