use serde_json::Number;

/// The number that this text writes, where it can be kept without becoming another one: 9007199254740993 can, 1e-400
/// and 12345678901234567890123 cannot. Pure.
///
/// ```
/// assert_eq!(model::exact_number("9007199254740993").unwrap().to_string(), "9007199254740993");
/// for changed in ["1e-400", "1e400", "12345678901234567890123", "0.1000000000000000055", "0x10", "", "1 2"] {
///     assert!(model::exact_number(changed).is_none(), "{changed}");
/// }
/// ```
#[must_use]
pub fn exact_number(text: &str) -> Option<Number> {
    let number: Number = serde_json::from_str(text).ok()?;
    (decimal(text)? == decimal(&number.to_string())?).then_some(number)
}

/// Sign, digits without zeros at either end, and the power of ten of the last digit: equal for equal numbers.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let text = text.trim();
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, broken) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{broken}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = digits.trim_end_matches('0');
    let power = power.checked_sub(i64::try_from(broken.len()).ok()?)?;
    let power = power.checked_add(i64::try_from(digits.len() - kept.len()).ok()?)?;
    let kept = kept.trim_start_matches('0');
    Some(if kept.is_empty() { (false, String::new(), 0) } else { (negative, kept.to_owned(), power) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_number_in_another_form_is_the_same_number() {
        for (one, other) in [("1.50", "1.5"), ("100", "1e2"), ("0.001", "1e-3"), ("-0", "0"), ("7", "7.0")] {
            assert_eq!(decimal(one), decimal(other), "{one} and {other}");
            assert!(exact_number(one).is_some(), "{one}");
        }
        for (one, other) in [("1", "-1"), ("1", "10"), ("9007199254740993", "9007199254740992")] {
            assert_ne!(decimal(one), decimal(other), "{one} and {other}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_as_a_number_is_kept_as_it_was_written(text in "-?[0-9]{1,24}(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,4})?") {
            if let Some(number) = exact_number(&text) {
                prop_assert_eq!(decimal(&text), decimal(&number.to_string()));
            }
        }

        #[test]
        fn every_whole_number_of_64_bits_is_kept(number in any::<i64>(), other in any::<u64>()) {
            prop_assert_eq!(exact_number(&number.to_string()), Some(number.into()));
            prop_assert_eq!(exact_number(&other.to_string()), Some(other.into()));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            drop(exact_number(&text));
        }
    }
}
