//! The bundled example: made at first start from text files inside the binary, then served.

use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;

use crate::cli::{Outcome, say};
use crate::import::ImportOptions;
use crate::programme::Programme;
use crate::{clock, config};

#[derive(rust_embed::RustEmbed)]
#[folder = "../../examples/kalbajar"]
struct Files;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    country: String,
    import: Vec<ManifestImport>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestImport {
    file: String,
    recorded_at: Timestamp,
    approve_as: Option<String>,
}

/// Make the example unless it is there, and serve it.
pub fn run(arguments: &crate::cli::Example) -> anyhow::Result<Outcome> {
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => data_folder()?,
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("kalbajar.gpkg");
    if path.exists() {
        say!("example: {}", path.display());
    } else {
        say!("making the example in {}", path.display());
        make(&path)?;
    }
    let programme = Programme::open(&path)?;
    summary(&programme)?;
    let listen = arguments.listen.clone().or_else(|| config::Config::load(Some(&path)).ok()?.value("listen"));
    let listen = listen.unwrap_or_else(|| config::DEFAULT_LISTEN.to_owned());
    let open = !arguments.no_browser;
    crate::cli::serve_at(programme, &listen, &mut |address| {
        if open {
            open_browser(&format!("http://{address}/"));
        }
    })
}

/// Make the example under another name and rename it when it is whole, so that a power cut leaves nothing half made.
pub fn make(path: &Path) -> anyhow::Result<()> {
    let text = Files::get("programme.toml").context("the example has no programme.toml")?;
    let manifest: Manifest = toml::from_str(std::str::from_utf8(&text.data)?)?;
    let unpacked = tempdir(path)?;
    let partial = unpacked.join("programme.gpkg");
    let first = manifest.import.first().map_or_else(clock::now, |import| import.recorded_at);
    let mut programme = Programme::create(&partial, &manifest.name, &manifest.country, first)?;
    let n_imports = manifest.import.len();
    for (i, import) in manifest.import.iter().enumerate() {
        let embedded = Files::get(&import.file).with_context(|| format!("the example has no {}", import.file))?;
        let file = unpacked.join(&import.file);
        std::fs::create_dir_all(file.parent().unwrap_or(&unpacked))?;
        std::fs::write(&file, &embedded.data)?;
        let options = ImportOptions {
            recorded_at: import.recorded_at,
            approve_as: import.approve_as.clone(),
            ..ImportOptions::default()
        };
        let report = programme.import(&[file], &options, &mut |_| true)?;
        eprintln!("{}/{n_imports} {}: {} accepted, {} held", i + 1, import.file, report.accepted, report.held);
    }
    programme.close()?;
    settings(path)?;
    std::fs::rename(&partial, path).with_context(|| format!("cannot make {}", path.display()))?;
    std::fs::remove_dir_all(&unpacked)?;
    Ok(())
}

/// How its plan is made, and what-ifs, beside it; what somebody put there stays.
fn settings(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    for name in Files::iter().filter(|name| *name == "homeground.toml" || name.starts_with("scenarios/")) {
        let file = folder.join(&*name);
        if let (false, Some(embedded)) = (file.exists(), Files::get(&name)) {
            std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
            std::fs::write(&file, &embedded.data).with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    Ok(())
}

fn tempdir(path: &Path) -> anyhow::Result<PathBuf> {
    let folder = path.with_extension("making");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn summary(programme: &Programme) -> anyhow::Result<()> {
    let state = programme.state();
    let day = clock::today().into();
    let totals = state.totals(programme.index(), day);
    say!("{}", programme.name());
    say!(
        "remaining {} in {} open hazards; released {}; {} findings",
        ledger::m2(totals.figures.remaining()),
        totals.n_open,
        ledger::m2(totals.figures.flow.released()),
        state.findings(programme.index(), day).len()
    );
    Ok(())
}

fn data_folder() -> anyhow::Result<PathBuf> {
    let folder = std::env::var_os("XDG_DATA_HOME")
        .or_else(|| std::env::var_os("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local").join("share")));
    Ok(folder.context("no folder for the example: give one with --folder")?.join("homeground"))
}

/// Ask the desktop to show the page; without a desktop nothing happens, and the address is printed anyway.
fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = std::process::Command::new(program);
    command.arg(url).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let _ = command.spawn();
}
