//! `/search?q=`: anything by any of its names, in any script: places, sources, claims, monuments, projects, hazards and the rest.
//!
//! The text of every record is kept folded in one buffer: a search is one pass over it, a few milliseconds for a hundred megabytes.
//! Entries never change, so that after a change only what is new is read. Names of places are looked up by sound as well.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger::Signed;
use maud::{Markup, html};
use rayon::prelude::*;
use records::gazetteer::{Gazetteer, folded, names_of};
use records::{Record, RecordKind};
use serde_json::Value;
use store::Position;

use crate::derived::record_of;

use super::asked::Asked;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, cut};
use super::{App, Scene, names};

/// Hits of one kind that are shown.
const FEW: usize = 12;
/// Letters of one record that are searched: enough for its names, its subject and a quote.
const MOST_LETTERS: usize = 600;
/// Names that sound at least so much alike.
const ALIKE: f64 = 0.8;

/// The text of every record, folded.
#[derive(Default)]
pub struct Lookup {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Entries up to here are in it.
    position: Position,
    /// Folded texts, a line each.
    text: String,
    /// Where each line begins, and the number of its record.
    lines: Vec<(usize, u32)>,
    places: Gazetteer,
}

/// What is folded of one record.
struct Line {
    number: u32,
    text: String,
    names: Vec<String>,
}

fn line(index: &ledger::Index, signed: &Signed) -> Option<Line> {
    let number = index.number_of(signed.id)?;
    let record = record_of(signed)?;
    let names = match record.kind {
        RecordKind::Place | RecordKind::Monument => names_of(&record).into_iter().map(|name| name.name).collect(),
        _ => Vec::new(),
    };
    Some(Line { number, text: text_of(&record), names })
}

/// Every text of a record, its names first; `\n` stands in none, so that no hit runs over its end.
fn text_of(record: &Record) -> String {
    let mut text = folded(&record.local_id);
    let mut add = |more: &str| {
        if text.len() < MOST_LETTERS {
            text.push(' ');
            text.push_str(&folded(more));
        }
    };
    if let Some(name) = names::own_name(record) {
        add(name);
    }
    names_of(record).iter().for_each(|name| add(&name.name));
    for (name, value) in &record.fields {
        match value {
            Value::String(text) if name != "name" && name != "title" => add(text),
            Value::Array(items) if name != "names" => items.iter().filter_map(Value::as_str).for_each(&mut add),
            _ => {}
        }
    }
    text.truncate(text.floor_char_boundary(MOST_LETTERS));
    text
}

impl Kept {
    /// Read what came since.
    fn follow(&mut self, scene: &Scene<'_>) -> Result<(), Problem> {
        const CHUNK: usize = 8192;
        let store = scene.programme.store();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let mut last = self.position;
            store
                .entries(self.position, &mut |position, signed| {
                    last = position;
                    chunk.push(signed);
                    if chunk.len() == CHUNK {
                        std::ops::ControlFlow::Break(())
                    } else {
                        std::ops::ControlFlow::Continue(())
                    }
                })
                .map_err(anyhow::Error::from)?;
            let read: Vec<Line> = chunk.par_iter().filter_map(|signed| line(scene.index, signed)).collect();
            for line in read {
                self.lines.push((self.text.len(), line.number));
                self.text.push_str(&line.text);
                self.text.push('\n');
                line.names.iter().for_each(|name| self.places.add_name(line.number, name));
            }
            self.position = last;
            if chunk.len() < CHUNK {
                return Ok(());
            }
        }
    }

    /// Numbers of the records whose text has every word, in order of arrival.
    fn with_words(&self, words: &[&str]) -> Vec<u32> {
        let Some(rarest) = words.iter().max_by_key(|word| word.len()) else { return Vec::new() };
        let finder = memchr::memmem::Finder::new(rarest.as_bytes());
        let bytes = self.text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(hit) = finder.find(&bytes[at..]) {
            let line = self.lines.partition_point(|(begin, _)| *begin <= at + hit) - 1;
            let end = self.lines.get(line + 1).map_or(self.text.len(), |(begin, _)| *begin);
            let text = &self.text[self.lines[line].0..end];
            if words.iter().all(|word| text.contains(word)) {
                found.push(self.lines[line].1);
            }
            at = end;
        }
        found
    }
}

/// What a search found.
struct Found {
    /// Places and monuments by their names, the likest first: number, name, score.
    named: Vec<(u32, String, f64)>,
    /// Records by their text.
    by_kind: BTreeMap<RecordKind, Vec<u32>>,
    n_all: usize,
}

fn find(scene: &Scene<'_>, wanted: &str) -> Result<Found, Problem> {
    let mut kept = scene.lookup.kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.follow(scene)?;
    let folded = folded(wanted);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let stands = |number: u32| {
        (number as usize) < scene.index.n_records()
            && scene.index.record(number).day <= scene.day
            && scene.is_current(number)
    };
    let mut by_kind: BTreeMap<RecordKind, Vec<u32>> = BTreeMap::new();
    let mut n_all = 0;
    for number in kept.with_words(&words).into_iter().filter(|number| stands(*number)) {
        n_all += 1;
        by_kind.entry(scene.index.record(number).kind).or_default().push(number);
    }
    let hits = if words.is_empty() { Vec::new() } else { kept.places.like(wanted, ALIKE) };
    let named = hits.into_iter().filter(|hit| stands(hit.place)).map(|hit| (hit.place, hit.name, hit.score)).collect();
    Ok(Found { named, by_kind, n_all })
}

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let wanted = scene.asked.get("q").unwrap_or_default();
        let found = find(scene, wanted)?;
        let main = html! {
            section {
                h1 { "Search" }
                form.tools method="get" action="/search" role="search" {
                    @for (name, value) in scene.asked.carried(&["q", "kind"]) { input type="hidden" name=(name) value=(value); }
                    div { label for="q" { "Names, numbers or words, in any script" } input #q type="search" name="q" value=(wanted) dir="auto"; }
                    button.primary { "Search" }
                }
                @if wanted.is_empty() { p.note { "Kəlbəcər, Kalbajar, Кельбаджар and Քարվաճառ find one place: letters are folded, and every name of a place leads to it." } }
                @else { p.answer { strong { (count(found.n_all)) } " records hold these words; " (count(found.named.len())) " places and monuments have such a name." } }
            }
            @if !wanted.is_empty() { (results(scene, &found)?) }
        };
        Ok(page(scene, &Head::plain(Tab::Search, "Search"), main).into_response())
    })
    .await
}

fn results(scene: &Scene<'_>, found: &Found) -> Result<Markup, Problem> {
    let only = scene.asked.get("kind");
    // Names of things first, work on the ground after; the rest in the order of the dictionary.
    let first = [
        RecordKind::Place,
        RecordKind::Monument,
        RecordKind::Project,
        RecordKind::Source,
        RecordKind::Claim,
        RecordKind::HazardArea,
    ];
    let rest = found.by_kind.keys().filter(|kind| !first.contains(kind));
    let order = first.iter().chain(rest).filter(|kind| only.is_none_or(|only| kind.name() == only));
    let mut sections = Vec::new();
    for kind in order {
        if let Some(numbers) = found.by_kind.get(kind) {
            sections.push(section(scene, *kind, numbers, only.is_some())?);
        }
    }
    Ok(html! {
        @if !found.named.is_empty() && only.is_none() {
            section aria-labelledby="by-name" {
                h2 #by-name { "By name" }
                ol { @for (number, name, score) in found.named.iter().take(FEW) {
                    li { (hit(scene, *number)?) @if *score < 1.0 { " – " span dir="auto" { (name) } ", likeness " (format!("{score:.2}")) } }
                } }
            }
        }
        @for section in &sections { (section) }
    })
}

fn section(scene: &Scene<'_>, kind: RecordKind, numbers: &[u32], is_whole: bool) -> Result<Markup, Problem> {
    const WHOLE: usize = 200;
    let most = if is_whole { WHOLE } else { FEW };
    // What is newest is likeliest meant.
    let shown: Vec<u32> = numbers.iter().rev().take(most).copied().collect();
    Ok(html! {
        section aria-labelledby=(kind.name()) {
            h2 id=(kind.name()) { (names::kind(kind)) ": " (count(numbers.len())) }
            ul { @for number in &shown { li { (hit(scene, *number)?) } } }
            @if numbers.len() > shown.len() {
                @if is_whole { p.note { "The newest " (count(shown.len())) ". Add a word to see others." } }
                @else { p { a href=(scene.asked.with(&[("kind", kind.name())])) { "All " (count(numbers.len())) } } }
            }
        }
    })
}

fn hit(scene: &Scene<'_>, number: u32) -> Result<Markup, Problem> {
    let kept = scene.index.record(number);
    let record = scene.facts.of(scene.programme, kept.entry)?;
    let text = |field: &str| record.text(field).unwrap_or_default();
    let id = &*record.local_id;
    let href = match record.kind {
        RecordKind::Place => scene.asked.href("/place", &[("id", id)]),
        RecordKind::Source => scene.asked.href("/source", &[("id", id)]),
        RecordKind::HazardArea => scene.hazard_href(scene.index.root(number)),
        _ => scene.entry_href(kept.entry),
    };
    let says = match record.kind {
        RecordKind::Claim => format!(
            "{}, {}: {} {} {}",
            text("subject"),
            text("quantity").replace('_', " "),
            text("qualifier"),
            record.fields.get("value").map(super::entry::plain).unwrap_or_default(),
            text("unit")
        ),
        RecordKind::Place => [text("name"), text("place_type"), text("parent")]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        _ => names::own_name(&record).map_or_else(|| text("note").to_owned(), str::to_owned),
    };
    Ok(html! {
        a href=(href) { (names::kind(record.kind)) " " (id) } " " span dir="auto" { (cut(says.trim(), 140)) }
        @if record.kind != RecordKind::Place { " " small { (record.date_of_information) } }
    })
}
