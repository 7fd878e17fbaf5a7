//! What a person reads of the outbox and does to it.

use std::sync::atomic::AtomicBool;

use model::{ConversationId, GuestId, MessageId, MessageText};
use outbox::{Entry, Order, State};
use parking_lot::Mutex;

use crate::{
    App, Result,
    outbox::courier::OrgCourier,
    views::{EntryState, EntryView, InTime, OrgIdsView},
};

impl EntryView {
    pub(crate) fn of(entry: Entry) -> Self {
        let (state, until, why) = match entry.state {
            State::Queued => (EntryState::Queued, None, None),
            State::Sending => (EntryState::Sending, None, None),
            State::Delivered { .. } => (EntryState::Delivered, None, None),
            State::Waiting { until, why, .. } => (EntryState::Waiting, Some(until), Some(why)),
            State::Uncertain { until, why, .. } => (EntryState::Uncertain, Some(until), Some(why)),
            State::Dead { why, .. } => (EntryState::Dead, None, Some(why)),
            State::Discarded { .. } => (EntryState::Discarded, None, None),
        };
        Self {
            id: entry.id.to_string(),
            guest_id: named_guest(entry.guest_id, &entry.conversation_id),
            conversation_id: entry.conversation_id.to_string(),
            seq: u32::try_from(entry.seq.saturating_add(1)).unwrap_or(u32::MAX),
            text: entry.text.as_str().to_owned(),
            written_at: entry.written_at,
            state,
            until,
            why,
            attempts: entry.attempts,
            delivered_at: entry.delivered_at,
            needs_person: entry.needs_person,
            sent_again: entry.sent_again,
            org: OrgIdsView::of(entry.org),
        }
    }
}

/// The guest of a conversation. One by the guest socket stands under its chat's own id, which is no guest's: `None`.
pub(super) fn named_guest(guest: GuestId, conversation: &ConversationId) -> Option<String> {
    Some(guest.to_string()).filter(|guest| guest != conversation.as_str())
}

impl App {
    /// An entry as it is shown, with what the org calls its chat where that is known.
    pub(crate) fn entry_view(&self, entry: Entry) -> Result<EntryView> {
        let side = match &self.0.org.records {
            Some(_) => self.0.chats.org_side(&entry.conversation_id)?,
            None => None,
        };
        let mut view = EntryView::of(entry);
        if let Some(side) = side {
            let ids = view.org.take().unwrap_or_default();
            view.org = Some(OrgIdsView {
                conversation_id: ids.conversation_id.or(Some(side.conversation_id.to_string())),
                contact_id: ids.contact_id.or(side.contact_id.map(|id| id.to_string())),
                message_id: ids.message_id,
            });
        }
        Ok(view)
    }
}

/// A person decides only where no attempt will find out: what a reading of the history settles is not settled by haste.
fn if_undecided(
    outbox: &outbox::Outbox,
    id: MessageId,
    decide: impl FnOnce() -> Result<outbox::InTime, outbox::Error>,
) -> Result<outbox::InTime, outbox::Error> {
    match outbox.entry(id)? {
        Some(entry) if !entry.needs_person => Ok(outbox::InTime::No),
        _ => decide(),
    }
}

fn order(out_of_order: bool) -> Order {
    if out_of_order { Order::GivenUp } else { Order::Kept }
}

impl App {
    pub(crate) fn courier(&self) -> OrgCourier<'_> {
        OrgCourier {
            org: &self.0.org,
            sockets: Some(self),
            refused: self.may_write().err(),
            closing: AtomicBool::new(false),
            by_socket: Mutex::default(),
            paused_by: Mutex::default(),
        }
    }

    async fn change_entry(
        &self,
        change: impl FnOnce(&outbox::Outbox) -> Result<outbox::InTime, outbox::Error> + Send + 'static,
    ) -> Result<InTime> {
        self.on_disk(move |app| {
            let answer = change(&app.0.outbox)?;
            Ok(InTime {
                in_time: answer != outbox::InTime::No,
                perhaps_sent: answer == outbox::InTime::Perhaps,
            })
        })
        .await
    }

    /// Tries a dead or waiting entry at once. With `out_of_order` also one that later messages of its conversation
    /// overtook: the guest's words are then read in another order than they wrote them.
    ///
    /// # Errors
    /// [`FailureCode::OutOfOrder`](crate::FailureCode::OutOfOrder), no such entry, or a failing disk.
    pub async fn outbox_retry(&self, id: MessageId, out_of_order: bool) -> Result<InTime> {
        self.change_entry(move |o| o.retry(id, order(out_of_order))).await
    }

    /// Whether the entry was refused and later messages of its conversation are with the org, or perhaps.
    pub fn outbox_is_overtaken(&self, id: MessageId) -> bool {
        self.0.outbox.is_overtaken(id)
    }

    /// Takes an entry back before it is sent.
    pub async fn outbox_discard(&self, id: MessageId) -> Result<InTime> {
        self.change_entry(move |o| o.discard(id)).await
    }

    /// A person says of an uncertain entry that the org has it: its conversation goes on. In time only where no attempt will find
    /// that out.
    ///
    /// # Errors
    /// No such entry, or a failing disk.
    pub async fn outbox_mark_delivered(&self, id: MessageId) -> Result<InTime> {
        self.change_entry(move |o| if_undecided(o, id, || o.mark_delivered(id))).await
    }

    /// A person wants an uncertain entry sent again, also though the org may then have it twice. In time as
    /// [`App::outbox_mark_delivered`].
    ///
    /// # Errors
    /// No such entry, or a failing disk.
    pub async fn outbox_send_again(&self, id: MessageId) -> Result<InTime> {
        self.change_entry(move |o| if_undecided(o, id, || o.send_again(id))).await
    }

    /// Undoes a discard.
    pub async fn outbox_undo_discard(&self, id: MessageId) -> Result<InTime> {
        self.change_entry(move |o| o.undo_discard(id)).await
    }

    /// Changes the text of an entry before it is sent; a dead one goes again with it, as by [`App::outbox_retry`].
    ///
    /// # Errors
    /// [`FailureCode::OutOfOrder`](crate::FailureCode::OutOfOrder), no such entry, or a failing disk.
    pub async fn outbox_edit(&self, id: MessageId, text: MessageText, out_of_order: bool) -> Result<InTime> {
        self.change_entry(move |o| o.edit(id, &text, order(out_of_order))).await
    }

    /// Lifts the pause of the whole outbox.
    pub async fn outbox_resume(&self) -> Result<()> {
        self.on_disk(move |app| {
            app.0.outbox.resume();
            Ok(())
        })
        .await
    }
}
