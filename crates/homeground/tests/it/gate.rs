//! `homeground gate`: CONTRACT §6, from reports in a file to the exit status.

use expect_test::expect;

use crate::world::{World, area_m2, assert_near, rectangle_m2};

const REPORTS: &str = "
    hazard_area     HA-1 2021-05-01 @ 0 0 200 100
    release_product LR-1 2021-06-01 hazard=HA-1 qc=accepted @ 0 0 100 100
    release_product LR-2 2021-07-01 hazard=HA-1 qc=accepted depth_cm=50 @ 100 0 150 100
    project         PR-1 2021-01-01 sector=school depth_cm=150 @ 20 20 60 60
    project         PR-2 2021-01-01 sector=clinic
    task_order      T-1  2021-01-01 hazard=HA-1 state=ACTIVE planned_end=2023-08-31
";

/// A rectangle in metres as well-known text in degrees.
fn wkt([west, south, east, north]: [f64; 4]) -> String {
    let at = |x: f64, y: f64| format!("{} {}", 46.04 + x * 1.1735e-5, 40.1 + y * 9.006e-6);
    let corners = [at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)];
    format!("POLYGON(({}))", corners.join(","))
}

fn gate(world: &World, rest: &str) -> (i32, serde_json::Value) {
    let run = world.run(&format!("gate p.gpkg {rest} --as-of 2022-06-01 --format json"));
    (run.status, run.json())
}

fn rule<'a>(answer: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    answer["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == id).unwrap()
}

#[test]
fn only_a_pass_ends_with_zero() {
    let world = World::with(REPORTS);
    let inside = wkt([20.0, 20.0, 60.0, 60.0]);
    let (status, answer) = gate(&world, &format!("--footprint \"{inside}\" --depth-cm 20"));
    assert_eq!((status, &answer["result"]), (0, &"PASS".into()), "{answer}");
    assert_eq!(rule(&answer, "GATE-2")["because"][0]["local_id"], "LR-1");
    assert_eq!(rule(&answer, "GATE-5")["result"], "NOT_ASKED");
    assert!(answer["opens_on"].is_null() && answer["blocking"].as_array().unwrap().is_empty());

    let (status, answer) = gate(&world, &format!("--footprint \"{inside}\" --depth-cm 21"));
    assert_eq!((status, &answer["result"]), (1, &"BLOCKED".into()));
    assert_eq!(rule(&answer, "GATE-4")["result"], "BLOCKED");

    let (status, answer) = gate(&world, &format!("--footprint \"{}\"", wkt([500.0, 0.0, 520.0, 20.0])));
    assert_eq!((status, &answer["result"]), (1, &"UNKNOWN".into()));
    assert_eq!(rule(&answer, "GATE-9")["result"], "UNKNOWN");
}

#[test]
fn what_blocks_is_drawn_measured_and_dated() {
    let world = World::with(REPORTS);
    // Far enough from every border that no uncertainty matters.
    let (status, answer) = gate(&world, &format!("--footprint \"{}\"", wkt([170.0, 20.0, 190.0, 40.0])));
    assert_eq!(status, 1);
    let blocking = &answer["blocking"][0];
    assert_eq!(blocking["local_id"], "HA-1");
    assert_near(&blocking["area_m2"], rectangle_m2([170.0, 20.0, 190.0, 40.0]), "the whole footprint");
    assert_eq!(blocking["geometry"]["type"], "MultiPolygon");
    assert_eq!(answer["opens_on"], "2023-08-31");
    // The seam between two releases that share no marker.
    let (status, answer) = gate(&world, &format!("--footprint \"{}\"", wkt([80.0, 40.0, 120.0, 60.0])));
    assert_eq!((status, &answer["result"]), (1, &"BLOCKED".into()));
}

#[test]
fn a_record_brings_its_own_ground_and_depth_and_asks_for_access() {
    let world = World::with(REPORTS);
    let (status, answer) = gate(&world, "--footprint PR-1");
    assert_eq!(status, 1);
    assert_eq!(rule(&answer, "GATE-4")["result"], "BLOCKED");
    assert_eq!(rule(&answer, "GATE-5")["result"], "UNKNOWN");
    // What is planned and not drawn is unknown.
    let (status, answer) = gate(&world, "--footprint PR-2");
    assert_eq!((status, &answer["result"]), (1, &"UNKNOWN".into()));
}

#[test]
fn a_footprint_comes_from_a_file_too() {
    let world = World::with(REPORTS);
    world.write("plot.wkt", wkt([20.0, 20.0, 60.0, 60.0]));
    world.ok("gate p.gpkg --footprint plot.wkt --as-of 2022-06-01");
    let [w, s, e, n] = [46.0402, 40.1002, 46.0406, 40.1005];
    let ring = format!("[[{w},{s}],[{e},{s}],[{e},{n}],[{w},{n}],[{w},{s}]]");
    let geometry = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
    world.write("plot.geojson", format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#));
    world.ok("gate p.gpkg --footprint plot.geojson --as-of 2022-06-01");
}

#[test]
fn the_policy_stands_beside_the_programme() {
    let world = World::with(REPORTS);
    let ask = format!("gate p.gpkg --footprint \"{}\" --as-of 2022-06-01", wkt([20.0, 20.0, 60.0, 60.0]));
    world.ok(&ask);
    world.write("homeground.toml", "[gate]\nhandover_required = true\n");
    assert_eq!(world.run(&ask).status, 1);
    world.write("homeground.toml", "[gate]\nmargin_m = -1\n");
    assert_eq!(world.run(&ask).status, 2);
    world.write("homeground.toml", "[gate]\nmargn_m = 1\n");
    assert_eq!(world.run(&ask).status, 2);
}

#[test]
fn what_cannot_be_asked_is_told() {
    let world = World::with(REPORTS);
    let transcript = world.transcript(
        r#"
        gate p.gpkg --footprint nowhere
        gate p.gpkg --footprint "POLYGON((0 0, 1 1))"
        gate p.gpkg --footprint "POLYGON((0 0, 1 1"
        gate p.gpkg --footprint "POINT(46 40)"
        gate p.gpkg --footprint "POLYGON((46 nan, 47 40, 46 41))"
        gate p.gpkg --footprint "POINT(46 40)" --margin-m -3
        gate p.gpkg --footprint "POINT(46 40)" --margin-m 3 --eo NUKE
        gate p.gpkg
        "#,
    );
    expect![[r#"
        $ gate p.gpkg --footprint nowhere
        ! homeground: "nowhere" is no well-known text, no file, and no id of a project, place, route, parcel, monument, water_point, household of Test
        = exit 2
        $ gate p.gpkg --footprint "POLYGON((0 0, 1 1))"
        ! homeground: the footprint has no ground
        = exit 2
        $ gate p.gpkg --footprint "POLYGON((0 0, 1 1"
        ! homeground: --footprint: well-known text is broken at character 17: a number was expected
        = exit 2
        $ gate p.gpkg --footprint "POINT(46 40)"
        ! homeground: a footprint that is a Point needs a width or a margin
        = exit 2
        $ gate p.gpkg --footprint "POLYGON((46 nan, 47 40, 46 41))"
        ! homeground: a position of the footprint is not a number
        = exit 2
        $ gate p.gpkg --footprint "POINT(46 40)" --margin-m -3
        ! error: unexpected argument '-3' found
        ! 
        !   tip: to pass '-3' as a value, use '-- -3'
        ! 
        ! Usage: homeground gate [OPTIONS] --footprint <WKT|FILE|ID> <PROGRAMME>
        ! 
        ! For more information, try '--help'.
        = exit 2
        $ gate p.gpkg --footprint "POINT(46 40)" --margin-m 3 --eo NUKE
        ! homeground: --eo "NUKE" is not one of AP_MINE, AP_MINE_IMPROV, AV_MINE, AV_MINE_IMPROV, AXO, BOOBY_TRAP, CM_OTHER, CM_SUBMUN, FRAG_SCRAP, IED_OTHER, SAA, UNKNOWN, UXO
        = exit 2
        $ gate p.gpkg
        ! error: the following required arguments were not provided:
        !   --footprint <WKT|FILE|ID>
        ! 
        ! Usage: homeground gate --footprint <WKT|FILE|ID> <PROGRAMME>
        ! 
        ! For more information, try '--help'.
        = exit 2
    "#]].assert_eq(&transcript);
}

#[test]
fn the_answer_reads_as_text() {
    let world = World::with(REPORTS);
    let line = format!(
        "gate p.gpkg --footprint \"{}\" --as-of 2022-06-01 --known-at 2099-01-01T00:00:00Z",
        wkt([80.0, 40.0, 120.0, 60.0])
    );
    expect![[r#"
        Test, as of 2022-06-01, as known at 2099-01-01T00:00:00Z
        BLOCKED
          GATE-1           BLOCKED   200 m² of it is not released with enough certainty from HA-1
                             HA-1: 200 m² of it is not released with enough certainty from HA-1 (200 m²)
                             needs: release the ground of the hazards in the way
          GATE-2           BLOCKED   release the ground
                             HA-1: it is still SHA (200 m²)
                             LR-1: released as CLEARED on 2021-06-01 and accepted (300 m²)
                             LR-2: released as CLEARED on 2021-07-01 and accepted (300 m²)
          GATE-3           PASS      the releases looked for all of it
          GATE-4           PASS      no digging was asked about
          GATE-5           NOT_ASKED access was not asked about; give its width
          GATE-6           PASS      nothing was reported nearby since, or it was reviewed
          GATE-7           PASS      none is open
          GATE-8           PASS      no movement is reported, or it was reviewed
          GATE-9           PASS      all of it is recorded
          in the way: 200 m² of hazard HA-1
          opens on 2023-08-31, if the task orders are kept
    "#]]
    .assert_eq(&world.run(&line).stdout);
}

#[test]
fn what_is_in_the_way_prints_as_features_and_a_table_of_it_is_refused() {
    let world = World::with(REPORTS);
    let line = format!(
        "gate p.gpkg --footprint \"{}\" --as-of 2022-06-01 --known-at 2099-01-01T00:00:00Z",
        wkt([80.0, 40.0, 120.0, 60.0])
    );
    let blocking = world.run(&format!("{line} --format geojson")).json();
    let feature = &blocking["features"][0];
    assert_eq!(blocking["features"].as_array().map(Vec::len), Some(1), "{blocking}");
    assert_eq!(feature["properties"]["local_id"], "HA-1");
    let ring: Vec<[f64; 2]> = serde_json::from_value(feature["geometry"]["coordinates"][0][0].clone()).unwrap();
    let area = feature["properties"]["area_m2"].as_f64().unwrap();
    assert!((area_m2(&ring).abs() - area).abs() < 0.5, "the ground drawn is the ground told: {area}");
    assert_eq!(world.run(&format!("{line} --format csv")).status, 2);
}

#[test]
fn a_setting_of_the_gates_that_is_no_text_is_refused() {
    let world = World::with(REPORTS);
    for (setting, wanted) in [("services = [1]", "texts are wanted"), ("servises = []", "has no setting")] {
        world.write("homeground.toml", format!("[gate]\n{setting}\n"));
        let run = world.run("gate p.gpkg --footprint \"POINT(46 40)\" --margin-m 3");
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(wanted), "{}", run.stderr);
    }
}
