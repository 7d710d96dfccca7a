//! OGC API – Features and Tiles: every layer of the programme for QGIS, GDAL and whoever else asks.
//!
//! Part 1 (core, GeoJSON, HTML, OpenAPI 3.0), Part 2 (two coordinate systems, both honoured), Part 3 (queryables,
//! CQL2). `/collections` is today; `/asof/YYYY-MM-DD/collections` is the same on another day, because QGIS and GDAL
//! never send `datetime`. A client that silently reads fewer features than there are would draw a map with hazards
//! missing: so every page but the last has a `next` link with an absolute address, and pages are cut by key, which
//! keeps them whole while entries arrive.
//!
//! The ledger takes no PUT and no DELETE.

mod documents;
pub mod drafts;
mod html;
mod items;
mod model;
mod openapi;
mod tiles;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use jiff::civil::Date;
use serde_json::Value;

use super::App;
use super::asked::Asked;
use super::overview;
use super::problem::Problem;
pub use model::{Collection, Item, Layers, Name, names};

/// Every address of the API; each also below `/asof/YYYY-MM-DD`.
pub fn routes() -> Router<Arc<App>> {
    let mut router =
        Router::new().route("/asof/{day}", get(documents::landing)).route("/asof/{day}/", get(documents::landing));
    let writes = post(drafts::create).options(drafts::options_of_items);
    let changes = put(drafts::replace).patch(drafts::update).delete(drafts::remove).options(drafts::options_of_item);
    router = router
        .route("/collections/{id}/items", writes.layer(DefaultBodyLimit::max(drafts::MOST_BYTES)))
        .route("/collections/{id}/items/{feature}", changes.layer(DefaultBodyLimit::max(drafts::MOST_BYTES)));
    for root in ["", "/asof/{day}"] {
        let at = |path: &str| format!("{root}{path}");
        router = router
            .route(&at("/conformance"), get(documents::conformance))
            .route(&at("/api"), get(documents::api))
            .route(&at("/collections"), get(documents::collections))
            .route(&at("/collections/{id}"), get(documents::collection))
            .route(&at("/collections/{id}/queryables"), get(documents::queryables))
            .route(&at("/collections/{id}/items"), get(items::items))
            .route(&at("/collections/{id}/items/{feature}"), get(items::item))
            .route(&at("/tileMatrixSets"), get(tiles::schemes))
            .route(&at("/tileMatrixSets/WebMercatorQuad"), get(tiles::scheme));
        for subject in ["", "/collections/{id}"] {
            let at = |path: &str| format!("{root}{subject}/tiles{path}");
            router = router
                .route(&at(""), get(tiles::tilesets))
                .route(&at("/WebMercatorQuad"), get(tiles::tileset))
                .route(&at("/WebMercatorQuad/tilejson.json"), get(tiles::tilejson))
                .route(&at("/WebMercatorQuad/{z}/{y}/{x}"), get(tiles::tile));
        }
    }
    router
}

/// `/`: the overview for people, the landing page of the API for programs that ask for JSON.
pub async fn landing_or_overview(State(app): State<Arc<App>>, headers: HeaderMap, asked: Asked, api: Api) -> Response {
    let wants_json = api.get("f") == Some("json")
        || headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accept| accept.contains("json") && !accept.contains("text/html"));
    match wants_json {
        true => documents::landing(api).await.into_response(),
        false => overview::show(State(app), asked).await.into_response(),
    }
}

/// A request to the API: where its root is, which day, which form, and its query.
#[derive(Debug, Clone)]
pub struct Api {
    /// Absolute address of the root, without a slash at the end.
    root: String,
    /// The path of this request below the root.
    path: String,
    /// The day of a dated root.
    as_of: Option<Date>,
    /// Names in the path: `id`, `feature`, `z`, `y`, `x`.
    names: HashMap<String, String>,
    query: Vec<(String, String)>,
    accepts_html: bool,
}

impl FromRequestParts<Arc<App>> for Api {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Api, Problem> {
        let names = axum::extract::Path::<HashMap<String, String>>::from_request_parts(parts, app).await;
        let names = names.map(|names| names.0).map_err(|_| Problem::unknown("page", parts.uri.path()))?;
        let header = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let host = parts.uri.host().map(str::to_owned).or_else(|| header(header::HOST).map(str::to_owned));
        let host = host.filter(|host| is_host(host)).unwrap_or_else(|| "127.0.0.1".to_owned());
        let as_of = match names.get("day") {
            None => None,
            Some(text) => Some(day(text).ok_or_else(|| Problem::unknown("day", text))?),
        };
        let prefix = as_of.map(|day| format!("/asof/{day}")).unwrap_or_default();
        let path = parts.uri.path().strip_prefix(prefix.as_str()).unwrap_or_default().trim_end_matches('/').to_owned();
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let accepts_html = header(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
        Ok(Api { root: format!("http://{host}{prefix}"), path, as_of, names, query, accepts_html })
    }
}

/// A day as written in addresses.
fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// Whether a `Host` is one that can stand in a link.
pub fn is_host(host: &str) -> bool {
    !host.is_empty() && host.len() < 260 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

impl Api {
    /// The value of a parameter; given twice is the first.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A name in the path.
    pub fn name(&self, name: &str) -> &str {
        self.names.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Parameters that nobody knows are refused: a filter that is misspelt must not show everything.
    pub fn knows(&self, known: &[&str]) -> Result<(), Problem> {
        match self.query.iter().find(|(name, _)| !known.contains(&name.as_str()) && name != "f") {
            None => Ok(()),
            Some((name, value)) => {
                let mut known = known.to_vec();
                known.push("f");
                Err(Problem::bad_query(name, value, &format!("absent; known here: {}", known.join(", "))))
            }
        }
    }

    /// Whether a page for people is wanted.
    fn wants_html(&self) -> Result<bool, Problem> {
        match self.get("f") {
            None => Ok(self.accepts_html),
            Some("json" | "geojson") => Ok(false),
            Some("html") => Ok(true),
            Some(other) => Err(Problem::bad_query("f", other, "json or html")),
        }
    }

    /// An absolute address below the root.
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// This request with other parameters.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.query {
            if !changes.iter().any(|(changed, _)| changed == name) {
                query.append_pair(name, value);
            }
        }
        changes
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .for_each(|(name, value)| _ = query.append_pair(name, value));
        let query = query.finish();
        match query.is_empty() {
            true => self.href(&self.path),
            false => format!("{}?{query}", self.href(&self.path)),
        }
    }

    /// A document, as JSON or as a page that shows it.
    fn answer(&self, title: &str, value: &Value) -> Result<Response, Problem> {
        Ok(match self.wants_html()? {
            true => html::document(self, title, value).into_response(),
            false => axum::Json(value).into_response(),
        })
    }
}
