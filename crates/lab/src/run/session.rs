use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use chrono::{DateTime, Utc};
use genesys::webmessaging::{
    ChatEvent, ChatEvents, ChatMessage, ChatState, Direction, EndReason, ServerError, WebMessagingError,
};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::{
    frames::Frames,
    guests::Guest,
    offers::{Offers, offered},
    result::{Outcome, Speaker, TranscriptLine},
    words::quoted,
};

/// How many lines of a transcript are kept; the first ones go.
const MOST_LINES: usize = 2_000;

/// How many messages wait for a step at most; the first ones go.
const MOST_PENDING: usize = 2_000;

/// A chat as a scenario sees it: what has come and was not used up yet, what is offered, and what went wrong.
pub struct Session {
    pub guest: Box<dyn Guest>,
    events: ChatEvents,
    began: Instant,
    /// Texts that no step has used up, in the order in which they came.
    pending: Vec<Pending>,
    arrivals: u64,
    pub offers: Offers,
    pub transcript: Vec<TranscriptLine>,
    pub frames: Frames,
    /// What must not come, with the lower case of it.
    pub forbidden: Vec<(String, String)>,
    /// What was written and how far it came.
    written: HashMap<Uuid, Written>,
    pub attributes: BTreeMap<String, String>,
    pub is_ready: bool,
    pub was_ready: bool,
    pub is_offline: bool,
    /// The other side ended the conversation; whether the session is read-only.
    pub disconnected: Option<bool>,
    pub disorder: bool,
    /// Whether a refused Presence Join is no trouble.
    tolerates_presence: bool,
    is_leaving: bool,
    is_over: bool,
    trouble: Option<Broken>,
}

/// A text of the other side that waits for its step.
#[derive(Debug)]
pub struct Pending {
    pub text: String,
    /// By `channel.time`, else as if sent with the one before it; among equals as it came.
    order: (Option<DateTime<Utc>>, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Waiting,
    Sent,
    Delivered,
    /// Whether it arrived is unknown.
    Uncertain,
}

/// Why a scenario does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Failed or errored.
    pub outcome: Outcome,
    /// For people.
    pub reason: String,
    /// The time of a step was over.
    pub timed_out: bool,
    /// No connection was made at all.
    pub unreachable: bool,
}

impl Broken {
    /// Something that the file waits for did not come.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, reason: reason.into(), timed_out: false, unreachable: false }
    }

    /// The time of a step was over.
    pub fn timed_out(reason: impl Into<String>) -> Self {
        Self { timed_out: true, ..Self::failed(reason) }
    }

    /// The scenario could not be carried out.
    pub fn errored(reason: impl fmt::Display) -> Self {
        Self { outcome: Outcome::Errored, ..Self::failed(reason.to_string()) }
    }

    fn no_connection(why: &WebMessagingError) -> Self {
        let unreachable =
            matches!(why, WebMessagingError::Unreachable { .. } | WebMessagingError::NotTrusted { .. });
        Self { unreachable, ..Self::errored(why) }
    }
}

impl Session {
    pub fn new(
        guest: Box<dyn Guest>,
        events: ChatEvents,
        attributes: BTreeMap<String, String>,
        tolerates_presence: bool,
    ) -> Self {
        Self {
            guest,
            events,
            began: Instant::now(),
            pending: Vec::new(),
            arrivals: 0,
            offers: Offers::default(),
            transcript: Vec::new(),
            frames: Frames::default(),
            forbidden: Vec::new(),
            written: HashMap::new(),
            attributes,
            is_ready: false,
            was_ready: false,
            is_offline: false,
            disconnected: None,
            disorder: false,
            tolerates_presence,
            is_leaving: false,
            is_over: false,
            trouble: None,
        }
    }

    /// Takes the next event; false when the time was over before one came.
    pub async fn next(&mut self, until: Instant) -> Result<bool, Broken> {
        match timeout_at(until, self.events.recv()).await {
            Ok(Some(event)) => self.take(event),
            Ok(None) => self.trouble = Some(Broken::errored("the chat is over")),
            Err(_) => return Ok(false),
        }
        self.check().map(|()| true)
    }

    /// Takes all that has come already.
    pub fn catch_up(&mut self) -> Result<(), Broken> {
        while let Ok(event) = self.events.try_recv() {
            self.take(event);
        }
        self.check()
    }

    /// Waits until something is there; nothing when the time is over before.
    pub async fn until<T>(
        &mut self,
        until: Instant,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<Option<T>, Broken> {
        loop {
            if let Some(found) = look(self) {
                return Ok(Some(found));
            }
            if !self.next(until).await? {
                return Ok(None);
            }
        }
    }

    /// Whatever went wrong since the last step.
    pub fn check(&self) -> Result<(), Broken> {
        self.trouble.clone().map_or(Ok(()), Err)
    }

    /// Texts that wait for a step, in the order of their time.
    pub fn pending(&mut self) -> &[Pending] {
        self.pending.sort_by_key(|pending| pending.order);
        &self.pending
    }

    /// Uses up a text of [`Session::pending`] and all that are not later.
    pub fn use_up(&mut self, index: usize) {
        self.pending.drain(..=index);
    }

    /// The guest is about to write: what came before is no answer to it.
    pub fn begin_writing(&mut self, text: String) -> Uuid {
        self.pending.clear();
        self.offers.age();
        let id = Uuid::new_v4();
        self.written.insert(id, Written::Waiting);
        self.line(Speaker::Guest, text, Vec::new());
        id
    }

    /// Whether a message is on its way, at least.
    pub fn has_left(&self, id: Uuid) -> bool {
        self.written.get(&id).is_none_or(|written| *written != Written::Waiting)
    }

    /// Whether the org has said of every message whether it has it.
    pub fn all_answered(&self) -> bool {
        self.written.values().all(|written| matches!(written, Written::Delivered | Written::Uncertain))
    }

    /// Whether it is unknown of a message whether it arrived.
    pub fn is_uncertain(&self) -> bool {
        self.written.values().any(|written| *written == Written::Uncertain)
    }

    /// Ends the chat politely, also after trouble; from now on its end is none.
    pub async fn leave(&mut self, until: Instant) {
        self.is_leaving = true;
        // A chat that is over cannot be left, and need not be.
        let mut is_over = self.is_over || self.guest.leave().is_err();
        while !is_over {
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(event)) => self.take(event),
                Ok(None) | Err(_) => return,
            }
            is_over = self.is_over;
        }
    }

    /// Whether the chat can be written to at all.
    pub fn is_alive(&self) -> bool {
        self.was_ready && !self.is_over
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.line(Speaker::Note, text.into(), Vec::new());
    }

    fn line(&mut self, speaker: Speaker, text: String, offered: Vec<String>) {
        if self.transcript.len() == MOST_LINES {
            self.transcript.remove(0);
        }
        let at_millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.transcript.push(TranscriptLine { at_millis, speaker, text, offered });
    }

    fn break_off(&mut self, broken: Broken) {
        self.trouble.get_or_insert(broken);
    }

    fn take(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Frame(record) => self.frames.push(record),
            ChatEvent::State(state) => self.state(state),
            ChatEvent::Sent { id, .. } => self.mark(id, Written::Sent),
            ChatEvent::Delivered { id, .. } => self.mark(id, Written::Delivered),
            ChatEvent::Uncertain { id } => {
                self.mark(id, Written::Uncertain);
                self.note("the connection was lost: whether the message arrived is unknown");
            }
            ChatEvent::Postponed { error, .. } => {
                self.note(format!("a message waits: code {}, {}", error.code, error.text));
            }
            ChatEvent::Refused { error, .. } => self.refused("a message was refused", &error),
            ChatEvent::Error(error) if self.tolerates_presence && error.code == 403 => {
                self.note("the deployment refuses Presence events");
            }
            ChatEvent::Error(error) => self.refused("the org answered with an error", &error),
            ChatEvent::Message(message) => self.message(&message),
            ChatEvent::Disconnected { read_only } => {
                self.disconnected = Some(read_only);
                self.note(if read_only {
                    "the conversation was ended, read-only"
                } else {
                    "the conversation was ended"
                });
            }
            ChatEvent::Cleared => self.note("the conversation was cleared"),
            ChatEvent::Typing(_) | ChatEvent::Upload { .. } => {}
        }
    }

    fn mark(&mut self, id: Uuid, how: Written) {
        if let Some(written) = self.written.get_mut(&id)
            && *written != Written::Delivered
        {
            *written = how;
        }
    }

    fn refused(&mut self, what: &str, error: &ServerError) {
        let ServerError { code, text, .. } = error;
        self.note(format!("{what}: code {code}, {text}"));
        self.break_off(Broken::errored(format!("{what}: code {code}, {text}")));
    }

    fn state(&mut self, state: ChatState) {
        self.is_ready = matches!(state, ChatState::Ready { .. });
        self.is_over |= matches!(state, ChatState::Ended(_));
        match state {
            ChatState::Ready { .. } => {
                self.was_ready = true;
                self.is_offline = false;
            }
            ChatState::Offline => self.is_offline = true,
            ChatState::Backoff { why, .. } if !self.was_ready => {
                self.break_off(Broken::no_connection(&why));
            }
            ChatState::Backoff { why, .. } => self.note(why.to_string()),
            ChatState::Connecting { .. } => {}
            ChatState::Ended(_) if self.is_leaving => {}
            ChatState::Ended(EndReason::Failed(why)) if !self.was_ready => {
                self.break_off(Broken::no_connection(&why));
            }
            ChatState::Ended(reason) => {
                let why = match reason {
                    EndReason::Left => "the chat is over".to_owned(),
                    EndReason::Expired => "the session has expired (code 4006)".to_owned(),
                    EndReason::ClosedByOrg { reason: None } => "the org closed the connection".to_owned(),
                    EndReason::ClosedByOrg { reason: Some(reason) } => {
                        format!("the org closed the connection ({reason})")
                    }
                    EndReason::Failed(why) => why.to_string(),
                };
                self.note(why.clone());
                self.break_off(Broken::errored(why));
            }
        }
    }

    fn message(&mut self, message: &ChatMessage) {
        if message.direction == Direction::Inbound {
            return;
        }
        self.disorder |= message.out_of_order && !message.from_history;
        let text = message.text.clone().unwrap_or_default();
        self.offers.push(message);
        self.line(Speaker::Org, text.clone(), offered(message));
        let lower = text.to_lowercase();
        if let Some((forbidden, _)) = self.forbidden.iter().find(|(_, part)| lower.contains(part)) {
            let reason = format!("neverContaining {}: received {}", quoted(forbidden), quoted(&text));
            self.break_off(Broken::failed(reason));
        }
        if self.pending.len() == MOST_PENDING {
            self.pending.remove(0);
        }
        self.arrivals += 1;
        let before = self.pending.last().and_then(|last| last.order.0);
        self.pending.push(Pending { text, order: (message.at.or(before), self.arrivals) });
    }
}
