//! Lines of the chat lab follow their messages in the outbox: that is where each stands, whatever an event of the socket said.

use std::time::Duration;

use model::MessageId;

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
            if let Err(failure) = app.lab_settle().await {
                tracing::warn!(message = failure.message, "the chats do not show where their messages stand");
            }
        }
        tokio::time::sleep(BETWEEN).await;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

impl App {
    /// Puts to each line that the outbox has not delivered where its message stands in the outbox.
    async fn lab_settle(&self) -> Result<()> {
        let open: Vec<_> = self.0.chat_lab.all().into_iter().map(|chat| (chat.unsettled(), chat)).collect();
        if open.iter().all(|(ids, _)| ids.is_empty()) {
            return Ok(());
        }
        self.on_disk(move |app| {
            for (ids, chat) in open {
                for id in ids {
                    // One whose acceptance is under way comes with the next change.
                    if let Some(entry) = app.0.outbox.entry(MessageId(id))? {
                        chat.settle(&entry);
                    }
                }
            }
            Ok(())
        })
        .await
    }
}
