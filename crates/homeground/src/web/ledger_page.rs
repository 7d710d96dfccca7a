//! `/ledger`: every entry, searchable, newest first, with hash, signature and chain checked as they are shown.

use std::sync::Arc;

use axum::extract::State;
use ledger::{Entry, EntryKind, Signed};
use maud::{Markup, html};
use records::{Record, RecordKind};
use serde_json::Value;
use store::{Found, Position, Query};

use super::asked::Asked;
use super::names;
use super::page::{Head, Tab, page, short};
use super::problem::Problem;
use super::quantity::{count, instant};
use super::table;
use super::{App, Scene};

/// Kinds of entry, in the order in which the form lists them.
pub const KINDS: [EntryKind; 6] = [
    EntryKind::Record,
    EntryKind::Approval,
    EntryKind::Withdrawal,
    EntryKind::Import,
    EntryKind::Held,
    EntryKind::Programme,
];

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let query = query(scene.asked)?;
        let found = scene.programme.store().search(&query).map_err(anyhow::Error::from)?;
        Ok(list_page(scene, &query, &found))
    })
    .await
}

fn query(asked: &Asked) -> Result<Query, Problem> {
    const PAGE: usize = 50;
    let kind = match asked.get("kind") {
        None => None,
        Some(name) => {
            let found = KINDS.into_iter().find(|kind| kind.name() == name);
            Some(found.ok_or_else(|| Problem::bad_query("kind", name, "a kind of entry, such as record"))?)
        }
    };
    let text = |name: &str| asked.get(name).map(str::to_owned);
    Ok(Query {
        kind,
        record: asked.parsed("record", "a kind of record, such as hazard_area")?,
        local_id: text("local_id"),
        writer: text("writer"),
        id_prefix: text("id").map(|id| id.to_lowercase()),
        text: text("q"),
        before: asked.parsed("after", "the position of an entry")?.map(Position),
        limit: PAGE,
    })
}

fn list_page(scene: &Scene<'_>, query: &Query, found: &Found) -> Markup {
    let asked = scene.asked;
    let next = found.entries.last().filter(|_| found.entries.len() == query.limit).map(|(at, _)| at.0.to_string());
    let n_bad = found.entries.iter().filter(|(_, signed)| check(scene, signed).is_err()).count();
    let main = html! {
        section {
            h1 { "Ledger" }
            p.answer {
                (count(found.total as usize)) " entries"
                @if is_filtered(asked) { " answer this search" }
                ". "
                @if n_bad == 0 { "Hash, signature and chain of all entries on this page hold." }
                @else { strong.bad-word { (n_bad) " entries on this page do not hold." } }
            }
            (search_form(asked))
            (table_of(scene, &found.entries))
            (table::pages(asked, query.before.is_some(), next.as_deref()))
        }
    };
    page(scene, &Head::plain(Tab::Ledger, "Ledger"), main)
}

fn is_filtered(asked: &Asked) -> bool {
    ["kind", "record", "local_id", "writer", "id", "q"].iter().any(|name| asked.get(name).is_some())
}

fn search_form(asked: &Asked) -> Markup {
    let chosen = |name: &str, value: &str| asked.get(name) == Some(value);
    html! {
        form.tools method="get" action="/ledger" role="search" {
            @for (name, value) in asked.carried(&["kind", "record", "local_id", "writer", "id", "q", "after"]) {
                input type="hidden" name=(name) value=(value);
            }
            div { label for="q" { "Text in the entry" } input #q type="search" name="q" value=[asked.get("q")]; }
            div { label for="local_id" { "Local id" } input #local_id name="local_id" value=[asked.get("local_id")]; }
            div {
                label for="kind" { "Entry" }
                select #kind name="kind" {
                    option value="" { "any" }
                    @for kind in KINDS { option value=(kind.name()) selected[chosen("kind", kind.name())] { (kind.name()) } }
                }
            }
            div {
                label for="record" { "Record" }
                select #record name="record" {
                    option value="" { "any" }
                    @for &kind in RecordKind::ALL { option value=(kind.name()) selected[chosen("record", kind.name())] { (names::kind(kind)) } }
                }
            }
            div { label for="id" { "Id begins with" } input #id name="id" value=[asked.get("id")]; }
            div { label for="writer" { "Writer (whole key)" } input #writer name="writer" value=[asked.get("writer")]; }
            button { "Search" }
            @if is_filtered(asked) { a.button href=(asked.href("/ledger", &[])) { "Everything" } }
        }
    }
}

/// Entries as a table.
pub fn table_of(scene: &Scene<'_>, entries: &[(Position, Signed)]) -> Markup {
    html! {
        div.table role="region" aria-label="Table: Entries" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Recorded" } th scope="col" { "What" } th scope="col" { "Says" }
                        th scope="col" { "Writer" } th.n scope="col" { "No." } th scope="col" { "Entry" } th scope="col" { "Holds" }
                    }
                }
                tbody {
                    @for (_, signed) in entries { (row(scene, signed)) }
                    @if entries.is_empty() { tr { td colspan="7" { "No entry answers this." } } }
                }
            }
        }
    }
}

fn row(scene: &Scene<'_>, signed: &Signed) -> Markup {
    let id = signed.id.to_string();
    let entry = signed.entry().ok();
    html! {
        tr {
            @match &entry {
                Some(entry) => {
                    td { (instant(entry.recorded_at)) }
                    td { (what(entry)) }
                    th.wrap scope="row" { a href=(scene.entry_href(signed.id)) { (says(entry)) } }
                    td { code title=(entry.writer) { (short(entry.writer)) } }
                    td.n { (count(entry.seq as usize)) }
                }
                None => { td colspan="5" { a href=(scene.entry_href(signed.id)) { "This entry cannot be read" } } }
            }
            td { code title=(id) { (short(&id)) } }
            td { (verdict(&check(scene, signed))) }
        }
    }
}

/// Kind of entry, or of the record in it.
pub fn what(entry: &Entry<'_>) -> String {
    match (entry.kind, Record::from_payload(entry.payload.get())) {
        (EntryKind::Record, Ok(record)) => names::kind(record.kind),
        (kind, _) => kind.name().to_owned(),
    }
}

/// The gist of an entry, short enough for a line.
pub fn says(entry: &Entry<'_>) -> String {
    let value: Value = serde_json::from_str(entry.payload.get()).unwrap_or_default();
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    match entry.kind {
        EntryKind::Record => match Record::from_payload(entry.payload.get()) {
            Ok(record) => match names::own_name(&record) {
                Some(name) => format!("{}, {name}", record.local_id),
                None => record.local_id,
            },
            Err(_) => "a record that cannot be read".to_owned(),
        },
        EntryKind::Approval => {
            let n = value["records"].as_array().map_or(0, Vec::len);
            format!("{} {} by {}", count(n), text("step"), text("by"))
        }
        EntryKind::Withdrawal => format!("takes back {}: {}", short(&text("entry")), text("reason")),
        EntryKind::Import => format!(
            "{}: {} accepted, {} held",
            text("file"),
            value["accepted"].as_u64().unwrap_or_default(),
            value["held"].as_u64().unwrap_or_default()
        ),
        EntryKind::Held => format!("{} row {}", text("file"), value["row"].as_u64().unwrap_or_default()),
        EntryKind::Programme => format!("{} ({})", text("name"), text("country")),
    }
}

/// Hash, canonical form, signature, and the link to the writer's entry before.
pub fn check(scene: &Scene<'_>, signed: &Signed) -> Result<(), String> {
    signed.verify().map_err(|broken| broken.to_string())?;
    let entry = signed.entry().map_err(|broken| broken.to_string())?;
    let Some(prev) = entry.prev else {
        return if entry.seq == 1 { Ok(()) } else { Err(format!("number {} names no entry before it", entry.seq)) };
    };
    let before = scene.programme.store().entry(prev).map_err(|failure| failure.to_string())?;
    let Some((_, before)) = before else { return Err(format!("the entry before it, {prev}, is missing")) };
    let before = before.entry().map_err(|broken| broken.to_string())?;
    match before.writer == entry.writer && before.seq + 1 == entry.seq {
        true => Ok(()),
        false => Err(format!("the entry before it is number {} of writer {}", before.seq, short(before.writer))),
    }
}

/// The verdict in a word.
pub fn verdict(checked: &Result<(), String>) -> Markup {
    html! {
        @match checked {
            Ok(()) => span.good title="hash, canonical form, signature and chain hold" { "✓ verified" },
            Err(why) => span.bad-word { "✗ " (why) },
        }
    }
}
