//! Who takes part in a conversation: the guest, and the bot, the queue and the agent where they did.

use uuid::Uuid;

use super::transcript::{By, TranscriptLine};
use crate::{
    clock::Millis,
    org::Org,
    world::{Conversation, mix},
};

const QUEUES: [&str; 3] = ["Front desk", "Reservations", "Billing"];

/// One who takes part.
pub(super) struct Participant {
    pub(super) role: Role,
    pub(super) id: Uuid,
    pub(super) communication: Uuid,
    pub(super) name: String,
    pub(super) start: Millis,
    /// `None` while they are connected.
    pub(super) end: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Customer,
    Workflow,
    Queue,
    Agent,
}

impl Role {
    /// The vendor's word.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Workflow => "workflow",
            Self::Queue => "acd",
            Self::Agent => "agent",
        }
    }
}

/// A conversation with all that answers tell of it.
pub(super) struct Interaction {
    pub(super) conversation: Conversation,
    pub(super) lines: Vec<TranscriptLine>,
    pub(super) participants: Vec<Participant>,
    pub(super) queue: (Uuid, &'static str),
    /// When the org has it end; `None` too for one that was left open for good.
    pub(super) end: Option<Millis>,
}

impl Interaction {
    pub(super) fn agent(&self) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.role == Role::Agent)
    }

    /// The user that an agent's name stands for.
    pub(super) fn user(agent: &str) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, agent.as_bytes())
    }

    pub(super) fn participant_of(&self, by: By) -> Option<&Participant> {
        let role = match by {
            By::Guest => Role::Customer,
            By::Bot => Role::Workflow,
            By::Agent => Role::Agent,
            By::System => return None,
        };
        self.participants.iter().find(|participant| participant.role == role)
    }

    /// The participants' ids differ from the conversation's in one byte, those of their communications in another.
    fn add(&mut self, role: Role, name: String, start: Millis, end: Option<Millis>) {
        let n = self.participants.len() as u128 + 1;
        let id = self.conversation.id.as_u128();
        let (id, communication) = (Uuid::from_u128(id ^ (n << 8)), Uuid::from_u128(id ^ (n << 16)));
        self.participants.push(Participant { role, id, communication, name, start, end });
    }
}

impl Org {
    /// When the org has a conversation end; `None` too for one that was left open for good.
    pub(super) fn end_of(&self, conversation: &Conversation) -> Option<Millis> {
        conversation.closed(self.now()).filter(|_| !self.world.is_orphan(conversation.id))
    }

    pub(super) fn interaction(&self, conversation: &Conversation) -> Interaction {
        let now = self.now();
        let lines = self.platform.transcripts.lines(&self.world, conversation);
        let closed = conversation.closed(now);
        let id = conversation.id.as_u128();
        let queue = QUEUES[mix((id >> 64) as u64) as usize % QUEUES.len()];
        let mut interaction = Interaction {
            conversation: *conversation,
            participants: Vec::new(),
            queue: (Uuid::new_v5(&Uuid::NAMESPACE_OID, queue.as_bytes()), queue),
            end: self.end_of(conversation),
            lines,
        };
        let guest = self.world.guest(conversation.guest).map_or("", |guest| &guest.name).to_owned();
        let first = |by: By| {
            let line = interaction.lines.iter().find(|line| line.by() == by)?;
            let at = chrono::DateTime::parse_from_rfc3339(&line.body.channel.time).ok()?.timestamp_millis();
            Some((at, line.agent().unwrap_or("Agent").to_owned()))
        };
        let (bot, agent) = (first(By::Bot), first(By::Agent));
        let start = conversation.start;
        interaction.add(Role::Customer, guest, start, closed);
        if let Some((at, _)) = &bot {
            interaction.add(Role::Workflow, "Welcome".to_owned(), start, Some(*at));
        }
        let answered = agent.as_ref().map(|(at, _)| *at);
        interaction.add(Role::Queue, queue.to_owned(), start, answered.or(closed));
        if let Some((at, name)) = agent {
            interaction.add(Role::Agent, name, at, closed);
        }
        interaction
    }
}
