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

impl<'a> GuestAct<'a> {
    /// The words of the guest: a date picker's answer has them on its button only.
    pub(super) fn words(&self) -> Option<&'a str> {
        match *self {
            Self::Said(text) | Self::QuickReply { text, .. } => Some(text),
            Self::Answered { text, content } => text.or_else(|| pressed(content, "text")),
            Self::Started | Self::Attachment => None,
        }
    }
}

/// A text of the button that an answer names.
pub(super) fn pressed<'a>(content: &'a Value, field: &str) -> Option<&'a str> {
    content.get("buttonResponse")?.get(field)?.as_str()
}
