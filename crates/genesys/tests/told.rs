//! What the org says with a failure is its word: how long it wants to be left alone, whatever the status; and nobody
//! else's page says that a guest or a conversation is not there.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use genesys::{
    Chat, Error, Lane, OutgoingMessage, Sessions, TransportError,
    guest_api::{GuestApi, ListGuests},
};
use http::HeaderValue;
use model::{ConversationId, MessageId, Selection};
use testkit::{Canned, TokioClock, guest, guest_id, new_guest, settings, text};
use tokio::time::Instant;
use uuid::Uuid;

const SEND: &str = "/api/v2/conversations/webchat/messages";
const LIST: &str = "/api/v2/guests";
const EMPTY: &str = r#"{"entities":[],"total":0}"#;
const PAGE: &str = "<html><h1>404 Not Found</h1></html>";

type Answered = Result<http::Response<Bytes>, TransportError>;

fn client(org: &Canned) -> GuestApi {
    testkit::guest_api(settings(), Arc::new(org.clone()), Arc::new(TokioClock::at("2026-11-22T12:00:00Z")))
}

type Header = (&'static str, &'static str);

fn with(answer: Answered, headers: impl IntoIterator<Item = Header>) -> Answered {
    let mut answer = answer?;
    for (name, value) in headers {
        answer.headers_mut().append(name, HeaderValue::from_static(value));
    }
    Ok(answer)
}

async fn send(client: &GuestApi) -> Result<(), Error> {
    let conversation: ConversationId = "c-1".parse().unwrap();
    let message = OutgoingMessage {
        id: MessageId(Uuid::from_u128(7)),
        conversation_id: &conversation,
        guest_id: guest_id(1),
        text: &text("hello"),
        written_at: "2026-11-22T11:59:58Z".parse().unwrap(),
    };
    client.deliver(Lane::Delivery, &message).await
}

async fn list(client: &GuestApi) -> Result<(), Error> {
    client.list_guests(Lane::Person, &ListGuests::default()).await.map(drop)
}

/// Every status with which the org, or something in its place, can fail.
fn statuses() -> impl Iterator<Item = u16> {
    [200, 202, 204, 300, 301, 302, 304, 307, 308].into_iter().chain(400..=431).chain([451]).chain(500..=511)
}

/// Forms of the header, and the seconds they come to.
const FORMS: [(&[&str], Option<u64>); 12] = [
    (&["30"], Some(30)),
    (&["29.5"], Some(30)),
    (&["+30"], Some(30)),
    (&["2, 30"], Some(30)),
    (&["2", "30"], Some(30)),
    (&["Sun, 22 Nov 2026 12:00:30 GMT"], Some(30)),
    (&["Sun, 22 Nov 2026 11:59:30 GMT"], None),
    (&["0"], None),
    (&["soon"], None),
    (&["-30"], None),
    (&[""], None),
    (&[], None),
];

#[tokio::test(start_paused = true)]
async fn a_message_is_sent_once_and_says_how_long_the_org_wants_to_be_left_alone_whatever_the_status() {
    for status in statuses() {
        for body in [r#"{"message":"No.","code":"some.code"}"#, PAGE, ""] {
            for (values, seconds) in FORMS {
                let org = Canned::signed_in(move |_, _| {
                    let told = values.iter().map(|value| ("retry-after", *value));
                    with(Canned::json(status, body), told.chain([("date", "Sun, 22 Nov 2026 12:00:00 GMT")]))
                });
                let error = send(&client(&org)).await.unwrap_err();
                assert_eq!(error.told_wait(), seconds.map(Duration::from_secs), "{status} {body} {values:?}");
                // A 401 is asked once more with a new token.
                assert_eq!(org.count(SEND), if status == 401 { 2 } else { 1 }, "{status} {body} {values:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_be_repeated_waits_as_the_org_says_whatever_the_status() {
    for (status, body) in [
        (408, ""),
        (429, ""),
        (500, ""),
        (501, ""),
        (502, PAGE),
        (503, ""),
        (504, ""),
        (511, PAGE),
        (404, PAGE),
        (410, PAGE),
        (302, ""),
        (200, PAGE),
        (202, ""),
    ] {
        let org = Canned::signed_in(move |n, _| match n {
            0 => with(Canned::json(status, body), [("retry-after", "29.5")]),
            _ => Canned::json(200, EMPTY),
        });
        let began = Instant::now();
        list(&client(&org)).await.unwrap();
        let took = began.elapsed();
        assert!(took >= Duration::from_secs(30) && took < Duration::from_secs(31), "{status}: {took:?}");
        assert_eq!(org.count(LIST), 2, "{status}");
    }
}

/// The instants at which messages left, sent one after the other.
async fn left(client: &GuestApi, many: usize) -> Vec<Duration> {
    let began = Instant::now();
    let mut left = Vec::new();
    for _ in 0..many {
        send(client).await.unwrap_err();
        left.push(began.elapsed());
    }
    left
}

#[tokio::test(start_paused = true)]
async fn a_429_without_a_readable_time_is_tried_again_within_15_s_whatever_the_rate_headers_say_and_rests_double()
 {
    const FREE: [Header; 3] =
        [("inin-ratelimit-count", "1"), ("inin-ratelimit-allowed", "300"), ("inin-ratelimit-reset", "60")];
    const UNREADABLE: [Header; 1] = [("retry-after", "soon")];
    const PAST: [Header; 1] = [("retry-after", "Sun, 22 Nov 2020 12:00:00 GMT")];
    for headers in [&[][..], &FREE, &UNREADABLE, &PAST] {
        let org = Canned::signed_in(move |_, _| with(Canned::json(429, "{}"), headers.iter().copied()));
        let left = left(&client(&org), 7).await;
        let rests: Vec<u64> = left.windows(2).map(|two| (two[1] - two[0]).as_secs()).collect();
        assert_eq!(rests, [2, 4, 8, 12, 12, 12], "{headers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_let_in_again_begins_with_the_shortest_rest_and_refusals_at_once_are_one() {
    let org =
        Canned::signed_in(|n, _| if n == 2 { Canned::json(400, "{}") } else { Canned::json(429, "{}") });
    let told = left(&client(&org), 5).await;
    let rests: Vec<u64> = told.windows(2).map(|two| (two[1] - two[0]).as_secs()).collect();
    assert_eq!(rests, [2, 4, 0, 2]);

    let org = Canned::signed_in(|_, _| Canned::json(429, "{}"));
    let client = client(&org);
    let began = Instant::now();
    let _ = tokio::join!(send(&client), send(&client));
    send(&client).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 2);
}

/// Every call that names a guest or a conversation, and those that name nobody.
async fn every_call(client: &GuestApi) -> Vec<(&'static str, Error)> {
    let (lane, id) = (Lane::Person, guest_id(1));
    let filter: Selection = format!("guest.id = \"{id}\"").parse().unwrap();
    vec![
        ("guest", client.guest(lane, id).await.unwrap_err()),
        ("guest with token", client.guest_with_token(lane, id).await.unwrap_err()),
        ("create", client.create_guest(lane, &new_guest(1)).await.unwrap_err()),
        ("put", client.put_guest(lane, &guest(1, "2026-11-22T12:00:00Z")).await.unwrap_err()),
        ("delete", client.delete_guest(Lane::Bulk, id, Some(1), &|| true).await.unwrap_err()),
        ("list", list(client).await.unwrap_err()),
        ("conversations", client.conversations(lane, &filter, 1, 1).await.unwrap_err()),
        ("token", client.token_info().await.unwrap_err()),
        ("message", send(client).await.unwrap_err()),
    ]
}

fn says_gone(error: &Error) -> bool {
    matches!(error, Error::NotFound(_) | Error::Gone(_))
}

#[tokio::test(start_paused = true)]
async fn only_the_orgs_own_error_body_says_that_something_is_not_there() {
    for status in [404, 410] {
        for body in [
            PAGE,
            "",
            "null",
            "[]",
            "{}",
            r#""not.found""#,
            r#"{"error":"Not Found","status":404}"#,
            r#"{"message":"no Route matched with those values"}"#,
            r#"{"code":404,"message":"Not Found"}"#,
            r#"{"code":" ","message":"Not Found"}"#,
            r#"{"code":"not.found","status":502}"#,
            r#"{"code":"not.found","status":"404"}"#,
            r#"{"error":{"code":"not.found","status":404}}"#,
            r#"{"code":"not.found""#,
        ] {
            let org = Canned::signed_in(move |_, _| Canned::json(status, body));
            for (call, error) in every_call(&client(&org)).await {
                let is_none = matches!(error, Error::BadAnswer { .. } | Error::NotAnswering { .. });
                assert!(is_none, "{call}: {status} {body}: {error:?}");
                if matches!(error, Error::BadAnswer { .. }) {
                    assert!(error.perhaps_processed(), "{call}: {status} {body}");
                }
            }
        }
        for body in [
            r#"{"message":"No.","code":"not.found","status":STATUS,"contextId":"c","details":[],"errors":[]}"#,
            r#"{"message":"No.","code":"not.found"}"#,
        ] {
            let body = body.replace("STATUS", &status.to_string());
            let org = Canned::signed_in(move |_, _| Canned::json(status, &body));
            for (call, error) in every_call(&client(&org)).await {
                assert!(says_gone(&error) && !error.perhaps_processed(), "{call}: {error:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_sign_in_is_refused_with_says_nothing_of_a_guest_or_a_conversation() {
    for (status, body) in [
        (404, PAGE),
        (404, r#"{"message":"No.","code":"not.found"}"#),
        (410, r#"{"message":"No.","code":"gone"}"#),
        (400, PAGE),
        (400, r#"{"message":"No.","code":"bad.request"}"#),
        (409, "{}"),
        (413, ""),
        (422, ""),
    ] {
        let org = Canned::new(move |_, _| Canned::json(status, body));
        let client = client(&org);
        for error in
            [send(&client).await.unwrap_err(), client.guest(Lane::Bulk, guest_id(1)).await.unwrap_err()]
        {
            let of_the_way = matches!(
                error,
                Error::BadAnswer { .. } | Error::OrgFailed { .. } | Error::NotAnswering { .. }
            );
            assert!(of_the_way && !error.perhaps_processed(), "{status} {body}: {error:?}");
        }
    }
}
