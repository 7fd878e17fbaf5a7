use model::{AfterDoubt, FieldKind, FilterAbility, Selection};

use crate::{
    pipeline::{Error, FieldError},
    ports::SortField,
};

/// By dialect: the fields that its guests have, so that a filter can test them.
const FIELDS: [(&str, &[FieldKind]); 2] = [
    (
        "guest-api",
        &[
            FieldKind::Id,
            FieldKind::Name,
            FieldKind::Email,
            FieldKind::CreatedTime,
            FieldKind::ModifiedTime,
            FieldKind::Active,
            FieldKind::Attribute,
        ],
    ),
    (
        "genesys-cloud",
        &[
            FieldKind::Id,
            FieldKind::Name,
            FieldKind::Email,
            FieldKind::CreatedTime,
            FieldKind::ModifiedTime,
            FieldKind::Kind,
            FieldKind::Phone,
            FieldKind::FirstName,
            FieldKind::LastName,
            FieldKind::Attribute,
        ],
    ),
];

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

impl Capabilities {
    /// Refuses a filter that tests what guests do not have in this dialect, or that compares a field with what it cannot be
    /// compared with. The words say which dialect has the field.
    ///
    /// # Errors
    /// [`Error::Unfit`] for the field `filter`.
    pub fn must_test(&self, selection: &Selection) -> Result<(), Error> {
        must_test(self.dialect, selection)
    }
}

/// As [`Capabilities::must_test`].
pub(crate) fn must_test(dialect: &str, selection: &Selection) -> Result<(), Error> {
    let unfit =
        |message: String| Error::Unfit { fields: vec![FieldError { field: "filter".into(), message }] };
    if let Some(refusal) = selection.refusal() {
        return Err(unfit(refusal.to_string()));
    }
    let Some((_, known)) = FIELDS.iter().find(|(name, _)| *name == dialect) else { return Ok(()) };
    let Some(field) = selection.fields().find(|field| !known.contains(&FieldKind::from(*field))) else {
        return Ok(());
    };
    let has = |kinds: &[FieldKind]| kinds.contains(&FieldKind::from(field));
    let others: Vec<&str> = FIELDS.iter().filter(|(_, kinds)| has(kinds)).map(|(name, _)| *name).collect();
    Err(unfit(format!(
        "tests `{field}`, which guests have in the dialect {} and not in {dialect}",
        others.join(" or ")
    )))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_the_dialect_does_not_have_is_refused_with_the_dialect_that_has_it() {
        let says = |dialect, filter: &str| match must_test(dialect, &filter.parse().unwrap()) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        };
        for (dialect, filter, told) in [
            ("guest-api", r#"kind = "curated""#, "in the dialect genesys-cloud and not in guest-api"),
            ("guest-api", r#"NOT (active = true OR phone contains "49")"#, "tests `phone`"),
            ("genesys-cloud", "active = false", "in the dialect guest-api and not in genesys-cloud"),
            ("guest-api", r#"active = "yes""#, "`active` needs"),
            ("guest-api", r#"state = "open""#, "guests do not have"),
        ] {
            assert!(says(dialect, filter).contains(told), "{dialect}, {filter}: {}", says(dialect, filter));
        }
        for (dialect, filter) in [
            ("guest-api", r#"active = true AND attributes.tier = "gold""#),
            ("genesys-cloud", r#"kind = "curated" AND attributes.tier = "gold""#),
            ("third", r#"kind = "curated""#),
        ] {
            assert_eq!(says(dialect, filter), "", "{dialect}, {filter}");
        }
    }
}
