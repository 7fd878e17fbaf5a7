use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn armed(cron: &str, zone: &str, since: &str) -> Schedule {
    let mut schedule = Schedule::new(cron, zone).unwrap();
    schedule.arm(at(since));
    schedule
}

/// Asks every `tick` seconds, as the edge does, starts what is due, and returns the dues.
fn ticked(schedule: &mut Schedule, from: &str, to: &str, tick: i64) -> Vec<DateTime<Utc>> {
    let (mut now, end) = (at(from), at(to));
    let mut dues = Vec::new();
    while now <= end {
        if let Due::Now { due_at } = decide(schedule, now) {
            assert!(now - due_at <= ON_TIME, "{due_at} at {now}");
            schedule.settle(due_at);
            dues.push(due_at);
        }
        now += TimeDelta::seconds(tick);
    }
    dues
}

#[test]
fn on_both_days_of_the_clock_change_it_is_due_exactly_once() {
    let mut spring = armed("0 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z");
    let dues = ticked(&mut spring, "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z", 30);
    // 02:00 does not exist on the 29th: 03:00 local, the same moment, is taken.
    let expected = ["2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"];
    assert_eq!(dues, expected.map(at));

    let mut autumn = armed("0 2 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z");
    let dues = ticked(&mut autumn, "2026-10-23T12:00:00Z", "2026-10-26T12:00:00Z", 30);
    // 02:00 comes twice on the 25th: the first counts.
    let expected = ["2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"];
    assert_eq!(dues, expected.map(at));
}

#[test]
fn a_look_at_any_minute_around_a_clock_change_finds_the_same_dues() {
    for (day, due) in [("2026-03-29", "2026-03-29T01:00:00Z"), ("2026-10-25", "2026-10-25T00:00:00Z")] {
        let midnight = at(&format!("{day}T00:00:00Z")) - TimeDelta::hours(6);
        for minute in 0..12 * 60 {
            let now = midnight + TimeDelta::minutes(minute);
            let schedule = armed("0 2 * * *", "Europe/Berlin", &now.to_rfc3339());
            let next = next_due(&schedule, now).unwrap();
            if now < at(due) {
                assert_eq!(next, at(due), "from {now}");
            } else {
                assert!(next > at(due) + TimeDelta::hours(20), "twice: {next} from {now}");
            }
        }
    }
}

#[test]
fn after_a_sleep_it_catches_up_once_with_the_newest_due() {
    let mut schedule = armed("0 2 * * *", "UTC", "2026-11-01T00:00:00Z");
    let now = at("2026-11-22T09:30:00Z");
    assert_eq!(decide(&schedule, now), Due::Now { due_at: at("2026-11-22T02:00:00Z") });
    schedule.settle(at("2026-11-22T02:00:00Z"));
    assert_eq!(decide(&schedule, now), Due::Wait(Duration::from_secs(16 * 3_600 + 1_800)));
}

/// A lid that is closed before the due of a clock change and opened at any time of the day after it.
#[test]
fn asleep_over_the_due_of_a_clock_change_it_catches_up_once_with_that_due() {
    for due in ["2026-03-29T01:00:00Z", "2026-10-25T00:00:00Z"].map(at) {
        for minute in (1..24 * 60).step_by(11) {
            let mut schedule = armed("0 2 * * *", "Europe/Berlin", &(due - TimeDelta::hours(5)).to_rfc3339());
            let woken = due + TimeDelta::minutes(minute);
            // The day of spring has 23 hours: at its end the next due is the newest.
            let newest = next_due(&schedule, due).filter(|next| *next <= woken).unwrap_or(due);
            assert_eq!(decide(&schedule, woken), Due::Now { due_at: newest }, "at {woken}");
            schedule.settle(newest);
            assert!(matches!(decide(&schedule, woken), Due::Wait(_)), "twice at {woken}");
        }
    }
}

#[test]
fn a_due_that_is_a_day_old_is_not_caught_up() {
    let schedule = armed("0 2 * * MON", "UTC", "2026-11-01T00:00:00Z");
    let due = at("2026-11-16T02:00:00Z");
    let almost = due + TimeDelta::hours(24) - TimeDelta::seconds(1);
    assert_eq!(decide(&schedule, almost), Due::Now { due_at: due });
    assert!(matches!(decide(&schedule, due + TimeDelta::hours(24)), Due::Wait(_)));
}

#[test]
fn a_clock_that_goes_back_brings_no_due_a_second_time() {
    let mut schedule = armed("0 2 * * *", "UTC", "2026-11-20T00:00:00Z");
    let now = at("2026-11-22T02:00:10Z");
    assert_eq!(decide(&schedule, now), Due::Now { due_at: at("2026-11-22T02:00:00Z") });
    schedule.settle(at("2026-11-22T02:00:00Z"));
    let dues = ticked(&mut schedule, "2026-11-20T01:00:00Z", "2026-11-23T01:59:00Z", 60);
    assert!(dues.is_empty(), "{dues:?}");
    assert_eq!(next_due(&schedule, at("2026-11-20T01:00:00Z")), Some(at("2026-11-23T02:00:00Z")));
}

#[test]
fn armed_by_a_clock_that_ran_ahead_it_is_due_by_the_one_that_was_set_right() {
    let mut schedule = armed("0 2 * * *", "UTC", "2027-01-25T01:59:30Z");
    assert!(
        matches!(decide(&schedule, at("2026-11-22T02:30:00Z")), Due::Wait(_)),
        "nothing that lies before"
    );
    let dues = ticked(&mut schedule, "2026-11-22T02:30:00Z", "2026-11-24T12:00:00Z", 30);
    assert_eq!(dues, [at("2026-11-23T02:00:00Z"), at("2026-11-24T02:00:00Z")]);

    let corrected = armed("0 2 * * *", "UTC", "2026-11-22T02:00:40Z");
    assert!(matches!(decide(&corrected, at("2026-11-22T02:00:20Z")), Due::Wait(_)), "by some seconds only");
}

#[test]
fn arming_or_changing_it_starts_nothing_that_lies_before() {
    let mut schedule = Schedule::new("0 2 * * *", "UTC").unwrap();
    assert_eq!(decide(&schedule, at("2026-11-22T02:00:00Z")), Due::Off);
    schedule.arm(at("2026-11-22T09:00:00Z"));
    assert!(matches!(decide(&schedule, at("2026-11-22T09:00:00Z")), Due::Wait(_)));
    schedule.change("0 8 * * *", "UTC", at("2026-11-22T10:00:00Z")).unwrap();
    assert!(matches!(decide(&schedule, at("2026-11-22T10:00:00Z")), Due::Wait(_)));
    assert!(matches!(decide(&schedule, at("2026-11-23T08:00:00Z")), Due::Now { .. }));
    schedule.disarm();
    assert_eq!(decide(&schedule, at("2026-11-23T08:00:00Z")), Due::Off);
}

#[test]
fn a_wrong_field_is_named_with_what_is_allowed() {
    let error = |cron: &str, zone: &str| Schedule::new(cron, zone).unwrap_err().to_string();
    assert_eq!(
        error("61 2 * * *", "UTC"),
        "the schedule's minute cannot be \"61\": use 0-59, *, lists such as 0,30 or steps such as */15"
    );
    for (cron, field) in [
        ("0 24 * * *", "hour"),
        ("0 2 32 * *", "day of month"),
        ("0 2 * FOO *", "month"),
        ("0 2 * * 9", "day of week"),
        ("0 2 * *", "cron"),
        ("0 0 2 * * *", "cron"),
        ("@daily", "cron"),
        ("", "cron"),
        ("0 2 30 2 *", "cron"),
    ] {
        let text = error(cron, "UTC");
        assert!(text.starts_with(&format!("the schedule's {field} cannot be")), "{cron}: {text}");
    }
    assert!(error("0 2 * * *", "Mars/Olympus").contains("the schedule's zone cannot be \"Mars/Olympus\""));
}

#[test]
fn it_survives_being_stored_and_a_stored_one_that_is_wrong_is_refused() {
    let mut schedule = armed("*/5 3 1 * MON-FRI", "America/New_York", "2026-11-22T09:00:00Z");
    schedule.settle(at("2026-12-01T08:05:00Z"));
    let json = serde_json::to_string(&schedule).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
    // Earlier versions also wrote when the last run began and ended.
    let of_before = json.replace('}', r#","lastStarted":"2026-12-01T08:05:03Z","lastFinished":null}"#);
    assert_eq!(serde_json::from_str::<Schedule>(&of_before).unwrap(), schedule);
    assert!(serde_json::from_str::<Schedule>(&json.replace("*/5", "*/x")).is_err());
    assert!(serde_json::from_str::<Schedule>(r#"{"cron":"0 2 * * *","zone":"UTC"}"#).is_ok());
    assert!(!Schedule::default().is_armed());
    assert_eq!(Schedule::default().cron(), "0 2 * * *");
}

proptest! {
    #[test]
    fn hostile_text_is_an_error_and_never_a_panic(cron in "[ -~]{0,40}", zone in "\\PC{0,20}") {
        // Hostile in both places: one of the two is named, and little of it is repeated.
        for (cron, zone) in [(cron.as_str(), zone.as_str()), (cron.as_str(), "Europe/Berlin"), ("0 2 * * *", zone.as_str())] {
            match Schedule::new(cron, zone) {
                Ok(schedule) => prop_assert!(next_due(&schedule, at("2026-11-22T00:00:00Z")).is_some(), "{} {}", cron, zone),
                Err(Error::Schedule { given, allowed, .. }) => {
                    prop_assert!(given.chars().count() <= 64 && allowed.starts_with(['u', 'n']), "{} {}", given, allowed);
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }

    #[test]
    fn however_the_clock_jumps_no_due_comes_twice_and_each_is_a_real_one(jumps in proptest::collection::vec(-200_000i64..200_000, 1..60)) {
        let mut schedule = armed("30 */6 * * *", "Europe/Berlin", "2026-03-25T00:00:00Z");
        let mut now = at("2026-03-27T00:00:00Z");
        let mut seen = std::collections::BTreeSet::new();
        for jump in jumps {
            now += TimeDelta::seconds(jump);
            if let Due::Now { due_at, .. } = decide(&schedule, now) {
                prop_assert!(due_at <= now && now - due_at < CATCH_UP);
                prop_assert!(seen.insert(due_at), "{} twice", due_at);
                prop_assert_eq!(due_at.timestamp() % 1_800, 0);
                schedule.settle(due_at);
            }
        }
    }
}

#[test]
fn a_due_is_a_whole_minute_whatever_fraction_of_a_second_it_is_asked_in() {
    let schedule = Schedule::new("0 2 * * *", "Europe/Berlin").unwrap();
    let due: DateTime<Utc> = "2026-11-23T01:00:00Z".parse().unwrap();
    for asked in ["2026-11-22T12:34:56.789Z", "2026-11-23T00:59:59.999999999Z"] {
        assert_eq!(next_due(&schedule, asked.parse().unwrap()), Some(due), "{asked}");
    }
    let after = next_due(&schedule, "2026-11-23T01:00:00.5Z".parse().unwrap());
    assert_eq!(after, Some("2026-11-24T01:00:00Z".parse().unwrap()));
}
