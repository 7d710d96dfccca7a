//! `homeground export`: layers as files, the ending saying the format.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use ledger::{Day, State};
use outputs::tiles::Source;
use records::Feature;
use records::feature::{ColumnType, Layer, LayerGeometry};

use super::arguments::Export;
use super::taking::interruption;
use super::{Outcome, Refused, Usage};
use crate::programme::Programme;
use crate::query::{Filter, Wrong};

/// Formats that are tiles: vector tiles, and pictures for ODK Collect without a network.
const TILES: [&str; 2] = ["pmtiles", "mbtiles"];

/// What is drawn on pictures unless told otherwise, besides the ground that is released.
const MAPPED: [&str; 5] = ["hazard", "hazard_conservative", "route", "find", "accident"];

/// The zooms of pictures: a country on a screen, and a lane of a metre.
const PICTURES: (u8, u8) = (6, 17);

/// The zooms of vector tiles, which can be drawn larger.
const VECTORS: u8 = 14;

/// Write the layers asked for.
pub fn run(arguments: &Export) -> anyhow::Result<Outcome> {
    let ending = arguments.out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    if let Some(form) = arguments.form {
        return super::exchange::run(arguments, form, &ending);
    }
    let layers = chosen(&arguments.layers, &ending)?;
    refuse_to_overwrite(arguments)?;
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = super::report::when(&arguments.when);
    let state = programme.state_at(known_at);
    let mut found = features(&programme, &state, day, &layers)?;
    for (layer, features) in &mut found {
        let columns: Vec<_> = layer.columns.iter().map(|column| (column.name, column.holds)).collect();
        keep_chosen(arguments, day, layer.name, &columns, features)?;
    }
    if TILES.contains(&ending.as_str()) {
        let name = format!("{}, {}", programme.name(), day.date());
        let count: usize = found.iter().map(|(_, features)| features.len()).sum();
        let has_ground = |(layer, _): &(&Layer, Vec<Feature>)| layer.geometry != LayerGeometry::None;
        let sources = found.into_iter().filter(has_ground);
        let mut sources: Vec<Source> =
            sources.map(|(layer, features)| Source::of(layer, features.into_iter())).collect();
        if ending == "mbtiles" && arguments.layers.is_empty() {
            sources.push(released(&programme, &state, day, arguments)?);
        }
        tiles(arguments, &ending, &sources, &name)?;
        say!("{count} features of {} layers in {}", layers.len(), arguments.out.display());
        return Ok(Outcome::Done);
    }
    let last_change = programme.index().last().unwrap_or(known_at);
    write(&arguments.out, &ending, &found, last_change)?;
    let count: usize = found.iter().map(|(_, features)| features.len()).sum();
    say!("{count} features of {} layers in {}", found.len(), arguments.out.display());
    Ok(Outcome::Done)
}

/// A file that is there stays, unless its loss was asked for.
pub fn refuse_to_overwrite(arguments: &Export) -> anyhow::Result<()> {
    match arguments.out.exists() && !arguments.overwrite {
        true => {
            Err(Refused(format!("{} is there already. hint: --overwrite replaces it", arguments.out.display())).into())
        }
        false => Ok(()),
    }
}

/// Write a file whole, or not at all.
pub fn write_whole(out: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let ending = out.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let partial = out.with_extension(format!("{ending}.part"));
    std::fs::write(&partial, bytes).with_context(|| format!("cannot write {}", partial.display()))?;
    std::fs::rename(&partial, out).with_context(|| format!("cannot write {}", out.display()))
}

fn chosen(names: &[String], ending: &str) -> anyhow::Result<Vec<&'static Layer>> {
    let many = match ending {
        "gpkg" | "pmtiles" | "mbtiles" => true,
        "geojson" | "json" | "fgb" | "csv" => false,
        other => {
            return Err(Usage(format!(
                "no format for files ending in {other:?}. hint: gpkg, geojson, fgb, csv, pmtiles or mbtiles"
            ))
            .into());
        }
    };
    if names.is_empty() {
        return Ok(match ending {
            "mbtiles" => MAPPED.iter().filter_map(|name| outputs::layers::named(name)).collect(),
            _ if many => outputs::layers::all().iter().collect(),
            _ => vec![&outputs::layers::HAZARD],
        });
    }
    if names.len() > 1 && !many {
        return Err(
            Usage(format!("a {ending} file holds one layer. hint: export to gpkg, or one layer at a time")).into()
        );
    }
    names
        .iter()
        .map(|name| {
            outputs::layers::named(name).ok_or_else(|| {
                let known: Vec<&str> = outputs::layers::all().iter().map(|layer| layer.name).collect();
                Usage(format!("{name:?} is not a layer. hint: {}", known.join(", "))).into()
            })
        })
        .collect()
}

/// The features of the layers on a day, each layer ordered by local id.
fn features(
    programme: &Programme,
    state: &State,
    day: Day,
    layers: &[&'static Layer],
) -> anyhow::Result<Vec<(&'static Layer, Vec<Feature>)>> {
    let mut found: Vec<(&'static Layer, Vec<Feature>)> = layers.iter().map(|&layer| (layer, Vec::new())).collect();
    programme.layer_rows(state, day, &mut |name, feature| {
        if let Some((_, features)) = found.iter_mut().find(|(layer, _)| layer.name == name) {
            features.push(feature);
        }
    })?;
    let local_id = |feature: &Feature| feature.properties["local_id"].as_str().unwrap_or_default().to_owned();
    for (_, features) in &mut found {
        features.sort_by_key(|feature| (local_id(feature), feature.id.clone()));
    }
    Ok(found)
}

/// Leave only what `--filter` and `--bbox` mean, read as the web reads them.
fn keep_chosen(
    arguments: &Export,
    day: Day,
    layer: &str,
    columns: &[(&'static str, ColumnType)],
    features: &mut Vec<Feature>,
) -> anyhow::Result<()> {
    let get = |name: &str| match name {
        "filter" => arguments.filter.as_deref(),
        "bbox" => arguments.bbox.as_deref(),
        _ => None,
    };
    let wrong = |wrong: Wrong| Usage(format!("{layer}: {wrong}"));
    let filter = Filter::read(&get, columns).map_err(wrong)?;
    if filter.is_everything() {
        return Ok(());
    }
    let mut kept = Vec::new();
    for feature in features.drain(..) {
        let bounds = feature.geometry.as_ref().and_then(geometry::Shape::bounds);
        if filter.keeps(bounds, (day, None), &|| outputs::geojson::feature(&feature)).map_err(wrong)? {
            kept.push(feature);
        }
    }
    *features = kept;
    Ok(())
}

fn write(
    out: &Path,
    ending: &str,
    found: &[(&'static Layer, Vec<Feature>)],
    last_change: Timestamp,
) -> anyhow::Result<()> {
    if ending == "gpkg" {
        let mut rows: Vec<_> = found.iter().map(|(layer, features)| (**layer, features.iter().cloned())).collect();
        let mut layers: Vec<(Layer, &mut dyn Iterator<Item = Feature>)> =
            rows.iter_mut().map(|(layer, features)| (*layer, features as &mut dyn Iterator<Item = Feature>)).collect();
        return Ok(store::write_geopackage(out, &mut layers, last_change, true)?);
    }
    let (layer, features) = &found[0];
    let bytes = match ending {
        "fgb" => outputs::flatgeobuf::bytes(layer, features)?,
        "csv" => {
            let columns: Vec<&str> = layer.columns.iter().map(|column| column.name).collect();
            outputs::table::csv_of_features(&columns, features)?.into_bytes()
        }
        _ => outputs::geojson::collection(features).into_bytes(),
    };
    write_whole(out, &bytes)
}

/// The ground that is released, for pictures.
fn released(programme: &Programme, state: &State, day: Day, arguments: &Export) -> anyhow::Result<Source> {
    let columns = vec![("local_id", ColumnType::Text), ("class", ColumnType::Text)];
    let mut features = outputs::layers::released(programme.index(), state, day);
    keep_chosen(arguments, day, outputs::layers::RELEASED, &columns, &mut features)?;
    let about = "Ground that was released and is not hazardous again".to_owned();
    Ok(Source::new(outputs::layers::RELEASED.to_owned(), about, columns, features.into_iter()))
}

/// Write the layers as tiles.
fn tiles(arguments: &Export, ending: &str, sources: &[Source], name: &str) -> anyhow::Result<()> {
    let out = &arguments.out;
    let interrupted = interruption()?;
    let mut last_line = Instant::now();
    let mut progress = |zoom: u8, done: usize, all: usize| {
        if last_line.elapsed() > Duration::from_secs(1) {
            last_line = Instant::now();
            eprintln!("zoom {zoom}: {done} of at most {all} tiles");
        }
        if interrupted.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    if ending == "pmtiles" {
        let deepest = arguments.max_zoom.unwrap_or(VECTORS);
        let partial = out.with_extension("pmtiles.part");
        let file = std::fs::File::create(&partial).with_context(|| format!("cannot write {}", partial.display()))?;
        let packed = outputs::tiles::pmtiles(file, sources, deepest, name, &mut progress);
        if packed.is_err() {
            let _ = std::fs::remove_file(&partial);
        }
        packed?;
        return std::fs::rename(&partial, out).with_context(|| format!("cannot write {}", out.display()));
    }
    let deepest = arguments.max_zoom.unwrap_or(PICTURES.1);
    let zooms = (PICTURES.0.min(deepest), deepest);
    let mut metadata = vec![
        ("name", name.to_owned()),
        ("format", "png".to_owned()),
        ("type", "overlay".to_owned()),
        ("version", "1".to_owned()),
        ("minzoom", zooms.0.to_string()),
        ("maxzoom", zooms.1.to_string()),
    ];
    if let Some([west, south, east, north]) = outputs::tiles::bounds(sources) {
        metadata.push(("bounds", format!("{west},{south},{east},{north}")));
        metadata.push(("center", format!("{},{},{}", (west + east) / 2.0, (south + north) / 2.0, zooms.0)));
    }
    store::write_mbtiles(out, &metadata, arguments.overwrite, |put| {
        outputs::tiles::pictures::<anyhow::Error>(sources, zooms, &mut progress, &mut |tile, picture| {
            Ok(put(tile.z, tile.x, tile.y, &picture)?)
        })
    })
}
