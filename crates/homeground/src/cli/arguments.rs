//! Every argument, with the help that people read; shell completions and the man page come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use records::RecordKind;

/// Which ground is hazardous, which is released, and who says so.
///
/// Without a command: makes (once) and serves the bundled example.
///
/// Exit status: 0 done, 1 the domain said no or something was held for a person, 2 wrong usage, 3 the world failed.
#[derive(Debug, Parser)]
#[command(name = "homeground", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve the example.
    #[command(flatten)]
    pub example: Example,
}

/// How to serve the bundled example.
#[derive(Debug, Args)]
pub struct Example {
    /// Do not open a browser.
    #[arg(long)]
    pub no_browser: bool,
    /// Address to serve on [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Folder in which the example is kept [default: the user's data folder].
    #[arg(long, value_name = "FOLDER", env = "HOMEGROUND_EXAMPLE")]
    pub folder: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new, empty programme.
    New(New),
    /// Read files; accept what can be accepted, hold the rest for a person.
    Import(Import),
    /// Take a step of approval on records (REC-2).
    Approve(Approve),
    /// Take back a record that was never approved.
    Withdraw(Withdraw),
    /// What is hazardous and what is released, on any day, as known at any instant.
    State(State),
    /// What happened between two days, and that it adds up.
    Balance(Balance),
    /// May this ground be used, may this household return, and if not, what is missing.
    Gate(Gate),
    /// Rows that wait for a person, with what is wrong with them.
    Held(Held),
    /// Check published figures against each other.
    Reconcile(Reconcile),
    /// Write layers as GeoPackage, GeoJSON, FlatGeobuf or CSV.
    Export(Export),
    /// Recompute every hash, chain, signature and derived table.
    Verify(Verify),
    /// Make a consistent copy, also while the programme is being served.
    Backup(Backup),
    /// Bring a backup back; never overwrites.
    Restore(Restore),
    /// Serve the screens.
    Serve(Serve),
    /// Show every setting and where it comes from.
    Config(Config),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
    /// For maps.
    Geojson,
}

/// Which day, as known when.
#[derive(Debug, Clone, Args)]
pub struct When {
    /// The day asked about [default: today].
    #[arg(long, value_name = "DAY")]
    pub as_of: Option<Date>,
    /// Only what had been recorded by this instant, RFC 3339 [default: now].
    #[arg(long, value_name = "INSTANT")]
    pub known_at: Option<Timestamp>,
}

/// `new`.
#[derive(Debug, Args)]
pub struct New {
    /// File to make, such as karabakh.gpkg.
    pub programme: PathBuf,
    /// Name for people.
    #[arg(long)]
    pub name: String,
    /// Country, ISO 3166-1 alpha-3.
    #[arg(long, value_name = "ISO3", value_parser = country)]
    pub country: String,
}

fn country(text: &str) -> Result<String, String> {
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(text.to_owned())
    } else {
        Err("three capital letters are wanted, such as AZE".to_owned())
    }
}

/// `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Programme to import into.
    pub programme: PathBuf,
    /// Files: GeoJSON, GeoPackage, zipped shapefile, FlatGeobuf, KML, KMZ, GPX, CSV, XLSX.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Kind of record of rows that do not say.
    #[arg(long = "as", value_name = "RECORD")]
    pub as_record: Option<RecordKind>,
    /// Mapping profile (TOML) for files with other column names.
    #[arg(long, value_name = "PROFILE.toml")]
    pub map: Option<PathBuf>,
    /// Coordinate system of files that do not say.
    #[arg(long, value_name = "EPSG:n")]
    pub crs: Option<intake::CrsCode>,
    /// Source of rows that name none.
    #[arg(long)]
    pub source: Option<String>,
    /// For migrating history: the instant at which the old system had learned it [default: now].
    #[arg(long, value_name = "INSTANT")]
    pub recorded_at: Option<Timestamp>,
    /// Approve what is accepted, in this name; without it records are proposed.
    #[arg(long, value_name = "NAME")]
    pub approve_as: Option<String>,
    /// Tell what would happen; keep nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// Programme.
    pub programme: PathBuf,
    /// Entry ids of records; `--all` takes every proposed record.
    #[arg(required_unless_present = "all")]
    pub entries: Vec<ledger::EntryId>,
    /// Every proposed record.
    #[arg(long, conflicts_with = "entries")]
    pub all: bool,
    /// Who takes the step.
    #[arg(long = "as", value_name = "NAME")]
    pub by: String,
    /// Which step: submitted, verified, accepted, approved or rejected.
    #[arg(long, default_value = "approved", value_parser = ["submitted", "verified", "accepted", "approved", "rejected"])]
    pub step: String,
    /// Why.
    #[arg(long, default_value = "")]
    pub comment: String,
}

/// `withdraw`.
#[derive(Debug, Args)]
pub struct Withdraw {
    /// Programme.
    pub programme: PathBuf,
    /// Entry id of the record.
    pub entry: ledger::EntryId,
    /// Why.
    #[arg(long)]
    pub reason: String,
}

/// How rows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByWord {
    /// One row a hazard.
    Hazard,
    /// One row an administrative unit; border pieces are split.
    Place,
    /// One row an operator.
    Operator,
    /// One row in all.
    Total,
}

impl From<ByWord> for ledger::By {
    fn from(by: ByWord) -> ledger::By {
        match by {
            ByWord::Hazard => ledger::By::Hazard,
            ByWord::Place => ledger::By::Place,
            ByWord::Operator => ledger::By::Operator,
            ByWord::Total => ledger::By::Total,
        }
    }
}

/// `state`.
#[derive(Debug, Args)]
pub struct State {
    /// Programme.
    pub programme: PathBuf,
    /// How rows are made.
    #[arg(long, value_enum, default_value = "hazard")]
    pub by: ByWord,
    /// Which day, as known when.
    #[command(flatten)]
    pub when: When,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `balance`.
#[derive(Debug, Args)]
pub struct Balance {
    /// Programme.
    pub programme: PathBuf,
    /// First day of the period.
    #[arg(long, value_name = "DAY")]
    pub from: Date,
    /// Last day of the period.
    #[arg(long, value_name = "DAY")]
    pub to: Date,
    /// How rows are made.
    #[arg(long, value_enum, default_value = "total")]
    pub by: ByWord,
    /// Only what had been recorded by this instant, RFC 3339 [default: now].
    #[arg(long, value_name = "INSTANT")]
    pub known_at: Option<Timestamp>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `gate`.
#[derive(Debug, Args)]
pub struct Gate {
    /// Programme.
    pub programme: PathBuf,
    /// Ground asked about: well-known text in degrees (longitude first), a GeoJSON or WKT file, or the id of a
    /// project, place, route, parcel, monument, water point or household of the programme.
    #[arg(long, value_name = "WKT|FILE|ID")]
    pub footprint: String,
    /// How deep the use digs, in centimetres [default: what the project says].
    #[arg(long, value_name = "N")]
    pub depth_cm: Option<f64>,
    /// Metres around it to be kept free of hazard; around a line or a point this is its ground.
    #[arg(long, value_name = "N")]
    pub margin_m: Option<f64>,
    /// Ordnance expected there besides what the hazards record, separated by commas.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub eo: Vec<String>,
    /// Ask for access of this width too, in metres [default: asked for records of the programme only].
    #[arg(long, value_name = "N")]
    pub access_width_m: Option<f64>,
    /// Which day, as known when.
    #[command(flatten)]
    pub when: When,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `held`.
#[derive(Debug, Args)]
pub struct Held {
    /// Programme.
    pub programme: PathBuf,
    /// How to print; geojson gives the rows back as they were, to correct and import again.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How a file writes decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decimals {
    /// 1,234.5
    Point,
    /// 1.234,5
    Comma,
}

/// `reconcile`.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// CSV with the columns series, period_start, period_end, quantity, value, unit, qualifier, source.
    pub file: PathBuf,
    /// How the file writes decimals, where its numbers do not show it.
    #[arg(long, value_enum)]
    pub decimal: Option<Decimals>,
    /// How to print: text, json or csv.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Programme.
    pub programme: PathBuf,
    /// File to write; the ending says the format: gpkg, geojson, fgb, csv.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Layer to write; repeatable [default: every layer for gpkg, hazard for the others].
    #[arg(long = "layer", value_name = "LAYER")]
    pub layers: Vec<String>,
    /// Overwrite the file if it is there.
    #[arg(long)]
    pub overwrite: bool,
    /// Which day, as known when.
    #[command(flatten)]
    pub when: When,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Programme.
    pub programme: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Programme.
    pub programme: PathBuf,
    /// Copy to make; must not exist.
    pub file: PathBuf,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// Programme to make; must not exist.
    pub programme: PathBuf,
    /// Backup to bring back.
    pub file: PathBuf,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Programme.
    pub programme: PathBuf,
    /// Address to serve on [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// `config`.
#[derive(Debug, Args)]
pub struct Config {
    /// Programme beside which a homeground.toml may lie.
    pub programme: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
