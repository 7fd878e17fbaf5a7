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
    topics: [u64; TOPICS.len()],
    status: u64,
}

const TOPICS: [Topic; 7] = Topic::ALL;

impl Notices {
    /// The queries of this topic should be asked again.
    pub(crate) fn stale(&self, topic: Topic) {
        self.counters.send_modify(|c| {
            for (counter, _) in c.topics.iter_mut().zip(TOPICS).filter(|(_, t)| *t == topic) {
                *counter += 1;
            }
        });
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
        let counted = self.topics.iter().zip(&seen.topics);
        TOPICS.into_iter().zip(counted).filter(|(_, (now, seen))| now != seen).map(|(topic, _)| topic)
    }
}
