use app::{
    Failure, GuestOfMessage, Result,
    views::{AttributeChange, GuestDetail, GuestPage, GuestQuery, GuestView, SaveResult, SessionCheck},
};
use model::{GuestId, Revision, Secret};
use uuid::Uuid;

use super::{ConsoleState, parse};

/// Longer than a time with what a record became.
const LONGEST_REVISION: usize = 200;

/// One page of the table.
#[tauri::command]
#[specta::specta]
pub async fn guests_page(console: ConsoleState<'_>, query: GuestQuery) -> Result<GuestPage> {
    console.app()?.guests_page(query).await
}

/// Which of at most 100 guests have an open conversation.
#[tauri::command]
#[specta::specta]
pub async fn guests_with_open_conversation(
    console: ConsoleState<'_>,
    ids: Vec<String>,
) -> Result<Vec<String>> {
    let ids = ids.iter().map(|id| parse("ids", id)).collect::<Result<Vec<GuestId>, _>>()?;
    let open = console.app()?.guests_with_open_conversation(&ids).await?;
    Ok(open.into_iter().map(|id| id.to_string()).collect())
}

/// A guest with conversations.
#[tauri::command]
#[specta::specta]
pub async fn guest_open(console: ConsoleState<'_>, id: String) -> Result<GuestDetail> {
    console.app()?.guest_open(parse("id", &id)?).await
}

/// Saves staged changes.
#[tauri::command]
#[specta::specta]
pub async fn guest_save(
    console: ConsoleState<'_>,
    id: String,
    changes: Vec<AttributeChange>,
) -> Result<SaveResult> {
    console.app()?.guest_save(parse("id", &id)?, changes).await
}

/// Counts an interaction; the same write id again is the same interaction.
#[tauri::command]
#[specta::specta]
pub async fn guest_interaction(
    console: ConsoleState<'_>,
    write_id: Uuid,
    id: String,
    kind: String,
    by: u32,
) -> Result<GuestView> {
    let app = console.app()?;
    let guest = app.guest_interaction(write_id, parse("id", &id)?, &kind, by).await?;
    Ok(app.guest_view(guest))
}

/// Deletes a guest, if nobody changed them since they were shown.
#[tauri::command]
#[specta::specta]
pub async fn guest_delete(console: ConsoleState<'_>, id: String, revision: String) -> Result<()> {
    if revision.is_empty() || revision.len() > LONGEST_REVISION {
        return Err(Failure::field("revision", format!("has 1 to {LONGEST_REVISION} bytes")));
    }
    console.app()?.guest_delete(parse("id", &id)?, Some(Revision::new(revision))).await
}

/// Guests of rows, by at most 50 ids; whom the org does not have any more is left out.
#[tauri::command]
#[specta::specta]
pub async fn guests_named(console: ConsoleState<'_>, ids: Vec<String>) -> Result<Vec<GuestView>> {
    let ids = ids.iter().map(|id| parse("ids", id)).collect::<Result<Vec<GuestId>, _>>()?;
    console.app()?.guests_named(&ids).await
}

/// Keeps a guest whom the org would let expire.
#[tauri::command]
#[specta::specta]
pub async fn guest_promote(console: ConsoleState<'_>, id: String) -> Result<GuestView> {
    console.app()?.guest_promote(parse("id", &id)?).await
}

/// Checks a session; without a token, by the keyed hash kept from the start of the chat.
#[tauri::command]
#[specta::specta]
pub async fn session_check(
    console: ConsoleState<'_>,
    guest_id: String,
    token: Option<String>,
) -> Result<SessionCheck> {
    let token = token.map(Secret::new);
    if token.as_ref().is_some_and(|t| t.expose().len() > 4_096) {
        return Err(Failure::field("token", "has at most 4,096 bytes"));
    }
    console.app()?.session_check(Some(parse("guestId", &guest_id)?), token).await
}

/// The conversation and the guest of a message's or a conversation's id.
#[tauri::command]
#[specta::specta]
pub async fn guest_of(console: ConsoleState<'_>, id: String) -> Result<GuestOfMessage> {
    console.app()?.guest_of(&id).await
}
