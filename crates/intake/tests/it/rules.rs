use expect_test::{Expect, expect};

use crate::scene::{collection, feature, options, read_path, scratch};

/// Each line: a name, properties beside the common ones, and the ground as rings in units of 0.001° from 46.1 40.1.
fn check(kind: &str, lines: &[(&str, &str)], expect: Expect) {
    let features: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(at, (own, rings))| {
            let own = if own.is_empty() { String::new() } else { format!(",{own}") };
            let date = if own.contains("date_of_information") { "" } else { r#","date_of_information":"2026-10-01""# };
            let accuracy = if own.contains("accuracy_m") { "" } else { r#","accuracy_m":5"# };
            feature(&format!(r#""record":"{kind}","local_id":"R-{}"{date}{accuracy}{own}"#, at + 1), &ground(rings))
        })
        .collect();
    let (_folder, path) = scratch("rules.geojson", collection(&features).as_bytes());
    let options = intake::Options { home: Some([45.5, 39.5, 47.0, 40.5]), ..options("rules.geojson") };
    expect.assert_eq(&read_path(&path, &options));
}

/// `0 0, 1 0, 1 1 / 0.2 0.2, …` are the rings of a polygon, `|` parts polygons; anything with a brace is GeoJSON.
fn ground(text: &str) -> String {
    if text.contains('{') || text == "null" {
        return text.to_owned();
    }
    let position = |pair: &str| {
        let mut xy = pair.split_whitespace().map(|n| n.parse::<f64>().unwrap());
        let (x, y) = (xy.next().unwrap(), xy.next().unwrap());
        format!("[{:.6},{:.6}]", 46.1 + x / 1000.0, 40.1 + y / 1000.0)
    };
    let ring = |ring: &str| format!("[{}]", ring.split(',').map(position).collect::<Vec<_>>().join(","));
    let polygon = |polygon: &str| format!("[{}]", polygon.split('/').map(ring).collect::<Vec<_>>().join(","));
    let polygons: Vec<String> = text.split('|').map(polygon).collect();
    format!(r#"{{"type":"MultiPolygon","coordinates":[{}]}}"#, polygons.join(","))
}

const SQUARE: &str = "0 0, 1 0, 1 1, 0 1, 0 0";

#[test]
fn cleared_ground_states_depth_ordnance_and_how() {
    let cleared = r#""class":"CLEARED","depth_cm":20,"eo":"UXO""#;
    check(
        "release_product",
        &[
            (cleared, SQUARE),
            (r#""class":"CLEARED""#, SQUARE),
            (&format!(r#"{cleared},"activity":"NTS""#), SQUARE),
            (&format!(r#"{cleared},"activity":"MECH_PREP""#), SQUARE),
            (&format!(r#"{cleared},"methods":"mechanical""#), SQUARE),
            (&format!(r#"{cleared},"methods":"mechanical, manual""#), SQUARE),
            (r#""class":"CLEARED","depth_cm":20,"eo":"UXO,AP_MINE","activity":"BAC""#, SQUARE),
            (r#""class":"CANCELLED","activity":"TS""#, SQUARE),
            (r#""class":"REDUCED","activity":"NTS""#, SQUARE),
            (r#""class":"REDUCED","activity":"TS""#, SQUARE),
            (r#""class":"CANCELLED""#, "null"),
            (r#""class":"CANCELLED""#, r#"{"type":"Point","coordinates":[46.1,40.1]}"#),
            ("", SQUARE),
            (r#""class":"CANCELLED","accuracy_m":0"#, SQUARE),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted release_product R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED","depth_cm":20,"eo":["UXO"]}
            row 2: held release_product R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED"}
              E LR-X2 depth_cm: cleared ground does not say to which depth it was cleared. hint: add depth_cm below ground level; cleared without a depth says nothing about what lies deeper
              E LR-X2 eo: cleared ground does not say of which ordnance it was cleared. hint: add eo, a list of categories such as AP_MINE,UXO
            row 3: held release_product R-3 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED","depth_cm":20,"eo":["UXO"],"activity":"NTS"}
              E DQ-24 activity = NTS: CLEARED ground comes from CLR or BAC, the record says NTS. hint: correct class or activity
            row 4: held release_product R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED","depth_cm":20,"eo":["UXO"],"activity":"MECH_PREP"}
              E LR-X9 activity = MECH_PREP: ground is never cleared by mechanical preparation alone (MECH_PREP). hint: add the method that followed, or record it as an activity
            row 5: held release_product R-5 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED","depth_cm":20,"eo":["UXO"],"methods":["mechanical"]}
              E LR-X9 methods = mechanical: ground is never cleared by mechanical preparation alone (mechanical). hint: add the method that followed, or record it as an activity
            row 6: accepted release_product R-6 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED","depth_cm":20,"eo":["UXO"],"methods":["mechanical","manual"]}
            row 7: held release_product R-7 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CLEARED","depth_cm":20,"eo":["UXO","AP_MINE"],"activity":"BAC"}
              E DQ-26 activity = BAC: battle area clearance is for ground without mines, the record names AP_MINE. hint: the activity is CLR, or the ordnance is not mines
            row 8: held release_product R-8 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED","activity":"TS"}
              E LR-X3 activity = TS: CANCELLED ground comes from NTS, the record says TS. hint: correct class or activity
            row 9: held release_product R-9 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"REDUCED","activity":"NTS"}
              E LR-X3 activity = NTS: REDUCED ground comes from TS, the record says NTS. hint: correct class or activity
            row 10: accepted release_product R-10 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"REDUCED","activity":"TS"}
            row 11: held release_product R-11 2026-10-01 no ground {"accuracy_m":5,"class":"CANCELLED"}
              E LR-X8 geometry: a release_product needs a polygon, nothing was given. hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
            row 12: held release_product R-12 2026-10-01 Point {"accuracy_m":5,"class":"CANCELLED"}
              E LR-X8 geometry = Point: a release_product needs a polygon, a Point was given. hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
            row 13: held release_product R-13 2026-10-01 MultiPolygon {"accuracy_m":5}
              E DQ-49 class: a release_product needs class: how the ground was released. hint: add it at the source
            row 14: accepted release_product R-14 2026-10-01 MultiPolygon {"class":"CANCELLED","accuracy_m":0}
              W DQ-29 accuracy_m = 0: the accuracy of the boundary is not known (accuracy_m is missing or 0); gates take the default of its quality. hint: state the 95 % error of the vertices in metres
        "#]],
    );
}

#[test]
fn hazards_rest_on_evidence() {
    check(
        "hazard_area",
        &[
            (r#""class":"SHA","evidence":"indirect""#, SQUARE),
            (r#""class":"SHA","evidence":"direct""#, SQUARE),
            (r#""class":"CHA","evidence":"direct""#, SQUARE),
            (r#""class":"CHA","evidence":"indirect""#, SQUARE),
            (r#""class":"CHA""#, SQUARE),
            (r#""class":"cha""#, SQUARE),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted hazard_area R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","evidence":"indirect"}
            row 2: accepted hazard_area R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","evidence":"direct"}
              W DQ-23 evidence = direct: a suspected hazardous area rests on indirect evidence, the record says direct. hint: with direct evidence it is a CHA
            row 3: accepted hazard_area R-3 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CHA","evidence":"direct"}
            row 4: held hazard_area R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CHA","evidence":"indirect"}
              E DQ-23 evidence = indirect: a confirmed hazardous area rests on direct evidence, the record says indirect. hint: record it as SHA, or add the direct evidence
            row 5: accepted hazard_area R-5 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CHA"}
              W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
            row 6: held hazard_area R-6 2026-10-01 MultiPolygon {"accuracy_m":5}
              E DQ-49 class = cha: this is no word of class. hint: CHA was probably meant
        "#]],
    );
}

#[test]
fn days_follow_each_other() {
    let class = r#""class":"CANCELLED""#;
    check(
        "release_product",
        &[
            (&format!(r#"{class},"started_on":"2026-09-01","completed_on":"2026-09-30""#), SQUARE),
            (&format!(r#"{class},"started_on":"2026-09-30","completed_on":"2026-09-01""#), SQUARE),
            (&format!(r#"{class},"completed_on":"2026-10-02""#), SQUARE),
            (&format!(r#"{class},"completed_on":"2027-10-02""#), SQUARE),
            (&format!(r#"{class},"date_of_information":"2027-01-01""#), SQUARE),
            (&format!(r#"{class},"date_of_information":"2020-01-01""#), SQUARE),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted release_product R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED","started_on":"2026-09-01","completed_on":"2026-09-30"}
            row 2: held release_product R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED","started_on":"2026-09-30","completed_on":"2026-09-01"}
              E DQ-18 completed_on = 2026-09-01: started_on 2026-09-30 lies after completed_on 2026-09-01. hint: correct one of the two
            row 3: held release_product R-3 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED","completed_on":"2026-10-02"}
              E DQ-19 completed_on = 2026-10-02: completed_on lies after 2026-10-01, the day the information is about. hint: a report cannot describe what had not happened: correct one of the two
            row 4: held release_product R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED","completed_on":"2027-10-02"}
              E DQ-18 completed_on = 2027-10-02: completed_on lies after 2026-11-24, the day of recording. hint: correct the year or the order of day and month
            row 5: held release_product R-5 2027-01-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED"}
              E LR-X5 date_of_information = 2027-01-01: a release cannot be dated after 2026-11-24, the day of recording. hint: correct the year or the order of day and month
            row 6: accepted release_product R-6 2020-01-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED"}
              I DQ-19 date_of_information = 2020-01-01: entered 2519 days after the day it is about
        "#]],
    );
}

#[test]
fn rings_are_judged_with_place_and_square_metres() {
    check(
        "hazard_area",
        &[
            (r#""class":"SHA""#, "0 0, 1 1, 1 0, 0 1, 0 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 1, 0.999 -0.001, 0 0.001, 0 0"),
            (r#""class":"SHA""#, "0 0, 2 0, 2 2, 1 2, 1 -1, 0 -1, 0 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 0 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 1, 0 1"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 0, 1 1, 0 1, 0 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 1, 2 1, 1 1, 0 1, 0 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 1, 0 1, 0 0 | 0 0, 1 0, 1 1, 0 1, 0 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 1, 0 1, 0 0 | 0.5 0, 1.5 0, 1.5 1, 0.5 1, 0.5 0"),
            (r#""class":"SHA""#, "0 0, 1 0, 1 1, 0 1, 0 0 / 0.5 0.5, 1.5 0.5, 1.5 0.8, 0.5 0.8, 0.5 0.5"),
            (r#""class":"SHA""#, "0 0, 100 0, 100 1, 0 1, 0 0"),
            (r#""class":"SHA""#, r#"{"type":"Polygon","coordinates":[]}"#),
            (
                r#""class":"SHA""#,
                r#"{"type":"Polygon","coordinates":[[[46.1,1e300],[46.2,40.1],[46.1,40.2],[46.1,1e300]]]}"#,
            ),
            (r#""class":"SHA""#, r#"{"type":"Polygon","coordinates":[[[-170,40],[170,40],[170,41],[-170,40]]]}"#),
            (
                r#""class":"SHA""#,
                r#"{"type":"Polygon","coordinates":[[[40.1,146.1],[40.2,146.1],[40.2,146.2],[40.1,146.1]]]}"#,
            ),
            (
                r#""class":"SHA""#,
                r#"{"type":"Polygon","coordinates":[[[40.1,46.1],[40.101,46.1],[40.101,46.101],[40.1,46.1]]]}"#,
            ),
            (
                r#""class":"SHA""#,
                r#"{"type":"Polygon","coordinates":[[[10.1,10.1],[10.101,10.1],[10.101,10.101],[10.1,10.1]]]}"#,
            ),
        ],
        expect![[r#"
            GeoJSON
            row 1: held hazard_area R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-01 geometry = 46.1005000 40.1005000: the outer ring of polygon 1 at vertex 1 crosses itself near 46.1005000 40.1005000: it falls into parts of 2,367 and 2,367 m²; if the vertices are in the wrong order, other ground was meant. hint: look at the order of the vertices there; the record waits until a person has decided
            row 2: held hazard_area R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-01 geometry = 46.1004995 40.1000000: the outer ring of polygon 1 at vertex 1 crosses itself near 46.1004995 40.1000000 and 1 more: it falls into parts of 4.73 and 2.36 and 2.36 m²; if the vertices are in the wrong order, other ground was meant. hint: look at the order of the vertices there; the record waits until a person has decided
            row 3: held hazard_area R-3 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-01 geometry = 46.1010000 40.1000000: the outer ring of polygon 1 at vertex 1 crosses itself near 46.1010000 40.1000000: it falls into parts of 18,936 and 9,468 m²; if the vertices are in the wrong order, other ground was meant. hint: look at the order of the vertices there; the record waits until a person has decided
            row 4: held hazard_area R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-02 geometry = 46.1 40.1: the outer ring of polygon 1 at vertex 1 has fewer than three different vertices. hint: a polygon has three or more corners
            row 5: accepted hazard_area R-5 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              I DQ-34 geometry = 46.1 40.1: the outer ring of polygon 1 at vertex 4 is not closed; it was read as if it were, and is kept as given
            row 6: accepted hazard_area R-6 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              W DQ-05 geometry = 46.101 40.1: the outer ring of polygon 1 at vertex 3 stands twice running at 46.101 40.1. hint: delete one of them; nothing was changed
            row 7: held hazard_area R-7 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-01 geometry = 46.101 40.101: the outer ring of polygon 1 at vertex 3 goes out and back on itself at 46.101 40.101; the area is the same either way. hint: delete the vertex
              W DQ-01 geometry = 46.101 40.101: the outer ring of polygon 1 at vertex 2 touches itself or another ring at 46.101 40.101; the area is the same either way. hint: split the polygon there if two were meant
            row 8: held hazard_area R-8 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-03 geometry = polygon 2: polygons 1 and 2 of the record are the same. hint: delete one of them
            row 9: accepted hazard_area R-9 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              W DQ-01 geometry = 46.101 40.1: the outer ring of polygon 1 at vertex 1 touches itself or another ring at 46.101 40.1 and 3 more; the area is the same either way. hint: split the polygon there if two were meant
              W DQ-11 geometry = 4,734 m²: polygons of the record overlap by 4,734 m², 33.3 % of their ground; it is counted once. hint: cut the overlap out of one of them
            row 10: accepted hazard_area R-10 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              W DQ-01 geometry = 46.101 40.1005: the outer ring of polygon 1 at vertex 2 leaves its shell or overlaps another hole at 46.101 40.1005 and 2 more; the ground is the same either way. hint: redraw the hole
            row 11: accepted hazard_area R-11 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              W DQ-10 geometry = 8506 m: the leg from vertex 1 is 8,506 m long, more than 5,000 m, and 1 more. hint: is a vertex missing or wrong?
            row 12: held hazard_area R-12 2026-10-01 Polygon {"accuracy_m":5,"class":"SHA"}
              E DQ-02 geometry = Polygon: the Polygon has no position. hint: draw it again, or leave the geometry out
            row 13: held hazard_area R-13 2026-10-01 Polygon {"accuracy_m":5,"class":"SHA"}
              E GEO-11 geometry = 46.1 1e300: vertex 1 is no place on Earth: longitude 46.1, latitude 1e300. hint: are these metres of a grid, degrees and minutes, or a slipped decimal point? state the coordinate system, or correct it
            row 14: held hazard_area R-14 2026-10-01 Polygon {"accuracy_m":5,"class":"SHA"}
              W DQ-28 geometry = 0.0000 40.5000: every coordinate is in whole degrees, 111 km apart. hint: were the decimals lost?
              W DQ-27 geometry = 0.0000 40.5000: the ground lies at longitude 0.0000, latitude 40.5000, outside the programme. hint: check the coordinates
              W DQ-10 geometry = 1700010 m: the leg from vertex 1 is 1,700,010 m long, more than 5,000 m, and 2 more. hint: is a vertex missing or wrong?
              E GEO-11 geometry = -170 40: the outer ring of polygon 1 at vertex 1 spans half the globe or more. hint: cut polygons at the antimeridian; or is one vertex wrong?
            row 15: held hazard_area R-15 2026-10-01 Polygon {"accuracy_m":5,"class":"SHA"}
              E GEO-11 geometry = 40.1 146.1: vertex 1 is no place on Earth: longitude 40.1, latitude 146.1; swapped it would be one. hint: are latitude and longitude swapped? longitude comes first
            row 16: held hazard_area R-16 2026-10-01 Polygon {"accuracy_m":5,"class":"SHA"}
              E GEO-11 geometry = 40.1005 46.1005: the ground lies at longitude 40.1005, latitude 46.1005, outside the programme; with the axes swapped it would lie inside, 825833 m from there. hint: are latitude and longitude swapped? longitude comes first
            row 17: accepted hazard_area R-17 2026-10-01 Polygon {"accuracy_m":5,"class":"SHA"}
              W DQ-27 geometry = 10.1005 10.1005: the ground lies at longitude 10.1005, latitude 10.1005, outside the programme. hint: check the coordinates
        "#]],
    );
}

#[test]
fn holes_in_a_release_are_land_left_unreleased() {
    check(
        "release_product",
        &[(r#""class":"CANCELLED""#, "0 0, 1 0, 1 1, 0 1, 0 0 / 0.2 0.2, 0.2 0.4, 0.4 0.4, 0.4 0.2, 0.2 0.2")],
        expect![[r#"
        GeoJSON
        row 1: accepted release_product R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"CANCELLED"}
          I DQ-33 geometry = 379 m²: land inside holes stays unreleased: 379 m² (379). hint: land inside a hole stays hazardous; list it in the completion report
    "#]],
    );
}

#[test]
fn reported_and_computed_area_agree_or_are_explained() {
    let reported = |m2: &str| format!(r#""class":"SHA","reported_area_m2":{m2}"#);
    let figures = [
        "9460",
        "9700",
        "9700,\"accuracy_m\":1",
        "11000",
        "94600",
        "0.946",
        "9460000",
        "\"1,200 m2\"",
        "\"0.95 ha\"",
        "-5",
    ];
    let lines: Vec<String> = figures.iter().map(|m2| reported(m2)).collect();
    let lines: Vec<(&str, &str)> = lines.iter().map(|line| (line.as_str(), SQUARE)).collect();
    check(
        "hazard_area",
        &lines,
        expect![[r#"
            GeoJSON
            row 1: accepted hazard_area R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","reported_area_m2":9460}
            row 2: accepted hazard_area R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","reported_area_m2":9700}
            row 3: accepted hazard_area R-3 2026-10-01 MultiPolygon {"class":"SHA","reported_area_m2":9700,"accuracy_m":1}
              W DQ-17 reported_area_m2 = 9700: reported 9,700 m², the polygon has 9,468 m²: 2.5 % apart. hint: explain the difference in the note, or correct the figure
            row 4: held hazard_area R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","reported_area_m2":11000}
              E DQ-17 reported_area_m2 = 11000: reported 11,000 m², the polygon has 9,468 m²: 16.2 % apart. hint: figure or polygon is wrong, or one of them is of another area
            row 5: held hazard_area R-5 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","reported_area_m2":94600}
              E DQ-17 reported_area_m2 = 94600: reported 94,600 m², the polygon has 9,468 m²: 10 times as much, as a digit too many. hint: check the unit of the figure
            row 6: held hazard_area R-6 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","reported_area_m2":0.946}
              E DQ-17 reported_area_m2 = 0.946: reported 0.95 m², the polygon has 9,468 m²: 0.0001 times as much, as a figure in hectares. hint: check the unit of the figure
            row 7: held hazard_area R-7 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","reported_area_m2":9460000}
              E DQ-17 reported_area_m2 = 9460000: reported 9,460,000 m², the polygon has 9,468 m²: 1000 times as much, as dunam or decare taken for m², or three digits too many. hint: check the unit of the figure
            row 8: held hazard_area R-8 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-49 reported_area_m2 = 1,200 m2: this is a number with its unit in the text. hint: write the number alone, in m2; a profile can state another unit for the whole column
            row 9: held hazard_area R-9 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-49 reported_area_m2 = 0.95 ha: this is a number with its unit in the text. hint: write the number alone, in m2; a profile can state another unit for the whole column
            row 10: held hazard_area R-10 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA"}
              E DQ-49 reported_area_m2 = -5: the number is below 0. hint: correct it at the source; leave the field empty if the value is not known
        "#]],
    );
}

#[test]
fn polygons_and_points_of_a_record_have_ids_of_their_own() {
    check(
        "hazard_area",
        &[
            (r#""class":"SHA","polygons":[{"id":"A"},{"id":"B"}]"#, SQUARE),
            (r#""class":"SHA","polygons":[{"id":"A"},{"id":" A "}]"#, SQUARE),
            (r#""class":"SHA","points":[{"id":"TP1"},{"id":"TP2"},{"polygon":2,"id":"TP1"}]"#, SQUARE),
            (r#""class":"SHA","points":[{"id":"TP1"},{"id":"TP2"},{"id":"TP1 "}]"#, SQUARE),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted hazard_area R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","polygons":[{"id":"A"},{"id":"B"}]}
            row 2: held hazard_area R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","polygons":[{"id":"A"},{"id":" A "}]}
              E DQ-04 polygons = A: polygons 1 and 2 of the record have the id A. hint: give each an id of its own
            row 3: accepted hazard_area R-3 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","points":[{"id":"TP1"},{"id":"TP2"},{"polygon":2,"id":"TP1"}]}
            row 4: held hazard_area R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","points":[{"id":"TP1"},{"id":"TP2"},{"id":"TP1 "}]}
              E DQ-06 points = TP1: points 1 and 3 of polygon 1 have the id TP1. hint: number the points anew
        "#]],
    );
    check(
        "evidence_item",
        &[
            (r#""evidence":"direct""#, r#"{"type":"MultiPoint","coordinates":[[46.1,40.1],[46.10001,40.1]]}"#),
            (
                r#""evidence":"direct""#,
                r#"{"type":"MultiPoint","coordinates":[[46.1,40.1],[46.2,40.1],[46.1000001,40.1]]}"#,
            ),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted evidence_item R-1 2026-10-01 MultiPoint {"accuracy_m":5,"evidence":"direct"}
            row 2: accepted evidence_item R-2 2026-10-01 MultiPoint {"accuracy_m":5,"evidence":"direct"}
              W DQ-07 geometry = 46.1000001 40.1: points 1 and 3 of the record stand at 46.1000001 40.1. hint: delete one of them
        "#]],
    );
}

#[test]
fn a_traverse_closes_within_one_percent_of_its_length() {
    // The square is 392 m around.
    check(
        "hazard_area",
        &[
            (r#""class":"SHA","misclosure_m":0.7"#, SQUARE),
            (r#""class":"SHA","misclosure_m":3"#, SQUARE),
            (r#""class":"SHA","misclosure_m":5"#, SQUARE),
            (r#""class":"SHA","misclosure_m":2"#, "0 0, 0.2 0, 0.2 0.2, 0 0.2, 0 0"),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted hazard_area R-1 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","misclosure_m":0.7}
            row 2: accepted hazard_area R-2 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","misclosure_m":3}
              W DQ-30 misclosure_m = 3.0: the traverse misses its start by 3.0 m on 392 m, 0.8 %. hint: offer an adjustment; it is kept beside the raw legs (GEO-6)
            row 3: held hazard_area R-3 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","misclosure_m":5}
              E DQ-30 misclosure_m = 5.0: the traverse misses its start by 5.0 m on 392 m, more than 3.9 m. hint: measure the worst leg again (GEO-6)
            row 4: accepted hazard_area R-4 2026-10-01 MultiPolygon {"accuracy_m":5,"class":"SHA","misclosure_m":2}
              W DQ-30 misclosure_m = 2.0: the traverse misses its start by 2.0 m on 79 m, 2.5 %. hint: offer an adjustment; it is kept beside the raw legs (GEO-6)
        "#]],
    );
}

#[test]
fn texts_hold_no_personal_data_and_ammunition_is_no_item() {
    check(
        "device_find",
        &[
            (r#""category":"UXO","model":"OZM-72","note":"2.4 + 3 m from M-12@north, see 2024-05-01""#, "null"),
            (r#""category":"UXO","note":"call a.b@example.org""#, "null"),
            (r#""category":"UXO","note":"call +994 (50) 123-45-67""#, "null"),
            (r#""category":"UXO","note":"Passport No 123""#, "null"),
            (r#""category":"UXO","model":"7.62x39 rounds""#, "null"),
            (r#""category":"SAA","model":"7.62x39 rounds""#, "null"),
        ],
        expect![[r#"
            GeoJSON
            row 1: accepted device_find R-1 2026-10-01 no ground {"accuracy_m":5,"category":"UXO","model":"OZM-72","note":"2.4 + 3 m from M-12@north, see 2024-05-01"}
            row 2: held device_find R-2 2026-10-01 no ground {"accuracy_m":5,"category":"UXO","note":"call a.b@example.org"}
              E DQ-54 note: the text holds a mail address. hint: take it out; persons are recorded without names
            row 3: held device_find R-3 2026-10-01 no ground {"accuracy_m":5,"category":"UXO","note":"call +994 (50) 123-45-67"}
              E DQ-54 note: the text holds a telephone number. hint: take it out; persons are recorded without names
            row 4: held device_find R-4 2026-10-01 no ground {"accuracy_m":5,"category":"UXO","note":"Passport No 123"}
              E DQ-54 note: the text holds passport no. hint: take it out; persons are recorded without names
            row 5: held device_find R-5 2026-10-01 no ground {"accuracy_m":5,"category":"UXO","model":"7.62x39 rounds"}
              E DQ-38 model = 7.62x39 rounds: small-arms ammunition (7.62x39 rounds) is counted as UXO. hint: its category is SAA, which is never counted as items
            row 6: accepted device_find R-6 2026-10-01 no ground {"accuracy_m":5,"category":"SAA","model":"7.62x39 rounds"}
        "#]],
    );
}
