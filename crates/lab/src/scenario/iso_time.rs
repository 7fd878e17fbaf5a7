//! Times in ISO 8601. The schema has the same form as a pattern; only which days a month has is known here alone.

use chrono::NaiveDate;

/// A date, or a date and a time, with or without an offset; also without the signs between the digits (20261130T100000Z).
pub fn is_iso_time(text: &str) -> bool {
    is_extended(text).or_else(|| is_basic(text)).unwrap_or(false)
}

/// `2026-11-30`, and behind it `T10:00`, `T10:00:00`, `T10:00:00.5`, each with or without an offset. A blank or a small `t`
/// may stand in place of `T`, and a small `z` in place of `Z`, where seconds and an offset are given (RFC 3339).
fn is_extended(text: &str) -> Option<bool> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, date) = date.split_at_checked(4)?;
    let (month, day) = date.strip_prefix('-')?.split_once('-')?;
    if !is_date(year, month, day) {
        return Some(false);
    }
    if rest.is_empty() {
        return Some(true);
    }
    let (separator, rest) = rest.split_at_checked(1)?;
    let (clock, zone) = split_zone(rest);
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) =
        rest.split_once(':').map_or((rest, None), |(minute, second)| (minute, Some(second)));
    let is_rfc3339 = second.is_some() && matches!(zone, "Z" | "z") || zone.len() == 6 && second.is_some();
    let is_separator = separator == "T" || is_rfc3339 && matches!(separator, "t" | " ");
    let is_zone = is_zone(zone) || zone == "z" && is_rfc3339;
    Some(is_separator && is_zone && is_clock(hour, minute, second))
}

/// `20261130`, and behind it `T1000` or `T100000`, with or without an offset.
fn is_basic(text: &str) -> Option<bool> {
    let (date, rest) = text.split_at_checked(8)?;
    let (year, day) = date.split_at_checked(4)?;
    let (month, day) = day.split_at_checked(2)?;
    if !is_date(year, month, day) || rest.is_empty() {
        return Some(is_date(year, month, day));
    }
    let (clock, zone) = split_zone(rest.strip_prefix('T')?);
    let (hour, rest) = clock.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    let second = (!second.is_empty()).then_some(second);
    Some(is_zone(zone) && !zone.contains(':') && is_clock(hour, minute, second))
}

fn split_zone(text: &str) -> (&str, &str) {
    text.split_at(text.find(['Z', 'z', '+', '-']).unwrap_or(text.len()))
}

/// None, `Z`, or an offset as `+01`, `+0100` or `+01:00`.
fn is_zone(zone: &str) -> bool {
    let Some(offset) = zone.strip_prefix(['+', '-']) else { return matches!(zone, "" | "Z") };
    let (hour, minute) = match (offset.len(), offset.split_once(':')) {
        (2, None) => (offset, "00"),
        (_, Some(parts)) => parts,
        (4, None) => offset.split_at_checked(2).unwrap_or_default(),
        _ => return false,
    };
    two_digits(hour).is_some_and(|hour| hour < 24) && two_digits(minute).is_some_and(|minute| minute < 60)
}

fn is_date(year: &str, month: &str, day: &str) -> bool {
    let (Some(century), Some(rest)) =
        (year.get(..2).and_then(two_digits), year.get(2..).and_then(two_digits))
    else {
        return false;
    };
    let (Some(month), Some(day)) = (two_digits(month), two_digits(day)) else { return false };
    let year = i32::try_from(century * 100 + rest).unwrap_or_default();
    NaiveDate::from_ymd_opt(year, month, day).is_some()
}

/// A time of the day. 24:00:00 is the end of the day; a 60th second is one that was put in.
fn is_clock(hour: &str, minute: &str, second: Option<&str>) -> bool {
    let (second, fraction) =
        second.map_or(("00", "0"), |second| second.split_once('.').unwrap_or((second, "0")));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(hour), Some(minute), Some(second)) = (two_digits(hour), two_digits(minute), two_digits(second))
    else {
        return false;
    };
    let is_end = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|digit| digit == b'0');
    is_fraction && (is_end || hour < 24 && minute < 60 && second <= 60)
}

fn two_digits(text: &str) -> Option<u32> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}
