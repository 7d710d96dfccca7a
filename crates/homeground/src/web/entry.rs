//! `/ledger/{id}`: one entry whole: what it says, its bytes, hash and signature, what stands before and after it,
//! who approved it, what it corrects and what corrects it.

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Path, State};
use ledger::{Entry, EntryId, EntryKind, Signed};
use maud::{Markup, html};
use records::Record;
use records::dictionary::Dictionary;
use serde_json::Value;
use store::{Position, Query};

use super::asked::Asked;
use super::drawing::{Plane, Sheet, one};
use super::hazard::standing;
use super::held;
use super::ledger_page::{check, says, table_of, verdict, what};
use super::page::{Head, Tab, page, short};
use super::problem::Problem;
use super::quantity::instant;
use super::{App, Scene, figures, inspection, names};

/// The page.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| {
        let unknown = || Problem::unknown("entry", &id);
        let entry: EntryId = id.parse().map_err(|_| unknown())?;
        let kept = scene.programme.store().entry(entry).map_err(anyhow::Error::from)?;
        let (position, signed) = kept.ok_or_else(unknown)?;
        one_entry(scene, position, &signed)
    })
    .await
}

fn one_entry(scene: &Scene<'_>, position: Position, signed: &Signed) -> Result<Markup, Problem> {
    let id = signed.id.to_string();
    let entry = signed.entry().map_err(|broken| Problem::bug(&broken))?;
    let number = scene.index.number_of(signed.id);
    let title = format!("{} {}", what(&entry), says(&entry));
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/ledger", &[])) { "Ledger" } " / " code { (short(&id)) } }
            h1 { (title) }
            p.answer {
                "Recorded " (instant(entry.recorded_at)) " as number " (entry.seq) " of writer " code title=(entry.writer) { (short(entry.writer)) }
                @if let Some(number) = number { "; stands as " strong { (standing(scene, number)) } }
                ". " (verdict(&check(scene, signed)))
            }
            @if let Some(number) = number {
                @let root = scene.index.root(number);
                @if figures::has_row(scene.index.record(root).kind) { p { "Its account: " (scene.hazard_link(root)) } }
            }
        }
        (body(scene, &entry)?)
        @if let Some(number) = number { (corrections(scene, number)) }
        (steps(scene, signed.id)?)
        (chain(scene, position, signed, &entry)?)
    };
    Ok(page(scene, &Head::plain(Tab::Ledger, &title), main))
}

fn body(scene: &Scene<'_>, entry: &Entry<'_>) -> Result<Markup, Problem> {
    let value: Value = serde_json::from_str(entry.payload.get()).map_err(|error| Problem::bug(&error))?;
    Ok(match (entry.kind, Record::from_payload(entry.payload.get())) {
        (EntryKind::Record, Ok(record)) => record_body(scene, &record),
        (EntryKind::Held, _) => held::issues_and_row(scene, &value),
        (EntryKind::Approval, _) => approval_body(scene, &value),
        _ => html! {
            section aria-labelledby="says" { h2 #says { "What it says" } dl.facts { (pairs(&value)) } }
        },
    })
}

fn pairs(value: &Value) -> Markup {
    html! {
        @for (name, value) in value.as_object().into_iter().flatten() {
            dt { (name.replace('_', " ")) } dd { (plain(value)) }
        }
    }
}

/// A value as a person would write it.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn record_body(scene: &Scene<'_>, record: &Record) -> Markup {
    let dictionary = Dictionary::shipped();
    html! {
        div.columns {
            section aria-labelledby="says" {
                h2 #says { "What it says" }
                dl.facts {
                    dt { "Local id" } dd { (record.local_id) }
                    dt { "About the day" } dd { (record.date_of_information) }
                    @for (name, value) in &record.fields {
                        @let field = dictionary.field(record.kind, name);
                        dt title=[field.map(|field| field.about.as_str())] { (name.replace('_', " ")) }
                        dd { (plain(value)) @if let Some(unit) = field.and_then(|field| field.unit.as_deref()) { " " (unit_symbol(unit)) } }
                    }
                    @if !record.sources.is_empty() { dt { "Sources" } dd { (record.sources.join(", ")) } }
                }
            }
            section aria-labelledby="place" {
                h2 #place { "Where" }
                (picture(record))
            }
        }
        (inspection::section(scene, record))
        @if !record.as_entered.is_empty() {
            section aria-labelledby="entered" {
                h2 #entered { "As entered" }
                p.note { "Text, coordinate system and units exactly as they were given." }
                dl.facts { (pairs(&Value::Object(record.as_entered.clone()))) }
            }
        }
        @if scene.index.n_records() == 0 { p.note { "The index holds no record." } }
    }
}

fn unit_symbol(unit: &str) -> &str {
    match unit {
        "m2" => "m²",
        other => other,
    }
}

fn picture(record: &Record) -> Markup {
    let Some(shape) = &record.geometry else { return html! { p.note { "It has no place." } } };
    let Some(bounds) = shape.bounds() else { return html! { p.note { "Its coordinates are not numbers." } } };
    let sheet = Sheet::around(bounds, 560.0);
    let mut points = Vec::new();
    if let geometry::Shape::Point(_) | geometry::Shape::MultiPoint(_) = shape {
        shape.for_each_position(&mut |position| points.push(sheet.point(position)));
    }
    html! {
        svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(format!("Where {} lies", record.local_id)) {
            (sheet.graticule())
            path.outline d=(sheet.path(shape)) {}
            @for (x, y) in points { circle.find cx=(one(x)) cy=(one(y)) r="4" {} }
            (sheet.scale_bar())
        }
        p.note { (shape.type_name()) ", WGS 84: " (corners(bounds)) }
    }
}

fn corners([w, s, e, n]: [f64; 4]) -> String {
    match w == e && s == n {
        true => format!("{s:.6} N {w:.6} E"),
        false => format!("{s:.6} to {n:.6} N, {w:.6} to {e:.6} E"),
    }
}

fn approval_body(scene: &Scene<'_>, value: &Value) -> Markup {
    const MOST: usize = 200;
    let ids: Vec<EntryId> =
        value["records"].as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect();
    let numbers: Vec<u32> = ids.iter().take(MOST).filter_map(|&id| scene.index.number_of(id)).collect();
    html! {
        section aria-labelledby="says" {
            h2 #says { "What it says" }
            dl.facts {
                dt { "Step" } dd { (plain(&value["step"])) }
                dt { "By" } dd { (plain(&value["by"])) }
                @if value["comment"].as_str().is_some_and(|text| !text.is_empty()) { dt { "Comment" } dd { (plain(&value["comment"])) } }
                dt { "About" } dd { (ids.len()) " records" @if ids.len() > MOST { ", the first " (MOST) " below" } }
            }
            (super::hazard::entry_table(scene, &numbers))
        }
    }
}

fn corrections(scene: &Scene<'_>, number: u32) -> Markup {
    let kept = scene.index.record(number);
    let before = kept.supersedes.as_deref().and_then(|&entry| scene.index.number_of(entry));
    let after = scene.index.successors(number);
    html! {
        @if before.is_some() || !after.is_empty() {
            section aria-labelledby="corrections" {
                h2 #corrections { "Corrections" }
                dl.facts {
                    @if let Some(before) = before { dt { "It corrects" } dd { (scene.record_link(before)) " of " (scene.index.record(before).day) } }
                    @for &number in after {
                        dt { "Corrected by" }
                        dd { (scene.record_link(number)) " of " (scene.index.record(number).day) ", " (standing(scene, number)) }
                    }
                }
            }
        }
    }
}

/// Approvals and withdrawals that name this entry.
fn steps(scene: &Scene<'_>, id: EntryId) -> Result<Markup, Problem> {
    let mut found = Vec::new();
    for kind in [EntryKind::Approval, EntryKind::Withdrawal] {
        let query = Query { kind: Some(kind), text: Some(id.to_string()), limit: 20, ..Query::default() };
        found.extend(scene.programme.store().search(&query).map_err(anyhow::Error::from)?.entries);
    }
    Ok(html! {
        @if !found.is_empty() {
            section aria-labelledby="steps" {
                h2 #steps { "Approvals and withdrawals" }
                (table_of(scene, &found))
            }
        }
    })
}

fn chain(scene: &Scene<'_>, position: Position, signed: &Signed, entry: &Entry<'_>) -> Result<Markup, Problem> {
    let next = next_of_writer(scene, position, entry.writer)?;
    let signature: String = signed.signature.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(html! {
        section aria-labelledby="proof" {
            h2 #proof { "Proof" }
            dl.facts {
                dt { "Id: SHA-256 of the bytes below" } dd.hash { (signed.id) }
                dt { "Signature, Ed25519 over the id" } dd.hash { (signature) }
                dt { "Writer: public key" } dd.hash { (entry.writer) }
                dt { "Entry before" }
                dd { @match entry.prev { Some(prev) => a.hash href=(scene.entry_href(prev)) rel="prev" { (prev) }, None => "none, it is the writer's first" } }
                dt { "Entry after" }
                dd { @match next { Some(next) => a.hash href=(scene.entry_href(next)) rel="next" { (next) }, None => "none yet" } }
            }
            details.data {
                summary { "Canonical bytes (RFC 8785)" }
                pre #bytes tabindex="0" { (signed.body) }
            }
        }
    })
}

/// The writer's next entry, if it is not too far away to look for.
fn next_of_writer(scene: &Scene<'_>, position: Position, writer: &str) -> Result<Option<EntryId>, Problem> {
    const FAR: usize = 5_000;
    let (mut found, mut seen) = (None, 0);
    let each = &mut |_, signed: Signed| {
        seen += 1;
        if signed.entry().is_ok_and(|entry| entry.writer == writer) {
            found = Some(signed.id);
        }
        if found.is_some() || seen > FAR { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    scene.programme.store().entries(position, each).map_err(anyhow::Error::from)?;
    Ok(found)
}

/// How an entry is called in a title.
pub fn called(record: &Record) -> String {
    format!("{} {}", names::kind(record.kind), record.local_id)
}
