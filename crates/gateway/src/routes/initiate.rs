use app::{WebStarted, views::StartChat};
use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode, header::SET_COOKIE};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    body, cookie,
    request_guard::Shared,
    response::{self, Refusal},
};

#[derive(Deserialize)]
struct Asked {
    name: Option<String>,
    email: Option<String>,
}

/// `POST /api/chat/initiate`: starts a chat; the session token goes into the cookie and nowhere else.
pub(crate) async fn initiate(
    State(guard): State<Shared>,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let shape = r#"an object like {"name": text, "email": text}, both of which may be left out"#;
    let Asked { name, email } = body::read(request, guard.limits.body, shape).await?;
    let start = StartChat { guest_id: Uuid::new_v4(), name, email, ..StartChat::default() };
    let (started, token) = match guard.ask(Box::pin(guard.app.web_start(start))).await? {
        WebStarted::Started(started, token) => (started, token),
        WebStarted::Full => return Err(Refusal::no_room()),
    };
    let mut response = response::json(
        StatusCode::CREATED,
        &json!({
            "guestId": started.guest_id,
            "conversationId": started.conversation_id,
            "message": "The chat has started.",
        }),
    );
    response.headers_mut().insert(SET_COOKIE, cookie::set(&token, guard.cookie_secure));
    Ok(response)
}
