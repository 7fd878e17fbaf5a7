//! The rate budget: when may the next call go? A pure core over instants; [`super::admission`] is its edge.
//!
//! The org counts calls per token in a window of 60 s that begins with the first call (`guest-api.md`, "Limits").
//! Every answer tells how many were counted, how many are allowed and how many whole seconds are left, rounded up.
//! So the true end of the window lies in an interval that each answer narrows: after the instant the call left plus
//! the seconds less one, not after the instant the answer came plus the seconds. The core keeps that interval and
//! waits for its later end: never a call too early, and after a few answers hardly one too late.
//!
//! Counted is what the highest answer says plus every call still under way: a call that was counted later than the
//! highest answer cannot have been answered yet. Calls by other clients of the same token are in the answers, too.
//!
//! A person may spend the window as fast as they like. Bulk is spread evenly over what is left of it, so that a
//! person always finds budget; a delivery is spread as well once half of the window is spent.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::timeouts;

/// The documented default, believed until the first answer says otherwise (`guest-api.md`).
pub(crate) const ASSUMED_ALLOWED: u32 = 300;
/// The length of a window.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);
/// So many calls of a window machines do not use: they are for persons, and for calls of other clients that no answer
/// has counted yet.
pub(crate) const HANDFUL: u32 = 3;
/// So many calls of a window a person does not use: a call that is not counted yet must not turn theirs into a 429.
const LAST_PERSON: u32 = 2;
/// Calls under way before the first answer of a window confirms it: little enough for any limit one could meet.
const UNCONFIRMED: u32 = 2;
/// The same for a person, so that machines whose answers hang cannot hold one up.
const UNCONFIRMED_PERSON: u32 = 6;
/// The calls of other clients are extrapolated from at least this much of a window: one call in its first second does
/// not mean sixty.
const FORESEE_FROM: Duration = Duration::from_secs(10);
/// The extrapolation shrinks with time, so a call that waits because of it is decided on again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A pause below the timer's resolution is none: an org with a huge limit is not slowed to a call a tick.
const NO_PAUSE: Duration = Duration::from_millis(1);
/// GCRA floor: the rest of a window is never spent faster than this many times its even rate.
const FASTEST: u32 = 10;

/// Who waits for a call. The order is the priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A person waits for the answer: the call takes the next slot.
    Person,
    /// The outbox delivers what a guest wrote.
    Delivery,
    /// A retention run or a bulk edit: takes what is left, evenly.
    Bulk,
}

/// What the org says about the budget on an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateHeaders {
    pub count: u32,
    pub allowed: u32,
    pub reset: Duration,
}

impl RateHeaders {
    /// `None` unless all three `inin-ratelimit-*` headers are there and make sense.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
        let told = Self {
            count: number("inin-ratelimit-count")?,
            allowed: number("inin-ratelimit-allowed")?,
            reset: Duration::from_secs(number("inin-ratelimit-reset")?.into()),
        };
        // Resets of 61 are seen in the wild; one of an hour is another limit's, or nonsense.
        (told.allowed > 0 && told.reset <= WINDOW * 2).then_some(told)
    }
}

/// When the front of the queue may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Now.
    Go,
    /// Not before this instant.
    At(Instant),
    /// As soon as a call under way is answered or lost.
    AfterAnswer,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// The true end lies in `earliest..=latest`.
    earliest: Instant,
    latest: Instant,
    /// The highest count told, and one for each call that was lost since.
    count: u32,
    /// Calls of ours that may be in that count.
    ours: u32,
    /// An answer has told of it. Before that it is only our guess.
    confirmed: bool,
    /// When the newest answer came.
    heard: Instant,
}

/// The state of one token's budget.
#[derive(Debug)]
pub(crate) struct Core {
    allowed: u32,
    /// An answer said so.
    told: bool,
    window: Option<Window>,
    /// The latest end of the window before this one.
    ended: Option<Instant>,
    in_flight: u32,
    last_paced: Option<Instant>,
    closed_until: Option<Instant>,
    /// How many pauses in a row 429s without a time have caused.
    rests: u32,
    /// When the last of them began.
    rested: Option<Instant>,
}

impl Core {
    pub(crate) fn new() -> Self {
        Self {
            allowed: ASSUMED_ALLOWED,
            told: false,
            window: None,
            ended: None,
            in_flight: 0,
            last_paced: None,
            closed_until: None,
            rests: 0,
            rested: None,
        }
    }

    fn live(&self, now: Instant) -> Option<&Window> {
        self.window.as_ref().filter(|w| now < w.latest)
    }

    fn usable(&self, lane: Lane) -> u32 {
        let kept = if lane == Lane::Person { LAST_PERSON } else { HANDFUL };
        self.allowed.saturating_sub(kept).max(1)
    }

    /// Whether a call of this lane, first in the queue, may go at `now`.
    pub(crate) fn decide(&self, lane: Lane, now: Instant) -> Decision {
        if let Some(open) = self.closed_until.filter(|open| *open > now) {
            return Decision::At(open);
        }
        let window = self.live(now);
        let unconfirmed = if lane == Lane::Person { UNCONFIRMED_PERSON } else { UNCONFIRMED };
        if !window.is_some_and(|w| w.confirmed) && self.in_flight >= unconfirmed {
            return Decision::AfterAnswer;
        }
        let used = window.map_or(0, |w| w.count).saturating_add(self.in_flight);
        let left = self.usable(lane).saturating_sub(used);
        if left == 0 {
            return window.map_or(Decision::AfterAnswer, |w| Decision::At(w.latest));
        }
        let paced = match lane {
            Lane::Person => false,
            Lane::Delivery => left <= self.usable(lane) / 2,
            Lane::Bulk => true,
        };
        match self.last_paced {
            Some(last) if paced => {
                let end = window.map_or(last + WINDOW, |w| w.latest);
                let ours = left.saturating_sub(window.map_or(0, |w| self.foreseen(w, now)));
                let even = end.saturating_duration_since(last) / (ours + 1);
                let slot = last + even.max(WINDOW / self.allowed / FASTEST);
                if slot > now + NO_PAUSE { Decision::At(slot.min(now + LOOK_AGAIN)) } else { Decision::Go }
            }
            _ => Decision::Go,
        }
    }

    /// How many calls other clients of the token will make until the window ends, if they go on as they did in it.
    fn foreseen(&self, w: &Window, now: Instant) -> u32 {
        let theirs = w.count.saturating_add(self.in_flight).saturating_sub(w.ours);
        let rest = w.latest.saturating_duration_since(now);
        let passed = WINDOW.saturating_sub(rest).max(FORESEE_FROM);
        // At most the whole count: both durations are of one window's size.
        (f64::from(theirs) * rest.as_secs_f64() / passed.as_secs_f64()).ceil() as u32
    }

    /// A call of this lane leaves at `now`; call it only after [`Decision::Go`].
    pub(crate) fn grant(&mut self, lane: Lane, now: Instant) {
        if self.live(now).is_none() {
            self.ended = self.window.map(|w| w.latest).or(self.ended);
            self.window = Some(Window {
                earliest: now,
                latest: now + WINDOW,
                count: 0,
                ours: self.in_flight,
                confirmed: false,
                heard: now,
            });
        }
        if let Some(w) = &mut self.window {
            w.ours += 1;
        }
        self.in_flight += 1;
        if lane != Lane::Person {
            self.last_paced = Some(now);
        }
    }

    /// A granted call surely never reached the org: it costs nothing.
    pub(crate) fn not_sent(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A granted call got no answer: it may have been counted.
    pub(crate) fn lost(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(w) = &mut self.window {
            w.count = w.count.saturating_add(1);
        }
    }

    /// An answer came at `now` to a call that left at `sent`.
    pub(crate) fn answered(&mut self, told: Option<RateHeaders>, sent: Instant, now: Instant) {
        let Some(told) = told else {
            self.lost();
            if let Some(w) = self.window.as_mut().filter(|w| !w.confirmed) {
                // The org says nothing, so its window is assumed to begin, at the latest, with this answer.
                w.confirmed = true;
                w.latest = now + WINDOW;
            }
            return;
        };
        self.in_flight = self.in_flight.saturating_sub(1);
        (self.allowed, self.told) = (told.allowed, true);
        let earliest = (sent + told.reset).checked_sub(Duration::from_secs(1)).unwrap_or(sent).max(sent);
        let latest = now + told.reset;
        let ours = self.in_flight + 1;
        let new = Window { earliest, latest, count: told.count, ours, confirmed: true, heard: now };
        match &mut self.window {
            Some(w) if w.confirmed && earliest > w.latest => self.turn(new),
            Some(w) if w.confirmed && latest < w.earliest => {
                // Of a window before this one, unless the call left after all we know was heard: then the org's
                // clock has jumped, and what it says now counts.
                if sent >= w.heard {
                    self.turn(new);
                }
            }
            Some(w) if w.confirmed => {
                w.earliest = w.earliest.max(earliest);
                w.latest = w.latest.min(latest).max(w.earliest);
                w.count = w.count.max(told.count);
                w.heard = now;
            }
            // Left before the last window was over and may still belong to it.
            _ if self.ended.is_some_and(|ended| sent < ended && earliest <= ended) => {}
            Some(w) => {
                *w = Window { count: told.count.max(w.count), ours: w.ours, ..new };
            }
            None => self.window = Some(new),
        }
    }

    fn turn(&mut self, new: Window) {
        self.ended = self.window.map(|w| w.latest.min(new.latest));
        self.window = Some(new);
    }

    /// The org said 429 at `now` to a call that left at `sent`: nothing leaves until its wait is over. At most a window,
    /// because a longer Retry-After belongs to one resource, not to the token. Where it named no time, some seconds and
    /// then twice as long: what its rate headers say of the window holds beside that.
    pub(crate) fn throttled(&mut self, retry_after: Option<Duration>, sent: Instant, now: Instant) {
        let wait = match retry_after {
            Some(told) => told.min(WINDOW),
            None => {
                // Calls that were under way together are refused together: that is one refusal.
                if self.rested.is_none_or(|rested| sent > rested) {
                    self.rests = self.rests.saturating_add(1);
                    self.rested = Some(now);
                }
                let doubled = 1 << self.rests.saturating_sub(1).min(16);
                timeouts::THROTTLED_FIRST.saturating_mul(doubled).min(timeouts::THROTTLED_LONGEST)
            }
        };
        self.closed_until = self.closed_until.max(Some(now + wait));
    }

    /// Something else than 429 was answered to a call that left at `sent`.
    pub(crate) fn let_in(&mut self, sent: Instant) {
        if self.rested.is_some_and(|rested| sent > rested) {
            self.rests = 0;
        }
    }

    /// Whether the org ever said how many calls it allows.
    pub(crate) fn is_told(&self) -> bool {
        self.told
    }

    /// What the meter shows: calls counted and under way, calls allowed, time left (none: no window is open).
    pub(crate) fn meter(&self, now: Instant) -> (u32, u32, Duration) {
        let window = self.live(now);
        let count = window.map_or(0, |w| w.count).saturating_add(self.in_flight);
        (count, self.allowed, window.map_or(Duration::ZERO, |w| w.latest - now))
    }
}
