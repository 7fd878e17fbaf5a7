//! Whether a test holds of a guest, by the rules of the contract.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{Expression, Field, Op, Test, Value};
use crate::{AttributeValue, Guest};

/// Whether the expression holds of the guest; `None` when an org would refuse one of its tests. Every part is looked at, so
/// that this does not depend on their order.
pub(super) fn holds(expression: &Expression, guest: &Guest) -> Option<bool> {
    let each = |parts: &[Expression], start: bool, join: fn(bool, bool) -> bool| {
        parts.iter().try_fold(start, |held, part| Some(join(held, holds(part, guest)?)))
    };
    match expression {
        Expression::Or(parts) => each(parts, false, |held, part| held | part),
        Expression::And(parts) => each(parts, true, |held, part| held & part),
        Expression::Not(inner) => Some(!holds(inner, guest)?),
        Expression::Test(test) => test_holds(test, guest),
    }
}

fn test_holds(test: &Test, guest: &Guest) -> Option<bool> {
    let Test { field, op, value } = test;
    if !fits(test) {
        return None;
    }
    let time = |has| time_holds(*op, has, value);
    let text = |has: &str| matches!(value, Value::Text(wanted) if text_holds(*op, has, wanted));
    Some(match field {
        Field::Id => text(&guest.id.to_string()),
        Field::Name => text(&guest.name),
        Field::Email => guest.email.as_deref().is_some_and(text),
        Field::CreatedTime => time(guest.created_time)?,
        Field::ModifiedTime => time(guest.modified_time)?,
        Field::Active => attribute_holds(*op, &AttributeValue::Bool(guest.active), value),
        // An org without kinds has none of these fields and refuses the test.
        Field::Kind => text(guest.kind?.as_str()),
        Field::Phone => guest.kind.map(|_| guest.phone.as_deref().is_some_and(text))?,
        Field::FirstName => guest.kind.map(|_| own_text(guest, "firstName").is_some_and(text))?,
        Field::LastName => guest.kind.map(|_| own_text(guest, "lastName").is_some_and(text))?,
        Field::Attribute(key) => {
            guest.attributes.get(key.as_str()).is_some_and(|has| attribute_holds(*op, has, value))
        }
        Field::GuestIdOfConversation | Field::ConversationType | Field::ConversationState => return None,
    })
}

/// A text that the org keeps in a field of its own, under the field's name.
fn own_text<'g>(guest: &'g Guest, key: &str) -> Option<&'g str> {
    match guest.attributes.get(key) {
        Some(AttributeValue::Text(text)) => Some(text),
        _ => None,
    }
}

/// Whether the field can be compared with the value in this way; whether a text is a time is left to whoever compares.
fn fits(Test { field, op, value }: &Test) -> bool {
    match (field, value) {
        (
            Field::Id
            | Field::Name
            | Field::Email
            | Field::Kind
            | Field::Phone
            | Field::FirstName
            | Field::LastName
            | Field::Attribute(_),
            Value::Text(_),
        ) => true,
        (Field::CreatedTime | Field::ModifiedTime, Value::Text(_)) => !is_search(*op),
        (Field::Active | Field::Attribute(_), Value::Bool(_)) => is_equality(*op),
        (Field::Attribute(_), Value::Number(_)) => !is_search(*op),
        _ => false,
    }
}

/// What is wrong with a test that an org refuses, for the person who wrote it.
pub(super) fn refusal(test: &Test) -> Option<String> {
    let Test { field, op, value } = test;
    let is_time = matches!(field, Field::CreatedTime | Field::ModifiedTime);
    if fits(test) && (!is_time || moment(value).is_some()) {
        return None;
    }
    let needs = match field {
        Field::GuestIdOfConversation | Field::ConversationType | Field::ConversationState => {
            return Some(format!("asks for `{field}`, which guests do not have"));
        }
        Field::Attribute(_) => return Some(format!("`{op}` cannot compare `{field}` with `{value}`")),
        Field::Id
        | Field::Name
        | Field::Email
        | Field::Kind
        | Field::Phone
        | Field::FirstName
        | Field::LastName => "a quoted text",
        Field::CreatedTime | Field::ModifiedTime => {
            "one of = != < <= > >= and a quoted RFC 3339 time such as \"2026-01-31T09:00:00Z\""
        }
        Field::Active => "= or != and true or false",
    };
    Some(format!("`{field}` needs {needs}"))
}

fn is_equality(op: Op) -> bool {
    matches!(op, Op::Equal | Op::NotEqual)
}

fn is_search(op: Op) -> bool {
    matches!(op, Op::Contains | Op::StartsWith)
}

fn text_holds(op: Op, has: &str, wanted: &str) -> bool {
    match op {
        Op::Contains => has.to_lowercase().contains(&wanted.to_lowercase()),
        Op::StartsWith => has.to_lowercase().starts_with(&wanted.to_lowercase()),
        _ => order_holds(op, has.cmp(wanted)),
    }
}

fn time_holds(op: Op, has: DateTime<Utc>, wanted: &Value) -> Option<bool> {
    let wanted = moment(wanted)?;
    // As a pair: chrono keeps a leap second as a nanosecond count over a billion and orders it before the next second.
    let pair = |time: DateTime<Utc>| (time.timestamp_millis(), time.timestamp_subsec_nanos() % 1_000_000);
    Some(order_holds(op, pair(has).cmp(&pair(wanted))))
}

/// The time that a text writes in RFC 3339.
fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let Value::Text(text) = value else { return None };
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// A value of another type is unequal and in no order; `null` is absent.
fn attribute_holds(op: Op, has: &AttributeValue, wanted: &Value) -> bool {
    match (has, wanted) {
        (AttributeValue::Null, _) => false,
        (AttributeValue::Text(has), Value::Text(wanted)) => text_holds(op, has, wanted),
        (AttributeValue::Number(has), Value::Number(wanted)) => has
            .as_f64()
            .and_then(|has| has.partial_cmp(&wanted.value()))
            .is_some_and(|order| order_holds(op, order)),
        (AttributeValue::Bool(has), Value::Bool(wanted)) => order_holds(op, has.cmp(wanted)),
        _ => op == Op::NotEqual,
    }
}

fn order_holds(op: Op, order: Ordering) -> bool {
    match op {
        Op::Equal => order.is_eq(),
        Op::NotEqual => order.is_ne(),
        Op::Less => order.is_lt(),
        Op::LessOrEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        Op::GreaterOrEqual => order.is_ge(),
        Op::Contains | Op::StartsWith => false,
    }
}
