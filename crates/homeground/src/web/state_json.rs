//! `/state.json`: what `homeground state --format json` prints.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use ledger::By;
use serde_json::Value;

use super::App;
use super::asked::Asked;
use super::problem::Problem;

/// The document.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Json<Value>, Problem> {
    let now: Timestamp = (app.options.now)().timestamp();
    app.scene(asked, move |scene| {
        let by = match scene.asked.get("by") {
            None | Some("hazard") => By::Hazard,
            Some("place") => By::Place,
            Some("operator") => By::Operator,
            Some("total") => By::Total,
            Some(other) => return Err(Problem::bad_query("by", other, "hazard, place, operator or total")),
        };
        let known_at = scene.asked.known_at.unwrap_or(now);
        Ok(Json(crate::json::state(scene.programme, scene.state, by, scene.day, known_at)))
    })
    .await
}
