//! The documents around the features: landing page, conformance, collections, queryables, the OpenAPI document.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use records::feature::LayerGeometry;
use serde_json::{Value, json};

use super::super::App;
use super::super::problem::Problem;
use super::Api;
use super::model::{Collection, Name, names};
use super::{openapi, tiles};
use crate::query::{CRS84, EPSG4326};

const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

const CLASSES: [&str; 24] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/features",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
];

/// A link as every document has them.
pub fn link(href: String, rel: &str, kind: &str, title: &str) -> Value {
    json!({"href": href, "rel": rel, "type": kind, "title": title})
}

/// `/`.
pub async fn landing(api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    let value = json!({
        "title": "Homeground",
        "description": "Which ground is hazardous, which is released, and who says so",
        "links": [
            link(api.href("/"), "self", "application/json", "this document"),
            link(api.href("/?f=html"), "alternate", "text/html", "the same for people"),
            link(api.href("/api"), "service-desc", OPENAPI, "the API in OpenAPI 3.0"),
            link(api.href("/api?f=html"), "service-doc", "text/html", "the API for people"),
            link(api.href("/conformance"), "conformance", "application/json", "what is implemented"),
            link(api.href("/collections"), "data", "application/json", "the layers"),
            link(api.href("/tiles"), tiles::TILESETS, "application/json", "the layers as vector tiles"),
            link(api.href("/tileMatrixSets"), tiles::SCHEMES, "application/json", "how tiles are numbered"),
        ],
    });
    api.answer("OGC API – Features", &value)
}

/// `/conformance`.
pub async fn conformance(api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    api.answer("Conformance", &json!({"conformsTo": CLASSES}))
}

/// `/api`.
pub async fn api(api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    let value = openapi::document(&api);
    Ok(match api.wants_html()? {
        true => api.answer("API", &value)?,
        false => ([(header::CONTENT_TYPE, OPENAPI)], value.to_string()).into_response(),
    })
}

/// `/collections`.
pub async fn collections(api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    let collections: Vec<Value> = names().map(|name| described(&api, name, None)).collect();
    let value = json!({
        "links": [
            link(api.href("/collections"), "self", "application/json", "this document"),
            link(api.href("/collections?f=html"), "alternate", "text/html", "the same for people"),
        ],
        "crs": [CRS84, EPSG4326],
        "collections": collections,
    });
    api.answer("Collections", &value)
}

/// `/collections/{id}`.
pub async fn collection(State(app): State<Arc<App>>, api: Api) -> Result<Response, Problem> {
    let name = Name::read(api.name("id"))?;
    api.knows(&[])?;
    let (_, collection) = app.collection(name, api.day(&app)).await?;
    api.answer(&name.id(), &described(&api, name, Some(&collection)))
}

/// `/collections/{id}/queryables`.
pub async fn queryables(api: Api) -> Result<Response, Problem> {
    let name = Name::read(api.name("id"))?;
    api.knows(&[])?;
    let mut properties = serde_json::Map::new();
    if name.layer.geometry != LayerGeometry::None {
        let schema = json!({"title": "geometry", "$ref": "https://geojson.org/schema/Geometry.json"});
        properties.insert("geometry".to_owned(), schema);
    }
    for (column, holds) in name.columns() {
        let mut schema = openapi::type_of(holds);
        schema["title"] = json!(column);
        properties.insert(column.to_owned(), schema);
    }
    let value = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": api.href(&format!("/collections/{}/queryables", name.id())),
        "title": name.id(),
        "description": name.about(),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    Ok(match api.wants_html()? {
        true => api.answer(&format!("{} queryables", name.id()), &value)?,
        false => ([(header::CONTENT_TYPE, "application/schema+json")], value.to_string()).into_response(),
    })
}

fn described(api: &Api, name: Name, collection: Option<&Collection>) -> Value {
    let id = name.id();
    let at = |rest: &str| api.href(&format!("/collections/{id}{rest}"));
    let mut value = json!({
        "id": id,
        "title": id,
        "description": name.about(),
        "itemType": "feature",
        "crs": [CRS84, EPSG4326],
        "storageCrs": CRS84,
        "links": [
            link(at(""), "self", "application/json", "this collection"),
            link(at("?f=html"), "alternate", "text/html", "the same for people"),
            link(at("/items"), "items", "application/geo+json", "its features"),
            link(at("/items?f=html"), "items", "text/html", "its features for people"),
            link(at("/queryables"), "http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json", "its queryables"),
        ],
    });
    if name.layer.geometry != LayerGeometry::None
        && let Some(links) = value["links"].as_array_mut()
    {
        links.push(link(at("/tiles"), tiles::TILESETS, "application/json", "its vector tiles"));
    }
    let Some(collection) = collection else { return value };
    let first = collection.items.iter().map(|item| item.days.0).min();
    let mut extent = json!({});
    if let Some(bounds) = collection.bounds {
        extent["spatial"] = json!({"bbox": [bounds], "crs": CRS84});
    }
    if let Some(first) = first {
        let trs = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
        extent["temporal"] = json!({"interval": [[format!("{}T00:00:00Z", first.date()), null]], "trs": trs});
    }
    if extent.as_object().is_some_and(|extent| !extent.is_empty()) {
        value["extent"] = extent;
    }
    value
}
