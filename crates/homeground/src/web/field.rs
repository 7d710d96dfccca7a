//! `/field`: a page of the field book. A table of legs that draws itself while it is typed, with the closing error.
//!
//! Without scripts the form is sent and the same page comes back with the drawing; with them the drawing follows
//! every stroke. The sheet can be taken along as an exchange file, legs and all, and imported.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use geodesy::traverse::{Finding, Sheet as Legs, Traverse, Verdict};
use geometry::Shape;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join, one};
use super::findings::tag;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::grouped;
use super::{App, Scene};

/// Legs of an empty page; filled pages get one more than they use.
const ROWS: usize = 8;
/// More legs than any page has.
const MOST_ROWS: usize = 500;

const FIELDS: [(&str, &str, &str); 8] = [
    ("local_id", "Local id", "HA-0042"),
    ("datum", "Starts from (longitude, latitude; or a grid reference)", "46.0383, 40.1065"),
    ("datum_name", "Name of that point", "RP"),
    ("observed_on", "Day of the bearings", "2025-07-01"),
    ("declination", "Declination of the form, ° east (if it states one)", ""),
    ("closing_bearing", "Closing leg: bearing", ""),
    ("closing_distance", "Closing leg: metres", ""),
    ("accuracy_m", "Accuracy, m (95 %)", ""),
];

const NORTHS: [(&str, &str); 3] = [("", "say which north"), ("MAGNETIC", "magnetic"), ("TRUE", "true")];
const UNITS: [(&str, &str); 5] = [
    ("", "say which unit"),
    ("deg", "degrees"),
    ("gon", "gon"),
    ("mil6400", "NATO mils"),
    ("mil6000", "Soviet mils, 15-00"),
];

/// The page, its answer alone (`part=answer`), or the sheet as an exchange file (`f=geojson`).
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let sheet = sheet(scene.asked);
        let compute = |_| Legs::parse(&sheet.to_string()).and_then(|legs| legs.compute());
        let answer = scene.asked.get("datum").map(compute);
        if scene.asked.get("f") == Some("geojson") {
            return as_file(scene, &sheet, answer);
        }
        let shown = html! { div #answer aria-live="polite" { (told(scene, &answer)) } };
        if scene.asked.get("part") == Some("answer") {
            return Ok(shown.into_response());
        }
        let main = html! { (form(scene.asked)) (shown) };
        let head = Head { tab: Tab::Import, title: "Field book", scripts: &["field.js"], styles: &[] };
        Ok(page(scene, &head, main).into_response())
    })
    .await
}

/// What was typed as the sheet of CONTRACT §9; numbers stay text, so that nothing is lost on the way.
fn sheet(asked: &Asked) -> Value {
    let text = |name: &str| asked.get(name).unwrap_or_default().to_owned();
    let datum = text("datum");
    let numbers: Vec<f64> =
        datum.split([',', ';', ' ']).filter(|part| !part.is_empty()).filter_map(|part| part.parse().ok()).collect();
    let mut point = match numbers[..] {
        [lon, lat] => json!({"lon": lon, "lat": lat}),
        _ => json!({"mgrs": datum}),
    };
    point["name"] = json!(text("datum_name"));
    let mut sheet = json!({"datum_point": point, "north": text("north"), "unit": text("angle_unit")});
    for name in ["observed_on", "declination", "accuracy_m"] {
        if let Some(value) = asked.get(name) {
            sheet[name] = json!(value);
        }
    }
    let mut legs = Vec::new();
    let mut from = text("datum_name");
    for i in 0..MOST_ROWS {
        let (to, bearing, distance) =
            (text(&format!("to{i}")), text(&format!("bearing{i}")), text(&format!("distance{i}")));
        if to.is_empty() && bearing.is_empty() && distance.is_empty() {
            continue;
        }
        legs.push(json!({"from": from, "to": to, "bearing": bearing, "distance_m": distance}));
        from = to;
    }
    sheet["legs"] = Value::Array(legs);
    if asked.get("closing_bearing").is_some() || asked.get("closing_distance").is_some() {
        sheet["closing"] = json!({"bearing": text("closing_bearing"), "distance_m": text("closing_distance")});
    }
    sheet
}

fn form(asked: &Asked) -> Markup {
    let value = |name: &str| asked.get(name).unwrap_or_default().to_owned();
    let used = (0..MOST_ROWS)
        .filter(|i| ["to", "bearing", "distance"].iter().any(|name| asked.get(&format!("{name}{i}")).is_some()));
    let rows = used.max().map_or(ROWS, |last| last + 2).clamp(ROWS, MOST_ROWS);
    let choice = |name: &str, options: &[(&str, &str)]| {
        html! { select id=(name) name=(name) { @for (word, label) in options { option value=(word) selected[value(name) == *word] { (label) } } } }
    };
    html! {
        section {
            p.crumbs { a href="/import" { "Import" } " / Field book" }
            h1 { "Field book" }
            p.answer { "Bearings and distances as they stand in the book. Nothing is guessed: without a north and a unit there is no polygon." }
            form #field method="get" action="/field" {
                div.tools {
                    @for (name, label, example) in FIELDS {
                        p { label for=(name) { (label) } input id=(name) name=(name) value=(value(name)) placeholder=(example) autocomplete="off"; }
                    }
                    p { label for="north" { "Bearings from" } (choice("north", &NORTHS)) }
                    p { label for="angle_unit" { "Bearings in" } (choice("angle_unit", &UNITS)) }
                }
                div.table role="region" aria-label="Table: Legs" tabindex="0" {
                    table {
                        thead { tr { th.n scope="col" { "Leg" } th scope="col" { "To" } th scope="col" { "Bearing" } th scope="col" { "Metres" } } }
                        tbody {
                            @for i in 0..rows {
                                tr {
                                    th.n scope="row" { (i + 1) }
                                    @for (name, label) in [("to", "to point"), ("bearing", "bearing"), ("distance", "metres")] {
                                        @let field = format!("{name}{i}");
                                        td { input name=(field) value=(value(&field)) aria-label=(format!("Leg {}, {label}", i + 1)) autocomplete="off"; }
                                    }
                                }
                            }
                        }
                    }
                }
                div.tools { button.primary type="submit" { "Draw" } }
            }
        }
    }
}

fn told(scene: &Scene<'_>, answer: &Option<Result<Traverse, Vec<Finding>>>) -> Markup {
    match answer {
        None => html! {},
        Some(Err(findings)) => html! {
            section aria-labelledby="result" { h2 #result { "No polygon yet" } (findings_list(findings)) }
        },
        Some(Ok(traverse)) => html! {
            section aria-labelledby="result" {
                h2 #result { (verdict(traverse)) }
                @if let (Some(metres), Some(relative)) = (traverse.misclosure_m, &traverse.relative) {
                    p.answer { "Closing error " strong { (grouped(metres, 2)) " m" } " in " (grouped(traverse.perimeter_m, 1)) " m, " (relative) "." }
                }
                @if let Some(leg) = &traverse.closing_computed {
                    p { "To close, " (leg.from) " to " (leg.to) " would be " (leg.bearing) " and " (grouped(leg.distance_m, 2)) " m." }
                }
                @if let Some(area) = traverse.area_m2 {
                    p { "Area " (grouped(area, 1)) " m²" @if let Some(sigma) = traverse.area_sigma_m2 { ", σ " (grouped(sigma, 0)) " m²" } "." }
                }
                @if let (Some(degrees), Some(source)) = (traverse.declination_deg, traverse.declination_source) {
                    p.note { "Declination " (format!("{degrees:.2}")) "° east, " (source) "." }
                }
                (drawing(scene, traverse))
                (findings_list(&traverse.findings))
                p { a href=(scene.asked.with(&[("f", "geojson"), ("part", "")])) download { "The sheet as a file to import" } }
            }
        },
    }
}

fn verdict(traverse: &Traverse) -> &'static str {
    match traverse.verdict {
        Verdict::Ok => "It closes",
        Verdict::Warn => "It closes with a warning (GEO-6)",
        Verdict::Error => "It does not close (GEO-6)",
        Verdict::Unchecked => "Not checked: there is no closing leg",
    }
}

fn findings_list(findings: &[Finding]) -> Markup {
    use records::Severity::{Error, Information, Warning};
    html! {
        @if !findings.is_empty() {
            ul {
                @for finding in findings {
                    li {
                        (tag(match finding.severity { 'E' => Error, 'W' => Warning, _ => Information })) " " (finding.rule) " "
                        @match finding.leg { Some(0) => { "closing leg, " } Some(leg) => { "leg " (leg) ", " } None => {} }
                        (finding.field) ": " (finding.message)
                        @if !finding.hint.is_empty() { ". " span.hint { (finding.hint) } }
                    }
                }
            }
        }
    }
}

/// The legs with their points over what is recorded there; the adjusted ring dashed.
fn drawing(scene: &Scene<'_>, traverse: &Traverse) -> Markup {
    let positions: Vec<[f64; 2]> = traverse.points.iter().map(|point| [point.lon, point.lat]).collect();
    let line = Shape::LineString(positions.clone());
    let adjusted: Vec<[f64; 2]> = traverse.adjusted.iter().map(|point| [point.lon, point.lat]).collect();
    let Some(bounds) = join(line.bounds(), Shape::LineString(adjusted.clone()).bounds()) else { return html! {} };
    let sheet = Sheet::around(bounds, 640.0);
    let near = scene.index.meeting(bounds);
    let rows = near.iter().filter(|&&n| scene.state.account(n, ledger::View::Book).is_some());
    html! {
        figure {
            svg.drawing.small viewBox=(sheet.view_box()) role="img" aria-label="The traverse, drawn" {
                (sheet.graticule())
                @for &row in rows {
                    @let left = scene.state.remaining_of_row(scene.index, row, ledger::View::Book, scene.day);
                    @if !left.is_empty() {
                        path.ground fill="url(#p-sha)" fill-rule="evenodd" d=(sheet.ground(&left)) { title { (scene.index.record(row).local_id) } }
                    }
                }
                @if let Some(ring) = traverse.shape() { path.ground fill="none" d=(sheet.path(&ring)) {} }
                path.route d=(sheet.path(&line)) {}
                @if adjusted.len() > 2 { path.outline d=(sheet.path(&Shape::Polygon(vec![adjusted]))) {} }
                @for (point, position) in traverse.points.iter().zip(&positions) {
                    @let (x, y) = sheet.point(*position);
                    circle.place cx=(one(x)) cy=(one(y)) r="3" {}
                    text.label x=(one(x + 6.0)) y=(one(y - 6.0)) { (point.name) }
                }
                (sheet.scale_bar())
            }
            figcaption { "Line: as measured. Dashed: after Bowditch, beside it and never instead of it." }
        }
    }
}

/// A proposed hazard whose ground is the sheet as it was entered: the import computes it again.
fn as_file(
    scene: &Scene<'_>,
    sheet: &Value,
    answer: Option<Result<Traverse, Vec<Finding>>>,
) -> Result<Response, Problem> {
    if !matches!(answer, Some(Ok(Traverse { ring: Some(_), .. }))) {
        return Err(Problem::bad_form("there is no polygon yet; the page says what is missing"));
    }
    let day = scene.asked.get("observed_on").map_or_else(|| scene.day.date().to_string(), str::to_owned);
    let properties = json!({
        "record": "hazard_area",
        "local_id": scene.asked.get("local_id").unwrap_or_default(),
        "date_of_information": day,
        "class": "SHA",
        "evidence": "indirect",
        "geometry_quality": "SURVEYED",
        "traverse": sheet,
    });
    let feature = json!({"type": "Feature", "geometry": null, "properties": properties});
    let body = json!({"type": "FeatureCollection", "features": [feature]}).to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/geo+json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"traverse.geojson\""),
    ];
    Ok((headers, body).into_response())
}
