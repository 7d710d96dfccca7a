//! `/map/panel/{entry}`: what the map shows of the record that was clicked, as a piece of a page.

use std::sync::Arc;

use axum::extract::{Path, State};
use geometry::Area;
use ledger::{EntryId, Land};
use maud::{Markup, html};
use records::Record;
use records::dictionary::Dictionary;

use super::asked::Asked;
use super::hazard::standing;
use super::problem::Problem;
use super::{App, Scene, entry, figures, names};

/// The piece.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| {
        let found = id.parse::<EntryId>().ok().and_then(|entry| scene.index.number_of(entry));
        let number = found.ok_or_else(|| Problem::unknown("record", &id))?;
        let root = scene.index.root(number);
        match figures::has_row(scene.index.record(root).kind) {
            true => hazard(scene, root),
            false => record(scene, number),
        }
    })
    .await
}

fn hazard(scene: &Scene<'_>, root: u32) -> Result<Markup, Problem> {
    let listed = scene.listed(root)?;
    let unit = scene.asked.unit;
    Ok(html! {
        h2 { (scene.index.record(root).local_id) }
        p { @match listed.look() { Some(look) => (look.label()), None => "nothing recorded on this day" } ", on " (scene.day) }
        dl.facts {
            dt { "Remaining" } dd { (unit.full(listed.figures.remaining())) }
            dt { "At most" } dd { (unit.full(listed.figures.remaining_gate)) }
            @if listed.released() > Area::ZERO { dt { "Released" } dd { (unit.full(listed.released())) } }
            dt { "Since" } dd { (listed.since) }
            @if !listed.places.is_empty() { dt { "Place" } dd { (listed.places) } }
        }
        p { a href=(scene.hazard_href(root)) { "History, account and entries" } }
    })
}

fn record(scene: &Scene<'_>, number: u32) -> Result<Markup, Problem> {
    let kept = scene.index.record(number);
    let record = scene.facts.of(scene.programme, kept.entry)?;
    let unit = scene.asked.unit;
    Ok(html! {
        h2 { (names::own_name(&record).map_or_else(|| entry::called(&record), str::to_owned)) }
        p { (names::kind(kept.kind)) ", " (standing(scene, number)) ", about " (kept.day) }
        dl.facts {
            @if let Land::Release(_, released) = &kept.land { dt { "Drawn" } dd { (unit.full(released.area)) } }
            @for (name, value) in shown(&record) { dt { (name.replace('_', " ")) } dd { (value) } }
        }
        p { a href=(scene.entry_href(kept.entry)) { "The whole entry" } }
    })
}

/// Single words, numbers and days of a record, in the order of the dictionary.
fn shown(record: &Record) -> Vec<(&str, String)> {
    const MOST: usize = 8;
    let fields = Dictionary::shipped().fields(record.kind);
    let simple = fields.filter_map(|field| {
        let value = record.fields.get(&field.name)?;
        let is_simple = !value.is_object() && !value.is_null() && field.name != "names";
        is_simple.then(|| (field.name.as_str(), entry::plain(value)))
    });
    simple.take(MOST).collect()
}
