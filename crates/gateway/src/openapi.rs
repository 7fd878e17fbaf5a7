//! `GET /openapi.json`: what the gateway answers, for programs. Held to the routes by tests.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header::CONTENT_TYPE};

/// The description as it is served (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> &'static str {
    include_str!("openapi.json")
}

pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], openapi()).into_response()
}
