//! `/held`: rows that could not be accepted, each with its reasons, the row as it was, and what to do.

use std::sync::Arc;

use axum::extract::State;
use geometry::{ProblemKind, Reading, Shape};
use maud::{Markup, html};
use records::{Issue, Severity};
use serde_json::Value;

use crate::held::shape_of;

use super::asked::Asked;
use super::drawing::{Plane, Sheet};
use super::findings::tag;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, cut, grouped, instant};
use super::table;
use super::{App, Scene};

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        const PAGE: usize = 100;
        let held = scene.programme.held(scene.known_at())?;
        let paged = table::paged(scene.asked, &held, PAGE, |held| held.entry.to_string());
        let main = html! {
            section {
                p.crumbs { a href="/import" { "Import" } " / Held rows" }
                h1 { "Held rows" }
                p.answer {
                    (count(held.len())) " rows wait for a person. Nothing of them counts yet, and nothing of them is lost: "
                    "correct the file and import it again; a row leaves this list once a record with its id is accepted."
                }
                p { a href="/review?show=held" { "Review" } ": accept one with a reason, return it to its sender, or correct it here." }
                div.table role="region" aria-label="Table: Held rows" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Read" } th scope="col" { "File" } th.n scope="col" { "Row" } th scope="col" { "Record" } th scope="col" { "Why" } } }
                        tbody {
                            @for held in paged.rows {
                                tr {
                                    td { (instant(held.recorded_at)) }
                                    td { (text(&held.payload, "file")) }
                                    td.n { (held.payload["row"].as_u64().unwrap_or_default()) }
                                    th scope="row" { a href=(scene.entry_href(held.entry)) { (text(&held.payload, "record").replace('_', " ")) " " (text(&held.payload, "local_id")) @if text(&held.payload, "local_id").is_empty() { "without id" } } }
                                    td {
                                        @for issue in held.issues().iter().filter(|issue| issue.severity == Severity::Error) {
                                            p { strong { (issue.rule) } " " (issue.message) }
                                        }
                                    }
                                }
                            }
                            @if held.is_empty() { tr { td colspan="5" { "Every row that was read has been accepted." } } }
                        }
                    }
                }
                (table::pages(scene.asked, paged.is_later, paged.next.as_deref()))
            }
        };
        Ok(page(scene, &Head::plain(Tab::Import, "Held rows"), main))
    })
    .await
}

fn text<'a>(payload: &'a Value, field: &str) -> &'a str {
    payload[field].as_str().unwrap_or_default()
}

/// What is wrong with a held row, both readings of its ground, and the row as it was.
pub fn issues_and_row(scene: &Scene<'_>, payload: &Value) -> Markup {
    let issues: Vec<Issue> = serde_json::from_value(payload["issues"].clone()).unwrap_or_default();
    let raw = serde_json::to_string_pretty(&payload["raw"]).unwrap_or_default();
    html! {
        section aria-labelledby="why" {
            h2 #why { "Why it is held" }
            (issue_table(&issues))
        }
        (readings_of(scene, &payload["raw"]))
        section aria-labelledby="raw" {
            h2 #raw { "The row as it was" }
            pre tabindex="0" { (raw) }
        }
    }
}

/// Issues as a table.
pub fn issue_table(issues: &[Issue]) -> Markup {
    html! {
        div.table role="region" aria-label="Table: Issues" tabindex="0" {
            table #issues {
                thead {
                    tr {
                        th scope="col" { "Rule" } th.n scope="col" { "Row" } th scope="col" { "Record" } th scope="col" { "Field" }
                        th scope="col" { "Value" } th scope="col" { "What happened, and what to do" }
                    }
                }
                tbody {
                    @for issue in issues {
                        tr.held[issue.severity == Severity::Error] {
                            td.nowrap { (tag(issue.severity)) " " (issue.rule) }
                            td.n { (issue.row) }
                            th scope="row" { (issue.local_id) }
                            td { (issue.field) }
                            td { code { (cut(&issue.value, 80)) } }
                            td { (issue.message) @if !issue.hint.is_empty() { br; span.hint { "What to do: " (issue.hint) } } }
                        }
                    }
                    @if issues.is_empty() { tr { td colspan="6" { "Nothing is wrong." } } }
                }
            }
        }
    }
}

/// Both readings of the ground of a row, where they differ.
pub fn readings_of(scene: &Scene<'_>, raw: &Value) -> Markup {
    html! { @if let Some(shape) = shape_of(raw).filter(Shape::is_areal) { (readings(scene, &shape)) } }
}

/// The smallest and the largest reading of a doubtful polygon, side by side.
fn readings(scene: &Scene<'_>, shape: &Shape) -> Markup {
    let smallest = geometry::read::read(shape, Reading::Smallest);
    let largest = geometry::read::read(shape, Reading::Largest);
    let Some(bounds) = shape.bounds() else { return html! {} };
    let crosses = largest.problems.iter().any(|problem| problem.kind == ProblemKind::SelfIntersection);
    if !crosses && largest.doubt.is_none() {
        return html! {};
    }
    let (least, most) = (smallest.region.area(), largest.region.area());
    let sheet = Sheet::around(bounds, 360.0);
    let unit = scene.asked.unit;
    let one = |title: &str, read: &geometry::Read, area: geometry::Area| {
        html! {
            figure {
                figcaption { (title) ": " (unit.full(area)) }
                svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(title) {
                    (sheet.graticule())
                    path.ground fill="url(#p-sha)" fill-rule="evenodd" d=(sheet.ground(&read.region)) {}
                    path.outline d=(sheet.path(shape)) {}
                    (sheet.scale_bar())
                }
            }
        }
    };
    html! {
        section #readings aria-labelledby="two" {
            h2 #two { "Two readings of its ground" }
            p.note {
                "The boundary crosses itself, so it can be read in two ways that differ by "
                strong { (grouped((most - least).m2(), 2)) " m²" }
                ". A person decides which is meant; the program does not guess."
            }
            div.columns {
                (one("Smallest reading", &smallest, least))
                (one("Largest reading", &largest, most))
            }
        }
    }
}
