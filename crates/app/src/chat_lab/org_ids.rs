//! By which ids the org knows a chat that goes by the guest socket: the socket itself does not tell, its API does, by a message.

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use genesys::{ConversationRecords, Lane};
use model::{ConversationId, GuestId};
use serde::Serialize;
use store::Batch;
use tokio::time::timeout;

use super::live::{chat_of, conversation_of};
use crate::{
    App, Failure, FailureCode, Result,
    chat::chats::OrgSide,
    views::{OrgIdsView, Topic},
};

/// So long a round of deliveries waits for them at most. What is not learnt then is asked for with a later message.
const LONGEST: Duration = Duration::from_secs(3);

/// They may change, since an org begins another conversation when one is over: they are asked for anew with a message that is
/// delivered so long after the last time.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(5);

/// A chat of this console by the guest socket, with what the org calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnChat {
    /// This console's own id of it.
    pub conversation_id: String,
    /// The org's ids.
    pub org: OrgChatIds,
}

/// What an org calls a chat and its guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrgChatIds {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The guest, as a contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<GuestId>,
}

impl From<OrgSide> for OrgIdsView {
    fn from(side: OrgSide) -> Self {
        Self {
            conversation_id: Some(side.conversation_id.to_string()),
            contact_id: side.contact_id.map(|id| id.to_string()),
            message_id: None,
        }
    }
}

impl App {
    /// Asks the org what it calls these chats, in each of which a message was just delivered.
    pub(crate) async fn learn_org_ids(&self, delivered: BTreeSet<ConversationId>) {
        let Some(records) = self.0.org.records.clone() else { return };
        let asking = async {
            for chat in delivered {
                if let Err(failure) = self.learn_org_ids_of(&*records, &chat).await {
                    tracing::debug!(message = failure.message, "what the org calls a chat is not known yet");
                }
            }
        };
        let _ = timeout(LONGEST, asking).await;
    }

    async fn learn_org_ids_of(
        &self,
        records: &dyn ConversationRecords,
        chat: &ConversationId,
    ) -> Result<Option<OrgSide>> {
        let now = self.0.clock.now();
        let known = self.0.chats.org_side(chat)?;
        let live = chat_of(chat).and_then(|id| self.0.chat_lab.get(id).ok());
        // In another session it is another conversation.
        let since = live.as_ref().and_then(|live| live.look(|record| record.session_since));
        let is_good = |known: &OrgSide| {
            known.is_whole()
                && now - known.learnt_at < GOOD_FOR
                && since.is_none_or(|since| since <= known.learnt_at)
        };
        if let Some(known) = known.clone().filter(is_good) {
            return Ok(Some(known));
        }
        for message in self.org_names_of_messages(chat).await? {
            let id = match records.conversation_of_message(Lane::Delivery, &message).await {
                Ok(id) => id,
                // The other name of the message may be the one that this is asked by.
                Err(genesys::Error::NotFound(_) | genesys::Error::Unfit { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let contact_id =
                match known.clone().filter(|known| known.conversation_id == id && known.is_whole()) {
                    Some(known) => known.contact_id,
                    None => records.contact_of(Lane::Delivery, &id).await?,
                };
            let side = OrgSide { conversation_id: id, contact_id, learnt_at: now };
            let mut batch = Batch::new();
            self.0.chats.put_org_side(&mut batch, chat, &side)?;
            self.0.store.commit_async(batch).await?;
            if let Some(live) = &live {
                live.learnt(side.clone());
            }
            if known.as_ref().is_none_or(|known| !known.is_same(&side)) {
                self.0.notices.stale(Topic::Outbox);
                // Whose chat it is may stand beside a guest who is shown.
                self.0.notices.stale(Topic::Guests);
            }
            return Ok(Some(side));
        }
        Ok(known)
    }

    /// What the org calls the newest message that was delivered in a chat, as far as that is known: by both of its names.
    async fn org_names_of_messages(&self, chat: &ConversationId) -> Result<Vec<String>> {
        let live = chat.as_str().parse().ok().and_then(|id| self.0.chat_lab.get(id).ok());
        if let Some(names) = live.map(|live| live.names_of_newest()).filter(|names| !names.is_empty()) {
            return Ok(names);
        }
        let chat = chat.clone();
        self.on_disk(move |app| {
            let written = app.0.outbox.conversation(&chat)?;
            Ok(written.into_iter().rev().find_map(|entry| entry.org.message_id).into_iter().collect())
        })
        .await
    }

    /// Whether this is the own id of a chat by the guest socket, of an org whose contacts have other ids.
    pub(crate) fn is_own_chat(&self, id: GuestId) -> Result<bool> {
        Ok(self.chats_go_by_socket() && self.goes_by_socket(&conversation_of(id.0))?)
    }

    /// The contact whose chat this is, asked for where it is not known yet.
    ///
    /// # Errors
    /// [`FailureCode::OrgFailed`] where the org cannot tell, as before the first message of a chat is delivered.
    pub(crate) async fn contact_of_chat(&self, chat: GuestId) -> Result<GuestId> {
        let id = conversation_of(chat.0);
        let side = self.org_side_of_chat(&id).await?;
        side.and_then(|side| side.contact_id).ok_or_else(|| {
            let message = format!("The org has not told yet who the guest of the chat {id} is.");
            Failure::new(FailureCode::OrgFailed, message)
                .with_next("They are known after the first message of the chat is delivered.")
        })
    }

    /// What the org calls a chat of this console, asked for where something of it is not known yet; `None` where it cannot tell,
    /// as before the first message of the chat is delivered.
    pub(crate) async fn org_side_of_chat(&self, id: &ConversationId) -> Result<Option<OrgSide>> {
        let side = self.0.chats.org_side(id)?;
        match self.0.org.records.clone() {
            Some(records) if !side.as_ref().is_some_and(OrgSide::is_whole) => {
                self.learn_org_ids_of(&*records, id).await
            }
            _ => Ok(side),
        }
    }

    /// The chats of this console that the org knows as this contact's.
    pub(crate) async fn own_chats_of(&self, contact: GuestId) -> Result<Vec<OwnChat>> {
        self.on_disk(move |app| {
            let own = app.0.chats.of_contact(contact)?.into_iter().map(|(id, side)| OwnChat {
                conversation_id: id.to_string(),
                org: OrgChatIds { conversation_id: side.conversation_id, contact_id: side.contact_id },
            });
            Ok(own.collect())
        })
        .await
    }
}
