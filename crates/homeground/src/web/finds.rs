//! `/finds`: explosive ordnance found, by month if one is asked for. Mines and other ordnance are never one number.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger::Kept;
use maud::{Markup, html};
use records::dictionary::Dictionary;
use records::{Record, RecordKind};

use super::asked::Asked;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::table;
use super::{App, Scene};

type Find<'a> = (u32, &'a Kept, Arc<Record>);

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let month = scene.asked.get("month");
        let is_month = |text: &str| format!("{text}-01").parse::<jiff::civil::Date>().is_ok() && text.len() == 7;
        if let Some(text) = month.filter(|text| !is_month(text)) {
            return Err(Problem::bad_query("month", text, "a month, written YYYY-MM"));
        }
        let mut found: Vec<Find<'_>> = Vec::new();
        for (number, kept) in scene.current(RecordKind::DeviceFind) {
            if month.is_none_or(|month| kept.day.to_string().starts_with(month)) {
                found.push((number, kept, scene.facts.of(scene.programme, kept.entry)?));
            }
        }
        found.sort_by_key(|(_, kept, _)| (std::cmp::Reverse(kept.day), kept.entry));
        if table::is_csv(scene.asked)? {
            return as_csv(&found);
        }
        Ok(list_page(scene, month, &found).into_response())
    })
    .await
}

fn as_csv(found: &[Find<'_>]) -> Result<Response, Problem> {
    let heads = ["day", "local_id", "category", "model", "quantity", "depth_cm", "action", "operator", "entry"];
    table::csv(
        "finds",
        &heads,
        found.iter().map(|(_, kept, record)| {
            let text = |field: &str| record.text(field).unwrap_or_default().to_owned();
            let number = |field: &str| record.number(field).map_or_else(String::new, |n| n.to_string());
            vec![
                kept.day.to_string(),
                kept.local_id.to_string(),
                text("category"),
                text("model"),
                number("quantity"),
                number("depth_cm"),
                text("action"),
                kept.operator.to_string(),
                kept.entry.to_string(),
            ]
        }),
    )
}

/// Items by category. Small-arms ammunition and scrap are listed, never added (EO-2).
fn by_category(found: &[Find<'_>]) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for (_, _, record) in found {
        let category = record.text("category").unwrap_or("UNKNOWN").to_owned();
        *sums.entry(category).or_insert(0.0) += record.number("quantity").unwrap_or(1.0);
    }
    sums
}

fn list_page(scene: &Scene<'_>, month: Option<&str>, found: &[Find<'_>]) -> Markup {
    const PAGE: usize = 200;
    let asked = scene.asked;
    let words = &Dictionary::shipped().vocabulary["eo_category"];
    let paged = table::paged(asked, found, PAGE, |(_, kept, _)| kept.entry.to_string());
    let main = html! {
        section {
            p.crumbs { a href=(asked.href("/", &[])) { "Overview" } " / Finds" }
            h1 { "Finds" @if let Some(month) = month { " in " (month) } }
            p.answer { (count(found.len())) " reports of explosive ordnance found" @if month.is_none() { " by " (scene.day) } "." }
            dl.figures {
                @for (category, n) in by_category(found) {
                    div { dt { (words.get(&category).map_or(category.as_str(), String::as_str)) } dd { (grouped(n, 0)) } }
                }
            }
            div.tools {
                @if month.is_some() { a href=(asked.with(&[("month", "")])) { "All months" } }
                (table::export(asked, "finds"))
            }
            (table_of(scene, paged.rows))
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
    };
    page(scene, &Head::plain(Tab::Overview, "Finds"), main)
}

fn table_of(scene: &Scene<'_>, found: &[Find<'_>]) -> Markup {
    html! {
        div.table role="region" aria-label="Table: Finds" tabindex="0" {
            table #finds {
                thead {
                    tr {
                        th scope="col" { "Day" } th scope="col" { "Find" } th scope="col" { "Category" } th scope="col" { "Model" }
                        th.n scope="col" { "Quantity" } th.n scope="col" { "Depth cm" } th scope="col" { "Action" } th scope="col" { "Operator" }
                    }
                }
                tbody {
                    @for (_, kept, record) in found {
                        tr {
                            td { time { (kept.day) } }
                            th scope="row" { (scene.id_link(kept)) }
                            td { (record.text("category").unwrap_or("not stated")) }
                            td { (record.text("model").unwrap_or_default()) }
                            td.n { @if let Some(n) = record.number("quantity") { (grouped(n, 0)) } }
                            td.n { @if let Some(cm) = record.number("depth_cm") { (cm) } }
                            td { (record.text("action").unwrap_or_default().replace('_', " ")) }
                            td { (kept.operator) }
                        }
                    }
                    @if found.is_empty() { tr { td colspan="8" { "No find is recorded." } } }
                }
            }
        }
    }
}
