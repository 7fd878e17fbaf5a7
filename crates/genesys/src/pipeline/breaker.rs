//! The circuit breaker: machines do not call an org that does not answer. A pure core over instants;
//! [`super::admission`] is its edge.
//!
//! It opens after 5 failures in a row, or when more than half of the calls of 30 s failed. A failure is no answer, a
//! silence, 500, 502, 503, 504, and an answer that is not the org's; a refusal (4xx, 429) is an answer. While it is
//! open, machines wait. When its span is over, one of them tries for all: an answer closes it, a failure opens it for
//! a longer span. A person is never held up, and what comes of their call counts like a try.
//!
//! The outcome of a call that left before the breaker opened changes nothing; nor does, once it has closed, the failure
//! of a call that left before that.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    budget::{Decision, Lane},
    timeouts,
};

/// Failures in a row that open it (`reliability.md`, section 2).
const IN_A_ROW: u32 = 5;
/// So long back the share of failures is counted, in slots of a second.
const SLOTS: usize = 30;
/// Fewer calls than this say nothing about a share.
const FLOOR: u32 = 10;

/// Whether the org answers, as far as the last calls tell.
#[derive(Debug)]
pub(crate) struct Breaker {
    began: Instant,
    /// When it closed last.
    closed: Instant,
    in_a_row: u32,
    slots: [Slot; SLOTS],
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    second: u64,
    failed: u32,
    all: u32,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    /// When it opened first; spans that follow a failed try belong to the same outage.
    since: Instant,
    /// When this span began.
    opened: Instant,
    /// When this span ends.
    until: Instant,
    /// Spans so far, this one included.
    spans: u32,
    /// A machine's try is under way.
    trying: bool,
}

/// Names one try: the outage and its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Try(Instant, u32);

impl Breaker {
    pub(crate) fn new(now: Instant) -> Self {
        Self { began: now, closed: now, in_a_row: 0, slots: [Slot::default(); SLOTS], open: None }
    }

    /// Whether a call of this lane may go at `now`.
    pub(crate) fn admit(&self, lane: Lane, now: Instant) -> Decision {
        match &self.open {
            Some(open) if lane != Lane::Person => {
                if now < open.until {
                    Decision::At(open.until)
                } else if open.trying {
                    Decision::AfterAnswer
                } else {
                    Decision::Go
                }
            }
            _ => Decision::Go,
        }
    }

    /// A call of this lane leaves after [`Decision::Go`]. The number of the try when it is the one machine that tries
    /// for all: then [`Breaker::given_up`] must be told if nobody will ever know what came of it.
    pub(crate) fn leave(&mut self, lane: Lane) -> Option<Try> {
        let open = self.open.as_mut().filter(|_| lane != Lane::Person)?;
        open.trying = true;
        Some(Try(open.since, open.spans))
    }

    /// The machine that made this try gave up before there was an answer: the next one may try.
    pub(crate) fn given_up(&mut self, of: Try) {
        if let Some(open) = self.open.as_mut().filter(|open| Try(open.since, open.spans) == of) {
            open.trying = false;
        }
    }

    /// The org answered a call that left at `sent`. True when that closes the breaker.
    pub(crate) fn answered(&mut self, sent: Instant, now: Instant) -> bool {
        match &self.open {
            Some(open) if sent < open.opened => false,
            Some(_) => {
                *self = Self { began: self.began, ..Self::new(now) };
                self.count(false, now);
                true
            }
            None => {
                self.in_a_row = 0;
                self.count(false, now);
                false
            }
        }
    }

    /// A call that left at `sent` failed. `roll` in 0..1 shortens the span by up to a half, so that many clients do
    /// not come back in one instant. True when that opens the breaker, or opens it anew.
    pub(crate) fn failed(&mut self, sent: Instant, now: Instant, roll: f64) -> bool {
        match self.open {
            // A person's call may fail at any time; only one after the span says that the org is still away.
            Some(open) if sent < open.opened || now < open.until => false,
            Some(open) => {
                self.open_for(open.since, open.spans, now, roll);
                true
            }
            None if sent < self.closed => false,
            None => {
                self.in_a_row += 1;
                let (failed, all) = self.count(true, now);
                let opens = self.in_a_row >= IN_A_ROW || all >= FLOOR && failed * 2 > all;
                if opens {
                    self.open_for(now, 0, now, roll);
                }
                opens
            }
        }
    }

    /// Something changed that makes a try worth while at once, such as a network that was switched on again.
    pub(crate) fn try_now(&mut self, now: Instant) {
        if let Some(open) = &mut self.open {
            open.until = open.until.min(now);
        }
    }

    /// Since when the org does not answer, and when the next try is due; `None` while it answers.
    pub(crate) fn down(&self) -> Option<(Instant, Instant)> {
        self.open.map(|open| (open.since, open.until))
    }

    fn open_for(&mut self, since: Instant, spans: u32, now: Instant, roll: f64) {
        let whole = timeouts::BREAKER_FIRST.saturating_mul(1 << spans.min(16)).min(timeouts::BREAKER_LONGEST);
        let until = now + whole.mul_f64(0.5 + 0.5 * roll.clamp(0.0, 1.0));
        self.open = Some(Open { since, opened: now, until, spans: spans.saturating_add(1), trying: false });
    }

    /// Counts one call and returns how many of the last 30 s failed, and how many there were.
    fn count(&mut self, failed: bool, now: Instant) -> (u32, u32) {
        let second = now.saturating_duration_since(self.began).as_secs();
        let slot = &mut self.slots[(second % SLOTS as u64) as usize];
        if slot.second != second {
            *slot = Slot { second, ..Slot::default() };
        }
        slot.all = slot.all.saturating_add(1);
        slot.failed = slot.failed.saturating_add(u32::from(failed));
        let recent = self.slots.iter().filter(|s| second - s.second.min(second) < SLOTS as u64);
        recent.fold((0, 0), |(failed, all), s| (failed + s.failed, all + s.all))
    }
}

/// How long until `then`, for people: whole seconds, rounded up.
pub(crate) fn whole_seconds(span: Duration) -> u32 {
    u32::try_from(span.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
