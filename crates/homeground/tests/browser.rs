//! The screens in a real browser: they load without a complaint, can be read and used, and say what the state says.

#[path = "screens/chromium.rs"]
mod chromium;
#[path = "screens/server.rs"]
mod server;

use chromium::{Chromium, Tab};
use server::{CLAIMS, FINDS, RECOVERY, RETURN, Server, bow_tie, ground};

const PAGES: [&str; 50] = [
    "/",
    "/map",
    "/hazards",
    "/hazards?state=all&sort=name",
    "/hazards/HA-1",
    "/figures/remaining",
    "/finds",
    "/findings",
    "/places",
    "/operators",
    "/place?id=PL-1",
    "/search",
    "/search?q=pl",
    "/sources",
    "/source?id=S-A",
    "/claims",
    "/contradictions",
    "/contradictions?key=CT-01:upper-lake:area",
    "/balance?from=2023-01-01&to=2024-12-31",
    "/ledger",
    "/ledger?record=hazard_area",
    "/import",
    "/held",
    "/forms",
    "/drafts",
    "/forms/hazard_report",
    "/forms/received",
    "/phones",
    "/review",
    "/review?group=rule&show=doubtful",
    "/map/print?scale=10000&paper=A3&orientation=portrait&grid=mgrs",
    "/about",
    "/settlements",
    "/settlements/PL-1",
    "/accidents",
    "/monuments",
    "/monuments?condition=very_bad",
    "/monuments/MO-9",
    "/population",
    "/projects",
    "/environment",
    "/environment?type=slide",
    "/plan",
    "/plan?by=team",
    "/plan?place=PL-1",
    "/scenarios?text=budget_factor%20%3D%201.1",
    "/plot",
    "/plot?footprint=POLYGON((46.002%2040.002%2C46.004%2040.002%2C46.004%2040.004%2C46.002%2040.002))&depth_cm=30",
    "/field",
    "/field?datum=46.0383%2C40.1065&datum_name=SP&observed_on=2025-07-01&north=MAGNETIC&angle_unit=deg&to0=TP1&bearing0=20&distance0=140&to1=TP2&bearing1=98&distance1=205.5&closing_bearing=240&closing_distance=270",
];

fn server() -> Server {
    Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS)])
}

fn loaded(tab: &mut Tab<'_>, path: &str) {
    tab.open(path);
    if path == "/map" {
        tab.wait("document.getElementById('map').dataset.ready");
    }
}

#[test]
fn every_page_is_quiet_accessible_and_fits_a_phone_in_light_and_dark() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = Server::with(&[
        ("ground.geojson", &ground()),
        ("finds.csv", FINDS),
        ("return.geojson", RETURN),
        ("claims.csv", CLAIMS),
        ("recovery.geojson", RECOVERY),
    ]);
    let mut tab = browser.tab(&server.address);
    // Gates and plan are made in the background: the pages looked at below are those that show them.
    for (page, ready) in [("/plan", "#returns"), ("/scenarios?text=budget_factor%20%3D%201.1", "#beside")] {
        tab.open(page);
        tab.wait(&format!("document.querySelector('{ready}')"));
    }
    for (width, scheme) in [(1440, "light"), (360, "dark")] {
        tab.resize(width, 900);
        tab.wish(scheme);
        for path in PAGES {
            loaded(&mut tab, path);
            let overflow = tab.eval("document.documentElement.scrollWidth - innerWidth");
            assert!(overflow.as_i64().is_some_and(|px| px <= 0), "{path} at {width}: {overflow} px too wide");
            let found = tab.axe();
            assert!(found.is_empty(), "{path} at {width}, {scheme}: {found:#?}");
            tab.assert_quiet(path);
        }
        let paper = tab.text("getComputedStyle(document.body).backgroundColor");
        assert_eq!(paper == "rgb(22, 25, 28)", scheme == "dark", "{paper}");
    }
}

#[test]
fn the_slider_changes_the_picture_and_its_numbers_are_the_state() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    tab.resize(1200, 800);
    loaded(&mut tab, "/map");
    let mut pictures = Vec::new();
    for day in ["2022-04-01", "2023-12-31", "2024-12-31"] {
        tab.eval(&format!(
            "(() => {{ const s = document.getElementById('day'); s.value = Math.round(Date.parse('{day}') / 864e5); s.dispatchEvent(new Event('input')); }})()"
        ));
        tab.wait(&format!("document.getElementById('map').dataset.day === '{day}'"));
        let state = server.state(&["--by", "total", "--as-of", day]);
        for (figure, value) in [
            ("cha", &state["totals"]["footprint"]["cha_m2"]),
            ("sha", &state["totals"]["footprint"]["sha_m2"]),
            ("cleared", &state["totals"]["footprint"]["cleared_m2"]),
            ("cancelled", &state["totals"]["footprint"]["cancelled_m2"]),
            ("remaining", &state["totals"]["remaining_m2"]),
            ("conservative", &state["totals"]["remaining_conservative_m2"]),
        ] {
            let shown = tab.eval(&format!("Number(document.querySelector('output[data-figure={figure}]').dataset.m2)"));
            let apart = (shown.as_f64().unwrap() - value.as_f64().unwrap()).abs();
            assert!(apart < 1e-3, "{figure} on {day}: {shown} is not {value}");
        }
        let in_head = tab.text("document.getElementById('moment').textContent");
        assert!(in_head.contains(day), "{in_head}");
        pictures.push(tab.picture("#map"));
    }
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2], "the picture changes with the day");
    tab.assert_quiet("/map");
}

#[test]
fn the_list_and_the_map_share_the_selection_by_keyboard() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    loaded(&mut tab, "/map");
    tab.eval("document.querySelector('#side-rows a').focus()");
    tab.press("Enter", 13);
    tab.wait("document.querySelector('#panel .body h2')?.textContent === 'HA-1'");
    assert_eq!(
        tab.text("document.querySelector('#side-rows a[aria-current]').dataset.entry"),
        tab.text("location.hash.slice(1)")
    );
    tab.press("Escape", 27);
    tab.wait("document.getElementById('panel').hidden");
}

#[test]
fn pages_and_hazards_are_reached_by_keyboard_alone() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    tab.resize(1440, 900);
    tab.open("/hazards");
    tab.press("Tab", 9);
    assert_eq!(tab.text("document.activeElement.className"), "skip");
    let mut seen = Vec::new();
    for _ in 0..60 {
        tab.press("Tab", 9);
        seen.push(tab.text("document.activeElement.getAttribute('href') ?? document.activeElement.tagName"));
        if seen.last().is_some_and(|href| href == "/hazards/HA-1") {
            break;
        }
    }
    for wanted in ["/", "/map", "/ledger", "/hazards/HA-1"] {
        assert!(seen.iter().any(|href| href == wanted), "{wanted} is not reached: {seen:?}");
    }
    let outline = tab.text("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, "solid", "the focus is seen");
    tab.press("Enter", 13);
    tab.wait("location.pathname === '/hazards/HA-1'");
    // Where there is little room, a page of another group is two steps away: the group, then the page.
    tab.resize(360, 800);
    tab.eval("[...document.querySelectorAll('.nav .short')].find(a => a.textContent === 'Data').focus()");
    tab.press("Enter", 13);
    tab.wait("document.querySelector('.nav .short[aria-current]')?.textContent === 'Data'");
    tab.eval("document.querySelector('.nav a[href=\"/ledger\"]').focus()");
    assert_eq!(tab.text("document.activeElement.getAttribute('href')"), "/ledger");
    tab.press("Enter", 13);
    tab.wait("location.pathname === '/ledger'");
}

#[test]
fn without_scripts_the_map_is_a_drawing_of_the_day_and_a_form_chooses_it() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    tab.scripts(false);
    tab.open("/map?as_of=2023-12-31");
    tab.wait("document.querySelector('#map img')?.complete");
    assert!(tab.eval("document.querySelector('#map img').naturalWidth").as_u64() > Some(600));
    let source = tab.text("document.querySelector('#map img').getAttribute('src')");
    assert!(source.contains("as_of=2023-12-31"), "{source}");
    tab.eval("(() => { document.getElementById('day-date').value = '2022-04-01'; document.querySelector('.slider form').submit(); })()");
    // A page that is still on its way would replace the next one.
    tab.wait("location.search.includes('as_of=2022-04-01') && document.readyState === 'complete'");
    tab.open("/");
    tab.wait("location.pathname === '/' && document.querySelector('.answer')");
    assert!(tab.text("document.querySelector('.answer').textContent").starts_with("Remaining: "));
    tab.assert_quiet("/map without scripts");
}

#[test]
fn the_import_form_holds_a_bow_tie_and_shows_both_readings() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let file = server.file("bow-tie.geojson", &bow_tie());
    let mut tab = browser.tab(&server.address);
    tab.open("/import");
    tab.choose("#file", &file);
    tab.eval("document.querySelector('form.fields').submit()");
    tab.wait("location.pathname.startsWith('/import/') && document.querySelector('#issues tbody tr')");
    let answer = tab.text("document.querySelector('.answer').textContent");
    assert!(answer.contains("0 accepted") && answer.contains("1 held"), "{answer}");
    assert!(tab.text("document.getElementById('issues').textContent").contains("DQ-01"));
    tab.open("/held");
    tab.eval("document.querySelector('tbody th a').click()");
    tab.wait("document.querySelectorAll('#readings svg.drawing').length === 2");
    assert!(tab.text("document.getElementById('readings').textContent").contains("differ by"));
    assert!(tab.axe().is_empty());
    tab.assert_quiet("/held");
}

#[test]
fn every_figure_of_the_overview_is_the_sum_of_what_it_links_to() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    for start in ["/", "/?as_of=2023-12-31", "/balance?from=2022-01-01&to=2024-12-31", "/hazards/HA-1"] {
        tab.open(start);
        let links = tab.eval(
            "[...document.querySelectorAll('main a[href*=\"/figures/\"]')].map(a => [a.getAttribute('href'), a.querySelector('data')?.value ?? ''])",
        );
        for link in links.as_array().unwrap() {
            let (href, shown) = (link[0].as_str().unwrap(), link[1].as_str().unwrap());
            tab.open(href);
            let sum = tab.text("document.getElementById('sum').value");
            assert!(shown.is_empty() || shown == sum, "{start} says {shown}, {href} sums to {sum}");
            // Added as integers of 1e-9 m², as the books are kept.
            let by_hand = tab.text(
                "(() => { const n = v => { const [, s, w, f = ''] = v.match(/^(-?)(\\d+)\\.?(\\d*)$/); return BigInt(s + w + f.padEnd(9, '0')); }; return String([...document.querySelectorAll('#pieces tbody data')].reduce((s, d) => s + n(d.value), 0n) - n(document.getElementById('sum').value)); })()",
            );
            assert_eq!(by_hand, "0", "{href}");
        }
        assert!(!links.as_array().unwrap().is_empty(), "{start} has figures");
    }
}

/// A form with two questions.
const SHORT_FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Organisation</h:title><model><instance><data id="org" version="1"><record>organisation</record><local_id/><date_of_information>2024-05-01</date_of_information><name/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/local_id" type="string"/><bind nodeset="/data/name" type="string"/>
<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head>
<h:body><input ref="/data/local_id"><label>Number</label></input><input ref="/data/name"><label>Name</label></input></h:body></h:html>"#;

#[test]
fn a_form_is_filled_in_and_sent_in_the_browser() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    tab.open("/forms");
    let form = serde_json::Value::from(SHORT_FORM);
    tab.eval(&format!(
        "(() => {{ const form = new FormData(); form.set('form', new File([{form}], 'org.xml')); fetch('/forms', {{ method: 'POST', body: form }}).then(r => window.added = r.ok); }})()"
    ));
    tab.wait("window.added");
    tab.open("/forms/org/fill");
    tab.wait("document.querySelectorAll('#fill input').length === 2");
    for (at, text) in ["ORG-7", "Mine Action Centre"].iter().enumerate() {
        tab.eval(&format!(
            "(() => {{ const input = document.querySelectorAll('#fill input')[{at}]; input.value = '{text}'; input.dispatchEvent(new Event('input', {{ bubbles: true }})); input.dispatchEvent(new Event('change', {{ bubbles: true }})); input.blur(); }})()"
        ));
    }
    tab.eval("[...document.querySelectorAll('#fill button')].find(b => b.textContent.trim() === 'Send').click()");
    tab.wait("!document.getElementById('said').hidden");
    let said = tab.text("document.getElementById('said').textContent");
    assert!(said.contains("1 record proposed"), "{said}");
    tab.open("/ledger?text=ORG-7");
    assert!(tab.text("document.querySelector('main').textContent").contains("ORG-7"));
    // A ready form, which computes and asks for places, opens without a complaint and without a network.
    for form in ["hazard_report", "completion"] {
        tab.open(&format!("/forms/{form}/fill"));
        tab.wait("[...document.querySelectorAll('#fill button')].some(b => b.textContent.trim() === 'Send')");
        tab.assert_quiet(form);
    }
}

/// Places all over the globe, at the edges of zones and bands, and in the odd zones of the north.
fn places() -> Vec<[f64; 2]> {
    let mut places = vec![[46.036645986, 40.099656559], [5.0, 60.0], [8.9, 75.0], [9.0, 75.0], [-180.0, 10.0]];
    for i in 0..3_000 {
        let lon = (f64::from(i) * 137.507_764).rem_euclid(360.0) - 180.0;
        let lat = (f64::from(i) * 7.654_321).rem_euclid(163.9) - 79.95;
        places.push([lon, lat]);
    }
    for (i, j) in (0..60).flat_map(|i| (0..20).map(move |j| (i, j))) {
        places.push([f64::from(i) * 6.0 - 180.0, f64::from(j) * 8.0 - 80.0]);
    }
    places
}

#[test]
fn positions_on_the_map_are_those_of_the_server_in_the_grid_that_the_reader_chose() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    loaded(&mut tab, "/map");
    let places = places();
    let asked = serde_json::to_string(&places).unwrap();
    let found = tab.eval(&format!(
        "import(document.querySelector('script[src$=\"/map.js\"]').src.replace('map.js', 'utm.js')).then(m => {asked}.map(([lon, lat]) => [m.utm(lon, lat), m.mgrs(lon, lat), m.readout({{lng: lon, lat}}, 'utm')]))"
    ));
    for (place, found) in places.iter().zip(found.as_array().unwrap()) {
        let zone = geodesy::mgrs::utm_zone(*place);
        let code = geodesy::mgrs::utm_code(zone, place[1] >= 0.0);
        let way = geodesy::crs::Transform::new(geodesy::crs::CrsCode::WGS_84, code, None).unwrap();
        let [east, north] = way.apply(*place).unwrap();
        assert_eq!(found[0]["zone"], zone, "{place:?}");
        for (name, wanted) in [("easting", east), ("northing", north)] {
            let off = (found[0][name].as_f64().unwrap() - wanted).abs();
            assert!(off < 1e-6, "{name} of {place:?} is off by {off} m");
        }
        let square = found[1].as_str().unwrap_or_default().replace(' ', "");
        assert_eq!(square, geodesy::mgrs::write(*place, 10).unwrap_or_default(), "{place:?}");
        // What is read off the screen can be typed anywhere else.
        let told = found[2].as_str().unwrap();
        let back = geodesy::place::read(told, geodesy::place::Notation::Utm, None).unwrap().lonlat;
        assert!(geodesy::grid::inverse(back, *place).1 < 0.8, "{told} is not {place:?}");
    }
    let choose = |grid: &str| {
        format!(
            "(() => {{ const g = document.getElementById('grid'); g.value = '{grid}'; g.dispatchEvent(new Event('change')); return document.getElementById('readout').textContent; }})()"
        )
    };
    assert!(tab.text(&choose("utm")).starts_with("38 north "));
    assert!(tab.text(&choose("mgrs")).starts_with("38T "));
    loaded(&mut tab, "/map");
    assert_eq!(tab.text("document.getElementById('grid').value"), "mgrs", "the choice is kept");
    tab.eval("document.getElementById('print').addEventListener('click', e => e.preventDefault())");
    tab.eval("document.getElementById('print').click()");
    let href = tab.text("document.getElementById('print').getAttribute('href')");
    assert!(href.contains("/map/print?") && href.contains("centre="), "{href}");
    tab.assert_quiet("/map");
}

#[test]
fn a_sheet_leaves_the_printer_as_one_page_in_its_own_size() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = server();
    let mut tab = browser.tab(&server.address);
    for (paper, orientation, [width, height]) in
        [("A4", "landscape", [297.0, 210.0]), ("A4", "portrait", [210.0, 297.0]), ("A3", "portrait", [297.0, 420.0])]
    {
        tab.open(&format!("/map/print?scale=10000&paper={paper}&orientation={orientation}"));
        tab.wait(
            "document.querySelector('img.paper').complete && document.querySelector('img.paper').naturalWidth > 0",
        );
        let pdf = tab.call("Page.printToPDF", serde_json::json!({"preferCSSPageSize": true, "printBackground": true}));
        let pages = tab.eval(&format!(
            "[...atob({}).matchAll(/\\/MediaBox\\s*\\[0 0 ([0-9.]+) ([0-9.]+)\\]/g)].map(m => [Number(m[1]), Number(m[2])])",
            pdf["data"]
        ));
        let pages = pages.as_array().unwrap();
        assert_eq!(pages.len(), 1, "{paper} {orientation}: {pages:?}");
        for (points, mm) in [(&pages[0][0], width), (&pages[0][1], height)] {
            let off = (points.as_f64().unwrap() / 72.0 * 25.4 - mm).abs();
            assert!(off < 0.5, "{paper} {orientation}: {points} pt is not {mm} mm");
        }
        tab.call("Emulation.setEmulatedMedia", serde_json::json!({"media": "print"}));
        let shown = tab.eval("document.querySelector('img.paper').getBoundingClientRect().width / 96 * 25.4");
        assert!((shown.as_f64().unwrap() - width).abs() < 0.2, "{shown} mm of {width}");
        tab.call("Emulation.setEmulatedMedia", serde_json::json!({"media": ""}));
    }
}

#[test]
fn a_held_row_is_returned_with_a_message_and_then_corrected_without_scripts() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = Server::with(&[("ground.geojson", &ground()), ("bow-tie.geojson", &bow_tie())]);
    let mut tab = browser.tab(&server.address);
    tab.open("/review?show=held");
    tab.eval("document.querySelector('.review h3 a').click()");
    tab.wait("document.querySelector('svg.drawing circle.defect')");
    assert!(tab.axe().is_empty());
    tab.scripts(false);
    tab.open("/review?show=held");
    let answer = tab.text("document.querySelector('.answer').textContent");
    assert!(answer.contains("1 held"), "{answer}");
    tab.eval("document.querySelector('.review h3 a').click()");
    tab.wait("document.querySelector('svg.drawing circle.defect')");
    assert!(tab.text("document.querySelector('h1').textContent").contains("HA-9"));
    let send = |deed: &str, fields: &[(&str, &str)]| {
        let set: String =
            fields.iter().map(|(name, value)| format!("f.elements[{name:?}].value = {value:?};")).collect();
        format!("(() => {{ const f = document.querySelector('input[value={deed}]').form; {set} f.submit(); }})()")
    };
    tab.eval(&send("return", &[("by", "Centre"), ("message", "which way round was it walked?")]));
    tab.wait("document.querySelector('.band')?.textContent.includes('which way round')");
    tab.open("/review?show=returned");
    assert!(tab.text("document.querySelector('.review').textContent").contains("which way round was it walked?"));
    tab.eval("document.querySelector('.review h3 a').click()");
    tab.wait("document.querySelector('input[value=correct]')");
    // Still wrong: told, and what was typed is still there.
    tab.eval(&send("correct", &[("p.class", "XHA"), ("by", "Centre")]));
    tab.wait("document.querySelector('[role=alert]')");
    assert_eq!(tab.text("document.querySelector('[name=\"p.class\"]').value"), "XHA");
    let square = "POLYGON((46.1 40.1,46.11 40.1,46.11 40.11,46.1 40.11,46.1 40.1))";
    tab.eval(&send("correct", &[("p.class", "SHA"), ("ground", square), ("by", "Centre")]));
    tab.wait("location.pathname.startsWith('/ledger/')");
    assert!(tab.text("document.querySelector('.answer').textContent").contains("approved"));
    tab.open("/review");
    let answer = tab.text("document.querySelector('.answer').textContent");
    assert!(!answer.contains("1 held") && !answer.contains("1 returned"), "{answer}");
}
