//! Shapes from and to well-known text, well-known binary and GeoJSON.

mod random;

use expect_test::{Expect, expect};
use geometry::Shape;
use random::Random;

/// One text a line; the right-hand column is what was understood, written back.
fn check(texts: &str, expected: Expect) {
    let understood = |text: &str| match Shape::from_wkt(text) {
        Ok(shape) => shape.to_wkt(),
        Err(error) => error.to_string(),
    };
    let lines = texts.lines().map(str::trim).filter(|line| !line.is_empty());
    expected.assert_eq(&lines.map(|text| format!("{text}\n  => {}\n", understood(text))).collect::<String>());
}

#[test]
fn well_known_text_is_read_in_every_spelling_and_written_in_one() {
    check(
        "POINT (1 2)
         point z(1 2 3)
         POINT M (1 2 3)
         POINTZM(1 2 3 4)
         POINT EMPTY
         SRID=4326;LINESTRING(0 0,1e1 -2.5)
         LINESTRING Z EMPTY
         MULTIPOINT (1 2, 3 4)
         MULTIPOINT ((1 2), (3 4))
         MULTIPOINT EMPTY
         POLYGON ((0 0, 1 0, 1 1, 0 0), (.1 .1, .2 .1, .2 .2, .1 .1))
         POLYGON ((0 0, 1 0, 1 1, 0 0), EMPTY)
         MULTILINESTRING ((0 0, 1 1), EMPTY)
         MULTIPOLYGON ZM (((0 0 1 1, 1 0 1 1, 1 1 1 1, 0 0 1 1)), EMPTY)
         GEOMETRYCOLLECTION (POINT (1 2), GEOMETRYCOLLECTION EMPTY, LINESTRING M (0 0 9, 1 1 9))",
        expect![[r#"
            POINT (1 2)
              => POINT(1 2)
            point z(1 2 3)
              => POINT(1 2)
            POINT M (1 2 3)
              => POINT(1 2)
            POINTZM(1 2 3 4)
              => POINT(1 2)
            POINT EMPTY
              => MULTIPOINT EMPTY
            SRID=4326;LINESTRING(0 0,1e1 -2.5)
              => LINESTRING(0 0, 10 -2.5)
            LINESTRING Z EMPTY
              => LINESTRING EMPTY
            MULTIPOINT (1 2, 3 4)
              => MULTIPOINT((1 2), (3 4))
            MULTIPOINT ((1 2), (3 4))
              => MULTIPOINT((1 2), (3 4))
            MULTIPOINT EMPTY
              => MULTIPOINT EMPTY
            POLYGON ((0 0, 1 0, 1 1, 0 0), (.1 .1, .2 .1, .2 .2, .1 .1))
              => POLYGON((0 0, 1 0, 1 1, 0 0), (0.1 0.1, 0.2 0.1, 0.2 0.2, 0.1 0.1))
            POLYGON ((0 0, 1 0, 1 1, 0 0), EMPTY)
              => POLYGON((0 0, 1 0, 1 1, 0 0), EMPTY)
            MULTILINESTRING ((0 0, 1 1), EMPTY)
              => MULTILINESTRING((0 0, 1 1), EMPTY)
            MULTIPOLYGON ZM (((0 0 1 1, 1 0 1 1, 1 1 1 1, 0 0 1 1)), EMPTY)
              => MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), EMPTY)
            GEOMETRYCOLLECTION (POINT (1 2), GEOMETRYCOLLECTION EMPTY, LINESTRING M (0 0 9, 1 1 9))
              => GEOMETRYCOLLECTION(POINT(1 2), GEOMETRYCOLLECTION EMPTY, LINESTRING(0 0, 1 1))
        "#]],
    );
}

#[test]
fn broken_text_is_refused_with_the_place_where_it_breaks() {
    check(
        "POINT (1)
         POINT (1 2 3 4 5)
         POINT (1 2) POINT (3 4)
         CIRCLE (1 2)
         POLYGON ((0 0, 1 0, 1 1, 0 0)
         LINESTRING (0 0, x 1)
         ΔPOINT (1 2)",
        expect![[r#"
            POINT (1)
              => well-known text is broken at character 8: a number was expected
            POINT (1 2 3 4 5)
              => well-known text is broken at character 15: ')' was expected
            POINT (1 2) POINT (3 4)
              => well-known text is broken at character 12: the end was expected
            CIRCLE (1 2)
              => geometry type "CIRCLE" is not one of OGC simple features
            POLYGON ((0 0, 1 0, 1 1, 0 0)
              => well-known text is broken at character 29: ')' was expected
            LINESTRING (0 0, x 1)
              => well-known text is broken at character 17: a number was expected
            ΔPOINT (1 2)
              => geometry type "" is not one of OGC simple features
        "#]],
    );
}

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn well_known_binary_is_read_in_both_byte_orders_and_both_ways_of_height() {
    let one_two = "000000000000F03F 0000000000000040";
    let point = Ok(Shape::Point([1.0, 2.0]));
    assert_eq!(Shape::from_wkb(&hex(&format!("01 01000000 {one_two}"))), point);
    assert_eq!(Shape::from_wkb(&hex("00 00000001 3FF0000000000000 4000000000000000")), point);
    // ISO Z, M and ZM
    assert_eq!(Shape::from_wkb(&hex(&format!("01 E9030000 {one_two} {}", "00".repeat(8)))), point);
    assert_eq!(Shape::from_wkb(&hex(&format!("01 D1070000 {one_two} {}", "00".repeat(8)))), point);
    assert_eq!(Shape::from_wkb(&hex(&format!("01 B90B0000 {one_two} {}", "00".repeat(16)))), point);
    // PostGIS Z with SRID 4326
    assert_eq!(Shape::from_wkb(&hex(&format!("01 010000A0 E6100000 {one_two} {}", "00".repeat(8)))), point);
}

#[test]
fn broken_binary_is_refused_and_never_believed_about_its_size() {
    let check =
        |bytes: &str, expected: Expect| expected.assert_eq(&Shape::from_wkb(&hex(bytes)).unwrap_err().to_string());
    check("", expect!["well-known binary is broken at byte 0: 1 more bytes were expected"]);
    check("02", expect!["well-known binary is broken at byte 1: a byte order of 0 or 1 was expected"]);
    check(
        "01 02000000 FFFFFFFF",
        expect![
            "well-known binary is broken at byte 9: 4294967295 elements were expected, more than there are bytes for"
        ],
    );
    check("01 11000000", expect![[r#"geometry type "17" is not one of OGC simple features"#]]);
    let deep = "01 07000000 01000000".repeat(100);
    check(&deep, expect!["well-known binary is broken at byte 293: collections are nested too deep"]);
}

fn random_positions(random: &mut Random) -> Vec<[f64; 2]> {
    (0..random.below(5)).map(|_| [random.between(-180.0, 180.0), random.between(-90.0, 90.0)]).collect()
}

fn random_shape(random: &mut Random, depth: usize) -> Shape {
    let n = random.below(4);
    match random.below(if depth > 2 { 6 } else { 7 }) {
        0 => Shape::Point([random.between(-180.0, 180.0), random.below(90) as f64]),
        1 => Shape::MultiPoint(random_positions(random)),
        2 => Shape::LineString(random_positions(random)),
        3 => Shape::MultiLineString((0..n).map(|_| random_positions(random)).collect()),
        4 => Shape::Polygon((0..n).map(|_| random_positions(random)).collect()),
        5 => Shape::MultiPolygon(
            (0..n).map(|_| (0..random.below(3)).map(|_| random_positions(random)).collect()).collect(),
        ),
        _ => Shape::Collection((0..n).map(|_| random_shape(random, depth + 1)).collect()),
    }
}

#[test]
fn every_shape_survives_text_binary_and_geojson() {
    let mut random = Random(11);
    for _ in 0..random::rounds(2_000) {
        let shape = random_shape(&mut random, 0);
        assert_eq!(Shape::from_wkb(&shape.to_wkb()).as_ref(), Ok(&shape));
        assert_eq!(Shape::from_wkt(&shape.to_wkt()).as_ref(), Ok(&shape), "{}", shape.to_wkt());
        let value = shape.to_geojson();
        let by_tree = Shape::from_geojson(&value).unwrap();
        assert_eq!(Shape::from_geojson_str(&value.to_string()).as_ref(), Ok(&by_tree), "{value}");
        assert_eq!(by_tree, shape);
    }
}

#[test]
fn geojson_text_is_read_whatever_the_order_of_its_members() {
    let line = Ok(Shape::LineString(vec![[1.0, 2.5], [3.0, 4.0]]));
    for text in [
        r#"{"coordinates":[[1,2.5],[3,4,99]],"type":"LineString"}"#,
        r#"{"type":"LineString","coordinates":[[1,2.5],[3,4,99]],"bbox":[0,0,1,1]}"#,
        r#"{"type":"Line\u0053tring","coordinates":[[1,2.5],[3,4,99,"m"]]}"#,
    ] {
        assert_eq!(Shape::from_geojson_str(text), line, "{text}");
    }
}

#[test]
fn broken_geojson_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"type":"Polygon"}"#,
        r#"{"type":"Polygon","coordinates":[[1,2]]}"#,
        r#"{"type":"Polygon","coordinates":[[[1]]]}"#,
        r#"{"type":"Polygon","coordinates":[[["1",2]]]}"#,
        r#"{"type":"Polygon","coordinates":[[],[1,2]]}"#,
        r#"{"type":"Circle","coordinates":[1,2]}"#,
        r#"{"type":"GeometryCollection"}"#,
        r#"{"type":"MultiPolygon","coordinates":[[[[[1,2]]]]]}"#,
    ] {
        assert!(Shape::from_geojson_str(text).is_err(), "{text}");
    }
    assert!(Shape::from_geojson_str(&"[".repeat(100_000)).is_err());
}
