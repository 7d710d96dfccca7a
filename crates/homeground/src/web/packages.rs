//! Files for QGIS and QField: a package for the field, a project for the office.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::App;
use super::asked::Asked;
use super::ogc::Api;
use super::problem::Problem;
use crate::package;

/// `GET /packages/qfield.zip`.
pub async fn qfield(State(app): State<Arc<App>>, api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    let asked = Asked::on(api.day(&app).date());
    app.scene(asked, |scene| {
        let bytes = package::zipped(package::qfield(scene.programme, scene.state, scene.day)?)?;
        let named = format!("attachment; filename=\"qfield-{}.zip\"", scene.day.date());
        let kind = [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, named)];
        Ok((kind, bytes).into_response())
    })
    .await
}

/// `GET /qgis/homeground.qgs`.
pub async fn project(State(app): State<Arc<App>>, api: Api) -> Result<Response, Problem> {
    api.knows(&[])?;
    let asked = Asked::on(api.day(&app).date());
    app.scene(asked, move |scene| {
        let text = package::office(scene.programme, scene.state, scene.day, &api.href(""));
        let named = format!("attachment; filename=\"homeground-{}.qgs\"", scene.day.date());
        let kind = [(header::CONTENT_TYPE, "application/x-qgis".to_owned()), (header::CONTENT_DISPOSITION, named)];
        Ok((kind, text).into_response())
    })
    .await
}
