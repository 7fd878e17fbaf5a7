//! Message conversations: read, their messages, the attributes of their participants, and their end.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    conversation_view::message_data,
    interaction::{Interaction, Participant, Role},
};
use crate::{
    ledger::{Entry, Kind},
    org::{Body, Call, Fields, MAX_BODY, Org, Refusal, Reply, parsed, written_id},
    world::{Change, Conversation},
};

/// Message ids in one bulk request (genesys-facts.md, section 1.4).
const BULK: usize = 1000;
/// Before the key of a guest's attribute among those of their participant.
const CONTEXT: &str = "context.";

impl Org {
    pub(super) fn get_conversation(&self, id: &str) -> Result<Reply, Refusal> {
        let interaction = self.interaction(&self.known_conversation(id)?);
        Ok(Reply::json(200, &self.whole_conversation(&interaction)))
    }

    pub(super) fn get_message_conversation(&self, id: &str) -> Result<Reply, Refusal> {
        let interaction = self.interaction(&self.known_conversation(id)?);
        Ok(Reply::json(200, &self.message_conversation(&interaction)))
    }

    /// One message, by its id alone or within its conversation.
    pub(super) fn get_message(&self, conversation: Option<&str>, id: &str) -> Result<Reply, Refusal> {
        let missing = || Refusal::not_found("The requested message was not found.");
        let message = written_id(id).ok_or_else(missing)?;
        let found = self.platform.transcripts.conversation_of(&self.world, message).ok_or_else(missing)?;
        if conversation.is_some_and(|wanted| written_id(wanted) != Some(found.id)) {
            return Err(missing());
        }
        let lines = self.platform.transcripts.lines(&self.world, &found);
        let line = lines.iter().find(|line| line.id() == message).ok_or_else(missing)?;
        Ok(Reply::json(200, &message_data(found.id, line)))
    }

    /// Many messages of one conversation; ids that are not of it are left out.
    pub(super) fn bulk_messages(&self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let found = self.known_conversation(id)?;
        let Body::Whole(bytes) = &call.body else { return Err(Refusal::too_large(MAX_BODY)) };
        let ids: Vec<String> = serde_json::from_slice(bytes)
            .map_err(|_| Refusal::malformed("The body must be a list of message ids."))?;
        if ids.len() > BULK {
            return Err(Refusal::malformed(format!("The body must have at most {BULK} message ids.")));
        }
        let wanted: Vec<Uuid> = ids.iter().filter_map(|id| written_id(id)).collect();
        let lines = self.platform.transcripts.lines(&self.world, &found);
        let lines = lines.iter().filter(|line| wanted.contains(&line.id()));
        let entities: Vec<Value> = lines.map(|line| message_data(found.id, line)).collect();
        Ok(Reply::json(200, &json!({ "entities": entities })))
    }

    /// Sets attributes of one participant; those not named stay.
    pub(super) fn patch_attributes(
        &mut self,
        id: &str,
        participant: &str,
        call: &Call,
        answer: bool,
    ) -> Result<Reply, Refusal> {
        let conversation = self.known_conversation(id)?;
        let interaction = self.interaction(&conversation);
        let known = written_id(participant);
        let known = interaction.participants.iter().find(|one| Some(one.id) == known);
        let known = known.ok_or_else(|| Refusal::not_found("The requested participant was not found."))?.id;
        let mut fields = Fields::of(call)?;
        let given = match fields.any("attributes") {
            Some(Value::Object(given)) => given.clone(),
            _ => {
                fields.fault("attributes", "must be an object");
                Map::new()
            }
        };
        for (key, _) in given.iter().filter(|(_, value)| !value.is_string()) {
            fields.fault(&format!("attributes.{key}"), "must be a text");
        }
        fields.check()?;
        let mut attributes = self.world.attributes(conversation.id, known).cloned().unwrap_or_default();
        attributes.extend(given);
        let change = Change::Attributes {
            conversation: conversation.id,
            participant: known,
            attributes: attributes.clone(),
        };
        self.commit(vec![change])?;
        let reply =
            if answer { Reply::json(200, &json!({ "attributes": attributes })) } else { Reply::empty(204) };
        let event = Entry::of_guest(Kind::Changed, conversation.guest);
        Ok(reply.with(Entry { conversation_id: Some(conversation.id), ..event }))
    }

    /// The participant's attributes: those that were set, and for the guest those that came with them.
    pub(super) fn participant_attributes(
        &self,
        interaction: &Interaction,
        one: &Participant,
    ) -> Map<String, Value> {
        let mut attributes = Map::new();
        if one.role == Role::Customer
            && let Some(guest) = self.world.guest(interaction.conversation.guest)
        {
            for (key, value) in parsed(guest) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                attributes.insert(format!("{CONTEXT}{key}"), json!(text));
            }
        }
        if let Some(set) = self.world.attributes(interaction.conversation.id, one.id) {
            attributes.extend(set.clone());
        }
        attributes
    }

    /// Ends a conversation, also one that was left open for good.
    pub(super) fn disconnect_conversation(&mut self, id: &str) -> Result<Reply, Refusal> {
        let conversation = self.known_conversation(id)?;
        if self.world.is_orphan(conversation.id) {
            self.commit(vec![Change::Orphan { conversation: conversation.id, open: false }])?;
        } else if conversation.closed(self.now()).is_some() {
            return Err(Refusal::conflict("The conversation is over."));
        } else if let Some(key) = self.guests.sessions.named(conversation.id) {
            let refused = |says| Refusal::new(500, "internal.server.error", says);
            self.disconnect_guest(&key, None).map_err(refused)?;
        } else {
            self.commit(vec![Change::closed(&conversation, self.now())])?;
        }
        let event = Entry::of_guest(Kind::Changed, conversation.guest);
        Ok(Reply::json(200, &"").with(Entry { conversation_id: Some(conversation.id), ..event }))
    }

    /// By the control port: the conversation is over, and analytics has it open for good.
    pub(crate) fn orphan_conversation(&mut self, id: &str) -> Result<Reply, Refusal> {
        let conversation = self.known_conversation(id)?;
        self.commit(vec![
            Change::closed(&conversation, self.now()),
            Change::Orphan { conversation: conversation.id, open: true },
        ])?;
        let event = Entry::of_guest(Kind::Changed, conversation.guest);
        Ok(Reply::empty(204).with(Entry { conversation_id: Some(conversation.id), ..event }))
    }

    pub(super) fn known_conversation(&self, id: &str) -> Result<Conversation, Refusal> {
        let found = written_id(id).and_then(|id| self.world.conversations().get(id)).copied();
        found.ok_or_else(|| Refusal::not_found("The requested conversation was not found."))
    }
}
