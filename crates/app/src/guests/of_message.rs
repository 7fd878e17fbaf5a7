//! The guest whom a message or a conversation belongs to, by an id that a person has from a log, a ticket or the vendor's pages.

use genesys::{ConversationRecords, Error, Lane};
use model::{ConversationId, GuestId, MessageId, trimmed};
use serde::Serialize;
use specta::Type;

use crate::{
    App, Failure, FailureCode, Result,
    failure::{offered, parse},
};

/// Where the id of a message or of a conversation leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GuestOfMessage {
    /// Whose conversation it is; `None` where the org names no guest of it.
    #[specta(type = Option<String>)]
    pub guest_id: Option<GuestId>,
    /// The conversation, by the org's id; by this console's own as long as the org has not told its id.
    #[specta(type = String)]
    pub conversation_id: ConversationId,
    /// The message, where the id was a message's.
    pub message_id: Option<String>,
}

impl App {
    /// The conversation and the guest of a message id or a conversation id. What this console wrote or looked up is known here;
    /// everything else is asked of the org: first for a conversation of that id, then for a message.
    ///
    /// # Errors
    /// What cannot be such an id, by field; [`FailureCode::NotFound`]; [`FailureCode::NotInThisDialect`] where the id is not known
    /// here and the org's API finds nobody by it; what else the org answered.
    pub async fn guest_of(&self, id: &str) -> Result<GuestOfMessage> {
        let text = trimmed(id);
        // The id of a message has the form of a conversation's.
        let id: ConversationId = parse("id", text)?;
        if let Some(known) = self.known_here(&id).await? {
            return Ok(known);
        }
        let records = offered(self.0.org.records.as_ref(), "find a guest by a message or a conversation")
            .map_err(|failure| {
                failure.with_next(
                    "Ids of messages and conversations of this console are known here; for others list guests with --search or --filter.",
                )
            })?;
        self.found_by_org(&**records, &id).await
    }

    /// By what is on this disk: messages of the outbox, and conversations that were started or looked up here.
    async fn known_here(&self, id: &ConversationId) -> Result<Option<GuestOfMessage>> {
        let message: Option<MessageId> = id.as_str().parse().ok();
        let entry = self
            .on_disk(move |app| Ok(message.map(|message| app.0.outbox.entry(message)).transpose()?.flatten()))
            .await?;
        let message_id = entry.as_ref().map(|entry| entry.id.to_string());
        let conversation_id = entry.map_or_else(|| id.clone(), |entry| entry.conversation_id);
        if self.goes_by_socket(&conversation_id)? {
            let side = self.org_side_of_chat(&conversation_id).await?;
            let guest_id = side.as_ref().and_then(|side| side.contact_id);
            let conversation_id = side.map_or(conversation_id, |side| side.conversation_id);
            return Ok(Some(GuestOfMessage { guest_id, conversation_id, message_id }));
        }
        let guest = self.0.chats.guest_of(&conversation_id)?;
        Ok(guest.map(|guest| GuestOfMessage { guest_id: Some(guest), conversation_id, message_id }))
    }

    async fn found_by_org(
        &self,
        records: &dyn ConversationRecords,
        id: &ConversationId,
    ) -> Result<GuestOfMessage> {
        // Ids of conversations are UUIDs; a message may have another form.
        if id.as_str().parse::<GuestId>().is_ok() {
            match records.contact_of(Lane::Person, id).await {
                Ok(guest_id) => {
                    return Ok(GuestOfMessage { guest_id, conversation_id: id.clone(), message_id: None });
                }
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let conversation_id = match records.conversation_of_message(Lane::Person, id.as_str()).await {
            Ok(conversation_id) => conversation_id,
            Err(Error::NotFound(said)) => {
                let message = format!("The org knows neither a conversation nor a message of the id {id}.");
                let failure = Failure::new(FailureCode::NotFound, message).with_next(
                    "Compare the id with where it comes from: it is that of a conversation or of one of its messages.",
                );
                return Err(Failure { correlation_id: said.correlation_id, ..failure });
            }
            Err(error) => return Err(error.into()),
        };
        let guest_id = records.contact_of(Lane::Person, &conversation_id).await?;
        Ok(GuestOfMessage { guest_id, conversation_id, message_id: Some(id.to_string()) })
    }
}
