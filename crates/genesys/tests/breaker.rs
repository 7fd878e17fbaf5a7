//! An org that does not answer: machines leave it in peace and are told, people are let through.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use genesys::{
    Chat, Error, Lane, OutgoingMessage, TransportError,
    guest_api::{GuestApi, ListGuests},
};
use model::MessageId;
use testkit::{Canned, TokioClock, guest_id, settings, text};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

const EMPTY: &str = r#"{"entities":[],"total":0}"#;
const LIST: &str = "/api/v2/guests";
const LOGIN: &str = "/oauth/token";

type Answer = Result<http::Response<bytes::Bytes>, TransportError>;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn client(org: &Canned) -> GuestApi {
    let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
    testkit::seeded_guest_api(settings(), Arc::new(org.clone()), clock, 1)
}

/// An org that can be made to fail in this way, and the switch.
fn org_with_outages(trouble: fn() -> Answer) -> (Canned, Arc<AtomicBool>) {
    let away = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&away);
    let org =
        Canned::signed_in(
            move |_, _| {
                if seen.load(Ordering::SeqCst) { trouble() } else { Canned::json(200, EMPTY) }
            },
        );
    (org, away)
}

async fn list(client: &GuestApi, lane: Lane) -> Result<(), Error> {
    client.list_guests(lane, &ListGuests::default()).await.map(drop)
}

/// Fails until the breaker is open, as persons do.
async fn open_the_breaker(client: &GuestApi) {
    while client.pipeline.budget().borrow().answering {
        list(client, Lane::Person).await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn one_machine_at_a_time_asks_an_org_that_is_away_and_all_go_on_when_it_is_back() {
    let troubles: [fn() -> Answer; 6] = [
        || Err(TransportError::not_sent("refused")),
        || Err(TransportError::perhaps("cut")),
        || Canned::json(503, "<html>"),
        || Canned::json(302, ""),
        || Canned::json(200, "<html>Welcome to Hotel Wi-Fi</html>"),
        || Canned::json(200, r#"{"entities":[{"id":"#),
    ];
    for trouble in troubles {
        let (org, away) = org_with_outages(trouble);
        let client = client(&org);
        list(&client, Lane::Person).await.unwrap();
        away.store(true, Ordering::SeqCst);
        let workers: Vec<_> = (0..20)
            .map(|_| {
                let client = client.clone();
                // As a run does: again until it succeeds.
                tokio::spawn(async move { while list(&client, Lane::Bulk).await.is_err() {} })
            })
            .collect();
        sleep(secs(60)).await;
        let asked = org.count(LIST);
        assert!(asked <= 5 + 3 + 30, "{asked} requests to an org that is away");
        let budget = *client.pipeline.budget().borrow();
        assert!(!budget.answering && budget.next_try_seconds <= 4, "{budget:?}");
        away.store(false, Ordering::SeqCst);
        let back = Instant::now();
        for worker in workers {
            worker.await.unwrap();
        }
        assert!(back.elapsed() < secs(4 + 10), "{:?}", back.elapsed());
        assert!(client.pipeline.budget().borrow().answering);
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_is_let_through_and_their_answer_lets_the_machines_go_on() {
    let (org, away) = org_with_outages(|| Canned::json(502, "<html>"));
    let client = client(&org);
    list(&client, Lane::Person).await.unwrap();
    away.store(true, Ordering::SeqCst);
    open_the_breaker(&client).await;
    // Grow the span to its longest.
    for _ in 0..8 {
        let _ = list(&client, Lane::Bulk).await;
    }
    away.store(false, Ordering::SeqCst);
    let machine = client.clone();
    let machine = tokio::spawn(async move { list(&machine, Lane::Bulk).await });
    sleep(secs(1)).await;
    let asked = Instant::now();
    list(&client, Lane::Person).await.unwrap();
    assert_eq!(asked.elapsed(), Duration::from_millis(20));
    machine.await.unwrap().unwrap();
    assert!(asked.elapsed() < secs(1), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_waited_long_enough_is_told_that_surely_nothing_was_sent() {
    let (org, away) = org_with_outages(|| Err(TransportError::perhaps("cut")));
    let client = client(&org);
    list(&client, Lane::Person).await.unwrap();
    away.store(true, Ordering::SeqCst);
    open_the_breaker(&client).await;
    let sends: Vec<_> = (0..60)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move {
                let asked = Instant::now();
                let message = OutgoingMessage {
                    id: MessageId(Uuid::from_u128(n)),
                    conversation_id: &"c-1".parse().unwrap(),
                    guest_id: guest_id(1),
                    text: &text("hello"),
                    written_at: "2026-11-22T12:00:00Z".parse().unwrap(),
                };
                (client.deliver(Lane::Delivery, &message).await.unwrap_err(), asked.elapsed())
            })
        })
        .collect();
    let mut told = 0;
    for send in sends {
        let (error, waited) = send.await.unwrap();
        assert!(waited <= secs(66), "{waited:?}");
        if let Error::NotAnswering { next_try, .. } = error {
            assert!(!error.perhaps_processed() && next_try <= secs(4));
            assert!(error.remedy().contains("next try"), "{}", error.remedy());
            told += 1;
        }
    }
    let tried = org.count("/api/v2/conversations/webchat/messages");
    assert_eq!(told + tried, 60);
    assert!((15..=36).contains(&tried), "{tried} tries in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_and_never_opens_it() {
    for status in [400, 403, 404, 409, 410, 429] {
        let org = Canned::signed_in(move |_, _| Canned::refused(status, "some.code"));
        let client = client(&org);
        for _ in 0..12 {
            list(&client, Lane::Person).await.unwrap_err();
        }
        assert!(client.pipeline.budget().borrow().answering, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn switching_off_counts_as_no_failure_and_switching_on_tries_at_once() {
    let (org, away) = org_with_outages(|| Canned::json(503, ""));
    let client = client(&org);
    list(&client, Lane::Person).await.unwrap();
    for _ in 0..12 {
        let caller = client.clone();
        let under_way = tokio::spawn(async move { list(&caller, Lane::Person).await });
        sleep(Duration::from_millis(5)).await;
        client.pipeline.set_online(false);
        under_way.await.unwrap().unwrap_err();
        client.pipeline.set_online(true);
    }
    assert!(client.pipeline.budget().borrow().answering);
    away.store(true, Ordering::SeqCst);
    open_the_breaker(&client).await;
    for _ in 0..8 {
        let _ = list(&client, Lane::Bulk).await;
    }
    away.store(false, Ordering::SeqCst);
    client.pipeline.set_online(false);
    client.pipeline.set_online(true);
    let asked = Instant::now();
    list(&client, Lane::Delivery).await.unwrap();
    assert!(asked.elapsed() < secs(1), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_try_that_is_given_up_leaves_its_place_to_the_next_machine() {
    let (org, away) = org_with_outages(|| Canned::json(503, ""));
    let client = client(&org);
    list(&client, Lane::Person).await.unwrap();
    away.store(true, Ordering::SeqCst);
    open_the_breaker(&client).await;
    away.store(false, Ordering::SeqCst);
    // Gives up waiting, then gives up while its try is under way.
    assert!(timeout(Duration::from_millis(100), list(&client, Lane::Bulk)).await.is_err());
    sleep(secs(1)).await;
    assert!(timeout(Duration::from_millis(10), list(&client, Lane::Bulk)).await.is_err());
    assert!(!client.pipeline.budget().borrow().answering);
    let asked = Instant::now();
    list(&client, Lane::Delivery).await.unwrap();
    assert_eq!(asked.elapsed(), Duration::from_millis(20));
}

#[tokio::test(start_paused = true)]
async fn a_login_that_cannot_be_reached_counts_and_no_machine_stands_in_a_persons_way_there() {
    let away = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&away);
    let org = Canned::new(move |_, asked| match (seen.load(Ordering::SeqCst), asked.target.as_str()) {
        (true, _) => Err(TransportError::not_sent("refused")),
        (false, LOGIN) => Canned::token("tok", secs(86_400)),
        _ => Canned::json(200, EMPTY),
    });
    let client = client(&org);
    let workers: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { while list(&client, Lane::Bulk).await.is_err() {} })
        })
        .collect();
    sleep(secs(60)).await;
    assert!(!client.pipeline.budget().borrow().answering);
    assert!(org.count(LOGIN) <= 5 + 3 + 30, "{} sign-ins", org.count(LOGIN));
    let asked = Instant::now();
    list(&client, Lane::Person).await.unwrap_err();
    assert!(asked.elapsed() < secs(1), "{:?}", asked.elapsed());
    away.store(false, Ordering::SeqCst);
    list(&client, Lane::Person).await.unwrap();
    for worker in workers {
        timeout(secs(10), worker).await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_rejection_machines_rest_until_a_person_gets_in_or_a_minute_is_over() {
    let bad = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&bad);
    let org = Canned::new(move |_, asked| match (seen.load(Ordering::SeqCst), asked.target.as_str()) {
        (true, _) => Canned::json(400, r#"{"error":"invalid_client"}"#),
        (false, LOGIN) => Canned::token("tok", secs(86_400)),
        _ => Canned::json(200, EMPTY),
    });
    let client = client(&org);
    for _ in 0..100 {
        assert!(matches!(list(&client, Lane::Bulk).await, Err(Error::CredentialsRejected(_))));
    }
    assert_eq!(org.seen().len(), 1);
    list(&client, Lane::Person).await.unwrap_err();
    assert_eq!(org.seen().len(), 2);
    sleep(secs(61)).await;
    for _ in 0..100 {
        list(&client, Lane::Delivery).await.unwrap_err();
    }
    assert_eq!(org.seen().len(), 3);
    bad.store(false, Ordering::SeqCst);
    list(&client, Lane::Person).await.unwrap();
    list(&client, Lane::Bulk).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_refused_as_soon_as_issued_rest_the_machines_too() {
    let org = Canned::signed_in(|_, _| Canned::json(401, "{}"));
    let client = client(&org);
    for _ in 0..100 {
        assert!(matches!(list(&client, Lane::Bulk).await, Err(Error::CredentialsRejected(_))));
    }
    assert_eq!((org.count(LOGIN), org.count(LIST)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_given_up_at_any_moment_gives_its_place_back() {
    let (org, _) = org_with_outages(|| Canned::json(503, ""));
    let client = client(&org);
    list(&client, Lane::Person).await.unwrap();
    let before = client.pipeline.budget().borrow().count;
    for ms in [0, 1, 5, 19] {
        for lane in [Lane::Person, Lane::Delivery, Lane::Bulk] {
            sleep(secs(1)).await;
            assert!(timeout(Duration::from_millis(ms), list(&client, lane)).await.is_err());
        }
    }
    // Each counts as one call, and none as under way: two hundred more go without waiting for an answer of theirs.
    let lost = client.pipeline.budget().borrow().count - before;
    assert!(lost <= 12, "{lost}");
    let asked = Instant::now();
    for _ in 0..100 {
        list(&client, Lane::Person).await.unwrap();
    }
    assert_eq!(asked.elapsed(), Duration::from_millis(20) * 100);
}
