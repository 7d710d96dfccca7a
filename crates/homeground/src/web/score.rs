//! The data-quality score of each operator and month as a chart, with its table: part of the review page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use crate::checks::Score;

use super::asked::Asked;
use super::drawing::one;
use super::problem::Problem;
use super::quantity::{count, cut, grouped};
use super::table;
use super::{App, Scene};

/// Operators of the chart, those with most records; the table has all.
const MOST: usize = 12;

/// Rows of the table on the page.
const ROWS: usize = 120;

/// The scores as a table for spreadsheets.
pub async fn csv(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let scores = scene.scores()?;
        let heads = ["operator", "month", "records", "with_errors", "with_warnings", "score"];
        table::csv(
            "score",
            &heads,
            scores.iter().map(|row| {
                let counts = [row.records, row.with_errors, row.with_warnings].map(|n| n.to_string());
                let head = [row.operator.clone(), row.month.clone()];
                head.into_iter().chain(counts).chain([row.score.to_string()]).collect()
            }),
        )
    })
    .await
}

/// Chart and table.
pub fn section(scene: &Scene<'_>) -> Result<Markup, Problem> {
    let scores = scene.scores()?;
    let mut by_operator: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for score in scores.iter() {
        by_operator.entry(&score.operator).or_default().push(score);
    }
    let mut operators: Vec<(&str, Vec<&Score>)> = by_operator.into_iter().collect();
    operators.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.iter().map(|row| row.records).sum::<u64>()));
    let n_operators = operators.len();
    operators.truncate(MOST);
    let mut newest: Vec<&Score> = scores.iter().collect();
    newest.sort_by(|a, b| b.month.cmp(&a.month).then_with(|| a.operator.cmp(&b.operator)));
    let n_rows = newest.len();
    newest.truncate(ROWS);
    Ok(html! {
        section #score aria-labelledby="score-head" {
            h2 #score-head { "Quality of what arrives, by operator and month" }
            @if operators.is_empty() { p.note { "Nothing has arrived yet." } }
            @else {
                p.note {
                    "The share of a month's rows that neither an error nor a warning speaks against, held rows included; a full bar is 100 %, and the number at the end is the newest month. "
                    @if n_operators > MOST { "The " (MOST) " operators with most records of " (n_operators) "; the table has all." }
                }
                (chart(&operators, &WIDE))
                (chart(&operators, &NARROW))
                details.data {
                    summary { "The numbers" @if n_rows > ROWS { ", the newest " (ROWS) " of " (count(n_rows)) } }
                    (numbers(&newest))
                }
                p { a href=(scene.asked.href("/review/score.csv", &[])) { "All as CSV" } }
            }
        }
    })
}

fn named(operator: &str) -> &str {
    if operator.is_empty() { "no operator" } else { operator }
}

struct Frame {
    class: &'static str,
    width: f64,
    left: f64,
    right: f64,
    most_months: usize,
}

const WIDE: Frame = Frame { class: "chart wide", width: 1080.0, left: 180.0, right: 84.0, most_months: 60 };
const NARROW: Frame = Frame { class: "chart narrow", width: 340.0, left: 8.0, right: 64.0, most_months: 12 };
const ROW: f64 = 56.0;
const BAR: f64 = 32.0;

fn chart(operators: &[(&str, Vec<&Score>)], frame: &Frame) -> Markup {
    let months: BTreeSet<&str> =
        operators.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.month.as_str())).collect();
    let months = every_month(&months);
    let months = &months[months.len().saturating_sub(frame.most_months)..];
    let step = (frame.width - frame.left - frame.right) / months.len().max(1) as f64;
    let place = |month: &str| months.iter().position(|m| m == month);
    // The first month is named where the first January leaves room for it.
    let to_january = months.iter().position(|month| month.ends_with("-01")).unwrap_or(usize::MAX);
    let starts_alone = to_january as f64 * step > 64.0;
    let height = ROW * operators.len() as f64 + 24.0;
    html! {
        svg class=(frame.class) viewBox=(format!("0 0 {} {height}", frame.width)) role="img" aria-label="Data-quality score by operator and month" {
            @for (i, (operator, rows)) in operators.iter().enumerate() {
                @let base = ROW * (i + 1) as f64;
                @let name_at = if frame.left > 100.0 { (0.0, base - BAR / 2.0 + 4.0) } else { (frame.left, base - BAR - 6.0) };
                text x=(name_at.0) y=(name_at.1) { (cut(named(operator), if frame.left > 100.0 { 23 } else { 40 })) }
                path.grid d=(format!("M{} {}H{}", frame.left, base - BAR, frame.width - frame.right)) {}
                path.axis d=(format!("M{} {base}H{}", frame.left, frame.width - frame.right)) {}
                @for row in rows {
                    @if let Some(at) = place(&row.month) {
                        @let tall = (row.score * BAR).max(1.0);
                        rect.bar x=(one(frame.left + step * at as f64 + step * 0.1)) y=(one(base - tall)) width=(one((step * 0.8).min(28.0))) height=(one(tall)) {
                            title { (named(operator)) ", " (row.month) ": " (percent(row.score)) " of " (row.records) }
                        }
                    }
                }
                @if let Some(last) = rows.last() {
                    text x=(frame.width) y=(base - BAR / 2.0 + 4.0) text-anchor="end" { (percent(last.score)) }
                }
            }
            @for (at, month) in months.iter().enumerate() {
                @if month.ends_with("-01") || (at == 0 && starts_alone) {
                    text x=(one(frame.left + step * at as f64)) y=(height - 6.0) { (month) }
                }
            }
        }
    }
}

/// From the first to the last, those in which nothing arrived included.
fn every_month(known: &BTreeSet<&str>) -> Vec<String> {
    let number = |month: &str| {
        let (year, month) = month.split_once('-')?;
        Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
    };
    let ends = (known.first().and_then(|m| number(m)), known.last().and_then(|m| number(m)));
    let (Some(first), Some(last)) = ends else { return Vec::new() };
    (first..=last).map(|n| format!("{:04}-{:02}", n.div_euclid(12), n.rem_euclid(12) + 1)).collect()
}

fn percent(score: f64) -> String {
    format!("{} %", grouped(score * 100.0, 0))
}

fn numbers(rows: &[&Score]) -> Markup {
    html! {
        div.table role="region" aria-label="Table: Data-quality score" tabindex="0" {
            table #scores {
                thead {
                    tr {
                        th scope="col" { "Operator" } th scope="col" { "Month" } th.n scope="col" { "Rows" }
                        th.n scope="col" { "With errors" } th.n scope="col" { "With warnings only" } th.n scope="col" { "Score" }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (named(&row.operator)) }
                            td { (row.month) }
                            td.n { (count(row.records as usize)) }
                            td.n { (count(row.with_errors as usize)) }
                            td.n { (count(row.with_warnings as usize)) }
                            td.n { data value=(row.score) { (percent(row.score)) } }
                        }
                    }
                }
            }
        }
    }
}
