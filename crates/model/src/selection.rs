mod ability;
mod expression;
mod grammar;
mod matches;
pub(crate) mod split;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use ability::FilterAbility;
pub use expression::{AttributeKey, Expression, Field, FieldKind, Op, Test, Value, WrittenNumber};

use crate::Guest;

/// Which guests are meant: tests joined by AND, OR and NOT, as data, and beside it the text that says the same in the filter
/// grammar of our contract (`guest-api.md`, "Filter").
///
/// Built from parts, user text is always quoted and escaped, so it can never become syntax. A text a person wrote as a whole
/// is parsed before it is a selection, so that it means the same beside other tests as alone, and comes back to them as they
/// wrote it. Everyone is no selection: where all guests may be meant, the type is `Option<Selection>`.
///
/// It is stored as its text, which is format 1. Any other format would be an object with a `selectionFormat`, which this
/// program refuses.
///
/// ```
/// use model::{Field, Selection};
/// let typed = r#"x" OR id != "#;
/// let s = Selection::contains(Field::Name, typed).or(Selection::starts_with(Field::Id, "6e2f"));
/// assert_eq!(s.to_string(), r#"(name contains "x\" OR id != ") OR (id startswith "6e2f")"#);
/// assert_eq!(s.to_string().parse::<Selection>()?, s);
/// assert!(r#"name = "nobody") OR (active = true"#.parse::<Selection>().is_err());
/// # Ok::<(), model::SelectionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "String")]
pub struct Selection {
    expression: Expression,
    text: String,
}

/// The longest selection that a person may write, in bytes; the org takes twice that, which leaves room for our own tests.
const LONGEST: usize = 8_000;

/// The format of every selection that is stored as a text.
const TEXT_FORMAT: u32 = 1;

/// Why a text is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectionError(String);

/// What a record holds: the text alone, or with its format.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    #[serde(rename_all = "camelCase")]
    Format {
        selection_format: u32,
        #[serde(default)]
        text: String,
    },
}

impl TryFrom<Stored> for Selection {
    type Error = SelectionError;

    fn try_from(stored: Stored) -> Result<Self, SelectionError> {
        match stored {
            Stored::Text(text) | Stored::Format { selection_format: TEXT_FORMAT, text } => {
                Self::try_from(text)
            }
            Stored::Format { selection_format, .. } => Err(SelectionError(format!(
                "is kept in format {selection_format}, which a later version wrote"
            ))),
        }
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    /// A whole selection that a person wrote, without the blanks around it.
    fn from_str(text: &str) -> Result<Self, SelectionError> {
        Self::read(text, None)
    }
}

impl Selection {
    /// A whole selection that a person wrote, for an org whose guests have these fields: a refusal names them.
    ///
    /// # Errors
    /// What does not parse, at which character.
    pub fn written_for(text: &str, fields: &[&str]) -> Result<Self, SelectionError> {
        let (last, others) = fields.split_last().unwrap_or((&"", &[]));
        Self::read(text, Some(&format!("{} or {last}", others.join(", "))))
    }

    fn read(text: &str, fields: Option<&str>) -> Result<Self, SelectionError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(SelectionError("may have at most 8,000 bytes".to_owned()));
        }
        let expression = grammar::parse(text, fields).map_err(SelectionError)?;
        Ok(Self { expression, text: text.to_owned() })
    }
}

impl TryFrom<String> for Selection {
    type Error = SelectionError;

    fn try_from(text: String) -> Result<Self, SelectionError> {
        text.parse()
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.text
    }
}

impl From<Expression> for Selection {
    fn from(expression: Expression) -> Self {
        let text = expression.to_string();
        Self { expression, text }
    }
}

impl Selection {
    fn test(field: Field, op: Op, value: Value) -> Self {
        Expression::Test(Test { field, op, value }).into()
    }

    /// `field = value`, with case.
    #[must_use]
    pub fn equals(field: Field, value: impl Into<Value>) -> Self {
        Self::test(field, Op::Equal, value.into())
    }

    /// `field < value`.
    #[must_use]
    pub fn less(field: Field, value: impl Into<Value>) -> Self {
        Self::test(field, Op::Less, value.into())
    }

    /// `field > value`.
    #[must_use]
    pub fn greater(field: Field, value: impl Into<Value>) -> Self {
        Self::test(field, Op::Greater, value.into())
    }

    /// `field contains "text"`, without case.
    #[must_use]
    pub fn contains(field: Field, text: &str) -> Self {
        Self::test(field, Op::Contains, text.into())
    }

    /// `field startswith "text"`, without case.
    #[must_use]
    pub fn starts_with(field: Field, text: &str) -> Self {
        Self::test(field, Op::StartsWith, text.into())
    }

    /// Both must hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let text = format!("({}) AND ({})", self.text, other.text);
        Self { expression: Expression::And(vec![self.expression, other.expression]), text }
    }

    /// One must hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let text = format!("({}) OR ({})", self.text, other.text);
        Self { expression: Expression::Or(vec![self.expression, other.expression]), text }
    }

    /// One of them must hold; `None` for an empty list. Flat: each is one more in parentheses, not one deeper.
    #[must_use]
    pub fn any<'a>(selections: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let (parts, texts): (Vec<_>, Vec<_>) =
            selections.into_iter().map(|s| (s.expression.clone(), format!("({})", s.text))).unzip();
        Some(Self { expression: Expression::one_of(parts)?, text: texts.join(" OR ") })
    }

    /// The field has one of the values; `None` for an empty list, which no selection can say.
    #[must_use]
    pub fn any_of<V: Into<Value>>(field: Field, values: impl IntoIterator<Item = V>) -> Option<Self> {
        let equals = move |value: V| {
            Expression::Test(Test { field: field.clone(), op: Op::Equal, value: value.into() })
        };
        Some(Expression::one_of(values.into_iter().map(equals).collect())?.into())
    }

    /// The operator of the first test for no text at all (`contains ""`, `startswith ""`), which everyone passes who has the
    /// field. What a script with a lost value writes.
    ///
    /// ```
    /// # use model::Selection;
    /// let told = |text: &str| text.parse::<Selection>().unwrap().contains_nothing();
    /// assert_eq!(told(r#"active = true AND name Contains """#).as_deref(), Some(r#"contains """#));
    /// assert_eq!(told(r#"name contains "contains \"\"" OR name = """#), None);
    /// ```
    #[must_use]
    pub fn contains_nothing(&self) -> Option<String> {
        let nothing = |test: &Test| {
            matches!(test.op, Op::Contains | Op::StartsWith)
                && matches!(&test.value, Value::Text(text) if text.is_empty())
        };
        self.expression.tests().find(|test| nothing(test)).map(|test| format!("{} \"\"", test.op))
    }

    /// The keys of the attributes that it tests, from left to right.
    pub fn attribute_keys(&self) -> impl Iterator<Item = &str> {
        self.expression.tests().filter_map(|test| match &test.field {
            Field::Attribute(key) => Some(key.as_str()),
            _ => None,
        })
    }

    /// The fields that it tests, from left to right.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.expression.tests().map(|test| &test.field)
    }

    /// Whether this guest is meant, by the rules of the contract: a guest who lacks a field fails each of its tests, `!=` too.
    /// A selection that an org refuses, such as `active = "yes"`, selects nobody, however it is negated (see
    /// [`Selection::refusal`]).
    #[must_use]
    pub fn matches(&self, guest: &Guest) -> bool {
        matches::holds(&self.expression, guest) == Some(true)
    }

    /// Why an org would refuse it although it parses: the first test of a field that guests do not have, or of a value that
    /// the field cannot be compared with.
    #[must_use]
    pub fn refusal(&self) -> Option<SelectionError> {
        self.expression.tests().find_map(matches::refusal).map(SelectionError)
    }

    /// The text: as a person wrote it, or printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
