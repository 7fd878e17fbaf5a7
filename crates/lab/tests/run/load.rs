//! Many guests at once.

use std::time::Duration;

use genesys::webmessaging::{ChatEvent, ChatMessage, ChatState, Direction, WebMessagingError};
use lab::load::{Load, LoadOptions};
use tokio::time::{Instant, sleep};

use crate::double::{Did, Line, Run, message, second};

const FILE: &str = "scenarios: {a: [{say: one}, {waitForReplyContaining: x}], b: [{say: two}, {say: three}]}";

fn options(guests: u32, messages: Option<u32>) -> LoadOptions {
    LoadOptions {
        guests,
        ramp: Duration::from_secs(10),
        messages,
        limit: Duration::from_secs(600),
        patience: Duration::from_secs(10),
    }
}

fn load(run: &Run, options: LoadOptions) -> Load {
    Load::new(run.target.clone(), &run.suite, options).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_guest_writes_exactly_so_many_messages_going_round_the_file() {
    let run = Run::of(FILE, async |mut line: Line| {
        line.ready().await;
        for wanted in ["one", "two", "three", "one", "two"] {
            assert_eq!(line.text().await, wanted);
        }
        assert!(matches!(line.next_quietly().await, Did::Leave));
    });
    let load = load(&run, options(20, Some(5)));
    let began = Instant::now();
    load.run().await;
    let result = load.result();
    assert_eq!((result.guests, result.messages, result.delivered), (20, 100, 100));
    assert_eq!((result.lost, result.doubled, result.p99_millis), (0, 0, Some(0)));
    assert!(began.elapsed() >= Duration::from_secs(9), "they came over ten seconds");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_echoed_is_lost_and_what_comes_twice_is_doubled() {
    let run = Run::of(FILE, async |mut line: Line| {
        line.ready().await;
        loop {
            let Did::Say(id, text) = line.next_quietly().await else { continue };
            line.event(ChatEvent::Sent { id, at: second(1) }).await;
            if text == "two" {
                continue;
            }
            sleep(Duration::from_millis(40)).await;
            line.event(ChatEvent::Delivered { id, key: "k".into(), org_id: None, at: None }).await;
            if text == "three" {
                let text = Some(text);
                line.message(ChatMessage { direction: Direction::Inbound, text, ..message(None) }).await;
            }
        }
    });
    let load = load(&run, options(10, None));
    load.run().await;
    let result = load.result();
    assert_eq!((result.messages, result.delivered, result.lost, result.doubled), (30, 20, 10, 10));
    assert_eq!(result.p50_millis, Some(40));
    assert_eq!(result.reasons.get("nothing came for 10 s"), Some(&10));
}

#[tokio::test(start_paused = true)]
async fn an_echo_that_the_client_dropped_as_repeated_is_doubled_also_after_the_last() {
    let run = Run::of(FILE, async |mut line: Line| {
        line.ready().await;
        loop {
            let Did::Say(id, text) = line.next_quietly().await else { continue };
            line.event(ChatEvent::Delivered { id, key: text, org_id: None, at: None }).await;
            line.event(ChatEvent::Repeated).await;
        }
    });
    let load = load(&run, options(2, None));
    load.run().await;
    let result = load.result();
    assert_eq!((result.delivered, result.lost, result.doubled), (6, 0, 6));
}

#[tokio::test(start_paused = true)]
async fn an_org_that_nobody_reaches_is_told_and_a_limit_ends_it() {
    let run = Run::of(FILE, async |line: Line| {
        let why = WebMessagingError::Unreachable { host: "org.test".into(), why: "refused".into() };
        line.event(ChatEvent::State(ChatState::Backoff { next_try: Duration::ZERO, attempts: 1, why })).await;
    });
    let unreachable = load(&run, options(5, Some(1)));
    unreachable.run().await;
    let result = unreachable.result();
    assert!(result.unreachable);
    assert_eq!((result.lost, result.connected), (5, 0));
    let silent = Run::of(FILE, async |line: Line| {
        line.ready().await;
        std::future::pending().await
    });
    let cut = load(&silent, LoadOptions { limit: Duration::from_secs(3), ..options(5, Some(1)) });
    let began = Instant::now();
    cut.run().await;
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    assert_eq!(cut.result().lost, 5);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_says_nothing_loads_nothing() {
    let run = Run::of("scenarios: {a: [{pause: 1}]}", |_| std::future::pending());
    assert!(Load::new(run.target.clone(), &run.suite, options(1, None)).is_none());
}
