//! From reports to the state of the land: every command once, as CONTRACT §4 and §5 write them.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::world::{World, assert_near, rectangle_m2, reports_as_geojson};

const IMPORT: &str =
    "import p.gpkg reports.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z";

const REPORTS: &str = "
    release_product LR-1 2021-06-01 hazard=HA-1 operator=OP-A @ 0 0 100 100
    release_product LR-2 2021-07-01 class=CANCELLED activity=NTS hazard=HA-2 @ 500 0 600 50
    device_find     F-1  2021-05-20 category=AP_MINE quantity=2 action=destroyed_in_situ @ 50 50
    hazard_area     HA-1 2021-05-01 @ 0 0 200 100
    hazard_area     HA-2 2021-05-02 class=CHA evidence=direct @ 500 0 600 100
    organisation    OP-A 2020-01-01 name=First
";

fn check(world: &World, lines: &str, expect: Expect) {
    expect.assert_eq(&world.transcript(lines));
}

/// Every name of a path such as `totals/footprint/sha_m2` leads to a number.
#[track_caller]
fn assert_numbers(value: &Value, paths: &str) {
    for path in paths.split_whitespace() {
        let found = value.pointer(&format!("/{path}"));
        assert!(found.is_some_and(Value::is_number), "{path} is {found:?} in {value}");
    }
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_whole_path_from_a_report_to_a_restored_backup() {
    let world = World::empty();
    world.write("reports.geojson", reports_as_geojson(REPORTS));
    check(
        &world,
        r#"
        new p.gpkg --name "Test district" --country AZE
        import p.gpkg reports.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z
        state p.gpkg --as-of 2021-12-31 --known-at 2099-01-01T00:00:00Z
        balance p.gpkg --from 2021-01-01 --to 2021-12-31
        held p.gpkg
        export p.gpkg --out hazards.csv --as-of 2021-12-31
        verify p.gpkg
        backup p.gpkg b.gpkg
        restore r.gpkg b.gpkg
        verify r.gpkg
    "#,
        expect![[r#"
            $ new p.gpkg --name "Test district" --country AZE
            made p.gpkg
            next: homeground import p.gpkg FILE… --approve-as NAME
            $ import p.gpkg reports.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at <instant>
            I DQ-16 reports.geojson row 1, LR-1: release LR-1 has no task, completion report. hint: supersede it by a record that names it
            I DQ-16 reports.geojson row 2, LR-2: release LR-2 has no task, operator, completion report. hint: supersede it by a record that names it
            I DQ-19 reports.geojson row 1, LR-1, field date_of_information, value 2021-06-01: entered 213 days after the day it is about
            I DQ-19 reports.geojson row 2, LR-2, field date_of_information, value 2021-07-01: entered 183 days after the day it is about
            I DQ-19 reports.geojson row 3, F-1, field date_of_information, value 2021-05-20: entered 225 days after the day it is about
            I DQ-19 reports.geojson row 4, HA-1, field date_of_information, value 2021-05-01: entered 244 days after the day it is about
            I DQ-19 reports.geojson row 5, HA-2, field date_of_information, value 2021-05-02: entered 243 days after the day it is about
            I DQ-19 reports.geojson row 6, OP-A, field date_of_information, value 2020-01-01: entered 730 days after the day it is about
            I DQ-25 reports.geojson row 1, LR-1: cleared release LR-1 does not say by which method. hint: take methods from the completion report
            I DQ-31 reports.geojson row 1, LR-1: 4 sides of LR-1 are longer than 50 m, the longest 100 m. hint: set intermediate points between the turning points
            I DQ-31 reports.geojson row 2, LR-2: 4 sides of LR-2 are longer than 50 m, the longest 100 m. hint: set intermediate points between the turning points
            I DQ-31 reports.geojson row 4, HA-1: 4 sides of HA-1 are longer than 50 m, the longest 200 m. hint: set intermediate points between the turning points
            I DQ-31 reports.geojson row 5, HA-2: 4 sides of HA-2 are longer than 50 m, the longest 100 m. hint: set intermediate points between the turning points
            I DQ-37: no accreditation is recorded, so none of 2 releases could be checked. hint: import the accreditations of the operators
            6 accepted, 0 already known, 0 held (0 errors, 0 warnings, 14 notes)
            $ state p.gpkg --as-of 2021-12-31 --known-at <instant>
            Test district, as of 2021-12-31, as known at <instant>
            remaining 15 009 m² in 2 open hazards
              suspected (SHA)                              10 006 m²
              confirmed (CHA)                               5 003 m²
              cancelled                                     5 003 m²
              reduced                                           0 m²
              cleared                                      10 006 m²
              remaining, conservative                      23 472 m²
              reopened since the beginning                      0 m²
              cleared outside hazards                           0 m²
              hazards counted twice in reports                  0 m²
              released as reports add up                   15 009 m²
              surveyed                                          0 m²
              surveyed as reports add up                        0 m²

            hazard                           remaining      conservative          released
            HA-1                             10 006 m²         14 988 m²         10 006 m²
            HA-2                              5 003 m²          8 484 m²          5 003 m²
            $ balance p.gpkg --from 2021-01-01 --to 2021-12-31
            Test district, 2021-01-01 to 2021-12-31, both days included
            total
              opening                         0 m²
              + new                      30 019 m²
              + reopened                      0 m²
              + adjusted                      0 m²
              − cancelled                 5 003 m²
              − reduced                       0 m²
              − cleared                  10 006 m²
              = closing                  15 009 m²
              recorded late                   0 m²
            $ held p.gpkg
            0 rows wait for a person
            $ export p.gpkg --out hazards.csv --as-of 2021-12-31
            2 features of 1 layers in hazards.csv
            $ verify p.gpkg
            9 entries and 10 derived rows hold
            $ backup p.gpkg b.gpkg
            copied p.gpkg to b.gpkg
            $ restore r.gpkg b.gpkg
            restored r.gpkg from b.gpkg
            $ verify r.gpkg
            9 entries and 10 derived rows hold
        "#]],
    );
    assert!(!world.path("p.gpkg-wal").exists() && !world.path("p.gpkg.lock").exists(), "one file after a clean stop");
}

#[test]
fn records_of_one_file_may_refer_to_each_other_in_any_order() {
    let lines: Vec<&str> = REPORTS.trim().lines().collect();
    let forwards = World::with(&lines.join("\n"));
    let backwards = World::with(&lines.iter().rev().copied().collect::<Vec<_>>().join("\n"));
    assert_eq!(forwards.state()["totals"], backwards.state()["totals"]);
    assert_eq!(forwards.state()["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn the_state_has_every_field_of_the_contract_as_a_number() {
    let world = World::with(REPORTS);
    let state = world.json("state p.gpkg --as-of 2021-12-31");
    assert_eq!(state["as_of"], "2021-12-31");
    assert_eq!(state["programme"], "Test");
    assert!(state["known_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_numbers(
        &state,
        "totals/footprint/sha_m2 totals/footprint/cha_m2 totals/footprint/cancelled_m2 totals/footprint/reduced_m2
         totals/footprint/cleared_m2 totals/remaining_m2 totals/remaining_conservative_m2 totals/flow/cancelled_m2
         totals/flow/reduced_m2 totals/flow/cleared_m2 totals/flow/reopened_m2 totals/flow/adjusted_m2
         totals/cleared_outside_m2 totals/hazard_overlap_m2 totals/reported_released_m2 totals/n_open",
    );
    for row in state["rows"].as_array().unwrap() {
        assert_numbers(
            row,
            "remaining_m2 remaining_conservative_m2 footprint/sha_m2 footprint/cha_m2 footprint/cancelled_m2
             footprint/reduced_m2 footprint/cleared_m2 flow/cancelled_m2 flow/reduced_m2 flow/cleared_m2
             flow/reopened_m2 flow/adjusted_m2",
        );
        assert_eq!(row["id"].as_str().unwrap().len(), 64);
    }
    let of_hazard = |id: &str| state["rows"].as_array().unwrap().iter().find(|row| row["local_id"] == id).unwrap();
    assert_eq!((&of_hazard("HA-1")["class"], &of_hazard("HA-2")["class"]), (&"SHA".into(), &"CHA".into()));
    assert_near(&of_hazard("HA-1")["footprint"]["cleared_m2"], rectangle_m2([0.0, 0.0, 100.0, 100.0]), "cleared");
    assert_near(&of_hazard("HA-2")["remaining_m2"], rectangle_m2([500.0, 50.0, 600.0, 100.0]), "remaining");
}

#[test]
fn a_finding_has_rule_severity_subject_message_and_area() {
    let world = World::with("hazard_area HA-1 2021-05-01 @ 0 0 200 100\n hazard_area HA-2 2021-05-02 @ 100 0 300 100");
    let state = world.json("state p.gpkg --as-of 2021-12-31");
    let finding = &state["issues"][0];
    assert_eq!(names(finding), ["rule", "severity", "subject", "message", "area_m2", "hint"]);
    assert_eq!((finding["rule"].as_str(), finding["severity"].as_str()), (Some("DQ-13"), Some("W")));
    assert_near(&finding["area_m2"], rectangle_m2([100.0, 0.0, 200.0, 100.0]), "shared ground");
    assert_eq!(finding["area_m2"], state["totals"]["hazard_overlap_m2"]);
}

#[test]
fn a_balance_has_every_field_of_the_contract_and_adds_up_to_the_square_millimetre() {
    let world = World::with(&format!("{REPORTS}\n reopening RO-1 2021-08-01 class=CHA reason=accident @ 10 10 40 40"));
    for by in ["total", "place", "operator"] {
        for (from, to) in [("2020-01-01", "2021-05-31"), ("2021-06-01", "2021-06-30"), ("2021-07-01", "2021-12-31")] {
            let balance = world.json(&format!("balance p.gpkg --from {from} --to {to} --by {by}"));
            for row in balance["rows"].as_array().unwrap() {
                assert_numbers(
                    row,
                    "opening_m2 new_m2 cancelled_m2 reduced_m2 cleared_m2 reopened_m2 adjusted_m2 closing_m2 late_m2",
                );
                let m2 = |name: &str| row[format!("{name}_m2")].as_f64().unwrap();
                let sum = m2("opening") + m2("new") + m2("reopened") + m2("adjusted")
                    - (m2("cancelled") + m2("reduced") + m2("cleared"));
                assert!((sum - m2("closing")).abs() < 1e-6, "{row}");
            }
        }
    }
    let july = world.json("balance p.gpkg --from 2021-07-01 --to 2021-12-31");
    assert_near(&july["rows"][0]["reopened_m2"], rectangle_m2([10.0, 10.0, 40.0, 40.0]), "reopened");
}

#[test]
fn an_import_reports_in_the_fields_of_the_contract() {
    let world = World::new();
    let with_slip = REPORTS.replace("hazard_area     HA-1 2021-05-01", "hazard_area HA-1 2021-02-30");
    world.write("reports.geojson", reports_as_geojson(&with_slip));
    let run = world.run(&format!("{IMPORT} --format json"));
    let report = run.json();
    assert_eq!(run.status, 1);
    assert_numbers(&report, "accepted already_known held");
    assert_eq!(report["entries"].as_array().unwrap().len() as u64, report["accepted"].as_u64().unwrap());
    let issues = report["issues"].as_array().unwrap();
    let slip = issues.iter().find(|issue| issue["field"] == "date_of_information" && issue["severity"] == "E").unwrap();
    assert_eq!(names(slip), ["rule", "severity", "file", "row", "local_id", "field", "value", "message", "hint"]);
    assert_eq!(
        (&slip["severity"], &slip["row"], &slip["local_id"], &slip["field"], &slip["value"], &slip["file"]),
        (
            &"E".into(),
            &4.into(),
            &"HA-1".into(),
            &"date_of_information".into(),
            &"2021-02-30".into(),
            &"reports.geojson".into()
        )
    );
}

#[test]
fn the_same_file_twice_adds_nothing() {
    let world = World::with(REPORTS);
    let (n, state) = (world.n_entries(), world.state());
    let again = world.json(IMPORT);
    assert_eq!((&again["accepted"], &again["already_known"], &again["held"]), (&0.into(), &6.into(), &0.into()));
    assert_eq!((world.n_entries(), world.state()), (n, state));
}

#[test]
fn the_same_file_twice_adds_nothing_even_if_it_corrects_and_holds() {
    let world = World::new();
    let reports = format!(
        "hazard_area HA-1b 2021-05-03 supersedes=HA-1 @ 0 0 150 100
         hazard_area HA-9 2021-02-30 @ 0 0 150 100
         {REPORTS}"
    );
    world.write("reports.geojson", reports_as_geojson(&reports));
    let first = world.json(IMPORT);
    let n = world.n_entries();
    let again = world.json(IMPORT);
    assert_eq!((&first["accepted"], &first["held"]), (&7.into(), &1.into()));
    assert_eq!((&again["accepted"], &again["already_known"], &again["held"]), (&0.into(), &7.into(), &1.into()));
    assert_eq!(world.n_entries(), n);
    assert_eq!(world.json("held p.gpkg").as_array().unwrap().len(), 1);
}

#[test]
fn corrections_of_corrections_in_reverse_order_find_what_they_correct() {
    let world = World::with(
        "hazard_area HA-1c 2021-05-03 supersedes=HA-1b @ 0 0 100 100
         hazard_area HA-1b 2021-05-02 supersedes=HA-1 @ 0 0 200 100
         hazard_area HA-1 2021-05-01 @ 0 0 300 100",
    );
    let remaining = |day: &str| world.json(&format!("state p.gpkg --as-of {day}"))["totals"]["remaining_m2"].clone();
    assert_near(&remaining("2021-05-01"), rectangle_m2([0.0, 0.0, 300.0, 100.0]), "as first reported");
    assert_near(&remaining("2021-05-02"), rectangle_m2([0.0, 0.0, 200.0, 100.0]), "as corrected");
    assert_near(&remaining("2021-05-03"), rectangle_m2([0.0, 0.0, 100.0, 100.0]), "as corrected again");
    assert_eq!(world.state()["rows"].as_array().unwrap().len(), 1, "one hazard with three versions");
}

#[test]
fn a_dry_run_tells_and_keeps_nothing() {
    let world = World::new();
    world.write("reports.geojson", reports_as_geojson(REPORTS));
    let told = world.json(&format!("{IMPORT} --dry-run"));
    assert_eq!((&told["accepted"], &told["held"]), (&6.into(), &0.into()));
    assert_eq!(world.n_entries(), 1);
    assert_eq!(world.state()["totals"]["n_open"], 0);
    assert_eq!(world.json("held p.gpkg"), serde_json::json!([]));
}

#[test]
fn a_held_row_that_is_corrected_and_imported_again_leaves_the_list() {
    let world = World::with("hazard_area HA-1 2021-02-30 @ 0 0 200 100");
    check(
        &world,
        "held p.gpkg",
        expect![[r#"
        $ held p.gpkg
        <id> reports.geojson row 1 HA-1
          E DQ-49 date_of_information: there is no day 2021-02-30
            hint: correct it at the source
        1 rows wait for a person
        = exit 1
    "#]],
    );
    let given_back = world.ok_or_held("held p.gpkg --format geojson");
    world.write("corrected.geojson", given_back.replace("2021-02-30", "2021-02-28"));
    check(
        &world,
        "import p.gpkg corrected.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at 2022-01-01T12:00:00Z
         held p.gpkg
         state p.gpkg --by total --format csv --as-of 2021-03-01",
        expect![[r#"
            $ import p.gpkg corrected.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at <instant>
            I DQ-19 corrected.geojson row 1, HA-1, field date_of_information, value 2021-02-28: entered 307 days after the day it is about
            I DQ-31 corrected.geojson row 1, HA-1: 4 sides of HA-1 are longer than 50 m, the longest 200 m. hint: set intermediate points between the turning points
            1 accepted, 0 already known, 0 held (0 errors, 0 warnings, 2 notes)
            $ held p.gpkg
            0 rows wait for a person
            $ state p.gpkg --by total --format csv --as-of 2021-03-01
            id,local_id,class,remaining_m2,remaining_conservative_m2,footprint_sha_m2,footprint_cha_m2,footprint_cancelled_m2,footprint_reduced_m2,footprint_cleared_m2,flow_new_m2,flow_cancelled_m2,flow_reduced_m2,flow_cleared_m2,flow_reopened_m2,flow_adjusted_m2
            total,total,,20012.445534649,23093.297607248,20012.445534649,0.0,0.0,0.0,0.0,20012.445534649,0.0,0.0,0.0,0.0,0.0
        "#]],
    );
}

#[test]
fn what_is_not_approved_changes_no_official_figure_but_warns() {
    let world = World::new();
    world.write("reports.geojson", reports_as_geojson("hazard_area HA-1 2021-05-01 @ 0 0 200 100"));
    let report = world.json("import p.gpkg reports.geojson --crs EPSG:4326");
    let totals = || world.state()["totals"].clone();
    assert_eq!(totals()["remaining_m2"], 0.0);
    assert!(totals()["remaining_conservative_m2"].as_f64().unwrap() > rectangle_m2([0.0, 0.0, 200.0, 100.0]));
    let id = report["entries"][0].as_str().unwrap();
    world.ok(&format!("approve p.gpkg {id} --as NMAA"));
    assert_near(&totals()["remaining_m2"], rectangle_m2([0.0, 0.0, 200.0, 100.0]), "remaining");
    check(
        &world,
        &format!("withdraw p.gpkg {id} --reason mistaken"),
        expect![[r#"
        $ withdraw p.gpkg <id> --reason mistaken
        ! homeground: entry <id> is approved, and nothing approved is taken back (LR-X7). hint: record a reopening, or a record that supersedes it
        = exit 1
    "#]],
    );
}

#[test]
fn a_proposed_record_can_be_withdrawn() {
    let world = World::new();
    world.write("reports.geojson", reports_as_geojson("hazard_area HA-1 2021-05-01 @ 0 0 200 100"));
    let report = world.json("import p.gpkg reports.geojson --crs EPSG:4326");
    world.ok(&format!("withdraw p.gpkg {} --reason mistaken", report["entries"][0].as_str().unwrap()));
    assert_eq!(world.state()["totals"]["remaining_conservative_m2"], 0.0);
    world.ok("approve p.gpkg --all --as NMAA");
    assert_eq!(world.state()["totals"]["remaining_m2"], 0.0, "what was withdrawn is not approved with the rest");
    world.ok("verify p.gpkg");
}

#[test]
fn what_was_known_then_stays_what_was_known_then() {
    let world = World::new();
    world.write("a.geojson", reports_as_geojson("hazard_area HA-1 2021-05-01 @ 0 0 200 100"));
    world.write("b.geojson", reports_as_geojson("hazard_area HA-2 2021-05-01 @ 500 0 600 100"));
    for (file, instant) in [("a", "2021-06-01T08:00:00Z"), ("b", "2022-06-01T12:00:00+04:00")] {
        world.ok(&format!("import p.gpkg {file}.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at {instant}"));
    }
    let n_open = |line: &str| world.json(&format!("state p.gpkg {line}"))["totals"]["n_open"].as_u64().unwrap();
    assert_eq!(n_open("--as-of 2021-04-30"), 0);
    assert_eq!(n_open("--as-of 2021-07-01"), 2);
    assert_eq!(n_open("--as-of 2021-07-01 --known-at 2021-07-01T00:00:00Z"), 1);
    assert_eq!(n_open("--as-of 2021-07-01 --known-at 2022-06-01T07:59:59Z"), 1);
    assert_eq!(n_open("--as-of 2021-07-01 --known-at 2022-06-01T08:00:00Z"), 2);
    let late = world.json("balance p.gpkg --from 2022-01-01 --to 2022-12-31");
    assert_near(&late["rows"][0]["late_m2"], rectangle_m2([500.0, 0.0, 600.0, 100.0]), "late");
}

#[test]
fn rows_by_place_split_border_pieces_and_sum_to_the_total() {
    let world = World::with(
        "place P-1 2020-01-01 name=West level=admin2 @ 0 0 100 200
         place P-2 2020-01-01 name=East level=admin2 @ 100 0 300 200
         hazard_area HA-1 2021-05-01 @ 50 50 400 150
         release_product LR-1 2021-06-01 hazard=HA-1 @ 50 50 150 100",
    );
    for by in ["hazard", "place", "operator", "total"] {
        let state = world.json(&format!("state p.gpkg --by {by} --as-of 2021-12-31"));
        let rows = state["rows"].as_array().unwrap();
        for path in ["/remaining_m2", "/remaining_conservative_m2", "/footprint/cleared_m2", "/flow/cleared_m2"] {
            let sum: f64 = rows.iter().map(|row| row.pointer(path).unwrap().as_f64().unwrap()).sum();
            let total = state["totals"].pointer(path).unwrap().as_f64().unwrap();
            assert!((sum - total).abs() < 1e-6, "--by {by} {path}: {sum}, in all {total}");
        }
        assert_eq!(rows.len(), if by == "place" { 3 } else { 1 }, "--by {by}: {state}");
    }
}

#[test]
fn every_format_that_an_export_writes_is_read_back_with_the_same_ground() {
    let world = World::with(REPORTS);
    for file in ["h.geojson", "h.csv", "h.fgb"] {
        world.ok(&format!("export p.gpkg --out {file} --as-of 2021-12-31"));
        assert!(world.path(file).metadata().unwrap().len() > 100);
    }
    let exported: Value = serde_json::from_str(&world.text("h.geojson")).unwrap();
    assert_eq!(exported["features"].as_array().unwrap().len(), 2);
    let printed = world.json_of("state p.gpkg --as-of 2021-12-31 --format geojson");
    assert_eq!(printed["features"], exported["features"]);
    assert_eq!(world.text("h.csv").lines().count(), 3);
    check(
        &world,
        "export p.gpkg --out h.csv",
        expect![[r#"
        $ export p.gpkg --out h.csv
        ! homeground: h.csv is there already. hint: --overwrite replaces it
        = exit 1
    "#]],
    );
    check(
        &world,
        "export p.gpkg --out h.pdf",
        expect![[r#"
            $ export p.gpkg --out h.pdf
            ! homeground: no format for files named like "h.pdf". hint: the ending is one of gpkg, geojson, json, fgb, parquet, csv, xlsx, kml, kmz, shp.zip, pmtiles, mbtiles
            = exit 2
        "#]],
    );
    check(
        &world,
        "export p.gpkg --out n.csv --layer nothing",
        expect![[r#"
            $ export p.gpkg --out n.csv --layer nothing
            ! homeground: "nothing" is not a layer. hint: hazard, hazard_conservative, source, claim, decision, organisation, team, asset, accreditation, place, route, parcel, water_point, monument, investment_programme, project, task_order, hazard_area, adjustment, activity, release, reopening, find, evidence_item, accident, qa_visit, nonconformity, review, assessment, intervention, heritage_object, observation, climate_normal, marking, completion_report, handover_certificate, risk_education, transaction, indicator, indicator_value, population, attachment
            = exit 2
        "#]],
    );
    check(
        &world,
        "export p.gpkg --out nowhere/n.csv",
        expect![[r#"
        $ export p.gpkg --out nowhere/n.csv
        ! homeground: cannot write nowhere/n.csv.part: No such file or directory (os error 2)
        = exit 3
    "#]],
    );
}

#[test]
fn exit_status_says_done_held_misused_or_failed() {
    let world = World::with(REPORTS);
    world.write("broken.toml", "nonsense = true");
    check(
        &world,
        "new p.gpkg --name Again --country AZE
         new q.gpkg --name Q --country az
         new nowhere/q.gpkg --name Q --country AZE
         import p.gpkg no-such-file.geojson
         import no-such.gpkg reports.geojson
         import p.gpkg reports.geojson --as nonsense
         import p.gpkg reports.geojson --map broken.toml
         import p.gpkg reports.geojson --map no-such.toml
         import p.gpkg reports.geojson --crs 4326
         import p.gpkg reports.geojson --recorded-at yesterday
         import p.gpkg reports.geojson --recorded-at 2199-01-01T00:00:00Z
         approve p.gpkg 00 --as NMAA
         approve p.gpkg 0000000000000000000000000000000000000000000000000000000000000000 --as NMAA
         withdraw p.gpkg 0000000000000000000000000000000000000000000000000000000000000000 --reason none
         state p.gpkg --as-of 2025-02-30
         state p.gpkg --by colour
         state no-such.gpkg
         state reports.geojson
         balance p.gpkg --from 2022-01-01 --to 2021-01-01
         held no-such.gpkg
         verify no-such.gpkg
         backup p.gpkg p.gpkg
         backup no-such.gpkg b.gpkg
         restore p.gpkg reports.geojson
         restore q.gpkg reports.geojson
         serve p.gpkg --listen nonsense
         frobnicate",
        expect![[r#"
            $ new p.gpkg --name Again --country AZE
            ! homeground: p.gpkg exists already and is never overwritten. hint: choose another name
            = exit 1
            $ new q.gpkg --name Q --country az
            ! error: invalid value 'az' for '--country <ISO3>': three capital letters are wanted, such as AZE
            ! 
            ! For more information, try '--help'.
            = exit 2
            $ new nowhere/q.gpkg --name Q --country AZE
            ! homeground: nowhere/q.gpkg: there is no such folder. hint: make the folder first
            = exit 3
            $ import p.gpkg no-such-file.geojson
            ! homeground: no-such-file.geojson: no such file. hint: check the path
            = exit 3
            $ import no-such.gpkg reports.geojson
            ! homeground: no-such.gpkg: there is no such file. hint: `homeground new no-such.gpkg --name NAME --country ISO3` makes a programme
            = exit 3
            $ import p.gpkg reports.geojson --as nonsense
            ! error: invalid value 'nonsense' for '--as <RECORD>': "nonsense" is not a kind of record
            ! 
            ! For more information, try '--help'.
            = exit 2
            $ import p.gpkg reports.geojson --map broken.toml
            ! homeground: broken.toml: the profile is not readable: TOML parse error at line 1, column 1
            !   |
            ! 1 | nonsense = true
            !   | ^^^^^^^^
            ! unknown field `nonsense`, expected one of `name`, `record`, `record_column`, `layer`, `delimiter`, `encoding`, `crs`, `operation`, `decimal`, `blank`, `columns`, `other`, `local_id`, `join`, `each`, `list`, `ground`, `legs`, `rename`, `values`, `constant`, `when`, `date`, `unit`, `pattern`, `where`
            ! 
            = exit 2
            $ import p.gpkg reports.geojson --map no-such.toml
            ! homeground: cannot read no-such.toml: No such file or directory (os error 2)
            = exit 3
            $ import p.gpkg reports.geojson --crs 4326
            0 accepted, 6 already known, 0 held (0 errors, 0 warnings, 0 notes)
            $ import p.gpkg reports.geojson --recorded-at yesterday
            ! error: invalid value 'yesterday' for '--recorded-at <INSTANT>': failed to parse four digit integer as year: invalid digit, expected 0-9 but got y
            ! 
            ! For more information, try '--help'.
            = exit 2
            $ import p.gpkg reports.geojson --recorded-at <instant>
            ! homeground: --recorded-at <instant> is in the future
            = exit 2
            $ approve p.gpkg 00 --as NMAA
            ! error: invalid value '00' for '[ENTRIES]...': "00" is not an entry id
            ! 
            ! For more information, try '--help'.
            = exit 2
            $ approve p.gpkg <id> --as NMAA
            ! homeground: no record has entry id <id>
            = exit 1
            $ withdraw p.gpkg <id> --reason none
            ! homeground: no record has entry id <id>
            = exit 1
            $ state p.gpkg --as-of 2025-02-30
            ! error: invalid value '2025-02-30' for '--as-of <DAY>': parsed date is not valid: parameter 'day' for `2025-02` is invalid, must be in range `1..=28`
            ! 
            ! For more information, try '--help'.
            = exit 2
            $ state p.gpkg --by colour
            ! error: invalid value 'colour' for '--by <BY>'
            !   [possible values: hazard, place, operator, total]
            ! 
            ! For more information, try '--help'.
            = exit 2
            $ state no-such.gpkg
            ! homeground: no-such.gpkg: there is no such file. hint: `homeground new no-such.gpkg --name NAME --country ISO3` makes a programme
            = exit 3
            $ state reports.geojson
            ! homeground: reports.geojson is not a GeoPackage: it is not an SQLite file. hint: check the name of the file
            = exit 3
            $ balance p.gpkg --from 2022-01-01 --to 2021-01-01
            ! homeground: --from 2022-01-01 is after --to 2021-01-01
            = exit 2
            $ held no-such.gpkg
            ! homeground: no-such.gpkg: there is no such file. hint: `homeground new no-such.gpkg --name NAME --country ISO3` makes a programme
            = exit 3
            $ verify no-such.gpkg
            ! homeground: no-such.gpkg: there is no such file. hint: `homeground new no-such.gpkg --name NAME --country ISO3` makes a programme
            = exit 3
            $ backup p.gpkg p.gpkg
            ! homeground: p.gpkg exists already and is never overwritten. hint: choose another name
            = exit 1
            $ backup no-such.gpkg b.gpkg
            ! homeground: no-such.gpkg: there is no such file. hint: `homeground new no-such.gpkg --name NAME --country ISO3` makes a programme
            = exit 3
            $ restore p.gpkg reports.geojson
            ! homeground: p.gpkg is there already, and restore never overwrites
            = exit 1
            $ restore q.gpkg reports.geojson
            ! homeground: reports.geojson is not a GeoPackage: it is not an SQLite file. hint: check the name of the file
            = exit 3
            $ serve p.gpkg --listen nonsense
            ! homeground: "nonsense" is not an address such as 127.0.0.1:8080
            = exit 2
            $ frobnicate
            ! error: unrecognized subcommand 'frobnicate'
            ! 
            ! Usage: homeground [OPTIONS]
            !        homeground <COMMAND>
            ! 
            ! For more information, try '--help'.
            = exit 2
        "#]],
    );
    assert!(!world.path("q.gpkg").exists() && !world.path("b.gpkg").exists(), "what failed left nothing");
}

#[test]
fn a_reader_that_closes_the_pipe_early_is_no_failure() {
    let reports: String =
        (0..1500).map(|i| format!("hazard_area HA-{i} 2021-05-01 @ {x} 0 {} 10\n", i * 20 + 10, x = i * 20)).collect();
    let world = World::with(&reports);
    for line in
        ["state p.gpkg", "state p.gpkg --format json", "state p.gpkg --format csv", "state p.gpkg --format geojson"]
    {
        let mut child = world.command(line).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut first = [0; 10];
        std::io::Read::read_exact(&mut stdout, &mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        assert!(output.status.success(), "{line}: {:?}", output.status);
    }
    let import = "import p.gpkg reports.geojson --crs EPSG:4326 --dry-run --format json";
    for line in [import, "verify p.gpkg", "held p.gpkg", "config p.gpkg", "--help", "man", "completions bash"] {
        let mut child = world.command(line).spawn().unwrap();
        drop(child.stdout.take());
        let run = crate::world::Run::from(child.wait_with_output().unwrap());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{line}");
    }
}

#[test]
fn a_setting_comes_from_file_then_environment_then_flag() {
    let world = World::new();
    world.write("homeground.toml", "approve_as = \"File\"\nlisten = \"127.0.0.1:1\"\n");
    let from = |run: Value, name: &str| {
        let setting = run.as_array().unwrap().iter().find(|s| s["name"] == name).unwrap().clone();
        format!("{} from {}", setting["value"].as_str().unwrap(), setting["origin"].as_str().unwrap())
    };
    let run = world.json("config p.gpkg");
    assert_eq!(from(run.clone(), "approve_as"), "File from ./homeground.toml");
    assert_eq!(from(run, "source"), " from default");
    let mut command = world.command("config p.gpkg --format json");
    let run = crate::world::Run::from(command.env("HOMEGROUND_APPROVE_AS", "Environment").output().unwrap());
    assert_eq!(from(run.json(), "approve_as"), "Environment from HOMEGROUND_APPROVE_AS");
    world.write("homeground.toml", "aprove_as = \"slip\"\n");
    check(
        &world,
        "config p.gpkg",
        expect![[r#"
        $ config p.gpkg
        ! homeground: ./homeground.toml is not a configuration: TOML parse error at line 1, column 1
        !   |
        ! 1 | aprove_as = "slip"
        !   | ^^^^^^^^^
        ! unknown field `aprove_as`, expected one of `listen`, `approve_as`, `source`, `gate`, `operation`, `elevation`, `rules`, `plan`
        = exit 2
    "#]],
    );
}

#[test]
fn an_export_keeps_what_a_filter_means_and_names_what_it_cannot_read() {
    let world = World::with(REPORTS);
    world.ok(r#"export p.gpkg --out cha.csv --filter "class = 'CHA'" --as-of 2021-12-31"#);
    let kept = world.text("cha.csv");
    assert!(kept.lines().count() == 2 && kept.contains("HA-2"), "{kept}");
    check(
        &world,
        r#"
        export p.gpkg --out n.csv --filter "colour = 'red'"
        export p.gpkg --out n.csv --bbox 5,6,7
    "#,
        expect![[r#"
            $ export p.gpkg --out n.csv --filter "colour = 'red'"
            ! homeground: hazard: filter is "colour = 'red'"; it must be cql2-text over the queryables ("colour" is not one of them)
            = exit 2
            $ export p.gpkg --out n.csv --bbox 5,6,7
            ! homeground: hazard: bbox is "5,6,7"; it must be four or six numbers: west,south,east,north, south not beyond north
            = exit 2
        "#]],
    );
    assert!(!world.path("n.csv").exists());
}

#[test]
fn an_export_of_tiles_is_whole_or_not_there() {
    let world = World::with(REPORTS);
    for file in ["t.pmtiles", "t.mbtiles"] {
        world.ok(&format!("export p.gpkg --out {file} --max-zoom 12 --as-of 2021-12-31"));
        let bytes = std::fs::read(world.path(file)).unwrap();
        assert!(bytes.starts_with(if file == "t.pmtiles" { b"PMTiles" } else { b"SQLite " }), "{file}");
        assert!(!world.path(&format!("{file}.part")).exists());
    }
}
