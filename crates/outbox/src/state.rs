//! The life of one entry as a pure function of what was, what happened and when.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::AfterDoubt;
use serde::{Deserialize, Serialize};

use crate::{
    Delivery, Found, OrgIds,
    doubt::{Doubt, NextStep, Way},
    pace::Span,
};

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
        /// What the org calls it, where it said so.
        #[serde(default, skip_serializing_if = "OrgIds::is_empty")]
        org: OrgIds,
        /// Not the org said so but a person, of a message that nobody could find out about.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_person: bool,
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
    /// Perhaps the org has it. What is done about that depends on the way in which it was sent (`model::AfterDoubt`).
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// All but [`Kind::Delivered`]: those of the entries that a lane keeps in memory.
    pub(crate) const UNDELIVERED: [Self; 6] =
        [Self::Queued, Self::Sending, Self::Waiting, Self::Uncertain, Self::Dead, Self::Discarded];
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
    /// Absent in records of the versions that knew only messages whose repeats the org recognises.
    #[serde(default, skip_serializing_if = "Doubt::is_default")]
    pub(crate) doubt: Doubt,
}

/// What can happen to an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// An attempt begins: the message is sent, or looked for in the history.
    Begin(Way),
    /// The attempt to send it ended. `jitter` in 0..1 spreads the waits of many lanes.
    Answer { delivery: Delivery, jitter: f64 },
    /// The attempt to find it ended.
    Looked { found: Found, readings_apart: Duration, jitter: f64 },
    /// No attempt was made after all: the entry is as it was.
    NotTried { was: Box<Progress> },
    /// Nobody knows how the attempt ended: the process died, or the activation was dropped.
    Lost,
    /// Another entry of the lane learnt that the conversation is over.
    LaneOver { why: String },
    /// The network is back.
    Wake,
    /// A person wants it sent, or looked for, now.
    Retry,
    /// A person says that the org has it.
    MarkDelivered,
    /// A person says that it goes again although the org may have it.
    SendAgain,
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
        Self { state: State::Queued, attempts: 0, maybe_sent: false, doubt: Doubt::default() }
    }

    /// The entry after the event; `None` where the event cannot happen or is too late. `max_wait` caps waits that
    /// the org did not name.
    pub(crate) fn after(&self, event: &Event, now: DateTime<Utc>, max_wait: Duration) -> Option<Self> {
        let mut next = self.clone();
        next.state = match (&self.state, event) {
            (State::Queued | State::Waiting { .. } | State::Uncertain { .. }, Event::Begin(way)) => {
                if self.due_in(now, max_wait)? > Duration::ZERO {
                    return None;
                }
                if self.maybe_sent && !self.doubt.allows(*way) {
                    next.doubt.way_is_gone();
                    let why =
                        "it may have arrived, and was sent in a way that is not open any more".to_owned();
                    next.wait(now, Duration::ZERO, why, false)
                } else {
                    next.attempts = self.attempts.saturating_add(1);
                    next.doubt.begin(self.maybe_sent, *way, now);
                    State::Sending
                }
            }
            // That is the event of the same name, which knows what the entry was.
            (State::Sending, Event::Answer { delivery: Delivery::NotTried, .. }) => return None,
            (State::Sending, Event::Answer { delivery, jitter }) if self.doubt.next == NextStep::Send => {
                return Some(next.answered(delivery, *jitter, now, max_wait));
            }
            (State::Sending, Event::Looked { found, readings_apart, jitter })
                if self.doubt.next == NextStep::Look =>
            {
                return Some(next.looked(found, *readings_apart, *jitter, now, max_wait));
            }
            (State::Sending, Event::NotTried { was }) => return Some((**was).clone()),
            (State::Sending, Event::Lost) => {
                if self.doubt.next == NextStep::Send {
                    next.maybe_sent = true;
                    next.doubt.arises();
                }
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
                match (self.doubt.next, self.doubt.after_doubt) {
                    (NextStep::AskPerson, AfterDoubt::LookInHistory) if *event == Event::Retry => {
                        next.doubt.next = NextStep::Look;
                    }
                    (NextStep::AskPerson, _) => return None,
                    _ => {}
                }
                next.wait(now, Duration::ZERO, why.clone(), false)
            }
            (State::Uncertain { .. }, Event::MarkDelivered) if self.doubt.is_for_a_person() => {
                State::Delivered { at: now, org: OrgIds::default(), by_person: true }
            }
            (State::Uncertain { why, .. }, Event::SendAgain) if self.doubt.is_for_a_person() => {
                next.doubt.goes_again();
                next.wait(now, Duration::ZERO, why.clone(), false)
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
            Delivery::Delivered { org } => State::Delivered { at: now, org: org.clone(), by_person: false },
            Delivery::NotSent { why, retry_after } => {
                self.wait_until_told(now, *retry_after, jitter, max_wait, why)
            }
            Delivery::Uncertain { why, retry_after } => {
                self.maybe_sent = true;
                self.doubt.arises();
                self.wait_until_told(now, *retry_after, jitter, max_wait, why)
            }
            Delivery::NotTried => self.state,
            Delivery::Dead { why } | Delivery::ConversationOver { why } => State::Dead { why: why.clone() },
            // Not processed; it goes on as soon as the pause is lifted.
            Delivery::Paused { why } => self.wait(now, Duration::ZERO, why.clone(), false),
        };
        self
    }

    fn looked(
        mut self,
        found: &Found,
        readings_apart: Duration,
        jitter: f64,
        now: DateTime<Utc>,
        max_wait: Duration,
    ) -> Self {
        self.state = match found {
            Found::Delivered { org } => State::Delivered { at: now, org: org.clone(), by_person: false },
            Found::NotThere if self.doubt.absent(now) => {
                self.maybe_sent = false;
                let why = "the history of the guest does not hold it; it is sent again".to_owned();
                self.wait(now, Duration::ZERO, why, false)
            }
            Found::NotThere => {
                let why = "the history of the guest does not hold it yet; it is read once more".to_owned();
                self.wait(now, readings_apart, why, true)
            }
            Found::NotRead { why, retry_after } => {
                self.wait_until_told(now, *retry_after, jitter, max_wait, why)
            }
            Found::CannotTell { why } => self.ask_person(now, why.clone()),
            Found::Several => self
                .ask_person(now, "the history of the guest holds more than one that it could be".to_owned()),
            Found::Paused { why } => self.wait(now, Duration::ZERO, why.clone(), false),
        };
        self
    }

    fn ask_person(&mut self, now: DateTime<Utc>, why: String) -> State {
        self.doubt.ask_person();
        self.wait(now, Duration::ZERO, why, false)
    }

    /// A wait of the length that the org named, or else of one that grows with the attempts.
    fn wait_until_told(
        &self,
        now: DateTime<Utc>,
        told: Option<Duration>,
        jitter: f64,
        max_wait: Duration,
        why: &str,
    ) -> State {
        match told {
            _ if self.doubt.next == NextStep::AskPerson => {
                self.wait(now, Duration::ZERO, why.to_owned(), false)
            }
            // "Retry-After: 0" names no time: an org that always says so must not be hammered.
            Some(told) if !told.is_zero() => self.wait(now, told.min(LONGEST_TOLD), why.to_owned(), true),
            _ => self.wait(now, backoff(self.attempts, max_wait, jitter), why.to_owned(), false),
        }
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
            _ if self.needs_person() => None,
            State::Queued => Some(Duration::ZERO),
            state => span(state, max_wait).map(|s| s.left(now)),
        }
    }

    /// Whether nothing happens to it until a person decides.
    pub(crate) fn needs_person(&self) -> bool {
        matches!(self.state, State::Uncertain { .. }) && self.doubt.next == NextStep::AskPerson
    }

    /// Whether the org has it, or perhaps. Where a repeat is recognised by its id, a refusal after an uncertain attempt says
    /// that the first one never arrived.
    pub(crate) fn may_have_arrived(&self) -> bool {
        let refused = match &self.state {
            State::Dead { .. } => true,
            State::Discarded { was, .. } => matches!(**was, State::Dead { .. }),
            State::Sending => return true,
            _ => false,
        };
        self.maybe_sent && !(refused && self.doubt.after_doubt == AfterDoubt::SameIdAgain)
    }

    /// Whether it is on its way: neither delivered nor dead nor discarded.
    pub(crate) fn moves(&self) -> bool {
        !matches!(self.state, State::Delivered { .. } | State::Dead { .. } | State::Discarded { .. })
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

/// Exponential with full jitter: evenly between nothing and 1 s, 2 s, 4 s … up to the cap, by the attempts made.
fn backoff(attempts: u32, max_wait: Duration, jitter: f64) -> Duration {
    let exponent = attempts.saturating_sub(1).min(20);
    BASE.saturating_mul(1 << exponent).min(max_wait).mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
