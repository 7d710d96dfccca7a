//! `/hazards/{id}`: one hazard: its answer, its ground, its history, its account, the entries behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use geometry::{Area, Region};
use ledger::{Account, Class, Day, End, EntryId, Land, Standing, View};
use maud::{Markup, html};
use records::RecordKind;

use super::account::{self, What};
use super::asked::Asked;
use super::drawing::{Plane, Sheet, join, one};
use super::ground::Look;
use super::hazards::Listed;
use super::page::{Head, Tab, page, short};
use super::problem::Problem;
use super::quantity::{Unit, count, grouped, instant};
use super::{App, Scene, findings, names};

/// The page.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| match named(scene, &id).as_slice() {
        [] => Err(Problem::unknown("hazard", &id)),
        [root] => one_hazard(scene, *root),
        several => Ok(choice(scene, &id, several)),
    })
    .await
}

/// Rows that are called so: by entry id, or by local id.
fn named(scene: &Scene<'_>, id: &str) -> Vec<u32> {
    let of_entry = id.parse::<EntryId>().ok().and_then(|entry| scene.index.number_of(entry));
    let kinds = [RecordKind::HazardArea, RecordKind::Reopening];
    let of_local_id = kinds.into_iter().flat_map(|kind| scene.index.with_local_id(kind, id)).copied();
    let roots: BTreeSet<u32> = of_entry.into_iter().chain(of_local_id).map(|number| scene.index.root(number)).collect();
    let is_row = |root: &u32| {
        let kept = scene.index.record(*root);
        super::figures::has_row(kept.kind) && kept.recorded_at <= scene.state.known_at()
    };
    roots.into_iter().filter(is_row).collect()
}

fn choice(scene: &Scene<'_>, id: &str, roots: &[u32]) -> Markup {
    let main = html! {
        section {
            h1 { "Several hazards are called " (id) }
            ul {
                @for &root in roots {
                    @let kept = scene.index.record(root);
                    li {
                        a href=(scene.asked.href(&format!("/hazards/{}", kept.entry), &[])) { (names::kind(kept.kind)) " " (kept.local_id) }
                        " of " (kept.operator) ", " (kept.day) ", entry " code { (short(&kept.entry.to_string())) }
                    }
                }
            }
        }
    };
    page(scene, &Head::plain(Tab::Hazards, id), main)
}

/// Everything the page tells about one row.
struct Told<'a> {
    root: u32,
    name: &'a str,
    listed: Listed,
    account: Account,
    /// Releases that meet the row, by number, with what they released of it.
    releases: BTreeMap<u32, Area>,
    /// Finds and accidents inside, by number.
    events: Vec<u32>,
    /// Corrections and reopenings that are proposed, or came to nothing.
    others: Vec<u32>,
}

fn tell<'a>(scene: &Scene<'a>, root: u32) -> Result<Told<'a>, Problem> {
    let account = scene.state.account(root, View::Book).cloned().unwrap_or_default();
    let mut releases: BTreeMap<u32, Area> = BTreeMap::new();
    let idle = account.overlapped.iter().chain(&account.overruled).map(|piece| piece.0);
    for number in idle.chain(account.outside.iter().map(|piece| piece.0.release)) {
        releases.entry(number).or_default();
    }
    for (spell, area) in &account.spells {
        if let Some((_, End::Released(_), by)) = spell.end {
            *releases.entry(by).or_default() += *area;
        }
    }
    releases.retain(|&number, _| scene.index.record(number).day <= scene.day);
    let chain: BTreeSet<u32> = scene.index.chain(root).into_iter().collect();
    let adjustments = scene.index.adjustments(&scene.index.record(root).local_id).iter().copied();
    let known = |n: &u32| scene.index.standing(*n, scene.state.known_at()) > Standing::Absent;
    let others = chain.iter().copied().chain(adjustments).filter(known).collect();
    Ok(Told {
        root,
        name: &scene.index.record(root).local_id,
        listed: scene.listed(root)?,
        events: events_inside(scene, root),
        account,
        releases,
        others,
    })
}

fn events_inside(scene: &Scene<'_>, root: u32) -> Vec<u32> {
    let versions = scene.state.versions(root, View::Book);
    let regions: Vec<&Region> = versions.iter().filter_map(|v| scene.index.record(v.record).land.region()).collect();
    let near: BTreeSet<u32> =
        regions.iter().filter_map(|region| region.bounds()).flat_map(|bounds| scene.index.meeting(bounds)).collect();
    let is_inside = |number: &u32| match &scene.index.record(*number).land {
        Land::Event(at) => regions.iter().any(|region| region.covers(*at)),
        _ => false,
    };
    let is_shown = |number: &u32| scene.index.record(*number).day <= scene.day && scene.is_current(*number);
    let mut events: Vec<u32> = near.into_iter().filter(is_inside).filter(is_shown).collect();
    events.sort_by_key(|&n| (scene.index.record(n).day, scene.index.record(n).entry));
    events
}

fn one_hazard(scene: &Scene<'_>, root: u32) -> Result<Markup, Problem> {
    let told = tell(scene, root)?;
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/hazards", &[])) { "Hazards" } " / " (told.name) }
            h1 { (told.name) }
            (answer(scene, &told))
            (numbers(scene, &told))
        }
        div.columns {
            section aria-labelledby="ground" {
                h2 #ground { "Ground on " (scene.day) }
                (picture(scene, &told))
                p { a href=(format!("{}#{}", scene.asked.href("/map", &[]), scene.index.record(root).entry)) { "Show on the map" } }
            }
            section aria-labelledby="history" {
                h2 #history { "History" }
                (history(scene, &told)?)
            }
        }
        (statement(scene, &told))
        (boundaries(scene, &told)?)
        (releases(scene, &told))
        (events(scene, &told)?)
        (doubts(scene, &told))
        (entries(scene, &told))
    };
    Ok(page(scene, &Head::plain(Tab::Hazards, told.name), main))
}

fn figure_href(scene: &Scene<'_>, told: &Told<'_>, name: &str) -> String {
    let entry = scene.index.record(told.root).entry.to_string();
    scene.asked.href(&format!("/figures/{name}"), &[("hazard", &entry)])
}

fn answer(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let figures = &told.listed.figures;
    let unit = scene.asked.unit;
    let link = |name: &str, area: Area| html! { a href=(figure_href(scene, told, name)) { (unit.full(area)) } };
    html! {
        p.answer {
            @match told.listed.look() {
                Some(look) if look.is_hazardous() => {
                    (look.label()) ": " (link("remaining", figures.remaining())) " remaining"
                    @if told.listed.released() > Area::ZERO { ", " (link("released", told.listed.released())) " released" }
                }
                Some(_) => { "Nothing remains by the book: " (link("released", told.listed.released())) " released" }
                None => { "Nothing remains, and nothing was released: its ground belongs to other hazards or was given up" }
            }
            "."
            @if !told.listed.places.is_empty() { " In " (told.listed.places) "." }
        }
        @let shared: Area = told.account.shared.iter().map(|piece| piece.1).sum();
        @if shared > Area::ZERO {
            p.note {
                "It shares " (unit.full(shared)) " with "
                @for (i, (other, _)) in told.account.shared.iter().enumerate() {
                    @if i > 0 { ", " }
                    (scene.hazard_link(*other))
                }
                "; each m² is counted once, in the hazard that was stated first."
            }
        }
    }
}

fn numbers(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let figures = &told.listed.figures;
    let unit = scene.asked.unit;
    let book = figures.remaining();
    html! {
        dl.figures {
            @for look in Look::ALL {
                div {
                    dt { (look.swatch()) (look.word()) }
                    dd { a href=(figure_href(scene, told, look.name())) { (unit.full(look.share(&figures.footprint))) } }
                }
            }
            div {
                dt { "Remaining at most" }
                dd {
                    a href=(figure_href(scene, told, "remaining-conservative")) { (unit.full(figures.remaining_gate)) }
                    small { (signed(unit, figures.remaining_gate - book)) " against the book; never an official figure" }
                }
            }
        }
    }
}

fn signed(unit: Unit, area: Area) -> String {
    let sign = if area > Area::ZERO { "+" } else { "" };
    format!("{sign}{}", unit.full(area))
}

/// Ground by class, the conservative outline, finds.
fn picture(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let of =
        |view, keep: &dyn Fn(Class) -> bool| scene.state.region_of_row(scene.index, told.root, view, scene.day, keep);
    let grounds: Vec<(Look, Region)> =
        Look::ALL.into_iter().map(|look| (look, of(View::Book, &|class| Look::of(class) == Some(look)))).collect();
    let outline = of(View::Gate, &Class::is_hazardous);
    let bounds = grounds.iter().map(|(_, region)| region.bounds()).chain([outline.bounds()]).fold(None, join);
    let Some(bounds) = bounds else { return html! { p.note { "There is no ground to draw on this day." } } };
    let sheet = Sheet::around(bounds, 560.0);
    let label = format!("Map of {} on {}", told.name, scene.day);
    html! {
        figure {
            svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(label) {
                (sheet.graticule())
                @for (look, region) in &grounds {
                    @if !region.is_empty() { path.ground fill=(look.fill()) fill-rule="evenodd" d=(sheet.ground(region)) {} }
                }
                @if !outline.is_empty() { path.outline d=(sheet.ground(&outline)) {} }
                @for &number in &told.events {
                    @if let Land::Event(at) = scene.index.record(number).land {
                        @let (x, y) = sheet.point(at);
                        circle.find cx=(one(x)) cy=(one(y)) r="3.5" { title { (scene.index.record(number).local_id) } }
                    }
                }
                (sheet.scale_bar())
            }
            ul.legend {
                @for (look, region) in &grounds { @if !region.is_empty() { li { (look.label()) } } }
                @if !outline.is_empty() { li { (dashed()) "conservative outline" } }
                @if !told.events.is_empty() { li { (dot()) "find or accident" } }
            }
        }
    }
}

/// Sample of the conservative outline.
pub fn dashed() -> Markup {
    html! { svg.swatch.drawing viewBox="0 0 20 14" aria-hidden="true" focusable="false" { path.outline d="M1 7H19" {} } }
}

/// Sample of a find.
pub fn dot() -> Markup {
    html! { svg.swatch.drawing viewBox="0 0 20 14" aria-hidden="true" focusable="false" { circle.find cx="10" cy="7" r="3.5" {} } }
}

/// What happened, in order of days.
fn history(scene: &Scene<'_>, told: &Told<'_>) -> Result<Markup, Problem> {
    let unit = scene.asked.unit;
    let lines = account::statement(&told.account, scene.day);
    let mut finds: BTreeMap<Day, usize> = BTreeMap::new();
    let accidents: Vec<u32> =
        told.events.iter().copied().filter(|&n| scene.index.record(n).kind == RecordKind::Accident).collect();
    for &number in told.events.iter().filter(|n| !accidents.contains(n)) {
        *finds.entry(scene.index.record(number).day).or_default() += 1;
    }
    let mut told_lines: Vec<(Day, &str, Markup)> = Vec::new();
    for line in &lines {
        let kind = if line.minus().is_some() { "released" } else { "hazard" };
        told_lines.push((line.day, kind, html! {
            (line.what.word()) " " (unit.full(line.area))
            @if let Some(by) = line.by { ", " (scene.record_link(by)) @if !scene.index.record(by).operator.is_empty() { " by " (scene.operator_name(&scene.index.record(by).operator)?) } }
        }));
    }
    for number in accidents {
        told_lines.push((scene.index.record(number).day, "hazard", html! { (scene.record_link(number)) }));
    }
    for (day, n) in finds {
        told_lines.push((day, "", html! { (count(n)) (if n == 1 { " find" } else { " finds" }) }));
    }
    told_lines.sort_by_key(|line| line.0);
    Ok(html! {
        @if told_lines.is_empty() { p.note { "Nothing happened by this day." } }
        @else {
            ol.timeline {
                @for (day, class, line) in &told_lines { li class=(class) { time { (day) } " " (line) } }
            }
        }
    })
}

fn statement(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let unit = scene.asked.unit;
    let lines = account::statement(&told.account, scene.day);
    let closing = lines.last().map(|line| line.balance).unwrap_or_default();
    assert_eq!(closing, told.listed.figures.remaining(), "a statement closes with what remains");
    html! {
        section aria-labelledby="account" {
            h2 #account { "Statement of account, " (unit.symbol()) }
            div.table role="region" aria-label="Table: Statement of account" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Day" } th scope="col" { "Entry" } th scope="col" { "What" }
                            th.n scope="col" { "+" span.visually-hidden { " stated hazardous" } }
                            th.n scope="col" { "\u{2212}" span.visually-hidden { " released or given up" } }
                            th.n scope="col" { "Balance" }
                        }
                    }
                    tbody {
                        tr { td {} th scope="row" { "Opening" } td {} td.n {} td.n {} td.n { (unit.cell(Area::ZERO)) } }
                        @for line in &lines {
                            tr {
                                td { time { (line.day) } }
                                th scope="row" { @if let Some(by) = line.by { (scene.record_link(by)) } }
                                td { (line.what.word()) @if line.what == What::Confirmed { " (" (unit.text(line.area)) ")" } }
                                td.n { @if let Some(area) = line.plus() { (unit.cell(area)) } }
                                td.n { @if let Some(area) = line.minus() { (unit.cell(area)) } }
                                td.n { (unit.cell(line.balance)) }
                            }
                        }
                    }
                    tfoot {
                        tr { th scope="row" colspan="5" { "Closing: remains on " (scene.day) } td.n { a href=(figure_href(scene, told, "remaining")) { (unit.cell(closing)) } } }
                    }
                }
            }
        }
    }
}

fn boundaries(scene: &Scene<'_>, told: &Told<'_>) -> Result<Markup, Problem> {
    let unit = scene.asked.unit;
    let versions = scene.state.versions(told.root, View::Book);
    let mut facts = Vec::new();
    for version in versions {
        facts.push(scene.facts.of(scene.programme, scene.index.record(version.record).entry)?);
    }
    Ok(html! {
        section aria-labelledby="boundaries" {
            h2 #boundaries { "Boundaries" }
            div.table role="region" aria-label="Table: Boundaries" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "From" } th scope="col" { "Until" } th scope="col" { "Record" } th scope="col" { "Class" }
                            th scope="col" { "Ordnance" } th scope="col" { "Accuracy" } th.n scope="col" { "Drawn " (unit.symbol()) }
                        }
                    }
                    tbody {
                        @for (version, record) in versions.iter().zip(&facts) {
                            @let kept = scene.index.record(version.record);
                            tr {
                                td { time { (version.from) } }
                                td { @if let Some(until) = version.until { time { (until) } } }
                                th scope="row" { (scene.record_link(version.record)) }
                                td { (version.status.word()) }
                                td { (record.list("eo").join(", ")) }
                                td { (accuracy(&kept.land)) }
                                td.n { @if let Some(region) = kept.land.region() { (unit.cell(region.area())) } }
                            }
                        }
                        @if versions.is_empty() { tr { td colspan="7" { "No boundary is approved; it counts in conservative geometry only." } } }
                    }
                }
            }
        }
    })
}

fn accuracy(land: &Land) -> String {
    let (Land::Hazard(plot, _) | Land::Adjustment(plot, _) | Land::Release(plot, _)) = land else {
        return String::new();
    };
    let metres = plot.accuracy_m.filter(|metres| *metres > 0.0).map(|metres| format!("±{metres} m"));
    let quality = plot.quality.map(|quality| quality.word().to_lowercase());
    let known: Vec<String> = metres.into_iter().chain(quality).collect();
    if known.is_empty() { "not stated".to_owned() } else { known.join(", ") }
}

fn releases(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let unit = scene.asked.unit;
    let mut numbers: Vec<u32> = told.releases.keys().copied().collect();
    numbers.sort_by_key(|&n| (scene.index.record(n).day, scene.index.record(n).entry));
    let everywhere = scene.state.effective(scene.index, &numbers);
    html! {
        section aria-labelledby="releases" {
            h2 #releases { "Releases" }
            p.note { "Reported is what the report states, drawn is its polygon, here is what it released of this hazard: overlap and ground outside count for nothing." }
            div.table role="region" aria-label="Table: Releases" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Day" } th scope="col" { "Release" } th scope="col" { "Method" } th scope="col" { "Operator" }
                            th.n scope="col" { "Reported " (unit.symbol()) } th.n scope="col" { "Drawn " (unit.symbol()) }
                            th.n scope="col" { "Effective " (unit.symbol()) } th.n scope="col" { "Here " (unit.symbol()) }
                        }
                    }
                    tbody {
                        @for number in &numbers {
                            @let kept = scene.index.record(*number);
                            @if let Land::Release(_, released) = &kept.land {
                                tr {
                                    td { time { (kept.day) } }
                                    th scope="row" { (scene.id_link(kept)) }
                                    td { @if let Some(look) = Look::of(Class::Released(released.method)) { (look.label()) } }
                                    td { (kept.operator) }
                                    td.n { @if let Some(m2) = released.reported_m2 { (unit.cell(Area::from_m2(m2))) } @else { "–" } }
                                    td.n { (unit.cell(released.area)) }
                                    td.n { (unit.cell(everywhere.get(number).copied().unwrap_or_default())) }
                                    td.n { (unit.cell(told.releases[number])) }
                                }
                            }
                        }
                        @if numbers.is_empty() { tr { td colspan="8" { "No release touches this hazard." } } }
                    }
                }
            }
        }
    }
}

fn events(scene: &Scene<'_>, told: &Told<'_>) -> Result<Markup, Problem> {
    let mut rows = Vec::new();
    for &number in &told.events {
        let kept = scene.index.record(number);
        rows.push((number, kept, scene.facts.of(scene.programme, kept.entry)?));
    }
    Ok(html! {
        section aria-labelledby="inside" {
            h2 #inside { "Finds and accidents inside" }
            div.table role="region" aria-label="Table: Finds and accidents inside" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Day" } th scope="col" { "Record" } th scope="col" { "Category" } th scope="col" { "Model" }
                            th.n scope="col" { "Quantity" } th.n scope="col" { "Depth cm" }
                        }
                    }
                    tbody {
                        @for (number, kept, record) in &rows {
                            tr {
                                td { time { (kept.day) } }
                                th scope="row" { (scene.record_link(*number)) }
                                td { (record.text("category").unwrap_or("not stated")) }
                                td { (record.text("model").unwrap_or_default()) }
                                td.n { @if let Some(n) = record.number("quantity") { (grouped(n, 0)) } }
                                td.n { @if let Some(cm) = record.number("depth_cm") { (cm) } }
                            }
                        }
                        @if rows.is_empty() { tr { td colspan="6" { "None is recorded inside." } } }
                    }
                }
            }
        }
    })
}

fn doubts(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let numbers = told.releases.keys().chain(&told.events).chain(&told.others).copied();
    let subjects: BTreeSet<&str> = numbers.map(|n| &*scene.index.record(n).local_id).chain([told.name]).collect();
    let mut found = scene.state.findings(scene.index, scene.day);
    found.retain(|finding| subjects.contains(finding.subject.as_str()));
    html! {
        section aria-labelledby="doubts" {
            h2 #doubts { "Findings" }
            (findings::table_of(scene, &found))
        }
    }
}

fn entries(scene: &Scene<'_>, told: &Told<'_>) -> Markup {
    let numbers = told.others.iter().chain(told.releases.keys()).chain(&told.events).copied();
    let mut numbers: Vec<u32> = numbers.collect::<BTreeSet<_>>().into_iter().collect();
    numbers.sort_by_key(|&n| (scene.index.record(n).recorded_at, scene.index.record(n).entry));
    html! {
        section aria-labelledby="entries" {
            h2 #entries { "Entries" }
            (entry_table(scene, &numbers))
        }
    }
}

/// Records with where they stand, and their entries.
pub fn entry_table(scene: &Scene<'_>, numbers: &[u32]) -> Markup {
    html! {
        div.table role="region" aria-label="Table: Entries" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Recorded" } th scope="col" { "Record" } th scope="col" { "About the day" }
                        th scope="col" { "Stands as" } th scope="col" { "Entry" }
                    }
                }
                tbody {
                    @for &number in numbers {
                        @let kept = scene.index.record(number);
                        tr {
                            td { (instant(kept.recorded_at)) }
                            th scope="row" { (scene.record_link(number)) }
                            td { time { (kept.day) } }
                            td { (standing(scene, number)) }
                            td { code { (short(&kept.entry.to_string())) } }
                        }
                    }
                }
            }
        }
    }
}

/// Where a record stands, in a word.
pub fn standing(scene: &Scene<'_>, number: u32) -> &'static str {
    match scene.index.standing(number, scene.state.known_at()) {
        Standing::Absent => "taken back",
        Standing::Proposed => "proposed",
        Standing::Approved if scene.is_current(number) => "approved",
        Standing::Approved => "corrected",
    }
}
