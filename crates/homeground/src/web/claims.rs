//! `/claims`: every quantity that somebody states, with the figure that may be published of it and the claims it stands on.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use records::contradiction::{Figure, figures};
use records::gazetteer::folded;

use super::asked::Asked;
use super::known::{Known, refs};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::{App, Scene, table};

/// Rows on a page.
const PAGE: usize = 100;

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let known = scene.known()?;
        let all = figures(&refs(&known.claims), &refs(&known.places), &known.contradictions, &refs(&known.decisions));
        let n_open = all.iter().filter(|figure| figure.value.is_none()).count();
        let wanted = folded(scene.asked.get("q").unwrap_or_default());
        let state = scene.asked.get("state").unwrap_or("all");
        if !["all", "published", "open"].contains(&state) {
            return Err(Problem::bad_query("state", state, "one of all, published, open"));
        }
        let says = |figure: &Figure| {
            let text = folded(&format!("{} {} {}", figure.subject, figure.quantity, figure.claims.join(" ")));
            wanted.split(' ').all(|word| text.contains(word))
        };
        let shown: Vec<Figure> = all
            .iter()
            .filter(|figure| says(figure) && (state == "all" || (state == "open") == figure.value.is_none()))
            .cloned()
            .collect();
        if table::is_csv(scene.asked)? {
            return as_csv(&shown);
        }
        Ok(list(scene, &known, &shown, (all.len(), n_open)).into_response())
    })
    .await
}

fn as_csv(shown: &[Figure]) -> Result<Response, Problem> {
    let heads = ["subject", "quantity", "period", "value", "rule", "claims", "contradictions"];
    table::csv(
        "figures",
        &heads,
        shown.iter().map(|figure| {
            let Figure { subject, quantity, period, value, claims, rule, contradictions } = figure.clone();
            vec![subject, quantity, period, value.unwrap_or_default(), rule, claims.join(" "), contradictions.join(" ")]
        }),
    )
}

fn list(scene: &Scene<'_>, known: &Known, shown: &[Figure], (n_all, n_open): (usize, usize)) -> Markup {
    let asked = scene.asked;
    let chosen = |state: &str| asked.get("state").unwrap_or("all") == state;
    let paged = table::paged(asked, shown, PAGE, |figure| figure.claims.first().cloned().unwrap_or_default());
    let main = html! {
        section {
            h1 { "Claims" }
            p.answer {
                (count(known.claims.len())) " claims on " (count(n_all)) " quantities. " (count(n_all - n_open)) " have a figure that may be published; "
                strong { (count(n_open)) } " have none, because claims contradict each other and nobody has chosen."
            }
            p.note { "Nothing is averaged. A figure is the statement of one claim, chosen by the rule beside it." }
            form.tools method="get" action="/claims" role="search" {
                @for (name, value) in asked.carried(&["q", "state", "after"]) { input type="hidden" name=(name) value=(value); }
                div { label for="q" { "Subject, quantity or claim" } input #q type="search" name="q" value=[asked.get("q")]; }
                div {
                    label for="state" { "Which" }
                    select #state name="state" {
                        @for (state, says) in [("all", "all"), ("published", "with a figure"), ("open", "without a figure")] {
                            option value=(state) selected[chosen(state)] { (says) }
                        }
                    }
                }
                button { "Filter" }
                (table::export(asked, "figures"))
            }
            div.table role="region" aria-label="Table: Figures" tabindex="0" {
                table #figures {
                    thead { tr {
                        th scope="col" { "Subject" } th scope="col" { "Quantity" } th scope="col" { "Period" } th scope="col" { "Figure" }
                        th scope="col" { "Chosen by" } th scope="col" { "Claims" } th scope="col" { "Contradictions" }
                    } }
                    tbody {
                        @for figure in paged.rows {
                            tr {
                                td dir="auto" { (figure.subject) }
                                th scope="row" { (figure.quantity.replace('_', " ")) }
                                td { (figure.period) }
                                td dir="auto" { @match &figure.value { Some(value) => strong { (value) }, None => "none" } }
                                td { (figure.rule) }
                                td { @for (at, id) in figure.claims.iter().enumerate() { @if at > 0 { ", " } (scene.member_link(known, id)) } }
                                td { @for (at, key) in figure.contradictions.iter().enumerate() {
                                    @if at > 0 { ", " }
                                    a href=(asked.href("/contradictions", &[("key", key)])) { (key.split(':').next().unwrap_or(key)) }
                                } }
                            }
                        }
                        @if shown.is_empty() { tr { td colspan="7" { "No claim answers this." } } }
                    }
                }
            }
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
    };
    page(scene, &Head::plain(Tab::Claims, "Claims"), main)
}
