use expect_test::expect;
use intake::CrsCode;

use crate::scene::{read, read_with};

#[test]
fn ground_comes_as_text_or_as_two_columns() {
    let wkt = "record,local_id,date_of_information,class,accuracy_m,WKT\n\
               hazard_area,HA-1,2026-10-01,SHA,5,\"SRID=4326;POLYGON ((46.1 40.1, 46.101 40.1, 46.1 40.101, 46.1 40.1))\"\n\
               hazard_area,HA-2,2026-10-01,SHA,5,\"POLYGON ((46.1 40.1, 46.101 40.1, 46.1 40.101, 46.1 40.1))\"\n\
               hazard_area,HA-3,2026-10-01,SHA,5,\"POLYGON ((588359 4439333, 588459 4439333, 588459 4439433, 588359 4439333))\"\n\
               hazard_area,HA-4,2026-10-01,SHA,5,\"POLYGON ((46.1 40.1, 46.101\"\n\
               hazard_area,HA-5,2026-10-01,SHA,5,\n\
               hazard_area,HA-6,2026-10-01,SHA,5,\"SRID=32638;POLYGON Z ((588359 4439333 1, 588459 4439333 1, 588459 4439433 1, 588359 4439333 1))\"\n";
    let lonlat = "record;local_id;date_of_information;category;Lon;Lat\n\
                  device_find;F-1;2026-10-01;UXO;46.1;40.1\n\
                  device_find;F-2;2026-10-01;UXO;46,1;40.1\n\
                  device_find;F-3;2026-10-01;UXO;46.1;\n\
                  device_find;F-4;2026-10-01;UXO;;\n\
                  device_find;F-5;2026-10-01;UXO;40°06'23\"N;46\n\
                  device_find;F-6;2026-10-01;UXO;40.1;146.1\n\
                  device_find;F-7;2026-10-01;UXO;NaN;46\n\
                  device_find;F-8;2026-10-01;UXO;1e300;46\n\
                  device_find;F-9;2026-10-01;UXO;0;0\n\
                  device_find;F-10;2026-10-01;UXO;46;40\n";
    let out = [read("wkt.csv", wkt), read("lonlat.csv", lonlat)];
    expect![[r#"
        CSV
        row 2: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
        row 3: accepted hazard_area HA-2 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          W DQ-29 geometry: the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude. hint: state it: --crs EPSG:4326, crs in a profile, or SRID=4326; before the text
        row 4: held hazard_area HA-3 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-29 geometry = 588359 4439333: the file does not say in which coordinate system its geometry is, and numbers such as 588359 4439333 are not degrees. hint: ask who made it and state it: --crs EPSG:n or crs in a profile; it is never guessed
        row 5: held hazard_area HA-4 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E DQ-01 geometry = POLYGON ((46.1 40.1, 46.101: the geometry cannot be read: well-known text is broken at character 27: a number was expected. hint: export it again
        row 6: held hazard_area HA-5 2026-10-01 no ground {"class":"SHA","accuracy_m":5}
          E LR-X8 geometry: a hazard_area needs a polygon, nothing was given. hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
        row 7: accepted hazard_area HA-6 2026-10-01 Polygon {"class":"SHA","accuracy_m":5}
          I DQ-34 geometry: heights or measures were given and are not kept
        CSV
        row 2: accepted device_find F-1 2026-10-01 Point {"category":"UXO"}
        row 3: held device_find F-2 2026-10-01 no ground {"category":"UXO"}
          E DQ-01 geometry = Lon=46,1 Lat=40.1: the geometry cannot be read: Lon has a decimal comma. hint: export it again
        row 4: held device_find F-3 2026-10-01 no ground {"category":"UXO"}
          E DQ-01 geometry = Lon=46.1 Lat=: the geometry cannot be read: Lat is no number. hint: export it again
        row 5: accepted device_find F-4 2026-10-01 no ground {"category":"UXO"}
        row 6: held device_find F-5 2026-10-01 no ground {"category":"UXO"}
          E DQ-01 geometry = Lon=40°06'23"N Lat=46: the geometry cannot be read: Lon is in degrees, minutes and seconds. hint: export it again
        row 7: held device_find F-6 2026-10-01 Point {"category":"UXO"}
          E GEO-11 geometry = 40.1 146.1: vertex 1 is no place on Earth: longitude 40.1, latitude 146.1; swapped it would be one. hint: are latitude and longitude swapped? longitude comes first
        row 8: held device_find F-7 2026-10-01 no ground {"category":"UXO"}
          E DQ-01 geometry = Lon=NaN Lat=46: the geometry cannot be read: Lon is no finite number. hint: export it again
        row 9: held device_find F-8 2026-10-01 Point {"category":"UXO"}
          E GEO-11 geometry = 1e300 46: vertex 1 is no place on Earth: longitude 1e300, latitude 46. hint: are these metres of a grid, degrees and minutes, or a slipped decimal point? state the coordinate system, or correct it
        row 10: accepted device_find F-9 2026-10-01 Point {"category":"UXO"}
          W DQ-28 geometry = 0.0000 0.0000: the ground lies at 0° 0°, where devices put what they do not know. hint: check the coordinates
        row 11: accepted device_find F-10 2026-10-01 Point {"category":"UXO"}
          W DQ-28 geometry = 46.0000 40.0000: every coordinate is in whole degrees, 111 km apart. hint: were the decimals lost?
    "#]].assert_eq(&out.concat());
}

#[test]
fn a_stated_system_is_used_and_soviet_axes_are_read_by_their_names() {
    let xy = "record,local_id,date_of_information,category,x,y\n\
              device_find,F-1,2026-10-01,UXO,4441200,8588500\n";
    let named = "record,local_id,date_of_information,category,easting,northing\n\
                 device_find,F-1,2026-10-01,UXO,8588500,4441200\n\
                 device_find,F-2,2026-10-01,UXO,4441200,8588500\n\
                 device_find,F-3,2026-10-01,UXO,1e300,8588500\n";
    let gk = |name: &str, text: &str| read_with(name, text, |options| options.crs = Some(CrsCode(28408)));
    let other = read_with("op.csv", named, |options| {
        options.crs = Some(CrsCode(28408));
        options.operation = Some(1808);
    });
    let out = [
        gk("xy.csv", xy),
        gk("named.csv", named),
        other.lines().take(2).collect::<Vec<_>>().join("\n"),
        read("none.csv", xy),
    ];
    expect![[r#"
        CSV
        row 2: accepted device_find F-1 2026-10-01 Point {"category":"UXO"}
          I DQ-29: the columns x and y were read as EPSG:28408 names its axes: x is the northing, y the easting with its zone. hint: if they stand the other way round, name them easting and northing
          I DQ-29 geometry = EPSG:28408: coordinates in EPSG:28408 were brought to WGS 84 by EPSG:15865 (Pulkovo 1942 to WGS 84 (16)), accurate to 4.5 m. hint: the coordinates as given are kept; another operation can be stated in a profile

        CSV
        row 2: accepted device_find F-1 2026-10-01 Point {"category":"UXO"}
          I DQ-29 geometry = EPSG:28408: coordinates in EPSG:28408 were brought to WGS 84 by EPSG:15865 (Pulkovo 1942 to WGS 84 (16)), accurate to 4.5 m. hint: the coordinates as given are kept; another operation can be stated in a profile
        row 3: held device_find F-2 2026-10-01 Point {"category":"UXO"}
          E GEO-11 geometry = -27.0811 53.8301: by EPSG:28408 (Pulkovo 1942 / Gauss-Kruger zone 8) the ground lies at -27.0811 53.8301, far outside where that system is used; with easting and northing swapped it would lie inside, 5504993 m from there. hint: are they swapped? the easting comes first
        row 4: held device_find F-3 2026-10-01 no ground {"category":"UXO"}
          E GEO-11 geometry: vertex 1 cannot be brought to WGS 84: the position 1e300 8.5885e6 has no image by EPSG:28408. hint: check digits and coordinate system

        CSV
        row 2: accepted device_find F-1 2026-10-01 Point {"category":"UXO"}
        CSV
        row 2: held device_find F-1 2026-10-01 no ground {"category":"UXO"}
          E DQ-29 geometry = 4441200 8588500: the file does not say in which coordinate system its geometry is, and numbers such as 4441200 8588500 are not degrees. hint: ask who made it and state it: --crs EPSG:n or crs in a profile; it is never guessed
    "#]].assert_eq(&out.join("\n"));
}

#[test]
fn encodings_are_found_out_and_said() {
    let text = "record,local_id,date_of_information,name\nplace,P-1,2026-10-01,Кельбаджар\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cp1251 = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
    let latin = encoding_rs::WINDOWS_1252
        .encode("record,local_id,date_of_information,name\nplace,P-1,2026-10-01,São João\n")
        .0
        .into_owned();
    let out = [
        read("bom.csv", format!("\u{feff}{text}")),
        read("utf16.csv", utf16),
        read("cp1251.csv", cp1251),
        read("latin.csv", latin),
    ];
    expect![[r#"
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"Кельбаджар"}
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"Кельбаджар"}
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"Кельбаджар"}
          W IN-2: the file is not UTF-8 and does not say what it is; it was read as windows-1251. hint: check names with accents or Cyrillic letters; save as UTF-8, or state the encoding in a profile
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"São João"}
          W IN-2: the file is not UTF-8 and does not say what it is; it was read as windows-1252. hint: check names with accents or Cyrillic letters; save as UTF-8, or state the encoding in a profile
    "#]].assert_eq(&out.concat());
}

#[test]
fn rows_that_slipped_and_quotes_that_never_close_are_named() {
    let file = "record,local_id,date_of_information,name,note\n\
                place,P-1,2026-10-01,Istisu\n\
                \n\
                place,P-2,2026-10-01,Istisu,a,b,c\n\
                ,,,,\n\
                place,P-3,2026-10-01,\"two\nlines\",ok\n\
                place,P-4,2026-10-01,\"never closed,ok\n\
                place,P-5,2026-10-01,Istisu,ok\n";
    expect![[r#"
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"Istisu"}
          W IN-1: the row has 4 cells, the header 5; the last columns were taken as empty. hint: fill the row up with empty cells
        row 4: held place P-2 2026-10-01 no ground {"name":"Istisu","note":"a","other":{"@column_6":"b","@column_7":"c"}}
          E IN-1: the row has 7 cells, the header 5: the values may stand in the wrong columns. hint: look for a delimiter inside a text or a number, and put that value in quotes
          I IN-6 @column_6 = b: place has no field @column_6; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
          I IN-6 @column_7 = c: place has no field @column_7; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
        row 6: accepted place P-3 2026-10-01 no ground {"name":"two\nlines","note":"ok"}
        row 8: held place P-4 2026-10-01 no ground {"name":"never closed,ok\nplace,P-5,2026-10-01,Istisu,ok\n"}
          W IN-1: the row has 4 cells, the header 5; the last columns were taken as empty. hint: fill the row up with empty cells
          E IN-1: a quote that opens in line 8 is never closed, so lines 8 to 10 became one row. hint: close it, or double a quote that belongs to the text
    "#]].assert_eq(&read("slipped.csv", file));
}

#[test]
fn hashtags_names_given_twice_and_unknown_columns_are_said_once() {
    let file = "record,local_id,date_of_information,name, Name ,depth,name\n\
                #meta,#meta+id,#date,#loc+name,,,\n\
                place,P-1,2026-10-01,Istisu,x,3,y\n\
                place,P-2,2026-10-01,Istisu,x,3,\n";
    expect![[r#"
        CSV
        row 3: held place P-1 2026-10-01 no ground {"name":"Istisu","other":{"Name":"x","depth":"3","name@7":"y"}}
          W DQ-12 name = name: two columns have this name; the second is kept under a name with its number. hint: rename or delete one of them
          I IN-1: line 2 holds HXL hashtags and was not read as data
          E DQ-12 name = Istisu and y: two values are given for one field: name. hint: delete the wrong one
          W IN-6 Name = x: place has no field Name; it is kept under other, here and in every row that has it. hint: name was probably meant
          I IN-6 depth = 3: place has no field depth; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
          I IN-6 name@7 = y: place has no field name@7; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
        row 4: accepted place P-2 2026-10-01 no ground {"name":"Istisu","other":{"Name":"x","depth":"3"}}
    "#]].assert_eq(&read("hxl.csv", file));
}

#[test]
fn tabs_bars_and_semicolons_are_found() {
    let rows = [["record", "local_id", "date_of_information", "name"], ["place", "P-1", "2026-10-01", "a, b"]];
    let with = |mark: &str| rows.map(|row| row.join(mark)).join("\n");
    let out = [read("t.tsv", with("\t")), read("b.txt", with("|")), read("s.csv", with(";"))];
    expect![[r#"
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"a, b"}
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"a, b"}
        CSV
        row 2: accepted place P-1 2026-10-01 no ground {"name":"a, b"}
    "#]]
    .assert_eq(&out.concat());
}

#[test]
fn ids_and_kinds_must_be_given_and_may_not_contradict() {
    let file = "record,local_id,date_of_information,name\n\
                place,,2026-10-01,Istisu\n\
                place, P-2 ,2026-10-01,Istisu\n\
                ,P-3,2026-10-01,Istisu\n\
                Place,P-4,2026-10-01,Istisu\n\
                village,P-5,2026-10-01,Istisu\n\
                place,P-6,,Istisu\n\
                place,P-7,2027-10-01,Istisu\n\
                place,P-8,2025-02-30,N/A\n";
    let contradicted =
        read_with("as.csv", "record,local_id,date_of_information,name\nplace,P-1,2026-10-01,Istisu\n", |options| {
            options.as_record = Some(records::RecordKind::Monument);
        });
    expect![[r#"
        CSV
        row 2: held, no record
          E DQ-08 local_id: the record has no local id. hint: give every record an id of your own that never changes; a profile can make one from columns
        row 3: accepted place P-2 2026-10-01 no ground {"name":"Istisu"}
          W DQ-08 local_id = " P-2 ": local_id has blanks around it, which were left out. hint: delete them at the source, so that both sides call it the same
        row 4: held, no record
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
        row 5: held, no record
          E DQ-49 record = Place: this is no kind of record. hint: place was probably meant
        row 6: held, no record
          E DQ-49 record = village: this is no kind of record. hint: hazard_area, release_product, device_find and others stand in the reference
        row 7: held, no record
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
        row 8: held place P-7 2027-10-01 no ground {"name":"Istisu"}
          E DQ-18 date_of_information = 2027-10-01: date_of_information lies after 2026-11-24, the day of recording. hint: correct the year or the order of day and month
        row 9: held, no record
          E DQ-49 date_of_information = 2025-02-30: there is no day 2025-02-30. hint: correct it at the source
          W DQ-49 name = N/A: the text N/A probably stands for nothing; it is kept as text. hint: leave the field empty, or list the text as blank in a profile
        CSV
        row 2: held, no record
          E DQ-49 record = place: the row says it is this, the command or the profile says monument. hint: import without --as, or correct the column record
    "#]].assert_eq(&(read("ids.csv", file) + &contradicted));
}

#[test]
fn a_million_letters_in_one_cell_and_a_row_beyond_the_limit_are_survived() {
    let long = "x".repeat(1_000_000);
    let file = format!(
        "record,local_id,date_of_information,name,note\nplace,P-1,2026-10-01,Istisu,{long}\nplace,P-2,2026-10-01,Istisu,\n"
    );
    assert_eq!(read("long.csv", file).matches("accepted").count(), 2);
    let endless = format!(
        "record,local_id,date_of_information,name,note\nplace,P-1,2026-10-01,Istisu,\"{}\"\nplace,P-2,2026-10-01,Istisu,\n",
        "y,\n".repeat(23_000_000)
    );
    expect![[r#"
        CSV
        row 2: held, no record
          E IN-1: this row has 69000024 bytes, the limit is 67108864; it was not read, it begins at its line. hint: split it; if it is a table, look for a quote that is never closed
        row 23000003: accepted place P-2 2026-10-01 no ground {"name":"Istisu"}
    "#]].assert_eq(&read("endless.csv", endless));
}
