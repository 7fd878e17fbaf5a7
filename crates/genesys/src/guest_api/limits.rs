use model::{AfterDoubt, FilterAbility, MAX_TEXT_BYTES};

use crate::{
    capabilities::{AttributeRules, Capabilities, Limits, SessionCheck, TotalAbility},
    ports::{Permission, SortField},
};

/// The dialect's name.
pub(super) const DIALECT: &str = "guest-api";

/// The longest page the org gives; over it is 400.
pub(crate) const MAX_PAGE: u32 = LIMITS.guests_page;

/// What the contract allows (`guest-api.md`). It bounds no name, e-mail address or key; those numbers are ours.
pub(crate) const LIMITS: Limits = Limits {
    message_bytes: MAX_TEXT_BYTES as u32,
    guests_page: 100,
    remove_batch: 1,
    address_bytes: 7_500,
    name_characters: 200,
    email_characters: 254,
    attribute_key_characters: 128,
    access: &["guest:read", "guest:write", "conversation:read", "webchat:write"],
};

/// The scopes that the work needs, without a word on whether they are granted.
pub(crate) fn permissions() -> Vec<Permission> {
    let needs = [
        ("guest:read", "No guests can be listed, searched or opened.", true),
        ("guest:write", "Guests cannot be changed or deleted, by hand or by a retention run.", false),
        (
            "conversation:read",
            "No conversations can be read, so that a retention run cannot tell who is in one.",
            false,
        ),
        ("webchat:write", "No chats can be started and no messages sent.", false),
    ];
    let of = |(name, without, is_needed)| Permission {
        name,
        granted: None,
        without,
        in_other_division: false,
        is_needed,
    };
    needs.map(of).to_vec()
}

/// Everything that the console does.
#[must_use]
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        dialect: DIALECT,
        filter: FilterAbility::whole_grammar(),
        guest_fields: &["id", "name", "email", "createdTime", "modifiedTime", "active", "attributes.<key>"],
        sort: SortField::ALL.to_vec(),
        conditional_writes: true,
        after_doubt: AfterDoubt::SameIdAgain,
        total: TotalAbility::Known,
        session_check: SessionCheck::Rest,
        attributes: AttributeRules::Free,
        not_listed: None,
        not_removed: None,
        merges: false,
        recent_chats: false,
        limits: LIMITS,
    }
}
