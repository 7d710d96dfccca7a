//! OGC API – Tiles: vector tiles of every collection on any day, and TileJSON for map libraries.
//!
//! Part 1 with tilesets of one collection and of the whole programme, in `WebMercatorQuad`. The same parameters keep
//! the same features as under `items` ([`Filter`]), so that a map never shows another set than a list.

use std::io::{Read, Write};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ledger::Day;
use outputs::tiles::{self, Tile};
use records::feature::LayerGeometry;
use serde_json::{Value, json};

use super::super::App;
use super::super::problem::Problem;
use super::documents::link;
use super::model::{Collection, Name, Rows, names};
use super::{Api, items};
use crate::query::{CRS84, Filter};

/// What a vector tile is called.
pub const MVT: &str = "application/vnd.mapbox-vector-tile";
/// The relation from anything to its vector tiles.
pub const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
/// The relation to the tile matrix sets.
pub const SCHEMES: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";
const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
const QUAD: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const EPSG3857: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
const TILEJSON: &str = "application/json";

/// The deepest zoom that map libraries need to ask for: a unit is 15 cm at the equator.
const DEEPEST_NEEDED: u8 = 16;

/// What tiles are of: one collection, or all that have ground.
#[derive(Clone)]
struct Subject {
    names: Vec<Name>,
    /// The address below the root under which `/tiles` stands.
    at: String,
    title: String,
}

impl Subject {
    fn read(api: &Api) -> Result<Subject, Problem> {
        let has_ground = |name: &Name| name.layer.geometry != LayerGeometry::None;
        match api.names.get("id") {
            Some(id) => {
                let name = Name::read(id)?;
                match has_ground(&name) {
                    true => Ok(Subject { names: vec![name], at: format!("/collections/{id}"), title: id.clone() }),
                    false => Err(Problem::unknown("tileset", id)),
                }
            }
            None => {
                let chosen: Vec<Name> = match api.get("collections") {
                    None => names().filter(|name| has_ground(name) && name.rows == Rows::Day).collect(),
                    Some(ids) => ids.split(',').map(|id| Name::read(id.trim())).collect::<Result<_, _>>()?,
                };
                Ok(Subject { names: chosen, at: String::new(), title: "Homeground".to_owned() })
            }
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/tiles{rest}", self.at)
    }

    /// Where the tiles of this request are, to be filled in.
    fn template(&self, api: &Api, [z, y, x]: [&str; 3]) -> String {
        let query = match api.get("collections") {
            Some(ids) => format!("?collections={ids}"),
            None => String::new(),
        };
        api.href(&format!("{}{query}", self.path(&format!("/WebMercatorQuad/{z}/{y}/{x}"))))
    }

    /// The collections after one change of the programme, and which.
    async fn collections(&self, app: &Arc<App>, day: Day) -> Result<(u64, Vec<Arc<Collection>>), Problem> {
        const TRIES: usize = 8;
        for _ in 0..TRIES {
            let mut found = Vec::with_capacity(self.names.len());
            for name in &self.names {
                found.push(app.collection(*name, day).await?);
            }
            // A change between two of them would mix two states.
            let first = found.first().map_or_else(|| app.shown.change(), |(change, _)| *change);
            if found.iter().all(|(change, _)| *change == first) {
                return Ok((first, found.into_iter().map(|(_, collection)| collection).collect()));
            }
        }
        Err(Problem::busy("entries arrive faster than this can be read".to_owned()))
    }
}

/// Parameters of documents about tiles, besides those of every document.
fn known(api: &Api) -> &'static [&'static str] {
    if api.names.contains_key("id") { &[] } else { &["collections"] }
}

/// `/tileMatrixSets`.
pub async fn schemes(api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    let itself = link(api.href("/tileMatrixSets/WebMercatorQuad"), "self", "application/json", "its definition");
    let value = json!({"tileMatrixSets": [{"id": "WebMercatorQuad", "title": "Web Mercator quad tree", "uri": QUAD, "links": [itself]}]});
    api.answer("Tile matrix sets", &value)
}

/// `/tileMatrixSets/WebMercatorQuad`.
pub async fn scheme(api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    const HALF: f64 = 20_037_508.342_789_244;
    /// Metres of a pixel of the standard's screen.
    const PIXEL: f64 = 0.000_28;
    let matrices = (0..=tiles::DEEPEST).map(|z| {
        let side = 1_u64 << z;
        let cell = 2.0 * HALF / 256.0 / side as f64;
        json!({
            "id": z.to_string(), "scaleDenominator": cell / PIXEL, "cellSize": cell, "pointOfOrigin": [-HALF, HALF],
            "tileWidth": 256, "tileHeight": 256, "matrixWidth": side, "matrixHeight": side,
        })
    });
    let value = json!({
        "id": "WebMercatorQuad",
        "title": "Web Mercator quad tree",
        "uri": QUAD,
        "crs": EPSG3857,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices.collect::<Vec<_>>(),
    });
    api.answer("WebMercatorQuad", &value)
}

/// `/tiles` and `/collections/{id}/tiles`.
pub async fn tilesets(api: Api) -> Result<Response, Problem> {
    let subject = Subject::read(&api)?;
    api.knows(known(&api))?;
    let tileset = json!({
        "title": subject.title,
        "dataType": "vector",
        "crs": EPSG3857,
        "tileMatrixSetURI": QUAD,
        "links": [link(api.href(&subject.path("/WebMercatorQuad")), "self", "application/json", "the tileset"), scheme_link(&api)],
    });
    let itself = link(api.href(&subject.path("")), "self", "application/json", "this document");
    api.answer(&format!("{} tiles", subject.title), &json!({"tilesets": [tileset], "links": [itself]}))
}

/// `…/tiles/WebMercatorQuad`.
pub async fn tileset(State(app): State<Arc<App>>, api: Api) -> Result<Response, Problem> {
    let subject = Subject::read(&api)?;
    api.knows(known(&api))?;
    let (_, collections) = subject.collections(&app, api.day(&app)).await?;
    let layers = subject.names.iter().map(|name| {
        let columns = name.columns().into_iter();
        let properties: serde_json::Map<String, Value> =
            columns.map(|(column, holds)| (column.to_owned(), super::openapi::type_of(holds))).collect();
        json!({"id": name.id(), "description": name.about(), "dataType": "vector", "propertiesSchema": {"type": "object", "properties": properties}})
    });
    let mut item = link(subject.template(&api, ["{tileMatrix}", "{tileRow}", "{tileCol}"]), "item", MVT, "the tiles");
    item["templated"] = json!(true);
    let mut value = json!({
        "title": subject.title,
        "dataType": "vector",
        "crs": EPSG3857,
        "tileMatrixSetURI": QUAD,
        "layers": layers.collect::<Vec<_>>(),
        "links": [
            link(api.href(&subject.path("/WebMercatorQuad")), "self", "application/json", "this document"),
            item,
            link(api.href(&subject.path("/WebMercatorQuad/tilejson.json")), "describedby", TILEJSON, "TileJSON"),
            scheme_link(&api),
        ],
    });
    if let Some([west, south, east, north]) = bounds(&collections) {
        value["boundingBox"] = json!({"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84});
    }
    api.answer(&format!("{} tiles", subject.title), &value)
}

fn scheme_link(api: &Api) -> Value {
    link(api.href("/tileMatrixSets/WebMercatorQuad"), SCHEME, "application/json", "WebMercatorQuad")
}

fn bounds(collections: &[Arc<Collection>]) -> Option<[f64; 4]> {
    let all = collections.iter().filter_map(|collection| collection.bounds);
    all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// `…/tiles/WebMercatorQuad/tilejson.json`.
pub async fn tilejson(State(app): State<Arc<App>>, api: Api) -> Result<Response, Problem> {
    let subject = Subject::read(&api)?;
    api.knows(known(&api))?;
    let (_, collections) = subject.collections(&app, api.day(&app)).await?;
    let layer = |name: &Name| tiles::vector_layer(&name.id(), &name.about(), &name.columns(), DEEPEST_NEEDED);
    let mut value = json!({
        "tilejson": "3.0.0",
        "name": subject.title,
        "description": "Which ground is hazardous, which is released, and who says so",
        "scheme": "xyz",
        "tiles": [subject.template(&api, ["{z}", "{y}", "{x}"])],
        "minzoom": 0,
        "maxzoom": DEEPEST_NEEDED,
        "vector_layers": subject.names.iter().map(layer).collect::<Vec<_>>(),
    });
    if let Some([west, south, east, north]) = bounds(&collections) {
        value["bounds"] = json!([west, south, east, north]);
        value["center"] = json!([(west + east) / 2.0, (south + north) / 2.0, 8]);
    }
    Ok(axum::Json(value).into_response())
}

/// `…/tiles/WebMercatorQuad/{z}/{y}/{x}`.
pub async fn tile(State(app): State<Arc<App>>, headers: HeaderMap, api: Api) -> Result<Response, Problem> {
    let subject = Subject::read(&api)?;
    let number = |name: &str| api.name(name).parse::<u32>().ok();
    let place = (|| Tile::new(u8::try_from(number("z")?).ok()?, number("x")?, number("y")?))();
    let tile = place.ok_or_else(|| Problem::unknown("tile", &api.path))?;
    let filter = match subject.names[..] {
        [name] if api.names.contains_key("id") => {
            let columns = name.columns();
            let parameters = items::SELECTING.into_iter().chain(columns.iter().map(|column| column.0));
            api.knows(&parameters.collect::<Vec<_>>())?;
            Filter::read(&|name| api.get(name), &columns)?
        }
        _ => {
            api.knows(known(&api))?;
            Filter::default()
        }
    };
    let day = api.day(&app);
    let change = app.shown.change();
    let tag = |change| items::tag(&app.layers.version(change), &api, day);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag(change).as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag(change))]).into_response());
    }
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_gzip = accepts.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"));
    let key = (day, subject.names.iter().map(|name| name.number).collect(), tile);
    let is_kept = filter.is_everything();
    let (change, packed) = match is_kept.then(|| app.layers.tile(change, &key)).flatten() {
        Some(packed) => (change, packed),
        None => {
            let (change, collections) = subject.collections(&app, day).await?;
            let work = move || packed(&subject.names, &collections, tile, &filter);
            let made = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))?;
            if is_kept {
                app.layers.keep_tile(change, key, made.clone());
            }
            (change, made)
        }
    };
    let headers = [(header::ETAG, tag(change)), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if packed.is_empty() {
        return Ok((StatusCode::NO_CONTENT, headers).into_response());
    }
    let kind = [(header::CONTENT_TYPE, MVT), (header::VARY, "accept-encoding")];
    if takes_gzip {
        return Ok((headers, kind, [(header::CONTENT_ENCODING, "gzip")], packed).into_response());
    }
    let mut plain = Vec::new();
    GzDecoder::new(&*packed).read_to_end(&mut plain).map_err(|error| Problem::bug(&error))?;
    Ok((headers, kind, plain).into_response())
}

/// The tile as gzip; no bytes if nothing is in it.
fn packed(names: &[Name], collections: &[Arc<Collection>], tile: Tile, filter: &Filter) -> Result<Bytes, Problem> {
    let mut wrong = None;
    let mut cuts = Vec::with_capacity(names.len());
    for (name, collection) in names.iter().zip(collections) {
        let source = collection.source(*name);
        cuts.push(match filter.is_everything() {
            true => source.cut(tile, |_| true),
            false => source.cut(tile, |number| {
                let keeps = wrong.is_none().then(|| collection.items[number].is_kept(filter));
                match keeps {
                    Some(Ok(keeps)) => keeps,
                    Some(Err(problem)) => {
                        wrong = Some(problem);
                        false
                    }
                    None => false,
                }
            }),
        });
    }
    if let Some(wrong) = wrong {
        return Err(wrong.into());
    }
    let plain = tiles::bytes(&cuts);
    if plain.is_empty() {
        return Ok(Bytes::new());
    }
    let mut packer = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::fast());
    let packed = packer.write_all(&plain).and_then(|()| packer.finish()).map_err(|error| Problem::bug(&error))?;
    Ok(Bytes::from(packed))
}
