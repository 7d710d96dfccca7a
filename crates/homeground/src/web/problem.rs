//! What went wrong, in words and status codes, decided here alone: `application/problem+json` (RFC 9457) for
//! programs, a page for people.

use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Serialize;

use super::page;
use crate::query::Wrong;

/// What went wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Stable code; documentation explains it.
    #[serde(rename = "type")]
    pub code: &'static str,
    /// What kind of thing happened.
    pub title: &'static str,
    /// HTTP status.
    #[serde(serialize_with = "number")]
    pub status: StatusCode,
    /// What happened, with the values.
    pub detail: String,
    /// What to do.
    pub hint: String,
}

fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: String, hint: &str) -> Problem {
        Problem { code, title, status, detail, hint: hint.to_owned() }
    }

    /// A value of the query that cannot be meant.
    pub fn bad_query(name: &str, value: &str, wanted: &str) -> Problem {
        let detail = format!("{name} is {value:?}; it must be {wanted}");
        let hint = "correct the address, or start again from the overview";
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", "This question cannot be read", detail, hint)
    }

    /// A form that cannot be read or lacks something.
    pub fn bad_form(detail: impl Into<String>) -> Problem {
        let hint = "go back; what you typed is still there";
        Problem::new(StatusCode::BAD_REQUEST, "bad_form", "This form cannot be taken", detail.into(), hint)
    }

    /// Nothing of that name.
    pub fn unknown(what: &str, name: &str) -> Problem {
        let detail = format!("no {what} here is called {name:?}");
        let hint = "search the ledger; it may be known under another id, or not yet on the day shown";
        Problem::new(StatusCode::NOT_FOUND, "unknown", "Not found", detail, hint)
    }

    /// Somebody from elsewhere, or from another site, asks for a change.
    pub fn forbidden(detail: &str, hint: &str) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not from here", detail.to_owned(), hint)
    }

    /// Something that is only ever added to was to be changed.
    pub fn not_taken(detail: String, hint: &str) -> Problem {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Not in this way", detail, hint)
    }

    /// A body of a type that nobody reads here.
    pub fn wrong_type(detail: String) -> Problem {
        let hint = "say in Content-Type what the body is";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_type", "This body cannot be read", detail, hint)
    }

    /// A draft that somebody else changed meanwhile.
    pub fn changed_since(id: &str) -> Problem {
        let detail = format!("the draft {id} was changed since you read it");
        let hint = "read it again and change that";
        Problem::new(StatusCode::PRECONDITION_FAILED, "changed_since", "Changed meanwhile", detail, hint)
    }

    /// An import is not yet done.
    pub fn busy(detail: String) -> Problem {
        let hint = "try again in a moment; nothing is lost";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The programme is at work", detail, hint)
    }

    /// The world failed: disk, database.
    pub fn failure(error: &anyhow::Error) -> Problem {
        let detail = format!("{error:#}");
        let hint = "nothing was changed; check the disk and the file, then try again";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failure", "It could not be read", detail, hint)
    }

    /// Our own mistake.
    pub fn bug(error: &dyn Display) -> Problem {
        let detail = format!("an invariant of the program is broken: {error}");
        let hint = "please report this with the address of the page";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "A mistake of ours", detail, hint)
    }

    fn page(&self) -> Markup {
        let main = html! {
            p.answer { (self.detail) }
            p.note { "What to do: " (self.hint) "." }
            p { a href="/" { "Overview" } " · " a href="/ledger" { "Ledger" } }
            p.note { code { (self.status.as_u16()) " " (self.code) } }
        };
        page::bare(self.title, &main)
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Problem {
        Problem::failure(&error)
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Problem {
        Problem::bad_query(&wrong.name, &wrong.value, &wrong.wanted)
    }
}

/// Leaves as JSON; [`by_accept`] turns it into a page for whoever reads pages.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        let kind = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.extensions_mut().insert(self);
        response
    }
}

/// A page instead of JSON, if the request prefers pages.
pub fn by_accept(request: &HeaderMap, response: Response) -> Response {
    let accepted = request.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match response.extensions().get::<Problem>() {
        Some(problem) if accepted.contains("text/html") => (problem.status, problem.page()).into_response(),
        _ => response,
    }
}

/// No page has this address.
pub async fn not_found(uri: axum::http::Uri) -> Problem {
    Problem::unknown("page", uri.path())
}

/// The page exists, but nothing can be sent to it in this way.
pub async fn method_not_allowed(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::not_taken(detail, "open the page and use its form")
}
