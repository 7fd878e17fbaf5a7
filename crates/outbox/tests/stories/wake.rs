//! When the outbox looks again, how often it may, and whom it tells.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use model::{AfterDoubt, ConversationId};
use outbox::{Courier, Delivery, LaneFilter, LaneKind, Options, Order, Outbox, Outgoing, RateLimit, Wake};
use testkit::{OutboxFolder, ScriptedCourier, TokioClock, limited, message, message_id as id, offline};
use tokio::time::{Instant, sleep};

fn accept(outbox: &Outbox, conversation: &str, numbers: impl IntoIterator<Item = u64>) {
    for n in numbers {
        outbox.accept(message(conversation, n)).expect("accepted");
    }
}

fn denied() -> Delivery {
    Delivery::Paused { why: "401".into() }
}

#[tokio::test(start_paused = true)]
async fn any_return_ends_waits_that_the_org_did_not_name_and_no_other() {
    for why in [Wake::Network, Wake::Token, Wake::Budget, Wake::Person] {
        let house = OutboxFolder::new();
        let outbox = house.outbox();
        accept(&outbox, "a", [1]);
        accept(&outbox, "b", [2]);
        let courier = ScriptedCourier::default().then(1, &[offline()]).then(2, &[limited(900)]);
        outbox.drain(&courier).await;
        outbox.wake(why);
        assert_eq!(outbox.drain(&courier).await.next_due, Some(Duration::from_secs(900)), "{why:?}");
        let mut tried = courier.numbers();
        tried.sort_unstable();
        assert_eq!(tried, [1, 1, 2], "{why:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_lanes_are_woken() {
    let house = OutboxFolder::new();
    let outbox = house.outbox_with(Options { in_flight: 500, ..Options::default() });
    let mut courier = ScriptedCourier::default();
    let waiting: Vec<_> =
        (0..1_500).map(|n| outbox.accept_later(message(&format!("c-{n}"), n)).unwrap()).collect();
    waiting.into_iter().for_each(|w| drop(w.wait().unwrap()));
    for n in 0..1_500 {
        courier = courier.then(n, &[offline()]);
    }
    outbox.drain(&courier).await;
    let flowing =
        || outbox.lanes(&LaneFilter { states: vec![LaneKind::Flowing], ..Default::default() }, 0, 1).total;
    assert!(flowing() < 100, "few have drawn a wait of next to nothing");
    outbox.wake(Wake::Network);
    assert_eq!(flowing(), 1_500);
    assert_eq!(outbox.drain(&courier).await.delivered, 1_500);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_lifted_by_a_person_and_once_by_a_new_token() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1]);
    let courier = ScriptedCourier::default().then(1, &[denied(), denied(), denied()]);
    outbox.drain(&courier).await;
    outbox.wake(Wake::Network);
    outbox.wake(Wake::Budget);
    assert_eq!(outbox.drain(&courier).await.attempts, 0, "the network has nothing to do with it");
    outbox.wake(Wake::Token);
    assert_eq!(outbox.drain(&courier).await.attempts, 1);
    outbox.wake(Wake::Token);
    assert_eq!(outbox.drain(&courier).await.attempts, 0, "the last token led to nothing");
    outbox.wake(Wake::Person);
    assert_eq!(outbox.drain(&courier).await.attempts, 1);
    outbox.wake(Wake::Token);
    assert_eq!(outbox.drain(&courier).await.delivered, 1);
}

#[tokio::test(start_paused = true)]
async fn a_smaller_cap_shortens_the_waits_that_are_under_way() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1]);
    accept(&outbox, "b", [2]);
    let mut answers = vec![offline(); 12];
    let courier = ScriptedCourier::default().then(1, &answers.split_off(0)).then(2, &[limited(400)]);
    // By now the wait is drawn from 0 to 5 minutes; ask until it is a long one.
    let mut rest = Duration::ZERO;
    for _ in 0..12 {
        outbox.retry(id(1), Order::Kept).unwrap();
        rest = outbox.drain(&courier).await.next_due.unwrap();
        if rest > Duration::from_secs(20) {
            break;
        }
    }
    assert!(rest > Duration::from_secs(20), "twelve short draws in a row");
    outbox.cap_waits(Duration::from_secs(5));
    assert_eq!(outbox.drain(&courier).await.next_due, Some(Duration::from_secs(5)));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_after_a_wait_was_over_does_not_make_the_drain_spin() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1]);
    let courier = ScriptedCourier::default().then(1, &[limited(900), limited(900)]);
    outbox.drain(&courier).await;
    house.clock.forward(901);
    assert_eq!(outbox.lanes(&LaneFilter::default(), 0, 1).lanes[0].kind, LaneKind::Flowing);
    accept(&outbox, "b", [2]);
    house.clock.forward(-10);
    let report = outbox.drain(&courier).await;
    assert_eq!((report.attempts, report.next_due), (1, Some(Duration::from_secs(9))));
    // Back to before the wait began: nobody knows how long it really was.
    house.clock.forward(-5_000);
    assert_eq!(outbox.drain(&courier).await.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_reason_without_end_does_not_keep_the_answer_from_the_disk() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1]);
    let report = outbox
        .drain(&ScriptedCourier::default().then(1, &[Delivery::Dead { why: "é".repeat(20_000) }]))
        .await;
    assert!(report.error.is_none(), "{:?}", report.error);
    assert_eq!(outbox.counts().dead, 1);
}

/// When each message began to be sent, in milliseconds.
struct Stopwatch(Instant, Mutex<Vec<(String, u128)>>);

#[async_trait]
impl Courier for Stopwatch {
    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let at = (message.conversation_id.to_string(), self.0.elapsed().as_millis());
        self.1.lock().expect("no panic").push(at);
        sleep(Duration::from_millis(30)).await;
        Delivery::delivered()
    }
}

#[tokio::test(start_paused = true)]
async fn where_there_is_a_limit_per_session_each_conversation_keeps_it_for_itself() {
    let house = OutboxFolder::new();
    let clock = Arc::new(TokioClock::at("2027-01-15T08:00:00Z"));
    let per_session = Some(RateLimit { messages: 2, per: Duration::from_secs(1) });
    // No history: the limit is remembered all the same.
    let options = Options { per_session, history_entries: 0, ..Options::default() };
    let outbox = Outbox::open_with(&house.store(), clock, options).unwrap();
    accept(&outbox, "a", 1..=5);
    accept(&outbox, "b", [6]);
    let courier = Stopwatch(Instant::now(), Mutex::default());
    let mut rests = Vec::new();
    for later in [7, 8, 9, 10] {
        while let Some(rest) = outbox.drain(&courier).await.next_due {
            rests.push(rest);
            sleep(rest).await;
        }
        accept(&outbox, "c", [later]);
    }
    while let Some(rest) = outbox.drain(&courier).await.next_due {
        sleep(rest).await;
    }
    let sent = courier.1.lock().unwrap().clone();
    let at =
        |name: &str| -> Vec<u128> { sent.iter().filter(|(c, _)| c == name).map(|(_, at)| *at).collect() };
    assert_eq!((at("a").len(), at("b").len(), at("c").len()), (5, 1, 4));
    for lane in ["a", "c"] {
        for window in at(lane).windows(3) {
            assert!(window[2] - window[0] >= 1_000, "{lane}: {window:?}");
        }
    }
    assert!(at("a")[4] < 2_200 && at("b")[0] < 100, "no slower than needed: {sent:?}");
    assert!(rests.iter().all(|r| *r > Duration::ZERO && *r <= Duration::from_secs(1)), "{rests:?}");
}
