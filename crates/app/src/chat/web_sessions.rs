//! Sessions of web chat pages: what the chat gateway asks of the application.
//!
//! A page shows a session token. The org is asked about it when a chat starts and when a session is validated; what it
//! said is kept under the token's keyed hash, with guest and conversation, for [`GOOD_FOR`]. Messages and attributes are
//! allowed by that alone, so a message is accepted while the org is away. The token itself is stored nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use model::{Attributes, ConversationId, GuestId, INTERACTION_KEYS, MessageId, MessageText, Secret};
use outbox::Outgoing;
use serde::{Deserialize, Serialize};
use store::{Batch, Table};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    App, Failure, FailureCode, Result,
    hashed_key::{HashedKey, hashed_key},
    views::{ChatStarted, EntryView, SessionAnswer, SessionCheck, StartChat},
};

/// What the hash of a page's token is for: no other hash of the same token is comparable with it.
const PURPOSE: &str = "web-session";

/// How long an answer of the org about a session token is relied on: as long as the page's cookie lives (`cli.md`, "Gateway
/// routes").
pub const GOOD_FOR: TimeDelta = TimeDelta::hours(24);

/// So many messages may wait in the outbox before the gateway takes no more: what a page can make this process keep in
/// memory has an end. The window and the command line are not held to it.
const MOST_WAITING: u64 = 250_000;

/// A session that the org vouched for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WebSession {
    guest_id: GuestId,
    conversation_id: ConversationId,
    good_until: DateTime<Utc>,
}

pub(crate) type WebSessions = Table<HashedKey, WebSession>;

/// What became of a page's wish for a chat.
#[derive(Debug)]
pub enum WebStarted {
    /// It is there; the token is for the page's cookie.
    Started(ChatStarted, Secret),
    /// So many chats are not over that no more are taken.
    Full,
}

/// What became of a page's message.
#[derive(Debug, Clone)]
pub enum WebSaid {
    /// It is on disk.
    Accepted(Box<EntryView>),
    /// Not with this token, or not to this conversation: nobody learns which.
    NoSession,
    /// Too much waits to be delivered.
    Full,
}

impl App {
    fn hashed(&self, token: &Secret) -> HashedKey {
        hashed_key(&self.0.store.keyed_hash(PURPOSE, token.expose().as_bytes()))
    }

    fn web_sessions(&self) -> WebSessions {
        self.0.store.table("web-session")
    }

    /// The session of a token, while it is good. An empty token is none.
    fn web_session(&self, token: &Secret) -> Result<Option<WebSession>> {
        if token.is_empty() {
            return Ok(None);
        }
        let kept = self.web_sessions().get(&self.hashed(token))?;
        Ok(kept.filter(|session| self.0.clock.now() < session.good_until))
    }

    async fn keep_web_session(&self, token: &Secret, guest_id: GuestId, conversation_id: &str) -> Result<()> {
        let conversation_id = conversation_id.parse().map_err(|_| {
            Failure::new(FailureCode::OrgFailed, "The org named a conversation by an id that is none.")
        })?;
        let session = WebSession { guest_id, conversation_id, good_until: self.0.clock.now() + GOOD_FOR };
        let mut batch = Batch::new();
        batch.put(&self.web_sessions(), &self.hashed(token), &session)?;
        Ok(self.0.store.commit_async(batch).await?)
    }

    /// Starts a chat for a page: the token is for its cookie, and its session is good from here on.
    ///
    /// Where chats go by the guest socket, the guest's id is the chat's own: the org's is not known before the first message.
    pub async fn web_start(&self, start: StartChat) -> Result<WebStarted> {
        let (started, token) = match self.chats_go_by_socket() {
            true => match self.web_start_by_socket(start.name, start.email).await? {
                Some(started) => started,
                None => return Ok(WebStarted::Full),
            },
            false => self.chat_start(start).await?,
        };
        self.keep_web_session(&token, started.guest_id, &started.conversation_id).await?;
        Ok(WebStarted::Started(started, token))
    }

    /// Asks the org about a page's session. Good, it is kept; a session of this guest that is good no longer is forgotten.
    ///
    /// # Errors
    /// When the org could not be asked, or a failing disk; the four answers are none.
    pub async fn web_validate(&self, guest: Option<GuestId>, token: Secret) -> Result<SessionCheck> {
        let check = match self.chats_go_by_socket() {
            true => self.web_check_by_socket(guest, &token).await?,
            false => self.session_check(guest, Some(token.clone())).await?,
        };
        let Some(guest) = guest else { return Ok(check) };
        match (check.outcome, &check.conversation_id) {
            (SessionAnswer::Valid, Some(conversation)) => {
                self.keep_web_session(&token, guest, conversation).await?;
            }
            (SessionAnswer::Invalid | SessionAnswer::Gone, _) => {
                self.forget_web_session(&token, guest).await?;
            }
            _ => {}
        }
        Ok(check)
    }

    /// Asks by the guest socket, but only about a token whose hash is kept here, and a chat that is not over: asking about another
    /// would make a session.
    async fn web_check_by_socket(&self, guest: Option<GuestId>, token: &Secret) -> Result<SessionCheck> {
        let (named, shown) = (guest, token.clone());
        let kept = self.on_disk(move |app| {
            let session = app.web_session(&shown)?.filter(|session| is_guest(session, named));
            session.map(|session| app.is_over_by_socket(&session.conversation_id)).transpose()
        });
        let told = |outcome, reason| Ok(self.session_answer(outcome, None, reason));
        match kept.await? {
            None => told(SessionAnswer::Invalid, "No session with this token was started here."),
            Some(true) => told(SessionAnswer::Gone, "The chat is over."),
            Some(false) => self.session_check(guest, Some(token.clone())).await,
        }
    }

    /// Counts an interaction of a page's guest and answers the counters, by their own names; the same write again is the same
    /// interaction.
    ///
    /// # Errors
    /// As [`App::guest_interaction`]; where the org has not told yet who the guest is.
    pub async fn web_interaction(
        &self,
        write_id: Uuid,
        guest: GuestId,
        kind: &str,
        by: u32,
    ) -> Result<Attributes> {
        let guest = if self.is_own_chat(guest)? { self.contact_of_chat(guest).await? } else { guest };
        let guest = self.guest_interaction(write_id, guest, kind, by).await?;
        let keys = self.interaction_keys(&guest).await?;
        let counters = INTERACTION_KEYS.into_iter().zip(keys);
        Ok(counters
            .filter_map(|(name, key)| Some((name.to_owned(), guest.attributes.get(&key)?.clone())))
            .collect())
    }

    async fn forget_web_session(&self, token: &Secret, guest: GuestId) -> Result<()> {
        let hashed = self.hashed(token);
        if self.web_sessions().get(&hashed)?.is_none_or(|session| session.guest_id != guest) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.remove(&self.web_sessions(), &hashed);
        Ok(self.0.store.commit_async(batch).await?)
    }

    /// Accepts a page's message: on disk when it answers, whether the org can be reached or not. `to` is `None` when what
    /// the page named cannot be a conversation. The same id again is the same message.
    pub async fn web_say(
        &self,
        token: Secret,
        id: MessageId,
        to: Option<ConversationId>,
        text: MessageText,
    ) -> Result<WebSaid> {
        self.on_disk(move |app| {
            let Some(session) = app.web_session(&token)? else { return Ok(WebSaid::NoSession) };
            let named = to.as_ref().map_or("", ConversationId::as_str);
            let own: bool = named.as_bytes().ct_eq(session.conversation_id.as_str().as_bytes()).into();
            if !own {
                return Ok(WebSaid::NoSession);
            }
            app.may_write()?;
            if app.is_over_by_socket(&session.conversation_id)? {
                return Ok(WebSaid::NoSession);
            }
            let counts = app.0.outbox.counts();
            if counts.waiting + counts.uncertain >= MOST_WAITING {
                return Ok(WebSaid::Full);
            }
            let (conversation_id, guest_id) = (session.conversation_id, session.guest_id);
            let new = Outgoing { id, conversation_id, guest_id, text, written_at: app.0.clock.now() };
            Ok(WebSaid::Accepted(Box::new(EntryView::of(app.0.outbox.accept(new)?.entry))))
        })
        .await
    }

    /// The guest whose page shows this token, if it is the one that is named. Unknown tokens, other guests and ids that
    /// cannot be are one answer.
    pub async fn web_guest(&self, token: Secret, named: Option<GuestId>) -> Result<Option<GuestId>> {
        self.on_disk(move |app| {
            let Some(session) = app.web_session(&token)? else { return Ok(None) };
            Ok(is_guest(&session, named).then_some(session.guest_id))
        })
        .await
    }

    /// Forgets sessions whose time is over; answers how many. They are good for nothing before that, too: this is for
    /// the room they take.
    pub async fn web_forget_expired(&self) -> Result<usize> {
        let forgetting = self.on_disk(move |app| {
            let (table, now) = (app.web_sessions(), app.0.clock.now());
            let (mut forgotten, mut chats) = (0, Vec::new());
            let mut batch = Batch::new();
            let mut in_batch = 0;
            for kept in table.iter() {
                // One that cannot be read opens nothing either.
                let Ok((hashed, session)) = kept else { continue };
                if session.good_until <= now {
                    batch.remove(&table, &hashed);
                    chats.push(session.guest_id);
                    (forgotten, in_batch) = (forgotten + 1, in_batch + 1);
                }
                if in_batch == FORGOTTEN_AT_ONCE {
                    app.0.store.commit(std::mem::take(&mut batch))?;
                    in_batch = 0;
                }
            }
            if !batch.is_empty() {
                app.0.store.commit(batch)?;
            }
            Ok((forgotten, chats))
        });
        let (forgotten, chats) = forgetting.await?;
        self.end_left_chats(chats).await?;
        Ok(forgotten)
    }
}

/// Whether the session is that guest's, compared in constant time.
fn is_guest(session: &WebSession, named: Option<GuestId>) -> bool {
    let named = named.map_or(Uuid::nil(), |guest| guest.0);
    named.as_bytes().ct_eq(session.guest_id.0.as_bytes()).into()
}

const FORGOTTEN_AT_ONCE: usize = 1_000;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Choice, Connection, DataFolder, Environment, StartEmbedded};

    /// An app over an org that nobody reaches: nothing here asks it.
    async fn app(folder: &tempfile::TempDir) -> App {
        let nowhere: StartEmbedded = Arc::new(|_| Box::pin(async { Err("no org here".into()) }));
        let connection = Connection {
            environment: Environment::BaseUrl("http://127.0.0.1:9".into()),
            ..Connection::embedded()
        };
        let data =
            DataFolder::open(folder.path(), "test", Some(Secret::new("correct horse".into()))).unwrap();
        let choice = Choice::FromEnvironment(connection, Secret::new("demo".into()));
        App::open(data, choice, &nowhere).await.unwrap()
    }

    async fn say(app: &App, token: &str) -> WebSaid {
        let text = MessageText::new("hello".into()).unwrap();
        let (id, to) = (MessageId(Uuid::now_v7()), "conversation".parse().ok());
        app.web_say(Secret::new(token.into()), id, to, text).await.unwrap()
    }

    #[tokio::test]
    async fn a_session_is_good_for_a_day_and_then_for_nothing_and_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&folder).await;
        let guest = GuestId(Uuid::new_v4());
        for token in ["fresh", "stale"] {
            app.keep_web_session(&Secret::new(token.into()), guest, "conversation").await.unwrap();
        }
        let key = app.hashed(&Secret::new("stale".into()));
        let mut session = app.web_sessions().get(&key).unwrap().unwrap();
        assert_eq!((session.good_until - app.0.clock.now()).num_hours(), 23, "a day, less a moment");
        session.good_until = app.0.clock.now();
        let mut batch = Batch::new();
        batch.put(&app.web_sessions(), &key, &session).unwrap();
        app.0.store.commit(batch).unwrap();

        assert!(matches!(say(&app, "fresh").await, WebSaid::Accepted(_)));
        assert!(matches!(say(&app, "stale").await, WebSaid::NoSession));
        assert!(matches!(say(&app, "").await, WebSaid::NoSession));
        assert_eq!(app.web_guest(Secret::new("stale".into()), Some(guest)).await.unwrap(), None);
        assert_eq!(app.web_guest(Secret::new("fresh".into()), Some(guest)).await.unwrap(), Some(guest));
        assert_eq!(app.web_forget_expired().await.unwrap(), 1);
        assert_eq!(app.web_forget_expired().await.unwrap(), 0);
        assert!(matches!(say(&app, "fresh").await, WebSaid::Accepted(_)));
    }
}
