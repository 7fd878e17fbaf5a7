//! The messages of the guest: which wait, which are on the socket without an answer, and of which nobody knows whether they arrived.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::webmessaging::{
    content::Content,
    event::Direction,
    frames::message::Message,
    options::{Answer, OutgoingFile},
};

/// Of so many messages in doubt it is known, when one of them turns up, that it did.
const MOST_DOUBTFUL: usize = 1_000;

/// A message that has not left.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) id: Uuid,
    pub(super) what: What,
    /// The attachment under which its file was uploaded.
    pub(super) uploaded: Option<Uuid>,
    /// Whether the session was made again for its sake.
    pub(super) configured_again: bool,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Text(String),
    Answer(Answer),
    File(OutgoingFile, Option<String>),
}

/// A message on the socket, without an answer.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) message: Waiting,
    pub(super) tracing: Uuid,
    pub(super) since: Duration,
    /// The newest `channel.time` that was known then: what the history holds of this message is not older.
    after: Option<DateTime<Utc>>,
    /// Whether the doubt was told.
    told: bool,
}

#[derive(Debug, Default)]
pub(super) struct Messages {
    pub(super) waiting: VecDeque<Waiting>,
    /// On this connection.
    sent: VecDeque<Sent>,
    /// Sent on an earlier connection, or without an answer for too long.
    doubtful: VecDeque<Sent>,
}

impl Messages {
    /// The first of those that wait is on the socket.
    pub(super) fn first_was_sent(&mut self, tracing: Uuid, since: Duration, newest: Option<DateTime<Utc>>) {
        if let Some(message) = self.waiting.pop_front() {
            self.sent.push_back(Sent { message, tracing, since, after: newest, told: false });
        }
    }

    /// When the last of those without an answer left.
    pub(super) fn last_sent(&self) -> Option<Duration> {
        self.sent.back().map(|sent| sent.since)
    }

    pub(super) fn first_sent(&self) -> Option<Duration> {
        self.sent.front().map(|sent| sent.since)
    }

    pub(super) fn all_answered(&self) -> bool {
        self.sent.is_empty()
    }

    /// The message that this frame is the echo of: by its `tracingId`, by the id that the client gave it, and where the frame has
    /// neither by what it says, in order.
    pub(super) fn echoed(&mut self, echo: &Message, tracing: Option<&str>) -> Option<Uuid> {
        let tracing_is = |sent: &Sent| tracing.and_then(|t| t.parse().ok()) == Some(sent.tracing);
        if let Some(id) = self.take(tracing_is).or_else(|| self.take(|sent| is_named(sent, echo))) {
            return Some(id);
        }
        if tracing.is_some() || echo.metadata_id.is_some() {
            return None;
        }
        let at = self.sent.iter().position(|sent| says_the_same(&sent.message.what, echo))?;
        self.sent.remove(at).map(|sent| sent.message.id)
    }

    /// The message that this entry of the history is: by the id that the client gave it, and where it did not come back one in
    /// doubt that says the same and is not older than it can be.
    pub(super) fn found(&mut self, entry: &Message) -> Option<Uuid> {
        if entry.direction != Direction::Inbound {
            return None;
        }
        if let Some(id) = self.take(|sent| is_named(sent, entry)) {
            return Some(id);
        }
        if entry.metadata_id.is_some() {
            return None;
        }
        let late_enough = |sent: &Sent| match (sent.after, entry.at) {
            (Some(after), Some(at)) => at >= after,
            _ => true,
        };
        let fits = |sent: &Sent| says_the_same(&sent.message.what, entry) && late_enough(sent);
        let at = self.doubtful.iter().position(fits)?;
        self.doubtful.remove(at).map(|sent| sent.message.id)
    }

    /// The message that an error with this `tracingId` is about; without one the message that was sent first.
    pub(super) fn refused(&mut self, tracing: Option<&str>) -> Option<Waiting> {
        let at = match tracing {
            Some(tracing) => {
                let tracing: Uuid = tracing.parse().ok()?;
                self.sent.iter().position(|sent| sent.tracing == tracing)?
            }
            None => 0,
        };
        self.sent.remove(at).map(|sent| sent.message)
    }

    /// The connection is gone: what had no answer is in doubt.
    pub(super) fn lost(&mut self) {
        self.doubtful.append(&mut self.sent);
    }

    /// Those without an answer since then are in doubt and told as such.
    pub(super) fn overdue(&mut self, since: Duration) -> Vec<Uuid> {
        let mut ids = Vec::new();
        while self.sent.front().is_some_and(|sent| sent.since <= since) {
            ids.extend(self.sent.front().map(|sent| sent.message.id));
            self.doubtful.extend(self.sent.pop_front().map(|sent| Sent { told: true, ..sent }));
        }
        self.forget();
        ids
    }

    /// Takes one out that has not left.
    pub(super) fn take_back(&mut self, id: Uuid) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|message| message.id != id);
        self.waiting.len() < before
    }

    /// Nobody waits for the answer to this one any more: it is forgotten. True when its word is still owed: it is in doubt.
    pub(super) fn give_up(&mut self, id: Uuid) -> bool {
        self.take(|sent| sent.message.id == id && !sent.told).is_some()
    }

    pub(super) fn has_doubt(&self) -> bool {
        self.doubtful.iter().any(|sent| !sent.told)
    }

    /// Those in doubt that were not told yet.
    pub(super) fn doubts(&mut self) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for sent in self.doubtful.iter_mut().filter(|sent| !sent.told) {
            sent.told = true;
            ids.push(sent.message.id);
        }
        self.forget();
        ids
    }

    fn forget(&mut self) {
        while self.doubtful.len() > MOST_DOUBTFUL && self.doubtful.front().is_some_and(|sent| sent.told) {
            self.doubtful.pop_front();
        }
    }

    fn take(&mut self, fits: impl Fn(&Sent) -> bool) -> Option<Uuid> {
        for list in [&mut self.sent, &mut self.doubtful] {
            if let Some(at) = list.iter().position(&fits) {
                return list.remove(at).map(|sent| sent.message.id);
            }
        }
        None
    }
}

fn is_named(sent: &Sent, by: &Message) -> bool {
    by.metadata_id.as_ref().and_then(|id| id.parse().ok()) == Some(sent.message.id)
}

fn says_the_same(what: &What, message: &Message) -> bool {
    let has_file = message.content.iter().any(|c| matches!(c, Content::File(_)));
    match what {
        What::Text(text) => message.text.as_ref() == Some(text) && !has_file,
        What::File(_, text) => message.text == *text && has_file,
        What::Answer(Answer::QuickReply { text, .. } | Answer::Button { text, .. }) => {
            message.text.as_ref() == Some(text)
        }
        What::Answer(_) => message.text.is_none() && !message.content.is_empty() && !has_file,
    }
}
