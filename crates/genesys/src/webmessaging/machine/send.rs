//! What leaves, and when: in order, within the rates, and one message after the answer to the one before.

use std::time::Duration;

use super::{
    asked::Purpose,
    messages::What,
    state::{Machine, State},
    step::{Effect, Now},
};
use crate::webmessaging::{
    event::{ChatEvent, FrameRecord, FrameWay, ServerError},
    frames::{
        mask,
        outgoing::{Frame, MessageBody},
    },
    options::Answer,
};
use uuid::Uuid;

/// So long the next message waits for the answer to the one before, so that a refusal for the rate does not turn their order round.
const ONE_BY_ONE: Duration = Duration::from_secs(3);

/// Without an answer for so long it is told that nobody knows whether a message arrived.
const ANSWER: Duration = Duration::from_secs(30);

/// So many of a connection's requests are kept for what is no message: health checks, JWTs, uploads.
const RESERVE: usize = 8;

impl Machine {
    /// Sends what can leave now.
    pub(super) fn pump(&mut self, now: Now) {
        while self.state == State::Ready {
            if self.read_only {
                self.refuse_all(now);
                break;
            }
            if std::mem::take(&mut self.join_wanted) {
                let tracing = self.id();
                let frame = self.frames.presence(tracing, "Join");
                self.ask(now, tracing, Purpose::Join, frame);
            }
            if self.next_send().is_none_or(|at| at > now.since) {
                break;
            }
            if !self.head_is_uploaded() {
                self.begin_upload(now);
                continue;
            }
            self.send_first(now);
        }
        self.finish_leaving(now);
    }

    /// When the first message that waits can leave; what has passed means now.
    pub(super) fn next_send(&self) -> Option<Duration> {
        let upload_runs = self.upload.is_some();
        if self.messages.waiting.is_empty() || upload_runs || self.read_only {
            return None;
        }
        let answered = self.messages.last_sent().map_or(Duration::ZERO, |last| last + ONE_BY_ONE);
        let history = self.walk.as_ref().map_or(Duration::ZERO, |walk| walk.holds_until);
        let rates = [self.message_rate.next(0), self.request_rate.next(RESERVE), self.paused_until];
        rates.into_iter().chain([answered, history]).max()
    }

    fn send_first(&mut self, now: Now) {
        let Some(first) = self.messages.waiting.front() else { return };
        let (id, what, uploaded) = (first.id, first.what.clone(), first.uploaded);
        let tracing = self.id();
        let file = uploaded.unwrap_or_default().to_string();
        let body = match &what {
            What::Text(text) => MessageBody::Text(text),
            What::Answer(answer) => MessageBody::Answer(answer, self.canned_response(answer)),
            What::File(_, text) => MessageBody::File(&file, text.as_deref()),
        };
        let frame = self.frames.message(tracing, id, &body);
        self.message_rate.take(now.since);
        self.send(now, frame);
        self.messages.first_was_sent(tracing, now.since, self.newest);
        self.tell(ChatEvent::Sent { id, at: now.wall });
        self.keep_leaving(now, false);
    }

    /// The vendor's id of the form that is answered.
    fn canned_response(&self, answer: &Answer) -> Option<&str> {
        let Answer::Form { message, .. } = answer else { return None };
        self.forms.iter().find(|(key, _)| key == message).map(|(_, id)| id.as_str())
    }

    /// Nothing can be written in this session.
    fn refuse_all(&mut self, now: Now) {
        let error = ServerError {
            code: 409,
            text: "the session is read-only: a new one has to be started".to_owned(),
            retry_after: None,
        };
        self.abandon_upload();
        while let Some(message) = self.messages.waiting.pop_front() {
            self.tell(ChatEvent::Refused { id: message.id, error: error.clone() });
            self.keep_leaving(now, false);
        }
    }

    /// When the first message without an answer has been so for too long.
    pub(super) fn next_overdue(&self) -> Option<Duration> {
        self.messages.first_sent().map(|since| since + ANSWER)
    }

    pub(super) fn tell_overdue(&mut self, now: Now) {
        if let Some(since) = now.since.checked_sub(ANSWER) {
            for id in self.messages.overdue(since) {
                self.tell(ChatEvent::Uncertain { id });
            }
        }
    }

    /// Those of which nobody knows any more.
    pub(super) fn tell_doubts(&mut self) {
        for id in self.messages.doubts() {
            self.tell(ChatEvent::Uncertain { id });
        }
    }

    /// Whether a frame that can be spared may leave now.
    pub(super) fn may_ask(&self, now: Now) -> bool {
        self.request_rate.next(RESERVE) <= now.since && self.paused_until <= now.since
    }

    /// Sends a frame whose answer is known by its `tracingId`.
    pub(super) fn ask(&mut self, now: Now, tracing: Uuid, purpose: Purpose, frame: Frame) {
        self.asked.push(tracing, purpose);
        self.send(now, frame);
    }

    pub(super) fn send(&mut self, now: Now, frame: Frame) {
        self.request_rate.take(now.since);
        self.tell(ChatEvent::Frame(FrameRecord {
            at: now.wall,
            way: FrameWay::Out,
            name: frame.action.to_owned(),
            code: None,
            json: mask::record(frame.json.clone(), &self.frames.token),
        }));
        self.out.push(Effect::Send(frame));
    }
}
