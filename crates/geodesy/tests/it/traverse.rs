use geodesy::traverse::{Role, Sheet, Traverse, Verdict};
use serde_json::{Value, json};

use crate::world::vectors;

/// PT-1 as its sheet.
fn pt_1(closing: Value) -> Value {
    let leg = |from: &str, to: &str, bearing: f64, metres: f64| json!({"from": from, "to": to, "bearing": bearing, "distance_m": metres});
    json!({
        "datum_point": {"lon": 46.0383, "lat": 40.1065},
        "north": "MAGNETIC", "unit": "deg", "declination": 6.2,
        "legs": [
            leg("RP", "BM", 52.0, 118.4), leg("BM", "SP", 95.5, 43.0), leg("SP", "TP1", 20.0, 140.0),
            leg("TP1", "TP2", 98.0, 205.5), leg("TP2", "TP3", 176.5, 160.2), leg("TP3", "TP4", 262.0, 150.0),
        ],
        "closing": closing,
    })
}

fn compute(sheet: &Value) -> Traverse {
    let sheet = Sheet::parse(&sheet.to_string()).unwrap_or_else(|findings| panic!("{findings:?}"));
    sheet.compute().unwrap()
}

fn refused(sheet: &Value) -> String {
    let findings = match Sheet::parse(&sheet.to_string()) {
        Err(findings) => findings,
        Ok(sheet) => sheet.compute().expect_err("the sheet is refused"),
    };
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

fn near(found: f64, wanted: &Value, within: f64, what: &str) {
    let wanted = wanted.as_f64().unwrap();
    assert!((found - wanted).abs() <= within, "{what}: {found} for {wanted}");
}

#[test]
fn a_traverse_that_must_fail_fails() {
    let Some(vectors) = vectors() else { return };
    let wanted = &vectors["PT1_PT3"]["traverse"];
    let traverse = compute(&pt_1(json!({"bearing": 300.5, "distance_m": 84.0})));
    for (point, wanted) in traverse.points.iter().zip(wanted["points"].as_array().unwrap()) {
        assert_eq!(point.name, wanted[0].as_str().unwrap());
        near(point.lon, &wanted[1], 1e-7, &point.name);
        near(point.lat, &wanted[2], 1e-7, &point.name);
    }
    assert_eq!(traverse.points.len(), 7);
    near(traverse.misclosure_m.unwrap(), &wanted["misclosure_m"], 0.01, "misclosure");
    near(traverse.misclosure_azimuth_deg.unwrap(), &wanted["misclosure_bearing_true"], 0.02, "azimuth");
    near(traverse.perimeter_m, &wanted["perimeter_reported_m"], 1e-6, "perimeter");
    assert_eq!(traverse.relative.as_deref(), wanted["relative_misclosure"].as_str());
    assert_eq!(traverse.verdict, Verdict::Error);
    let closing = traverse.closing_computed.as_ref().unwrap();
    near(closing.bearing_deg, &wanted["true_closing_leg_computed"]["mag_bearing"], 1e-3, "closing bearing");
    near(closing.distance_m, &wanted["true_closing_leg_computed"]["dist"], 1e-3, "closing distance");
    near(traverse.area_geodesic_m2.unwrap(), &wanted["geodesic_area_m2_open_polygon"], 1.0, "geodesic area");
    near(traverse.area_m2.unwrap(), &wanted["geodesic_area_m2_open_polygon"], 1.0, "area of record");
    assert!(traverse.findings.iter().any(|finding| finding.rule == "DQ-30" && finding.severity == 'E'));
}

#[test]
fn a_good_closure_is_spread_by_bowditch_beside_the_raw_legs() {
    let Some(vectors) = vectors() else { return };
    let wanted = &vectors["PT2"];
    let traverse = compute(&pt_1(json!({"bearing": 304.5, "distance_m": 137.6})));
    assert_eq!(traverse.verdict, Verdict::Ok);
    near(traverse.misclosure_m.unwrap(), &wanted["misclosure_m"], 0.005, "misclosure");
    near(traverse.misclosure_azimuth_deg.unwrap(), &wanted["bearing"], 0.1, "azimuth");
    assert_eq!(traverse.relative, Some(format!("1:{}", wanted["ratio"])));
    for (point, wanted) in traverse.adjusted.iter().zip(wanted["bowditch"].as_array().unwrap()) {
        assert_eq!(point.name, wanted[0].as_str().unwrap());
        near(point.lon, &wanted[1], 1e-7, &point.name);
        near(point.lat, &wanted[2], 1e-7, &point.name);
    }
    assert_eq!(traverse.adjusted.len(), 5);
    near(traverse.adjusted_area_geodesic_m2.unwrap(), &wanted["area_bowditch"], 1.0, "area");
    let raw = compute(&pt_1(Value::Null));
    assert_eq!(raw.points, traverse.points);
}

/// PT-3: the area hardly changes, the ground does.
#[test]
fn forgetting_the_declination_moves_every_point_and_keeps_the_area() {
    let Some(vectors) = vectors() else { return };
    let wanted = &vectors["PT1_PT3"]["ignored_declination"];
    let right = compute(&pt_1(Value::Null));
    let mut sheet = pt_1(Value::Null);
    sheet["declination"] = json!(0.0);
    let wrong = compute(&sheet);
    for shift in wanted["vertex_shift_m"].as_array().unwrap() {
        let at = |traverse: &Traverse| {
            let point = traverse.points.iter().find(|point| point.name == shift[0].as_str().unwrap()).unwrap();
            [point.lon, point.lat]
        };
        near(geodesy::grid::inverse(at(&right), at(&wrong)).1, &shift[1], 0.01, shift[0].as_str().unwrap());
    }
    near(wrong.area_geodesic_m2.unwrap(), &wanted["area_m2"], 1.0, "area");
}

#[test]
fn roles_come_from_the_letters_of_field_books_and_the_way_in_is_no_part_of_the_ring() {
    let traverse = compute(&pt_1(Value::Null));
    let roles: Vec<Option<Role>> = traverse.points.iter().map(|point| point.role).collect();
    use Role::*;
    assert_eq!(roles, [Reference, Benchmark, Start, Turning, Turning, Turning, Turning].map(Some));
    assert_eq!(traverse.ring.as_ref().unwrap()["coordinates"][0].as_array().unwrap().len(), 6);
    assert_eq!((traverse.verdict, traverse.misclosure_m), (Verdict::Unchecked, None));
    assert!(traverse.adjusted.is_empty());
}

#[test]
fn a_last_leg_back_to_the_start_is_the_closing_leg() {
    let mut sheet = pt_1(Value::Null);
    let back = json!({"from": "TP4", "to": "SP", "bearing": 304.5, "distance_m": 137.6});
    sheet["legs"].as_array_mut().unwrap().push(back);
    let by_leg = compute(&sheet);
    let by_closing = compute(&pt_1(json!({"bearing": 304.5, "distance_m": 137.6})));
    assert_eq!(by_leg, by_closing);
}

#[test]
fn the_unit_and_the_north_change_the_text_and_not_the_points() {
    let degrees = compute(&pt_1(Value::Null));
    let declination = 6.2;
    // Bearings of PT-1 in Soviet mils are not whole, so they are numbers here.
    let mut soviet = pt_1(Value::Null);
    soviet["unit"] = json!("mil6000");
    soviet["legs"].as_array_mut().unwrap().iter_mut().for_each(|leg| {
        leg["bearing"] = json!(leg["bearing"].as_f64().unwrap() / 0.06);
    });
    let mut north = pt_1(Value::Null);
    north["north"] = json!("TRUE");
    north["legs"].as_array_mut().unwrap().iter_mut().for_each(|leg| {
        leg["bearing"] = json!(leg["bearing"].as_f64().unwrap() + declination);
    });
    for sheet in [soviet, north] {
        for (a, b) in compute(&sheet).points.iter().zip(&degrees.points) {
            assert!((a.lon - b.lon).abs() < 1e-12 && (a.lat - b.lat).abs() < 1e-12, "{} {}", a.name, sheet["unit"]);
        }
    }
}

/// GEO-3: at this place grid north lies 0.669° east of true north.
#[test]
fn bearings_from_a_grid_are_turned_by_its_convergence() {
    let leg = |bearing: f64| json!([{"from": "A", "to": "B", "bearing": bearing, "distance_m": 1000}]);
    let sheet = |north: &str, bearing: f64| json!({"datum_point": {"lon": 46.0383, "lat": 40.1065}, "north": north, "unit": "deg", "legs": leg(bearing)});
    let by_true = compute(&sheet("TRUE", 30.669));
    for code in [32638, 28408] {
        let by_grid = compute(&sheet(&format!("GRID:EPSG:{code}"), 30.0));
        near(by_grid.convergence_deg.unwrap(), &json!(0.669), 1e-3, "convergence");
        let at = |traverse: &Traverse| [traverse.points[1].lon, traverse.points[1].lat];
        assert!(geodesy::grid::inverse(at(&by_grid), at(&by_true)).1 < 0.02, "EPSG:{code}");
    }
}

#[test]
fn distances_in_a_grid_and_along_a_slope_are_brought_to_the_ground() {
    let sheet = |distances: Value, inclination: Value| {
        json!({"datum_point": {"lon": 45.0, "lat": 40.0}, "north": "GRID:EPSG:32638", "unit": "deg", "distances": distances,
               "legs": [{"from": "A", "to": "B", "bearing": 0, "distance_m": 1000, "inclination_deg": inclination}]})
    };
    let metres = |sheet: &Value| {
        let points = compute(sheet).points;
        geodesy::grid::inverse([points[0].lon, points[0].lat], [points[1].lon, points[1].lat]).1
    };
    near(metres(&sheet(json!("horizontal"), Value::Null)), &json!(1000.0), 1e-6, "horizontal");
    near(metres(&sheet(json!("grid"), Value::Null)), &json!(1000.0 / 0.9996), 1e-3, "grid");
    near(metres(&sheet(json!("slope"), json!(30.0))), &json!(866.0254), 1e-3, "slope");
    let flagged = compute(&sheet(json!("slope"), Value::Null));
    assert!(flagged.findings.iter().any(|finding| finding.rule == "GEO-4" && finding.severity == 'W'));
}

#[test]
fn the_declination_comes_from_the_day_where_the_sheet_does_not_state_it() {
    let mut sheet = pt_1(Value::Null);
    sheet["declination"] = Value::Null;
    sheet["observed_on"] = json!("1993-04-01");
    sheet["height_m"] = json!(1500);
    let traverse = compute(&sheet);
    near(traverse.declination_deg.unwrap(), &json!(4.65), 5e-3, "declination");
    assert_eq!(traverse.declination_source, Some("IGRF-14"));
    // A record of 1993 read with the declination of 2025: a finding, and the stated one is used all the same.
    sheet["declination"] = json!(6.48);
    let stated = compute(&sheet);
    assert_eq!((stated.declination_deg, stated.declination_source), (Some(6.48), Some("stated")));
    assert!(stated.findings.iter().any(|finding| finding.rule == "GEO-2" && finding.severity == 'W'));
    sheet["declination"] = json!(-4.65);
    assert!(compute(&sheet).findings.iter().any(|finding| finding.hint.contains("sign")));
}

/// §5.2: compass and tape are worth 1 m and 1.5 % of the traverse.
#[test]
fn a_traverse_without_an_accuracy_has_that_of_compass_and_tape() {
    let traverse = compute(&pt_1(Value::Null));
    let length = 118.4 + 43.0 + 140.0 + 205.5 + 160.2 + 150.0;
    near(traverse.accuracy_m.unwrap(), &json!(1.0 + 0.015 * length), 1e-9, "ε");
    let mut sheet = pt_1(Value::Null);
    sheet["accuracy_m"] = json!(2.0);
    let stated = compute(&sheet);
    assert_eq!(stated.accuracy_m, Some(2.0));
    let ratio = traverse.area_sigma_m2.unwrap() / stated.area_sigma_m2.unwrap();
    near(ratio, &json!((1.0 + 0.015 * length) / 2.0), 1e-9, "σ grows with ε");
    sheet["accuracy_m"] = json!(0);
    assert_eq!(compute(&sheet).accuracy_m, traverse.accuracy_m);
}

#[test]
fn an_end_point_that_repeats_the_start_is_dropped_with_a_note() {
    let leg = |to: &str, bearing: f64| json!({"to": to, "bearing": bearing, "distance_m": 100});
    let sheet = json!({"datum_point": {"lon": 46.0, "lat": 40.0, "name": "SP"}, "north": "TRUE", "unit": "deg",
        "legs": [leg("TP1", 0.0), leg("TP2", 90.0), leg("TP3", 180.0), leg("EP", 270.0)]});
    let traverse = compute(&sheet);
    assert_eq!(traverse.ring.as_ref().unwrap()["coordinates"][0].as_array().unwrap().len(), 5);
    assert!(traverse.findings.iter().any(|finding| finding.rule == "GEO-7"));
    near(traverse.area_m2.unwrap(), &json!(10_000.0), 1.0, "area");
}

#[test]
fn what_is_not_declared_is_refused_with_everything_else_that_is_wrong() {
    let said =
        refused(&json!({"legs": [{"bearing": "15-0", "distance_m": -3}, {"bearing": "north", "distance_m": "far"}]}));
    for part in ["datum_point", "north", "unit"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let mut sheet = pt_1(json!({"bearing": 361, "distance_m": 0}));
    sheet["legs"][2]["bearing"] = json!("15-00");
    sheet["legs"][3]["from"] = json!("TP9");
    sheet["legs"][4]["to"] = json!("TP1");
    let said = refused(&sheet);
    for part in
        ["leg 3, E bearing \"15-00\"", "leg 4, E from \"TP9\"", "leg 5, E to \"TP1\"", "closing leg, E bearing \"361\""]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    let mut undeclared = pt_1(Value::Null);
    undeclared["declination"] = Value::Null;
    assert!(refused(&undeclared).contains("neither the declination nor the day"));
    undeclared["observed_on"] = json!("1850-01-01");
    assert!(refused(&undeclared).contains("outside"));
    undeclared["method"] = json!("compass_tape_uncorrected");
    assert!(refused(&undeclared).contains("declare the declination"));
}

#[test]
fn no_sheet_makes_the_program_panic() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        "1",
        r#"{"legs": {}}"#,
        r#"{"legs": [1, null, "x", []]}"#,
        r#"{"datum_point": {"lon": 1e999, "lat": 0}, "north": "TRUE", "unit": "deg", "legs": []}"#,
        r#"{"datum_point": {"lon": 46, "lat": 91}, "north": "TRUE", "unit": "deg", "legs": [{"bearing": 1, "distance_m": 1}]}"#,
        r#"{"datum_point": {"lon": 46, "lat": 40}, "north": "GRID:EPSG:4326", "unit": "deg", "legs": [{"bearing": 1, "distance_m": 1}]}"#,
        r#"{"datum_point": {"lon": 46, "lat": 90}, "north": "MAGNETIC", "observed_on": "2020-01-01", "unit": "deg", "legs": [{"bearing": 1, "distance_m": 1}]}"#,
        r#"{"datum_point": {"mgrs": "38"}, "north": "TRUE", "unit": "deg", "legs": [{"bearing": 1, "distance_m": 1}], "closing": 3}"#,
    ] {
        let outcome = Sheet::parse(text).and_then(|sheet| sheet.compute());
        assert!(outcome.is_err_and(|findings| !findings.is_empty()), "{text}");
    }
}
