use axum::{extract::State, response::Response};
use http::StatusCode;
use serde_json::json;

use crate::{request_guard::Shared, response};

/// `GET /health`: that the gateway runs, and whether the org answered last. Never what is in the outbox.
pub(crate) async fn health(State(guard): State<Shared>) -> Response {
    let status = guard.app.status();
    let org = match (status.outbox.paused.is_some(), status.online.reachable) {
        (true, _) => "refuses",
        (false, None) => "unknown",
        (false, Some(true)) => "answers",
        (false, Some(false)) => "away",
    };
    response::json(StatusCode::OK, &json!({ "status": "ok", "org": org }))
}
