//! What of a session is kept over a restart of the org: guest, conversation and what was said. Whether it was read-only, its files
//! and its JWTs are not.

use super::{
    frames::Body,
    sealed::Seal,
    session::{Connection, Session, SessionKey},
};
use crate::{
    clock::{Millis, rfc3339},
    org::Org,
    world::Change,
};

impl Org {
    /// Whether the world knows a guest by this token, from before the org was started again; their session goes on.
    pub(crate) fn resume(
        &mut self,
        connection: &Connection,
        key: SessionKey,
        token: &str,
        now: Millis,
    ) -> bool {
        let Some(guest) = self.world.guest_of_session(&key) else { return false };
        let mut session = Session::new(connection.deployment.clone(), guest, now);
        let newest = self.world.conversations().of_guest(guest).max_by_key(|c| (c.start, c.last));
        if let Some(conversation) = newest {
            session.conversation = Some(conversation.id);
            session.last = conversation.last;
        }
        let seal = Seal::by(token);
        for line in self.world.lines(guest).filter_map(|line| seal.open(line)) {
            if let Some(conversation) = self
                .world
                .conversations()
                .of_guest(guest)
                .filter(|c| rfc3339(c.start) <= line.channel.time)
                .max_by_key(|c| c.start)
            {
                self.platform.transcripts.add(conversation.id, line.clone(), true);
            }
            session.remember(line);
        }
        self.guests.sessions.begin(key, session);
        true
    }

    /// A line of the session's history as the change log keeps it; nothing where there is no log.
    pub(crate) fn kept_line(&self, key: &SessionKey, line: &Body) -> Option<Change> {
        let session = self.guests.sessions.get(key).filter(|_| self.keeps_changes())?;
        let sealed = session.seal.as_ref()?.seal(line)?;
        Some(Change::Line { guest: session.guest, sealed })
    }

    /// A line of the session's history. One that the log cannot keep is there until the org ends.
    pub(crate) fn remember(&mut self, key: &SessionKey, line: &Body) {
        if let Some(change) = self.kept_line(key, line) {
            let _ = self.commit(vec![change]);
        }
        self.add_line(key, line);
    }

    /// A line that the log has already.
    pub(crate) fn add_line(&mut self, key: &SessionKey, line: &Body) {
        let Some(session) = self.guests.sessions.get_mut(key) else { return };
        session.remember(line.clone());
        if let Some(conversation) = session.conversation {
            self.platform.transcripts.add(conversation, line.clone(), !session.wires.is_empty());
        }
    }
}
