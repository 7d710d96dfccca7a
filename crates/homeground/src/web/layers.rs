//! `/map/layers/{layer}.geojson` and `/map/days.json`: what the map is drawn from.
//!
//! Ground is sent once, each face with the stretches of days during which it was of one class, so that the map
//! can show any day without asking again. Days are numbers, counted from 1970-01-01.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use geometry::Shape;
use ledger::grid::meet;
use ledger::{Class, Day, End, Land, Spell, Standing, View};
use records::RecordKind;
use records::land::HazardStatus;
use serde_json::{Value, json};

use super::asked::Asked;
use super::problem::Problem;
use super::{App, Scene, names};

/// Days between which ground was of one class; the last is the first day on which it no longer was.
pub type Stretch = (Class, Day, Option<Day>);

/// One layer.
pub async fn layer(State(app): State<Arc<App>>, Path(file): Path<String>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, move |scene| {
        let unknown = || Problem::unknown("layer", &file);
        let bounds = scene.asked.get("bbox").map(bbox).transpose()?;
        let features = match file.strip_suffix(".geojson").ok_or_else(unknown)? {
            "ground" => ground(scene),
            "conservative" => conservative(scene),
            "proposed" => proposed(scene),
            "finds" => finds(scene),
            "places" => places(scene, false)?,
            "units" => places(scene, true)?,
            "routes" => routes(scene)?,
            "observations" => observations(scene)?,
            _ => return Err(unknown()),
        };
        let shown =
            features.into_iter().filter(|f| bounds.is_none_or(|b| f.shape.bounds().is_some_and(|f| meet(b, f))));
        let features: Vec<Value> = shown.map(Feature::into_geojson).collect();
        let body = json!({"type": "FeatureCollection", "features": features}).to_string();
        Ok(([(header::CONTENT_TYPE, "application/geo+json")], body).into_response())
    })
    .await
}

fn bbox(text: &str) -> Result<[f64; 4], Problem> {
    let wrong = || Problem::bad_query("bbox", text, "four numbers: west,south,east,north");
    let numbers: Vec<f64> = text.split(',').map(|n| n.trim().parse().map_err(|_| wrong())).collect::<Result<_, _>>()?;
    let bounds: [f64; 4] = numbers.try_into().map_err(|_| wrong())?;
    let is_box = bounds.iter().all(|n| n.is_finite()) && bounds[0] <= bounds[2] && bounds[1] <= bounds[3];
    if is_box { Ok(bounds) } else { Err(wrong()) }
}

/// One thing on the map.
pub struct Feature {
    /// Where it is.
    pub shape: Shape,
    /// What the map knows of it.
    pub properties: Value,
}

impl Feature {
    fn into_geojson(self) -> Value {
        json!({"type": "Feature", "geometry": self.shape.to_geojson(), "properties": self.properties})
    }
}

/// The faces of every row with their stretches.
fn ground(scene: &Scene<'_>) -> Vec<Feature> {
    let mut features = Vec::new();
    for root in scene.state.rows() {
        let kept = scene.index.record(root);
        for (spells, region) in scene.state.faces_of_row(scene.index, root, View::Book) {
            let stretches = stretches(&spells).into_iter();
            let stretches: Vec<Value> = stretches
                .map(|(class, from, to)| json!({"class": class.word(), "from": from.0, "to": to.map(|day| day.0)}))
                .collect();
            let properties = json!({"entry": kept.entry, "name": kept.local_id, "stretches": stretches});
            features.push(Feature { shape: region.to_shape(), properties });
        }
    }
    features
}

/// The history of a face as stretches of one class.
pub fn stretches(spells: &[Spell]) -> Vec<Stretch> {
    let mut found = Vec::new();
    for spell in spells {
        let end = spell.end.map(|(on, ..)| on);
        let first = Class::Hazardous(spell.status);
        match spell.confirmed_on {
            Some(on) => {
                found.push((first, spell.start, Some(on)));
                found.push((Class::Hazardous(HazardStatus::Confirmed), on, end));
            }
            None => found.push((first, spell.start, end)),
        }
        if let Some((on, End::Released(method), _)) = spell.end {
            found.push((Class::Released(method), on, spell.left));
        }
    }
    found.retain(|(_, from, to)| to.is_none_or(|to| to > *from));
    found
}

fn conservative(scene: &Scene<'_>) -> Vec<Feature> {
    let mut features = Vec::new();
    for root in scene.state.rows() {
        let kept = scene.index.record(root);
        let region = scene.state.remaining_of_row(scene.index, root, View::Gate, scene.day);
        if !region.is_empty() {
            let properties = json!({"entry": kept.entry, "name": kept.local_id});
            features.push(Feature { shape: region.to_shape(), properties });
        }
    }
    features
}

/// Ground of records that nobody approved yet.
pub fn proposed(scene: &Scene<'_>) -> Vec<Feature> {
    let known_at = scene.state.known_at();
    let waiting = scene.index.records().filter(|&(n, _)| scene.index.standing(n, known_at) == Standing::Proposed);
    let is_ground = |land: &Land| matches!(land, Land::Hazard(..) | Land::Adjustment(..) | Land::Release(..));
    let feature = |(_, kept): (u32, &ledger::Kept)| {
        let region = kept.land.region().filter(|_| is_ground(&kept.land))?;
        let name = format!("{} (proposed)", kept.local_id);
        let properties = json!({"entry": kept.entry, "name": name, "day": kept.day.0});
        Some(Feature { shape: region.to_shape(), properties })
    };
    waiting.filter_map(feature).collect()
}

/// What was seen of environment and terrain, of every day; the map filters.
pub fn observations(scene: &Scene<'_>) -> Result<Vec<Feature>, Problem> {
    let mut features = Vec::new();
    for (number, kept) in scene.index.records().filter(|(_, kept)| kept.kind == RecordKind::Observation) {
        if !scene.is_current(number) {
            continue;
        }
        let record = scene.facts.of(scene.programme, kept.entry)?;
        let Some(shape) = record.geometry.clone() else { continue };
        let name = record.text("type").unwrap_or("other").replace('_', " ");
        features.push(Feature { shape, properties: json!({"entry": kept.entry, "name": name, "day": kept.day.0}) });
    }
    Ok(features)
}

/// Finds and accidents of every day; the map filters.
fn finds(scene: &Scene<'_>) -> Vec<Feature> {
    let feature = |(number, kept): (u32, &ledger::Kept)| {
        let Land::Event(at) = kept.land else { return None };
        let properties = json!({
            "entry": kept.entry,
            "name": kept.local_id,
            "day": kept.day.0,
            "kind": kept.kind,
        });
        scene.is_current(number).then_some(Feature { shape: Shape::Point(at), properties })
    };
    scene.index.records().filter_map(feature).collect()
}

/// Settlements as points, or administrative units as ground. They stand under every day.
pub fn places(scene: &Scene<'_>, areal: bool) -> Result<Vec<Feature>, Problem> {
    let mut features = Vec::new();
    for (number, kept) in scene.index.records().filter(|(_, kept)| kept.kind == RecordKind::Place) {
        if areal != matches!(kept.land, Land::Unit(..)) || !scene.is_current(number) {
            continue;
        }
        let record = scene.facts.of(scene.programme, kept.entry)?;
        if let Some(shape) = record.geometry.clone() {
            let name = names::own_name(&record).unwrap_or(&kept.local_id);
            let properties = json!({"entry": kept.entry, "name": name, "type": record.text("place_type")});
            features.push(Feature { shape, properties });
        }
    }
    Ok(features)
}

/// Routes. They stand under every day.
pub fn routes(scene: &Scene<'_>) -> Result<Vec<Feature>, Problem> {
    let mut features = Vec::new();
    for (number, kept) in scene.index.records().filter(|(_, kept)| kept.kind == RecordKind::Route) {
        if !scene.is_current(number) {
            continue;
        }
        let record = scene.facts.of(scene.programme, kept.entry)?;
        if let Some(shape) = record.geometry.clone() {
            let name = names::own_name(&record).unwrap_or(&kept.local_id);
            let properties = json!({"entry": kept.entry, "name": name, "status": record.text("status")});
            features.push(Feature { shape, properties });
        }
    }
    Ok(features)
}

/// m² by class on every day on which anything changed: day, SHA, CHA, cancelled, reduced, cleared, at most.
pub async fn days(State(app): State<Arc<App>>, asked: Asked) -> Result<Json<Value>, Problem> {
    app.scene(asked, |scene| {
        let row = |(day, figures): &(Day, ledger::Figures)| {
            let f = &figures.footprint;
            let areas = [f.sha, f.cha, f.cancelled, f.reduced, f.cleared, figures.remaining_gate].map(|area| area.m2());
            json!([day.0, areas[0], areas[1], areas[2], areas[3], areas[4], areas[5]])
        };
        let days: Vec<Value> = scene.state.daily().iter().map(row).collect();
        Ok(Json(json!({"columns": ["day", "sha_m2", "cha_m2", "cancelled_m2", "reduced_m2", "cleared_m2", "remaining_conservative_m2"], "days": days})))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Start;
    use records::land::ReleaseMethod;

    #[test]
    fn a_face_is_of_one_class_on_each_day() {
        let spell = Spell {
            start: Day(10),
            how: Start::New,
            started_by: 0,
            status: HazardStatus::Suspected,
            confirmed_on: Some(Day(15)),
            end: Some((Day(20), End::Released(ReleaseMethod::Cleared), 1)),
            left: Some(Day(30)),
            unit: None,
        };
        let again = Spell { start: Day(30), how: Start::Reopened, confirmed_on: None, end: None, left: None, ..spell };
        let found = stretches(&[spell, again]);
        for day in 0..40 {
            let day = Day(day);
            let by_stretch: Vec<Class> =
                found.iter().filter(|s| s.1 <= day && s.2.is_none_or(|to| to > day)).map(|s| s.0).collect();
            let by_spell: Vec<Class> = [spell, again].iter().filter_map(|spell| spell.class_on(day)).collect();
            assert_eq!(by_stretch, by_spell, "{day:?}");
        }
    }
}
