//! What bot and agent write to a guest, and how a session ends from the org's side.

use serde_json::json;
use uuid::Uuid;

use super::{
    bot::{BotReply, BotSend},
    frames::{Body, Frame, Writer},
    session::SessionKey,
    settings::Disconnect,
    state::Play,
};
use crate::{
    clock::{Millis, rfc3339},
    org::Org,
    world::Change,
};

impl Org {
    /// Sends what comes at once; the rest is for later.
    pub(crate) fn perform(
        &mut self,
        session: SessionKey,
        conversation: Uuid,
        replies: Vec<BotReply>,
    ) -> Option<Play> {
        let mut replies = replies.into_iter();
        while let Some(reply) = replies.next() {
            if !reply.after.is_zero() {
                let replies = std::iter::once(reply).chain(replies).collect();
                return Some(Play { session, conversation, replies });
            }
            if !self.bot_sends(&session, conversation, reply.send) {
                return None;
            }
        }
        None
    }

    /// Whether the conversation is still open after this.
    pub(crate) fn bot_sends(&mut self, key: &SessionKey, conversation: Uuid, send: BotSend) -> bool {
        let now = self.now();
        if self.open_conversation(key, now).is_none_or(|open| open.id != conversation) {
            return false;
        }
        match send {
            BotSend::Message { text, content } => {
                self.write_to_guest(key, &Writer::Bot, text, content, None);
                true
            }
            BotSend::Typing => {
                self.type_to_guest(key);
                true
            }
            BotSend::Disconnect { read_only } => {
                // When the change cannot be kept nothing has happened.
                let _ = self.disconnect_guest(key, Some(read_only));
                false
            }
        }
    }

    /// A message to the guest, which may say that it was written at another time; its id.
    pub(crate) fn write_to_guest(
        &mut self,
        key: &SessionKey,
        by: &Writer,
        text: Option<String>,
        content: Vec<serde_json::Value>,
        at: Option<Millis>,
    ) -> Option<Body> {
        let now = self.now();
        let session = self.guests.sessions.get_mut(key)?;
        let at = at.unwrap_or_else(|| session.next_time(now));
        let body = Body::outbound(by, text, content, at);
        self.deliver(key, &body);
        self.remember(key, &body);
        Some(body)
    }

    pub(crate) fn type_to_guest(&mut self, key: &SessionKey) {
        let now = self.now();
        let Some(session) = self.guests.sessions.get_mut(key) else { return };
        let body = Body::typing(session.next_time(now));
        self.deliver(key, &body);
    }

    /// The agent leaves. What the guest is told of it is the deployment's; the session becomes read-only when asked, else
    /// as the deployment says.
    pub(crate) fn disconnect_guest(
        &mut self,
        key: &SessionKey,
        read_only: Option<bool>,
    ) -> Result<(), String> {
        let now = self.now();
        if let Some(open) = self.open_conversation(key, now) {
            self.commit(vec![Change::closed(&open, now)]).map_err(|refusal| refusal.says().to_owned())?;
        }
        let mode = self.guests.settings.disconnect;
        let Some(session) = self.guests.sessions.get_mut(key).filter(|_| mode != Disconnect::Off) else {
            return Ok(());
        };
        session.read_only = read_only.unwrap_or(mode == Disconnect::ReadOnly);
        let mut body = Body::presence("Disconnect", "Outbound", session.next_time(now));
        body.metadata = session.read_only.then(|| json!({ "readOnly": "true" }));
        self.deliver(key, &body);
        self.remember(key, &body);
        Ok(())
    }

    /// The session is over; whoever is connected learns it.
    pub(crate) fn expire_session(&mut self, key: &SessionKey) -> Result<(), String> {
        let now = self.now();
        if let Some(open) = self.open_conversation(key, now) {
            self.commit(vec![Change::closed(&open, now)]).map_err(|refusal| refusal.says().to_owned())?;
        }
        self.tell_of_expiry(key);
        Ok(())
    }

    /// Tells once that the session is over.
    fn tell_of_expiry(&mut self, key: &SessionKey) {
        let Some(session) = self.guests.sessions.get_mut(key) else { return };
        if std::mem::replace(&mut session.expired, true) || session.wires.is_empty() {
            return;
        }
        let frame = Frame::response("SessionExpiredEvent", None, &json!({}));
        session.wires.iter().for_each(|wire| wire.send(&frame.json));
        self.tell_frame(&frame, Some(key), Uuid::nil());
    }

    /// Tells the session when its time is over; the milliseconds after which to look again.
    pub(crate) fn look_at_the_time(&mut self, key: &SessionKey) -> Millis {
        let (now, seconds) = (self.now(), self.guests.settings.limits.session_seconds);
        match self.guests.sessions.get(key) {
            Some(session) if !session.is_expired(now, seconds) => session.expires(seconds) - now,
            _ => {
                self.tell_of_expiry(key);
                // One that is begun anew lasts at least so long.
                Millis::from(seconds) * 1000
            }
        }
    }

    /// Tells every connected session whose time is over; for a clock that was moved.
    pub(crate) fn look_at_all_times(&mut self) {
        let connected = self.guests.sessions.all().into_iter().filter(|(_, s)| !s.wires.is_empty());
        let keys: Vec<SessionKey> = connected.map(|(key, _)| *key).collect();
        for key in keys {
            self.look_at_the_time(&key);
        }
    }

    /// The guest is gone from the world, and the session with them.
    pub(crate) fn guest_is_gone(&mut self, guest: Uuid) {
        if let Some(key) = self.guests.sessions.of_guest(guest) {
            self.end_session(&key);
        }
    }

    /// A message that came by REST stands in the conversation, and in the history of the guest's session where there is one.
    pub(crate) fn heard_by_rest(&mut self, conversation: Uuid, id: Uuid, text: &str) {
        let now = self.now();
        let mut body = Body::inbound("Text", id, now);
        body.text = Some(text.to_owned());
        let key = self.guests.sessions.named(conversation);
        match key.and_then(|key| Some((key, self.guests.sessions.get_mut(&key)?))) {
            Some((key, session)) => {
                body.channel.time = rfc3339(session.next_time(now));
                session.last = now;
                self.remember(&key, &body);
            }
            None => self.platform.transcripts.add(conversation, body, true),
        }
    }

    /// Sends a frame of bot or agent to all connections of a session, later where the weather says so.
    fn deliver(&mut self, key: &SessionKey, body: &Body) {
        let frame = Frame::message(None, body);
        let Some(session) = self.guests.sessions.get_mut(key) else { return };
        match session.reorder.take() {
            None => session.wires.iter().for_each(|wire| wire.send(&frame.json)),
            Some(pause) => {
                let (wires, json) = (session.wires.clone(), frame.json.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    wires.iter().for_each(|wire| wire.send(&json));
                });
            }
        }
        self.tell_frame(&frame, Some(key), Uuid::nil());
    }
}
