//! The agent's side on the control port.

use serde_json::{Value, json};

use super::{content, frames::Writer, session::SessionKey};
use crate::org::{Body, Call, Fields, Org, Refusal, Reply, written_id};

/// The name of an agent that was not given one.
const AGENT: &str = "Agent";

impl Org {
    /// `GET /sessions`, in the order in which they began.
    pub(crate) fn list_sessions(&self) -> Reply {
        let views = self.guests.sessions.all().into_iter().map(|(_, session)| {
            let mut view = json!({
                "guestId": session.guest,
                "deploymentId": session.deployment.id,
                "connected": !session.wires.is_empty(),
            });
            if let Some(conversation) = session.conversation {
                view["conversationId"] = json!(conversation);
            }
            view
        });
        Reply::json(200, &views.collect::<Vec<Value>>())
    }

    /// An agent or bot writes to the guest.
    pub(crate) fn agent_says(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let key = self.named_session(id)?;
        let mut fields = Fields::of(call)?;
        let text = fields.text("text").filter(|text| !text.is_empty());
        let most = self.guests.settings.limits.agent_characters;
        if text.as_ref().is_some_and(|text| text.chars().count() > most) {
            fields.fault("text", "is longer than an agent may write");
        }
        let mut content = match fields.any("content") {
            None => Vec::new(),
            Some(Value::Array(items)) if items.iter().all(|item| item["contentType"].is_string()) => {
                items.clone()
            }
            Some(_) => {
                fields.fault("content", "must be a list of objects with a contentType");
                Vec::new()
            }
        };
        match fields.any("quickReplies").cloned() {
            None => {}
            Some(Value::Array(items)) => {
                for item in &items {
                    let text = item.as_str().or_else(|| item["text"].as_str());
                    let payload = item["payload"].as_str().or(text);
                    match (text, payload) {
                        (Some(text), Some(payload)) => content.push(content::quick_reply(text, payload)),
                        _ => fields.fault("quickReplies", "must be texts, or objects with text and payload"),
                    }
                }
            }
            Some(_) => fields.fault("quickReplies", "must be a list"),
        }
        if text.is_none() && content.is_empty() {
            fields.fault("text", "must have 1 to 4,000 characters");
        }
        let by = match fields.text("originatingEntity").as_deref() {
            None | Some("Human") => {
                Writer::Human(fields.text("nickname").unwrap_or_else(|| AGENT.to_owned()))
            }
            Some("Bot") => Writer::Bot,
            Some(_) => {
                fields.fault("originatingEntity", "must be Human or Bot");
                Writer::Bot
            }
        };
        let at = fields.time("at").map(|(at, _)| at);
        fields.check()?;
        self.still_open(&key)?;
        let body = self.write_to_guest(&key, &by, text, content, at);
        let body = body.ok_or_else(|| Refusal::not_found("There is no such session."))?;
        Ok(Reply::json(200, &json!({ "id": body.id, "time": body.channel.time })))
    }

    /// The agent is seen typing.
    pub(crate) fn agent_types(&mut self, id: &str) -> Result<Reply, Refusal> {
        let key = self.named_session(id)?;
        self.still_open(&key)?;
        self.type_to_guest(&key);
        Ok(Reply::empty(204))
    }

    /// The agent leaves; `readOnly` as the deployment says unless the body does.
    pub(crate) fn agent_leaves(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let key = self.named_session(id)?;
        let read_only = match &call.body {
            Body::Whole(bytes) if bytes.is_empty() => None,
            _ => {
                let mut fields = Fields::of(call)?;
                let read_only = fields.flag("readOnly");
                fields.check()?;
                read_only
            }
        };
        self.disconnect_guest(&key, read_only).map_err(not_kept)?;
        Ok(Reply::empty(204))
    }

    pub(crate) fn expire_named(&mut self, id: &str) -> Result<Reply, Refusal> {
        let key = self.named_session(id)?;
        self.expire_session(&key).map_err(not_kept)?;
        Ok(Reply::empty(204))
    }

    /// Cuts every connection of the session without a close frame.
    pub(crate) fn drop_connections(&mut self, id: &str) -> Result<Reply, Refusal> {
        let key = self.named_session(id)?;
        if let Some(session) = self.guests.sessions.get_mut(&key) {
            session.wires.drain(..).for_each(|wire| wire.cut());
        }
        Ok(Reply::empty(204))
    }

    /// By the id of its conversation; before there is one, by that of its guest.
    fn named_session(&self, id: &str) -> Result<SessionKey, Refusal> {
        let key = written_id(id).and_then(|id| self.guests.sessions.named(id));
        key.ok_or_else(|| Refusal::not_found("There is no session of such a conversation."))
    }

    fn still_open(&self, key: &SessionKey) -> Result<(), Refusal> {
        let open = self.open_conversation(key, self.now());
        open.map(drop).ok_or_else(|| Refusal::conflict("The conversation has not begun, or is over."))
    }
}

fn not_kept(says: String) -> Refusal {
    Refusal::new(500, "internal.server.error", says)
}
