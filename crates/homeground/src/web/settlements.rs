//! `/settlements`: what each settlement needs before people come home, and when that will be.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gates::Result as Verdict;
use maud::{Markup, html};
use plan::{Return, Unscheduled};

use crate::planning::Home;

use super::asked::Asked;
use super::outlooks::{Shown, answered};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::table::{paged, pages};
use super::{App, Scene, lights};

/// Rows on a page.
const MOST: usize = 50;

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let outlook = app.outlooks.of(app.shown.change(), &asked, Vec::new())?;
    let shown = outlook.settle(|shown| shown.planned.is_some()).await;
    let refresh = shown.homes.is_none() && shown.failed.is_none();
    let body = app.scene(asked, move |scene| {
        let main = html! {
            section {
                h1 { "Settlements" }
                (answer(&shown))
                (working(scene, &shown))
            }
            @if let Some(homes) = shown.homes.as_ref().filter(|homes| !homes.is_empty()) { (table(scene, &shown, homes)) }
        };
        Ok(page(scene, &Head::plain(Tab::Settlements, "Settlements"), main))
    });
    Ok(answered(body.await?, refresh))
}

/// What is still being done, or why it could not be.
pub fn working(scene: &Scene<'_>, shown: &Shown) -> Markup {
    html! {
        @if let Some(failed) = &shown.failed { p.wrong role="alert" { "There is no plan: " (failed) } }
        @if let Some(working) = &shown.working {
            p.note role="status" { "In the background: " (working) ". " a href=(scene.asked.with(&[])) { "Show what is there now" } }
        }
    }
}

fn answer(shown: &Shown) -> Markup {
    let Some(homes) = &shown.homes else { return html! { p.answer { "The gates are being asked." } } };
    let n = |result: Verdict| homes.iter().filter(|home| home.result == result).count();
    let waiting: i64 = homes.iter().map(|home| home.place.number("n_households").unwrap_or(0.0) as i64).sum();
    let back: usize = homes.iter().map(|home| home.n_returned().0).sum();
    let returns = shown.planned.iter().flat_map(|planned| &planned.0.document.returns);
    let next = returns.filter_map(|home| Some((home.on?, home))).min_by_key(|(on, home)| (*on, &home.place));
    html! {
        p.answer {
            @if homes.is_empty() { "No place on record waits for households." }
            @else {
                (count(waiting as usize)) " households wait for " (count(homes.len())) " settlements, " (count(back)) " are home. "
                (lights::light(Verdict::Pass)) " " (n(Verdict::Pass)) ", " (lights::light(Verdict::Blocked)) " " (n(Verdict::Blocked)) ", "
                (lights::light(Verdict::Unknown)) " " (n(Verdict::Unknown)) "."
                @if let Some((on, home)) = next { " Next to open by the plan: " (name_of(homes, &home.place)) ", " (on) "." }
            }
        }
    }
}

/// The name of a place of the plan.
pub fn name_of(homes: &[Home], place: &str) -> String {
    let home = homes.iter().find(|home| home.id == place);
    home.and_then(|home| home.place.text("name")).unwrap_or(place).to_owned()
}

/// The address of a settlement.
pub fn href(scene: &Scene<'_>, id: &str) -> String {
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    scene.asked.href(&format!("/settlements/{}", id.replace('+', "%20")), &[])
}

fn table(scene: &Scene<'_>, shown: &Shown, homes: &[Home]) -> Markup {
    let mut rows: Vec<&Home> = homes.iter().collect();
    let when = |home: &Home| shown.planned.as_ref().and_then(|planned| of_plan(&planned.0.document.returns, home)?.on);
    rows.sort_by_key(|home| (when(home).is_none(), when(home), &home.id));
    let paged = paged(scene.asked, &rows, MOST, |home| home.id.clone());
    html! {
        section aria-labelledby="gates" {
            h2 #gates { "Gates on " (scene.day) }
            p.note { "A light is the worst answer of the households on record that wait. Unknown is never a pass." }
            div.table role="region" aria-label="Table: Settlements" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Settlement" } th scope="col" { "Opens by the plan" } th.n scope="col" { "Households wait" } th scope="col" { "Gate" } } }
                    tbody {
                        @for home in paged.rows {
                            tr {
                                th scope="row" {
                                    a href=(href(scene, &home.id)) { (home.place.text("name").unwrap_or(&home.id)) }
                                    @if let Some(phase) = home.place.text("phase") { br; small { (phase) } }
                                }
                                td { (opens(shown, home)) }
                                td.n {
                                    (count(home.place.number("n_households").unwrap_or(0.0) as usize))
                                    @let (back, _) = home.n_returned();
                                    @if back > 0 { br; small { (count(back)) " are home" } }
                                }
                                td { (lights::row(home)) }
                            }
                        }
                    }
                }
            }
            (pages(scene.asked, paged.is_later, paged.next.as_deref()))
        }
    }
}

/// The return of a settlement in the plan.
pub fn of_plan<'a>(returns: &'a [Return], home: &Home) -> Option<&'a Return> {
    returns.iter().find(|planned| planned.place == home.id)
}

/// Why a settlement has no day.
pub fn left_out<'a>(unscheduled: &'a [Unscheduled], home: &Home) -> impl Iterator<Item = &'a Unscheduled> {
    let id = home.id.clone();
    unscheduled.iter().filter(move |left| left.subject == id)
}

/// The next date, its range and its promise; or why there is none.
pub fn opens(shown: &Shown, home: &Home) -> Markup {
    let Some(planned) = &shown.planned else { return html! { small { "not planned yet" } } };
    let document = &planned.0.document;
    html! {
        @if let Some(planned) = of_plan(&document.returns, home) {
            @match planned.on { Some(on) => time { (on) }, None => { "no day" } }
            @if let Some(range) = planned.on_range { br; small { "8 of 10 plays: " (range.p10) " to " (range.p90) } }
            @if let Some(promised) = planned.deadline {
                br; small { "promised for " (promised) @if planned.on.is_some_and(|on| on > promised) { ": " strong { "late" } } }
            }
        } @else {
            @for left in left_out(&document.unscheduled, home) { "No day: " (left.why) }
        }
    }
}
