//! One attribute out of a guest's JSON text. A search looks at a million of them, so nothing else is built.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{Deserializer, IgnoredAny, MapAccess, Visitor},
};

use crate::filter::Scalar;

/// `None` when the key is absent, null or no scalar.
pub(super) fn attribute<'a>(attributes: &'a str, key: &str) -> Option<Scalar<'a>> {
    match serde_json::Deserializer::from_str(attributes).deserialize_map(Member(key)).ok()?? {
        Simple::Text(text) => Some(Scalar::Text(text)),
        Simple::Number(n) => Some(Scalar::Number(n)),
        Simple::Bool(is) => Some(Scalar::Bool(is)),
        Simple::Other(_) => None,
    }
}

/// The value of one key.
#[derive(Deserialize)]
#[serde(untagged)]
enum Simple<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(f64),
    Bool(bool),
    Other(IgnoredAny),
}

/// A key, copied only where it has escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct Member<'k>(&'k str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<Simple<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Key(key)) = map.next_key()? {
            if key == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<String>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
            Just(serde_json::json!([1, { "a": "b" }])),
            Just(serde_json::json!({ "a": [] })),
        ]
    }

    proptest! {
        #[test]
        fn one_attribute_is_what_the_parsed_object_has(
            members in proptest::collection::btree_map("[a-c\"\\\\é]{0,2}", value(), 0..6), key in "[a-c\"\\\\é]{0,2}",
        ) {
            let text = serde_json::to_string(&members).unwrap();
            let members: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
            let told = match attribute(&text, &key) {
                Some(Scalar::Text(text)) => Some(Value::from(text.into_owned())),
                Some(Scalar::Number(n)) => Some(Value::from(n)),
                Some(Scalar::Bool(is)) => Some(Value::from(is)),
                Some(Scalar::Time(_)) | None => None,
            };
            let wanted = match members.get(&key) {
                Some(Value::Number(n)) => n.as_f64().map(Value::from),
                Some(Value::Array(_) | Value::Object(_) | Value::Null) | None => None,
                Some(other) => Some(other.clone()),
            };
            prop_assert_eq!(told, wanted);
        }
    }
}
