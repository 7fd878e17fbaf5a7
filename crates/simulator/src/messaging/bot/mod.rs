//! Who answers a guest by itself. Pure: what a guest did comes in, what is sent and how much later goes out.

use std::time::Duration;

use serde_json::Value;

/// What a guest did, as a bot sees it.
#[derive(Debug, Clone, Copy)]
pub enum GuestAct<'a> {
    /// The conversation began.
    Started,
    /// A text that was typed.
    Said(&'a str),
    /// A quick reply that was pressed.
    QuickReply {
        /// What stands on it.
        text: &'a str,
        /// What it carries.
        payload: &'a str,
    },
    /// A file.
    Attachment,
    /// A button of a card, a picker or a form.
    Answered {
        /// The text that came with it.
        text: Option<&'a str>,
        /// The first content of the message.
        content: &'a Value,
    },
}

/// One answer of a bot.
#[derive(Debug, Clone, PartialEq)]
pub struct BotReply {
    /// How long after the answer before it, or after what the guest did, it is sent.
    pub after: Duration,
    /// What is sent.
    pub send: BotSend,
}

/// What a bot sends.
#[derive(Debug, Clone, PartialEq)]
pub enum BotSend {
    /// A message.
    Message {
        /// Its text.
        text: Option<String>,
        /// What it carries beside the text.
        content: Vec<Value>,
    },
    /// The bot is seen typing.
    Typing,
    /// The bot ends the conversation.
    Disconnect {
        /// Whether the guest can write no more.
        read_only: bool,
    },
}

/// The bot's memory of one conversation.
#[derive(Debug, Clone, Default)]
pub struct BotMemory {}

/// The rules of all conversations.
#[derive(Debug, Clone)]
pub struct Bot {}

impl Bot {
    /// One that never answers.
    #[must_use]
    pub fn none() -> Self {
        Self {}
    }

    /// The demonstration: answers certain words with every kind of content.
    #[must_use]
    pub fn demo() -> Self {
        Self {}
    }

    /// What it does about what a guest did.
    pub fn answer(&self, _memory: &mut BotMemory, _act: &GuestAct<'_>) -> Vec<BotReply> {
        Vec::new()
    }
}
