use serde::{Deserialize, Serialize};

/// What can be done about a message when it is not known whether the org has it. A property of the way in which the message
/// was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AfterDoubt {
    /// Send it again with the same id: the org recognises a repeat and answers it as it answered the first.
    #[default]
    SameIdAgain,
    /// Look for it in the guest's history. Sending it again without that could give the guest's words twice.
    LookInHistory,
    /// A person decides whether it counts as delivered, is sent again or is discarded.
    AskPerson,
}
