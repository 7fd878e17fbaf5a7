//! Chats as a guest: starting one, and sending a message.

use async_trait::async_trait;
use chrono::SecondsFormat;
use model::{MessageId, Secret};
use serde::Deserialize;
use serde_json::json;

use super::{GuestApi, wire};
use crate::{
    pipeline::{Error, Lane, call::Call, retry::Repeat},
    ports::{Chat, NewGuest, OutgoingMessage, Sessions},
};

#[async_trait]
impl Chat for GuestApi {
    async fn start(&self, lane: Lane, new: &NewGuest) -> Result<Secret, Error> {
        match self.create_guest(lane, new).await {
            Ok((_, token)) => Ok(token),
            Err(Error::Conflict(_)) => Ok(self.guest_with_token(lane, new.id).await?.1),
            Err(error) => Err(error),
        }
    }

    /// Scope `webchat:write`.
    async fn deliver(&self, lane: Lane, message: &OutgoingMessage<'_>) -> Result<(), Error> {
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
        let call = Call::post("send message", lane, "/api/v2/conversations/webchat/messages", &body);
        let call = Call { repeat: Repeat::Never, done: &[201], ..call };
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
