//! `/place?id=`: everything known of one place: its names in the order of the reader, where it lay and lies, its codes, the ground, what
//! is said of it, what happened when.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use geometry::Shape;
use jiff::civil::Date;
use ledger::By;
use maud::{Markup, html};
use records::gazetteer::{Language, Name, key, names_of, says_kind};
use records::{Record, RecordKind};
use serde_json::Value;

use super::asked::Asked;
use super::drawing::{Plane, Sheet, join};
use super::known::{Known, quantity, value};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::sources::disputes;
use super::{App, Scene, names};

/// Rows of one list.
const MOST: usize = 40;

/// The page.
pub async fn show(State(app): State<Arc<App>>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let reader = Language::accepted(asked.get("lang").unwrap_or(wanted));
    app.scene(asked, move |scene| {
        let id = scene.asked.get("id").unwrap_or_default();
        let known = scene.known()?;
        let place = known.places.iter().find(|place| place.local_id == id);
        let place = place.ok_or_else(|| Problem::unknown("place", id))?.clone();
        let about = About::of(scene, &known, &place)?;
        Ok(about.page(scene, &reader).into_response())
    })
    .await
}

/// A place with everything that names it.
struct About<'a> {
    known: &'a Known,
    place: &'a Record,
    claims: Vec<&'a Record>,
    /// Records that name it as their place, by kind.
    named: BTreeMap<RecordKind, Vec<(u32, Arc<Record>)>>,
    children: Vec<&'a Record>,
}

/// A unit it lay in, from when to when.
struct Within {
    place: String,
    from: String,
    to: String,
    source: String,
}

impl<'a> About<'a> {
    fn of(scene: &Scene<'_>, known: &'a Known, place: &'a Record) -> Result<About<'a>, Problem> {
        let own: Vec<String> = names_of(place).iter().map(|name| key(&name.name)).collect();
        // The city and its district have one name.
        let is_settlement = is_settlement(place);
        let is_of_kind = |text: &str| says_kind(text).is_none_or(|kind| (kind == "settlement") == is_settlement);
        let is_own = |text: &str| text == place.local_id || (own.contains(&key(text)) && is_of_kind(text));
        let mut named: BTreeMap<RecordKind, Vec<(u32, Arc<Record>)>> = BTreeMap::new();
        let kinds = [
            RecordKind::Project,
            RecordKind::Monument,
            RecordKind::WaterPoint,
            RecordKind::Accident,
            RecordKind::Observation,
            RecordKind::Assessment,
            RecordKind::HazardArea,
            RecordKind::ReleaseProduct,
            RecordKind::RiskEducation,
        ];
        for kind in kinds {
            let standing: Vec<(u32, _)> = scene.current(kind).map(|(number, kept)| (number, kept.entry)).collect();
            for (number, entry) in standing {
                let record = scene.facts.of(scene.programme, entry)?;
                if record.text("place").is_some_and(is_own) {
                    named.entry(kind).or_default().push((number, record));
                }
            }
        }
        let claims =
            known.claims.iter().map(|claim| &**claim).filter(|claim| claim.text("subject").is_some_and(is_own));
        let is_child = |other: &&Record| {
            other.text("parent") == Some(&place.local_id)
                || withins(other).iter().any(|within| within.place == place.local_id)
        };
        let children = known.places.iter().map(|place| &**place).filter(is_child).collect();
        Ok(About { known, place, claims: claims.collect(), named, children })
    }

    fn name(&self) -> &str {
        self.place.text("name").unwrap_or(&self.place.local_id)
    }

    fn page(&self, scene: &Scene<'_>, reader: &Language) -> Markup {
        let day = scene.day.date();
        let mut all = names_of(self.place);
        all.sort_by_key(|name| name.order(reader, day));
        let shown = all.first().map_or(self.name(), |name| name.name.as_str()).to_owned();
        let main = html! {
            section {
                p.crumbs { a href=(scene.asked.href("/places", &[])) { "Places" } " / " (self.place.local_id) }
                h1 dir="auto" { (shown) }
                p.answer { (self.answer(scene, &all)) }
                (self.gate(scene))
            }
            div.columns {
                section aria-labelledby="where" { h2 #where { "Where" } (self.drawing(scene)) }
                section aria-labelledby="within" { h2 #within { "Lies in" } (self.hierarchy(scene)) }
            }
            (self.names(scene, &all))
            (self.ground(scene))
            (self.said(scene))
            (self.things(scene))
            (self.time_line(scene))
        };
        page(scene, &Head::plain(Tab::Places, &shown), main)
    }

    fn answer(&self, scene: &Scene<'_>, all: &[Name]) -> Markup {
        let kind = self.place.text("place_type").unwrap_or("place").replace('_', " ");
        let others: Vec<&str> = all.iter().skip(1).take(3).map(|name| name.name.as_str()).collect();
        let n_disputes = disputes(self.known);
        let mut disputed: Vec<&str> = self
            .claims
            .iter()
            .filter_map(|claim| n_disputes.get(claim.local_id.as_str()))
            .flatten()
            .map(|found| found.key.as_str())
            .collect();
        disputed.sort_unstable();
        disputed.dedup();
        html! {
            "A " (kind)
            @if !others.is_empty() { ", also " span dir="auto" { (others.join(", ")) } }
            ". " (count(self.claims.len())) " claims are about it"
            @if !disputed.is_empty() { ", with " strong { (count(disputed.len())) } " contradictions" }
            "."
            @if self.place.day("valid_to").is_some_and(|to| to < scene.day.date()) { " It is no longer there in this form." }
        }
    }

    /// The settlement's gate has a page of its own.
    fn gate(&self, scene: &Scene<'_>) -> Markup {
        let root = self.known.number(RecordKind::Place, &self.place.local_id).map(|number| scene.index.root(number));
        html! {
            @if let Some(root) = root.filter(|_| is_settlement(self.place)) {
                p { a href=(scene.asked.href(&format!("/settlements/{}", scene.index.record(root).local_id), &[])) { "What it needs before people come home" } }
            }
        }
    }

    fn drawing(&self, scene: &Scene<'_>) -> Markup {
        let shapes =
            self.named.values().flatten().filter_map(|(_, record)| record.geometry.as_ref().and_then(Shape::bounds));
        let own = self.place.geometry.as_ref().and_then(Shape::bounds);
        let children = self.children.iter().filter_map(|place| place.geometry.as_ref().and_then(Shape::bounds));
        let Some(bounds) = own.into_iter().chain(shapes).chain(children).fold(None, |all, next| join(all, Some(next)))
        else {
            return html! { p.note { "Nothing of it is drawn." } };
        };
        let sheet = Sheet::around(bounds, 560.0);
        let dot = |record: &Record, class: &str| {
            let Some(Shape::Point(at)) = record.geometry else { return html! {} };
            let (x, y) = sheet.point(at);
            html! { circle class=(class) cx=(x) cy=(y) r="4" { title { (names::own_name(record).unwrap_or(&record.local_id)) } } }
        };
        html! {
            figure {
                svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(format!("Where {} lies", self.name())) {
                    (sheet.graticule())
                    @if let Some(shape) = self.place.geometry.as_ref().filter(|shape| !matches!(shape, Shape::Point(_))) { path.outline d=(sheet.path(shape)) {} }
                    @for child in self.children.iter().take(400) { (dot(child, "place")) }
                    @for (_, record) in self.named.values().flatten().take(400) {
                        @match &record.geometry {
                            Some(Shape::Point(_)) => (dot(record, "place")),
                            Some(shape) => path.outline d=(sheet.path(shape)) { title { (record.local_id) } },
                            None => {}
                        }
                    }
                    @if let Some(Shape::Point(at)) = self.place.geometry {
                        @let (x, y) = sheet.point(at);
                        circle.find cx=(x) cy=(y) r="5" {}
                        text.label x=(x + 7.0) y=(y + 4.0) { (self.name()) }
                    }
                    (sheet.scale_bar())
                }
                figcaption {
                    "The place, and what names it. "
                    a href=(scene.asked.href("/map", &[])) { "Open the map" }
                }
            }
        }
    }

    fn hierarchy(&self, scene: &Scene<'_>) -> Markup {
        let mut within = withins(self.place);
        within.sort_by(|a, b| b.from.cmp(&a.from));
        let link = |id: &str| match self.known.places.iter().find(|place| place.local_id == id) {
            Some(place) => {
                html! { a href=(scene.asked.href("/place", &[("id", id)])) dir="auto" { (place.text("name").unwrap_or(id)) } }
            }
            None => html! { (id) },
        };
        let predecessors =
            self.known.places.iter().filter(|place| place.list("successors").contains(&self.place.local_id.as_str()));
        let predecessors: Vec<&str> = predecessors.map(|place| place.local_id.as_str()).collect();
        let codes = self.place.fields.get("codes").and_then(Value::as_array).into_iter().flatten();
        html! {
            dl.facts {
                @for within in &within {
                    dt { (span(&within.from, &within.to)) } dd { (link(&within.place)) @if !within.source.is_empty() { " (" (scene.source_link(self.known, &within.source)) ")" } }
                }
                @if within.is_empty() { dt { "Unit" } dd { "none recorded" } }
                @if let Some(from) = self.place.day("valid_from") { dt { "In this form since" } dd { (from) } }
                @if let Some(to) = self.place.day("valid_to") { dt { "In this form until" } dd { (to) } }
                @for id in &predecessors { dt { "Came of" } dd { (link(id)) } }
                @for id in self.place.list("successors") { dt { "Became" } dd { (link(id)) } }
                @if let Some(code) = self.place.text("pcode") { dt { "P-code" } dd { code { (code) } } }
                @for code in codes {
                    @let of = |field: &str| code.get(field).and_then(Value::as_str).unwrap_or_default();
                    dt { (of("system")) } dd { code { (of("code")) } @if !of("from").is_empty() || !of("to").is_empty() { " " (span(of("from"), of("to"))) } }
                }
                @if !self.children.is_empty() { dt { "Holds" } dd {
                    (count(self.children.len())) " places: "
                    @for (at, child) in self.children.iter().take(MOST).enumerate() { @if at > 0 { ", " } (link(&child.local_id)) }
                    @if self.children.len() > MOST { " and more" }
                } }
            }
        }
    }

    fn names(&self, scene: &Scene<'_>, all: &[Name]) -> Markup {
        html! {
            section aria-labelledby="names" {
                h2 #names { "Names" }
                p.note { "Your languages first, then the others. None is the true one." }
                div.table role="region" aria-label="Table: Names" tabindex="0" {
                    table {
                        thead { tr { th scope="col" { "Name" } th scope="col" { "Language" } th scope="col" { "Script" } th scope="col" { "Period" } th scope="col" { "Kind" } th scope="col" { "Source" } } }
                        tbody {
                            @for name in all.iter().take(200) {
                                tr {
                                    th scope="row" dir="auto" lang=[Some(&name.language).filter(|l| !l.is_empty())] { (name.name) }
                                    td { (name.language) } td { (name.written_in()) } td { (name.period) } td { (name.kind) }
                                    td { (scene.source_link(self.known, &name.source)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What remains in it, where it is a unit with a boundary.
    fn ground(&self, scene: &Scene<'_>) -> Markup {
        let rows = scene.state.rows_by(scene.index, By::Place, scene.day);
        let number = self.known.number(RecordKind::Place, &self.place.local_id);
        let Some(row) = rows.iter().find(|row| row.record.is_some() && row.record == number) else { return html! {} };
        let unit = scene.asked.unit;
        let entry = row.record.map(|number| scene.index.record(number).entry.to_string()).unwrap_or_default();
        html! {
            section aria-labelledby="ground" {
                h2 #ground { "Ground on " (scene.day) }
                dl.facts {
                    dt { "Remaining" } dd { a href=(scene.asked.href("/figures/remaining", &[("place", &entry)])) { (unit.full(row.figures.remaining())) } }
                    dt { "At most" } dd { (unit.full(row.figures.remaining_gate)) }
                    dt { "Cleared" } dd { (unit.full(row.figures.footprint.cleared)) }
                    dt { "Reduced" } dd { (unit.full(row.figures.footprint.reduced)) }
                    dt { "Cancelled" } dd { (unit.full(row.figures.footprint.cancelled)) }
                }
            }
        }
    }

    fn said(&self, scene: &Scene<'_>) -> Markup {
        let disputes = disputes(self.known);
        html! {
            section aria-labelledby="said" {
                h2 #said { "What is said of it" }
                @if self.claims.is_empty() { p.note { "No claim is about it." } }
                @else {
                    div.table role="region" aria-label="Table: Claims" tabindex="0" {
                        table {
                            thead { tr { th scope="col" { "Quantity" } th scope="col" { "Value" } th scope="col" { "Period" } th scope="col" { "Claim" } th scope="col" { "Source" } th scope="col" { "Contradictions" } } }
                            tbody {
                                @for claim in self.claims.iter().take(3 * MOST) {
                                    tr {
                                        th scope="row" { (quantity(claim)) }
                                        td dir="auto" { (value(claim)) }
                                        td { (claim.text("period").unwrap_or_default()) }
                                        td { (scene.member_link(self.known, &claim.local_id)) }
                                        td { @for (at, id) in claim.sources.iter().enumerate() { @if at > 0 { ", " } (scene.source_link(self.known, id)) } }
                                        td { @for found in disputes.get(claim.local_id.as_str()).into_iter().flatten() { (scene.contradiction_link(found)) " " } }
                                    }
                                }
                            }
                        }
                    }
                    @if self.claims.len() > 3 * MOST { p { a href=(scene.asked.href("/claims", &[("q", self.name())])) { "All of them" } } }
                }
            }
        }
    }

    fn things(&self, scene: &Scene<'_>) -> Markup {
        html! {
            @for (kind, records) in &self.named {
                section aria-labelledby=(kind.name()) {
                    h2 id=(kind.name()) { (names::kind(*kind)) ": " (count(records.len())) }
                    ul {
                        @for (number, record) in records.iter().take(MOST) {
                            li { (scene.record_link(*number)) @if let Some(name) = names::own_name(record) { " " span dir="auto" { (name) } } ", " (record.date_of_information) }
                        }
                        @if records.len() > MOST { li { "and " (count(records.len() - MOST)) " more" } }
                    }
                }
            }
        }
    }

    fn time_line(&self, scene: &Scene<'_>) -> Markup {
        let mut events: Vec<(Date, Markup)> = Vec::new();
        for claim in &self.claims {
            let told = records::extent::Extent::read(claim.text("value").unwrap_or_default())
                .filter(|_| claim.text("unit").is_none_or(|unit| ["date", "year", "period"].contains(&unit)));
            let of = told.or_else(|| records::extent::Extent::read(claim.text("period").unwrap_or_default()));
            if let Some(day) = of.and_then(|extent| extent.first.or(extent.last)) {
                events.push((day, html! { (quantity(claim)) ": " (value(claim)) " (" (scene.member_link(self.known, &claim.local_id)) ")" }));
            }
        }
        for within in withins(self.place) {
            if let Some(day) = records::extent::Extent::read(&within.from).and_then(|extent| extent.first) {
                events.push((day, html! { "part of " (within.place) }));
            }
        }
        for (number, record) in self.named.values().flatten() {
            events.push((
                record.date_of_information,
                html! { (scene.record_link(*number)) @if let Some(name) = names::own_name(record) { " " (name) } },
            ));
        }
        events.sort_by_key(|(day, _)| *day);
        html! {
            @if !events.is_empty() {
                section aria-labelledby="time" {
                    h2 #time { "Time line" }
                    ol.time { @for (day, what) in events.iter().take(4 * MOST) { li { time { (day) } " " (what) } } }
                    @if events.len() > 4 * MOST { p.note { "and " (count(events.len() - 4 * MOST)) " more" } }
                }
            }
        }
    }
}

fn is_settlement(place: &Record) -> bool {
    place.text("place_type") == Some("settlement")
}

fn span(from: &str, to: &str) -> String {
    match (from.is_empty(), to.is_empty()) {
        (true, true) => "Unit".to_owned(),
        (false, true) => format!("since {from}"),
        (true, false) => format!("until {to}"),
        (false, false) => format!("{from} to {to}"),
    }
}

/// The units a place lay in; the one of now stands in `parent`, unless the list has it.
fn withins(place: &Record) -> Vec<Within> {
    let listed = place.fields.get("parents").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<Within> = listed
        .map(|within| {
            let of = |field: &str| within.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            Within { place: of("place"), from: of("from"), to: of("to"), source: of("source") }
        })
        .collect();
    if let Some(parent) = place.text("parent").filter(|parent| all.iter().all(|within| within.place != *parent)) {
        let empty = String::new;
        all.push(Within { place: parent.to_owned(), from: empty(), to: empty(), source: empty() });
    }
    all
}
