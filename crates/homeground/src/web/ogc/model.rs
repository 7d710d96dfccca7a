//! Collections as they are on a day: made once for each change of the ledger, then answered from memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use geometry::Shape;
use jiff::Timestamp;
use ledger::{Class, Day, Standing, View};
use outputs::layers;
use outputs::tiles::{Source, Tile};
use rayon::prelude::*;
use records::feature::{ColumnType, Layer, LayerGeometry};
use records::{Feature, RecordKind};
use serde_json::{Value, json};

use super::super::layers::stretches;
use super::super::problem::Problem;
use super::super::{App, Scene};
use crate::query::{Filter, Wrong};

/// The end of the name of a collection that holds every interval, not one day.
const HISTORY: &str = "_history";

/// The end of the name of a collection that people draw in.
const DRAFT: &str = "_draft";

/// Which rows of a layer a collection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// What holds on a day.
    Day,
    /// Every interval.
    History,
    /// What was drawn and not submitted.
    Draft,
}

/// Days of which the collections are kept.
const MOST_DAYS: usize = 6;

/// A collection by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Its layer.
    pub layer: &'static Layer,
    /// Which of its rows.
    pub rows: Rows,
    /// Its place among all.
    pub number: usize,
}

/// Collections of every layer, as they are and as they were, and drafts of what can be drawn.
pub fn names() -> impl Iterator<Item = Name> {
    let of_layer = |layer: &'static Layer| {
        let can_be_drawn = layers::kind_of(layer).is_some() && layer.geometry != LayerGeometry::None;
        let draft = can_be_drawn.then_some(Rows::Draft);
        [Rows::Day, Rows::History].into_iter().chain(draft).map(move |rows| (layer, rows))
    };
    let all = layers::all().iter().flat_map(of_layer).enumerate();
    all.map(|(number, (layer, rows))| Name { layer, rows, number })
}

impl Name {
    /// The collection with this id.
    pub fn read(id: &str) -> Result<Name, Problem> {
        names().find(|name| name.id() == id).ok_or_else(|| Problem::unknown("collection", id))
    }

    /// Its id.
    pub fn id(&self) -> String {
        let end = match self.rows {
            Rows::Day => "",
            Rows::History => HISTORY,
            Rows::Draft => DRAFT,
        };
        format!("{}{end}", self.layer.name)
    }

    /// What it is, one sentence.
    pub fn about(&self) -> String {
        match self.rows {
            Rows::History => {
                format!("{}: every interval, from valid_from up to and not including valid_to", self.layer.about)
            }
            Rows::Day => self.layer.about.to_owned(),
            Rows::Draft => format!("{}: drawn and not submitted; no record of anything", self.layer.about),
        }
    }

    /// Its properties with their types, in order.
    pub fn columns(&self) -> Vec<(&'static str, ColumnType)> {
        let own = self.layer.columns.iter().map(|column| (column.name, column.holds));
        match self.rows {
            Rows::Day => own.collect(),
            Rows::History if self.is_computed() => HAZARD_HISTORY.to_vec(),
            Rows::History => own.chain([("valid_from", ColumnType::Day), ("valid_to", ColumnType::Day)]).collect(),
            Rows::Draft => own.filter(|(name, _)| !layers::COMPUTED.contains(name)).collect(),
        }
    }

    fn is_computed(&self) -> bool {
        layers::kind_of(self.layer).is_none()
    }
}

const HAZARD_HISTORY: [(&str, ColumnType); 5] = [
    ("local_id", ColumnType::Text),
    ("class", ColumnType::Text),
    ("area_m2", ColumnType::Real),
    ("valid_from", ColumnType::Day),
    ("valid_to", ColumnType::Day),
];

/// One feature, ready to be sent.
#[derive(Debug)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// The box around it, degrees.
    pub bounds: Option<[f64; 4]>,
    /// First day, and the first day on which it no longer holds.
    pub days: (Day, Option<Day>),
    /// The whole feature in WGS 84, longitude first.
    pub json: String,
}

impl Item {
    fn value(&self) -> Value {
        serde_json::from_str(&self.json).expect("what was written as JSON is JSON")
    }

    /// The feature as tables and tiles take it.
    pub fn feature(&self) -> Feature {
        let mut value = self.value();
        let geometry = Shape::from_geojson(&value["geometry"]).ok();
        let Value::Object(properties) = value["properties"].take() else { unreachable!("properties are an object") };
        Feature { id: self.id.clone(), geometry, properties }
    }

    /// Whether a filter keeps it.
    pub fn is_kept(&self, filter: &Filter) -> Result<bool, Wrong> {
        filter.keeps(self.bounds, self.days, &|| self.value())
    }
}

/// One collection on a day, by rising id.
#[derive(Debug, Default)]
pub struct Collection {
    /// Its features.
    pub items: Vec<Item>,
    /// The box around all of them, degrees.
    pub bounds: Option<[f64; 4]>,
    /// Made when the first tile is asked for; features have the numbers of `items`.
    source: OnceLock<Source>,
}

impl Collection {
    fn of(mut items: Vec<Item>) -> Collection {
        items.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let boxes = items.iter().filter_map(|item| item.bounds);
        let bounds = boxes.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
        Collection { items, bounds, source: OnceLock::new() }
    }

    /// The features, ready to be cut into tiles.
    pub fn source(&self, name: Name) -> &Source {
        let make = || Source::new(name.id(), name.about(), name.columns(), self.items.iter().map(Item::feature));
        self.source.get_or_init(make)
    }

    /// The feature with this id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.binary_search_by(|item| item.id.as_str().cmp(id)).ok().map(|i| &self.items[i])
    }
}

type Slots = Arc<Vec<Mutex<Option<Arc<Collection>>>>>;

/// Collections made so far.
pub struct Layers {
    since: Timestamp,
    /// Held by whoever makes collections, which takes every core.
    making: Mutex<()>,
    kept: Mutex<Vec<(u64, Day, Slots)>>,
    tiles: Mutex<Tiles>,
}

/// Which collections are in a tile (by number), on which day.
pub type TileKey = (Day, Vec<usize>, Tile);

/// Tiles made since the last change of the programme.
#[derive(Debug, Default)]
struct Tiles {
    change: u64,
    size: usize,
    kept: HashMap<TileKey, Bytes>,
}

/// Bytes of tiles that are kept.
const MOST_TILES: usize = 64 << 20;

impl Layers {
    /// None yet. `since` tells one run of the server from another.
    pub fn new(since: Timestamp) -> Layers {
        Layers { since, making: Mutex::default(), kept: Mutex::default(), tiles: Mutex::default() }
    }

    /// Names the state after a change of the programme.
    pub fn version(&self, change: u64) -> String {
        format!("{:x}-{change:x}", self.since.as_nanosecond())
    }

    /// A tile that was made after this change.
    pub fn tile(&self, change: u64, key: &TileKey) -> Option<Bytes> {
        let tiles = lock(&self.tiles);
        (tiles.change == change).then(|| tiles.kept.get(key).cloned()).flatten()
    }

    /// Keep a tile of the programme after a change.
    pub fn keep_tile(&self, change: u64, key: TileKey, bytes: Bytes) {
        let mut tiles = lock(&self.tiles);
        if tiles.change != change || tiles.size + bytes.len() > MOST_TILES {
            *tiles = Tiles { change, ..Tiles::default() };
        }
        tiles.size += bytes.len();
        tiles.kept.insert(key, bytes);
    }

    fn slots(&self, change: u64, day: Day) -> Slots {
        let mut kept = lock(&self.kept);
        kept.retain(|(known, ..)| *known == change);
        if let Some(i) = kept.iter().position(|(_, known, _)| *known == day) {
            let found = kept.remove(i);
            kept.insert(0, found);
        } else {
            kept.truncate(MOST_DAYS - 1);
            let slots = (0..names().count()).map(|_| Mutex::default()).collect();
            kept.insert(0, (change, day, Arc::new(slots)));
        }
        kept[0].2.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// A collection on a day, and the change of the programme after which it is what it is.
    pub async fn collection(self: &Arc<App>, name: Name, day: Day) -> Result<(u64, Arc<Collection>), Problem> {
        let change = self.shown.change();
        if let Some(found) = lock(&self.layers.slots(change, day)[name.number]).clone() {
            return Ok((change, found));
        }
        let asked = super::super::asked::Asked::on(day.date());
        let app = self.clone();
        self.scene(asked, move |scene| {
            let slots = app.layers.slots(scene.change, day);
            // Of several that ask for the same one makes it.
            let _making = lock(&app.layers.making);
            if let Some(found) = lock(&slots[name.number]).clone() {
                return Ok((scene.change, found));
            }
            for (number, made) in made(scene, name)? {
                *lock(&slots[number]) = Some(Arc::new(made));
            }
            let found = lock(&slots[name.number]).clone();
            Ok((scene.change, found.ok_or_else(|| Problem::bug(&"a collection was not made"))?))
        })
        .await
    }
}

/// The collection, and whatever comes with it for nothing.
fn made(scene: &Scene<'_>, name: Name) -> Result<Vec<(usize, Collection)>, Problem> {
    match layers::kind_of(name.layer) {
        Some(_) if name.rows == Rows::Draft => Ok(vec![(name.number, Collection::of(drafts(scene, name)?))]),
        Some(kind) => Ok(vec![(name.number, Collection::of(records(scene, name, kind)?))]),
        None if name.rows == Rows::History => Ok(vec![(name.number, Collection::of(histories(scene, name)))]),
        None => {
            let rows: Vec<u32> = scene.state.rows().collect();
            let (index, state, day) = (scene.index, scene.state, scene.day);
            let features = rows.par_iter().map(|&root| layers::of_row(index, state, root, day));
            let (mut book, mut gate) = (Vec::new(), Vec::new());
            for ([(_, _, in_book), (_, _, in_gate)], root) in features.collect::<Vec<_>>().into_iter().zip(&rows) {
                let days = (scene.index.record(*root).day, None);
                book.extend(in_book.map(|feature| item(&feature, days)));
                gate.extend(in_gate.map(|feature| item(&feature, days)));
            }
            let both = names().filter(|name| name.is_computed() && name.rows == Rows::Day).map(|name| name.number);
            Ok(both.zip([book, gate].map(Collection::of)).collect())
        }
    }
}

fn item(feature: &Feature, days: (Day, Option<Day>)) -> Item {
    let bounds = feature.geometry.as_ref().and_then(Shape::bounds);
    Item { id: feature.id.clone(), bounds, days, json: outputs::geojson::feature(feature).to_string() }
}

/// Every face of every row with the stretches of days during which it was of one class.
fn histories(scene: &Scene<'_>, name: Name) -> Vec<Item> {
    let view = if name.layer == &layers::HAZARD { View::Book } else { View::Gate };
    let rows: Vec<u32> = scene.state.rows().collect();
    let (index, state) = (scene.index, scene.state);
    let of_row = |&root: &u32| {
        let kept = index.record(root);
        let mut found: Vec<Item> = Vec::new();
        for (spells, region) in state.faces_of_row(index, root, view) {
            for (class, from, to) in stretches(&spells).into_iter().filter(|(class, ..)| *class != Class::NotRecorded) {
                let properties = json!({
                    "local_id": kept.local_id,
                    "class": class.word(),
                    "area_m2": region.area().m2(),
                    "valid_from": from.date(),
                    "valid_to": to.map(Day::date),
                });
                let Value::Object(properties) = properties else { unreachable!("properties are an object") };
                let id = format!("{}-{}", kept.entry, found.len());
                let feature = Feature { id, geometry: Some(region.to_shape()), properties };
                found.push(item(&feature, (from, to)));
            }
        }
        found
    };
    rows.par_iter().flat_map_iter(of_row).collect()
}

/// What was drawn, on whichever day.
fn drafts(scene: &Scene<'_>, name: Name) -> Result<Vec<Item>, Problem> {
    let drafts = scene.programme.store().drafts(Some(name.layer.name)).map_err(anyhow::Error::from)?;
    let item = |draft: store::Draft| {
        let value: Value = serde_json::from_str(&draft.feature).ok()?;
        let bounds = Shape::from_geojson(&value["geometry"]).ok().and_then(|shape| shape.bounds());
        let day = value["properties"]["date_of_information"].as_str();
        let day = day.and_then(|day| day.parse::<jiff::civil::Date>().ok()).map(Day::from);
        let day = day.unwrap_or_else(|| ledger::figures::day_of(draft.changed_at));
        Some(Item { id: draft.id, bounds, days: (day, None), json: draft.feature })
    };
    Ok(drafts.into_iter().filter_map(item).collect())
}

/// Records of a kind: those that hold on the day, or all there were with the days on which they held.
fn records(scene: &Scene<'_>, name: Name, kind: RecordKind) -> Result<Vec<Item>, Problem> {
    let known_at = scene.state.known_at();
    let standing = |number: u32| scene.index.standing(number, known_at);
    let corrected_on = |number: u32| {
        let approved = scene.index.corrections(number, Standing::Approved, known_at);
        approved.into_iter().map(|s| scene.index.record(s).day).min()
    };
    let found = scene.index.records().filter(|(_, kept)| kept.kind == kind);
    let found = found.filter(|&(number, _)| standing(number) > Standing::Absent);
    let holds = |number: u32, from: Day| from <= scene.day && corrected_on(number).is_none_or(|to| to > scene.day);
    let numbers: Vec<u32> = found
        .filter(|&(number, kept)| name.rows == Rows::History || holds(number, kept.day))
        .map(|(number, _)| number)
        .collect();
    let effective = match kind {
        RecordKind::ReleaseProduct => scene.state.effective(scene.index, &numbers),
        _ => Default::default(),
    };
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        let kept = scene.index.record(number);
        let Some(record) = scene.programme.record(kept.entry)? else { continue };
        let effective = effective.get(&number).map(|area| area.m2());
        let Some((_, mut feature)) = layers::of_record(&record, kept.entry, standing(number), effective) else {
            continue;
        };
        let days = (kept.day, corrected_on(number));
        if name.rows == Rows::History {
            feature.properties.insert("valid_from".to_owned(), json!(days.0.date()));
            feature.properties.insert("valid_to".to_owned(), json!(days.1.map(Day::date)));
        }
        items.push(item(&feature, days));
    }
    Ok(items)
}
