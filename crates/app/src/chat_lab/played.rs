//! Chats that are started in the window by the guest socket, and whose they are once the org told that.

use model::{AttributeValue, GuestId, Secret};
use uuid::Uuid;

use super::{
    by_socket::SocketStart,
    keep::KeptChat,
    live::{chat_of, conversation_of},
    start::not_started,
};
use crate::{
    App, Failure, Result,
    chat::chats::OrgSide,
    views::{ChatStarted, PlayedChatView, SessionAnswer, SessionCheck, StartChat, Topic},
};

impl App {
    /// Starts a chat by the guest socket under the id that the wish names, and opens it: the same wish again is the same chat.
    ///
    /// # Errors
    /// As [`App::socket_chat_start`], by the field where a person can mend it; an id of a chat that is over.
    pub(crate) async fn chat_start_by_socket(&self, start: StartChat) -> Result<(ChatStarted, Secret)> {
        let id = start.guest_id;
        let _one = self.0.chats.starting.lock().await;
        let known = self.on_disk(move |app| {
            Ok((app.0.chat_lab.kept.get(id)?, app.0.chats.guest_of(&conversation_of(id))?.is_some()))
        });
        let token = match known.await? {
            (Some(kept), _) => kept.opened(),
            (None, true) => return Err(Failure::field("guestId", "is the id of a chat that is over")),
            (None, false) => {
                let attributes = start.attributes.into_iter().map(|(key, value)| (key, text(value)));
                let start = SocketStart {
                    deployment: start.deployment,
                    page_origin: start.page_origin,
                    name: start.name,
                    email: start.email,
                    attributes: attributes.collect(),
                };
                self.start_by_socket(id, start, not_started).await?
            }
        };
        self.lab_live(id).await?;
        Ok((ChatStarted { guest_id: GuestId(id), conversation_id: id.to_string() }, token))
    }

    /// The chats by the guest socket that were started here and of which the org said that they are this contact's, the newest first.
    pub(crate) async fn played_chats_of(&self, contact: GuestId) -> Result<Vec<PlayedChatView>> {
        let chats = self.kept_chats_of(contact).await?;
        let view = |(id, side, kept): (Uuid, OrgSide, Option<KeptChat>)| PlayedChatView {
            chat: id.to_string(),
            conversation_id: side.conversation_id.to_string(),
            over: kept.is_none(),
        };
        Ok(chats.into_iter().map(view).collect())
    }

    /// Those of a contact, each with what is kept of it: nothing where it is over. The newest first, those that are over last.
    async fn kept_chats_of(&self, contact: GuestId) -> Result<Vec<(Uuid, OrgSide, Option<KeptChat>)>> {
        if !self.chats_go_by_socket() {
            return Ok(Vec::new());
        }
        self.on_disk(move |app| {
            let mut chats = Vec::new();
            for (conversation, side) in app.0.chats.of_contact(contact)? {
                let Some(id) = chat_of(&conversation) else { continue };
                chats.push((id, side, app.0.chat_lab.kept.get(id)?));
            }
            chats.sort_by_key(|(_, side, kept)| {
                std::cmp::Reverse((kept.as_ref().map(|kept| kept.started_at), side.learnt_at))
            });
            Ok(chats)
        })
        .await
    }

    /// Checks the session of a contact's chat that was started here, by the token that is kept for it.
    ///
    /// # Errors
    /// As [`App::session_check`].
    pub(crate) async fn session_of_contact(&self, contact: GuestId) -> Result<SessionCheck> {
        match self.kept_chats_of(contact).await?.into_iter().next() {
            Some((_, _, Some(kept))) => self.session_by_socket(Some(kept.opened()), None, None).await,
            Some((_, _, None)) => {
                // What the window shows of the guest's chats is older than this answer.
                self.0.notices.stale(Topic::Guests);
                Ok(self.session_answer(SessionAnswer::Gone, None, OVER))
            }
            None => self.session_by_socket(None, None, None).await,
        }
    }
}

/// A custom attribute of the guest socket is a text.
fn text(value: AttributeValue) -> String {
    match value {
        AttributeValue::Null => String::new(),
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::Number(number) => number.to_string(),
        AttributeValue::Text(text) => text,
    }
}

const OVER: &str = "The chat that was started here is over, and its token is not kept any more: the guest must start the chat again.";
