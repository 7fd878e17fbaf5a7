use proptest::prelude::*;

use super::*;
use crate::pace::CORRECTION;

const CAP: Duration = Duration::from_secs(300);
const APART: Duration = Duration::from_secs(10);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn way(after_doubt: AfterDoubt) -> Way {
    Way { after_doubt, readings_apart: APART }
}

const WAYS: [AfterDoubt; 3] = [AfterDoubt::SameIdAgain, AfterDoubt::LookInHistory, AfterDoubt::AskPerson];

fn why() -> String {
    "reason".to_owned()
}

fn told(most: u64) -> impl Strategy<Value = Option<Duration>> {
    proptest::option::of((0..most).prop_map(Duration::from_secs))
}

fn deliveries() -> impl Strategy<Value = Delivery> {
    prop_oneof![
        1 => Just(Delivery::delivered()),
        1 => told(4_000_000).prop_map(|retry_after| Delivery::NotSent { why: why(), retry_after }),
        2 => told(100_000).prop_map(|retry_after| Delivery::Uncertain { why: why(), retry_after }),
        1 => Just(Delivery::Dead { why: why() }),
        1 => Just(Delivery::ConversationOver { why: why() }),
        1 => Just(Delivery::Paused { why: why() }),
    ]
}

fn looks() -> impl Strategy<Value = Found> {
    prop_oneof![
        1 => Just(Found::Delivered { org: OrgIds::default() }),
        6 => Just(Found::NotThere),
        1 => told(100_000).prop_map(|retry_after| Found::NotRead { why: why(), retry_after }),
        1 => Just(Found::CannotTell { why: why() }),
        1 => Just(Found::Several),
        1 => Just(Found::Paused { why: why() }),
    ]
}

/// What can happen to an entry that is sent in this way; now and then an activation sends in another.
fn events(by: AfterDoubt) -> impl Strategy<Value = Event> {
    let other = proptest::sample::select(WAYS.as_slice());
    prop_oneof![
        8 => Just(Event::Begin(way(by))),
        1 => other.prop_map(|by| Event::Begin(way(by))),
        4 => (deliveries(), 0.0..1.0f64).prop_map(|(delivery, jitter)| Event::Answer { delivery, jitter }),
        4 => (looks(), 0.0..1.0f64)
            .prop_map(|(found, jitter)| Event::Looked { found, readings_apart: APART, jitter }),
        1 => Just(Event::NotTried { was: Box::new(Progress::new()) }),
        1 => Just(Event::Lost),
        1 => Just(Event::LaneOver { why: "over".into() }),
        1 => Just(Event::Wake),
        1 => Just(Event::Retry),
        1 => Just(Event::MarkDelivered),
        1 => Just(Event::SendAgain),
        1 => Just(Event::Discard),
        1 => Just(Event::Undo),
        1 => Just(Event::Edit),
    ]
}

/// Random events, each some seconds (also negative: clocks jump) after the one before.
fn lives() -> impl Strategy<Value = (AfterDoubt, Vec<(Event, i64)>)> {
    let by = proptest::sample::select(WAYS.as_slice());
    by.prop_flat_map(|by| {
        (
            Just(by),
            proptest::collection::vec((events(by), prop_oneof![3 => 0..30i64, 1 => -100..1_000i64]), 0..40),
        )
    })
}

/// One step of a life.
struct Lived {
    before: Progress,
    event: Event,
    after: Progress,
    now: i64,
}

/// The events that could happen, in order, and the entry at the end.
fn live(events: Vec<(Event, i64)>) -> (Vec<Lived>, Progress, i64) {
    let (mut entry, mut marked, mut now, mut lived) = (Progress::new(), Progress::new(), 0, Vec::new());
    for (mut event, pause) in events {
        now += pause;
        if let Event::NotTried { was } = &mut event {
            **was = marked.clone();
        }
        let Some(after) = entry.after(&event, at(now), CAP) else { continue };
        if matches!(event, Event::Begin(_)) {
            marked = entry.clone();
        }
        lived.push(Lived { before: entry, event, after: after.clone(), now });
        entry = after;
    }
    (lived, entry, now)
}

/// An attempt to send it began.
fn is_sent(step: &Lived) -> bool {
    matches!(step.event, Event::Begin(_)) && step.after.state == State::Sending && !is_look(&step.after)
}

fn is_look(entry: &Progress) -> bool {
    entry.doubt.next == NextStep::Look
}

/// From here on the org may have it.
fn is_unsure(step: &Lived) -> bool {
    match &step.event {
        Event::Lost => !is_look(&step.before),
        Event::Answer { delivery, .. } => matches!(delivery, Delivery::Uncertain { .. }),
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_delivered_entry_never_changes_again((_, life) in lives()) {
        for step in live(life).0 {
            prop_assert!(!matches!(step.before.state, State::Delivered { .. }), "{:?} changed it", step.event);
        }
    }

    #[test]
    fn every_attempt_is_marked_first_and_counted_once((_, life) in lives()) {
        let mut attempts = 0;
        for step in live(life).0 {
            attempts += u32::from(matches!(step.event, Event::Begin(_)) && step.after.state == State::Sending);
            attempts -= u32::from(matches!(step.event, Event::NotTried { .. }));
            if matches!(step.event, Event::Answer { .. } | Event::Looked { .. } | Event::Lost) {
                prop_assert_eq!(&step.before.state, &State::Sending);
            }
            prop_assert_eq!(step.after.attempts, attempts);
        }
    }

    #[test]
    fn once_perhaps_sent_an_entry_claims_that_it_was_not_only_when_its_history_says_so_twice((_, life) in lives()) {
        let (mut perhaps, mut absent) = (false, 0);
        for step in live(life).0 {
            if is_unsure(&step) {
                (perhaps, absent) = (true, 0);
            }
            absent += u32::from(matches!(&step.event, Event::Looked { found: Found::NotThere, .. }));
            prop_assert!(!(perhaps && step.event == Event::Edit), "the org may have the text already");
            if perhaps && !step.after.maybe_sent {
                prop_assert!(absent >= 2 && step.after.doubt.sent_again > 0, "{:?}", step.after);
                perhaps = false;
            }
            if perhaps {
                prop_assert!(!matches!(step.after.state, State::Queued | State::Waiting { .. }), "{:?}", step.after);
            }
        }
    }

    #[test]
    fn what_may_have_arrived_is_sent_again_only_where_that_is_one_message_or_absent_twice_or_a_persons_word(
        (_, life) in lives(),
    ) {
        // How the attempt was sent that may have arrived, until something allows another.
        let (mut sent_by, mut open, mut looked_at, mut shown) = (AfterDoubt::SameIdAgain, false, None, 0);
        for step in live(life).0 {
            let Event::Begin(by) = &step.event else {
                match &step.event {
                    Event::Looked { found: Found::NotThere, .. } => match looked_at {
                        Some((first, begun)) if begun >= first + 10 => (open, looked_at) = (false, None),
                        _ => looked_at = Some((step.now, i64::MIN)),
                    },
                    // A person's decision, also for a refused one: then it is named by the word.
                    Event::SendAgain => open = false,
                    Event::Retry if matches!(step.before.state, State::Dead { .. }) && !is_look(&step.before) => {
                        open &= step.before.doubt.next == NextStep::AskPerson;
                    }
                    _ => {}
                }
                if is_unsure(&step) {
                    (open, looked_at) = (true, None);
                }
                shown = shown.max(step.after.doubt.sent_again);
                continue;
            };
            if is_sent(&step) {
                let as_one = sent_by == AfterDoubt::SameIdAgain && by.after_doubt == AfterDoubt::SameIdAgain;
                prop_assert!(!open || as_one, "sent again unasked: {:?} to {:?}", step.before, step.after);
                if !step.before.maybe_sent {
                    sent_by = by.after_doubt;
                }
            } else if let Some((_, begun)) = &mut looked_at {
                *begun = step.now;
            }
            prop_assert!(step.after.doubt.sent_again >= shown, "it is shown how often it was sent again");
        }
    }

    #[test]
    fn nothing_happens_to_what_a_person_has_to_decide_about_until_they_do((_, life) in lives()) {
        let mut other_ways = false;
        for step in live(life).0 {
            other_ways |= matches!(step.event, Event::Begin(by) if by.after_doubt != AfterDoubt::SameIdAgain);
            if step.before.needs_person() {
                let words = matches!(
                    step.event,
                    Event::MarkDelivered | Event::SendAgain | Event::Discard | Event::Retry | Event::LaneOver { .. }
                );
                prop_assert!(words, "{:?} to {:?}", step.event, step.after);
                prop_assert!(other_ways, "where repeats are recognised nobody is asked");
            }
            if matches!(step.event, Event::MarkDelivered | Event::SendAgain) {
                prop_assert!(step.before.maybe_sent && step.before.doubt.after_doubt != AfterDoubt::SameIdAgain);
            }
        }
    }

    #[test]
    fn the_network_never_kills_and_only_a_person_takes_out((_, life) in lives()) {
        for step in live(life).0 {
            if matches!(step.after.state, State::Dead { .. }) && !matches!(step.before.state, State::Dead { .. }) {
                let refused = matches!(&step.event, Event::LaneOver { .. } | Event::Undo
                    | Event::Answer { delivery: Delivery::Dead { .. } | Delivery::ConversationOver { .. }, .. });
                prop_assert!(refused, "{:?}", step.event);
            }
            if matches!(step.after.state, State::Discarded { .. }) {
                prop_assert_eq!(&step.event, &Event::Discard);
            }
        }
    }

    #[test]
    fn whatever_happened_an_entry_that_moves_becomes_due_within_a_day_or_asks_a_person((by, life) in lives()) {
        let (_, entry, now) = live(life);
        // A day is the longest time of the org's that is believed; a clock set back since then can add a little.
        if entry.moves() && entry.state != State::Sending && !entry.needs_person() {
            let due = entry.due_in(at(now), CAP);
            prop_assert!(due.is_some_and(|d| d <= LONGEST_TOLD + CORRECTION), "{due:?}");
            prop_assert!(entry.after(&Event::Begin(way(by)), at(now) + due.unwrap_or_default(), CAP).is_some());
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
    sent_by(AfterDoubt::SameIdAgain, entry, delivery, now)
}

fn sent_by(by: AfterDoubt, entry: &Progress, delivery: Delivery, now: i64) -> Progress {
    let sending = entry.after(&Event::Begin(way(by)), at(now), CAP).unwrap();
    assert!(!is_look(&sending));
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

fn cut() -> Delivery {
    Delivery::Uncertain { why: "cut".into(), retry_after: None }
}

/// A look that begins and ends now.
fn looked(entry: &Progress, found: Found, now: i64) -> Progress {
    let looking = entry.after(&Event::Begin(way(AfterDoubt::LookInHistory)), at(now), CAP).unwrap();
    assert!(is_look(&looking), "{looking:?}");
    let event = Event::Looked { found, readings_apart: APART, jitter: 1.0 };
    looking.after(&event, at(now), CAP).unwrap()
}

#[test]
fn a_message_that_the_history_does_not_hold_twice_ten_seconds_apart_is_sent_again_and_that_is_shown() {
    let cut = sent_by(AfterDoubt::LookInHistory, &Progress::new(), cut(), 0);
    let once = looked(&cut, Found::NotThere, 5);
    assert_eq!(once.due_in(at(5), CAP), Some(APART));
    assert_eq!(once.after(&Event::Wake, at(6), CAP), None, "the network's return does not shorten that");
    assert!(once.after(&Event::Begin(way(AfterDoubt::LookInHistory)), at(14), CAP).is_none());
    let twice = looked(&once, Found::NotThere, 15);
    assert!(!twice.maybe_sent && twice.doubt.sent_again == 1, "{twice:?}");
    let again = sent_by(AfterDoubt::LookInHistory, &twice, Delivery::delivered(), 15);
    assert!(matches!(again.state, State::Delivered { .. }) && again.doubt.sent_again == 1);
}

#[test]
fn a_reading_too_soon_after_the_first_or_after_the_clock_was_set_back_is_the_first_one_again() {
    let cut = sent_by(AfterDoubt::LookInHistory, &Progress::new(), cut(), 0);
    let once = looked(&cut, Found::NotThere, 5);
    let hurried = once.after(&Event::Retry, at(6), CAP).unwrap();
    let second = looked(&hurried, Found::NotThere, 6);
    assert!(second.maybe_sent, "a person's haste is no proof");
    let back = looked(&once, Found::NotThere, -1_000);
    assert!(back.maybe_sent);
    assert!(!looked(&back, Found::NotThere, -990).maybe_sent);
}

#[test]
fn a_message_that_the_history_holds_once_is_delivered_with_the_ids_of_the_org() {
    let cut = sent_by(AfterDoubt::LookInHistory, &Progress::new(), cut(), 0);
    let org = OrgIds { message_id: Some("m-1".into()), ..OrgIds::default() };
    let found = looked(&cut, Found::Delivered { org: org.clone() }, 9);
    assert_eq!(found.state, State::Delivered { at: at(9), org, by_person: false });
}

#[test]
fn where_the_history_does_not_say_a_person_does_and_may_have_it_looked_for_once_more() {
    let cut = sent_by(AfterDoubt::LookInHistory, &Progress::new(), cut(), 0);
    for found in [Found::Several, Found::CannotTell { why: "read-only".into() }] {
        let open = looked(&cut, found, 5);
        assert!(open.needs_person() && open.due_in(at(9_999), CAP).is_none(), "{open:?}");
        let again = open.after(&Event::Retry, at(6), CAP).unwrap();
        assert!(matches!(
            looked(&again, Found::Delivered { org: OrgIds::default() }, 6).state,
            State::Delivered { .. }
        ));
        let sent = open.after(&Event::SendAgain, at(6), CAP).unwrap();
        assert_eq!(sent.doubt.sent_again, 1);
        let refused = sent_by(AfterDoubt::LookInHistory, &sent, Delivery::Dead { why: "400".into() }, 6);
        assert!(refused.may_have_arrived(), "the refusal of the second says nothing of the first");
    }
}

#[test]
fn a_message_that_only_a_person_can_find_out_about_waits_for_their_word() {
    let open = sent_by(AfterDoubt::AskPerson, &Progress::new(), cut(), 0);
    assert!(open.needs_person() && open.after(&Event::Retry, at(1), CAP).is_none());
    let taken = open.after(&Event::MarkDelivered, at(1), CAP).unwrap();
    assert_eq!(taken.state, State::Delivered { at: at(1), org: OrgIds::default(), by_person: true });
    let again = open.after(&Event::SendAgain, at(1), CAP).unwrap();
    assert_eq!(again.after(&Event::SendAgain, at(1), CAP).unwrap().doubt.sent_again, 1, "twice is once");
    let offline = sent_by(AfterDoubt::AskPerson, &again, offline(), 1);
    assert!(!offline.needs_person() && offline.due_in(at(1), CAP).is_some(), "their word still stands");
    let cut = sent_by(AfterDoubt::AskPerson, &again, cut(), 1);
    assert!(cut.needs_person(), "and is used up by an attempt that may have arrived");
    assert!(matches!(cut.after(&Event::Discard, at(2), CAP).unwrap().state, State::Discarded { .. }));
}

#[test]
fn a_doubt_that_the_way_of_today_cannot_resolve_is_for_a_person() {
    for (before, now) in WAYS.iter().flat_map(|before| WAYS.map(|now| (*before, now))) {
        let cut = sent_by(before, &Progress::new(), self::cut(), 0);
        let next = cut.after(&Event::Begin(way(now)), at(10), CAP);
        let person = next.as_ref().unwrap_or(&cut).needs_person();
        assert_eq!(person, before != now || before == AfterDoubt::AskPerson, "{before:?} and then {now:?}");
    }
}

#[test]
fn an_entry_of_the_versions_before_is_of_the_kind_whose_repeats_are_recognised_and_is_written_as_it_was() {
    let stored = r#"{"state":{"uncertain":{"since":"2026-11-30T02:00:00Z","until":"2026-11-30T02:00:01Z","why":"cut","told":false}},"attempts":1,"maybe_sent":true}"#;
    let read: Progress = serde_json::from_str(stored).unwrap();
    assert_eq!(read.doubt.after_doubt, AfterDoubt::SameIdAgain);
    assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    let delivered =
        r#"{"state":{"delivered":{"at":"2026-11-30T02:00:00Z"}},"attempts":1,"maybe_sent":false}"#;
    let read: Progress = serde_json::from_str(delivered).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), delivered);
    let now = sent(&Progress::new(), cut(), 0);
    assert!(!serde_json::to_string(&now).unwrap().contains("doubt"));
}
