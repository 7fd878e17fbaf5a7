use app::views::SessionAnswer;
use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode};
use model::{GuestId, Secret, trimmed};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    body,
    cookie::{self, Shown},
    request_guard::Shared,
    response::{self, Refusal},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    guest_id: Option<String>,
    session_token: Option<String>,
}

/// `POST /api/chat/validate`: one of the four outcomes of a session (`guest-api.md`). The cookie beats the body.
pub(crate) async fn validate(
    State(guard): State<Shared>,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let shown = cookie::shown(request.headers());
    let shape = r#"an object like {"guestId": text, "sessionToken": text}"#;
    let Asked { guest_id, session_token } = body::read(request, guard.limits.body, shape).await?;
    let session_token = Secret::new(trimmed(&session_token.unwrap_or_default()).to_owned());
    let Some(guest) = guest_id.filter(|id| !trimmed(id).is_empty()) else {
        return Err(Refusal::field("guestId", "is missing: name the guest whose session is shown"));
    };
    let token = match shown {
        Shown::Token(token) => token,
        Shown::Several => return Err(Refusal::no_session()),
        Shown::Nothing if session_token.is_empty() => {
            return Err(Refusal::field("sessionToken", "is missing, in the cookie and in the body"));
        }
        Shown::Nothing => session_token,
    };
    // What is no UUID gets the answer of an unknown guest: no guest has the nil UUID.
    let guest = guest.parse().unwrap_or(GuestId(Uuid::nil()));
    let check = guard.ask(Box::pin(guard.app.web_validate(Some(guest), token))).await?;
    match (check.outcome, check.conversation_id) {
        (SessionAnswer::Valid, Some(conversation)) => {
            Ok(response::json(StatusCode::OK, &json!({ "valid": true, "conversationId": conversation })))
        }
        (SessionAnswer::Gone, _) => Ok(response::json(
            StatusCode::GONE,
            &json!({ "valid": false, "message": "The conversation is over: start the chat again." }),
        )),
        _ => Err(Refusal::no_session()),
    }
}
