//! Whose work is in the program: licences of crates, and of the files vendored for the web pages.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::run::{cargo, output, run, succeeds};

/// Licences that may be in the program together with Apache-2.0.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that state their licence only in a file, read by us: name and version as `cargo tree` prints them.
const READ: &[&str] = &[
    "unaccent v0.1.1", // MIT
];

/// Files of the web pages. What lies in a folder of it came from outside; its licence lies in `licences`.
const ASSETS: &str = "crates/homeground/assets";
const LICENCES: &str = "licences";

/// Every crate in the program has a licence that allows it.
pub fn crates(root: &Path) -> Result<()> {
    let format = ["tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--format", "{p}|{l}"];
    let tree = output(cargo(root).args(format)).context("cargo tree failed")?;
    let mut rows: Vec<&str> =
        tree.lines().filter(|line| line.contains('|')).map(|line| line.trim_end_matches(" (*)")).collect();
    rows.sort_unstable();
    rows.dedup();
    let is_fine = |row: &str| {
        row.split_once('|')
            .is_some_and(|(name, licence)| is_allowed(licence) || (licence.is_empty() && READ.contains(&name)))
    };
    let bad: Vec<&&str> = rows.iter().filter(|row| !is_fine(row)).collect();
    ensure!(bad.is_empty(), "licence not on the list of xtask/src/licences.rs: {bad:?}");
    println!("{} crates, every licence allowed", rows.len());
    Ok(())
}

/// Whether one of the choices an expression offers is allowed.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    expression
        .split(" OR ")
        .any(|choice| choice.split(" AND ").all(|licence| ALLOWED.contains(&licence.trim_matches(['(', ')', ' ']))))
}

/// Every folder of vendored files has its licence: `maplibre/` is covered by `licences/maplibre-gl.txt`.
pub fn assets(root: &Path) -> Result<()> {
    let names = |folder: &Path, folders: bool| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().is_dir() == folders)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let assets = root.join(ASSETS);
    let licences = names(&assets.join(LICENCES), false);
    let vendored: Vec<String> = names(&assets, true).into_iter().filter(|name| name != LICENCES).collect();
    let bare: Vec<&String> =
        vendored.iter().filter(|name| !licences.iter().any(|licence| licence.starts_with(name.as_str()))).collect();
    ensure!(bare.is_empty(), "no licence in {ASSETS}/{LICENCES} for {bare:?}");
    println!("{} folders of vendored files, each with its licence", vendored.len());
    Ok(())
}

/// Known weaknesses of dependencies, by whichever tool is installed.
pub fn audit(root: &Path) -> Result<()> {
    if succeeds("cargo", &["deny", "--version"]) {
        return run(cargo(root).args(["deny", "check", "advisories"]));
    }
    if succeeds("cargo", &["audit", "--version"]) {
        return run(cargo(root).args(["audit"]));
    }
    println!("skipped: neither cargo-deny nor cargo-audit is installed. hint: cargo install cargo-audit --locked");
    match root.join("Cargo.lock").exists() {
        true => Ok(()),
        false => bail!("Cargo.lock is missing: the versions of dependencies are not pinned"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn one_allowed_choice_is_enough_and_every_part_of_it_must_be_allowed() {
        assert!(is_allowed("MIT OR Apache-2.0"));
        assert!(is_allowed("GPL-3.0 OR MIT"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(is_allowed("Unlicense/MIT"));
        assert!(!is_allowed("GPL-3.0-only"));
        assert!(!is_allowed("MIT AND GPL-3.0-only"));
        assert!(!is_allowed(""));
    }
}
