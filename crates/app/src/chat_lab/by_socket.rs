//! Chats whose messages go by the guest socket: starting one from a script, ending it, and the outbox's way through it.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use genesys::webmessaging::{ChatOptions, DeploymentConfig, WebMessagingError};
use model::{ConversationId, GuestId, Secret};
use outbox::{Delivery, Found, Outgoing};
use store::Batch;
use uuid::Uuid;

use super::{
    find::{self, Wanted},
    live::{chat_of, conversation_of},
    start::Starting,
};
use crate::{
    App, Environment, Failure, FailureCode, LabTarget, Result,
    chat::conversation::{check_person, given},
    views::{ChatStarted, LabStart, SocketChatStarted},
};

/// Between two readings of a guest's history that together say that a message is not there: of a vendor region, and elsewhere.
const READINGS_APART: Duration = Duration::from_secs(10);
const READINGS_APART_NEAR: Duration = Duration::from_secs(2);

/// A chat by the guest socket, as a script asks for it.
#[derive(Debug, Clone, Default)]
pub struct SocketStart {
    /// The messenger deployment; `None`: `GC_DEPLOYMENT_ID`, else that of the connection.
    pub deployment: Option<String>,
    /// What the guest's page would send as its origin; `None`: `GC_ORIGIN`, else that of the connection.
    pub page_origin: Option<String>,
    /// The custom attribute `name`.
    pub name: Option<String>,
    /// The custom attribute `email`.
    pub email: Option<String>,
    /// Other custom attributes.
    pub attributes: BTreeMap<String, String>,
}

impl App {
    /// Whether chats of this connection's org go by the guest socket of a deployment and in no other way.
    #[must_use]
    pub fn chats_go_by_socket(&self) -> bool {
        self.0.org.chat.is_none()
    }

    /// Starts a chat by the guest socket: reads what the deployment offers and keeps the new guest's token, sealed, until the chat
    /// is over. Name, e-mail address and attributes go with the first message. Where the org has chats by the socket only, the
    /// session is made at once, so that a check of it finds it; elsewhere nothing is sent to the org.
    ///
    /// # Errors
    /// [`FailureCode::ReadOnly`], bad input by field, a deployment that cannot be reached or takes no guests.
    pub async fn socket_chat_start(&self, start: SocketStart) -> Result<(SocketChatStarted, Secret)> {
        let id = Uuid::new_v4();
        let token = self.start_by_socket(id, start, Failure::from).await?;
        Ok((SocketChatStarted { guest_id: None, conversation_id: id.to_string() }, token))
    }

    /// As [`App::socket_chat_start`], under this id; what the socket met is told in `words`.
    pub(super) async fn start_by_socket(
        &self,
        id: Uuid,
        start: SocketStart,
        words: fn(WebMessagingError) -> Failure,
    ) -> Result<Secret> {
        if !self.0.org.pipeline.is_online() {
            let message = "The console is switched offline: no chat was started.";
            return Err(Failure::new(FailureCode::Offline, message));
        }
        let SocketStart { deployment, page_origin, name, email, attributes } = start;
        let (name, email) = (given(name), given(email));
        let keys = attributes.keys().map(String::as_str);
        check_person(&self.0.org.can.limits, name.as_deref(), email.as_deref(), keys)?;
        let start = LabStart {
            deployment,
            page_origin,
            name: name.unwrap_or_default(),
            email: email.unwrap_or_default(),
            attributes,
        };
        let token = Secret::new(Uuid::new_v4().to_string());
        let Starting { target, about, sent, .. } = self.check_start(start, false, words).await?;
        let mut chat = about.kept(&token, sent);
        if self.chats_go_by_socket() {
            let options =
                ChatOptions { token: token.clone(), ..LabTarget::chat_options(&DeploymentConfig::default()) };
            target.client.begin_session(&target.deployment, &options).await.map_err(words)?;
            chat.connected = true;
        }
        self.keep_chat(id, &chat).await?;
        Ok(token)
    }

    /// Refuses to serve pages where their chats go by the guest socket and no deployment is known.
    ///
    /// # Errors
    /// [`FailureCode::InvalidInput`] by field.
    pub fn web_place(&self) -> Result<()> {
        match self.chats_go_by_socket() {
            true => self.lab_target_of(None, None).map(drop),
            false => Ok(()),
        }
    }

    /// Starts a chat by the guest socket for a page, unless too many are not over. The guest goes by the chat's own id.
    pub(crate) async fn web_start_by_socket(
        &self,
        name: Option<String>,
        email: Option<String>,
    ) -> Result<Option<(ChatStarted, Secret)>> {
        if !self.on_disk(|app| Ok(app.0.chat_lab.has_room().is_ok())).await? {
            return Ok(None);
        }
        let start = SocketStart { name, email, ..SocketStart::default() };
        let (started, token) = self.socket_chat_start(start).await?;
        let guest_id = started.conversation_id.parse().expect("a chat's own id is a UUID");
        Ok(Some((ChatStarted { guest_id, conversation_id: started.conversation_id }, token)))
    }

    /// Forgets the tokens of chats whose pages cannot come back, but of those in which something waits to be delivered.
    pub(crate) async fn end_left_chats(&self, guests: Vec<GuestId>) -> Result<()> {
        for guest in guests {
            let is_kept = self.on_disk(move |app| Ok(app.0.chat_lab.kept.get(guest.0)?.is_some())).await?;
            if is_kept && !self.0.outbox.undelivered_for(&guest) {
                // One that is not on the list has no connection to close.
                let _ = self.0.chat_lab.remove(guest.0);
                self.0.chat_lab.kept.forget(guest.0).await?;
            }
        }
        Ok(())
    }

    /// Forgets a chat by the guest socket and its token. The org is not told: its session expires.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConversation`]; messages that are not delivered, by the field `CONVERSATION`.
    pub async fn socket_chat_end(&self, conversation: ConversationId) -> Result<()> {
        self.may_write()?;
        let unknown = || {
            let message = format!("There is no chat {conversation} by the guest socket that has not ended.");
            Failure::new(FailureCode::UnknownConversation, message)
        };
        let id = chat_of(&conversation).ok_or_else(unknown)?;
        let kept = self.on_disk(move |app| Ok(app.0.chat_lab.kept.get(id)?)).await?;
        kept.ok_or_else(unknown)?;
        if self.0.outbox.undelivered_for(&GuestId(id)) {
            let what = "has messages that are not delivered, which only its token can deliver";
            return Err(Failure::field("CONVERSATION", what)
                .with_next("Deliver them with `outbox drain` or discard them, then end the chat."));
        }
        // One that is not on the list has no connection to close.
        let _ = self.0.chat_lab.remove(id);
        Ok(self.0.chat_lab.kept.forget(id).await?)
    }

    /// Keeps a chat, and that its messages go by the socket, before the org first hears of its guest.
    pub(super) async fn keep_chat(&self, id: Uuid, chat: &super::keep::KeptChat) -> Result<()> {
        let lab = &self.0.chat_lab;
        let mut batch = Batch::new();
        lab.kept.put_in(&mut batch, id, chat)?;
        self.0.chats.put_by_socket(&mut batch, &conversation_of(id), GuestId(id))?;
        Ok(self.0.store.commit_async(batch).await?)
    }

    /// Whether the messages of a conversation go by the guest socket.
    pub(crate) fn goes_by_socket(&self, conversation: &ConversationId) -> Result<bool> {
        Ok(self.0.chats.goes_by_socket(conversation)?)
    }

    /// So long lies at least between two readings of a guest's history.
    pub(crate) fn readings_apart(&self) -> Duration {
        match self.0.connection.environment {
            Environment::Region(_) => READINGS_APART,
            Environment::Embedded | Environment::BaseUrl(_) => READINGS_APART_NEAR,
        }
    }

    /// One attempt to deliver a message by the socket of its chat.
    pub(crate) async fn deliver_by_socket(&self, message: &Outgoing) -> Delivery {
        let not_sent = |why: String| Delivery::NotSent { why, retry_after: None };
        if !self.0.org.pipeline.is_online() {
            return not_sent("the console is offline".to_owned());
        }
        let Some(id) = chat_of(&message.conversation_id) else {
            return Delivery::ConversationOver { why: "it is no chat by the guest socket".to_owned() };
        };
        let live = match self.lab_live(id).await {
            Ok(Some(live)) => live,
            Ok(None) => return Delivery::ConversationOver { why: OVER.to_owned() },
            Err(failure) => return not_sent(failure.message),
        };
        let now = self.0.clock.now();
        live.deliver(message.id.0, message.text.as_str(), now, self.switched_off()).await
    }

    /// Until nothing more is to be asked of the org.
    async fn switched_off(&self) {
        let mut online = self.0.org.pipeline.online();
        if online.wait_for(|online| !online).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The chats whose guest the org did not know any more, as conversations.
    pub(crate) fn lab_new_guests(&self) -> Vec<String> {
        let all = self.0.chat_lab.all().into_iter();
        all.filter(|chat| chat.look(|record| record.is_new_guest)).map(|chat| chat.id.to_string()).collect()
    }

    /// Whether a chat by the guest socket can still deliver what is written: its token is kept.
    pub(crate) fn is_over_by_socket(&self, conversation: &ConversationId) -> Result<bool> {
        if !self.goes_by_socket(conversation)? {
            return Ok(false);
        }
        Ok(match chat_of(conversation) {
            Some(id) => self.0.chat_lab.kept.get(id)?.is_none(),
            None => true,
        })
    }

    /// Looks for a message in the history of its guest: one complete reading, on a connection of its own.
    pub(crate) async fn find_by_socket(&self, message: &Outgoing, sent_at: DateTime<Utc>) -> Found {
        let not_read = |why: String| Found::NotRead { why, retry_after: None };
        if !self.0.org.pipeline.is_online() {
            return not_read("the console is offline".to_owned());
        }
        let Some(id) = chat_of(&message.conversation_id) else {
            return Found::CannotTell { why: OVER.to_owned() };
        };
        let read = self.on_disk({
            let conversation = message.conversation_id.clone();
            move |app| Ok((app.0.chat_lab.kept.get(id)?, app.0.outbox.conversation(&conversation)?))
        });
        let (kept, written) = match read.await {
            Ok((Some(kept), written)) => (kept, written),
            Ok((None, _)) => return Found::CannotTell { why: OVER.to_owned() },
            Err(failure) => return not_read(failure.message),
        };
        let mut others = match self.0.chat_lab.get(id) {
            Ok(live) => live.look(|record| record.rows.keys_but(message.id.0)),
            Err(_) => std::collections::HashSet::new(),
        };
        let own = written.iter().find(|entry| entry.id == message.id).map_or(u64::MAX, |entry| entry.seq);
        let (mut before, mut has_rival) = (std::collections::HashMap::new(), false);
        for entry in written.iter().filter(|entry| entry.id != message.id) {
            match &entry.org.message_id {
                Some(key) => {
                    others.insert(key.clone());
                    if let (true, Some(known)) = (entry.seq < own, entry.delivered_at) {
                        before.insert(key.clone(), known);
                    }
                }
                // It was tried, and nobody knows under which key the org has it.
                None => has_rival |= entry.attempts > 0 && entry.text == message.text,
            }
        }
        let (target, _, options) = match self.kept_target(&kept) {
            Ok(opened) => opened,
            Err(failure) => return not_read(failure.message),
        };
        // Dropped at the end, which closes the connection.
        let (_guest, mut events) = target.client.open(&target.deployment, find::reading(options));
        let text = message.text.as_str();
        let org_time = self.0.org.pipeline.org_time();
        let org_ahead = org_time.map_or_else(TimeDelta::zero, |time| time - self.0.clock.now());
        let wanted = Wanted { id: message.id.0, text, sent_at, others, before, org_ahead, has_rival };
        tokio::select! {
            found = find::look(&mut events, &wanted) => found,
            () = self.switched_off() => not_read("the reading was broken off".to_owned()),
        }
    }
}

/// Why nothing can be done any more in a chat that is over.
const OVER: &str = "the chat is over: its session token is not kept any more";
