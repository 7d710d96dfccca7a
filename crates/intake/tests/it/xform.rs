//! Forms of ODK and what was filled into them.

use expect_test::expect;
use intake::xform::{Answers, SubmissionRows, XForm};
use intake::{Options, Profile, open_rows};

use crate::scene::{TODAY, describe, read};

const FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
  <h:head><h:title>Day of work</h:title><model>
    <instance><data id="day" version="2"><date/><eo/><grp><note/></grp><photo/><part><ground/></part><find><what/><at/><photo/></find><meta><instanceID/></meta></data></instance>
    <instance id="hazards" src="jr://file-csv/hazards.csv"/>
    <instance id="last-saved" src="jr://instance/last-saved"/>
    <bind nodeset="/data/date" type="date"/><bind nodeset="/data/eo" type="string"/>
    <bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/find/photo" type="binary"/>
    <bind nodeset="/data/part/ground" type="geoshape"/><bind nodeset="/data/find/at" type="xsd:geopoint"/>
  </model></h:head>
  <h:body><select ref="/data/eo"/><group ref="/data/part"><repeat nodeset="/data/part"/></group><repeat nodeset="/data/find"/></h:body></h:html>"#;

const DAY: &str = r#"<data id="day" version="2" xmlns:orx="http://openrosa.org/xforms">
  <date>2026-11-20</date><eo>AP_MINE UXO</eo><grp><note>thorn &amp; brush</note></grp><photo>a.jpg</photo>
  <part><ground>40 46 0 0;40 46.001 0 0;40.001 46.001 0 0;40 46 0 0</ground></part>
  <part><ground>40.01 46 812.5 0;40.01 46.001 0 0;40.011 46.001 0 0;40.01 46 0 0</ground></part>
  <find><what>UXO</what><at>40.0002 46.0005 0 4</at><photo>b.jpg</photo></find>
  <find><what>AP_MINE</what><at>north</at><photo/></find>
  <orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>"#;

fn drafts(answers: &str, profile: &str) -> String {
    let form = XForm::parse(FORM.as_bytes(), "day.xml").unwrap();
    let answers = Answers::parse(answers.as_bytes(), "1.xml").unwrap();
    let profile = Profile::parse(profile).unwrap();
    let old = [("", "OLD"), ("find[2]", "OLD-2")].map(|(turn, id)| (turn.to_owned(), id.to_owned()));
    let superseded = answers.deprecated_id.is_some().then_some(&old[..]);
    let rows = SubmissionRows::new(&answers, Some(&form), Some(&profile), superseded);
    let options = Options { profile: Some(&profile), ..Options::new("1.xml", TODAY.parse().unwrap()) };
    open_rows(Box::new(rows), &options).map(|draft| describe(&draft)).collect()
}

#[test]
fn a_form_says_what_its_answers_are() {
    let form = XForm::parse(FORM.as_bytes(), "day.xml").unwrap();
    assert_eq!((form.form_id.as_str(), form.version.as_str(), form.title.as_str()), ("day", "2", "Day of work"));
    assert_eq!(form.media, ["hazards.csv"], "what the phone knows itself is no file");
    let answers = Answers::parse(DAY.as_bytes(), "1.xml").unwrap();
    assert_eq!(answers.files(&form), ["a.jpg", "b.jpg"]);
}

#[test]
fn a_form_that_cannot_be_used_is_refused_with_the_reason() {
    let refused = |text: &str| XForm::parse(text.as_bytes(), "f.xml").unwrap_err().to_string();
    let said: String = [
        refused("<data id='x'/>"),
        refused(&FORM.replace(" id=\"day\"", "")),
        refused(&FORM.replace("Day of work", " ")),
        refused(&FORM.replace("id=\"day\"", "id=\"a/b\"")),
        refused(&FORM.replace("<model>", "<model><submission base64RsaPublicKey=\"MIIB\"/>")),
        refused(&format!("<!DOCTYPE h [<!ENTITY a \"b\">]>{FORM}")),
        refused(&FORM[..FORM.len() - 20]),
    ]
    .join("\n");
    expect![[r#"
        f.xml: is not readable XForm: its root element is <data>, <h:html> is wanted. hint: upload the XForm that ODK Build, pyxform or another designer wrote, or its XLSForm
        f.xml: is not readable XForm: it has no form id: the element inside its first instance has no id. hint: upload the XForm that ODK Build, pyxform or another designer wrote, or its XLSForm
        f.xml: is not readable XForm: it has no title. hint: upload the XForm that ODK Build, pyxform or another designer wrote, or its XLSForm
        f.xml: is not readable XForm: its id or version is too long, or holds a slash or a control character. hint: give the form another id or version
        f.xml: is not readable XForm: its answers would be encrypted, and nobody here could read them. hint: remove public_key from the form
        f.xml: defines XML entities, which are refused. hint: export it again from the program that made it
        f.xml: ends too early: its last element does not end. hint: export or copy it again; nothing was read from it"#]].assert_eq(&said);
}

#[test]
fn repeats_of_a_place_are_one_record_with_several_parts() {
    let profile = "name = 'day'\nrecord = 'activity'\nlayer = 'day'\nlocal_id = '{instanceID}'\nother = ['eo']\n[ground]\ntext = 'ground'\n[rename]\ndate = 'date_of_information'";
    expect![[r#"
        row 1: accepted activity uuid:1 2026-11-20 MultiPolygon {"note":"thorn & brush","other":{"eo":["AP_MINE","UXO"],"instanceID":"uuid:1"}}
          I DQ-34 geometry: heights or measures were given and are not kept
    "#]].assert_eq(&drafts(DAY, profile));
}

#[test]
fn each_turn_of_a_repeat_is_a_record_and_may_use_answers_around_it() {
    let profile = "name = 'finds'\nrecord = 'device_find'\nlayer = 'find'\nlocal_id = '{instanceID}-{row}'\n[rename]\ndate = 'date_of_information'\nwhat = 'category'";
    expect![[r#"
        row 4: accepted device_find uuid:1-4 2026-11-20 Point {"category":"UXO","accuracy_m":6.5,"other":{"instanceID":"uuid:1"}}
        row 5: held device_find uuid:1-5 2026-11-20 no ground {"category":"AP_MINE","other":{"instanceID":"uuid:1"}}
          E DQ-01 geometry = north: the geometry cannot be read: point 1 is "north"; latitude, longitude, altitude and accuracy are wanted. hint: export it again
    "#]].assert_eq(&drafts(DAY, profile));
}

#[test]
fn a_corrected_form_supersedes_what_the_first_had_become() {
    let edited = DAY.replace("</orx:meta>", "<orx:deprecatedID>uuid:0</orx:deprecatedID></orx:meta>");
    let profile = "name = 'day'\nrecord = 'activity'\nlayer = 'day'\nlocal_id = '{instanceID}'\ncolumns = ['date', 'note', 'supersedes']\n[ground]\ntext = 'ground'\n[rename]\ndate = 'date_of_information'";
    let told = drafts(&edited, profile);
    assert!(told.lines().next().unwrap().ends_with("supersedes OLD"), "{told}");
}

#[test]
fn a_turn_supersedes_the_same_turn_of_its_repeat_wherever_that_stands_and_a_new_turn_supersedes_nothing() {
    // One part more before the finds, one find more after them.
    let part = "<part><ground>40.02 46 0 0;40.02 46.001 0 0;40.021 46.001 0 0;40.02 46 0 0</ground></part>";
    let edited = DAY
        .replacen("<part>", &format!("{part}<part>"), 1)
        .replace("<orx:meta>", "<find><what>UXO</what><at>40.0002 46.0006 0 4</at></find><orx:meta>")
        .replace("</orx:meta>", "<orx:deprecatedID>uuid:0</orx:deprecatedID></orx:meta>")
        .replace("north", "40.0003 46.0006 0 4");
    let profile = "name = 'finds'\nrecord = 'device_find'\nlayer = 'find'\nlocal_id = '{instanceID}-{row}'\ncolumns = ['date', 'what', 'supersedes']\n[rename]\ndate = 'date_of_information'\nwhat = 'category'";
    let told = drafts(&edited, profile);
    let supersedes: Vec<Option<&str>> =
        told.lines().map(|line| line.split_once("supersedes ").map(|(_, id)| id)).collect();
    assert_eq!(supersedes, [None, Some("OLD-2"), None], "{told}");
}

#[test]
fn what_would_fill_the_memory_waits_as_a_whole_and_nothing_of_it_is_lost_in_silence() {
    let profile = "name = 'finds'\nrecord = 'device_find'\nlayer = 'find'\nlocal_id = '{row}'\n[rename]\ndate = 'date_of_information'\nwhat = 'category'";
    let started = std::time::Instant::now();
    let many = DAY.replace("<orx:meta>", &format!("{}<orx:meta>", "<find><what/></find>".repeat(200_000)));
    let long = DAY
        .replace("2026-11-20", &"x".repeat(1_000_000))
        .replace("<orx:meta>", &format!("{}<orx:meta>", "<find><what/></find>".repeat(5_000)));
    // Without the form, repeats are known by standing twice.
    let plain = many.replace("<find><what/></find>", "<a><b/></a>");
    for answers in [&many, &long] {
        let told = drafts(answers, profile);
        assert!(told.contains("E IN-25") && told.lines().count() == 2, "{}", &told[..told.len().min(500)]);
    }
    let answers = Answers::parse(plain.as_bytes(), "1.xml").unwrap();
    assert!(SubmissionRows::new(&answers, None, None, None).is_held());
    let distinct: String = (0..50_000).map(|n| format!("<n{n}><b/></n{n}>")).collect();
    let answers =
        Answers::parse(DAY.replace("<orx:meta>", &format!("{distinct}<orx:meta>")).as_bytes(), "1.xml").unwrap();
    assert_eq!(SubmissionRows::new(&answers, None, None, None).turns().len(), 5, "names are counted once");
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn without_its_form_a_submission_is_read_by_its_look() {
    let plain = "<hazard id='h' version='1'><record>hazard_area</record><local_id>HA-1</local_id><class>SHA</class>\
        <date_of_information>2026-11-20</date_of_information><where>40 46 0 5;40 46.01 0 6;40.01 46.01 0 5;40 46 0 5</where>\
        <meta><instanceID>uuid:1</instanceID></meta></hazard>";
    expect![[r#"
        ODK submission
        row 1: accepted hazard_area HA-1 2026-11-20 Polygon {"class":"SHA","accuracy_m":9.8}
    "#]]
    .assert_eq(&read("1.xml", plain));
}

#[test]
fn no_part_of_a_submission_makes_it_panic() {
    let form = XForm::parse(FORM.as_bytes(), "day.xml").unwrap();
    for end in (0..DAY.len()).filter(|end| DAY.is_char_boundary(*end)) {
        assert!(Answers::parse(&DAY.as_bytes()[..end], "1.xml").is_err(), "cut at {end}");
    }
    for bytes in [&b"\xff\xfe\x00"[..], b"<a id='x'><meta><instanceID>u</instanceID></meta></a><b/>", b"<a/>", b""] {
        assert!(Answers::parse(bytes, "1.xml").is_err());
    }
    let deep = format!("<a id='x'>{}", "<b>".repeat(100_000));
    assert!(Answers::parse(deep.as_bytes(), "1.xml").is_err());
    let odd = "<data id='day'><find/><find><at>;;;</at></find><part/><meta><instanceID>u</instanceID></meta></data>";
    let answers = Answers::parse(odd.as_bytes(), "1.xml").unwrap();
    let options = Options::new("1.xml", TODAY.parse().unwrap());
    assert!(open_rows(Box::new(SubmissionRows::new(&answers, Some(&form), None, None)), &options).count() >= 3);
}
