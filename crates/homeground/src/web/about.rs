//! `/about`: the programme, the numbers it folds with and where they come from, versions, licences.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};
use records::dictionary::Dictionary;

use super::asked::Asked;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::{App, Scene, assets};

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let store = scene.programme.store();
        let n_entries = store.position().map_err(anyhow::Error::from)?.0;
        let heads = store.heads().map_err(anyhow::Error::from)?;
        let main = html! {
            section {
                h1 { "About " (scene.programme.name()) }
                p.answer { "A ledger of " (count(n_entries as usize)) " entries by " (count(heads.len())) " " (if heads.len() == 1 { "writer" } else { "writers" }) ". Every figure here follows from them and from the numbers below." }
                dl.facts {
                    dt { "Country" } dd { (scene.programme.country()) }
                    dt { "Records" } dd { (count(scene.index.n_records())) }
                    dt { "Newest entry" } dd { @match scene.index.last() { Some(at) => (at), None => "none" } }
                    dt { "Kept in" } dd { (scene.programme.path().display()) }
                }
            }
            (writers(&heads))
            (parameters(scene))
            section aria-labelledby="versions" {
                h2 #versions { "Versions" }
                dl.facts {
                    dt { "Homeground" } dd { (env!("CARGO_PKG_VERSION")) }
                    dt { "Dictionary of records" } dd { (Dictionary::shipped().version) }
                }
            }
            section aria-labelledby="licences" {
                h2 #licences { "Licences" }
                p { "Homeground is free software under the Apache License 2.0. It carries:" }
                @for (name, text) in assets::licences() {
                    details.data { summary { (name) } pre tabindex="0" { (text) } }
                }
            }
        };
        Ok(page(scene, &Head::plain(Tab::About, "About"), main))
    })
    .await
}

fn writers(heads: &[store::Head]) -> Markup {
    html! {
        section aria-labelledby="writers" {
            h2 #writers { "Writers" }
            div.table role="region" aria-label="Table: Writers" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Public key" } th.n scope="col" { "Entries" } th scope="col" { "Newest" } } }
                    tbody {
                        @for head in heads {
                            @let id = head.id.to_string();
                            tr {
                                th.wrap scope="row" { span.hash { (head.writer) } }
                                td.n { (count(head.seq as usize)) }
                                td { a.hash href=(format!("/ledger/{id}")) { (super::page::short(&id)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn parameters(scene: &Scene<'_>) -> Markup {
    let p = scene.programme.parameters();
    let rows = [
        (
            "95 % error of a surveyed boundary that states none",
            format!("{} m", p.surveyed_m),
            "phone GNSS; a hand-held receiver would be 5 m",
        ),
        (
            "… of a digitised boundary",
            format!("{} m", p.digitised_m),
            "drawn on a map 1:50 000; 25 m on 1:25 000, 5 m on imagery",
        ),
        ("… of a schematic boundary", format!("{} m", p.schematic_m), "\"near the village\", circles of equal area"),
        (
            "… of a boundary of undeclared quality",
            format!("{} m", p.undeclared_m),
            "a datum that was not declared moves by about 104 m here",
        ),
        (
            "Overlap or excess below which nothing is reported",
            format!("{} m²", p.finding_m2),
            "rounding of coordinates",
        ),
        (
            "Share of a release outside every hazard that holds it",
            format!("{} %", p.outside_share * 100.0),
            "rule DQ-15",
        ),
    ];
    html! {
        section aria-labelledby="parameters" {
            h2 #parameters { "Numbers it folds with" }
            div.table role="region" aria-label="Table: Parameters" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Number" } th.n scope="col" { "Value" } th scope="col" { "Why" } } }
                    tbody { @for (name, value, why) in rows { tr { th.wrap scope="row" { (name) } td.n { (value) } td { (why) } } } }
                }
            }
        }
    }
}
