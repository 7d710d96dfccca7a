//! `/plot`: may this ground be used, may this household return? A dated, signed answer sheet, for people and as JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use gates::{Answer, Result as Verdict};
use geometry::Shape;
use ledger::entry::canonical;
use maud::{Markup, html};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::gate::{Subject, Wanted, ask, json as answer_json};

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::{App, Scene};

/// The page, or the sheet as JSON.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let asked_at = (app.options.now)().timestamp();
    app.scene(asked, move |scene| {
        let Some(text) = scene.asked.get("footprint") else {
            return Ok(page(scene, &Head::plain(Tab::Plot, "Inquiry"), form(scene, None)).into_response());
        };
        let (subject, answer) = match answered(scene, text) {
            Ok(found) => found,
            Err(error) if error.is::<crate::cli::Usage>() => {
                let why = error.to_string();
                let main = form(scene, Some(&why));
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
        let main = html! { (form(scene, None)) (sheet_of(scene, &subject, &answer, &signed)) };
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

fn form(scene: &Scene<'_>, wrong: Option<&str>) -> Markup {
    let value = |name: &str| scene.asked.get(name).unwrap_or_default().to_owned();
    html! {
        section {
            h1 { "May this ground be used?" }
            p.answer { "Give a plot, a project, a route or a household. Unknown is never a pass." }
            form.inquiry method="get" action="/plot" {
                @for (name, value) in scene.asked.carried(&["footprint", "depth_cm", "margin_m", "eo", "access_width_m", "f"]) {
                    input type="hidden" name=(name) value=(value);
                }
                p class=[wrong.map(|_| "wrong")] {
                    label for="footprint" { "Ground as well-known text (longitude first), or the id of a record" }
                    textarea #footprint name="footprint" rows="3" required { (value("footprint")) }
                    @if let Some(wrong) = wrong { span.hint role="alert" { (wrong) } }
                }
                div.tools {
                    p { label for="depth" { "Digs to, cm" } input #depth name="depth_cm" inputmode="decimal" value=(value("depth_cm")); }
                    p { label for="margin" { "Margin, m" } input #margin name="margin_m" inputmode="decimal" value=(value("margin_m")); }
                    p { label for="eo" { "Ordnance expected" } input #eo name="eo" value=(value("eo")) placeholder="AP_MINE, UXO"; }
                    p { label for="access" { "Access width, m" } input #access name="access_width_m" inputmode="decimal" value=(value("access_width_m")); }
                    button.primary type="submit" { "Ask" }
                }
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

fn sheet_of(scene: &Scene<'_>, subject: &Subject, answer: &Answer, signed: &Value) -> Markup {
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
                "Made from the ledger of " (scene.programme.name()) ". SHA-256 of the sheet: "
                code { (signed["sha256"].as_str().unwrap_or_default()) }
                @match signed["sig"].as_str() {
                    Some(signature) => { ", signed by this office: " code { (signature) } }
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
    let Some(bounds) = join(shape.and_then(Shape::bounds), blocking) else { return html! {} };
    let sheet = Sheet::around(bounds, 640.0);
    html! {
        figure {
            svg.drawing.small viewBox=(sheet.view_box()) role="img" aria-label="The ground asked about, and what is in its way" {
                (sheet.graticule())
                @for blocking in &answer.blocking {
                    path.ground fill="url(#p-cha)" fill-rule="evenodd" d=(sheet.ground(&blocking.region)) { title { (blocking.local_id) } }
                }
                @if let Some(shape) = shape {
                    path.outline d=(sheet.path(shape)) {}
                    @if let Shape::Point(at) = shape { @let (x, y) = sheet.point(*at); circle.place cx=(x) cy=(y) r="4" {} }
                }
                (sheet.scale_bar())
            }
            figcaption { "Dashed: the ground asked about. Filled: hazard in its way, in gate geometry." }
        }
    }
}
