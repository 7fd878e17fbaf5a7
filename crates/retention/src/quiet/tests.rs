use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn window(from: &str, to: &str, days: &[Weekday]) -> Window {
    let time = |text: &str| format!("{text}:00").parse().unwrap();
    Window { days: days.to_vec(), from: time(from), to: time(to) }
}

fn berlin(windows: Vec<Window>) -> QuietHours {
    QuietHours::new("Europe/Berlin", windows).unwrap()
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let friday = berlin(vec![window("22:00", "06:00", &[Weekday::Fri])]);
    // 2026-11-20 is a Friday; Berlin is UTC+1.
    for (time, may) in [
        ("2026-11-20T20:59:00Z", true),
        ("2026-11-20T21:00:00Z", false),
        ("2026-11-21T04:59:59Z", false),
        ("2026-11-21T05:00:00Z", true),
        ("2026-11-21T21:00:00Z", true),
    ] {
        assert_eq!(friday.may_run(at(time)), may, "{time}");
    }
    assert_eq!(friday.next_opening(at("2026-11-20T22:30:10Z")), Some(at("2026-11-21T05:00:00Z")));
}

#[test]
fn a_whole_day_can_be_quiet_and_a_whole_week_cannot() {
    let sunday = berlin(vec![window("00:00", "00:00", &[Weekday::Sun])]);
    assert_eq!(sunday.next_opening(at("2026-11-22T12:00:00Z")), Some(at("2026-11-22T23:00:00Z")));
    let error = QuietHours::new("UTC", vec![window("00:00", "00:00", &[])]).unwrap_err();
    assert_eq!(error.to_string(), "quietHours must leave some time of the week");
}

#[test]
fn in_spring_the_skipped_hour_is_no_obstacle() {
    // On 2026-03-29 Berlin goes from 02:00 to 03:00 at 01:00Z.
    let gone = berlin(vec![window("02:00", "03:00", &[])]);
    let night = at("2026-03-29T00:00:00Z");
    assert!((0..600).all(|n| gone.may_run(night + TimeDelta::minutes(n))));
    let shorter = berlin(vec![window("01:30", "02:30", &[])]);
    assert_eq!(shorter.next_opening(at("2026-03-29T00:45:00Z")), Some(at("2026-03-29T01:00:00Z")));
}

#[test]
fn in_autumn_the_repeated_hour_is_quiet_both_times() {
    // On 2026-10-25 Berlin goes from 03:00 back to 02:00 at 01:00Z.
    let twice = berlin(vec![window("02:00", "03:00", &[])]);
    let quiet: Vec<i64> =
        (0..360).filter(|n| !twice.may_run(at("2026-10-24T22:00:00Z") + TimeDelta::minutes(*n))).collect();
    assert_eq!((quiet[0], quiet.len(), quiet[119]), (120, 120, 239));
    assert_eq!(twice.next_opening(at("2026-10-25T00:10:00Z")), Some(at("2026-10-25T02:00:00Z")));
}

#[test]
fn what_is_wrong_is_told_by_its_field() {
    let told = |zone: &str, windows| QuietHours::new(zone, windows).unwrap_err().to_string();
    assert!(told("Mars/Olympus", vec![]).starts_with("quietZone must be an IANA name"));
    let mut odd = window("01:00", "02:00", &[]);
    odd.to = "02:00:30".parse().unwrap();
    assert!(told("UTC", vec![odd]).starts_with("quietHours must begin and end on a whole minute"));
    assert!(told("UTC", vec![window("01:00", "02:00", &[]); 29]).contains("at most 28"));
}

#[test]
fn it_survives_being_stored_and_a_stored_one_that_is_wrong_is_refused() {
    let quiet = berlin(vec![window("22:00", "06:00", &[Weekday::Fri]), window("12:00", "13:00", &[])]);
    let json = serde_json::to_string(&quiet).unwrap();
    assert_eq!(serde_json::from_str::<QuietHours>(&json).unwrap(), quiet);
    assert!(serde_json::from_str::<QuietHours>(&json.replace("Europe/Berlin", "Nowhere")).is_err());
    assert_eq!(serde_json::from_str::<QuietHours>(r#"{"zone":"UTC"}"#).unwrap(), QuietHours::default());
    assert!(QuietHours::default().may_run(at("2026-11-22T02:00:00Z")));
}

#[test]
fn one_covers_another_when_it_keeps_at_least_that_quiet() {
    let night = berlin(vec![window("22:00", "06:00", &[])]);
    let longer = berlin(vec![window("21:00", "02:00", &[]), window("02:00", "07:00", &[])]);
    assert!(longer.covers(&night) && !night.covers(&longer) && night.covers(&night));
    assert!(night.covers(&QuietHours::default()) && !QuietHours::default().covers(&night));
    let elsewhere = QuietHours::new("America/New_York", night.windows().to_vec()).unwrap();
    assert!(!elsewhere.covers(&night), "the same hours elsewhere are other hours");
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let days = proptest::collection::vec(0u8..7, 0..4)
        .prop_map(|days| days.into_iter().map(|d| Weekday::try_from(d).unwrap()).collect());
    let time = (0u32..24, 0u32..60).prop_map(|(h, m)| NaiveTime::from_hms_opt(h, m, 0).unwrap());
    let one = (days, time.clone(), time).prop_map(|(days, from, to)| Window { days, from, to });
    proptest::collection::vec(one, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Around both clock changes, in zones with whole, half and double changes.
    #[test]
    fn the_next_opening_is_open_and_all_before_it_is_quiet(
        windows in windows(), spring: bool, minute in 0i64..5_760, second in 0i64..60,
        zone in prop_oneof![Just("Europe/Berlin"), Just("America/New_York"), Just("Australia/Lord_Howe"), Just("UTC")],
    ) {
        let Ok(quiet) = QuietHours::new(zone, windows) else { return Ok(()) };
        let start = at(if spring { "2026-03-27T00:00:00Z" } else { "2026-10-23T00:00:00Z" });
        let now = start + TimeDelta::seconds(minute * 60 + second);
        let open = quiet.next_opening(now).unwrap();
        prop_assert!(open >= now && quiet.may_run(open));
        let mut before = now;
        while before < open {
            prop_assert!(!quiet.may_run(before), "{} is open before {}", before, open);
            before += TimeDelta::seconds(47);
        }
        prop_assert!(open == now || !quiet.may_run(open - TimeDelta::milliseconds(1)));
    }

    #[test]
    fn may_run_is_what_the_wall_shows(windows in windows(), minute in 0i64..20_160) {
        let Ok(quiet) = QuietHours::new("Europe/Berlin", windows.clone()) else { return Ok(()) };
        let now = at("2026-03-23T00:00:00Z") + TimeDelta::minutes(minute);
        let local = now.with_timezone(&chrono_tz::Europe::Berlin);
        // Said again the long way: the window began today, or yesterday and goes over midnight.
        let begins = |w: &Window, day: Weekday| w.days.is_empty() || w.days.contains(&day);
        let expected = windows.iter().any(|w| {
            let (time, over) = (local.time(), w.to <= w.from);
            let today = begins(w, local.weekday()) && time >= w.from && (over || time < w.to);
            let yesterday = begins(w, local.weekday().pred()) && over && time < w.to;
            today || yesterday
        });
        prop_assert_eq!(quiet.may_run(now), !expected);
    }
}
