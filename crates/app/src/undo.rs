//! Undo, of everything that can be undone, in one place: it goes to the store in which the thing was done.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use specta::Type;
use uuid::Uuid;

use crate::{
    App, Failure,
    failure::parse,
    views::{HoldDraft, HoldView, InTime, ManyInTime},
};

/// What a person did and takes back.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "did", deny_unknown_fields)]
pub enum Undo {
    /// Discarded a message.
    Discarded {
        /// The message.
        id: String,
    },
    /// Discarded all that was dead in a conversation.
    DiscardedDead {
        /// The conversation.
        conversation_id: String,
        /// When that began.
        since: DateTime<Utc>,
    },
    /// Removed a hold.
    HoldRemoved {
        /// As it was.
        hold: HoldView,
    },
}

impl App {
    /// Takes something back. Needs no answer of the org.
    pub async fn undo(&self, undo: Undo) -> Result<ManyInTime, Failure> {
        let at = self.0.clock.now();
        let one = |InTime { in_time, perhaps_sent }| ManyInTime {
            changed: u32::from(in_time),
            perhaps_sent: u32::from(perhaps_sent),
            late: u32::from(!in_time),
            at,
        };
        match undo {
            Undo::Discarded { id } => Ok(one(self.outbox_undo_discard(parse("id", &id)?).await?)),
            Undo::DiscardedDead { conversation_id, since } => {
                self.outbox_undo_discard_dead(parse("conversationId", &conversation_id)?, since).await
            }
            Undo::HoldRemoved { hold: HoldView { id, guest_id, filter, reason, owner, until, .. } } => {
                let id: Uuid = id.parse().map_err(|_| Failure::field("id", "must be a UUID"))?;
                self.hold_put_back(id, HoldDraft { guest: guest_id, filter, reason, owner, until }).await?;
                Ok(one(InTime { in_time: true, perhaps_sent: false }))
            }
        }
    }
}
