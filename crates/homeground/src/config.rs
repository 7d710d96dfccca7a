//! Settings and where each came from: a `homeground.toml` beside the programme, the environment, flags, in
//! rising order of precedence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use geodesy::terrain::Terrain;
use records::Rules;
use records::rules::Change;
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
    #[serde(default)]
    gate: BTreeMap<String, toml::Value>,
    operation: Option<String>,
    elevation: Option<String>,
    #[serde(default)]
    rules: BTreeMap<String, Change>,
    #[serde(default)]
    plan: toml::Table,
}

/// One setting of the section `[gate]`: its name, what it sets, and the default that the policy has.
type GateSetting = (&'static str, &'static str, fn(&gates::Policy) -> String);

/// What a country decides about its gates.
const GATE: [GateSetting; 9] = [
    ("margin_m", "metres kept free of hazard around every footprint (GATE-1)", |p| p.margin_m.to_string()),
    ("handover_required", "whether land must be handed over before use (GATE-2)", |p| p.handover_required.to_string()),
    ("depth_not_applicable", "whether cancelled or reduced land may be dug (GATE-4)", |p| {
        p.depth_not_applicable.to_string()
    }),
    ("event_radius_m", "metres within which accidents, finds and reopenings count (GATE-6)", |p| {
        p.event_radius_m.to_string()
    }),
    ("access_width_m", "width of the access route where the subject states none (GATE-5)", |p| {
        p.access_width_m.to_string()
    }),
    ("access_reach_m", "metres within which a footprint touches a road, and roads each other", |p| {
        p.access_reach_m.to_string()
    }),
    ("water_radius_m", "metres from a dwelling within which there must be water", |p| p.water_radius_m.to_string()),
    ("services", "services that a place of return must have, separated by commas", |p| {
        p.services.iter().cloned().collect::<Vec<_>>().join(",")
    }),
    ("property_blocks", "whether a dispute over the property blocks the return", |p| p.property_blocks.to_string()),
];

/// One setting with its value and origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name in `homeground.toml`.
    pub name: String,
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
    changes: BTreeMap<String, Change>,
    plan: toml::Table,
    path: PathBuf,
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
        let setting = |name: &str, about, in_file: Option<String>, default: &str| {
            let variable = format!("HOMEGROUND_{}", str::to_uppercase(name).replace('.', "_"));
            let from_environment = std::env::var(&variable).ok().filter(|value| !value.is_empty());
            let (value, origin) = match (from_environment, in_file) {
                (Some(value), _) => (value, variable),
                (None, Some(value)) => (value, origin.clone()),
                (None, None) => (default.to_owned(), "default".to_owned()),
            };
            Setting { name: name.to_owned(), about, value, origin }
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
            setting(
                "operation",
                "change of datum to WGS 84, such as EPSG:15865, for systems that have it; empty takes the most accurate for the place",
                file.operation,
                "",
            ),
            setting(
                "elevation",
                "raster of heights beside the programme, GeoTIFF or ESRI ASCII grid in longitude and latitude",
                file.elevation,
                "",
            ),
        ];
        let gate = |what: String| Usage(format!("{}: [gate] {what}", path.display()));
        if let Some(unknown) = file.gate.keys().find(|key| !GATE.iter().any(|(name, ..)| name == key)) {
            return Err(gate(format!("has no setting {unknown:?}")).into());
        }
        for (name, about, default) in GATE {
            let text = |value: &toml::Value| match value {
                toml::Value::String(text) => Ok(text.clone()),
                toml::Value::Array(items) => items
                    .iter()
                    .map(|item| item.as_str().ok_or_else(|| gate(format!("{name} holds {item}; texts are wanted"))))
                    .collect::<Result<Vec<&str>, Usage>>()
                    .map(|texts| texts.join(",")),
                other => Ok(other.to_string()),
            };
            let in_file = file.gate.get(name).map(text).transpose()?;
            settings.push(setting(&format!("gate.{name}"), about, in_file, &default(&gates::Policy::default())));
        }
        let key = crate::keys::path().map(|path| path.display().to_string()).unwrap_or_default();
        let origin = if std::env::var_os("HOMEGROUND_KEY").is_some() { "HOMEGROUND_KEY" } else { "default" };
        settings.push(Setting {
            name: "key".to_owned(),
            about: "file that holds the secret of this writer",
            value: key,
            origin: origin.to_owned(),
        });
        for (finding, change) in &file.rules {
            let part = |what: &str, value: Option<String>| Setting {
                name: format!("rules.{finding}.{what}"),
                about: "what this programme changes in the table of rules",
                value: value.unwrap_or_default(),
                origin: path.display().to_string(),
            };
            let parts = [
                part("severity", change.severity.map(|severity| severity.letter().to_owned())),
                part("threshold", change.threshold.map(|threshold| threshold.to_string())),
            ];
            settings.extend(parts.into_iter().filter(|part| !part.value.is_empty()));
        }
        Ok(Config { settings, changes: file.rules, plan: file.plan, path })
    }

    /// The value of a setting; `None` if empty.
    pub fn value(&self, name: &str) -> Option<String> {
        self.settings.iter().find(|s| s.name == name).map(|s| s.value.clone()).filter(|value| !value.is_empty())
    }

    /// The section `[plan]`; the plan checks it.
    pub fn plan(&self) -> toml::Table {
        self.plan.clone()
    }

    /// The policy of the gates.
    pub fn policy(&self) -> anyhow::Result<gates::Policy> {
        let wrong = |name: &str, value: &str, wanted: &str| Usage(format!("{name} is {value:?}: {wanted} is wanted"));
        let metres = |name: &str| {
            let value = self.value(name).unwrap_or_default();
            let metres = value.parse::<f64>().ok().filter(|metres| metres.is_finite() && *metres >= 0.0);
            metres.ok_or_else(|| wrong(name, &value, "a number of metres, not negative,"))
        };
        let yes = |name: &str| {
            let value = self.value(name).unwrap_or_default();
            value.parse::<bool>().map_err(|_| wrong(name, &value, "true or false"))
        };
        let services = self.value("gate.services").unwrap_or_default();
        Ok(gates::Policy {
            margin_m: metres("gate.margin_m")?,
            handover_required: yes("gate.handover_required")?,
            depth_not_applicable: yes("gate.depth_not_applicable")?,
            event_radius_m: metres("gate.event_radius_m")?,
            access_width_m: metres("gate.access_width_m")?,
            access_reach_m: metres("gate.access_reach_m")?,
            water_radius_m: metres("gate.water_radius_m")?,
            services: services.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            property_blocks: yes("gate.property_blocks")?,
        })
    }

    /// The change of datum that the programme prescribes, by its EPSG code.
    pub fn operation(&self) -> anyhow::Result<Option<u32>> {
        let code = self.value("operation").map(|text| text.parse::<geodesy::CrsCode>());
        let code = code.transpose().map_err(|why| Usage(format!("the setting operation: {why}")))?;
        Ok(code.map(|code| code.0))
    }

    /// The raster of heights, if there is one; a path is beside the programme unless it begins at the root.
    pub fn elevation(&self) -> anyhow::Result<Option<Terrain>> {
        let Some(name) = self.value("elevation") else { return Ok(None) };
        let path = self.path.parent().unwrap_or(Path::new(".")).join(name);
        let terrain = intake::elevation::read(&path);
        Ok(Some(terrain.map_err(|why| Usage(format!("the setting elevation: {} {why}", path.display())))?))
    }

    /// The table of rules as this programme has it.
    pub fn rules(&self) -> anyhow::Result<Rules> {
        let changed = Rules::shipped().changed(&self.changes);
        Ok(changed.map_err(|why| Usage(format!("{}: [rules] {why}", self.path.display())))?)
    }

    /// All of them.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
}
