use expect_test::expect;
use geometry::Shape;
use intake::row::{Declared, Ground, Note};
use intake::{CrsCode, Format, Profile, Progress, Row, RowSource, open_rows};
use serde_json::{Value, json};

use crate::scene::{describe, options};

/// Rows as the store gives them from the tables of a GeoPackage.
struct Tables(Vec<Row>);

impl RowSource for Tables {
    fn format(&self) -> Format {
        Format::GeoPackage
    }

    fn next_row(&mut self) -> Option<Row> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.0.len() as u64 }
    }
}

fn row(number: u64, layer: &str, properties: Value, ground: Ground) -> Row {
    let Value::Object(properties) = properties else { panic!("an object is wanted") };
    Row { layer: Some(layer.to_owned()), properties, ground, crs: Declared::Code(CrsCode(32638)), ..Row::new(number) }
}

fn tables() -> Tables {
    let find =
        json!({"record": "device_find", "local_id": "F-1", "date_of_information": "2026-10-01", "category": "UXO"});
    let place = json!({"record": "place", "local_id": "P-1", "date_of_information": "2026-10-01", "name": "Istisu"});
    let at = |x: f64| Ground::Shape { shape: Shape::Point([x, 4_439_333.0]), text: None };
    let mut curve = row(
        2,
        "finds",
        find.clone(),
        Ground::Broken { text: String::new(), why: "a CIRCULARSTRING is not read".to_owned() },
    );
    curve.notes.push(Note::new("text_cut").about("note", "x"));
    Tables(vec![row(1, "finds", find, at(588_359.0)), curve, row(1, "places", place, at(588_400.0))])
}

#[test]
fn rows_of_a_geopackage_come_from_the_caller() {
    let one = Profile::parse("name = 'finds'\nlayer = 'finds'").unwrap();
    let all: String = open_rows(Box::new(tables()), &options("d.gpkg")).map(|draft| describe(&draft)).collect();
    let chosen = intake::Options { profile: Some(&one), ..options("d.gpkg") };
    let drafts: Vec<_> = open_rows(Box::new(tables()), &chosen).collect();
    assert_eq!((drafts.len(), drafts[1].issues[0].file.as_str()), (2, "d.gpkg/finds"));
    let entered = serde_json::to_string(&drafts[0].record.as_ref().unwrap().as_entered).unwrap();
    expect![[r#"
        row 1: accepted device_find F-1 2026-10-01 Point {"category":"UXO"}
        row 2: held device_find F-1 2026-10-01 no ground {"category":"UXO"}
          W IN-2 note = x: the text fills its column to the last byte and may be cut. hint: compare with the source; a dBASE column holds at most 254 bytes
          E DQ-01 geometry: the geometry cannot be read: a CIRCULARSTRING is not read. hint: export it again
        row 1: accepted place P-1 2026-10-01 Point {"name":"Istisu"}
        row 1: accepted device_find F-1 2026-10-01 Point {"category":"UXO"}
        {"crs":"EPSG:32638","text":"POINT(588359 4439333)"}
        {"properties":{"record":"device_find","local_id":"F-1","date_of_information":"2026-10-01","category":"UXO"},"geometry":"POINT(588359 4439333)","layer":"finds","crs":"EPSG:32638"}
    "#]].assert_eq(&format!("{all}{}{entered}\n{}\n", describe(&drafts[0]), drafts[0].raw));
}

#[test]
fn a_source_without_rows_says_so_once() {
    let mut reader = open_rows(Box::new(Tables(Vec::new())), &options("empty.gpkg"));
    expect![[r#"
        row 0: accepted, no record
          W IN-1: the file has no row. hint: was the right sheet, layer or file exported?
    "#]]
    .assert_eq(&describe(&reader.next().unwrap()));
    assert!(reader.next().is_none());
}
