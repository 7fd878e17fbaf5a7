use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use strum::{AsRefStr, Display, EnumDiscriminants, VariantArray};

/// The tests of a selection and what joins them. `And` and `Or` hold at least two; parentheses that a person wrote are kept
/// as a nested expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One must hold.
    Or(Vec<Expression>),
    /// All must hold.
    And(Vec<Expression>),
    /// It must not hold.
    Not(Box<Expression>),
    /// One comparison of a field with a value.
    Test(Test),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What is compared.
    pub field: Field,
    /// How.
    pub op: Op,
    /// With what.
    pub value: Value,
}

/// A field that a test can ask for.
#[derive(Debug, Clone, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(FieldKind),
    derive(VariantArray),
    doc = "A field without the key of an attribute.",
    allow(missing_docs)
)]
pub enum Field {
    /// `id`
    Id,
    /// `name`
    Name,
    /// `email`
    Email,
    /// `createdTime`
    CreatedTime,
    /// `modifiedTime`
    ModifiedTime,
    /// `active`
    Active,
    /// `kind`, where the org tells kinds apart
    Kind,
    /// `phone`, in the same orgs
    Phone,
    /// `firstName`, in the same orgs
    FirstName,
    /// `lastName`, in the same orgs
    LastName,
    /// `attributes.<key>`
    Attribute(AttributeKey),
    /// `guest.id`, in a query for conversations
    GuestIdOfConversation,
    /// `type`, in a query for conversations
    ConversationType,
    /// `state`, in a query for conversations
    ConversationState,
}

/// The key of an attribute that the grammar can name: letters, digits, `_`, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeKey(String);

impl AttributeKey {
    /// `None` for a key that the grammar cannot name.
    #[must_use]
    pub fn new(key: &str) -> Option<Self> {
        (!key.is_empty() && key.chars().all(in_a_word)).then(|| Self(key.to_owned()))
    }

    /// The key alone, without `attributes.`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a field's name may have this character.
pub(super) fn in_a_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

const NAMED: [(&str, Field); 13] = [
    ("id", Field::Id),
    ("name", Field::Name),
    ("email", Field::Email),
    ("createdTime", Field::CreatedTime),
    ("modifiedTime", Field::ModifiedTime),
    ("active", Field::Active),
    ("kind", Field::Kind),
    ("phone", Field::Phone),
    ("firstName", Field::FirstName),
    ("lastName", Field::LastName),
    ("guest.id", Field::GuestIdOfConversation),
    ("type", Field::ConversationType),
    ("state", Field::ConversationState),
];

impl Field {
    /// The field of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.strip_prefix("attributes.") {
            Some(key) => AttributeKey::new(key).map(Field::Attribute),
            None => NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, field)| field),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Attribute(key) => write!(f, "attributes.{}", key.0),
            named => {
                NAMED.iter().find(|(_, field)| field == named).map_or(Ok(()), |(name, _)| f.write_str(name))
            }
        }
    }
}

/// How a field is compared. Of two that begin alike the longer is first, as the grammar has to try them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, Display, VariantArray)]
pub enum Op {
    /// With case.
    #[strum(serialize = "!=")]
    NotEqual,
    /// At most.
    #[strum(serialize = "<=")]
    LessOrEqual,
    /// At least.
    #[strum(serialize = ">=")]
    GreaterOrEqual,
    /// With case.
    #[strum(serialize = "=")]
    Equal,
    /// Less than.
    #[strum(serialize = "<")]
    Less,
    /// More than.
    #[strum(serialize = ">")]
    Greater,
    /// Without case.
    #[strum(serialize = "contains")]
    Contains,
    /// Without case.
    #[strum(serialize = "startswith")]
    StartsWith,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Quoted, `"` and `\` escaped. A time is a text in RFC 3339.
    Text(String),
    /// A number.
    Number(WrittenNumber),
    /// `true` or `false`.
    Bool(bool),
}

/// A number with the digits that were written, so that an org reads the same ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenNumber(String);

impl WrittenNumber {
    /// `None` for what is no finite number.
    #[must_use]
    pub fn new(digits: &str) -> Option<Self> {
        let finite = digits.parse::<f64>().is_ok_and(f64::is_finite);
        (finite && digits.chars().all(in_a_number)).then(|| Self(digits.to_owned()))
    }

    /// The number that tests compare with.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// Whether a number may have this character.
pub(super) fn in_a_number(c: char) -> bool {
    matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
impl From<DateTime<Utc>> for Value {
    /// With fractions of a second where there are any.
    fn from(time: DateTime<Utc>) -> Self {
        Value::Text(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(t) => write!(f, "\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\"")),
            Value::Number(n) => f.write_str(&n.0),
            Value::Bool(b) => write!(f, "{b}"),
        }
    }
}

impl Expression {
    /// One of these must hold; `None` for an empty list.
    pub(super) fn one_of(parts: Vec<Self>) -> Option<Self> {
        Self::joined(parts, Self::Or)
    }

    /// All of these must hold; `None` for an empty list.
    pub(super) fn all_of(parts: Vec<Self>) -> Option<Self> {
        Self::joined(parts, Self::And)
    }

    fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Option<Self> {
        if parts.len() > 1 { Some(join(parts)) } else { parts.pop() }
    }

    /// Its tests from left to right.
    pub fn tests(&self) -> Box<dyn Iterator<Item = &Test> + '_> {
        match self {
            Self::Or(parts) | Self::And(parts) => Box::new(parts.iter().flat_map(Self::tests)),
            Self::Not(inner) => inner.tests(),
            Self::Test(test) => Box::new(std::iter::once(test)),
        }
    }
}

/// In the grammar, with parentheses only where something nested needs them.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, parts) = match self {
            Self::Or(parts) => (" OR ", parts),
            Self::And(parts) => (" AND ", parts),
            Self::Not(inner) if matches!(**inner, Self::Test(_)) => return write!(f, "NOT {inner}"),
            Self::Not(inner) => return write!(f, "NOT ({inner})"),
            Self::Test(Test { field, op, value }) => return write!(f, "{field} {op} {value}"),
        };
        for (n, part) in parts.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { word })?;
            match (self, part) {
                (_, Self::Or(_)) | (Self::And(_), Self::And(_)) => write!(f, "({part})")?,
                _ => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}
