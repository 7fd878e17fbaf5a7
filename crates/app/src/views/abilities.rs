use genesys::{AttributeRules, Org, SessionCheck, TotalAbility};
use model::FilterAbility;
use serde::Serialize;
use specta::Type;

use super::SortField;

/// What the org of a connection can do. Screens ask this and never which dialect it speaks. Before an org is known nothing is
/// offered that one may lack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AbilitiesView {
    /// It lists the chats of the last days.
    pub recent_chats: bool,
    /// It shows conversations with their messages and attributes, whoever started them.
    pub conversations: bool,
    /// It takes a filter for its list of guests.
    pub filter: bool,
    /// By what it sorts its list of guests.
    pub sort: Vec<SortField>,
    /// A search hands out so many guests at most, and a list without a search does not say how many there are; `null` where the
    /// number is always known.
    pub ceiling: Option<u32>,
    /// Attributes follow a schema of the org. Otherwise any key may be given any value.
    pub schema: bool,
    /// What the delete of a guest leaves in the org, in sentences; `null` where it removes everything.
    pub not_removed: Option<String>,
    /// Chats are started and written by its API.
    pub chat: bool,
    /// Chats are started and written by the guest socket of a deployment, and in no other way.
    pub chat_by_socket: bool,
    /// Whether a session is still good is asked with its token alone, and the answer names no guest.
    pub session_by_token: bool,
}

impl AbilitiesView {
    pub(crate) fn of(org: &Org) -> Self {
        let can = &org.can;
        Self {
            recent_chats: org.recent.is_some(),
            conversations: org.records.is_some(),
            filter: can.filter != FilterAbility::nothing(),
            sort: can.sort.iter().copied().map(SortField::from).collect(),
            ceiling: match can.total {
                TotalAbility::Known => None,
                TotalAbility::Capped(most) => Some(most),
            },
            schema: can.attributes == AttributeRules::Schema,
            not_removed: can.not_removed.map(str::to_owned),
            chat: org.chat.is_some(),
            chat_by_socket: org.chat.is_none(),
            session_by_token: can.session_check == SessionCheck::Socket,
        }
    }
}
