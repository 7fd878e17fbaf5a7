//! What is read of the outbox: a page for the screen, a stream for scripts and files. Nothing here reads everything.

use std::ops::ControlFlow;

use model::{ConversationId, trimmed};
use outbox::{Entry, EntryFilter, Kind, LaneFilter, LaneKind, LaneSummary};

use crate::{
    App, Failure, Result,
    failure::parse,
    outbox::entries::named_guest,
    views::{EntryGroup, EntryPage, EntryQuery, EntryView, LanePage, LaneQuery, LaneState, LaneView, count},
};

/// The longest page.
const MOST: u32 = 500;
/// So many lanes are looked at under one hold of the outbox's lock.
const SCAN: usize = 8_192;
/// So many entries are read ahead of whom they are told.
const AHEAD: usize = 64;

impl EntryGroup {
    pub(super) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Waiting => &[Kind::Queued, Kind::Sending, Kind::Waiting],
            Self::Uncertain => &[Kind::Uncertain],
            Self::Dead => &[Kind::Dead],
        }
    }

    fn is_in(self, lane: &LaneSummary) -> bool {
        let held = match self {
            Self::Waiting => lane.waiting,
            Self::Uncertain => lane.uncertain,
            Self::Dead => lane.dead,
        };
        held > 0
    }
}

impl EntryQuery {
    pub(super) fn filter(&self) -> Result<EntryFilter> {
        Ok(EntryFilter {
            states: self.group.map(|g| g.kinds().to_vec()).unwrap_or_default(),
            conversation: conversation(self.conversation_id.as_deref())?,
        })
    }
}

fn conversation(id: Option<&str>) -> Result<Option<ConversationId>> {
    id.map(|id| parse("conversationId", id)).transpose()
}

impl LaneQuery {
    fn takes(&self, lane: &LaneSummary, words: &str) -> bool {
        self.group.is_none_or(|g| g.is_in(lane))
            && (words.is_empty()
                || lane.conversation_id.as_str().to_ascii_lowercase().contains(words)
                || lane.guest_id.to_string().contains(words))
    }
}

impl LaneView {
    fn of(lane: LaneSummary) -> Self {
        let state = match lane.kind {
            LaneKind::Flowing => LaneState::Flowing,
            LaneKind::Sending => LaneState::Sending,
            LaneKind::Waiting => LaneState::Waiting,
            LaneKind::Uncertain => LaneState::Uncertain,
            LaneKind::Paused => LaneState::Paused,
            LaneKind::Dead => LaneState::Dead,
        };
        Self {
            guest_id: named_guest(lane.guest_id, &lane.conversation_id),
            conversation_id: lane.conversation_id.to_string(),
            state,
            until: lane.until,
            why: lane.why,
            waiting: count(lane.waiting),
            uncertain: count(lane.uncertain),
            dead: count(lane.dead),
            head: lane.head.to_string(),
            head_attempts: lane.head_attempts,
            oldest: lane.oldest,
        }
    }
}

/// Entries as they are read: see [`App::outbox_entries`].
pub struct EntryStream {
    entries: tokio::sync::mpsc::Receiver<EntryView>,
    reading: tokio::task::JoinHandle<Result<u64>>,
}

impl EntryStream {
    /// The next one; `None` at the end, which [`EntryStream::end`] explains.
    pub async fn next(&mut self) -> Option<EntryView> {
        self.entries.recv().await
    }

    /// How many more could not be read because they are damaged on this disk.
    pub async fn end(self) -> Result<u64> {
        drop(self.entries);
        self.reading
            .await
            .unwrap_or_else(|join| Err(Failure::internal(format!("reading ended early: {join}"))))
    }
}

impl App {
    /// A page of the conversations with something left to deliver or to decide. At most 500 at once.
    ///
    /// # Errors
    /// A conversation that is none. The disk is not read.
    pub async fn outbox_lanes(&self, query: LaneQuery, offset: u32, limit: u32) -> Result<LanePage> {
        let limit = limit.min(MOST) as usize;
        let conversation = conversation(query.conversation_id.as_deref())?;
        self.on_disk(move |app| {
            let outbox = &app.0.outbox;
            let all = LaneFilter { conversation, ..LaneFilter::default() };
            let words = trimmed(&query.search).to_ascii_lowercase();
            if query.group.is_none() && words.is_empty() {
                let page = outbox.lanes(&all, offset.into(), limit);
                let lanes = page.lanes.into_iter().map(LaneView::of).collect();
                return Ok(LanePage { lanes, total: count(page.total), paused: page.paused });
            }
            let mut found = LanePage { paused: outbox.paused(), ..LanePage::default() };
            let mut at = 0;
            loop {
                let page = outbox.lanes(&all, at, SCAN);
                let read = page.lanes.len();
                for lane in page.lanes.into_iter().filter(|lane| query.takes(lane, &words)) {
                    if found.total >= offset && found.lanes.len() < limit {
                        found.lanes.push(LaneView::of(lane));
                    }
                    found.total += 1;
                }
                at += read as u64;
                if read < SCAN {
                    return Ok(found);
                }
            }
        })
        .await
    }

    /// A page of the entries that are neither delivered nor discarded. At most 500 at once.
    pub async fn outbox_page(&self, query: EntryQuery, offset: u32, limit: u32) -> Result<EntryPage> {
        let (filter, limit) = (query.filter()?, limit.min(MOST) as usize);
        self.on_disk(move |app| {
            let page = app.0.outbox.page(&filter, offset.into(), limit)?;
            Ok(EntryPage {
                entries: page
                    .entries
                    .into_iter()
                    .map(|entry| app.entry_view(entry))
                    .collect::<Result<_>>()?,
                total: count(page.total),
                damaged: page.damaged.iter().map(ToString::to_string).collect(),
            })
        })
        .await
    }

    /// Every entry that was asked for, by conversation and order, one after the other. Needs no more memory for a long
    /// outbox than for a short one.
    pub fn outbox_entries(&self, query: EntryQuery) -> EntryStream {
        let (tell, entries) = tokio::sync::mpsc::channel(AHEAD);
        let app = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            app.walk(&query, |entry| {
                let listens = tell.blocking_send(entry).is_ok();
                Ok(if listens { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })
        });
        EntryStream { entries, reading }
    }

    /// Hands out every entry that was asked for until `each` breaks off. Answers how many more could not be read because
    /// they are damaged on this disk. Blocking.
    pub(super) fn walk(
        &self,
        query: &EntryQuery,
        mut each: impl FnMut(EntryView) -> Result<ControlFlow<()>>,
    ) -> Result<u64> {
        let conversation = conversation(query.conversation_id.as_deref())?;
        let kinds = query.group.map(EntryGroup::kinds);
        let wanted = |entry: &Entry| {
            kinds.is_none_or(|kinds| kinds.contains(&entry.state.kind()))
                && conversation.as_ref().is_none_or(|c| entry.conversation_id == *c)
        };
        let mut damaged = 0;
        for item in self.0.outbox.export() {
            match item {
                Ok(entry) if !wanted(&entry) => {}
                Ok(entry) => {
                    if each(self.entry_view(entry)?)?.is_break() {
                        break;
                    }
                }
                Err(error) if is_damage(&error) => damaged += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(damaged)
    }
}

/// One entry that cannot be read must not hide the others.
fn is_damage(error: &outbox::Error) -> bool {
    use store::Error as S;
    matches!(error, outbox::Error::Read(S::Damaged { .. } | S::Form { .. }))
}
