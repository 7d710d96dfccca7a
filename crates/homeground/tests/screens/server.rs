//! The real program on a free port, with a small programme that the tests make.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A served programme; gone with its folder when dropped.
pub struct Server {
    process: Child,
    folder: tempfile::TempDir,
    /// `http://127.0.0.1:port`, without a slash at the end.
    pub address: String,
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_homeground"));
    command.env("HOMEGROUND_KEY", folder.join("writer.key")).current_dir(folder);
    command
}

fn done(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{command:?}: {text}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Server {
    /// Serve a programme with these files imported and approved, in order.
    pub fn with(files: &[(&str, &str)]) -> Server {
        let folder = tempfile::tempdir().expect("a folder for the programme");
        let at = folder.path();
        done(command(at).args(["new", "test.gpkg", "--name", "Test district", "--country", "AZE"]));
        for (name, text) in files {
            std::fs::write(at.join(name), text).expect("a file to import");
            done(command(at).args(["import", "test.gpkg", name, "--approve-as", "Centre"]));
        }
        let mut process = command(at)
            .args(["serve", "test.gpkg", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output is ours")).read_line(&mut line).expect("a first line");
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}")).trim_end_matches('/').to_owned();
        Server { process, folder, address }
    }

    /// Hazards as the command line exports them while the server runs, as CSV.
    #[allow(dead_code, reason = "not every test binary exports")]
    pub fn export(&self, flag: &str, value: &str, day: &str) -> String {
        let mut export = command(self.folder.path());
        export.args(["export", "test.gpkg", "--out", "exported.csv", "--overwrite", "--as-of", day, flag, value]);
        let output = export.output().expect("the binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(self.folder.path().join("exported.csv")).expect("the export is there")
    }

    /// What the command line says of the state, for comparison with the pages.
    #[allow(dead_code, reason = "not every test binary asks for a state")]
    pub fn state(&self, arguments: &[&str]) -> serde_json::Value {
        let mut state = command(self.folder.path());
        state.args(["state", "test.gpkg", "--format", "json"]).args(arguments);
        serde_json::from_str(&done(&mut state)).expect("the state as JSON")
    }

    /// What another run of the program says, in the folder of the programme.
    #[allow(dead_code, reason = "not every test binary runs commands")]
    pub fn said(&self, arguments: &[&str]) -> String {
        done(command(self.folder.path()).args(arguments))
    }

    /// A file in the folder of the programme.
    #[allow(dead_code, reason = "only one of the two test binaries imports files")]
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file to import");
        path
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A square as a GeoJSON ring: its south-west corner and its side, degrees.
fn square([lon, lat]: [f64; 2], side: f64) -> String {
    let (e, n) = (lon + side, lat + side);
    format!("[[[{lon},{lat}],[{e},{lat}],[{e},{n}],[{lon},{n}],[{lon},{lat}]]]")
}

fn feature(ring: &str, properties: &str) -> String {
    format!(
        r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":{ring}}},"properties":{{{properties}}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

/// Monuments, accidents, figures, money and observations.
#[allow(dead_code, reason = "only the test of the pages shows them")]
pub const RECOVERY: &str = r#"{"type":"FeatureCollection","features":[
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "organisation", "local_id": "ORG-9", "name": "Ministry of roads", "iati_ref": "AZ-GOV-9", "iati_type": 10}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "organisation", "local_id": "ORG-10", "name": "Development bank", "iati_ref": "XM-DAC-9", "iati_type": 40}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [46.06, 40.03]}, "properties": {"date_of_information": "2024-05-01", "record": "monument", "local_id": "MO-9", "name": "Old bridge", "names": [{"name": "Old bridge", "kind": "Toponym"}, {"name": "Köhnə körpü", "language": "az"}], "type": "bridge", "function": [{"function": "Infrastructure/Transport", "certainty": "High"}], "period": "Islamic", "dates": "1214~/13XX", "designation": "National list", "designated_from": "1985", "accuracy_m": 20, "location_certainty": "High"}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [46.07, 40.04]}, "properties": {"date_of_information": "2024-05-01", "record": "monument", "local_id": "MO-10", "name": "Caravanserai"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2022-05-01", "record": "assessment", "local_id": "AS-1", "monument": "MO-9", "condition": "poor", "assessment_type": "field", "damage": "one arch cracked", "damage_extent": "11-30", "priority": "high", "next_on": "2023-05-01"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "assessment", "local_id": "AS-2", "monument": "MO-9", "condition": "very_bad", "assessment_type": "imagery", "imagery_date": "2024-04", "damage_extent": "61-90", "damage_trend": "worsening", "damage_severity": "major", "disturbances": [{"category": "Natural", "cause": "Flooding", "effect": "Collapse", "certainty": "High", "before": "2024-04"}], "threats": [{"cause": "Flooding", "probability": "Probable"}], "recommendation": "prop the arch", "priority": "urgent", "next_on": "2024-11-01"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "intervention", "local_id": "IV-1", "monument": "MO-9", "type": "emergency support", "started_on": "2023-06-01", "completed_on": "2023-06-20"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "heritage_object", "local_id": "OB-1", "name": "Carpet with three medallions", "object_type": "carpet", "materials": "wool", "measurements": "210 × 130 cm", "collection": "Museum of history", "status": "missing", "last_seen": "1993-03"}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [46.002, 40.003]}, "properties": {"date_of_information": "2023-04-02", "record": "accident", "local_id": "AC-9", "kind": "mine", "category": "AP_MINE", "hazard": "HA-1", "n_killed": 1, "n_injured": 1, "n_unknown": 0}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [46.004, 40.003]}, "properties": {"date_of_information": "2024-04-02", "record": "accident", "local_id": "AC-10", "kind": "mine", "category": "AP_MINE", "n_killed": 0, "n_injured": 2, "n_unknown": 0}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2023-04-02", "record": "casualty", "local_id": "CA-1", "accident": "AC-9", "outcome": "killed", "sex": "male", "age_band": "adult", "activity_then": "herding"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2023-04-02", "record": "casualty", "local_id": "CA-2", "accident": "AC-9", "outcome": "injured", "sex": "female", "age_band": "child", "activity_then": "herding"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2023-04-02", "record": "casualty", "local_id": "CA-3", "accident": "AC-9", "outcome": "unknown", "harm": "indirect"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "assistance", "local_id": "HE-1", "casualty": "CA-2", "service": "prosthesis", "status": "referred", "follow_up_on": "2024-04-01"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "population", "local_id": "PO-1", "of": "Kalbajar", "category": "census", "count": 50000, "period": "1989", "boundary": "1930"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "population", "local_id": "PO-2", "of": "Kalbajar", "category": "census", "count": 59000, "period": "1999", "boundary": "1930"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "population", "local_id": "PO-3", "of": "Kalbajar", "category": "census", "count": 71000, "period": "2009", "boundary": "1992"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "investment_programme", "local_id": "IP-1", "name": "Roads of return", "level": "programme", "owner": "ORG-9", "planned_start": "2023-01-01", "planned_end": "2026-12-31"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "project", "local_id": "PR-9", "name": "Road to the bridge & back", "programme": "IP-1", "sector": "road", "status": "under_way", "contractor": "ORG-9", "budget": 1000000, "currency": "USD", "planned_start": "2023-03-01", "planned_end": "2024-12-31", "depth_cm": 60, "width_m": 9}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2023-03-01", "record": "transaction", "local_id": "TX-1", "project": "PR-9", "type": "commitment", "value": 900000, "currency": "USD", "provider": "ORG-10", "receiver": "ORG-9"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2023-09-01", "record": "transaction", "local_id": "TX-2", "project": "PR-9", "type": "expenditure", "value": 250000.5, "currency": "USD", "provider": "ORG-9"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-02-01", "record": "transaction", "local_id": "TX-3", "project": "PR-9", "type": "disbursement", "value": 400000, "currency": "AZN", "provider": "ORG-9"}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "indicator", "local_id": "IN-1", "project": "PR-9", "name": "People at work", "measure": "jobs", "unit": "people", "baseline": 0, "baseline_year": 2022}},
{"type": "Feature", "geometry": null, "properties": {"date_of_information": "2024-05-01", "record": "indicator_value", "local_id": "IV-1-2023", "indicator": "IN-1", "period_start": "2023-01-01", "period_end": "2023-12-31", "target": 120, "actual": 96}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [46.06, 40.031]}, "properties": {"date_of_information": "2024-04-10", "record": "observation", "local_id": "OBS-1", "type": "slide", "note": "slope above the bridge"}},
{"type": "Feature", "geometry": {"type": "Point", "coordinates": [46.05, 40.025]}, "properties": {"date_of_information": "2023-08-10", "record": "observation", "local_id": "OBS-2", "type": "spring", "value": 2.5, "unit": "l/s"}}
]}"#;

/// Two hazards; the first is half cleared in 2023, the second is cancelled in 2024.
pub fn ground() -> String {
    let surveyed = r#""accuracy_m":2,"geometry_quality":"SURVEYED","operator":"OP-A""#;
    let hazard = |id: &str, class: &str, day: &str| {
        format!(
            r#""record":"hazard_area","local_id":"{id}","class":"{class}","date_of_information":"{day}","eo":"AP_MINE","evidence":"{}",{surveyed}"#,
            if class == "CHA" { "direct" } else { "indirect" }
        )
    };
    let release = |id: &str, class: &str, hazard: &str, day: &str, more: &str| {
        format!(
            r#""record":"release_product","local_id":"{id}","class":"{class}","hazard":"{hazard}","date_of_information":"{day}","qc":"accepted",{more},{surveyed}"#
        )
    };
    let [first, second] = [[46.00, 40.00], [46.05, 40.02]];
    let half = "[[[46.0,40.0],[46.005,40.0],[46.005,40.01],[46.0,40.01],[46.0,40.0]]]";
    collection(&[
        feature(&square(first, 0.01), &hazard("HA-1", "CHA", "2022-03-01")),
        feature(&square(second, 0.005), &hazard("HA-2", "SHA", "2022-06-01")),
        feature(
            half,
            &release("LR-1", "CLEARED", "HA-1", "2023-07-01", r#""activity":"CLR","depth_cm":20,"eo":"AP_MINE""#),
        ),
        feature(&square(second, 0.005), &release("LR-2", "CANCELLED", "HA-2", "2024-05-01", r#""activity":"NTS""#)),
    ])
}

/// A settlement with a team, a school behind the hazard, a road, and a household that waits.
#[allow(dead_code, reason = "the tests of layers need no plan")]
pub const RETURN: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":null,"properties":{"record":"organisation","local_id":"OP-A","date_of_information":"2020-01-01","name":"First"}},
{"type":"Feature","geometry":null,"properties":{"record":"team","local_id":"TM-1","date_of_information":"2020-01-01","skills":"CLR,NTS","rate_m2_day":20000,"cost_day":100}},
{"type":"Feature","geometry":{"type":"LineString","coordinates":[[46.012,40.0],[46.012,40.01]]},"properties":{"record":"route","local_id":"R-1","date_of_information":"2021-01-01","width_m":6,"status":"open"}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.0118,40.002],[46.0122,40.002],[46.0122,40.0024],[46.0118,40.0024],[46.0118,40.002]]]},"properties":{"record":"project","local_id":"PR-1","date_of_information":"2021-01-01","name":"School","sector":"school","place":"PL-1","depth_cm":100,"elevation_m":900,"budget":50000,"currency":"USD"}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.006,40.002],[46.0064,40.002],[46.0064,40.0024],[46.006,40.0024],[46.006,40.002]]]},"properties":{"record":"project","local_id":"PR-2","date_of_information":"2021-01-01","name":"Houses","sector":"housing","place":"PL-1","predecessors":"PR-1","elevation_m":900}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.0125,40.003]},"properties":{"record":"place","local_id":"PL-1","date_of_information":"2021-01-01","name":"Upper","place_type":"settlement","n_households":40,"return_by":"2026-12-31","elevation_m":900}},
{"type":"Feature","geometry":null,"properties":{"record":"household","local_id":"HH-1","date_of_information":"2021-01-01","n_people":4,"origin":"PL-1","intention":"return","voluntary":true,"dwelling":"PR-2"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.013,40.004]},"properties":{"record":"monument","local_id":"MO-1","date_of_information":"2021-01-01","name":"Bridge","place":"PL-1"}}
]}"#;

/// Three finds in the first hazard.
#[allow(dead_code, reason = "not every test binary has finds")]
pub const FINDS: &str = "record,local_id,date_of_information,category,quantity,depth_cm,operator,lon,lat\n\
    device_find,F-1,2023-06-01,AP_MINE,1,10,OP-A,46.001,40.001\n\
    device_find,F-2,2023-06-11,AP_MINE,2,5,OP-A,46.002,40.003\n\
    device_find,F-3,2023-06-20,UXO,1,0,OP-A,46.003,40.005\n";

/// Two sources that contradict each other on a lake and agree on the settlement.
#[allow(dead_code, reason = "not every test binary has claims")]
pub const CLAIMS: &str = "record,local_id,date_of_information,title,language,source,subject,quantity,value,unit,qualifier,period,quote\n\
    source,S-A,2025-01-01,Survey of lakes,en,,,,,,,,\n\
    source,S-B,2025-02-01,Almanac,en,,,,,,,,\n\
    claim,C-1,2025-01-01,,,S-A,Upper lake,area,41.3,km2,,,The lake covers 41.3 square kilometres.\n\
    claim,C-2,2025-02-01,,,S-B,Upper lake,area,39,km2,,,\n\
    claim,C-3,2025-01-01,,,S-A,Upper,population,900,people,about,2019,\n\
    claim,C-4,2025-02-01,,,S-B,Upper,population,912,people,,2019,\n";

/// A hazard whose boundary crosses itself.
#[allow(dead_code, reason = "only one of the two test binaries imports files")]
pub fn bow_tie() -> String {
    let ring = "[[[46.1,40.1],[46.11,40.11],[46.11,40.1],[46.1,40.108],[46.1,40.1]]]";
    let properties = r#""record":"hazard_area","local_id":"HA-9","class":"SHA","date_of_information":"2024-01-01","eo":"AP_MINE","evidence":"indirect","accuracy_m":2,"geometry_quality":"SURVEYED""#;
    collection(&[feature(ring, properties)])
}
