use model::{AfterDoubt, FilterAbility, MAX_TEXT_BYTES};

use crate::capabilities::{AttributeRules, Capabilities, Limits, SessionCheck, TotalAbility};

/// The dialect's name.
pub(super) const DIALECT: &str = "genesys-cloud";

/// Page number times page size is never more in a list or a search (genesys-facts.md 1.3).
pub(super) const SEARCH_CEILING: u32 = 1_000;

/// Contacts a page of a scan: the most that the org hands out.
pub(super) const SCAN_PAGE: u32 = 200;

/// Conversations a page of the details query.
pub(super) const CONVERSATIONS_PAGE: usize = 100;

/// The longest time that one details query about everybody asks about, in days: the smallest of the numbers that sources name.
pub(super) const SLICE_DAYS: i64 = 7;

/// Conversations are looked for among those that began in so many days.
pub(super) const CONVERSATION_DAYS: i64 = 31;

// vendor-fact: contacts-not-listed, contact-expiry
const NOT_LISTED: &str = "Identified and ephemeral contacts, which the org makes by itself for unknown visitors, are in no list: \
                          none of them is in the plan, and they expire 60 days after their last interaction.";

// vendor-fact: contact-delete-leaves, recording-protection
const NOT_REMOVED: &str = "A delete removes the contact. It does not remove the contact's conversations, transcripts and \
                           recordings, some of which the org protects from being deleted, and perhaps not its notes.";

/// What the vendor's documents and models say.
pub(super) const LIMITS: Limits = Limits {
    message_bytes: MAX_TEXT_BYTES as u32,
    guests_page: 100,
    remove_batch: 100,
    address_bytes: 7_500,
    name_characters: 1_000,
    email_characters: 256,
    attribute_key_characters: 128,
    access: &[
        "externalContacts:contact:view",
        "analytics:conversationDetail:view",
        "conversation:communication:view",
        "externalContacts:contact:edit",
        "externalContacts:contact:delete",
    ],
};

/// What a live org can do.
#[must_use]
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        dialect: DIALECT,
        filter: FilterAbility::nothing(),
        guest_fields: &[
            "id",
            "kind",
            "name",
            "firstName",
            "lastName",
            "email",
            "phone",
            "createdTime",
            "modifiedTime",
            "attributes.<key>",
        ],
        sort: Vec::new(),
        conditional_writes: false,
        after_doubt: AfterDoubt::LookInHistory,
        total: TotalAbility::Capped(SEARCH_CEILING),
        session_check: SessionCheck::Socket,
        attributes: AttributeRules::Schema,
        not_listed: Some(NOT_LISTED),
        not_removed: Some(NOT_REMOVED),
        merges: true,
        recent_chats: true,
        limits: LIMITS,
    }
}
