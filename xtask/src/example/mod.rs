//! `cargo xtask example --seed N`: the bundled example district, made again from a seed.
//!
//! Places, sources and claims are real and written by hand; everything about hazards is made up here and says
//! so in each record. The same seed gives the same bytes.

mod day;
mod district;
mod ground;
mod random;
mod story;
mod table;
mod works;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use day::Day;
use district::District;
use random::Random;
use table::Row;

/// Reporting periods: folder, and the day on which everything of it had been recorded.
const PERIODS: &[(&str, (i64, i64, i64))] = &[
    ("2020-h2", (2020, 12, 28)),
    ("2021-h1", (2021, 7, 5)),
    ("2021-h2", (2021, 12, 22)),
    ("2022-h1", (2022, 7, 5)),
    ("2022-h2", (2022, 12, 22)),
    ("2023-h1", (2023, 7, 5)),
    ("2023-h2", (2023, 12, 22)),
    ("2024-h1", (2024, 7, 5)),
    ("2024-h2", (2024, 12, 22)),
    ("2025-h1", (2025, 7, 5)),
    ("2025-h2", (2025, 10, 31)),
];

/// Files of a period in the order of import: what others refer to comes first.
const FILES: &[&str] = &[
    "hazards.geojson",
    "teams.csv",
    "tracks.geojson",
    "projects.geojson",
    "parcels.geojson",
    "households.csv",
    "water_points.csv",
    "monuments.csv",
    "task_orders.csv",
    "surveys.geojson",
    "releases.geojson",
    "finds.csv",
    "accidents.csv",
    "casualties.csv",
    "qa_visits.csv",
    "nonconformities.csv",
    "adjustments.geojson",
    "reopenings.geojson",
    PROPOSED,
];

/// The one file of a period that nobody approved yet.
const PROPOSED: &str = "proposed.geojson";

/// Files that stand before all periods, and at which instant they were recorded.
const FIRST: &[&str] =
    &["gazetteer_sources.csv", "places.geojson", "organisations.csv", "accreditations.csv", "roads.geojson"];
const FIRST_AT: &str = "2020-12-01T18:00:00+04:00";
/// Files that stand after all periods.
const LAST: &[&str] = &["sources.csv", "claims.csv", "decisions.csv", "held.geojson"];
const LAST_AT: &str = "2025-11-03T09:00:00+04:00";

/// Write the example of this seed into `examples/kalbajar` under `root`.
pub fn write(root: &Path, seed: u64) -> Result<()> {
    let folder = root.join("examples/kalbajar");
    let places = folder.join("places.geojson");
    let text = fs::read_to_string(&places).with_context(|| format!("reading {}", places.display()))?;
    let district = District::read(&text)?;
    let files = sorted_into_files(tell(&district, seed));
    for (name, _) in PERIODS {
        match fs::remove_dir_all(folder.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e).context(format!("emptying {name}")),
            _ => {}
        }
    }
    for (path, rows) in &files {
        let bytes = if path.ends_with(".csv") { table::csv(rows) } else { table::geojson(rows) };
        put(&folder.join(path), &bytes)?;
    }
    put(&folder.join("held.geojson"), HELD)?;
    put(&folder.join("programme.toml"), &manifest(&files))?;
    for (record, n) in counts(&files) {
        println!("{n:>5}  {record}");
    }
    Ok(())
}

/// The story, and what is built on its ground; each has a stream of its own, so that one can grow without the other.
fn tell(district: &District, seed: u64) -> Vec<Row> {
    let mut rows = story::tell(district, &mut Random::new(seed));
    let works = works::tell(district, &rows, &mut Random::new(!seed));
    rows.extend(works);
    rows
}

fn sorted_into_files(rows: Vec<Row>) -> BTreeMap<String, Vec<Row>> {
    let mut files: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let path = match FIRST.contains(&row.file) {
            true => row.file.to_owned(),
            false => format!("{}/{}", period(row.known_on), row.file),
        };
        files.entry(path).or_default().push(row);
    }
    files.values_mut().for_each(|rows| table::sort(rows));
    files
}

fn period(known_on: Day) -> &'static str {
    let (folder, _) = PERIODS
        .iter()
        .find(|(_, (year, month, day))| known_on <= Day::new(*year, *month, *day))
        .unwrap_or(PERIODS.last().expect("there are periods"));
    folder
}

fn counts(files: &BTreeMap<String, Vec<Row>>) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for (path, rows) in files {
        *counts.entry(path.rsplit('/').next().expect("a path has a name")).or_insert(0) += rows.len();
    }
    counts
}

fn manifest(files: &BTreeMap<String, Vec<Row>>) -> String {
    let mut out = String::from(
        "# The bundled example: what `homeground` imports at its first start, in this order.\n\
         # Written by `cargo xtask example`. Every record about hazards is made up; see SOURCE.md.\n\
         name = \"Kalbajar district (example, synthetic records)\"\n\
         country = \"AZE\"\n",
    );
    let mut import = |file: &str, recorded_at: &str| {
        out += &format!("\n[[import]]\nfile = \"{file}\"\nrecorded_at = \"{recorded_at}\"\n");
        if !file.ends_with(PROPOSED) {
            out += "approve_as = \"NMAA (synthetic)\"\n";
        }
    };
    FIRST.iter().for_each(|file| import(file, FIRST_AT));
    for (folder, (year, month, day)) in PERIODS {
        let recorded_at = format!("{}T18:00:00+04:00", Day::new(*year, *month, *day));
        for path in FILES.iter().map(|file| format!("{folder}/{file}")).filter(|path| files.contains_key(path)) {
            import(&path, &recorded_at);
        }
    }
    LAST.iter().for_each(|file| import(file, LAST_AT));
    out
}

fn put(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().expect("a file has a folder");
    fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// Records that must be held for a person: a ring that crosses itself, a day that does not exist, a clearance without depth, an area
/// that is only a number, a class nobody knows.
const HELD: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.1910113,40.1630271],[46.1943127,40.1632219],[46.1938741,40.1649863],[46.1919544,40.1648337],[46.1925,40.1641],[46.1936,40.16375],[46.1931,40.16524],[46.1910113,40.1630271]]]},"properties":{"record":"hazard_area","local_id":"HA-CROSSED","date_of_information":"2025-09-02","class":"SHA","eo":"AP_MINE","evidence":"indirect","evidence_note":"turning points entered in the wrong order","operator":"OP-A","accuracy_m":5,"geometry_quality":"SURVEYED","source":"HG","synthetic":true}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.151,40.212],[46.153,40.212],[46.153,40.2135],[46.151,40.2135],[46.151,40.212]]]},"properties":{"record":"hazard_area","local_id":"HA-NO-SUCH-DAY","date_of_information":"2025-02-30","class":"SHA","eo":"UXO","evidence":"indirect","operator":"OP-A","accuracy_m":10,"geometry_quality":"SURVEYED","source":"HG","synthetic":true}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.121,40.171],[46.1225,40.171],[46.1225,40.172],[46.121,40.172],[46.121,40.171]]]},"properties":{"record":"release_product","local_id":"LR-NO-DEPTH","date_of_information":"2025-09-18","class":"CLEARED","activity":"CLR","hazard":"HA-0001","eo":"AP_MINE","started_on":"2025-09-01","completed_on":"2025-09-18","operator":"OP-B","qc":"accepted","accuracy_m":1,"geometry_quality":"SURVEYED","source":"HG","synthetic":true}},
{"type":"Feature","geometry":null,"properties":{"record":"release_product","local_id":"LR-NUMBER-ONLY","date_of_information":"2025-09-26","class":"CANCELLED","activity":"NTS","hazard":"HA-0002","reported_area_m2":45000,"completed_on":"2025-09-26","operator":"OP-A","note":"4.5 ha by telephone, no plan","source":"HG","synthetic":true}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.231,40.131],[46.233,40.131],[46.233,40.1325],[46.231,40.1325],[46.231,40.131]]]},"properties":{"record":"hazard_area","local_id":"HA-NO-SUCH-CLASS","date_of_information":"2025-10-03","class":"MINEFIELD","eo":"AP_MINE","evidence":"direct","operator":"OP-A","accuracy_m":5,"geometry_quality":"SURVEYED","source":"HG","synthetic":true}}
]}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_the_committed_files_are_those_of_seed_7() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kalbajar");
        let places = fs::read_to_string(folder.join("places.geojson")).unwrap();
        let district = District::read(&places).unwrap();
        let files = sorted_into_files(tell(&district, 7));
        for (path, rows) in &files {
            let made = if path.ends_with(".csv") { table::csv(rows) } else { table::geojson(rows) };
            let kept = fs::read_to_string(folder.join(path)).unwrap();
            assert!(made == kept, "{path} differs: run cargo xtask example --seed 7");
        }
        assert_eq!(fs::read_to_string(folder.join("programme.toml")).unwrap(), manifest(&files));
    }
}
