use regex::Regex;

use super::{
    act::{GuestAct, pressed},
    reply::BotReply,
};

/// One rule of a bot.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) when: When,
    /// Answers once a conversation.
    pub(super) once: bool,
    pub(super) reply: Vec<BotReply>,
}

/// What a rule answers to.
#[derive(Debug)]
pub(super) enum When {
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
    pub(super) fn fits(&self, act: &GuestAct<'_>) -> bool {
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
