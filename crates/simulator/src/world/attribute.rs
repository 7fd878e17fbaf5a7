//! One attribute out of a guest's JSON text. A search looks at a million of them, so nothing else is built.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::filter::Scalar;

/// `None` when the key is absent, null or no scalar.
pub(super) fn attribute<'a>(attributes: &'a str, key: &str) -> Option<Scalar<'a>> {
    serde_json::Deserializer::from_str(attributes).deserialize_map(Member(key)).ok()?
}

struct Member<'k>(&'k str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(meant) = map.next_key_seed(Is(self.0))? {
            if meant {
                found = map.next_value_seed(Simple)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a text is this one.
struct Is<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok(text == self.0)
    }
}

struct Simple;

impl<'de> DeserializeSeed<'de> for Simple {
    type Value = Option<Scalar<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Simple {
    type Value = Option<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(n as f64)))
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(n as f64)))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(n)))
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Bool(is)))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
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
