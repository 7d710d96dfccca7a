//! What the server says to programs: headers, copies, problems.

#[path = "screens/server.rs"]
mod server;

use server::{FINDS, RETURN, Server, ground};
use ureq::http::Response;
use ureq::{Agent, Body};

fn server() -> Server {
    Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS)])
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
}

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = agent().get(format!("{}{path}", server.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.call().unwrap()
}

fn header(response: &Response<Body>, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn text(mut response: Response<Body>) -> String {
    response.body_mut().read_to_string().unwrap()
}

const PAGE: (&str, &str) = ("accept", "text/html");

#[test]
fn a_page_loads_nothing_from_elsewhere_and_is_small() {
    let server = server();
    for path in ["/", "/hazards", "/hazards/HA-1", "/ledger", "/import", "/about"] {
        let response = get(&server, path, &[PAGE, ("accept-encoding", "gzip")]);
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "cache-control"), "private, no-cache");
        assert_eq!(header(&response, "content-encoding"), "gzip");
        let mut size = response.into_body().into_with_config().limit(u64::MAX).read_to_vec().unwrap().len();
        let style = text(get(&server, "/", &[PAGE]));
        for asset in style.split('"').filter(|part| part.starts_with("/assets/") && !part.contains("favicon")) {
            size += get(&server, asset, &[("accept-encoding", "gzip")]).into_body().read_to_vec().unwrap().len();
        }
        assert!(size < 60_000, "{path} with its style and script: {size} bytes");
    }
}

#[test]
fn an_unchanged_page_is_not_sent_twice() {
    let server = server();
    let first = get(&server, "/hazards", &[PAGE]);
    let tag = header(&first, "etag");
    assert!(tag.starts_with("W/"), "{tag}");
    assert_eq!(get(&server, "/hazards", &[PAGE, ("if-none-match", &tag)]).status(), 304);
    assert_eq!(get(&server, "/hazards?state=all", &[PAGE, ("if-none-match", &tag)]).status(), 200);
}

#[test]
fn an_asset_is_kept_for_ever_under_an_address_that_changes_with_it() {
    let server = server();
    let page = text(get(&server, "/", &[PAGE]));
    let style = page.split('"').find(|part| part.ends_with("/style.css")).unwrap();
    let response = get(&server, style, &[]);
    assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
    let tag = header(&response, "etag");
    assert_eq!(get(&server, style, &[("if-none-match", &tag)]).status(), 304);
    assert_eq!(get(&server, "/assets/0000000000000000/style.css", &[]).status(), 404);
    assert_eq!(get(&server, "/assets/x/../../Cargo.toml", &[]).status(), 404);
}

#[test]
fn a_question_that_cannot_be_read_is_named_for_people_and_for_programs() {
    let server = server();
    for (query, named) in [
        ("/?as_of=2025-02-30", "2025-02-30"),
        ("/hazards?sort=colour", "colour"),
        ("/hazards?known_at=noon", "noon"),
        ("/figures/remaining?unit=acre", "acre"),
        ("/balance?from=2025-01-02&to=2025-01-01", "2025-01-02"),
        ("/map/layers/ground.geojson?bbox=1,2,3", "1,2,3"),
        ("/finds?month=2025-13", "2025-13"),
    ] {
        let page = get(&server, query, &[PAGE]);
        assert_eq!(page.status(), 400, "{query}");
        assert!(header(&page, "content-type").starts_with("text/html"));
        assert!(text(page).contains(named), "{query}");
        let problem = get(&server, query, &[("accept", "application/json")]);
        assert_eq!(header(&problem, "content-type"), "application/problem+json");
        let problem: serde_json::Value = serde_json::from_str(&text(problem)).unwrap();
        assert_eq!((problem["status"].as_u64(), problem["type"].as_str()), (Some(400), Some("bad_query")));
        assert!(problem["detail"].as_str().unwrap().contains(named), "{problem}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let server = server();
    for path in
        ["/hazards/HA-404", "/ledger/abc", "/figures/happiness", "/nowhere", "/map/layers/ground.shp", "/import/7"]
    {
        let page = get(&server, path, &[PAGE]);
        assert_eq!(page.status(), 404, "{path}");
        assert!(text(page).contains("Not found"), "{path}");
    }
}

#[test]
fn the_state_is_what_the_command_line_prints() {
    let server = server();
    let served: serde_json::Value = serde_json::from_str(&text(get(
        &server,
        "/state.json?as_of=2023-12-31&known_at=2100-01-01T00:00:00Z&by=hazard",
        &[],
    )))
    .unwrap();
    let printed = server.state(&["--by", "hazard", "--as-of", "2023-12-31", "--known-at", "2100-01-01T00:00:00Z"]);
    assert_eq!(served, printed);
}

#[test]
fn the_unit_is_remembered() {
    let server = server();
    let cookie = header(&get(&server, "/?unit=ha", &[PAGE]), "set-cookie");
    assert!(cookie.starts_with("unit=ha;"), "{cookie}");
    assert!(text(get(&server, "/", &[PAGE, ("cookie", "unit=ha")])).contains("ha</data>"));
}

#[test]
fn tables_leave_as_csv_with_exact_areas() {
    let server = server();
    let response = get(&server, "/hazards?state=all&format=csv", &[]);
    assert!(header(&response, "content-type").starts_with("text/csv"));
    let csv = text(response);
    let remaining: f64 = csv.lines().skip(1).map(|line| line.split(',').nth(5).unwrap().parse::<f64>().unwrap()).sum();
    let state = server.state(&["--by", "total"]);
    assert!((remaining - state["totals"]["remaining_m2"].as_f64().unwrap()).abs() < 1e-3, "{csv}");
}

#[test]
fn a_form_from_another_site_is_refused() {
    let server = server();
    let url = format!("{}/import", server.address);
    let form = "--x\r\ncontent-disposition: form-data; name=\"dry_run\"\r\n\r\nyes\r\n--x--\r\n";
    let send = |name: &str, value: &str| {
        let request = agent().post(&url).header("content-type", "multipart/form-data; boundary=x").header(name, value);
        request.send(form).unwrap().status().as_u16()
    };
    assert_eq!(send("origin", "https://elsewhere.example"), 403);
    assert_eq!(send("sec-fetch-site", "cross-site"), 403);
    assert_eq!(send("origin", &server.address), 400, "our own form, but without a file");
}

#[test]
fn an_inquiry_is_answered_on_a_page_and_as_a_signed_sheet() {
    let server = server();
    let plot =
        "/plot?footprint=POLYGON((46.001%2040.001%2C46.004%2040.001%2C46.004%2040.004%2C46.001%2040.001))&depth_cm=20";
    let page = text(get(&server, plot, &[PAGE]));
    assert!(page.contains("GATE-4") && page.contains(">pass<"), "{page}");
    let sheet: serde_json::Value = serde_json::from_str(&text(get(&server, &format!("{plot}&f=json"), &[]))).unwrap();
    assert_eq!(sheet["result"], "PASS");
    assert_eq!(sheet["signature"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(sheet["signature"]["sig"].as_str().unwrap().len(), 128);
    // Ground that nobody recorded never passes, and a path is no footprint: no file of the machine is read.
    assert!(text(get(&server, "/plot?footprint=POINT(10%2010)&margin_m=5", &[PAGE])).contains(">unknown<"));
    let refused = text(get(&server, "/plot?footprint=%2Fetc%2Fpasswd", &[PAGE]));
    assert!(refused.contains("is no well-known text") && !refused.contains("root:"), "{refused}");
}

#[test]
fn a_page_of_the_field_book_is_drawn_and_taken_along() {
    let server = server();
    let sheet = "/field?local_id=HA-7&datum=46.0383%2C40.1065&datum_name=SP&north=TRUE&angle_unit=deg&to0=TP1&bearing0=20&distance0=140\
                 &to1=TP2&bearing1=98&distance1=205.5&closing_bearing=240&closing_distance=270";
    let page = text(get(&server, sheet, &[PAGE]));
    assert!(page.contains("Closing error") && page.contains("<svg"), "{page}");
    let file: serde_json::Value =
        serde_json::from_str(&text(get(&server, &format!("{sheet}&f=geojson"), &[]))).unwrap();
    assert_eq!(file["features"][0]["properties"]["traverse"]["legs"].as_array().unwrap().len(), 2);
    // Without a north nothing is guessed.
    let vague = text(get(&server, &sheet.replace("&north=TRUE", ""), &[PAGE]));
    assert!(vague.contains("No polygon yet"), "{vague}");
}

/// The page once what it waits for stands on it.
fn eventually(server: &Server, path: &str, wanted: &str) -> String {
    for _ in 0..200 {
        let page = text(get(server, path, &[PAGE]));
        if page.contains(wanted) {
            return page;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{path} never says {wanted}");
}

#[test]
fn gates_and_plan_are_made_in_the_background_and_say_what_holds_a_return() {
    let server = Server::with(&[("ground.geojson", &ground()), ("return.geojson", RETURN)]);
    let day = "as_of=2025-10-31";
    let all = eventually(&server, &format!("/settlements?{day}"), "Gates on");
    assert!(all.contains("blocked") && all.contains("Upper"), "{all}");
    let one = eventually(&server, &format!("/settlements/PL-1?{day}"), "Its works in the plan");
    assert!(one.contains("Upper: return <strong>blocked</strong>") && one.contains("HA-1"), "{one}");
    // Persons stay out of it.
    assert!(!one.contains("HH-1"), "{one}");
    let plan = eventually(&server, &format!("/plan?{day}"), "Targets, plan and actual");
    assert!(plan.contains("closed-") && plan.contains("promised for 2026-12-28"), "{plan}");
    let works = eventually(&server, &format!("/plan?place=PL-1&{day}"), "So it opens on");
    assert!(works.contains("HA-1 takes"), "{works}");
    assert_eq!(get(&server, "/plan?by=moon", &[PAGE]).status(), 400);
    assert_eq!(get(&server, &format!("/settlements/NOWHERE?{day}"), &[PAGE]).status(), 404);
    let compared = eventually(&server, &format!("/scenarios?{day}&text=early_winter_weeks%20%3D%204"), "Side by side");
    assert!(compared.contains("as it stands") && compared.contains("yours"), "{compared}");
    let wrong = text(get(&server, &format!("/scenarios?{day}&text=bugdet%20%3D%204"), &[PAGE]));
    assert!(wrong.contains("bugdet"), "{wrong}");
}

#[test]
fn a_new_entry_moves_the_plan_on_and_says_what_moved() {
    let server = Server::with(&[("ground.geojson", &ground()), ("return.geojson", RETURN)]);
    let day = "as_of=2025-10-31";
    let before = eventually(&server, &format!("/plan?{day}"), "Targets, plan and actual");
    assert!(!before.contains("Since the plan before"), "{before}");
    let hazard = r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.0115,40.006],[46.0125,40.006],[46.0125,40.007],[46.0115,40.007],[46.0115,40.006]]]},"properties":{"record":"hazard_area","local_id":"HA-7","date_of_information":"2025-10-01","class":"CHA","evidence":"direct","eo":"AP_MINE","accuracy_m":2,"geometry_quality":"SURVEYED","elevation_m":900,"place":"PL-1"}}]}"#;
    let part = |name: &str, text: &str| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"{text}\r\n");
    let form = part("file", &format!("; filename=\"new.geojson\"\r\n\r\n{hazard}"))
        + &part("approve_as", "\r\n\r\nCentre")
        + "--x--\r\n";
    let request = agent().post(format!("{}/import", server.address));
    let request = request.header("content-type", "multipart/form-data; boundary=x").header("origin", &server.address);
    assert_eq!(request.send(&form).unwrap().status(), 303);
    let after = eventually(&server, &format!("/plan?{day}"), "Since the plan before");
    assert!(after.contains("HA-7 is new"), "{after}");
}

#[test]
fn a_programme_to_which_nobody_returns_has_no_settlement_and_an_empty_plan() {
    let server = server();
    let none = eventually(&server, "/settlements", "No place on record waits for households");
    assert!(!none.contains("<table"), "{none}");
    let plan = eventually(&server, "/plan", "0 settlements have a day");
    assert!(plan.contains("no team can clear it"), "{plan}");
    assert!(text(get(&server, "/scenarios", &[PAGE])).contains("No scenario yet"));
}
