//! Every argument, with the help that people read; shell completions and the man page come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use geodesy::place::Notation;
use jiff::Timestamp;
use jiff::civil::Date;
use records::RecordKind;

use crate::import::Prose;

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
    /// Return records or held rows to their sender with a message.
    Return(Return),
    /// Take back a record that was never approved.
    Withdraw(Withdraw),
    /// What is hazardous and what is released, on any day, as known at any instant.
    State(State),
    /// What happened between two days, and that it adds up.
    Balance(Balance),
    /// May this ground be used, may this household return, and if not, what is missing.
    Gate(Gate),
    /// What is doubtful by the rules, over the whole programme.
    Check(Check),
    /// Teams, crews, budget and seasons into dates: what opens when, and what holds it.
    Plan(Plan),
    /// Rows that wait for a person, with what is wrong with them.
    Held(Held),
    /// Check published figures against each other.
    Reconcile(Reconcile),
    /// Write layers as GeoPackage, GeoJSON, FlatGeobuf or CSV.
    Export(Export),
    /// Write what a team takes into the field: a QGIS project with reference layers, and layers to draw in.
    Package(Package),
    /// Recompute every hash, chain, signature and derived table.
    Verify(Verify),
    /// Make a consistent copy, also while the programme is being served.
    Backup(Backup),
    /// Bring a backup back; never overwrites.
    Restore(Restore),
    /// Field geometry of one form or point: coordinates, declination, traverses, areas.
    #[command(subcommand)]
    Geo(Geo),
    /// Serve the screens, layers over the network, and phones.
    Serve(Serve),
    /// Which phones may fetch forms and send.
    Phone(Phone),
    /// Add a form for phones, or list those there are.
    Form(Form),
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

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAs {
    /// Records of one kind.
    Record(RecordKind),
    /// Text that claims are read from.
    Prose(Prose),
}

impl std::str::FromStr for ReadAs {
    type Err = records::kind::UnknownKind;

    fn from_str(text: &str) -> Result<ReadAs, Self::Err> {
        match text {
            "bulletin" => Ok(ReadAs::Prose(Prose::Bulletin)),
            "article" => Ok(ReadAs::Prose(Prose::Article)),
            kind => kind.parse().map(ReadAs::Record),
        }
    }
}

/// `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Programme to import into.
    pub programme: PathBuf,
    /// Files: GeoJSON, GeoPackage, zipped shapefile, FlatGeobuf, KML, KMZ, GPX, CSV, XLSX, ODK submissions.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Kind of record of rows that do not say; `bulletin` reads claims from the text of a weekly bulletin in English,
    /// `article` sources and claims from a page with numbered references.
    #[arg(long = "as", value_name = "RECORD")]
    pub read_as: Option<ReadAs>,
    /// Day on which a bulletin was published, which gives the year to days without one, or on which an article was read.
    #[arg(long, value_name = "DAY")]
    pub date: Option<Date>,
    /// Mapping profile (TOML) for files with other column names.
    #[arg(long, value_name = "PROFILE.toml")]
    pub map: Option<PathBuf>,
    /// Coordinate system of files that do not say.
    #[arg(long, value_name = "EPSG:n")]
    pub crs: Option<intake::CrsCode>,
    /// The change of datum of systems that have several [default: the setting `operation`, else the most accurate one
    /// for the place].
    #[arg(long, value_name = "EPSG:n")]
    pub operation: Option<intake::CrsCode>,
    /// Source of rows that name none.
    #[arg(long)]
    pub source: Option<String>,
    /// For migrating history: the instant at which the old system had learned it [default: now].
    #[arg(long, value_name = "INSTANT")]
    pub recorded_at: Option<Timestamp>,
    /// Approve what is accepted, in this name; without it records are proposed.
    #[arg(long, value_name = "NAME")]
    pub approve_as: Option<String>,
    /// Take in rows although this rule finds an error; repeatable, with --approve-as and the reason in --comment.
    #[arg(long = "accept", value_name = "RULE", requires = "comment")]
    pub accepted: Vec<String>,
    /// Why it is approved, and why a rule is accepted.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub comment: String,
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
    /// Approve although this rule finds an error; repeatable, with the reason in --comment.
    #[arg(long = "accept", value_name = "RULE", requires = "comment")]
    pub accepted: Vec<String>,
}

/// `return`.
#[derive(Debug, Args)]
pub struct Return {
    /// Programme.
    pub programme: PathBuf,
    /// Entry ids of records or held rows.
    #[arg(required = true)]
    pub entries: Vec<ledger::EntryId>,
    /// Who returns them.
    #[arg(long = "as", value_name = "NAME")]
    pub by: String,
    /// What is to be corrected, in words for the sender.
    #[arg(long, value_name = "TEXT")]
    pub message: String,
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

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Programme.
    pub programme: PathBuf,
    /// Only this rule, such as DQ-13; repeatable.
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,
    /// Instead: the data-quality score of every operator and month.
    #[arg(long, conflicts_with = "rules")]
    pub score: bool,
    /// Which day, as known when.
    #[command(flatten)]
    pub when: When,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// Programme.
    pub programme: PathBuf,
    /// Seconds to search for a better plan; a first one is there at once. 2 by default, half of one with --from.
    #[arg(long, value_name = "N")]
    pub seconds: Option<f64>,
    /// The same seed and seconds enough to finish give the same plan.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What if: a TOML file with the settings of `[plan]`, teams more or fewer, another budget, an early winter. Several, or a
    /// folder of them, are put side by side with the plan as it stands.
    #[arg(long, value_name = "FILE.toml|FOLDER")]
    pub scenario: Vec<PathBuf>,
    /// The plan before, printed with `--format json`: what has begun goes on, near weeks stay, and what moved is told.
    #[arg(long, value_name = "PREVIOUS.json")]
    pub from: Option<PathBuf>,
    /// Check a plan that was printed with `--format json` against the programme, and plan nothing.
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
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

/// The form in which another system takes what is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Exchange {
    /// The sheet that Arches takes in bulk, as EAMENA lays it out.
    Arches,
    /// Linked data in the classes of CIDOC-CRM.
    Cidoc,
    /// Activities of IATI 2.03.
    Iati,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Programme.
    pub programme: PathBuf,
    /// File to write; the ending says the format: gpkg, geojson, fgb, parquet, csv, xlsx, kml, kmz, shp.zip, pmtiles,
    /// mbtiles.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Layer to write; repeatable [default: every layer for gpkg and pmtiles, ground and finds for mbtiles, hazard for
    /// the others].
    #[arg(long = "layer", value_name = "LAYER")]
    pub layers: Vec<String>,
    /// The form another system takes: arches (CSV) or cidoc (JSON-LD) for monuments, iati (XML) for projects.
    #[arg(long = "as", value_name = "FORM", value_enum)]
    pub form: Option<Exchange>,
    /// Local id of the organisation that reports to IATI; it must have an `iati_ref` and an `iati_type`.
    #[arg(long, value_name = "LOCAL_ID")]
    pub reporting_org: Option<String>,
    /// Only features that meet this CQL2 expression, as in OGC API – Features, such as "class = 'CHA'".
    #[arg(long, value_name = "CQL2")]
    pub filter: Option<String>,
    /// Only features that meet this box, degrees.
    #[arg(long, value_name = "WEST,SOUTH,EAST,NORTH", allow_hyphen_values = true)]
    pub bbox: Option<String>,
    /// Deepest zoom of tiles [default: 14 for pmtiles, 17 for mbtiles].
    #[arg(long, value_name = "ZOOM", value_parser = clap::value_parser!(u8).range(..=i64::from(outputs::tiles::DEEPEST)))]
    pub max_zoom: Option<u8>,
    /// A second row with the hashtags of HXL, in csv and xlsx.
    #[arg(long)]
    pub hxl: bool,
    /// Columns with the P-codes of the administrative units that each row lies in.
    #[arg(long)]
    pub pcodes: bool,
    /// Overwrite the file if it is there.
    #[arg(long)]
    pub overwrite: bool,
    /// Which day, as known when.
    #[command(flatten)]
    pub when: When,
}

/// `package`.
#[derive(Debug, Args)]
pub struct Package {
    /// Programme.
    pub programme: PathBuf,
    /// The program it is for.
    #[arg(long = "for", value_enum)]
    pub program: PackageFor,
    /// Folder to make; must not hold anything.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Which day, as known when.
    #[command(flatten)]
    pub when: When,
}

/// Programs that packages are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PackageFor {
    /// QField, on a phone or a tablet; QGIS opens it, too.
    Qfield,
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

/// `geo`.
#[derive(Debug, Subcommand)]
pub enum Geo {
    /// Bring one position from one system or notation to another.
    Convert(Convert),
    /// The magnetic declination of a place on a day.
    Declination(Declination),
    /// Bearings and distances into points, a ring and its closure.
    Traverse(Traverse),
    /// Areas of the polygons of a file.
    Area(GroundArea),
}

/// `geo convert`.
#[derive(Debug, Args)]
pub struct Convert {
    /// The position as text, where it is not given by --x and --y: 38TNK8835939333, "38N 588359 4439333",
    /// "40°05'58.8\"N 46°02'11.9\"E", or two numbers in the order of the system's own axes.
    #[arg(allow_hyphen_values = true)]
    pub text: Option<String>,
    /// How it is written: EPSG:n, utm, mgrs, dms or dm.
    #[arg(long, value_name = "EPSG:n|utm|mgrs|dms|dm")]
    pub from: Notation,
    /// How it is wanted.
    #[arg(long, value_name = "EPSG:n|utm|mgrs|dms|dm", default_value = "EPSG:4326")]
    pub to: Notation,
    /// Longitude or easting; the northing in systems that call it X, as Soviet ones do.
    #[arg(
        long,
        visible_alias = "lon",
        value_name = "NUMBER",
        allow_hyphen_values = true,
        requires = "y",
        conflicts_with = "text"
    )]
    pub x: Option<f64>,
    /// Latitude or northing; the easting with its zone in systems that call it Y.
    #[arg(long, visible_alias = "lat", value_name = "NUMBER", allow_hyphen_values = true, requires = "x")]
    pub y: Option<f64>,
    /// The change of datum [default: the setting `operation`, else the most accurate one for the place].
    #[arg(long, value_name = "EPSG:n")]
    pub operation: Option<geodesy::CrsCode>,
    /// Digits of a grid reference: 2, 4, 6, 8 or 10.
    #[arg(long, default_value_t = 10)]
    pub digits: u8,
    /// Country in which it should lie, ISO 3166-1 alpha-3; slips are looked for where it does not.
    #[arg(long, value_name = "ISO3", value_parser = country)]
    pub country: Option<String>,
    /// A known place close by; repeatable. Finds SK-42 coordinates entered as WGS 84.
    #[arg(long = "place", value_name = "LON,LAT", allow_hyphen_values = true, value_parser = lon_lat)]
    pub places: Vec<[f64; 2]>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: TextOrJson,
}

fn lon_lat(text: &str) -> Result<[f64; 2], String> {
    let numbers =
        text.split_once(',').and_then(|(lon, lat)| Some([lon.trim().parse().ok()?, lat.trim().parse().ok()?]));
    let is_place = |[lon, lat]: &[f64; 2]| lon.abs() <= 180.0 && lat.abs() <= 90.0;
    numbers
        .filter(is_place)
        .ok_or_else(|| "longitude and latitude in degrees are wanted, such as 46.04,40.10".to_owned())
}

/// `geo declination`.
#[derive(Debug, Args)]
pub struct Declination {
    /// Longitude on WGS 84, degrees.
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    pub lon: f64,
    /// Latitude on WGS 84, degrees.
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    pub lat: f64,
    /// Day of the bearing.
    #[arg(long, value_name = "DAY")]
    pub on: Date,
    /// Height above the ellipsoid.
    #[arg(long, value_name = "METRES", default_value_t = 0.0, allow_hyphen_values = true)]
    pub height_m: f64,
    /// Model: igrf14 (1900 to 2029), wmm2020 (2020 to 2024) or wmm2025 (2025 to 2029).
    #[arg(long, value_name = "MODEL", default_value = "igrf14")]
    pub model: geodesy::magnetic::Model,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: TextOrJson,
}

/// `geo traverse`.
#[derive(Debug, Args)]
pub struct Traverse {
    /// Sheet of legs as JSON; - reads standard input.
    pub file: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: TextOrJson,
}

/// `geo area`.
#[derive(Debug, Args)]
pub struct GroundArea {
    /// Any file that import reads.
    pub file: PathBuf,
    /// Coordinate system of a file that does not say.
    #[arg(long, value_name = "EPSG:n")]
    pub crs: Option<geodesy::CrsCode>,
    /// The change of datum [default: the setting `operation`, else the most accurate one for the place].
    #[arg(long, value_name = "EPSG:n")]
    pub operation: Option<geodesy::CrsCode>,
    /// Accuracy at 95 % of rows that do not state theirs.
    #[arg(long, value_name = "METRES")]
    pub accuracy_m: Option<f64>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: TextOrJson,
}

/// How to print what is no table and no map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// `phone`.
#[derive(Debug, Args)]
pub struct Phone {
    /// Programme.
    pub programme: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub step: PhoneStep,
}

/// What to do with phones.
#[derive(Debug, Subcommand)]
pub enum PhoneStep {
    /// Add a phone; its address and password are shown once.
    Add {
        /// What people call it: a team or a number, never a person. It is its user name, too.
        name: String,
        /// Address under which phones reach the server.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
        address: String,
        /// It may also read what came in: for programs such as pyodk, which log in with its name and password.
        #[arg(long)]
        reads: bool,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: TextOrJson,
    },
    /// Shut a phone out, at once. What it sent stays.
    Remove {
        /// What people call it.
        name: String,
    },
    /// List the phones.
    List,
}

/// `form`.
#[derive(Debug, Args)]
pub struct Form {
    /// Programme.
    pub programme: PathBuf,
    /// XForm (XML), or XLSForm where pyxform is installed; without it the forms are listed.
    pub file: Option<PathBuf>,
    /// Mapping profile (TOML): what records the answers become; repeatable, one for each layer of the answers
    /// [default: those of the version before].
    #[arg(long, value_name = "PROFILE.toml", requires = "file")]
    pub map: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
