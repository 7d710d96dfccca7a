//! `/projects`: programmes, projects, money by currency and year, indicators with target and actual.
//!
//! Amounts of different currencies are never added: every sum and every chart is of one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use outputs::iati::{Activity, Transaction};
use records::Record;

use crate::economy::Economy;

use super::asked::Asked;
use super::chart::{self, Bar, Line};
use super::monuments::{called, said};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::{App, Scene, table};

/// What happened to money, as the page sums it: money handed on and money spent are both spending.
const FLOWS: [(&str, &[&str]); 3] =
    [("received", &["incoming"]), ("committed", &["commitment"]), ("spent", &["disbursement", "expenditure"])];

/// The page, or its transactions as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let read = |entry| scene.facts.of(scene.programme, entry);
        let economy = Economy::of(scene.programme, scene.state, scene.day, &read)?;
        if table::is_csv(scene.asked)? {
            return as_csv(&economy);
        }
        let currencies: BTreeSet<&str> = economy
            .transactions()
            .filter_map(|(_, transaction)| transaction.record.text("currency"))
            .chain(economy.activities.iter().filter_map(|(_, activity)| activity.record.text("currency")))
            .collect();
        let main = html! {
            section {
                h1 { "Projects and money" }
                (answer(&economy, &currencies))
                div.tools { (table::export(scene.asked, "projects")) }
            }
            @for currency in &currencies { (money(scene, &economy, currency)) }
            (projects(scene, &economy))
            (indicators(scene, &economy))
        };
        Ok(page(scene, &Head::plain(Tab::Projects, "Projects and money"), main).into_response())
    })
    .await
}

fn as_csv(economy: &Economy) -> Result<Response, Problem> {
    let heads = [
        "local_id",
        "day",
        "project",
        "sector",
        "type",
        "value",
        "currency",
        "provider",
        "receiver",
        "sources",
        "description",
    ];
    table::csv(
        "transactions",
        &heads,
        economy.transactions().map(|(owner, transaction)| {
            let record = &transaction.record;
            let text = |field: &str| record.text(field).unwrap_or_default().to_owned();
            vec![
                record.local_id.clone(),
                record.date_of_information.to_string(),
                owner.map(|owner| owner.local_id.clone()).unwrap_or_default(),
                sector_of(owner).to_owned(),
                text("type"),
                record.number("value").map(|value| value.to_string()).unwrap_or_default(),
                text("currency"),
                text("provider"),
                text("receiver"),
                record.sources.join(", "),
                text("description"),
            ]
        }),
    )
}

fn sector_of(owner: Option<&Record>) -> &str {
    owner.and_then(|owner| owner.text("sector")).unwrap_or("no sector")
}

/// What of a flow a transaction of this currency is.
fn value(transaction: &Transaction, currency: &str, kinds: &[&str]) -> f64 {
    let record = &transaction.record;
    let counts = record.text("currency") == Some(currency) && record.text("type").is_some_and(|t| kinds.contains(&t));
    if counts { record.number("value").unwrap_or_default() } else { 0.0 }
}

fn answer(economy: &Economy, currencies: &BTreeSet<&str>) -> Markup {
    let n = |hierarchy: u8| economy.activities.iter().filter(|(_, a)| a.hierarchy == hierarchy).count();
    html! {
        p.answer {
            (count(n(1))) " programmes, " (count(n(2))) " projects. "
            @if economy.transactions().next().is_none() { "No money is on record besides budgets." }
            @for currency in currencies {
                @let sum = |kinds: &[&str]| economy.transactions().map(|(_, t)| value(t, currency, kinds)).sum::<f64>();
                @let (committed, spent) = (sum(FLOWS[1].1), sum(FLOWS[2].1));
                @if committed != 0.0 || spent != 0.0 { strong { (currency) " " (grouped(committed, 0)) } " committed, " strong { (grouped(spent, 0)) } " spent. " }
            }
        }
        @if !economy.unassigned.is_empty() { p { (count(economy.unassigned.len())) " transactions name no project or programme on record; they are in the sums." } }
    }
}

/// Sums of one currency by year and by sector.
fn money(scene: &Scene<'_>, economy: &Economy, currency: &str) -> Markup {
    let mut years: BTreeMap<i64, [f64; 3]> = BTreeMap::new();
    let mut sectors: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
    for (owner, transaction) in economy.transactions() {
        if transaction.record.text("currency") != Some(currency) {
            continue;
        }
        let year = years.entry(transaction.record.date_of_information.year().into()).or_default();
        let sector = sectors.entry(sector_of(owner)).or_default();
        for (at, (_, kinds)) in FLOWS.iter().enumerate() {
            let value = value(transaction, currency, kinds);
            year[at] += value;
            sector[at] += value;
        }
    }
    for (_, activity) in economy.activities.iter().filter(|(_, a)| a.record.text("currency") == Some(currency)) {
        if let Some(budget) = activity.record.number("budget") {
            sectors.entry(sector_of(Some(&activity.record))).or_default()[3] += budget;
        }
    }
    let lines: Vec<Line> = FLOWS
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let points = years.iter().filter(|(_, sums)| sums[at] != 0.0).map(|(year, sums)| (*year, sums[at], false));
            Line { label: (*name).to_owned(), points: points.collect() }
        })
        .filter(|line| !line.points.is_empty())
        .collect();
    let largest = if sectors.values().any(|sums| sums[2] > 0.0) {
        2
    } else if sectors.values().any(|sums| sums[1] > 0.0) {
        1
    } else {
        3
    };
    let said_of = ["received", "committed", "spent", "planned"][largest];
    let bars: Vec<Bar> = sectors
        .iter()
        .map(|(sector, sums)| Bar {
            label: said(sector),
            value: sums[largest].max(0.0),
            href: scene.asked.href("/projects", &[]) + "#projects",
        })
        .collect();
    let id = currency.to_lowercase();
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { "Money in " (currency) }
            @if !lines.is_empty() {
                h3 { "By year" }
                (chart::lines(&lines, &format!("Money in {currency} by year")))
                div.table role="region" aria-label=(format!("Table: {currency} by year")) tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Year" } @for (name, _) in FLOWS { th.n scope="col" { (name) " " (currency) } } } }
                        tbody { @for (year, sums) in &years { tr { th scope="row" { (year) } @for sum in sums { td.n { (grouped(*sum, 0)) } } } } }
                    }
                }
            }
            h3 { "By sector" }
            (chart::bars(&bars, &format!("Money {said_of} in {currency} by sector")))
            p.note { "The bars show what was " (said_of) "." }
            div.table role="region" aria-label=(format!("Table: {currency} by sector")) tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Sector" } th.n scope="col" { "budget " (currency) } @for (name, _) in FLOWS { th.n scope="col" { (name) " " (currency) } } } }
                    tbody {
                        @for (sector, sums) in &sectors {
                            tr { th scope="row" { (said(sector)) } td.n { (grouped(sums[3], 0)) } @for sum in &sums[..3] { td.n { (grouped(*sum, 0)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn projects(scene: &Scene<'_>, economy: &Economy) -> Markup {
    const PAGE: usize = 100;
    let paged = table::paged(scene.asked, &economy.activities, PAGE, |(_, activity)| activity.record.local_id.clone());
    html! {
        section aria-labelledby="projects" {
            h2 #projects { "Programmes and projects" }
            @if economy.activities.is_empty() { p.note { "Nothing is on record." } }
            @else {
                div.table role="region" aria-label="Table: Programmes and projects" tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "Project" } th scope="col" { "Sector" } th scope="col" { "Part of" } th scope="col" { "Status" }
                            th.n scope="col" { "Budget" } th.n scope="col" { "Committed" } th.n scope="col" { "Spent" } th scope="col" { "Sources" } th scope="col" { "Gate" }
                        } }
                        tbody { @for (number, activity) in paged.rows { (row(scene, *number, activity)) } }
                    }
                }
                (table::pages(scene.asked, paged.is_later, paged.next.as_deref()))
            }
        }
    }
}

fn row(scene: &Scene<'_>, number: u32, activity: &Activity) -> Markup {
    let record = &activity.record;
    let currencies: BTreeSet<&str> =
        activity.transactions.iter().filter_map(|transaction| transaction.record.text("currency")).collect();
    let sums = |kinds: &[&str]| {
        let of = |currency: &&str| activity.transactions.iter().map(|t| value(t, currency, kinds)).sum::<f64>();
        currencies.iter().map(|currency| (*currency, of(currency))).filter(|(_, sum)| *sum != 0.0).collect::<Vec<_>>()
    };
    let sources: BTreeSet<&str> = std::iter::once(record)
        .chain(activity.transactions.iter().map(|transaction| &transaction.record))
        .flat_map(|record| record.sources.iter().map(String::as_str))
        .collect();
    html! {
        tr {
            th scope="row" { a href=(scene.entry_href(scene.index.record(number).entry)) { (called(record)) } br; small { (record.local_id) } }
            td { @if activity.hierarchy == 1 { (said(record.text("level").unwrap_or("programme"))) } @else { (record.text("sector").unwrap_or_default()) } }
            td { (activity.parent.as_deref().unwrap_or_default()) }
            td {
                @match (record.text("status"), record.day("completed_on")) {
                    (Some(status), _) => (said(status)),
                    (None, Some(on)) => { "finished on " (on) }
                    _ => "",
                }
            }
            td.n { @if let Some(budget) = record.number("budget") { (record.text("currency").unwrap_or_default()) " " (grouped(budget, 0)) } }
            @for kinds in [FLOWS[1].1, FLOWS[2].1] { td.n { @for (currency, sum) in sums(kinds) { (currency) " " (grouped(sum, 0)) br; } } }
            td { (sources.into_iter().collect::<Vec<_>>().join(", ")) }
            td { @if activity.hierarchy == 2 { a href=(scene.asked.href("/plot", &[("footprint", &record.local_id)])) { "Ask" } } }
        }
    }
}

/// Targets and actuals, jobs and training first.
fn indicators(scene: &Scene<'_>, economy: &Economy) -> Markup {
    let order = |measure: Option<&str>| {
        ["jobs", "training", "output", "outcome"].iter().position(|m| Some(*m) == measure).unwrap_or(4)
    };
    let mut rows: Vec<_> = economy.indicators().collect();
    rows.sort_by_key(|(_, indicator)| (order(indicator.record.text("measure")), indicator.record.local_id.clone()));
    let number = |record: &Record, field: &str| {
        record.number(field).map_or_else(String::new, |n| grouped(n, if n.fract() == 0.0 { 0 } else { 2 }))
    };
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="indicators" {
                h2 #indicators { "Jobs, training and other indicators" }
                div.table role="region" aria-label="Table: Indicators" tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "Indicator" } th scope="col" { "Of" } th scope="col" { "Counts" } th scope="col" { "Period" }
                            th.n scope="col" { "Target" } th.n scope="col" { "Actual" } th.n scope="col" { "Reached" }
                        } }
                        tbody {
                            @for (owner, indicator) in &rows {
                                @for value in &indicator.values {
                                    tr {
                                        th scope="row" { (scene.named_link(&indicator.record)) @if let Some(unit) = indicator.record.text("unit") { ", " (unit) } }
                                        td { (owner.map_or("", |owner| called(owner))) }
                                        td { (said(indicator.record.text("measure").unwrap_or_default())) }
                                        td { (value.text("period_start").unwrap_or_default()) " to " (value.text("period_end").unwrap_or_default()) }
                                        td.n { (number(value, "target")) }
                                        td.n { (number(value, "actual")) }
                                        td.n { @if let (Some(target), Some(actual)) = (value.number("target"), value.number("actual")) { @if target != 0.0 { (grouped(actual / target * 100.0, 0)) " %" } } }
                                    }
                                }
                                @if indicator.values.is_empty() {
                                    tr { th scope="row" { (scene.named_link(&indicator.record)) } td { (owner.map_or("", |owner| called(owner))) } td { (said(indicator.record.text("measure").unwrap_or_default())) } td colspan="4" { "nothing counted yet" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
