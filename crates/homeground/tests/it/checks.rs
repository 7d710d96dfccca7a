//! The rules over a programme: what is listed, what is not approved, what a programme changes.

use crate::world::{World, reports_as_geojson};

#[test]
fn an_error_keeps_a_record_from_being_approved_until_the_rule_is_accepted_with_a_reason() {
    let world = World::new();
    let reports = r#"
        hazard_area HA-1 2024-01-01 @ 0 0 100 100
        release_product LR-1 2024-05-01 hazard=HA-1 operator=A qc=pending @ 0 0 50 50
        handover_certificate HC-1 2024-06-01 releases=LR-1
    "#;
    world.write("reports.geojson", reports_as_geojson(reports));
    world.ok("import p.gpkg reports.geojson");
    let refused = world.run("approve p.gpkg --all --as NMAA");
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("E DQ-36 HC-1: HC-1 hands over release LR-1, whose inspection is pending"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.state()["totals"]["n_open"], 0, "nothing was approved");
    assert_eq!(world.run("approve p.gpkg --all --as NMAA --accept DQ-36 --comment \"\"").status, 2);
    world.ok("approve p.gpkg --all --as NMAA --accept DQ-36 --comment \"inspected by phone\"");
    assert_eq!(world.state()["totals"]["n_open"], 1);
    let found = world.run("check p.gpkg --as-of 2025-12-31 --rule DQ-36 --format json");
    assert_eq!((found.status, &found.json()["errors"]), (1, &serde_json::json!(1)));
    world.ok("check p.gpkg --as-of 2025-12-31 --rule DQ-13");
    assert_eq!(world.run("check p.gpkg --rule DQ-99").status, 2);
}

/// An older version that waits can still be approved, and would count until its correction is.
#[test]
fn an_older_version_is_judged_although_a_correction_of_it_is_proposed() {
    let world = World::new();
    let take_in = |reports: &str| {
        world.write("reports.geojson", reports_as_geojson(reports));
        let report = world.json("import p.gpkg reports.geojson");
        assert_eq!(report["held"], 0, "{report}");
        report["entries"][0].as_str().unwrap().to_owned()
    };
    take_in(
        "hazard_area HA-1 2024-01-01 @ 0 0 100 100
         release_product LR-1 2024-05-01 hazard=HA-1 operator=A qc=pending @ 0 0 50 50",
    );
    let certificate = take_in("handover_certificate HC-1 2024-06-01 releases=LR-1");
    take_in("handover_certificate HC-2 2024-06-02 releases=LR-1 supersedes=HC-1");
    let refused = world.run(&format!("approve p.gpkg {certificate} --as NMAA"));
    assert_eq!(refused.status, 1, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("E DQ-36 HC-1: "), "{}", refused.stderr);
    assert!(!refused.stderr.contains("HC-2"), "the correction was not asked about: {}", refused.stderr);
}

/// A day begins in the east while it is still the day before yesterday in the west: who approves there is shown what
/// speaks against a record of a day to come, and that its day has not come.
#[test]
fn a_record_of_a_day_to_come_is_judged_before_it_is_approved() {
    let world = World::new();
    let ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(13 * 60 + 50);
    let day = jiff::tz::TimeZone::UTC.to_datetime(ahead).date();
    world.write(
        "reports.geojson",
        reports_as_geojson(&format!(
            "hazard_area HA-1 2024-01-01 @ 0 0 100 100
             release_product LR-1 2024-05-01 hazard=HA-1 operator=A qc=pending @ 0 0 50 50
             handover_certificate HC-1 {day} releases=LR-1"
        )),
    );
    world.write("homeground.toml", "[rules.day_in_future]\nseverity = \"W\"\n");
    assert_eq!(world.json("import p.gpkg reports.geojson")["accepted"], 3);
    std::fs::remove_file(world.path("homeground.toml")).unwrap();
    let in_the_west = |accepted: &str| {
        let line = format!("approve p.gpkg --all --as NMAA{accepted}");
        let output = world.command(&line).env("TZ", "WEST12").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = in_the_west("");
    assert_eq!(status, Some(1), "{said}");
    for rule in ["E DQ-18 HC-1: ", "E DQ-36 HC-1: "] {
        assert!(said.contains(rule), "{rule}{said}");
    }
    assert_eq!(in_the_west(" --accept DQ-18 --comment planned").0, Some(1));
    assert_eq!(in_the_west(" --accept DQ-18 --accept DQ-36 --comment planned").0, Some(0));
}

#[test]
fn a_programme_blocks_work_by_operators_without_accreditation() {
    let world = World::new();
    let reports = r#"
        accreditation AC-1 2024-01-01 operator=A activity=CLR valid_from=2024-01-01
        hazard_area HA-1 2024-01-01 @ 0 0 100 100
        release_product LR-1 2024-05-01 hazard=HA-1 operator=A @ 0 0 50 10
        release_product LR-2 2024-05-01 hazard=HA-1 operator=B @ 0 10 50 20
    "#;
    world.write("reports.geojson", reports_as_geojson(reports));
    let lenient = world.json("import p.gpkg reports.geojson --dry-run");
    assert_eq!(lenient["held"], 0);
    let of_rule = |report: &serde_json::Value| {
        let issues = report["issues"].as_array().unwrap();
        let found = issues.iter().filter(|issue| issue["rule"] == "DQ-37");
        found
            .map(|i| format!("{} {}", i["severity"].as_str().unwrap(), i["local_id"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of_rule(&lenient), ["W LR-2"]);
    world.write("homeground.toml", "[rules.not_accredited]\nseverity = \"E\"\n");
    let strict = world.json("import p.gpkg reports.geojson --approve-as NMAA");
    assert_eq!((&strict["accepted"], &strict["held"]), (&3.into(), &1.into()));
    assert_eq!(of_rule(&strict), ["E LR-2"]);
    world.write("homeground.toml", "[rules.not_a_day]\nseverity = \"I\"\n");
    assert_eq!(world.run("check p.gpkg").status, 2);
}

#[test]
fn the_score_is_the_share_of_records_without_error_or_warning() {
    let world = World::new();
    let reports = r#"
        hazard_area HA-1 2024-01-01 operator=A @ 0 0 100 100
        hazard_area HA-2 2024-01-01 operator=A accuracy_m=0 @ 200 0 300 100
        hazard_area HA-3 2024-01-01 operator=A class=XYZ @ 400 0 500 100
        hazard_area HA-4 2024-01-01 operator=A @ 600 0 700 100
        hazard_area HA-5 2024-01-01 operator=B @ 800 0 900 100
    "#;
    world.write("reports.geojson", reports_as_geojson(reports));
    world.ok_or_held("import p.gpkg reports.geojson --recorded-at 2024-01-15T10:00:00Z");
    assert_eq!(
        world.ok("check p.gpkg --score --format csv"),
        "operator,month,records,with_errors,with_warnings,score\nA,2024-01,4,1,1,0.5\nB,2024-01,1,0,0,1.0\n"
    );
}

#[test]
fn held_rows_come_back_in_the_system_they_came_in() {
    let world = World::new();
    world.write(
        "utm.csv",
        "record,local_id,date_of_information,class,accuracy_m,WKT\n\
         hazard_area,HA-1,2024-02-30,SHA,5,\"POLYGON ((588000 4439000, 588100 4439000, 588100 4439100, 588000 4439100, 588000 4439000))\"\n",
    );
    assert_eq!(world.json("import p.gpkg utm.csv --crs EPSG:32638")["held"], 1);
    let held = world.run("held p.gpkg --format geojson").json();
    assert_eq!(held["crs"]["properties"]["name"], "EPSG:32638");
    let corrected = held.to_string().replace("2024-02-30", "2024-02-29");
    world.write("corrected.geojson", corrected);
    assert_eq!(world.json("import p.gpkg corrected.geojson --approve-as NMAA")["accepted"], 1);
    let area = world.state()["totals"]["remaining_m2"].as_f64().unwrap();
    assert!((area - 10_000.0).abs() < 20.0, "{area}");
}

#[test]
fn a_row_that_is_held_is_returned_or_taken_in_with_a_reason() {
    let world = World::new();
    let reports = r#"
        accreditation AC-1 2024-01-01 operator=A activity=CLR valid_from=2024-01-01
        hazard_area HA-1 2024-01-01 operator=A @ 0 0 100 100
        release_product LR-1 2024-05-01 hazard=HA-1 operator=B @ 0 0 100 10
        hazard_area HA-2 2024-01-01 operator=A class=XYZ @ 400 0 500 100
    "#;
    world.write("homeground.toml", "[rules.not_accredited]\nseverity = \"E\"\n");
    world.write("reports.geojson", reports_as_geojson(reports));
    world.ok_or_held("import p.gpkg reports.geojson --approve-as NMAA");
    let held = world.run("held p.gpkg --format json").json();
    let entry = |id: &str| {
        let row = held.as_array().unwrap().iter().find(|row| row["local_id"] == id);
        row.unwrap_or_else(|| panic!("{id} is not held: {held}"))["entry"].as_str().unwrap().to_owned()
    };
    assert_eq!(world.run(&format!("return p.gpkg {} --as NMAA --message \"\"", entry("HA-2"))).status, 2);
    world.ok(&format!("return p.gpkg {} --as NMAA --message \"which class?\"", entry("HA-2")));
    assert_eq!(world.run(&format!("return p.gpkg {} --as NMAA --message x", "0".repeat(64))).status, 1);
    assert_eq!(world.run("held p.gpkg --format json").json().as_array().unwrap().len(), 2, "a return settles nothing");
    world.write("held.geojson", world.run("held p.gpkg --format geojson").stdout);
    assert_eq!(world.run("import p.gpkg held.geojson --accept DQ-37 --comment why").status, 2, "in nobody's name");
    let report = world.json(
        "import p.gpkg held.geojson --accept DQ-37 --accept DQ-49 --approve-as NMAA --comment \"accredited by letter\"",
    );
    // A word that does not exist is no matter of acceptance.
    assert_eq!((&report["accepted"], &report["held"]), (&1.into(), &1.into()), "{report}");
    let totals = &world.state()["totals"];
    assert!(totals["footprint"]["cleared_m2"].as_f64() > Some(900.0), "what was accepted counts: {totals}");
    world.ok("verify p.gpkg");
}
