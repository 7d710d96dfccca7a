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

use super::arguments::{Export, Package, PackageFor};
use super::taking::interruption;
use super::{Outcome, Refused, Usage};
use crate::lineage::{self, Units};
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

/// Formats, and whether a file of it holds several layers.
const FORMATS: [(&str, bool); 12] = [
    ("gpkg", true),
    ("geojson", false),
    ("json", false),
    ("fgb", false),
    ("parquet", false),
    ("csv", false),
    ("xlsx", true),
    ("kml", true),
    ("kmz", true),
    ("shp.zip", false),
    ("pmtiles", true),
    ("mbtiles", true),
];

/// Write the layers asked for.
pub fn run(arguments: &Export) -> anyhow::Result<Outcome> {
    if let Some(form) = arguments.form {
        let ending = arguments.out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        return super::exchange::run(arguments, form, &ending);
    }
    let (ending, holds_many) = format_of(&arguments.out)?;
    let layers = chosen(&arguments.layers, ending, holds_many)?;
    if arguments.hxl && !["csv", "xlsx"].contains(&ending) {
        return Err(
            Usage(format!("a {ending} file has no row for hashtags. hint: --hxl goes with csv and xlsx")).into()
        );
    }
    refuse_to_overwrite(arguments)?;
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = super::report::when(&arguments.when);
    let state = programme.state_at(known_at);
    let mut found = programme.features(&state, day, &layers)?;
    for (layer, features) in &mut found {
        let columns: Vec<_> = layer.columns.iter().map(|column| (column.name, column.holds)).collect();
        keep_chosen(arguments, day, layer.name, &columns, features)?;
    }
    let count: usize = found.iter().map(|(_, features)| features.len()).sum();
    if TILES.contains(&ending) {
        let name = format!("{}, {}", programme.name(), day.date());
        let has_ground = |(layer, _): &(&Layer, Vec<Feature>)| layer.geometry != LayerGeometry::None;
        let sources = found.into_iter().filter(has_ground);
        let mut sources: Vec<Source> =
            sources.map(|(layer, features)| Source::of(layer, features.into_iter())).collect();
        if ending == "mbtiles" && arguments.layers.is_empty() {
            sources.push(released(&programme, &state, day, arguments)?);
        }
        tiles(arguments, ending, &sources, &name)?;
    } else {
        let units = arguments.pcodes.then(|| Units::of(&programme, &state)).transpose()?;
        let with_codes = found.into_iter().map(|(layer, mut features)| match &units {
            Some(units) => (layer, units.add_to(layer, &mut features), features),
            None => (layer, *layer, features),
        });
        let export = Exported {
            programme: &programme,
            state: &state,
            day,
            known_at: known_at.min(programme.index().last().unwrap_or(known_at)),
            has_hxl: arguments.hxl,
            layers: with_codes.collect(),
        };
        export.write(&arguments.out, ending)?;
    }
    say!("{count} features of {} layers in {}", layers.len(), arguments.out.display());
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

/// `homeground package`.
pub fn package(arguments: &Package) -> anyhow::Result<Outcome> {
    let out = &arguments.out;
    if std::fs::read_dir(out).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Refused(format!("{} holds something already. hint: give a new folder", out.display())).into());
    }
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = super::report::when(&arguments.when);
    let state = programme.state_at(known_at);
    let files = match arguments.program {
        PackageFor::Qfield => crate::package::qfield(&programme, &state, day)?,
    };
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for (name, bytes) in files {
        let file = out.join(name);
        std::fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    }
    say!("made {}", out.display());
    say!(
        "next: copy it to the tablet; bring draft.gpkg back, and homeground import PROGRAMME draft.gpkg --map draft.toml"
    );
    Ok(Outcome::Done)
}

/// What the name of a file says of its format, and whether it holds several layers.
fn format_of(out: &Path) -> anyhow::Result<(&'static str, bool)> {
    let name = out.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let found =
        FORMATS.into_iter().find(|(ending, _)| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.')));
    found.ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|(ending, _)| *ending).collect();
        Usage(format!("no format for files named like {name:?}. hint: the ending is one of {}", known.join(", ")))
            .into()
    })
}

fn chosen(names: &[String], ending: &str, holds_many: bool) -> anyhow::Result<Vec<&'static Layer>> {
    if names.is_empty() {
        return Ok(match ending {
            "mbtiles" => MAPPED.iter().filter_map(|name| outputs::layers::named(name)).collect(),
            "gpkg" | "pmtiles" => outputs::layers::all().iter().collect(),
            _ => vec![&outputs::layers::HAZARD],
        });
    }
    if names.len() > 1 && !holds_many {
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

/// What is written, each layer as it is kept and as it goes out.
struct Exported<'a> {
    programme: &'a Programme,
    state: &'a State,
    day: Day,
    known_at: Timestamp,
    has_hxl: bool,
    layers: Vec<(&'static Layer, Layer, Vec<Feature>)>,
}

impl Exported<'_> {
    fn write(&self, out: &Path, ending: &str) -> anyhow::Result<()> {
        if ending == "gpkg" {
            let mut rows: Vec<_> =
                self.layers.iter().map(|(_, layer, features)| (*layer, features.iter().cloned())).collect();
            let mut layers: Vec<(Layer, &mut dyn Iterator<Item = Feature>)> = rows
                .iter_mut()
                .map(|(layer, features)| (*layer, features as &mut dyn Iterator<Item = Feature>))
                .collect();
            return Ok(store::write_geopackage(out, &mut layers, self.known_at, true)?);
        }
        write_whole(out, &self.bytes(ending)?)
    }

    fn bytes(&self, ending: &str) -> anyhow::Result<Vec<u8>> {
        let (kept, layer, features) = &self.layers[0];
        let all: Vec<(&Layer, &[Feature])> =
            self.layers.iter().map(|(_, layer, features)| (layer, features.as_slice())).collect();
        let title = format!("{}, {}", self.programme.name(), self.day.date());
        Ok(match ending {
            "fgb" => outputs::flatgeobuf::bytes(layer, features)?,
            "parquet" => outputs::geoparquet::bytes(layer, features)?,
            "csv" => {
                let columns: Vec<&str> = layer.columns.iter().map(|column| column.name).collect();
                outputs::table::csv_of_features(&columns, features, self.has_hxl)?.into_bytes()
            }
            "kml" => outputs::kml::text(&title, &all).into_bytes(),
            "kmz" => outputs::kml::packed(&title, &all)?,
            "shp.zip" => {
                let record = outputs::layers::kind_of(kept).map(records::RecordKind::name);
                let packed = outputs::shapefile::packed(layer, record, features)?;
                if packed.left_out > 0 {
                    say!(
                        "{} features are left out: a shapefile keeps none without ground of one kind. hint: gpkg keeps all",
                        packed.left_out
                    );
                }
                if packed.cut > 0 {
                    say!(
                        "{} texts are longer than a shapefile takes; they stand whole in {}.long_texts.csv in the ZIP",
                        packed.cut,
                        layer.name
                    );
                }
                packed.bytes
            }
            "xlsx" => self.workbook(&all)?,
            _ => outputs::geojson::collection(features).into_bytes(),
        })
    }

    fn workbook(&self, all: &[(&Layer, &[Feature])]) -> anyhow::Result<Vec<u8>> {
        let origins = |(layer, _, features): &(&'static Layer, Layer, Vec<Feature>)| {
            lineage::of_features(self.programme, self.state, layer, features)
        };
        let origins: Vec<_> = self.layers.iter().flat_map(origins).collect();
        let about = outputs::workbook::About {
            programme: self.programme.name(),
            as_of: self.day.date(),
            known_at: self.known_at,
            has_hxl: self.has_hxl,
        };
        let (bytes, too_long) = outputs::workbook::bytes(&about, all, &origins)?;
        if too_long > 0 {
            say!(
                "{too_long} cells are empty: a cell holds 32,767 letters, and their text is longer. hint: gpkg or csv keep all"
            );
        }
        Ok(bytes)
    }
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
