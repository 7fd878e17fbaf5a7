//! The outbox on a real disk, with a clock and a courier that do as told.

use std::{fs, sync::Arc, time::Duration};

use outbox::{Counts, Delivery, Error, InTime, Options, Order, Outbox, State, Wake};
use store::Batch;
use testkit::{
    OutboxFolder, ScriptedCourier, cut, files_below, limited, message, message_id as id, offline, refused,
    text,
};

fn accept(outbox: &Outbox, conversation: &str, numbers: impl IntoIterator<Item = u64>) {
    for n in numbers {
        outbox.accept(message(conversation, n)).expect("accepted");
    }
}

fn state(outbox: &Outbox, n: u64) -> State {
    outbox.entry(id(n)).expect("readable").expect("known").state
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_survives_and_arrives_once_each_in_order() {
    let house = OutboxFolder::new();
    {
        let outbox = house.outbox();
        accept(&outbox, "a", [1, 2, 3]);
        accept(&outbox, "b", [4, 5]);
    }
    let courier = ScriptedCourier::default();
    {
        let outbox = house.outbox();
        assert_eq!(outbox.counts(), Counts { waiting: 5, ..Counts::default() });
        let report = outbox.drain(&courier).await;
        assert_eq!((report.delivered, report.attempts, report.next_due), (5, 5, None));
        assert!(report.reached && report.error.is_none());
    }
    let outbox = house.outbox();
    assert_eq!(outbox.counts(), Counts { delivered: 5, ..Counts::default() });
    assert_eq!(outbox.drain(&courier).await.attempts, 0, "nothing is sent again");
    let numbers = courier.numbers();
    assert_eq!(numbers.iter().filter(|n| **n <= 3).collect::<Vec<_>>(), [&1, &2, &3]);
    assert_eq!(numbers.iter().filter(|n| **n > 3).collect::<Vec<_>>(), [&4, &5]);
    let history = outbox.conversation(&"a".parse().unwrap()).unwrap();
    assert_eq!(
        history.iter().map(|e| (e.seq, e.text.as_str())).collect::<Vec<_>>(),
        [(0, "a 1"), (1, "a 2"), (2, "a 3")]
    );
    assert!(history.iter().all(|e| e.delivered_at.is_some()));
}

#[tokio::test(start_paused = true)]
async fn the_same_id_again_is_the_same_entry_and_another_message_under_it_is_refused() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    assert!(!outbox.accept(message("a", 1)).unwrap().repeat);
    assert!(outbox.accept(message("a", 1)).unwrap().repeat);
    outbox.drain(&ScriptedCourier::default()).await;
    let again = outbox.accept(message("a", 1)).unwrap();
    assert!(again.repeat && matches!(again.entry.state, State::Delivered { .. }));
    let mut other = message("a", 1);
    other.text = text("something else");
    assert!(matches!(outbox.accept(other), Err(Error::IdTaken { .. })));
    assert!(matches!(outbox.accept(message("b", 1)), Err(Error::IdTaken { .. })));
    assert_eq!(outbox.conversation(&"a".parse().unwrap()).unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn offline_the_lane_waits_and_goes_on_in_order_when_the_network_is_back() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let courier = ScriptedCourier::default().then(1, &[offline(), offline()]);
    let report = outbox.drain(&courier).await;
    assert!(!report.reached && report.delivered == 0 && report.attempts == 1);
    assert!(report.next_due.is_some_and(|d| d <= Duration::from_secs(1)));
    assert!(matches!(state(&outbox, 1), State::Waiting { told: false, .. }));
    outbox.wake(Wake::Network);
    outbox.drain(&courier).await;
    house.clock.forward(300);
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
    assert_eq!(courier.numbers(), [1, 1, 1, 2]);
    assert_eq!(outbox.entry(id(1)).unwrap().unwrap().attempts, 3);
}

#[tokio::test(start_paused = true)]
async fn a_named_wait_holds_its_lane_alone_through_a_restart_and_the_network_s_return() {
    let house = OutboxFolder::new();
    let courier = ScriptedCourier::default().then(1, &[limited(900)]);
    {
        let outbox = house.outbox();
        accept(&outbox, "a", [1, 2]);
        accept(&outbox, "b", [3]);
        let report = outbox.drain(&courier).await;
        assert_eq!((report.delivered, report.next_due), (1, Some(Duration::from_secs(900))));
    }
    let outbox = house.outbox_with(Options { max_wait: Duration::from_secs(5), ..Options::default() });
    outbox.wake(Wake::Network);
    house.clock.forward(899);
    let report = outbox.drain(&courier).await;
    assert_eq!((report.attempts, report.next_due), (0, Some(Duration::from_secs(1))));
    house.clock.forward(1);
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_is_dead_with_its_reason_and_the_lane_goes_on() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let courier = ScriptedCourier::default().then(1, &[refused()]);
    let report = outbox.drain(&courier).await;
    assert_eq!((report.delivered, report.dead), (1, 1));
    assert_eq!(state(&outbox, 1), State::Dead { why: "400".into() });
    assert!(outbox.undelivered_for(&message("a", 1).guest_id), "a person may still send it");
    for asked in [outbox.retry(id(1), Order::Kept), outbox.edit(id(1), &text("better"), Order::Kept)] {
        assert!(matches!(asked, Err(Error::OutOfOrder { .. })), "2 is with the org: {asked:?}");
    }
    assert_eq!(state(&outbox, 1), State::Dead { why: "400".into() }, "what is refused changes nothing");
    assert_eq!(outbox.edit(id(1), &text("better"), Order::GivenUp).unwrap(), InTime::Yes);
    assert_eq!(outbox.retry(id(1), Order::Kept).unwrap(), InTime::Yes, "nobody is asked twice");
    assert_eq!(outbox.drain(&courier).await.delivered, 1);
    assert_eq!(courier.sent().last().unwrap().text, text("better"));
    assert!(!outbox.undelivered_for(&message("a", 1).guest_id));
}

#[tokio::test(start_paused = true)]
async fn when_the_conversation_is_over_its_whole_lane_dies_and_no_other() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2, 3]);
    accept(&outbox, "b", [4]);
    let courier = ScriptedCourier::default().then(1, &[Delivery::ConversationOver { why: "410".into() }]);
    let report = outbox.drain(&courier).await;
    assert_eq!((report.delivered, report.dead), (1, 3));
    assert_eq!(outbox.counts(), Counts { dead: 3, delivered: 1, ..Counts::default() });
    assert!((1..=3).all(|n| state(&outbox, n) == State::Dead { why: "410".into() }));
}

#[tokio::test(start_paused = true)]
async fn without_permission_everything_pauses_until_it_is_resumed_or_opened_again() {
    let house = OutboxFolder::new();
    let denied = Delivery::Paused { why: "401".into() };
    let courier = ScriptedCourier::default().then(1, &[denied.clone(), denied]);
    {
        let outbox = house.outbox_with(Options { in_flight: 1, ..Options::default() });
        accept(&outbox, "a", [1]);
        accept(&outbox, "b", [2]);
        let report = outbox.drain(&courier).await;
        assert_eq!((report.paused.as_deref(), report.attempts, report.next_due), (Some("401"), 1, None));
        assert_eq!(outbox.drain(&courier).await.attempts, 0);
        outbox.resume();
        assert_eq!(outbox.drain(&courier).await.paused.as_deref(), Some("401"));
    }
    let outbox = house.outbox();
    assert_eq!(outbox.paused(), None);
    assert!(matches!(state(&outbox, 1), State::Waiting { why, .. } if why == "401"), "the reason is kept");
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
}

#[tokio::test(start_paused = true)]
async fn an_uncertain_message_is_asked_for_with_its_own_id_before_anything_later_goes() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    // The second attempt surely fails; the first one may still have arrived.
    let courier = ScriptedCourier::default().then(1, &[cut(), offline()]);
    outbox.drain(&courier).await;
    assert_eq!(outbox.counts().uncertain, 1);
    house.clock.forward(300);
    outbox.drain(&courier).await;
    assert!(matches!(state(&outbox, 1), State::Uncertain { .. }));
    assert_eq!(outbox.edit(id(1), &text("other"), Order::Kept).unwrap(), InTime::No);
    house.clock.forward(300);
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
    assert_eq!(courier.numbers(), [1, 1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_is_dropped_leaves_its_messages_uncertain_and_the_next_one_asks() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let courier = ScriptedCourier::default();
    let dropped = tokio::time::timeout(Duration::from_millis(10), outbox.drain(&courier));
    assert!(dropped.await.is_err(), "the courier takes 50 ms");
    assert_eq!(state(&outbox, 1), State::Sending);
    let report = outbox.drain(&courier).await;
    assert_eq!((report.delivered, report.attempts), (2, 2));
    assert_eq!(courier.numbers(), [1, 1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_runs_as_a_task_of_its_own_on_any_thread() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let report = tokio::spawn(async move { outbox.drain(&ScriptedCourier::default()).await }).await.unwrap();
    assert_eq!(report.delivered, 2);
}

#[tokio::test(start_paused = true)]
async fn two_drains_at_once_send_nothing_twice() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", 1..=5);
    let courier = ScriptedCourier::default();
    let (one, two) = tokio::join!(outbox.drain(&courier), outbox.drain(&courier));
    assert_eq!(one.delivered + two.delivered, 5);
    assert_eq!(courier.numbers(), [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn lanes_go_side_by_side_within_the_bound_and_take_turns() {
    let house = OutboxFolder::new();
    let outbox = house.outbox_with(Options { in_flight: 3, ..Options::default() });
    for lane in 0..6u64 {
        accept(&outbox, &format!("c{lane}"), (0..4).map(|n| lane * 10 + n));
    }
    let courier = ScriptedCourier::default();
    assert_eq!(outbox.drain(&courier).await.delivered, 24);
    assert_eq!(courier.most_at_once(), 3);
    let numbers = courier.numbers();
    for lane in 0..6u64 {
        let mine: Vec<u64> = numbers.iter().copied().filter(|n| n / 10 == lane).collect();
        assert_eq!(mine, (0..4).map(|n| lane * 10 + n).collect::<Vec<_>>());
        let first = numbers.iter().position(|n| *n == lane * 10).unwrap();
        assert!(first < 9, "lane {lane} waits for no other lane's fourth message: {numbers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_accepted_while_draining_goes_in_the_same_activation() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1]);
    let courier = ScriptedCourier::default();
    let late = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let outbox = outbox.clone();
        tokio::task::spawn_blocking(move || accept(&outbox, "b", [2])).await.unwrap();
    };
    let (report, ()) = tokio::join!(outbox.drain(&courier), late);
    assert_eq!(report.delivered, 2);
}

#[tokio::test(start_paused = true)]
async fn a_lane_whose_wait_ends_joins_in_while_another_lane_is_busy() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "slow", [1]);
    accept(&outbox, "busy", 10..30);
    let courier = ScriptedCourier::default().then(1, &[limited(1)]);
    let later = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        house.clock.forward(1);
    };
    let (report, ()) = tokio::join!(outbox.drain(&courier), later);
    assert_eq!(report.delivered, 21);
    assert_ne!(courier.numbers().last(), Some(&1), "it did not wait for the busy lane's end");
}

#[tokio::test(start_paused = true)]
async fn a_person_s_word_counts_only_in_time_and_twice_is_once() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2, 3]);
    assert_eq!(outbox.discard(id(1)).unwrap(), InTime::Yes);
    assert_eq!(outbox.discard(id(1)).unwrap(), InTime::Yes);
    assert_eq!(outbox.undo_discard(id(1)).unwrap(), InTime::Yes);
    assert_eq!(outbox.undo_discard(id(1)).unwrap(), InTime::Yes);
    assert_eq!(outbox.discard(id(2)).unwrap(), InTime::Yes);
    assert_eq!(outbox.edit(id(3), &text("new words"), Order::Kept).unwrap(), InTime::Yes);
    let courier = ScriptedCourier::default();
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
    assert_eq!(courier.numbers(), [1, 3]);
    assert_eq!(courier.sent()[1].text, text("new words"));
    assert_eq!(outbox.undo_discard(id(2)).unwrap(), InTime::No, "3 was sent after it");
    for late in
        [outbox.discard(id(1)), outbox.edit(id(1), &text("x"), Order::Kept), outbox.retry(id(1), Order::Kept)]
    {
        assert_eq!(late.unwrap(), InTime::No);
    }
    assert!(matches!(outbox.retry(id(99), Order::Kept), Err(Error::UnknownEntry { .. })));
    assert!(outbox.accept(message("a", 3)).unwrap().repeat, "the first text is still the same message");
}

#[tokio::test(start_paused = true)]
async fn discarding_what_was_perhaps_sent_says_so() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1]);
    outbox.drain(&ScriptedCourier::default().then(1, &[cut()])).await;
    assert_eq!(outbox.discard(id(1)).unwrap(), InTime::Perhaps);
    assert_eq!(outbox.discard(id(1)).unwrap(), InTime::Perhaps);
    assert_eq!(outbox.counts(), Counts::default());
}

#[tokio::test(start_paused = true)]
async fn sending_now_ends_a_named_wait_of_the_entry_and_of_the_one_in_front() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", [1, 2]);
    let courier = ScriptedCourier::default().then(1, &[limited(900)]);
    outbox.drain(&courier).await;
    assert_eq!(outbox.retry(id(2), Order::Kept).unwrap(), InTime::Yes);
    assert_eq!(outbox.drain(&courier).await.delivered, 2);
    assert_eq!(courier.numbers(), [1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn watchers_are_told_after_every_change() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    let mut changes = outbox.changes();
    accept(&outbox, "a", [1]);
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    outbox.drain(&ScriptedCourier::default()).await;
    assert!(changes.has_changed().unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_longest_texts_stay_in_the_synced_file_and_are_readable_nowhere() {
    let house = OutboxFolder::new();
    {
        let outbox = house.outbox();
        let waiting: Vec<_> = (0..500u64)
            .map(|n| {
                let mut long = message(&"c".repeat(64), n);
                long.text = text(&("\u{1f511}words".repeat(455) + "!"));
                outbox.accept_later(long).unwrap()
            })
            .collect();
        for accepting in waiting {
            accepting.wait().unwrap();
        }
        outbox.drain(&ScriptedCourier::default()).await;
    }
    let blobs = house.dir.path().join("db/blobs");
    assert!(!blobs.exists() || files_below(&blobs).is_empty());
    let all = files_below(house.dir.path());
    assert!(all.iter().any(|f| f.ends_with("db/db")));
    for file in all {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(9).any(|w| w == "\u{1f511}words".as_bytes()), "{}", file.display());
    }
    assert_eq!(house.outbox().counts().delivered, 500);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_text_kills_its_entry_and_not_its_lane_and_a_damaged_entry_is_an_error() {
    let house = OutboxFolder::new();
    let key = ("a".parse::<model::ConversationId>().unwrap(), 0u64);
    {
        let outbox = house.outbox();
        accept(&outbox, "a", [1, 2, 3]);
    }
    {
        let store = house.store();
        let mut batch = Batch::new();
        batch.put(&store.table::<_, u64>("text"), &key, &7).unwrap();
        batch.remove(&store.table::<_, String>("text"), &(key.0.clone(), 1));
        store.commit(batch).unwrap();
    }
    {
        let outbox = house.outbox();
        let courier = ScriptedCourier::default();
        let report = outbox.drain(&courier).await;
        assert_eq!((report.dead, report.delivered, report.attempts), (2, 1, 1));
        assert_eq!(courier.numbers(), [3]);
        assert!(matches!(outbox.conversation(&key.0), Err(Error::Read(_))));
    }
    let store = house.store();
    let mut batch = Batch::new();
    batch.put(&store.table::<_, u64>("entry"), &key, &7).unwrap();
    store.commit(batch).unwrap();
    assert!(matches!(Outbox::open(&store, Arc::new(house.clock.clone())), Err(Error::Open { .. })));
}
