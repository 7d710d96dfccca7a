//! The OpenAPI 3.0 document: what QGIS reads to learn the largest page, and what testers read to try everything.

use records::feature::ColumnType;
use serde_json::{Value, json};

use super::Api;
use super::items::{LARGEST_PAGE, PAGE};
use super::model::names;
use crate::query::{CRS84, EPSG4326};

/// The schema of a column's values; any may be null.
pub fn type_of(holds: ColumnType) -> Value {
    match holds {
        ColumnType::Text => json!({"type": "string"}),
        ColumnType::Integer => json!({"type": "integer"}),
        ColumnType::Real => json!({"type": "number"}),
        ColumnType::Day => json!({"type": "string", "format": "date"}),
        ColumnType::Boolean => json!({"type": "boolean"}),
    }
}

/// The document for a root.
pub fn document(api: &Api) -> Value {
    let ids: Vec<String> = names().map(|name| name.id()).collect();
    let reference = |kind: &str, name: &str| json!({"$ref": format!("#/components/{kind}/{name}")});
    let parameter = |name: &str| reference("parameters", name);
    let answer = |about: &str, media: Value| {
        json!({
            "200": {"description": about, "content": media},
            "304": {"description": "unchanged since the copy that the client has"},
            "400": reference("responses", "BadRequest"),
            "404": reference("responses", "NotFound"),
            "503": reference("responses", "Busy"),
        })
    };
    let described = |about: &str| {
        answer(
            about,
            json!({"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}),
        )
    };
    let get = |summary: &str, id: &str, parameters: Vec<Value>, responses: Value| json!({"get": {"summary": summary, "operationId": id, "tags": ["Features"], "parameters": parameters, "responses": responses}});
    let features = || {
        json!({
            "application/geo+json": {"schema": {"type": "object", "required": ["type", "features", "numberMatched", "numberReturned"],
                "properties": {
                    "type": {"type": "string", "enum": ["FeatureCollection"]},
                    "features": {"type": "array", "items": reference("schemas", "Feature")},
                    "numberMatched": {"type": "integer", "minimum": 0},
                    "numberReturned": {"type": "integer", "minimum": 0},
                    "timeStamp": {"type": "string", "format": "date-time"},
                    "links": {"type": "array", "items": {"type": "object"}}}}},
            "text/html": {"schema": {"type": "string"}},
        })
    };
    let tile = || {
        let mut answers = answer(
            "the tile",
            json!({"application/vnd.mapbox-vector-tile": {"schema": {"type": "string", "format": "binary"}}}),
        );
        answers["204"] = json!({"description": "nothing is there"});
        answers
    };
    let body = |media: &str, schema: &str| json!({"required": true, "content": {media: {"schema": reference("schemas", schema)}}});
    let written = |status: &str, about: &str| {
        json!({
            status: {"description": about},
            "400": reference("responses", "BadRequest"),
            "403": reference("responses", "Forbidden"),
            "404": reference("responses", "NotFound"),
            "405": reference("responses", "NotDrawn"),
            "412": reference("responses", "ChangedSince"),
            "415": reference("responses", "WrongType"),
            "503": reference("responses", "Busy"),
        })
    };
    let number =
        |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0}});
    let schema_document =
        json!({"application/schema+json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}});
    let openapi = json!({"application/vnd.oai.openapi+json;version=3.0": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}});
    let item_parameters = ["collectionId", "limit", "bbox", "bbox-crs", "crs", "datetime", "after", "offset", "f"];
    let items = get(
        "Features of a layer",
        "items",
        item_parameters.map(parameter).to_vec(),
        answer("a page of features", features()),
    );
    let one = json!({"application/geo+json": {"schema": reference("schemas", "Feature")}, "text/html": {"schema": {"type": "string"}}});
    let parameters = ["collectionId", "featureId", "crs", "f"].map(parameter).to_vec();
    let item = get("One feature", "item", parameters, answer("the feature", one));
    // Only drafts can be changed, so each collection of drafts has paths of its own.
    let drafts = |id: &str| {
        let change = |summary: &str, verb: &str, of_one: bool, answers: Value| {
            let parameters: Vec<Value> = of_one.then(|| parameter("featureId")).into_iter().collect();
            json!({"summary": summary, "operationId": format!("{verb}-{id}"), "tags": ["Drafts"], "parameters": parameters, "responses": answers})
        };
        let own = |path: &Value, verb: &str| {
            let mut path = path.clone();
            path["get"]["operationId"] = json!(format!("{verb}-{id}"));
            let parameters = path["get"]["parameters"].as_array_mut();
            parameters.into_iter().for_each(|all| all.retain(|one| *one != parameter("collectionId")));
            path
        };
        let (mut items, mut item) = (own(&items, "items"), own(&item, "item"));
        items["post"] = change("Draw a feature", "create", false, written("201", "kept; Location leads to it"));
        items["post"]["requestBody"] = body("application/geo+json", "NewFeature");
        item["put"] = change("Replace a drawn feature", "replace", true, written("204", "replaced"));
        item["put"]["requestBody"] = body("application/geo+json", "NewFeature");
        item["patch"] = change("Change a drawn feature", "update", true, written("204", "changed"));
        item["patch"]["requestBody"] = body("application/merge-patch+json", "Patch");
        item["delete"] = change("Take a drawn feature away", "delete", true, written("204", "gone"));
        [(format!("/collections/{id}/items"), items), (format!("/collections/{id}/items/{{featureId}}"), item)]
    };
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Homeground",
            "version": env!("CARGO_PKG_VERSION"),
            // An expression is a language of its own, which no schema of a string can describe.
            "description": "Layers of a mine-action and recovery programme. The ledger takes no PUT and no DELETE; collections whose name ends in _draft do. \
                Items also take any property by name, and a CQL2 `filter` over the queryables with `filter-lang` and `filter-crs`.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": [{"url": api.href("")}],
        "paths": {
            "/conformance": get("What is implemented", "conformance", vec![parameter("f")], described("the conformance classes")),
            "/api": get("This document", "api", vec![parameter("f")], answer("the API", openapi)),
            "/collections": get("The layers", "collections", vec![parameter("f")], described("the collections")),
            "/collections/{collectionId}": get("A layer", "collection",
                vec![parameter("collectionId"), parameter("f")], described("the collection")),
            "/collections/{collectionId}/queryables": get("Properties that can be asked for", "queryables",
                vec![parameter("collectionId"), parameter("f")], answer("the queryables", schema_document)),
            "/collections/{collectionId}/items": &items,
            "/collections/{collectionId}/items/{featureId}": &item,
            "/tileMatrixSets": get("How tiles may be numbered", "schemes", vec![parameter("f")], described("the tile matrix sets")),
            "/tileMatrixSets/WebMercatorQuad": get("How tiles are numbered", "scheme", vec![parameter("f")], described("the tile matrix set")),
            "/tiles": get("Tilesets of all layers", "tilesets", vec![parameter("collections"), parameter("f")], described("the tilesets")),
            "/tiles/WebMercatorQuad": get("The tileset of all layers", "tileset", vec![parameter("collections"), parameter("f")], described("the tileset")),
            "/tiles/WebMercatorQuad/tilejson.json": get("The tileset as TileJSON", "tileJson", vec![parameter("collections")], described("TileJSON 3")),
            "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}": get("A tile of all layers", "tile",
                ["tileMatrix", "tileRow", "tileCol", "collections"].map(parameter).to_vec(), tile()),
            "/collections/{collectionId}/tiles": get("Tilesets of a layer", "collectionTilesets",
                vec![parameter("collectionId"), parameter("f")], described("the tilesets")),
            "/collections/{collectionId}/tiles/WebMercatorQuad": get("The tileset of a layer", "collectionTileset",
                vec![parameter("collectionId"), parameter("f")], described("the tileset")),
            "/collections/{collectionId}/tiles/WebMercatorQuad/tilejson.json": get("The tileset of a layer as TileJSON", "collectionTileJson",
                vec![parameter("collectionId")], described("TileJSON 3")),
            "/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}": get("A tile of a layer", "collectionTile",
                ["collectionId", "tileMatrix", "tileRow", "tileCol", "bbox", "bbox-crs", "datetime"].map(parameter).to_vec(), tile()),
        },
        "components": {
            "parameters": {
                "collectionId": {"name": "collectionId", "in": "path", "required": true, "schema": {"type": "string", "enum": ids}},
                "featureId": {"name": "featureId", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}},
                "tileMatrix": {"name": "tileMatrix", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0, "maximum": outputs::tiles::DEEPEST}},
                "tileRow": number("tileRow"),
                "tileCol": number("tileCol"),
                "collections": {"name": "collections", "in": "query", "required": false, "description": "layers, separated by commas",
                    "schema": {"type": "array", "items": {"type": "string", "enum": ids}}, "style": "form", "explode": false},
                "limit": {"name": "limit", "in": "query", "required": false, "description": "features of a page; more than the maximum is cut to it",
                    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}, "style": "form", "explode": false},
                "bbox": {"name": "bbox", "in": "query", "required": false, "description": "west,south,east,north; west beyond east is across the antimeridian",
                    "schema": {"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}], "items": {"type": "number"}}, "style": "form", "explode": false},
                "bbox-crs": crs("bbox-crs"),
                "crs": crs("crs"),
                "datetime": {"name": "datetime", "in": "query", "required": false, "description": "a day or an instant; also an interval such as 2024-01-01/..", "schema": {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}, "style": "form", "explode": false},
                "after": {"name": "after", "in": "query", "required": false, "description": "id of the last feature of the page before; `next` links carry it", "schema": {"type": "string"}, "style": "form", "explode": false},
                "offset": {"name": "offset", "in": "query", "required": false, "description": "features to leave out first", "schema": {"type": "integer", "minimum": 0}, "style": "form", "explode": false},
                "f": {"name": "f", "in": "query", "required": false, "schema": {"type": "string", "enum": ["json", "html"]}, "style": "form", "explode": false},
            },
            "responses": {
                "BadRequest": problem("a parameter that is unknown, or cannot be meant"),
                "NotFound": problem("no such collection or feature"),
                "Forbidden": problem("changes are taken from the serving machine only"),
                "NotDrawn": problem("a collection that shows the ledger, which is only ever added to"),
                "ChangedSince": problem("somebody changed it since it was read"),
                "WrongType": problem("a body of a type that is not read"),
                "Busy": problem("an import holds the programme; try again in a moment"),
            },
            "schemas": {
                "NewFeature": {"type": "object", "required": ["type", "geometry", "properties"], "properties": {
                    "type": {"type": "string", "enum": ["Feature"]},
                    "geometry": {"type": "object", "nullable": true},
                    "properties": {"type": "object", "nullable": true, "description": "by the queryables of the collection; no other"}}},
                "Patch": {"type": "object"},
                "Feature": {"type": "object", "required": ["type", "id", "properties"], "properties": {
                    "type": {"type": "string", "enum": ["Feature"]},
                    "id": {"type": "string"},
                    "geometry": {"type": "object", "nullable": true},
                    "properties": {"type": "object"},
                    "links": {"type": "array", "items": {"type": "object"}}}},
            },
        },
    });
    for (path, operations) in ids.iter().filter(|id| id.ends_with("_draft")).flat_map(|id| drafts(id)) {
        document["paths"][path] = operations;
    }
    document
}

fn crs(name: &str) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": {"type": "string", "enum": [CRS84, EPSG4326], "default": CRS84}, "style": "form", "explode": false})
}

fn problem(about: &str) -> Value {
    json!({"description": about, "content": {"application/problem+json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}})
}
