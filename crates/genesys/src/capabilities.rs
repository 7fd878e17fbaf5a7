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
    /// Whether a write or a delete can name the revision that it is meant for.
    pub conditional_writes: bool,
    /// What can be done about a message that may have arrived.
    pub after_doubt: AfterDoubt,
    /// How much of what it takes.
    pub limits: Limits,
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
