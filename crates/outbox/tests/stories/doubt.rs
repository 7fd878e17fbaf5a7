//! What becomes of a message that may have arrived, for each way in which messages are sent.

use model::{AfterDoubt, ConversationId};
use outbox::{Counts, Delivery, Error, Found, InTime, LaneFilter, LaneKind, Order, OrgIds, Outbox, State};
use testkit::{OutboxFolder, ScriptedCourier, cut, message, message_id as id, refused, text};

const WITHOUT_REPEATS: [AfterDoubt; 2] = [AfterDoubt::LookInHistory, AfterDoubt::AskPerson];

fn accept(outbox: &Outbox, conversation: &str, numbers: impl IntoIterator<Item = u64>) {
    for n in numbers {
        outbox.accept(message(conversation, n)).expect("accepted");
    }
}

fn there(id: &str) -> Found {
    Found::Delivered { org: OrgIds { message_id: Some(id.to_owned()), ..OrgIds::default() } }
}

fn state(outbox: &Outbox, n: u64) -> State {
    outbox.entry(id(n)).expect("readable").expect("known").state
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_history_holds_is_delivered_with_its_ids_before_anything_later_goes() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let courier =
        ScriptedCourier::resolving(AfterDoubt::LookInHistory).then(1, &[cut()]).finding(1, &[there("m-7")]);
    outbox.drain(&courier).await;
    assert_eq!((courier.numbers(), courier.looked_for()), (vec![1], vec![]), "nothing later goes meanwhile");
    house.clock.forward(300);
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
    assert_eq!((courier.numbers(), courier.looked_for()), (vec![1, 2], vec![1]), "it was not sent again");
    let found = outbox.entry(id(1)).unwrap().unwrap();
    assert_eq!((found.org.message_id.as_deref(), found.sent_again), (Some("m-7"), 0));
    assert_eq!(found.after_doubt, AfterDoubt::LookInHistory, "the entry keeps how it was sent");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_two_readings_do_not_hold_is_sent_again_and_that_is_shown_after_a_restart_too() {
    let house = OutboxFolder::new();
    let courier = ScriptedCourier::resolving(AfterDoubt::LookInHistory).then(1, &[cut()]);
    {
        let outbox = house.outbox();
        accept(&outbox, "a", [1, 2]);
        outbox.drain(&courier).await;
        house.clock.forward(300);
        outbox.drain(&courier).await;
    }
    let outbox = house.outbox();
    assert_eq!(outbox.counts(), Counts { uncertain: 1, waiting: 1, ..Counts::default() });
    house.clock.forward(9);
    assert_eq!(outbox.drain(&courier).await.attempts, 0, "the readings are ten seconds apart");
    house.clock.forward(1);
    outbox.drain(&courier).await;
    assert_eq!((courier.numbers(), courier.looked_for()), (vec![1, 1, 2], vec![1, 1]));
    drop(outbox);
    assert_eq!(house.outbox().entry(id(1)).unwrap().unwrap().sent_again, 1);
}

#[tokio::test(start_paused = true)]
async fn more_than_one_candidate_and_a_history_that_does_not_say_are_left_to_a_person() {
    for found in [Found::Several, Found::CannotTell { why: "read-only".into() }] {
        let house = OutboxFolder::new();
        let outbox = house.outbox();
        accept(&outbox, "a", [1, 2]);
        accept(&outbox, "b", [3]);
        let courier =
            ScriptedCourier::resolving(AfterDoubt::LookInHistory).then(1, &[cut()]).finding(1, &[found]);
        outbox.drain(&courier).await;
        house.clock.forward(300);
        assert_eq!(outbox.drain(&courier).await.next_due, None, "nothing happens by itself");
        let mut sent = courier.numbers();
        sent.sort_unstable();
        assert_eq!(sent, [1, 3], "other conversations go on");
        let lane = outbox.lanes(&LaneFilter::default(), 0, 9).lanes.remove(0);
        assert_eq!(lane.kind, LaneKind::Uncertain);
        assert_eq!(outbox.retry(id(1), Order::Kept).unwrap(), InTime::Perhaps, "it may be there already");
        outbox.drain(&courier).await;
        assert_eq!(courier.looked_for(), [1, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_decides_that_it_was_delivered_or_goes_again_or_is_discarded_and_the_conversation_goes_on() {
    for decide in [Outbox::mark_delivered, Outbox::send_again, Outbox::discard] {
        let house = OutboxFolder::new();
        let courier = ScriptedCourier::resolving(AfterDoubt::AskPerson).then(1, &[cut()]);
        {
            let outbox = house.outbox();
            accept(&outbox, "a", [1, 2]);
            outbox.drain(&courier).await;
        }
        let outbox = house.outbox();
        house.clock.forward(100_000);
        assert_eq!(outbox.drain(&courier).await.attempts, 0);
        assert!(outbox.entry(id(1)).unwrap().unwrap().needs_person);
        assert!(matches!(outbox.retry(id(1), Order::Kept), Err(Error::NeedsDecision { .. })));
        assert_eq!(outbox.edit(id(1), &text("other"), Order::Kept).unwrap(), InTime::No);
        let answers = [decide(&outbox, id(1)).unwrap(), decide(&outbox, id(1)).unwrap()];
        let was = state(&outbox, 1);
        outbox.drain(&courier).await;
        let (expected, sent): (_, &[u64]) = match was {
            State::Delivered { by_person: true, .. } => ([InTime::Yes, InTime::No], &[1, 2]),
            State::Uncertain { .. } => ([InTime::Yes, InTime::Yes], &[1, 1, 2]),
            _ => ([InTime::Perhaps, InTime::Perhaps], &[1, 2]),
        };
        assert_eq!((answers, courier.numbers().as_slice()), (expected, sent), "{was:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_org_knows_repeats_there_is_nothing_for_a_person_to_decide() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let courier = ScriptedCourier::default().then(1, &[cut()]).then(2, &[refused()]);
    outbox.drain(&courier).await;
    for n in [1, 2] {
        assert_eq!(outbox.mark_delivered(id(n)).unwrap(), InTime::No);
        assert_eq!(outbox.send_again(id(n)).unwrap(), InTime::No);
    }
    house.clock.forward(300);
    outbox.drain(&courier).await;
    assert_eq!((courier.numbers(), courier.looked_for()), (vec![1, 1, 2], vec![]));
    assert!(matches!(outbox.mark_delivered(id(9)), Err(Error::UnknownEntry { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_doubt_of_another_way_is_never_resolved_by_sending() {
    for (before, now) in WITHOUT_REPEATS.map(|way| (way, AfterDoubt::SameIdAgain)).into_iter().chain([
        (AfterDoubt::SameIdAgain, AfterDoubt::LookInHistory),
        (AfterDoubt::LookInHistory, AfterDoubt::AskPerson),
    ]) {
        let house = OutboxFolder::new();
        let outbox = house.outbox();
        accept(&outbox, "a", [1, 2]);
        outbox.drain(&ScriptedCourier::resolving(before).then(1, &[cut()])).await;
        house.clock.forward(300);
        let other = ScriptedCourier::resolving(now);
        let report = outbox.drain(&other).await;
        assert_eq!(
            (report.attempts, other.numbers(), other.looked_for()),
            (0, vec![], vec![]),
            "{before:?} {now:?}"
        );
        assert!(outbox.entry(id(1)).unwrap().unwrap().needs_person);
        assert_eq!(outbox.send_again(id(1)).unwrap(), InTime::Yes);
        outbox.drain(&other).await;
        assert_eq!(other.numbers(), [1, 2], "a person's decision goes any way");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_being_sent_or_looked_for_when_the_program_died_is_in_doubt_by_its_own_way() {
    for (way, looked_for) in [(AfterDoubt::LookInHistory, vec![1]), (AfterDoubt::AskPerson, vec![])] {
        let house = OutboxFolder::new();
        let courier = ScriptedCourier::resolving(way);
        {
            let outbox = house.outbox();
            accept(&outbox, "a", [1]);
            let short = std::time::Duration::from_millis(20);
            assert!(
                tokio::time::timeout(short, outbox.drain(&courier)).await.is_err(),
                "dropped while it was sent"
            );
        }
        let outbox = house.outbox();
        outbox.drain(&courier).await;
        assert_eq!((courier.numbers(), courier.looked_for()), (vec![1], looked_for), "{way:?}");
    }
}

/// Closes when it has sent one message.
struct Closing(ScriptedCourier);

#[async_trait::async_trait]
impl outbox::Courier for Closing {
    async fn deliver(&self, message: &outbox::Outgoing) -> Delivery {
        if self.is_closing() { Delivery::NotTried } else { self.0.deliver(message).await }
    }

    fn after_doubt(&self, conversation: &ConversationId) -> AfterDoubt {
        self.0.after_doubt(conversation)
    }

    fn is_closing(&self) -> bool {
        !self.0.sent().is_empty()
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_tried_because_the_time_was_over_is_as_it_was_and_counts_no_attempt() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    for n in 1..=20 {
        accept(&outbox, &format!("c-{n}"), [n]);
    }
    outbox.drain(&ScriptedCourier::default().then(3, &[testkit::limited(60)]).then(4, &[cut()])).await;
    accept(&outbox, "c-1", 21..=40);
    house.clock.forward(300);
    let before: Vec<_> = [3, 4].map(|n| outbox.entry(id(n)).unwrap().unwrap()).to_vec();
    let report = outbox.drain(&Closing(ScriptedCourier::default())).await;
    assert_eq!(report.attempts, 1, "one was under way");
    let after: Vec<_> = [3, 4].map(|n| outbox.entry(id(n)).unwrap().unwrap()).to_vec();
    let unchanged = before.iter().zip(&after).filter(|(b, a)| b == a).count();
    assert!(unchanged >= 1 && report.next_due.is_some(), "{before:?} {after:?}");
}
