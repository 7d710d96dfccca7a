//! Clients that people already have: spreadsheets by OData, scripts by pyodk, tablets by QField and QGIS.

#[path = "screens/server.rs"]
mod server;

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use server::{FINDS, Server, ground};
use ureq::Agent;

fn server() -> Server {
    Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS)])
}

struct Answer {
    status: u16,
    kind: String,
    version: String,
    applied: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

fn get_with(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", server.address) };
    let mut request = agent.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.call().unwrap();
    let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let (kind, version, applied) = (header("content-type"), header("odata-version"), header("preference-applied"));
    let status = response.status().as_u16();
    Answer { status, kind, version, applied, body: response.body_mut().read_to_string().unwrap() }
}

fn get(server: &Server, path: &str) -> Answer {
    get_with(server, path, &[])
}

fn local_ids(value: &Value) -> Vec<&str> {
    value["value"].as_array().unwrap().iter().map(|row| row["local_id"].as_str().unwrap()).collect()
}

#[test]
fn odata_says_what_there_is_in_the_words_that_excel_and_power_bi_read() {
    let server = server();
    for root in ["/odata", "/odata/", "/asof/2023-01-01/odata/"] {
        let service = get_with(
            &server,
            root,
            &[("odata-maxversion", "4.0"), ("accept", "application/json;odata.metadata=minimal")],
        );
        assert_eq!((service.status, service.version.as_str()), (200, "4.0"), "{root}");
        assert!(service.kind.starts_with("application/json;odata.metadata=minimal"), "{}", service.kind);
        let service = service.json();
        assert!(service["@odata.context"].as_str().unwrap().ends_with("/odata/$metadata"));
        let sets: Vec<&str> =
            service["value"].as_array().unwrap().iter().map(|set| set["name"].as_str().unwrap()).collect();
        assert!(sets.contains(&"hazard") && sets.contains(&"organisation") && sets.contains(&"release_history"));
        assert!(
            !sets.iter().any(|set| ["household", "casualty", "assistance"].contains(set)),
            "persons are in no table"
        );
    }
    let metadata = get(&server, "/odata/$metadata");
    assert!(metadata.kind.starts_with("application/xml") && metadata.version == "4.0");
    assert!(metadata.body.contains("<EntityType Name=\"hazard\"><Key><PropertyRef Name=\"id\"/></Key>"));
    assert!(metadata.body.contains("<Property Name=\"date_of_information\" Type=\"Edm.Date\"/>"));
    assert_eq!(get_with(&server, "/odata/", &[("odata-maxversion", "3.0")]).status, 400);
}

#[test]
fn odata_rows_come_page_by_page_as_asked() {
    let server = server();
    let root = "/asof/2023-01-01/odata";
    let all = get(&server, &format!("{root}/hazard?$count=true&$orderby=local_id%20desc")).json();
    assert_eq!((all["@odata.count"].as_u64(), local_ids(&all)), (Some(2), vec!["HA-2", "HA-1"]));
    let row = &all["value"][1];
    assert_eq!((row["class"].as_str(), row["date_of_information"].as_str()), (Some("CHA"), Some("2022-03-01")));
    assert!(
        row["lon"].as_f64().is_some_and(|lon| (46.0..46.01).contains(&lon))
            && row["WKT"].as_str().unwrap().starts_with("MULTIPOLYGON")
    );
    // Pages of one row, with and without an order, lead to the same rows.
    for order in ["", "&$orderby=class%20desc,local_id"] {
        let whole = get(&server, &format!("{root}/hazard?$select=local_id{order}")).json();
        let first = get_with(
            &server,
            &format!("{root}/hazard?$select=local_id&$top=5{order}"),
            &[("prefer", "odata.maxpagesize=1")],
        );
        assert_eq!(first.applied, "odata.maxpagesize=1");
        let first = first.json();
        let next = first["@odata.nextLink"].as_str().expect("there is more");
        assert!(next.starts_with("http://127.0.0.1:") && next.contains("top=4"), "{next}");
        let second = get(&server, next).json();
        assert!(second["@odata.nextLink"].is_null());
        assert_eq!([local_ids(&first), local_ids(&second)].concat(), local_ids(&whole));
        assert_eq!(first["value"][0].as_object().unwrap().len(), 1);
    }
    assert!(get(&server, &format!("{root}/hazard?$top=1")).json()["@odata.nextLink"].is_null(), "no more was wanted");
    assert_eq!(get(&server, &format!("{root}/hazard/$count?$filter=class%20eq%20'SHA'")).body, "1");
    let id = row["id"].as_str().unwrap();
    let one = get(&server, &format!("{root}/hazard('{id}')?$select=id,class")).json();
    assert_eq!((one["id"].as_str(), one["class"].as_str()), (Some(id), Some("CHA")));
    assert_eq!(get(&server, &format!("{root}/hazard('x')")).status, 404);
}

#[test]
fn odata_that_cannot_be_meant_is_refused_in_its_envelope() {
    let server = server();
    for (bad, named) in [
        ("hazard?$filter=colour%20eq%20'red'", "colour"),
        ("hazard?$filter=((((((((((((((((((class%20eq%20'a'))))))))))))))))))", "nested"),
        ("hazard?$filter=class%20eq", "too early"),
        ("hazard?$orderby=colour", "$orderby"),
        ("hazard?$select=colour", "$select"),
        ("hazard?$top=-1", "$top"),
        ("hazard?$apply=aggregate(x)", "$apply"),
        ("hazard?$skiptoken=x&$orderby=class", "start again"),
        ("hazard?$format=atom", "$format"),
        ("minefields", "minefields"),
    ] {
        let answer = get(&server, &format!("/odata/{bad}"));
        assert!([400, 404].contains(&answer.status), "{bad}: {}", answer.status);
        let message =
            answer.json()["error"]["message"].as_str().unwrap_or_else(|| panic!("{bad}: {}", answer.body)).to_owned();
        assert!(message.contains(named), "{bad}: {message}");
    }
}

/// Python with the programs that `cargo xtask ci` brings for tests, if it is there.
fn python() -> Option<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME")?);
    let python = home.join(".cache/homeground/clients/bin/python");
    if !python.exists() {
        eprintln!("skipped: the Python clients are not installed (`cargo xtask ci programs`)");
    }
    python.exists().then_some(python)
}

const DAY: &str = "<data id=\"clearance_progress\" version=\"VERSION\"><date_of_information>2024-09-02</date_of_information><record_id>CP-1</record_id>\
    <local_id>CP-1</local_id><operator>OP-A</operator><activity>CLR</activity><hazard>HA-1</hazard><methods>manual</methods>\
    <processed_m2>250</processed_m2><ground/><finds><category>UXO</category><quantity>2</quantity><where>40.0031 46.0012 900.0 3.2</where></finds>\
    <meta><instanceID>uuid:1</instanceID><instanceName>Two of them</instanceName></meta></data>";

#[test]
fn pyodk_reads_forms_submissions_and_lists_as_of_central() {
    let Some(python) = python() else { return };
    let server = server();
    let added: Value =
        serde_json::from_str(&server.said(&["phone", "test.gpkg", "add", "analyst", "--reads", "--format", "json"]))
            .unwrap();
    let sender: Value =
        serde_json::from_str(&server.said(&["phone", "test.gpkg", "add", "Team 3", "--format", "json"])).unwrap();
    let settings = |of: &Value| {
        (of["digest"]["username"].as_str().unwrap().to_owned(), of["digest"]["password"].as_str().unwrap().to_owned())
    };
    let token = sender["server_url"].as_str().unwrap().split("/v1/").nth(1).unwrap().to_owned();
    let list = get(&server, &format!("/v1/{token}/formList?formID=clearance_progress")).body;
    let version = list.split("<version>").nth(1).unwrap().split("</version>").next().unwrap();
    let xml = DAY.replace("VERSION", version);
    let part = format!(
        "--b\r\ncontent-disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\ncontent-type: text/xml\r\n\r\n{xml}\r\n--b--\r\n"
    );
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let sent = agent
        .post(format!("{}/v1/{token}/submission", server.address))
        .header("content-type", "multipart/form-data; boundary=b")
        .send(part.as_bytes())
        .unwrap();
    assert_eq!(sent.status().as_u16(), 201);
    let script = "import sys
from pyodk.client import Client
from pyodk._utils.config import Config, CentralConfig
from pyodk.errors import PyODKError
url, name, password, other, secret = sys.argv[1:]
def client(name, password):
    return Client(config=Config(CentralConfig(url, name, password, 1)), cache_path=sys.argv[0] + name + password)
c = client(name, password)
print([(p.id, p.name) for p in c.projects.list()], c.projects.get(1).forms)
print(sorted(f.xmlFormId for f in c.forms.list())[:3], c.forms.get('clearance_progress').state)
s = c.submissions.list(form_id='clearance_progress')
print([(x.instanceId, x.submitterId, x.instanceName) for x in s], c.submissions.get('uuid:1', form_id='clearance_progress').instanceId)
t = c.submissions.get_table(form_id='clearance_progress', count=True, expand='*', filter='__system/submissionDate ge 2020-01-01T00:00:00Z')
print(t['@odata.count'], t['value'][0]['__id'], t['value'][0]['date_of_information'], t['value'][0]['processed_m2'], t['value'][0]['finds'])
print(c.submissions.get_table(form_id='clearance_progress', filter='__system/submissionDate lt 2020-01-01T00:00:00Z')['value'])
print(c.get('projects/1/forms/clearance_progress/submissions/uuid:1.xml').text.startswith('<data id='))
print([l.name for l in c.entity_lists.list()], len(c.entities.get_table(entity_list_name='hazards')['value']))
for name, password in ((name, 'wrong'), (other, secret)):
    try:
        client(name, password).projects.list()
        print('let in')
    except PyODKError as error:
        print('refused')
";
    let ((name, password), (other, secret)) = (settings(&added), settings(&sender));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ask.py");
    std::fs::write(&file, script).unwrap();
    let output =
        Command::new(python).arg(&file).args([&server.address, &name, &password, &other, &secret]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    expect_test::expect![[r#"
        [(1, 'Test district')] 8
        ['accident', 'clearance_progress', 'completion'] open
        [('uuid:1', 2, 'Two of them')] uuid:1
        1 uuid:1 2024-09-02 250.0 [{'category': 'UXO', 'quantity': 2, 'where': {'type': 'Point', 'coordinates': [46.0012, 40.0031, 900.0], 'properties': {'accuracy': 3.2}}}]
        []
        True
        ['hazards', 'releases', 'monuments'] 1
        refused
        refused
    "#]]
    .assert_eq(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(get(&server, "/v1/projects").status, 401);
}

/// What Debian's Python says, which has GDAL and perhaps QGIS; nothing where a module is missing.
fn debian(script: &str, folder: &std::path::Path) -> Option<String> {
    let mut python = Command::new("/usr/bin/python3");
    python.arg("-c").arg(script).current_dir(folder).env("QT_QPA_PLATFORM", "offscreen");
    let output = python.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("No module named") {
        eprintln!("skipped: {}", said.lines().last().unwrap_or_default());
        return None;
    }
    assert!(output.status.success(), "{said}");
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

const DRAW: &str = "
from osgeo import ogr
d = ogr.Open('field/draft.gpkg', 1)
def draw(layer, wkt, **values):
    l = d.GetLayer(layer)
    f = ogr.Feature(l.GetLayerDefn())
    for name, value in values.items():
        f.SetField(name, value)
    f.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    assert l.CreateFeature(f) == 0
draw('draft_area', 'MULTIPOLYGON (((46.02 40, 46.03 40, 46.03 40.01, 46.02 40)))', id='a1', record='hazard_area', date_of_information='2024-05-01', **{'class': 'SHA'}, evidence='indirect', eo='UXO', accuracy_m=3)
draw('draft_point', 'POINT (46.021 40.001)', id='b2', record='device_find', local_id='F-77', date_of_information='2024-05-01', category='UXO', quantity=1)
";

#[test]
fn a_package_for_qfield_comes_back_as_proposed_records() {
    let server = server();
    server.said(&["package", "test.gpkg", "--for", "qfield", "--out", "field", "--as-of", "2023-01-01"]);
    let folder = server.file("x", "").parent().unwrap().to_owned();
    for name in ["homeground.qgs", "reference.gpkg", "draft.gpkg", "draft.toml", "README.txt"] {
        assert!(folder.join("field").join(name).exists(), "{name}");
    }
    let zip = ureq::get(format!("{}/asof/2023-01-01/packages/qfield.zip", server.address)).call().unwrap();
    assert_eq!(zip.headers()["content-type"], "application/zip");
    if debian(DRAW, &folder).is_none() {
        return;
    }
    // Beside the programme that is served: a copy.
    server.said(&["backup", "test.gpkg", "copy.gpkg"]);
    for (accepted, known) in [(2, 0), (0, 2)] {
        let report =
            server.said(&["import", "copy.gpkg", "field/draft.gpkg", "--map", "field/draft.toml", "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(
            (report["accepted"].as_u64(), report["already_known"].as_u64()),
            (Some(accepted), Some(known)),
            "{report}"
        );
    }
    server.said(&["export", "copy.gpkg", "--layer", "hazard_area", "--out", "back.csv"]);
    let back = std::fs::read_to_string(folder.join("back.csv")).unwrap();
    assert!(back.contains(",a1,2024-05-01,proposed,"), "{back}");
}

const OPEN: &str = "
import sys
from qgis.core import QgsApplication, QgsProject, QgsFeature, QgsVectorLayerUtils, QgsGeometry
a = QgsApplication([], False)
a.initQgis()
p = QgsProject.instance()
assert p.read(sys.argv[1] if len(sys.argv) > 1 else 'field/homeground.qgs')
for l in sorted(p.mapLayers().values(), key=lambda l: l.name()):
    r = l.renderer()
    names = [c.label() for c in r.categories()] if r.type() == 'categorizedSymbol' else [r.type()]
    print(l.name(), l.isValid(), l.featureCount(), 'read-only' if l.readOnly() else 'drawn', names)
l = [l for l in p.mapLayers().values() if l.name() == 'Draw ground here'][0]
f = QgsVectorLayerUtils.createFeature(l, QgsGeometry.fromWkt('MultiPolygon (((46.04 40, 46.05 40, 46.05 40.01, 46.04 40)))'))
print(len(f['id']), f['record'], f['date_of_information'].isValid())
f['class'], f['evidence'], f['eo'] = 'SHA', 'indirect', 'UXO'
assert l.startEditing() and l.addFeature(f) and l.commitChanges(), l.commitErrors()
print(l.featureCount())
";

#[test]
fn qgis_opens_the_package_with_symbols_and_draws_with_a_key_of_its_own() {
    let server = server();
    server.said(&["package", "test.gpkg", "--for", "qfield", "--out", "field", "--as-of", "2024-01-01"]);
    let folder = server.file("x", "").parent().unwrap().to_owned();
    let Some(text) = debian(OPEN, &folder) else { return };
    expect_test::expect![[r#"
        Draw ground here True 0 drawn ['singleSymbol']
        Mark finds and accidents here True 0 drawn ['singleSymbol']
        accident True 0 read-only ['singleSymbol']
        find True 3 read-only ['singleSymbol']
        hazard True 2 read-only ['CHA', 'SHA', 'other']
        hazard conservative True 2 read-only ['singleSymbol']
        released True 1 read-only ['other', 'CLEARED', 'REDUCED', 'CANCELLED']
        36 hazard_area True
        1"#]]
    .assert_eq(&text);
}

#[test]
fn qgis_opens_the_project_for_the_office_over_the_network() {
    let server = server();
    let project = get(&server, "/asof/2023-01-01/qgis/homeground.qgs").body;
    let folder = server.file("office.qgs", &project).parent().unwrap().to_owned();
    let script = "
from qgis.core import QgsApplication, QgsProject
a = QgsApplication([], False)
a.initQgis()
p = QgsProject.instance()
assert p.read('office.qgs')
for l in sorted(p.mapLayers().values(), key=lambda l: l.name()):
    print(l.name(), l.isValid(), len(list(l.getFeatures())), l.readOnly())
";
    let Some(text) = debian(script, &folder) else { return };
    expect_test::expect![[r#"
        accident True 0 True
        find True 0 True
        hazard True 2 True
        hazard conservative True 2 True"#]]
    .assert_eq(&text);
}

fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, String) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", server.address) };
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
    let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let told = if method == "OPTIONS" { header("allow") } else { header("location") };
    (response.status().as_u16(), told, response.body_mut().read_to_string().unwrap())
}

const GEOJSON: [(&str, &str); 1] = [("content-type", "application/geo+json")];

fn drawing(properties: &str) -> String {
    format!(
        r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[[[46.06,40],[46.07,40],[46.07,40.01],[46.06,40]]]}},"properties":{{{properties}}}}}"#
    )
}

const SUSPECTED: &str = r#""local_id":"HA-8","date_of_information":"2024-05-01","class":"SHA","evidence":"indirect","eo":"UXO","accuracy_m":3"#;

#[test]
fn part_4_drafts_are_created_replaced_changed_and_deleted_and_the_ledger_is_not() {
    let server = server();
    let items = "/collections/hazard_area_draft/items";
    assert_eq!(send(&server, "OPTIONS", items, &[], "").1, "GET, HEAD, OPTIONS, POST");
    let (status, location, _) = send(&server, "POST", items, &GEOJSON, &drawing(SUSPECTED));
    assert_eq!((status, location.starts_with(&format!("{}{items}/", server.address))), (201, true), "{location}");
    assert!(send(&server, "OPTIONS", &location, &[], "").1.contains("PATCH"));
    let agent: Agent = Agent::config_builder().build().into();
    let response = agent.get(&location).call().unwrap();
    let tag = response.headers().get("etag").unwrap().to_str().unwrap().to_owned();
    // A part, then the whole; who read an older version is told.
    let patch = [("content-type", "application/merge-patch+json"), ("if-match", tag.as_str())];
    let change = r#"{"properties":{"class":"CHA","eo":null}}"#;
    assert_eq!(send(&server, "PATCH", &location, &patch, change).0, 204);
    assert_eq!(send(&server, "PATCH", &location, &patch, change).0, 412);
    let changed = get(&server, &location).json();
    assert_eq!((changed["properties"]["class"].as_str(), &changed["properties"]["eo"]), (Some("CHA"), &Value::Null));
    assert_eq!(send(&server, "PUT", &location, &GEOJSON, &drawing(SUSPECTED)).0, 204);
    assert_eq!(get(&server, &location).json()["properties"]["eo"], "UXO");
    assert_eq!(get(&server, &format!("{items}?filter=class%20%3D%20'SHA'")).json()["numberMatched"], 1);
    // Nothing of it counts.
    assert_eq!(
        server.state(&[])["totals"]["n_open"],
        get(&server, "/collections/hazard/items").json()["numberMatched"]
    );
    assert_eq!(get(&server, "/collections/hazard_area/items").json()["numberMatched"], 2);
    for (method, path, headers, body, status) in [
        ("POST", "/collections/hazard_area/items", GEOJSON, drawing(SUSPECTED), 405),
        ("POST", "/asof/2023-01-01/collections/hazard_area_draft/items", GEOJSON, drawing(SUSPECTED), 405),
        ("POST", items, [("content-type", "text/plain")], drawing(SUSPECTED), 415),
        ("POST", items, GEOJSON, "{".to_owned(), 400),
        ("POST", items, GEOJSON, drawing(r#""colour":"red""#), 400),
        ("PUT", "/collections/hazard_area_draft/items/x", GEOJSON, drawing(SUSPECTED), 404),
        ("POST", items, [("origin", "http://elsewhere.example")], drawing(SUSPECTED), 403),
    ] {
        assert_eq!(send(&server, method, path, &headers, &body).0, status, "{method} {path} {body}");
    }
    assert_eq!(send(&server, "DELETE", &location, &[], "").0, 204);
    assert_eq!(get(&server, &location).status, 404);
}

#[test]
fn a_submitted_draft_is_a_proposed_record_and_what_is_held_stays_a_draft() {
    let server = server();
    let items = "/collections/hazard_area_draft/items";
    assert_eq!(send(&server, "POST", items, &GEOJSON, &drawing(SUSPECTED)).0, 201);
    assert_eq!(send(&server, "POST", items, &GEOJSON, &drawing(r#""local_id":"HA-9","class":"SHA""#)).0, 201);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (status, _, page) = send(&server, "POST", "/drafts/submit", &form, "");
    assert!(
        status == 200 && page.contains("1 became proposed records") && page.contains("date_of_information"),
        "{page}"
    );
    let left = get(&server, items).json();
    assert_eq!(
        (left["numberMatched"].as_u64(), left["features"][0]["properties"]["local_id"].as_str()),
        (Some(1), Some("HA-9"))
    );
    let found = get(&server, "/collections/hazard_area/items?local_id=HA-8").json();
    assert_eq!(found["features"][0]["properties"]["standing"], "proposed");
    let drafts = get_with(&server, "/drafts", &[("accept", "text/html")]).body;
    assert!(drafts.contains("HA-9") && !drafts.contains("HA-8"));
}
