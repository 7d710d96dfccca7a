//! `/forms/FORM/fill`: the same form in a browser, for those without a phone. Needs scripts: a form computes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::{blocking, segment, version_segment};
use crate::web::App;
use crate::web::asked::Asked;
use crate::web::page::{Head, Tab, page};
use crate::web::problem::Problem;

/// What ODK Web Forms needs beyond our own pages: styles it writes itself, and XPath compiled to WebAssembly that lies
/// in its script. Everything still comes from here and nothing goes elsewhere.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      connect-src 'self' data:; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; \
                      worker-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// The page.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, move |scene| {
        let forms = scene.programme.offered_forms()?;
        let form = forms.into_iter().find(|form| form.form_id == id).ok_or_else(|| Problem::unknown("form", &id))?;
        let at = format!("/forms/{}", segment(&id));
        let main = html! {
            section {
                p.crumbs { a href="/forms" { "Forms" } " / " a href=(at) { (form.name) } " / Fill in" }
                noscript { p.band.bad { "A form computes while it is filled in, so this page needs scripts. Or use a phone with ODK Collect." } }
                p #said.band.said role="status" hidden {}
                div #fill data-xml={ (at) "/" (version_segment(&form.version)) "?for=browser" } data-lists={ (at) "/lists/" } data-send={ (at) "/submission" } {}
            }
        };
        let head = Head { scripts: &["fill.js"], ..Head::plain(Tab::Forms, &form.name) };
        Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], page(scene, &head, main)).into_response())
    })
    .await
}

/// A list that a form takes along.
pub async fn list(State(app): State<Arc<App>>, Path((_, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let wanted = name.clone();
    let found = blocking(move || app.list(&wanted)).await?;
    let list = found.ok_or_else(|| Problem::unknown("list", &name))?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], list.csv.clone()).into_response())
}

/// The document for the browser: ODK Web Forms 0.22 does not know `intersects`, and a form that calls it would not
/// open. Whether lines cross is judged on arrival all the same (DQ-01).
pub fn for_browser(document: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(document) {
        Ok(text) => text.replace("not(intersects(.))", "true()").into_bytes(),
        Err(error) => error.into_bytes(),
    }
}
