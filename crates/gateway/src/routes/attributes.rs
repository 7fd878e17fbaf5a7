use app::FailureCode;
use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    body,
    cookie::{self, Shown},
    request_guard::Shared,
    response::{self, Refusal},
};

/// The largest count of one call, as everywhere (`guests interaction --by`).
const MOST: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    interaction_type: Option<String>,
    #[serde(default = "one")]
    increment: u32,
}

fn one() -> u32 {
    1
}

/// `PUT /api/guests/{guestId}/attributes`: counts interactions of the session's own guest.
pub(crate) async fn attributes(
    State(guard): State<Shared>,
    named: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let shown = cookie::shown(request.headers());
    let shape = r#"an object like {"interactionType": text, "increment": whole number from 0}, both of which may be left out"#;
    let Asked { interaction_type, increment } = body::read(request, guard.limits.body, shape).await?;
    let kind = interaction_type.unwrap_or_else(|| "message".to_owned());
    if kind.is_empty() || kind.len() > 64 || kind.chars().any(char::is_control) {
        return Err(Refusal::field("interactionType", "has 1 to 64 bytes and no control characters"));
    }
    if increment > MOST {
        return Err(Refusal::field("increment", "is a whole number from 0 to 1,000,000"));
    }
    let Shown::Token(token) = shown else { return Err(Refusal::no_session()) };
    let named = named.ok().and_then(|Path(id)| id.parse().ok());
    let Some(guest) = guard.app.web_guest(token, named).await? else { return Err(Refusal::no_session()) };
    let counted = guard.ask(Box::pin(async {
        match guard.app.web_interaction(Uuid::new_v4(), guest, &kind, increment).await {
            // Deleted meanwhile: then there is no session either.
            Err(failure) if failure.code == FailureCode::NotFound => Ok(None),
            counted => counted.map(Some),
        }
    }));
    // The page is told of nothing else: the guest's other attributes are the org's notes on them.
    let updated = counted.await?.ok_or_else(Refusal::no_session)?;
    Ok(response::json(StatusCode::OK, &json!({ "updatedAttributes": updated })))
}
