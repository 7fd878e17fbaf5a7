//! Whether and when a call is tried again: pure functions of what was asked, what came of it and a jitter roll.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderValue;

use super::{budget::Lane, timeouts, transport::Sent};

/// What makes a second try harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Asking twice is asking once: GET, a query, PUT or DELETE of one version.
    Harmless,
    /// Creates under an id of our own: a second try meets 409 when the first one was processed.
    OwnId,
    /// The caller owns the retries: the outbox keeps messages and must know of every try.
    Never,
}

/// What came of one try that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No answer: refused or cut.
    NoAnswer(Sent),
    /// No answer within the time limit.
    Silence,
    /// An answer with this status, and the wait that it asks for.
    Status(u16, Option<Duration>),
    /// No answer of the org's, such as a truncated one or a proxy's page, and the wait that it asks for.
    Unreadable(Option<Duration>),
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again after this pause.
    Again(Duration),
    /// Tell the caller.
    GiveUp,
}

/// Tries of a call at most. Between them it waits.
const MOST_TRIES: u32 = 3;

/// A call leaves this machine at most so often: each try, and one of them once more with a renewed token.
pub const MOST_SENDS: u32 = MOST_TRIES + 1;

/// How many tries a call has in its lane. The outbox and the retention run repeat by themselves what fails here,
/// and a person would rather read an error than wait for a fourth.
pub(crate) fn most_tries(lane: Lane) -> u32 {
    match lane {
        Lane::Person | Lane::Bulk => MOST_TRIES,
        Lane::Delivery => 2,
    }
}

/// Decides after try number `attempt` (from 1). `roll` is uniform in 0..1: full jitter.
pub(crate) fn next(repeat: Repeat, lane: Lane, outcome: Outcome, attempt: u32, roll: f64) -> Next {
    if repeat == Repeat::Never || attempt >= most_tries(lane) {
        return Next::GiveUp;
    }
    let jitter = |base| full_jitter(base, attempt, roll);
    match outcome {
        // The time that the org named counts whatever the status is.
        Outcome::Status(_, Some(wait)) | Outcome::Unreadable(Some(wait)) => {
            let spread = timeouts::RETRY_AFTER_SPREAD.mul_f64(roll.clamp(0.0, 1.0));
            if wait > timeouts::LONGEST_WAIT { Next::GiveUp } else { Next::Again(wait + spread) }
        }
        // A person has waited for half a minute already.
        Outcome::Silence if lane == Lane::Person => Next::GiveUp,
        Outcome::NoAnswer(_) | Outcome::Silence | Outcome::Unreadable(None) => {
            Next::Again(jitter(timeouts::BACKOFF_BASE))
        }
        Outcome::Status(429, None) => Next::Again(jitter(timeouts::BACKOFF_BASE_THROTTLED)),
        Outcome::Status(408 | 500 | 502 | 503 | 504, None) => Next::Again(jitter(timeouts::BACKOFF_BASE)),
        Outcome::Status(_, None) => Next::GiveUp,
    }
}

/// Anything up to the base doubled by each further try, and never more than the cap (AWS, "Exponential Backoff And
/// Jitter"): the cap comes before the jitter.
fn full_jitter(base: Duration, attempt: u32, roll: f64) -> Duration {
    let ceiling = base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(timeouts::BACKOFF_CAP);
    ceiling.mul_f64(roll.clamp(0.0, 1.0))
}

/// Reads `Retry-After`, however often it is there: seconds, or an HTTP date (then `now` is needed). Of several the
/// longest counts, which keeps every one of them. What cannot be read, or lies in the past, is as if it were not there.
pub(crate) fn retry_after<'a>(
    values: impl IntoIterator<Item = &'a HeaderValue>,
    now: DateTime<Utc>,
) -> Option<Duration> {
    let texts = values.into_iter().filter_map(|value| value.to_str().ok());
    // A date has a comma of its own, so a list is looked for only in what is none.
    texts.filter_map(|text| until(text, now).or_else(|| text.split(',').filter_map(seconds).max())).max()
}

/// A number of seconds, rounded up: "2.5" is 3, "+2" is 2.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    // Digits beyond u64 mean "very long" all the same.
    let up = u64::from(part.bytes().any(|b| b != b'0'));
    Some(Duration::from_secs(whole.parse().unwrap_or(u64::MAX).saturating_add(up).min(MOST_SECONDS)))
}

/// What is left until an HTTP date.
fn until(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let at: DateTime<Utc> = httpdate::parse_http_date(text.trim()).ok()?.into();
    let wait = (at - now).to_std().ok()?;
    Some(wait.min(Duration::from_secs(MOST_SECONDS)))
}

/// A Retry-After is believed up to a day: the vendor's daily limits are the longest there are.
const MOST_SECONDS: u64 = 86_400;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_retry_after_is_read_as_seconds_and_as_a_date() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let read = |values: &[&str]| {
            let values: Vec<HeaderValue> =
                values.iter().map(|v| HeaderValue::from_bytes(v.as_bytes()).unwrap()).collect();
            retry_after(&values, now)
        };
        for (values, told) in [
            (&["42"][..], 42),
            (&[" 0 "], 0),
            (&["2.5"], 3),
            (&["2.0"], 2),
            (&["2."], 2),
            (&["0.001"], 1),
            (&["+2"], 2),
            (&["+2.5"], 3),
            (&["2, 5"], 5),
            (&["5,2"], 5),
            (&["2, soon"], 2),
            (&["2", "5"], 5),
            (&["soon", "5"], 5),
            (&["Sun, 22 Nov 2026 12:00:30 GMT"], 30),
            (&["Sun, 22 Nov 2026 11:59:00 GMT", "5"], 5),
            (&["99999999999999999999999"], 86_400),
        ] {
            assert_eq!(read(values), Some(secs(told)), "{values:?}");
        }
        for nonsense in [
            "",
            "-1",
            "soon",
            "++3",
            "+",
            ".",
            ".5",
            "1e3",
            "2s",
            "0x10",
            "1.2.3",
            "½",
            ",",
            "Sun, 22 Nov 2026 11:59:00 GMT",
            "Sun, 22 Nov 2026",
        ] {
            assert_eq!(read(&[nonsense]), None, "{nonsense}");
        }
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_pause_is_anything_from_nothing_to_a_ceiling_that_doubles_up_to_the_cap() {
        let ms = Duration::from_millis;
        let ceilings: Vec<Duration> = (1..=8).map(|attempt| full_jitter(ms(100), attempt, 1.0)).collect();
        assert_eq!(ceilings, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map(ms));
        assert_eq!((full_jitter(ms(100), 3, 0.0), full_jitter(ms(100), 3, 0.5)), (ms(0), ms(200)));
    }

    #[test]
    fn the_wait_the_org_asks_for_is_kept_and_only_lengthened() {
        let Next::Again(pause) =
            next(Repeat::Harmless, Lane::Person, Outcome::Status(429, Some(secs(42))), 1, 0.5)
        else {
            panic!("gave up")
        };
        assert!(pause >= secs(42) && pause < secs(43));
    }

    #[test]
    fn a_wait_of_hours_is_told_to_the_caller() {
        let outcome = Outcome::Status(429, Some(secs(7_200)));
        assert_eq!(next(Repeat::Harmless, Lane::Bulk, outcome, 1, 0.5), Next::GiveUp);
    }

    #[test]
    fn a_person_is_not_kept_waiting_for_a_second_silence() {
        assert_eq!(next(Repeat::Harmless, Lane::Person, Outcome::Silence, 1, 0.5), Next::GiveUp);
        assert!(matches!(next(Repeat::Harmless, Lane::Bulk, Outcome::Silence, 1, 0.5), Next::Again(_)));
    }

    fn outcomes() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::NoAnswer(Sent::NotSent)),
            Just(Outcome::NoAnswer(Sent::Perhaps)),
            Just(Outcome::Silence),
            proptest::option::of(0u64..100_000).prop_map(|w| Outcome::Unreadable(w.map(secs))),
            (300u16..600, proptest::option::of(0u64..100_000))
                .prop_map(|(s, w)| Outcome::Status(s, w.map(secs))),
        ]
    }

    proptest! {
        #[test]
        fn a_message_is_never_sent_twice_by_the_client(outcome in outcomes(), attempt in 1u32..9, roll in 0.0..1.0) {
            prop_assert_eq!(next(Repeat::Never, Lane::Delivery, outcome, attempt, roll), Next::GiveUp);
        }

        #[test]
        fn no_call_is_tried_for_ever_and_no_pause_is_longer_than_a_window(outcome in outcomes(), roll in 0.0..1.0) {
            for lane in [Lane::Person, Lane::Delivery, Lane::Bulk] {
                prop_assert_eq!(next(Repeat::Harmless, lane, outcome, most_tries(lane), roll), Next::GiveUp);
                for attempt in 1..most_tries(lane) {
                    if let Next::Again(pause) = next(Repeat::Harmless, lane, outcome, attempt, roll) {
                        prop_assert!(pause <= timeouts::LONGEST_WAIT + timeouts::RETRY_AFTER_SPREAD);
                    }
                }
            }
        }

        #[test]
        fn a_refusal_is_final(status in prop_oneof![Just(400u16), Just(401), Just(403), Just(404), Just(409), Just(410), Just(413), Just(422), Just(501)], roll in 0.0..1.0) {
            prop_assert_eq!(next(Repeat::Harmless, Lane::Person, Outcome::Status(status, None), 1, roll), Next::GiveUp);
        }
    }
}
