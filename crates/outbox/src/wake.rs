use model::ConversationId;

use crate::{Outbox, entry::Place, lane::Lane, memory::MemoryPlace, state::Event};

/// Why the outbox should look again at once. Waits that the org did not name are over with any of these; those that
/// it named are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The network is back.
    Network,
    /// There is a new access token. Lifts a pause, but not again before something was delivered: an org that grants
    /// tokens and refuses the messages must not be asked in a circle.
    Token,
    /// The rate budget has room again.
    Budget,
    /// A person wants it. Lifts a pause.
    Person,
}

/// So many lanes are woken under one hold of the lock.
const PART: usize = 512;

impl Outbox {
    /// Forgets the waits that the org did not name. Only in memory: after a restart they are back, and short.
    pub fn wake(&self, why: Wake) {
        let mut memory = self.0.memory();
        match why {
            Wake::Person => (memory.paused, memory.token_tried) = (None, false),
            Wake::Token if memory.paused.is_some() && !memory.token_tried => {
                (memory.paused, memory.token_tried) = (None, true);
            }
            Wake::Token | Wake::Network | Wake::Budget => {}
        }
        drop(memory);
        let mut after = None;
        loop {
            let mut memory = self.0.memory();
            let part = memory.waiting_from(after, PART);
            let Some(last) = part.last() else { break };
            after = Some(*last);
            let head =
                |no| memory.tracked(no).and_then(|h| h.lane.head()).map(|(seq, _)| MemoryPlace { no, seq });
            let heads: Vec<Place> = part.iter().filter_map(|(_, no)| memory.place_of(head(*no)?)).collect();
            let now = self.0.now();
            for place in heads {
                if let Some(record) = self.0.record_after(&memory, &place, &Event::Wake) {
                    memory.install(&place, record, now);
                }
            }
        }
        self.0.tell_change();
    }

    /// Forgets the wait of one conversation that the org did not name: its way is open again. Only in memory.
    pub fn wake_conversation(&self, conversation: &ConversationId) {
        let mut memory = self.0.memory();
        let head = memory.lane(conversation).and_then(Lane::head).map(|(seq, _)| (conversation.clone(), seq));
        let woken = head.and_then(|head| {
            let record = self.0.record_after(&memory, &head, &Event::Wake)?;
            Some((head, record))
        });
        if let Some((place, record)) = woken {
            let now = self.0.now();
            memory.install(&place, record, now);
        }
        drop(memory);
        self.0.tell_change();
    }

    /// Lifts the pause.
    pub fn resume(&self) {
        let mut memory = self.0.memory();
        (memory.paused, memory.token_tried) = (None, false);
        drop(memory);
        self.0.tell_change();
    }
}
