//! What the outbox keeps in memory: every lane, rebuilt from the disk at open.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::{ConversationId, GuestId, MessageId};
use serde::{Deserialize, Serialize};

use crate::{
    entry::{Place, Record},
    lane::Lane,
    state::State,
};

/// How many entries stand where. Discarded ones are in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// On their way: queued, being sent or waiting.
    pub waiting: u64,
    /// Perhaps sent, to be asked.
    pub uncertain: u64,
    /// Refused by the org.
    pub dead: u64,
    /// Delivered and still kept as history.
    pub delivered: u64,
}

impl Counts {
    fn of(&mut self, state: &State) -> Option<&mut u64> {
        match state {
            State::Queued | State::Sending | State::Waiting { .. } => Some(&mut self.waiting),
            State::Uncertain { .. } => Some(&mut self.uncertain),
            State::Dead { .. } => Some(&mut self.dead),
            State::Delivered { .. } => Some(&mut self.delivered),
            State::Discarded { .. } => None,
        }
    }
}

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) lanes: HashMap<ConversationId, Lane>,
    /// The lanes with something on its way, so that a long history costs nothing.
    pub(crate) open: BTreeSet<ConversationId>,
    /// Where each message is, delivered ones too.
    pub(crate) places: HashMap<MessageId, Place>,
    pub(crate) counts: Counts,
    /// Entries of each guest that are neither delivered nor discarded.
    undelivered: HashMap<GuestId, u64>,
    pub(crate) paused: Option<String>,
}

impl Memory {
    /// Puts an entry in its place, new or changed, and keeps all counts true.
    pub(crate) fn install(&mut self, place: &Place, record: Record) {
        let (conversation, seq) = place;
        let lane = self.lanes.entry(conversation.clone()).or_default();
        let before = lane.get(*seq).map(|r| r.progress.state.clone());
        let (id, guest, after) = (record.id, record.guest_id, record.progress.state.clone());
        lane.install(*seq, record);
        if lane.head().is_some() {
            self.open.insert(conversation.clone());
        } else {
            self.open.remove(conversation);
        }
        if before.is_none() {
            self.places.insert(id, place.clone());
        }
        if let Some(count) = before.as_ref().and_then(|s| self.counts.of(s)) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.counts.of(&after) {
            *count += 1;
        }
        match (before.as_ref().is_some_and(owed), owed(&after)) {
            (false, true) => *self.undelivered.entry(guest).or_default() += 1,
            (true, false) => {
                if let Some(count) = self.undelivered.get_mut(&guest) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.undelivered.remove(&guest);
                    }
                }
            }
            _ => {}
        }
    }

    pub(crate) fn lane(&self, conversation: &ConversationId) -> Option<&Lane> {
        self.lanes.get(conversation)
    }

    /// The lanes whose head may go now, the one that waits longest first.
    pub(crate) fn due(&self, now: DateTime<Utc>, max_wait: Duration) -> Vec<ConversationId> {
        let mut due: Vec<_> = self
            .open
            .iter()
            .filter_map(|c| {
                let lane = self.lane(c)?;
                (lane.due_in(now, max_wait)? == Duration::ZERO).then_some((lane.head()?.1.written_at, c))
            })
            .collect();
        due.sort();
        due.into_iter().map(|(_, c)| c.clone()).collect()
    }

    /// How long until the first head may go.
    pub(crate) fn next_due(&self, now: DateTime<Utc>, max_wait: Duration) -> Option<Duration> {
        self.open.iter().filter_map(|c| self.lane(c)?.due_in(now, max_wait)).min()
    }

    pub(crate) fn owes(&self, guest: &GuestId) -> bool {
        self.undelivered.contains_key(guest)
    }
}

/// Whether somebody still expects it to arrive, or has to decide: dead entries too.
fn owed(state: &State) -> bool {
    !matches!(state, State::Delivered { .. } | State::Discarded { .. })
}
