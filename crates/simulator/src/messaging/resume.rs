//! What of a session is kept: the guest and the conversation in the world, and what was said for as long as the org runs.

use super::{
    frames::Body,
    session::{Connection, Session, SessionKey},
};
use crate::{clock::Millis, org::Org};

impl Org {
    /// Whether the world knows a guest by this token, from before the org was started again; their session goes on.
    pub(crate) fn resume(&mut self, connection: &Connection, key: SessionKey, now: Millis) -> bool {
        let Some(guest) = self.world.guest_of_session(&key) else { return false };
        let mut session = Session::new(connection.deployment.clone(), guest, now);
        let newest = self.world.conversations().of_guest(guest).max_by_key(|c| (c.start, c.last));
        if let Some(conversation) = newest {
            session.conversation = Some(conversation.id);
            session.last = conversation.last;
        }
        self.guests.sessions.begin(key, session);
        true
    }

    /// A line of the session's history.
    pub(crate) fn remember(&mut self, key: &SessionKey, line: &Body) {
        if let Some(session) = self.guests.sessions.get_mut(key) {
            session.remember(line.clone());
        }
    }
}
