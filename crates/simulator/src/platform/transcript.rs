//! What was said in each conversation, as the org knows it: what came by the socket or by REST since the org began, and for
//! seeded conversations a few lines that are always the same.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{
    clock::Millis,
    messaging::frames::{Body, Writer},
    world::{Conversation, World, mix},
};

/// Lines kept of one conversation, the newest.
const KEPT: usize = 5000;
/// Seeded lines of one conversation, at most; each id differs from the conversation's in its last byte alone.
const SEEDED: u128 = 8;

const QUESTIONS: [&str; 4] = [
    "Hello, can I come a day later than I booked?",
    "Hi! Is breakfast part of my booking?",
    "Good evening, my invoice shows the wrong name.",
    "Hello, do you have a cot for our child?",
];
const GREETING: &str = "Welcome! One moment, please: somebody will be with you.";
const ANSWERS: [&str; 4] = [
    "Of course, I have moved it by a day.",
    "It is, from seven to half past ten.",
    "I am sorry for that. You will have a new one within the hour.",
    "We do, and it is free. I have put it down for you.",
];
const THANKS: &str = "Thank you, that helps.";
const AGENTS: [&str; 3] = ["Sam Rivera", "Mina Park", "Jonas Berg"];

/// One line of a conversation.
#[derive(Debug, Clone)]
pub(crate) struct TranscriptLine {
    pub(crate) body: Body,
    /// What became of it, in the vendor's word.
    pub(crate) status: &'static str,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Guest,
    Bot,
    Agent,
    /// An event of the org's own.
    System,
}

impl TranscriptLine {
    pub(super) fn id(&self) -> Uuid {
        self.body.key().unwrap_or_default()
    }

    pub(super) fn by(&self) -> By {
        match (self.body.direction.as_ref(), self.body.originating_entity.as_deref()) {
            ("Inbound", _) => By::Guest,
            (_, Some("Human")) => By::Agent,
            (_, Some(_)) => By::Bot,
            _ => By::System,
        }
    }

    pub(super) fn is_event(&self) -> bool {
        !self.body.events.is_empty()
    }

    /// The name of the agent who wrote it.
    pub(super) fn agent(&self) -> Option<&str> {
        self.body.channel.from.as_ref()?.get("nickname")?.as_str()
    }
}

/// The lines of all conversations that came since the org began.
#[derive(Default)]
pub(crate) struct Transcripts {
    by_conversation: HashMap<Uuid, Vec<TranscriptLine>>,
    by_message: HashMap<Uuid, Uuid>,
}

impl Transcripts {
    /// One more line. `seen` says whether somebody was connected to read it.
    pub(crate) fn add(&mut self, conversation: Uuid, body: Body, seen: bool) {
        let status = match (body.direction.as_ref(), seen) {
            ("Inbound", _) => "received",
            (_, true) => "delivery-success",
            (_, false) => "delivery-failed",
        };
        let line = TranscriptLine { body, status };
        if self.by_message.contains_key(&line.id()) {
            return;
        }
        let lines = self.by_conversation.entry(conversation).or_default();
        if lines.len() == KEPT {
            self.by_message.remove(&lines.remove(0).id());
        }
        self.by_message.insert(line.id(), conversation);
        lines.push(line);
    }

    /// Every line of a conversation, oldest first.
    pub(super) fn lines(&self, world: &World, conversation: &Conversation) -> Vec<TranscriptLine> {
        let mut lines = if world.is_seeded(conversation) { seeded(conversation) } else { Vec::new() };
        lines.extend(self.by_conversation.get(&conversation.id).into_iter().flatten().cloned());
        lines
    }

    /// The conversation in which a message was said.
    pub(super) fn conversation_of(&self, world: &World, message: Uuid) -> Option<Conversation> {
        let known = self.by_message.get(&message).copied();
        let seeded = (1..=SEEDED).map(|n| Uuid::from_u128(message.as_u128() ^ n));
        let mut all = known.into_iter().chain(seeded).filter_map(|id| world.conversations().get(id));
        all.find(|found| known.is_some() || world.is_seeded(found)).copied()
    }
}

/// The lines of a seeded conversation: a question, a bot's greeting, mostly an agent's answer, sometimes thanks.
fn seeded(conversation: &Conversation) -> Vec<TranscriptLine> {
    let id = conversation.id.as_u128();
    let roll = mix((id ^ (id >> 64)) as u64) as usize;
    let topic = roll % QUESTIONS.len();
    let agent = AGENTS[roll / 7 % AGENTS.len()];
    let count = [2, 3, 3, 4][roll / 64 % 4];
    let span = (conversation.last - conversation.start).max(0);
    (0..count)
        .map(|n| {
            let at = conversation.start + span * n / count;
            let message = Uuid::from_u128(id ^ (n as u128 + 1));
            let (body, status) = match n {
                0 => (said_by_guest(message, QUESTIONS[topic], at), "received"),
                1 => (written(&Writer::Bot, message, GREETING, at), "delivery-success"),
                2 => (
                    written(&Writer::Human(agent.to_owned()), message, ANSWERS[topic], at),
                    "delivery-success",
                ),
                _ => (said_by_guest(message, THANKS, at), "received"),
            };
            TranscriptLine { body, status }
        })
        .collect()
}

fn said_by_guest(id: Uuid, text: &str, at: Millis) -> Body {
    let mut body = Body::inbound("Text", id, at);
    body.text = Some(text.to_owned());
    Body { id: id.simple().to_string(), ..body }
}

fn written(by: &Writer, id: Uuid, text: &str, at: Millis) -> Body {
    let mut body = Body::outbound(by, Some(text.to_owned()), Vec::new(), at);
    body.channel.message_id = body.channel.message_id.map(|_| id);
    Body { id: id.simple().to_string(), ..body }
}
