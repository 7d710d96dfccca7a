//! `/places` and `/operators`: figures by administrative unit and by operator. Rows sum to the total.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use geometry::Area;
use ledger::{By, Figures, Row};
use maud::{Markup, html};

use super::asked::Asked;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::exact_m2;
use super::table;
use super::{App, Scene};

/// Takes one figure out of a row.
type FigureOf = fn(&Figures) -> Area;

/// Figures by administrative unit.
pub async fn places(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let rows = scene.state.rows_by(scene.index, By::Place, scene.day);
        if table::is_csv(scene.asked)? {
            return as_csv("places", &rows);
        }
        let main = html! {
            section {
                h1 { "Places" }
                (most(scene, &rows)?)
                p.note { "A piece on a border is split between its units, so the rows sum to the total." }
                div.tools { (table::export(scene.asked, "rows")) }
                (place_table(scene, &rows)?)
            }
        };
        Ok(page(scene, &Head::plain(Tab::Places, "Places"), main).into_response())
    })
    .await
}

/// Figures by operator.
pub async fn operators(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let rows = scene.state.rows_by(scene.index, By::Operator, scene.day);
        if table::is_csv(scene.asked)? {
            return as_csv("operators", &rows);
        }
        let main = html! {
            section {
                h1 { "Operators" }
                p.answer { "Ground that each operator released; what remains stands with whoever reported it." }
                div.tools { (table::export(scene.asked, "rows")) }
                (operator_table(scene, &rows)?)
            }
        };
        Ok(page(scene, &Head::plain(Tab::Operators, "Operators"), main).into_response())
    })
    .await
}

fn as_csv(name: &str, rows: &[Row]) -> Result<Response, Problem> {
    let heads = [
        "local_id",
        "remaining_m2",
        "remaining_conservative_m2",
        "sha_m2",
        "cha_m2",
        "cancelled_m2",
        "reduced_m2",
        "cleared_m2",
        "flow_cancelled_m2",
        "flow_reduced_m2",
        "flow_cleared_m2",
        "flow_reopened_m2",
        "flow_adjusted_m2",
    ];
    table::csv(
        name,
        &heads,
        rows.iter().map(|row| {
            let Figures { footprint, flow, remaining_gate } = &row.figures;
            let areas = [
                row.figures.remaining(),
                *remaining_gate,
                footprint.sha,
                footprint.cha,
                footprint.cancelled,
                footprint.reduced,
                footprint.cleared,
                flow.cancelled,
                flow.reduced,
                flow.cleared,
                flow.reopened,
                flow.adjusted,
            ];
            std::iter::once(row.name.clone()).chain(areas.into_iter().map(exact_m2)).collect()
        }),
    )
}

fn sum_of(rows: &[Row]) -> Figures {
    let mut sum = Figures::default();
    rows.iter().for_each(|row| sum += row.figures);
    sum
}

/// Where most remains.
fn most(scene: &Scene<'_>, rows: &[Row]) -> Result<Markup, Problem> {
    let largest = rows.iter().max_by_key(|row| row.figures.remaining());
    let Some((row, unit)) = largest.and_then(|row| Some((row, row.record?))) else {
        return Ok(html! { p.answer { "No administrative unit has a boundary here." } });
    };
    let remaining = row.figures.remaining();
    let all = sum_of(rows).remaining();
    Ok(html! {
        p.answer {
            @if remaining == Area::ZERO { "Nothing remains in any unit." }
            @else {
                "Most remains in " strong { (scene.name_of(unit)?) } ": " (scene.asked.unit.full(remaining))
                " of " (scene.asked.unit.full(all)) "."
            }
        }
    })
}

fn place_table(scene: &Scene<'_>, rows: &[Row]) -> Result<Markup, Problem> {
    let names: Vec<String> = rows
        .iter()
        .map(|row| row.record.map_or_else(|| Ok("Outside every recorded unit".to_owned()), |n| scene.name_of(n)))
        .collect::<Result<_, _>>()?;
    let place = |row: &Row| row.record.map_or_else(|| "none".to_owned(), |n| scene.index.record(n).entry.to_string());
    let columns: [(&str, &str, FigureOf); 7] = [
        ("CHA", "cha", |f| f.footprint.cha),
        ("SHA", "sha", |f| f.footprint.sha),
        ("Remaining", "remaining", Figures::remaining),
        ("At most", "remaining-conservative", |f| f.remaining_gate),
        ("Cleared", "cleared", |f| f.footprint.cleared),
        ("Reduced", "reduced", |f| f.footprint.reduced),
        ("Cancelled", "cancelled", |f| f.footprint.cancelled),
    ];
    let keys = rows.iter().map(|row| ("place", place(row)));
    let heads = rows.iter().zip(&names).map(|(row, name)| {
        html! {
            @match row.record {
                Some(n) => a href=(scene.asked.href("/place", &[("id", &*scene.index.record(n).local_id)])) { (name) },
                None => (name),
            }
        }
    });
    Ok(figure_table(scene, "Place", &columns, rows, heads, keys))
}

/// The table of operators.
pub fn operator_table(scene: &Scene<'_>, rows: &[Row]) -> Result<Markup, Problem> {
    let names: Vec<String> = rows
        .iter()
        .map(|row| match row.name.as_str() {
            "" => Ok("Not named".to_owned()),
            name => scene.operator_name(name),
        })
        .collect::<Result<_, _>>()?;
    let columns: [(&str, &str, FigureOf); 4] = [
        ("Cleared", "flow-cleared", |f| f.flow.cleared),
        ("Reduced", "flow-reduced", |f| f.flow.reduced),
        ("Cancelled", "flow-cancelled", |f| f.flow.cancelled),
        ("Remaining", "remaining", Figures::remaining),
    ];
    let key = |row: &Row| if row.name.is_empty() { "none".to_owned() } else { row.name.clone() };
    let keys = rows.iter().map(|row| ("operator", key(row)));
    let heads = names.iter().map(|name| html! { (name) });
    Ok(figure_table(scene, "Operator", &columns, rows, heads, keys))
}

type Figure = fn(&Figures) -> Area;

fn figure_table(
    scene: &Scene<'_>,
    title: &str,
    columns: &[(&str, &str, Figure)],
    rows: &[Row],
    heads: impl Iterator<Item = Markup>,
    keys: impl Iterator<Item = (&'static str, String)>,
) -> Markup {
    let unit = scene.asked.unit;
    let sum = sum_of(rows);
    html! {
        div.table role="region" aria-label=(format!("Table: {title}")) tabindex="0" {
            table #rows {
                thead {
                    tr {
                        th scope="col" { (title) }
                        @for (name, ..) in columns { th.n scope="col" { (name) " " (unit.symbol()) } }
                    }
                }
                tbody {
                    @for ((row, head), (key, value)) in rows.iter().zip(heads).zip(keys) {
                        tr {
                            th scope="row" { (head) }
                            @for (_, quantity, figure) in columns {
                                td.n {
                                    a href=(scene.asked.href(&format!("/figures/{quantity}"), &[(key, &value)])) {
                                        (unit.cell(figure(&row.figures)))
                                    }
                                }
                            }
                        }
                    }
                    @if rows.is_empty() { tr { td colspan=(columns.len() + 1) { "Nothing is recorded." } } }
                }
                @if rows.len() > 1 {
                    tfoot {
                        tr {
                            th scope="row" { "Sum" }
                            @for (_, _, figure) in columns { td.n { (unit.cell(figure(&sum))) } }
                        }
                    }
                }
            }
        }
    }
}
