//! What a person does to all entries of a conversation at once, and its undo.

use chrono::{DateTime, Utc};
use model::{ConversationId, MessageId};
use outbox::{Entry, EntryFilter, InTime, Kind, Order, Outbox, State};

use crate::{App, Result, views::ManyInTime};

/// So many entries are read at once.
const PAGE: usize = 512;

impl App {
    /// Every dead entry of a conversation goes again, in its order, and what waits in it is tried at once. With
    /// `out_of_order` also where later messages overtook one of them.
    ///
    /// # Errors
    /// [`FailureCode::OutOfOrder`](crate::FailureCode::OutOfOrder), and then nothing was changed; a failing disk, and then
    /// what was changed before stays changed.
    pub async fn outbox_retry_lane(
        &self,
        conversation: ConversationId,
        out_of_order: bool,
    ) -> Result<ManyInTime> {
        self.change_many(move |outbox| {
            let mut ids = ids(outbox, &conversation, &[Kind::Dead], |_| true)?;
            // What overtook a later one of them overtook the first as well.
            if let Some(first) = ids.first().filter(|first| !out_of_order && outbox.is_overtaken(**first)) {
                return Err(outbox::Error::OutOfOrder(*first));
            }
            // One that waits stands in front of all others: to send it is to send the lane.
            let waits = EntryFilter {
                states: vec![Kind::Queued, Kind::Waiting, Kind::Uncertain],
                conversation: Some(conversation),
            };
            ids.extend(outbox.page(&waits, 0, 1)?.entries.first().map(|e| e.id));
            // It was asked about above; what one of them overtakes now, it overtakes by this very retry.
            Ok((ids, |outbox, id| outbox.retry(id, Order::GivenUp)))
        })
        .await
    }

    /// Takes everything out of a conversation that waits and was never sent: its chat ends by a person's decision.
    ///
    /// # Errors
    /// A failing disk; what was taken out before stays out.
    pub(crate) async fn outbox_discard_unsent(&self, conversation: ConversationId) -> Result<ManyInTime> {
        self.change_many(move |outbox| {
            Ok((ids(outbox, &conversation, &[Kind::Queued, Kind::Waiting], |_| true)?, Outbox::discard))
        })
        .await
    }

    /// Whether a message of a conversation waits or is being sent.
    ///
    /// # Errors
    /// A failing disk.
    pub(crate) async fn outbox_has_waiting(&self, conversation: ConversationId) -> Result<bool> {
        let filter = EntryFilter {
            states: vec![Kind::Queued, Kind::Sending, Kind::Waiting],
            conversation: Some(conversation),
        };
        self.on_disk(move |app| Ok(app.0.outbox.page(&filter, 0, 1)?.total > 0)).await
    }

    /// What of a conversation is on its way to the org.
    ///
    /// # Errors
    /// A failing disk.
    pub(crate) async fn outbox_undelivered(&self, conversation: ConversationId) -> Result<Undelivered> {
        let filter = EntryFilter {
            states: vec![Kind::Queued, Kind::Sending, Kind::Waiting, Kind::Uncertain],
            conversation: Some(conversation),
        };
        self.on_disk(move |app| {
            let page = app.0.outbox.page(&filter, 0, 1)?;
            Ok(match page.entries.first() {
                Some(entry) if entry.needs_person => Undelivered::NeedsPerson,
                _ if page.total > 0 => Undelivered::OnItsWay,
                _ => Undelivered::Nothing,
            })
        })
        .await
    }

    /// Takes every dead entry out of a conversation.
    ///
    /// # Errors
    /// A failing disk; what was taken out before stays out.
    pub async fn outbox_discard_dead(&self, conversation: ConversationId) -> Result<ManyInTime> {
        self.change_many(move |outbox| {
            Ok((ids(outbox, &conversation, &[Kind::Dead], |_| true)?, Outbox::discard))
        })
        .await
    }

    /// Undoes [`App::outbox_discard_dead`], which is named by when it began.
    ///
    /// # Errors
    /// A failing disk; what was brought back before stays.
    pub async fn outbox_undo_discard_dead(
        &self,
        conversation: ConversationId,
        since: DateTime<Utc>,
    ) -> Result<ManyInTime> {
        self.change_many(move |outbox| {
            let of_it = |entry: &Entry| match &entry.state {
                State::Discarded { at, was } => *at >= since && was.kind() == Kind::Dead,
                _ => false,
            };
            Ok((ids(outbox, &conversation, &[Kind::Discarded], of_it)?, Outbox::undo_discard))
        })
        .await
    }

    async fn change_many(
        &self,
        choose: impl FnOnce(&Outbox) -> Result<(Vec<MessageId>, Change), outbox::Error> + Send + 'static,
    ) -> Result<ManyInTime> {
        self.on_disk(move |app| {
            let outbox = &app.0.outbox;
            let mut answer = ManyInTime { changed: 0, perhaps_sent: 0, late: 0, at: app.0.clock.now() };
            let (ids, change) = choose(outbox)?;
            for id in ids {
                match change(outbox, id) {
                    Ok(InTime::Yes) => answer.changed += 1,
                    Ok(InTime::Perhaps) => {
                        answer.changed += 1;
                        answer.perhaps_sent += 1;
                    }
                    // One that was trimmed in this moment counts as late, and one that only a person's decision helps.
                    Ok(InTime::No)
                    | Err(outbox::Error::UnknownEntry(_) | outbox::Error::NeedsDecision(_)) => {
                        answer.late += 1;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(answer)
        })
        .await
    }
}

/// What of a conversation is not delivered and not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// Nothing is left.
    Nothing,
    /// Something is left that goes by itself.
    OnItsWay,
    /// Something is left that waits for a person.
    NeedsPerson,
}

type Change = fn(&Outbox, MessageId) -> Result<InTime, outbox::Error>;

/// The ids alone, which are small however long the conversation is.
fn ids(
    outbox: &Outbox,
    conversation: &ConversationId,
    states: &[Kind],
    wanted: impl Fn(&Entry) -> bool,
) -> Result<Vec<MessageId>, outbox::Error> {
    let filter = EntryFilter { states: states.to_vec(), conversation: Some(conversation.clone()) };
    let (mut ids, mut offset) = (Vec::new(), 0);
    loop {
        let page = outbox.page(&filter, offset, PAGE)?;
        let read = page.entries.len();
        ids.extend(page.entries.iter().filter(|e| wanted(e)).map(|e| e.id));
        offset += read as u64;
        if read < PAGE {
            return Ok(ids);
        }
    }
}
