use model::{AfterDoubt, FilterAbility};

use crate::ports::SortField;

/// What an org can do, as data: screens and commands ask this and never which dialect it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Capabilities {
    /// The dialect's name. What is kept of an org, such as a plan, is bound to it.
    pub dialect: &'static str,
    /// What it filters by itself. The rest is tested here.
    pub filter: FilterAbility,
    /// The fields that its guests have, by the names that a filter takes.
    pub guest_fields: &'static [&'static str],
    /// What it sorts by itself.
    pub sort: Vec<SortField>,
    /// Whether a write or a delete can name the revision that it is meant for.
    pub conditional_writes: bool,
    /// What can be done about a message that may have arrived.
    pub after_doubt: AfterDoubt,
    /// What its lists say of how many there are.
    pub total: TotalAbility,
    /// How it is asked whether a session is still good.
    pub session_check: SessionCheck,
    /// What may stand in a guest's attributes.
    pub attributes: AttributeRules,
    /// Which guests are in no list, in a sentence; absent where everyone is in one.
    pub not_listed: Option<&'static str>,
    /// What the delete of a guest leaves in the org, in sentences; absent where it removes everything.
    pub not_removed: Option<&'static str>,
    /// Whether it merges guests, so that one stands for others.
    pub merges: bool,
    /// Whether it lists the chats of the last days.
    pub recent_chats: bool,
    /// How much of what it takes.
    pub limits: Limits,
}

/// What the lists of an org say of how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalAbility {
    /// The exact number, with a filter too.
    Known,
    /// A search hands out this many at most, and a list without a search does not say.
    Capped(u32),
}

/// How an org is asked whether a guest's session is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCheck {
    /// By its REST API.
    Rest,
    /// By the guest socket of a deployment, with that token.
    Socket,
}

/// What may stand in a guest's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeRules {
    /// Any key, and any JSON scalar.
    Free,
    /// What the schema of the guest says, which is read at run time.
    Schema,
}

/// How much an org takes. Each number stands here once; whoever needs one asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest message, in bytes of UTF-8.
    pub message_bytes: u32,
    /// Guests a page, and ids a question.
    pub guests_page: u32,
    /// Deletes in one call.
    pub remove_batch: u32,
    /// A request's path and query together, percent-encoded, in bytes: common servers and proxies take 8 KiB for the whole
    /// line.
    pub address_bytes: u32,
    /// The longest name of a guest, in characters.
    pub name_characters: u32,
    /// The longest e-mail address of a guest, in characters.
    pub email_characters: u32,
    /// The longest key of an attribute, in characters.
    pub attribute_key_characters: u32,
    /// What the credentials must be allowed for all of the work: scopes, or permissions.
    pub access: &'static [&'static str],
}
