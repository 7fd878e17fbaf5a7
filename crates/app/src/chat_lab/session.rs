//! Whether an org knows a session token, asked by the guest socket of a deployment.

use std::time::Duration;

use chrono::{DateTime, Utc};
use genesys::webmessaging::{
    ChatEvent, ChatOptions, ChatState, DeploymentConfig, EndReason, HistoryExtent, KnownSession,
};
use model::{Secret, trimmed};
use store::{Batch, Table};
use tokio::time::timeout;
use uuid::Uuid;

use super::{find, start::is_token, words};
use crate::{
    App, Failure, FailureCode, LabTarget, Result,
    hashed_key::{HashedKey, hashed_key},
    views::{SessionAnswer, SessionCheck},
};

/// What the hash of a token is for that the org did not know when it was asked.
const PURPOSE: &str = "asked-session";

/// Within this it is read whether anybody wrote in a session.
const LONGEST: Duration = Duration::from_secs(60);

/// By deployment and token, hashed: when a session was made by asking about it. An org may go on knowing it afterwards.
type AskedSessions = Table<HashedKey, DateTime<Utc>>;

impl App {
    /// Asks the org by the guest socket whether it knows a token: of the deployment that is named, else of the one in which this
    /// console's chat with that token is, else of the connection's. No guest and no conversation is made.
    ///
    /// # Errors
    /// No deployment, by field; offline; what connecting met, or an answer that says nothing of the token.
    pub(crate) async fn session_by_socket(
        &self,
        token: Option<Secret>,
        deployment: Option<&str>,
        page_origin: Option<&str>,
    ) -> Result<SessionCheck> {
        let token = token.map(|token| Secret::new(trimmed(token.expose()).to_owned()));
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Ok(self.session_answer(SessionAnswer::Missing, None, "No session token was given."));
        };
        if !is_token(&token) {
            return Ok(self.session_answer(SessionAnswer::Invalid, None, NO_TOKEN));
        }
        if !self.0.org.pipeline.is_online() {
            let message = "The console is switched offline: nobody was asked about the session.";
            return Err(Failure::new(FailureCode::Offline, message));
        }
        let own = self.on_disk({
            let token = token.clone();
            move |app| {
                let kept = &app.0.chat_lab.kept;
                Ok((kept.of_token(&token)?, kept.ended_with(&token)?))
            }
        });
        let (own, ended) = own.await?;
        let place = own.as_ref().filter(|_| deployment.is_none());
        let deployment = deployment.or(place.map(|(_, chat)| chat.deployment.as_str()));
        let page_origin = page_origin.or(place.and_then(|(_, chat)| chat.page_origin.as_deref()));
        let target = self.lab_target_of(deployment, page_origin)?;
        let options = ChatOptions { token, ..LabTarget::chat_options(&DeploymentConfig::default()) };
        let known = target.client.session(&target.deployment, &options).await?;
        let own = own.filter(|(_, chat)| chat.deployment == target.deployment.id).map(|(id, _)| id);
        self.session_told(&target, options, known, own, ended).await
    }

    /// `own` is the chat of this console with that token, `ended` one of which it was forgotten since the chat is over.
    async fn session_told(
        &self,
        target: &LabTarget,
        options: ChatOptions,
        known: KnownSession,
        own: Option<Uuid>,
        ended: Option<Uuid>,
    ) -> Result<SessionCheck> {
        let asked = self.asked_session(target, &options.token);
        let (outcome, reason) = match known {
            KnownSession::Unknown { left_open } => {
                self.remember_asked(asked).await?;
                (SessionAnswer::Invalid, if left_open { UNKNOWN_AND_OPEN } else { UNKNOWN })
            }
            KnownSession::ReadOnly => (SessionAnswer::Gone, READ_ONLY),
            KnownSession::Expired => (SessionAnswer::Gone, EXPIRED),
            KnownSession::Open if own.is_none() && self.asked_sessions().get(&asked)?.is_some() => {
                match is_used(target, options).await? {
                    true => (SessionAnswer::Valid, VALID),
                    false => (SessionAnswer::Invalid, UNUSED),
                }
            }
            KnownSession::Open => (SessionAnswer::Valid, VALID),
        };
        let is_known = matches!(outcome, SessionAnswer::Valid | SessionAnswer::Gone);
        let conversation = own.or(ended).filter(|_| is_known).map(|id| id.to_string());
        Ok(self.session_answer(outcome, conversation, reason))
    }

    fn asked_sessions(&self) -> AskedSessions {
        self.0.store.table("asked-session")
    }

    fn asked_session(&self, target: &LabTarget, token: &Secret) -> HashedKey {
        let text = format!("{}\0{}", target.deployment.id, token.expose());
        hashed_key(&self.0.store.keyed_hash(PURPOSE, text.as_bytes()))
    }

    async fn remember_asked(&self, asked: HashedKey) -> Result<()> {
        let mut batch = Batch::new();
        batch.put(&self.asked_sessions(), &asked, &self.0.clock.now())?;
        Ok(self.0.store.commit_async(batch).await?)
    }
}

/// Whether anybody wrote in the session of a token, by its history.
async fn is_used(target: &LabTarget, options: ChatOptions) -> Result<bool> {
    let unread = |why: &str| {
        let message = format!("Whether anybody wrote in this session is not known: {why}.");
        Failure::new(FailureCode::OrgFailed, message).with_next("Try again in a minute.")
    };
    // Dropped at the end, which closes the connection.
    let (_guest, mut events) = target.client.open(&target.deployment, find::reading(options));
    let reading = async {
        while let Some(event) = events.recv().await {
            match event {
                ChatEvent::Message(_) => return Ok(true),
                ChatEvent::HistoryRead { extent: HistoryExtent::Whole }
                | ChatEvent::State(ChatState::Ready { new_session: true, .. }) => return Ok(false),
                ChatEvent::HistoryRead { .. } => {
                    return Err(unread("the org does not hand out all of its history"));
                }
                ChatEvent::State(ChatState::Ended(EndReason::Failed(why))) => return Err(why.into()),
                ChatEvent::State(ChatState::Ended(why)) => {
                    return Err(unread(words::ended(&why, false).trim_end_matches('.')));
                }
                _ => {}
            }
        }
        Err(unread("the connection was closed"))
    };
    timeout(LONGEST, reading).await.unwrap_or_else(|_| Err(unread("its history was not read in time")))
}

const VALID: &str =
    "The org knows the token and its session is open. The org does not tell whose session it is.";

const READ_ONLY: &str = "The org knows the token, but the session is read-only since its conversation was ended: the guest must start the chat again.";

const EXPIRED: &str = "The session of this token has expired: the guest must start the chat again.";

const NO_TOKEN: &str = "No session has a token of this form: the guest cannot go on with it.";

const UNKNOWN: &str = "The org did not know the token. Asking made a session for it, which was closed again; no guest and no \
                       conversation was made.";

const UNKNOWN_AND_OPEN: &str = "The org did not know the token. Asking made a session for it, which the org did not close again: it is \
                                empty and ends by itself; no guest and no conversation was made.";

const UNUSED: &str =
    "The org has a session with this token only because it was asked here before: nobody has written in it.";
