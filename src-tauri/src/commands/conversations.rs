use std::collections::BTreeMap;

use app::{
    Failure, Result,
    views::{
        ChatAttributeChange, ChatStandingView, ChatsPage, ChatsQuery, ChatsWanted, ConversationRecordView,
    },
};
use model::ConversationId;

use super::{ConsoleState, parse};

/// One page of the org's conversations, newest first.
#[tauri::command]
#[specta::specta]
pub async fn chats_page(console: ConsoleState<'_>, query: ChatsQuery) -> Result<ChatsPage> {
    console.app()?.chats_page(query).await
}

/// How conversations without an end stand; a question to the org for each.
#[tauri::command]
#[specta::specta]
pub async fn chat_states(console: ConsoleState<'_>, ids: Vec<String>) -> Result<Vec<ChatStandingView>> {
    console.app()?.chat_states(ids_of(&ids)?).await
}

/// Those of at most 100 conversations that are as wanted; at most two questions to the org for each.
#[tauri::command]
#[specta::specta]
pub async fn chats_matching(
    console: ConsoleState<'_>,
    ids: Vec<String>,
    wanted: ChatsWanted,
) -> Result<Vec<ChatStandingView>> {
    console.app()?.chats_matching(ids_of(&ids)?, wanted).await
}

fn ids_of(ids: &[String]) -> Result<Vec<ConversationId>> {
    ids.iter().map(|id| parse("ids", id)).collect()
}

/// A conversation with its messages and attributes.
#[tauri::command]
#[specta::specta]
pub async fn conversation_open(console: ConsoleState<'_>, id: String) -> Result<ConversationRecordView> {
    console.app()?.conversation_open(&parse("id", &id)?).await
}

/// Sets attributes of a running conversation that nobody changed since they were shown.
#[tauri::command]
#[specta::specta]
pub async fn conversation_save(
    console: ConsoleState<'_>,
    id: String,
    changes: Vec<ChatAttributeChange>,
) -> Result<()> {
    let (mut seen, mut sets) = (BTreeMap::new(), BTreeMap::new());
    for ChatAttributeChange { key, before, after } in changes {
        seen.insert(key.clone(), before);
        if sets.insert(key.clone(), after).is_some() {
            return Err(Failure::field(&key, "is changed twice in one edit"));
        }
    }
    console.app()?.conversation_save(&parse("id", &id)?, &seen, sets).await
}
