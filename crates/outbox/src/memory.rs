//! What the outbox keeps in memory: every lane, rebuilt from the disk at open.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use model::{ConversationId, GuestId, MessageId};

use crate::{
    Kind, State,
    compact_entry::CompactEntry,
    entry::{Place, Record},
    history::History,
    lane::{Due, Lane, Rules},
    scheduler::{LaneNo, Readiness, Scheduler},
};

/// How many entries stand where. Discarded ones are in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

/// What happened since the outbox was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries delivered.
    pub delivered: u64,
    /// Entries that died.
    pub dead: u64,
    /// Entries trimmed from history.
    pub trimmed: u64,
}

/// Where a message is in memory, delivered ones too. Valid only while the lock is held: lane numbers are reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryPlace {
    pub(crate) no: LaneNo,
    pub(crate) seq: u64,
}

/// A lane with what the outbox keeps about it beside its entries.
pub(crate) struct TrackedLane {
    pub(crate) name: Arc<ConversationId>,
    pub(crate) lane: Lane,
    /// Of its first entry.
    pub(crate) guest_id: GuestId,
    /// How many delivered ones are kept.
    delivered: u32,
    pub(crate) readiness: Readiness,
    /// The state of its head, kept here so that a list of lanes does not look into the lane.
    pub(crate) head: Option<Kind>,
    /// The pass of the scheduler in which it may send next.
    pass: u64,
}

#[derive(Default)]
pub(crate) struct Memory {
    lanes: Vec<Option<TrackedLane>>,
    free: Vec<LaneNo>,
    names: BTreeMap<Arc<ConversationId>, LaneNo>,
    by_id: HashMap<MessageId, MemoryPlace>,
    scheduler: Scheduler,
    /// The lanes with an attempt under way.
    pub(crate) sending: BTreeSet<LaneNo>,
    pub(crate) history: History,
    pub(crate) rules: Rules,
    /// How many entries there are of each kind, delivered ones in history too.
    counts: [u64; Kind::COUNT],
    /// How many lanes hold entries that are neither delivered nor discarded.
    pub(crate) owing: u64,
    /// Such entries of each guest.
    undelivered: HashMap<GuestId, u64>,
    pub(crate) paused: Option<String>,
    /// Whether a new token already lifted a pause and nothing was delivered since.
    pub(crate) token_tried: bool,
    pub(crate) totals: Totals,
    /// When the first id of a trimmed message is forgotten, in milliseconds since 1970; `None` when there is none.
    pub(crate) first_expiry: Option<u64>,
    /// What was delivered and trimmed when the store last compacted.
    pub(crate) compacted_at: u64,
    /// Lanes that were emptied.
    emptied: Vec<LaneNo>,
    /// The refusals of the store that this knows of: see `store::Store::refusals`.
    pub(crate) refusals: u64,
}

impl Memory {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Takes over what the disk says; what stands only in memory stays.
    pub(crate) fn start_over(&mut self, disk: Self) {
        let before = std::mem::replace(self, disk);
        self.paused = before.paused;
        self.token_tried = before.token_tried;
        self.totals = before.totals;
        self.compacted_at = before.compacted_at;
    }

    /// Puts an entry in its place, new or changed, and keeps all counts true.
    pub(crate) fn install(&mut self, (conversation, seq): &Place, record: Record, now: DateTime<Utc>) {
        let no = self.number(conversation, record.guest_id);
        let seq = *seq;
        let (id, guest, bytes) = (record.id, record.guest_id, record.bytes);
        let (kind, over) = (record.progress.state.kind(), over_at(&record.progress.state));
        let Some(tracked) = self.lanes.get_mut(no as usize).and_then(Option::as_mut) else { return };
        let before = tracked.lane.entry(seq).map(|s| (s.state().kind(), over_at(s.state())));
        let owed_before = owes(&tracked.lane);
        tracked.lane.install(seq, record);
        tracked.delivered += u32::from(kind == Kind::Delivered);
        self.owing = self.owing + u64::from(owes(&tracked.lane)) - u64::from(owed_before);
        match tracked.lane.sending() {
            Some(_) => drop(self.sending.insert(no)),
            None => drop(self.sending.remove(&no)),
        }
        match before {
            Some((_, Some(at))) => drop(self.history.remove(&(at, no, seq))),
            Some(_) => {}
            None => drop(self.by_id.insert(id, MemoryPlace { no, seq })),
        }
        if let Some(at) = over {
            self.history.add((at, no, seq), id, bytes);
        }
        if let Some((before, _)) = before {
            self.uncount(before);
        }
        self.counts[kind as usize] += 1;
        self.count_guest(guest, before.is_some_and(|(kind, _)| owed(kind)), owed(kind));
        self.reindex(no, now);
    }

    fn count_guest(&mut self, guest: GuestId, before: bool, after: bool) {
        let count = self.undelivered.entry(guest).or_default();
        *count = (*count + u64::from(after)).saturating_sub(before.into());
        if *count == 0 {
            self.undelivered.remove(&guest);
        }
    }

    /// The lane's number; a new lane gets one.
    fn number(&mut self, conversation: &ConversationId, guest_id: GuestId) -> LaneNo {
        if let Some(no) = self.names.get(conversation) {
            return *no;
        }
        let name = Arc::new(conversation.clone());
        let tracked = TrackedLane {
            name: Arc::clone(&name),
            lane: Lane::default(),
            guest_id,
            delivered: 0,
            readiness: Readiness::Idle,
            head: None,
            pass: 0,
        };
        let no = match self.free.pop() {
            Some(no) => no,
            None => {
                self.lanes.push(None);
                LaneNo::try_from(self.lanes.len() - 1).expect("memory ends before 4 billion lanes")
            }
        };
        if let Some(room) = self.lanes.get_mut(no as usize) {
            *room = Some(tracked);
        }
        self.names.insert(name, no);
        no
    }

    pub(crate) fn tracked(&self, no: LaneNo) -> Option<&TrackedLane> {
        self.lanes.get(no as usize).and_then(Option::as_ref)
    }

    fn tracked_mut(&mut self, no: LaneNo) -> Option<&mut TrackedLane> {
        self.lanes.get_mut(no as usize).and_then(Option::as_mut)
    }

    pub(crate) fn lane(&self, conversation: &ConversationId) -> Option<&Lane> {
        self.names.get(conversation).and_then(|no| self.tracked(*no)).map(|h| &h.lane)
    }

    /// An entry that is not delivered.
    pub(crate) fn entry(&self, (conversation, seq): &Place) -> Option<&CompactEntry> {
        self.lane(conversation)?.entry(*seq)
    }

    /// Every lane or the one, by the id of the conversation.
    pub(crate) fn lanes<'a>(
        &'a self,
        only: Option<&'a ConversationId>,
    ) -> impl Iterator<Item = &'a TrackedLane> {
        let one = only.map(|c| self.names.get(c).into_iter());
        let all = only.is_none().then(|| self.names.values());
        one.into_iter().flatten().chain(all.into_iter().flatten()).filter_map(|no| self.tracked(*no))
    }

    /// Where a message is kept on the disk.
    pub(crate) fn place(&self, id: MessageId) -> Option<Place> {
        self.by_id.get(&id).and_then(|place| self.place_of(*place))
    }

    pub(crate) fn place_of(&self, place: MemoryPlace) -> Option<Place> {
        self.tracked(place.no).map(|h| (ConversationId::clone(&h.name), place.seq))
    }

    /// An attempt begins for this lane, whose head was just marked as being sent.
    pub(crate) fn attempt_begins(&mut self, no: LaneNo, readiness: Readiness, now: DateTime<Utc>) {
        let pass = self.scheduler.given(readiness);
        let rules = self.rules;
        if let Some(tracked) = self.tracked_mut(no) {
            tracked.pass = pass;
            tracked.lane.sent(now, &rules);
        }
    }

    /// The org refused the whole outbox and not this message: the lane is first again.
    pub(crate) fn put_first(&mut self, conversation: &ConversationId) {
        let no = self.names.get(conversation).copied();
        if let Some(tracked) = no.and_then(|no| self.tracked_mut(no)) {
            tracked.pass = 0;
        }
    }

    /// The lane that is first among those whose head may be sent now.
    pub(crate) fn next_ready(&mut self, now: DateTime<Utc>) -> Option<(LaneNo, Readiness)> {
        while let Some(no) = self.scheduler.over(now) {
            self.reindex(no, now);
        }
        while let Some(no) = self.scheduler.first() {
            let tracked = self.tracked(no)?;
            if tracked.lane.due(now, &self.rules) == Some(Due::Now) {
                return Some((no, tracked.readiness));
            }
            // The clock was set back since its wait was over.
            self.reindex(no, now);
        }
        None
    }

    /// How long until the first head may go.
    pub(crate) fn next_due(&mut self, now: DateTime<Utc>) -> Option<Duration> {
        if self.next_ready(now).is_some() {
            return Some(Duration::ZERO);
        }
        self.scheduler.next_end().map(|end| (end - now).to_std().unwrap_or_default())
    }

    fn reindex(&mut self, no: LaneNo, now: DateTime<Utc>) {
        let Some(tracked) = self.lanes.get_mut(no as usize).and_then(Option::as_mut) else { return };
        tracked.head = tracked.lane.head().map(|(_, head)| head.state().kind());
        let readiness = match tracked.lane.due(now, &self.rules) {
            None => Readiness::Idle,
            Some(Due::Now) => Readiness::Ready {
                pass: tracked.pass.max(self.scheduler.pass()),
                written_at: tracked.lane.head().map_or(now, |(_, head)| head.written_at),
            },
            Some(Due::Later(span)) => Readiness::Later(span),
        };
        if readiness != tracked.readiness {
            self.scheduler.remove(no, tracked.readiness);
            self.scheduler.put(no, readiness);
            tracked.readiness = readiness;
        }
    }

    /// Other rules: every wait is measured anew.
    pub(crate) fn set_rules(&mut self, rules: Rules, now: DateTime<Utc>) {
        self.rules = rules;
        for (_, no) in self.scheduler.waiting_from(None, usize::MAX) {
            self.reindex(no, now);
        }
    }

    /// The lanes that wait, a part at a time; the last one's key asks for the next part.
    pub(crate) fn waiting_from(
        &self,
        after: Option<(DateTime<Utc>, LaneNo)>,
        most: usize,
    ) -> Vec<(DateTime<Utc>, LaneNo)> {
        self.scheduler.waiting_from(after, most)
    }

    /// Takes a message that is over out of history. Its id stays known until [`Memory::forget`].
    pub(crate) fn trim(&mut self, past: &crate::history::HistoryKey) -> bool {
        let (_, no, seq) = *past;
        let Some(tracked) = self.lanes.get_mut(no as usize).and_then(Option::as_mut) else { return false };
        if !self.history.remove(past) {
            return false;
        }
        let kind = match tracked.lane.entry(seq) {
            Some(_) => {
                tracked.lane.forget(seq);
                Kind::Discarded
            }
            None => {
                tracked.delivered = tracked.delivered.saturating_sub(1);
                Kind::Delivered
            }
        };
        self.uncount(kind);
        true
    }

    /// Forgets the ids of messages that were trimmed, and their lanes when nothing is left of them.
    pub(crate) fn forget(&mut self, ids: &[MessageId], now: DateTime<Utc>) {
        let by_id = ids.iter().filter_map(|id| self.by_id.remove(id));
        self.emptied.extend(by_id.map(|s| s.no));
        for no in std::mem::take(&mut self.emptied) {
            let Some(tracked) = self.tracked(no).filter(|h| h.delivered == 0 && h.lane.len() == 0) else {
                continue;
            };
            // With a limit per conversation the lane also remembers when it was sent to.
            if tracked.lane.paced(now, &self.rules) {
                self.emptied.push(no);
                continue;
            }
            let (name, readiness) = (Arc::clone(&tracked.name), tracked.readiness);
            self.scheduler.remove(no, readiness);
            self.names.remove(&*name);
            if let Some(room) = self.lanes.get_mut(no as usize) {
                *room = None;
            }
            self.free.push(no);
        }
    }

    fn uncount(&mut self, kind: Kind) {
        let count = &mut self.counts[kind as usize];
        *count = count.saturating_sub(1);
    }

    /// How many entries there are of one kind.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    pub(crate) fn counts(&self) -> Counts {
        let count = |kind| self.count(kind);
        Counts {
            waiting: count(Kind::Queued) + count(Kind::Sending) + count(Kind::Waiting),
            uncertain: count(Kind::Uncertain),
            dead: count(Kind::Dead),
            delivered: count(Kind::Delivered),
        }
    }

    pub(crate) fn owes(&self, guest: &GuestId) -> bool {
        self.undelivered.contains_key(guest)
    }
}

/// Whether somebody still expects it to arrive, or has to decide: dead entries too.
pub(crate) fn owed(kind: Kind) -> bool {
    !matches!(kind, Kind::Delivered | Kind::Discarded)
}

pub(crate) fn owes(lane: &Lane) -> bool {
    lane.count_of(owed) > 0
}

/// When it was over, for those that are.
fn over_at(state: &State) -> Option<DateTime<Utc>> {
    match state {
        State::Delivered { at, .. } | State::Discarded { at, .. } => Some(*at),
        _ => None,
    }
}
