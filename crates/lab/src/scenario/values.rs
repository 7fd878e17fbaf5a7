//! What a value has to be. `at` is the place of a mistake: that of the step or of the key.

use std::{rc::Rc, time::Duration};

use serde_json::{Number, Value};

use super::{
    core_schema::{Kind, is_true, number},
    place::{Mistake, Place},
    variables::has_reference,
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
        _ => {
            let Mistake { message, .. } = wrong(value, at, what, "a text");
            Err(at.mistake(format!("{message}; {}", quotes(value))))
        }
    }
}

/// What a person may have meant who wrote this value in place of a text.
fn quotes(value: &Node) -> &'static str {
    match &value.data {
        Data::Scalar(_) => "a text that begins with `#`, `&` or `!` needs quotes",
        Data::List(_) => "a text that begins with `[` or `- ` needs quotes",
        Data::Mapping(_) => "a text that begins with `{` or has `: ` in it needs quotes",
    }
}

/// A text in which no variable is filled in, and in which there is none.
pub fn plain_text(value: &Node, at: &Place, what: &str) -> Result<String, Mistake> {
    let text = text(value, at, what)?;
    if has_reference(&text) { Err(at.mistake(format!("{what} takes no variables"))) } else { Ok(text) }
}

/// A list of texts, each with something in it.
pub fn texts(value: &Node, at: &Place, what: &str) -> Result<Vec<String>, Mistake> {
    each(value, at, what, text)
}

/// A list of texts in which no variables are filled in.
pub fn plain_texts(value: &Node, at: &Place, what: &str) -> Result<Vec<String>, Mistake> {
    each(value, at, what, plain_text)
}

/// The entries of a list. A mistake in one has the place of the list's key, as every value has.
fn each(
    value: &Node,
    at: &Place,
    what: &str,
    read: impl Fn(&Node, &Place, &str) -> Result<String, Mistake>,
) -> Result<Vec<String>, Mistake> {
    let what_entry = format!("an entry of {what}");
    list(value, at, what)?.iter().map(|item| read(item, at, &what_entry)).collect()
}

/// Names, each with a text as [`any_text`] reads it.
pub fn text_by_name(value: &Node, at: &Place, what: &str) -> Result<Vec<(String, String)>, Mistake> {
    named(value, at, what, any_text)
}

/// A text, which may be empty, or a number or true and false as they are written.
pub fn any_text(value: &Node, at: &Place, what: &str) -> Result<String, Mistake> {
    match &value.data {
        Data::Scalar(Scalar { text, kind }) if *kind != Kind::Null => Ok(text.clone()),
        _ => Err(wrong(value, at, what, "a text, a number, true or false")),
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
            Kind::Integer | Kind::Float => exact(*kind, text).map(Value::Number).ok_or_else(|| {
                at.mistake(format!("{what} is a number that would become another one; {INEXACT}"))
            }),
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
        return Err(at.mistake(format!("{what} is empty; it needs an entry")));
    }
    let one = |pair: &Pair| {
        if pair.name.is_empty() {
            return Err(pair.place.mistake(format!("{what} has an empty name")));
        }
        if has_reference(&pair.name) {
            let name = &pair.name;
            return Err(pair.place.mistake(format!("the name {name:?} of {what} takes no variables")));
        }
        let what = format!("{:?} of {what}", pair.name);
        Ok((pair.name.clone(), read(&pair.value, &pair.place, &what)?))
    };
    pairs.iter().map(one).collect()
}

/// What helps where a number would become another one.
const INEXACT: &str = "write it with at most 15 digits, or in quotes";

/// The number, if it is the same one here, in JSON and at the org, which all count with 64 bits in floating point: what is
/// written is what is printed of it.
fn exact(kind: Kind, text: &str) -> Option<Number> {
    let value = number(text).filter(|_| matches!(kind, Kind::Integer | Kind::Float))?;
    let written = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => u128::from_str_radix(digits, 16).ok()?.to_string(),
        (_, Some(digits)) => u128::from_str_radix(digits, 8).ok()?.to_string(),
        _ => text.to_owned(),
    };
    if decimal(&written) != decimal(&format!("{value:e}")) {
        return None;
    }
    match value.abs() <= 9_007_199_254_740_992.0 && kind == Kind::Integer {
        true => Some(Number::from(value as i64)),
        false => Number::from_f64(value),
    }
}

/// The digits of a number without zeros at either end, and the power of ten of the last one, so that 1.50, 15e-1 and 1.5 are
/// one. Without its sign, which no reading changes.
fn decimal(text: &str) -> Option<(String, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{part}", whole.trim_start_matches(['-', '+']));
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return Some((String::new(), 0));
    }
    let moved = i64::try_from(digits.len() - kept.len()).ok()? - i64::try_from(part.len()).ok()?;
    let exponent = exponent.parse::<i64>().ok()?.checked_add(moved)?;
    Some((kept.trim_start_matches('0').to_owned(), exponent))
}

pub fn boolean(value: &Node, at: &Place, what: &str) -> Result<bool, Mistake> {
    match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Boolean }) => Ok(is_true(text)),
        _ => Err(wrong(value, at, what, "true or false")),
    }
}

/// The word true: the step has nothing else to say.
pub fn yes(value: &Node, at: &Place, what: &str) -> Result<(), Mistake> {
    match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Boolean }) if is_true(text) => Ok(()),
        Data::Scalar(Scalar { kind: Kind::Boolean, .. }) => {
            Err(at.mistake(format!("{what} can only be true; leave the step out instead")))
        }
        _ => Err(wrong(value, at, what, "the word true")),
    }
}

/// A whole number from 1.
pub fn count(value: &Node, at: &Place, what: &str, most: u32) -> Result<u32, Mistake> {
    numeric(value)
        .filter(|given| given.fract() == 0.0 && (1.0..=f64::from(most)).contains(given))
        .map(|given| given as u32)
        .ok_or_else(|| out_of_range(value, at, what, &format!("a whole number from 1 to {most}")))
}

/// Whole milliseconds, also none.
pub fn milliseconds(value: &Node, at: &Place, what: &str) -> Result<Duration, Mistake> {
    let most = LONGEST.as_millis();
    numeric(value)
        .filter(|given| given.fract() == 0.0 && (0.0..=most as f64).contains(given))
        .map(|given| Duration::from_millis(given as u64))
        .ok_or_else(|| {
            out_of_range(value, at, what, &format!("a whole number from 0 to {most} milliseconds"))
        })
}

/// Seconds, in parts of a thousandth, and not none.
pub fn seconds(value: &Node, at: &Place, what: &str) -> Result<Duration, Mistake> {
    let most = LONGEST.as_secs();
    numeric(value)
        .filter(|given| (0.001..=most as f64).contains(given))
        .map(|given| Duration::from_millis((given * 1_000.0).round() as u64))
        .ok_or_else(|| out_of_range(value, at, what, &format!("a number from 0.001 to {most} seconds")))
}

/// The number that a value is. One like 3.0 or 1e3 is whole, as in the schema.
fn numeric(value: &Node) -> Option<f64> {
    match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Integer | Kind::Float }) => number(text),
        _ => None,
    }
}

fn out_of_range(value: &Node, at: &Place, what: &str, wanted: &str) -> Mistake {
    match &value.data {
        Data::Scalar(Scalar { text, kind: Kind::Integer | Kind::Float }) => {
            at.mistake(format!("{what} must be {wanted}, not {text}"))
        }
        _ => wrong(value, at, what, wanted),
    }
}

pub fn wrong(value: &Node, at: &Place, what: &str, wanted: &str) -> Mistake {
    at.mistake(format!("{what} must be {wanted}, not {}", value.described()))
}
