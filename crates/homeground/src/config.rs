//! Settings and where each came from: a `homeground.toml` beside the programme, the environment, flags, in
//! rising order of precedence.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::cli::Usage;

/// Address on which pages are served unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    approve_as: Option<String>,
    source: Option<String>,
}

/// One setting with its value and origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name in `homeground.toml`.
    pub name: &'static str,
    /// What it sets, one sentence.
    pub about: &'static str,
    /// Its value; empty if nothing sets it.
    pub value: String,
    /// `default`, the file, or the environment variable.
    pub origin: String,
}

/// Every setting, resolved for a programme; flags are applied by the commands that have them.
pub struct Config {
    settings: Vec<Setting>,
}

impl Config {
    /// Read the file beside the programme and the environment.
    pub fn load(programme: Option<&Path>) -> anyhow::Result<Config> {
        let folder = programme.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        let path = folder.unwrap_or(Path::new(".")).join("homeground.toml");
        let file: File = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|e| {
                Usage(format!("{} is not a configuration: {}", path.display(), e.to_string().trim_end()))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let origin = path.display().to_string();
        let setting = |name, about, in_file: Option<String>, default: &str| {
            let variable = format!("HOMEGROUND_{}", str::to_uppercase(name));
            let from_environment = std::env::var(&variable).ok().filter(|value| !value.is_empty());
            let (value, origin) = match (from_environment, in_file) {
                (Some(value), _) => (value, variable),
                (None, Some(value)) => (value, origin.clone()),
                (None, None) => (default.to_owned(), "default".to_owned()),
            };
            Setting { name, about, value, origin }
        };
        let mut settings = vec![
            setting("listen", "address on which pages are served", file.listen, DEFAULT_LISTEN),
            setting(
                "approve_as",
                "who approves what imports accept; empty leaves records proposed",
                file.approve_as,
                "",
            ),
            setting("source", "source of imported rows that name none", file.source, ""),
        ];
        let key = crate::keys::path().map(|path| path.display().to_string()).unwrap_or_default();
        let origin = if std::env::var_os("HOMEGROUND_KEY").is_some() { "HOMEGROUND_KEY" } else { "default" };
        settings.push(Setting {
            name: "key",
            about: "file that holds the secret of this writer",
            value: key,
            origin: origin.to_owned(),
        });
        Ok(Config { settings })
    }

    /// The value of a setting; `None` if empty.
    pub fn value(&self, name: &str) -> Option<String> {
        self.settings.iter().find(|s| s.name == name).map(|s| s.value.clone()).filter(|value| !value.is_empty())
    }

    /// All of them.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
}
