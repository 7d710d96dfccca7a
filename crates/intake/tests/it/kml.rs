use std::io::Write;

use expect_test::expect;

use crate::scene::read;

fn kml(inside: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inside}</Document></kml>"#
    )
}

const DATA: &str = r#"<ExtendedData><Data name="record"><value>hazard_area</value></Data><Data name="local_id"><value>HA-1</value></Data>
    <Data name="date_of_information"><value>2026-10-01</value></Data><SchemaData schemaUrl='s'><SimpleData name="class">SHA</SimpleData>
    <SimpleData name="accuracy_m">5</SimpleData></SchemaData></ExtendedData>"#;

const POLYGON: &str = "<Polygon><outerBoundaryIs><LinearRing><coordinates>46.1,40.1,0 46.101,40.1,0 46.101,40.101,0 46.1,40.1,0</coordinates></LinearRing></outerBoundaryIs>\
    <innerBoundaryIs><LinearRing><coordinates>46.1006,40.1002 46.1008,40.1002 46.1008,40.1004 46.1006,40.1002</coordinates></LinearRing></innerBoundaryIs></Polygon>";

#[test]
fn placemarks_give_their_data_and_ground() {
    let file = kml(&format!(
        "<Style id='a'><LineStyle><width>2</width></LineStyle></Style><Folder><name>f</name>\
         <Placemark id='p1'><name>Field &amp; <![CDATA[<b>wood</b>]]></name><styleUrl>#a</styleUrl>{DATA}{POLYGON}</Placemark>\
         <Placemark>{DATA}<MultiGeometry>{POLYGON}{POLYGON}</MultiGeometry></Placemark>\
         <Placemark>{DATA}<MultiGeometry>{POLYGON}<Point><coordinates>46.1,40.1</coordinates></Point></MultiGeometry></Placemark>\
         <Placemark>{DATA}<Point><coordinates>46.1, 40.1</coordinates></Point></Placemark>\
         <Placemark>{DATA}<Polygon><outerBoundaryIs><LinearRing><coordinates/></LinearRing></outerBoundaryIs></Polygon></Placemark>\
         <Placemark/></Folder>"
    ));
    expect![[r#"
        KML
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5,"other":{"@id":"p1","name":"Field & <b>wood</b>"}}
          I DQ-34 geometry: heights or measures were given and are not kept
          I IN-6 name = Field & <b>wood</b>: hazard_area has no field name; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
        row 2: held hazard_area HA-1 2026-10-01 MultiPolygon {"class":"SHA","accuracy_m":5}
          I DQ-34 geometry: heights or measures were given and are not kept
          E DQ-03 geometry = polygon 2: polygons 1 and 2 of the record are the same. hint: delete one of them
        row 3: held hazard_area HA-1 2026-10-01 GeometryCollection {"class":"SHA","accuracy_m":5}
          I DQ-34 geometry: heights or measures were given and are not kept
          E LR-X8 geometry = GeometryCollection: a hazard_area needs a polygon, a GeometryCollection was given. hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
        row 4: held hazard_area HA-1 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = <Point>46.1, 40.1</Point>: the geometry cannot be read: position 1 is "46.1,", where longitude,latitude is wanted without blanks. hint: export it again
        row 5: held hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          E DQ-02 geometry = Polygon: the Polygon has no position. hint: draw it again, or leave the geometry out
        row 6: held, no record
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
    "#]].assert_eq(&read("areas.kml", file));
}

#[test]
fn documents_that_break_off_or_are_none_are_named() {
    let whole = kml(&format!("<Placemark>{DATA}{POLYGON}</Placemark><Placemark>{DATA}{POLYGON}</Placemark>"));
    let crossed = whole.replacen("</LinearRing></outerBoundaryIs>", "</outerBoundaryIs></LinearRing>", 1);
    let deep = kml(&format!("{}{}", "<Folder>".repeat(100_000), "</Folder>".repeat(100_000)));
    let out = [
        read("cut.kml", &whole[..whole.len() - 60]),
        read("crossed.kml", crossed),
        read("deep.kml", deep),
        read("page.kml", "<!DOCTYPE html><html><body>Sign in</body></html>"),
        read("other.xml", "<osm version='0.6'></osm>"),
    ];
    expect![[r#"
        KML
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          I DQ-34 geometry: heights or measures were given and are not kept
        row 2: held, no record
          E IN-1: the file ends inside this feature, at byte 1371. hint: copy or export it again; what stood before it was read
        KML
        row 1: held, no record
          E IN-1: reading stopped at byte 568: ill-formed document: expected `</LinearRing>`, but `</outerBoundaryIs>` was found. hint: copy or export the file again; what stood before it was read
        KML
        row 1: held, no record
          E IN-1: reading stopped at byte 1684: elements lie more than 200 deep in each other. hint: copy or export the file again; what stood before it was read
        refused: page.kml: a web page is not a format that can be read. hint: download the file itself, not the page about it
        refused: other.xml: XML of the kind <osm> is not a format that can be read. hint: save it as KML, GPX or GeoJSON
    "#]].assert_eq(&out.concat());
}

#[test]
fn entities_are_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><kml><Document><Placemark><name>&b;</name></Placemark></Document></kml>"#;
    let outside = r#"<?xml version="1.0"?><!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml><Document><Placemark><name>&x; &#1050; &lt;</name></Placemark></Document></kml>"#;
    expect![[r#"
        refused: bomb.kml: defines XML entities, which are refused. hint: export it again from the program that made it
        KML
        row 1: held, no record
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
    "#]].assert_eq(&(read("bomb.kml", bomb) + &read("outside.kml", outside)));
}

#[test]
fn a_kmz_holds_one_document_and_never_unfolds_without_measure() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("doc.kml", options).unwrap();
    zip.write_all(kml(&format!("<Placemark>{DATA}{POLYGON}</Placemark>")).as_bytes()).unwrap();
    let packed = zip.finish().unwrap().into_inner();
    let out = [
        read("areas.kmz", &packed),
        read("cut.kmz", &packed[..packed.len() / 2]),
        read("bomb.kmz", crate::scene::fixture("bomb.kmz")),
        read("bomb.xlsx", crate::scene::fixture("bomb.xlsx")),
    ];
    expect![[r#"
        KMZ
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          I DQ-34 geometry: heights or measures were given and are not kept
        refused: cut.kmz: ends too early: the ZIP has no end. hint: export or copy it again; nothing was read from it
        refused: bomb.kmz: doc.kml unfolds to more than 1024 MB or by more than 400 times. hint: unpack it by hand and look at what it is
        refused: bomb.xlsx: xl/worksheets/sheet1.xml unfolds to more than 1024 MB or by more than 400 times. hint: unpack it by hand and look at what it is
    "#]].assert_eq(&out.concat());
}
