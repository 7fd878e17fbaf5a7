//! Attribute values on their way to the page and back. The page holds numbers as doubles: a whole number beyond 2^53 would
//! become its neighbour there, so it travels as its digits.

use std::collections::BTreeMap;

use model::{AttributeValue, exact_number};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use specta::Type;

/// The largest whole number to which every smaller one is held by a double too.
const MOST: u64 = (1 << 53) - 1;

/// A number by its digits.
#[derive(Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Exact {
    /// As JSON writes it.
    number: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Wire {
    Exact(Exact),
    Plain(AttributeValue),
}

impl Wire {
    fn of(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::Number(number) if beyond(number) => {
                Self::Exact(Exact { number: number.to_string() })
            }
            value => Self::Plain(value.clone()),
        }
    }
}

fn beyond(number: &serde_json::Number) -> bool {
    number.as_i64().map(i64::unsigned_abs).or(number.as_u64()).is_some_and(|size| size > MOST)
}

pub(super) fn serialize<S: Serializer>(value: &AttributeValue, to: S) -> Result<S::Ok, S::Error> {
    Wire::of(value).serialize(to)
}

pub(super) fn serialize_all<S: Serializer>(
    values: &BTreeMap<String, AttributeValue>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(values.iter().map(|(key, value)| (key, Wire::of(value))))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AttributeValue, D::Error> {
    read(Wire::deserialize(from)?)
}

pub(super) fn deserialize_all<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, AttributeValue>, D::Error> {
    let values = BTreeMap::<String, Wire>::deserialize(from)?;
    values.into_iter().map(|(key, value)| Ok((key, read(value)?))).collect()
}

fn read<E: Error>(value: Wire) -> Result<AttributeValue, E> {
    match value {
        Wire::Plain(value) => Ok(value),
        Wire::Exact(Exact { number }) => exact_number(&number)
            .map(AttributeValue::Number)
            .ok_or_else(|| E::custom("a number that cannot be kept as it is")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::views::Boxed;

    #[test]
    fn a_number_comes_back_from_the_page_as_it_was_whatever_its_size() {
        for text in
            ["9007199254740993", "-9007199254740993", "18446744073709551615", "9007199254740991", "1.5"]
        {
            let boxed: Boxed = serde_json::from_value(json!({ "value": { "number": text } })).unwrap();
            let sent = serde_json::to_value(&boxed).unwrap();
            let plain = matches!(text, "9007199254740991" | "1.5");
            assert_eq!(sent["value"].is_number(), plain, "{text} goes to the page as {sent}");
            assert_eq!(serde_json::from_value::<Boxed>(sent).unwrap(), boxed, "{text}");
        }
        for wrong in
            [json!({ "number": "0x10" }), json!({ "number": "1e-400" }), json!({ "other": "1" }), json!([1])]
        {
            assert!(serde_json::from_value::<Boxed>(json!({ "value": wrong })).is_err(), "{wrong}");
        }
    }
}
