//! What a value has to be. `at` is the place of a mistake: that of the step or of the key.

use std::{rc::Rc, time::Duration};

use serde_json::{Number, Value};

use super::{
    core_schema::{Kind, is_true, number},
    place::{Mistake, Place},
    yaml::{Data, Node, Pair, Scalar},
};

/// The longest time that a file may name: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub fn mapping<'n>(value: &'n Node, at: &Place, what: &str) -> Result<&'n [Pair], Mistake> {
    match &value.data {
        Data::Mapping(pairs) => Ok(pairs),
        _ => Err(wrong(value, at, what, "a mapping of names and values")),
    }
}

pub fn list<'n>(value: &'n Node, at: &Place, what: &str) -> Result<&'n [Rc<Node>], Mistake> {
    match &value.data {
        Data::List(items) => Ok(items),
        _ => Err(wrong(value, at, what, "a list")),
    }
}

/// A text with something in it.
pub fn text(value: &Node, at: &Place, what: &str) -> Result<String, Mistake> {
    match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Text | Kind::MergeKey }) if text.is_empty() => {
            Err(at.mistake(format!("{what} is empty")))
        }
        Data::Scalar(Scalar { text, kind: Kind::Text | Kind::MergeKey }) => Ok(text.clone()),
        Data::Scalar(Scalar { text, kind }) if *kind != Kind::Null => {
            Err(at.mistake(format!("{what} must be a text; put {text:?} in quotes")))
        }
        _ => Err(wrong(value, at, what, "a text")),
    }
}

/// A list of texts, each with something in it.
pub fn texts(value: &Node, at: &Place, what: &str) -> Result<Vec<String>, Mistake> {
    list(value, at, what)?
        .iter()
        .map(|item| text(item, &item.place, &format!("an entry of {what}")))
        .collect()
}

/// Names, each with a text as [`any_text`] reads it.
pub fn text_by_name(value: &Node, at: &Place, what: &str) -> Result<Vec<(String, String)>, Mistake> {
    named(value, at, what, any_text)
}

/// A text, which may be empty, or a number or true and false as they are written.
pub fn any_text(value: &Node, at: &Place, what: &str) -> Result<String, Mistake> {
    match &value.data {
        Data::Scalar(Scalar { text, kind }) if *kind != Kind::Null => Ok(text.clone()),
        _ => Err(wrong(value, at, what, "a text")),
    }
}

/// Names, each with a text, a number, true, false or null.
pub fn scalar_by_name(value: &Node, at: &Place, what: &str) -> Result<Vec<(String, Value)>, Mistake> {
    named(value, at, what, |value, at, what| {
        let Data::Scalar(Scalar { text, kind }) = &value.data else {
            return Err(wrong(value, at, what, "a text, a number, true, false or null"));
        };
        match kind {
            Kind::Text | Kind::MergeKey | Kind::Date => Ok(Value::from(text.clone())),
            Kind::Null => Ok(Value::Null),
            Kind::Boolean => Ok(Value::from(is_true(text))),
            Kind::Integer | Kind::Float => exact(*kind, text)
                .map(Value::Number)
                .ok_or_else(|| at.mistake(format!("{what} is a number that would become another one"))),
        }
    })
}

fn named<T>(
    value: &Node,
    at: &Place,
    what: &str,
    read: impl Fn(&Node, &Place, &str) -> Result<T, Mistake>,
) -> Result<Vec<(String, T)>, Mistake> {
    let pairs = mapping(value, at, what)?;
    if pairs.is_empty() {
        return Err(at.mistake(format!("{what} names nothing")));
    }
    let one = |pair: &Pair| {
        if pair.name.is_empty() {
            return Err(pair.place.mistake(format!("{what} has an empty name")));
        }
        let what = format!("{:?} of {what}", pair.name);
        Ok((pair.name.clone(), read(&pair.value, &pair.place, &what)?))
    };
    pairs.iter().map(one).collect()
}

fn exact(kind: Kind, text: &str) -> Option<Number> {
    let value = number(text)?;
    // Whole numbers up to 2^53 are the same in JSON, here and at the org.
    if kind == Kind::Integer && value.abs() <= 9_007_199_254_740_992.0 {
        return Some(Number::from(value as i64));
    }
    (kind == Kind::Float).then(|| Number::from_f64(value)).flatten()
}

pub fn boolean(value: &Node, at: &Place, what: &str) -> Result<bool, Mistake> {
    match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Boolean }) => Ok(is_true(text)),
        _ => Err(wrong(value, at, what, "true or false")),
    }
}

/// The word true: the step has nothing else to say.
pub fn yes(value: &Node, at: &Place, what: &str) -> Result<(), Mistake> {
    match boolean(value, at, what)? {
        true => Ok(()),
        false => Err(at.mistake(format!("{what} can only be true; leave the step out instead"))),
    }
}

/// A whole number from 1.
pub fn count(value: &Node, at: &Place, what: &str, most: u32) -> Result<u32, Mistake> {
    let given = match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Integer }) => number(text),
        _ => return Err(wrong(value, at, what, "a whole number")),
    };
    match given {
        Some(given) if (1.0..=f64::from(most)).contains(&given) => Ok(given as u32),
        _ => Err(at.mistake(format!("{what} must be a whole number from 1 to {most}"))),
    }
}

/// Whole milliseconds, also none.
pub fn milliseconds(value: &Node, at: &Place, what: &str) -> Result<Duration, Mistake> {
    let given = match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Integer }) => number(text),
        _ => return Err(wrong(value, at, what, "a whole number of milliseconds")),
    };
    duration(given, 1.0, Duration::ZERO)
        .ok_or_else(|| at.mistake(format!("{what} must be from 0 to {} milliseconds", LONGEST.as_millis())))
}

/// Seconds, in parts of a thousandth, and not none.
pub fn seconds(value: &Node, at: &Place, what: &str) -> Result<Duration, Mistake> {
    let given = match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Integer | Kind::Float }) => number(text),
        _ => return Err(wrong(value, at, what, "a number of seconds")),
    };
    duration(given, 1_000.0, Duration::from_millis(1))
        .ok_or_else(|| at.mistake(format!("{what} must be from 0.001 to {} seconds", LONGEST.as_secs())))
}

fn duration(given: Option<f64>, milliseconds: f64, least: Duration) -> Option<Duration> {
    let given = (given? * milliseconds).round();
    if !(0.0..=1e12).contains(&given) {
        return None;
    }
    let given = Duration::from_millis(given as u64);
    (least..=LONGEST).contains(&given).then_some(given)
}

pub fn wrong(value: &Node, at: &Place, what: &str, wanted: &str) -> Mistake {
    at.mistake(format!("{what} must be {wanted}, not {}", value.described()))
}
