mod grammar;

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A guest filter in the grammar of our contract (`guest-api.md`, "Filter").
///
/// Built from parts, user text is always quoted and escaped, so it can never become syntax. A filter a person
/// wrote as a whole is parsed before it is one, so that it means the same beside other tests as alone.
///
/// ```
/// use model::{Field, Filter};
/// let typed = r#"x" OR id != "#;
/// let f = Filter::contains(Field::Name, typed).or(Filter::starts_with(Field::Id, "6e2f"));
/// assert_eq!(f.to_string(), r#"(name contains "x\" OR id != ") OR (id startswith "6e2f")"#);
/// let written: Filter = r#"attributes.tier = "gold""#.parse()?;
/// assert!(r#"name = "nobody") OR (active = true"#.parse::<Filter>().is_err());
/// # let _ = written; Ok::<(), model::FilterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter(String);

/// The longest filter that a person may write, in bytes; the org takes twice that, which leaves room for our own tests.
const LONGEST: usize = 8_000;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilterError(String);

impl FromStr for Filter {
    type Err = FilterError;

    /// A whole filter that a person wrote, without the blanks around it.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, FilterError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(FilterError("may have at most 8,000 bytes".to_owned()));
        }
        grammar::check(text).map_err(FilterError)?;
        Ok(Self(text.to_owned()))
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.0
    }
}

/// A field a filter can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// `guest.id`, in a conversation query
    GuestIdOfConversation,
    /// `type`, in a conversation query
    ConversationType,
    /// `state`, in a conversation query
    ConversationState,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Id => "id",
            Field::Name => "name",
            Field::Email => "email",
            Field::CreatedTime => "createdTime",
            Field::ModifiedTime => "modifiedTime",
            Field::Active => "active",
            Field::GuestIdOfConversation => "guest.id",
            Field::ConversationType => "type",
            Field::ConversationState => "state",
        })
    }
}

/// A value on the right-hand side.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Quoted, `"` and `\` escaped.
    Text(String),
    /// Quoted RFC 3339, UTC, with nanoseconds where there are any.
    Time(DateTime<Utc>),
    /// `true` or `false`.
    Bool(bool),
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
    fn from(time: DateTime<Utc>) -> Self {
        Value::Time(time)
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
            Value::Time(t) => write!(f, "\"{}\"", t.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Value::Bool(b) => write!(f, "{b}"),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "filters are built from parts that serve for nothing else")]
impl Filter {
    fn test(field: Field, op: &str, value: &Value) -> Self {
        Self(format!("{field} {op} {value}"))
    }

    /// `field = value`, with case.
    #[must_use]
    pub fn equals(field: Field, value: impl Into<Value>) -> Self {
        Self::test(field, "=", &value.into())
    }

    /// `field < value`.
    #[must_use]
    pub fn less(field: Field, value: impl Into<Value>) -> Self {
        Self::test(field, "<", &value.into())
    }

    /// `field > value`.
    #[must_use]
    pub fn greater(field: Field, value: impl Into<Value>) -> Self {
        Self::test(field, ">", &value.into())
    }

    /// `field contains "text"`, without case.
    #[must_use]
    pub fn contains(field: Field, text: &str) -> Self {
        Self::test(field, "contains", &text.into())
    }

    /// `field startswith "text"`, without case.
    #[must_use]
    pub fn starts_with(field: Field, text: &str) -> Self {
        Self::test(field, "startswith", &text.into())
    }

    /// Both must hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(format!("({}) AND ({})", self.0, other.0))
    }

    /// One must hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(format!("({}) OR ({})", self.0, other.0))
    }

    /// One of them must hold; `None` for an empty list. Flat: each is one more in parentheses, not one deeper.
    #[must_use]
    pub fn any<'a>(filters: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let all: Vec<String> = filters.into_iter().map(|f| format!("({f})")).collect();
        (!all.is_empty()).then(|| Self(all.join(" OR ")))
    }

    /// The field has one of the values; `None` for an empty list, which no filter can say.
    #[must_use]
    pub fn any_of<V: Into<Value>>(field: Field, values: impl IntoIterator<Item = V>) -> Option<Self> {
        let tests: Vec<String> = values.into_iter().map(|v| format!("{field} = {}", v.into())).collect();
        (!tests.is_empty()).then(|| Self(tests.join(" OR ")))
    }

    /// The operator of the first test for no text at all (`contains ""`, `startswith ""`), which everyone passes who has the
    /// field. What a script with a lost value writes.
    ///
    /// ```
    /// # use model::Filter;
    /// let told = |text: &str| text.parse::<Filter>().unwrap().contains_nothing();
    /// assert_eq!(told(r#"active = true AND name Contains """#).as_deref(), Some(r#"contains """#));
    /// assert_eq!(told(r#"name contains "contains \"\"" OR name = """#), None);
    /// ```
    #[must_use]
    pub fn contains_nothing(&self) -> Option<String> {
        let (mut outside, mut quoted, mut in_quotes, mut escaped) = (String::new(), 0, false, false);
        for c in self.0.chars() {
            match (in_quotes, c) {
                (true, '"') if !escaped => {
                    in_quotes = false;
                    let before = outside.trim_end().to_ascii_lowercase();
                    let op = ["contains", "startswith"].into_iter().find(|op| before.ends_with(op));
                    if let (0, Some(op)) = (quoted, op) {
                        return Some(format!("{op} \"\""));
                    }
                    outside.clear();
                }
                (true, _) => {
                    escaped = c == '\\' && !escaped;
                    quoted += 1;
                }
                (false, '"') => (in_quotes, quoted) = (true, 0),
                (false, _) => outside.push(c),
            }
        }
        None
    }

    /// The text as it goes on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
