//! `/`: what remains and what was released, first; then where it comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use geometry::Area;
use jiff::ToSpan;
use jiff::civil::Date;
use ledger::{By, Day, Figures, Finding, Totals};
use maud::{Markup, html};
use records::RecordKind;

use super::asked::Asked;
use super::chart::{self, Bar, Span};
use super::ground::Look;
use super::hazards;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::{App, Scene, findings, rows};

/// How many rows of a table the overview shows before it links to the whole.
const FEW: usize = 12;

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let totals = scene.state.totals(scene.index, scene.day);
        let daily = scene.state.daily();
        let found = scene.state.findings(scene.index, scene.day);
        let main = html! {
            section {
                h1.visually-hidden { "Overview" }
                (answer(scene, &totals))
                (key_figures(scene, &totals))
            }
            (over_time(scene, &daily))
            (open_hazards(scene)?)
            (finds_by_month(scene))
            div.columns {
                (findings_by_rule(scene, &found))
                (operators(scene)?)
            }
            (beside(scene, &totals))
        };
        Ok(page(scene, &Head::plain(Tab::Overview, "Overview"), main))
    })
    .await
}

fn figure(scene: &Scene<'_>, name: &str, area: Area) -> Markup {
    let href = scene.asked.href(&format!("/figures/{name}"), &[]);
    html! { a href=(href) { data value=(super::quantity::exact_m2(area)) { (scene.asked.unit.full(area)) } } }
}

fn released(totals: &Totals) -> Area {
    let footprint = &totals.figures.footprint;
    footprint.cancelled + footprint.reduced + footprint.cleared
}

fn answer(scene: &Scene<'_>, totals: &Totals) -> Markup {
    let is_empty = totals.figures == Figures::default();
    let n_reopened = scene.n_reopened();
    html! {
        p.answer {
            @if is_empty {
                "Nothing is recorded yet. That means nothing known, never safe. "
                a href="/import" { "Import a file" } " to begin."
            } @else {
                "Remaining: " (figure(scene, "remaining", totals.figures.remaining())) " in "
                a href=(scene.asked.href("/hazards", &[])) {
                    (count(totals.n_open)) " open " (if totals.n_open == 1 { "hazard" } else { "hazards" })
                    @if n_reopened > 0 { " and " (count(n_reopened)) " reopened " (if n_reopened == 1 { "area" } else { "areas" }) " outside them" }
                }
                "; released: " (figure(scene, "released", released(totals))) "."
            }
        }
    }
}

fn key_figures(scene: &Scene<'_>, totals: &Totals) -> Markup {
    html! {
        dl.figures {
            @for look in [Look::Cha, Look::Sha, Look::Cleared, Look::Reduced, Look::Cancelled] {
                div {
                    dt { (look.swatch()) (look.word()) ", " (if look.is_hazardous() { "remaining" } else { "released" }) }
                    dd { (figure(scene, look.name(), look.share(&totals.figures.footprint))) }
                }
            }
            div {
                dt { "Remaining at most" }
                dd {
                    (figure(scene, "remaining-conservative", totals.figures.remaining_gate))
                    small { "every uncertainty on the side of safety; not an official figure" }
                }
            }
        }
    }
}

fn over_time(scene: &Scene<'_>, daily: &[(Day, Figures)]) -> Markup {
    let asked = scene.asked;
    let Some(span) = Span::of(daily, scene.day, asked.today.into()) else { return html! {} };
    let unit = asked.unit;
    let mark = (scene.day < span.to).then_some(scene.day);
    let title = format!("Ground by class over time, {}", unit.symbol());
    html! {
        section aria-labelledby="over-time" {
            figure {
                figcaption #over-time { (title) }
                ul.legend { @for look in Look::ALL { li { (look.label()) } } }
                (chart::ground_over_time(daily, span, mark, unit, &title))
            }
            details.data {
                summary { "The same as a table" }
                (over_time_table(scene, daily, span))
            }
        }
    }
}

fn over_time_table(scene: &Scene<'_>, daily: &[(Day, Figures)], span: Span) -> Markup {
    let unit = scene.asked.unit;
    html! {
        div.table role="region" aria-label="Table: Ground by class over time" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Day" }
                        @for look in Look::ALL { th.n scope="col" { (look.word()) " " (unit.symbol()) } }
                        th.n scope="col" { "Remaining " (unit.symbol()) }
                    }
                }
                tbody {
                    @for day in chart::table_days(span) {
                        @let figures = chart::figures_on(daily, day);
                        @let text = day.to_string();
                        tr {
                            th scope="row" { a href=(scene.asked.with(&[("as_of", &text)])) { (text) } }
                            @for look in Look::ALL { td.n { (unit.cell(look.share(&figures.footprint))) } }
                            td.n { (unit.cell(figures.remaining())) }
                        }
                    }
                }
            }
        }
    }
}

fn open_hazards(scene: &Scene<'_>) -> Result<Markup, Problem> {
    let mut rows = scene.hazards()?;
    rows.retain(hazards::is_open);
    rows.sort_by_key(|row| (std::cmp::Reverse(row.figures.remaining()), scene.index.record(row.root).entry));
    let n_open = rows.len();
    rows.truncate(FEW);
    Ok(html! {
        section aria-labelledby="open" {
            h2 #open { "Open hazards, largest first" }
            (hazards::table_of(scene, &rows, None))
            @if n_open > FEW { p { a href=(scene.asked.href("/hazards", &[])) { "All " (count(n_open)) ", to sort and filter" } } }
        }
    })
}

/// Finds by month; by quarter or year once there are too many months to tell apart.
fn finds_by_month(scene: &Scene<'_>) -> Markup {
    let mut months: BTreeMap<Date, usize> = BTreeMap::new();
    for (_, kept) in scene.current(RecordKind::DeviceFind) {
        *months.entry(kept.day.date().first_of_month()).or_default() += 1;
    }
    let (Some(first), Some(last)) = (months.keys().next().copied(), months.keys().last().copied()) else {
        return html! {};
    };
    let n_finds: usize = months.values().sum();
    let all = std::iter::successors(Some(first), |month| month.checked_add(1.month()).ok());
    let bars: Vec<Bar> = all
        .take_while(|month| *month <= last)
        .map(|month| {
            let label = month.strftime("%Y-%m").to_string();
            let href = scene.asked.href("/finds", &[("month", &label)]);
            Bar { label, value: months.get(&month).copied().unwrap_or(0) as f64, href }
        })
        .collect();
    html! {
        section aria-labelledby="finds" {
            figure {
                figcaption #finds { "Finds reported by month" }
                p.note { a href=(scene.asked.href("/finds", &[])) { (count(n_finds)) " finds" } " in all; each bar opens its month." }
                (chart::bars(&bars, "Finds reported by month"))
            }
        }
    }
}

fn findings_by_rule(scene: &Scene<'_>, found: &[Finding]) -> Markup {
    let rules = findings::by_rule(found);
    let unit = scene.asked.unit;
    html! {
        section aria-labelledby="doubts" {
            h2 #doubts { "Findings" }
            @if rules.is_empty() { p.note { "The rules find nothing doubtful on this day." } }
            @else {
                div.table role="region" aria-label="Table: Findings by rule" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Rule" } th scope="col" { "What" } th.n scope="col" { "Count" } th.n scope="col" { (unit.symbol()) } } }
                        tbody {
                            @for rule in &rules {
                                tr {
                                    th scope="row" { (findings::tag(rule.severity)) " " (rule.rule) }
                                    td { (findings::meaning(rule.rule)) }
                                    td.n { a href=(scene.asked.href("/findings", &[("rule", rule.rule)])) { (count(rule.count)) } }
                                    td.n { @if rule.area > Area::ZERO { (unit.cell(rule.area)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn operators(scene: &Scene<'_>) -> Result<Markup, Problem> {
    let mut found = scene.state.rows_by(scene.index, By::Operator, scene.day);
    found.sort_by_key(|row| std::cmp::Reverse(row.figures.flow.released()));
    found.truncate(FEW);
    Ok(html! {
        section aria-labelledby="operators" {
            h2 #operators { "Operators" }
            (rows::operator_table(scene, &found)?)
            p { a href=(scene.asked.href("/operators", &[])) { "All operators" } }
        }
    })
}

/// What stands beside the books: sums that are not m² of ground once.
fn beside(scene: &Scene<'_>, totals: &Totals) -> Markup {
    let unit = scene.asked.unit;
    html! {
        section aria-labelledby="beside" {
            h2 #beside { "Beside the books" }
            dl.facts {
                dt { "Released as reported" }
                dd { (figure(scene, "reported", totals.reported_released)) ", the sum of what the reports state; ground reported twice counts twice" }
                dt { "Cleared outside every hazard" }
                dd { (figure(scene, "cleared-outside", totals.cleared_outside)) ", work that reduced nothing that was recorded" }
                dt { "Claimed by several hazards" }
                dd { (figure(scene, "overlap", totals.hazard_overlap)) ", counted once above" }
                dt { "Surveyed" }
                dd { (unit.full(totals.surveyed)) " of ground, " (unit.full(totals.surveyed_sum)) " of effort" }
            }
        }
    }
}
