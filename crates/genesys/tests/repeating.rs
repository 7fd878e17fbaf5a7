//! What the client repeats by itself, and how it finds out what an earlier try has done.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use genesys::{
    Error, Lane, Removed, TransportError,
    guest_api::{GuestApi, ListGuests},
};
use model::Guest;
use testkit::{Canned, TokioClock, guest, guest_id, new_guest, settings};

const LIST: &str = "/api/v2/guests";
const EMPTY: &str = r#"{"entities":[],"total":0}"#;

fn client(org: &Canned) -> GuestApi {
    testkit::guest_api(settings(), Arc::new(org.clone()), Arc::new(TokioClock::at("2026-11-22T12:00:00Z")))
}

fn wire(guest: &Guest, token: &str) -> String {
    let mut json = serde_json::to_value(guest).unwrap();
    json["sessionToken"] = token.into();
    json.to_string()
}

/// An org with at most one guest, which cuts the connection after it processed request `cut`.
fn org_that_cuts(cut: usize, start: Option<Guest>) -> Canned {
    let kept = Mutex::new(start);
    Canned::signed_in(move |n, seen| {
        let mut kept = kept.lock().unwrap();
        let (status, body) = match (seen.method.as_str(), kept.clone()) {
            ("POST", Some(_)) => (409, "{}".to_owned()),
            ("POST", None) => {
                let made = guest(1, "2026-11-22T12:00:00Z");
                *kept = Some(made.clone());
                (201, wire(&made, "session-1"))
            }
            ("GET", Some(g)) => (200, wire(&g, "session-1")),
            ("PUT", Some(g)) => {
                let sent: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
                if sent["version"].as_u64() == g.revision.number() {
                    let new = Guest {
                        name: sent["name"].as_str().unwrap().into(),
                        revision: (g.revision.number().unwrap() + 1).into(),
                        ..g
                    };
                    *kept = Some(new.clone());
                    (200, wire(&new, "session-1"))
                } else {
                    (409, "{}".to_owned())
                }
            }
            ("DELETE", Some(_)) => {
                *kept = None;
                (204, String::new())
            }
            _ => (404, r#"{"code":"not.found","status":404}"#.to_owned()),
        };
        if n == cut { Err(TransportError::perhaps("cut")) } else { Canned::json(status, &body) }
    })
}

#[tokio::test(start_paused = true)]
async fn a_guest_whose_creation_was_cut_off_is_found_again_and_not_made_twice() {
    let org = org_that_cuts(0, None);
    let (made, token) = client(&org).create_guest(Lane::Person, &new_guest(1)).await.unwrap();
    assert_eq!((made.id, token.expose()), (guest_id(1), "session-1"));
}

#[tokio::test(start_paused = true)]
async fn an_id_that_was_taken_before_the_first_try_is_a_conflict() {
    let org = org_that_cuts(99, Some(guest(1, "2026-11-22T12:00:00Z")));
    let error = client(&org).create_guest(Lane::Person, &new_guest(1)).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)));
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_was_cut_off_is_recognised_as_our_own() {
    let before = guest(1, "2026-11-22T12:00:00Z");
    let org = org_that_cuts(0, Some(before.clone()));
    let now = client(&org).put_guest(Lane::Person, &Guest { name: "Ada".into(), ..before }).await.unwrap();
    assert_eq!((now.name.as_str(), now.revision.number()), ("Ada", Some(2)));
}

#[tokio::test(start_paused = true)]
async fn a_change_on_top_of_an_old_version_is_a_conflict() {
    let org = org_that_cuts(99, Some(Guest { revision: 5.into(), ..guest(1, "2026-11-22T12:00:00Z") }));
    let error = client(&org).put_guest(Lane::Person, &guest(1, "2026-11-22T12:00:00Z")).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)) && !error.perhaps_processed());
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_answer_was_cut_off_counts_as_ours_and_a_second_one_as_not_found() {
    let org = org_that_cuts(0, Some(guest(1, "2026-11-22T12:00:00Z")));
    let client = client(&org);
    client.delete_guest(Lane::Bulk, guest_id(1), Some(1), &|| true).await.unwrap();
    assert_eq!(org.seen().last().unwrap().target, format!("{LIST}/{}?version=1", guest_id(1)));
    assert!(matches!(
        client.delete_guest(Lane::Bulk, guest_id(1), Some(1), &|| true).await,
        Err(Error::NotFound(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_delete_says_whether_the_org_told_of_it_or_it_was_only_inferred() {
    let told = |cut| {
        let org = org_that_cuts(cut, Some(guest(1, "2026-11-22T12:00:00Z")));
        let client = client(&org);
        async move { client.delete_guest(Lane::Bulk, guest_id(1), Some(1), &|| true).await.unwrap() }
    };
    assert_eq!((told(7).await, told(0).await), (Removed::Deleted, Removed::Inferred));
}

/// 429 for a minute, or a cut: both times the client would try again.
#[tokio::test(start_paused = true)]
async fn a_delete_that_is_called_off_while_it_waits_does_not_leave_again() {
    type Trouble = fn() -> Result<http::Response<bytes::Bytes>, TransportError>;
    let later: Trouble = || {
        let mut answer = Canned::json(429, "{}")?;
        answer.headers_mut().insert("retry-after", http::HeaderValue::from_static("60"));
        Ok(answer)
    };
    let cut: Trouble = || Err(TransportError::perhaps("cut"));
    for (trouble, perhaps) in [(later, false), (cut, true)] {
        let org = Canned::signed_in(move |_, _| trouble());
        let seen = org.clone();
        let wanted = move || seen.count(&format!("{LIST}/{}", guest_id(1))) == 0;
        let left = client(&org).delete_guest(Lane::Bulk, guest_id(1), Some(1), &wanted).await;
        let error = left.unwrap_err();
        assert_eq!(error.perhaps_processed(), perhaps, "{error}");
        assert_eq!(matches!(error, Error::Withdrawn { .. }), !perhaps, "{error}");
        assert_eq!(org.seen().iter().filter(|s| s.method == "DELETE").count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn reading_is_tried_three_times_whatever_the_trouble_and_then_given_up() {
    type Trouble = fn() -> Result<http::Response<bytes::Bytes>, TransportError>;
    let troubles: [Trouble; 6] = [
        || Err(TransportError::not_sent("refused")),
        || Err(TransportError::perhaps("cut")),
        || Canned::json(503, "<html>"),
        || Canned::json(429, "{}"),
        || Canned::json(200, r#"{"entities":[{"id":"#),
        || Canned::json(200, r#"{"entities":[{"id":42}],"total":"many"}"#),
    ];
    for trouble in troubles {
        let org =
            Canned::signed_in(move |n, _| if n % 3 == 2 { Canned::json(200, EMPTY) } else { trouble() });
        client(&org).list_guests(Lane::Person, &ListGuests::default()).await.unwrap();
        assert_eq!(org.count(LIST), 3);
        let org = Canned::signed_in(move |_, _| trouble());
        client(&org).list_guests(Lane::Person, &ListGuests::default()).await.unwrap_err();
        assert_eq!(org.count(LIST), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_the_org_asks_for_is_kept() {
    let org = Canned::signed_in(|n, _| {
        let mut answer = if n == 0 { Canned::json(429, "{}")? } else { Canned::json(200, EMPTY)? };
        answer
            .headers_mut()
            .insert("retry-after", http::HeaderValue::from_static("Sun, 22 Nov 2026 12:00:30 GMT"));
        Ok(answer)
    });
    let began = tokio::time::Instant::now();
    client(&org).list_guests(Lane::Person, &ListGuests::default()).await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(29) && took < Duration::from_secs(31), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_date_to_wait_for_is_read_by_the_orgs_clock_and_not_by_ours() {
    // Ours shows noon; the org's is three hours ahead.
    let org = Canned::signed_in(|n, _| {
        let mut answer = if n == 0 { Canned::json(429, "{}")? } else { Canned::json(200, EMPTY)? };
        let value = http::HeaderValue::from_static;
        answer.headers_mut().insert("date", value("Sun, 22 Nov 2026 15:00:00 GMT"));
        answer.headers_mut().insert("retry-after", value("Sun, 22 Nov 2026 15:00:20 GMT"));
        Ok(answer)
    });
    let began = tokio::time::Instant::now();
    client(&org).list_guests(Lane::Person, &ListGuests::default()).await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(20) && took < Duration::from_secs(21), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_hours_is_told_and_not_waited_for() {
    let org = Canned::signed_in(|_, _| {
        let mut answer = Canned::json(429, "{}")?;
        answer.headers_mut().insert("retry-after", http::HeaderValue::from_static("7200"));
        Ok(answer)
    });
    let error = client(&org).list_guests(Lane::Person, &ListGuests::default()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7_200)));
    assert_eq!(org.count(LIST), 1);
}

#[tokio::test(start_paused = true)]
async fn a_last_try_that_surely_did_nothing_does_not_excuse_an_earlier_one_that_may_have() {
    type Last = fn() -> Result<http::Response<bytes::Bytes>, TransportError>;
    let lasts: [Last; 4] = [
        || Err(TransportError::not_sent("refused")),
        || Canned::json(429, "{}"),
        || Canned::json(403, "{}"),
        || Canned::json(401, "{}"),
    ];
    for last in lasts {
        let org =
            Canned::signed_in(move |n, _| if n == 0 { Err(TransportError::perhaps("cut")) } else { last() });
        let error = client(&org).create_guest(Lane::Person, &new_guest(1)).await.unwrap_err();
        assert!(error.perhaps_processed(), "{error:?}");
        let org = Canned::signed_in(move |_, _| last());
        let error = client(&org).create_guest(Lane::Person, &new_guest(1)).await.unwrap_err();
        assert!(!error.perhaps_processed(), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_known_to_be_processed_stays_uncertain_when_it_cannot_be_read_back() {
    let org = Canned::signed_in(|n, seen| match (n, seen.method.as_str()) {
        (0, _) => Err(TransportError::perhaps("cut")),
        (_, "POST") => Canned::json(409, "{}"),
        _ => Canned::json(403, "{}"),
    });
    let error = client(&org).create_guest(Lane::Person, &new_guest(1)).await.unwrap_err();
    assert!(error.perhaps_processed(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_someone_else_overtook_after_a_cut_is_a_conflict() {
    let before = guest(1, "2026-11-22T12:00:00Z");
    let theirs = wire(&Guest { name: "Grace".into(), revision: 3.into(), ..before.clone() }, "s");
    let org = Canned::signed_in(move |n, seen| match (n, seen.method.as_str()) {
        (0, _) => Err(TransportError::perhaps("cut")),
        (_, "PUT") => Canned::json(409, "{}"),
        _ => Canned::json(200, &theirs),
    });
    let error =
        client(&org).put_guest(Lane::Person, &Guest { name: "Ada".into(), ..before }).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_too_long_to_be_one_is_not_asked_for_again() {
    let org = Canned::signed_in(|_, _| Err(TransportError::too_long(16 << 20)));
    let error = client(&org).list_guests(Lane::Person, &ListGuests::default()).await.unwrap_err();
    assert!(error.remedy().contains("base URL"), "{}", error.remedy());
    assert_eq!(org.count(LIST), 1);
}

const PAGE_OF_A_HOTEL: &str = "<html>Welcome to Hotel Wi-Fi</html>";

#[tokio::test(start_paused = true)]
async fn only_a_204_is_a_delete_and_another_success_may_have_done_it_or_not() {
    for (status, body) in [(200, PAGE_OF_A_HOTEL), (200, ""), (200, "{}"), (202, ""), (206, ""), (302, "")] {
        let org = Canned::signed_in(move |_, _| Canned::json(status, body));
        let error = client(&org).delete_guest(Lane::Bulk, guest_id(1), Some(1), &|| true).await.unwrap_err();
        assert!(matches!(error, Error::BadAnswer { .. }), "{status} {body}: {error:?}");
        assert!(error.perhaps_processed(), "{status} {body}: {error:?}");
        // Asked again, the org itself does not know the guest: that is inferred, not told.
        if status < 300 {
            let org = Canned::signed_in(move |n, _| {
                if n == 0 { Canned::json(status, body) } else { Canned::refused(404, "not.found") }
            });
            let gone = client(&org).delete_guest(Lane::Bulk, guest_id(1), Some(1), &|| true).await;
            assert_eq!(gone.unwrap(), Removed::Inferred, "{status} {body}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_of_another_kind_creates_and_changes_nobody() {
    let it = guest(1, "2026-11-22T12:00:00Z");
    for status in [200, 201, 202, 203] {
        for body in [PAGE_OF_A_HOTEL.to_owned(), String::new(), wire(&it, "s")] {
            let good = body.starts_with('{');
            let org = Canned::signed_in(move |_, _| Canned::json(status, &body));
            let made = client(&org).create_guest(Lane::Person, &new_guest(1)).await;
            let changed = client(&org).put_guest(Lane::Person, &it).await;
            assert_eq!(
                (made.is_ok(), changed.is_ok()),
                (good && status == 201, good && status == 200),
                "{status}"
            );
            for error in made.err().into_iter().chain(changed.err()) {
                assert!(matches!(error, Error::BadAnswer { .. }) && error.perhaps_processed(), "{error:?}");
            }
        }
    }
}
