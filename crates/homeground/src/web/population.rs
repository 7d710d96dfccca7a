//! `/population`: figures by place, period, category and source, as series that show where they break.
//!
//! Figures of different sources, categories or boundaries are never added and never joined to one line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger::EntryId;
use maud::{Markup, html};
use records::dictionary::Dictionary;
use records::edtf::Edtf;
use records::{Record, RecordKind};

use super::asked::Asked;
use super::chart::{self, Line};
use super::monuments::said;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::{App, Scene, table};

/// What makes figures comparable: the category, what was counted, of whom, and by whom it was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    category: String,
    counted_in: String,
    of: String,
    source: String,
}

/// One figure.
struct Figure {
    entry: EntryId,
    record: Arc<Record>,
    /// The year in which its period begins.
    year: i64,
    /// Why the series breaks before it.
    breaks: Option<String>,
}

/// Figures of a place by series, each in the order of time.
type Series = BTreeMap<Key, Vec<Figure>>;

/// The page, or its figures as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let places = series(scene)?;
        if table::is_csv(scene.asked)? {
            return as_csv(&places);
        }
        let largest = places.iter().max_by_key(|(_, series)| series.values().map(Vec::len).sum::<usize>());
        let chosen = match scene.asked.get("place") {
            Some(name) => {
                let found = places.get_key_value(name);
                Some(found.ok_or_else(|| Problem::unknown("place with figures", name))?)
            }
            None => largest,
        };
        let n: usize = places.values().flat_map(BTreeMap::values).map(Vec::len).sum();
        let main = html! {
            section {
                h1 { "Population" }
                p.answer {
                    @if n == 0 { "No figure is on record. Import records of the kind population: censuses, registers, returns." }
                    @else { (count(n)) " figures of " (count(places.len())) " places. Counts only; no person is on record here." }
                }
                @if n > 0 { (choice(scene, &places, chosen.map(|(name, _)| name.as_str()))?) }
            }
            @if let Some((place, series)) = chosen { (charts(scene, &scene.place_name(place)?, series)) }
        };
        Ok(page(scene, &Head::plain(Tab::Population, "Population"), main).into_response())
    })
    .await
}

fn text(record: &Record, field: &str) -> String {
    record.text(field).unwrap_or_default().to_owned()
}

/// By place, the local id or the words of the source.
fn series(scene: &Scene<'_>) -> Result<BTreeMap<String, Series>, Problem> {
    let mut places: BTreeMap<String, Series> = BTreeMap::new();
    let entries: Vec<EntryId> = scene.current(RecordKind::Population).map(|(_, kept)| kept.entry).collect();
    for entry in entries {
        let record = scene.facts.of(scene.programme, entry)?;
        let place = record.text("place").or(record.text("of")).unwrap_or("not said").to_owned();
        let of = [text(&record, "cause"), text(&record, "sex"), text(&record, "age_band")];
        let source = match &record.sources[..] {
            [] => text(&record, "note"),
            sources => sources.join(", "),
        };
        let key = Key {
            category: text(&record, "category"),
            counted_in: record.text("counted_in").unwrap_or("people").to_owned(),
            of: of.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", "),
            source,
        };
        let period = record.text("period").and_then(|text| text.parse::<Edtf>().ok());
        let year = period.and_then(|period| period.first().or(period.last())).map(|day| day.year);
        let Some(year) = year else { continue };
        let figure = Figure { entry, record, year, breaks: None };
        places.entry(place).or_default().entry(key).or_default().push(figure);
    }
    for figures in places.values_mut().flat_map(BTreeMap::values_mut) {
        figures.sort_by(|a, b| {
            (a.year, text(&a.record, "period"), a.entry).cmp(&(b.year, text(&b.record, "period"), b.entry))
        });
        let mut before: Option<String> = None;
        for figure in figures {
            let boundary = text(&figure.record, "boundary");
            let moved = before.as_ref().filter(|before| **before != boundary);
            let moved = moved.map(|before| format!("other boundaries: {before:?} before, {boundary:?} from here"));
            figure.breaks = figure.record.text("break_before").map(str::to_owned).or(moved);
            before = Some(boundary);
        }
    }
    Ok(places)
}

fn as_csv(places: &BTreeMap<String, Series>) -> Result<Response, Problem> {
    let heads =
        ["place", "category", "counted_in", "of", "source", "period", "count", "boundary", "break_before", "entry"];
    let rows = places.iter().flat_map(|(place, series)| {
        series.iter().flat_map(move |(key, figures)| {
            figures.iter().map(move |figure| {
                vec![
                    place.clone(),
                    key.category.clone(),
                    key.counted_in.clone(),
                    key.of.clone(),
                    key.source.clone(),
                    text(&figure.record, "period"),
                    figure.record.number("count").map(|n| n.to_string()).unwrap_or_default(),
                    text(&figure.record, "boundary"),
                    figure.breaks.clone().unwrap_or_default(),
                    figure.entry.to_string(),
                ]
            })
        })
    });
    table::csv("population", &heads, rows)
}

impl Scene<'_> {
    /// A place by the name it is recorded under, else as it is written.
    fn place_name(&self, id: &str) -> Result<String, Problem> {
        match self.index.with_local_id(RecordKind::Place, id).first() {
            Some(&number) => self.name_of(number),
            None => Ok(id.to_owned()),
        }
    }
}

fn choice(scene: &Scene<'_>, places: &BTreeMap<String, Series>, chosen: Option<&str>) -> Result<Markup, Problem> {
    let names: Vec<(&String, String)> =
        places.keys().map(|place| Ok((place, scene.place_name(place)?))).collect::<Result<_, Problem>>()?;
    Ok(html! {
        form.tools method="get" action="/population" {
            @for (name, value) in scene.asked.carried(&["place"]) { input type="hidden" name=(name) value=(value); }
            div {
                label for="place" { "Place" }
                select #place name="place" {
                    @for (place, name) in &names { option value=(place) selected[chosen == Some(place.as_str())] { (name) } }
                }
            }
            button { "Show" }
            (table::export(scene.asked, "figures"))
        }
    })
}

/// A chart and a table for each category and unit of one place.
fn charts(scene: &Scene<'_>, place: &str, series: &Series) -> Markup {
    let words = &Dictionary::shipped().vocabulary["population_category"];
    let groups: BTreeSet<(&str, &str)> =
        series.keys().map(|key| (key.category.as_str(), key.counted_in.as_str())).collect();
    html! {
        @for (at, (category, unit)) in groups.iter().enumerate() {
            @let own: Vec<(&Key, &Vec<Figure>)> = series.iter().filter(|(key, _)| key.category == *category && key.counted_in == *unit).collect();
            @let title = format!("{place}: {}, {unit}", said(category));
            section aria-labelledby=(format!("g{at}")) {
                h2 id=(format!("g{at}")) { (title) }
                p.note { (words.get(*category).map_or("", String::as_str)) "." }
                (chart::lines(&own.iter().map(|(key, figures)| line(key, figures)).collect::<Vec<_>>(), &title))
                (figures_table(scene, &title, &own))
            }
        }
    }
}

fn label(key: &Key) -> String {
    let parts = [key.of.as_str(), if key.source.is_empty() { "source not stated" } else { &key.source }];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn line(key: &Key, figures: &[Figure]) -> Line {
    let points = figures
        .iter()
        .map(|figure| (figure.year, figure.record.number("count").unwrap_or_default(), figure.breaks.is_some()));
    Line { label: label(key), points: points.collect() }
}

fn figures_table(scene: &Scene<'_>, title: &str, own: &[(&Key, &Vec<Figure>)]) -> Markup {
    html! {
        details open[own.iter().map(|(_, figures)| figures.len()).sum::<usize>() <= 12] {
            summary { "The figures" }
            div.table role="region" aria-label=(format!("Table: {title}")) tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Period" } th scope="col" { "Source" } th.n scope="col" { "Count" } th scope="col" { "Boundaries" } th scope="col" { "Break" } } }
                    tbody {
                        @for (key, figures) in own {
                            @for figure in figures.iter() {
                                tr {
                                    th scope="row" { a href=(scene.entry_href(figure.entry)) { (figure.record.text("period").unwrap_or_default()) } }
                                    td { (label(key)) }
                                    td.n { (grouped(figure.record.number("count").unwrap_or_default(), 0)) }
                                    td { (figure.record.text("boundary").unwrap_or_default()) }
                                    td.wrap { @if let Some(why) = &figure.breaks { "breaks here: " (why) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
