use proptest::prelude::*;

use super::*;
use crate::pace::CORRECTION;

const CAP: Duration = Duration::from_secs(300);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn deliveries() -> impl Strategy<Value = Delivery> {
    let why = || Just("reason".to_owned());
    prop_oneof![
        Just(Delivery::Delivered),
        (why(), proptest::option::of(0..4_000_000u64))
            .prop_map(|(why, s)| Delivery::NotSent { why, retry_after: s.map(Duration::from_secs) }),
        (why(), proptest::option::of(0..100_000u64))
            .prop_map(|(why, s)| Delivery::Uncertain { why, retry_after: s.map(Duration::from_secs) }),
        why().prop_map(|why| Delivery::Dead { why }),
        why().prop_map(|why| Delivery::ConversationOver { why }),
        why().prop_map(|why| Delivery::Paused { why }),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Send),
        4 => (deliveries(), 0.0..1.0f64).prop_map(|(delivery, jitter)| Event::Answer { delivery, jitter }),
        1 => Just(Event::Lost),
        1 => Just(Event::LaneOver { why: "over".into() }),
        1 => Just(Event::Wake),
        1 => Just(Event::Retry),
        1 => Just(Event::Discard),
        1 => Just(Event::Undo),
        1 => Just(Event::Edit),
    ]
}

/// The entry after a life of random events, each some seconds (also negative: clocks jump) after the one before.
fn lives() -> impl Strategy<Value = Vec<(Event, i64)>> {
    proptest::collection::vec((events(), -100..1_000i64), 0..40)
}

proptest! {
    #[test]
    fn a_delivered_entry_never_changes_again(life in lives()) {
        let (mut entry, mut now, mut delivered) = (Progress::new(), 0, None::<Progress>);
        for (event, pause) in life {
            now += pause;
            if let Some(next) = entry.after(&event, at(now), CAP) {
                prop_assert!(delivered.is_none(), "{event:?} changed a delivered entry");
                entry = next;
            }
            if matches!(entry.state, State::Delivered { .. }) {
                delivered = Some(entry.clone());
            }
        }
    }

    #[test]
    fn every_attempt_is_marked_first_and_counted_once(life in lives()) {
        let (mut entry, mut now, mut sent) = (Progress::new(), 0, 0);
        for (event, pause) in life {
            now += pause;
            let before = entry.clone();
            if let Some(next) = entry.after(&event, at(now), CAP) {
                if event == Event::Send {
                    sent += 1;
                    prop_assert_eq!(&next.state, &State::Sending);
                }
                if matches!(event, Event::Answer { .. } | Event::Lost) {
                    prop_assert_eq!(&before.state, &State::Sending);
                }
                entry = next;
            }
            prop_assert_eq!(entry.attempts, sent);
        }
    }

    #[test]
    fn once_perhaps_sent_an_entry_never_claims_again_that_it_was_not(life in lives()) {
        let (mut entry, mut now, mut perhaps) = (Progress::new(), 0, false);
        for (event, pause) in life {
            now += pause;
            let Some(next) = entry.after(&event, at(now), CAP) else { continue };
            let unsure = matches!(&event, Event::Lost | Event::Answer { delivery: Delivery::Uncertain { .. }, .. });
            perhaps |= unsure;
            prop_assert!(!(perhaps && event == Event::Edit), "the org may have the text already");
            if perhaps {
                prop_assert!(!matches!(next.state, State::Queued | State::Waiting { .. }), "{:?}", next.state);
            }
            entry = next;
        }
    }

    #[test]
    fn the_network_never_kills_and_only_a_person_takes_out(life in lives()) {
        let (mut entry, mut now) = (Progress::new(), 0);
        for (event, pause) in life {
            now += pause;
            let was_dead = matches!(entry.state, State::Dead { .. });
            let Some(next) = entry.after(&event, at(now), CAP) else { continue };
            if matches!(next.state, State::Dead { .. }) && !was_dead {
                let refused = matches!(&event, Event::LaneOver { .. } | Event::Undo
                    | Event::Answer { delivery: Delivery::Dead { .. } | Delivery::ConversationOver { .. }, .. });
                prop_assert!(refused, "{event:?}");
            }
            if matches!(next.state, State::Discarded { .. }) {
                prop_assert_eq!(&event, &Event::Discard);
            }
            entry = next;
        }
    }

    #[test]
    fn whatever_happened_an_entry_that_moves_becomes_due_within_a_day(life in lives()) {
        let (mut entry, mut now) = (Progress::new(), 0);
        for (event, pause) in life {
            now += pause;
            entry = entry.after(&event, at(now), CAP).unwrap_or(entry);
        }
        // A day is the longest time of the org's that is believed; a clock set back since then can add a little.
        if entry.moves() && entry.state != State::Sending {
            let due = entry.due_in(at(now), CAP);
            prop_assert!(due.is_some_and(|d| d <= LONGEST_TOLD + CORRECTION), "{due:?}");
            prop_assert!(entry.after(&Event::Send, at(now) + due.unwrap_or_default(), CAP).is_some());
        }
    }

    #[test]
    fn waits_grow_within_the_cap_and_the_jitter(attempts in 1..2_000u32, jitter in 0.0..1.0f64, cap in 1..600u64) {
        let wait = backoff(attempts, Duration::from_secs(cap), jitter);
        let full = (1u64 << (attempts - 1).min(20)).min(cap);
        prop_assert!(wait <= Duration::from_secs(full));
        prop_assert_eq!(backoff(attempts, Duration::from_secs(cap), 1.0), Duration::from_secs(full));
    }
}

fn sent(entry: &Progress, delivery: Delivery, now: i64) -> Progress {
    let sending = entry.after(&Event::Send, at(now), CAP).unwrap();
    sending.after(&Event::Answer { delivery, jitter: 1.0 }, at(now), CAP).unwrap()
}

fn limited(seconds: u64) -> Delivery {
    Delivery::NotSent { why: "429".into(), retry_after: Some(Duration::from_secs(seconds)) }
}

fn offline() -> Delivery {
    Delivery::NotSent { why: "offline".into(), retry_after: None }
}

#[test]
fn a_named_time_is_kept_to_the_letter_and_the_network_s_return_does_not_shorten_it() {
    let told = sent(&Progress::new(), limited(900), 0);
    assert_eq!(told.due_in(at(0), CAP), Some(Duration::from_secs(900)), "longer than the cap");
    assert_eq!(told.after(&Event::Wake, at(1), CAP), None);
    let offline = sent(&Progress::new(), offline(), 0);
    let awake = offline.after(&Event::Wake, at(0), CAP).unwrap();
    assert_eq!(awake.due_in(at(0), CAP), Some(Duration::ZERO));
}

#[test]
fn a_named_time_is_kept_by_an_entry_that_the_org_perhaps_has_too() {
    let told = Delivery::Uncertain { why: "503".into(), retry_after: Some(Duration::from_secs(900)) };
    let told = sent(&Progress::new(), told, 0);
    assert!(matches!(told.state, State::Uncertain { told: true, .. }), "{told:?}");
    assert_eq!(told.due_in(at(0), CAP), Some(Duration::from_secs(900)), "longer than the cap");
    assert_eq!(told.after(&Event::Wake, at(1), CAP), None);
    assert!(told.maybe_sent);
}

#[test]
fn a_smaller_cap_shortens_waits_that_were_recorded_under_a_larger_one() {
    let mut entry = Progress::new();
    for n in 0..9 {
        entry = sent(&entry, offline(), n * 1_000);
    }
    assert_eq!(entry.due_in(at(8_000), CAP), Some(Duration::from_secs(256)));
    assert_eq!(entry.due_in(at(8_000), Duration::from_secs(5)), Some(Duration::from_secs(5)));
}

#[test]
fn a_clock_set_back_does_not_lengthen_a_wait() {
    let entry = sent(&Progress::new(), limited(60), 1_000_000);
    assert_eq!(entry.due_in(at(0), CAP), Some(Duration::ZERO));
}

#[test]
fn an_edit_revives_a_refused_entry_but_not_one_that_was_perhaps_sent() {
    let refused = sent(&Progress::new(), Delivery::Dead { why: "400".into() }, 0);
    assert_eq!(refused.after(&Event::Edit, at(1), CAP).unwrap().state, State::Queued);
    let unsure = sent(&Progress::new(), Delivery::Uncertain { why: "timeout".into(), retry_after: None }, 0);
    assert_eq!(unsure.after(&Event::Edit, at(1), CAP), None);
    let refused = sent(&unsure, Delivery::Dead { why: "400".into() }, 10);
    assert_eq!(refused.after(&Event::Edit, at(11), CAP), None);
}

#[test]
fn a_named_time_of_zero_is_no_invitation_to_hammer() {
    let mut entry = Progress::new();
    for n in 0..9 {
        entry = sent(&entry, limited(0), n * 1_000);
    }
    assert_eq!(entry.due_in(at(8_000), CAP), Some(Duration::from_secs(256)));
}
