use genesys::{Lane, Limits, NewGuest};
use model::{
    AttributeValue, Conversation, ConversationId, GuestId, MessageId, MessageText, Secret, TextError, trimmed,
};
use outbox::Outgoing;
use store::Batch;

use crate::{
    App, Failure, FailureCode, Result,
    chat::chats::PlayedChat,
    chat::sessions::TOKEN_PURPOSE,
    failure::offered,
    views::{ChatStarted, EntryView, StartChat, Topic},
};

impl From<TextError> for Failure {
    fn from(error: TextError) -> Self {
        Failure::field("text", error.to_string())
    }
}

/// A name or e-mail without what was pasted around it. One of blanks only is as good as left out: a visitor typed it. An
/// empty one stays and is refused: a program lost its value.
pub(crate) fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| text.is_empty() || !trimmed(text).is_empty()).map(|text| trimmed(&text).to_owned())
}

/// Refuses a name, an e-mail address or keys of attributes that no guest can have.
pub(crate) fn check_person<'a>(
    limits: &Limits,
    name: Option<&str>,
    email: Option<&str>,
    mut keys: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let fine = |text: &str, max: u32| {
        (1..=max as usize).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    if name.is_some_and(|n| !fine(n, limits.name_characters)) {
        let most = limits.name_characters;
        return Err(Failure::field("name", format!("has 1 to {most} characters, or is left out")));
    }
    if let Some(email) = email {
        let parts = email.split_once('@');
        if !fine(email, limits.email_characters)
            || email.contains(char::is_whitespace)
            || !parts.is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        {
            return Err(Failure::field("email", "looks like name@example.org, or is left out"));
        }
    }
    let most = limits.attribute_key_characters;
    if let Some(key) = keys.find(|k| !fine(k, most)) {
        return Err(Failure::field(
            key,
            format!("an attribute's key has 1 to {most} characters and no control characters"),
        ));
    }
    Ok(())
}

impl App {
    /// Plays a guest: creates them with the caller's UUID, `source` and `initiatedAt`, and finds the conversation that
    /// opens with it. The session token goes to the caller only for `--print-token`; on disk is its keyed hash. In a deployment
    /// that is named, and where the org knows no other way, the chat goes by the guest socket.
    ///
    /// # Errors
    /// Bad input by field, a read-only connection, or what the org answered. The same start again, also after a lost
    /// answer, finds the guest that was made.
    pub async fn chat_start(&self, start: StartChat) -> Result<(ChatStarted, Secret)> {
        self.may_write()?;
        let start = StartChat { name: given(start.name), email: given(start.email), ..start };
        if start.deployment.is_some() || self.chats_go_by_socket() {
            return self.chat_start_by_socket(start).await;
        }
        if start.page_origin.is_some() {
            return Err(Failure::field("pageOrigin", "is for a chat in a deployment, which has to be named"));
        }
        let keys = start.attributes.keys().map(String::as_str);
        check_person(&self.0.org.can.limits, start.name.as_deref(), start.email.as_deref(), keys)?;
        self.begin_chat(start, None).await
    }

    /// Makes the guest and finds their conversation; `also` goes to the disk with that.
    pub(crate) async fn begin_chat(
        &self,
        start: StartChat,
        also: Option<Batch>,
    ) -> Result<(ChatStarted, Secret)> {
        let now = self.0.clock.now();
        let id = GuestId(start.guest_id);
        let mut attributes = start.attributes;
        attributes.insert("source".into(), "web-messaging".into());
        attributes.insert(
            "initiatedAt".into(),
            AttributeValue::Text(now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
        );
        let new = NewGuest { id, name: start.name, email: start.email, attributes };
        let chat = offered(self.0.org.chat.as_ref(), "start a chat")?;
        let token = chat.start(Lane::Person, &new).await?;
        let made = |failure: Failure| Failure {
            message: format!(
                "The guest {id} was made, but their conversation was not found: {}",
                failure.message
            ),
            ..failure
        };
        let found = self.0.org.conversations.of(Lane::Person, id, true, 1).await;
        let conversation = found.map_err(|e| made(e.into()))?.into_iter().next().ok_or_else(|| {
            Failure::new(
                FailureCode::OrgFailed,
                "The org made the guest but opened no conversation for them.",
            )
        })?;
        let played = PlayedChat {
            conversation_id: conversation.id.clone(),
            token_hash: self.0.store.keyed_hash(TOKEN_PURPOSE, token.expose().as_bytes()).to_vec(),
            started_at: now,
        };
        let mut batch = also.unwrap_or_default();
        self.0.chats.put_played(&mut batch, id, &played)?;
        self.0.store.commit_async(batch).await?;
        self.0.notices.stale(Topic::Guests);
        Ok((ChatStarted { guest_id: id, conversation_id: conversation.id.to_string() }, token))
    }

    /// Accepts a message: answers once it is on disk, whether the org can be reached or not. It never sends. The same id
    /// again is the same message.
    ///
    /// # Errors
    /// [`FailureCode::UnknownConversation`], an id in use elsewhere, a full disk.
    pub async fn chat_say(&self, id: MessageId, to: ConversationId, text: MessageText) -> Result<EntryView> {
        self.may_write()?;
        self.on_disk(move |app| {
            let guest_id = app.0.chats.guest_of(&to)?.ok_or_else(|| {
                Failure::new(
                    FailureCode::UnknownConversation,
                    format!("The conversation {to} was neither started nor looked up from this data folder."),
                )
            })?;
            if app.chats_go_by_socket() && !app.goes_by_socket(&to)? {
                let message = format!(
                    "The conversation {to} is the org's own: nobody here has its guest's session token."
                );
                return Err(Failure::new(FailureCode::UnknownConversation, message).with_next(
                    "Write in a chat that was started here with `chat start`, by the id that it printed.",
                ));
            }
            if app.is_over_by_socket(&to)? {
                let message = format!("The chat {to} is over: nothing can be delivered in it any more.");
                return Err(
                    Failure::new(FailureCode::ConversationClosed, message).with_next("Start a new chat.")
                );
            }
            let written_at = app.0.clock.now();
            let new = Outgoing { id, conversation_id: to, guest_id, text, written_at };
            Ok(EntryView::of(app.0.outbox.accept(new)?.entry))
        })
        .await
    }

    /// The messages this console accepted for a conversation, in order, delivered ones too.
    pub async fn chat_messages(&self, conversation: ConversationId) -> Result<Vec<EntryView>> {
        self.on_disk(move |app| {
            app.0.outbox.conversation(&conversation)?.into_iter().map(|entry| app.entry_view(entry)).collect()
        })
        .await
    }

    /// Remembers looked-up conversations, so that `chat say` knows their guest.
    pub(crate) async fn remember_conversations(&self, conversations: &[Conversation]) -> Result<()> {
        let mut batch = Batch::new();
        for c in conversations {
            self.0.chats.put_looked_up(&mut batch, &c.id, c.guest_id)?;
        }
        if !batch.is_empty() {
            self.0.store.commit_async(batch).await?;
        }
        Ok(())
    }
}
