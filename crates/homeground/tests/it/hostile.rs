//! Bad input: every fault is named with its place, nothing is lost, nothing panics.

use std::fmt::Write;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::world::{Run, World, redacted, slow};

/// What became of a file: exit status, counts, and every issue that a person must see to.
fn told(run: &Run) -> String {
    let Ok(report) = serde_json::from_str::<Value>(&run.stdout) else {
        return format!("exit {}: {}", run.status, run.stderr.trim_end());
    };
    let mut text = format!("exit {}: {} accepted, {} held", run.status, report["accepted"], report["held"]);
    let shown = |issue: &&Value| issue["severity"] != "I";
    for issue in report["issues"].as_array().unwrap().iter().filter(shown) {
        let field = |name: &str| issue[name].as_str().unwrap().to_owned();
        let (severity, rule, row) = (field("severity"), field("rule"), &issue["row"]);
        let place = format!("{} {}", field("local_id"), field("field"));
        write!(text, "\n  {severity} {rule} row {row} {}: {}", place.trim(), field("message")).unwrap();
        assert_eq!(issue["file"].as_str().unwrap().split('.').count(), 2, "the issue names the file");
    }
    redacted(&text)
}

/// Import a file of this name and content into the programme of the world.
fn import(world: &World, name: &str, bytes: impl AsRef<[u8]>) -> String {
    world.write(name, bytes);
    told(
        &world.run(&format!("import p.gpkg {name} --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z --format json")),
    )
}

/// A hazard with the geometry as text, which need not be JSON.
fn hazard(local_id: &str, geometry: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"record":"hazard_area","local_id":"{local_id}","date_of_information":"2021-11-01","class":"SHA","evidence":"indirect","eo":"AP_MINE","accuracy_m":5,"geometry_quality":"SURVEYED"}},"geometry":{geometry}}}"#
    )
}

fn file(features: &[String]) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
}

fn polygon(ring: &str) -> String {
    format!(r#"{{"type":"Polygon","coordinates":[[{ring}]]}}"#)
}

/// A file of one hazard a line: `name ring`, or `name {geometry}`.
fn check(lines: &str, expect: Expect) {
    let world = World::new();
    let mut text = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, ground) = line.split_once(' ').unwrap();
        let ground = ground.trim_start();
        let geometry = if ground.starts_with('[') { polygon(ground) } else { ground.to_owned() };
        let said = import(&world, &format!("{name}.geojson"), file(&[hazard(name, &geometry)]));
        writeln!(text, "{name}: {said}").unwrap();
    }
    world.ok("verify p.gpkg");
    expect.assert_eq(&text);
}

#[test]
fn a_ring_that_crosses_itself_is_held_even_if_its_area_is_certain() {
    check(
        "bow-tie           [46,40],[46.001,40.001],[46.001,40],[46,40.001],[46,40]
         bow-tie-uneven    [46,40],[46.002,40.001],[46.001,40],[46,40.001],[46,40]
         star              [46,40.001],[46.002,40.001],[46.0004,40],[46.001,40.0016],[46.0016,40],[46,40.001]
         spike             [46,40],[46.001,40],[46.001,40.001],[46.001,40.003],[46.001,40.001],[46,40.001],[46,40]
         touching          [46,40],[46.001,40],[46.001,40.001],[46.0005,40],[46,40.001],[46,40]",
        expect![[r#"
            bow-tie: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 bow-tie geometry: the outer ring of polygon 1 at vertex 1 crosses itself near 46.0005000 40.0005000: it falls into parts of 2,370 and 2,370 m²; if the vertices are in the wrong order, other ground was meant
            bow-tie-uneven: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 bow-tie-uneven geometry: the outer ring of polygon 1 at vertex 1 crosses itself near 46.0006667 40.0003333: it falls into parts of 3,161 and 3,161 m²; if the vertices are in the wrong order, other ground was meant
            star: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 star geometry: the outer ring of polygon 1 at vertex 1 crosses itself near 46.0007750 40.0010000 and 4 more: at its smallest the ground has 6,810 m², at its largest 9,852 m², 3,043 m² are in doubt
            spike: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 spike geometry: the outer ring of polygon 1 at vertex 3 goes out and back on itself at 46.001 40.001; the area is the same either way
              W DQ-01 row 1 spike geometry: the outer ring of polygon 1 at vertex 2 touches itself or another ring at 46.001 40.001; the area is the same either way
            touching: exit 0: 1 accepted, 0 held
              W DQ-01 row 1 touching geometry: the outer ring of polygon 1 at vertex 1 touches itself or another ring at 46.0005 40; the area is the same either way
        "#]],
    );
}

#[test]
fn what_is_no_position_is_named_with_its_vertex() {
    check(
        "nan               [46,40],[NaN,40],[46.001,40.001],[46,40]
         infinity          [46,40],[46.001,Infinity],[46.001,40.001],[46,40]
         huge              [46,40],[1e300,40],[46.001,40.001],[46,40]
         beyond            [46,40],[1e999,40],[46.001,40.001],[46,40]
         text              [46,40],[\"46.001\",40],[46.001,40.001],[46,40]
         null              [46,40],null,[46.001,40.001],[46,40]
         metres            [588359,4439333],[588459,4439333],[588459,4439433],[588359,4439333]
         swapped           [40,146],[40,146.001],[40.001,146.001],[40,146]
         antimeridian      [179.999,40],[-179.999,40],[-179.999,40.001],[179.999,40.001],[179.999,40]
         height            [46,40,1200],[46.001,40,1201],[46.001,40.001,1202],[46,40,1200]",
        expect![[r#"
            nan: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 nan geometry: the geometry cannot be read: longitude of vertex 2 of ring 1 is NaN, which is no number
            infinity: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 infinity geometry: the geometry cannot be read: latitude of vertex 2 of ring 1 is Infinity, which is no number
            huge: exit 1: 0 accepted, 1 held
              E GEO-11 row 1 huge geometry: vertex 2 is no place on Earth: longitude 1e300, latitude 40
            beyond: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 beyond geometry: the geometry cannot be read: longitude of vertex 2 of ring 1 is 1e999, which is no number
            text: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 text geometry: the geometry cannot be read: longitude of vertex 2 of ring 1 is "46.001", which is no number
            null: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 null geometry: the geometry cannot be read: latitude of vertex 1 is null, which is no number
            metres: exit 1: 0 accepted, 1 held
              E GEO-11 row 1 metres geometry: vertex 1 is no place on Earth: longitude 588359, latitude 4439333
            swapped: exit 1: 0 accepted, 1 held
              E GEO-11 row 1 swapped geometry: vertex 1 is no place on Earth: longitude 40, latitude 146; swapped it would be one
            antimeridian: exit 1: 0 accepted, 1 held
              W DQ-27 row 1 antimeridian geometry: the ground lies at longitude 0.0000, latitude 40.0005, outside the programme
              E GEO-11 row 1 antimeridian geometry: the outer ring of polygon 1 at vertex 1 spans half the globe or more
            height: exit 0: 1 accepted, 0 held
        "#]],
    );
}

#[test]
fn rings_of_too_little_are_held_and_unclosed_ones_are_closed_by_name() {
    check(
        "nothing           null
         empty             {\"type\":\"Polygon\",\"coordinates\":[]}
         empty-ring        {\"type\":\"Polygon\",\"coordinates\":[[]]}
         one-point         [46,40]
         two-points        [46,40],[46.001,40],[46,40]
         same-point        [46,40],[46,40],[46,40],[46,40]
         unclosed          [46,40],[46.001,40],[46.001,40.001]
         sliver            [46,40],[46.000000000001,40],[46.000000000001,40.001],[46,40.001],[46,40]
         repeated          [46.1,40],[46.1,40],[46.101,40],[46.101,40.001],[46.1,40]
         a-line            {\"type\":\"LineString\",\"coordinates\":[[46,40],[46.001,40]]}
         a-point           {\"type\":\"Point\",\"coordinates\":[46,40]}",
        expect![[r#"
            nothing: exit 1: 0 accepted, 1 held
              E LR-X8 row 1 nothing geometry: a hazard_area needs a polygon, nothing was given
            empty: exit 1: 0 accepted, 1 held
              E DQ-02 row 1 empty geometry: the Polygon has no position
            empty-ring: exit 1: 0 accepted, 1 held
              E DQ-02 row 1 empty-ring geometry: the Polygon has no position
            one-point: exit 1: 0 accepted, 1 held
              E DQ-02 row 1 one-point geometry: the outer ring of polygon 1 at vertex 1 has fewer than three different vertices
              W DQ-28 row 1 one-point geometry: every coordinate is in whole degrees, 111 km apart
            two-points: exit 1: 0 accepted, 1 held
              E DQ-02 row 1 two-points geometry: the outer ring of polygon 1 at vertex 1 has fewer than three different vertices
            same-point: exit 1: 0 accepted, 1 held
              E DQ-02 row 1 same-point geometry: the outer ring of polygon 1 at vertex 1 has fewer than three different vertices
              W DQ-05 row 1 same-point geometry: the outer ring of polygon 1 at vertex 2 stands twice running at 46 40 and 1 more
              W DQ-28 row 1 same-point geometry: every coordinate is in whole degrees, 111 km apart
            unclosed: exit 0: 1 accepted, 0 held
            sliver: exit 1: 0 accepted, 1 held
              E DQ-02 row 1 sliver geometry: the outer ring of polygon 1 at vertex 1 has fewer than three different vertices
              W DQ-05 row 1 sliver geometry: the outer ring of polygon 1 at vertex 2 stands twice running at 46.000000000001 40 and 1 more
            repeated: exit 0: 1 accepted, 0 held
              W DQ-05 row 1 repeated geometry: the outer ring of polygon 1 at vertex 2 stands twice running at 46.1 40
            a-line: exit 1: 0 accepted, 1 held
              E LR-X8 row 1 a-line geometry: a hazard_area needs a polygon, a LineString was given
            a-point: exit 1: 0 accepted, 1 held
              W DQ-28 row 1 a-point geometry: every coordinate is in whole degrees, 111 km apart
              E LR-X8 row 1 a-point geometry: a hazard_area needs a polygon, a Point was given
        "#]],
    );
}

#[test]
fn polygons_in_polygons_are_read_or_held_by_name() {
    check(
        "overlapping       {\"type\":\"MultiPolygon\",\"coordinates\":[[[[46,40],[46.002,40],[46.002,40.002],[46,40.002],[46,40]]],[[[46.001,40.001],[46.003,40.001],[46.003,40.003],[46.001,40.003],[46.001,40.001]]]]}
         same-twice        {\"type\":\"MultiPolygon\",\"coordinates\":[[[[46,40],[46.002,40],[46.002,40.002],[46,40]]],[[[46,40],[46.002,40],[46.002,40.002],[46,40]]]]}
         hole-outside      {\"type\":\"Polygon\",\"coordinates\":[[[46,40],[46.002,40],[46.002,40.002],[46,40]],[[46.1,40],[46.102,40],[46.102,40.002],[46.1,40]]]}
         nested-too-deep   {\"type\":\"MultiPolygon\",\"coordinates\":[[[[[46,40],[46.002,40],[46.002,40.002],[46,40]]]]]}
         nested-too-flat   {\"type\":\"MultiPolygon\",\"coordinates\":[[[46,40],[46.002,40],[46.002,40.002],[46,40]]]}
         collection        {\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Polygon\",\"coordinates\":[[[46.2,40],[46.202,40],[46.202,40.002],[46.2,40]]]}]}
         curve             {\"type\":\"CurvePolygon\",\"coordinates\":[]}",
        expect![[r#"
            overlapping: exit 0: 1 accepted, 0 held
              W DQ-11 row 1 overlapping geometry: polygons of the record overlap by 9,481 m², 14.3 % of their ground; it is counted once
            same-twice: exit 1: 0 accepted, 1 held
              E DQ-03 row 1 same-twice geometry: polygons 1 and 2 of the record are the same
            hole-outside: exit 0: 1 accepted, 0 held
              W DQ-01 row 1 hole-outside geometry: hole 1 of polygon 1 at vertex 1 leaves its shell or overlaps another hole at 46.1 40; the ground is the same either way
              W DQ-13 row 1 hole-outside geometry: hazard hole-outside and hazard overlapping share 18 963 m²
            nested-too-deep: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 nested-too-deep geometry: the geometry cannot be read: not JSON: coordinates are nested too deep at line 1 column 88
            nested-too-flat: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 nested-too-flat geometry: the geometry cannot be read: coordinates of a MultiPolygon are not nested as RFC 7946 §3.1 wants them
            collection: exit 1: 0 accepted, 1 held
              E LR-X8 row 1 collection geometry: a hazard_area needs a polygon, a GeometryCollection was given
            curve: exit 1: 0 accepted, 1 held
              E DQ-01 row 1 curve geometry: the geometry cannot be read: geometry type "CurvePolygon" is not one of OGC simple features
        "#]],
    );
}

#[test]
fn values_that_are_no_values_are_held_and_never_guessed() {
    let world = World::new();
    let table = "record,local_id,date_of_information,class,activity,depth_cm,reported_area_m2,eo,accuracy_m,WKT
release_product,LR-1,2025-02-30,CLEARED,CLR,20,100,AP_MINE,5,\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"
release_product,LR-2,2021-11-01,CLEARED,CLR,20,\"1,200 m2\",AP_MINE,5,\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"
release_product,LR-3,2021-11-01,CLEARED,CLR,20 cm,100,AP_MINE,5,\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"
release_product,LR-4,01/11/2021,CLEARED,CLR,20,\"1,200\",AP_MINE,5,\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"
release_product,LR-5,2021-11-01,CLEARED,CLR,20,100,AP_MINE,5,\"POLYGON((46 40,46.001 40,46.001\"
release_product,LR-6,2021-11-01,CLEARED,CLR,20,100,AP_MINE,5
release_product,,2021-11-01,CLEARD,CLR,20,100,AP_MINES,5,\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"
relase_product,LR-8,2099-01-01,CLEARED,CLR,20,100,AP_MINE,5,\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"
";
    expect![[r#"
        exit 1: 0 accepted, 8 held
          E DQ-01 row 6 LR-5 geometry: the geometry cannot be read: well-known text is broken at character 31: a number was expected
          E DQ-08 row 8 local_id: the record has no local id
          E DQ-17 row 2 LR-1 reported_area_m2: reported 100 m², the polygon has 4,741 m²: 97.9 % apart
          E DQ-17 row 4 LR-3 reported_area_m2: reported 100 m², the polygon has 4,741 m²: 97.9 % apart
          E DQ-17 row 8 reported_area_m2: reported 100 m², the polygon has 4,741 m²: 97.9 % apart
          W DQ-29 row 2 LR-1 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude
          W DQ-29 row 3 LR-2 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude
          W DQ-29 row 4 LR-3 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude
          W DQ-29 row 5 LR-4 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude
          W DQ-29 row 8 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude
          W DQ-29 row 9 LR-8 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude
          E DQ-49 row 2 LR-1 date_of_information: there is no day 2025-02-30
          E DQ-49 row 3 LR-2 reported_area_m2: this is a number with its unit in the text
          E DQ-49 row 4 LR-3 depth_cm: this is a number with its unit in the text
          E DQ-49 row 5 LR-4 date_of_information: this is no day of the form YYYY-MM-DD
          E DQ-49 row 5 LR-4 reported_area_m2: this has marks between the thousands, or a comma that could be one
          E DQ-49 row 8 class: this is no word of class
          E DQ-49 row 8 eo: this is no word of eo
          E DQ-49 row 9 LR-8 record: this is no kind of record
          W IN-1 row 7 LR-6: the row has 9 cells, the header 10; the last columns were taken as empty
          E LR-X8 row 7 LR-6 geometry: a release_product needs a polygon, nothing was given"#]].assert_eq(&import(&world, "table.csv", table));
    assert_eq!(world.json("held p.gpkg").as_array().unwrap().len(), 8, "nothing is lost");
}

#[test]
fn a_missing_or_contradicted_coordinate_system_is_named() {
    let world = World::new();
    let row = "record,local_id,date_of_information,class,evidence,accuracy_m,WKT\nhazard_area,HA-1,2021-11-01,SHA,indirect,5,";
    let mut text = import(
        &world,
        "metres.csv",
        format!("{row}\"POLYGON((588359 4439333,588459 4439333,588459 4439433,588359 4439333))\"\n"),
    );
    text += "\n";
    text += &import(&world, "degrees.csv", format!("{row}\"POLYGON((46 40,46.001 40,46.001 40.001,46 40))\"\n"));
    expect![[r#"
        exit 1: 0 accepted, 1 held
          E DQ-29 row 2 HA-1 geometry: the file does not say in which coordinate system its geometry is, and numbers such as 588359 4439333 are not degrees
        exit 0: 1 accepted, 0 held
          W DQ-29 row 2 HA-1 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude"#]].assert_eq(&text);
}

#[test]
fn a_file_that_is_cut_gives_what_stood_before_the_cut() {
    let world = World::new();
    let rings = ["[46,40],[46.001,40],[46.001,40.001],[46,40]", "[46.1,40],[46.101,40],[46.101,40.001],[46.1,40]"];
    let whole = file(&[hazard("HA-1", &polygon(rings[0])), hazard("HA-2", &polygon(rings[1]))]);
    let cut = &whole[..whole.find("46.101").unwrap()];
    expect![[r#"
        exit 1: 1 accepted, 1 held
          E IN-1 row 2 : the file ends inside this feature, at byte 601"#]]
    .assert_eq(&import(&world, "cut.geojson", cut));
    assert_eq!(world.state()["totals"]["n_open"], 1);
}

#[test]
fn files_that_are_something_else_are_refused_by_name() {
    let world = World::new();
    let mut text = String::new();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let nested = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        hazard("HA-1", &format!(r#"{{"type":"Polygon","coordinates":{deep}}}"#))
    );
    let files: [(&str, Vec<u8>); 12] = [
        ("empty.geojson", vec![]),
        ("blank.csv", b"\n\n\n".to_vec()),
        ("zeros.geojson", vec![0; 100_000]),
        ("picture.geojson", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec()),
        ("page.geojson", b"<!DOCTYPE html><html><body>not found</body></html>".to_vec()),
        ("number.geojson", b"42".to_vec()),
        ("no-features.geojson", br#"{"type":"FeatureCollection"}"#.to_vec()),
        ("deep.geojson", deep.clone().into_bytes()),
        ("nested.geojson", nested.into_bytes()),
        ("header-only.csv", b"record,local_id,date_of_information,WKT\n".to_vec()),
        ("utf16.csv", "record,local_id\nplace,P-1\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("broken.zip", b"PK\x03\x04 and then nothing".to_vec()),
    ];
    for (name, bytes) in files {
        writeln!(text, "{name}: {}", import(&world, name, bytes)).unwrap();
    }
    std::fs::create_dir(world.path("folder.geojson")).unwrap();
    let run = world.run("import p.gpkg folder.geojson --format json");
    writeln!(text, "folder.geojson: {}", told(&run)).unwrap();
    expect![[r#"
        empty.geojson: exit 1: homeground: empty.geojson: is empty. hint: export it again, the copy may have been interrupted
        blank.csv: exit 1: homeground: blank.csv: is empty. hint: export it again, the copy may have been interrupted
        zeros.geojson: exit 1: homeground: zeros.geojson: this kind of binary file is not a format that can be read. hint: save it as GeoJSON, GeoPackage, zipped shapefile, KML, CSV or XLSX
        picture.geojson: exit 1: homeground: picture.geojson: an image is not a format that can be read. hint: attach it to a record instead
        page.geojson: exit 1: homeground: page.geojson: a web page is not a format that can be read. hint: download the file itself, not the page about it
        number.geojson: exit 1: homeground: number.geojson: this text is not a format that can be read. hint: save it as CSV with a header line, or as GeoJSON
        no-features.geojson: exit 1: homeground: no-features.geojson: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        deep.geojson: exit 1: homeground: deep.geojson: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        nested.geojson: exit 1: 0 accepted, 1 held
          E DQ-01 row 1 HA-1 geometry: the geometry cannot be read: not JSON: recursion limit exceeded at line 1 column 159
        header-only.csv: exit 1: 0 accepted, 1 held
          W IN-1 row 0 : the file has no row
        utf16.csv: exit 1: 0 accepted, 1 held
          E DQ-49 row 2 P-1 date_of_information: the record does not say of which day its information is
          E DQ-49 row 2 P-1 name: a place needs name: one of its names, for lists; no name is the true one
          W IN-2 row 2 P-1: the file is not UTF-8 and does not say what it is; it was read as UTF-16LE
        broken.zip: exit 1: homeground: broken.zip: ends too early: the ZIP has no end. hint: export or copy it again; nothing was read from it
        folder.geojson: exit 3: homeground: folder.geojson: cannot be read: Is a directory (os error 21). hint: check that the file exists on this machine and that you may read it
    "#]].assert_eq(&text);
    world.ok("verify p.gpkg");
}

#[test]
fn a_text_in_another_encoding_is_read_or_held_but_never_garbled_in_silence() {
    let world = World::new();
    let mut bytes = b"record,local_id,date_of_information,name\nplace,P-1,2021-11-01,".to_vec();
    bytes.extend([0xca, 0xe5, 0xeb, 0xfc, 0xe1, 0xe0, 0xe4, 0xe6, 0xe0, 0xf0]); // Windows-1251
    bytes.extend(b"\n");
    expect![[r#"
        exit 0: 1 accepted, 0 held
          W IN-2 row 2 P-1: the file is not UTF-8 and does not say what it is; it was read as windows-1251"#]]
    .assert_eq(&import(&world, "names.csv", bytes));
}

/// A shapefile of nothing but zeros, a thousand times smaller packed.
const BOMB: &str = "import zipfile, sys
z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)
for ending in ('shp', 'shx', 'dbf', 'prj'):
    z.writestr('a.' + ending, bytes(100_000_000))
z.close()";

#[test]
fn an_archive_that_unfolds_to_far_more_than_it_is_is_refused() {
    let world = World::new();
    let made = std::process::Command::new("python3").args(["-c", BOMB]).arg(world.path("bomb.shp.zip")).status();
    assert!(made.expect("python3 is there").success());
    let run = world.run("import p.gpkg bomb.shp.zip --format json");
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("homeground: bomb.shp.zip: "), "{}", run.stderr);
}

#[test]
fn a_thousand_errors_in_one_file_are_all_told_and_all_kept() {
    let world = World::new();
    let ring = "[46,40],[46.001,40.001],[46.001,40],[46,40.001],[46,40]";
    let features: Vec<String> = (0..1000).map(|i| hazard(&format!("HA-{i}"), &polygon(ring))).collect();
    world.write("many.geojson", file(&features));
    let report = world.json("import p.gpkg many.geojson --approve-as NMAA");
    assert_eq!((&report["accepted"], &report["held"]), (&0.into(), &1000.into()));
    let errors = report["issues"].as_array().unwrap().iter().filter(|issue| issue["rule"] == "DQ-01");
    let mut rows: Vec<u64> = errors.map(|issue| issue["row"].as_u64().unwrap()).collect();
    rows.sort_unstable();
    assert_eq!(rows, (1..=1000).collect::<Vec<_>>());
    assert_eq!(world.json("held p.gpkg").as_array().unwrap().len(), 1000);
}

/// A near-circle of so many vertices and one more, which closes it.
fn large(n: usize) -> String {
    let mut ring = String::with_capacity(n * 40);
    for i in 0..n {
        let angle = i as f64 / n as f64 * std::f64::consts::TAU;
        write!(ring, "[{:.9},{:.9}],", 46.0 + 0.05 * angle.cos(), 40.0 + 0.05 * angle.sin()).unwrap();
    }
    ring += "[46.05,40.0]";
    polygon(&ring)
}

#[track_caller]
fn assert_circle(found: &Value) {
    let m2 = found.as_f64().unwrap();
    assert!((m2 - 7.445e7).abs() < 0.02e7, "{m2}");
}

#[test]
fn a_hazard_of_a_hundred_thousand_vertices_is_read() {
    let world = World::new();
    assert_eq!(import(&world, "large.geojson", file(&[hazard("HA-1", &large(99_999))])), "exit 0: 1 accepted, 0 held");
    assert_circle(&world.state()["totals"]["remaining_m2"]);
}

/// An activity, since growing a hazard of so many vertices by its uncertainty takes minutes today.
#[test]
fn a_survey_of_a_million_vertices_is_read() {
    if !slow("a polygon of a million vertices") {
        return;
    }
    let world = World::new();
    let properties = r#"{"record":"activity","local_id":"ACT-01","date_of_information":"2021-11-01","activity":"TS"}"#;
    let feature = format!(r#"{{"type":"Feature","properties":{properties},"geometry":{}}}"#, large(999_999));
    assert_eq!(import(&world, "larger.geojson", file(&[feature])), "exit 0: 1 accepted, 0 held");
    assert_circle(&world.state()["totals"]["surveyed_m2"]);
}

#[test]
fn a_polygon_of_more_vertices_than_the_limit_is_held_by_name() {
    if !slow("a polygon of ten million vertices") {
        return;
    }
    let world = World::new();
    let said = import(&world, "largest.geojson", file(&[hazard("HA-1", &large(10_000_000))]));
    assert!(said.starts_with("exit 1: 0 accepted, 1 held\n  E IN-1 row 1"), "{said}");
    world.ok("verify p.gpkg");
}

#[test]
fn a_release_without_a_known_hazard_or_dated_before_it_is_held_with_its_rule() {
    let world = World::with("hazard_area HA-1 2021-05-01 @ 0 0 200 100");
    let reports = crate::world::reports_as_geojson(
        "release_product LR-1 2021-06-01 hazard=HA-9 @ 0 0 50 50
         release_product LR-2 2021-04-01 hazard=HA-1 @ 0 0 50 50
         release_product LR-3 2021-06-01 class=CANCELLED activity=NTS @ 900 0 950 50
         release_product LR-4 2021-06-01 class=REDUCED activity=NTS hazard=HA-1 @ 0 0 50 50
         release_product LR-5 2021-06-01 activity=MECH_PREP hazard=HA-1 @ 0 0 50 50
         hazard_area HA-1 2021-06-01 @ 0 0 50 50
         hazard_area HA-2 2021-06-01 supersedes=HA-7 @ 0 0 50 50",
    );
    let said = import(&world, "reports.geojson", reports);
    let held = said.lines().filter(|line| !line.contains(" W ")).collect::<Vec<_>>().join("\n");
    expect![[r#"
        exit 1: 0 accepted, 7 held
          E DQ-08 row 6 HA-1 local_id: hazard_area HA-1 is known already, with other content (entry <id>)
          E DQ-16 row 1 LR-1 hazard: hazard names hazard_area "HA-9", which is not known
          E DQ-16 row 7 HA-2 supersedes: no record of this kind has the local id that it supersedes
          E LR-X1 row 3 LR-3 geometry: no ground of CANCELLED release LR-3 was hazardous on 2021-06-01
          E LR-X3 row 4 LR-4 activity: REDUCED ground comes from TS, the record says NTS
          E LR-X5 row 2 LR-2 date_of_information: release LR-2 is dated 2021-04-01, before hazard HA-1 was identified on 2021-05-01
          E LR-X9 row 5 LR-5 activity: ground is never cleared by mechanical preparation alone (MECH_PREP)"#]].assert_eq(&held);
}
