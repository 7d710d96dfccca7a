//! Phones and forms from the command line.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use store::{Arrival, GeoPackage, Outcome, Store, Submission, SubmissionQuery, hash_of};

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

/// Start the server, hear where it is, stop it; what it said of its start on standard error.
fn start(world: &World) -> String {
    let mut serve = world.command("serve p.gpkg --listen 127.0.0.1:0");
    let mut process = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("serving"), "{line}");
    process.kill().unwrap();
    let output = process.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_waited_for_a_ready_form_is_read_when_the_server_starts_and_a_broken_one_keeps_nobody_back() {
    let world = World::new();
    let form = include_str!("../../forms/find.xml");
    let version =
        form.split("version=\"").map(|rest| rest.split('"').next().unwrap()).find(|v| v.starts_with("20")).unwrap();
    let filled = format!(
        "<data id=\"find\" version=\"{version}\"><date_of_information>2024-05-01</date_of_information><record_id>F-9</record_id>\
         <category>UXO</category><quantity>1</quantity><where>40.1 46.04 0 4</where><meta><instanceID>uuid:9</instanceID></meta></data>"
    );
    let at = "2024-05-02T10:00:00Z".parse().unwrap();
    let came = |instance: &str, xml: &str| {
        let submission = Submission {
            number: 0,
            instance_id: instance.to_owned(),
            form_id: "find".to_owned(),
            version: version.to_owned(),
            xml: hash_of(xml.as_bytes()),
            received_at: at,
            received_from: "Team 3".to_owned(),
            outcome: Outcome::UnknownForm,
        };
        Arrival::Submission(submission, xml.as_bytes().to_vec(), Vec::new())
    };
    let mut store = GeoPackage::open(&world.path("p.gpkg"), outputs::layers::all()).unwrap();
    store.receive(&came("uuid:8", "<data id=\"find\"")).unwrap();
    store.receive(&came("uuid:9", &filled)).unwrap();
    Box::new(store).close().unwrap();
    let said = start(&world);
    assert!(said.contains("uuid:8 could not be read") && !said.contains("uuid:9"), "{said}");
    world.ok("export p.gpkg --layer find --out finds.csv");
    assert!(world.text("finds.csv").contains("F-9,2024-05-01,proposed"), "{}", world.text("finds.csv"));
    // The next start tries again what is left, and adds nothing twice.
    let n_entries = world.n_entries();
    assert!(start(&world).contains("uuid:8 could not be read"));
    assert_eq!(world.n_entries(), n_entries);
    let store = GeoPackage::open_to_read(&world.path("p.gpkg"), outputs::layers::all()).unwrap();
    assert_eq!(store.submissions(&SubmissionQuery { limit: 9, ..SubmissionQuery::default() }).unwrap().len(), 2);
    assert!(store.forms().unwrap().iter().all(|form| form.is_ready));
}

#[test]
fn a_programme_that_uses_its_own_version_of_a_ready_form_keeps_it() {
    let world = World::new();
    let own = include_str!("../../forms/find.xml");
    let version =
        own.split("version=\"").map(|rest| rest.split('"').next().unwrap()).find(|v| v.starts_with("20")).unwrap();
    world.write("find.xml", own.replace(version, "A"));
    world.ok("form p.gpkg find.xml");
    start(&world);
    let forms = world.ok("form p.gpkg");
    let finds: Vec<&str> = forms.lines().filter(|line| line.starts_with("find ")).collect();
    assert!(finds.len() == 1 && finds[0].contains(" A "), "{forms}");
}
