use std::time::Duration;

use serde_json::Value;

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
