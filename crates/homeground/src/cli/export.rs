//! `homeground export`: layers as files, the ending saying the format.

use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use ledger::{Day, State};
use records::Feature;
use records::feature::Layer;

use super::arguments::Export;
use super::{Outcome, Refused, Usage};
use crate::programme::Programme;

/// Write the layers asked for.
pub fn run(arguments: &Export) -> anyhow::Result<Outcome> {
    let ending = arguments.out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let layers = chosen(&arguments.layers, &ending)?;
    if arguments.out.exists() && !arguments.overwrite {
        return Err(
            Refused(format!("{} is there already. hint: --overwrite replaces it", arguments.out.display())).into()
        );
    }
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = super::report::when(&arguments.when);
    let state = programme.state_at(known_at);
    let found = features(&programme, &state, day, &layers)?;
    let last_change = programme.index().last().unwrap_or(known_at);
    write(&arguments.out, &ending, &found, last_change)?;
    let count: usize = found.iter().map(|(_, features)| features.len()).sum();
    say!("{count} features of {} layers in {}", found.len(), arguments.out.display());
    Ok(Outcome::Done)
}

fn chosen(names: &[String], ending: &str) -> anyhow::Result<Vec<&'static Layer>> {
    let many = match ending {
        "gpkg" => true,
        "geojson" | "json" | "fgb" | "csv" => false,
        other => {
            return Err(
                Usage(format!("no format for files ending in {other:?}. hint: gpkg, geojson, fgb or csv")).into()
            );
        }
    };
    if names.is_empty() {
        return Ok(if many { outputs::layers::all().iter().collect() } else { vec![&outputs::layers::HAZARD] });
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
    let partial = out.with_extension(format!("{ending}.part"));
    std::fs::write(&partial, bytes).with_context(|| format!("cannot write {}", partial.display()))?;
    std::fs::rename(&partial, out).with_context(|| format!("cannot write {}", out.display()))
}
