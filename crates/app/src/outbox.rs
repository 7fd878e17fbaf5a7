use std::time::Duration;

use model::{MessageId, MessageText};
use outbox::{Entry, State};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    courier::OrgCourier,
    views::{EntryState, EntryView, InTime, OutboxView},
};

/// What a drain came to (`cli.md`, `outbox drain`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DrainSummary {
    /// Delivered by this drain.
    pub delivered: u64,
    /// Neither delivered, dead nor uncertain: what is left.
    pub waiting: u64,
    /// Perhaps processed: what is left.
    pub uncertain: u64,
    /// Died in this drain.
    pub dead: u64,
    /// The org answered at least once.
    #[serde(skip)]
    pub reached: bool,
    /// Why the whole outbox stands still.
    #[serde(skip)]
    pub paused: Option<String>,
}

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
            conversation_id: entry.conversation_id.to_string(),
            guest_id: entry.guest_id.to_string(),
            seq: u32::try_from(entry.seq.saturating_add(1)).unwrap_or(u32::MAX),
            text: entry.text.as_str().to_owned(),
            written_at: entry.written_at,
            state,
            until,
            why,
            attempts: entry.attempts,
            delivered_at: entry.delivered_at,
        }
    }
}

impl App {
    pub(crate) fn courier(&self) -> OrgCourier<'_> {
        OrgCourier { client: &self.0.client, refused: self.may_write().err().map(|f| f.message) }
    }

    /// Everything that is not delivered and not taken back.
    ///
    /// # Errors
    /// A damaged store.
    pub async fn outbox_list(&self) -> Result<OutboxView, Failure> {
        let app = self.clone();
        blocking(move || {
            let over = |e: &Entry| matches!(e.state, State::Delivered { .. } | State::Discarded { .. });
            let entries =
                app.0.outbox.entries()?.into_iter().filter(|e| !over(e)).map(EntryView::of).collect();
            Ok(OutboxView { entries, paused: app.0.outbox.paused() })
        })
        .await
    }

    async fn change_entry(
        &self,
        change: impl FnOnce(&outbox::Outbox) -> Result<outbox::InTime, outbox::Error> + Send + 'static,
    ) -> Result<InTime, Failure> {
        let app = self.clone();
        blocking(move || {
            let answer = change(&app.0.outbox)?;
            Ok(InTime {
                in_time: answer != outbox::InTime::No,
                perhaps_sent: answer == outbox::InTime::Perhaps,
            })
        })
        .await
    }

    /// Tries a dead or waiting entry at once.
    ///
    /// # Errors
    /// No such entry, or a failing disk.
    pub async fn outbox_retry(&self, id: MessageId) -> Result<InTime, Failure> {
        self.change_entry(move |o| o.retry(id)).await
    }

    /// Takes an entry back before it is sent.
    ///
    /// # Errors
    /// No such entry, or a failing disk.
    pub async fn outbox_discard(&self, id: MessageId) -> Result<InTime, Failure> {
        self.change_entry(move |o| o.discard(id)).await
    }

    /// Undoes a discard.
    ///
    /// # Errors
    /// No such entry, or a failing disk.
    pub async fn outbox_undo_discard(&self, id: MessageId) -> Result<InTime, Failure> {
        self.change_entry(move |o| o.undo_discard(id)).await
    }

    /// Changes the text of an entry before it is sent.
    ///
    /// # Errors
    /// No such entry, or a failing disk.
    pub async fn outbox_edit(&self, id: MessageId, text: MessageText) -> Result<InTime, Failure> {
        self.change_entry(move |o| o.edit(id, &text)).await
    }

    /// Lifts the pause of the whole outbox.
    ///
    /// # Errors
    /// A failing disk.
    pub async fn outbox_resume(&self) -> Result<(), Failure> {
        let app = self.clone();
        blocking(move || {
            app.0.outbox.resume();
            Ok(())
        })
        .await
    }

    /// Delivers what waits until nothing is left or `max_wait` is over; `each` hears after every round.
    ///
    /// # Errors
    /// A failing disk. What the org answered is in the summary.
    pub async fn outbox_drain(
        &self,
        max_wait: Duration,
        mut each: impl FnMut(&DrainSummary),
    ) -> Result<DrainSummary, Failure> {
        let end = Instant::now() + max_wait;
        let mut summary = DrainSummary::default();
        let courier = self.courier();
        self.outbox_resume().await?;
        loop {
            let round = tokio::select! {
                round = self.0.outbox.drain(&courier) => Some(round),
                () = sleep_until(end) => None,
            };
            if let Some(round) = &round {
                if let Some(error) = &round.error {
                    return Err(error.clone().into());
                }
                summary.delivered += round.delivered;
                summary.dead += round.dead;
                summary.reached |= round.reached;
            }
            let counts = self.0.outbox.counts();
            summary.waiting = counts.waiting;
            summary.uncertain = counts.uncertain;
            summary.paused = self.0.outbox.paused();
            each(&summary);
            let wait = round.and_then(|r| r.next_due);
            match wait {
                Some(wait) if summary.paused.is_none() && Instant::now() + wait < end => sleep(wait).await,
                _ => return Ok(summary),
            }
        }
    }
}

impl DrainSummary {
    /// Why the drain did not end well, in the order of `cli.md`; `None` when it did, or in part.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        if let Some(why) = &self.paused {
            return Some(Failure::new(FailureCode::Forbidden, format!("The outbox is paused: {why}")));
        }
        let left = self.waiting + self.uncertain > 0;
        if left && !self.reached {
            return Some(Failure::new(
                FailureCode::Unreachable,
                "The org was never reached; everything is kept.",
            ));
        }
        if self.waiting > 0 {
            return Some(Failure::new(
                FailureCode::RateLimited,
                "Some messages still wait; everything is kept.",
            ));
        }
        None
    }
}
