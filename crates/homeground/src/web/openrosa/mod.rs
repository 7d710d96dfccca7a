//! OpenRosa 1.0: what ODK Collect and its kin ask for, as they really ask for it.
//!
//! Three roots serve the same: `/v1/key/TOKEN/projects/1` for a phone with a token, `/v1/projects/1` for one with a
//! name and a password, and `/formList` with `/submission` for whoever types in the bare address. Paths are those of
//! ODK Central, so that its other clients find their way.
//!
//! What phones insist on (read in Collect's source and tried with a client that behaves like it): `text/xml`, and no
//! other XML type; 204 and no other 2xx to HEAD of the submission address; 201 and never 200 to a submission; the
//! version header on every answer, errors too; MD5 of exactly the bytes that are served. Their `Date` is wrong every
//! afternoon, so nobody looks at it, and they add `deviceID` to every address.

mod auth;
mod central;
mod documents;
mod fill;
mod pages;
mod submission;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use tower_http::compression::CompressionLayer;

use super::App;
use super::headers;
use super::ogc::is_host;
use crate::field::lists::List;

/// What a submission may weigh in one piece before a phone should send its files one after the other. Small, since a
/// piece that breaks off on a mountain is sent again as a whole.
const WISHED_BYTES: usize = 4_000_000;

/// What is taken in one piece at most: a phone sends one large file alone, however large.
const MOST_BYTES: usize = 100 * 1024 * 1024;

/// What requests of phones share.
#[derive(Default)]
pub struct Desk {
    nonces: auth::Nonces,
    sessions: central::Sessions,
    lists: Mutex<Option<Lists>>,
}

/// Lists as they were after so many changes, on a day.
struct Lists {
    at: (u64, Date),
    lists: Vec<(String, Arc<List>)>,
}

/// Addresses for phones. They stand apart from the pages: who may use them is decided here.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let mut router = Router::new();
    for root in ["/v1/key/{token}/projects/1", "/v1/projects/1"] {
        let at = |path: &str| format!("{root}{path}");
        router = router
            .route(&at("/forms/{form}/versions/{file}"), get(documents::form))
            .route(&at("/forms/{form}/versions/{version}/manifest"), get(documents::manifest))
            .route(&at("/forms/{form}/versions/{version}/attachments/{name}"), get(documents::attachment))
            .route(&at("/forms/{form}/versions/{version}/integrity/{name}"), get(documents::integrity));
    }
    for root in ["/v1/key/{token}/projects/1", "/v1/projects/1", ""] {
        let taking = post(submission::take).head(submission::ask).layer(DefaultBodyLimit::max(MOST_BYTES));
        router = router
            .route(&format!("{root}/formList"), get(documents::form_list))
            .route(&format!("{root}/submission"), taking);
    }
    router
        .layer(from_fn(headers::conditional))
        .layer(from_fn_with_state(app.clone(), auth::admit))
        .layer(from_fn(speak))
        .layer(CompressionLayer::new())
        .merge(central::routes(app))
}

/// Pages about forms and phones, for people.
pub fn pages(app: &Arc<App>) -> Router<Arc<App>> {
    // Who may change something from a page is decided for all pages alike.
    let browser = axum::Extension(auth::Sender("a browser".to_owned()));
    let taking = post(submission::take).layer((browser, DefaultBodyLimit::max(MOST_BYTES)));
    Router::new()
        .route("/forms/received", get(pages::received))
        .route("/forms/received/{number}", get(pages::submission))
        .route("/forms/received/{number}/{name}", get(pages::file))
        .route("/phones", get(pages::phones).post(pages::add_phone))
        .route("/phones/remove", post(pages::remove_phone))
        .route_layer(from_fn_with_state(app.clone(), auth::near_only))
        .route("/forms", get(pages::forms).post(pages::add_form))
        .route("/forms/{form}/fill", get(fill::show))
        .route("/forms/{form}/lists/{name}", get(fill::list))
        .route("/forms/{form}/submission", taking)
        .route("/forms/{form}", get(pages::form))
        .route("/forms/{form}/{version}", get(pages::form_xml))
}

/// The version of the protocol and the time on every answer, and what is wished of submissions.
async fn speak(request: Request, next: Next) -> Response {
    let takes = request.uri().path().ends_with("/submission");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-openrosa-version"), HeaderValue::from_static("1.0"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if takes {
        let wished = HeaderName::from_static("x-openrosa-accept-content-length");
        headers.insert(wished, HeaderValue::from(WISHED_BYTES));
    }
    response
}

/// What a phone is told: the envelope of OpenRosa around a message that it shows to who holds it.
#[derive(Debug)]
pub struct Told {
    status: StatusCode,
    nature: &'static str,
    message: String,
}

impl Told {
    fn success(message: String) -> Told {
        Told { status: StatusCode::CREATED, nature: "submit_success", message }
    }

    fn error(status: StatusCode, message: impl Into<String>) -> Told {
        Told { status, nature: "error", message: message.into() }
    }

    fn unknown(what: &str, name: &str) -> Told {
        Told::error(StatusCode::NOT_FOUND, format!("no {what} here is called {name:?}"))
    }
}

impl From<super::problem::Problem> for Told {
    fn from(problem: super::problem::Problem) -> Told {
        Told::error(problem.status, format!("{}. {}", problem.detail, problem.hint))
    }
}

impl From<anyhow::Error> for Told {
    fn from(error: anyhow::Error) -> Told {
        super::problem::Problem::failure(&error).into()
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\" items=\"0\"><message nature=\"{}\">{}</message></OpenRosaResponse>",
            self.nature,
            escaped(&self.message)
        );
        (self.status, xml(body)).into_response()
    }
}

/// XML as phones want it.
fn xml(body: String) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body)
}

/// Text as it may stand in XML; characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Where the phone reached us: scheme and host, without a slash at the end.
fn origin(uri: &Uri, headers: &HeaderMap) -> String {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = uri.authority().map(|authority| authority.as_str()).or_else(|| text(header::HOST));
    let host = host.filter(|host| is_host(host)).unwrap_or("127.0.0.1");
    // A server that keeps the certificate stands in front and says so; it only changes how links are written.
    let is_secure = text(HeaderName::from_static("x-forwarded-proto")) == Some("https");
    format!("{}://{host}", if is_secure { "https" } else { "http" })
}

/// Bytes of one segment of a path, so that an id with a blank or a letter of any script can stand in an address.
fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A version as it stands in an address; Central writes three lines for none.
fn version_segment(version: &str) -> String {
    if version.is_empty() { "___".to_owned() } else { segment(version) }
}

fn version_of(segment: &str) -> &str {
    if segment == "___" { "" } else { segment }
}

impl App {
    /// A list for phones as it is now; made again only after a change or at midnight.
    fn list(&self, name: &str) -> Result<Option<Arc<List>>, super::problem::Problem> {
        let today = (self.options.now)().date();
        let now = self.moment()?;
        let at = (now.change, today);
        let mut kept = self.desk.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|kept| kept.at != at) {
            *kept = Some(Lists { at, lists: Vec::new() });
        }
        let Some(kept) = kept.as_mut() else { return Ok(None) };
        if let Some((_, list)) = kept.lists.iter().find(|(known, _)| known == name) {
            return Ok(Some(list.clone()));
        }
        let made = now.snapshot.read(|programme| programme.list(name, today.into()))??;
        let Some(list) = made else { return Ok(None) };
        let list = Arc::new(list);
        kept.lists.push((name.to_owned(), list.clone()));
        Ok(Some(list))
    }
}

/// Run on a thread that may block.
async fn blocking<T: Send + 'static, E: From<super::problem::Problem> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(super::problem::Problem::bug(&error).into()))
}
