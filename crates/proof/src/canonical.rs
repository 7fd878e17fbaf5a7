//! The one text of a JSON value: the form of RFC 8785 (JCS) without fractions.
//!
//! Keys are sorted by UTF-16 units, there is no white space, integers go up to 2^53 - 1 and escapes are the shortest. A value
//! that has no such form is refused, so two programs never disagree on its bytes.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;

/// The largest integer that every JSON reader keeps exactly.
const EXACT: u64 = (1 << 53) - 1;

/// Why a value has no canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A fraction, or an integer beyond 2^53 - 1.
    #[error("a number is a fraction or beyond 2^53 - 1")]
    Number,
    /// It does not serialise to JSON.
    #[error("the value is not JSON")]
    Shape,
}

/// The one canonical text of a value, without a newline.
pub fn canonical<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|_| NotCanonical::Shape)?;
    let mut text = String::with_capacity(256);
    write_value(&value, &mut text)?;
    Ok(text)
}

fn write_value(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(number) => {
            let exact = match (number.as_u64(), number.as_i64()) {
                (Some(n), _) => n <= EXACT,
                (None, Some(n)) => n.unsigned_abs() <= EXACT,
                (None, None) => false,
            };
            if !exact {
                return Err(NotCanonical::Number);
            }
            write!(out, "{number}").expect("writing to a String cannot fail");
        }
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_value(item, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (n, (key, item)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write_value(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) {
    // serde_json escapes as RFC 8785 asks: short escapes where there are any, else \u00xx in lower case.
    out.push_str(&serde_json::to_string(text).expect("text always serialises"));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(EXACT as i64)..=EXACT as i64).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_comes_back_from_its_form_and_the_form_is_stable(value in values()) {
            let text = canonical(&value).unwrap();
            let back: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(canonical(&back).unwrap(), text);
        }

        #[test]
        fn white_space_and_the_order_of_keys_make_no_difference(value in values()) {
            let pretty: Value = serde_json::from_str(&serde_json::to_string_pretty(&value).unwrap()).unwrap();
            prop_assert_eq!(canonical(&pretty).unwrap(), canonical(&value).unwrap());
        }
    }

    #[test]
    fn the_form_is_that_of_rfc_8785() {
        // The RFC's own example for the order of keys (section 3.2.3).
        let value =
            json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            canonical(&value).unwrap(),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
        let text = "\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{8}\t\u{c}\u{7f}";
        assert_eq!(canonical(&text).unwrap(), "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\u{7f}\"");
    }

    #[test]
    fn a_number_that_readers_may_round_has_no_form() {
        assert_eq!(canonical(&json!([1.5])), Err(NotCanonical::Number));
        assert_eq!(canonical(&(EXACT + 1)), Err(NotCanonical::Number));
        assert_eq!(canonical(&-(EXACT as i64 + 1)), Err(NotCanonical::Number));
        assert_eq!(canonical(&f64::NAN).unwrap(), "null");
        assert_eq!(canonical(&EXACT).unwrap(), "9007199254740991");
    }
}
