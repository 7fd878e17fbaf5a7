//! A walk through the history: the newest page first, until a page brings nothing that was unknown when the session became
//! ready, or the history is at its end. New messages push older ones onto the next page, so a page of repeats of this walk alone
//! is not the end.

use std::{collections::HashSet, time::Duration};

use model::Secret;

use super::seen::Seen;
use crate::webmessaging::{
    event::HistoryExtent,
    frames::{history::HistoryPage, message::Message},
};

/// No walk reads more pages: 1,000 messages, fewer than the keys that are remembered.
pub(super) const MOST_PAGES: u32 = 40;

/// Messages a page; the vendor's default.
pub(crate) const PAGE: u32 = 25;

#[derive(Debug)]
pub(super) struct Walk {
    pub(super) number: u32,
    /// Until then the guest's messages wait for it, so that what was missed is told before what is written now.
    pub(super) holds_until: Duration,
    /// What is remembered from before it was known then.
    epoch: u32,
    pub(super) stage: Stage,
    /// The page that is read now, from 1.
    pub(super) page: u32,
    pub(super) failures: u32,
    pub(super) extent: HistoryExtent,
    found: Vec<Message>,
    /// So many messages had no key, by which a repeat would be known.
    keyless: usize,
    keys: HashSet<String>,
}

#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// The JWT is asked for when the rate allows it.
    New,
    /// The JWT is awaited until then.
    Asked(Duration),
    /// The next page is read then.
    Due(Duration, Secret),
    /// A page is being read, at the latest until then.
    Reading(Duration, Secret),
    /// All is read. What was found is told when every message on the socket has its answer: it may be among what was found, and
    /// its echo says which it is.
    Read,
}

impl Walk {
    pub(super) fn new(number: u32, epoch: u32, holds_until: Duration) -> Self {
        Self {
            number,
            holds_until,
            epoch,
            stage: Stage::New,
            page: 1,
            failures: 0,
            extent: HistoryExtent::Failed,
            keyless: 0,
            found: Vec::new(),
            keys: HashSet::new(),
        }
    }

    /// Takes a page; `false` when it was the last.
    pub(super) fn take(&mut self, page: HistoryPage, seen: &Seen) -> bool {
        let is_empty = page.messages.is_empty();
        let mut news = false;
        for message in page.messages {
            // Without a key nobody can tell it from the next.
            let Some(key) = message.key.clone() else {
                self.keyless += 1;
                continue;
            };
            news |= !seen.before(&key, self.epoch);
            if self.keys.insert(key) {
                self.found.push(message);
            }
        }
        let covered = page.total.is_some_and(|total| u64::from(self.page) * u64::from(PAGE) >= total);
        self.page += 1;
        let read = (self.keys.len() + self.keyless) as u64;
        let is_whole = page.total.map_or(is_empty, |total| read >= total);
        self.extent = if is_whole { HistoryExtent::Whole } else { HistoryExtent::Part };
        !covered && !is_empty && news && self.page <= MOST_PAGES
    }

    /// What was found, oldest first.
    pub(super) fn found(mut self) -> Vec<Message> {
        self.found.reverse();
        self.found.sort_by_key(|message| message.at);
        self.found
    }
}
