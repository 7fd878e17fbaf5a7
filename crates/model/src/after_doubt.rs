use serde::{Deserialize, Serialize};

/// What can be done about a message that may have arrived or may not, for example because the connection broke before the
/// answer came. A property of the way in which messages are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AfterDoubt {
    /// It is sent again under the same id: the org answers a repeat with the first result and takes no second message.
    #[default]
    SameIdAgain,
    /// The guest's history is read: where the message stands there once, it has arrived. Without that it is not sent again.
    LookInHistory,
    /// Nothing can be known from here. A person decides, and what comes after the message waits for them.
    AskPerson,
}
