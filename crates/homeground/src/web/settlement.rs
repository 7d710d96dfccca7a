//! `/settlements/{id}`: one settlement: its answer, its ground, its gate with the proof, projects, returns, monuments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use gates::Result as Verdict;
use geometry::{Region, Shape};
use ledger::View;
use maud::{Markup, html};
use records::{Record, RecordKind};

use crate::planning::{Home, Light};

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join};
use super::outlooks::{Shown, answered};
use super::page::{Head, Tab, page};
use super::plot::{blocked_first, bounds_of, told_first};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::settlements::{left_out, of_plan, opens, working};
use super::{App, Scene, lights, names};

/// Hazards in a list.
const FEW: usize = 5;

/// The page.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let outlook = app.outlooks.of(app.shown.change(), &asked, Vec::new())?;
    let shown = outlook.settle(|shown| shown.planned.is_some()).await;
    let refresh = shown.homes.is_none() && shown.failed.is_none();
    let body = app.scene(asked, move |scene| {
        let home = shown.homes.as_ref().map(|homes| homes.iter().find(|home| home.id == id));
        match home {
            Some(Some(home)) => one(scene, &shown, home),
            Some(None) => Err(Problem::unknown("settlement", &id)),
            None => {
                let main = html! { section { h1 { (id) } p.answer { "Its gates are being asked." } (working(scene, &shown)) } };
                Ok(page(scene, &Head::plain(Tab::Settlements, &id), main))
            }
        }
    });
    Ok(answered(body.await?, refresh))
}

fn one(scene: &Scene<'_>, shown: &Shown, home: &Home) -> Result<Markup, Problem> {
    let name = home.place.text("name").unwrap_or(&home.id);
    let near = Near::of(scene, home)?;
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/settlements", &[])) { "Settlements" } " / " (name) }
            h1 { (name) }
            (answer(shown, home, name))
            (working(scene, shown))
            (lights::row(home))
            p { a href=(scene.asked.href("/place", &[("id", &home.place.local_id)])) { "Everything known of this place" } }
        }
        div.columns {
            section aria-labelledby="ground" {
                h2 #ground { "Ground on " (scene.day) }
                (drawing(scene, home, &near))
            }
            section aria-labelledby="why" {
                h2 #why { "What fixes the day" }
                (why(scene, shown, home))
            }
        }
        (proof(scene, home))
        (projects(scene, shown, &near))
        (returns(shown, home))
        (monuments(scene, &near))
    };
    Ok(page(scene, &Head::plain(Tab::Settlements, name), main))
}

/// Records that name the settlement, and roads near by.
struct Near {
    projects: Vec<(u32, Arc<Record>)>,
    water: Vec<(u32, Arc<Record>)>,
    monuments: Vec<(u32, Arc<Record>)>,
    routes: Vec<(u32, Arc<Record>)>,
}

impl Near {
    fn of(scene: &Scene<'_>, home: &Home) -> Result<Near, Problem> {
        let all = |kind: RecordKind| -> Result<Vec<(u32, Arc<Record>)>, Problem> {
            let numbers = scene.current(kind).map(|(number, kept)| (number, kept.entry)).collect::<Vec<_>>();
            numbers.into_iter().map(|(n, entry)| Ok((n, scene.facts.of(scene.programme, entry)?))).collect()
        };
        let own = |kind: RecordKind| -> Result<Vec<(u32, Arc<Record>)>, Problem> {
            let is_home = |place: &str| {
                let named = scene.index.with_local_id(RecordKind::Place, place).first();
                named.is_some_and(|&named| first_id(scene, named) == home.id)
            };
            let is_own = |(_, record): &(u32, Arc<Record>)| record.text("place").is_some_and(is_home);
            Ok(all(kind)?.into_iter().filter(is_own).collect())
        };
        Ok(Near {
            projects: own(RecordKind::Project)?,
            water: own(RecordKind::WaterPoint)?,
            monuments: own(RecordKind::Monument)?,
            routes: all(RecordKind::Route)?,
        })
    }
}

/// The local id under which the thing of a record was first recorded: the plan knows it by that.
fn first_id<'a>(scene: &'a Scene<'_>, number: u32) -> &'a str {
    &scene.index.record(scene.index.root(number)).local_id
}

fn answer(shown: &Shown, home: &Home, name: &str) -> Markup {
    let worst = home.lights.iter().filter(|light| light.result == home.result && home.result > Verdict::Pass);
    let worst: Vec<&str> = worst.map(|light| light.name).collect();
    let word = match home.result {
        Verdict::Pass => "open",
        Verdict::Blocked => "blocked",
        _ => "unknown",
    };
    let planned = shown.planned.as_ref();
    let on = planned.and_then(|planned| of_plan(&planned.0.document.returns, home)?.on);
    html! {
        p.answer {
            (name) ": return " strong { (word) } "."
            @if !worst.is_empty() { " Held by " (worst.join(", ")) "." }
            @if home.n_waiting > 0 { " " (count(home.n_may_return)) " of " (count(home.n_waiting)) " households on record that wait may return." }
            @if home.n_waiting == 0 { " No household on record waits for it, so its gate is not known." }
            @if let Some(on) = on { " By the plan it opens on " (on) "." }
            @if let (Some(planned), None) = (planned, on) {
                @for left in left_out(&planned.0.document.unscheduled, home) { " No day: " (left.why) "." }
            }
        }
    }
}

/// Hazards on the roads to it, whole, in gate geometry: of what lies on a road its pieces alone would hardly be seen.
fn on_roads(scene: &Scene<'_>, home: &Home) -> Vec<(String, Region)> {
    let hazards = home.on_the_way.iter().flat_map(|on| &on.hazards);
    let numbers: BTreeSet<u32> = hazards.filter_map(|hazard| scene.index.number_of(hazard.entry)).collect();
    let region = |root| scene.state.remaining_of_row(scene.index, root, View::Gate, scene.day).into_owned();
    numbers.into_iter().map(|root| (scene.index.record(root).local_id.to_string(), region(root))).collect()
}

fn drawing(scene: &Scene<'_>, home: &Home, near: &Near) -> Markup {
    let shapes = near.projects.iter().chain(&near.water).filter_map(|(_, record)| record.geometry.as_ref());
    let blocking = home.blocking.iter().filter_map(|blocking| blocking.region.bounds());
    let place = home.place.geometry.as_ref().and_then(Shape::bounds);
    let bounds = shapes.filter_map(Shape::bounds).chain(blocking).chain(place).fold(None, |all, b| join(all, Some(b)));
    let bounds = join(bounds, bounds_of(&home.on_the_way));
    let Some(bounds) = bounds else { return html! { p.note { "Nothing of it is drawn." } } };
    let sheet = Sheet::around(bounds, 560.0);
    html! {
        figure {
            svg.drawing viewBox=(sheet.view_box()) role="img" aria-label="Projects, roads, and hazard in the way" {
                (sheet.graticule())
                @for (_, route) in &near.routes {
                    @if let Some(shape) = &route.geometry { path.route d=(sheet.path(shape)) { title { (route.local_id) } } }
                }
                @for (local_id, region) in on_roads(scene, home) {
                    path.ground fill="url(#p-cha)" fill-rule="evenodd" d=(sheet.ground(&region)) { title { (local_id) } }
                }
                @for blocking in &home.blocking {
                    path.ground fill="url(#p-cha)" fill-rule="evenodd" d=(sheet.ground(&blocking.region)) { title { (blocking.local_id) } }
                }
                @for (_, project) in &near.projects {
                    @if let Some(shape) = &project.geometry {
                        path.outline d=(sheet.path(shape)) { title { (names::own_name(project).unwrap_or(&project.local_id)) } }
                    }
                }
                @for (_, water) in &near.water {
                    @if let Some(Shape::Point(at)) = water.geometry { @let (x, y) = sheet.point(at); circle.place cx=(x) cy=(y) r="4" { title { (water.local_id) } } }
                }
                @if let Some(Shape::Point(at)) = home.place.geometry {
                    @let (x, y) = sheet.point(at);
                    circle.find cx=(x) cy=(y) r="4" {}
                    text.label x=(x + 7.0) y=(y + 4.0) { (home.place.text("name").unwrap_or(&home.id)) }
                }
                (blocked_first(&sheet, &home.on_the_way))
                (sheet.scale_bar())
            }
            figcaption {
                "Dashed: projects. Lines: roads. Circles: water. Filled: hazard in the way of dwellings and on the roads to them, in gate geometry."
                (told_first(&home.on_the_way))
            }
        }
    }
}

fn why(scene: &Scene<'_>, shown: &Shown, home: &Home) -> Markup {
    let Some(planned) = &shown.planned else { return html! { p.note { "There is no plan yet." } } };
    let gate = planned.0.document.gates.iter().find(|gate| gate.subject == home.id);
    html! {
        p { (opens(shown, home)) }
        @if let Some(gate) = gate { ol.why { @for line in &gate.because { li { (line) } } } }
        @let hazards = planned.0.hazards_of(&home.id);
        @if !hazards.is_empty() {
            h3 { "Hazards it waits for, by rank" }
            ul {
                @for (subject, ranked) in hazards.iter().take(FEW) {
                    li {
                        a href=(scene.asked.href(&format!("/hazards/{subject}"), &[])) { (subject) }
                        @if let Some(ranked) = ranked {
                            ": rank " (ranked.rank)
                            @if !planned.1.criteria.is_empty() { ", score " (format!("{:.3}", ranked.score)) }
                            @if let Some(why) = &ranked.urgent { ", before any score: " (why) }
                        }
                    }
                }
                @if hazards.len() > FEW { li { "and " (count(hazards.len() - FEW)) " more" } }
            }
        }
        p { a href=(scene.asked.href("/plan", &[("place", &home.id)])) { "Its works in the plan" } }
    }
}

fn proof(scene: &Scene<'_>, home: &Home) -> Markup {
    let open: Vec<&Light> = home.lights.iter().filter(|light| light.result > Verdict::Pass).collect();
    html! {
        section aria-labelledby="proof" {
            h2 #proof { "Gate with its proof" }
            @if open.is_empty() { p.note { "Every question is answered with yes." } }
            @else {
                div.table role="region" aria-label="Table: Rules that do not pass" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Question" } th scope="col" { "Rule" } th.n scope="col" { "Households" } th scope="col" { "Why" } th scope="col" { "What would change it" } } }
                        tbody {
                            @for light in &open {
                                @for proof in &light.proof {
                                    tr {
                                        th scope="row" { (light.name) }
                                        td { (proof.rule) " " (lights::light(proof.result)) }
                                        td.n { (count(proof.n_households)) }
                                        td {
                                            (proof.text)
                                            @if !proof.because.is_empty() {
                                                ul { @for because in &proof.because {
                                                    li {
                                                        a href=(scene.entry_href(because.entry)) { (because.local_id) } " " (because.text)
                                                        @if let Some(area) = because.area { " (" (scene.asked.unit.full(area)) ")" }
                                                    }
                                                } }
                                            }
                                        }
                                        td { @if proof.needs != proof.text { (proof.needs) } }
                                    }
                                }
                                @if light.proof.is_empty() {
                                    tr { th scope="row" { (light.name) } td { (lights::light(light.result)) } td.n { "0" } td { "no household on record waits" } td { "record the households that wait" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn projects(scene: &Scene<'_>, shown: &Shown, near: &Near) -> Markup {
    let tasks: BTreeMap<&str, &plan::Task> =
        shown.planned.iter().flat_map(|planned| &planned.0.document.tasks).map(|t| (&*t.id, t)).collect();
    let left: BTreeMap<&str, &str> = shown
        .planned
        .iter()
        .flat_map(|planned| &planned.0.document.unscheduled)
        .map(|l| (&*l.subject, &*l.why))
        .collect();
    html! {
        section aria-labelledby="projects" {
            h2 #projects { "Projects" }
            @if near.projects.is_empty() { p.note { "No project names it." } }
            @else {
                div.table role="region" aria-label="Table: Projects" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Project" } th scope="col" { "Sector" } th scope="col" { "State" } th.n scope="col" { "Budget" } th scope="col" { "Gate" } } }
                        tbody {
                            @for (number, project) in &near.projects {
                                tr {
                                    th scope="row" { (scene.record_link(*number)) @if let Some(name) = names::own_name(project) { br; small { (name) } } }
                                    td { (project.text("sector").unwrap_or("")) }
                                    td {
                                        @if let Some(on) = project.day("completed_on").filter(|on| *on <= scene.day.date()) { "finished on " (on) }
                                        @else if let Some(task) = tasks.get(first_id(scene, *number)) { (task.start) " to " (task.finish) }
                                        @else if let Some(why) = left.get(first_id(scene, *number)) { "no day: " (why) }
                                        @else { "not planned" }
                                    }
                                    td.n { @if let Some(budget) = project.number("budget") { (grouped(budget, 0)) " " (project.text("currency").unwrap_or("")) } }
                                    td { a href=(scene.asked.href("/plot", &[("footprint", &project.local_id)])) { "Ask" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Target, plan and actual; counts only.
fn returns(shown: &Shown, home: &Home) -> Markup {
    let planned = shown.planned.as_ref().and_then(|planned| of_plan(&planned.0.document.returns, home));
    let (back, people) = home.n_returned();
    html! {
        section aria-labelledby="returns" {
            h2 #returns { "Returns" }
            dl.facts {
                dt { "Wait to return" }
                dd { (count(home.place.number("n_households").unwrap_or(0.0) as usize)) " households; " (count(home.n_waiting)) " of them on record one by one" }
                dt { "Target" }
                dd { @match home.place.day("return_by") { Some(day) => { "home by " (day) }, None => { "no day promised" } } }
                dt { "Plan" }
                dd { @match planned.and_then(|planned| planned.on) { Some(on) => (on), None => { "no day" } } }
                dt { "Home" }
                dd {
                    (count(back)) " households, " (count(people as usize)) " people"
                    @for (day, (households, people)) in &home.returned { br; (day) ": " (count(*households)) " households, " (count(*people as usize)) " people" }
                }
            }
            p.note { "Households are counted and never named." }
        }
    }
}

fn monuments(scene: &Scene<'_>, near: &Near) -> Markup {
    html! {
        @if !near.monuments.is_empty() {
            section aria-labelledby="monuments" {
                h2 #monuments { "Monuments" }
                ul {
                    @for (number, monument) in &near.monuments {
                        li {
                            (scene.record_link(*number)) " " (names::own_name(monument).unwrap_or(""))
                            @if let Some(kind) = monument.text("type") { ", " (kind) }
                            @if let Some(certainty) = monument.text("location_certainty") { ": " (certainty) }
                            ". " a href=(scene.monument_href(monument)) { "May it be visited?" }
                        }
                    }
                }
            }
        }
    }
}
