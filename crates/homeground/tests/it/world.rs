//! A folder with a key of its own in which the real program runs, and reports drawn in metres.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Where the metres of the scenes begin: longitude, latitude.
const ORIGIN: [f64; 2] = [46.04, 40.1];
/// Degrees a metre, near enough for scenes that read in metres. What an area really is, `area_m2` says.
pub const DEGREES: [f64; 2] = [1.1735e-5, 9.006e-6];

/// A folder in which the program runs. Everything in it goes when it is dropped.
pub struct World {
    folder: TempDir,
}

/// What one run of the program left behind.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    /// An empty folder.
    pub fn empty() -> World {
        World { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with an empty programme `p.gpkg`.
    pub fn new() -> World {
        let world = World::empty();
        world.ok("new p.gpkg --name Test --country AZE");
        world
    }

    /// A folder with a programme into which reports were imported and approved.
    pub fn with(reports: &str) -> World {
        let world = World::new();
        world.write("reports.geojson", reports_as_geojson(reports));
        let run = world
            .run("import p.gpkg reports.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z");
        assert!(run.status <= 1, "{}", run.stderr);
        world
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with words as the shell would split them, and nothing of the environment that could matter.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homeground"));
        command.args(words(line)).current_dir(self.folder());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HOMEGROUND_") {
                command.env_remove(name);
            }
        }
        command.env("HOMEGROUND_KEY", self.path("writer.key")).env("XDG_DATA_HOME", self.folder());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Run to the end. Whatever was asked, the program does not panic.
    pub fn run(&self, line: &str) -> Run {
        let run = Run::from(self.command(line).output().unwrap());
        assert!(!run.stderr.contains("panicked"), "{line}\n{}", run.stderr);
        assert!((0..=3).contains(&run.status), "{line} ended with {}\n{}", run.status, run.stderr);
        run
    }

    /// Run what must be done; what it printed.
    pub fn ok(&self, line: &str) -> String {
        let run = self.run(line);
        assert_eq!(run.status, 0, "{line}\n{}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// Run what may end with a hint that something is held; what it printed.
    pub fn ok_or_held(&self, line: &str) -> String {
        let run = self.run(line);
        assert!(run.status <= 1, "{line}\n{}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// Run what prints JSON without being asked for it by `--format json`.
    pub fn json_of(&self, line: &str) -> Value {
        self.run(line).json()
    }

    /// Run with `--format json`, which must stand alone on standard output.
    pub fn json(&self, line: &str) -> Value {
        self.run(&format!("{line} --format json")).json()
    }

    /// Run every line and write down what happened, with what differs between runs struck out.
    pub fn transcript(&self, lines: &str) -> String {
        let mut text = String::new();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let run = self.run(line);
            writeln!(text, "$ {}", redacted(line)).unwrap();
            for (mark, stream) in [("", &run.stdout), ("! ", &run.stderr)] {
                stream.lines().for_each(|line| writeln!(text, "{mark}{}", redacted(line)).unwrap());
            }
            if run.status != 0 {
                writeln!(text, "= exit {}", run.status).unwrap();
            }
        }
        text
    }

    /// How many entries the ledger holds, all of them sound.
    pub fn n_entries(&self) -> u64 {
        self.json("verify p.gpkg")["entries"].as_u64().unwrap()
    }

    /// What the state says, without the programme's name and the instant.
    pub fn state(&self) -> Value {
        let mut state = self.json("state p.gpkg --as-of 2025-12-31");
        state.as_object_mut().unwrap().remove("known_at");
        state
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    /// Standard output as the one JSON value it is.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", self.stdout, self.stderr))
    }
}

/// Whether slow tests were asked for; if not, this says so.
pub fn slow(what: &str) -> bool {
    let asked = std::env::var_os("SLOW_TESTS").is_some();
    if !asked {
        eprintln!("skipped: {what} (SLOW_TESTS=1 runs it)");
    }
    asked
}

/// Words of a line; double quotes keep blanks together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = None;
    for c in line.chars() {
        match c {
            '"' | '\'' if quoted.is_none_or(|quote| quote == c) => quoted = quoted.xor(Some(c)),
            ' ' if quoted.is_none() => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Ids and instants differ from run to run.
pub fn redacted(line: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
    let is_id = |word: &str| word.len() >= 12 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_instant = |word: &str| word.len() >= 20 && word.as_bytes()[10] == b'T' && word.ends_with('Z');
    let mut text = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len()).max(if is_part(c) { 0 } else { c.len_utf8() });
        text.push_str(match &rest[..end] {
            word if is_id(word) => "<id>",
            word if is_instant(word) => "<instant>",
            word => word,
        });
        rest = &rest[end..];
    }
    text
}

/// Metres of a scene as longitude and latitude.
pub fn at([x, y]: [f64; 2]) -> [f64; 2] {
    [ORIGIN[0] + x * DEGREES[0], ORIGIN[1] + y * DEGREES[1]]
}

/// A rectangle of a scene as a ring of longitudes and latitudes.
pub fn ring([x0, y0, x1, y1]: [f64; 4]) -> Vec<[f64; 2]> {
    [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]].map(at).to_vec()
}

/// One feature.
pub fn feature(properties: Value, geometry: Value) -> Value {
    json!({"type": "Feature", "properties": properties, "geometry": geometry})
}

/// Features as a file.
pub fn collection(features: &[Value]) -> String {
    let lines: Vec<String> = features.iter().map(Value::to_string).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", lines.join(",\n"))
}

/// Reports as lines of `record local_id day name=value … @ x0 y0 x1 y1`, in metres; two numbers are a point.
/// What every hazard and release needs and no scene is about is filled in.
pub fn reports_as_geojson(reports: &str) -> String {
    let lines = reports.lines().map(str::trim).filter(|line| !line.is_empty());
    collection(&lines.map(report).collect::<Vec<_>>())
}

fn report(line: &str) -> Value {
    let (left, ground) = line.split_once('@').unwrap_or((line, ""));
    let left = words(left);
    let numbers: Vec<f64> = ground.split_whitespace().map(|n| n.parse().unwrap()).collect();
    let geometry = match numbers[..] {
        [x, y] => json!({"type": "Point", "coordinates": at([x, y])}),
        [x0, y0, x1, y1] => json!({"type": "Polygon", "coordinates": [ring([x0, y0, x1, y1])]}),
        _ => Value::Null,
    };
    let mut properties = json!({"record": left[0], "local_id": left[1], "date_of_information": left[2]});
    let filled: &[(&str, &str)] = match left[0].as_str() {
        "hazard_area" => &[("class", "SHA"), ("evidence", "indirect"), ("eo", "AP_MINE")],
        "release_product" => &[("class", "CLEARED"), ("activity", "CLR"), ("eo", "AP_MINE"), ("depth_cm", "20")],
        _ => &[],
    };
    let is_land = matches!(left[0].as_str(), "hazard_area" | "release_product" | "reopening" | "adjustment");
    let quality: &[(&str, &str)] = if is_land { &[("accuracy_m", "5"), ("geometry_quality", "SURVEYED")] } else { &[] };
    let given = left[3..].iter().map(|word| word.split_once('=').expect("name=value"));
    for (name, value) in filled.iter().chain(quality).copied().chain(given) {
        properties[name] = json!(value);
    }
    feature(properties, geometry)
}

/// The area of a ring whose edges are straight in longitude and latitude, on the WGS 84 ellipsoid: the integral of
/// the authalic function along every edge, by Simpson's rule. Shares no line with the program.
pub fn area_m2(ring: &[[f64; 2]]) -> f64 {
    const A: f64 = 6_378_137.0;
    const F: f64 = 1.0 / 298.257_223_563;
    let e2 = F * (2.0 - F);
    let e = e2.sqrt();
    let b2 = A * A * (1.0 - e2);
    // ∫ M N cos φ dφ from the equator.
    let strip = |latitude: f64| {
        let s = latitude.to_radians().sin();
        b2 / 2.0 * (s / (1.0 - e2 * s * s) + (e * s).atanh() / e)
    };
    let middle = ring[0][1];
    let edges = ring.iter().zip(ring.iter().cycle().skip(1)).take(ring.len());
    let signed: f64 = edges
        .map(|(p, q)| {
            let steps = 16;
            let at = |i: usize| strip(p[1] + (q[1] - p[1]) * i as f64 / steps as f64) - strip(middle);
            let inner: f64 = (1..steps).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
            -(q[0] - p[0]).to_radians() * (at(0) + inner + at(steps)) / (3.0 * steps as f64)
        })
        .sum();
    signed.abs()
}

/// The area of a rectangle of a scene.
pub fn rectangle_m2(rectangle: [f64; 4]) -> f64 {
    area_m2(&ring(rectangle))
}

/// Equal to one part in a million.
#[track_caller]
pub fn assert_near(found: &Value, wanted: f64, what: &str) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what} is no number: {found}"));
    assert!((found - wanted).abs() <= 1e-6 * wanted.abs() + 1e-6, "{what}: {found}, wanted {wanted}");
}
