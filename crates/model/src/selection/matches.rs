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
    match (field, value) {
        (Field::Id, Value::Text(text)) => Some(text_holds(*op, &guest.id.to_string(), text)),
        (Field::Name, Value::Text(text)) => Some(text_holds(*op, &guest.name, text)),
        (Field::Email, Value::Text(text)) => {
            Some(guest.email.as_deref().is_some_and(|email| text_holds(*op, email, text)))
        }
        (Field::CreatedTime, Value::Text(text)) => time_holds(*op, guest.created_time, text),
        (Field::ModifiedTime, Value::Text(text)) => time_holds(*op, guest.modified_time, text),
        (Field::Active, Value::Bool(wanted)) if is_equality(*op) => {
            Some(order_holds(*op, guest.active.cmp(wanted)))
        }
        (Field::Attribute(key), value) => {
            let fits = match value {
                Value::Text(_) => true,
                Value::Number(_) => !is_search(*op),
                Value::Bool(_) => is_equality(*op),
            };
            fits.then(|| {
                guest.attributes.get(key.as_str()).is_some_and(|has| attribute_holds(*op, has, value))
            })
        }
        _ => None,
    }
}

/// What is wrong with a test that an org refuses, for the person who wrote it.
pub(super) fn refusal(test: &Test) -> Option<String> {
    let Test { field, op, value } = test;
    let needs = match (field, value) {
        (Field::GuestIdOfConversation | Field::ConversationType | Field::ConversationState, _) => {
            return Some(format!("asks for `{field}`, which guests do not have"));
        }
        (Field::Id | Field::Name | Field::Email, Value::Text(_)) => return None,
        (Field::Id | Field::Name | Field::Email, _) => "a quoted text",
        (Field::CreatedTime | Field::ModifiedTime, Value::Text(text))
            if !is_search(*op) && DateTime::parse_from_rfc3339(text).is_ok() =>
        {
            return None;
        }
        (Field::CreatedTime | Field::ModifiedTime, _) => {
            "one of = != < <= > >= and a quoted RFC 3339 time such as \"2026-01-31T09:00:00Z\""
        }
        (Field::Active, Value::Bool(_)) if is_equality(*op) => return None,
        (Field::Active, _) => "= or != and true or false",
        (Field::Attribute(_), Value::Text(_)) => return None,
        (Field::Attribute(_), Value::Number(_)) if !is_search(*op) => return None,
        (Field::Attribute(_), Value::Bool(_)) if is_equality(*op) => return None,
        (Field::Attribute(_), _) => return Some(format!("`{op}` cannot compare `{field}` with `{value}`")),
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

fn time_holds(op: Op, has: DateTime<Utc>, wanted: &str) -> Option<bool> {
    let wanted = DateTime::parse_from_rfc3339(wanted).ok()?;
    // As a pair: chrono keeps a leap second as a nanosecond count over a billion and orders it before the next second.
    let moment = |millis: i64, nanos: u32| (millis, nanos % 1_000_000);
    let has = moment(has.timestamp_millis(), has.timestamp_subsec_nanos());
    let wanted = moment(wanted.timestamp_millis(), wanted.timestamp_subsec_nanos());
    (!is_search(op)).then(|| order_holds(op, has.cmp(&wanted)))
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
