//! `/collections/{id}/items`: features, page by page.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::Day;
use records::Feature;
use serde_json::{Value, json};

use super::super::App;
use super::super::problem::Problem;
use super::model::{Item, Name, Rows};
use super::{Api, drafts, html};
use crate::query::{Crs, Filter};

/// Features of a page unless told otherwise, and at most; more is not an error but is cut to this.
pub const PAGE: usize = 1_000;
/// See [`PAGE`].
pub const LARGEST_PAGE: usize = 10_000;

/// Parameters that say which features are meant, besides the properties; the same for items and tiles.
pub const SELECTING: [&str; 6] = ["bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"];
/// Parameters that say how items are sent.
const SENDING: [&str; 4] = ["crs", "limit", "after", "offset"];

impl Api {
    /// The day of the root, or today.
    pub fn day(&self, app: &App) -> Day {
        self.as_of.unwrap_or_else(|| (app.options.now)().date()).into()
    }

    fn number(&self, name: &str, least: usize) -> Result<Option<usize>, Problem> {
        let wanted = format!("a whole number from {least} on");
        let read = |text: &str| match text.parse::<u64>() {
            Ok(number) if number >= least as u64 => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
            _ => Err(Problem::bad_query(name, text, &wanted)),
        };
        self.get(name).map(read).transpose()
    }
}

/// The page.
pub async fn items(State(app): State<Arc<App>>, headers: HeaderMap, api: Api) -> Result<Response, Problem> {
    let name = Name::read(api.name("id"))?;
    let columns = name.columns();
    let known: Vec<&str> = SELECTING.into_iter().chain(SENDING).chain(columns.iter().map(|column| column.0)).collect();
    api.knows(&known)?;
    let wants_csv = api.get("f") == Some("csv");
    let wants_html = !wants_csv && api.wants_html()?;
    let limit = api.number("limit", 1)?.unwrap_or(PAGE).min(LARGEST_PAGE);
    let offset = api.number("offset", 0)?.unwrap_or(0);
    let crs = Crs::read(&|name| api.get(name), "crs")?;
    let filter = Filter::read(&|name| api.get(name), &columns)?;
    let day = api.day(&app);
    let (change, collection) = app.collection(name, day).await?;
    let tag = tag(&app.layers.version(change), &api, day);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let time = (app.options.now)().timestamp();
    let work = move || -> Result<Response, Problem> {
        let found: Vec<&Item> = match filter.is_everything() {
            true => collection.items.iter().collect(),
            false => {
                let mut found = Vec::new();
                for item in &collection.items {
                    if item.is_kept(&filter)? {
                        found.push(item);
                    }
                }
                found
            }
        };
        let matched = found.len();
        let start = match api.get("after") {
            Some(after) => found.partition_point(|item| item.id.as_str() <= after),
            None => 0,
        };
        let start = start.saturating_add(offset).min(matched);
        let page = &found[start..matched.min(start.saturating_add(limit))];
        let mut links = vec![
            json!({"href": api.with(&[]), "rel": "self", "type": "application/geo+json", "title": "this page"}),
            json!({"href": api.with(&[("f", "html")]), "rel": "alternate", "type": "text/html", "title": "this page for people"}),
            json!({"href": api.with(&[("f", "csv"), ("limit", ""), ("after", ""), ("offset", "")]), "rel": "alternate", "type": "text/csv", "title": "all that match, as a table"}),
            json!({"href": api.href(&format!("/collections/{}", name.id())), "rel": "collection", "type": "application/json"}),
        ];
        if start + page.len() < matched
            && let Some(last) = page.last()
        {
            let next = api.with(&[("after", &last.id), ("offset", "")]);
            links.push(json!({"href": next, "rel": "next", "type": "application/geo+json", "title": "next page"}));
        }
        if wants_csv {
            let features: Vec<Feature> = found.iter().map(|item| item.feature()).collect();
            let names: Vec<&str> = columns.iter().map(|column| column.0).collect();
            let csv =
                outputs::table::csv_of_features(&names, &features, false).map_err(|error| Problem::bug(&error))?;
            let file = format!("attachment; filename=\"{}.csv\"", name.id());
            let kind =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
            return Ok((kind, csv).into_response());
        }
        if wants_html {
            let rows: Vec<Value> = page.iter().filter_map(|item| serde_json::from_str(&item.json).ok()).collect();
            return Ok(html::items(&api, name, &rows, &links, matched).into_response());
        }
        let mut body = String::with_capacity(page.iter().map(|item| item.json.len() + 2).sum::<usize>() + 2_000);
        body.push_str("{\"type\":\"FeatureCollection\",\"features\":[\n");
        for (i, item) in page.iter().enumerate() {
            if i > 0 {
                body.push_str(",\n");
            }
            match crs {
                Crs::Crs84 => body.push_str(&item.json),
                Crs::Epsg4326 => body.push_str(&latitude_first(&item.json)?),
            }
        }
        let links = Value::Array(links);
        let _ = write!(
            body,
            "\n],\"numberMatched\":{matched},\"numberReturned\":{},\"timeStamp\":\"{time}\",\"links\":{links}}}",
            page.len()
        );
        let headers = [
            (header::CONTENT_TYPE, "application/geo+json".to_owned()),
            (header::HeaderName::from_static("content-crs"), format!("<{}>", crs.uri())),
            (header::ETAG, tag),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        ];
        Ok((headers, body).into_response())
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))
}

/// One feature.
pub async fn item(State(app): State<Arc<App>>, api: Api) -> Result<Response, Problem> {
    let name = Name::read(api.name("id"))?;
    api.knows(&["crs"])?;
    let crs = Crs::read(&|name| api.get(name), "crs")?;
    let wants_html = api.wants_html()?;
    let (_, collection) = app.collection(name, api.day(&app)).await?;
    let id = api.name("feature");
    let item = collection.item(id).ok_or_else(|| Problem::unknown("feature", id))?;
    let text = match crs {
        Crs::Crs84 => item.json.clone(),
        Crs::Epsg4326 => latitude_first(&item.json)?,
    };
    let mut feature: Value = serde_json::from_str(&text).map_err(|e| Problem::bug(&e))?;
    feature["links"] = json!([
        {"href": api.with(&[]), "rel": "self", "type": "application/geo+json"},
        {"href": api.with(&[("f", "html")]), "rel": "alternate", "type": "text/html"},
        {"href": api.href(&format!("/collections/{}", name.id())), "rel": "collection", "type": "application/json"},
    ]);
    if wants_html {
        return Ok(html::feature(&api, name, &feature).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "application/geo+json".to_owned()),
        (header::HeaderName::from_static("content-crs"), format!("<{}>", crs.uri())),
    ];
    let mut response = (headers, feature.to_string()).into_response();
    if name.rows == Rows::Draft {
        // What a change must name, so that none is lost.
        let tag = header::HeaderValue::from_str(&drafts::tag(&item.json)).map_err(|error| Problem::bug(&error))?;
        response.headers_mut().insert(header::ETAG, tag);
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache"));
    }
    Ok(response)
}

/// Names what a request is answered with, until the programme changes.
pub fn tag(version: &str, api: &Api, day: Day) -> String {
    let mut hasher = DefaultHasher::new();
    (&api.root, &api.path, &api.query, day, api.accepts_html).hash(&mut hasher);
    format!("W/\"{version}-{:x}\"", hasher.finish())
}

/// The feature with every position turned round.
fn latitude_first(json: &str) -> Result<String, Problem> {
    let mut feature: Value = serde_json::from_str(json).map_err(|e| Problem::bug(&e))?;
    turn(&mut feature["geometry"]);
    Ok(feature.to_string())
}

fn turn(value: &mut Value) {
    match value {
        Value::Array(items) if items.len() >= 2 && items.iter().all(Value::is_number) => items.swap(0, 1),
        Value::Array(items) => items.iter_mut().for_each(turn),
        Value::Object(map) => {
            map.iter_mut()
                .filter(|(key, _)| ["coordinates", "geometries"].contains(&key.as_str()))
                .for_each(|(_, v)| turn(v));
        }
        _ => {}
    }
}
