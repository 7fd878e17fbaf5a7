//! The agent's side of a session for a program that holds the org in process and knows the guest's token.

use axum::{
    body::Body,
    http::{Request, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::session::key;
use crate::Simulator;

impl Simulator {
    /// Does what a request of the control port does in the session of this token: `say`, `typing`, `disconnect`, `expire` or
    /// `drop`, with that request's body. The token is kept nowhere.
    ///
    /// # Errors
    /// In words: no such session, or what the control port refuses.
    pub async fn act_as_agent(
        &self,
        deployment: &str,
        token: &str,
        what: &str,
        body: &Value,
    ) -> Result<(), String> {
        let id = {
            let org = self.lock();
            let session = org.guests.sessions.get(&key(deployment, token));
            session.map(|session| session.conversation.unwrap_or(session.guest))
        };
        let id = id.ok_or("the guest has no session with the simulator")?;
        let request = Request::post(format!("/sessions/{id}/{what}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        let Ok(answer) = self.control_router().oneshot(request).await;
        if answer.status().is_success() {
            return Ok(());
        }
        let bytes = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        let said = serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
        let message = said["message"].as_str().unwrap_or("the simulator refused it");
        Err(message.trim_end_matches('.').to_owned())
    }
}
