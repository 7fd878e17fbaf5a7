//! Which lane sends next: the lanes that may send now in a fair order, and those that wait, by the end of their wait.
//! Every operation costs the logarithm of the number of lanes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::pace::Span;

/// A lane's number while it is in memory.
pub(crate) type LaneNo = u32;

/// Whether and when a lane may send, as the scheduler has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Nothing to send, or an attempt is under way.
    #[default]
    Idle,
    /// May send. A lane gets one message a pass; within a pass the one written first goes first.
    Ready { pass: u64, written_at: DateTime<Utc> },
    /// Waits.
    Later(Span),
}

#[derive(Debug, Default)]
pub(crate) struct Scheduler {
    ready: BTreeSet<(u64, DateTime<Utc>, LaneNo)>,
    ends: BTreeSet<(DateTime<Utc>, LaneNo)>,
    /// By the beginning of the wait: waits that begin in the future are over, because the clock was set back.
    begins: BTreeSet<(DateTime<Utc>, LaneNo)>,
    /// The pass of the last lane that sent.
    pass: u64,
}

impl Scheduler {
    pub(crate) fn put(&mut self, no: LaneNo, readiness: Readiness) {
        match readiness {
            Readiness::Idle => {}
            Readiness::Ready { pass, written_at } => drop(self.ready.insert((pass, written_at, no))),
            Readiness::Later(span) => {
                self.ends.insert((span.until, no));
                self.begins.insert((span.from, no));
            }
        }
    }

    pub(crate) fn remove(&mut self, no: LaneNo, readiness: Readiness) {
        match readiness {
            Readiness::Idle => {}
            Readiness::Ready { pass, written_at } => drop(self.ready.remove(&(pass, written_at, no))),
            Readiness::Later(span) => {
                self.ends.remove(&(span.until, no));
                self.begins.remove(&(span.from, no));
            }
        }
    }

    /// A waiting lane whose wait is over.
    pub(crate) fn over(&self, now: DateTime<Utc>) -> Option<LaneNo> {
        let ended = self.ends.first().filter(|(until, _)| *until <= now);
        ended.or_else(|| self.begins.last().filter(|(from, _)| *from > now)).map(|(_, no)| *no)
    }

    /// The lane that is next among those that may send.
    pub(crate) fn first(&self) -> Option<LaneNo> {
        self.ready.first().map(|(_, _, no)| *no)
    }

    /// When the first wait ends.
    pub(crate) fn next_end(&self) -> Option<DateTime<Utc>> {
        self.ends.first().map(|(until, _)| *until)
    }

    /// The lanes that wait, a part at a time.
    pub(crate) fn waiting_from(
        &self,
        after: Option<(DateTime<Utc>, LaneNo)>,
        n: usize,
    ) -> Vec<(DateTime<Utc>, LaneNo)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.ends.range((from, Unbounded)).take(n).copied().collect()
    }

    pub(crate) fn pass(&self) -> u64 {
        self.pass
    }

    /// A lane sends; returns the pass in which it may send again.
    pub(crate) fn given(&mut self, readiness: Readiness) -> u64 {
        if let Readiness::Ready { pass, .. } = readiness {
            self.pass = self.pass.max(pass);
        }
        self.pass + 1
    }
}
