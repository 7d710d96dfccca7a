use expect_test::expect;

use crate::scene::{SQUARE, collection, feature, read, read_with};

const HAZARD: &str =
    r#""record":"hazard_area","local_id":"HA-1","date_of_information":"2026-10-01","class":"SHA","accuracy_m":5"#;

#[test]
fn a_collection_gives_its_features_in_order() {
    let release = r#""record":"release_product","local_id":"LR-1","date_of_information":"2026-10-02","class":"CLEARED","depth_cm":20,
        "eo":"AP_MINE, UXO","hazard":"HA-1","accuracy_m":1,"supersedes":"LR-0","source":"S-1,S-2","colour":"red""#;
    let file = collection(&[feature(HAZARD, SQUARE), feature(release, SQUARE)]);
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        row 2: accepted release_product LR-1 2026-10-02 Polygon {"class":"CLEARED","depth_cm":20,"eo":["AP_MINE","UXO"],"hazard":"HA-1","accuracy_m":1,"other":{"colour":"red"}} supersedes LR-0
          I IN-6 colour = red: release_product has no field colour; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
    "#]].assert_eq(&read("areas.geojson", file));
}

#[test]
fn a_single_feature_a_bare_geometry_and_one_feature_a_line_are_read_too() {
    let one = feature(HAZARD, SQUARE);
    let bare = read_with("bare.json", SQUARE, |options| options.as_record = Some(records::RecordKind::HazardArea));
    let lines = format!("{one}\n{}\n", feature(HAZARD, "null"));
    let sequence = format!("\u{1e}{one}\n\u{1e}{one}\n");
    let out = [
        read("one.geojson", &one),
        bare,
        read("lines.geojsonl", lines),
        read("seq.geojsons", sequence),
        read("list.json", format!("[{one}]")),
    ];
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        GeoJSON
        row 1: held, no record
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
          E DQ-49 class: a hazard_area needs class: suspected on indirect evidence, or confirmed on direct evidence. hint: add it at the source
          W DQ-29 accuracy_m: the accuracy of the boundary is not known (accuracy_m is missing or 0); gates take the default of its quality. hint: state the 95 % error of the vertices in metres
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        row 2: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E LR-X8 geometry: a hazard_area needs a polygon, nothing was given. hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        row 2: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
    "#]].assert_eq(&out.concat());
}

#[test]
fn the_crs_member_of_the_old_format_is_honoured_and_said() {
    let square = r#"{"type":"Polygon","coordinates":[[[588359,4439333],[588459,4439333],[588459,4439433],[588359,4439433],[588359,4439333]]]}"#;
    let crs = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32638"}}"#;
    let before = format!(r#"{{"type":"FeatureCollection",{crs},"features":[{}]}}"#, feature(HAZARD, square));
    let after = format!(r#"{{"type":"FeatureCollection","features":[{}],{crs}}}"#, feature(HAZARD, square));
    let unknown = format!(
        r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"EPSG:999999"}}}},"features":[{}]}}"#,
        feature(HAZARD, square)
    );
    let none = collection(&[feature(HAZARD, square)]);
    let out = [
        read("before.geojson", before),
        read("after.geojson", after),
        read("unknown.geojson", unknown),
        read("none.geojson", none),
    ];
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          I DQ-29: the file has the crs member of the old GeoJSON and was read in EPSG:32638. hint: RFC 7946 knows only WGS 84
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          I DQ-29: the file has the crs member of the old GeoJSON and was read in EPSG:32638. hint: RFC 7946 knows only WGS 84
        GeoJSON
        row 1: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          I DQ-29: the file has the crs member of the old GeoJSON and was read in EPSG:999999. hint: RFC 7946 knows only WGS 84
          E DQ-29 geometry = EPSG:999999: ground in EPSG:999999 is not a geographic or projected system of the EPSG dataset. hint: export it in WGS 84 (EPSG:4326) with the operation that your survey authority gives, and name it in the note
        GeoJSON
        row 1: held hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          E GEO-11 geometry = 588359 4439333: vertex 1 is no place on Earth: longitude 588359, latitude 4439333. hint: are these metres of a grid, degrees and minutes, or a slipped decimal point? state the coordinate system, or correct it
    "#]].assert_eq(&out.concat());
}

#[test]
fn one_broken_feature_is_named_and_its_neighbours_are_read() {
    let file = collection(&[
        feature(HAZARD, SQUARE),
        feature(HAZARD, r#"{"type":"Polygon","coordinates":[[[46.1,NaN],[46.2,40.1],[46.1,40.2],[46.1,40.1]]]}"#),
        feature(r#""record":"hazard_area",,"local_id":"HA-3""#, SQUARE),
        feature(HAZARD, r#"{"type":"Polygon","coordinates":[[46.1,40.1],[46.2,40.1]]}"#),
        feature(HAZARD, r#"{"type":"Circle","coordinates":[46.1,40.1]}"#),
        feature(HAZARD, r#"{"type":"Point","coordinates":[1e400,0]}"#),
        r#"{"type":"Feature","properties":null,"geometry":null}"#.to_owned(),
        "{}".to_owned(),
        "17".to_owned(),
        feature(HAZARD, SQUARE).replace("HA-1", "HA-9"),
    ]);
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        row 2: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = {"type":"Feature","properties":{"record":"hazard_area","local_id":"HA-1","date_o…: the geometry cannot be read: latitude of vertex 1 of ring 1 is NaN, which is no number. hint: export it again
        row 3: held, no record
          E IN-1: this is not JSON, at its beginning: key must be a string (character 56 of the feature). hint: export it again; JSON knows no NaN, no comments and no comma before a closing bracket
        row 4: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = {"type":"Polygon","coordinates":[[46.1,40.1],[46.2,40.1]]}: the geometry cannot be read: coordinates of a Polygon are not nested as RFC 7946 §3.1 wants them. hint: export it again
        row 5: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = {"type":"Circle","coordinates":[46.1,40.1]}: the geometry cannot be read: geometry type "Circle" is not one of OGC simple features. hint: export it again
        row 6: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = {"type":"Point","coordinates":[1e400,0]}: the geometry cannot be read: longitude is 1e400, which is no number. hint: export it again
        row 7: held, no record
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
        row 8: held, no record
          E IN-1: this is JSON but neither a feature nor a geometry: {}. hint: features have a type, a geometry and properties (RFC 7946)
        row 9: held, no record
          E IN-1: this is JSON but neither a feature nor a geometry: 17. hint: features have a type, a geometry and properties (RFC 7946)
        row 10: accepted hazard_area HA-9 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
    "#]].assert_eq(&read("areas.geojson", file));
}

#[test]
fn a_file_that_breaks_off_says_where() {
    let file = collection(&[feature(HAZARD, SQUARE), feature(HAZARD, SQUARE)]);
    let cut = &file[..file.len() - 40];
    let garbled = file.replacen(r#""features":["#, r#""features":[}"#, 1);
    let out = [
        read("cut.geojson", cut),
        read("cut.geojson", &file[..100]),
        read("garbled.geojson", garbled),
        read("x.geojson", "{\"a\":1}"),
        read("x.json", "[1,2]"),
        read("t.json", r#"{"type":"Topology"}"#),
    ];
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        row 2: held, no record
          E IN-1: the file ends inside this feature, at byte 512. hint: copy or export it again; what stood before it was read
        refused: cut.geojson: ends too early: it breaks off before the end of its first feature. hint: export or copy it again; nothing was read from it
        GeoJSON
        row 1: held, no record
          E IN-1: this is not JSON, at 40: '}' is not expected here. hint: export it again; JSON knows no NaN, no comments and no comma before a closing bracket
        refused: x.geojson: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        refused: x.json: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        refused: t.json: TopoJSON is not a format that can be read. hint: save it as GeoJSON
    "#]].assert_eq(&out.concat());
}

#[test]
fn a_property_that_is_given_twice_holds_the_record() {
    let file = feature(&format!(r#"{HAZARD},"class":"CHA""#), SQUARE);
    expect![[r#"
        GeoJSON
        row 1: held hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5,"other":{"class@2":"CHA"}}
          E DQ-12 class = "SHA" and "CHA": two values are given for one field: class. hint: delete the wrong one
          W IN-6 class@2 = CHA: hazard_area has no field class@2; it is kept under other, here and in every row that has it. hint: class was probably meant
    "#]].assert_eq(&read("twice.geojson", file));
}

#[test]
fn members_beside_the_properties_are_kept() {
    let file = r#"{"type":"Feature","id":"f17","title":"x","properties":{"record":"place","local_id":7,"date_of_information":"2026-10-01","name":"Istisu"},"geometry":{"type":"Point","coordinates":[46.1,40.1,2000]}}"#;
    expect![[r#"
        GeoJSON
        row 1: accepted place 7 2026-10-01 Point {"name":"Istisu","other":{"@id":"f17","@title":"x"}}
          I DQ-34 geometry: heights or measures were given and are not kept
          I IN-6 @title = x: place has no field @title; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
    "#]].assert_eq(&read("place.geojson", file));
}

#[test]
fn deep_nesting_is_named() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let file = collection(&[
        feature(&format!(r#""a":{deep}"#), SQUARE),
        feature(HAZARD, &format!(r#"{{"type":"Polygon","coordinates":{deep}}}"#)),
    ]);
    let out = read("deep.geojson", file);
    expect![[r#"
        GeoJSON
        row 1: held, no record
          E IN-1: this is not JSON, at its properties: recursion limit exceeded (character 132 of the feature). hint: export it again; JSON knows no NaN, no comments and no comma before a closing bracket
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
        row 2: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = {"type":"Polygon","coordinates":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…: the geometry cannot be read: not JSON: recursion limit exceeded at line 1 column 159. hint: export it again
    "#]].assert_eq(&out);
}
