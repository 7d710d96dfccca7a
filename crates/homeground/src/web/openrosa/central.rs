//! The part of ODK Central's REST interface that pyodk and other scripts use: a session, the project, forms, what came
//! in, the lists for phones. Reading only; answers are shaped as Central shapes them.
//!
//! What phones send may speak of people, so a phone that may send may not read: only who was added as a reader may.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use intake::xform::Answers;
use jiff::Timestamp;
use records::feature::ColumnType;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{Form, Outcome, Position, Submission, SubmissionQuery};

use super::{blocking, segment};
use crate::field::phones::{Phones, REALM, random};
use crate::field::{lists, md5};
use crate::programme::Programme;
use crate::query::Filter;
use crate::web::App;
use crate::web::odata;
use crate::web::ogc::Api;
use crate::web::problem::Problem;

/// How long a session lasts, as Central's does.
const LIFE: Duration = Duration::from_secs(24 * 3_600);

/// Sessions that may be open at once; the oldest go first.
const MOST: usize = 1_000;

/// Rows of one answer unless told otherwise.
const PAGE: usize = 1_000;

/// Open sessions: token, who, since when.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<Vec<(String, String, Instant)>>,
}

impl Sessions {
    fn begin(&self, name: &str) -> anyhow::Result<String> {
        let token = random(32)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(.., since)| since.elapsed() < LIFE);
        if open.len() >= MOST {
            open.remove(0);
        }
        open.push((token.clone(), name.to_owned(), Instant::now()));
        Ok(token)
    }

    fn who(&self, token: &str) -> Option<String> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.iter().find(|(known, _, since)| known == token && since.elapsed() < LIFE);
        found.map(|(_, name, _)| name.clone())
    }
}

/// Who reads, by name.
#[derive(Debug, Clone)]
struct Reader(String);

/// Every address.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let form = "/v1/projects/1/forms/{form}";
    Router::new()
        .route("/v1/users/current", get(current))
        .route("/v1/projects", get(projects))
        .route("/v1/projects/1", get(project))
        .route("/v1/projects/1/forms", get(forms))
        .route(form, get(one_form))
        .route(&format!("{form}/submissions"), get(submissions))
        .route(&format!("{form}/submissions/{{instance}}"), get(submission))
        .route(&format!("{form}/submissions/{{instance}}/attachments"), get(attachments))
        .route(&format!("{form}/submissions/{{instance}}/attachments/{{name}}"), get(attachment))
        // `FORM.svc` is the first of these segments.
        .route(&format!("{form}/Submissions"), get(table))
        .route("/v1/projects/1/datasets", get(datasets))
        .route("/v1/projects/1/datasets/{list}/Entities", get(entities))
        .route_layer(from_fn_with_state(app.clone(), admit))
        .route("/v1/sessions", post(begin))
}

/// What went wrong, as Central says it.
struct Failed(StatusCode, String);

impl<E: Into<Problem>> From<E> for Failed {
    fn from(error: E) -> Failed {
        let problem = error.into();
        Failed(problem.status, format!("{}. {}", problem.detail, problem.hint))
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"code": f64::from(self.0.as_u16()), "message": self.1}))).into_response()
    }
}

fn unknown(what: &str, name: &str) -> Failed {
    Failed(StatusCode::NOT_FOUND, format!("no {what} here is called {name:?}"))
}

async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let name = given.and_then(|text| text.strip_prefix("Bearer ")).and_then(|token| app.desk.sessions.who(token));
    let path = app.path.clone();
    // Whoever was shut out since is out at once.
    let is_reader = move |name: String| -> anyhow::Result<Option<String>> {
        let phones = Phones::load(&path)?;
        Ok(phones.with_name(&name).is_some_and(|(phone, _)| phone.reads).then_some(name))
    };
    let found = match name {
        Some(name) => blocking(move || is_reader(name).map_err(Problem::from)).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(name)) => {
            request.extensions_mut().insert(Reader(name));
            next.run(request).await
        }
        Ok(None) => refused().into_response(),
        Err(problem) => Failed::from(problem).into_response(),
    }
}

fn refused() -> Failed {
    let why = "log in at /v1/sessions with the name and the password of a reader: `homeground phone PROGRAMME add NAME --reads`";
    Failed(StatusCode::UNAUTHORIZED, why.to_owned())
}

#[derive(Deserialize)]
struct Login {
    email: String,
    password: String,
}

/// `POST /v1/sessions`.
async fn begin(State(app): State<Arc<App>>, Json(login): Json<Login>) -> Result<Response, Failed> {
    blocking(move || {
        let phones = Phones::load(&app.path).map_err(Problem::from)?;
        let proof = md5(format!("{}:{REALM}:{}", login.email, login.password).as_bytes());
        let known = phones.with_name(&login.email).filter(|(phone, ha1)| phone.reads && *ha1 == proof);
        if known.is_none() {
            return Err(refused());
        }
        let token = app.desk.sessions.begin(&login.email).map_err(Problem::from)?;
        let now = (app.options.now)().timestamp();
        let ends = now + jiff::SignedDuration::try_from(LIFE).unwrap_or_default();
        Ok(Json(json!({"token": token, "csrf": "", "createdAt": now, "expiresAt": ends})).into_response())
    })
    .await
}

/// Ask the programme.
async fn asked<T: Send + 'static>(
    app: Arc<App>,
    ask: impl FnOnce(&Programme) -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    blocking(move || app.moment()?.snapshot.read(ask).map_err(Problem::from)?).await
}

/// The number by which Central would know who sent: the place in the list of phones, 0 for one that was shut out.
fn number_of(phones: &Phones, name: &str) -> usize {
    phones.all().iter().position(|phone| phone.name == name).map_or(0, |at| at + 1)
}

async fn current(
    State(app): State<Arc<App>>,
    Extension(Reader(name)): Extension<Reader>,
) -> Result<Json<Value>, Failed> {
    asked(app, move |programme| {
        let phones = Phones::load(programme.path())?;
        let since = phones.with_name(&name).map(|(phone, _)| phone.added_at);
        Ok(Json(json!({"id": number_of(&phones, &name), "type": "user", "email": name, "displayName": name,
                       "createdAt": since, "updatedAt": null, "deletedAt": null})))
    })
    .await
}

fn about(programme: &Programme) -> Result<Value, Failed> {
    let mut since = None;
    let mut first = |_, signed: ledger::Signed| {
        since = signed.entry().ok().map(|entry| entry.recorded_at);
        ControlFlow::Break(())
    };
    programme.store().entries(Position(0), &mut first).map_err(anyhow::Error::from)?;
    let newest = SubmissionQuery { limit: 1, ..SubmissionQuery::default() };
    let newest = programme.store().submissions(&newest).map_err(anyhow::Error::from)?;
    Ok(json!({
        "id": 1, "name": programme.name(), "description": null, "archived": null, "keyId": null, "createdAt": since,
        "updatedAt": null, "deletedAt": null, "appUsers": Phones::load(programme.path())?.all().len(),
        "forms": programme.offered_forms()?.len(), "lastSubmission": newest.first().map(|newest| newest.received_at),
    }))
}

async fn projects(State(app): State<Arc<App>>) -> Result<Json<Value>, Failed> {
    asked(app, |programme| Ok(Json(json!([about(programme)?])))).await
}

async fn project(State(app): State<Arc<App>>) -> Result<Json<Value>, Failed> {
    asked(app, |programme| Ok(Json(about(programme)?))).await
}

fn described(programme: &Programme, form: &Form) -> Result<Value, Failed> {
    let first = programme.forms()?.into_iter().find(|first| first.form_id == form.form_id);
    Ok(json!({
        "projectId": 1, "xmlFormId": form.form_id, "name": form.name, "version": form.version, "state": "open",
        "hash": md5(&programme.form_xml(form)?), "enketoId": null, "keyId": null, "updatedAt": null,
        "createdAt": first.map(|first| first.received_at), "publishedAt": form.received_at,
    }))
}

async fn forms(State(app): State<Arc<App>>) -> Result<Json<Value>, Failed> {
    asked(app, |programme| {
        let forms = programme.offered_forms()?;
        let all: Result<Vec<Value>, Failed> = forms.iter().map(|form| described(programme, form)).collect();
        Ok(Json(Value::Array(all?)))
    })
    .await
}

fn offered(programme: &Programme, id: &str) -> Result<Form, Failed> {
    programme.offered_forms()?.into_iter().find(|form| form.form_id == id).ok_or_else(|| unknown("form", id))
}

/// One form, or its document where the name ends in `.xml`.
async fn one_form(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Response, Failed> {
    asked(app, move |programme| match name.strip_suffix(".xml") {
        None => Ok(Json(described(programme, &offered(programme, &name)?)?).into_response()),
        Some(id) => Ok(document(programme.form_xml(&offered(programme, id)?)?)),
    })
    .await
}

fn document(xml: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], xml).into_response()
}

/// What came in for a form, the newest first; other answers under a known id are not among them.
fn came(programme: &Programme, form: &str) -> Result<Vec<Submission>, Failed> {
    offered(programme, form)?;
    let all = SubmissionQuery { limit: usize::MAX, ..SubmissionQuery::default() };
    let mut came = programme.store().submissions(&all).map_err(anyhow::Error::from)?;
    came.retain(|submission| submission.form_id == form && submission.outcome != Outcome::Conflict);
    Ok(came)
}

fn one_that_came(programme: &Programme, names: &HashMap<String, String>, instance: &str) -> Result<Submission, Failed> {
    let found = came(programme, &names["form"])?.into_iter().find(|submission| submission.instance_id == instance);
    found.ok_or_else(|| unknown("submission", instance))
}

fn answers(programme: &Programme, submission: &Submission) -> Result<(Answers, Vec<u8>), Failed> {
    let xml = programme.store().field_file(&submission.xml).map_err(anyhow::Error::from)?.unwrap_or_default();
    let answers = Answers::parse(&xml, "the submission").map_err(anyhow::Error::from)?;
    Ok((answers, xml))
}

fn told(programme: &Programme, phones: &Phones, submission: &Submission) -> Result<Value, Failed> {
    let (answers, _) = answers(programme, submission)?;
    Ok(json!({
        "instanceId": submission.instance_id, "instanceName": answers.instance_name(),
        "submitterId": number_of(phones, &submission.received_from), "createdAt": submission.received_at,
        "updatedAt": null, "deviceId": null, "reviewState": null, "userAgent": null,
    }))
}

async fn submissions(State(app): State<Arc<App>>, Path(form): Path<String>) -> Result<Json<Value>, Failed> {
    asked(app, move |programme| {
        let phones = Phones::load(programme.path())?;
        let came = came(programme, &form)?;
        let all: Result<Vec<Value>, Failed> = came.iter().map(|one| told(programme, &phones, one)).collect();
        Ok(Json(Value::Array(all?)))
    })
    .await
}

type Names = Path<HashMap<String, String>>;

/// One submission, or its answers where the name ends in `.xml`.
async fn submission(State(app): State<Arc<App>>, Path(names): Names) -> Result<Response, Failed> {
    asked(app, move |programme| {
        let name = &names["instance"];
        let id = name.strip_suffix(".xml");
        let submission = one_that_came(programme, &names, id.unwrap_or(name))?;
        match id {
            Some(_) => Ok(document(answers(programme, &submission)?.1)),
            None => Ok(Json(told(programme, &Phones::load(programme.path())?, &submission)?).into_response()),
        }
    })
    .await
}

async fn attachments(State(app): State<Arc<App>>, Path(names): Names) -> Result<Json<Value>, Failed> {
    asked(app, move |programme| {
        let submission = one_that_came(programme, &names, &names["instance"])?;
        let here = programme.store().attachments(submission.number).map_err(anyhow::Error::from)?;
        let known = programme.form(&submission.form_id, &submission.version)?;
        let missing =
            programme.missing_files(&answers(programme, &submission)?.0, known.as_ref(), submission.number)?;
        let here = here.iter().map(|file| json!({"name": file.name, "exists": true}));
        let missing = missing.iter().map(|name| json!({"name": name, "exists": false}));
        Ok(Json(here.chain(missing).collect()))
    })
    .await
}

async fn attachment(State(app): State<Arc<App>>, Path(names): Names) -> Result<Response, Failed> {
    asked(app, move |programme| {
        let submission = one_that_came(programme, &names, &names["instance"])?;
        let here = programme.store().attachments(submission.number).map_err(anyhow::Error::from)?;
        let file =
            here.iter().find(|file| file.name == names["name"]).ok_or_else(|| unknown("file", &names["name"]))?;
        let bytes = programme.store().field_file(&file.file).map_err(anyhow::Error::from)?.unwrap_or_default();
        let named = format!("attachment; filename*=UTF-8''{}", segment(&file.name));
        // To be kept and not to be opened, whatever a phone called it.
        let kind =
            [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, named)];
        Ok((kind, bytes).into_response())
    })
    .await
}

/// Options of a table; `__system/submissionDate` and what else Central lets a filter speak of.
struct Options {
    top: usize,
    skip: usize,
    counts: bool,
    expands: bool,
    filter: Filter,
}

const FILTERED: [(&str, ColumnType); 4] = [
    ("submissionDate", ColumnType::Text),
    ("submitterId", ColumnType::Integer),
    ("updatedAt", ColumnType::Text),
    ("reviewState", ColumnType::Text),
];

impl Options {
    fn read(api: &Api) -> Result<Options, Failed> {
        api.knows(&["$top", "$skip", "$count", "$expand", "$filter", "$wkt"])?;
        let number = |option: &str| {
            let read =
                |text: &str| text.parse::<usize>().map_err(|_| Problem::bad_query(option, text, "a whole number"));
            api.get(option).map(read).transpose()
        };
        let flag = |option: &str| match api.get(option).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::bad_query(option, other, "true or false")),
        };
        if flag("$wkt")? {
            return Err(Problem::bad_query("$wkt", "true", "false: places are given as GeoJSON").into());
        }
        let expands = match api.get("$expand") {
            None => false,
            Some("*") => true,
            Some(other) => return Err(Problem::bad_query("$expand", other, "*, all repeats").into()),
        };
        let filter = match api.get("$filter") {
            None => Filter::default(),
            Some(text) => {
                let moment = |at: Timestamp| moment(at).unwrap_or_default();
                let text = odata::cql2(&text.replace("__system/", ""), &moment)?.to_string();
                let get = |parameter: &str| match parameter {
                    "filter" => Some(text.as_str()),
                    "filter-lang" => Some("cql2-json"),
                    _ => None,
                };
                Filter::read(&get, &FILTERED)?
            }
        };
        let top = number("$top")?.unwrap_or(PAGE);
        Ok(Options { top, skip: number("$skip")?.unwrap_or(0), counts: flag("$count")?, expands, filter })
    }
}

/// An instant to the millisecond, in a form that sorts as text.
fn moment(at: Timestamp) -> Option<String> {
    let at = jiff::tz::TimeZone::UTC.to_datetime(at);
    jiff::fmt::strtime::format("%Y-%m-%dT%H:%M:%S.%3fZ", at).ok()
}

/// `FORM.svc/Submissions`: the answers as a table, the newest first.
async fn table(State(app): State<Arc<App>>, api: Api) -> Result<Response, Failed> {
    let name = api.name("form");
    let form = name.strip_suffix(".svc").ok_or_else(|| unknown("table", name))?.to_owned();
    let options = Options::read(&api)?;
    asked(app, move |programme| {
        let phones = Phones::load(programme.path())?;
        let today = ledger::Day::from(jiff::civil::Date::MAX);
        let mut kept = Vec::new();
        for submission in came(programme, &form)? {
            let system = json!({"submissionDate": moment(submission.received_at), "updatedAt": null, "reviewState": null,
                                "submitterId": number_of(&phones, &submission.received_from)});
            let feature = || json!({"geometry": null, "properties": system});
            if options.filter.keeps(None, (today, None), &feature)? {
                kept.push((submission, system));
            }
        }
        let count = kept.len();
        let context = api.href(&format!("/v1/projects/1/forms/{}.svc/$metadata#Submissions", segment(&form)));
        let mut body = Map::from_iter([("@odata.context".to_owned(), json!(context))]);
        if options.counts {
            body.insert("@odata.count".to_owned(), json!(count));
        }
        let page = kept.into_iter().skip(options.skip).take(options.top);
        let rows = page.map(|(submission, system)| row(programme, &submission, system, options.expands));
        let rows = rows.collect::<Result<Vec<Value>, Failed>>()?;
        let end = options.skip.saturating_add(rows.len());
        if end < count && !rows.is_empty() {
            body.insert("@odata.nextLink".to_owned(), json!(api.with(&[("$skip", &end.to_string())])));
        }
        body.insert("value".to_owned(), Value::Array(rows));
        Ok(odata_answer(&Value::Object(body)))
    })
    .await
}

fn row(programme: &Programme, submission: &Submission, mut system: Value, expands: bool) -> Result<Value, Failed> {
    let (answers, _) = answers(programme, submission)?;
    let known = programme.form(&submission.form_id, &submission.version)?;
    let here = programme.store().attachments(submission.number).map_err(anyhow::Error::from)?.len();
    let missing = programme.missing_files(&answers, known.as_ref(), submission.number)?.len();
    system["submitterName"] = json!(submission.received_from);
    system["attachmentsPresent"] = json!(here);
    system["attachmentsExpected"] = json!(here + missing);
    system["formVersion"] = json!(submission.version);
    system["status"] = Value::Null;
    system["deviceId"] = Value::Null;
    let mut row = Map::from_iter([("__id".to_owned(), json!(submission.instance_id)), ("__system".to_owned(), system)]);
    row.extend(answers.to_json(known.as_ref().map(|known| &known.xform), expands));
    Ok(Value::Object(row))
}

fn odata_answer(body: &Value) -> Response {
    let mut response = Json(body).into_response();
    response.headers_mut().insert("odata-version", HeaderValue::from_static("4.0"));
    response
}

/// The lists that phones take along, as Central calls them.
async fn datasets(State(app): State<Arc<App>>) -> Result<Json<Value>, Failed> {
    asked(app, |programme| {
        let since = about(programme)?["createdAt"].clone();
        let named = |name: &&str| {
            json!({"name": name.trim_end_matches(".csv"), "projectId": 1, "createdAt": since, "approvalRequired": false})
        };
        Ok(Json(lists::NAMES.iter().map(named).collect()))
    })
    .await
}

/// `LIST.svc/Entities`: a list as it is today.
async fn entities(State(app): State<Arc<App>>, api: Api) -> Result<Response, Failed> {
    api.knows(&[])?;
    let segment = api.name("list").to_owned();
    let name = segment.strip_suffix(".svc").ok_or_else(|| unknown("list", &segment))?.to_owned();
    let found = blocking(move || app.list(&format!("{name}.csv"))).await?;
    let list = found.ok_or_else(|| unknown("list", &segment))?;
    let mut reader = csv::Reader::from_reader(list.csv.as_slice());
    let header = reader.headers().map_err(anyhow::Error::from)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(anyhow::Error::from)?;
        let mut row = Map::new();
        for (column, value) in header.iter().zip(&record) {
            match column {
                "name" => _ = row.insert("__id".to_owned(), json!(value)),
                "__version" => _ = row.insert("__system".to_owned(), json!({"version": value.parse::<u64>().ok()})),
                other => _ = row.insert(other.to_owned(), json!(value)),
            }
        }
        rows.push(Value::Object(row));
    }
    let context = api.href(&format!("/v1/projects/1/datasets/{segment}/$metadata#Entities"));
    Ok(odata_answer(&json!({"@odata.context": context, "value": rows})))
}
