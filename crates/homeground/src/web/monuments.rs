//! `/monuments`: heritage places with their latest condition, what is due, and objects lost from collections.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use geometry::Shape;
use maud::{Markup, html};
use outputs::heritage::Site;
use records::Record;
use records::dictionary::Dictionary;

use crate::heritage::Register;

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join, one};
use super::names::own_name;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::table::{self, Column, Order};
use super::{App, Scene};

const COLUMNS: [Column; 7] = [
    Column::text("name", "Monument"),
    Column::text("type", "Type"),
    Column::text("condition", "Condition"),
    Column::text("extent", "Damaged"),
    Column::text("seen", "Last visit"),
    Column::text("priority", "Priority"),
    Column::text("next", "Next visit"),
];

/// Conditions from the best to the worst, as the dictionary spells them.
const CONDITIONS: [&str; 6] = ["good", "fair", "poor", "very_bad", "destroyed", "unknown"];

impl Scene<'_> {
    /// The heritage register on the day shown.
    pub fn heritage(&self) -> Result<Register, Problem> {
        Register::of(self.programme, self.state, self.day, &|entry| self.facts.of(self.programme, entry))
    }

    /// Address of a monument.
    pub fn monument_href(&self, record: &Record) -> String {
        let id: String = form_urlencoded::byte_serialize(record.local_id.as_bytes()).collect();
        self.asked.href(&format!("/monuments/{}", id.replace('+', "%20")), &[])
    }
}

/// The latest visit.
fn latest(site: &Site) -> Option<&Record> {
    site.assessments.last().map(|visit| &**visit)
}

/// Its name for people.
pub fn called(record: &Record) -> &str {
    own_name(record).unwrap_or(&record.local_id)
}

/// Its condition: of the latest visit.
pub fn condition(site: &Site) -> &str {
    latest(site).and_then(|visit| visit.text("condition")).unwrap_or("not assessed")
}

fn field<'a>(site: &'a Site, name: &str) -> &'a str {
    latest(site).and_then(|visit| visit.text(name)).unwrap_or_default()
}

/// A word of a vocabulary as people read it.
pub fn said(word: &str) -> String {
    word.replace('_', " ")
}

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let order = Order::asked(scene.asked, &COLUMNS, Order { column: "name", is_descending: false })?;
        let register = scene.heritage()?;
        let text = scene.asked.get("q").unwrap_or_default().to_lowercase();
        let wanted = scene.asked.get("condition");
        let is_wanted = |site: &Site| {
            let monument = &site.monument;
            let known = || {
                format!("{} {} {}", monument.local_id, called(monument), monument.text("type").unwrap_or(""))
                    .to_lowercase()
            };
            let by_name =
                || monument.fields.get("names").map(|names| names.to_string().to_lowercase()).unwrap_or_default();
            wanted.is_none_or(|wanted| condition(site) == wanted)
                && (text.is_empty() || known().contains(&text) || by_name().contains(&text))
        };
        let mut rows: Vec<(u32, &Site)> =
            register.sites.iter().map(|(number, site)| (*number, site)).filter(|(_, site)| is_wanted(site)).collect();
        sort(&mut rows, order);
        if table::is_csv(scene.asked)? {
            return as_csv(&rows);
        }
        Ok(list_page(scene, &register, &rows, order).into_response())
    })
    .await
}

fn sort(rows: &mut [(u32, &Site)], order: Order) {
    match order.column {
        "type" => order.sort(rows, |(_, site)| site.monument.text("type").unwrap_or_default().to_owned()),
        "condition" => order.sort(rows, |(_, site)| CONDITIONS.iter().position(|word| *word == condition(site))),
        "extent" => order.sort(rows, |(_, site)| field(site, "damage_extent").to_owned()),
        "seen" => order.sort(rows, |(_, site)| latest(site).map(|visit| visit.date_of_information)),
        "priority" => order.sort(rows, |(_, site)| {
            let words = ["emergency", "urgent", "high", "medium", "low"];
            words.iter().position(|word| *word == field(site, "priority")).unwrap_or(words.len())
        }),
        "next" => order.sort(rows, |(_, site)| field(site, "next_on").to_owned()),
        _ => order.sort(rows, |(_, site)| called(&site.monument).to_owned()),
    }
}

fn as_csv(rows: &[(u32, &Site)]) -> Result<Response, Problem> {
    let heads = [
        "local_id",
        "name",
        "type",
        "condition",
        "damage_extent",
        "damage_trend",
        "last_visit",
        "priority",
        "next_on",
        "designation",
        "visits",
        "entry",
    ];
    table::csv(
        "monuments",
        &heads,
        rows.iter().map(|(_, site)| {
            let monument = &site.monument;
            vec![
                monument.local_id.clone(),
                called(monument).to_owned(),
                monument.text("type").unwrap_or_default().to_owned(),
                condition(site).to_owned(),
                field(site, "damage_extent").to_owned(),
                field(site, "damage_trend").to_owned(),
                latest(site).map(|visit| visit.date_of_information.to_string()).unwrap_or_default(),
                field(site, "priority").to_owned(),
                field(site, "next_on").to_owned(),
                monument.text("designation").unwrap_or_default().to_owned(),
                site.assessments.len().to_string(),
                site.entry.clone(),
            ]
        }),
    )
}

fn list_page(scene: &Scene<'_>, register: &Register, rows: &[(u32, &Site)], order: Order) -> Markup {
    const PAGE: usize = 100;
    let asked = scene.asked;
    let today = scene.day.date().to_string();
    let gone = rows.iter().filter(|(_, site)| matches!(condition(site), "very_bad" | "destroyed")).count();
    let unseen = rows.iter().filter(|(_, site)| site.assessments.is_empty()).count();
    let is_due = |site: &Site| Some(field(site, "next_on")).is_some_and(|on| !on.is_empty() && *on <= *today);
    let due = rows.iter().filter(|(_, site)| is_due(site)).count();
    let paged = table::paged(asked, rows, PAGE, |(_, site)| site.entry.clone());
    let main = html! {
        section {
            h1 { "Monuments" }
            p.answer {
                (count(rows.len())) " heritage places; " strong { (count(gone)) } " in a very bad condition or destroyed, "
                (count(unseen)) " never assessed, " (count(due)) " due for a visit."
            }
            (conditions(scene, rows))
            (filters(scene))
            (table_of(scene, paged.rows, order))
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
        (drawing(scene, rows))
        (objects(scene, register))
        (unplaced(scene, register))
    };
    page(scene, &Head::plain(Tab::Monuments, "Monuments"), main)
}

/// How many in which condition.
fn conditions(scene: &Scene<'_>, rows: &[(u32, &Site)]) -> Markup {
    let words = &Dictionary::shipped().vocabulary["condition"];
    html! {
        dl.figures {
            @for word in CONDITIONS {
                @let n = rows.iter().filter(|(_, site)| condition(site) == word).count();
                @if n > 0 {
                    div {
                        dt { (said(word)) }
                        dd { a href=(scene.asked.with(&[("condition", word), ("after", "")])) { (count(n)) } small { (words[word]) } }
                    }
                }
            }
        }
    }
}

fn filters(scene: &Scene<'_>) -> Markup {
    let asked = scene.asked;
    html! {
        form.tools method="get" action="/monuments" {
            @for (name, value) in asked.carried(&["q", "condition", "after"]) { input type="hidden" name=(name) value=(value); }
            div { label for="q" { "Name or type" } input #q type="search" name="q" value=[asked.get("q")]; }
            div {
                label for="condition" { "Condition" }
                select #condition name="condition" {
                    option value="" { "any" }
                    @for word in CONDITIONS { option value=(word) selected[asked.get("condition") == Some(word)] { (said(word)) } }
                }
            }
            button { "Filter" }
            (table::export(asked, "monuments"))
        }
    }
}

fn table_of(scene: &Scene<'_>, rows: &[(u32, &Site)], order: Order) -> Markup {
    let today = scene.day.date().to_string();
    html! {
        div.table role="region" aria-label="Table: Monuments" tabindex="0" {
            table #monuments {
                (table::head(scene.asked, &COLUMNS, order))
                tbody {
                    @for (_, site) in rows {
                        @let next = field(site, "next_on");
                        tr {
                            th scope="row" {
                                a href=(scene.monument_href(&site.monument)) { (called(&site.monument)) }
                                @if site.standing == "proposed" { " " span.tag { "proposed" } }
                            }
                            td { (site.monument.text("type").unwrap_or_default()) }
                            td { (said(condition(site))) }
                            td { (extent(field(site, "damage_extent"))) }
                            td { @if let Some(visit) = latest(site) { time { (visit.date_of_information) } } }
                            td { (said(field(site, "priority"))) }
                            td { (next) @if !next.is_empty() && *next <= *today { " " span.tag.w { "due" } } }
                        }
                    }
                    @if rows.is_empty() { tr { td colspan=(COLUMNS.len()) { "No heritage place answers this." } } }
                }
            }
        }
    }
}

/// `31-60` as people read it.
pub fn extent(word: &str) -> String {
    match word.split_once('-') {
        Some((from, to)) => format!("{from}–{to} %"),
        None => said(word),
    }
}

/// Where they lie.
fn drawing(scene: &Scene<'_>, rows: &[(u32, &Site)]) -> Markup {
    let shapes = || rows.iter().filter_map(|(_, site)| Some((site, site.monument.geometry.as_ref()?)));
    let bounds = shapes().filter_map(|(_, shape)| shape.bounds()).fold(None, |all, b| join(all, Some(b)));
    let Some(bounds) = bounds else { return html! {} };
    let sheet = Sheet::around(bounds, 720.0);
    let mut marks = Vec::new();
    for (site, shape) in shapes() {
        let Some([west, south, east, north]) = shape.bounds() else { continue };
        marks.push((sheet.point([(west + east) / 2.0, (south + north) / 2.0]), site));
    }
    html! {
        section aria-labelledby="where" {
            h2 #where { "Where they lie" }
            figure {
                svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(format!("Places of {} monuments in {}", marks.len(), scene.programme.name())) {
                    (sheet.graticule())
                    @for ((x, y), site) in &marks {
                        @let is_gone = matches!(condition(site), "very_bad" | "destroyed");
                        @if is_gone { rect.find x=(one(x - 4.0)) y=(one(y - 4.0)) width="8" height="8" { title { (called(&site.monument)) } } }
                        @else { circle.place cx=(one(*x)) cy=(one(*y)) r="4" { title { (called(&site.monument)) } } }
                    }
                    (sheet.scale_bar())
                }
                figcaption { "Filled squares: very bad or destroyed. Circles: the others." }
            }
        }
    }
}

/// Objects that were carried away, and those of collections.
fn objects(scene: &Scene<'_>, register: &Register) -> Markup {
    let of_sites = register.sites.iter().flat_map(|(_, site)| &site.objects);
    let others = register.others.iter().map(|(_, record)| record);
    let mut objects: Vec<&Arc<Record>> =
        of_sites.chain(others.filter(|record| record.kind == records::RecordKind::HeritageObject)).collect();
    objects.sort_by(|a, b| {
        (a.text("status") == Some("in_collection"), &a.local_id)
            .cmp(&(b.text("status") == Some("in_collection"), &b.local_id))
    });
    let lost =
        objects.iter().filter(|object| matches!(object.text("status"), Some("missing" | "held" | "unknown"))).count();
    html! {
        @if !objects.is_empty() {
            section aria-labelledby="objects" {
                h2 #objects { "Objects" }
                p { (count(objects.len())) " objects on record, " strong { (count(lost)) } " of them not in their place." }
                (object_table(scene, &objects))
            }
        }
    }
}

/// A table of objects.
pub fn object_table(scene: &Scene<'_>, objects: &[&Arc<Record>]) -> Markup {
    html! {
        div.table role="region" aria-label="Table: Objects" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { "Object" } th scope="col" { "Sort" } th scope="col" { "Collection" }
                    th scope="col" { "Status" } th scope="col" { "Last seen" } th scope="col" { "Known by" } th scope="col" { "Claims" }
                } }
                tbody {
                    @for object in objects {
                        tr {
                            th scope="row" { (scene.named_link(object)) br; small { (object.local_id) } }
                            td { (object.text("object_type").unwrap_or_default()) }
                            td { (object.text("collection").unwrap_or_default()) }
                            td { (said(object.text("status").unwrap_or_default())) }
                            td { (object.text("last_seen").unwrap_or_default()) }
                            td.wrap {
                                @for field in ["materials", "measurements", "inscriptions", "features"] {
                                    @let text = object.list(field).join(", ");
                                    @if !text.is_empty() { (text) ". " }
                                }
                            }
                            td { (object.list("claims").join(", ")) }
                        }
                    }
                }
            }
        }
    }
}

/// Visits that name no monument on record.
fn unplaced(scene: &Scene<'_>, register: &Register) -> Markup {
    let visits: Vec<&Arc<Record>> = register
        .others
        .iter()
        .map(|(_, record)| record)
        .filter(|record| record.kind != records::RecordKind::HeritageObject)
        .collect();
    html! {
        @if !visits.is_empty() {
            section aria-labelledby="unplaced" {
                h2 #unplaced { "Visits and works without a monument on record" }
                ul {
                    @for visit in visits.iter().take(100) {
                        li { (visit.date_of_information) " " (scene.named_link(visit)) ": " (said(visit.text("condition").or(visit.text("type")).unwrap_or_default())) }
                    }
                    @if visits.len() > 100 { li { "and " (count(visits.len() - 100)) " more, in the ledger" } }
                }
            }
        }
    }
}

impl Scene<'_> {
    /// Link to the newest entry of a record, said by its name.
    pub fn named_link(&self, record: &Record) -> Markup {
        let numbers = self.index.with_local_id(record.kind, &record.local_id);
        let current = numbers.iter().rev().find(|&&number| self.is_current(number)).or(numbers.last());
        html! {
            @match current {
                Some(&number) => a href=(self.entry_href(self.index.record(number).entry)) { (called(record)) },
                None => (called(record)),
            }
        }
    }
}

/// The ground of a monument on a drawing of its own.
pub fn ground(shape: &Shape, name: &str) -> Markup {
    let Some(bounds) = shape.bounds() else { return html! {} };
    let sheet = Sheet::around(bounds, 560.0);
    html! {
        svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(format!("Where {name} lies")) {
            (sheet.graticule())
            path.outline d=(sheet.path(shape)) {}
            @if let Shape::Point(at) = shape { @let (x, y) = sheet.point(*at); circle.place cx=(one(x)) cy=(one(y)) r="4" {} }
            (sheet.scale_bar())
        }
    }
}
