use std::{borrow::Cow, cmp::Ordering};

use chrono::DateTime;

use super::{Filter, FilterError, Op, Value};
use crate::clock::Millis;

/// What a field holds, which decides what it can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Text,
    Time,
    Bool,
    /// An attribute: the written value decides.
    Any,
}

/// A value read from the thing that is tested.
pub(crate) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Bool(bool),
    Time(Millis),
}

/// A thing a filter can be asked about. A field that is absent or null is `None` and fails every test.
pub(crate) trait Subject {
    fn get(&self, field: &str) -> Option<Scalar<'_>>;
}

/// A filter whose fields exist and whose values have the right type.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    Or(Vec<Predicate>),
    And(Vec<Predicate>),
    Not(Box<Predicate>),
    Test { field: String, check: Check },
}

#[derive(Debug, Clone)]
pub(crate) enum Check {
    Text(Op, String),
    /// The text is in lower case already.
    Contains(String),
    StartsWith(String),
    Number(Op, f64),
    Bool(Op, bool),
    Time(Op, Moment),
}

/// A written time: milliseconds and the nanoseconds beyond them. A stored time has none, so comparing the pair
/// compares the times.
pub(crate) type Moment = (Millis, u32);

impl Predicate {
    /// Checks every field and value against the schema.
    ///
    /// # Errors
    /// Names the first unknown field, or what its value must be.
    pub(crate) fn new(
        filter: Filter,
        schema: &dyn Fn(&str) -> Option<FieldType>,
    ) -> Result<Self, FilterError> {
        let all =
            |parts: Vec<Filter>| parts.into_iter().map(|p| Self::new(p, schema)).collect::<Result<_, _>>();
        Ok(match filter {
            Filter::Or(parts) => Self::Or(all(parts)?),
            Filter::And(parts) => Self::And(all(parts)?),
            Filter::Not(inner) => Self::Not(Box::new(Self::new(*inner, schema)?)),
            Filter::Test { field, op, value } => {
                let Some(kind) = schema(&field) else {
                    return Err(FilterError(format!("unknown field `{field}`")));
                };
                Self::Test { check: check(&field, kind, op, value)?, field }
            }
        })
    }

    pub(crate) fn holds(&self, subject: &impl Subject) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|p| p.holds(subject)),
            Self::And(parts) => parts.iter().all(|p| p.holds(subject)),
            Self::Not(inner) => !inner.holds(subject),
            Self::Test { field, check } => subject.get(field).is_some_and(|value| check.holds(&value)),
        }
    }
}

fn check(field: &str, kind: FieldType, op: Op, value: Value) -> Result<Check, FilterError> {
    let equality = matches!(op, Op::Equal | Op::NotEqual);
    let search = matches!(op, Op::Contains | Op::StartsWith);
    Ok(match (kind, value) {
        (FieldType::Text | FieldType::Any, Value::Text(t)) if op == Op::Contains => {
            Check::Contains(t.to_lowercase())
        }
        (FieldType::Text | FieldType::Any, Value::Text(t)) if op == Op::StartsWith => {
            Check::StartsWith(t.to_lowercase())
        }
        (FieldType::Text | FieldType::Any, Value::Text(t)) => Check::Text(op, t),
        (FieldType::Time, Value::Text(t)) if !search => {
            let time = DateTime::parse_from_rfc3339(&t).map_err(|_| {
                FilterError(format!(
                    "`{field}` needs a quoted RFC 3339 time such as \"2026-01-31T09:00:00Z\""
                ))
            })?;
            Check::Time(op, (time.timestamp_millis(), time.timestamp_subsec_nanos() % 1_000_000))
        }
        (FieldType::Any, Value::Number(n)) if !search => Check::Number(op, n),
        (FieldType::Any | FieldType::Bool, Value::Bool(b)) if equality => Check::Bool(op, b),
        (FieldType::Text, _) => return Err(FilterError(format!("`{field}` needs a quoted text"))),
        (FieldType::Time, _) => {
            return Err(FilterError(format!(
                "`{field}` needs one of = != < <= > >= and a quoted RFC 3339 time"
            )));
        }
        (FieldType::Bool, _) => {
            return Err(FilterError(format!("`{field}` needs = or != and true or false")));
        }
        (FieldType::Any, _) => {
            return Err(FilterError(format!("`{op}` cannot compare `{field}` with that value")));
        }
    })
}

impl Check {
    /// A value of another type is unequal and in no order.
    fn holds(&self, value: &Scalar<'_>) -> bool {
        match (self, value) {
            (Check::Text(op, t), Scalar::Text(v)) => op.holds(v.as_ref().cmp(t.as_str())),
            (Check::Contains(t), Scalar::Text(v)) => contains(v, t),
            (Check::StartsWith(t), Scalar::Text(v)) => v.to_lowercase().starts_with(t.as_str()),
            (Check::Number(op, n), Scalar::Number(v)) => v.partial_cmp(n).is_some_and(|o| op.holds(o)),
            (Check::Bool(op, b), Scalar::Bool(v)) => op.holds(v.cmp(b)),
            (Check::Time(op, t), Scalar::Time(v)) => op.holds((*v, 0).cmp(t)),
            (Check::Text(op, _) | Check::Number(op, _) | Check::Bool(op, _), _) => *op == Op::NotEqual,
            _ => false,
        }
    }
}

/// Without case; the second text is in lower case already. A search asks this a million times, so that plain text
/// is not copied.
fn contains(text: &str, lower: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(lower);
    }
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    lower.is_empty() || text.windows(lower.len()).any(|part| part.eq_ignore_ascii_case(lower))
}

impl Op {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Op::Equal => order.is_eq(),
            Op::NotEqual => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::LessOrEqual => order.is_le(),
            Op::Greater => order.is_gt(),
            Op::GreaterOrEqual => order.is_ge(),
            Op::Contains | Op::StartsWith => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_is_contained_whatever_its_case(text in "[aBéÉİ ]{0,6}", part in "[AbéÉi ]{0,2}") {
            let lower = part.to_lowercase();
            prop_assert_eq!(contains(&text, &lower), text.to_lowercase().contains(&lower));
        }
    }
}
