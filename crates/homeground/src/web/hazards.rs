//! `/hazards`: every hazard and every reopening outside them, with what remains.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use geometry::Area;
use ledger::{Class, Day, Figures, View};
use maud::{Markup, html};
use records::RecordKind;

use super::asked::Asked;
use super::ground::Look;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, exact_m2};
use super::table::{self, Column, Order};
use super::{App, Scene};

/// One row of the list.
pub struct Listed {
    /// First record of the row, by number.
    pub root: u32,
    /// Its figures on the day.
    pub figures: Figures,
    /// Units in which it remains, or lay.
    pub places: String,
    /// First day on which it is hazardous.
    pub since: Day,
}

impl Listed {
    /// What the row shows: the most hazardous class that remains, or how most of it was released.
    pub fn look(&self) -> Option<Look> {
        let footprint = &self.figures.footprint;
        let remains = Look::ALL.into_iter().find(|l| l.is_hazardous() && l.share(footprint) > Area::ZERO);
        remains.or_else(|| {
            let largest = Look::ALL.into_iter().max_by_key(|look| look.share(footprint))?;
            (largest.share(footprint) > Area::ZERO).then_some(largest)
        })
    }

    /// Released, by any method.
    pub fn released(&self) -> Area {
        let footprint = &self.figures.footprint;
        footprint.cancelled + footprint.reduced + footprint.cleared
    }
}

const COLUMNS: [Column; 7] = [
    Column::text("name", "Hazard"),
    Column::text("class", "Class"),
    Column::text("place", "Place"),
    Column::text("since", "Since"),
    Column::number("remaining", "Remaining {}"),
    Column::number("conservative", "At most {}"),
    Column::number("released", "Released {}"),
];

impl Scene<'_> {
    /// Every row that had begun by the day.
    pub fn hazards(&self) -> Result<Vec<Listed>, Problem> {
        self.state
            .rows()
            .filter(|&root| self.index.record(root).day <= self.day)
            .map(|root| self.listed(root))
            .filter(|row| row.as_ref().map_or(true, |row| row.figures != Figures::default()))
            .collect()
    }

    /// Reopenings that have a row of their own, because they lie outside every hazard, and are open.
    pub fn n_reopened(&self) -> usize {
        let reopenings = self.state.rows().filter(|&root| self.index.record(root).kind == RecordKind::Reopening);
        reopenings.filter(|&root| self.state.row_figures(root, self.day).remaining() > Area::ZERO).count()
    }

    /// One row.
    pub fn listed(&self, root: u32) -> Result<Listed, Problem> {
        let figures = self.state.row_figures(root, self.day);
        let mut units: BTreeMap<u32, Area> = BTreeMap::new();
        for (spell, area) in self.state.account(root, View::Book).iter().flat_map(|account| &account.spells) {
            let counts = match spell.class_on(self.day) {
                Some(class) => class.is_hazardous() || figures.remaining() == Area::ZERO,
                None => false,
            };
            if let Some(unit) = spell.unit.filter(|_| counts) {
                *units.entry(unit).or_default() += *area;
            }
        }
        let mut units: Vec<(u32, Area)> = units.into_iter().collect();
        units.sort_by_key(|&(unit, area)| (std::cmp::Reverse(area), unit));
        let names: Vec<String> = units.iter().map(|&(unit, _)| self.name_of(unit)).collect::<Result<_, _>>()?;
        Ok(Listed { root, figures, places: names.join(", "), since: self.index.record(root).day })
    }

    fn sort_hazards(&self, rows: &mut [Listed], order: Order) {
        let name = |row: &Listed| self.index.record(row.root).local_id.clone();
        rows.sort_by_key(|row| name(row));
        match order.column {
            "class" => order.sort(rows, |row| row.look().map(Look::word)),
            "place" => order.sort(rows, |row| row.places.clone()),
            "since" => order.sort(rows, |row| row.since),
            "remaining" => order.sort(rows, |row| row.figures.remaining()),
            "conservative" => order.sort(rows, |row| row.figures.remaining_gate),
            "released" => order.sort(rows, Listed::released),
            _ => order.sort(rows, name),
        }
    }
}

/// Rows that are open: ground remains in either geometry.
pub fn is_open(row: &Listed) -> bool {
    row.figures.remaining() > Area::ZERO
}

struct Filter {
    state: &'static str,
    class: Option<Look>,
    text: String,
}

impl Filter {
    fn asked(asked: &Asked) -> Result<Filter, Problem> {
        let state = match asked.get("state") {
            None | Some("open") => "open",
            Some("closed") => "closed",
            Some("all") => "all",
            Some(other) => return Err(Problem::bad_query("state", other, "open, closed or all")),
        };
        let class = match asked.get("class") {
            None => None,
            Some(name) => {
                let found = Look::ALL.into_iter().find(|look| look.name() == name);
                let names: Vec<_> = Look::ALL.iter().map(|look| look.name()).collect();
                Some(found.ok_or_else(|| Problem::bad_query("class", name, &format!("one of {}", names.join(", "))))?)
            }
        };
        Ok(Filter { state, class, text: asked.get("q").unwrap_or_default().to_lowercase() })
    }

    fn takes(&self, scene: &Scene<'_>, row: &Listed) -> bool {
        let by_state = match self.state {
            "open" => is_open(row),
            "closed" => !is_open(row),
            _ => true,
        };
        let by_class = self.class.is_none_or(|look| look.share(&row.figures.footprint) > Area::ZERO);
        let text = || format!("{} {}", scene.index.record(row.root).local_id, row.places).to_lowercase();
        by_state && by_class && (self.text.is_empty() || text().contains(&self.text))
    }
}

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let filter = Filter::asked(scene.asked)?;
        let order = Order::asked(scene.asked, &COLUMNS, Order { column: "remaining", is_descending: true })?;
        let mut rows = scene.hazards()?;
        rows.retain(|row| filter.takes(scene, row));
        scene.sort_hazards(&mut rows, order);
        if table::is_csv(scene.asked)? {
            return as_csv(scene, &rows);
        }
        Ok(list_page(scene, &rows, order).into_response())
    })
    .await
}

fn as_csv(scene: &Scene<'_>, rows: &[Listed]) -> Result<Response, Problem> {
    let heads = [
        "entry",
        "local_id",
        "class",
        "place",
        "since",
        "remaining_m2",
        "remaining_conservative_m2",
        "sha_m2",
        "cha_m2",
        "cancelled_m2",
        "reduced_m2",
        "cleared_m2",
    ];
    table::csv(
        "hazards",
        &heads,
        rows.iter().map(|row| {
            let kept = scene.index.record(row.root);
            let footprint = &row.figures.footprint;
            let shares = [footprint.sha, footprint.cha, footprint.cancelled, footprint.reduced, footprint.cleared];
            let areas = [row.figures.remaining(), row.figures.remaining_gate].into_iter().chain(shares).map(exact_m2);
            let words = [
                kept.entry.to_string(),
                kept.local_id.to_string(),
                row.look().map(Look::word).unwrap_or_default().to_owned(),
                row.places.clone(),
                row.since.to_string(),
            ];
            words.into_iter().chain(areas).collect()
        }),
    )
}

fn list_page(scene: &Scene<'_>, rows: &[Listed], order: Order) -> Markup {
    const PAGE: usize = 100;
    let asked = scene.asked;
    let paged = table::paged(asked, rows, PAGE, |row| scene.index.record(row.root).entry.to_string());
    let remaining: Area = rows.iter().map(|row| row.figures.remaining()).sum();
    let main = html! {
        section {
            h1 { "Hazards" }
            p.answer { (count(rows.len())) " listed, " (asked.unit.full(remaining)) " remaining in them." }
            (filters(scene))
            (table_of(scene, paged.rows, Some(order)))
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
    };
    page(scene, &Head::plain(Tab::Hazards, "Hazards"), main)
}

fn filters(scene: &Scene<'_>) -> Markup {
    let asked = scene.asked;
    let option = |name: &str, value: &str, word: &str, default: bool| {
        let is_chosen = asked.get(name).map_or(default, |chosen| chosen == value);
        html! { option value=(value) selected[is_chosen] { (word) } }
    };
    html! {
        form.tools method="get" action="/hazards" {
            @for (name, value) in asked.carried(&["q", "state", "class", "after"]) { input type="hidden" name=(name) value=(value); }
            div { label for="q" { "Name or place" } input #q type="search" name="q" value=[asked.get("q")]; }
            div {
                label for="state" { "State" }
                select #state name="state" {
                    (option("state", "open", "open: ground remains", true))
                    (option("state", "closed", "closed: nothing remains", false))
                    (option("state", "all", "all", false))
                }
            }
            div {
                label for="class" { "With ground that is" }
                select #class name="class" {
                    (option("class", "", "of any class", true))
                    @for look in Look::ALL { (option("class", look.name(), look.word(), false)) }
                }
            }
            button { "Filter" }
            (table::export(asked, "hazards"))
        }
    }
}

/// The table of hazards; heads sort if an order is given.
pub fn table_of(scene: &Scene<'_>, rows: &[Listed], order: Option<Order>) -> Markup {
    let unit = scene.asked.unit;
    html! {
        div.table role="region" aria-label="Table of hazards" tabindex="0" {
            table #hazards {
                @match order {
                    Some(order) => (table::head(scene.asked, &COLUMNS, order)),
                    None => thead {
                        tr { @for column in COLUMNS { th.n[column.is_number] scope="col" { (column.title.replace("{}", unit.symbol())) } } }
                    },
                }
                tbody {
                    @for row in rows {
                        @let entry = scene.index.record(row.root).entry.to_string();
                        @let figure = |name: &str| scene.asked.href(&format!("/figures/{name}"), &[("hazard", &entry)]);
                        tr {
                            th scope="row" { (scene.hazard_link(row.root)) }
                            td { @if let Some(look) = row.look() { (look.label()) } }
                            td { (row.places) }
                            td { time { (row.since) } }
                            td.n { a href=(figure("remaining")) { (unit.cell(row.figures.remaining())) } }
                            td.n { a href=(figure("remaining-conservative")) { (unit.cell(row.figures.remaining_gate)) } }
                            td.n { a href=(figure("released")) { (unit.cell(row.released())) } }
                        }
                    }
                    @if rows.is_empty() {
                        tr { td colspan=(COLUMNS.len()) { "No hazard answers this. Nothing known is not the same as safe." } }
                    }
                }
            }
        }
    }
}

/// The largest class that a set of spells gives its ground on a day, hazard first.
pub fn look_on(classes: impl Iterator<Item = Option<Class>>) -> Option<Look> {
    classes.flatten().filter_map(Look::of).min_by_key(|look| Look::ALL.iter().position(|l| l == look))
}
