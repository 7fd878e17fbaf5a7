use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use genesys::{Client, Lane, OutgoingMessage};
use outbox::{Courier, Delivery, Outgoing};

use crate::{Failure, org_words};

/// Carries the outbox's messages to the org on the delivery lane.
pub(crate) struct OrgCourier<'a> {
    pub(crate) client: &'a Client,
    /// Why nothing may be sent over this connection, if so.
    pub(crate) refused: Option<Failure>,
    /// Set when no further attempt may begin: those under way are waited for.
    pub(crate) closing: AtomicBool,
    /// What the org said last when it refused the whole outbox.
    pub(crate) paused_by: Mutex<Option<Failure>>,
}

#[async_trait]
impl Courier for OrgCourier<'_> {
    async fn deliver(&self, message: &Outgoing) -> Delivery {
        if let Some(failure) = &self.refused {
            return self.paused(failure.clone());
        }
        if self.closing.load(Ordering::Relaxed) {
            return Delivery::NotSent { why: "the time given was over".into(), retry_after: None };
        }
        let out = OutgoingMessage {
            id: message.id,
            conversation_id: &message.conversation_id,
            guest_id: message.guest_id,
            text: &message.text,
            written_at: message.written_at,
        };
        match self.client.send_message(Lane::Delivery, &out).await {
            Ok(()) => Delivery::Delivered,
            Err(error) => match delivery_of(&error) {
                Delivery::Paused { .. } => self.paused(error.into()),
                delivery => delivery,
            },
        }
    }
}

impl OrgCourier<'_> {
    fn paused(&self, failure: Failure) -> Delivery {
        let why = failure.message.clone();
        *self.paused_by.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        Delivery::Paused { why }
    }
}

/// What a failed attempt means for the entry (`reliability.md` section 7; architecture, "Outbox").
fn delivery_of(error: &genesys::Error) -> Delivery {
    use genesys::Error as E;
    let why = org_words::words(error);
    match error {
        E::CredentialsRejected(_) | E::Forbidden { .. } => Delivery::Paused { why },
        E::NotFound(_) | E::Gone(_) => Delivery::ConversationOver { why },
        E::Invalid { .. } => Delivery::Dead { why },
        E::RateLimited { retry_after, .. } => Delivery::NotSent { why, retry_after: *retry_after },
        _ if error.perhaps_processed() => Delivery::Uncertain { why },
        _ => Delivery::NotSent { why, retry_after: None },
    }
}
