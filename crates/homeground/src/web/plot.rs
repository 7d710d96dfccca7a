//! `/plot`: may this ground be used, may this household return? A dated, signed answer sheet, for people and as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use gates::{Answer, OnTheWay, Result as Verdict};
use geometry::Shape;
use jiff::Timestamp;
use ledger::entry::canonical;
use maud::{Markup, html};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::gate::{Subject, Wanted, ask, json as answer_json};

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join, one};
use super::import::{Upload, keep};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::instant;
use super::{App, Scene};

/// Fields of the form besides the file.
const FIELDS: [&str; 5] = ["footprint", "depth_cm", "margin_m", "eo", "access_width_m"];
/// Bytes of an address that browsers and servers take.
const LONGEST: usize = 60_000;
/// Bytes of a file with a plot.
pub const MOST_BYTES: usize = 16 << 20;

/// Takes the form: the ground of a file becomes text like any other, so that every answer has an address.
pub async fn ask_for(State(app): State<Arc<App>>, asked: Asked, mut multipart: Multipart) -> Result<Response, Problem> {
    let mut typed: BTreeMap<String, String> = BTreeMap::new();
    let mut upload = None;
    let broken = |error: axum::extract::multipart::MultipartError| Problem::bad_form(error.body_text());
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default().to_owned().as_str() {
            "file" => upload = keep(field).await?,
            name if FIELDS.contains(&name) => {
                let name = name.to_owned();
                _ = typed.insert(name, field.text().await.map_err(broken)?.trim().to_owned());
            }
            name => return Err(Problem::bad_form(format!("the form has no field {name:?}"))),
        }
    }
    let drawn = match upload {
        Some(upload) => tokio::task::spawn_blocking(move || drawn(&upload)).await.map_err(|e| Problem::bug(&e))??,
        None if typed.get("footprint").is_none_or(String::is_empty) => {
            Err("give the ground as text, the id of a record, or a file".to_owned())
        }
        None => Ok(typed.get("footprint").cloned().unwrap_or_default()),
    };
    let wrong = match drawn {
        Ok(footprint) => {
            let mut query = typed.clone();
            query.insert("footprint".to_owned(), footprint);
            let pairs: Vec<(&str, &str)> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
            let href = asked.href("/plot", &pairs.into_iter().filter(|(_, v)| !v.is_empty()).collect::<Vec<_>>());
            if href.len() <= LONGEST {
                return Ok(Redirect::to(&href).into_response());
            }
            "the plot has too many corners for a page. hint: ask with `homeground gate PROGRAMME --footprint FILE`"
                .to_owned()
        }
        Err(wrong) => wrong,
    };
    let body = app.scene(asked, move |scene| {
        let value = |name: &str| typed.get(name).cloned().unwrap_or_default();
        Ok(page(scene, &Head::plain(Tab::Plot, "Inquiry"), form(scene, &value, Some(&wrong))))
    });
    Ok(body.await?.into_response())
}

/// The ground of a file as text, or what is wrong with the file.
fn drawn(upload: &Upload) -> Result<Result<String, String>, Problem> {
    match Subject::of_file(&upload.path, &upload.name) {
        Ok(Subject::Ground(shape)) => Ok(Ok(shape.to_wkt())),
        Ok(Subject::Record(_)) => Err(Problem::bug(&"a file is no record")),
        Err(error) if error.is::<crate::cli::Usage>() => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The page, or the sheet as JSON.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let asked_at = (app.options.now)().timestamp();
    app.scene(asked, move |scene| {
        let value = |name: &str| scene.asked.get(name).unwrap_or_default().to_owned();
        let Some(text) = scene.asked.get("footprint") else {
            return Ok(page(scene, &Head::plain(Tab::Plot, "Inquiry"), form(scene, &value, None)).into_response());
        };
        let (subject, answer) = match answered(scene, text) {
            Ok(found) => found,
            Err(error) if error.is::<crate::cli::Usage>() => {
                let why = error.to_string();
                let main = form(scene, &value, Some(&why));
                return Ok(page(scene, &Head::plain(Tab::Plot, "Inquiry"), main).into_response());
            }
            Err(error) => return Err(error.into()),
        };
        let mut sheet = answer_json(&answer);
        sheet["programme"] = json!(scene.programme.name());
        sheet["question"] = scene
            .asked
            .carried(&[])
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        sheet["as_of"] = json!(scene.day.date());
        sheet["asked_at"] = json!(asked_at);
        let signed = signed(scene, &sheet);
        if scene.asked.get("f") == Some("json") {
            sheet["signature"] = signed;
            return Ok(Json(sheet).into_response());
        }
        let main = html! { (form(scene, &value, None)) (sheet_of(scene, &subject, &answer, (asked_at, &signed))) };
        Ok(page(scene, &Head::plain(Tab::Plot, "Inquiry"), main).into_response())
    })
    .await
}

fn answered(scene: &Scene<'_>, text: &str) -> anyhow::Result<(Subject, Answer)> {
    let policy = Config::load(Some(scene.programme.path()))?.policy()?;
    let subject = Subject::of_text(scene.programme, scene.state, text)?;
    let number = |name: &str| -> anyhow::Result<Option<f64>> {
        let wrong = |text: &str| crate::cli::Usage(format!("{name} is {text:?}; a number is wanted"));
        Ok(scene.asked.get(name).map(|text| text.parse().map_err(|_| wrong(text))).transpose()?)
    };
    let wanted = Wanted {
        depth_cm: number("depth_cm")?,
        margin_m: number("margin_m")?,
        eo: scene.asked.get("eo").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        access_width_m: number("access_width_m")?,
    };
    let answer = ask(scene.programme, scene.state, scene.day, &policy, &subject, &wanted)?;
    Ok((subject, answer))
}

/// SHA-256 of the sheet's canonical form, signed by whoever serves the programme.
fn signed(scene: &Scene<'_>, sheet: &Value) -> Value {
    let hash = Sha256::digest(canonical(sheet).as_bytes());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "sha256": hex(&hash),
        "writer": scene.programme.writer(),
        "sig": scene.programme.seal(&hash).map(|signature| hex(&signature)),
    })
}

fn form(scene: &Scene<'_>, value: &dyn Fn(&str) -> String, wrong: Option<&str>) -> Markup {
    html! {
        section {
            h1 { "May this ground be used?" }
            p.answer { "Give a plot, a project, a route or a household. Unknown is never a pass." }
            form.fields method="post" action=(scene.asked.href("/plot", &[])) enctype="multipart/form-data" {
                div.wide.wrong[wrong.is_some()] {
                    label for="footprint" { "Ground: the id of a record, or well-known text in degrees, longitude first" }
                    textarea #footprint name="footprint" rows="3" aria-describedby="footprint-hint" { (value("footprint")) }
                    @if let Some(wrong) = wrong { p.hint role="alert" { (wrong) } }
                    p.hint #footprint-hint {
                        "To draw a plot: open the " a href=(scene.asked.href("/map", &[])) { "map" } ", choose Measure, click its corners, then the link “May it be used?”"
                    }
                }
                div.wide {
                    label for="file" { "Or a file with the plot: GeoJSON, KML, GPX, zipped shapefile, GeoPackage, CSV; it goes before the text" }
                    input #file type="file" name="file";
                }
                div { label for="depth" { "How deep it is dug, cm" } input #depth name="depth_cm" inputmode="decimal" value=(value("depth_cm")); }
                div { label for="margin" { "Margin to keep free, m" } input #margin name="margin_m" inputmode="decimal" value=(value("margin_m")); }
                div { label for="access" { "Road that must lead there: width, m" } input #access name="access_width_m" inputmode="decimal" value=(value("access_width_m")); }
                div { label for="eo" { "Ordnance expected besides what is recorded" } input #eo name="eo" value=(value("eo")) placeholder="AP_MINE, UXO"; }
                div.wide { button.primary type="submit" { "Ask" } }
            }
        }
    }
}

fn word(result: Verdict) -> (&'static str, &'static str) {
    match result {
        Verdict::Pass => ("tag", "pass"),
        Verdict::Blocked => ("tag e", "blocked"),
        Verdict::Unknown => ("tag w", "unknown"),
        Verdict::NotAsked => ("tag", "not asked"),
    }
}

fn sheet_of(scene: &Scene<'_>, subject: &Subject, answer: &Answer, (asked_at, signed): (Timestamp, &Value)) -> Markup {
    let unit = scene.asked.unit;
    let (class, said) = word(answer.result);
    html! {
        section aria-labelledby="result" {
            h2 #result { "Answer for " (scene.day) ": " span class=(class) { (said) } }
            @if let Some(day) = answer.opens_on { p { "Opens on " strong { (day) } ", if the task orders are kept." } }
            @if let Some(metres) = answer.blocked_from_m { p { "First blocked " (format!("{metres:.0}")) " m from the start of the line." } }
            (drawing(subject, answer))
            div.table role="region" aria-label="Table: Rules" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Rule" } th scope="col" { "Says" } th scope="col" { "Asks, and why" } th scope="col" { "What would change it" } } }
                    tbody {
                        @for rule in &answer.rules {
                            @let (class, said) = word(rule.result);
                            tr {
                                th scope="row" { (rule.rule) }
                                td.nowrap { span class=(class) { (said) } }
                                td {
                                    (rule.about)
                                    @if rule.result != Verdict::Pass { br; strong { (rule.text) } }
                                    @if !rule.because.is_empty() {
                                        ul { @for because in &rule.because {
                                            li {
                                                a href=(scene.entry_href(because.entry)) { (because.local_id) } " " (because.text)
                                                @if let Some(area) = because.area { " (" (unit.full(area)) ")" }
                                            }
                                        } }
                                    }
                                }
                                td { (rule.needs) }
                            }
                        }
                    }
                }
            }
            p.note {
                "Made from the ledger of " (scene.programme.name()) " at " (instant(asked_at))
                @if let Some(known_at) = scene.asked.known_at { ", as known at " (instant(known_at)) }
                ". SHA-256 of the sheet: "
                code { (signed["sha256"].as_str().unwrap_or_default()) }
                @match signed["sig"].as_str() {
                    Some(signature) => {
                        ", signed by " code { (signed["writer"].as_str().unwrap_or_default()) } ": " code { (signature) }
                    }
                    None => { ", not signed: the programme is open for reading only" }
                }
                ". " a href=(scene.asked.with(&[("f", "json")])) { "The sheet as JSON" } "."
            }
        }
    }
}

/// The ground asked about, and what is in its way.
fn drawing(subject: &Subject, answer: &Answer) -> Markup {
    let shape = match subject {
        Subject::Ground(shape) => Some(shape),
        Subject::Record(record) => record.geometry.as_ref(),
    };
    let blocking = answer.blocking.iter().filter_map(|b| b.region.bounds()).fold(None, |all, b| join(all, Some(b)));
    let shaped = join(shape.and_then(Shape::bounds), blocking);
    let Some(bounds) = join(shaped, bounds_of(&answer.on_the_way)) else { return html! {} };
    let sheet = Sheet::around(bounds, 640.0);
    html! {
        figure {
            svg.drawing.small viewBox=(sheet.view_box()) role="img" aria-label="The ground asked about, and what is in its way" {
                (sheet.graticule())
                @for blocking in answer.blocking.iter().chain(answer.on_the_way.iter().flat_map(|on| &on.hazards)) {
                    path.ground fill="url(#p-cha)" fill-rule="evenodd" d=(sheet.ground(&blocking.region)) { title { (blocking.local_id) } }
                }
                @if let Some(shape) = shape {
                    path.outline d=(sheet.path(shape)) {}
                    @if let Shape::Point(at) = shape { @let (x, y) = sheet.point(*at); circle.place cx=(x) cy=(y) r="4" {} }
                }
                (blocked_first(&sheet, &answer.on_the_way))
                (sheet.scale_bar())
            }
            figcaption { "Dashed: the ground asked about. Filled: hazard in its way, in gate geometry." (told_first(&answer.on_the_way)) }
        }
    }
}

/// Bounds of the places where hazard begins on roads.
pub fn bounds_of(on_the_way: &[OnTheWay]) -> Option<[f64; 4]> {
    on_the_way.iter().map(|on| Some([on.at[0], on.at[1], on.at[0], on.at[1]])).fold(None, join)
}

/// Where hazard begins on roads, each with its chainage.
pub fn blocked_first(sheet: &Sheet, on_the_way: &[OnTheWay]) -> Markup {
    html! {
        @for on in on_the_way {
            @let (x, y) = sheet.point(on.at);
            circle.find cx=(one(x)) cy=(one(y)) r="4" { title { (on.road) " is blocked from " (format!("{:.0}", on.from_m)) " m" } }
            // Towards the middle, and above the scale bar.
            @let is_right = x > sheet.width / 2.0;
            text.label x=(one(if is_right { x - 8.0 } else { x + 8.0 })) y=(one(y - 6.0)) text-anchor=[is_right.then_some("end")] { (on.road) ", " (format!("{:.0}", on.from_m)) " m" }
        }
    }
}

/// The same in words: what blocks first, seen from the open network.
pub fn told_first(on_the_way: &[OnTheWay]) -> Markup {
    let hazards = |on: &OnTheWay| on.hazards.iter().map(|hazard| &*hazard.local_id).collect::<Vec<_>>().join(", ");
    html! {
        @if let Some(first) = on_the_way.first() {
            " Dots: where hazard begins on the way from the open network; first on " (first.road) " at " (format!("{:.0}", first.from_m)) " m, " (hazards(first)) "."
        }
    }
}
