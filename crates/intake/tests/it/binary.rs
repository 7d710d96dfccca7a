use expect_test::expect;
use intake::CrsCode;

use crate::scene::{fixture, read, read_with};

#[test]
fn a_zipped_shapefile_is_read_with_its_system_and_its_names() {
    expect![[r#"
        shapefile
        row 1: accepted release_product LR-1 2026-10-01 Polygon {"class":"CLEARED","depth_cm":20,"eo":["AP_MINE","UXO"],"accuracy_m":1.5,"reported_area_m2":37500}
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
          I IN-6 reported_a = reported_area_m2: the column reported_a was read as reported_area_m2: a shapefile cuts names at ten bytes
          I DQ-33 geometry = 2,502 m²: land inside holes stays unreleased: 2,502 m² (2,502). hint: land inside a hole stays hazardous; list it in the completion report
        row 2: accepted release_product LR-2 2026-10-02 MultiPolygon {"class":"CANCELLED","accuracy_m":5,"reported_area_m2":80000}
          W DQ-49 depth_cm = ************************: the number is asterisks, which stand for no value or for one that did not fit its column; it was taken as no value. hint: look it up at the source
        row 3: held, no record
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
    "#]].assert_eq(&read("releases.shp.zip", fixture("releases.shp.zip")));
}

#[test]
fn a_shapefile_without_system_table_or_beginning_is_named() {
    let stated =
        read_with("stated.zip", fixture("releases_no_prj.shp.zip"), |options| options.crs = Some(CrsCode(32638)));
    let releases = fixture("releases.shp.zip");
    let out = [
        read("no_prj.zip", fixture("releases_no_prj.shp.zip")),
        stated.lines().take(3).collect::<Vec<_>>().join("\n") + "\n",
        read("no_dbf.zip", fixture("releases_no_dbf.shp.zip")),
        read("cut.zip", &releases[..releases.len() - 200]),
        read("bare.shp", b"\x00\x00\x27\x0a"),
        read("empty.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ];
    expect![[r#"
        shapefile
        row 1: held release_product LR-1 2026-10-01 no ground {"class":"CLEARED","depth_cm":20,"eo":["AP_MINE","UXO"],"accuracy_m":1.5,"reported_area_m2":37500}
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
          I IN-6 reported_a = reported_area_m2: the column reported_a was read as reported_area_m2: a shapefile cuts names at ten bytes
          E DQ-29 geometry = 588359 4439333: the file does not say in which coordinate system its geometry is, and numbers such as 588359 4439333 are not degrees. hint: ask who made it and state it: --crs EPSG:n or crs in a profile; it is never guessed
        row 2: held release_product LR-2 2026-10-02 no ground {"class":"CANCELLED","accuracy_m":5,"reported_area_m2":80000}
          W DQ-49 depth_cm = ************************: the number is asterisks, which stand for no value or for one that did not fit its column; it was taken as no value. hint: look it up at the source
          E DQ-29 geometry = 588359 4439333: the file does not say in which coordinate system its geometry is, and numbers such as 588359 4439333 are not degrees. hint: ask who made it and state it: --crs EPSG:n or crs in a profile; it is never guessed
        row 3: held, no record
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
          E DQ-29 geometry = 588359 4439333: the file does not say in which coordinate system its geometry is, and numbers such as 588359 4439333 are not degrees. hint: ask who made it and state it: --crs EPSG:n or crs in a profile; it is never guessed
        shapefile
        row 1: accepted release_product LR-1 2026-10-01 Polygon {"class":"CLEARED","depth_cm":20,"eo":["AP_MINE","UXO"],"accuracy_m":1.5,"reported_area_m2":37500}
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
        refused: no_dbf.zip: the attribute table (.dbf) is missing. hint: send the .shp, .shx, .dbf and .prj together, best in one ZIP
        refused: cut.zip: ends too early: the ZIP has no end. hint: export or copy it again; nothing was read from it
        refused: bare.shp: the attribute table (.dbf) is missing. hint: send the .shp, .shx, .dbf and .prj together, best in one ZIP
        refused: empty.zip: an empty ZIP is not a format that can be read. hint: pack the files again
    "#]].assert_eq(&out.concat());
}

#[test]
fn encodings_of_tables_are_read_as_said_unless_the_bytes_say_otherwise() {
    let names = [
        "places_utf8.shp.zip",
        "places_cp1251.shp.zip",
        "places_cp1251_unsaid.shp.zip",
        "places_lying.shp.zip",
        "places_deleted.shp.zip",
    ];
    let out: String = names.iter().map(|name| format!("{name} {}", read(name, fixture(name)))).collect();
    expect![[r#"
        places_utf8.shp.zip shapefile
        row 1: accepted place P-1 2026-10-01 Point {"name":"Кельбаджар"}
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
        row 2: accepted place P-2 2026-10-01 Point {"name":"Истису"}
        row 3: accepted place P-3 2026-10-01 Point {"name":"Зар"}
        places_cp1251.shp.zip shapefile
        row 1: accepted place P-1 2026-10-01 Point {"name":"Кельбаджар"}
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
        row 2: accepted place P-2 2026-10-01 Point {"name":"Истису"}
        row 3: accepted place P-3 2026-10-01 Point {"name":"Зар"}
        places_cp1251_unsaid.shp.zip shapefile
        row 1: accepted place P-1 2026-10-01 Point {"name":"Кельбаджар"}
          W IN-2: the file is not UTF-8 and does not say what it is; it was read as windows-1251. hint: check names with accents or Cyrillic letters; save as UTF-8, or state the encoding in a profile
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
        row 2: accepted place P-2 2026-10-01 Point {"name":"Истису"}
        row 3: accepted place P-3 2026-10-01 Point {"name":"Зар"}
        places_lying.shp.zip shapefile
        row 1: accepted place P-1 2026-10-01 Point {"name":"Кельбаджар"}
          W IN-2: the file says it is UTF-8, which its bytes are not; it was read as windows-1251. hint: check names with accents or Cyrillic letters, and correct the .cpg file
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
        row 2: accepted place P-2 2026-10-01 Point {"name":"Истису"}
        row 3: accepted place P-3 2026-10-01 Point {"name":"Зар"}
        places_deleted.shp.zip shapefile
        row 1: accepted place P-1 2026-10-01 Point {"name":"Кельбаджар"}
          I IN-6 date_of_in = date_of_information: the column date_of_in was read as date_of_information: a shapefile cuts names at ten bytes
        row 2: accepted, no record
          I IN-1: the attribute table marks this row as deleted; it was not read. hint: pack the table in the program that made it, or restore the row there
        row 3: accepted place P-3 2026-10-01 Point {"name":"Зар"}
    "#]].assert_eq(&out);
}

#[test]
fn flatgeobuf_is_read_with_and_without_index() {
    let releases = fixture("releases.fgb");
    let out = [
        read("releases.fgb", &releases),
        read("places.fgb", fixture("places.fgb")),
        read("cut.fgb", &releases[..releases.len() - 30]),
        read("head.fgb", &releases[..40]),
    ];
    expect![[r#"
        FlatGeobuf
        row 1: accepted release_product LR-1 2026-10-01 MultiPolygon {"class":"CLEARED","depth_cm":20,"eo":["AP_MINE","UXO"],"accuracy_m":1.5,"reported_area_m2":37500}
          I DQ-33 geometry = 2,502 m²: land inside holes stays unreleased: 2,502 m² (2,502). hint: land inside a hole stays hazardous; list it in the completion report
        row 2: held, no record
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
        row 3: accepted release_product LR-2 2026-10-02 MultiPolygon {"class":"CANCELLED","accuracy_m":5,"reported_area_m2":80000}
        FlatGeobuf
        row 1: accepted place P-1 2026-10-01 Point {"name":"Кельбаджар"}
        row 2: accepted place P-2 2026-10-01 Point {"name":"Истису"}
        row 3: accepted place P-3 2026-10-01 Point {"name":"Зар"}
        FlatGeobuf
        row 1: accepted release_product LR-1 2026-10-01 MultiPolygon {"class":"CLEARED","depth_cm":20,"eo":["AP_MINE","UXO"],"accuracy_m":1.5,"reported_area_m2":37500}
          I DQ-33 geometry = 2,502 m²: land inside holes stays unreleased: 2,502 m² (2,502). hint: land inside a hole stays hazardous; list it in the completion report
        row 2: held, no record
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
        row 3: held, no record
          E IN-1: reading stopped at byte 2984: a feature of 372 bytes; the limit is 67108864, or the file is cut off or damaged. hint: copy or export the file again; what stood before it was read
        refused: head.fgb: is not readable FlatGeobuf: its header is larger than the file. hint: export it again
    "#]].assert_eq(&out.concat());
}

#[test]
fn a_workbook_gives_numbers_and_days_as_they_are() {
    let areas =
        intake::Profile::parse("name = 'areas'\nrecord = 'hazard_area'\nlayer = 'areas'\ncrs = 'EPSG:4326'").unwrap();
    let none = intake::Profile::parse("name = 'none'\nlayer = 'Tabelle1'").unwrap();
    let finds = fixture("finds.xlsx");
    let out = [
        read("finds.xlsx", &finds),
        read_with("finds.xlsx", &finds, |options| options.profile = Some(&areas)),
        read_with("finds.xlsx", &finds, |options| options.profile = Some(&none)),
        read("far_corner.xlsx", fixture("far_corner.xlsx")),
        read("cut.xlsx", &finds[..finds.len() / 2]),
    ];
    expect![[r#"
        XLSX
        row 3: accepted device_find F-1 2026-10-01 Point {"category":"UXO","quantity":2,"depth_cm":15.5}
          I IN-1: line 2 holds HXL hashtags and was not read as data
        row 4: accepted device_find 17 2026-10-02 Point {"category":"AP_MINE","quantity":1,"depth_cm":5,"note":"seen"}
        row 6: held device_find F-3 2026-10-03 no ground {"category":"UXO"}
          E DQ-01 geometry = lon=46,1 lat=40.1: the geometry cannot be read: lon has a decimal comma. hint: export it again
          E DQ-49 quantity = two: this is no number. hint: write digits with a decimal point and nothing else
        row 7: held, no record
          E DQ-49 depth_cm = #DIV/0!: the cell holds the error #DIV/0! instead of a value. hint: repair the formula, or type the value
          E DQ-49 date_of_information = 20261004: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
        row 9: held, no record
          E IN-1: the row has 200 cells, the header 9: the values may stand in the wrong columns. hint: look for a delimiter inside a text or a number, and put that value in quotes
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
          I IN-6 @column_200 = far away: device_find has no field @column_200; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
          E DQ-49 category: a device_find needs category: what sort of ordnance; a mix nobody split is `UNKNOWN`. hint: add it at the source
        XLSX
        row 2: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        refused: finds.xlsx: has no sheet "Tabelle1", which the profile names; it has cover, finds, areas. hint: correct the profile, or use the one made for this file
        XLSX
        row 1048576: held, no record
          E IN-1: the row has 16384 cells, the header 1: the values may stand in the wrong columns. hint: look for a delimiter inside a text or a number, and put that value in quotes
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
        refused: cut.xlsx: ends too early: the ZIP has no end. hint: export or copy it again; nothing was read from it
    "#]].assert_eq(&out.concat());
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let files: [(&str, &[u8]); 8] = [
        ("a.pdf", b"%PDF-1.7"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.gz", b"\x1f\x8b\x08"),
        ("a.jpg", b"\xff\xd8\xff\xe0"),
        ("a.bin", b"\0\x01\x02\x03\xfe\xff\0\0\x01\x02"),
        ("a", b"dear colleagues"),
        ("a.csv", b""),
        ("a.gpkg", b"SQLite format 3\0"),
    ];
    let out: String = files.iter().map(|(name, content)| read(name, content)).collect();
    let missing = intake::open(std::path::Path::new("/nowhere/x.csv"), &crate::scene::options("x.csv")).err().unwrap();
    expect![[r#"
        refused: a.pdf: a PDF is not a format that can be read. hint: ask for the data behind it: a spreadsheet or a map layer
        refused: a.xls: an old Excel or Word file is not a format that can be read. hint: save it as .xlsx
        refused: a.gz: a gzip file is not a format that can be read. hint: unpack it first
        refused: a.jpg: an image is not a format that can be read. hint: attach it to a record instead
        refused: a.bin: this kind of binary file is not a format that can be read. hint: save it as GeoJSON, GeoPackage, zipped shapefile, KML, CSV or XLSX
        refused: a: this text is not a format that can be read. hint: save it as CSV with a header line, or as GeoJSON
        refused: a.csv: is empty. hint: export it again, the copy may have been interrupted
        refused: a.gpkg: is a GeoPackage, whose rows are read by the store. hint: use `open_rows`
        x.csv: no such file. hint: check the path
    "#]].assert_eq(&format!("{out}{missing}\n"));
}

#[test]
fn a_parquet_file_that_is_none_is_named() {
    let footers: [&[u8]; 4] =
        [b"PAR1", b"PAR1PAR1", b"PAR1\0\0\0\0\x10\0\0\0PAR1", b"PAR1\x15\x04\x15\xff\xff\xff\xff\x0f\x09\0\0\0PAR1"];
    for bytes in footers {
        let said = read("cut.parquet", bytes);
        assert!(said.contains("Parquet") && said.contains("export it again as GeoParquet"), "{said}");
    }
}
