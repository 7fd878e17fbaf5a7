//! Signing in: once for everyone, ahead of time, and never in a loop.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{sync::Arc, time::Duration};

use genesys::{
    Error, Lane, Sent, TransportError,
    guest_api::{GuestApi, ListGuests},
};
use testkit::{Canned, TokioClock, guest_id, settings};

const EMPTY: &str = r#"{"entities":[],"pageSize":100,"pageNumber":1,"total":0,"pageCount":0}"#;
const LOGIN: &str = "/oauth/token";
const LIST: &str = "/api/v2/guests";

fn client(org: &Canned) -> GuestApi {
    testkit::guest_api(settings(), Arc::new(org.clone()), Arc::new(TokioClock::at("2026-11-22T12:00:00Z")))
}

async fn list(client: &GuestApi) -> Result<(), Error> {
    client.list_guests(Lane::Person, &ListGuests::default()).await.map(drop)
}

async fn all_at_once(client: &GuestApi, n: usize) -> Vec<Result<(), Error>> {
    let calls: Vec<_> = (0..n)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list(&client).await })
        })
        .collect();
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await.unwrap());
    }
    results
}

#[tokio::test(start_paused = true)]
async fn fifty_callers_at_once_sign_in_once_with_a_basic_header_and_one_field() {
    let org = Canned::signed_in(|_, _| Canned::json(200, EMPTY));
    assert!(all_at_once(&client(&org), 50).await.iter().all(Result::is_ok));
    assert_eq!(org.count(LOGIN), 1);
    let login = &org.seen()[0];
    assert_eq!((login.method.as_str(), login.body.as_str()), ("POST", "grant_type=client_credentials"));
    assert_eq!(login.authorization, "Basic ZGVtbzpkZW1v");
    assert!(org.seen()[1..].iter().all(|s| s.authorization == "Bearer tok"));
}

#[tokio::test(start_paused = true)]
async fn fifty_callers_with_a_wrong_secret_ask_once_and_are_all_told() {
    let org = Canned::new(|_, _| {
        Canned::json(400, r#"{"error":"invalid_client","description":"authentication failed"}"#)
    });
    for result in all_at_once(&client(&org), 50).await {
        let error = result.unwrap_err();
        assert!(
            matches!(&error, Error::CredentialsRejected(said) if said.correlation_id.as_deref() == Some("c-canned"))
        );
        assert!(!error.perhaps_processed());
    }
    assert_eq!(org.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_for_everyone_who_met_the_refusal() {
    let org = Canned::new(|n, seen| match (seen.target.as_str(), seen.authorization.as_str()) {
        (LOGIN, _) => Canned::token(&format!("t{n}"), Duration::from_secs(86_400)),
        (_, "Bearer t0") => {
            Canned::json(401, r#"{"code":"bad.credentials","message":"Invalid login credentials."}"#)
        }
        _ => Canned::json(200, EMPTY),
    });
    assert!(all_at_once(&client(&org), 50).await.iter().all(Result::is_ok));
    assert_eq!(org.count(LOGIN), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_an_error_and_never_a_loop() {
    let org = Canned::signed_in(|_, _| {
        Canned::json(401, r#"{"code":"bad.credentials","message":"Invalid login credentials."}"#)
    });
    let error = list(&client(&org)).await.unwrap_err();
    assert!(matches!(error, Error::CredentialsRejected(_)), "{error}");
    assert!(error.to_string().starts_with("credentials rejected"));
    assert_eq!((org.count(LOGIN), org.count(LIST)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_expires_and_no_call_meets_a_dead_one() {
    let org = Canned::new(|n, seen| match seen.target.as_str() {
        LOGIN => Canned::token(&format!("t{n}"), Duration::from_secs(600)),
        _ => Canned::json(200, EMPTY),
    });
    let client = client(&org);
    for _ in 0..24 {
        list(&client).await.unwrap();
        tokio::time::sleep(Duration::from_secs(300)).await;
    }
    // Two hours of ten-minute tokens asked every five minutes: each serves 0 and 300 s, and is renewed by 600 s.
    assert_eq!(org.count(LOGIN), 12);
    assert_eq!(org.count(LIST), 24);
}

#[tokio::test(start_paused = true)]
async fn while_the_login_is_down_the_old_token_serves_and_the_login_is_left_in_peace() {
    let org = Canned::new(|n, seen| match (seen.target.as_str(), n) {
        (LOGIN, 0) => Canned::token("tok", Duration::from_secs(1_000)),
        (LOGIN, _) => Canned::json(503, "<html>maintenance</html>"),
        _ => Canned::json(200, EMPTY),
    });
    let client = client(&org);
    list(&client).await.unwrap();
    tokio::time::sleep(Duration::from_secs(905)).await;
    for _ in 0..60 {
        list(&client).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!((2..=4).contains(&org.count(LOGIN)), "{}", org.count(LOGIN));
    tokio::time::sleep(Duration::from_secs(30)).await;
    let error = list(&client).await.unwrap_err();
    assert!(matches!(&error, Error::OrgFailed { sent: Sent::NotSent, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_at_the_login_the_call_itself_was_surely_not_processed() {
    type Trouble = fn() -> Result<http::Response<bytes::Bytes>, TransportError>;
    let troubles: [Trouble; 5] = [
        || Err(TransportError::perhaps("cut")),
        || Canned::json(500, ""),
        || Canned::json(200, "<html>please sign in to the hotel</html>"),
        || Canned::json(302, ""),
        || Canned::json(429, ""),
    ];
    for trouble in troubles {
        let org = Canned::new(move |_, _| trouble());
        let error = client(&org).delete_guest(Lane::Person, guest_id(1), None, &|| true).await.unwrap_err();
        assert!(!error.perhaps_processed(), "{error:?}");
        assert_eq!(org.seen().len(), org.count(LOGIN));
        assert!(org.count(LOGIN) <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_caller_who_signs_in_gives_up_the_others_still_get_in() {
    let org = Canned::signed_in(|_, _| Canned::json(200, EMPTY));
    let client = client(&org);
    let impatient = tokio::time::timeout(Duration::from_millis(5), list(&client));
    let (gave_up, patient) = tokio::join!(impatient, list(&client));
    assert!(gave_up.is_err());
    patient.unwrap();
    assert_eq!(org.count(LOGIN), 2);
}
