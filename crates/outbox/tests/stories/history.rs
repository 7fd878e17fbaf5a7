//! What is remembered of messages that are over, and for how long.

use std::time::Duration;

use outbox::{Counts, Error, InTime, Options, Order, Outbox, State};
use testkit::{OutboxFolder, ScriptedCourier, cut, message, message_id as id, refused, text};

const HOUR: i64 = 3_600;

fn accept(outbox: &Outbox, conversation: &str, numbers: impl IntoIterator<Item = u64>) {
    for n in numbers {
        outbox.accept(message(conversation, n)).expect("accepted");
    }
}

/// Keeps the newest two messages; ids for a day.
fn short() -> Options {
    let remember_for = Duration::from_secs(24 * 3_600);
    Options { history_entries: 2, remember_for, ..Options::default() }
}

/// What is over in the conversation "a" and still kept, in its order.
fn kept(outbox: &Outbox) -> Vec<u128> {
    let entries = outbox.conversation(&"a".parse().expect("an id")).expect("readable").into_iter();
    let is_over = |state: &State| matches!(state, State::Delivered { .. } | State::Discarded { .. });
    entries.filter(|e| is_over(&e.state)).map(|e| e.id.0.as_u128()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_newest_messages_are_kept_and_the_older_ones_leave_nothing_but_their_ids() {
    let house = OutboxFolder::new();
    let courier = ScriptedCourier::default();
    {
        let outbox = house.outbox_with(short());
        for n in 1..=5 {
            accept(&outbox, "a", [n]);
            outbox.drain(&courier).await;
            house.clock.forward(1);
        }
        assert_eq!(kept(&outbox), [4, 5]);
        assert_eq!(outbox.counts(), Counts { delivered: 2, ..Counts::default() });
        assert_eq!((outbox.totals().delivered, outbox.totals().trimmed), (5, 3));
    }
    let outbox = house.outbox_with(short());
    assert_eq!(kept(&outbox), [4, 5], "on the disk too");
    let again = outbox.accept(message("a", 1)).unwrap();
    assert!(again.repeat && matches!(again.entry.state, State::Delivered { .. }), "{again:?}");
    assert_eq!((again.entry.seq, again.entry.attempts, again.entry.text), (0, 1, text("a 1")));
    let mut other = message("a", 1);
    other.text = text("something else");
    assert!(matches!(outbox.accept(other), Err(Error::IdTaken { .. })));
    assert!(matches!(outbox.accept(message("b", 1)), Err(Error::IdTaken { .. })));
    for late in
        [outbox.retry(id(1), Order::Kept), outbox.discard(id(1)), outbox.edit(id(1), &text("x"), Order::Kept)]
    {
        assert_eq!(late.unwrap(), InTime::No);
    }
    assert_eq!(outbox.drain(&courier).await.attempts, 0, "nothing is sent again");
}

#[tokio::test(start_paused = true)]
async fn an_id_is_forgotten_when_its_time_is_over_and_not_before() {
    let house = OutboxFolder::new();
    let courier = ScriptedCourier::default();
    let outbox = house.outbox_with(short());
    accept(&outbox, "a", 1..=4);
    outbox.drain(&courier).await;
    house.clock.forward(24 * HOUR - 1);
    outbox.drain(&courier).await;
    assert!(outbox.accept(message("a", 1)).unwrap().repeat, "a second too early");
    house.clock.forward(1);
    outbox.drain(&courier).await;
    assert!(!outbox.accept(message("a", 1)).unwrap().repeat, "a new message");
    assert!(matches!(outbox.retry(id(2), Order::Kept), Err(Error::UnknownEntry { .. })));
    assert!(outbox.accept(message("a", 4)).unwrap().repeat, "it is history still");
}

#[tokio::test(start_paused = true)]
async fn what_is_old_goes_by_itself_with_its_id_and_what_is_dead_stays() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    outbox.drain(&ScriptedCourier::default().then(1, &[refused()])).await;
    house.clock.forward(7 * 24 * HOUR - 1);
    outbox.drain(&ScriptedCourier::default()).await;
    assert_eq!(kept(&outbox), [2]);
    house.clock.forward(1);
    outbox.drain(&ScriptedCourier::default()).await;
    assert!(kept(&outbox).is_empty());
    assert!(matches!(outbox.retry(id(2), Order::Kept), Err(Error::UnknownEntry { .. })));
    house.clock.forward(400 * 24 * HOUR);
    outbox.drain(&ScriptedCourier::default()).await;
    assert_eq!(outbox.entry(id(1)).unwrap().unwrap().text, text("a 1"));
    assert_eq!(outbox.retry(id(1), Order::GivenUp).unwrap(), InTime::Yes);
}

#[tokio::test(start_paused = true)]
async fn history_is_trimmed_by_the_size_of_its_texts() {
    let house = OutboxFolder::new();
    let outbox = house.outbox_with(Options { history_bytes: 10_000, ..Options::default() });
    for n in 0..5 {
        let mut long = message("a", n);
        long.text = text(&"x".repeat(4_000));
        outbox.accept(long).unwrap();
        house.clock.forward(1);
        outbox.drain(&ScriptedCourier::default()).await;
    }
    assert_eq!(kept(&outbox), [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_message_taken_out_can_come_back_until_it_is_trimmed_and_its_id_stays_known() {
    let house = OutboxFolder::new();
    let outbox = house.outbox_with(short());
    accept(&outbox, "a", [1]);
    outbox.drain(&ScriptedCourier::default().then(1, &[cut()])).await;
    assert_eq!(outbox.discard(id(1)).unwrap(), InTime::Perhaps);
    house.clock.forward(1);
    accept(&outbox, "b", 2..=3);
    outbox.drain(&ScriptedCourier::default()).await;
    assert_eq!(outbox.undo_discard(id(1)).unwrap(), InTime::No, "two newer ones are kept");
    assert_eq!(outbox.discard(id(1)).unwrap(), InTime::Perhaps, "twice is as good as once");
    let again = outbox.accept(message("a", 1)).unwrap();
    assert!(again.repeat && matches!(again.entry.state, State::Discarded { .. }), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn after_trimming_and_a_restart_a_message_still_does_not_come_back_before_a_later_one_that_was_sent() {
    let house = OutboxFolder::new();
    {
        let outbox = house.outbox_with(Options { history_entries: 1, ..Options::default() });
        accept(&outbox, "a", [1, 2]);
        outbox.discard(id(1)).unwrap();
        // What was delivered is older than what was taken out, so it would be trimmed first.
        house.clock.forward(-10);
        assert_eq!(outbox.drain(&ScriptedCourier::default()).await.delivered, 1);
        assert_eq!(kept(&outbox), [1, 2]);
    }
    let outbox = house.outbox();
    assert_eq!(outbox.undo_discard(id(1)).unwrap(), InTime::No);
}

#[tokio::test(start_paused = true)]
async fn a_long_drain_trims_as_it_goes() {
    let house = OutboxFolder::new();
    let outbox = house.outbox_with(Options { history_entries: 10, ..Options::default() });
    let waiting: Vec<_> =
        (0..1_200).map(|n| outbox.accept_later(message(&format!("c-{}", n % 40), n)).unwrap()).collect();
    waiting.into_iter().for_each(|w| drop(w.wait().unwrap()));
    let (most, courier) = (std::cell::Cell::new(0), ScriptedCourier::default());
    let watch = async {
        loop {
            most.set(most.get().max(outbox.counts().delivered));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        report = outbox.drain(&courier) => assert_eq!(report.delivered, 1_200),
        () = watch => {}
    }
    assert!(most.get() > 10 && most.get() < 700, "{}", most.get());
    assert_eq!(outbox.counts().delivered, 10);
    assert!(outbox.accept(message("c-0", 0)).unwrap().repeat);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_goes_on_after_all_of_its_history_is_gone() {
    let house = OutboxFolder::new();
    let none = Options { history_entries: 0, ..Options::default() };
    let outbox = house.outbox_with(none);
    let courier = ScriptedCourier::default();
    for n in 1..=3 {
        accept(&outbox, "a", [n]);
        assert_eq!(outbox.drain(&courier).await.delivered, 1);
        assert!(kept(&outbox).is_empty());
    }
    for n in 1..=3 {
        assert!(outbox.accept(message("a", n)).unwrap().repeat);
    }
    assert_eq!(courier.numbers(), [1, 2, 3]);
}
