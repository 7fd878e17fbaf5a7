//! Messages: sending one as the guest.

use chrono::SecondsFormat;
use http::Method;
use model::MessageId;
use serde::Deserialize;
use serde_json::json;

use super::{GuestApi, guests::json as to_bytes, wire};
use crate::{
    pipeline::{Error, Lane, call::Call, retry::Repeat},
    ports::OutgoingMessage,
};

impl GuestApi {
    /// Sends one message, once: this call never repeats by itself (but for a renewed token), because whoever keeps
    /// the message must know of every try. `Ok` only when the org confirmed this very id. Scope `webchat:write`.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Gone`] when the conversation is unknown or closed, [`Error::Invalid`], and
    /// what every call can meet. [`Error::perhaps_processed`] tells whether it may have arrived.
    pub async fn send_message(&self, lane: Lane, message: &OutgoingMessage<'_>) -> Result<(), Error> {
        const PATH: &str = "/api/v2/conversations/webchat/messages";
        #[derive(Deserialize)]
        struct Confirmed {
            id: MessageId,
        }
        let body = json!({
            "id": message.id,
            "conversationId": message.conversation_id,
            "from": {"id": message.guest_id, "type": "user"},
            "text": message.text.as_str(),
            "timestamp": message.written_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        });
        let call = Call {
            name: "send message",
            lane,
            method: Method::POST,
            template: PATH,
            path: PATH.into(),
            query: Vec::new(),
            body: Some(to_bytes(&body)),
            repeat: Repeat::Never,
            done: &[201],
        };
        // A sign-in page of a hotel's network answers 200 as well: only our own id is a confirmation.
        self.pipeline
            .settle(&call, |body| {
                let confirmed: Confirmed = wire::read(body)?;
                if confirmed.id == message.id { Ok(()) } else { Err("it confirms another message".into()) }
            })
            .await
            .exact()
    }
}
