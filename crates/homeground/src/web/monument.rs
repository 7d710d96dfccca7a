//! `/monuments/{id}`: one heritage place: may a team go there, its condition over time, work, objects, photos.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use gates::Result as Verdict;
use maud::{Markup, html};
use outputs::heritage::Site;
use records::{Record, RecordKind};
use serde_json::Value;

use crate::config::Config;
use crate::gate::{Subject, Wanted, ask};

use super::asked::Asked;
use super::monuments::{called, condition, extent, ground, object_table, said};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::{App, Scene, lights};

/// The page.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| {
        let register = scene.heritage()?;
        let found = register.sites.iter().find(|(_, site)| site.monument.local_id == id || site.entry == id);
        let (number, site) = found.ok_or_else(|| Problem::unknown("monument", &id))?;
        one(scene, *number, site)
    })
    .await
}

fn one(scene: &Scene<'_>, number: u32, site: &Site) -> Result<Markup, Problem> {
    let monument = &*site.monument;
    let name = called(monument);
    let policy = Config::load(Some(scene.programme.path()))?.policy()?;
    let subject = Subject::Record(Box::new(monument.clone()));
    let answer = ask(scene.programme, scene.state, scene.day, &policy, &subject, &Wanted::default())?;
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/monuments", &[])) { "Monuments" } " / " (name) }
            h1 { (name) }
            p.answer {
                @match site.assessments.last() {
                    Some(visit) => { "Last seen " strong { (said(condition(site))) } " on " (visit.date_of_information) ". " }
                    None => { "Nobody has assessed it. " }
                }
                "May a survey team go there? " (lights::light(answer.result)) "."
                @if let Some(next) = site.assessments.last().and_then(|visit| visit.text("next_on")) { " To be looked at again by " (next) "." }
            }
            p { "Its record: " (scene.record_link(number)) }
        }
        div.columns {
            section aria-labelledby="what" {
                h2 #what { "What it is" }
                (facts(monument))
            }
            section aria-labelledby="where" {
                h2 #where { "Where it lies" }
                @match &monument.geometry {
                    Some(shape) => (ground(shape, name)),
                    None => p.note { "It has no place." },
                }
            }
        }
        (gate(scene, monument, &answer))
        (visits(scene, site))
        (works(scene, site))
        @if !site.objects.is_empty() {
            section aria-labelledby="objects" {
                h2 #objects { "Objects that belong to it" }
                (object_table(scene, &site.objects.iter().collect::<Vec<_>>()))
            }
        }
        (photos(scene, site)?)
    };
    Ok(page(scene, &Head::plain(Tab::Monuments, name), main))
}

fn facts(monument: &Record) -> Markup {
    let fields = [
        ("type", "Type"),
        ("period", "Period"),
        ("period_certainty", "Period, how sure"),
        ("dates", "Built and used"),
        ("dates_certainty", "Dates, how sure"),
        ("material", "Material"),
        ("location_certainty", "Location, how sure"),
        ("extent_certainty", "Extent, how sure"),
        ("designation", "Protected by"),
        ("designated_from", "Protected since"),
        ("designated_to", "Protected until"),
        ("cadastral_ref", "Cadastre"),
        ("description", "Description"),
    ];
    html! {
        dl.facts {
            @for name in list(monument, "names") {
                dt { (name.get("kind").and_then(Value::as_str).filter(|kind| !kind.is_empty()).unwrap_or("Name")) }
                dd lang=[name.get("language").and_then(Value::as_str)] { (name.get("name").and_then(Value::as_str).unwrap_or_default()) }
            }
            @for function in list(monument, "function") {
                dt { "Function" } dd { (pair(function, "function", "certainty")) }
            }
            @for (field, title) in fields {
                @let text = monument.list(field).join(", ");
                @if !text.is_empty() { dt { (title) } dd { (text) } }
            }
            @if let Some(metres) = monument.number("accuracy_m") { dt { "Position within" } dd { (metres) " m" } }
        }
    }
}

fn list<'a>(record: &'a Record, field: &str) -> impl Iterator<Item = &'a serde_json::Map<String, Value>> {
    record.fields.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn pair(item: &serde_json::Map<String, Value>, first: &str, second: &str) -> String {
    let of = |name: &str| item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (of(first), of(second)) {
        (Some(first), Some(second)) => format!("{first} ({})", second.to_lowercase()),
        (first, second) => first.or(second).unwrap_or_default().to_owned(),
    }
}

/// The gate of a visit, with what stands in its way.
fn gate(scene: &Scene<'_>, monument: &Record, answer: &gates::Answer) -> Markup {
    let open: Vec<&gates::RuleAnswer> = answer.rules.iter().filter(|rule| rule.result > Verdict::Pass).collect();
    html! {
        section aria-labelledby="gate" {
            h2 #gate { "May a survey team go there?" }
            p { (lights::light(answer.result)) ", on " (scene.day) ". " a href=(scene.asked.href("/plot", &[("footprint", &monument.local_id)])) { "The whole answer, signed" } "." }
            @if !open.is_empty() {
                ul {
                    @for rule in &open {
                        li {
                            strong { (rule.rule) } " " (lights::light(rule.result)) ": " (rule.text)
                            @for because in &rule.because { " " a href=(scene.entry_href(because.entry)) { (because.local_id) } }
                        }
                    }
                }
            }
            p.note { "The ground within which it may lie counts as if it were its own; a visit digs nothing, so depth is not asked." }
        }
    }
}

/// Its condition over time, the newest first.
fn visits(scene: &Scene<'_>, site: &Site) -> Markup {
    html! {
        section aria-labelledby="visits" {
            h2 #visits { "Condition over time" }
            @if site.assessments.is_empty() { p.note { "No visit is recorded." } }
            ol.timeline reversed {
                @for visit in site.assessments.iter().rev() {
                    li {
                        p {
                            time { (visit.date_of_information) } ": " strong { (said(visit.text("condition").unwrap_or("unknown"))) }
                            @if let Some(word) = visit.text("damage_extent") { ", damaged: " (extent(word)) }
                            @if let Some(word) = visit.text("damage_trend") { ", " (said(word)) }
                            @if let Some(word) = visit.text("damage_severity") { ", severity " (said(word)) }
                            ". " (scene.named_link(visit))
                            @if let Some(kind) = visit.text("assessment_type") { ", " (said(kind)) }
                            @if let Some(who) = visit.text("assessor") { ", by " (who) }
                        }
                        @for (field, title) in [("damage", "Damage"), ("threat", "Threat"), ("recommendation", "Recommended"), ("recommended_intervention", "Work"), ("note", "Note")] {
                            @if let Some(text) = visit.text(field) { p { (title) ": " (text) } }
                        }
                        @if let Some(word) = visit.text("priority") { p { "Priority: " (said(word)) @if let Some(next) = visit.text("next_on") { "; next visit by " (next) } } }
                        (causes(visit, "disturbances", "What disturbed it", "certainty"))
                        (causes(visit, "threats", "What threatens it", "probability"))
                        (causes(visit, "effects", "Effects", "certainty"))
                    }
                }
            }
        }
    }
}

fn causes(visit: &Record, field: &str, title: &str, certainty: &str) -> Markup {
    let items: Vec<_> = list(visit, field).collect();
    let dates = |item: &serde_json::Map<String, Value>| {
        let of = |name: &str| item.get(name).and_then(Value::as_str).map(|text| format!("{name} {text}"));
        ["from", "to", "on", "before"].iter().filter_map(|name| of(name)).collect::<Vec<_>>().join(", ")
    };
    html! {
        @if !items.is_empty() {
            details {
                summary { (title) " (" (items.len()) ")" }
                ul {
                    @for item in items {
                        li {
                            @for name in ["category", "cause", "effect"] {
                                @if let Some(text) = item.get(name).and_then(Value::as_str) { (text) " " }
                            }
                            @if let Some(text) = item.get(certainty).and_then(Value::as_str) { "(" (text.to_lowercase()) ") " }
                            (dates(item))
                        }
                    }
                }
            }
        }
    }
}

fn works(scene: &Scene<'_>, site: &Site) -> Markup {
    html! {
        @if !site.interventions.is_empty() {
            section aria-labelledby="works" {
                h2 #works { "Work done on it" }
                ul {
                    @for work in site.interventions.iter().rev() {
                        li {
                            (work.text("started_on").unwrap_or_default()) " to " (work.text("completed_on").unwrap_or("now")) ": "
                            (work.text("type").unwrap_or_default()) " " (scene.named_link(work))
                            @if let Some(text) = work.text("description") { ". " (text) }
                        }
                    }
                }
            }
        }
    }
}

/// Photos and sketches of the place, of its visits and of its objects.
fn photos(scene: &Scene<'_>, site: &Site) -> Result<Markup, Problem> {
    let about: Vec<&str> = std::iter::once(&site.monument)
        .chain(&site.assessments)
        .chain(&site.interventions)
        .chain(&site.objects)
        .map(|record| record.local_id.as_str())
        .collect();
    let mut found = Vec::new();
    let numbers: Vec<_> = scene.current(RecordKind::Attachment).map(|(_, kept)| kept.entry).collect();
    for entry in numbers {
        let record = scene.facts.of(scene.programme, entry)?;
        if record.text("about_record").is_some_and(|id| about.contains(&id)) {
            let hash = record.text("file_sha256").unwrap_or_default().to_owned();
            let bytes = scene.programme.store().field_file(&hash).map_err(anyhow::Error::from)?;
            let is_picture = bytes.as_deref().and_then(picture_type).is_some();
            found.push((entry, record, is_picture.then_some(hash)));
        }
    }
    found.sort_by_key(|(_, record, _)| (record.date_of_information, record.local_id.clone()));
    Ok(html! {
        @if !found.is_empty() {
            section aria-labelledby="photos" {
                h2 #photos { "Photos" }
                ul.photos {
                    @for (entry, record, picture) in &found {
                        @let name = record.text("file_name").unwrap_or(&record.local_id);
                        li {
                            @if let Some(hash) = picture { img src={ "/photos/" (hash) } alt=(format!("{name}, {}", record.date_of_information)) loading="lazy"; }
                            a href=(scene.entry_href(*entry)) { (name) } ", " (record.date_of_information)
                        }
                    }
                }
            }
        }
    })
}

/// The type of a picture that browsers show, by its first bytes.
fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        _ => None,
    }
}

/// `GET /photos/{sha256}`: a picture that a record of the programme names by its hash.
pub async fn photo(State(app): State<Arc<App>>, Path(hash): Path<String>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, move |scene| {
        let unknown = || Problem::unknown("photo", &hash);
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let bytes = scene.programme.store().field_file(&hash).map_err(anyhow::Error::from)?.ok_or_else(unknown)?;
        let kind = picture_type(&bytes).ok_or_else(unknown)?;
        Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
    })
    .await
}
