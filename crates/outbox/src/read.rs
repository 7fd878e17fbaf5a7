//! What screens and exports read. A page costs its own length, not that of the outbox: memory says which entries
//! are on it, and only their texts are read.

use chrono::{DateTime, Utc};
use model::{ConversationId, GuestId, MessageId, MessageText};
use serde::{Deserialize, Serialize};
use store::Batch;

use crate::{
    Entry, Error, Kind, Outbox, State,
    drain::readable,
    entry::{Place, Record},
    lane::Due,
    memory::{Memory, MemoryPlace, TrackedLane, owed, owes},
    scheduler::Readiness,
    state::span,
};

/// Which entries. The default is all that are neither delivered nor discarded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryFilter {
    /// In one of these states; none named means all but discarded. Delivered ones are in [`Outbox::history`].
    pub states: Vec<Kind>,
    /// Of this conversation.
    pub conversation: Option<ConversationId>,
    /// Written by this guest.
    pub guest: Option<GuestId>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LaneFilter {
    /// In one of these states; none named means any.
    pub states: Vec<LaneKind>,
    /// This conversation.
    pub conversation: Option<ConversationId>,
    /// Those whose guest this is.
    pub guest: Option<GuestId>,
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
    pub state: LaneState,
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
    /// Whether that one is uncertain until a person decides, and the conversation waits for it.
    pub needs_person: bool,
    /// When the oldest entry was written, UTC.
    pub oldest: DateTime<Utc>,
}

/// Where a lane stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneState {
    /// Its turn comes.
    Flowing,
    /// An attempt is under way.
    Sending,
    /// Surely not sent, to be tried again.
    Waiting {
        /// When, UTC.
        until: DateTime<Utc>,
        /// What the last attempt came to.
        why: String,
    },
    /// Perhaps sent, to be asked.
    Uncertain {
        /// When, UTC.
        until: DateTime<Utc>,
        /// What the last attempt came to.
        why: String,
    },
    /// The whole outbox pauses; [`LanePage::paused`] says why.
    Paused,
    /// Nothing is on its way any more; dead entries wait for a person.
    Dead {
        /// Why the last of them died.
        why: String,
    },
}

/// [`LaneState`] without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LaneKind {
    /// Its turn comes.
    Flowing,
    /// An attempt is under way.
    Sending,
    /// Surely not sent, to be tried again.
    Waiting,
    /// Perhaps sent, to be asked.
    Uncertain,
    /// The whole outbox pauses.
    Paused,
    /// Only dead entries are left.
    Dead,
}

impl LaneState {
    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> LaneKind {
        match self {
            Self::Flowing => LaneKind::Flowing,
            Self::Sending => LaneKind::Sending,
            Self::Waiting { .. } => LaneKind::Waiting,
            Self::Uncertain { .. } => LaneKind::Uncertain,
            Self::Paused => LaneKind::Paused,
            Self::Dead { .. } => LaneKind::Dead,
        }
    }
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
            if !owes(&tracked.lane) || filter.guest.is_some_and(|g| !wrote(tracked, g)) {
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
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn page(&self, filter: &EntryFilter, offset: u64, limit: usize) -> Result<EntryPage, Error> {
        let (found, total) = select(&self.0.memory(), filter, offset, limit);
        self.read_page(found, total)
    }

    /// A page of what is delivered or discarded and still kept, the newest first. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn history(&self, offset: u64, limit: usize) -> Result<EntryPage, Error> {
        let memory = self.0.memory();
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let past = memory.history.newest().skip(skip).take(limit);
        let places: Vec<Place> =
            past.filter_map(|(_, no, seq)| memory.place_of(MemoryPlace { no: *no, seq: *seq })).collect();
        let total = memory.history.len() as u64;
        drop(memory);
        let read = |source| Error::Read { source };
        let mut found = Vec::new();
        for place in places {
            // One that was trimmed meanwhile is left out.
            found.extend(self.0.records.get(&place).map_err(read)?.map(|r| (place, r)));
        }
        self.read_page(found, total)
    }

    fn read_page(&self, found: Vec<(Place, Record)>, total: u64) -> Result<EntryPage, Error> {
        let read = |source| Error::Read { source };
        let mut page = EntryPage { total, ..EntryPage::default() };
        let mut waited = false;
        for (place, record) in found {
            let mut text = readable(self.0.texts.get(&place)).map_err(read)?;
            if text.is_none() && !waited {
                // It may have been accepted in this moment: wait until the disk has it.
                self.0.store.commit(Batch::new()).map_err(read)?;
                waited = true;
                text = readable(self.0.texts.get(&place)).map_err(read)?;
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

    /// Everything, delivered ones too, by conversation and place. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.0.records.iter().filter_map(|item| self.with_text(item).transpose()).collect()
    }

    /// Everything of one conversation in its order, delivered ones too. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn conversation(&self, id: &ConversationId) -> Result<Vec<Entry>, Error> {
        let all = self.0.records.range((id.clone(), 0)..=(id.clone(), u64::MAX));
        all.filter_map(|item| self.with_text(item).transpose()).collect()
    }

    /// One entry. Blocking.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn entry(&self, id: MessageId) -> Result<Option<Entry>, Error> {
        let place = self.0.memory().place(id);
        place.map_or(Ok(None), |place| self.0.entry(id, place).map_err(|source| Error::Read { source }))
    }

    /// `None` when it was trimmed in this moment.
    fn with_text(&self, item: Result<(Place, Record), store::Error>) -> Result<Option<Entry>, Error> {
        let read = |source| Error::Read { source };
        let (place, record) = item.map_err(read)?;
        match self.0.texts.get(&place).map_err(read)? {
            Some(text) => Ok(Some(record.entry(place, text))),
            None if self.0.records.get(&place).map_err(read)?.is_none() => Ok(None),
            None => Err(read(store::Error::Damaged { table: "text" })),
        }
    }
}

fn damaged() -> MessageText {
    MessageText::new("\u{fffd}".to_owned()).expect("one character is a text")
}

fn wrote(tracked: &TrackedLane, guest: GuestId) -> bool {
    tracked.guest_id == guest
        || (tracked.many_guests
            && tracked.lane.entries_from(0).any(|s| s.guest_id == guest && owed(s.state().kind())))
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
    let why = match head.state() {
        State::Waiting { why, .. } | State::Uncertain { why, .. } => why.clone(),
        _ => String::new(),
    };
    let until = span(head.state(), memory.rules.max_wait).map_or(now, |s| s.until);
    let state = match kind(tracked, memory, now) {
        LaneKind::Flowing => LaneState::Flowing,
        LaneKind::Sending => LaneState::Sending,
        LaneKind::Paused => LaneState::Paused,
        LaneKind::Waiting => LaneState::Waiting { until, why },
        LaneKind::Uncertain => LaneState::Uncertain { until, why },
        LaneKind::Dead => match tracked.lane.last_dead() {
            Some(State::Dead { why }) => LaneState::Dead { why: why.clone() },
            _ => LaneState::Dead { why: String::new() },
        },
    };
    let count = |wanted: &[Kind]| tracked.lane.count_of(|k| wanted.contains(&k));
    Some(LaneSummary {
        conversation_id: (*tracked.name).clone(),
        guest_id: tracked.guest_id,
        state,
        waiting: count(&[Kind::Queued, Kind::Sending, Kind::Waiting]),
        uncertain: count(&[Kind::Uncertain]),
        dead: count(&[Kind::Dead]),
        head: head.id(),
        head_attempts: head.attempts(),
        needs_person: head.needs_person(),
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
    let of_all = filter.conversation.is_none() && filter.guest.is_none();
    for tracked in memory.lanes(filter.conversation.as_ref()) {
        if of_all && found.len() == limit {
            let kinds =
                [Kind::Queued, Kind::Sending, Kind::Waiting, Kind::Uncertain, Kind::Dead, Kind::Discarded];
            return (found, kinds.into_iter().filter(|k| wanted(*k)).map(|k| memory.count(k)).sum());
        }
        let guest = filter.guest.filter(|g| tracked.many_guests || tracked.guest_id != *g);
        if guest.is_some() && !tracked.many_guests {
            continue;
        }
        let counted = guest.is_none().then(|| tracked.lane.count_of(wanted));
        match counted {
            Some(0) => continue,
            Some(n) if found.len() == limit || total + n <= offset => {
                total += n;
                continue;
            }
            _ => {}
        }
        // Where all of a lane is wanted, its place is its number.
        let all = counted == Some(tracked.lane.len() as u64);
        let skip = if all { offset.saturating_sub(total) } else { 0 };
        let mut at = total + skip;
        for entry in tracked.lane.entries_from(usize::try_from(skip).unwrap_or(usize::MAX)) {
            if counted.is_some() && found.len() == limit {
                break;
            }
            if !wanted(entry.state().kind()) || guest.is_some_and(|g| entry.guest_id != g) {
                continue;
            }
            if at >= offset && found.len() < limit {
                found.push((((*tracked.name).clone(), entry.seq), entry.record()));
            }
            at += 1;
        }
        total = counted.map_or(at, |n| total + n);
    }
    (found, total)
}
