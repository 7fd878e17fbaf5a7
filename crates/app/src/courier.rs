use async_trait::async_trait;
use genesys::{Client, Lane, OutgoingMessage};
use outbox::{Courier, Delivery, Outgoing};

/// Carries the outbox's messages to the org on the delivery lane.
pub(crate) struct OrgCourier<'a> {
    pub(crate) client: &'a Client,
    /// Why nothing may be sent over this connection, if so.
    pub(crate) refused: Option<String>,
}

#[async_trait]
impl Courier for OrgCourier<'_> {
    async fn deliver(&self, message: &Outgoing) -> Delivery {
        if let Some(why) = &self.refused {
            return Delivery::Paused { why: why.clone() };
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
            Err(error) => delivery_of(&error),
        }
    }
}

/// What a failed attempt means for the entry (`reliability.md` section 7; architecture, "Outbox").
fn delivery_of(error: &genesys::Error) -> Delivery {
    use genesys::Error as E;
    let why = error.to_string();
    match error {
        E::CredentialsRejected(_) | E::Forbidden { .. } => Delivery::Paused { why },
        E::NotFound(_) | E::Gone(_) => Delivery::ConversationOver { why },
        E::Invalid { .. } => Delivery::Dead { why },
        E::RateLimited { retry_after, .. } => Delivery::NotSent { why, retry_after: *retry_after },
        _ if error.perhaps_processed() => Delivery::Uncertain { why },
        _ => Delivery::NotSent { why, retry_after: None },
    }
}
