//! What goes over the wire and what may come back.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::sync::Arc;

use genesys::{
    Error, Lane, Sessions, Sort, SortField,
    guest_api::{GuestApi, ListGuests},
};
use model::{ConversationState, Field, Selection};
use testkit::{Canned, TokioClock, guest_id, new_guest, settings};

fn client(org: &Canned) -> GuestApi {
    testkit::guest_api(settings(), Arc::new(org.clone()), Arc::new(TokioClock::at("2026-11-22T12:00:00Z")))
}

#[tokio::test(start_paused = true)]
async fn a_list_asks_for_its_page_and_no_text_of_a_person_becomes_syntax() {
    let org = Canned::signed_in(|_, _| Canned::json(200, r#"{"entities":[],"total":250}"#));
    let list = ListGuests {
        filter: Some(Selection::contains(Field::Name, "a&pageSize=1\" OR id != \"#ü")),
        page_size: 1_000,
        page_number: 2,
        sort: Sort { field: SortField::ModifiedTime, descending: true },
        expand_attributes: true,
    };
    let page = client(&org).list_guests(Lane::Person, &list).await.unwrap();
    assert_eq!(page.total, 250);
    let target = org.seen().pop().unwrap().target;
    let url = url::Url::parse("http://x").unwrap().join(&target).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("pageSize", "100"),
        ("pageNumber", "2"),
        ("sortBy", "modifiedTime:desc"),
        ("expand", "attributes"),
        ("filter", r##"name contains "a&pageSize=1\" OR id != \"#ü""##),
    ];
    assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_new_guest_says_where_it_comes_from_unless_the_caller_does() {
    let body = format!(
        r#"{{"id":"{}","name":null,"createdTime":"2026-11-22T12:00:00.000Z","version":1,"sessionToken":"s","novel":{{}}}}"#,
        guest_id(1)
    );
    let org = Canned::signed_in(move |_, _| Canned::json(201, &body));
    let mut new = new_guest(1);
    new.attributes.insert("initiatedAt".into(), "yesterday".into());
    let (made, token) = client(&org).create_guest(Lane::Person, &new).await.unwrap();
    assert_eq!((made.name.as_str(), made.email, token.expose()), ("Anonymous Guest", None, "s"));
    let sent: serde_json::Value = serde_json::from_str(&org.seen().pop().unwrap().body).unwrap();
    assert_eq!(
        sent["attributes"],
        serde_json::json!({"source": "web-messaging", "initiatedAt": "yesterday"})
    );
    assert_eq!(sent.get("version"), None);
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_guest_is_no_answer() {
    let body = format!(r#"{{"id":"{}","createdTime":"2026-11-22T12:00:00Z","version":1}}"#, guest_id(2));
    let org = Canned::signed_in(move |_, _| Canned::json(200, &body));
    let error = client(&org).guest(Lane::Person, guest_id(1)).await.unwrap_err();
    assert!(matches!(error, Error::BadAnswer { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_guest_without_its_token_is_an_error_where_the_token_was_asked_for() {
    let body = format!(r#"{{"id":"{}","createdTime":"2026-11-22T12:00:00Z","version":1}}"#, guest_id(1));
    let org = Canned::signed_in(move |_, _| Canned::json(200, &body));
    assert!(client(&org).guest(Lane::Person, guest_id(1)).await.is_ok());
    let error = client(&org).guest_with_token(Lane::Person, guest_id(1)).await.unwrap_err();
    assert!(error.to_string().contains("session token"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn conversations_are_asked_for_by_a_query_and_an_unknown_state_takes_no_messages() {
    let body = format!(
        r#"{{"conversations":[{{"id":"c-1","guestId":"{0}","state":"active","startTime":"2026-11-22T12:00:00Z"}},
            {{"id":"c-2","guestId":"{0}","state":"parked","startTime":"2026-11-22T12:00:00Z","endTime":null}}]}}"#,
        guest_id(1)
    );
    let org = Canned::signed_in(move |_, _| Canned::json(200, &body));
    let filter = Selection::equals(Field::GuestIdOfConversation, guest_id(1).to_string());
    let page = client(&org).conversations(Lane::Bulk, &filter, 5, 0).await.unwrap();
    let states: Vec<_> = page.conversations.iter().map(|c| c.state).collect();
    assert_eq!((states, page.total), (vec![ConversationState::Active, ConversationState::Closed], 2));
    let sent: serde_json::Value = serde_json::from_str(&org.seen().pop().unwrap().body).unwrap();
    let expected = serde_json::json!({"query": {"filter": filter.as_str(), "pageSize": 5, "pageNumber": 1}});
    assert_eq!(sent, expected);
}

#[tokio::test(start_paused = true)]
async fn the_scopes_of_a_token_are_read_as_list_and_as_line() {
    for scopes in [r#"["guest:read","guest:write"]"#, r#""guest:read guest:write""#] {
        let body = format!(r#"{{"authorizedScope":{scopes},"organization":{{"id":"o-1","name":"Demo"}}}}"#);
        let org = Canned::signed_in(move |_, _| Canned::json(200, &body));
        let info = client(&org).token_info().await.unwrap();
        assert_eq!(info.scopes, ["guest:read", "guest:write"]);
        assert_eq!(info.organization.unwrap().name, "Demo");
    }
}

#[tokio::test(start_paused = true)]
async fn the_request_log_tells_the_story_without_ids_queries_or_secrets() {
    let org =
        Canned::signed_in(
            |n, _| if n == 0 { Canned::json(503, "") } else { Canned::refused(404, "not.found") },
        );
    let client = client(&org);
    client.guest(Lane::Person, guest_id(1)).await.unwrap_err();
    let story: Vec<_> = client
        .pipeline
        .requests()
        .iter()
        .rev()
        .map(|r| (r.template, r.status, r.attempt, r.millis))
        .collect();
    assert_eq!(
        story,
        [
            ("/oauth/token", Some(200), 1, 20),
            ("/api/v2/guests/{id}", Some(503), 1, 20),
            ("/api/v2/guests/{id}", Some(404), 2, 20)
        ]
    );
    assert_eq!(*client.pipeline.activity().borrow(), 3);
    let all = format!("{:?}", client.pipeline.requests());
    assert!(!all.contains("Bearer") && !all.contains(&guest_id(1).to_string()), "{all}");
    assert!(format!("{client:?}").contains("client_secret: ***"));
}
