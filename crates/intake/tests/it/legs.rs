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
    check(&format!("{HEAD}{CLOSED}"), &expect![[]]);
    let (_folder, path) = scratch("legs.csv", format!("{HEAD}{CLOSED}").as_bytes());
    let draft = intake::open(&path, &options("legs.csv")).unwrap().next().unwrap();
    let kept = draft.record.unwrap().as_entered;
    assert_eq!(kept["verdict"], "OK");
    assert_eq!((kept["traverse"]["legs"].as_array().unwrap().len(), kept["points"].as_array().unwrap().len()), (7, 8));
    assert_eq!((&kept["points"][1]["role"], &kept["points"][1]["name"]), (&"benchmark".into(), &"BM".into()));
    // PT-2: the area after Bowditch, with edges straight in longitude and latitude.
    assert!((kept["adjusted_area_m2"].as_f64().unwrap() - 41_688.7).abs() < 1.0);
    assert_eq!(kept["adjusted"].as_array().unwrap().len(), 5);
}

#[test]
fn a_traverse_that_does_not_close_is_held_and_every_cell_that_cannot_be_read_is_named_with_its_row() {
    // PT-1.
    check(&format!("{HEAD}{}", CLOSED.replace("304.5,137.6", "300.5,84.0")), &expect![[]]);
    let broken =
        CLOSED.replace("20.0,140.0", "twenty,140.0").replace("98.0,205.5", "98.0,\"1,200\"").replace("deg", "");
    check(&format!("{HEAD}{broken}"), &expect![[]]);
}

#[test]
fn what_the_rows_say_of_the_record_must_agree_and_legs_must_hang_together() {
    check(&format!("{HEAD}{}", CLOSED.replace(",HA-1,,,,,,BM,SP", ",HA-1,2026-10-02,,TRUE,,,BM,SP")), &expect![[]]);
    // The last two rows name no polygon: the first goes on where the leg before ended, the second does not.
    let lost = CLOSED.replace(",HA-1,,,,,,TP3,TP4", ",,,,,,,TP3,TP4").replace(",HA-1,,,,,,TP4,SP", ",,,,,,,TP9,SP");
    check(&format!("{HEAD}{lost}"), &expect![[]]);
    // A leg with a position: nobody says whether it is that of its beginning or of its end.
    let unclear =
        CLOSED.lines().skip(1).collect::<Vec<_>>().join("\n").replace("52.0,118.4,,", "52.0,118.4,46.0383,40.1065");
    check(&format!("{HEAD}{unclear}\n"), &expect![[]]);
}

#[test]
fn bowditch_is_taken_where_the_file_asks_for_it() {
    let head = HEAD.replace("unit", "ring,unit");
    let asked = CLOSED.replace("MAGNETIC,", "MAGNETIC,adjusted,").replace(",HA-1,,,,,,", ",HA-1,,,,,,,");
    check(&format!("{head}{asked}"), &expect![[]]);
    let open: String = asked.lines().take(7).map(|line| format!("{line}\n")).collect();
    check(&format!("{head}{open}"), &expect![[]]);
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
    expect![[]].assert_eq(&without_points(&found));
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
    expect![[]].assert_eq(&read("legs.geojson", file));
}
