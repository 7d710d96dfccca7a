//! OData 4.0, reading only: what Excel and Power BI connect to. `/odata/`, and `/asof/YYYY-MM-DD/odata/` for another day.
//!
//! Every collection of the OGC API is an entity set with the same rows. A filter is brought to the CQL2 of the other
//! interfaces and judged there, so a workbook never shows another set than the map. What stands for a geometry is a
//! position inside it (`lon`, `lat`) and its well-known text. Part 1 §8 (headers), §11 (requests); CSDL XML 4.0.

mod filter;
mod metadata;

pub use filter::cql2;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use records::feature::ColumnType;
use serde_json::{Map, Value, json};

use super::App;
use super::ogc::{Api, Collection, Item, Name, names};
use super::problem::Problem;
use crate::query::Filter;

/// Rows of a page, and at most.
const PAGE: usize = 1_000;
const LARGEST_PAGE: usize = 10_000;

/// Options that a request may carry.
const OPTIONS: [&str; 8] = ["$filter", "$select", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format"];

/// Columns besides those of a layer: the position and the ground.
const GROUND: [(&str, ColumnType); 3] =
    [("lon", ColumnType::Real), ("lat", ColumnType::Real), ("WKT", ColumnType::Text)];

/// Every address.
pub fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for root in ["/odata", "/asof/{day}/odata"] {
        router = router
            .route(root, get(service))
            .route(&format!("{root}/"), get(service))
            .route(&format!("{root}/$metadata"), get(metadata_document))
            .route(&format!("{root}/{{set}}"), get(set))
            .route(&format!("{root}/{{set}}/$count"), get(number));
    }
    router
}

/// A request with its options, and how many rows the client wants in a page.
struct Asked {
    api: Api,
    page: Option<usize>,
}

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Asked, Failed> {
        let prefer = parts.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let wanted = prefer.flat_map(|line| line.split([',', ';'])).filter_map(|part| part.trim().split_once('='));
        let page = wanted.filter(|(name, _)| name.trim_start_matches("odata.") == "maxpagesize");
        let page = page.filter_map(|(_, size)| size.trim().parse::<usize>().ok()).find(|size| *size > 0);
        let version = parts.headers.get("odata-maxversion").and_then(|value| value.to_str().ok());
        if version.is_some_and(|version| version.trim().parse::<f64>().is_ok_and(|version| version < 4.0)) {
            return Err(Problem::bad_query("OData-MaxVersion", version.unwrap_or_default(), "4.0 or more").into());
        }
        Ok(Asked { api: Api::from_request_parts(parts, app).await?, page })
    }
}

/// What went wrong, in the envelope that OData clients show.
struct Failed(Problem);

impl<E: Into<Problem>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let Problem { code, status, detail, hint, .. } = self.0;
        let body = json!({"error": {"code": code, "message": format!("{detail}. {hint}")}});
        answer(status, body.to_string())
    }
}

fn answer(status: StatusCode, body: String) -> Response {
    let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    (status, [(header::CONTENT_TYPE, kind), (HeaderName::from_static("odata-version"), "4.0")], body).into_response()
}

/// Columns of an entity set: the key first, then those of its collection, then its ground.
fn columns(name: Name) -> Vec<(&'static str, ColumnType)> {
    let has_ground = name.layer.geometry != records::feature::LayerGeometry::None;
    let ground = if has_ground { GROUND.as_slice() } else { &[] };
    std::iter::once(("id", ColumnType::Text)).chain(name.columns()).chain(ground.iter().copied()).collect()
}

fn knows(api: &Api, known: &[&str]) -> Result<(), Failed> {
    api.knows(known)?;
    match api.get("$format") {
        None => Ok(()),
        Some(format) if format == "json" || format.starts_with("application/json") => Ok(()),
        Some(other) => Err(Problem::bad_query("$format", other, "json").into()),
    }
}

/// The service document.
async fn service(asked: Asked) -> Result<Response, Failed> {
    knows(&asked.api, &["$format"])?;
    let sets: Vec<Value> = names()
        .map(|name| json!({"name": name.id(), "title": name.about(), "kind": "EntitySet", "url": name.id()}))
        .collect();
    let body = json!({"@odata.context": asked.api.href("/odata/$metadata"), "value": sets});
    Ok(answer(StatusCode::OK, body.to_string()))
}

/// `$metadata`.
async fn metadata_document(asked: Asked) -> Result<Response, Failed> {
    asked.api.knows(&["$format"])?;
    let mut response = metadata::document().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml;charset=utf-8"));
    response.headers_mut().insert("odata-version", HeaderValue::from_static("4.0"));
    Ok(response)
}

/// `SET`, or `SET('id')`.
async fn set(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Failed> {
    let segment = asked.api.name("set").to_owned();
    if let Some((set, key)) = segment.split_once('(') {
        let id = key.strip_suffix(')').map(|key| key.strip_prefix("id=").unwrap_or(key));
        let id = id.and_then(|key| key.strip_prefix('\'')?.strip_suffix('\'')).map(|id| id.replace("''", "'"));
        let id = id.ok_or_else(|| Problem::unknown("entity", &segment))?;
        return entity(&app, &asked.api, Name::read(set)?, &id).await;
    }
    let name = Name::read(&segment)?;
    knows(&asked.api, &OPTIONS)?;
    let question = Question::read(&asked, name)?;
    let (_, collection) = app.collection(name, asked.api.day(&app)).await?;
    let work = move || question.answered(&asked.api, name, &collection);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error).into()))
}

async fn entity(app: &Arc<App>, api: &Api, name: Name, id: &str) -> Result<Response, Failed> {
    knows(api, &["$select", "$format"])?;
    let selected = selected(api, name)?;
    let (_, collection) = app.collection(name, api.day(app)).await?;
    let item = collection.item(id).ok_or_else(|| Problem::unknown("entity", id))?;
    let mut row = Map::new();
    let context = format!("{}#{}/$entity", api.href("/odata/$metadata"), name.id());
    row.insert("@odata.context".to_owned(), Value::String(context));
    row.extend(row_of(item, &selected));
    Ok(answer(StatusCode::OK, Value::Object(row).to_string()))
}

/// `SET/$count`.
async fn number(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Failed> {
    let name = Name::read(asked.api.name("set"))?;
    knows(&asked.api, &["$filter", "$format"])?;
    let filter = filter_of(&asked.api, name)?;
    let (_, collection) = app.collection(name, asked.api.day(&app)).await?;
    let count = kept(&collection, &filter)?.len();
    Ok(([("odata-version", "4.0")], count.to_string()).into_response())
}

fn filter_of(api: &Api, name: Name) -> Result<Filter, Failed> {
    let Some(text) = api.get("$filter") else { return Ok(Filter::default()) };
    // Days are compared as they are written; an instant, as spreadsheets write days, is its day.
    let day = |at: jiff::Timestamp| jiff::tz::TimeZone::UTC.to_datetime(at).date().to_string();
    let text = cql2(text, &day)?.to_string();
    let get = |parameter: &str| match parameter {
        "filter" => Some(text.as_str()),
        "filter-lang" => Some("cql2-json"),
        _ => None,
    };
    Ok(Filter::read(&get, &name.columns())?)
}

fn kept<'a>(collection: &'a Collection, filter: &Filter) -> Result<Vec<&'a Item>, Failed> {
    let mut found = Vec::new();
    for item in &collection.items {
        if filter.is_everything() || item.is_kept(filter)? {
            found.push(item);
        }
    }
    Ok(found)
}

fn selected(api: &Api, name: Name) -> Result<Vec<&'static str>, Failed> {
    let all: Vec<&'static str> = columns(name).into_iter().map(|(column, _)| column).collect();
    let Some(text) = api.get("$select").filter(|text| *text != "*") else { return Ok(all) };
    let wanted = |column: &str| {
        let known = all.iter().find(|known| **known == column.trim()).copied();
        known.ok_or_else(|| Problem::bad_query("$select", text, &format!("some of {}", all.join(", "))).into())
    };
    text.split(',').map(wanted).collect()
}

/// What a request for a set asks.
struct Question {
    filter: Filter,
    selected: Vec<&'static str>,
    order: Vec<(&'static str, bool)>,
    top: Option<usize>,
    skip: usize,
    counts: bool,
    page: usize,
    has_preference: bool,
}

impl Question {
    fn read(asked: &Asked, name: Name) -> Result<Question, Failed> {
        let api = &asked.api;
        let number = |option: &str| {
            let read =
                |text: &str| text.parse::<usize>().map_err(|_| Problem::bad_query(option, text, "a whole number"));
            api.get(option).map(read).transpose()
        };
        let counts = match api.get("$count") {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => return Err(Problem::bad_query("$count", other, "true or false").into()),
        };
        Ok(Question {
            filter: filter_of(api, name)?,
            selected: selected(api, name)?,
            order: order(api, name)?,
            top: number("$top")?,
            skip: number("$skip")?.unwrap_or(0),
            counts,
            page: asked.page.unwrap_or(PAGE).min(LARGEST_PAGE),
            has_preference: asked.page.is_some(),
        })
    }

    fn answered(&self, api: &Api, name: Name, collection: &Collection) -> Result<Response, Failed> {
        let mut found = kept(collection, &self.filter)?;
        let count = found.len();
        self.sort(&mut found);
        let start = match api.get("$skiptoken") {
            // Pages are cut behind a row, so they stay whole while entries arrive.
            Some(last) if self.order.is_empty() => found.partition_point(|item| item.id.as_str() <= last),
            Some(last) => match found.iter().position(|item| item.id == last) {
                Some(at) => at + 1,
                None => {
                    return Err(
                        Problem::bad_query("$skiptoken", last, "of a row that is still there; start again").into()
                    );
                }
            },
            None => 0,
        };
        let start = start.saturating_add(self.skip).min(count);
        let rest = &found[start..];
        let wanted = self.top.unwrap_or(usize::MAX).min(rest.len());
        let page = &rest[..wanted.min(self.page)];
        let mut body = Map::new();
        let context = format!("{}#{}", api.href("/odata/$metadata"), name.id());
        let context =
            if api.get("$select").is_some() { format!("{context}({})", self.selected.join(",")) } else { context };
        body.insert("@odata.context".to_owned(), Value::String(context));
        if self.counts {
            body.insert("@odata.count".to_owned(), json!(count));
        }
        body.insert("value".to_owned(), page.iter().map(|item| Value::Object(row_of(item, &self.selected))).collect());
        if page.len() < wanted
            && let Some(last) = page.last()
        {
            let left = self.top.map(|top| (top - page.len()).to_string()).unwrap_or_default();
            let next = api.with(&[("$skiptoken", &last.id), ("$skip", ""), ("$top", &left)]);
            body.insert("@odata.nextLink".to_owned(), Value::String(next));
        }
        let mut response = answer(StatusCode::OK, Value::Object(body).to_string());
        if self.has_preference {
            let applied = format!("odata.maxpagesize={}", self.page);
            let applied = HeaderValue::from_str(&applied).expect("a number is plain text");
            response.headers_mut().insert("preference-applied", applied);
        }
        Ok(response)
    }

    /// By the columns asked for, nothing first, and by id where they are equal.
    fn sort(&self, found: &mut Vec<&Item>) {
        if self.order.is_empty() {
            return;
        }
        let columns: Vec<&'static str> = self.order.iter().map(|(column, _)| *column).collect();
        let mut keyed: Vec<(Vec<Value>, &Item)> = std::mem::take(found)
            .into_iter()
            .map(|item| {
                let mut row = row_of(item, &columns);
                (columns.iter().map(|column| row.remove(*column).unwrap_or_default()).collect(), item)
            })
            .collect();
        keyed.sort_by(|(a, first), (b, second)| {
            let by_columns = a
                .iter()
                .zip(b)
                .zip(&self.order)
                .map(|((a, b), (_, is_falling))| if *is_falling { compared(b, a) } else { compared(a, b) });
            by_columns.fold(Ordering::Equal, Ordering::then).then_with(|| first.id.cmp(&second.id))
        });
        found.extend(keyed.into_iter().map(|(_, item)| item));
    }
}

fn compared(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => a.as_str().unwrap_or_default().cmp(b.as_str().unwrap_or_default()),
    }
}

fn order(api: &Api, name: Name) -> Result<Vec<(&'static str, bool)>, Failed> {
    let Some(text) = api.get("$orderby") else { return Ok(Vec::new()) };
    let all = columns(name);
    let one = |part: &str| {
        let mut words = part.split_whitespace();
        let column = words.next().and_then(|word| all.iter().find(|(column, _)| *column == word));
        let is_falling = match words.next() {
            None | Some("asc") => Some(false),
            Some("desc") => Some(true),
            Some(_) => None,
        };
        match (column, is_falling, words.next()) {
            (Some((column, _)), Some(is_falling), None) => Ok((*column, is_falling)),
            _ => Err(Problem::bad_query("$orderby", text, "properties with asc or desc, commas between").into()),
        }
    };
    text.split(',').map(one).collect()
}

/// The columns of one row, in the order asked for.
fn row_of(item: &Item, selected: &[&'static str]) -> Map<String, Value> {
    let feature = item.feature();
    let ground: HashMap<&str, Value> = match &feature.geometry {
        Some(shape) if selected.iter().any(|column| GROUND.iter().any(|(known, _)| known == column)) => {
            let inside = inside(shape);
            HashMap::from([
                ("lon", json!(inside.map(|at| at[0]))),
                ("lat", json!(inside.map(|at| at[1]))),
                ("WKT", if selected.contains(&"WKT") { json!(shape.to_wkt()) } else { Value::Null }),
            ])
        }
        _ => HashMap::new(),
    };
    let value = |column: &str| match column {
        "id" => Value::String(item.id.clone()),
        _ => ground.get(column).or(feature.properties.get(column)).cloned().unwrap_or_default(),
    };
    selected.iter().map(|column| ((*column).to_owned(), value(column))).collect()
}

/// A position inside ground, or the first of anything else.
fn inside(shape: &geometry::Shape) -> Option<[f64; 2]> {
    match shape.is_areal() {
        true => geometry::read::read(shape, geometry::Reading::Largest).region.inside_position(),
        false => shape.first_position(),
    }
}
