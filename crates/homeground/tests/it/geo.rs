//! Field geometry from the command line, as people and programs ask for it.

use serde_json::{Value, json};

use crate::world::World;

fn near(found: &Value, wanted: f64, within: f64, what: &str) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what} is {found}"));
    assert!((found - wanted).abs() <= within, "{what}: {found} for {wanted}");
}

/// PT-5.
#[test]
fn soviet_coordinates_come_out_by_the_operation_that_is_asked_for_or_prescribed() {
    let world = World::empty();
    let ask = "geo convert --from EPSG:28408 --x 4441200 --y 8588500";
    let default = world.json(ask);
    near(&default["lon"], 46.036645986, 2e-8, "lon");
    near(&default["lat"], 40.099656559, 2e-8, "lat");
    assert_eq!((&default["operation"], &default["accuracy_m"]), (&json!("EPSG:15865"), &json!(4.5)));
    let asked = world.json(&format!("{ask} --operation EPSG:1807 --to EPSG:4326"));
    near(&asked["lon"], 46.036685929, 2e-8, "lon by 1807");
    assert_eq!(asked["operation"], "EPSG:1807");
    world.write("homeground.toml", "operation = 'EPSG:1808'\n");
    let prescribed = world.json(ask);
    near(&prescribed["lat"], 40.099694509, 2e-8, "lat by 1808");
    assert_eq!(prescribed["operation"], "EPSG:1808");
    // What the programme prescribes for SK-42 does not stand in the way of other systems.
    let utm = world.json("geo convert --from EPSG:32638 --x 588359.850 --y 4439333.120");
    assert_eq!((&utm["operation"], &utm["accuracy_m"]), (&Value::Null, &json!(0.0)));
}

#[test]
fn one_place_goes_through_every_notation_and_back() {
    let world = World::empty();
    let text = |line: &str| world.json(&format!("geo convert {line}"))["text"].as_str().unwrap().to_owned();
    let place = "--from EPSG:28408 --x 4441200 --y 8588500";
    assert_eq!(text(&format!("{place} --to mgrs")), "38TNK8835939333");
    assert_eq!(text(&format!("{place} --to mgrs --digits 4")), "38TNK8839");
    assert_eq!(text(&format!("{place} --to utm")), "38 north 588359.850 4439333.120");
    assert_eq!(text(&format!("{place} --to dms")), "40°05'58.76\"N 46°02'11.93\"E");
    assert_eq!(text("--from utm \"38N 588359.850 4439333.120\" --to mgrs"), "38TNK8835939333");
    let soviet = world.json("geo convert --from EPSG:4326 --lon 46.036645986 --lat 40.099656559 --to EPSG:28408");
    near(&soviet["x"], 4_441_200.0, 5e-3, "X is the northing");
    near(&soviet["y"], 8_588_500.0, 5e-3, "Y is the easting");
    assert_eq!((&soviet["northing"], &soviet["easting"]), (&soviet["x"], &soviet["y"]));
    assert_eq!(world.json("geo convert --from mgrs 38TNK88353933 ")["resolution_m"], 10.0);
}

#[test]
fn a_slip_is_a_question_and_never_a_correction() {
    let world = World::empty();
    let swapped = world.json("geo convert --from EPSG:4326 --lon 40.1 --lat 46.03 --country AZE");
    near(&swapped["lon"], 40.1, 0.0, "as written");
    assert_eq!(swapped["hypotheses"][0]["slip"], "axes_swapped");
    let line = "geo convert --from EPSG:4326 --lon 46.037858997 --lat 40.099752853 --place 46.036645986,40.099656559";
    let datum = world.json(line);
    assert_eq!(datum["hypotheses"][0]["slip"], "sk42_read_as_wgs84");
    near(&datum["hypotheses"][0]["offset_m"], 103.98, 0.1, "offset");
}

#[test]
fn what_cannot_be_read_is_named_with_its_exit_status() {
    let world = World::empty();
    for (line, status, says) in [
        ("geo convert --from utm \"38S 588359 4439333\"", 1, "band S"),
        ("geo convert --from dms \"40.1 46.0\"", 1, "which number is the latitude"),
        ("geo convert --from mgrs 38TNK123", 1, "digits"),
        ("geo convert --from EPSG:999999 --x 1 --y 2", 1, "EPSG:999999"),
        ("geo convert --from EPSG:27700 --x 530000 --y 180000 --operation EPSG:7710", 1, "grid file"),
        ("geo convert --from EPSG:28408 --x nan --y 2", 1, "no image"),
        ("geo convert --from EPSG:28408 --x 1", 2, "--y"),
        ("geo convert --from EPSG:28408", 2, "position"),
        ("geo convert --from nowhere --x 1 --y 2", 2, "nowhere"),
        ("geo declination --lon 46 --lat 40 --on 1850-01-01", 1, "1900"),
        ("geo declination --lon 46 --lat 40 --on 2025-13-01", 2, "2025-13-01"),
        ("geo declination --lon 46 --lat 91 --on 2025-01-01", 1, "91"),
        ("geo traverse missing.json", 3, "missing.json"),
        ("geo area missing.geojson", 3, "missing.geojson"),
    ] {
        let run = world.run(line);
        assert_eq!(run.status, status, "{line}\n{}", run.stderr);
        assert!(run.stderr.contains(says), "{line}\n{}", run.stderr);
    }
}

#[test]
fn a_declination_names_its_model_and_the_years_of_it() {
    let world = World::empty();
    let line = "geo declination --lon 46.0383 --lat 40.1065 --height-m 1500";
    let now = world.json(&format!("{line} --on 2025-07-01"));
    near(&now["declination_deg"], 6.48, 5e-3, "IGRF");
    assert_eq!((&now["model"], &now["validity"]["from"]), (&json!("IGRF-14"), &json!("1900-01-01")));
    near(&now["others"][0]["declination_deg"], 6.46, 5e-3, "WMM");
    let wmm = world.json(&format!("{line} --on 2025-07-01 --model wmm2025"));
    assert_eq!(wmm["validity"], json!({"from": "2025-01-01", "to": "2029-12-31"}));
    near(&world.json(&format!("{line} --on 1993-04-01"))["declination_deg"], 4.65, 5e-3, "1993");
}

fn sheet(closing: Value) -> String {
    let leg = |from: &str, to: &str, bearing: &str, metres: f64| json!({"from": from, "to": to, "bearing": bearing, "distance_m": metres});
    json!({
        "datum_point": {"lon": 46.0383, "lat": 40.1065}, "north": "MAGNETIC", "unit": "deg", "declination": 6.2,
        "legs": [leg("RP", "BM", "52,0", 118.4), leg("BM", "SP", "95.5", 43.0), leg("SP", "TP1", "20", 140.0),
                 leg("TP1", "TP2", "98", 205.5), leg("TP2", "TP3", "176.5", 160.2), leg("TP3", "TP4", "262", 150.0)],
        "closing": closing,
    })
    .to_string()
}

/// PT-1, PT-2.
#[test]
fn a_traverse_ends_with_its_verdict() {
    let world = World::empty();
    world.write("bad.json", sheet(json!({"bearing": 300.5, "distance_m": 84.0})));
    let run = world.run("geo traverse bad.json --format json");
    assert_eq!(run.status, 1, "{}", run.stderr);
    let bad = run.json();
    assert_eq!((&bad["verdict"], &bad["relative"]), (&json!("ERROR"), &json!("1:14")));
    near(&bad["misclosure_m"], 53.47, 0.01, "misclosure");
    near(&bad["area_geodesic_m2"], 41_628.4, 1.0, "area");
    assert_eq!(bad["ring"]["type"], "Polygon");
    world.write("good.json", sheet(json!({"bearing": 304.5, "distance_m": 137.6})));
    let good = world.json("geo traverse good.json");
    assert_eq!((&good["verdict"], &good["relative"]), (&json!("OK"), &json!("1:1017")));
    near(&good["adjusted_area_geodesic_m2"], 41_688.7, 1.0, "adjusted area");
    let text = world.ok("geo traverse good.json");
    assert!(text.contains("misclosure 0.78 m") && text.contains("Bowditch"), "{text}");
    world.write("open.json", sheet(Value::Null));
    assert_eq!(world.json("geo traverse open.json")["verdict"], "UNCHECKED");
}

#[test]
fn a_sheet_that_leaves_something_out_is_refused_with_all_of_it() {
    let world = World::empty();
    world.write("sheet.json", r#"{"datum_point": {"lon": 46, "lat": 40}, "unit": "mil6000", "legs": [{"bearing": "15-0", "distance_m": 10}]}"#);
    let run = world.run("geo traverse sheet.json --format json");
    assert_eq!(run.status, 1);
    let fields: Vec<Value> =
        run.json()["findings"].as_array().unwrap().iter().map(|finding| finding["field"].clone()).collect();
    assert_eq!(fields, ["north", "bearing"]);
    world.write("sheet.json", "{");
    assert_eq!(world.run("geo traverse sheet.json").status, 1);
}

/// PT-8: a square kilometre of the grid is not one on the ground.
#[test]
fn areas_are_those_of_the_ground_and_not_of_the_grid() {
    let world = World::empty();
    let mut csv = "local_id,accuracy_m,WKT\n".to_owned();
    for east in [499_500, 588_000, 740_000] {
        let (e, n) = (east + 1_000, 4_440_000 + 1_000);
        csv += &format!("E{east},5,\"POLYGON (({east} 4440000, {e} 4440000, {e} {n}, {east} {n}, {east} 4440000))\"\n");
    }
    world.write("squares.csv", csv);
    let answer = world.json("geo area squares.csv --crs EPSG:32638");
    for (at, wanted) in [1_000_800.5, 1_000_607.4, 999_376.1].into_iter().enumerate() {
        let polygon = &answer["polygons"][at];
        near(&polygon["area_geodesic_m2"], wanted, 0.1, "geodesic edges");
        near(&polygon["area_m2"], wanted, 1.0, "area of record");
        near(&polygon["area_sigma_m2"], 0.5 * 5.0 / 2.4477 * 8.0_f64.sqrt() * 1_000.0, 10.0, "σ");
    }
    world.write(
        "bow.geojson",
        r#"{"type": "Feature", "properties": {"local_id": "HA-1"}, "geometry": {"type": "Polygon",
        "coordinates": [[[46.0, 40.0], [46.01, 40.01], [46.01, 40.0], [46.0, 40.01], [46.0, 40.0]]]}}"#,
    );
    let run = world.run("geo area bow.geojson --format json");
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.json()["polygons"][0]["findings"][0]["rule"], "DQ-01");
}

/// GEO-8, GEO-9: the operation is chosen by the command, else by the programme, and stays with the record.
#[test]
fn the_operation_is_kept_with_every_imported_record() {
    let world = World::new();
    let csv = |id: &str| {
        format!(
            "record,local_id,date_of_information,class,accuracy_m,WKT\nhazard_area,{id},2021-05-01,SHA,5,\"POLYGON ((8588500 4441200, 8588600 4441200, 8588600 4441300, 8588500 4441200))\"\n"
        )
    };
    let kept = |name: &str, id: &str, flags: &str| {
        world.write(name, csv(id));
        let report = world.json(&format!("import p.gpkg {name} --crs EPSG:28408 --approve-as NMAA {flags}"));
        assert_eq!(report["accepted"], 1, "{report}");
        let issues = report["issues"].as_array().unwrap();
        issues.iter().find(|issue| issue["message"].as_str().unwrap().contains("brought to WGS 84")).unwrap()["message"]
            .to_string()
    };
    assert!(kept("a.csv", "HA-1", "").contains("EPSG:15865"));
    assert!(kept("b.csv", "HA-2", "--operation EPSG:1807").contains("EPSG:1807"));
    world.write("homeground.toml", "operation = 'EPSG:1808'\n");
    assert!(kept("c.csv", "HA-3", "").contains("EPSG:1808"));
    assert!(kept("d.csv", "HA-4", "--operation EPSG:1807").contains("EPSG:1807"));
}
