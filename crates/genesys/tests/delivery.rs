//! What the outbox relies on: a message leaves once per call, and "perhaps processed" is exact.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{sync::Arc, time::Duration};

use genesys::{Chat, Error, Lane, OutgoingMessage, TransportError, guest_api::GuestApi};
use model::MessageId;
use testkit::{Canned, TokioClock, guest_id, settings, text};
use uuid::Uuid;

const SEND: &str = "/api/v2/conversations/webchat/messages";
const ID: MessageId = MessageId(Uuid::from_u128(7));
const CONFIRMED: &str = r#"{"id":"00000000-0000-0000-0000-000000000007","conversationId":"c-1"}"#;

async fn send(org: &Canned) -> Result<(), Error> {
    let client = testkit::guest_api(
        settings(),
        Arc::new(org.clone()),
        Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
    );
    send_by(&client).await
}

async fn send_by(client: &GuestApi) -> Result<(), Error> {
    let message = OutgoingMessage {
        id: ID,
        conversation_id: &"c-1".parse().unwrap(),
        guest_id: guest_id(1),
        text: &text("my card number is 4111"),
        written_at: "2026-11-22T11:59:58.123Z".parse().unwrap(),
    };
    client.deliver(Lane::Delivery, &message).await
}

#[tokio::test(start_paused = true)]
async fn a_message_carries_what_the_contract_asks_for() {
    let org = Canned::signed_in(|_, _| Canned::json(201, CONFIRMED));
    send(&org).await.unwrap();
    let seen = org.seen().pop().unwrap();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", SEND));
    let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "id": "00000000-0000-0000-0000-000000000007",
            "conversationId": "c-1",
            "from": {"id": guest_id(1).to_string(), "type": "user"},
            "text": "my card number is 4111",
            "timestamp": "2026-11-22T11:59:58.123Z",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn no_failure_makes_the_client_send_it_again_and_each_says_whether_it_may_have_arrived() {
    for (status, perhaps) in [
        (400, false),
        (403, false),
        (404, false),
        (410, false),
        (413, false),
        (422, false),
        (429, false),
        (408, true),
        (500, true),
        (502, true),
        (503, true),
        (504, true),
    ] {
        let org = Canned::signed_in(move |_, _| Canned::refused(status, "some.code"));
        let error = send(&org).await.unwrap_err();
        assert_eq!(error.perhaps_processed(), perhaps, "{status}");
        assert_eq!(org.count(SEND), 1, "{status}");
        assert_eq!(error.correlation_id(), Some("c-canned"), "{status}");
        assert!(!format!("{error} {error:?}").contains("4111"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_and_a_silence_are_perhaps_and_a_refused_connection_is_surely_not() {
    let cut = Canned::signed_in(|_, _| Err(TransportError::perhaps("cut")));
    assert!(send(&cut).await.unwrap_err().perhaps_processed());
    let refused = Canned::signed_in(|_, _| Err(TransportError::not_sent("refused")));
    assert!(!send(&refused).await.unwrap_err().perhaps_processed());
    assert_eq!((cut.count(SEND), refused.count(SEND)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_given_up_after_the_named_time() {
    let router = axum::Router::new()
        .route(
            "/oauth/token",
            axum::routing::post(|| async { r#"{"access_token":"tok","expires_in":86399}"# }),
        )
        .route(SEND, axum::routing::post(std::future::pending::<()>));
    let org = testkit::InProcess::new(router);
    let client = testkit::guest_api(
        settings(),
        Arc::new(org.clone()),
        Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
    );
    let began = tokio::time::Instant::now();
    let error = send_by(&client).await.unwrap_err();
    assert!(error.perhaps_processed(), "{error:?}");
    assert_eq!(began.elapsed().as_secs(), genesys::timeouts::ANSWER.as_secs());
    assert_eq!(org.tried(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_person_is_told_after_one_silence_and_a_machine_asks_again() {
    for (lane, asked) in [(Lane::Person, 1), (Lane::Delivery, 2), (Lane::Bulk, 3)] {
        let router = axum::Router::new()
            .route(
                "/oauth/token",
                axum::routing::post(|| async { r#"{"access_token":"tok","expires_in":86399}"# }),
            )
            .fallback(std::future::pending::<()>);
        let org = testkit::InProcess::new(router);
        let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
        let client = testkit::guest_api(settings(), Arc::new(org.clone()), clock);
        let began = tokio::time::Instant::now();
        client.guest(lane, guest_id(1)).await.unwrap_err();
        assert_eq!(org.tried(), 1 + asked, "{lane:?}");
        let silent = began.elapsed().as_secs();
        assert!((30 * asked..35 * asked).contains(&silent), "{lane:?}: {silent} s");
    }
}

#[tokio::test(start_paused = true)]
async fn only_our_own_id_confirms_a_delivery() {
    for body in [
        "<html>Welcome to Hotel Wi-Fi</html>",
        "",
        "{}",
        r#"{"id":"00000000-0000-0000-0000-0000000"#,
        r#"{"id":42}"#,
        r#"{"id":"00000000-0000-0000-0000-000000000008"}"#,
    ] {
        let org = Canned::signed_in(move |_, _| Canned::json(201, body));
        let error = send(&org).await.unwrap_err();
        assert!(matches!(error, Error::BadAnswer { .. }) && error.perhaps_processed(), "{body}");
        assert_eq!(org.count(SEND), 1);
    }
    // "Accepted" is no message yet, also with the right id.
    for status in [200, 202] {
        let org = Canned::signed_in(move |_, _| Canned::json(status, CONFIRMED));
        let error = send(&org).await.unwrap_err();
        assert!(matches!(error, Error::BadAnswer { .. }) && error.perhaps_processed(), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_costs_a_message_nothing_because_401_is_surely_not_processed() {
    let org =
        Canned::signed_in(|n, _| if n == 0 { Canned::json(401, "{}") } else { Canned::json(201, CONFIRMED) });
    send(&org).await.unwrap();
    assert_eq!(org.count(SEND), 2);
}

#[tokio::test(start_paused = true)]
async fn offline_nothing_leaves_and_every_call_fails_at_once() {
    let org = Canned::signed_in(|_, _| Canned::json(201, CONFIRMED));
    let client = testkit::guest_api(
        settings(),
        Arc::new(org.clone()),
        Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
    );
    client.pipeline.set_online(false);
    let began = tokio::time::Instant::now();
    for _ in 0..100 {
        assert!(matches!(send_by(&client).await, Err(Error::Offline { .. })));
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(org.seen().is_empty() && client.pipeline.requests().is_empty());
    client.pipeline.set_online(true);
    send_by(&client).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn switching_off_ends_every_wait_and_is_honest_about_what_was_under_way() {
    let org = Canned::signed_in(|_, _| Canned::json(201, CONFIRMED));
    let client = testkit::guest_api(
        settings(),
        Arc::new(org.clone()),
        Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
    );
    let sender = client.clone();
    let under_way = tokio::spawn(async move { send_by(&sender).await });
    // Signed in after 20 ms, then 20 ms more for the message itself.
    tokio::time::sleep(Duration::from_millis(30)).await;
    client.pipeline.set_online(false);
    let error = under_way.await.unwrap().unwrap_err();
    assert!(error.perhaps_processed(), "{error:?}");

    client.pipeline.set_online(true);
    let asked = org.seen().len();
    let throttle = Canned::signed_in(|_, _| {
        let mut answer = Canned::json(429, "{}")?;
        answer.headers_mut().insert("retry-after", http::HeaderValue::from_static("42"));
        Ok(answer)
    });
    let limited = testkit::guest_api(
        settings(),
        Arc::new(throttle.clone()),
        Arc::new(TokioClock::at("2026-11-22T12:00:00Z")),
    );
    assert!(
        matches!(send_by(&limited).await, Err(Error::RateLimited(said)) if said.retry_after.is_some_and(|w| w.as_secs() == 42))
    );
    let waiter = limited.clone();
    let waiting = tokio::spawn(async move { send_by(&waiter).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    limited.pipeline.set_online(false);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Offline { .. }) && !error.perhaps_processed());
    assert_eq!((asked, throttle.count(SEND)), (org.seen().len(), 1));
}
