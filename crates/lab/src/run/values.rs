use serde_json::{Number, Value};

/// Whether an attribute is this value: numbers by their value, and also where the org keeps a number or true as a text.
pub fn is_same(there: Option<&Value>, wanted: &Value) -> bool {
    match (there, wanted) {
        (None | Some(Value::Null), wanted) => wanted.is_null(),
        (Some(Value::Number(there)), Value::Number(wanted)) => is_same_number(there, wanted),
        (Some(Value::String(there)), Value::Number(wanted)) => {
            serde_json::from_str(there.trim()).is_ok_and(|there: Number| is_same_number(&there, wanted))
        }
        (Some(there), wanted) => there == wanted || text(there) == text(wanted),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whole numbers exactly, and all others as 64 bits of floating point.
fn is_same_number(a: &Number, b: &Number) -> bool {
    let is_whole = |number: &Number| number.is_i64() || number.is_u64();
    if is_whole(a) && is_whole(b) { a == b } else { a.as_f64() == b.as_f64() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_value_and_texts_as_they_are() {
        for (there, wanted, same) in [
            (json!(5), json!(5.0), true),
            (json!(5.0), json!(5), true),
            (json!("5"), json!(5.0), true),
            (json!("5.0"), json!(5), true),
            (json!("true"), json!(true), true),
            (json!(5), json!("5"), true),
            (json!(5), json!("5.0"), false),
            (json!("five"), json!(5), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), false),
            (json!(null), json!(0), false),
        ] {
            assert_eq!(is_same(Some(&there), &wanted), same, "{there} {wanted}");
        }
        assert!(is_same(None, &json!(null)) && !is_same(None, &json!("")));
    }
}
