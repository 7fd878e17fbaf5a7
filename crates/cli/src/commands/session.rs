use app::{Result, SessionQuestion, views::SessionAnswer};
use model::{GuestId, Secret};
use serde_json::json;
use uuid::Uuid;

use super::input::stdin_text;
use crate::{args::Session, open::Context, output::DONE};

pub async fn run(command: &Session, cx: &Context<'_>) -> Result<u8> {
    let Session::Check { guest, deployment, origin } = command;
    let named = guest.as_deref().filter(|g| !g.is_empty());
    let token = Secret::new(stdin_text().await?.0);
    // An id that cannot be is an unknown guest: the same answer as for any other (`guest-api.md`). The nil UUID is nobody's.
    let guest = named.map(|id| id.parse().unwrap_or(GuestId(Uuid::nil())));
    let question = SessionQuestion {
        guest,
        token: Some(token),
        deployment: deployment.clone(),
        page_origin: origin.clone(),
    };
    let check = cx.app("session check").await?.session_asked(question).await?;
    let record =
        json!({ "outcome": check.outcome, "conversationId": check.conversation_id, "reason": check.reason });
    cx.out.record(&record, || {
        let conversation =
            check.conversation_id.as_deref().map(|c| format!(" Conversation {c}.")).unwrap_or_default();
        format!("{:?}: {}{conversation}", check.outcome, check.reason)
    });
    Ok(if check.outcome == SessionAnswer::Valid { DONE } else { 1 })
}
