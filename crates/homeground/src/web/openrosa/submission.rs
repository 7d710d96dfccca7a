//! `/submission`: what phones send, in one piece or several.

use std::sync::Arc;

use axum::Extension;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::shown::Change;
use super::auth::Sender;
use super::{MOST_BYTES, Told, blocking};
use crate::field::receive::{Incoming, Receipt};
use crate::web::App;

/// Name of the part that holds the answers.
const ANSWERS: &str = "xml_submission_file";

/// Name of the part by which a phone says that more pieces follow.
const MORE_FOLLOWS: &str = "*isIncomplete*";

/// Files in one piece; Collect sends a hundred at most.
const MOST_FILES: usize = 1_000;

/// `HEAD /submission`: exactly 204, or Collect takes us for a login page.
pub async fn ask() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// `POST /submission`.
pub async fn take(
    State(app): State<Arc<App>>,
    Extension(Sender(from)): Extension<Sender>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Told, Told> {
    let multipart = multipart.map_err(|rejection| {
        let why = format!("{}; a submission is multipart/form-data", rejection.body_text());
        Told::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)
    })?;
    let mut incoming = read(multipart).await?;
    incoming.from = from;
    incoming.at = (app.options.now)().timestamp();
    blocking(move || {
        let receipt = app.change(Change::CHECKED, |programme| programme.take_submission(incoming))?;
        match receipt {
            Ok(Receipt::Taken(message)) => Ok(Told::success(message)),
            Ok(Receipt::Conflict(message)) => Err(Told::error(StatusCode::CONFLICT, message)),
            Err(error) if error.is::<intake::Refused>() => Err(Told::error(
                StatusCode::BAD_REQUEST,
                format!("{error:#}. Nothing was kept; the phone still has it"),
            )),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

async fn read(mut multipart: Multipart) -> Result<Incoming, Told> {
    let bad =
        |why: String| Told::error(StatusCode::BAD_REQUEST, format!("{why}. Nothing was kept; the phone still has it"));
    let mut incoming = Incoming {
        xml: Vec::new(),
        files: Vec::new(),
        from: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        more_follows: false,
    };
    let mut has_answers = false;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            ANSWERS if has_answers => return Err(bad(format!("it has two parts called {ANSWERS}"))),
            ANSWERS => {
                incoming.xml = field.bytes().await.map_err(broken)?.to_vec();
                has_answers = true;
            }
            MORE_FOLLOWS => incoming.more_follows = field.text().await.map_err(broken)?.trim() == "yes",
            _ if incoming.files.len() == MOST_FILES => {
                return Err(bad(format!("it has more than {MOST_FILES} files")));
            }
            _ => incoming.files.push(file(field).await?),
        }
    }
    if !has_answers {
        return Err(bad(format!("it has no part called {ANSWERS}")));
    }
    Ok(incoming)
}

/// A file with its name, which is a name and no path.
async fn file(field: Field<'_>) -> Result<(String, String, Vec<u8>), Told> {
    const LONGEST: usize = 200;
    let name = field.file_name().or(field.name()).unwrap_or_default().to_owned();
    let is_plain = |c: char| !c.is_control() && !['/', '\\', ':'].contains(&c);
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(is_plain) || name.starts_with('.') {
        let why = format!(
            "{name:?} is no name of a file: up to {LONGEST} bytes are taken, without slashes, and it begins with no dot. Nothing was kept"
        );
        return Err(Told::error(StatusCode::BAD_REQUEST, why));
    }
    let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
    Ok((name, media_type, field.bytes().await.map_err(broken)?.to_vec()))
}

fn broken(error: MultipartError) -> Told {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let why = format!(
                "it is longer than {} MB in one piece. Nothing was kept; the phone still has it",
                MOST_BYTES / 1_048_576
            );
            Told::error(StatusCode::PAYLOAD_TOO_LARGE, why)
        }
        _ => {
            let why = format!("it broke off: {}. Nothing was kept; the phone still has it", error.body_text());
            Told::error(StatusCode::BAD_REQUEST, why)
        }
    }
}
