//! What is known of one chat, decided from what was written here and from its events alone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use genesys::webmessaging::{
    Answer, ChatEvent, ChatMessage, ChatState, Content, Direction, EndReason, FrameRecord, Sender,
};
use outbox::Entry;
use uuid::Uuid;

use super::{
    content,
    frames::Frames,
    rows::{Done, Row, Rows},
    words::{self, Past},
};
use crate::views::{LabChatState, LabDelivery, LabRowKind, LabUploadView, count};

/// What is said of an answer or a file that waits.
const NOT_KEPT: &str = "not kept when the window is closed";

/// A chat as it is known here.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) rows: Rows,
    pub(super) frames: Frames,
    pub(super) state: LabChatState,
    pub(super) words: String,
    pub(super) next_try: Option<DateTime<Utc>>,
    pub(super) typing_until: Option<DateTime<Utc>>,
    /// The name under which the other side wrote last.
    pub(super) agent: Option<String>,
    /// What the org should know of the guest's session.
    pub(super) past: Past,
    /// The guest left the session for a new one, and nothing of theirs has arrived in it yet.
    starts_new: bool,
    /// When the guest began the session that they are in, where another one was before it here.
    pub(super) session_since: Option<DateTime<Utc>>,
    /// The conversation was cleared since the session was last ready.
    cleared: bool,
    /// It ended because it could not go on: with another connection it may.
    pub(super) failed: bool,
    /// The org did not know the guest's session any more: they went on as somebody new.
    pub(super) is_new_guest: bool,
    /// When the other side wants to be asked for a connection again, where it said so.
    pub(super) told_until: Option<DateTime<Utc>>,
}

impl Default for Record {
    fn default() -> Self {
        let connecting = ChatState::Connecting { attempt: 1 };
        Self {
            rows: Rows::default(),
            frames: Frames::default(),
            state: LabChatState::Connecting,
            words: words::state(&connecting),
            next_try: None,
            typing_until: None,
            agent: None,
            failed: false,
            told_until: None,
            is_new_guest: false,
            past: Past::New,
            starts_new: false,
            session_since: None,
            cleared: false,
        }
    }
}

impl Record {
    /// A chat that begins, or goes on in a session that began then.
    pub(super) fn after(past: Past, session_since: Option<DateTime<Utc>>) -> Self {
        Self { past, session_since, ..Self::default() }
    }

    /// The guest wrote a message.
    pub(super) fn said(&mut self, id: Uuid, text: &str, now: DateTime<Utc>) {
        let row = Row { text: Some(text.to_owned()), done: Some(Done::Say), ..Self::own(id, now) };
        self.rows.push(row);
    }

    /// The guest answered what was offered.
    pub(super) fn answered(&mut self, id: Uuid, to: String, answer: Answer, now: DateTime<Utc>) {
        let text = Some(content::said(&answer));
        let (answers, done) = (Some(to), Some(Done::Answer(answer)));
        let why = Some(NOT_KEPT.to_owned());
        self.rows.push(Row { text, answers, done, why, ..Self::own(id, now) });
    }

    /// The guest sent a file, which lies there.
    pub(super) fn attached(
        &mut self,
        id: Uuid,
        file: Content,
        path: std::path::PathBuf,
        text: Option<String>,
        now: DateTime<Utc>,
    ) {
        let done = Some(Done::Attach(path));
        let why = Some(NOT_KEPT.to_owned());
        self.rows.push(Row { text, content: vec![file], done, why, ..Self::own(id, now) });
    }

    /// A line that says what happened.
    pub(super) fn note(&mut self, text: impl Into<String>, done: Option<Done>, now: DateTime<Utc>) {
        let row = Row::new(LabRowKind::Event, now);
        self.rows.push(Row { text: Some(text.into()), done, ..row });
    }

    /// The guest leaves the session for a new one, into which goes what still waits.
    pub(super) fn starts_new(&mut self, now: DateTime<Utc>) {
        (self.past, self.starts_new, self.session_since) = (Past::New, true, Some(now));
        self.note("The guest leaves this session for a new one.", None, now);
        self.rows.waiting_last();
    }

    fn own(id: Uuid, now: DateTime<Utc>) -> Row {
        Row { id: Some(id), delivery: Some(LabDelivery::Waiting), ..Row::new(LabRowKind::Guest, now) }
    }

    /// The guest wrote it before, and the outbox has not delivered it.
    pub(super) fn was_waiting(&mut self, entry: &Entry) {
        let row = Self::own(entry.id.0, entry.written_at);
        let text = Some(entry.text.as_str().to_owned());
        self.rows.push(Row { text, was_waiting: true, done: Some(Done::Say), ..row });
        self.rows.settle(entry);
    }

    /// The message was not accepted after all.
    pub(super) fn unsaid(&mut self, id: Uuid) {
        self.rows.remove(id);
    }

    /// What happened in the chat.
    pub(super) fn apply(&mut self, event: ChatEvent, now: DateTime<Utc>) {
        match event {
            ChatEvent::State(state) => self.went(&state, now),
            ChatEvent::Sent { id, .. } => self.delivery(id, LabDelivery::Sent, None),
            ChatEvent::Delivered { id, key, at, .. } => {
                self.starts_new = false;
                // Of a text in doubt the outbox finds out.
                let is_doubted =
                    |row: &Row| row.delivery == Some(LabDelivery::Uncertain) && row.done == Some(Done::Say);
                if let Some(row) = self.rows.of(id).filter(|row| !is_doubted(row)) {
                    (row.delivery, row.why) = (Some(LabDelivery::Delivered), None);
                    row.key = Some(key);
                    row.at = at.unwrap_or(row.at);
                    row.upload = None;
                }
            }
            ChatEvent::Postponed { id, .. } | ChatEvent::Withdrawn { id } => self.waits(id),
            ChatEvent::Refused { id, error } => {
                self.delivery(id, LabDelivery::Refused, Some(words::server(&error)));
            }
            ChatEvent::Uncertain { id } => {
                let why = "the org did not confirm it, and it does not stand in the history";
                self.delivery(id, LabDelivery::Uncertain, Some(why.to_owned()));
            }
            ChatEvent::Message(message) => self.came(message, now),
            ChatEvent::Typing(length) if length.is_zero() => self.typing_until = None,
            ChatEvent::Typing(length) => self.typing_until = Some(now + length.min(Duration::from_secs(60))),
            ChatEvent::Disconnected { read_only } => {
                self.typing_until = None;
                let text = if read_only {
                    "The other side ended the conversation. The guest can read it, and write in a new session."
                } else {
                    "The other side ended the conversation. The guest can go on writing."
                };
                self.note(text, Some(Done::Disconnect { read_only }), now);
            }
            ChatEvent::Repeated | ChatEvent::HistoryRead { .. } => {}
            // The org says the same of a session that the guest left.
            ChatEvent::Cleared if self.starts_new => {}
            ChatEvent::Cleared => {
                (self.past, self.cleared, self.session_since) = (Past::New, true, Some(now));
                self.note("The conversation was cleared at the org.", None, now);
            }
            ChatEvent::Error(error) => {
                self.note(format!("The org answered with an error: {}.", words::server(&error)), None, now);
            }
            ChatEvent::Upload { id, sent, size } => {
                if let Some(row) = self.rows.of(id) {
                    row.upload = Some(LabUploadView { sent: count(sent), size: count(size) });
                }
            }
            ChatEvent::Frame(frame) => self.frame(frame),
        }
    }

    /// Puts a frame to the inspector.
    pub(super) fn frame(&mut self, frame: FrameRecord) {
        self.frames.push(frame);
    }

    fn delivery(&mut self, id: Uuid, delivery: LabDelivery, why: Option<String>) {
        if let Some(row) = self.rows.of(id) {
            (row.delivery, row.why) = (Some(delivery), why);
        }
    }

    /// It waits again. A text is kept by the outbox; nothing else is.
    fn waits(&mut self, id: Uuid) {
        let is_kept = self.rows.of(id).is_none_or(|row| row.done == Some(Done::Say));
        let why = (!is_kept).then(|| NOT_KEPT.to_owned());
        self.delivery(id, LabDelivery::Waiting, why);
    }

    fn came(&mut self, message: ChatMessage, now: DateTime<Utc>) {
        if self.rows.is_known(&message) {
            return;
        }
        let ChatMessage {
            key,
            at,
            direction,
            sender,
            nickname,
            text,
            content,
            out_of_order,
            from_history,
            ..
        } = message;
        let kind = match (direction, sender) {
            (Direction::Inbound, _) => LabRowKind::Guest,
            (Direction::Outbound, Sender::Bot) => LabRowKind::Bot,
            (Direction::Outbound, _) => LabRowKind::Agent,
        };
        let is_theirs = direction == Direction::Outbound;
        if is_theirs {
            self.typing_until = None;
            self.agent = nickname.clone().or(self.agent.take());
        }
        let done = Some(if is_theirs { Done::Reply } else { Done::Say });
        let row = Row::new(kind, at.unwrap_or(now));
        let key = Some(key);
        let row = Row { key, text, nickname, content, out_of_order, from_history, done, ..row };
        if from_history { self.rows.push_history(row) } else { self.rows.push(row) }
    }

    fn went(&mut self, state: &ChatState, now: DateTime<Utc>) {
        let before = self.state;
        self.words = words::state(state);
        self.next_try = None;
        self.state = match state {
            ChatState::Connecting { .. } if before == LabChatState::Reconnecting => {
                LabChatState::Reconnecting
            }
            ChatState::Connecting { .. } => LabChatState::Connecting,
            ChatState::Ready { read_only: true, .. } => LabChatState::ReadOnly,
            ChatState::Ready { .. } => LabChatState::Ready,
            ChatState::Backoff { next_try, .. } => {
                self.next_try = Some(now + *next_try);
                LabChatState::Reconnecting
            }
            ChatState::Offline => LabChatState::Offline,
            ChatState::Ended(_) => LabChatState::Ended,
        };
        if self.state != LabChatState::Ready {
            self.typing_until = None;
        }
        self.failed = matches!(state, ChatState::Ended(EndReason::Failed(_)));
        self.told_until = match state {
            ChatState::Backoff { why, .. } | ChatState::Ended(EndReason::Failed(why)) => {
                why.told_wait().map(|wait| now + wait)
            }
            _ => None,
        };
        if let ChatState::Ended(reason) = state {
            self.words = words::ended(reason, self.cleared);
        }
        self.tell_change(before, state, now);
        if let ChatState::Ready { new_session, .. } = *state
            && !matches!(before, LabChatState::Ready | LabChatState::ReadOnly)
        {
            self.is_ready(new_session, now);
        }
    }

    /// The session is ready. A guest whom the org should know and does not is told of.
    fn is_ready(&mut self, is_new: bool, now: DateTime<Utc>) {
        if let Some(words) = words::unknown(self.past).filter(|_| is_new) {
            self.session_since = Some(now);
            self.note(words, None, now);
        }
        self.is_new_guest |= is_new && self.past == Past::Known;
        (self.past, self.cleared) = (Past::Known, false);
    }

    /// What of a change of the state stands in the transcript.
    fn tell_change(&mut self, before: LabChatState, state: &ChatState, now: DateTime<Utc>) {
        use LabChatState as S;
        match (before, self.state, state) {
            (S::Reconnecting, S::Ready | S::ReadOnly, _) => {
                self.note("The guest is connected again.", None, now);
            }
            (S::Ready | S::ReadOnly, S::Reconnecting, ChatState::Backoff { why, .. }) => {
                self.note(words::lost(why), None, now);
            }
            (S::Offline, S::Offline, _) | (S::Ended, S::Ended, _) => {}
            (_, S::Offline, _) => self.note("The guest went offline.", Some(Done::GoOffline), now),
            (S::Offline, S::Connecting | S::Reconnecting | S::Ready | S::ReadOnly, _) => {
                self.note("The guest came back.", Some(Done::ComeBack), now);
            }
            (_, S::Ended, _) => {
                self.not_sent_any_more();
                self.note(self.words.clone(), None, now);
            }
            _ => {}
        }
    }

    /// The chat is over: what still waits is not sent by it any more.
    fn not_sent_any_more(&mut self) {
        let waiting: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.delivery == Some(LabDelivery::Waiting))
            .filter_map(|row| row.id)
            .collect();
        for id in waiting {
            self.delivery(id, LabDelivery::Refused, Some("the chat was over before it was sent".to_owned()));
        }
    }
}
