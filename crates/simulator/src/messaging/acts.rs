//! What the org does about each frame of a guest.

use serde_json::json;
use uuid::Uuid;

use super::{
    frames::{Body, Frame},
    media,
    request::{Asked, Refused, Request},
    sealed::Seal,
    session::{Connection, Session, SessionKey, key},
    state::{Heard, Next, Play},
};
use crate::{
    clock::{Millis, rfc3339},
    ledger::{Entry, Kind},
    org::Org,
    trouble::Trouble,
};

/// What a frame that was taken led to.
#[derive(Default)]
pub(crate) struct Done {
    /// The message's id.
    pub(crate) message: Option<Uuid>,
    pub(crate) play: Option<Play>,
}

impl Org {
    /// Whether the weather strikes this frame, written down.
    pub(crate) fn weather_for_frame(&mut self, connection: &Connection, action: &str) -> Option<Trouble> {
        let trouble = self.weather.next_frame(action)?;
        let event = Entry { kind: Kind::Weather, trouble: Some(trouble.to_string()), ..Entry::default() };
        self.tell(event, connection.session.as_ref(), connection.correlation_id);
        Some(trouble)
    }

    /// Takes one frame, answers it and writes the ledger. Waiting out a delay is the caller's part.
    pub(crate) fn hear(
        &mut self,
        connection: &mut Connection,
        frame: Result<Asked, Refused>,
        trouble: Option<&Trouble>,
    ) -> Heard {
        let (action, text) = match &frame {
            Ok(asked) => (Some(asked.action), asked.text()),
            Err(refused) => (refused.action, None),
        };
        let entry = Entry { kind: Kind::Frame, direction: Some("inbound"), action, text, ..Entry::default() };
        let n = self.tell(entry, connection.session.as_ref(), connection.correlation_id);
        let next = match trouble {
            Some(Trouble::DropBefore) => return Heard { next: Next::Cut, play: None },
            Some(Trouble::Silent) => return Heard { next: Next::Go, play: None },
            Some(Trouble::DropAfter) => {
                // What answers this frame never reaches its connection.
                if let Some(session) = &connection.session {
                    self.guests.sessions.leave(session, connection.wire.id);
                }
                Next::Cut
            }
            _ => Next::Go,
        };
        let outcome = match frame {
            Ok(asked) => self.take(connection, asked, trouble),
            Err(refused) => Err(Frame::error(refused.code, refused.tracing_id.as_deref(), &refused.says)),
        };
        let (status, done) = match outcome {
            Ok(done) => (200, done),
            Err(frame) => {
                let status = frame.code;
                self.answer_frame(connection, &frame);
                (status, Done::default())
            }
        };
        let about = connection.session.and_then(|key| self.guests.sessions.get(&key));
        let (guest, conversation) = about.map_or((None, None), |s| (Some(s.guest), s.conversation));
        self.ledger.settle(n, |entry| {
            entry.status = status;
            entry.message_id = done.message;
            entry.guest_id = entry.guest_id.or(guest);
            entry.conversation_id = entry.conversation_id.or(conversation);
        });
        Heard { next, play: done.play }
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        asked: Asked,
        trouble: Option<&Trouble>,
    ) -> Result<Done, Frame> {
        let now = self.now();
        let tracing = asked.tracing_id.as_deref();
        let limits = &self.guests.settings.limits;
        match trouble {
            Some(Trouble::Error(code)) => return Err(Frame::error(*code, tracing, "Request failed.")),
            Some(Trouble::TooMany { .. }) => return Err(too_fast(tracing, 1)),
            _ => {}
        }
        if let Err(seconds) = connection.requests.take(now, limits.requests_per_minute) {
            let says = "Request rate too high for this connection";
            return Err(Frame::too_many(tracing, 4029, seconds, says));
        }
        if let Request::Configure { deployment, start_new } = &asked.request {
            return self.configure(connection, &asked, deployment, *start_new, now).map(|()| Done::default());
        }
        if let Request::Configuration { deployment } = &asked.request {
            same_deployment(connection, deployment, tracing)?;
            let frame = self.configuration(tracing);
            self.answer_frame(connection, &frame);
            return Ok(Done::default());
        }
        if let Request::Unavailable = asked.request {
            return Err(Frame::error(4000, tracing, "The feature is not available at this deployment."));
        }
        let session = self.configured(connection, &asked, now)?;
        if let Some(Trouble::Reorder(pause)) = trouble
            && let Some(session) = self.guests.sessions.get_mut(&session)
        {
            session.reorder = Some(*pause);
        }
        let tracing = asked.tracing_id;
        let tracing = tracing.as_deref();
        match asked.request {
            Request::Message(said) => return self.say(&session, said, tracing, now),
            Request::Events { events, attributes } => {
                return self.happened(&session, &events, attributes, tracing, now);
            }
            Request::Attach(file) => self.announce(connection, session, &file, tracing, now)?,
            Request::Attachment { id } => self.hand_out(connection, session, &id, tracing, now)?,
            Request::DeleteAttachment { id } => self.delete_file(connection, &session, &id, tracing)?,
            Request::Close { all } => self.close_session(connection, &session, all, tracing),
            Request::Echo { text } => self.echo(connection, &session, text, tracing, now)?,
            Request::Jwt => {
                let seconds = Millis::from(self.guests.settings.limits.jwt_seconds);
                let expires = now + seconds * 1000;
                let jwt = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
                self.guests.sessions.issue_jwt(&session, jwt.clone(), expires);
                let body = json!({ "jwt": jwt, "exp": expires / 1000 });
                self.answer_frame(connection, &Frame::response("JwtResponse", tracing, &body));
            }
            Request::Configure { .. } | Request::Configuration { .. } | Request::Unavailable => {}
        }
        Ok(Done::default())
    }

    /// The session that the connection has configured with this token.
    fn configured(&self, connection: &Connection, asked: &Asked, now: Millis) -> Result<SessionKey, Frame> {
        let tracing = asked.tracing_id.as_deref();
        let key = key(&connection.deployment.id, &asked.token);
        let session = self.guests.sessions.get(&key).filter(|_| connection.session == Some(key));
        let Some(session) = session else {
            return Err(Frame::error(4007, tracing, "session not found error message"));
        };
        if session.is_expired(now, self.guests.settings.limits.session_seconds) {
            return Err(Frame::error(4006, tracing, "session expired error message"));
        }
        Ok(key)
    }

    fn configure(
        &mut self,
        connection: &mut Connection,
        asked: &Asked,
        deployment: &str,
        start_new: bool,
        now: Millis,
    ) -> Result<(), Frame> {
        let tracing = asked.tracing_id.as_deref();
        same_deployment(connection, deployment, tracing)?;
        let key = key(deployment, &asked.token);
        let limits = self.guests.settings.limits.clone();
        let known =
            self.guests.sessions.get(&key).is_some() || self.resume(connection, key, &asked.token, now);
        if !known {
            let begun = self.guests.sessions.begun();
            let guest = self.world.guest_id_of_session(&key, now, begun);
            let session = Session::new(connection.deployment.clone(), guest, now);
            self.guests.sessions.begin(key, session);
        }
        let session = self.guests.sessions.get_mut(&key).expect("it was there, resumed or begun above");
        if let Err(seconds) = session.configured.take(now, limits.configures_per_minute) {
            let says = "ConfigureSession rate too high for this session";
            return Err(Frame::too_many(tracing, 429, seconds, says));
        }
        session.seal.get_or_insert_with(|| Seal::by(&asked.token));
        let expired = session.is_expired(now, limits.session_seconds);
        let spoken = session.is_spoken();
        if expired && spoken && !start_new {
            return Err(Frame::error(4006, tracing, "session expired error message"));
        }
        let starts_anew = start_new || expired;
        if starts_anew {
            self.start_anew(&key, now).map_err(|says| Frame::error(500, tracing, &says))?;
        }
        self.attach(connection, key);
        let session = self.guests.sessions.get(&key).expect("it was there a line above");
        let body = json!({
            "connected": true,
            "newSession": !known || starts_anew,
            "readOnly": session.read_only,
            "clearedExistingSession": starts_anew && spoken,
            "autoStarted": session.auto_started,
            "maxCustomDataBytes": limits.attribute_bytes,
            "durationSeconds": limits.session_seconds,
            "expirationDate": session.expires(limits.session_seconds) / 1000,
            "allowedMedia": media::allowed(&limits),
            "blockedExtensions": media::blocked(),
        });
        self.answer_frame(connection, &Frame::response("SessionResponse", tracing, &body));
        Ok(())
    }

    /// The session has this connection from now on; the oldest of too many is closed.
    fn attach(&mut self, connection: &mut Connection, key: SessionKey) {
        if let Some(before) = connection.session.replace(key)
            && before != key
        {
            self.guests.sessions.leave(&before, connection.wire.id);
        }
        let most = self.guests.settings.limits.connections.max(1);
        let Some(session) = self.guests.sessions.get_mut(&key) else { return };
        if session.wires.iter().any(|wire| wire.id == connection.wire.id) {
            return;
        }
        session.wires.push(connection.wire.clone());
        if session.wires.len() > most {
            let oldest = session.wires.remove(0);
            let frame = Frame::event("ConnectionClosedEvent", &json!({}));
            oldest.send(&frame.json);
            oldest.close();
            self.tell_frame(&frame, Some(&key), Uuid::nil());
        }
    }

    /// The requester leaves the session; its socket stays. With `all` the other connections are closed.
    fn close_session(
        &mut self,
        connection: &mut Connection,
        key: &SessionKey,
        all: bool,
        tracing: Option<&str>,
    ) {
        self.guests.sessions.leave(key, connection.wire.id);
        let read_only = self.guests.sessions.get(key).is_some_and(|session| session.read_only);
        if all {
            self.close_connections(key);
        }
        let body = json!({ "connected": false, "readOnly": read_only });
        self.answer_frame(connection, &Frame::response("SessionResponse", tracing, &body));
        connection.session = None;
    }

    /// Whoever is connected is told so and closed.
    pub(crate) fn close_connections(&mut self, key: &SessionKey) {
        let wires = self.guests.sessions.get_mut(key).map(|s| std::mem::take(&mut s.wires));
        let wires = wires.unwrap_or_default();
        if wires.is_empty() {
            return;
        }
        let frame = Frame::event("ConnectionClosedEvent", &json!({}));
        for wire in wires {
            wire.send(&frame.json);
            wire.close();
        }
        self.tell_frame(&frame, Some(key), Uuid::nil());
    }

    fn echo(
        &mut self,
        connection: &mut Connection,
        key: &SessionKey,
        text: Option<String>,
        tracing: Option<&str>,
        now: Millis,
    ) -> Result<(), Frame> {
        let limits = &self.guests.settings.limits;
        if let Err(seconds) = connection.echoes.take(now, limits.echoes_per_minute) {
            let says = "Echo rate too high for this connection";
            return Err(Frame::too_many(tracing, 4029, seconds, says));
        }
        let seconds = limits.session_seconds;
        let expires = self.guests.sessions.get(key).map_or(now, |session| session.expires(seconds));
        let mut body = Body::inbound("Text", Uuid::new_v4(), now);
        body.text = text;
        body.metadata = Some(json!({
            "durationSeconds": seconds.to_string(),
            "expirationDate": (expires / 1000).to_string(),
        }));
        self.answer_frame(connection, &Frame::response("StructuredMessage", tracing, &body));
        Ok(())
    }

    fn configuration(&self, tracing: Option<&str>) -> Frame {
        let limits = &self.guests.settings.limits;
        let body = json!({
            "allowedMedia": media::allowed(limits),
            "blockedExtensions": media::blocked(),
            "maxCustomDataBytes": limits.attribute_bytes,
            "messageRoutingEnabled": true,
            "sessionDurationSeconds": limits.session_seconds,
        });
        Frame::response("GetConfigurationResponse", tracing, &body)
    }

    /// Sends a frame to one connection.
    pub(crate) fn answer_frame(&mut self, connection: &Connection, frame: &Frame) {
        connection.wire.send(&frame.json);
        self.tell_frame(frame, connection.session.as_ref(), connection.correlation_id);
    }

    /// Writes down a frame that was sent.
    pub(crate) fn tell_frame(&mut self, frame: &Frame, session: Option<&SessionKey>, correlation: Uuid) {
        let entry = Entry {
            kind: Kind::Frame,
            direction: Some("outbound"),
            class: Some(frame.class),
            status: frame.code,
            message_id: frame.message,
            text: frame.text.clone(),
            ..Entry::default()
        };
        self.tell(entry, session, correlation);
    }

    /// Writes down something about a session; the number of its line.
    pub(crate) fn tell(&mut self, entry: Entry, session: Option<&SessionKey>, correlation: Uuid) -> u64 {
        let session = session.and_then(|key| self.guests.sessions.get(key));
        let (guest, conversation) = session.map_or((None, None), |s| (Some(s.guest), s.conversation));
        self.ledger.push(Entry {
            at: rfc3339(self.clock.now()),
            method: "GET".to_owned(),
            path: "/v1".to_owned(),
            correlation_id: correlation,
            guest_id: entry.guest_id.or(guest),
            conversation_id: entry.conversation_id.or(conversation),
            ..entry
        })
    }
}

pub(crate) fn too_fast(tracing: Option<&str>, seconds: u64) -> Frame {
    Frame::too_many(tracing, 4029, seconds, "Message rate too high for this session")
}

fn same_deployment(connection: &Connection, id: &str, tracing: Option<&str>) -> Result<(), Frame> {
    if connection.deployment.id == id {
        return Ok(());
    }
    Err(Frame::error(403, tracing, "Request failed: the deployment is not the one of this connection."))
}
