//! The sessions of guests: who is connected by which token, and what was said.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use super::{bot::BotMemory, frames::Body, rate::Window, sealed::Seal, settings::Deployment};
use crate::clock::Millis;

/// A hash of deployment and token: the token itself is kept nowhere.
pub(crate) type SessionKey = [u8; 32];

/// Frames that wait for a connection that does not read; with one more it is cut.
pub(crate) const WAITING: usize = 1024;
/// Lines of history kept for a session, the newest.
const HISTORY: usize = 5000;
/// JWTs of one session that are good at the same time.
const JWTS: usize = 8;

/// What goes to a connection.
pub(crate) enum Outgoing {
    Frame(Utf8Bytes),
    /// A close frame, and the end.
    Close,
}

/// The sending end of one connection.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) id: u64,
    pub(crate) queue: mpsc::Sender<Outgoing>,
    pub(crate) cut: Arc<Notify>,
}

impl Wire {
    pub(crate) fn send(&self, frame: &Utf8Bytes) {
        if self.queue.try_send(Outgoing::Frame(frame.clone())).is_err() {
            self.cut();
        }
    }

    pub(crate) fn close(&self) {
        if self.queue.try_send(Outgoing::Close).is_err() {
            self.cut();
        }
    }

    /// Ends the connection without a close frame.
    pub(crate) fn cut(&self) {
        self.cut.notify_one();
    }
}

/// One connection as its own task knows it.
pub(crate) struct Connection {
    pub(crate) wire: Wire,
    pub(crate) deployment: Arc<Deployment>,
    /// The origin that the guest came by, such as `http://127.0.0.1:40123`.
    pub(crate) base: String,
    /// Of the upgrade.
    pub(crate) correlation_id: Uuid,
    /// The session that it configured.
    pub(crate) session: Option<SessionKey>,
    pub(crate) requests: Window,
    pub(crate) echoes: Window,
}

/// One guest's session, connected or not.
pub(crate) struct Session {
    /// In the order in which they began.
    pub(crate) number: u64,
    pub(crate) deployment: Arc<Deployment>,
    /// Known to the world from the first message on.
    pub(crate) guest: Uuid,
    pub(crate) conversation: Option<Uuid>,
    /// Oldest first.
    pub(crate) wires: Vec<Wire>,
    pub(crate) history: VecDeque<Body>,
    /// By the token, from the moment on that the guest came with it.
    pub(crate) seal: Option<Seal>,
    pub(crate) memory: BotMemory,
    /// The last message, or the beginning.
    pub(crate) last: Millis,
    /// When the newest message was written, so that the next one is later.
    pub(crate) newest: Millis,
    pub(crate) expired: bool,
    pub(crate) read_only: bool,
    pub(crate) auto_started: bool,
    /// How much later the next frame of bot or agent is sent.
    pub(crate) reorder: Option<Duration>,
    pub(crate) said: Window,
    pub(crate) configured: Window,
    pub(crate) read: Window,
    jwts: VecDeque<String>,
}

impl Session {
    pub(crate) fn new(deployment: Arc<Deployment>, guest: Uuid, now: Millis) -> Self {
        Self {
            number: 0,
            deployment,
            guest,
            conversation: None,
            wires: Vec::new(),
            history: VecDeque::new(),
            seal: None,
            memory: BotMemory::default(),
            last: now,
            newest: Millis::MIN,
            expired: false,
            read_only: false,
            auto_started: false,
            reorder: None,
            said: Window::of_a_second(),
            configured: Window::of_a_minute(),
            read: Window::of_a_minute(),
            jwts: VecDeque::new(),
        }
    }

    pub(crate) fn is_expired(&self, now: Millis, seconds: u32) -> bool {
        self.expired || self.expires(seconds) <= now
    }

    pub(crate) fn expires(&self, seconds: u32) -> Millis {
        self.last.saturating_add(Millis::from(seconds) * 1000)
    }

    /// The time of the next message: each of a session has its own millisecond, so that their order can be seen.
    pub(crate) fn next_time(&mut self, now: Millis) -> Millis {
        let just_now = (self.newest.saturating_sub(1000)..=self.newest).contains(&now);
        self.newest = if just_now { self.newest + 1 } else { now };
        self.newest
    }

    pub(crate) fn remember(&mut self, line: Body) {
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(line);
    }

    pub(crate) fn is_spoken(&self) -> bool {
        self.conversation.is_some() || !self.history.is_empty()
    }
}

/// All sessions, found by token, conversation, guest and JWT.
#[derive(Default)]
pub(crate) struct Sessions {
    by_key: HashMap<SessionKey, Session>,
    by_conversation: HashMap<Uuid, SessionKey>,
    by_guest: HashMap<Uuid, SessionKey>,
    by_jwt: HashMap<String, (SessionKey, Millis)>,
    begun: u64,
    /// With so many sessions those that nobody used are forgotten.
    sweep_at: usize,
}

/// Fewer sessions than this are never swept.
const MANY: usize = 50_000;

impl Sessions {
    pub(crate) fn get(&self, key: &SessionKey) -> Option<&Session> {
        self.by_key.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &SessionKey) -> Option<&mut Session> {
        self.by_key.get_mut(key)
    }

    pub(crate) fn of_guest(&self, guest: Uuid) -> Option<SessionKey> {
        self.by_guest.get(&guest).copied()
    }

    /// By the id of its conversation, else of its guest.
    pub(crate) fn named(&self, id: Uuid) -> Option<SessionKey> {
        self.by_conversation.get(&id).copied().or_else(|| self.of_guest(id))
    }

    /// How many began so far.
    pub(crate) fn begun(&self) -> u64 {
        self.begun
    }

    pub(crate) fn begin(&mut self, key: SessionKey, mut session: Session) -> &mut Session {
        if self.by_key.len() >= self.sweep_at.max(MANY) {
            let unused: Vec<SessionKey> = self
                .by_key
                .iter()
                .filter(|(_, s)| s.wires.is_empty() && !s.is_spoken())
                .map(|(key, _)| *key)
                .collect();
            unused.iter().for_each(|key| drop(self.end(key)));
            self.sweep_at = self.by_key.len() * 2;
        }
        self.begun += 1;
        session.number = self.begun;
        self.by_guest.insert(session.guest, key);
        if let Some(conversation) = session.conversation {
            self.by_conversation.insert(conversation, key);
        }
        self.by_key.entry(key).insert_entry(session).into_mut()
    }

    /// The session is about another conversation from now on, or about none.
    pub(crate) fn converse(&mut self, key: &SessionKey, conversation: Option<Uuid>) {
        let Some(session) = self.by_key.get_mut(key) else { return };
        if let Some(before) = std::mem::replace(&mut session.conversation, conversation) {
            self.by_conversation.remove(&before);
        }
        if let Some(conversation) = conversation {
            self.by_conversation.insert(conversation, *key);
        }
    }

    pub(crate) fn end(&mut self, key: &SessionKey) -> Option<Session> {
        let session = self.by_key.remove(key)?;
        self.by_guest.remove(&session.guest);
        if let Some(conversation) = session.conversation {
            self.by_conversation.remove(&conversation);
        }
        for jwt in &session.jwts {
            self.by_jwt.remove(jwt);
        }
        Some(session)
    }

    /// A connection is gone, or has another session.
    pub(crate) fn leave(&mut self, key: &SessionKey, wire: u64) {
        if let Some(session) = self.by_key.get_mut(key) {
            session.wires.retain(|other| other.id != wire);
        }
    }

    pub(crate) fn issue_jwt(&mut self, key: &SessionKey, jwt: String, expires: Millis) {
        let Some(session) = self.by_key.get_mut(key) else { return };
        if session.jwts.len() == JWTS
            && let Some(oldest) = session.jwts.pop_front()
        {
            self.by_jwt.remove(&oldest);
        }
        session.jwts.push_back(jwt.clone());
        self.by_jwt.insert(jwt, (*key, expires));
    }

    pub(crate) fn of_jwt(&self, jwt: &str, now: Millis) -> Option<SessionKey> {
        self.by_jwt.get(jwt).filter(|(_, expires)| now < *expires).map(|(key, _)| *key)
    }

    /// In the order in which they began.
    pub(crate) fn all(&self) -> Vec<(&SessionKey, &Session)> {
        let mut all: Vec<_> = self.by_key.iter().collect();
        all.sort_unstable_by_key(|(_, session)| session.number);
        all
    }
}

/// The key of a token at a deployment.
pub(crate) fn key(deployment: &str, token: &str) -> SessionKey {
    let mut hash = Sha256::new();
    hash.update("guest session");
    hash.update(deployment);
    hash.update([0]);
    hash.update(token);
    hash.finalize().into()
}
