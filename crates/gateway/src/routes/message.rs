use app::{WebSaid, views::EntryState};
use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode};
use model::{MessageId, MessageText};
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
    conversation_id: String,
    text: String,
    id: Option<Uuid>,
}

/// `POST /api/chat/message`: on disk when it is answered, whether the org is there or not.
pub(crate) async fn message(
    State(guard): State<Shared>,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let shown = cookie::shown(request.headers());
    let shape =
        r#"an object like {"conversationId": text, "text": text, "id": UUID}, of which "id" may be left out"#;
    let Asked { conversation_id, text, id } = body::read(request, guard.limits.body, shape).await?;
    let text = MessageText::new(text).map_err(|problem| Refusal::field("text", problem.to_string()))?;
    let Shown::Token(token) = shown else { return Err(Refusal::no_session()) };
    let _turn = guard.turn_at_the_disk().await?;
    let id = MessageId(id.unwrap_or_else(Uuid::now_v7));
    match guard.app.web_say(token, id, conversation_id.parse().ok(), text).await? {
        WebSaid::Accepted(entry) => Ok(response::json(
            StatusCode::ACCEPTED,
            &json!({ "status": "queued", "id": entry.id, "cached": entry.state != EntryState::Delivered }),
        )),
        WebSaid::NoSession => Err(Refusal::no_session()),
        WebSaid::Full => Err(Refusal::full()),
    }
}
