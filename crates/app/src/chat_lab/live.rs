//! A chat at work: the guest's client, what is known of the chat, and the task that follows it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};
use genesys::webmessaging::{
    Answer, Chat, ChatEvent, ChatEvents, ChatState, Deployment, EndReason, WebMessagingError,
};
use model::{Clock, ConversationId, Secret};
use outbox::{Entry, Outbox};
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    deliveries::Deliveries,
    keep::{KeptChat, KeptChats},
    record::Record,
    words::{self, Past},
};
use crate::{
    Failure, FailureCode, Result,
    chat::chats::OrgSide,
    views::{LabChatState, LabChatView, LabDelivery, LabOffersView},
};

/// Who the guest of a chat is, and where they chat.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) deployment: Deployment,
    pub(super) offers: LabOffersView,
    pub(super) started_at: DateTime<Utc>,
}

impl About {
    /// What is kept of the chat until it ends.
    pub(super) fn kept(&self, token: &Secret, sent: BTreeMap<String, String>) -> KeptChat {
        KeptChat {
            token: KeptChat::sealed(token),
            deployment: self.deployment.id.clone(),
            page_origin: self.deployment.origin.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            attributes: self.attributes.clone(),
            sent,
            offers: self.offers.clone(),
            started_at: self.started_at,
            offline: false,
            connected: false,
            session_since: None,
        }
    }

    /// What a scenario sets, the guest's name and e-mail address with it.
    pub(super) fn all_attributes(&self) -> Vec<(String, String)> {
        let own = [("name", &self.name), ("email", &self.email)];
        let own = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        own.chain(self.attributes.clone()).collect()
    }
}

/// What a chat at work needs of its connection.
#[derive(Clone)]
pub(super) struct Beside {
    /// Counts up whenever something changed.
    pub(super) changed: watch::Sender<u64>,
    /// Where it is kept; goes with the chat, so that a store is let go of with its connection.
    pub(super) kept: KeptChats,
    /// Where its messages wait.
    pub(super) outbox: Outbox,
}

/// What was before a chat was opened here.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// What the org should know of its guest.
    pub(super) past: Past,
    /// When they began the session that they are in, where another one was before it.
    pub(super) session_since: Option<DateTime<Utc>>,
    /// What the guest wrote, which the outbox has not delivered.
    pub(super) waiting: &'a [Entry],
    /// What the org calls the chat and its guest.
    pub(super) org: Option<&'a OrgSide>,
}

/// A chat at work. Dropping the last reference closes its connection.
pub(super) struct LiveChat {
    pub(super) id: Uuid,
    pub(super) about: About,
    /// The guest's credential.
    pub(super) token: Secret,
    pub(super) record: Mutex<Record>,
    pub(super) chat: Chat,
    pub(super) deliveries: Deliveries,
    beside: Beside,
    /// What the org calls the newest message of its guest, by each of the names that its echo gives.
    newest: Mutex<Vec<String>>,
    /// What the org calls the chat and its guest, once that is known.
    org: Mutex<Option<OrgSide>>,
    /// It is offline because the console is.
    is_held: AtomicBool,
}

impl LiveChat {
    /// Follows a chat that was opened.
    pub(super) fn follow(
        id: Uuid,
        about: About,
        token: Secret,
        (chat, events): (Chat, ChatEvents),
        clock: Arc<dyn Clock>,
        beside: Beside,
        before: Before<'_>,
    ) -> Arc<Self> {
        let mut record = Record::after(before.past, before.session_since);
        for entry in before.waiting {
            record.was_waiting(entry);
        }
        let live = Arc::new(Self {
            id,
            about,
            token,
            record: Mutex::new(record),
            chat,
            deliveries: Deliveries::default(),
            beside,
            newest: Mutex::default(),
            org: Mutex::new(before.org.cloned()),
            is_held: AtomicBool::new(false),
        });
        tokio::spawn(listen(Arc::downgrade(&live), events, clock));
        live
    }

    /// Gives the client a command and puts it in the record; what the client refuses changes nothing.
    ///
    /// The record is locked all the while, so that no word on a message comes before its line.
    pub(super) fn act(
        &self,
        command: impl FnOnce(&Chat) -> Result<(), WebMessagingError>,
        keep: impl FnOnce(&mut Record),
    ) -> Result<()> {
        let mut record = self.record.lock();
        command(&self.chat)?;
        keep(&mut record);
        drop(record);
        self.tell();
        Ok(())
    }

    /// Answers a message of the other side, once.
    pub(super) fn answer(&self, id: Uuid, to: String, answer: Answer, now: DateTime<Utc>) -> Result<()> {
        let mut record = self.record.lock();
        if record.rows.is_answered(&to) {
            let message = "The guest has answered this message already: each is answered once.";
            return Err(Failure::new(FailureCode::InvalidInput, message)
                .with_next("See in the transcript what was answered; write a message to add something."));
        }
        self.chat.answer(id, answer.clone())?;
        record.answered(id, to, answer, now);
        drop(record);
        self.tell();
        Ok(())
    }

    /// Follows the console's switch. A chat that a person switched offline stays that.
    pub(super) fn follow_switch(&self, online: bool) {
        let is_online =
            self.look(|record| !matches!(record.state, LabChatState::Offline | LabChatState::Ended));
        // A chat that ended meanwhile has nothing to switch.
        if online && self.is_held.swap(false, Ordering::Relaxed) {
            drop(self.chat.online());
        } else if !online && is_online {
            self.is_held.store(true, Ordering::Relaxed);
            drop(self.chat.offline());
        }
    }

    /// It was opened offline, because the console is.
    pub(super) fn hold(&self) {
        self.is_held.store(true, Ordering::Relaxed);
    }

    /// What is known of it.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Record) -> T) -> T {
        at(&self.record.lock())
    }

    pub(super) fn view(&self) -> LabChatView {
        let About { name, email, attributes, deployment, offers, started_at } = self.about.clone();
        let record = self.record.lock();
        // What was learnt of an earlier session is not what the org calls this one.
        let org = self.org.lock().clone();
        let org = org.filter(|side| record.session_since.is_none_or(|since| since <= side.learnt_at));
        LabChatView {
            id: self.id,
            name,
            email,
            attributes,
            host: deployment.host(),
            page_origin: deployment.origin,
            deployment: deployment.id,
            started_at,
            session_since: record.session_since,
            state: record.state,
            words: match record.state {
                LabChatState::Offline if self.is_held.load(Ordering::Relaxed) => words::HELD.to_owned(),
                _ => record.words.clone(),
            },
            next_try: record.next_try,
            waiting: record.rows.count_of(&[LabDelivery::Waiting, LabDelivery::Sent]),
            unsent: record.rows.count_of(&[LabDelivery::Waiting]),
            uncertain: record.rows.count_of(&[LabDelivery::Uncertain]),
            rows: record.rows.len(),
            replies: record.rows.replies(),
            frames: record.frames.len(),
            typing_until: record.typing_until,
            agent: record.agent.clone(),
            org: org.map(Into::into),
            offers,
        }
    }

    /// The guest's own texts that the outbox has not delivered as far as it is known here.
    pub(super) fn unsettled(&self) -> Vec<Uuid> {
        self.look(|record| record.rows.unsettled())
    }

    /// Where one of them stands in the outbox.
    pub(super) fn settle(&self, entry: &Entry) {
        let changed = self.record.lock().rows.settle(entry);
        if changed {
            self.tell();
        }
    }

    /// What the org calls the newest message of its guest that was delivered: by the name of which it is known that questions are
    /// asked by it first.
    pub(super) fn names_of_newest(&self) -> Vec<String> {
        self.newest.lock().clone()
    }

    /// The org told what it calls the chat and its guest.
    pub(super) fn learnt(&self, side: OrgSide) {
        *self.org.lock() = Some(side);
        self.tell();
    }

    /// The chat's conversation in the outbox.
    pub(super) fn conversation(&self) -> ConversationId {
        conversation_of(self.id)
    }

    fn tell(&self) {
        self.beside.changed.send_modify(|count| *count += 1);
    }
}

/// Keeps what happens in a chat, until it ends or nobody has it any more.
async fn listen(live: Weak<LiveChat>, mut events: ChatEvents, clock: Arc<dyn Clock>) {
    while let Some(event) = events.recv().await {
        let Some(live) = live.upgrade() else { return };
        // What only could not go on may do so with another connection: its token is needed then.
        let is_over =
            matches!(&event, ChatEvent::State(ChatState::Ended(why)) if !matches!(why, EndReason::Failed(_)));
        let goes_on = matches!(event, ChatEvent::State(ChatState::Ready { read_only: false, .. }));
        if let ChatEvent::Delivered { key, org_id, .. } = &event {
            *live.newest.lock() = org_id.iter().chain([key]).cloned().collect();
        }
        let (is_first, new_session) = {
            let mut record = live.record.lock();
            let (was_known, session) = (record.past == Past::Known, record.session_since);
            let now = clock.now();
            record.apply(event.clone(), now);
            live.deliveries.hear(&live.chat, &event, &record, now);
            let new_session = record.session_since.filter(|since| session != Some(*since));
            (!was_known && record.past == Past::Known, new_session)
        };
        live.tell();
        let kept = &live.beside.kept;
        if let Some(since) = new_session
            && let Err(error) = kept.set_session_since(live.id, since).await
        {
            tracing::warn!(error = crate::failure::chain(&error), "it is not kept that a session is new");
        }
        if is_first && let Err(error) = kept.set_connected(live.id).await {
            tracing::warn!(error = crate::failure::chain(&error), "it is not kept that a chat was connected");
        }
        if is_over && let Err(error) = kept.forget(live.id).await {
            tracing::warn!(
                error = crate::failure::chain(&error),
                "the token of a chat that is over is still kept"
            );
        }
        // What waits goes on, or learns that it is not sent any more.
        if goes_on || is_over {
            live.beside.outbox.wake_conversation(&live.conversation());
        }
    }
}

/// A chat's conversation in the outbox: the org's own id of it may come later, or never.
pub(super) fn conversation_of(chat: Uuid) -> ConversationId {
    chat.to_string().parse().expect("a UUID is an id of a conversation")
}

/// The chat of a conversation in the outbox: the inverse of [`conversation_of`].
pub(super) fn chat_of(conversation: &ConversationId) -> Option<Uuid> {
    let chat = conversation.as_str().parse().ok()?;
    (conversation_of(chat) == *conversation).then_some(chat)
}

/// There is no chat of this id.
pub(super) fn unknown(id: Uuid) -> Failure {
    Failure::new(FailureCode::NotFound, format!("There is no chat {id} in the chat lab."))
        .with_next("It was removed from the list; start a new one.")
}
