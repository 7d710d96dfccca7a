//! Phones and forms from the command line.

use crate::world::World;

/// A form that says of its answers that they are finds.
const FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Short find</h:title><model><instance><data id="short_find" version="1"><seen/><what/><where/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/seen" type="date"/><bind nodeset="/data/where" type="geopoint"/></model></h:head><h:body/></h:html>"#;

const PROFILE: &str = "name = 'Short find'\nrecord = 'device_find'\nlocal_id = '{instanceID}'\n\
                       [rename]\nseen = 'date_of_information'\nwhat = 'category'\n";

const FILLED: &str = r#"<data id="short_find" version="1"><seen>2026-11-01</seen><what>UXO</what><where>40.1 46.04 0 4</where><meta><instanceID>uuid:1</instanceID></meta></data>"#;

#[test]
fn a_filled_form_is_a_file_like_any_other_once_its_form_is_known() {
    let world = World::new();
    world.write("find.xml", FORM);
    world.write("find.toml", PROFILE);
    world.write("filled.xml", FILLED);
    let unknown = world.run("import p.gpkg filled.xml --format json");
    assert_eq!((unknown.status, unknown.json()["held"].as_u64()), (1, Some(1)), "nobody says what it is");
    world.ok("form p.gpkg find.xml --map find.toml");
    assert!(world.ok("form p.gpkg").contains("short_find"));
    let known = world.json("import p.gpkg filled.xml");
    assert_eq!((known["accepted"].as_u64(), known["held"].as_u64()), (Some(1), Some(0)), "{known}");
    assert_eq!(world.json("import p.gpkg filled.xml")["already_known"], 1);
    world.ok("verify p.gpkg");
    // Forms and what they mean travel in a copy; phones do not.
    world.ok("phone p.gpkg add Team-3 --address http://10.0.0.5:8080");
    world.ok("backup p.gpkg copy.gpkg");
    assert!(world.ok("form copy.gpkg").contains("short_find"));
    assert_eq!(world.ok("phone copy.gpkg list"), "");
}

#[test]
fn a_form_that_cannot_be_used_is_refused() {
    let world = World::new();
    world.write("find.xml", FORM);
    world.write("none.toml", "name = 'x'\nrecord = 'device_find'\n[rename]\nwhat = 'colour'\n");
    world.write("letter.xml", "<letter/>");
    world.write("book.xlsx", b"PK\x03\x04 no workbook");
    for (command, said) in [
        ("form p.gpkg find.xml --map none.toml", "colour"),
        ("form p.gpkg letter.xml", "<h:html> is wanted"),
        ("form p.gpkg book.xlsx", "pyxform"),
    ] {
        let run = world.run(command);
        assert_eq!(run.status, 1, "{command}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{command}: {}", run.stderr);
    }
    assert_eq!(world.ok("form p.gpkg"), "");
}

#[test]
fn a_phone_is_added_listed_and_shut_out() {
    let world = World::new();
    let told = world.ok("phone p.gpkg add Team-3 --address http://10.0.0.5:8080/");
    assert!(told.contains("http://10.0.0.5:8080/v1/key/"), "{told}");
    assert!(world.ok("phone p.gpkg list").starts_with("Team-3"));
    assert_eq!(world.run("phone p.gpkg add Team-3").status, 1);
    assert_eq!(world.run("phone p.gpkg add Team-4 --address nowhere").status, 2);
    assert_eq!(world.run("phone none.gpkg add Team-4").status, 3);
    world.ok("phone p.gpkg remove Team-3");
    assert_eq!(world.run("phone p.gpkg remove Team-3").status, 1);
    assert_eq!(world.ok("phone p.gpkg list"), "");
}
