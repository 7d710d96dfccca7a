//! What the server says to programs: headers, copies, problems.

#[path = "screens/server.rs"]
mod server;

use server::{CLAIMS, FINDS, RECOVERY, RETURN, Server, bow_tie, ground};
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
fn heights_are_shown_as_bands_and_shade_and_a_raster_that_is_none_is_told() {
    let server = Server::with(&[("recovery.geojson", RECOVERY)]);
    assert!(text(get(&server, "/environment", &[PAGE])).contains("No raster of heights is set"));
    assert_eq!(get(&server, "/environment/relief.png", &[]).status(), 404);
    let head = "ncols 3\nnrows 2\nxllcorner 46\nyllcorner 40\ncellsize 0.05\nNODATA_value -9999\n";
    server.file("heights.asc", &format!("{head}500 700 900\n1600 2500 -9999\n"));
    server.file("homeground.toml", "elevation = \"heights.asc\"\n");
    let page = text(get(&server, "/environment?again=1", &[PAGE]));
    assert!(page.contains("From 500 to 2\u{202f}500 m in 5 cells"), "{page}");
    assert!(page.contains("below 800 m") && page.contains("40.0 %"), "{page}");
    let mut picture = get(&server, "/environment/relief.png?again=1", &[]);
    assert_eq!(header(&picture, "content-type"), "image/png");
    assert!(picture.body_mut().read_to_vec().unwrap().starts_with(b"\x89PNG"));
    server.file("heights.asc", "ncols 3 1 2");
    let told = text(get(&server, "/environment?again=2", &[PAGE]));
    assert!(told.contains("nrows is missing"), "{told}");
}

#[test]
fn statistics_of_casualties_hold_nothing_of_a_person_and_sum() {
    let server = Server::with(&[("ground.geojson", &ground()), ("recovery.geojson", RECOVERY)]);
    let csv = text(get(&server, "/accidents?format=csv", &[]));
    assert_eq!(
        csv,
        "year,accidents,killed,injured,unknown,casualties,indirect_victims\n2023,1,1,1,0,2,1\n2024,1,0,2,0,2,0\n"
    );
    let page = text(get(&server, "/accidents", &[PAGE]));
    assert!(!page.contains("CA-1") && !page.contains("CA-2"), "no casualty is named");
    let findings = server.said(&["check", "test.gpkg"]);
    assert!(findings.contains("ID-10") && findings.contains("AC-10 counts 2 casualties, 0 are listed"), "{findings}");
}

#[test]
fn a_series_breaks_where_boundaries_change_and_money_is_summed_by_currency() {
    let server = Server::with(&[("recovery.geojson", RECOVERY)]);
    let csv = text(get(&server, "/population?format=csv", &[]));
    let breaks: Vec<&str> = csv.lines().filter(|line| line.contains("other boundaries")).collect();
    assert!(matches!(breaks[..], [line] if line.contains(",2009,71000,")), "{csv}");
    let page = text(get(&server, "/projects", &[PAGE]));
    for wanted in ["Money in AZN", "Money in USD", "900\u{202f}000", "People at work", "80 %"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains("1\u{202f}300\u{202f}000"), "nothing is added across currencies");
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
    let writer = get(&server, &format!("{plot}&f=json"), &[]);
    let writer = serde_json::from_str::<serde_json::Value>(&text(writer)).unwrap()["signature"]["writer"].to_string();
    assert!(page.contains("Made from the ledger of") && page.contains(writer.trim_matches('"')), "{page}");
    let sheet: serde_json::Value = serde_json::from_str(&text(get(&server, &format!("{plot}&f=json"), &[]))).unwrap();
    assert_eq!(sheet["result"], "PASS");
    assert_eq!(sheet["signature"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(sheet["signature"]["sig"].as_str().unwrap().len(), 128);
    // Ground that nobody recorded never passes, and a path is no footprint: no file of the machine is read.
    assert!(text(get(&server, "/plot?footprint=POINT(10%2010)&margin_m=5", &[PAGE])).contains(">unknown<"));
    let refused = text(get(&server, "/plot?footprint=%2Fetc%2Fpasswd", &[PAGE]));
    assert!(refused.contains("is no well-known text") && !refused.contains("root:"), "{refused}");
}

/// What the form of the inquiry gives back for a file and what else is typed.
fn ask_for(server: &Server, file: (&str, &str), typed: &[(&str, &str)]) -> Response<Body> {
    let part = |name: &str, text: &str| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"{text}\r\n");
    let mut form = part("file", &format!("; filename=\"{}\"\r\n\r\n{}", file.0, file.1));
    typed.iter().for_each(|(name, value)| form += &part(name, &format!("\r\n\r\n{value}")));
    let request = agent().post(format!("{}/plot?as_of=2024-01-01", server.address)).header("accept", "text/html");
    let request = request.header("content-type", "multipart/form-data; boundary=x").header("origin", &server.address);
    request.send(&(form + "--x--\r\n")).unwrap()
}

#[test]
fn a_plot_from_a_file_has_an_address_and_a_file_that_is_none_is_told() {
    let server = server();
    let ring = "[[46.001,40.001],[46.004,40.001],[46.004,40.004],[46.001,40.001]]";
    let kml = "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>\
               46.001,40.001 46.004,40.001 46.004,40.004 46.001,40.001</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>";
    let geojson = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
    for file in [
        ("plot.geojson", &*geojson),
        ("plot.kml", kml),
        ("plot.txt", "POLYGON((46.001 40.001, 46.004 40.001, 46.004 40.004, 46.001 40.001))"),
    ] {
        let sent = ask_for(&server, file, &[("depth_cm", "20"), ("footprint", "HA-1"), ("eo", "")]);
        assert_eq!(sent.status(), 303, "{}", file.0);
        let there = header(&sent, "location");
        assert!(there.starts_with("/plot?as_of=2024-01-01&depth_cm=20&footprint=POLYGON"), "{there}");
        let page = text(get(&server, &there, &[PAGE]));
        assert!(page.contains("Answer for 2024-01-01") && page.contains(">pass<"), "{page}");
    }
    let kept = |file, typed| text(ask_for(&server, file, typed));
    let page = kept(("plot.geojson", "no plot"), &[("depth_cm", "21"), ("footprint", "")]);
    assert!(page.contains("plot.geojson: ") && page.contains("value=\"21\""), "{page}");
    let nothing = kept(("", ""), &[("footprint", ""), ("depth_cm", "22")]);
    assert!(nothing.contains("give the ground as text") && nothing.contains("value=\"22\""), "{nothing}");
    let corners: Vec<String> = (0..4_000).map(|i| format!("[46.{:07},40.0000001]", i)).collect();
    let large =
        format!(r#"{{"type":"Polygon","coordinates":[[{},[46.01,40.01],[46.0,40.0000001]]]}}"#, corners.join(","));
    let page = kept(("large.geojson", &large), &[]);
    assert!(page.contains("too many corners for a page"), "{page}");
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
    // Weeks in which the ground of a team is closed are shaded as those of a settlement.
    let teams = text(get(&server, &format!("/plan?by=team&{day}"), &[PAGE]));
    assert!(
        teams.contains("Plan by team") && teams.contains("href=\"#closed-") && teams.contains("class=\"snow"),
        "{teams}"
    );
    let works = eventually(&server, &format!("/plan?place=PL-1&{day}"), "So it opens on");
    assert!(works.contains("HA-1 takes"), "{works}");
    assert_eq!(get(&server, "/plan?by=moon", &[PAGE]).status(), 400);
    assert_eq!(get(&server, &format!("/settlements/NOWHERE?{day}"), &[PAGE]).status(), 404);
    let compared = eventually(&server, &format!("/scenarios?{day}&text=early_winter_weeks%20%3D%204"), "Side by side");
    assert!(compared.contains("as it stands") && compared.contains("yours"), "{compared}");
    let wrong = text(get(&server, &format!("/scenarios?{day}&text=bugdet%20%3D%204"), &[PAGE]));
    assert!(wrong.contains("bugdet"), "{wrong}");
}

/// Positions of the path that a sheet titles so, in millimetres.
fn outline(svg: &str, title: &str) -> Vec<[f64; 2]> {
    let (before, _) =
        svg.split_once(&format!("<title>{title}</title>")).unwrap_or_else(|| panic!("no {title} in {svg}"));
    let path = before.rsplit_once(" d=\"").unwrap().1.split('"').next().unwrap();
    let pairs = path.split(['M', 'L', 'Z']).filter(|pair| !pair.trim().is_empty());
    pairs
        .map(|pair| {
            let numbers: Vec<f64> = pair.split_whitespace().map(|n| n.parse().unwrap()).collect();
            [numbers[0], numbers[1]]
        })
        .collect()
}

fn attribute(svg: &str, name: &str) -> String {
    svg.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().to_owned()
}

#[test]
fn a_distance_on_paper_times_the_scale_is_the_distance_on_the_ground() {
    let server = server();
    // What remains of HA-1 is its eastern half; south-west, north-east, south-east.
    let [a, b, c] = [[46.005, 40.0], [46.01, 40.01], [46.01, 40.0]];
    for (paper, orientation, size) in
        [("A4", "landscape", ["297", "210"]), ("A4", "portrait", ["210", "297"]), ("A3", "landscape", ["420", "297"])]
    {
        for scale in [5_000.0, 10_000.0, 25_000.0, 50_000.0] {
            let sheet = format!(
                "/map/sheet.svg?scale={scale}&paper={paper}&orientation={orientation}&centre=40.005%2046.005&grid=utm"
            );
            let svg = text(get(&server, &sheet, &[]));
            assert_eq!(attribute(&svg, "viewBox"), format!("0 0 {} {}", size[0], size[1]));
            assert!(svg.contains(&format!("width=\"{}mm\" height=\"{}mm\"", size[0], size[1])));
            let ring = outline(&svg, "HA-1: CHA");
            let corner = |east: f64, south: f64| {
                let far = |p: &&[f64; 2]| p[0] * east + p[1] * south;
                *ring.iter().max_by(|p, q| far(p).total_cmp(&far(q))).unwrap()
            };
            let [pa, pb, pc] = [corner(-1.0, 1.0), corner(1.0, -1.0), corner(1.0, 1.0)];
            for (p, q, from, to) in [(pa, pb, a, b), (pa, pc, a, c), (pc, pb, c, b)] {
                let on_paper_m = (p[0] - q[0]).hypot(p[1] - q[1]) / 1000.0 * scale;
                let on_ground_m = geodesy::grid::inverse(from, to).1;
                // Half a per cent is allowed; a hundredth of a millimetre at either end is what rounding costs.
                let allowed = 0.001 * on_ground_m + 0.00002 * scale;
                assert!((on_paper_m - on_ground_m).abs() < allowed, "{sheet}: {on_paper_m} m for {on_ground_m} m");
            }
            let bar: [f64; 2] = ["data-mm", "data-metres"].map(|name| attribute(&svg, name).parse().unwrap());
            assert!((bar[0] / 1000.0 * scale - bar[1]).abs() < 0.005 * bar[1], "the scale bar: {bar:?} at {scale}");
            for wanted in ["UTM zone 38 north", "magnetic north", "Sources:", "conservative outline", "Cleared", "2023"]
            {
                let wanted = wanted.replace("2023", "State of the land on ");
                assert!(svg.contains(&wanted), "{wanted} is not on the sheet");
            }
        }
    }
    let page = get(&server, "/map/print?centre=nowhere&scale=10000", &[PAGE]);
    assert_eq!(page.status(), 200);
    let page = text(page);
    assert!(page.contains("value=\"nowhere\"") && page.contains("role=\"alert\""), "what was typed is kept");
    assert_eq!(get(&server, "/map/sheet.svg?scale=17", &[]).status(), 400);
    // 1:10 000 has a line every 500 m.
    let code = geodesy::mgrs::utm_code(38, true);
    let way = geodesy::crs::Transform::new(geodesy::crs::CrsCode::WGS_84, code, None).unwrap();
    let line = (way.apply([46.005, 40.005]).unwrap()[0] / 500.0).round() as u32 * 500;
    let utm = format!(">{}\u{202f}{:03}<", line / 1000, line % 1000);
    let mgrs = format!(">{:03}<", line / 100 % 1000);
    for (grid, wanted) in [("latlon", ">46.005° E<"), ("utm", &utm), ("mgrs", &mgrs)] {
        let svg = text(get(&server, &format!("/map/sheet.svg?scale=10000&centre=40.005%2046.005&grid={grid}"), &[]));
        assert!(svg.contains(wanted), "{grid}: {wanted} is not in {svg}");
    }
    let squares = text(get(&server, "/map/sheet.svg?scale=10000&centre=40.005%2046.005&grid=mgrs", &[]));
    assert!(squares.contains("38TNK"), "the squares of 100 km are named");
}

/// Many hazards apart from each other, so that an import takes a while.
fn many(n: usize) -> String {
    let feature = |i: usize| {
        let (lon, lat) = (46.2 + (i % 60) as f64 * 0.002, 40.2 + (i / 60) as f64 * 0.002);
        let ring: Vec<String> = (0..=24)
            .map(|k| {
                let turn = f64::from(k % 24) / 24.0 * std::f64::consts::TAU;
                format!("[{:.7},{:.7}]", lon + 0.0008 * turn.cos(), lat + 0.0008 * turn.sin())
            })
            .collect();
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[[{}]]}},"properties":{{"record":"hazard_area","local_id":"N-{i}","class":"SHA","date_of_information":"2024-01-01","eo":"AP_MINE","evidence":"indirect","accuracy_m":2,"geometry_quality":"SURVEYED"}}}}"#,
            ring.join(",")
        )
    };
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, (0..n).map(feature).collect::<Vec<_>>().join(","))
}

#[test]
fn pages_are_answered_while_an_import_runs_each_from_one_state() {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    const N: usize = 3_000;
    let server = server();
    // Entries and records of the page about the programme, which reads both the file and the index.
    let counts = |page: &str| -> (String, String) {
        let entries = page.split_once("A ledger of ").unwrap().1.split(" entries").next().unwrap();
        let records = page.split_once("<dt>Records</dt><dd>").unwrap().1.split('<').next().unwrap();
        (entries.to_owned(), records.to_owned())
    };
    let before = counts(&text(get(&server, "/about", &[PAGE])));
    let done = AtomicBool::new(false);
    let (during, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let file = many(N);
    let seen = std::thread::scope(|scope| {
        let pages: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = std::collections::BTreeSet::new();
                    while !done.load(Ordering::Relaxed) {
                        let page = get(&server, "/about", &[PAGE]);
                        assert_eq!(page.status(), 200);
                        let page = text(page);
                        asked.fetch_add(1, Ordering::Relaxed);
                        let is_during = page.contains("An import is under way");
                        during.fetch_add(usize::from(is_during), Ordering::Relaxed);
                        seen.insert((is_during, counts(&page)));
                    }
                    seen
                })
            })
            .collect();
        let form = format!(
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"many.geojson\"\r\n\r\n{file}\r\n--x--\r\n"
        );
        let request = agent()
            .post(format!("{}/import", server.address))
            .header("content-type", "multipart/form-data; boundary=x");
        let answer = request.header("origin", &server.address).send(&form).unwrap();
        assert_eq!(answer.status(), 303);
        let result = header(&answer, "location");
        while !header(&get(&server, &result, &[PAGE]), "refresh").is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        done.store(true, Ordering::Relaxed);
        pages.into_iter().flat_map(|page| page.join().unwrap()).collect::<std::collections::BTreeSet<_>>()
    });
    let after = counts(&text(get(&server, "/about", &[PAGE])));
    assert!(before != after);
    assert!(
        during.load(Ordering::Relaxed) > 0,
        "none of {} pages was answered during the import",
        asked.load(Ordering::Relaxed)
    );
    for (is_during, counted) in &seen {
        assert!(*counted == before || *counted == after, "{counted:?} is neither {before:?} nor {after:?}");
        assert!(
            !is_during || *counted == before,
            "a page that says that an import is under way shows the state before it"
        );
    }
}

#[test]
fn a_decision_is_an_entry_and_what_cannot_be_decided_is_told_with_what_was_typed() {
    let twice = ground().replace("HA-1", "HA-3").replace("HA-2", "HA-4").replace("LR-", "LX-");
    let server = Server::with(&[("ground.geojson", &ground()), ("twice.geojson", &twice)]);
    let list = text(get(&server, "/review?show=doubtful&rule=DQ-13", &[PAGE]));
    let item = list.split('"').find(|part| part.starts_with("/review/") && part.len() == 72).unwrap().to_owned();
    let send = |form: &[(&str, &str)], origin: &str| {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = agent()
            .post(format!("{}{item}", server.address))
            .header("content-type", "application/x-www-form-urlencoded");
        request.header("origin", origin).header("accept", "text/html").send(&body).unwrap()
    };
    let entries = || {
        text(get(&server, "/about", &[PAGE]))
            .split_once("A ledger of ")
            .unwrap()
            .1
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    let before = entries();
    assert_eq!(send(&[("deed", "return"), ("by", "X"), ("message", "y")], "https://elsewhere.example").status(), 403);
    let refused = send(&[("deed", "return"), ("message", "two teams drew this one")], &server.address);
    assert_eq!(refused.status(), 422);
    let refused = text(refused);
    assert!(refused.contains("say who decides") && refused.contains("two teams drew this one</textarea>"), "{refused}");
    let hasty = send(&[("deed", "accept"), ("by", "NMAA"), ("rule", "DQ-13"), ("reason", " ")], &server.address);
    assert_eq!(hasty.status(), 422);
    assert_eq!(entries(), before, "nothing was kept");
    let returned = send(&[("deed", "return"), ("by", "NMAA"), ("message", "two teams drew this one")], &server.address);
    assert_eq!(returned.status(), 303);
    assert!(entries() != before);
    assert!(text(get(&server, "/review?show=returned", &[PAGE])).contains("two teams drew this one"));
    let page = text(get(&server, &item, &[PAGE]));
    assert!(page.contains("Returned") && page.contains("class=\"defect\""), "its picture shows the overlap");
    let rules: Vec<&str> =
        page.split("name=\"rule\" value=\"").skip(1).map(|part| part.split('"').next().unwrap()).collect();
    let mut form = vec![("deed", "accept"), ("by", "NMAA"), ("reason", "one field, two surveys")];
    form.extend(rules.iter().map(|rule| ("rule", *rule)));
    assert_eq!(send(&form, &server.address).status(), 303);
    let page = text(get(&server, &item, &[PAGE]));
    assert!(page.contains("Nothing is left to accept"), "{page}");
    let score = text(get(&server, "/review/score.csv", &[]));
    assert!(score.starts_with("operator,month,records,with_errors,with_warnings,score\nOP-A,"), "{score}");
}

/// Take a form of the review.
fn deed(server: &Server, item: &str, form: &[(String, String)]) -> Response<Body> {
    let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = agent().post(format!("{}{item}", server.address));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.header("origin", &server.address).header("accept", "text/html").send(&body).unwrap()
}

fn pairs(form: &[(&str, &str)]) -> Vec<(String, String)> {
    form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The correction of an item as a browser would send it untouched but for its id: an input strips the ends of lines, a
/// text area has its own.
fn correction(server: &Server, item: &str, local_id: &str) -> Vec<(String, String)> {
    let page = text(get(server, item, &[PAGE]));
    let form = page.split_once(r#"name="deed" value="correct">"#).unwrap().1.split("</form>").next().unwrap();
    let mut fields = pairs(&[("deed", "correct")]);
    for part in form.split("name=\"").skip(1) {
        let (name, rest) = part.split_once('"').unwrap();
        let value = match rest.strip_prefix(" value=\"") {
            Some(rest) => rest.split('"').next().unwrap().replace(['\r', '\n'], ""),
            None => rest.split_once('>').unwrap().1.split("</textarea>").next().unwrap().replace('\n', "\r\n"),
        };
        let value = if name == "p.local_id" { local_id.to_owned() } else { value };
        fields.push((name.to_owned(), value.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&")));
    }
    fields
}

/// The page on which an item of the work list is decided.
fn item_of(server: &Server, list: &str, local_id: &str) -> String {
    let page = text(get(server, list, &[PAGE]));
    let before = page.split_once(&format!(">{local_id}</a>")).unwrap_or_else(|| panic!("{local_id}: {page}")).0;
    format!("/review/{}", before.rsplit_once("/ledger/").unwrap().1.split(['"', '?']).next().unwrap())
}

#[test]
fn a_correction_that_waits_or_was_rejected_leaves_its_record_to_be_decided() {
    let server = Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS)]);
    let item = item_of(&server, "/finds", "F-1");
    assert_eq!(deed(&server, &item, &correction(&server, &item, "F-1b")).status(), 303);
    let returned = pairs(&[("deed", "return"), ("by", "NMAA"), ("message", "which lane")]);
    let answer = deed(&server, &item, &returned);
    assert_eq!(answer.status(), 303, "{}", text(answer));
    assert!(text(get(&server, &item, &[PAGE])).contains("which lane"));
    let other = item_of(&server, "/finds", "F-2");
    let mut approved = correction(&server, &other, "F-2b");
    approved.last_mut().unwrap().1 = "NMAA".to_owned();
    assert_eq!(deed(&server, &other, &approved).status(), 303);
    let settled = deed(&server, &other, &returned);
    assert_eq!(settled.status(), 422, "an approved correction settles it");
    assert!(text(settled).contains("A later entry stands in its place"));
}

#[test]
fn a_ground_that_cannot_be_read_is_refused_with_what_was_typed() {
    let server = Server::with(&[("finds.csv", FINDS)]);
    let item = item_of(&server, "/finds", "F-1");
    let before = server.said(&["verify", "test.gpkg"]);
    for typed in ["POINT(46.001 40,001", "46.001 40.001", r#"{"type":"Point","coordinates":["here"]}"#] {
        let mut form = correction(&server, &item, "F-1b");
        let ground = form.iter_mut().find(|(name, _)| name == "ground").unwrap();
        ground.1 = typed.to_owned();
        let refused = deed(&server, &item, &form);
        assert_eq!(refused.status(), 422, "{typed}");
        let page = text(refused);
        let kept = typed.replace('"', "&quot;");
        assert!(page.contains(&format!("{kept}</textarea>")) && page.contains("F-1b"), "{typed}: {page}");
    }
    assert_eq!(server.said(&["verify", "test.gpkg"]), before, "nothing was kept");
}

#[test]
fn a_value_of_several_lines_that_nobody_touched_stays_as_it_was() {
    let story = "digging a well\nbehind the school";
    let find = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":{{"type":"Point","coordinates":[46.001,40.001]}},"properties":{{"record":"device_find","local_id":"F-1","date_of_information":"2023-06-01","category":"AP_MINE","quantity":1,"note":{}}}}}]}}"#,
        serde_json::json!(story)
    );
    let server = Server::with(&[("one.geojson", &find)]);
    let item = item_of(&server, "/finds", "F-1");
    let made = deed(&server, &item, &correction(&server, &item, "F-1b"));
    assert_eq!(made.status(), 303);
    let page = text(get(&server, &header(&made, "location"), &[PAGE]));
    assert!(page.contains(story), "{page}");
}

#[test]
fn what_waits_is_shown_as_it_was_known() {
    let twice = ground().replace("HA-1", "HA-3").replace("HA-2", "HA-4").replace("LR-", "LX-");
    let server = Server::with(&[("ground.geojson", &ground()), ("twice.geojson", &twice), ("bow.geojson", &bow_tie())]);
    let list = text(get(&server, "/review?show=doubtful&rule=DQ-13&format=csv", &[]));
    let doubtful: Vec<&str> = list.lines().nth(1).unwrap().split(',').collect();
    let (item, known_at) = (format!("/review/{}", doubtful[0]), doubtful[5]);
    let csv = |path: &str, known_at: &str| text(get(&server, &format!("{path}?format=csv&known_at={known_at}"), &[]));
    let before = [csv("/review", known_at), csv("/review/score.csv", known_at)];
    let returned = pairs(&[("deed", "return"), ("by", "NMAA"), ("message", "which lane")]);
    assert_eq!(deed(&server, &item, &returned).status(), 303);
    assert_eq!([csv("/review", known_at), csv("/review/score.csv", known_at)], before);
    assert!(!before[0].contains("HA-9") && !before[0].contains("which lane"), "{}", before[0]);
    let now = csv("/review", "");
    assert!(now.contains("HA-9") && now.contains("which lane"), "{now}");
    let n_rows = |scores: &str| -> u64 {
        scores.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<u64>().unwrap()).sum()
    };
    assert!(n_rows(&csv("/review/score.csv", "")) > n_rows(&before[1]), "the held row came later");
    let held = now.lines().find(|line| line.contains("HA-9")).unwrap().split(',').next().unwrap().to_owned();
    assert_eq!(get(&server, &format!("/review/{held}?known_at={known_at}"), &[PAGE]).status(), 404);
    assert!(!text(get(&server, &format!("/held?known_at={known_at}"), &[PAGE])).contains("HA-9"));
    assert!(text(get(&server, "/held", &[PAGE])).contains("HA-9"));
}

#[test]
fn a_corrected_project_of_a_settlement_is_found_in_the_plan_by_its_first_id() {
    let corrected = RETURN.replace(
        r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[46.0125,40.003]}"#,
        r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.0118,40.002],[46.0122,40.002],[46.0122,40.0024],[46.0118,40.0024],[46.0118,40.002]]]},"properties":{"record":"project","local_id":"PR-1b","date_of_information":"2021-02-01","supersedes":"PR-1","name":"School","sector":"school","place":"PL-1","elevation_m":900}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.0125,40.003]}"#,
    );
    let server = Server::with(&[("ground.geojson", &ground()), ("return.geojson", &corrected)]);
    let one = eventually(&server, "/settlements/PL-1?as_of=2025-10-31", "Its works in the plan");
    let row = one.split("<tr>").find(|row| row.contains("PR-1b")).unwrap_or_else(|| panic!("no PR-1b in {one}"));
    assert!(!row.contains("not planned"), "{row}");
}

#[test]
fn hazard_on_the_road_to_a_settlement_is_drawn_with_the_chainage_that_blocks_first() {
    let track = r#"{"type":"Feature","geometry":{"type":"LineString","coordinates":[[46.0064,40.0022],[46.012,40.0022]]},"properties":{"record":"route","local_id":"R-2","date_of_information":"2021-01-01","width_m":6,"status":"unverified"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.013,40.004]}"#;
    let with_track =
        RETURN.replace(r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[46.013,40.004]}"#, track);
    let server = Server::with(&[("ground.geojson", &ground()), ("return.geojson", &with_track)]);
    let page = eventually(&server, "/settlements/PL-1?as_of=2025-10-31", "Gate with its proof");
    let picture = page.split("<svg class=\"drawing\"").nth(1).and_then(|rest| rest.split("</figure>").next()).unwrap();
    // The border of the hazard lies 307 m from the start of the track; its uncertainty and the margin come before it.
    let (_, told) = picture.split_once("first on R-2 at ").unwrap_or_else(|| panic!("{picture}"));
    let metres: f64 = told.split(' ').next().unwrap().parse().unwrap();
    assert!((307.0..320.0).contains(&metres), "{metres}");
    assert!(told.contains("HA-1") && picture.contains(&format!("R-2, {metres} m")), "{picture}");
    assert!(picture.contains("<title>HA-1</title>"), "{picture}");
}

#[test]
fn the_proof_of_a_settlement_names_the_hazards_of_every_household() {
    let square = |west: f64, east: f64| {
        let (south, north) = (40.002, 40.0024);
        format!("[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]")
    };
    let feature = |west: f64, east: f64, properties: &str| {
        let corners = square(west, east);
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":{corners}}},"properties":{{{properties}}}}}"#
        )
    };
    let hazard = |west: f64, id: &str| {
        let properties = format!(
            r#""record":"hazard_area","local_id":"{id}","date_of_information":"2025-01-01","class":"CHA","evidence":"direct","eo":"AP_MINE","accuracy_m":2,"geometry_quality":"SURVEYED""#
        );
        feature(west, west + 0.0002, &properties)
    };
    let house = |west: f64, id: &str| {
        let properties = format!(
            r#""record":"project","local_id":"{id}","date_of_information":"2021-01-01","sector":"housing","place":"PL-1""#
        );
        feature(west, west + 0.0004, &properties)
    };
    let household = |id: &str, dwelling: &str| {
        format!(
            r#"{{"type":"Feature","geometry":null,"properties":{{"record":"household","local_id":"{id}","date_of_information":"2021-01-01","n_people":4,"origin":"PL-1","intention":"return","voluntary":true,"dwelling":"{dwelling}"}}}}"#
        )
    };
    let place = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[46.05,40.003]},"properties":{"record":"place","local_id":"PL-1","date_of_information":"2021-01-01","name":"Upper","place_type":"settlement","n_households":40}}"#;
    let features = [
        hazard(46.05, "HA-51"),
        hazard(46.0502, "HA-52"),
        hazard(46.06, "HA-61"),
        hazard(46.0602, "HA-62"),
        house(46.05, "PR-5"),
        house(46.06, "PR-6"),
        household("HH-5", "PR-5"),
        household("HH-6", "PR-6"),
        place.to_owned(),
    ];
    let reports = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let server = Server::with(&[("two.geojson", &reports)]);
    let page = eventually(&server, "/settlements/PL-1?as_of=2025-10-31", "Gate with its proof");
    let row = page.split("<tr>").find(|row| row.contains("GATE-1")).unwrap_or_else(|| panic!("no GATE-1 in {page}"));
    for hazard in ["HA-51", "HA-52", "HA-61", "HA-62"] {
        assert!(row.contains(&format!(">{hazard}<")), "{hazard} is not in {row}");
    }
    assert!(row.contains("<td class=\"n\">2</td>"), "two households: {row}");
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

/// A visit names its release by local id; what counts is the version that stands, not the one that bears the name.
#[test]
fn a_sample_is_a_share_of_the_release_that_stands() {
    let ring = |width: f64| {
        let [east, north] = [46.04 + width, 40.101];
        format!(
            r#"{{"type": "Polygon", "coordinates": [[[46.04, 40.1], [{east}, 40.1], [{east}, {north}], [46.04, {north}], [46.04, 40.1]]]}}"#
        )
    };
    let feature = |properties: &str, geometry: &str| {
        let file = format!(r#"{{"type": "Feature", "properties": {{{properties}}}, "geometry": {geometry}}}"#);
        format!(r#"{{"type": "FeatureCollection", "features": [{file}]}}"#)
    };
    let release = |id: &str, day: &str, more: &str| {
        format!(
            r#""record": "release_product", "local_id": "{id}", "date_of_information": "{day}", "class": "CLEARED", "activity": "CLR", "eo": "AP_MINE", "depth_cm": 20, "accuracy_m": 1{more}"#
        )
    };
    let visit = r#""record": "qa_visit", "local_id": "QA-1", "date_of_information": "2024-07-01", "release": "LR-1", "result": "accepted", "sample_m2": 1000"#;
    let server = Server::with(&[
        ("first.geojson", &feature(&release("LR-1", "2024-05-01", ""), &ring(0.002))),
        ("second.geojson", &feature(&release("LR-2", "2024-05-01", r#", "supersedes": "LR-1""#), &ring(0.001))),
        ("visit.geojson", &feature(visit, "null")),
    ]);
    let ledger = text(get(&server, "/ledger", &[PAGE]));
    let entries = ledger.split('"').filter(|part| part.starts_with("/ledger/") && part.len() == 72);
    let told = entries.map(|entry| get(&server, &format!("{entry}/inspection.json"), &[]));
    let sampling = text(told.into_iter().find(|response| response.status() == 200).expect("the visit"));
    let sampling: serde_json::Value = serde_json::from_str(&sampling).unwrap();
    // Half of what LR-1 was: about 85 m by 111 m.
    let share = sampling["inspected_share"].as_f64().unwrap();
    assert!((share - 1000.0 / (85.2 * 111.0)).abs() < 0.002, "{sampling}");
}

#[test]
fn claims_stand_beside_each_other_until_somebody_decides() {
    let server = Server::with(&[("return.geojson", RETURN), ("claims.csv", CLAIMS)]);
    let page = |path: &str| text(get(&server, path, &[PAGE]));
    assert!(page("/claims").contains("none: the contradiction is open"));
    let key = "/contradictions?key=CT-01:upper-lake:area";
    let shown = page(key);
    assert!(shown.contains("41.3") && shown.contains("S-B"), "{shown}");
    let check = page("/source?id=S-A");
    assert!(check.contains("contradicted") && check.contains("supported"), "{check}");
    // Without a reason nothing is recorded, and what was typed is kept.
    let post = |body: &str| {
        let origin = server.address.clone();
        agent()
            .post(format!("{}{key}", server.address))
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .send(body)
            .unwrap()
    };
    let refused = post("status=chosen&by=Office&reason=measured");
    assert_eq!(refused.status(), 422);
    assert!(text(refused).contains("tick the claims"));
    let done = post("status=chosen&chosen=C-1&choice_rule=primary_source&by=Office&reason=it+measured+the+lake");
    assert_eq!(done.status(), 303, "{}", text(done));
    let claims = page("/claims");
    assert!(
        claims.contains("chosen: primary source") && !claims.contains("none: the contradiction is open"),
        "{claims}"
    );
    assert!(page(key).contains("last checked today"));
}

#[test]
fn anything_is_found_by_any_of_its_names() {
    let server = Server::with(&[
        ("return.geojson", RETURN),
        ("claims.csv", CLAIMS),
        (
            "places.csv",
            "record,local_id,date_of_information,name,names,place_type,lon,lat\n\
             place,KLB,2020-01-01,Kəlbəcər,\"[{\"\"name\"\":\"\"Քարվաճառ\"\",\"\"language\"\":\"\"hy\"\"}]\",settlement,46.04,40.1\n",
        ),
    ]);
    let page = |path: &str| text(get(&server, path, &[PAGE]));
    for name in [
        "K%C9%99lb%C9%99c%C9%99r",
        "K%C7%9Dlb%C7%9Dc%C7%9Dr",
        "Kalbajar",
        "%D0%9A%D0%B5%D0%BB%D1%8C%D0%B1%D0%B0%D0%B4%D0%B6%D0%B0%D1%80",
        "%D5%94%D5%A1%D6%80%D5%BE%D5%A1%D5%B3%D5%A1%D5%BC",
    ] {
        assert!(page(&format!("/search?q={name}")).contains("/place?id=KLB"), "{name}");
    }
    assert!(page("/search?q=41.3").contains("C-1") && page("/search?q=almanac").contains("/source?id=S-B"));
    let place = text(get(&server, "/place?id=KLB", &[PAGE, ("accept-language", "hy, en;q=0.5")]));
    assert!(place.contains("<h1 dir=\"auto\">Քարվաճառ</h1>"), "{place}");
}
