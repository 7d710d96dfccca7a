//! What only the programme shows is told when a file comes in, and keeps an error from being approved.

use serde_json::Value;

use crate::world::{DEGREES, World, at, collection, feature, reports_as_geojson, ring};

/// `severity rule local_id` of the issues of some rules.
fn told(report: &Value, rules: &[&str]) -> Vec<String> {
    let text = |issue: &Value, field: &str| issue[field].as_str().unwrap().to_owned();
    let issues = report["issues"].as_array().unwrap().iter();
    let wanted = issues.filter(|issue| rules.contains(&issue["rule"].as_str().unwrap()));
    wanted.map(|issue| ["severity", "rule", "local_id"].map(|field| text(issue, field)).join(" ")).collect()
}

const LAND: &[&str] = &["DQ-13", "DQ-14", "DQ-15", "DQ-22", "DQ-36"];

#[test]
fn an_import_tells_what_the_new_records_do_to_the_land_approved_or_proposed_or_not_kept_at_all() {
    let reports = r#"
        hazard_area HA-1 2024-01-01 @ 0 0 100 100
        hazard_area HA-2 2024-01-01 @ 50 0 150 100
        release_product LR-1 2024-05-01 operator=A @ 0 0 40 40
        release_product LR-2 2024-06-01 operator=A @ 0 20 40 60
        release_product LR-3 2024-06-01 operator=A @ 140 80 160 100
        device_find F-1 2024-07-01 category=AP_MINE quantity=1 found_by=PUBLIC @ 10 10
    "#;
    let wanted = ["E DQ-22 F-1", "W DQ-13 HA-1", "W DQ-14 LR-2", "W DQ-15 LR-3"];
    for flags in ["", " --dry-run", " --approve-as NMAA"] {
        let world = World::new();
        world.write("reports.geojson", reports_as_geojson(reports));
        let report = world.json(&format!("import p.gpkg reports.geojson{flags}"));
        let mut found = told(&report, LAND);
        found.sort();
        assert_eq!(found, wanted, "{flags}");
        let issue = report["issues"].as_array().unwrap().iter().find(|issue| issue["rule"] == "DQ-14").unwrap();
        assert_eq!(
            (&issue["file"], &issue["row"], &issue["field"]),
            (&"reports.geojson".into(), &4.into(), &"geometry".into())
        );
        let checked = world.run("check p.gpkg --rule DQ-14 --format json").json();
        let n_checked = checked["findings"].as_array().unwrap().len();
        assert_eq!(
            n_checked,
            usize::from(flags == " --approve-as NMAA"),
            "what is proposed has released nothing{flags}"
        );
        assert_eq!(report["not_approved"], 0);
    }
}

#[test]
fn a_late_report_that_changes_what_was_there_is_told_about_the_older_record_and_nothing_old_is_told_again() {
    let world = World::with(
        "hazard_area HA-1 2021-01-01 @ 0 0 100 100
         hazard_area HA-2 2021-01-01 @ 90 0 190 100
         release_product LR-9 2021-06-01 operator=A @ 0 0 40 40",
    );
    world.write("late.geojson", reports_as_geojson("release_product LR-1 2021-05-01 operator=A @ 0 0 40 20"));
    let report = world.json("import p.gpkg late.geojson --approve-as NMAA");
    assert_eq!(told(&report, LAND), ["W DQ-14 LR-9"]);
    let issue = report["issues"].as_array().unwrap().iter().find(|issue| issue["rule"] == "DQ-14").unwrap();
    assert_eq!((&issue["file"], &issue["row"]), (&"".into(), &0.into()), "it stands in no row of the file");
    assert!(world.ok("import p.gpkg late.geojson").contains("1 already known"));
}

#[test]
fn what_an_error_stands_against_is_taken_in_and_not_approved_until_it_is_right() {
    let world = World::new();
    let reports = |qc: &str| {
        reports_as_geojson(&format!(
            "hazard_area HA-1 2024-01-01 @ 0 0 100 100
             release_product LR-1 2024-05-01 hazard=HA-1 operator=A qc={qc} @ 0 0 50 50
             handover_certificate HC-1 2024-06-01 releases=LR-1"
        ))
    };
    world.write("reports.geojson", reports("pending"));
    let import = "import p.gpkg reports.geojson --approve-as NMAA --format json";
    let first = world.run(import);
    let report = first.json();
    assert_eq!(
        (first.status, &report["accepted"], &report["held"], &report["not_approved"]),
        (1, &3.into(), &0.into(), &1.into())
    );
    assert_eq!(told(&report, &["DQ-36"]), ["E DQ-36 HC-1"]);
    assert_eq!(world.state()["totals"]["n_open"], 1, "the others are approved");
    let visit = "qa_visit QA-1 2024-05-20 release=LR-1 result=accepted sample_m2=250";
    world.write("visit.geojson", reports_as_geojson(visit));
    world.ok("import p.gpkg visit.geojson --approve-as NMAA");
    let again = world.run(import);
    assert_eq!(
        (again.status, &again.json()["already_known"], &again.json()["not_approved"]),
        (0, &3.into(), &0.into())
    );
    let n_entries = world.n_entries();
    world.ok(import);
    assert_eq!(world.n_entries(), n_entries, "nothing is left to approve");
}

/// A release given on SK-42 as if it were on WGS 84 lies 104 m from its hazard (GEO-11).
#[test]
fn a_displaced_release_is_asked_about_with_the_way_in_metres() {
    let world = World::with("hazard_area HA-1 2021-01-01 @ 0 0 90 90");
    let [lon, lat] = at([0.0, 0.0]);
    let sk_42 = world.json(&format!("geo convert --from EPSG:4326 --lon {lon} --lat {lat} --to EPSG:4284"));
    let by = ["lon", "lat"].map(|name| sk_42[name].as_f64().unwrap());
    let moved: Vec<[f64; 2]> =
        ring([5.0, 5.0, 85.0, 85.0]).iter().map(|p| [p[0] + by[0] - lon, p[1] + by[1] - lat]).collect();
    let properties = |id: &str| {
        serde_json::json!({"record": "release_product", "local_id": id, "date_of_information": "2024-05-01", "hazard": "HA-1",
            "class": "CLEARED", "activity": "CLR", "eo": "AP_MINE", "depth_cm": 20, "accuracy_m": 1, "geometry_quality": "SURVEYED"})
    };
    let polygon = |ring: &[[f64; 2]]| serde_json::json!({"type": "Polygon", "coordinates": [ring]});
    let beside: Vec<[f64; 2]> = ring([5.0, 5.0, 85.0, 85.0]).iter().map(|p| [p[0], p[1] + 60.0 * DEGREES[1]]).collect();
    world.write(
        "releases.geojson",
        collection(&[feature(properties("LR-1"), polygon(&moved)), feature(properties("LR-2"), polygon(&beside))]),
    );
    let report = world.json("import p.gpkg releases.geojson");
    let questions: Vec<&Value> =
        report["issues"].as_array().unwrap().iter().filter(|issue| issue["rule"] == "GEO-11").collect();
    assert_eq!(questions.len(), 1, "{questions:?}");
    let message = questions[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("are these coordinates on SK-42, and not on WGS 84? then the ground would lie at "),
        "{message}"
    );
    assert!(message.ends_with(" m from where it is written, inside hazard HA-1"), "{message}");
    let metres: f64 = message.split(", ").nth(2).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((metres - 104.0).abs() < 2.0, "{message}");
    assert_eq!((&questions[0]["local_id"], &questions[0]["severity"]), (&"LR-1".into(), &"W".into()));
}

/// PT-3 seen from the programme: the release was paced with the compass, and its bearings went in as true ones.
#[test]
fn a_forgotten_declination_is_asked_about() {
    let world = World::new();
    let head = "record,local_id,date_of_information,class,hazard,activity,eo,depth_cm,north,unit,observed_on,from,to,bearing,distance_m,lon,lat\n";
    let legs = |record: &str, north: &str| {
        let id = record.split(',').nth(1).unwrap();
        let leg = |from: &str, to: &str, bearing: &str, metres: &str| {
            format!(",{id},,,,,,,,,,{from},{to},{bearing},{metres},,\n")
        };
        format!(
            "{record},{north},deg,2020-11-01,,SP,,,46.0383,40.1065\n{}{}{}{}",
            leg("SP", "TP1", "20", "400"),
            leg("TP1", "TP2", "110", "300"),
            leg("TP2", "TP3", "200", "400"),
            leg("TP3", "SP", "290", "300")
        )
    };
    world.write("hazard.csv", format!("{head}{}", legs("hazard_area,HA-1,2021-01-01,CHA,,,AP_MINE,", "MAGNETIC")));
    world.ok("import p.gpkg hazard.csv --approve-as NMAA");
    world.write(
        "release.csv",
        format!("{head}{}", legs("release_product,LR-1,2021-06-01,CLEARED,HA-1,CLR,AP_MINE,20", "TRUE")),
    );
    let report = world.json("import p.gpkg release.csv");
    let issues = report["issues"].as_array().unwrap();
    let question = issues.iter().find(|issue| issue["rule"] == "GEO-11").unwrap_or_else(|| panic!("{issues:#?}"));
    assert!(
        question["message"].as_str().unwrap().starts_with("are the bearings magnetic, and not true? "),
        "{question}"
    );
}

/// What --accept gives would else hide what is found later about records that had nothing to accept.
#[test]
fn what_is_accepted_is_said_of_the_record_it_was_found_about_and_of_no_other() {
    let world = World::new();
    world.write(
        "reports.geojson",
        reports_as_geojson(
            "hazard_area HA-1 2024-01-01 @ 0 0 100 100
             release_product LR-1 2024-05-01 hazard=HA-1 operator=A qc=pending @ 0 0 50 50
             handover_certificate HC-1 2024-06-01 releases=LR-1",
        ),
    );
    let before = world.n_entries();
    let report =
        world.run("import p.gpkg reports.geojson --approve-as NMAA --accept DQ-36 --comment phone --format json");
    assert_eq!((report.status, &report.json()["not_approved"]), (0, &0.into()), "{}", report.stdout);
    // Three records, one import, an approval of the clean ones and one of the certificate with what was accepted of it.
    assert_eq!(world.n_entries() - before, 6);
    let land = "import p.gpkg land.geojson --approve-as NMAA --accept DQ-36 --comment phone --format json";
    world.write("land.geojson", reports_as_geojson("hazard_area HA-2 2024-01-01 @ 200 0 300 100"));
    assert_eq!(world.run(land).json()["not_approved"], 0);
    assert_eq!(world.n_entries() - before, 9, "one approval, and nothing to accept");
}

/// HA-1 is called closed, which holds only while LR-2 is approved; LR-2 releases ground twice, an error here.
#[test]
fn what_an_import_approves_was_judged_without_what_it_keeps_back() {
    let world = World::new();
    world.write("homeground.toml", "[rules.release_twice]\nseverity = \"E\"\n");
    world.write(
        "reports.geojson",
        reports_as_geojson(
            "hazard_area HA-1 2024-01-01 state=closed @ 0 0 100 100
             release_product LR-1 2024-05-01 hazard=HA-1 operator=A @ -1 -1 101 60
             release_product LR-2 2024-06-01 hazard=HA-1 operator=A @ -1 40 101 101",
        ),
    );
    let report = world.json("import p.gpkg reports.geojson --approve-as NMAA");
    assert_eq!(told(&report, &["DQ-14", "DQ-35"]), ["E DQ-14 LR-2", "E DQ-35 HA-1"], "{report:#}");
    assert_eq!((&report["accepted"], &report["not_approved"]), (&3.into(), &2.into()));
    assert_eq!(world.state()["totals"]["n_open"], 0, "the hazard waits for a person");
}

/// A person's return stands above a file that is imported once more.
#[test]
fn a_file_imported_again_approves_nothing_that_was_returned_or_corrected() {
    let world = World::new();
    let take_in = |reports: &str| {
        world.write("reports.geojson", reports_as_geojson(reports));
        world.json("import p.gpkg reports.geojson")["entries"][0].as_str().unwrap().to_owned()
    };
    let returned = take_in("hazard_area HA-1 2024-01-01 @ 0 0 100 100");
    world.ok(&format!("return p.gpkg {returned} --as NMAA --message \"which road?\""));
    take_in("hazard_area HA-2 2024-01-01 @ 200 0 300 100");
    take_in("hazard_area HA-3 2024-02-01 supersedes=HA-2 @ 200 0 300 90");
    let again = "hazard_area HA-1 2024-01-01 @ 0 0 100 100
                 hazard_area HA-2 2024-01-01 @ 200 0 300 100";
    world.write("again.geojson", reports_as_geojson(again));
    let report = world.json("import p.gpkg again.geojson --approve-as NMAA");
    assert_eq!((&report["already_known"], &report["not_approved"]), (&2.into(), &1.into()), "{report:#}");
    assert_eq!(told(&report, &["REC-2"]), ["W REC-2 HA-1", "I REC-2 HA-2"]);
    assert_eq!(world.state()["totals"]["n_open"], 0);
    // With its correction in the same file both are approved, each once.
    let both = "hazard_area HA-2 2024-01-01 @ 200 0 300 100
                hazard_area HA-2 2024-01-01 @ 200 0 300 100
                hazard_area HA-3 2024-02-01 supersedes=HA-2 @ 200 0 300 90";
    world.write("both.geojson", reports_as_geojson(both));
    let n_entries = world.n_entries();
    assert_eq!(world.json("import p.gpkg both.geojson --approve-as NMAA")["not_approved"], 0);
    assert_eq!(world.n_entries() - n_entries, 2, "an approval and the import");
    assert_eq!(world.state()["totals"]["n_open"], 1);
}
