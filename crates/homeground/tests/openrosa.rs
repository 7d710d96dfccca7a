//! OpenRosa as phones speak it: forms out, filled forms in, and everything that goes wrong on a mountain.

#[path = "screens/server.rs"]
mod server;

use md5::{Digest, Md5};
use serde_json::Value;
use server::{Server, ground};
use ureq::Agent;

struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// What the phone shows.
    fn message(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("<message").unwrap_or_else(|| panic!("no message in {text}"));
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split("</message>").next().unwrap().to_owned()
    }
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
}

fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = response.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.body_mut().read_to_vec().unwrap() }
}

fn url(server: &Server, path: &str) -> String {
    if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", server.address) }
}

fn get_with(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = agent().get(url(server, path)).header("x-openrosa-version", "1.0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.call())
}

fn get(server: &Server, path: &str) -> Answer {
    get_with(server, path, &[])
}

/// A part of a form: name, name of the file, bytes.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let kind = if *name == "xml_submission_file" { "text/xml" } else { "application/octet-stream" };
        body.extend(
            format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\ncontent-type: {kind}\r\n\r\n")
                .bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body
}

fn post(server: &Server, path: &str, parts: &[Part<'_>]) -> Answer {
    let request = agent().post(url(server, path)).header("content-type", "multipart/form-data; boundary=b");
    answer(request.send(&multipart(parts)[..]))
}

fn send(server: &Server, xml: &str, files: &[(&str, &[u8])]) -> Answer {
    let mut parts: Vec<Part<'_>> = vec![("xml_submission_file", Some("submission.xml"), xml.as_bytes())];
    parts.extend(files.iter().map(|(name, bytes)| (*name, Some(*name), *bytes)));
    post(server, "/submission?deviceID=collect%3Aabc", &parts)
}

fn server() -> Server {
    Server::with(&[("ground.geojson", &ground())])
}

/// Text between two others, all of it there is.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

fn version_of(server: &Server, form: &str) -> String {
    let list = get(server, &format!("/formList?formID={form}&verbose=true&deviceID=x")).text();
    between(&list, "<version>", "</version>")[0].to_owned()
}

/// A hazard report over the released half and the hazardous half of HA-1; `south` moves it.
fn report(version: &str, instance: &str, south: f64, note: &str) -> String {
    let corners = [(south, 46.004), (south, 46.006), (south + 0.002, 46.006), (south + 0.002, 46.004), (south, 46.004)];
    let place: Vec<String> = corners.iter().map(|(lat, lon)| format!("{lat} {lon} 0 4.2")).collect();
    format!(
        "<data id=\"hazard_report\" version=\"{version}\"><date_of_information>2024-09-01</date_of_information><local_id/>\
         <record_id>{instance}</record_id><operator>OP-A</operator><team>T-3</team><class>CHA</class><eo>AP_MINE UXO</eo>\
         <evidence>direct</evidence><evidence_note>fence</evidence_note><benchmark>39.9995 46.004 812.5 3</benchmark>\
         <boundary>{}</boundary><geometry_quality>SURVEYED</geometry_quality><photo_1>a.jpg</photo_1><photo_2>foto-ə.jpg</photo_2>\
         <note>{note}</note><meta><instanceID>{instance}</instanceID></meta></data>",
        place.join(";")
    )
}

fn hazards(server: &Server) -> Vec<Value> {
    let items = get(server, "/collections/hazard_area/items?limit=100").text();
    let items: Value = serde_json::from_str(&items).unwrap();
    items["features"].as_array().unwrap().clone()
}

#[test]
fn the_form_list_is_as_phones_insist() {
    let server = server();
    let list = get(&server, "/formList?deviceID=collect%3Aabc");
    assert_eq!(list.status, 200);
    assert!(list.header("content-type").contains("text/xml"), "{}", list.header("content-type"));
    assert_eq!(list.header("x-openrosa-version"), "1.0");
    assert!(!list.header("date").is_empty());
    let text = list.text();
    assert!(text.contains("<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">"));
    let forms = between(&text, "<xform>", "</xform>");
    assert_eq!(forms.len(), 8, "{text}");
    for form in forms {
        let address = between(form, "<downloadUrl>", "</downloadUrl>")[0];
        assert!(address.starts_with(&server.address), "{address} is not absolute");
        assert!(!between(form, "<name>", "</name>")[0].is_empty() && form.contains("<formID>"));
        let document = get(&server, &format!("{address}?deviceID=x"));
        let hash: String = Md5::digest(&document.body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(between(form, "<hash>", "</hash>"), [format!("md5:{hash}")], "or the phone updates for ever");
        // Nothing that the phone already has is sent again.
        assert_eq!(get_with(&server, address, &[("if-none-match", document.header("etag"))]).status, 304);
    }
    // What does not exist is told in the same way, so that the phone does not suspect a login page.
    let nothing = get(&server, "/v1/projects/1/forms/none/versions/1.xml");
    assert_eq!((nothing.status, nothing.header("x-openrosa-version")), (404, "1.0"));
    assert!(nothing.text().contains("nature=\"error\""));
}

#[test]
fn remaining_hazards_travel_as_a_list_with_places() {
    let server = server();
    let list = get(&server, "/formList?formID=completion").text();
    let manifest = get(&server, between(&list, "<manifestUrl>", "</manifestUrl>")[0]);
    assert!(manifest.header("content-type").contains("text/xml"));
    let manifest = manifest.text();
    assert!(manifest.contains("<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">"));
    assert!(manifest.contains("type=\"entityList\"") && manifest.contains("<hash>md5:"), "{manifest}");
    let csv = get(&server, between(&manifest, "<downloadUrl>", "</downloadUrl>")[0]).text();
    let mut rows = csv.lines();
    assert_eq!(rows.next().unwrap(), "name,label,__version,geometry,local_id,class,area_m2");
    let rows: Vec<&str> = rows.collect();
    // HA-2 was cancelled; half of HA-1 remains.
    assert_eq!(rows.len(), 1, "{csv}");
    assert!(rows[0].contains("HA-1") && rows[0].contains("CHA"), "{csv}");
    let place = rows[0].split(',').nth(3).unwrap();
    let points: Vec<&str> = place.split(';').collect();
    assert!(points.len() >= 5 && points.first() == points.last(), "{place}");
    assert!(
        points.iter().all(|point| point.starts_with("40.0") || point.starts_with("40 ")),
        "latitude first: {place}"
    );
    // A hazard that is only proposed is in it too, and says so.
    send(&server, &report(&version_of(&server, "hazard_report"), "uuid:0", 40.001, ""), &[]);
    let after = get(&server, between(&manifest, "<downloadUrl>", "</downloadUrl>")[0]).text();
    assert!(after.contains("uuid:0 proposed") && after.lines().count() == 3, "{after}");
    let version = |csv: &str| csv.lines().nth(1).unwrap().split(',').nth(2).unwrap().parse::<u64>().unwrap();
    assert!(version(&after) > version(&csv), "or the phone keeps what it has");
    let name = rows[0].split(',').next().unwrap();
    let integrity = between(&manifest, "<integrityUrl>", "</integrityUrl>")[0];
    let integrity = get(&server, &format!("{integrity}?id={name},0b2a-gone")).text();
    assert!(integrity.contains(&format!("<entity id=\"{name}\"><deleted>false</deleted></entity>")), "{integrity}");
    assert!(integrity.contains("<entity id=\"0b2a-gone\"><deleted>true</deleted></entity>"), "{integrity}");
}

/// What a list says of one record: label, places, class and area of each part.
fn parts_in(server: &Server, list: &str, id: &str) -> Vec<[String; 4]> {
    let csv = get(server, &format!("/forms/qa_visit/lists/{list}")).text();
    let rows = csv.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let own = rows.filter(|row| row[4] == id || row[5] == id);
    own.map(|row| {
        // A label with a comma stands in quotes, and only labels have one.
        let n = row.len();
        [row[1..n - 5].join(","), row[n - 4].clone(), row[n - 2].clone(), row[n - 1].clone()]
    })
    .collect()
}

/// Whether a position (latitude, longitude) lies inside a place as ODK writes it.
fn holds(place: &str, [lat, lon]: [f64; 2]) -> bool {
    let corner = |point: &str| {
        let mut numbers = point.split(' ').map(|number| number.parse::<f64>().unwrap());
        [numbers.next().unwrap(), numbers.next().unwrap()]
    };
    let ring: Vec<[f64; 2]> = place.split(';').filter(|point| !point.is_empty()).map(corner).collect();
    let crosses = |[a, b]: [[f64; 2]; 2]| {
        (a[0] > lat) != (b[0] > lat) && lon < a[1] + (b[1] - a[1]) * (lat - a[0]) / (b[0] - a[0])
    };
    ring.windows(2).filter(|edge| crosses([edge[0], edge[1]])).count() % 2 == 1
}

#[test]
fn the_list_of_releases_shows_ground_that_is_released_today_and_no_other() {
    let surveyed = r#""accuracy_m":2,"geometry_quality":"SURVEYED","operator":"OP-A","eo":"AP_MINE""#;
    let feature = |rings: &str, properties: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[{rings}]}},"properties":{{{properties},{surveyed}}}}}"#
        )
    };
    let square = |west: f64, south: f64, side: f64| {
        let (east, north) = (west + side, south + side);
        format!("[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]")
    };
    let hazard = |id: &str, west: f64| {
        let said = r#""record":"hazard_area","class":"CHA","date_of_information":"2022-01-01","evidence":"direct""#;
        feature(&square(west, 40.1, 0.01), &format!(r#"{said},"local_id":"HA-{id}""#))
    };
    let release = |id: &str, rings: &str, qc: &str| {
        let said = r#""record":"release_product","class":"CLEARED","activity":"CLR","depth_cm":20,"date_of_information":"2023-01-01""#;
        feature(rings, &format!(r#"{said},"local_id":"LR-{id}","hazard":"HA-{id}","qc":"{qc}""#))
    };
    let island = format!("{},{}", square(46.1, 40.1, 0.01), square(46.104, 40.104, 0.002));
    let reopened =
        r#""record":"reopening","local_id":"RO-1","class":"CHA","reason":"find","date_of_information":"2024-01-01""#;
    let all = [
        hazard("A", 46.1),
        hazard("B", 46.2),
        hazard("C", 46.3),
        release("A", &island, "accepted"),
        release("B", &square(46.2, 40.1, 0.01), "accepted"),
        release("C", &square(46.3, 40.1, 0.01), "failed"),
        feature(&square(46.2, 40.1, 0.005), reopened),
    ];
    let ground = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","));
    let server = Server::with(&[("ground.geojson", &ground)]);
    let places =
        |id: &str| parts_in(&server, "releases.csv", id).into_iter().map(|[_, place, ..]| place).collect::<Vec<_>>();
    let is_shown = |id: &str, at: [f64; 2]| places(id).iter().any(|place| holds(place, at));
    assert!(is_shown("LR-A", [40.101, 46.101]) && is_shown("LR-A", [40.109, 46.105]));
    assert!(!is_shown("LR-A", [40.105, 46.105]), "an island that nobody released: {:?}", places("LR-A"));
    assert!(is_shown("LR-B", [40.108, 46.208]));
    assert!(!is_shown("LR-B", [40.102, 46.202]), "hazardous again: {:?}", places("LR-B"));
    assert_eq!(places("LR-C"), Vec::<String>::new(), "its quality control failed");
}

#[test]
fn a_correction_that_nobody_approved_hides_no_record_from_the_phone() {
    let monument = |id: &str, name: &str, more: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":{{"type":"Point","coordinates":[46.013,40.004]}},"properties":{{"record":"monument","local_id":"{id}","date_of_information":"2021-01-01","name":"{name}"{more}}}}}]}}"#
        )
    };
    let server = Server::with(&[("monument.geojson", &monument("MO-1", "Bridge", ""))]);
    let labels = |id: &str| {
        parts_in(&server, "monuments.csv", id)
            .into_iter()
            .map(|[label, _, class, _]| format!("{label} {class}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(labels("MO-1"), ["Bridge approved"]);
    let correction = monument("MO-2", "Old bridge", r#","supersedes":"MO-1""#);
    let sent = post(&server, "/import", &[("file", Some("new.geojson"), correction.as_bytes())]);
    assert_eq!(sent.status, 303, "{}", sent.text());
    while !get_with(&server, sent.header("location"), &[("accept", "text/html")]).header("refresh").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(labels("MO-2"), ["Old bridge proposed"]);
    assert_eq!(labels("MO-1"), ["Bridge approved"], "the approved record stands until the other is approved");
}

#[test]
fn to_head_of_the_submission_address_204_is_the_only_answer() {
    let server = server();
    for root in ["", "/v1/projects/1"] {
        let asked = answer(agent().head(url(&server, &format!("{root}/submission?deviceID=x"))).call());
        assert_eq!((asked.status, asked.header("x-openrosa-version")), (204, "1.0"));
        let wished: u64 = asked.header("x-openrosa-accept-content-length").parse().unwrap();
        assert!((2_000_000..=5_000_000).contains(&wished), "a piece that breaks off is sent again");
    }
}

#[test]
fn a_submission_becomes_a_proposed_record_and_the_phone_hears_what_it_lies_on() {
    let server = server();
    let before = server.state(&[]);
    let xml = report(&version_of(&server, "hazard_report"), "uuid:1", 40.001, "thorn &amp; brush");
    let sent = send(&server, &xml, &[("a.jpg", b"\xff\xd8one"), ("foto-ə.jpg", b"\xff\xd8two")]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert!(
        sent.text().contains("xmlns=\"http://openrosa.org/http/response\"") && sent.text().contains("submit_success")
    );
    let message = sent.message();
    for said in ["proposed", "m² of hazard HA-1", "m² of released ground (CLEARED)", "W DQ-13", "I DQ-19"] {
        assert!(message.contains(said), "{said}: {message}");
    }
    // Nothing official has changed: it is a proposal.
    assert_eq!(server.state(&[])["totals"]["footprint"], before["totals"]["footprint"]);
    let hazards = hazards(&server);
    let new =
        hazards.iter().find(|hazard| hazard["properties"]["local_id"] == "uuid:1").expect("the report is a record");
    assert_eq!(
        (&new["properties"]["standing"], &new["properties"]["class"]),
        (&Value::from("proposed"), &Value::from("CHA"))
    );
    assert_eq!(new["properties"]["eo"], "AP_MINE,UXO", "several choices are several words");
    assert_eq!(new["properties"]["accuracy_m"], 6.9, "the phone states 68 of 100, the record wants 95");
    // And every byte is kept.
    assert_eq!(get(&server, "/forms/received/1/answers.xml").text(), xml);
    assert_eq!(get(&server, "/forms/received/1/foto-%C9%99.jpg").body, b"\xff\xd8two");
    assert_eq!(get(&server, "/forms/received/1/a.jpg").body, b"\xff\xd8one");
    assert!(server.said(&["verify", "test.gpkg"]).contains("hold"));
}

#[test]
fn files_may_come_in_pieces_and_what_came_is_known_by_its_id_and_bytes() {
    let server = server();
    let xml = report(&version_of(&server, "hazard_report"), "uuid:2", 40.001, "");
    let first = post(
        &server,
        "/submission",
        &[
            ("xml_submission_file", Some("submission.xml"), xml.as_bytes()),
            ("a.jpg", Some("a.jpg"), b"one"),
            ("*isIncomplete*", None, b"yes"),
        ],
    );
    assert_eq!(first.status, 201, "{}", first.text());
    assert!(first.message().contains("More files are awaited"), "{}", first.message());
    let page = get_with(&server, "/forms/received", &[("accept", "text/html")]).text();
    assert!(page.contains("1 missing"), "{page}");
    let n_hazards = hazards(&server).len();
    // The network broke off before the answer came, so the phone sends all of it again, and then the rest.
    for files in [vec![("a.jpg", &b"one"[..])], vec![("foto-ə.jpg", &b"two"[..])], vec![("foto-ə.jpg", &b"two"[..])]]
    {
        let again = send(&server, &xml, &files);
        assert_eq!(again.status, 201, "{}", again.text());
        assert!(again.message().contains("known already"), "{}", again.message());
    }
    assert_eq!(hazards(&server).len(), n_hazards);
    let page = get_with(&server, "/forms/received", &[("accept", "text/html")]).text();
    assert!(!page.contains("missing"), "{page}");
    assert_eq!(get(&server, "/forms/received/2").status, 404, "it is one submission");
    // Another photo under the same name replaces nothing.
    send(&server, &xml, &[("a.jpg", b"other")]);
    let page = get_with(&server, "/forms/received/1", &[("accept", "text/html")]).text();
    let kept: Vec<Vec<u8>> = between(&page, "href=\"/forms/received/1/a.jpg", "\"")
        .iter()
        .map(|rest| get(&server, &format!("/forms/received/1/a.jpg{rest}")).body)
        .collect();
    assert_eq!(kept, [b"one".to_vec(), b"other".to_vec()]);
}

#[test]
fn other_answers_under_a_known_id_are_a_conflict_kept_and_held() {
    let server = server();
    let version = version_of(&server, "hazard_report");
    send(&server, &report(&version, "uuid:3", 40.001, ""), &[]);
    let other = report(&version, "uuid:3", 40.003, "");
    for _ in 0..2 {
        let conflict = send(&server, &other, &[]);
        assert_eq!(conflict.status, 409);
        assert!(
            conflict.text().contains("nature=\"error\"") && conflict.message().contains("IN-23"),
            "{}",
            conflict.text()
        );
    }
    assert_eq!(get(&server, "/forms/received/2/answers.xml").text(), other, "kept");
    assert_eq!(get(&server, "/forms/received/3").status, 404, "once");
    let held = get_with(&server, "/held", &[("accept", "text/html")]).text();
    assert_eq!(held.matches("IN-23").count(), 1, "{held}");
    assert_eq!(hazards(&server).iter().filter(|hazard| hazard["properties"]["local_id"] == "uuid:3").count(), 1);
}

#[test]
fn a_sent_form_that_is_edited_on_the_phone_supersedes_its_record() {
    let server = server();
    let version = version_of(&server, "hazard_report");
    send(&server, &report(&version, "uuid:4", 40.001, ""), &[]);
    let meta = "<meta><instanceID>uuid:5</instanceID><deprecatedID>uuid:4</deprecatedID></meta>";
    let edited =
        report(&version, "uuid:5", 40.002, "corrected").replace("<meta><instanceID>uuid:5</instanceID></meta>", meta);
    let sent = send(&server, &edited, &[]);
    assert_eq!(sent.status, 201);
    assert!(sent.message().contains("1 record proposed"), "{}", sent.message());
    let found = get_with(&server, "/ledger?text=uuid%3A5", &[("accept", "text/html")]).text();
    assert!(found.contains("uuid:5"), "{found}");
    // A correction of something that never came waits for a person.
    let orphan = edited.replace("uuid:5", "uuid:6").replace("uuid:4", "uuid:never");
    assert!(send(&server, &orphan, &[]).message().contains("held"), "nothing is corrected that is not there");
}

#[test]
fn a_version_that_nobody_knows_is_kept_and_read_once_its_form_is_added() {
    let server = server();
    let xml = report("from the future", "uuid:7", 40.001, "");
    for _ in 0..2 {
        let sent = send(&server, &xml, &[("a.jpg", b"one")]);
        assert_eq!(sent.status, 201, "it must not block what the phone sends after it");
        assert!(sent.message().contains("IN-22"), "{}", sent.message());
    }
    assert!(get_with(&server, "/held", &[("accept", "text/html")]).text().contains("IN-22"));
    let n_hazards = hazards(&server).len();
    let now = version_of(&server, "hazard_report");
    let form = get(&server, &format!("/forms/hazard_report/{now}")).text();
    let future = form.replace(&format!("version=\"{now}\""), "version=\"from the future\"");
    let added = post(&server, "/forms", &[("form", Some("hazard.xml"), future.as_bytes())]);
    assert_eq!((added.status, added.header("location")), (303, "/forms/hazard_report"), "{}", added.text());
    assert_eq!(hazards(&server).len(), n_hazards + 1);
    assert!(!get_with(&server, "/held", &[("accept", "text/html")]).text().contains("IN-22"));
    assert_eq!(version_of(&server, "hazard_report"), "from the future");
    // The version before is still there for phones that hold it, and never changes.
    assert_eq!(get(&server, &format!("/v1/projects/1/forms/hazard_report/versions/{now}.xml")).text(), form);
    let changed = form.replace("Hazard report", "Other report");
    let refused = post(&server, "/forms", &[("form", Some("hazard.xml"), changed.as_bytes())]);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("version never changes"), "{}", refused.text());
}

#[test]
fn repeats_become_records_of_their_own() {
    let server = server();
    let version = version_of(&server, "clearance_progress");
    let find = |category: &str, lat: f64| {
        format!(
            "<finds><category>{category}</category><model/><quantity>2</quantity><depth_cm>12</depth_cm><action>destroyed_in_situ</action><where>{lat} 46.007 0 0</where></finds>"
        )
    };
    let xml = format!(
        "<data id=\"clearance_progress\" version=\"{version}\"><date_of_information>2024-09-02</date_of_information><record_id>CP-1</record_id>\
         <local_id>CP-1</local_id><operator>OP-A</operator><activity>CLR</activity><hazard_pick>x</hazard_pick><hazard>HA-1</hazard>\
         <methods>manual dogs</methods><processed_m2>250</processed_m2><ground/>{}{}<meta><instanceID>uuid:8</instanceID></meta></data>",
        find("AP_MINE", 40.004),
        find("UXO", 40.005)
    );
    let sent = send(&server, &xml, &[]);
    assert_eq!(sent.status, 201);
    assert!(sent.message().contains("3 records proposed"), "{}", sent.message());
    let items: Value = serde_json::from_str(&get(&server, "/collections/find/items").text()).unwrap();
    let finds = items["features"].as_array().unwrap();
    let categories: Vec<_> = finds.iter().map(|find| find["properties"]["category"].as_str().unwrap()).collect();
    assert_eq!(categories.len(), 2, "{items}");
    assert!(
        finds.iter().all(|find| find["properties"]["found_by"] == "CLR" && find["properties"]["operator"] == "OP-A"),
        "{items}"
    );
}

/// A day of clearance with a find in each of these places.
fn day_of_finds(version: &str, instance: &str, corrects: Option<&str>, places: &[f64]) -> String {
    let finds: String = places
        .iter()
        .map(|lat| format!("<finds><category>UXO</category><quantity>1</quantity><action>destroyed_in_situ</action><where>{lat} 46.007 0 0</where></finds>"))
        .collect();
    let corrects = corrects.map(|id| format!("<deprecatedID>{id}</deprecatedID>")).unwrap_or_default();
    format!(
        "<data id=\"clearance_progress\" version=\"{version}\"><date_of_information>2024-09-02</date_of_information><record_id>{instance}</record_id>\
         <local_id>{instance}</local_id><operator>OP-A</operator><activity>CLR</activity><hazard>HA-1</hazard><methods>manual</methods>\
         <processed_m2>250</processed_m2><ground/>{finds}<meta><instanceID>{instance}</instanceID>{corrects}</meta></data>"
    )
}

#[test]
fn a_correction_matches_its_turns_one_by_one_and_waits_where_one_is_gone() {
    let server = server();
    let version = version_of(&server, "clearance_progress");
    assert_eq!(send(&server, &day_of_finds(&version, "uuid:20", None, &[40.004, 40.005]), &[]).status, 201);
    // The second find lay elsewhere, and a third was forgotten.
    let more = send(&server, &day_of_finds(&version, "uuid:21", Some("uuid:20"), &[40.004, 40.006, 40.007]), &[]);
    assert_eq!(more.status, 201);
    assert!(more.message().contains("4 records proposed") && !more.message().contains("held"), "{}", more.message());
    // One find less: nobody can tell which.
    let fewer = send(&server, &day_of_finds(&version, "uuid:22", Some("uuid:21"), &[40.004, 40.007]), &[]);
    assert_eq!(fewer.status, 201);
    assert!(fewer.message().contains("1 record held for a person"), "{}", fewer.message());
    assert!(fewer.message().contains("E IN-24") && !fewer.message().contains("proposed"), "{}", fewer.message());
    assert!(get_with(&server, "/held", &[("accept", "text/html")]).text().contains("IN-24"));
}

#[test]
fn a_find_on_released_ground_is_told_on_the_spot() {
    let server = server();
    let version = version_of(&server, "find");
    let xml = format!(
        "<data id=\"find\" version=\"{version}\"><date_of_information>2024-09-03</date_of_information><record_id>F-1</record_id><local_id>F-1</local_id>\
         <category>AP_MINE</category><quantity>1</quantity><where>40.005 46.002 0 3</where><meta><instanceID>uuid:13</instanceID></meta></data>"
    );
    let sent = send(&server, &xml, &[]);
    assert_eq!(sent.status, 201);
    for said in ["lies on released ground (CLEARED)", "E DQ-22", "LR-1", "reopening"] {
        assert!(sent.message().contains(said), "{said}: {}", sent.message());
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_the_phone_keeps_it() {
    let server = server();
    let version = version_of(&server, "hazard_report");
    let good = report(&version, "uuid:9", 40.001, "");
    let bomb = format!("<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}", good.replace("fence", "&b;"));
    for (xml, said) in [
        (&good[..good.len() / 2], "ends too early"),
        (&bomb, "entities"),
        (&good.replace("<instanceID>uuid:9</instanceID>", ""), "instanceID"),
        ("<data id='hazard_report'/><data/>", ""),
        ("not xml at all", ""),
        (&format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000)), "deep"),
    ] {
        let sent = send(&server, xml, &[]);
        assert_eq!((sent.status, sent.header("x-openrosa-version")), (400, "1.0"), "{}", sent.text());
        assert!(sent.message().contains(said) && sent.message().contains("still has it"), "{said}: {}", sent.text());
    }
    for name in ["../../etc/passwd", "..\\x.jpg", "/x", ".hidden", "C:x", ""] {
        let sent = send(&server, &good, &[(name, b"x")]);
        assert_eq!(sent.status, 400, "{name:?}: {}", sent.text());
    }
    let plain =
        answer(agent().post(url(&server, "/submission")).header("content-type", "text/xml").send(good.as_bytes()));
    assert_eq!(plain.status, 415, "{}", plain.text());
    let body = multipart(&[("xml_submission_file", Some("s.xml"), good.as_bytes())]);
    let half = agent().post(url(&server, "/submission")).header("content-type", "multipart/form-data; boundary=b");
    let half = answer(half.send(&body[..body.len() - 20]));
    assert_eq!(half.status, 400, "{}", half.text());
    assert_eq!(post(&server, "/submission", &[("a.jpg", Some("a.jpg"), b"x")]).status, 400, "without answers");
    assert_eq!(get(&server, "/forms/received/1").status, 404, "nothing of all this was kept");
    assert_eq!(send(&server, &good, &[]).status, 201);
}

#[test]
fn more_than_fits_is_refused_with_a_reason() {
    let server = server();
    let xml = report(&version_of(&server, "hazard_report"), "uuid:10", 40.001, "");
    let film = vec![0; 101 * 1024 * 1024];
    let request = agent().post(url(&server, "/submission")).header("content-type", "multipart/form-data; boundary=b");
    let body =
        multipart(&[("xml_submission_file", Some("s.xml"), xml.as_bytes()), ("film.mp4", Some("film.mp4"), &film)]);
    match request.send(&body[..]) {
        Ok(response) => assert_eq!(response.status().as_u16(), 413),
        // Or the server has hung up while we were still sending.
        Err(error) => assert!(matches!(error, ureq::Error::Io(_)), "{error}"),
    }
    assert_eq!(get(&server, "/forms/received/1").status, 404);
}

#[test]
fn a_token_in_the_address_opens_until_the_phone_is_shut_out() {
    let server = server();
    let added: Value = serde_json::from_str(&server.said(&[
        "phone",
        "test.gpkg",
        "add",
        "Team 3",
        "--address",
        &server.address,
        "--format",
        "json",
    ]))
    .unwrap();
    let root = added["server_url"].as_str().unwrap();
    let list = get(&server, &format!("{root}/formList?deviceID=x"));
    assert_eq!(list.status, 200, "{}", list.text());
    let address = between(&list.text(), "<downloadUrl>", "</downloadUrl>")[0].to_owned();
    assert!(address.starts_with(root), "links stay below the token: {address}");
    assert_eq!(get(&server, &address).status, 200);
    assert_eq!(answer(agent().head(format!("{root}/submission")).call()).status, 204);
    let xml = report(&version_of_at(&server, root, "hazard_report"), "uuid:11", 40.001, "");
    let sent = post(&server, &format!("{root}/submission"), &[("xml_submission_file", Some("s.xml"), xml.as_bytes())]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert!(get_with(&server, "/forms/received", &[("accept", "text/html")]).text().contains("Team 3"));
    // A wrong token is 403: 401 would make the phone ask for a password.
    let wrong = get(&server, "/v1/key/0000/projects/1/formList");
    assert_eq!((wrong.status, wrong.header("x-openrosa-version")), (403, "1.0"));
    // Once there is a phone, nobody is let in without saying who it is.
    assert_eq!(get(&server, "/formList").status, 401);
    server.said(&["phone", "test.gpkg", "remove", "Team 3"]);
    assert_eq!(get(&server, &format!("{root}/formList")).status, 403);
}

fn version_of_at(server: &Server, root: &str, form: &str) -> String {
    let list = get(server, &format!("{root}/formList?formID={form}")).text();
    between(&list, "<version>", "</version>")[0].to_owned()
}

/// What a phone answers to a challenge (RFC 7616, MD5, qop=auth).
fn digest(challenge: &str, name: &str, password: &str, method: &str, path: &str, count: &str) -> String {
    let md5 = |text: String| -> String { Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect() };
    let part = |name: &str| between(challenge, &format!("{name}=\""), "\"")[0];
    let (realm, nonce) = (part("realm"), part("nonce"));
    let ha1 = md5(format!("{name}:{realm}:{password}"));
    let ha2 = md5(format!("{method}:{path}"));
    let response = md5(format!("{ha1}:{nonce}:{count}:c0ffee:auth:{ha2}"));
    format!(
        "Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{path}\", qop=auth, nc={count}, cnonce=\"c0ffee\", response=\"{response}\", algorithm=MD5"
    )
}

#[test]
fn a_name_and_a_password_open_by_digest_and_an_answer_opens_once() {
    let server = server();
    let added: Value = serde_json::from_str(&server.said(&[
        "phone",
        "test.gpkg",
        "add",
        "Team 4",
        "--address",
        &server.address,
        "--format",
        "json",
    ]))
    .unwrap();
    let password = added["digest"]["password"].as_str().unwrap();
    let path = "/v1/projects/1/formList?deviceID=collect%3Aabc";
    let asked = get(&server, path);
    let challenge = asked.header("www-authenticate");
    assert_eq!(asked.status, 401);
    assert!(challenge.starts_with("Digest ") && challenge.contains("qop=\"auth\"") && challenge.contains("domain="));
    assert_eq!(asked.header("x-openrosa-version"), "1.0");
    let given = digest(challenge, "Team 4", password, "GET", path, "00000001");
    assert_eq!(get_with(&server, path, &[("authorization", &given)]).status, 200);
    // Somebody overheard it: the same answer again, and the same answer elsewhere, open nothing.
    let replayed = get_with(&server, path, &[("authorization", &given)]);
    assert_eq!(replayed.status, 401);
    assert!(replayed.header("www-authenticate").contains("stale=true"), "a phone asks anew by itself");
    assert_eq!(get_with(&server, "/formList", &[("authorization", &given)]).status, 401);
    let next = digest(challenge, "Team 4", password, "GET", path, "00000002");
    assert_eq!(get_with(&server, path, &[("authorization", &next)]).status, 200);
    for (name, password) in [("Team 4", "wrong"), ("Nobody", password)] {
        let wrong = digest(challenge, name, password, "GET", path, "00000003");
        assert_eq!(get_with(&server, path, &[("authorization", &wrong)]).status, 401);
    }
}

#[test]
fn a_page_of_another_site_sends_nothing() {
    let server = server();
    let xml = report(&version_of(&server, "hazard_report"), "uuid:12", 40.001, "");
    let body = multipart(&[("xml_submission_file", Some("s.xml"), xml.as_bytes())]);
    let request = agent().post(url(&server, "/submission")).header("content-type", "multipart/form-data; boundary=b");
    assert_eq!(answer(request.header("origin", "https://elsewhere.example").send(&body[..])).status, 403);
    let request = agent().post(url(&server, "/submission")).header("content-type", "multipart/form-data; boundary=b");
    assert_eq!(answer(request.header("x-forwarded-for", "203.0.113.9").send(&body[..])).status, 403);
}

#[test]
fn phones_and_what_they_sent_are_shown_on_the_serving_machine_alone() {
    let server = server();
    for path in ["/phones", "/forms/received", "/forms/received/1", "/forms/received/1/a.jpg"] {
        assert_eq!(get_with(&server, path, &[("x-forwarded-for", "203.0.113.9")]).status, 403, "{path}");
    }
    assert_eq!(get_with(&server, "/forms", &[("x-forwarded-for", "203.0.113.9")]).status, 200);
    assert_eq!(get(&server, "/phones").status, 200);
}

#[test]
fn the_sheet_of_a_new_phone_is_shown_once_with_its_code() {
    let server = server();
    let fields = [("name", "Team 5"), ("address", "http://192.168.1.20:8080/")];
    let sheet = answer(agent().post(url(&server, "/phones")).send_form(fields));
    let page = sheet.text();
    assert_eq!((sheet.status, sheet.header("cache-control")), (200, "no-store"), "{page}");
    assert!(page.contains("<svg") && page.contains("http://192.168.1.20:8080/v1/key/"), "{page}");
    let list = get_with(&server, "/phones", &[("accept", "text/html")]).text();
    assert!(list.contains("Team 5") && !list.contains("/v1/key/"), "{list}");
    let bad = answer(agent().post(url(&server, "/phones")).send_form([("name", "a:b"), ("address", "http://x")]));
    assert_eq!(bad.status, 400);
    answer(agent().post(url(&server, "/phones/remove")).send_form([("name", "Team 5")]));
    assert!(!get_with(&server, "/phones", &[("accept", "text/html")]).text().contains("Team 5"));
}

#[test]
fn changes_are_taken_from_this_machine_and_not_through_a_server_in_front_of_it() {
    let server = server();
    let xml = report(&version_of(&server, "hazard_report"), "uuid:14", 40.001, "");
    let body = multipart(&[("xml_submission_file", Some("s.xml"), xml.as_bytes())]);
    for path in ["/forms/hazard_report/submission", "/forms", "/import"] {
        for passed_on in ["x-forwarded-for", "forwarded", "via"] {
            let request = agent().post(url(&server, path)).header("content-type", "multipart/form-data; boundary=b");
            let refused = answer(request.header(passed_on, "203.0.113.9").send(&body[..]));
            assert_eq!(refused.status, 403, "{path} {passed_on}: {}", refused.text());
        }
    }
    assert_eq!(
        post(&server, "/forms/hazard_report/submission", &[("xml_submission_file", Some("s.xml"), xml.as_bytes()),])
            .status,
        201
    );
}

#[test]
fn a_name_that_somebody_makes_lead_here_opens_nothing() {
    let server = server();
    // DNS rebinding: the browser takes the page of the other site and this server for one site.
    let names = ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example"];
    for name in names {
        for path in ["/phones", "/forms/received", "/formList"] {
            assert_eq!(get_with(&server, path, &[("host", name)]).status, 403, "{name} {path}");
        }
        let request = agent().post(url(&server, "/phones")).header("host", name);
        let request = request.header("origin", format!("http://{name}")).header("sec-fetch-site", "same-origin");
        let added = answer(request.send_form([("name", "Thief"), ("address", "http://10.0.0.1")]));
        assert_eq!(added.status, 403, "{name}: {}", added.text());
    }
    let port = server.address.rsplit(':').next().unwrap();
    assert_eq!(get_with(&server, "/phones", &[("host", &format!("localhost:{port}"))]).status, 200);
}
