//! Tables with one row a leg (GEO-1 to GEO-7, DOMAIN §5.1).

use expect_test::{Expect, expect};
use intake::Profile;

use crate::scene::{collection, feature, options, read, read_with, scratch};

const HEAD: &str =
    "record,local_id,date_of_information,class,north,unit,declination,from,to,bearing,distance_m,lon,lat\n";

/// PT-2: the closing leg that fits.
const CLOSED: &str = "hazard_area,HA-1,2026-10-01,CHA,MAGNETIC,deg,6.2,,RP,,,46.0383,40.1065
,HA-1,,,,,,RP,BM,52.0,118.4,,
,HA-1,,,,,,BM,SP,95.5,43.0,,
,HA-1,,,,,,SP,TP1,20.0,140.0,,
,HA-1,,,,,,TP1,TP2,98.0,205.5,,
,HA-1,,,,,,TP2,TP3,176.5,160.2,,
,HA-1,,,,,,TP3,TP4,262.0,150.0,,
,HA-1,,,,,,TP4,SP,304.5,137.6,,
";

fn without_points(text: &str) -> String {
    text.lines().filter(|line| !line.contains("DQ-31")).map(|line| format!("{line}\n")).collect()
}

fn check(file: &str, expected: &Expect) {
    expected.assert_eq(&without_points(&read("legs.csv", file)));
}

#[test]
fn the_legs_of_a_polygon_become_one_record_with_all_that_was_measured() {
    check(
        &format!("{HEAD}{CLOSED}"),
        &expect![[r#"
        CSV
        row 2: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"CHA","accuracy_m":13.26,"geometry_quality":"SURVEYED"}
          I GEO-6 traverse: the legs miss their start by 0.78 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
          W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
    "#]],
    );
    let (_folder, path) = scratch("legs.csv", format!("{HEAD}{CLOSED}").as_bytes());
    let draft = intake::open(&path, &options("legs.csv")).unwrap().next().unwrap();
    let kept = draft.record.unwrap().as_entered;
    assert_eq!(kept["verdict"], "OK");
    assert_eq!((kept["traverse"]["legs"].as_array().unwrap().len(), kept["points"].as_array().unwrap().len()), (7, 7));
    assert_eq!((&kept["points"][1]["role"], &kept["points"][1]["name"]), (&"benchmark".into(), &"BM".into()));
    // PT-2: the area after Bowditch, with edges straight in longitude and latitude.
    assert!((kept["adjusted_area_m2"].as_f64().unwrap() - 41_688.7).abs() < 1.0);
    assert_eq!(kept["adjusted"].as_array().unwrap().len(), 5);
}

#[test]
fn a_traverse_that_does_not_close_is_held_and_every_cell_that_cannot_be_read_is_named_with_its_row() {
    // PT-1.
    check(
        &format!("{HEAD}{}", CLOSED.replace("304.5,137.6", "300.5,84.0")),
        &expect![[r#"
        CSV
        row 2: held hazard_area HA-1 2026-10-01 Polygon {"class":"CHA","accuracy_m":13.26,"geometry_quality":"SURVEYED"}
          E DQ-30 traverse: closing leg, closing: the closing leg ends 53.47 m from the start point, 1:14 of the perimeter. hint: measure again, or look for a leg with a wrong bearing, distance or direction
          I GEO-6 traverse: the legs miss their start by 53.47 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
          W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
    "#]],
    );
    let broken =
        CLOSED.replace("20.0,140.0", "twenty,140.0").replace("98.0,205.5", "98.0,\"1,200\"").replace("deg", "");
    check(
        &format!("{HEAD}{broken}"),
        &expect![[r#"
        CSV
        row 2: held hazard_area HA-1 2026-10-01 no ground {"class":"CHA"}
          E DQ-29 traverse: unit: it is not declared. hint: say deg, gon, mil6400 or mil6000
          E GEO-4 traverse = 1,200: leg 4 (row 6), distance_m: a distance is a number of metres above 0
          W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
    "#]],
    );
}

#[test]
fn what_the_rows_say_of_the_record_must_agree_and_legs_must_hang_together() {
    check(
        &format!("{HEAD}{}", CLOSED.replace(",HA-1,,,,,,BM,SP", ",HA-1,2026-10-02,,TRUE,,,BM,SP")),
        &expect![[r#"
            CSV
            row 2: held hazard_area HA-1 2026-10-01 Polygon {"class":"CHA","accuracy_m":13.26,"geometry_quality":"SURVEYED"}
              E DQ-12 north = MAGNETIC and TRUE (row 4): two values are given for one field: north. hint: delete the wrong one
              E DQ-12 date_of_information = 2026-10-01 and 2026-10-02 (row 4): two values are given for one field: date_of_information. hint: delete the wrong one
              I GEO-6 traverse: the legs miss their start by 0.78 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
              W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
        "#]],
    );
    // The last two rows name no polygon: the first goes on where the leg before ended, the second does not.
    let lost = CLOSED.replace(",HA-1,,,,,,TP3,TP4", ",,,,,,,TP3,TP4").replace(",HA-1,,,,,,TP4,SP", ",,,,,,,TP9,SP");
    check(
        &format!("{HEAD}{lost}"),
        &expect![[r#"
        CSV
        row 2: held hazard_area HA-1 2026-10-01 no ground {"class":"CHA"}
          E GEO-1 local_id: row 9 names no polygon and does not begin where the leg before it ended. hint: name the polygon of every leg
          E GEO-1 traverse = TP9: leg 7 (row 9), from: no leg before this one leads there. hint: known by then: RP, BM, SP, TP1, TP2, TP3, TP4
          E DQ-06 traverse = SP: leg 7 (row 9), to: a point of this name is there already
          W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
    "#]],
    );
    // A leg with a position: nobody says whether it is that of its beginning or of its end.
    let unclear =
        CLOSED.lines().skip(1).collect::<Vec<_>>().join("\n").replace("52.0,118.4,,", "52.0,118.4,46.0383,40.1065");
    check(
        &format!("{HEAD}{unclear}\n"),
        &expect![[r#"
        CSV
        row 2: held, no record
          E GEO-1 geometry = lon=46.0383 lat=40.1065: row 2 gives a leg and a position, and nothing says whose the position is. hint: put the point that the legs begin at into a row of its own, without a bearing; or say position = "from" or "to" under [legs] of a profile
          E DQ-49 record: nothing says which kind of record this is. hint: add a column record, or import with --as
          E DQ-49 date_of_information: the record does not say of which day its information is. hint: add date_of_information, the day the report is about; it is never taken from another column
          E DQ-29 traverse: datum_point: the point from which the legs begin is missing. hint: give {"lon", "lat"} in degrees, {"crs", "x", "y"}, {"mgrs"}, {"utm"} or {"text"}
          E DQ-29 traverse: north: it is not declared. hint: say MAGNETIC, TRUE or GRID:EPSG:n; a bearing without a north means nothing
          E DQ-29 traverse: unit: it is not declared. hint: say deg, gon, mil6400 or mil6000
    "#]],
    );
}

#[test]
fn bowditch_is_taken_where_the_file_asks_for_it() {
    let head = HEAD.replace("unit", "ring,unit");
    let asked = CLOSED.replace("MAGNETIC,", "MAGNETIC,adjusted,").replace(",HA-1,,,,,,", ",HA-1,,,,,,,");
    check(
        &format!("{head}{asked}"),
        &expect![[r#"
        CSV
        row 2: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"CHA","accuracy_m":13.26,"geometry_quality":"SURVEYED"}
          I GEO-6 traverse = adjusted: the ground is Bowditch's adjustment of a misclosure of 0.78 m; the raw points are kept beside it
          W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
    "#]],
    );
    let open: String = asked.lines().take(7).map(|line| format!("{line}\n")).collect();
    check(
        &format!("{head}{open}"),
        &expect![[r#"
        CSV
        row 2: held hazard_area HA-1 2026-10-01 Polygon {"class":"CHA","accuracy_m":13.26,"geometry_quality":"SURVEYED"}
          W GEO-6 traverse: the traverse has no closing leg, so nothing shows a slip in it. hint: give the leg from the last point back to the start, if the form has one
          E GEO-6 traverse = adjusted: the adjusted ring is asked for, and there is no closing leg to adjust by. hint: give the closing leg, or ring = raw
          W DQ-23 evidence: a confirmed hazardous area rests on direct evidence, the record states none. hint: add evidence = direct and what was seen
    "#]],
    );
}

/// Paces and Soviet mils from a bridge on SK-42, in the words of a form.
#[test]
fn a_profile_names_the_columns_and_the_units() {
    let profile = Profile::parse(
        "name = 'field book'\nrecord = 'hazard_area'\ncrs = 'EPSG:28408'\n\
         [ground]\nx = 'Y'\ny = 'X'\n[legs]\npolygon = 'Поле'\nfrom = 'От'\nto = 'До'\nbearing = 'Угол'\ndistance = 'Шаги'\n\
         metres_per_unit = 0.75\nposition = 'from'\nmarker = 'Знак'\nobserved_on = 'Дата'\n\
         [legs.constant]\nnorth = 'MAGNETIC'\nunit = 'mil6000'\n\
         [rename]\n'Поле' = 'local_id'\n[constant]\nclass = 'SHA'\ndate_of_information = '2026-10-01'\n[date]\nformat = '%d.%m.%Y'\n",
    )
    .unwrap();
    let file = "Поле;Дата;От;До;Угол;Шаги;Знак;Y;X\n\
                М-7;01.04.1993;SP;TP1;0-00;100;К-1;8588500;4441200\n\
                М-7;;TP1;TP2;15-00;100;К-2;;\n\
                М-7;;TP2;TP3;30-00;100;К-3;;\n\
                М-7;;TP3;SP;45-00;100;К-4;;\n";
    let found = read_with("book.csv", file, |options| options.profile = Some(&profile));
    expect![[r#"
        CSV
        row 2: accepted hazard_area М-7 2026-10-01 Polygon {"control_group":["К-1","К-2","К-3","К-4"],"class":"SHA","accuracy_m":6.41,"geometry_quality":"SURVEYED"}
          I GEO-6 traverse: the legs miss their start by 0.00 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
    "#]].assert_eq(&without_points(&found));
    let mistake = Profile::parse("name = 'b'\n[legs]\n[legs.constant]\nnorht = 'TRUE'").unwrap_err().to_string();
    assert!(mistake.contains("norht") && mistake.contains("north"), "{mistake}");
}

#[test]
fn legs_may_be_features() {
    let of = |leg: &str, geometry: &str| {
        feature(
            &format!(
                r#""record":"hazard_area","local_id":"HA-1","date_of_information":"2026-10-01","class":"SHA","north":"TRUE","unit":"gon",{leg}"#
            ),
            geometry,
        )
    };
    let leg = |from: &str, to: &str, bearing: u32| {
        of(&format!(r#""from":"{from}","to":"{to}","bearing":{bearing},"distance_m":40"#), "null")
    };
    let point = of(r#""to":"SP","bearing":null,"distance_m":null"#, r#"{"type":"Point","coordinates":[46.1,40.1]}"#);
    let file = collection(&[
        point,
        leg("SP", "TP1", 0),
        leg("TP1", "TP2", 100),
        leg("TP2", "TP3", 200),
        leg("TP3", "SP", 300),
    ]);
    expect![[r#"
        GeoJSON
        row 1: accepted hazard_area HA-1 2026-10-01 Polygon {"class":"SHA","accuracy_m":2.8,"geometry_quality":"SURVEYED"}
          I GEO-6 traverse: the legs miss their start by 0.00 m; the ground is as measured, Bowditch's adjustment is kept beside it. hint: to take the adjusted ring, give ring = adjusted
    "#]].assert_eq(&read("legs.geojson", file));
}

/// A slip of the id in a long file: no part of it passes for the whole boundary.
#[test]
fn a_polygon_of_more_rows_than_are_read_is_held_whole_and_the_rows_left_out_are_named() {
    let mut file = format!("{HEAD}{}", CLOSED.lines().next().unwrap());
    for at in 0..10_003 {
        file += &format!("\n,HA-1,,,,,,P{at},P{},90,1,,", at + 1);
    }
    file += "\nhazard_area,HA-2,2026-10-01,CHA,,,,,,,,46.1,40.1\n";
    let (_folder, path) = scratch("legs.csv", file.as_bytes());
    let drafts: Vec<_> = intake::open(&path, &options("legs.csv")).unwrap().collect();
    assert_eq!(drafts.len(), 2, "what follows is a record of its own");
    let found = drafts[0].issues.iter().find(|issue| issue.message.starts_with("rows ")).unwrap();
    assert_eq!(found.message, "rows 10002 to 10005 name this polygon too; 10000 rows of one polygon are read at most");
    assert_eq!(found.severity, records::Severity::Error);
}

/// A table of points may have the columns of legs and no leg in them.
#[test]
fn rows_of_one_id_without_a_leg_stay_rows_of_their_own() {
    let rows = "hazard_area,HA-1,2026-10-01,CHA,,,,,,,,46.1,40.1\nhazard_area,HA-1,2026-10-02,CHA,,,,,,,,46.2,40.1\n";
    let (_folder, path) = scratch("legs.csv", format!("{HEAD}{rows}").as_bytes());
    let drafts: Vec<_> = intake::open(&path, &options("legs.csv")).unwrap().collect();
    assert_eq!(drafts.iter().map(|draft| draft.row).collect::<Vec<_>>(), [2, 3]);
    assert!(drafts.iter().all(|draft| draft.issues.iter().all(|issue| issue.rule != "DQ-12")), "nothing was merged");
}
