//! What a plain scalar is by the core schema of YAML 1.2, and a date, which the peer's reader knows beside it.

/// The kind of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Null,
    Boolean,
    Integer,
    Float,
    /// A bare date or time, such as 2026-11-30. To the core schema it is a text; the peer refuses it where a text is meant.
    Date,
    /// A bare `<<`, which as a key takes over the entries of another mapping. Anywhere else it is a text.
    MergeKey,
}

/// The kind of a scalar that is written without quotes.
pub fn kind_of(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Boolean,
        "<<" => Kind::MergeKey,
        _ if integer(text).is_some() => Kind::Integer,
        _ if float(text).is_some() => Kind::Float,
        _ if is_date(text) => Kind::Date,
        _ => Kind::Text,
    }
}

/// Whether the text is one of the words for true.
pub fn is_true(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE")
}

/// The number that an integer or float of the core schema writes.
pub fn number(text: &str) -> Option<f64> {
    integer(text).or_else(|| float(text))
}

/// A scalar as the name of an entry: what the peer's reader makes of it, so that `0x10`, `16` and `"16"` are one name.
pub fn name_of(kind: Kind, text: &str) -> String {
    match (kind, number(text)) {
        (Kind::Integer | Kind::Float, Some(number)) => javascript(number),
        (Kind::Boolean, _) => text.to_ascii_lowercase(),
        (Kind::Null, _) => "null".to_owned(),
        _ => text.to_owned(),
    }
}

/// A number as JavaScript writes it.
fn javascript(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if (1e-6..1e21).contains(&size) {
        number.to_string()
    } else {
        let text = format!("{number:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    }
}

fn integer(text: &str) -> Option<f64> {
    let of_base = |digits: &str, base: u32| {
        let mut value = None;
        for digit in digits.chars() {
            let digit = digit.to_digit(base)?;
            value = Some(value.unwrap_or(0.0) * f64::from(base) + f64::from(digit));
        }
        value
    };
    if let Some(octal) = text.strip_prefix("0o") {
        return of_base(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return of_base(hexadecimal, 16);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !is_digits(digits) { None } else { text.parse().ok() }
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // `.5` is a number, and `-.5` a text: so the peer's reader takes it.
    let has_digits = if whole.is_empty() { !part.is_empty() && unsigned == text } else { true };
    let is_mantissa = has_digits && is_digits(whole) && is_digits(part);
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if is_mantissa && is_exponent { text.parse().ok() } else { None }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The forms of a date by themselves (2026-11-30), or with a time behind `T` or blanks, a fraction and a zone.
fn is_date(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    let Some((month, rest)) = rest.split_once('-') else { return false };
    if year.len() != 4 || ![year, month].iter().all(|part| is_digits(part)) || !is_short(month) {
        return false;
    }
    let Some(end) = rest.find(|c: char| !c.is_ascii_digit()) else {
        return month.len() == 2 && rest.len() == 2;
    };
    let (day, time) = rest.split_at(end);
    let time = time.strip_prefix(['T', 't']).unwrap_or_else(|| time.trim_start_matches([' ', '\t']));
    is_short(day) && time.len() < rest.len() - end && is_time(time)
}

fn is_short(digits: &str) -> bool {
    matches!(digits.len(), 1 | 2)
}

fn is_time(text: &str) -> bool {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else { return false };
    let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
    let is_clock = is_short(hour) && minute.len() == 2 && second.len() == 2;
    let is_clock = is_clock && [hour, minute, second, fraction].iter().all(|part| is_digits(part));
    let zone = zone.trim_start_matches([' ', '\t']);
    let is_offset = |offset: &str| {
        let (hour, minute) = offset.split_once(':').unwrap_or((offset, "00"));
        is_short(hour) && minute.len() == 2 && is_digits(hour) && is_digits(minute)
    };
    is_clock && (matches!(zone, "" | "Z") || zone.strip_prefix(['-', '+']).is_some_and(is_offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_have_the_kinds_of_the_core_schema() {
        let kinds: [(Kind, &[&str]); 6] = [
            (Kind::Null, &["", "~", "null", "NULL"]),
            (Kind::Boolean, &["true", "False", "TRUE"]),
            (Kind::Integer, &["0", "-7", "+7", "007", "0o17", "0x1F"]),
            (Kind::Float, &["1.", ".5", "1.5e-3", "-.inf", ".NaN", "1e5"]),
            (
                Kind::Date,
                &["2026-11-30", "2026-11-30T10:00:00Z", "2026-1-3 1:02:03.5 +1", "2026-1-3t1:02:03-01:30"],
            ),
            (
                Kind::Text,
                &[
                    "yes",
                    "No",
                    "on",
                    "nULL",
                    "tRUE",
                    "0o8",
                    "0x",
                    "1_000",
                    "1:30",
                    ".",
                    "-",
                    "e5",
                    "-.nan",
                    "1e",
                    "2026-1-3",
                    "2026-11-30x",
                    "2026-11-3010:00:00",
                    "20266-11-30",
                    "2026-11-30 10:00",
                    "<",
                    "0b1",
                    "-.5",
                    "+.5",
                ],
            ),
        ];
        for (kind, words) in kinds {
            for word in words {
                assert_eq!(kind_of(word), kind, "{word:?}");
            }
        }
    }

    #[test]
    fn a_name_is_written_as_the_peer_s_reader_writes_it() {
        for (text, name) in [
            ("0x10", "16"),
            ("007", "7"),
            ("1.0", "1"),
            ("1.50", "1.5"),
            ("1e21", "1e+21"),
            ("True", "true"),
            ("~", "null"),
            ("-0", "0"),
            ("a", "a"),
        ] {
            assert_eq!(name_of(kind_of(text), text), name, "{text:?}");
        }
    }
}
