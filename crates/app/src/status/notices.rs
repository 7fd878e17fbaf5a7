//! Which of the page's queries went stale, counted.

use tokio::sync::watch;

use crate::views::Topic;

/// What changed, as counters that only go up; whoever follows compares them with what they saw last.
#[derive(Default)]
pub(crate) struct Notices {
    counters: watch::Sender<Counters>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters {
    /// In the order of [`Topic::ALL`].
    topics: [u64; Topic::ALL.len()],
    status: u64,
}

impl Notices {
    /// The queries of this topic should be asked again.
    pub(crate) fn stale(&self, topic: Topic) {
        self.counters.send_modify(|c| c.topics[topic as usize] += 1);
    }

    /// Only the bars changed.
    pub(crate) fn status_changed(&self) {
        self.counters.send_modify(|c| c.status += 1);
    }

    pub(super) fn follow(&self) -> watch::Receiver<Counters> {
        self.counters.subscribe()
    }
}

impl Counters {
    /// The topics that went stale since these counters were read.
    pub(super) fn stale_since<'a>(&'a self, seen: &'a Self) -> impl Iterator<Item = Topic> + 'a {
        Topic::ALL.into_iter().filter(|topic| {
            let at = *topic as usize;
            self.topics[at] != seen.topics[at]
        })
    }
}
