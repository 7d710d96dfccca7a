//! OGC API – Features Part 4 on collections of drafts: create, replace, update, delete. The ledger takes no PUT and no
//! DELETE; a draft is no entry, and becomes proposed records when it is submitted (`/drafts`).
//!
//! Requirements of Part 4 (20-002r1): 201 with `Location`, 204, `Allow` on OPTIONS, JSON merge patch (RFC 7396), entity
//! tags with `If-Match` against lost updates.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use geometry::Shape;
use jiff::Timestamp;
use maud::{Markup, html};
use records::feature::LayerGeometry;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::Draft;

use super::super::App;
use super::super::problem::Problem;
use super::super::shown::Change;
use super::Api;
use super::model::{Name, Rows};
use crate::cli::Refused;
use crate::field::phones::random;
use crate::import::{ImportOptions, ImportReport};
use crate::programme::Programme;
use crate::web::asked::Asked;
use crate::web::page::{Head, Tab, page};
use crate::web::quantity::{count, instant};

/// Bytes of one feature.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;

fn drawn(api: &Api) -> Result<Name, Problem> {
    let name = Name::read(api.name("id"))?;
    match name.rows {
        Rows::Draft => Ok(name),
        _ => {
            let hint = "draw in a collection whose name ends in _draft; submitted, it becomes a proposed record";
            Err(Problem::not_taken(format!("{} shows the ledger, which is only ever added to", name.id()), hint))
        }
    }
}

/// Names a version of a draft, by its GeoJSON as it is kept.
pub fn tag(feature: &str) -> String {
    let hash: String = Sha256::digest(feature)[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

/// `POST …/items`.
pub async fn create(
    State(app): State<Arc<App>>,
    api: Api,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let name = drawn(&api)?;
    api.knows(&[])?;
    let id = uuid()?;
    let feature = checked(name, &id, json_of(&headers, &body, &["application/geo+json", "application/json"])?)?;
    let draft = Draft { id: id.clone(), layer: name.layer.name.to_owned(), feature, changed_at: now(&app) };
    keep(app, None, draft).await?;
    let location = api.href(&format!("/collections/{}/items/{id}", name.id()));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)]).into_response())
}

/// `PUT …/items/{id}`.
pub async fn replace(
    State(app): State<Arc<App>>,
    api: Api,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let name = drawn(&api)?;
    api.knows(&[])?;
    let id = api.name("feature").to_owned();
    let before = found(&app, name, &id, &headers).await?;
    let feature = checked(name, &id, json_of(&headers, &body, &["application/geo+json", "application/json"])?)?;
    keep(app.clone(), Some(before.feature), Draft { feature, changed_at: now(&app), id, layer: before.layer }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `PATCH …/items/{id}`.
pub async fn update(
    State(app): State<Arc<App>>,
    api: Api,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let name = drawn(&api)?;
    api.knows(&[])?;
    let id = api.name("feature").to_owned();
    let before = found(&app, name, &id, &headers).await?;
    let patch =
        json_of(&headers, &body, &["application/merge-patch+json", "application/geo+json", "application/json"])?;
    let mut value: Value = serde_json::from_str(&before.feature).map_err(|error| Problem::bug(&error))?;
    merge(&mut value, patch);
    let feature = checked(name, &id, value)?;
    keep(app.clone(), Some(before.feature), Draft { feature, changed_at: now(&app), id, layer: before.layer }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE …/items/{id}`.
pub async fn remove(State(app): State<Arc<App>>, api: Api, headers: HeaderMap) -> Result<Response, Problem> {
    let name = drawn(&api)?;
    api.knows(&[])?;
    let before = found(&app, name, api.name("feature"), &headers).await?;
    let work = move || {
        app.change(Change::SHORT, |programme| {
            is_still(programme, &before)?;
            Ok(programme.remove_drafts(std::slice::from_ref(&before.id))?)
        })?
    };
    blocking(work).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `OPTIONS …/items`.
pub async fn options_of_items(api: Api) -> Result<Response, Problem> {
    let name = Name::read(api.name("id"))?;
    Ok(allowed(if name.rows == Rows::Draft { "GET, HEAD, OPTIONS, POST" } else { "GET, HEAD, OPTIONS" }))
}

/// `OPTIONS …/items/{id}`.
pub async fn options_of_item(api: Api) -> Result<Response, Problem> {
    let name = Name::read(api.name("id"))?;
    let drawn = "GET, HEAD, OPTIONS, PUT, PATCH, DELETE";
    let mut response = allowed(if name.rows == Rows::Draft { drawn } else { "GET, HEAD, OPTIONS" });
    if name.rows == Rows::Draft {
        let kind = header::HeaderValue::from_static("application/merge-patch+json");
        response.headers_mut().insert("accept-patch", kind);
    }
    Ok(response)
}

fn allowed(methods: &'static str) -> Response {
    (StatusCode::NO_CONTENT, [(header::ALLOW, methods)]).into_response()
}

fn now(app: &App) -> Timestamp {
    (app.options.now)().timestamp()
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Result<String, Problem> {
    let mut hex = random(16)?;
    hex.replace_range(12..13, "4");
    hex.replace_range(16..17, "a");
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

fn json_of(headers: &HeaderMap, body: &[u8], kinds: &[&str]) -> Result<Value, Problem> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE);
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kinds.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err(Problem::wrong_type(format!("the body is {kind:?}; {} is taken", kinds.join(" or "))));
    }
    let crs = text(header::HeaderName::from_static("content-crs"));
    if !crs.is_empty() && crs.trim_matches(['<', '>']) != crate::query::CRS84 {
        return Err(Problem::bad_form(format!(
            "Content-Crs is {crs:?}; positions are taken in {}",
            crate::query::CRS84
        )));
    }
    serde_json::from_slice(body).map_err(|error| Problem::bad_form(format!("the body is not JSON: {error}")))
}

/// RFC 7396.
fn merge(target: &mut Value, patch: Value) {
    match patch {
        Value::Object(patch) => {
            if !target.is_object() {
                *target = json!({});
            }
            let Value::Object(target) = target else { return };
            for (name, value) in patch {
                match value {
                    Value::Null => _ = target.remove(&name),
                    value => merge(target.entry(name).or_insert(Value::Null), value),
                }
            }
        }
        other => *target = other,
    }
}

/// A feature of the collection, as it is kept: every column, and no other.
fn checked(name: Name, id: &str, value: Value) -> Result<String, Problem> {
    let wrong = |why: String| Problem::bad_form(format!("the feature {why}"));
    if value["type"] != "Feature" {
        return Err(wrong(format!("has the type {}; \"Feature\" is wanted", value["type"])));
    }
    let geometry = match value.get("geometry") {
        None | Some(Value::Null) => Value::Null,
        Some(given) => {
            let shape =
                Shape::from_geojson(given).map_err(|why| wrong(format!("has a geometry that is none: {why}")))?;
            let fits = match name.layer.geometry {
                LayerGeometry::Area => shape.is_areal(),
                LayerGeometry::Point => matches!(shape, Shape::Point(_)),
                LayerGeometry::Any => true,
                LayerGeometry::None => false,
            };
            if !fits {
                return Err(wrong(format!("is a {}, which {} does not hold", shape.type_name(), name.id())));
            }
            shape.to_geojson()
        }
    };
    let empty = Map::new();
    let given = match value.get("properties") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(given)) => given,
        Some(_) => return Err(wrong("has properties that are no object".to_owned())),
    };
    let columns = name.columns();
    if let Some(unknown) = given.keys().find(|key| !columns.iter().any(|(column, _)| column == key)) {
        let known: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        return Err(wrong(format!(
            "has a property {unknown:?}, which {} does not have; it has {}",
            name.id(),
            known.join(", ")
        )));
    }
    let properties: Map<String, Value> = columns
        .iter()
        .map(|(column, _)| ((*column).to_owned(), given.get(*column).cloned().unwrap_or_default()))
        .collect();
    Ok(json!({"type": "Feature", "id": id, "geometry": geometry, "properties": properties}).to_string())
}

/// The draft, if `If-Match` means it.
async fn found(app: &Arc<App>, name: Name, id: &str, headers: &HeaderMap) -> Result<Draft, Problem> {
    let (app, id, layer) = (app.clone(), id.to_owned(), name.layer.name);
    let draft = blocking(move || {
        let drafts = app.moment()?.snapshot.read(|programme| programme.store().drafts(Some(layer)))?;
        let drafts = drafts.map_err(anyhow::Error::from)?;
        drafts.into_iter().find(|draft| draft.id == id).ok_or_else(|| Problem::unknown("draft", &id))
    })
    .await?;
    let wanted = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    match wanted.is_none_or(|wanted| wanted == "*" || wanted.split(',').any(|one| one.trim() == tag(&draft.feature))) {
        true => Ok(draft),
        false => Err(Problem::changed_since(&draft.id)),
    }
}

/// Keep a draft, unless somebody changed it since it was looked at.
async fn keep(app: Arc<App>, before: Option<String>, draft: Draft) -> Result<(), Problem> {
    blocking(move || {
        app.change(Change::SHORT, |programme| {
            if let Some(feature) = before {
                is_still(programme, &Draft { feature, ..draft.clone() })?;
            }
            Ok(programme.put_draft(&draft)?)
        })?
    })
    .await
}

fn is_still(programme: &Programme, before: &Draft) -> Result<(), Problem> {
    let drafts = programme.store().drafts(Some(&before.layer)).map_err(anyhow::Error::from)?;
    match drafts.iter().any(|draft| draft.id == before.id && draft.feature == before.feature) {
        true => Ok(()),
        false => Err(Problem::changed_since(&before.id)),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))
}

/// `GET /drafts`: what was drawn, and the button that submits it.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let drafts = scene.programme.store().drafts(None).map_err(anyhow::Error::from)?;
        Ok(page(scene, &Head::plain(Tab::Import, "Drafts"), listed(&drafts, None)))
    })
    .await
}

fn listed(drafts: &[Draft], report: Option<&ImportReport>) -> Markup {
    html! {
        section {
            p.crumbs { a href="/import" { "Import" } " / Drafts" }
            h1 { "Drafts" }
            p.answer { "Drawn over the network, in QGIS for example, and not submitted yet. No draft counts anywhere. Submitted, each becomes a proposed record." }
            @if let Some(report) = report {
                p.band role="status" {
                    (report.accepted) " became proposed records. " (count(drafts.len())) " stay drafts."
                }
                @if !report.issues.is_empty() { (super::super::held::issue_table(&report.issues)) }
            }
            div.table role="region" aria-label="Table: Drafts" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Draft" } th scope="col" { "Layer" } th scope="col" { "Changed" } } }
                    tbody {
                        @for draft in drafts {
                            tr {
                                th scope="row" { a href={ "/collections/" (draft.layer) "_draft/items/" (draft.id) "?f=html" } { (named(draft)) } }
                                td { (draft.layer.replace('_', " ")) }
                                td { (instant(draft.changed_at)) }
                            }
                        }
                        @if drafts.is_empty() { tr { td colspan="3" { "None." } } }
                    }
                }
            }
            @if !drafts.is_empty() {
                form.fields method="post" action="/drafts/submit" {
                    div.wide { button.primary { "Submit all" } }
                }
            }
        }
    }
}

fn named(draft: &Draft) -> String {
    let value: Value = serde_json::from_str(&draft.feature).unwrap_or_default();
    value["properties"]["local_id"].as_str().filter(|id| !id.is_empty()).unwrap_or(&draft.id).to_owned()
}

/// `POST /drafts/submit`.
pub async fn submit(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let at = now(&app);
    let worker = app.clone();
    let report = blocking(move || {
        let done = worker.change(Change::CHECKED, |programme| programme.submit_drafts(at))?;
        done.map_err(|error| match error.is::<Refused>() {
            true => Problem::bad_form(format!("{error:#}")),
            false => Problem::failure(&error),
        })
    })
    .await?;
    let Some(report) = report else { return Ok(Redirect::to("/drafts").into_response()) };
    let shown = app.scene(asked, move |scene| {
        let drafts = scene.programme.store().drafts(None).map_err(anyhow::Error::from)?;
        Ok(page(scene, &Head::plain(Tab::Import, "Drafts"), listed(&drafts, Some(&report))))
    });
    Ok(shown.await?.into_response())
}

impl Programme {
    /// Make proposed records of all drafts, by the way of every file. What cannot be accepted stays a draft, and the
    /// report says why. `None` if there are none.
    fn submit_drafts(&mut self, at: Timestamp) -> anyhow::Result<Option<ImportReport>> {
        use anyhow::Context;
        let drafts = self.store().drafts(None)?;
        if drafts.is_empty() {
            return Ok(None);
        }
        let mut features = Vec::new();
        for draft in &drafts {
            let mut value: Value = serde_json::from_str(&draft.feature).context("a draft cannot be read")?;
            let layer = outputs::layers::named(&draft.layer).context("a draft lies in no layer")?;
            let kind = outputs::layers::kind_of(layer).context("a draft lies in a layer without records")?;
            value["properties"]["record"] = json!(kind.name());
            value["properties"]["local_id"] = json!(named(draft));
            features.push((kind, named(draft), draft.id.clone(), value));
        }
        let folder = tempfile::tempdir().context("no room for the drafts")?;
        let file = folder.path().join("drafts.geojson");
        let all: Vec<&Value> = features.iter().map(|(.., value)| value).collect();
        let text = json!({"type": "FeatureCollection", "features": all}).to_string();
        std::fs::write(&file, text).context("no room for the drafts")?;
        let options = ImportOptions { recorded_at: at, forgets_held: true, ..ImportOptions::default() };
        let report = self.import(&[file], &options, &mut |_| true)?;
        // What was held is still a draft; what is in the ledger is none any more.
        let held = |id: &str| report.issues.iter().any(|i| i.severity == records::Severity::Error && i.local_id == id);
        let gone = features
            .iter()
            .filter(|(kind, local_id, ..)| !held(local_id) && !self.index().with_local_id(*kind, local_id).is_empty());
        let gone: Vec<String> = gone.map(|(_, _, id, _)| id.clone()).collect();
        self.remove_drafts(&gone)?;
        Ok(Some(report))
    }
}
