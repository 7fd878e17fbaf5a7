//! Making the connection and the session, losing them, and the end.

use std::time::Duration;

use super::{
    asked::Purpose,
    backoff,
    state::{Machine, State},
    step::{Effect, Now},
};
use crate::webmessaging::{
    error::{WebMessagingError, in_words},
    event::{ChatEvent, ChatState, EndReason, ServerError},
    frames::{incoming::Session, mask},
};

/// A session that was there for so long counts as one: after it the pauses between attempts begin with the shortest again.
const STEADY: Duration = Duration::from_secs(10);

/// After so long without a frame the org is asked whether it is there. The vendor takes no more than two health checks a minute.
const SILENCE: Duration = Duration::from_secs(30);

/// Within this an answer comes, or the connection is taken for lost.
const HEALTH_ANSWER: Duration = Duration::from_secs(10);

/// So often a session that came read-only is left for a new one, before it is taken as it is.
const MOST_RESETS: u32 = 2;

impl Machine {
    pub(super) fn dial(&mut self, now: Now) {
        if !self.was_ready && self.failures == 0 {
            self.missing_since = now.since;
        }
        self.state = State::Connecting { until: now.since + self.open_within };
        self.tell(ChatEvent::State(ChatState::Connecting { attempt: self.failures.saturating_add(1) }));
        self.out.push(Effect::Dial);
    }

    pub(super) fn on_opened(&mut self, now: Now) {
        let State::Connecting { until } = self.state else { return };
        self.tell_connection(now, "open", None);
        self.request_rate.clear();
        (self.heard, self.checked) = (now.since, None);
        self.configure(now, until);
    }

    /// Asks for the session; also again on a connection that is open.
    pub(super) fn configure(&mut self, now: Now, until: Duration) {
        self.state = State::Configuring { until };
        self.configure_rate.take(now.since);
        let tracing = self.id();
        let frame = self.frames.configure_session(tracing, self.start_new);
        self.ask(now, tracing, Purpose::Configure, frame);
    }

    /// The session is there.
    pub(super) fn on_session(&mut self, now: Now, session: Session) {
        match self.state {
            State::Resetting { .. } => {
                let until = now.since + self.open_within;
                self.configure(now, until);
            }
            State::Configuring { .. } if session.connected == Some(false) => {
                let text = "the org made no session".to_owned();
                self.on_lost(now, WebMessagingError::SessionRefused { code: 200, text, retry_after: None });
            }
            State::Configuring { .. } if session.read_only && self.start_new && self.resets < MOST_RESETS => {
                self.resets += 1;
                self.reset(now);
            }
            State::Configuring { .. } => {
                let first = !self.was_ready || self.start_new;
                if !self.was_ready && !self.start_new && session.new_session && !session.cleared {
                    let more = std::mem::take(&mut self.frames.attributes_if_new);
                    self.frames.attributes.extend(more);
                }
                self.become_ready(now, session.new_session, session.read_only);
                self.join_wanted |= self.join && first && session.new_session && !session.auto_started;
            }
            State::Ready if session.connected == Some(false) || session.read_only != self.read_only => {
                self.read_only = session.read_only;
                self.tell_state();
            }
            _ => {}
        }
        if session.cleared {
            self.tell_cleared();
        }
    }

    /// Some deployments send no `SessionResponse` first: a message is the sign as well.
    pub(super) fn on_message_before_session(&mut self, now: Now) {
        if let State::Configuring { .. } = self.state {
            let first = !self.was_ready || self.start_new;
            self.become_ready(now, first, false);
            self.join_wanted |= self.join && first;
        }
    }

    fn become_ready(&mut self, now: Now, new_session: bool, read_only: bool) {
        let epoch = self.seen.next_epoch();
        let again = self.was_ready && !self.start_new;
        (self.state, self.ready_since, self.was_ready) = (State::Ready, now.since, true);
        (self.new_session, self.read_only) = (new_session, read_only);
        (self.start_new, self.resets, self.cleared) = (false, 0, false);
        self.tell_state();
        if again || !new_session || self.messages.has_doubt() {
            self.begin_walk(now, epoch);
        }
    }

    /// Closes the session, so that a new one can begin under the same token.
    pub(super) fn reset(&mut self, now: Now) {
        self.state = State::Resetting { until: now.since + self.open_within };
        self.messages.lost();
        self.abandon_upload();
        self.walk = None;
        let tracing = self.id();
        let frame = self.frames.close_session(tracing);
        self.ask(now, tracing, Purpose::Close, frame);
    }

    /// An error while the session is made.
    pub(super) fn on_session_refused(&mut self, now: Now, error: &ServerError) {
        if error.code == 4006 {
            return self.end(now, EndReason::Expired);
        }
        let ServerError { code, text, retry_after } = error.clone();
        self.on_lost(now, WebMessagingError::SessionRefused { code, text, retry_after });
    }

    /// The connection is gone, or was not made.
    pub(super) fn on_lost(&mut self, now: Now, why: WebMessagingError) {
        if matches!(self.state, State::New | State::Offline | State::Backoff { .. } | State::Ended) {
            return;
        }
        // An org that closes the connection may say anything.
        let why = match why {
            WebMessagingError::Lost(words) => {
                WebMessagingError::Lost(mask::words(&words, &self.frames.token))
            }
            why => why,
        };
        let was = self.state;
        self.disconnect(now, "lost", Some(&why.to_string()));
        if was == State::Ready {
            self.missing_since = now.since;
            if now.since.saturating_sub(self.ready_since) >= STEADY {
                self.failures = 0;
            }
        }
        if self.leaving.is_some() {
            let unsent = !self.messages.waiting.is_empty();
            return self.end(now, if unsent { EndReason::Failed(why) } else { EndReason::Left });
        }
        self.failures = self.failures.saturating_add(1);
        let rest = self.reconnect_for.map(|span| (self.missing_since + span).saturating_sub(now.since));
        if rest == Some(Duration::ZERO) || (!self.was_ready && is_permanent(&why)) {
            return self.end(now, EndReason::Failed(why));
        }
        let roll = self.roll();
        let mut until = now.since + backoff::pause(self.failures, roll).min(rest.unwrap_or(Duration::MAX));
        until = until.max(self.configure_rate.next(0));
        if matches!(why, WebMessagingError::SessionRefused { .. }) {
            until = until.max(self.paused_until);
        }
        // Whoever says when to come again is taken at their word.
        if let Some(pause) = why.told_wait() {
            until = until.max(now.since + pause);
        }
        self.state = State::Backoff { until };
        let next_try = until - now.since;
        self.tell(ChatEvent::State(ChatState::Backoff { next_try, attempts: self.failures, why }));
    }

    /// Gives up whatever hangs on the connection; what had no answer is in doubt.
    fn disconnect(&mut self, now: Now, name: &str, why: Option<&str>) {
        self.out.push(Effect::HangUp);
        self.tell_connection(now, name, why);
        for attachment in self.asked.clear() {
            let link = Err(WebMessagingError::Lost("the connection was lost before it came".to_owned()));
            self.out.push(Effect::Link { attachment, link });
        }
        self.messages.lost();
        self.abandon_upload();
        self.walk = None;
        self.checked = None;
    }

    pub(super) fn go_offline(&mut self, now: Now) {
        if self.state != State::Offline {
            self.disconnect(now, "offline", None);
            self.state = State::Offline;
            self.tell(ChatEvent::State(ChatState::Offline));
        }
    }

    /// By hand, which ends a pause too.
    pub(super) fn go_online(&mut self, now: Now) {
        if matches!(self.state, State::Offline | State::Backoff { .. }) {
            self.failures = 0;
            self.missing_since = now.since;
            self.dial(now);
        }
    }

    /// Over, for good. Every message that was sent has had its word.
    pub(super) fn end(&mut self, now: Now, why: EndReason) {
        if self.state == State::Ended {
            return;
        }
        self.disconnect(now, "end", None);
        self.tell_doubts();
        self.state = State::Ended;
        self.tell(ChatEvent::State(ChatState::Ended(why)));
        self.out.push(Effect::Finish);
    }

    /// Why an attempt took too long.
    pub(super) fn silence(&self) -> WebMessagingError {
        let (host, within) = (self.host.clone(), self.open_within);
        match self.state {
            State::Connecting { .. } => WebMessagingError::Unreachable {
                host,
                why: format!("no connection within {}", in_words(within)),
            },
            _ => WebMessagingError::Silent { host, within },
        }
    }

    pub(super) fn next_health_check(&self) -> Duration {
        match self.checked {
            Some(checked) => checked + HEALTH_ANSWER,
            None => self.heard + SILENCE,
        }
    }

    pub(super) fn check_health(&mut self, now: Now) {
        if self.next_health_check() > now.since {
            return;
        }
        if self.checked.is_some() {
            let seconds = now.since.saturating_sub(self.heard).as_secs();
            return self.on_lost(now, WebMessagingError::Lost(format!("the org was silent for {seconds} s")));
        }
        self.checked = Some(now.since);
        let frame = self.frames.health_check();
        self.send(now, frame);
    }
}

/// Whether asking again brings the same. Only before the first session: afterwards it has worked before.
fn is_permanent(why: &WebMessagingError) -> bool {
    let by_code = |code: u32| (200..500).contains(&code) && code != 408 && code != 429;
    match why {
        WebMessagingError::Refused { status, .. } => by_code(u32::from(*status)),
        WebMessagingError::SessionRefused { code, .. } => {
            by_code(*code) || (4000..5000).contains(code) && *code != 4029
        }
        WebMessagingError::NotTrusted { .. }
        | WebMessagingError::BadDeployment(_)
        | WebMessagingError::NotOffered(_)
        | WebMessagingError::Invalid { .. } => true,
        _ => false,
    }
}
