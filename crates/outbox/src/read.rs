//! What screens and exports read. A page costs its own length, not that of the outbox: memory says which entries
//! are on it, and only their texts are read.

use chrono::{DateTime, Utc};
use model::{ConversationId, GuestId, MessageId, MessageText};
use store::Batch;

use crate::{
    Entry, Error, Kind, Outbox, State,
    drain::readable,
    entry::{Place, Record},
    lane::Due,
    memory::{Memory, TrackedLane, owed, owes},
    scheduler::Readiness,
    state::span,
};

/// Which entries. The default is all that are neither delivered nor discarded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// In one of these states; none named means all but discarded. Delivered ones are in none: see
    /// [`Outbox::conversation`].
    pub states: Vec<Kind>,
    /// Of this conversation.
    pub conversation: Option<ConversationId>,
}

/// A part of the entries that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryPage {
    /// By conversation and place.
    pub entries: Vec<Entry>,
    /// How many there are in all.
    pub total: u64,
    /// Those of the page whose text is damaged on this disk; it is shown as U+FFFD.
    pub damaged: Vec<MessageId>,
}

/// Which lanes. The default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneFilter {
    /// In one of these states; none named means any.
    pub states: Vec<LaneKind>,
    /// This conversation.
    pub conversation: Option<ConversationId>,
}

/// A part of the lanes that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LanePage {
    /// By conversation.
    pub lanes: Vec<LaneSummary>,
    /// How many there are in all.
    pub total: u64,
    /// Why the whole outbox pauses.
    pub paused: Option<String>,
}

/// A conversation with entries that are neither delivered nor discarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneSummary {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who wrote its first entry.
    pub guest_id: GuestId,
    /// Where it stands.
    pub kind: LaneKind,
    /// When it is tried again or asked for, where it waits or is uncertain. UTC.
    pub until: Option<DateTime<Utc>>,
    /// What the last attempt came to, where it waits, is uncertain or dead.
    pub why: Option<String>,
    /// How many are on their way.
    pub waiting: u64,
    /// How many are perhaps sent.
    pub uncertain: u64,
    /// How many were refused.
    pub dead: u64,
    /// The message that goes next, or the first dead one.
    pub head: MessageId,
    /// How often that one was sent or asked for.
    pub head_attempts: u32,
    /// When the oldest entry was written, UTC.
    pub oldest: DateTime<Utc>,
}

/// Where a lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneKind {
    /// Its turn comes.
    Flowing,
    /// An attempt is under way.
    Sending,
    /// Surely not sent, to be tried again.
    Waiting,
    /// Perhaps sent, to be asked.
    Uncertain,
    /// The whole outbox pauses; [`LanePage::paused`] says why.
    Paused,
    /// Nothing is on its way any more; dead entries wait for a person.
    Dead,
}

impl Outbox {
    /// The conversations with something left to deliver or to decide. Reads no disk.
    #[must_use]
    pub fn lanes(&self, filter: &LaneFilter, offset: u64, limit: usize) -> LanePage {
        let now = self.0.now();
        let memory = self.0.memory();
        let mut page = LanePage { paused: memory.paused.clone(), ..LanePage::default() };
        let any = *filter == LaneFilter::default();
        for tracked in memory.lanes(filter.conversation.as_ref()) {
            if any && page.lanes.len() == limit {
                page.total = memory.owing;
                break;
            }
            if !owes(&tracked.lane) {
                continue;
            }
            let wanted = || filter.states.is_empty() || filter.states.contains(&kind(tracked, &memory, now));
            if !any && !wanted() {
                continue;
            }
            if page.total >= offset
                && page.lanes.len() < limit
                && let Some(summary) = summary(tracked, &memory, now)
            {
                page.lanes.push(summary);
            }
            page.total += 1;
        }
        page
    }

    /// A page of the entries that are not delivered. Blocking.
    pub fn page(&self, filter: &EntryFilter, offset: u64, limit: usize) -> Result<EntryPage, Error> {
        let (found, total) = select(&self.0.memory(), filter, offset, limit);
        self.read_page(found, total)
    }

    fn read_page(&self, found: Vec<(Place, Record)>, total: u64) -> Result<EntryPage, Error> {
        let mut page = EntryPage { total, ..EntryPage::default() };
        let mut waited = false;
        for (place, record) in found {
            let mut text = readable(self.0.texts.get(&place)).map_err(Error::Read)?;
            if text.is_none() && !waited {
                // It may have been accepted in this moment: wait until the disk has it.
                self.0.store.commit(Batch::new()).map_err(Error::Read)?;
                waited = true;
                text = readable(self.0.texts.get(&place)).map_err(Error::Read)?;
            }
            if text.is_none() {
                page.damaged.push(record.id);
            }
            page.entries.push(record.entry(place, text.unwrap_or_else(damaged)));
        }
        Ok(page)
    }

    /// Everything that is neither delivered nor discarded, by conversation and place, one after the other: needs no
    /// more memory for a long outbox than for a short one. What changes meanwhile may be in it or not. Blocking.
    pub fn export(&self) -> impl Iterator<Item = Result<Entry, Error>> + use<> {
        let outbox = self.clone();
        let undelivered = |item: &Result<(Place, Record), store::Error>| match item {
            Ok((_, record)) => owed(record.progress.state.kind()),
            Err(_) => true,
        };
        self.0.records.iter().filter(undelivered).filter_map(move |item| outbox.with_text(item).transpose())
    }

    /// Everything of one conversation in its order, delivered ones too. Blocking.
    pub fn conversation(&self, id: &ConversationId) -> Result<Vec<Entry>, Error> {
        let all = self.0.records.range((id.clone(), 0)..=(id.clone(), u64::MAX));
        all.filter_map(|item| self.with_text(item).transpose()).collect()
    }

    /// One entry. Blocking.
    pub fn entry(&self, id: MessageId) -> Result<Option<Entry>, Error> {
        let place = self.0.memory().place(id);
        place.map_or(Ok(None), |place| self.0.entry(id, place).map_err(Error::Read))
    }

    /// `None` when it was trimmed in this moment.
    fn with_text(&self, item: Result<(Place, Record), store::Error>) -> Result<Option<Entry>, Error> {
        let (place, record) = item.map_err(Error::Read)?;
        match self.0.texts.get(&place).map_err(Error::Read)? {
            Some(text) => Ok(Some(record.entry(place, text))),
            None if self.0.records.get(&place).map_err(Error::Read)?.is_none() => Ok(None),
            None => Err(Error::Read(store::Error::Damaged("text"))),
        }
    }
}

fn damaged() -> MessageText {
    MessageText::new("\u{fffd}".to_owned()).expect("one character is a text")
}

fn kind(tracked: &TrackedLane, memory: &Memory, now: DateTime<Utc>) -> LaneKind {
    let waits = || match tracked.readiness {
        Readiness::Later(span) => span.holds(now),
        // The clock may have been set back since its wait was over.
        Readiness::Ready { .. } => tracked.lane.due(now, &memory.rules) != Some(Due::Now),
        Readiness::Idle => false,
    };
    match tracked.head {
        None => LaneKind::Dead,
        Some(_) if tracked.lane.sending().is_some() => LaneKind::Sending,
        Some(_) if memory.paused.is_some() => LaneKind::Paused,
        Some(Kind::Uncertain) => LaneKind::Uncertain,
        Some(Kind::Waiting) if waits() => LaneKind::Waiting,
        Some(_) => LaneKind::Flowing,
    }
}

fn summary(tracked: &TrackedLane, memory: &Memory, now: DateTime<Utc>) -> Option<LaneSummary> {
    let dead = || tracked.lane.entries_from(0).filter(|s| s.state().kind() == Kind::Dead);
    let head = tracked.lane.head().map(|(_, entry)| entry).or_else(|| dead().next())?;
    let kind = kind(tracked, memory, now);
    let (waits, dead) = (matches!(kind, LaneKind::Waiting | LaneKind::Uncertain), kind == LaneKind::Dead);
    let told_by = if dead { tracked.lane.last_dead() } else { Some(head.state()).filter(|_| waits) };
    let why = told_by.map(|state| match state {
        State::Waiting { why, .. } | State::Uncertain { why, .. } | State::Dead { why } => why.clone(),
        _ => String::new(),
    });
    let until = waits.then(|| span(head.state(), memory.rules.max_wait).map_or(now, |s| s.until));
    let count = |wanted: &[Kind]| tracked.lane.count_of(|k| wanted.contains(&k));
    Some(LaneSummary {
        conversation_id: (*tracked.name).clone(),
        guest_id: tracked.guest_id,
        kind,
        until,
        why,
        waiting: count(&[Kind::Queued, Kind::Sending, Kind::Waiting]),
        uncertain: count(&[Kind::Uncertain]),
        dead: count(&[Kind::Dead]),
        head: head.id,
        head_attempts: head.progress().attempts,
        oldest: tracked.lane.entries_from(0).find(|s| owed(s.state().kind())).map_or(now, |s| s.written_at),
    })
}

/// The entries of one page and how many there are in all. Lanes without any are passed over by their counts.
fn select(memory: &Memory, filter: &EntryFilter, offset: u64, limit: usize) -> (Vec<(Place, Record)>, u64) {
    let wanted = |kind: Kind| match filter.states.as_slice() {
        [] => owed(kind),
        states => states.contains(&kind),
    };
    let (mut found, mut total) = (Vec::new(), 0u64);
    for tracked in memory.lanes(filter.conversation.as_ref()) {
        if filter.conversation.is_none() && found.len() == limit {
            let kinds = Kind::UNDELIVERED.into_iter().filter(|k| wanted(*k));
            return (found, kinds.map(|k| memory.count(k)).sum());
        }
        let counted = tracked.lane.count_of(wanted);
        if found.len() < limit && counted > 0 && total + counted > offset {
            // Where all of a lane is wanted, its place is its number.
            let skip = usize::try_from(offset.saturating_sub(total)).unwrap_or(usize::MAX);
            let all = counted == tracked.lane.len() as u64;
            let (from, more) = if all { (skip, 0) } else { (0, skip) };
            let entries = tracked.lane.entries_from(from).filter(|e| wanted(e.state().kind()));
            let room = limit - found.len();
            found.extend(
                entries.skip(more).take(room).map(|e| (((*tracked.name).clone(), e.seq), e.record())),
            );
        }
        total += counted;
    }
    (found, total)
}
