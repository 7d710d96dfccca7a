//! The chart of a plan: weeks to the right, a row for each settlement, team or task, closed weeks shaded.
//!
//! ```text
//!               2026          2027
//!   Zar        ▒▒▒▒ ▬▬▬ ▒▒▒▒▒▒▒ ═══ ◆──   ▬ clearance  ═ building  ◆ opens, with P10–P90  ◇ promised
//! ```
//!
//! Every bar is a link with its days in words, so that the chart can be read by keyboard; the table below says the same.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use plan::{Days, Means, Valid};

use super::drawing::one;

/// A row of the chart.
pub struct Row {
    /// What stands before it.
    pub label: String,
    /// Where its label leads.
    pub href: String,
    /// Seasons whose closed weeks are shaded: fully where all of them are closed, lightly where some are.
    pub seasons: BTreeSet<usize>,
    /// What is done, by time.
    pub bars: Vec<Bar>,
    /// The day it opens.
    pub opens: Option<Date>,
    /// The same by chance.
    pub range: Option<Days>,
    /// The day promised.
    pub promised: Option<Date>,
}

/// One work.
pub struct Bar {
    /// First day.
    pub start: Date,
    /// Last day.
    pub finish: Date,
    /// Ground is cleared or surveyed; else something is built.
    pub is_clearance: bool,
    /// It is in the chain that fixes the day of the row.
    pub is_critical: bool,
    /// In words.
    pub title: String,
    /// Where it is explained.
    pub href: String,
}

const LEFT: f64 = 176.0;
const WIDTH: f64 = 1_080.0;
const HEAD: f64 = 24.0;
const ROW: f64 = 28.0;

/// Where days fall.
struct Axis {
    from: Date,
    days: f64,
}

impl Axis {
    fn x(&self, day: Date) -> f64 {
        let share = f64::from((day - self.from).get_days()) / self.days;
        one(LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - 16.0))
    }
}

/// The chart. `first_day` begins week 0 of the problem, which is drawn from the week that is now.
pub fn chart(problem: &Valid, first_day: Date, rows: &[Row], title: &str) -> Markup {
    let day = |week: usize| first_day.saturating_add((7 * week as i64).days());
    let from = day(problem.now);
    let ends = rows.iter().flat_map(|row| row.bars.iter().map(|bar| bar.finish).chain(row.opens).chain(row.promised));
    let last = ends.max().unwrap_or(from).max(from.saturating_add(26.weeks()));
    // A play that ends at the horizon must not squeeze the plan: what lies far beyond it runs out of the chart.
    let latest = rows.iter().filter_map(|row| row.range).map(|range| range.p90).max().unwrap_or(last);
    let to = last.max(latest.min(last.saturating_add(52.weeks()))).saturating_add(4.weeks());
    let axis = Axis { from, days: f64::from((to - from).get_days()) };
    let height = HEAD + ROW * rows.len() as f64 + 8.0;
    let shades: BTreeSet<&BTreeSet<usize>> = rows.iter().map(|row| &row.seasons).filter(|s| !s.is_empty()).collect();
    html! {
        div.table.gantt role="region" aria-label=(format!("Chart: {title}")) tabindex="0" {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH) height=(height) role="group" aria-label=(title) {
                defs {
                    @for seasons in &shades {
                        g id=(shade(seasons)) {
                            @for (first, last, is_partly) in closed(problem, seasons, day, to) {
                                @let (x, end) = (axis.x(first), axis.x(last));
                                @if end > x { rect.snow.partly[is_partly] x=(x) y="0" width=(one(end - x)) height=(ROW) {} }
                            }
                        }
                    }
                }
                @for (at, row) in rows.iter().enumerate() {
                    @let y = HEAD + ROW * at as f64;
                    @if !row.seasons.is_empty() { use href=(format!("#{}", shade(&row.seasons))) y=(y) {} }
                    path.grid d=(format!("M0 {}H{WIDTH}", y + ROW)) {}
                }
                (months(&axis, to, height))
                @for (at, row) in rows.iter().enumerate() { (drawn(&axis, row, HEAD + ROW * at as f64)) }
            }
        }
    }
}

/// The name of the shade of some seasons.
fn shade(seasons: &BTreeSet<usize>) -> String {
    seasons.iter().fold("closed".to_owned(), |name, season| format!("{name}-{season}"))
}

/// Spans of days on which some of the seasons are closed, each with whether another of them is open.
fn closed(
    problem: &Valid,
    seasons: &BTreeSet<usize>,
    day: impl Fn(usize) -> Date,
    to: Date,
) -> Vec<(Date, Date, bool)> {
    let mut spans: Vec<(Date, Date, bool)> = Vec::new();
    for week in problem.now..problem.n_weeks {
        let (first, last) = (day(week), day(week + 1));
        if first > to {
            break;
        }
        let n_open = seasons.iter().filter(|&&season| problem.seasons[season].open.contains(week)).count();
        if n_open == seasons.len() {
            continue;
        }
        match spans.last_mut() {
            Some(span) if span.1 == first && span.2 == (n_open > 0) => span.1 = last,
            _ => spans.push((first, last, n_open > 0)),
        }
    }
    spans
}

fn months(axis: &Axis, to: Date, height: f64) -> Markup {
    let step = if axis.days > 1_500.0 {
        12
    } else if axis.days > 700.0 {
        6
    } else {
        3
    };
    let first = axis.from.first_of_month().saturating_add(1.month());
    let all = std::iter::successors(Some(first), |month| month.checked_add(1.month()).ok());
    let ticks: Vec<Date> = all.take_while(|month| *month < to).filter(|m| (m.month() - 1) % step == 0).collect();
    html! {
        @for month in &ticks {
            @let x = axis.x(*month);
            path.grid d=(format!("M{x} {}V{height}", HEAD - 6.0)) {}
            text x=(x + 3.0) y="14" { (month.strftime(if step == 12 { "%Y" } else { "%Y-%m" })) }
        }
    }
}

fn drawn(axis: &Axis, row: &Row, y: f64) -> Markup {
    let middle = y + ROW / 2.0;
    html! {
        a href=(row.href) { text.label x="4" y=(middle + 4.0) { (shortened(&row.label)) title { (row.label) } } }
        @for bar in &row.bars {
            @let (x, end) = (axis.x(bar.start), axis.x(bar.finish.saturating_add(1.day())));
            @let lane = if bar.is_clearance { y + 4.0 } else { y + 14.0 };
            a href=(bar.href) {
                rect.clearance[bar.is_clearance].building[!bar.is_clearance].critical[bar.is_critical]
                    x=(x) y=(lane) width=(one((end - x).max(2.0))) height="9" { title { (bar.title) } }
            }
        }
        @if let Some(range) = row.range {
            @let (low, high) = (axis.x(range.p10), axis.x(range.p90));
            path.range d=(format!("M{low} {}v8m0 -4H{high}m0 -4v8", middle - 4.0)) { title { "8 of 10 plays: " (range.p10) " to " (range.p90) } }
        }
        @if let Some(day) = row.promised {
            @let x = axis.x(day);
            path.promised d=(format!("M{x} {}l5 6l-5 6l-5 -6z", middle - 6.0)) { title { "promised for " (day) } }
        }
        @if let Some(day) = row.opens {
            @let x = axis.x(day);
            path.opens d=(format!("M{x} {}l5 6l-5 6l-5 -6z", middle - 6.0)) { title { "opens on " (day) } }
        }
    }
}

/// As many letters as the column holds.
fn shortened(label: &str) -> String {
    const MOST: usize = 25;
    if label.chars().count() <= MOST {
        return label.to_owned();
    }
    label.chars().take(MOST - 1).chain(['…']).collect()
}

/// What the signs mean; `is_partly` where a row has ground of several seasons.
pub fn legend(is_partly: bool) -> Markup {
    let sample =
        |mark: Markup| html! { svg.swatch.gantt viewBox="0 0 20 14" aria-hidden="true" focusable="false" { (mark) } };
    html! {
        ul.legend {
            li { (sample(html! { rect.clearance x="1" y="2" width="18" height="9" {} })) span { "clearance, survey" } }
            li { (sample(html! { rect.building x="1" y="2" width="18" height="9" {} })) span { "building" } }
            li { (sample(html! { rect.building.critical x="1" y="2" width="18" height="9" {} })) span { "fixes the day" } }
            li { (sample(html! { path.opens d="M10 1l5 6l-5 6l-5 -6z" {} })) span { "opens" } }
            li { (sample(html! { path.range d="M2 3v8m0 -4H18m0 -4v8" {} })) span { "8 of 10 plays" } }
            li { (sample(html! { path.promised d="M10 1l5 6l-5 6l-5 -6z" {} })) span { "promised" } }
            li { (sample(html! { rect.snow x="0" y="0" width="20" height="14" {} })) span { "closed by snow" } }
            @if is_partly { li { (sample(html! { rect.snow.partly x="0" y="0" width="20" height="14" {} })) span { "part of the ground closed by snow" } } }
        }
    }
}

/// Whether a work clears or surveys ground.
pub fn is_clearance(problem: &Valid, work: usize) -> bool {
    matches!(problem.works[work].means, Means::Clearance { .. })
}
