use model::{AfterDoubt, FilterAbility};

use crate::ports::SortField;

/// What an org can do, as data: screens and commands ask this and never which dialect it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Capabilities {
    /// The dialect's name. What is kept of an org, such as a plan, is bound to it.
    pub dialect: &'static str,
    /// What it filters by itself. The rest is tested here.
    pub filter: FilterAbility,
    /// What it sorts by itself.
    pub sort: Vec<SortField>,
    /// How it counts the matches of a search.
    pub totals: Totals,
    /// Whether a write or a delete can name the revision that it is meant for.
    pub conditional_writes: bool,
    /// How the session of a guest is checked.
    pub sessions: SessionCheck,
    /// Which attributes guests can have.
    pub attributes: AttributeKinds,
    /// What can be done about a message that may have arrived.
    pub after_doubt: AfterDoubt,
    /// Whether it lists the chats that were there lately.
    pub recent_chats: bool,
    /// How much of what it takes.
    pub limits: Limits,
}

/// How an org counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Totals {
    /// Every match.
    Exact,
    /// Up to a number, beyond which it only says that there are more.
    AtLeast,
    /// Not at all.
    Unknown,
}

/// How the session of a guest is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCheck {
    /// By the token that the org hands out with the guest.
    Rest,
    /// By opening the guest's socket with the token.
    Socket,
    /// Not at all.
    None,
}

/// Which attributes guests can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKinds {
    /// Any key.
    Free,
    /// The keys and types that the org's schema names.
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
