//! The routes, one file each.

mod attributes;
mod health;
mod initiate;
mod message;
mod validate;

use std::sync::Arc;

use axum::{
    Router,
    routing::{MethodRouter, get, post, put},
};

use crate::{openapi, request_guard::Shared, response::Refusal};

/// Every route; other methods are 405, other paths 404.
pub(crate) fn all(guard: &Shared) -> Router {
    let only = |route: MethodRouter<Shared>, allow: &'static str| {
        route.fallback(move || async move { Refusal::method(allow) })
    };
    Router::new()
        .route("/api/chat/initiate", only(post(initiate::initiate), "POST"))
        .route("/api/chat/validate", only(post(validate::validate), "POST"))
        .route("/api/chat/message", only(post(message::message), "POST"))
        .route("/api/guests/{guestId}/attributes", only(put(attributes::attributes), "PUT"))
        .route("/health", only(get(health::health), "GET, HEAD"))
        .route("/openapi.json", only(get(openapi::serve), "GET, HEAD"))
        .fallback(|| async { Refusal::no_route() })
        .with_state(Arc::clone(guard))
}
