//! The client against the embedded org, in process under a paused clock. What happened is asked of the org's
//! ledger, never of the client.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{sync::Arc, time::Duration};

use genesys::{
    Chat, Error, Lane, OutgoingMessage, Sessions,
    guest_api::{GuestApi, ListGuests},
};
use model::{ConversationId, Field, GuestId, MessageId, Selection};
use proptest::prelude::*;
use simulator::{Kind, Options, Simulator};
use testkit::{InProcess, TokioClock, guest_id, new_guest, settings, text};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

const START: &str = "2026-11-22T12:00:00Z";

fn org(change: impl FnOnce(&mut Options)) -> Simulator {
    let mut options = Options { guests: 50, now: Some(START.parse().unwrap()), ..Options::default() };
    change(&mut options);
    Simulator::new(&options).unwrap()
}

fn client(org: &Simulator) -> GuestApi {
    testkit::guest_api(settings(), Arc::new(InProcess::new(org.router())), Arc::new(TokioClock::at(START)))
}

fn answered(org: &Simulator, status: u16) -> usize {
    org.ledger().iter().filter(|e| e.kind == Kind::Request && e.status == status).count()
}

fn sign_ins(org: &Simulator) -> usize {
    org.ledger().iter().filter(|e| e.kind == Kind::Request && e.path == "/oauth/token").count()
}

async fn probe(client: &GuestApi, lane: Lane) -> Duration {
    let asked = Instant::now();
    client.guest(lane, guest_id(404)).await.unwrap_err();
    asked.elapsed()
}

#[tokio::test(start_paused = true)]
async fn fifty_callers_at_once_sign_in_once() {
    let org = org(|_| {});
    let client = client(&org);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(
                async move { client.list_guests(Lane::Person, &ListGuests::default()).await.unwrap() },
            )
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().total, 50);
    }
    assert_eq!(sign_ins(&org), 1);
}

#[tokio::test(start_paused = true)]
async fn a_month_of_nightly_work_at_full_speed_meets_no_429_and_no_dead_token() {
    let org = org(|_| {});
    let client = client(&org);
    let night = Duration::from_secs(180);
    for _ in 0..30 {
        let until = Instant::now() + night;
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    while Instant::now() < until {
                        probe(&client, Lane::Bulk).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        sleep(Duration::from_secs(86_400) - night).await;
    }
    assert_eq!((answered(&org, 429), answered(&org, 401)), (0, 0));
    // Tokens live a day.
    assert!((25..=36).contains(&sign_ins(&org)), "{}", sign_ins(&org));
    let calls = answered(&org, 404);
    assert!(calls >= 30 * 3 * 300 * 97 / 100, "{calls}");
}

#[tokio::test(start_paused = true)]
async fn a_person_does_not_wait_behind_bulk_while_the_window_has_budget() {
    let org = org(|_| {});
    let client = client(&org);
    for _ in 0..100 {
        let client = client.clone();
        tokio::spawn(async move {
            loop {
                probe(&client, Lane::Bulk).await;
            }
        });
    }
    let mut waits = Vec::new();
    for _ in 0..200 {
        sleep(Duration::from_millis(2_750)).await;
        waits.push(probe(&client, Lane::Person).await);
    }
    waits.sort();
    assert!(waits[190] <= Duration::from_millis(250), "{:?}", &waits[185..]);
    assert_eq!(answered(&org, 429), 0);
}

#[tokio::test(start_paused = true)]
async fn what_another_client_of_the_token_spends_is_noticed_at_once() {
    let weather = r#"{"rules":[{"when":{"path":"/api/*","from":3,"until":4},"do":"spend:280"}]}"#;
    let org = org(|o| o.weather = weather.parse().unwrap());
    let client = client(&org);
    let until = Instant::now() + Duration::from_secs(110);
    while Instant::now() < until {
        probe(&client, Lane::Person).await;
        sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(answered(&org, 429), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_early_costs_one_renewal_and_no_error() {
    let weather = r#"{"rules":[{"when":{"path":"/api/*","from":2,"until":3},"do":"expire-token"}]}"#;
    let org = org(|o| o.weather = weather.parse().unwrap());
    let client = client(&org);
    for _ in 0..6 {
        client.list_guests(Lane::Person, &ListGuests::default()).await.unwrap();
    }
    assert_eq!((sign_ins(&org), answered(&org, 401)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn the_org_refuses_a_wrong_secret_and_names_a_missing_scope_and_a_wrong_field() {
    let wrong = org(|o| o.client_secret = "another".into());
    let error = client(&wrong).token_info().await.unwrap_err();
    assert!(matches!(error, Error::CredentialsRejected(_)), "{error}");
    assert_eq!(wrong.ledger().len(), 1);

    let reader = org(|o| o.scopes = vec!["guest:read".into()]);
    let reader_client = client(&reader);
    assert_eq!(reader_client.token_info().await.unwrap().scopes, ["guest:read"]);
    let error = reader_client.delete_guest(Lane::Person, guest_id(1), None, &|| true).await.unwrap_err();
    assert!(matches!(&error, Error::Forbidden { missing: Some(m), .. } if m == "guest:write"), "{error:?}");
    assert!(error.remedy().contains("guest:write"));
    let ledger = reader.ledger();
    assert_eq!(error.correlation_id(), Some(ledger.last().unwrap().correlation_id.to_string().as_str()));

    // A filter by its grammar, with a value that only the org refuses.
    let list =
        ListGuests { filter: Some("createdTime > \"soon\"".parse().unwrap()), ..ListGuests::default() };
    let error = reader_client.list_guests(Lane::Person, &list).await.unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { fields, .. } if fields.iter().any(|f| f.field == "filter")),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_guest_lives_through_create_talk_change_and_delete() {
    let org = org(|_| {});
    let client = client(&org);
    let (made, token) = client.create_guest(Lane::Person, &new_guest(1)).await.unwrap();
    assert_eq!(made.attributes["source"], "web-messaging".into());
    let (same, again) = client.guest_with_token(Lane::Person, made.id).await.unwrap();
    assert_eq!((same, again.expose()), (made.clone(), token.expose()));
    let conversation = open_conversation(&client, made.id).await;
    send(&client, MessageId(Uuid::from_u128(1)), &conversation, made.id).await.unwrap();
    let mut now = client.guest(Lane::Person, made.id).await.unwrap();
    assert_ne!(now.revision, made.revision);
    now.attributes.insert("tier".into(), "gold".into());
    let changed = client.put_guest(Lane::Person, &now).await.unwrap();
    assert!(matches!(client.put_guest(Lane::Person, &now).await, Err(Error::Conflict(_))));
    assert!(matches!(
        client.delete_guest(Lane::Person, made.id, now.revision.number(), &|| true).await,
        Err(Error::Conflict(_))
    ));
    client.delete_guest(Lane::Person, made.id, changed.revision.number(), &|| true).await.unwrap();
    let late = send(&client, MessageId(Uuid::from_u128(2)), &conversation, made.id).await.unwrap_err();
    assert!(matches!(late, Error::Gone(_) | Error::NotFound(_)) && !late.perhaps_processed(), "{late:?}");
}

async fn open_conversation(client: &GuestApi, id: GuestId) -> ConversationId {
    let filter = Selection::equals(Field::GuestIdOfConversation, id.to_string())
        .and(Selection::equals(Field::ConversationType, "webchat"));
    let page = client.conversations(Lane::Person, &filter, 1, 1).await.unwrap();
    page.conversations[0].id.clone()
}

async fn send(client: &GuestApi, id: MessageId, to: &ConversationId, from: GuestId) -> Result<(), Error> {
    let written_at = START.parse().unwrap();
    let text = text("hello");
    let message = OutgoingMessage { id, conversation_id: to, guest_id: from, text: &text, written_at };
    client.deliver(Lane::Delivery, &message).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn any_text_goes_through_the_filter_as_text_and_never_as_syntax(name in "[ -~äöü€😀\t\\\\\"()]{1,40}", other in "[a-z]{1,9}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let org = org(|o| o.guests = 5);
            let client = client(&org);
            let mut new = new_guest(1);
            new.name = Some(name.clone());
            let created = client.create_guest(Lane::Person, &new).await;
            prop_assume!(created.is_ok_and(|(g, _)| g.name == name));
            for filter in [Selection::equals(Field::Name, name.as_str()), Selection::starts_with(Field::Name, &name)] {
                let list = ListGuests { filter: Some(filter.clone()), ..ListGuests::default() };
                let found = client.list_guests(Lane::Person, &list).await.unwrap();
                prop_assert!(found.guests.iter().any(|g| g.id == guest_id(1)), "{}", filter);
                // The same text joined with a test that fails for everyone finds nobody.
                let nobody = filter.and(Selection::equals(Field::Name, format!("{name}{other}")));
                let list = ListGuests { filter: Some(nobody), ..ListGuests::default() };
                prop_assert_eq!(client.list_guests(Lane::Person, &list).await.unwrap().total, 0);
            }
            Ok(())
        })?;
    }
}
