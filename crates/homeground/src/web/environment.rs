//! `/environment`: observations of terrain and environment with time, source and ground; heights as bands, slope and
//! shade; what has moved and not been reviewed (GATE-8).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use geodesy::terrain::Terrain;
use geometry::Shape;
use ledger::Kept;
use maud::{Markup, html};
use records::dictionary::Dictionary;
use records::{Record, RecordKind};

use crate::config::Config;
use crate::planning::Settings;

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join, one};
use super::monuments::said;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::{App, Scene, map, table};

type Seen<'a> = (u32, &'a Kept, Arc<Record>);

/// What moves the ground (GATE-8).
const MOVES: [&str; 3] = ["flood", "slide", "erosion"];

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let wanted = scene.asked.get("type");
        let mut all: Vec<Seen<'_>> = Vec::new();
        for (number, kept) in scene.current(RecordKind::Observation) {
            all.push((number, kept, scene.facts.of(scene.programme, kept.entry)?));
        }
        all.sort_by_key(|(_, kept, _)| (std::cmp::Reverse(kept.day), kept.entry));
        let of_type = |record: &Record| wanted.is_none_or(|wanted| record.text("type") == Some(wanted));
        let rows: Vec<&Seen<'_>> = all.iter().filter(|(_, _, record)| of_type(record)).collect();
        if table::is_csv(scene.asked)? {
            return as_csv(&rows);
        }
        let reviewed = reviewed(scene)?;
        let config = Config::load(Some(scene.programme.path()))?;
        let terrain = config.elevation()?;
        let settings = Settings::of(config.plan(), None)?;
        let main = html! {
            section {
                h1 { "Environment" }
                (answer(&all, &reviewed))
                (types(scene, &all))
            }
            (drawing(scene, &rows, terrain.is_some())?)
            (list(scene, &rows, &reviewed))
            @match &terrain {
                Some(terrain) => (heights(terrain, &settings)),
                None => section aria-labelledby="heights" { h2 #heights { "Heights" } p.note { "No raster of heights is set: " code { "elevation" } " in homeground.toml." } },
            }
        };
        Ok(page(scene, &Head::plain(Tab::Environment, "Environment"), main).into_response())
    })
    .await
}

/// Local ids that an approved review names.
fn reviewed(scene: &Scene<'_>) -> Result<BTreeSet<String>, Problem> {
    let mut found = BTreeSet::new();
    let entries: Vec<_> = scene
        .current(RecordKind::Review)
        .filter(|(number, _)| scene.index.standing(*number, scene.state.known_at()) == ledger::Standing::Approved)
        .map(|(_, kept)| kept.entry)
        .collect();
    for entry in entries {
        found.extend(scene.facts.of(scene.programme, entry)?.list("of").into_iter().map(str::to_owned));
    }
    Ok(found)
}

fn moves(record: &Record) -> bool {
    record.text("type").is_some_and(|word| MOVES.contains(&word))
}

fn answer(all: &[Seen<'_>], reviewed: &BTreeSet<String>) -> Markup {
    let moved = all.iter().filter(|(_, _, record)| moves(record)).count();
    let open = all.iter().filter(|(_, _, record)| moves(record) && !reviewed.contains(&record.local_id)).count();
    html! {
        p.answer {
            (count(all.len())) " observations. "
            @if all.is_empty() { "That nothing is on record says nothing of the ground. Import records of the kind observation." }
            @else if moved == 0 { "No movement of the ground is reported." }
            @else { "Ground moved in " (count(moved)) " places; " strong { (count(open)) } " of them not reviewed, and released ground there does not pass its gate (GATE-8)." }
        }
    }
}

fn types(scene: &Scene<'_>, all: &[Seen<'_>]) -> Markup {
    let words = &Dictionary::shipped().vocabulary["observation_type"];
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, record) in all {
        *counts.entry(record.text("type").unwrap_or("other")).or_default() += 1;
    }
    html! {
        dl.figures {
            @for (word, n) in counts {
                div { dt { (said(word)) } dd { a href=(scene.asked.with(&[("type", word)])) { (count(n)) } small { (words.get(word).map_or("", String::as_str)) } } }
            }
        }
        div.tools {
            @if scene.asked.get("type").is_some() { a href=(scene.asked.with(&[("type", "")])) { "All types" } }
            (table::export(scene.asked, "observations"))
        }
    }
}

fn as_csv(rows: &[&Seen<'_>]) -> Result<Response, Problem> {
    let heads = ["local_id", "day", "type", "value", "unit", "place", "sources", "note", "wkt", "entry"];
    table::csv(
        "observations",
        &heads,
        rows.iter().map(|(_, kept, record)| {
            let text = |field: &str| record.text(field).unwrap_or_default().to_owned();
            vec![
                record.local_id.clone(),
                kept.day.to_string(),
                text("type"),
                record.number("value").map(|value| value.to_string()).unwrap_or_default(),
                text("unit"),
                text("place"),
                record.sources.join(", "),
                text("note"),
                record.geometry.as_ref().map(Shape::to_wkt).unwrap_or_default(),
                kept.entry.to_string(),
            ]
        }),
    )
}

/// Observations over the terrain.
fn drawing(scene: &Scene<'_>, rows: &[&Seen<'_>], has_relief: bool) -> Result<Markup, Problem> {
    let shapes = || rows.iter().filter_map(|(_, _, record)| Some((record, record.geometry.as_ref()?)));
    let own = shapes().filter_map(|(_, shape)| shape.bounds()).fold(None, |all, b| join(all, Some(b)));
    let bounds = match own {
        Some(bounds) => bounds,
        None if has_relief => map::bounds(scene)?,
        None => return Ok(html! {}),
    };
    let sheet = Sheet::around(bounds, 960.0);
    Ok(html! {
        section aria-labelledby="where" {
            h2 #where { "Where" }
            figure {
                svg.drawing viewBox=(sheet.view_box()) role="img" aria-label="Observations of environment and terrain" {
                    @if let Some(terrain) = Config::load(Some(scene.programme.path()))?.elevation()? {
                        @let [west, south, east, north] = terrain.bounds();
                        @let ((x0, y0), (x1, y1)) = (sheet.point([west, north]), sheet.point([east, south]));
                        image href="/environment/relief.png" x=(one(x0)) y=(one(y0)) width=(one(x1 - x0)) height=(one(y1 - y0)) preserveAspectRatio="none" opacity="0.6" {}
                    }
                    (sheet.graticule())
                    @for (record, shape) in shapes() {
                        path.outline d=(sheet.path(shape)) { title { (said(record.text("type").unwrap_or_default())) " " (record.local_id) } }
                        @if let Shape::Point(at) = shape {
                            @let (x, y) = sheet.point(*at);
                            @if moves(record) { rect.find x=(one(x - 4.0)) y=(one(y - 4.0)) width="8" height="8" { title { (record.local_id) } } }
                            @else { circle.place cx=(one(x)) cy=(one(y)) r="4" { title { (record.local_id) } } }
                        }
                    }
                    (sheet.scale_bar())
                }
                figcaption { "Filled squares: ground that moved. Circles: other observations. Dashed: their areas." @if has_relief { " Behind: altitude and shade." } }
            }
        }
    })
}

fn list(scene: &Scene<'_>, rows: &[&Seen<'_>], reviewed: &BTreeSet<String>) -> Markup {
    const PAGE: usize = 100;
    let paged = table::paged(scene.asked, rows, PAGE, |(_, kept, _)| kept.entry.to_string());
    html! {
        section aria-labelledby="seen" {
            h2 #seen { "What was seen" }
            div.table role="region" aria-label="Table: Observations" tabindex="0" {
                table #observations {
                    thead { tr {
                        th scope="col" { "Day" } th scope="col" { "Observation" } th scope="col" { "Type" } th.n scope="col" { "Value" }
                        th scope="col" { "Sources" } th scope="col" { "Note" } th scope="col" { "Gate" }
                    } }
                    tbody {
                        @for (_, kept, record) in paged.rows {
                            tr {
                                td { time { (kept.day) } }
                                th scope="row" { (scene.id_link(kept)) }
                                td { (said(record.text("type").unwrap_or_default())) }
                                td.n { @if let Some(value) = record.number("value") { (value) " " (record.text("unit").unwrap_or_default()) } }
                                td { (record.sources.join(", ")) }
                                td.wrap { (record.text("note").unwrap_or_default()) }
                                td { @if moves(record) { @if reviewed.contains(&record.local_id) { "reviewed" } @else { span.tag.w { "not reviewed" } } } }
                            }
                        }
                        @if rows.is_empty() { tr { td colspan="7" { "Nothing is recorded." } } }
                    }
                }
            }
            (table::pages(scene.asked, paged.is_later, paged.next.as_deref()))
        }
    }
}

/// Shares of the raster by altitude band of the plan, and by slope.
fn heights(terrain: &Terrain, settings: &Settings) -> Markup {
    let mut bands = vec![0_usize; settings.bands.len()];
    let mut slopes = [0_usize; 4];
    let (mut low, mut high, mut n) = (f64::INFINITY, f64::NEG_INFINITY, 0_usize);
    for (x, y, metres) in terrain.cells() {
        n += 1;
        low = low.min(metres);
        high = high.max(metres);
        bands[plan::productivity::band_of(&settings.bands, Some(metres))] += 1;
        let slope = terrain.slope(x, y).unwrap_or_default();
        slopes[[5.0, 15.0, 25.0].iter().filter(|limit| slope >= **limit).count()] += 1;
    }
    let share = |k: usize| format!("{} %", grouped(100.0 * k as f64 / n.max(1) as f64, 1));
    let [east, south] = terrain.cell_m();
    let names = ["below 5°", "5° to 15°", "15° to 25°", "25° and more"];
    let mut above: Option<f64> = None;
    let rows: Vec<(String, usize, String)> = settings
        .bands
        .iter()
        .zip(&bands)
        .map(|(band, k)| {
            let name = match (above, band.below_m) {
                (None, Some(below)) => format!("below {below} m"),
                (Some(above), Some(below)) => format!("{above} to {below} m"),
                (Some(above), None) => format!("above {above} m"),
                (None, None) => "all heights".to_owned(),
            };
            above = band.below_m;
            (name, *k, band.closed.iter().map(i8::to_string).collect::<Vec<_>>().join(", "))
        })
        .collect();
    html! {
        section aria-labelledby="heights" {
            h2 #heights { "Heights" }
            @if n == 0 { p { "The raster holds no height." } }
            @else {
                p { "From " (grouped(low, 0)) " to " (grouped(high, 0)) " m in " (count(n)) " cells of " (grouped(east, 0)) " by " (grouped(south, 0)) " m." }
                @if east.max(south) > 200.0 { p.note { "Cells this large hide every cliff: slopes below are far too gentle. Use a finer raster for slope." } }
                div.columns {
                    div.table role="region" aria-label="Table: Altitude bands" tabindex="0" {
                        table {
                            thead { tr { th scope="col" { "Altitude" } th.n scope="col" { "Share of cells" } th scope="col" { "Months closed in the plan" } } }
                            tbody { @for (name, k, closed) in &rows { tr { th scope="row" { (name) } td.n { (share(*k)) } td { (closed) } } } }
                        }
                    }
                    div.table role="region" aria-label="Table: Slopes" tabindex="0" {
                        table {
                            thead { tr { th scope="col" { "Slope" } th.n scope="col" { "Share of cells" } } }
                            tbody { @for (name, k) in names.iter().zip(slopes) { tr { th scope="row" { (name) } td.n { (share(k)) } } } }
                        }
                    }
                }
            }
        }
    }
}

/// `GET /environment/relief.png`: altitude as colour, under a shade from the north-west.
pub async fn relief(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let none = || Problem::unknown("raster of heights", "elevation");
        let terrain = Config::load(Some(scene.programme.path()))?.elevation()?.ok_or_else(none)?;
        let known = || terrain.cells().map(|(_, _, metres)| metres);
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        // As many times as make the tallest thing of the picture as high as a tenth of its width: for the eye only.
        let times = (0.1 * terrain.cell_m()[0] * terrain.width as f64 / (high - low).max(1.0)).clamp(1.0, 10.0);
        let pixel = |x: usize, y: usize| {
            let metres = f64::from(terrain.metres[y * terrain.width + x]);
            let shade = terrain.shade(x, y, times)?;
            Some(colour((metres - low) / (high - low).max(1.0), shade))
        };
        let png = outputs::relief::png(terrain.width, terrain.height, pixel).ok_or_else(none)?;
        Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
    })
    .await
}

/// Green in the valleys, over ochre, to white on the tops; darker in the shade.
fn colour(share: f64, shade: f64) -> [u8; 3] {
    const STEPS: [[f64; 3]; 3] = [[142.0, 178.0, 132.0], [214.0, 192.0, 146.0], [250.0, 250.0, 250.0]];
    let at = share.clamp(0.0, 1.0) * 2.0;
    let (from, part) = if at < 1.0 { (0, at) } else { (1, at - 1.0) };
    let light = 0.4 + 0.6 * (shade / std::f64::consts::FRAC_1_SQRT_2).min(1.0);
    std::array::from_fn(|i| ((STEPS[from][i] * (1.0 - part) + STEPS[from + 1][i] * part) * light).round() as u8)
}
