//! What comes from the org.

use std::time::Duration;

use super::{
    asked::Purpose,
    state::{Machine, State},
    step::{Effect, Now},
};
use crate::webmessaging::{
    content::Content,
    error::WebMessagingError,
    event::{ChatEvent, ChatMessage, Direction, EndReason, FrameRecord, FrameWay, ServerError},
    frames::{
        incoming::{Incoming, Says},
        mask,
        message::{Happened, Message},
        outgoing::HEALTH_CHECK,
    },
};

/// After a refusal for the rate without a time, and the least after one with it; longer with each in a row.
const THROTTLED: Duration = Duration::from_millis(500);
const THROTTLED_UNKNOWN: Duration = Duration::from_secs(3);

/// The ids of so many forms are remembered.
const MOST_FORMS: usize = 64;

impl Machine {
    pub(super) fn on_text(&mut self, now: Now, text: &str) {
        if !self.is_connected() {
            return;
        }
        let (frame, json) = Incoming::read(text);
        let record = match json {
            Some(json) => mask::record(json, &self.frames.token),
            None => mask::raw_record(text),
        };
        self.record(now, &frame, record);
        self.on_frame(now, frame);
    }

    pub(super) fn on_no_text(&mut self, now: Now) {
        if self.is_connected() {
            let frame = Incoming::malformed("is no text");
            self.record(now, &frame, String::new());
            self.on_frame(now, frame);
        }
    }

    fn record(&mut self, now: Now, frame: &Incoming, json: String) {
        (self.heard, self.checked) = (now.since, None);
        self.tell(ChatEvent::Frame(FrameRecord {
            at: now.wall,
            way: FrameWay::In,
            name: mask::words(&frame.class, &self.frames.token),
            code: frame.code,
            json,
        }));
    }

    fn on_frame(&mut self, now: Now, frame: Incoming) {
        let tracing = frame.tracing.as_deref();
        let is_health_check = tracing == Some(HEALTH_CHECK);
        match frame.says {
            _ if is_health_check => {}
            Says::Session(session) => {
                self.answered(tracing);
                self.on_session(now, session);
            }
            Says::Message(message) => {
                self.on_message_before_session(now);
                self.on_message(now, *message, tracing);
            }
            Says::Jwt(jwt) => {
                self.answered(tracing);
                self.on_jwt(now, jwt);
            }
            Says::Link { attachment, url, headers } => self.on_link(now, tracing, &attachment, url, headers),
            Says::Uploaded { attachment } => self.on_uploaded(now, &attachment),
            Says::NotUploaded { attachment, error } => {
                let purpose = self.answered(tracing);
                let error = self.cleaned(error);
                if let Some(Purpose::Link(attachment)) = purpose {
                    self.refuse_link(attachment, &error);
                } else if !self.on_not_uploaded(now, &attachment, &error) {
                    self.tell_error(error);
                }
            }
            // Closing the session for a new one may close the connection, too.
            Says::ConnectionClosed { .. } if matches!(self.state, State::Resetting { .. }) => {
                self.on_lost(now, WebMessagingError::Lost("the org closed the session".to_owned()));
            }
            Says::ConnectionClosed { reason } => {
                let reason = reason.map(|words| mask::words(&words, &self.frames.token));
                self.end(now, EndReason::ClosedByOrg { reason });
            }
            Says::SessionCleared => self.tell_cleared(),
            Says::SessionExpired => self.end(now, EndReason::Expired),
            Says::LoggedOut => {
                self.end(now, EndReason::ClosedByOrg { reason: Some("the guest was logged out".to_owned()) });
            }
            Says::Error(error) => {
                let error = self.cleaned(error);
                self.on_error(now, tracing, error);
            }
            Says::Malformed(why) => {
                let text = format!("a frame that {why} was passed over");
                self.tell_error(ServerError { code: 0, text, retry_after: None });
            }
            Says::Other => {}
        }
    }

    /// What was asked with this `tracingId`.
    fn answered(&mut self, tracing: Option<&str>) -> Option<Purpose> {
        self.asked.take(tracing?.parse().ok()?)
    }

    fn on_message(&mut self, now: Now, message: Message, tracing: Option<&str>) {
        if let Some(happened) = &message.happened {
            self.answered(tracing);
            return self.on_events(&message, happened);
        }
        if let Some(key) = message.key.as_deref().filter(|key| self.seen.contains(key)) {
            let again = message.direction == Direction::Inbound && self.seen.is_of_now(key);
            if again {
                self.tell(ChatEvent::Repeated);
            }
            return;
        }
        if message.direction == Direction::Inbound {
            // An echo that comes twice under two keys, or without one, is known by its tracing id.
            if tracing.is_some_and(|tracing| self.seen.contains(tracing)) {
                return self.tell(ChatEvent::Repeated);
            }
            if let Some(id) = self.messages.echoed(&message, tracing) {
                if let Some(tracing) = tracing {
                    self.seen.insert(tracing);
                }
                self.throttled = 0;
                return self.tell_delivered(now, id, &message);
            }
        }
        self.tell_message(message, false);
    }

    /// A message of the guest is with the org.
    pub(super) fn tell_delivered(&mut self, now: Now, id: uuid::Uuid, message: &Message) {
        let key = self.key_of(message);
        self.seen.insert(&key);
        self.newest = self.newest.max(message.at);
        let org_id = message.other_id.clone();
        self.tell(ChatEvent::Delivered { id, key, org_id, at: message.at });
        self.keep_leaving(now, false);
    }

    /// A message that this client did not send.
    pub(super) fn tell_message(&mut self, message: Message, from_history: bool) {
        let key = self.key_of(&message);
        if !self.seen.insert(&key) {
            return;
        }
        for content in &message.content {
            if let Content::Form { canned_response_id: Some(id), .. } = content {
                if self.forms.len() >= MOST_FORMS {
                    self.forms.pop_front();
                }
                self.forms.push_back((key.clone(), id.clone()));
            }
        }
        let out_of_order = message.at.is_some() && message.at < self.newest;
        self.newest = self.newest.max(message.at);
        let id = message.metadata_id.as_deref().and_then(|id| id.parse().ok());
        self.tell(ChatEvent::Message(ChatMessage {
            key,
            id,
            at: message.at,
            direction: message.direction,
            sender: message.sender,
            nickname: message.nickname,
            text: message.text,
            content: message.content,
            out_of_order,
            from_history,
        }));
    }

    /// A message without a key gets one that no other has.
    fn key_of(&mut self, message: &Message) -> String {
        message.key.clone().unwrap_or_else(|| {
            self.unnamed += 1;
            format!("unnamed-{}", self.unnamed)
        })
    }

    fn on_events(&mut self, message: &Message, happened: &[Happened]) {
        let repeated = message.key.as_deref().is_some_and(|key| self.seen.contains(key));
        for event in happened {
            match event {
                Happened::Typing(millis) if message.direction == Direction::Outbound => {
                    self.tell(ChatEvent::Typing(Duration::from_millis(*millis)));
                }
                Happened::Disconnect if !repeated => {
                    self.tell(ChatEvent::Disconnected { read_only: message.read_only });
                    if message.read_only && !self.read_only {
                        self.read_only = true;
                        self.tell_state();
                    }
                }
                Happened::Clear if !repeated => self.tell_cleared(),
                _ => continue,
            }
            if let (Some(key), false) = (&message.key, matches!(event, Happened::Typing(_))) {
                self.seen.insert(key);
            }
        }
    }

    /// Told once, whether by an event of the conversation, of the session, or both.
    pub(super) fn tell_cleared(&mut self) {
        if !std::mem::replace(&mut self.cleared, true) {
            self.tell(ChatEvent::Cleared);
        }
    }

    fn on_link(
        &mut self,
        now: Now,
        tracing: Option<&str>,
        attachment: &str,
        url: model::Secret,
        headers: Vec<(String, model::Secret)>,
    ) {
        let asked = self.answered(tracing);
        let Some(url) = self.on_upload_address(now, attachment, url, headers) else { return };
        let wanted = match asked {
            Some(Purpose::Link(wanted)) => Some(wanted),
            _ => match self.asked.take_first(|p| *p == Purpose::Link(attachment.to_owned())) {
                Some(Purpose::Link(wanted)) => Some(wanted),
                _ => None,
            },
        };
        if let Some(attachment) = wanted {
            self.out.push(Effect::Link { attachment, link: Ok(url) });
        }
    }

    fn refuse_link(&mut self, attachment: String, error: &ServerError) {
        let ServerError { code, text, .. } = error;
        let link = Err(WebMessagingError::NotOffered(format!("{text} (code {code})")));
        self.out.push(Effect::Link { attachment, link });
    }

    fn on_error(&mut self, now: Now, tracing: Option<&str>, error: ServerError) {
        let mut purpose = self.answered(tracing);
        if tracing.is_none() && self.messages.all_answered() {
            purpose = self.asked.take_first(|p| *p != Purpose::Typing && *p != Purpose::Join);
        }
        match (purpose, self.state) {
            (Some(Purpose::Configure), State::Configuring { .. }) => self.on_session_refused(now, &error),
            (None, State::Configuring { .. }) if tracing.is_none() => self.on_session_refused(now, &error),
            // What could not be closed is left for a new one all the same.
            (Some(Purpose::Close), State::Resetting { .. }) => {
                let until = now.since + self.open_within;
                self.configure(now, until);
            }
            (Some(Purpose::Configure | Purpose::Close), _) => self.tell_error(error),
            // Some deployments take no presence, and go on without it. Typing is worth no word.
            (Some(Purpose::Join | Purpose::Typing), _) => {}
            (Some(Purpose::Clear), _) => self.tell_error(error),
            (Some(Purpose::Jwt), _) => self.on_no_jwt(error),
            (Some(Purpose::Upload), _) => self.refuse_upload(now, error),
            (Some(Purpose::Link(attachment)), _) => self.refuse_link(attachment, &error),
            (None, _) => self.on_message_refused(now, tracing, error),
        }
    }

    fn on_message_refused(&mut self, now: Now, tracing: Option<&str>, error: ServerError) {
        let Some(mut message) = self.messages.refused(tracing) else {
            return match error.code {
                4006 => self.end(now, EndReason::Expired),
                // Of a frame of another connection, or of none of ours: it slows this one down and costs nothing else.
                _ => {
                    self.pauses(now, &error);
                    self.tell_error(error);
                }
            };
        };
        if self.pauses(now, &error) {
            let (id, error) = (message.id, self.cleaned(error));
            self.messages.waiting.push_front(message);
            return self.tell(ChatEvent::Postponed { id, error });
        }
        match error.code {
            4007 if !message.configured_again => {
                message.configured_again = true;
                self.messages.waiting.push_front(message);
                self.messages.lost();
                let until = now.since + self.open_within;
                self.configure(now, until);
            }
            4006 => {
                self.tell_refused(now, message.id, error);
                self.end(now, EndReason::Expired);
            }
            409 => {
                self.tell_refused(now, message.id, error);
                if !self.read_only {
                    self.read_only = true;
                    self.tell_state();
                }
            }
            _ => self.tell_refused(now, message.id, error),
        }
    }

    /// Whether the org only wants less at once; then nothing is written for as long as it says.
    pub(super) fn pauses(&mut self, now: Now, error: &ServerError) -> bool {
        if error.code != 429 && error.code != 4029 {
            return false;
        }
        self.throttled = self.throttled.saturating_add(1);
        let least = THROTTLED * self.throttled.min(20);
        let pause = error.retry_after.unwrap_or(THROTTLED_UNKNOWN).max(least);
        self.paused_until = self.paused_until.max(now.since + pause);
        true
    }

    pub(super) fn tell_refused(&mut self, now: Now, id: uuid::Uuid, error: ServerError) {
        let error = self.cleaned(error);
        self.tell(ChatEvent::Refused { id, error });
        self.keep_leaving(now, false);
    }

    pub(super) fn tell_error(&mut self, error: ServerError) {
        let error = self.cleaned(error);
        self.tell(ChatEvent::Error(error));
    }

    fn cleaned(&self, mut error: ServerError) -> ServerError {
        error.text = mask::words(&error.text, &self.frames.token);
        error
    }
}
