//! What a guest says and does, in the world.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    acts::{Done, too_fast},
    bot::GuestAct,
    frames::{Body, Frame},
    request::{Event, Said},
    session::SessionKey,
};
use crate::{
    clock::{Millis, rfc3339},
    ledger::{Entry, Kind},
    org::{NO_NAME, Org, kept, parsed},
    world::{Change, Conversation, Guest, Message},
};

impl Org {
    /// Takes a message: the guest and the conversation are in the world from the first one on.
    pub(crate) fn say(
        &mut self,
        key: &SessionKey,
        said: Said,
        tracing: Option<&str>,
        now: Millis,
    ) -> Result<Done, Frame> {
        let Said { kind, text, content, metadata, attributes } = said;
        let refuse = |code, says: String| Err(Frame::error(code, tracing, &says));
        self.writable(key, attributes.as_ref(), tracing)?;
        let limits = self.guests.settings.limits.clone();
        let length = text.as_ref().map_or(0, String::len);
        if length > limits.text_bytes {
            return refuse(4011, format!("Message length {length} is larger than {}", limits.text_bytes));
        }
        let shown =
            self.with_files(key, &content, now).map_err(|(code, says)| Frame::error(code, tracing, says))?;
        let Some(session) = self.guests.sessions.get_mut(key) else {
            return refuse(4007, "session not found error message".to_owned());
        };
        session.said.take(now, limits.messages_per_second).map_err(|seconds| too_fast(tracing, seconds))?;
        let at = session.next_time(now);
        let (guest, id) = (session.guest, Uuid::new_v4());
        let spoken = self.speaking(key, attributes, now);
        let (mut changes, conversation) = (spoken.changes, spoken.conversation);
        changes.push(Change::Message(Message {
            id,
            conversation,
            guest,
            timestamp: rfc3339(at),
            received: now,
        }));
        let mut body = Body::inbound(kind, id, at);
        (body.text, body.content, body.metadata) = (text, shown, metadata);
        changes.extend(self.kept_line(key, &body));
        self.begin_or_go_on(key, changes, &spoken.events, conversation)
            .map_err(|says| Frame::error(500, tracing, &says))?;
        self.add_line(key, &body);
        let heard =
            Entry { message_id: Some(id), text: body.text.clone(), repeat: Some(false), ..Entry::default() };
        self.tell(Entry { kind: Kind::Message, status: 200, ..heard }, Some(key), Uuid::nil());
        self.show(key, tracing, &body);
        let mut replies = Vec::new();
        if let Some(session) = self.guests.sessions.get_mut(key) {
            let (bot, memory) = (&self.guests.settings.bot, &mut session.memory);
            if spoken.began {
                replies.extend(bot.answer(memory, &GuestAct::Started));
            }
            replies.extend(bot.answer(memory, &act(body.text.as_deref(), &content)));
        }
        Ok(Done { message: Some(id), play: self.perform(*key, conversation, replies) })
    }

    /// What happened at the guest's side. A Join starts the conversation where the deployment starts by itself.
    pub(crate) fn happened(
        &mut self,
        key: &SessionKey,
        events: &[Event],
        attributes: Option<Map<String, Value>>,
        tracing: Option<&str>,
        now: Millis,
    ) -> Result<Done, Frame> {
        let settings = &self.guests.settings;
        for event in events {
            let name = match event {
                Event::Join if settings.presence => continue,
                Event::Clear if settings.presence && settings.clear => continue,
                Event::Typing | Event::Other => continue,
                Event::Join => "Join",
                Event::Clear => "Conversation Clear",
                Event::OtherPresence => "of this type",
            };
            return Err(Frame::error(403, tracing, &format!("Presence events {name} are not supported")));
        }
        let joins = events.contains(&Event::Join) && settings.auto_start;
        if events.contains(&Event::Clear) {
            self.clear(key, tracing, now).map_err(|says| Frame::error(500, tracing, &says))?;
            return Ok(Done::default());
        }
        self.writable(key, attributes.as_ref(), tracing)?;
        if !joins {
            return Ok(Done::default());
        }
        let spoken = self.speaking(key, attributes, now);
        let conversation = spoken.conversation;
        self.begin_or_go_on(key, spoken.changes, &spoken.events, conversation)
            .map_err(|says| Frame::error(500, tracing, &says))?;
        let Some(session) = self.guests.sessions.get_mut(key) else { return Ok(Done::default()) };
        session.auto_started = true;
        let at = session.next_time(now);
        let mut body = Body::presence("Join", "Inbound", at);
        body.channel.message_id = Some(Uuid::new_v4());
        self.remember(key, &body);
        self.show(key, tracing, &body);
        let mut replies = Vec::new();
        if let Some(session) = self.guests.sessions.get_mut(key).filter(|_| spoken.began) {
            replies = self.guests.settings.bot.answer(&mut session.memory, &GuestAct::Started);
        }
        Ok(Done { message: None, play: self.perform(*key, conversation, replies) })
    }

    /// Whether the session takes what a guest writes, and the attributes are not too large.
    fn writable(
        &self,
        key: &SessionKey,
        attributes: Option<&Map<String, Value>>,
        tracing: Option<&str>,
    ) -> Result<(), Frame> {
        if self.guests.sessions.get(key).is_some_and(|session| session.read_only) {
            return Err(Frame::error(409, tracing, "The session is read-only."));
        }
        let most = self.guests.settings.limits.attribute_bytes;
        let bytes = attributes.map_or(0, |a| serde_json::to_vec(a).map_or(usize::MAX, |json| json.len()));
        if bytes > most {
            let says = format!("Custom Attributes in channel metadata is larger than {most} bytes");
            return Err(Frame::error(4013, tracing, &says));
        }
        Ok(())
    }

    /// What changes in the world when the guest of a session writes.
    fn speaking(&self, key: &SessionKey, attributes: Option<Map<String, Value>>, now: Millis) -> Spoken {
        let session = self.guests.sessions.get(key).expect("the caller has just found it");
        let id = session.guest;
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        match self.world.guest(id) {
            Some(known) => {
                let before = known.clone();
                let mut guest = known.clone();
                describe(&mut guest, attributes.unwrap_or_default());
                let changed = guest.name != before.name
                    || guest.email != before.email
                    || guest.attributes.get() != before.attributes.get();
                guest.version += 1;
                guest.modified = now;
                if changed {
                    changes.push(Change::Guest(Box::new(guest)));
                    events.push(Kind::Changed);
                } else {
                    changes.push(Change::Touched { id, modified: now });
                }
            }
            None => {
                let own = json!({ "source": "web-messaging", "initiatedAt": rfc3339(now) });
                let own = own.as_object().cloned().unwrap_or_default();
                let mut guest = Guest {
                    id,
                    name: NO_NAME.into(),
                    email: None,
                    attributes: kept(own),
                    active: true,
                    created: now,
                    modified: now,
                    version: 1,
                };
                describe(&mut guest, attributes.unwrap_or_default());
                changes.push(Change::Guest(Box::new(guest)));
                changes.push(Change::Session { key: *key, guest: id });
                events.push(Kind::Created);
            }
        }
        let open = session.conversation.and_then(|id| self.world.conversations().get(id));
        let open = open.filter(|conversation| conversation.closed(now).is_none());
        let conversation = match open {
            Some(open) => Conversation { last: now, ..*open },
            None => {
                let id = self.world.free_conversation_id(id, now);
                Conversation { id, guest: session.guest, start: now, last: now, end: None }
            }
        };
        changes.push(Change::Conversation(conversation));
        Spoken { changes, events, conversation: conversation.id, began: open.is_none() }
    }

    /// Makes the changes; the session is about this conversation from then on.
    fn begin_or_go_on(
        &mut self,
        key: &SessionKey,
        changes: Vec<Change>,
        events: &[Kind],
        conversation: Uuid,
    ) -> Result<(), String> {
        let now = self.now();
        self.commit(changes).map_err(|refusal| refusal.says().to_owned())?;
        self.guests.sessions.converse(key, Some(conversation));
        if let Some(session) = self.guests.sessions.get_mut(key) {
            session.last = now;
        }
        for kind in events {
            self.tell(Entry { kind: *kind, status: 200, ..Entry::default() }, Some(key), Uuid::nil());
        }
        Ok(())
    }

    /// Sends a message or event of the guest's own to all its connections.
    fn show(&mut self, key: &SessionKey, tracing: Option<&str>, body: &Body) {
        let frame = Frame::message(tracing, body);
        if let Some(session) = self.guests.sessions.get_mut(key) {
            session.wires.iter().for_each(|wire| wire.send(&frame.json));
        }
        self.tell_frame(&frame, Some(key), Uuid::nil());
    }

    /// The conversation and all that was said are gone for the guest; the token begins anew.
    fn clear(&mut self, key: &SessionKey, tracing: Option<&str>, now: Millis) -> Result<(), String> {
        let Some(session) = self.guests.sessions.get_mut(key) else { return Ok(()) };
        let (guest, at) = (session.guest, session.next_time(now));
        let mut changes = vec![Change::SessionEnded { guest }];
        changes.extend(self.open_conversation(key, now).map(|open| Change::closed(&open, now)));
        self.commit(changes).map_err(|refusal| refusal.says().to_owned())?;
        let mut body = Body::presence("Clear", "Inbound", at);
        body.channel.message_id = Some(Uuid::new_v4());
        self.show(key, tracing, &body);
        self.end_session(key);
        Ok(())
    }

    /// Whoever is connected learns that the session was cleared, and is closed.
    pub(crate) fn end_session(&mut self, key: &SessionKey) {
        let frame = Frame::event("SessionClearedEvent", &json!({}));
        if let Some(session) = self.guests.sessions.get(key).filter(|session| !session.wires.is_empty()) {
            session.wires.iter().for_each(|wire| wire.send(&frame.json));
            self.tell_frame(&frame, Some(key), Uuid::nil());
        }
        self.close_connections(key);
        self.guests.sessions.end(key);
        self.guests.attachments.forget(key);
    }

    /// The same token, and nothing of before: the old conversation is closed, the history is empty.
    pub(crate) fn start_anew(&mut self, key: &SessionKey, now: Millis) -> Result<(), String> {
        let Some(guest) = self.guests.sessions.get(key).map(|session| session.guest) else { return Ok(()) };
        let mut changes = vec![Change::LinesForgotten { guest }];
        changes.extend(self.open_conversation(key, now).map(|open| Change::closed(&open, now)));
        self.commit(changes).map_err(|refusal| refusal.says().to_owned())?;
        self.guests.sessions.converse(key, None);
        if let Some(session) = self.guests.sessions.get_mut(key) {
            session.history.clear();
            session.memory = Default::default();
            (session.expired, session.read_only, session.auto_started) = (false, false, false);
            session.last = now;
        }
        Ok(())
    }

    /// The conversation of a session while it takes messages.
    pub(crate) fn open_conversation(&self, key: &SessionKey, now: Millis) -> Option<Conversation> {
        let id = self.guests.sessions.get(key)?.conversation?;
        self.world.conversations().get(id).filter(|c| c.closed(now).is_none()).copied()
    }
}

/// What speaking changes.
struct Spoken {
    changes: Vec<Change>,
    /// For the ledger: created or changed.
    events: Vec<Kind>,
    conversation: Uuid,
    /// Whether the conversation is new.
    began: bool,
}

/// Name and e-mail have places of their own, the rest are attributes as they are.
fn describe(guest: &mut Guest, given: Map<String, Value>) {
    if given.is_empty() {
        return;
    }
    let mut attributes = parsed(guest);
    for (name, value) in given {
        match (name.as_str(), value.as_str().map(str::trim)) {
            // An empty name or address is none given.
            ("name" | "email", Some("")) => {}
            ("name", Some(text)) => guest.name = text.into(),
            ("email", Some(text)) => guest.email = Some(text.into()),
            _ => drop(attributes.insert(name, value)),
        }
    }
    guest.attributes = kept(attributes);
}

/// What the guest did, as a bot sees it.
fn act<'a>(text: Option<&'a str>, content: &'a [Value]) -> GuestAct<'a> {
    let Some(first) = content.first() else { return GuestAct::Said(text.unwrap_or_default()) };
    match first["contentType"].as_str() {
        Some("Attachment") => GuestAct::Attachment,
        Some("ButtonResponse") if first["buttonResponse"]["type"] == "QuickReply" => {
            let own = |name: &str| first["buttonResponse"][name].as_str();
            let payload = own("payload").or(text).unwrap_or_default();
            GuestAct::QuickReply { text: own("text").or(text).unwrap_or_default(), payload }
        }
        _ => GuestAct::Answered { text, content: first },
    }
}
