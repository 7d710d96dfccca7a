//! Every tile of some layers: as one PMTiles archive, or one picture after another.

use std::io::{Seek, Write};
use std::ops::ControlFlow;

use geozero::mvt::Message;
use pmtiles::{PmTilesWriter, TileCoord, TileId, TileType};
use rayon::prelude::*;
use records::feature::ColumnType;
use serde_json::{Map, Value, json};

use super::cut::Cut;
use super::picture::draw;
use super::{Source, Tile, encode};

/// Told now and then: the zoom, tiles done and tiles to do of it. Breaking off leaves the work undone.
pub type Progress<'a> = &'a mut dyn FnMut(u8, usize, usize) -> ControlFlow<()>;

/// Why tiles could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The archive could not be written.
    #[error("the archive could not be written: {0}")]
    Archive(#[from] pmtiles::PmtError),
    /// A picture could not be drawn.
    #[error("a tile could not be drawn: {0}")]
    Picture(String),
    /// Somebody stopped the work.
    #[error("stopped before the last tile; nothing was kept")]
    Stopped,
}

/// Tiles that are made before they are written.
const AT_ONCE: usize = 256;

/// Vector tiles of the layers down to a zoom as a PMTiles archive, version 3.
pub fn pmtiles(
    out: impl Write + Seek,
    sources: &[Source],
    deepest: u8,
    name: &str,
    progress: Progress<'_>,
) -> Result<(), PackError> {
    let layers = sources.iter().map(|source| vector_layer(source.name(), source.about(), source.columns(), deepest));
    let metadata = json!({"name": name, "vector_layers": layers.collect::<Vec<_>>()}).to_string();
    let mut writer = PmTilesWriter::new(TileType::Mvt).min_zoom(0).max_zoom(deepest).metadata(metadata);
    if let Some([west, south, east, north]) = bounds(sources) {
        writer = writer
            .bounds(west, south, east, north)
            .center((west + east) / 2.0, (south + north) / 2.0)
            .center_zoom(8.min(deepest));
    }
    let mut writer = writer.create(out)?;
    let make = |cuts: &[Cut<'_>]| Ok(encode::tile(cuts).encode_to_vec());
    each(sources, deepest, &make, progress, &mut |tile, bytes| {
        Ok::<_, PackError>(writer.add_tile(TileCoord::new(tile.z, tile.x, tile.y)?, &bytes)?)
    })?;
    Ok(writer.finalize()?)
}

/// Pictures of the layers between two zooms, for programs that know no vector tiles.
pub fn pictures<Error: From<PackError>>(
    sources: &[Source],
    zooms: (u8, u8),
    progress: Progress<'_>,
    put: &mut dyn FnMut(Tile, Vec<u8>) -> Result<(), Error>,
) -> Result<(), Error> {
    each(sources, zooms.1, &draw, progress, &mut |tile, bytes| match tile.z >= zooms.0 {
        true => put(tile, bytes),
        false => Ok(()),
    })
}

/// The box around all layers, degrees: west, south, east, north.
pub fn bounds(sources: &[Source]) -> Option<[f64; 4]> {
    let all = sources.iter().filter_map(Source::bounds);
    all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// A layer in the words of TileJSON 3.
pub fn vector_layer(name: &str, about: &str, columns: &[(&str, ColumnType)], deepest: u8) -> Value {
    let word = |holds| match holds {
        ColumnType::Integer | ColumnType::Real => "Number",
        ColumnType::Boolean => "Boolean",
        ColumnType::Text | ColumnType::Day => "String",
    };
    let fields = columns.iter().map(|(name, holds)| ((*name).to_owned(), json!(word(*holds))));
    let fields: Map<String, Value> = fields.chain([(encode::COUNT.to_owned(), json!("Number"))]).collect();
    json!({"id": name, "description": about, "fields": fields, "minzoom": 0, "maxzoom": deepest})
}

/// Every tile with something in it, zoom by zoom, each zoom along the curve of PMTiles. Below a tile in which nothing
/// is told there may be more: of two tiles that share a small hazard one tells it.
fn each<Error: From<PackError>>(
    sources: &[Source],
    deepest: u8,
    make: &(impl Fn(&[Cut<'_>]) -> Result<Vec<u8>, PackError> + Sync),
    progress: Progress<'_>,
    put: &mut dyn FnMut(Tile, Vec<u8>) -> Result<(), Error>,
) -> Result<(), Error> {
    let made = |&tile: &Tile| {
        let cuts: Vec<Cut<'_>> = sources.iter().map(|source| source.cut(tile, |_| true)).collect();
        let bytes = (!cuts.iter().all(Cut::is_empty)).then(|| make(&cuts));
        cuts.iter().any(|cut| cut.is_met).then_some((tile, bytes))
    };
    let mut wanted = vec![Tile::WORLD];
    for zoom in 0..=deepest {
        let mut filled = Vec::new();
        for (n, part) in wanted.chunks(AT_ONCE).enumerate() {
            if progress(zoom, n * AT_ONCE, wanted.len()).is_break() {
                return Err(PackError::Stopped.into());
            }
            for (tile, bytes) in part.par_iter().filter_map(made).collect::<Vec<_>>() {
                filled.push(tile);
                if let Some(bytes) = bytes {
                    put(tile, bytes?)?;
                }
            }
        }
        wanted = filled.into_iter().flat_map(Tile::below).collect();
        let along = |tile: &Tile| TileCoord::new(tile.z, tile.x, tile.y).map(TileId::from).map_or(0, |id| id.value());
        wanted.sort_by_cached_key(along);
    }
    Ok(())
}
