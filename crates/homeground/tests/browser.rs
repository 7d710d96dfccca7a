//! The screens in a real browser: they load without a complaint, can be read and used, and say what the state says.

#[path = "screens/chromium.rs"]
mod chromium;
#[path = "screens/server.rs"]
mod server;

use chromium::{Chromium, Tab};
use server::{FINDS, RETURN, Server, bow_tie, ground};

const PAGES: [&str; 26] = [
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
    "/balance?from=2023-01-01&to=2024-12-31",
    "/ledger",
    "/ledger?record=hazard_area",
    "/import",
    "/held",
    "/about",
    "/settlements",
    "/settlements/PL-1",
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
    if path.starts_with("/map") {
        tab.wait("document.getElementById('map').dataset.ready");
    }
}

#[test]
fn every_page_is_quiet_accessible_and_fits_a_phone_in_light_and_dark() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS), ("return.geojson", RETURN)]);
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
    tab.wait("location.search.includes('as_of=2022-04-01')");
    tab.open("/");
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
