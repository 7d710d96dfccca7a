//! `/scenarios`: what if, side by side: files of the folder `scenarios` beside the programme, and one that is written here.
//! Nothing of it touches the live plan.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use crate::config::Config;
use crate::planning::{Compared, Scenario, Settings};

use super::asked::Asked;
use super::outlooks::{Shown, answered};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::settlements::working;
use super::{App, Scene};

/// The name of the scenario that is written on the page.
const WRITTEN: &str = "yours";
/// Longest text that is taken.
const MOST_BYTES: usize = 8_000;

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let folder = folder(app.outlooks.path());
    let mut wrong = None;
    let mut scenarios = match folder.is_dir() {
        true => Scenario::read(&folder).unwrap_or_else(|why| {
            wrong = Some(why.to_string());
            Vec::new()
        }),
        false => Vec::new(),
    };
    let section = Config::load(Some(app.outlooks.path()))?.plan();
    scenarios.retain(|scenario| match Settings::of(section.clone(), Some(scenario)) {
        Ok(_) => true,
        Err(why) => {
            wrong.get_or_insert(why.to_string());
            false
        }
    });
    if let Some(text) = asked.get("text") {
        let written = Scenario { name: WRITTEN.to_owned(), text: text.to_owned() };
        match Settings::of(section.clone(), Some(&written)) {
            _ if text.len() > MOST_BYTES => {
                wrong = Some(format!("yours has {} bytes; at most {MOST_BYTES} are taken", text.len()))
            }
            Ok(_) => scenarios.push(written),
            Err(why) => wrong = Some(why.to_string()),
        }
    }
    let known = scenarios.clone();
    let shown = match scenarios.is_empty() {
        true => Shown::default(),
        false => app.outlooks.of(app.shown.change(), &asked, scenarios)?.settle(|shown| shown.compared.is_some()).await,
    };
    let refresh = !shown.is_done();
    let body = app.scene(asked, move |scene| {
        let main = html! {
            section {
                h1 { "Scenarios" }
                (answer(&shown, known.len()))
                @if let Some(wrong) = &wrong { p.wrong role="alert" { (wrong) } }
                (working(scene, &shown))
            }
            @if let Some(compared) = &shown.compared { (side_by_side(scene, compared)) }
            (form(scene, &folder, &known))
        };
        Ok(page(scene, &Head::plain(Tab::Scenarios, "Scenarios"), main))
    });
    Ok(answered(body.await?, refresh))
}

/// Where scenarios are kept.
fn folder(programme: &Path) -> PathBuf {
    programme.parent().unwrap_or(Path::new("")).join("scenarios")
}

fn answer(shown: &Shown, n: usize) -> Markup {
    let Some(compared) = &shown.compared else {
        return html! {
            p.answer { @if n == 0 { "No scenario yet. Write one below, or put files into the folder beside the programme." } @else { (count(n)) " scenarios are being planned beside the plan as it stands." } }
        };
    };
    if !compared.columns[0].faults.is_empty() {
        return html! { p.answer { "The plan as it stands cannot be made, so nothing can be set against it." } };
    }
    let stands = compared.columns[0].household_weeks;
    let best = compared.columns[1..]
        .iter()
        .filter(|column| column.faults.is_empty())
        .min_by_key(|column| column.household_weeks);
    html! {
        p.answer {
            @match best {
                Some(best) if stands - best.household_weeks > compared.noise_household_weeks => {
                    strong { (best.title) } " brings people home earliest: " (grouped((stands - best.household_weeks) as f64, 0)) " household weeks of waiting fewer than the plan as it stands."
                }
                _ => "None of them brings people home earlier by more than luck does.",
            }
        }
    }
}

fn side_by_side(scene: &Scene<'_>, compared: &Compared) -> Markup {
    let stands = &compared.columns[0];
    html! {
        section aria-labelledby="beside" {
            h2 #beside { "Side by side" }
            p.note { "All are planned with one seed and as many moves. Differences of up to " (grouped(compared.noise_household_weeks as f64, 0)) " household weeks are luck." }
            div.table role="region" aria-label="Table: Scenarios side by side" tabindex="0" {
                table {
                    thead { tr { td {} @for column in &compared.columns { th.n scope="col" { (column.title) } } } }
                    tbody {
                        tr {
                            th scope="row" { "Household weeks of waiting" }
                            @for column in &compared.columns {
                                td.n { @if column.faults.is_empty() { (grouped(column.household_weeks as f64, 0)) } @else { (column.faults.join("; ")) } }
                            }
                        }
                        tr {
                            th scope="row" { "Beside the plan as it stands" }
                            @for column in &compared.columns { td.n { @if column.faults.is_empty() && stands.faults.is_empty() && !std::ptr::eq(column, stands) { (grouped((column.household_weeks - stands.household_weeks) as f64, 0)) } } }
                        }
                        tr { th scope="row" { "Households home by the day promised" } @for column in &compared.columns { td.n { (grouped(column.kept_promises as f64, 0)) } } }
                        tr { th scope="row" { "Cost" } @for column in &compared.columns { td.n { (grouped(column.cost as f64, 0)) } } }
                        tr { th scope="row" { "Gap, %" } @for column in &compared.columns { td.n { (format!("{:.1}", column.gap * 100.0)) } } }
                        tr { th scope="row" { "Without a day" } @for column in &compared.columns { td.n { (column.n_without) } } }
                        @for (place, name) in &compared.places {
                            tr {
                                th scope="row" { a href=(super::settlements::href(scene, place)) { (name) } }
                                @for column in &compared.columns {
                                    td.n { @match column.day_of(place) { Some(on) => time { (on) }, None => { "no day" } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn form(scene: &Scene<'_>, folder: &Path, known: &[Scenario]) -> Markup {
    let written = scene.asked.get("text").unwrap_or("budget_factor = 1.1\n");
    html! {
        section aria-labelledby="yours" {
            h2 #yours { "Yours" }
            form.inquiry method="get" action="/scenarios" {
                @for (name, value) in scene.asked.carried(&["text"]) { input type="hidden" name=(name) value=(value); }
                p {
                    label for="text" { "Settings of the plan that differ, as TOML" }
                    textarea #text name="text" rows="8" spellcheck="false" { (written) }
                }
                button.primary type="submit" { "Plan it beside the others" }
            }
            p.note { "Files are read from " code { (folder.display()) } ". The live plan is never changed." }
            @for scenario in known.iter().filter(|scenario| scenario.name != WRITTEN) {
                details.data { summary { (scenario.title()) } pre { (scenario.text) } }
            }
        }
    }
}
