use model::{ConversationId, GuestId, MessageId};

use crate::{
    State,
    entry::{Place, Record},
};

/// So many rejections a slow receiver may lag behind before it misses the oldest.
pub(crate) const KEPT: usize = 64;
/// So many ids are named.
const NAMED: usize = 16;

/// Entries that the org just refused for one reason: one message, or all that waited in a conversation that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Their conversation.
    pub conversation_id: ConversationId,
    /// Who wrote the first of them.
    pub guest_id: GuestId,
    /// The reason.
    pub why: String,
    /// The first 16 of them.
    pub ids: Vec<MessageId>,
    /// How many there are.
    pub count: u64,
}

impl Rejection {
    /// What an answer of the org changed, if it was a refusal: then all of it is dead for one reason.
    pub(crate) fn of(changed: &[(Place, Record)]) -> Option<Self> {
        let ((conversation_id, _), first) = changed.first()?;
        let State::Dead { why } = &first.progress.state else { return None };
        Some(Self {
            conversation_id: conversation_id.clone(),
            guest_id: first.guest_id,
            why: why.clone(),
            ids: changed.iter().take(NAMED).map(|(_, r)| r.id).collect(),
            count: changed.len() as u64,
        })
    }
}
