//! Lines of the chat lab follow their messages in the outbox: that is where each stands, whatever an event of the socket said.

use std::time::Duration;

use model::MessageId;
use outbox::{EntryFilter, State};

use super::rows::MOST_ROWS;
use crate::{App, Result, app::WeakApp};

/// Between two looks, however much happens.
const BETWEEN: Duration = Duration::from_millis(100);

/// Follows the outbox until the app is gone.
pub(crate) async fn follow_outbox(app: WeakApp) {
    let Some(mut changes) = app.upgrade().map(|app| app.0.outbox.changes()) else { return };
    loop {
        {
            let Some(app) = app.upgrade() else { return };
            changes.borrow_and_update();
            match app.lab_settle().await {
                Ok(true) => {}
                Ok(false) => changes.mark_changed(),
                Err(failure) => {
                    tracing::warn!(
                        message = failure.message,
                        "the chats do not show where their messages stand"
                    );
                }
            }
        }
        tokio::time::sleep(BETWEEN).await;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

impl App {
    /// Puts to each line that the outbox has not delivered where its message stands in the outbox. False while the disk is behind
    /// what the outbox knows of one that is delivered or was taken back: that has to be looked at again.
    async fn lab_settle(&self) -> Result<bool> {
        let open: Vec<_> = self.0.chat_lab.all().into_iter().map(|chat| (chat.unsettled(), chat)).collect();
        if open.iter().all(|(ids, _)| ids.is_empty()) {
            return Ok(true);
        }
        self.on_disk(move |app| {
            let mut is_all = true;
            for (ids, chat) in open.into_iter().filter(|(ids, _)| !ids.is_empty()) {
                let filter =
                    EntryFilter { conversation: Some(chat.conversation()), ..EntryFilter::default() };
                let page = app.0.outbox.page(&filter, 0, MOST_ROWS)?;
                page.entries.iter().for_each(|entry| chat.settle(entry));
                for id in ids.into_iter().filter(|id| page.entries.iter().all(|entry| entry.id.0 != *id)) {
                    // One whose acceptance is under way comes with the next change.
                    let Some(entry) = app.0.outbox.entry(MessageId(id))? else { continue };
                    if matches!(entry.state, State::Delivered { .. } | State::Discarded { .. }) {
                        chat.settle(&entry);
                    } else {
                        is_all = false;
                    }
                }
            }
            Ok(is_all)
        })
        .await
    }
}
