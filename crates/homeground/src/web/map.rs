//! `/map`: ground on a day, the list beside it, the slider under it; `/map/drawing.svg`: the same as a drawing,
//! for readers without scripts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use geometry::{Area, Shape};
use jiff::civil::Date;
use ledger::{Day, Figures, Land, View};
use maud::{Markup, html};

use super::asked::{Asked, Grid};
use super::chart::{self, Span};
use super::drawing::{Plane, Sheet, join, one};
use super::ground::{Look, patterns};
use super::hazards::{self, Listed};
use super::layers::{self, Feature};
use super::page::{Head, Tab, page, raw};
use super::problem::Problem;
use super::quantity::{count, exact_m2};
use super::{App, Scene};

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let daily = scene.state.daily();
        let figures = chart::figures_on(&daily, scene.day);
        let today: Day = scene.asked.today.into();
        let span = Span::of(&daily, scene.day, today).unwrap_or(Span { from: Day(today.0 - 365), to: today });
        let main = html! {
            (side(scene, &figures)?)
            (canvas(scene, span)?)
            (slider(scene, &daily, span, &figures))
        };
        let head = Head { tab: Tab::Map, title: "Map", scripts: &["map.js"], styles: &["maplibre/maplibre-gl.css"] };
        Ok(page(scene, &head, main))
    })
    .await
}

fn number(scene: &Scene<'_>, name: &str, area: Area) -> Markup {
    html! { output data-figure=(name) data-m2=(exact_m2(area)) { (scene.asked.unit.text(area)) } }
}

fn side(scene: &Scene<'_>, figures: &Figures) -> Result<Markup, Problem> {
    const MOST: usize = 300;
    let unit = scene.asked.unit.symbol();
    let mut rows = scene.hazards()?;
    rows.retain(hazards::is_open);
    rows.sort_by_key(|row| (std::cmp::Reverse(row.figures.remaining()), scene.index.record(row.root).entry));
    let n_open = rows.len();
    rows.truncate(MOST);
    Ok(html! {
        section.side #side aria-label="Open hazards" {
            h1.visually-hidden { "Map" }
            p.answer { "Remaining: " strong { span { (number(scene, "remaining", figures.remaining())) " " (unit) } } ", at most " span { (number(scene, "conservative", figures.remaining_gate)) " " (unit) } "." }
            div #side-rows {
                p.note { (count(n_open)) " open on " time { (scene.day) } @if n_open > MOST { ", the " (MOST) " largest listed" } }
                ul.rows { @for row in &rows { (side_row(scene, row)) } }
            }
        }
    })
}

fn side_row(scene: &Scene<'_>, row: &Listed) -> Markup {
    let kept = scene.index.record(row.root);
    html! {
        li {
            a href=(scene.hazard_href(row.root)) data-entry=(kept.entry) {
                @if let Some(look) = row.look() { (look.swatch()) span.visually-hidden { (look.word()) } }
                span { (kept.local_id) }
                span.m { (scene.asked.unit.text(row.figures.remaining())) }
            }
        }
    }
}

fn canvas(scene: &Scene<'_>, span: Span) -> Result<Markup, Problem> {
    let bounds = bounds(scene)?;
    let picture = scene.asked.href("/map/drawing.svg", &[]);
    let unit = scene.asked.unit;
    let today = Day::from(scene.asked.today).0.clamp(span.from.0, span.to.0);
    Ok(html! {
        section.canvas aria-label="Map" {
            div #map
                data-bounds=(serde_json::json!([[bounds[0], bounds[1]], [bounds[2], bounds[3]]]))
                data-days=(scene.asked.href("/map/days.json", &[]))
                data-unit=(unit.name()) data-unit-word=(unit.symbol())
                data-today=(today)
                data-relief=[relief(scene)?]
                data-label="Map of hazards, releases and places"
                data-ask="May it be used?"
                data-measure-hint="Click points to measure; Escape ends"
                data-failed="The map could not be loaded:" {
                noscript { img src=(picture) alt=(format!("Map of hazards, releases and places on {}", scene.day)); }
            }
            div.map-tools {
                button #measure type="button" aria-pressed="false" { "Measure" }
                button #whole type="button" { "Whole" }
                a.button #print href=(scene.asked.href("/map/print", &[])) { "Print" }
                select #grid aria-label="Coordinates" {
                    @for grid in Grid::ALL { option value=(grid.name()) selected[grid == scene.asked.grid] { (grid.title()) } }
                }
            }
            div.panel #panel role="region" aria-label="Selected record" hidden {
                button.close type="button" aria-label="Close" { "✕" }
                div.body {}
            }
            p.readout #readout aria-live="off" {}
        }
    })
}

/// The picture of heights and its corners, where a raster is set.
fn relief(scene: &Scene<'_>) -> Result<Option<serde_json::Value>, Problem> {
    let terrain = crate::config::Config::load(Some(scene.programme.path()))?.elevation()?;
    Ok(terrain.map(|terrain| {
        let [west, south, east, north] = terrain.bounds();
        let corners = [[west, north], [east, north], [east, south], [west, south]];
        serde_json::json!({"url": "/environment/relief.png", "coordinates": corners})
    }))
}

fn slider(scene: &Scene<'_>, daily: &[(Day, Figures)], span: Span, figures: &Figures) -> Markup {
    let day = scene.day.0.clamp(span.from.0, span.to.0);
    let unit = scene.asked.unit.symbol();
    html! {
        section.slider aria-label="Day" {
            form.tools method="get" action="/map" {
                @for (name, value) in scene.asked.carried(&["as_of"]) { input type="hidden" name=(name) value=(value); }
                label { "Day " input #day-date type="date" name="as_of" value=(scene.day) required; }
                button { "Show" }
                ul.legend {
                    @for look in Look::ALL { li { (look.label()) span { (number(scene, look.name(), look.share(&figures.footprint))) " " (unit) } } }
                    li { (super::hazard::dashed()) "conservative outline" }
                    li { "blank: nothing known" }
                }
            }
            div.track {
                (chart::track(daily, span))
                label.visually-hidden for="day" { "Day of the state shown" }
                input #day type="range" min=(span.from.0) max=(span.to.0) value=(day) step="1";
            }
            (chart::years(span))
        }
    }
}

/// Bounds of what is recorded: hazards and releases; or the places; or a piece of the globe.
pub fn bounds(scene: &Scene<'_>) -> Result<[f64; 4], Problem> {
    let is_ground = |land: &Land| matches!(land, Land::Hazard(..) | Land::Release(..));
    let grounds = scene.index.records().filter(|(_, kept)| is_ground(&kept.land));
    let of_ground =
        grounds.filter_map(|(_, kept)| kept.land.region()?.bounds()).fold(None, |all, b| join(all, Some(b)));
    if let Some(bounds) = of_ground {
        return Ok(bounds);
    }
    let (units, points) = (layers::places(scene, true)?, layers::places(scene, false)?);
    let of_places = units.iter().chain(&points).map(|feature| feature.shape.bounds()).fold(None, join);
    Ok(of_places.unwrap_or([-20.0, -10.0, 60.0, 55.0]))
}

/// The drawing.
pub async fn drawing(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    Ok(svg(app.scene(asked, draw).await?))
}

/// A drawing that stands alone and loads nothing.
pub fn svg(drawing: Markup) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, drawing.into_string()).into_response()
}

/// Colours of a drawing that stands alone; on pages the style sheet has them.
pub const COLOURS: &str = ".paper{fill:#fdfdfc}.cha-ground{fill:#9c1f1f}.cha-mark{stroke:#e7a5a0;fill:none}\
.sha-ground{fill:#e58a1f}.sha-mark{stroke:#7a4300;stroke-width:1.2;fill:none}.cancelled-ground{fill:#d9d9d4}.cancelled-mark{fill:#7f8078}\
.reduced-ground{fill:#bcd8ec}.reduced-mark{stroke:#4b7fa6;stroke-width:.8;fill:none}.cleared-ground{fill:#57a56f}";

/// Widths and letters of a drawing whose unit is a pixel.
const STYLE: &str = "text{font:12px sans-serif;fill:#333}\
.ground{stroke:#1b1f23;stroke-width:.8}.outline{fill:none;stroke:#000;stroke-width:1.4;stroke-dasharray:6 4}\
.unit{fill:none;stroke:#8d949a;stroke-dasharray:8 3 2 3}.route{fill:none;stroke:#545c64;stroke-width:1.4}\
.find{fill:#1b1f23;stroke:#fff}.place{fill:#fff;stroke:#1b1f23;stroke-width:1.2}\
.label{fill:#1b1f23;paint-order:stroke;stroke:#fff;stroke-width:3px}.graticule{stroke:#d8dad6;stroke-width:.6;fill:none}\
.scale{stroke:#1b1f23;stroke-width:1.6;fill:none}";

fn draw(scene: &Scene<'_>) -> Result<Markup, Problem> {
    let sheet = Sheet::around(bounds(scene)?, 1200.0);
    Ok(html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(sheet.view_box()) width=(sheet.width) height=(sheet.height) {
            title { (scene.programme.name()) ", " (scene.day) }
            style { (raw(COLOURS)) (raw(STYLE)) }
            defs { (patterns(None)) }
            rect.paper width=(sheet.width) height=(sheet.height) {}
            (sheet.graticule())
            @for unit in layers::places(scene, true)? { path.unit d=(sheet.path(&unit.shape)) {} }
            @for route in layers::routes(scene)? { path.route d=(sheet.path(&route.shape)) {} }
            @for root in scene.state.rows() { (draw_row(scene, &sheet, root)) }
            (draw_events(scene, &sheet))
            @for seen in layers::observations(scene)? { (draw_seen(scene, &sheet, &seen)) }
            @for place in layers::places(scene, false)? { (draw_place(&sheet, &place)) }
            (draw_legend(scene.day.date(), &sheet))
            (sheet.scale_bar())
        }
    })
}

fn draw_row(scene: &Scene<'_>, sheet: &Sheet, root: u32) -> Markup {
    let name = &scene.index.record(root).local_id;
    let outline = scene.state.remaining_of_row(scene.index, root, View::Gate, scene.day);
    html! {
        @for (spells, region) in scene.state.faces_of_row(scene.index, root, View::Book) {
            @let look = hazards::look_on(spells.iter().map(|spell| spell.class_on(scene.day)));
            @if let Some(look) = look {
                path.ground fill=(look.fill()) fill-rule="evenodd" d=(sheet.ground(&region)) { title { (name) ": " (look.word()) } }
            }
        }
        @if !outline.is_empty() { path.outline d=(sheet.ground(&outline)) {} }
    }
}

/// Where finds and accidents were, up to the day shown.
pub fn events(scene: &Scene<'_>) -> impl Iterator<Item = [f64; 2]> {
    let until = scene.index.records().filter(|(_, kept)| kept.day <= scene.day);
    until.filter_map(|(number, kept)| match kept.land {
        Land::Event(at) if scene.is_current(number) => Some(at),
        _ => None,
    })
}

fn draw_events(scene: &Scene<'_>, sheet: &Sheet) -> Markup {
    html! {
        @for at in events(scene) {
            @let (x, y) = sheet.point(at);
            circle.find cx=(one(x)) cy=(one(y)) r="2" {}
        }
    }
}

/// An observation, from its day on.
fn draw_seen(scene: &Scene<'_>, sheet: &Sheet, seen: &Feature) -> Markup {
    if seen.properties["day"].as_i64() > Some(i64::from(scene.day.0)) {
        return html! {};
    }
    let Shape::Point(at) = seen.shape else { return html! { path.unit d=(sheet.path(&seen.shape)) {} } };
    let (x, y) = sheet.point(at);
    html! { rect.place x=(one(x - 3.0)) y=(one(y - 3.0)) width="6" height="6" { title { (seen.properties["name"].as_str().unwrap_or_default()) } } }
}

fn draw_place(sheet: &Sheet, place: &Feature) -> Markup {
    let Shape::Point(at) = place.shape else { return html! {} };
    let (x, y) = sheet.point(at);
    if x < 0.0 || y < 0.0 || x > sheet.width || y > sheet.height {
        return html! {};
    }
    html! {
        circle.place cx=(one(x)) cy=(one(y)) r="3" {}
        text.label x=(one(x + 6.0)) y=(one(y + 4.0)) { (place.properties["name"].as_str().unwrap_or_default()) }
    }
}

fn draw_legend(day: Date, sheet: &Sheet) -> Markup {
    html! {
        g transform=(format!("translate(16 {})", sheet.height - 24.0)) {
            text.label x="0" y="10" { (day) }
            @for (i, look) in Look::ALL.into_iter().enumerate() {
                @let x = 96.0 + 100.0 * i as f64;
                rect.ground x=(x) y="0" width="20" height="14" fill=(look.fill()) {}
                text.label x=(x + 26.0) y="11" { (look.word()) }
            }
        }
    }
}
