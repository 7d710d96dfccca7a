//! Positions and boundaries as field books give them.

use expect_test::{Expect, expect};
use intake::Profile;

use crate::scene::{read, read_with};

fn with_profile(ground: &str, file: &str) -> String {
    let profile = Profile::parse(&format!("name = 'book'\nrecord = 'hazard_area'\n[ground]\n{ground}")).unwrap();
    read_with("book.csv", file, |options| options.profile = Some(&profile))
}

fn check(ground: &str, file: &str, expected: &Expect) {
    expected.assert_eq(&with_profile(ground, file));
}

#[test]
fn grid_references_of_a_cell_are_the_corners_of_a_polygon() {
    let head = "local_id;date_of_information;class;accuracy_m;Corners\n";
    check(
        "text = 'Corners'\nnotation = 'mgrs'",
        &format!(
            "{head}HA-1;2026-10-01;SHA;5;38TNK8835939333|38TNK8845939333|38TNK8845939433\nHA-2;2026-10-01;SHA;5;38TNK883593933|38TNK8845939333\n"
        ),
        &expect![[r#"
            CSV
            row 2: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5.1}
              I GEO-9 accuracy_m = 5: the coordinates leave 1.0 m open by their change of datum and their last digit; accuracy_m of each record is widened by it in square, here to 5.1 m. hint: the accuracy as stated stays under as_entered
            row 3: held hazard_area HA-2 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
              E DQ-01 geometry = 38TNK883593933|38TNK8845939333: the geometry cannot be read: "38TNK883593933" is not a grid reference such as 38TNK8835939333: 2, 4, 6, 8 or 10 digits follow the letters. hint: export it again
        "#]],
    );
}

#[test]
fn degrees_and_minutes_stand_in_a_column_each() {
    let head = "local_id;date_of_information;class;accuracy_m;East;North\n";
    check(
        "x = 'East'\ny = 'North'\nnotation = 'dm'",
        &format!("{head}HA-1;2026-10-01;SHA;5;46°02,298';40°06,39'\nHA-2;2026-10-01;SHA;5;46°62,298';40°06,39'\n"),
        &expect![[r#"
            CSV
            row 2: held hazard_area HA-1 2026-10-01 Point {"class":"SHA","accuracy_m":19.2}
              I GEO-9 accuracy_m = 5: the coordinates leave 18.5 m open by their change of datum and their last digit; accuracy_m of each record is widened by it in square, here to 19.2 m. hint: the accuracy as stated stays under as_entered
              E LR-X8 geometry = Point: a hazard_area needs a polygon, a Point was given. hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
            row 3: held hazard_area HA-2 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
              E DQ-01 geometry = 40°06,39' ; 46°62,298': the geometry cannot be read: "40°06,39' ; 46°62,298'" is not a latitude and a longitude: minutes and seconds are 0 to 59. hint: export it again
        "#]],
    );
}

#[test]
fn a_profile_that_names_no_notation_is_refused() {
    let profile = "name = 'book'\n[ground]\ntext = 'x'\nnotation = 'EPSG:28408'";
    assert!(Profile::parse(profile).is_err_and(|why| why.to_string().contains("notation")));
}

fn feature(closing: &str) -> String {
    let leg = |from: &str, to: &str, bearing: &str| {
        format!(r#"{{"from": "{from}", "to": "{to}", "bearing": "{bearing}", "distance_m": 100}}"#)
    };
    let legs = [leg("BM", "SP", "0-00"), leg("SP", "TP1", "15-00"), leg("TP1", "TP2", "30-00")].join(", ");
    format!(
        r#"{{"type": "Feature", "geometry": null, "properties": {{"record": "hazard_area", "local_id": "HA-1", "date_of_information": "2026-10-01", "class": "SHA",
            "traverse": {{"datum_point": {{"lon": 46.0383, "lat": 40.1065}}, "north": "MAGNETIC", "unit": "mil6000", "observed_on": "1993-04-01",
            "legs": [{legs}], "closing": {closing}}}}}}}"#
    )
}

#[test]
fn a_traverse_becomes_the_ground_of_its_row_and_stays_with_it() {
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5.5,"geometry_quality":"SURVEYED"}
          I DQ-31 traverse = 100.0: leg 2, distance_m: a leg longer than 50 m has no intermediate point
          I DQ-31 traverse = 100.0: leg 3, distance_m: a leg longer than 50 m has no intermediate point
          I GEO-6 traverse: the legs miss their start by 0.02 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
    "#]]
    .assert_eq(&read("book.geojson", feature(r#"{"bearing": "52-50", "distance_m": 141.4}"#)));
    expect![[r#"
        GeoJSON
        row 1: held hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5.5,"geometry_quality":"SURVEYED"}
          I DQ-31 traverse = 100.0: leg 2, distance_m: a leg longer than 50 m has no intermediate point
          I DQ-31 traverse = 100.0: leg 3, distance_m: a leg longer than 50 m has no intermediate point
          E DQ-30 traverse: closing leg, closing: the closing leg ends 36.92 m from the start point, 1:9 of the perimeter. hint: measure again, or look for a leg with a wrong bearing, distance or direction
          I GEO-6 traverse: the legs miss their start by 36.92 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
    "#]].assert_eq(&read("book.geojson", feature(r#"{"bearing": "50-00", "distance_m": 141.4}"#)));
    expect![[r#"
        GeoJSON
        row 1: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA"}
          E GEO-1 traverse = 5250-0: closing leg, bearing: "5250-0" is not an angle in mil6000: whole hundreds stand before the dash
    "#]].assert_eq(&read("book.geojson", feature(r#"{"bearing": "5250-0", "distance_m": 141.4}"#)));
}
