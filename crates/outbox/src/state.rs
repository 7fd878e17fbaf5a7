//! The life of one entry as a pure function of what was, what happened and when.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Delivery, pace::Span};

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Not tried yet.
    Queued,
    /// An attempt is under way.
    Sending,
    /// The org has it.
    Delivered {
        /// When the org said so, UTC.
        at: DateTime<Utc>,
    },
    /// Surely not sent, to be tried again.
    Waiting {
        /// When the wait began, UTC.
        since: DateTime<Utc>,
        /// When it ends, UTC.
        until: DateTime<Utc>,
        /// What the last attempt came to.
        why: String,
        /// Whether the org named the time: then it is kept to the letter.
        told: bool,
    },
    /// Perhaps the org has it. To be asked, which is sending the same id again.
    Uncertain {
        /// When the wait began, UTC.
        since: DateTime<Utc>,
        /// When it ends, UTC.
        until: DateTime<Utc>,
        /// What the last attempt came to.
        why: String,
        /// Whether the org named the time.
        told: bool,
    },
    /// The org refused it; a person decides.
    Dead {
        /// The reason.
        why: String,
    },
    /// A person took it out.
    Discarded {
        /// When, UTC.
        at: DateTime<Utc>,
        /// What it was, for undo.
        was: Box<State>,
    },
}

/// [`State`] without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Not tried yet.
    Queued,
    /// An attempt is under way.
    Sending,
    /// Surely not sent, to be tried again.
    Waiting,
    /// Perhaps the org has it.
    Uncertain,
    /// The org refused it.
    Dead,
    /// The org has it.
    Delivered,
    /// A person took it out.
    Discarded,
}

impl Kind {
    /// How many there are: numbers of entries are kept by `kind as usize`.
    pub(crate) const COUNT: usize = 7;
}

impl State {
    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Queued => Kind::Queued,
            Self::Sending => Kind::Sending,
            Self::Waiting { .. } => Kind::Waiting,
            Self::Uncertain { .. } => Kind::Uncertain,
            Self::Dead { .. } => Kind::Dead,
            Self::Delivered { .. } => Kind::Delivered,
            Self::Discarded { .. } => Kind::Discarded,
        }
    }
}

/// The part of an entry that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) state: State,
    /// How often it was sent or asked for.
    pub(crate) attempts: u32,
    /// Once an attempt was uncertain, until it is delivered: "surely not sent" is no longer true of the entry
    /// even when it is true of a later attempt.
    #[serde(default)]
    pub(crate) maybe_sent: bool,
}

/// What can happen to an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// An attempt begins.
    Send,
    /// The attempt ended. `jitter` in 0..1 spreads the waits of many lanes.
    Answer { delivery: Delivery, jitter: f64 },
    /// Nobody knows how the attempt ended: the process died, or the activation was dropped.
    Lost,
    /// Another entry of the lane learnt that the conversation is over.
    LaneOver { why: String },
    /// The network is back.
    Wake,
    /// A person wants it sent now.
    Retry,
    /// A person takes it out.
    Discard,
    /// A person wants it back.
    Undo,
    /// A person changed the text.
    Edit,
}

/// A Retry-After beyond this is not believed: one bad header must not park a lane for ever.
const LONGEST_TOLD: Duration = Duration::from_secs(24 * 3_600);
/// The first wait; each further one is twice as long, up to the cap.
const BASE: Duration = Duration::from_secs(1);

impl Progress {
    pub(crate) fn new() -> Self {
        Self { state: State::Queued, attempts: 0, maybe_sent: false }
    }

    /// The entry after the event; `None` where the event cannot happen or is too late. `max_wait` caps waits that
    /// the org did not name.
    pub(crate) fn after(&self, event: &Event, now: DateTime<Utc>, max_wait: Duration) -> Option<Self> {
        let mut next = self.clone();
        next.state = match (&self.state, event) {
            (State::Queued | State::Waiting { .. } | State::Uncertain { .. }, Event::Send) => {
                if self.due_in(now, max_wait)? > Duration::ZERO {
                    return None;
                }
                next.attempts = self.attempts.saturating_add(1);
                State::Sending
            }
            (State::Sending, Event::Answer { delivery, jitter }) => {
                return Some(next.answered(delivery, *jitter, now, max_wait));
            }
            (State::Sending, Event::Lost) => {
                next.maybe_sent = true;
                let why = "the program stopped while this was being sent".to_owned();
                next.wait(now, Duration::ZERO, why, false)
            }
            (State::Queued | State::Waiting { .. } | State::Uncertain { .. }, Event::LaneOver { why }) => {
                State::Dead { why: why.clone() }
            }
            (
                State::Waiting { told: false, why, .. } | State::Uncertain { told: false, why, .. },
                Event::Wake,
            )
            | (State::Waiting { why, .. } | State::Uncertain { why, .. }, Event::Retry) => {
                self.wait(now, Duration::ZERO, why.clone(), false)
            }
            (State::Queued, Event::Retry) => State::Queued,
            (State::Dead { why }, Event::Retry) => self.requeued(now, why),
            (
                was @ (State::Queued | State::Waiting { .. } | State::Uncertain { .. } | State::Dead { .. }),
                Event::Discard,
            ) => State::Discarded { at: now, was: Box::new(was.clone()) },
            (State::Discarded { was, .. }, Event::Undo) => (**was).clone(),
            // What the org perhaps has under this id cannot be changed any more.
            (same @ (State::Queued | State::Waiting { .. }), Event::Edit) if !self.maybe_sent => same.clone(),
            (State::Dead { .. }, Event::Edit) if !self.maybe_sent => State::Queued,
            _ => return None,
        };
        Some(next)
    }

    fn answered(mut self, delivery: &Delivery, jitter: f64, now: DateTime<Utc>, max_wait: Duration) -> Self {
        self.state = match delivery {
            Delivery::Delivered => State::Delivered { at: now },
            Delivery::NotSent { why, retry_after } | Delivery::Uncertain { why, retry_after } => {
                self.maybe_sent |= matches!(delivery, Delivery::Uncertain { .. });
                match retry_after {
                    // "Retry-After: 0" names no time: an org that always says so must not be hammered.
                    Some(told) if !told.is_zero() => {
                        self.wait(now, (*told).min(LONGEST_TOLD), why.clone(), true)
                    }
                    _ => self.wait(now, backoff(self.attempts, max_wait, jitter), why.clone(), false),
                }
            }
            Delivery::Dead { why } | Delivery::ConversationOver { why } => State::Dead { why: why.clone() },
            // Not processed; it goes on as soon as the pause is lifted.
            Delivery::Paused { why } => self.wait(now, Duration::ZERO, why.clone(), false),
        };
        self
    }

    fn wait(&self, now: DateTime<Utc>, pause: Duration, why: String, told: bool) -> State {
        let until = TimeDelta::from_std(pause).ok().and_then(|p| now.checked_add_signed(p)).unwrap_or(now);
        if self.maybe_sent {
            State::Uncertain { since: now, until, why, told }
        } else {
            State::Waiting { since: now, until, why, told }
        }
    }

    fn requeued(&self, now: DateTime<Utc>, why: &str) -> State {
        if self.maybe_sent { self.wait(now, Duration::ZERO, why.to_owned(), false) } else { State::Queued }
    }

    /// How long until it may be sent; zero when it may now, `None` when it does not wait for anything.
    pub(crate) fn due_in(&self, now: DateTime<Utc>, max_wait: Duration) -> Option<Duration> {
        match &self.state {
            State::Queued => Some(Duration::ZERO),
            state => span(state, max_wait).map(|s| s.left(now)),
        }
    }

    /// Whether it is on its way: neither delivered nor dead nor discarded.
    #[cfg(test)]
    pub(crate) fn moves(&self) -> bool {
        moves(&self.state)
    }
}

/// The wait of a state. Waits that the org did not name are never longer than today's cap, also those recorded under
/// a larger one.
pub(crate) fn span(state: &State, max_wait: Duration) -> Option<Span> {
    let (State::Waiting { since, until, told, .. } | State::Uncertain { since, until, told, .. }) = state
    else {
        return None;
    };
    let cap = TimeDelta::from_std(max_wait).ok().and_then(|w| since.checked_add_signed(w));
    let until = match cap {
        Some(cap) if !told => cap.min(*until),
        _ => *until,
    };
    Some(Span::new(*since, until, (until - since).to_std().unwrap_or_default()))
}

/// Whether an entry in this state is on its way.
pub(crate) fn moves(state: &State) -> bool {
    !matches!(state, State::Delivered { .. } | State::Dead { .. } | State::Discarded { .. })
}

/// Exponential with full jitter: evenly between nothing and 1 s, 2 s, 4 s … up to the cap, by the attempts made.
fn backoff(attempts: u32, max_wait: Duration, jitter: f64) -> Duration {
    let exponent = attempts.saturating_sub(1).min(20);
    BASE.saturating_mul(1 << exponent).min(max_wait).mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
