//! Who answers a guest by itself. Pure: what a guest did comes in, what is sent and how much later goes out.

mod compile;
mod file;
mod mistake;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use regex::Regex;
use serde_json::Value;

pub use mistake::BotMistake;

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

impl<'a> GuestAct<'a> {
    /// The words of the guest: a date picker's answer has them on its button only.
    fn words(&self) -> Option<&'a str> {
        match *self {
            Self::Said(text) | Self::QuickReply { text, .. } => Some(text),
            Self::Answered { text, content } => text.or_else(|| pressed(content, "text")),
            Self::Started | Self::Attachment => None,
        }
    }
}

/// A text of the button that an answer names.
fn pressed<'a>(content: &'a Value, field: &str) -> Option<&'a str> {
    content.get("buttonResponse")?.get(field)?.as_str()
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
pub struct BotMemory {
    /// The rules with `once` that answered already, by their place.
    used: BTreeSet<usize>,
}

/// The rules of all conversations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bot {
    rules: Arc<[Rule]>,
}

#[derive(Debug)]
struct Rule {
    when: When,
    once: bool,
    reply: Vec<BotReply>,
}

/// What a rule answers to.
#[derive(Debug)]
enum When {
    /// The guest's words contain these, which are in lower case.
    Contains(String),
    Matches(Regex),
    /// The payload of a quick reply.
    QuickReply(String),
    /// The payload of a card's button, of a picked item or of a picked time.
    Button(String),
    Start,
    /// Anything that a guest does in a conversation.
    Otherwise,
}

impl When {
    fn fits(&self, act: &GuestAct<'_>) -> bool {
        match (self, act) {
            (Self::Start, act) => matches!(act, GuestAct::Started),
            (Self::Otherwise, act) => !matches!(act, GuestAct::Started),
            (Self::Contains(part), act) => act.words().is_some_and(|w| w.to_lowercase().contains(part)),
            (Self::Matches(pattern), act) => act.words().is_some_and(|w| pattern.is_match(w)),
            (Self::QuickReply(wanted), GuestAct::QuickReply { payload, .. }) => payload == wanted,
            (Self::Button(wanted), GuestAct::Answered { content, .. }) => {
                pressed(content, "payload") == Some(wanted)
            }
            (Self::QuickReply(_) | Self::Button(_), _) => false,
        }
    }
}

impl Bot {
    /// One that never answers.
    #[must_use]
    pub fn none() -> Self {
        Self { rules: Arc::default() }
    }

    /// The demonstration: answers certain words with every kind of content, and anything else with one line of help.
    #[must_use]
    pub fn demo() -> Self {
        Self::parse("demo.yaml", include_bytes!("demo.yaml")).expect("a test reads the file that is built in")
    }

    /// Reads a bot file, YAML or JSON.
    ///
    /// # Errors
    /// [`BotMistake`] with the place of the first mistake.
    pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Self, BotMistake> {
        let rules = file::read(bytes).and_then(compile::rules);
        rules.map(|rules| Self { rules: rules.into() }).map_err(|mistake| mistake.in_file(file_name))
    }

    /// What it does about what a guest did: the answers of the first rule that fits.
    pub fn answer(&self, memory: &mut BotMemory, act: &GuestAct<'_>) -> Vec<BotReply> {
        let fits =
            |(at, rule): &(usize, &Rule)| !(rule.once && memory.used.contains(at)) && rule.when.fits(act);
        let Some((at, rule)) = self.rules.iter().enumerate().find(fits) else { return Vec::new() };
        if rule.once {
            memory.used.insert(at);
        }
        rule.reply.clone()
    }
}

#[cfg(test)]
mod tests;
