//! OGC API – Features, class by class, as the requirements name them, and what real clients need besides.

#[path = "screens/server.rs"]
mod server;

use serde_json::Value;
use server::{FINDS, Server, ground};
use ureq::Agent;

fn server() -> Server {
    Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS)])
}

struct Answer {
    status: u16,
    kind: String,
    crs: String,
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
    let (kind, crs) = (header("content-type"), header("content-crs"));
    Answer { status: response.status().as_u16(), kind, crs, body: response.body_mut().read_to_string().unwrap() }
}

fn get(server: &Server, path: &str) -> Answer {
    get_with(server, path, &[])
}

fn link<'a>(value: &'a Value, rel: &str) -> Option<&'a str> {
    value["links"].as_array()?.iter().find(|link| link["rel"] == rel)?["href"].as_str()
}

fn ids(value: &Value) -> Vec<String> {
    value["features"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn core_landing_page_leads_everywhere() {
    let server = server();
    let landing = get_with(&server, "/", &[("accept", "application/json")]).json();
    for rel in ["self", "service-desc", "service-doc", "conformance", "data"] {
        let href = link(&landing, rel).unwrap_or_else(|| panic!("no {rel}"));
        assert!(href.starts_with("http://127.0.0.1:"), "{href} is not absolute");
        assert_eq!(get_with(&server, href, &[("accept", "application/json")]).status, 200, "{href}");
    }
    // People still get the overview.
    assert!(get_with(&server, "/", &[("accept", "text/html")]).body.contains("Overview"));
    assert!(get(&server, "/").body.contains("Overview"));
}

#[test]
fn core_conformance_and_oas30_are_told() {
    let server = server();
    let classes = get(&server, "/conformance").json();
    for class in ["core", "geojson", "html", "oas30"] {
        let uri = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(classes["conformsTo"].as_array().unwrap().iter().any(|known| *known == *uri), "{uri}");
    }
    let api = get(&server, "/api");
    assert_eq!(api.kind, "application/vnd.oai.openapi+json;version=3.0");
    let api = api.json();
    assert_eq!(api["openapi"], "3.0.3");
    assert!(api["components"]["parameters"]["limit"]["schema"]["maximum"].as_u64().unwrap() >= 1_000);
}

#[test]
fn core_collections_are_described() {
    let server = server();
    let collections = get(&server, "/collections").json();
    let names: Vec<&str> =
        collections["collections"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    for name in
        ["hazard", "hazard_conservative", "release", "find", "place", "route", "project", "monument", "hazard_history"]
    {
        assert!(names.contains(&name), "{name} of {names:?}");
        assert!(!name.contains('.'));
    }
    // Persons are in no collection.
    assert!(!names.iter().any(|name| ["household", "casualty", "assistance"].contains(name)));
    let hazard = get(&server, "/collections/hazard").json();
    assert!(link(&hazard, "items").unwrap().ends_with("/collections/hazard/items"));
    assert_eq!(hazard["extent"]["spatial"]["bbox"][0].as_array().unwrap().len(), 4);
    assert_eq!(get(&server, "/collections/nothing").status, 404);
}

#[test]
fn core_items_are_all_there_page_by_page() {
    let server = server();
    let all = get(&server, "/collections/hazard/items");
    assert!(all.kind.starts_with("application/geo+json"), "{}", all.kind);
    let all = all.json();
    let state = server.state(&[]);
    assert_eq!(all["numberMatched"], state["totals"]["n_open"]);
    assert!(link(&all, "next").is_none(), "the last page has no next");
    let mut found = Vec::new();
    let mut next = Some(format!("{}/collections/hazard/items?limit=1", server.address));
    while let Some(href) = next {
        let page = get(&server, &href).json();
        assert_eq!(page["numberReturned"], 1);
        assert_eq!(page["numberMatched"], all["numberMatched"]);
        found.extend(ids(&page));
        next = link(&page, "next").map(str::to_owned);
    }
    assert_eq!(found, ids(&all));
    // Over the maximum is no error.
    assert_eq!(get(&server, "/collections/hazard/items?limit=1000000").status, 200);
}

#[test]
fn core_parameters_are_known_or_refused() {
    let server = server();
    for bad in [
        "limit=0",
        "limit=x",
        "limit=-1",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=1,5,2,3",
        "datetime=yesterday",
        "datetime=2024-02-30",
        "crs=EPSG:1",
        "bbox-crs=x",
        "limitt=1",
        "nothing=1",
        "f=xml",
        "filter=(((",
        "filter=nothing%3D1",
        "filter-lang=sql",
        "filter=local_id%20%3D%20",
        "after=x&colour=red",
    ] {
        let answer = get(&server, &format!("/collections/hazard/items?{bad}"));
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
        assert_eq!(answer.kind, "application/problem+json");
    }
    let deep = "(".repeat(10_000);
    assert_eq!(get(&server, &format!("/collections/hazard/items?filter={deep}1%3D1")).status, 400);
    let not = "NOT%20".repeat(4_000);
    assert_eq!(get(&server, &format!("/collections/hazard/items?filter={not}true")).status, 400);
}

#[test]
fn core_bbox_and_datetime_choose() {
    let server = server();
    let all = get(&server, "/collections/hazard/items").json();
    let matched = all["numberMatched"].as_u64().unwrap();
    assert_eq!(get(&server, "/collections/hazard/items?bbox=-180,-90,180,90").json()["numberMatched"], matched);
    assert_eq!(get(&server, "/collections/hazard/items?bbox=0,0,1,1").json()["numberMatched"], 0);
    // Across the antimeridian, which this ground is not.
    assert_eq!(get(&server, "/collections/hazard/items?bbox=170,-90,-170,90").json()["numberMatched"], 0);
    // What has no ground is in every box.
    let organisations = get(&server, "/collections/organisation/items").json()["numberMatched"].clone();
    assert_eq!(get(&server, "/collections/organisation/items?bbox=0,0,1,1").json()["numberMatched"], organisations);
    assert_eq!(get(&server, "/collections/hazard/items?datetime=1990-01-01").json()["numberMatched"], 0);
    assert_eq!(get(&server, "/collections/hazard_history/items?datetime=../1990-01-01").json()["numberMatched"], 0);
    assert!(get(&server, "/collections/hazard_history/items").json()["numberMatched"].as_u64().unwrap() >= matched);
}

#[test]
fn a_dated_root_is_the_state_of_that_day() {
    let server = server();
    let long_ago = get(&server, "/asof/1990-01-01/collections/hazard/items").json();
    assert_eq!(long_ago["numberMatched"], 0);
    let landing = get(&server, "/asof/2024-05-01").json();
    assert!(link(&landing, "data").unwrap().ends_with("/asof/2024-05-01/collections"));
    let collections = get(&server, link(&landing, "data").unwrap()).json();
    assert!(link(&collections["collections"][0], "items").unwrap().contains("/asof/2024-05-01/collections/"));
    assert_eq!(get(&server, "/asof/2024-02-30/collections").status, 404);
}

#[test]
fn crs_is_honoured_and_told() {
    let server = server();
    let first = |answer: &Answer| -> [f64; 2] {
        let mut value = &answer.json()["features"][0]["geometry"]["coordinates"];
        while value[0].is_array() {
            value = &value[0];
        }
        [value[0].as_f64().unwrap(), value[1].as_f64().unwrap()]
    };
    let plain = get(&server, "/collections/hazard/items");
    assert_eq!(plain.crs, "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    let uri = "http://www.opengis.net/def/crs/EPSG/0/4326";
    let turned = get(&server, &format!("/collections/hazard/items?crs={uri}"));
    assert_eq!(turned.crs, format!("<{uri}>"));
    let ([x, y], [a, b]) = (first(&plain), first(&turned));
    assert_eq!([x, y], [b, a]);
    let by_4326 = get(
        &server,
        &format!("/collections/hazard/items?bbox-crs={uri}&bbox={},{},{},{}", y - 1.0, x - 1.0, y + 1.0, x + 1.0),
    );
    assert_eq!(by_4326.json()["numberMatched"], plain.json()["numberMatched"]);
    let listed = get(&server, "/collections/hazard").json();
    assert!(listed["crs"].as_array().unwrap().iter().any(|known| known == uri));
}

#[test]
fn filters_choose_by_queryables() {
    let server = server();
    let queryables = get(&server, "/collections/hazard/queryables").json();
    assert_eq!(queryables["properties"]["remaining_m2"]["type"], "number");
    let all = get(&server, "/collections/hazard/items").json();
    let id = all["features"][0]["properties"]["local_id"].as_str().unwrap();
    let matched =
        |query: &str| get(&server, &format!("/collections/hazard/items?{query}")).json()["numberMatched"].as_u64();
    assert_eq!(matched(&format!("local_id={id}")), Some(1));
    assert_eq!(matched(&format!("filter=local_id%20%3D%20%27{id}%27")), Some(1));
    let json = format!(r#"{{"op":"=","args":[{{"property":"local_id"}},"{id}"]}}"#);
    let json: String = form_urlencoded(&json);
    assert_eq!(matched(&format!("filter-lang=cql2-json&filter={json}")), Some(1));
    assert_eq!(matched("filter=remaining_m2%20%3C%200"), Some(0));
}

fn form_urlencoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[test]
fn one_feature_has_its_own_address() {
    let server = server();
    let all = get(&server, "/collections/find/items").json();
    let id = &ids(&all)[0];
    let one = get(&server, &format!("/collections/find/items/{id}"));
    assert!(one.kind.starts_with("application/geo+json"));
    assert_eq!(one.json()["id"], **id);
    assert!(link(&one.json(), "collection").is_some());
    assert_eq!(get(&server, "/collections/find/items/nothing").status, 404);
}

#[test]
fn people_get_pages() {
    let server = server();
    for path in [
        "/collections",
        "/collections/hazard",
        "/collections/hazard/items",
        "/collections/hazard/queryables",
        "/conformance",
        "/api",
        "/asof/2024-05-01",
    ] {
        let page = get_with(&server, path, &[("accept", "text/html")]);
        assert!(page.kind.starts_with("text/html") && page.status == 200, "{path}: {}", page.kind);
        let json = get(&server, &format!("{path}?f=json"));
        assert!(json.kind.contains("json"), "{path}: {}", json.kind);
    }
}

#[test]
fn an_unchanged_page_is_not_sent_twice_and_the_ledger_takes_no_put() {
    let server = server();
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("{}/collections/hazard/items", server.address);
    let tag = agent.get(&url).call().unwrap().headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(agent.get(&url).header("if-none-match", &tag).call().unwrap().status().as_u16(), 304);
    assert_eq!(agent.put(&url).send("{}").unwrap().status().as_u16(), 405);
    assert_eq!(agent.delete(&url).call().unwrap().status().as_u16(), 405);
}
