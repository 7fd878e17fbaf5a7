use app::{
    Result,
    views::{ChatStarted, EntryView, StartChat},
};
use model::{MessageId, MessageText};
use uuid::Uuid;

use super::{ConsoleState, parse};

/// Starts a chat as a guest; the session token stays in the core.
#[tauri::command]
#[specta::specta]
pub async fn chat_start(console: ConsoleState<'_>, start: StartChat) -> Result<ChatStarted> {
    Ok(console.app()?.chat_start(start).await?.0)
}

/// Starts a chat again, as a new guest with what this one has; the same wish again is the same guest.
#[tauri::command]
#[specta::specta]
pub async fn chat_again(console: ConsoleState<'_>, guest_id: String, wish: Uuid) -> Result<ChatStarted> {
    Ok(console.app()?.chat_again(parse("guestId", &guest_id)?, wish).await?.0)
}

/// Accepts a message onto the disk; the same id again is the same message.
#[tauri::command]
#[specta::specta]
pub async fn chat_say(
    console: ConsoleState<'_>,
    id: Uuid,
    conversation_id: String,
    text: String,
) -> Result<EntryView> {
    let text = MessageText::new(text)?;
    console.app()?.chat_say(MessageId(id), parse("conversationId", &conversation_id)?, text).await
}

/// The messages this console accepted for a conversation, in order.
#[tauri::command]
#[specta::specta]
pub async fn chat_messages(console: ConsoleState<'_>, conversation_id: String) -> Result<Vec<EntryView>> {
    console.app()?.chat_messages(parse("conversationId", &conversation_id)?).await
}
