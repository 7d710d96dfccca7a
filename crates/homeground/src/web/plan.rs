//! `/plan`: what opens when, and what holds it: a chart by settlement or by team, each date with its chain of causes, and what
//! moved since the plan before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use maud::{Markup, html};
use plan::{Status, Task};

use crate::planning::{Changes, Home, Planned, Settings};

use super::asked::Asked;
use super::gantt::{Bar, Row, chart, is_clearance, legend};
use super::outlooks::{Shown, answered};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::settlements::{name_of, working};
use super::{App, Scene, settlements};

/// Rows of a chart; more are reached by their settlement or team.
const MOST: usize = 60;
/// Hazards in a list.
const FEW: usize = 15;

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let by = asked.get("by").unwrap_or("settlement").to_owned();
    if !["settlement", "team"].contains(&by.as_str()) {
        return Err(Problem::bad_query("by", &by, "settlement or team"));
    }
    let outlook = app.outlooks.of(app.shown.change(), &asked, Vec::new())?;
    let shown = outlook.settle(|shown| shown.planned.is_some()).await;
    let refresh = shown.planned.is_none() && shown.failed.is_none();
    let body = app.scene(asked, move |scene| {
        let main = match shown.planned.clone() {
            None => html! {
                section { h1 { "Plan" } p.answer { "The plan is being made." } (working(scene, &shown)) }
            },
            Some(planned) => View { scene, shown: &shown, planned: &planned.0, settings: &planned.1 }.whole(&by)?,
        };
        Ok(page(scene, &Head::plain(Tab::Plan, "Plan"), main))
    });
    Ok(answered(body.await?, refresh))
}

struct View<'a> {
    scene: &'a Scene<'a>,
    shown: &'a Shown,
    planned: &'a Planned,
    settings: &'a Settings,
}

impl View<'_> {
    fn homes(&self) -> &[Home] {
        self.shown.homes.as_ref().map_or(&[], |homes| homes.as_slice())
    }

    fn name(&self, place: &str) -> String {
        name_of(self.homes(), place)
    }

    fn whole(&self, by: &str) -> Result<Markup, Problem> {
        let asked = self.scene.asked;
        let place = asked.get("place");
        let (rows, title, tasks) = match (place, asked.get("team")) {
            (Some(place), _) => {
                let (rows, tasks) = self.of_place(place)?;
                (rows, format!("Works of {}", self.name(place)), tasks)
            }
            (None, Some(team)) => {
                let tasks: Vec<&Task> = self.tasks(|task| task.crew.as_deref() == Some(team));
                (self.by_task(&tasks, &BTreeSet::new()), format!("Works of team {team}"), tasks)
            }
            (None, None) if by == "team" => (self.by_team(), "Plan by team".to_owned(), Vec::new()),
            (None, None) => (self.by_settlement(), "Plan by settlement".to_owned(), Vec::new()),
        };
        let n_rows = rows.len();
        let rows = &rows[..n_rows.min(MOST)];
        Ok(html! {
            section {
                h1 { "Plan" }
                (self.answer())
                (working(self.scene, self.shown))
                nav.tools aria-label="Chart" {
                    a.button href=(self.scene.asked.href("/plan", &[])) aria-current=[(by == "settlement" && tasks.is_empty()).then_some("true")] { "By settlement" }
                    a.button href=(self.scene.asked.href("/plan", &[("by", "team")])) aria-current=[(by == "team").then_some("true")] { "By team" }
                    a.button href=(self.scene.asked.href("/scenarios", &[])) { "Scenarios" }
                }
            }
            @if let Some(changes) = &self.planned.changes { (self.changes(changes)) }
            section aria-labelledby="chart" {
                h2 #chart { (title) }
                @if rows.is_empty() { p.note { "There is nothing to draw: no place on record waits for households." } }
                @else { (chart(&self.planned.problem, self.planned.first_day, rows, &title)) (legend(rows.iter().any(|row| row.seasons.len() > 1))) }
                @if n_rows > MOST { p.note { "The first " (MOST) " of " (count(n_rows)) "." } }
            }
            @match place {
                Some(place) => { (self.chain(place)) (self.task_table(&tasks)) }
                None if !tasks.is_empty() => (self.task_table(&tasks)),
                None => { (self.returns()) (self.hazards()) (self.without()) }
            }
        })
    }

    fn answer(&self) -> Markup {
        let document = &self.planned.document;
        let homes = &document.returns;
        let late = homes.iter().filter(|home| home.on.zip(home.deadline).is_some_and(|(on, promised)| on > promised));
        let (n_late, late): (usize, i64) = late.fold((0, 0), |sum, home| (sum.0 + 1, sum.1 + home.households));
        let last = homes.iter().filter_map(|home| Some((home.on?, home))).max_by_key(|(on, home)| (*on, &home.place));
        html! {
            p.answer {
                (count(homes.iter().filter(|home| home.on.is_some()).count())) " settlements have a day"
                @if let Some((on, home)) = last { ", the last " (self.name(&home.place)) " on " (on) }
                @if late > 0 { "; " (count(late as usize)) " households of " (n_late) " come later than promised" }
                "."
                @if !document.unscheduled.is_empty() { " " a href="#without" { (count(document.unscheduled.len())) " works, places and promises" } " have no place or cannot be kept." }
            }
            p.note {
                @match document.status {
                    Status::Optimal => "No plan is better: it meets the bound.",
                    _ => { (grouped(document.objective as f64, 0)) " points; no plan has fewer than " (grouped(document.bound as f64, 0)) ", so a better one saves " (format!("{:.1}", document.gap * 100.0)) " % at most." }
                }
                " A plan decides nothing about safety: whether ground may be used is for the gates, from records of what was done."
            }
        }
    }

    fn tasks(&self, keep: impl Fn(&Task) -> bool) -> Vec<&Task> {
        self.planned.document.tasks.iter().filter(|task| keep(task)).collect()
    }

    fn by_settlement(&self) -> Vec<Row> {
        let problem = &self.planned.problem;
        let document = &self.planned.document;
        let row = |place: &plan::Settlement| {
            let home = document.returns.iter().find(|home| home.place == place.id);
            let gate = document.gates.iter().find(|gate| gate.subject == place.id);
            let critical: BTreeSet<&str> = gate.iter().flat_map(|gate| &gate.critical).map(String::as_str).collect();
            let works = self.planned.works_of(&place.id);
            let own: BTreeSet<&str> = works.iter().map(|&work| &*problem.works[work].id).collect();
            let href = self.scene.asked.href("/plan", &[("place", &place.id)]);
            let bar = |task: &Task| Bar {
                start: task.start,
                finish: task.finish,
                is_clearance: task.kind == "clearance",
                is_critical: critical.contains(&*task.id),
                title: words(task),
                href: href.clone(),
            };
            let season = works.iter().find(|&&work| !is_clearance(problem, work)).or(works.first());
            Row {
                label: self.name(&place.id),
                href: href.clone(),
                seasons: season.map(|&work| problem.works[work].season).into_iter().collect(),
                bars: document.tasks.iter().filter(|task| own.contains(&*task.id)).map(bar).collect(),
                opens: home.and_then(|home| home.on),
                range: home.and_then(|home| home.on_range),
                promised: home.and_then(|home| home.deadline),
            }
        };
        let mut rows: Vec<Row> = problem.settlements.iter().map(row).collect();
        rows.sort_by(|a, b| (a.opens.is_none(), a.opens, &a.label).cmp(&(b.opens.is_none(), b.opens, &b.label)));
        rows
    }

    fn by_team(&self) -> Vec<Row> {
        let works = &self.planned.problem.works;
        let seasons: BTreeMap<&str, usize> = works.iter().map(|work| (&*work.id, work.season)).collect();
        let season_of = |task: &Task| seasons.get(&*task.id).copied();
        let teams = self.planned.problem.teams.iter().map(|team| {
            let href = self.scene.asked.href("/plan", &[("team", &team.name)]);
            let tasks = self.tasks(|task| task.crew.as_ref() == Some(&team.name));
            let bar = |task: &&Task| Bar {
                start: task.start,
                finish: task.finish,
                is_clearance: true,
                is_critical: false,
                title: words(task),
                href: href.clone(),
            };
            Row {
                label: format!("{} ({})", team.name, tasks.len()),
                href: href.clone(),
                seasons: tasks.iter().filter_map(|task| season_of(task)).collect(),
                bars: tasks.iter().map(bar).collect(),
                opens: None,
                range: None,
                promised: None,
            }
        });
        teams.collect()
    }

    fn of_place(&self, place: &str) -> Result<(Vec<Row>, Vec<&Task>), Problem> {
        let problem = &self.planned.problem;
        if !problem.settlements.iter().any(|settlement| settlement.id == place) {
            return Err(Problem::unknown("settlement of the plan", place));
        }
        let own: BTreeSet<&str> =
            self.planned.works_of(place).into_iter().map(|work| &*problem.works[work].id).collect();
        let gate = self.planned.document.gates.iter().find(|gate| gate.subject == place);
        let critical: BTreeSet<&str> = gate.iter().flat_map(|gate| &gate.critical).map(String::as_str).collect();
        let tasks = self.tasks(|task| own.contains(&*task.id));
        Ok((self.by_task(&tasks, &critical), tasks))
    }

    fn by_task(&self, tasks: &[&Task], critical: &BTreeSet<&str>) -> Vec<Row> {
        let problem = &self.planned.problem;
        let row = |(at, task): (usize, &&Task)| {
            let href = format!("#task-{at}");
            let work = problem.works.iter().find(|work| work.id == task.id);
            Row {
                label: task.id.clone(),
                href: href.clone(),
                seasons: work.map(|work| work.season).into_iter().collect(),
                bars: vec![Bar {
                    start: task.start,
                    finish: task.finish,
                    is_clearance: task.kind == "clearance",
                    is_critical: critical.contains(&*task.id),
                    title: words(task),
                    href,
                }],
                opens: None,
                range: task.finish_range,
                promised: None,
            }
        };
        tasks.iter().enumerate().map(row).collect()
    }

    /// The chain that fixes the day of a settlement.
    fn chain(&self, place: &str) -> Markup {
        let gate = self.planned.document.gates.iter().find(|gate| gate.subject == place);
        html! {
            section aria-labelledby="why" {
                h2 #why { "What fixes the day of " a href=(settlements::href(self.scene, place)) { (self.name(place)) } }
                @match gate {
                    Some(gate) if gate.opens_on.is_some() => {
                        ol.why { @for line in &gate.because { li { (line) } } }
                        @if let Some(on) = gate.opens_on { p { "So it opens on " strong { (on) } "." } }
                    }
                    _ => p.note { "It has no day: something it needs has no place in the plan." },
                }
            }
        }
    }

    fn task_table(&self, tasks: &[&Task]) -> Markup {
        html! {
            section aria-labelledby="tasks" {
                h2 #tasks { "Works" }
                div.table role="region" aria-label="Table: Works" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Work" } th scope="col" { "Team" } th scope="col" { "First day" } th scope="col" { "Last day" } th scope="col" { "Why then" } } }
                        tbody {
                            @for (at, task) in tasks.iter().take(MOST).enumerate() {
                                tr id=(format!("task-{at}")) {
                                    th scope="row" { (task.id) }
                                    td { (task.crew.as_deref().unwrap_or("crew")) }
                                    td { time { (task.start) } }
                                    td { time { (task.finish) } @if let Some(range) = task.finish_range { br; small { (range.p10) " to " (range.p90) } } }
                                    td { (because(&task.because)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Target, plan and actual of each settlement.
    fn returns(&self) -> Markup {
        let document = &self.planned.document;
        let mut homes: Vec<&plan::Return> = document.returns.iter().collect();
        homes.sort_by_key(|home| (home.on.is_none(), home.on, &home.place));
        if homes.is_empty() {
            return html! {};
        }
        html! {
            section aria-labelledby="returns" {
                h2 #returns { "Targets, plan and actual" }
                div.table role="region" aria-label="Table: Returns" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Settlement" } th.n scope="col" { "Households" } th scope="col" { "Promised" } th scope="col" { "Plan" } th scope="col" { "8 of 10 plays" } th.n scope="col" { "Home" } th scope="col" { "Why then" } } }
                        tbody {
                            @for home in homes.iter().take(MOST) {
                                @let gate = document.gates.iter().find(|gate| gate.subject == home.place);
                                tr {
                                    th scope="row" { a href=(self.scene.asked.href("/plan", &[("place", &home.place)])) { (self.name(&home.place)) } }
                                    td.n { (count(home.households as usize)) }
                                    td { @if let Some(promised) = home.deadline { time { (promised) } } }
                                    td {
                                        @match home.on { Some(on) => time { (on) }, None => { "no day" } }
                                        @if home.on.zip(home.deadline).is_some_and(|(on, promised)| on > promised) { br; strong { "late" } }
                                    }
                                    td { @if let Some(range) = home.on_range { time { (range.p10) } " to " time { (range.p90) } } }
                                    td.n { (count(self.homes().iter().find(|known| known.id == home.place).map_or(0, |known| known.n_returned().0))) }
                                    td { @if let Some(gate) = gate { (because(&gate.because)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn hazards(&self) -> Markup {
        let worth = |id: &str| self.planned.worth.iter().find(|worth| worth.subject == id);
        let names: Vec<&str> = self.settings.criteria.iter().map(|criterion| &criterion[1..]).collect();
        html! {
            @if !self.planned.ranked.is_empty() {
                section aria-labelledby="first" {
                    h2 #first { "Which hazard first" }
                    p.note { "A score orders work. It is not a risk to the public." }
                    div.table role="region" aria-label="Table: Hazards by rank" tabindex="0" {
                        table {
                            thead { tr {
                                th.n scope="col" { "Rank" } th scope="col" { "Hazard" } th.n scope="col" { "Score" }
                                @for name in &names { th.n scope="col" { (name) } }
                                th.n scope="col" { "Rank if a weight moves by a fifth" } th.n scope="col" { "Household weeks saved if it were gone" } th scope="col" { "Before any score" }
                            } }
                            tbody {
                                @for ranked in self.planned.ranked.iter().take(FEW) {
                                    tr {
                                        td.n { (ranked.rank) }
                                        th scope="row" { a href=(self.scene.asked.href(&format!("/hazards/{}", ranked.id), &[])) { (ranked.id) } }
                                        td.n { @if !names.is_empty() { (format!("{:.3}", ranked.score)) } }
                                        @for share in &ranked.contributions { td.n { (format!("{share:.3}")) } }
                                        td.n { (ranked.rank_range.0) " to " (ranked.rank_range.1) }
                                        td.n { @if let Some(worth) = worth(&ranked.id) { (grouped(worth.household_weeks as f64, 0)) } }
                                        td { (ranked.urgent.as_deref().unwrap_or("")) }
                                    }
                                }
                            }
                        }
                    }
                    @if self.planned.ranked.len() > FEW { p.note { "The first " (FEW) " of " (count(self.planned.ranked.len())) "; the command " code { "homeground plan --format json" } " prints all." } }
                }
            }
        }
    }

    fn without(&self) -> Markup {
        let left = &self.planned.document.unscheduled;
        html! {
            @if !left.is_empty() {
                section aria-labelledby="without" {
                    h2 #without { "No place in the plan, or no promise that can be kept" }
                    ul {
                        @for left in left.iter().take(MOST) { li { strong { (self.name(&left.subject)) } ": " (left.why) } }
                        @if left.len() > MOST { li { "and " (count(left.len() - MOST)) " more" } }
                    }
                }
            }
        }
    }

    fn changes(&self, changes: &Changes) -> Markup {
        html! {
            section aria-labelledby="changes" {
                h2 #changes { "Since the plan before" }
                p { (count(changes.n_moved)) " works moved; " (count(changes.returns.len())) " settlements open on another day." }
                @if !changes.learned.is_empty() {
                    ul { @for learned in changes.learned.iter().take(MOST) { li { (learned.text) } } }
                }
                @if !changes.returns.is_empty() {
                    div.table role="region" aria-label="Table: Changes" tabindex="0" {
                        table {
                            thead { tr { th scope="col" { "Settlement" } th scope="col" { "Was" } th scope="col" { "Is" } th.n scope="col" { "Weeks" } th scope="col" { "Because" } } }
                            tbody {
                                @for change in changes.returns.iter().take(MOST) {
                                    tr {
                                        th scope="row" { (self.name(&change.place)) }
                                        td { @if let Some(was) = change.was { time { (was) } } @else { "no day" } }
                                        td { @if let Some(on) = change.on { time { (on) } } @else { "no day" } }
                                        td.n { @if let Some(weeks) = change.weeks { (grouped(f64::from(weeks), 0)) } }
                                        td { (change.because.join("; ")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A work in words.
fn words(task: &Task) -> String {
    let weeks = ((task.finish.saturating_add(1.day()) - task.start).get_days() / 7).max(1);
    let team = task.crew.as_deref().map_or(String::new(), |team| format!(", {team}"));
    format!("{}: {} to {}, {weeks} weeks{team}", task.id, task.start, task.finish)
}

/// A chain of causes that opens.
fn because(lines: &[String]) -> Markup {
    html! {
        @match lines {
            [] => {}
            [only] => (only),
            [.., last] => { details.data { summary { (last) } ol.why { @for line in lines { li { (line) } } } } }
        }
    }
}
