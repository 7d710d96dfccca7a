//! The secret of this device or office, kept outside the programme so that sharing a file shares no key.
//!
//! `HOMEGROUND_KEY` names the file; else `homeground/writer.key` in the user's configuration folder. It is
//! made once, readable by its owner alone.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

/// The secret, made on first use.
pub fn secret() -> anyhow::Result<[u8; 32]> {
    let path = path()?;
    match fs::read_to_string(&path) {
        Ok(text) => parse(text.trim()).with_context(|| format!("{} does not hold 64 hex digits", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&path),
        Err(error) => Err(error).with_context(|| format!("cannot read the key in {}", path.display())),
    }
}

/// Where the secret is kept.
pub fn path() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("HOMEGROUND_KEY") {
        return Ok(path.into());
    }
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .or_else(|| std::env::var_os("APPDATA"))
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    match folder {
        Some(folder) => Ok(folder.join("homeground").join("writer.key")),
        None => bail!("no folder for the key: set HOMEGROUND_KEY to a file"),
    }
}

fn make(path: &PathBuf) -> anyhow::Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).context("the system gives no random numbers for a key")?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = options.open(path).with_context(|| format!("cannot write the key to {}", path.display()))?;
    writeln!(file, "{hex}")?;
    Ok(secret)
}

fn parse(hex: &str) -> Option<[u8; 32]> {
    hex.parse::<ledger::EntryId>().ok().map(|id| id.0)
}
