//! `/balance`: the account of a period: opening, what happened, closing, to the last unit.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use geometry::Area;
use jiff::civil::{Date, date};
use ledger::{Balance, BalanceRow, By};
use maud::{Markup, html};

use super::asked::Asked;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::exact_m2;
use super::table;
use super::{App, Scene};

/// A column: its title, the figure behind it, whether it takes away, its area.
type Column = (&'static str, Option<&'static str>, bool, fn(&Balance) -> Area);

const COLUMNS: [Column; 9] = [
    ("Opening", None, false, |b| b.opening),
    ("+ new", Some("new"), false, |b| b.flow.new),
    ("+ reopened", Some("reopened"), false, |b| b.flow.reopened),
    ("± adjusted", Some("adjusted"), false, |b| b.flow.adjusted),
    ("\u{2212} cancelled", Some("flow-cancelled"), true, |b| b.flow.cancelled),
    ("\u{2212} reduced", Some("flow-reduced"), true, |b| b.flow.reduced),
    ("\u{2212} cleared", Some("flow-cleared"), true, |b| b.flow.cleared),
    ("Closing", None, false, |b| b.closing),
    ("Late", Some("late"), false, |b| b.late),
];

/// The period that is asked for, both days included.
struct Period {
    from: Date,
    to: Date,
    by: By,
}

impl Period {
    fn asked(asked: &Asked) -> Result<Period, Problem> {
        let to = asked.day_named("to")?.or(asked.as_of).unwrap_or(asked.today);
        let from = asked.day_named("from")?.unwrap_or_else(|| date(to.year(), 1, 1));
        if from > to {
            return Err(Problem::bad_query("from", &from.to_string(), &format!("a day not after {to}")));
        }
        let by = match asked.get("by") {
            None | Some("total") => By::Total,
            Some("place") => By::Place,
            Some("operator") => By::Operator,
            Some("hazard") => By::Hazard,
            Some(other) => return Err(Problem::bad_query("by", other, "total, place, operator or hazard")),
        };
        Ok(Period { from, to, by })
    }
}

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let period = Period::asked(scene.asked)?;
        let rows = scene.state.balance(scene.index, period.by, period.from.into(), period.to.into());
        if table::is_csv(scene.asked)? {
            return as_csv(&rows);
        }
        Ok(statement(scene, &period, &rows)?.into_response())
    })
    .await
}

fn as_csv(rows: &[BalanceRow]) -> Result<Response, Problem> {
    let heads = [
        "local_id",
        "opening_m2",
        "new_m2",
        "reopened_m2",
        "adjusted_m2",
        "cancelled_m2",
        "reduced_m2",
        "cleared_m2",
        "closing_m2",
        "late_m2",
    ];
    table::csv(
        "balance",
        &heads,
        rows.iter().map(|row| {
            let areas = COLUMNS.iter().map(|(_, _, _, area)| exact_m2(area(&row.balance)));
            std::iter::once(row.name.clone()).chain(areas).collect()
        }),
    )
}

fn statement(scene: &Scene<'_>, period: &Period, rows: &[BalanceRow]) -> Result<Markup, Problem> {
    let unit = scene.asked.unit;
    let opening: Area = rows.iter().map(|row| row.balance.opening).sum();
    let closing: Area = rows.iter().map(|row| row.balance.closing).sum();
    let main = html! {
        section {
            h1 { "Balance" }
            p.answer {
                "From " time { (period.from) } " to " time { (period.to) } " the remaining ground went from "
                strong { (unit.full(opening)) } " to " strong { (unit.full(closing)) } "."
            }
            (form(scene, period))
            (table_of(scene, period, rows)?)
            p.note { "Closing = opening + new + reopened + adjusted \u{2212} cancelled \u{2212} reduced \u{2212} cleared, to the last unit. Late is what was recorded in the period but happened before it; it stands in the opening." }
        }
    };
    Ok(page(scene, &Head::plain(Tab::Balance, "Balance"), main))
}

fn form(scene: &Scene<'_>, period: &Period) -> Markup {
    let is = |by: &str| scene.asked.get("by").unwrap_or("total") == by;
    html! {
        form.tools method="get" action="/balance" {
            @for (name, value) in scene.asked.carried(&["from", "to", "by", "as_of"]) { input type="hidden" name=(name) value=(value); }
            div { label for="from" { "From" } input #from type="date" name="from" value=(period.from) required; }
            div { label for="to" { "To" } input #to type="date" name="to" value=(period.to) required; }
            div {
                label for="by" { "Rows" }
                select #by name="by" {
                    @for (by, word) in [("total", "in all"), ("place", "by place"), ("operator", "by operator"), ("hazard", "by hazard")] {
                        option value=(by) selected[is(by)] { (word) }
                    }
                }
            }
            button { "Show" }
            (table::export(scene.asked, "balance"))
        }
    }
}

fn table_of(scene: &Scene<'_>, period: &Period, rows: &[BalanceRow]) -> Result<Markup, Problem> {
    let unit = scene.asked.unit;
    let mut named = Vec::new();
    for row in rows {
        named.push((row, name(scene, period, row)?, scope(scene, period, row)));
    }
    Ok(html! {
        div.table role="region" aria-label="Table: Balance" tabindex="0" {
            table #balance {
                thead { tr { th scope="col" { (unit.symbol()) } @for (title, ..) in COLUMNS { th.n scope="col" { (title) } } } }
                tbody {
                    @for (row, name, scope) in &named {
                        tr {
                            th scope="row" { (name) }
                            @for (_, figure, _, area) in COLUMNS {
                                td.n { (cell(scene, period, figure, scope.as_ref(), area(&row.balance))) }
                            }
                        }
                    }
                    @if rows.is_empty() { tr { td colspan="10" { "Nothing is recorded." } } }
                }
            }
        }
    })
}

fn cell(
    scene: &Scene<'_>,
    period: &Period,
    figure: Option<&str>,
    scope: Option<&(&str, String)>,
    area: Area,
) -> Markup {
    let text = scene.asked.unit.cell(area);
    let Some(figure) = figure else { return text };
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let mut pairs = vec![("from", from.as_str()), ("to", to.as_str())];
    pairs.extend(scope.map(|(key, value)| (*key, value.as_str())));
    html! { a href=(scene.asked.href(&format!("/figures/{figure}"), &pairs)) { (text) } }
}

fn name(scene: &Scene<'_>, period: &Period, row: &BalanceRow) -> Result<String, Problem> {
    match (period.by, row.record) {
        (By::Total, _) => Ok("Whole programme".to_owned()),
        (By::Place, Some(number)) => scene.name_of(number),
        (By::Place, None) => Ok("Outside every recorded unit".to_owned()),
        (By::Operator, _) if row.name.is_empty() => Ok("Not named".to_owned()),
        (By::Operator, _) => scene.operator_name(&row.name),
        (By::Hazard, _) => Ok(row.name.clone()),
    }
}

fn scope(scene: &Scene<'_>, period: &Period, row: &BalanceRow) -> Option<(&'static str, String)> {
    let entry = row.record.map(|number| scene.index.record(number).entry.to_string());
    match period.by {
        By::Total => None,
        By::Place => Some(("place", entry.unwrap_or_else(|| "none".to_owned()))),
        By::Operator => Some(("operator", if row.name.is_empty() { "none".to_owned() } else { row.name.clone() })),
        By::Hazard => entry.map(|entry| ("hazard", entry)),
    }
}
