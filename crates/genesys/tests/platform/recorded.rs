//! The answers of `tests/contract/platform`: what is asked is what they were written for, and what is read is all that they say.

use std::sync::{Arc, Mutex};

use genesys::{Applied, Author, ChatQuestion, Error, Org, PageAt, Removed, Search};
use model::{Change, ConversationId, ConversationState, Doomed, GuestId, GuestKind};
use serde_json::{Value, json};
use testkit::Canned;

use crate::common::{LANE, all, body, org};

const ADA: &str = "6e2f0c1e-5b7a-4c7e-9a51-000000000001";
const VISITOR: &str = "6e2f0c1e-5b7a-4c7e-9a51-000000000002";
const FORMER: &str = "6e2f0c1e-5b7a-4c7e-9a51-000000000003";
const NOBODY: &str = "6e2f0c1e-5b7a-4c7e-9a51-000000000004";
const ENDED: &str = "c1000000-0000-4000-8000-000000000001";
const LIVE: &str = "c1000000-0000-4000-8000-000000000002";

/// An org that answers what the files say, and refuses every other request as a mistake of the client.
fn recorded(files: &[&str]) -> Canned {
    let mut exchanges: Vec<Value> = Vec::new();
    for file in files {
        let path = format!("{}/../../tests/contract/platform/{file}.json", env!("CARGO_MANIFEST_DIR"));
        exchanges
            .extend(serde_json::from_str::<Vec<Value>>(&std::fs::read_to_string(path).unwrap()).unwrap());
    }
    let told: Arc<Mutex<Vec<bool>>> = Arc::new(Mutex::new(vec![false; exchanges.len()]));
    Canned::signed_in(move |_, seen| {
        let mut told = told.lock().unwrap();
        let sent = if seen.body.is_empty() { Value::Null } else { body(&seen.body) };
        let fits = |exchange: &Value| {
            let request = &exchange["request"];
            request["method"] == seen.method.as_str()
                && request["path"] == seen.target.as_str()
                && request["body"] == sent
        };
        let all: Vec<usize> = (0..exchanges.len()).filter(|n| fits(&exchanges[*n])).collect();
        let next = all.iter().find(|n| !told[**n]).or(all.last());
        let Some(next) = next else {
            return Canned::refused(418, &format!("nobody wrote down {} {}", seen.method, seen.target));
        };
        told[*next] = true;
        let answer = &exchanges[*next]["response"];
        let text = answer.get("body").map(Value::to_string).unwrap_or_default();
        Canned::json(answer["status"].as_u64().unwrap() as u16, &text)
    })
}

fn id(text: &str) -> GuestId {
    text.parse().unwrap()
}

fn conversation(text: &str) -> ConversationId {
    text.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn contacts_are_read_as_guests_of_every_kind() {
    let org = org(&recorded(&["contacts"]));
    let ada = org.guests.get(LANE, id(ADA)).await.unwrap();
    assert_eq!(
        serde_json::to_value(&ada).unwrap(),
        json!({"id": ADA, "name": "Ada King Lovelace", "email": "ada@example.org", "active": true, "kind": "curated",
            "phone": "020 7946 0001", "createdTime": "2026-10-01T09:00:00Z", "modifiedTime": "2026-10-02T09:00:00Z",
            "version": "2026-10-02T09:00:00Z",
            "attributes": {"firstName": "Ada", "middleName": "King", "lastName": "Lovelace", "title": "Countess",
                "workPhone": "+442079460000", "cellPhone": "020 7946 0001", "personalEmail": "ada@example.org",
                "otherEmail": "other@example.org", "customer_type_text": "retail", "visits_integer": 3,
                "vip_checkbox": true, "words_tag": "blue, green", "hologram_thing": "{\"a\":1}"}})
    );
    let visitor = org.guests.get(LANE, id(VISITOR)).await.unwrap();
    assert_eq!((visitor.kind, visitor.name.as_str()), (Some(GuestKind::Ephemeral), "Anonymous Guest"));
    let former = org.guests.get(LANE, id(FORMER)).await.unwrap();
    assert_eq!((former.id, former.canonical_id, former.name), (id(ADA), Some(id(ADA)), ada.name));
    assert!(matches!(org.guests.get(LANE, id(NOBODY)).await, Err(Error::NotFound(_))));
}

#[tokio::test(start_paused = true)]
async fn contacts_are_searched_and_scanned() {
    let org = org(&recorded(&["contacts"]));
    let search = Search { text: Some("ada".into()), ..Search::default() };
    let page = org.guests.search(LANE, &search, PageAt { number: 1, size: 25 }).await.unwrap();
    assert_eq!((page.guests.len(), page.total), (1, model::Total::Exact(37)));
    let met = all(org.guests.walk(LANE, Search::default()).as_mut()).await.unwrap();
    assert_eq!(met.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn contacts_are_fetched_and_removed_in_bulk() {
    let org = org(&recorded(&["bulk"]));
    let found = org.guests.fetch(LANE, &[id(ADA), id(VISITOR), id(NOBODY)]).await.unwrap();
    assert_eq!((found.len(), found[&id(ADA)].name.as_str()), (2, "Ada King Lovelace"));
    let doomed = [ADA, NOBODY].map(|text| Doomed { id: id(text), revision: None });
    let outcomes = org.guests.remove(LANE, &doomed, &|_| true).await;
    assert!(
        matches!(outcomes[0].1, Ok(Removed::Deleted)) && matches!(outcomes[1].1, Err(Error::NotFound(_)))
    );
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_changed_by_its_schema() {
    let org = org(&recorded(&["contacts", "schemas"]));
    let seen = org.guests.get(LANE, id(ADA)).await.unwrap();
    let change = |key: &str, after: &str| Change { key: key.into(), before: None, after: Some(after.into()) };
    let changes = [change("lastName", "Byron"), change("tier_enum", "Gold")];
    let fitted = org.guests.fit(LANE, &seen, changes.to_vec()).await.unwrap();
    assert_eq!(fitted[1].after, Some("gold".into()), "a choice is written by its key");
    let Applied::Saved(saved) = org.guests.apply(LANE, &seen, &changes).await.unwrap() else { panic!() };
    assert_eq!(
        (saved.attributes["tier_enum"].clone(), saved.name.as_str()),
        ("gold".into(), "Ada King Byron")
    );
}

fn question() -> ChatQuestion {
    ChatQuestion {
        from: "2026-11-20T12:00:00Z".parse().unwrap(),
        until: "2026-11-22T12:00:00Z".parse().unwrap(),
        guests: Vec::new(),
        only_open: false,
        confirmed: true,
    }
}

#[tokio::test(start_paused = true)]
async fn recent_chats_name_their_guest_in_both_forms() {
    let org = org(&recorded(&["conversations"]));
    let recent = org.recent.clone().unwrap();
    let page = recent.chats(LANE, question()).next_page().await.unwrap().unwrap();
    assert_eq!(
        serde_json::to_value(&page).unwrap(),
        json!([
            {"id": LIVE, "state": "active", "startTime": "2026-11-22T10:00:00Z", "guestId": VISITOR, "queue": "Support", "agent": "Sam Agent"},
            {"id": ENDED, "state": "closed", "startTime": "2026-11-21T09:00:00Z", "endTime": "2026-11-21T09:30:00Z", "guestId": ADA, "queue": "Support", "agent": "Sam Agent"}])
    );
}

#[tokio::test(start_paused = true)]
async fn a_live_conversation_is_shown_by_its_messages_and_one_that_ended_by_its_recording() {
    let org: Org = org(&recorded(&["conversations"]));
    let records = org.records.clone().unwrap();
    let live = records.record(LANE, &conversation(LIVE)).await.unwrap();
    assert_eq!(
        (live.summary.state, live.summary.last_word_by),
        (ConversationState::Active, Some(Author::Agent))
    );
    assert_eq!(
        serde_json::to_value(&live.messages).unwrap(),
        json!([
            {"id": "m-1", "at": "2026-11-22T10:00:00Z", "by": "guest", "text": "Hello", "status": "received"},
            {"id": "m-2", "at": "2026-11-22T10:01:00Z", "by": "agent", "text": "How can I help?", "attachments": ["terms.pdf"], "status": "delivery-failed"}])
    );
    assert_eq!(live.attributes, [("orderId".to_owned(), "A-17, A-18".to_owned())].into());
    let ended = records.record(LANE, &conversation(ENDED)).await.unwrap();
    let said: Vec<(Author, Option<&str>)> =
        ended.messages.iter().map(|m| (m.by, m.text.as_deref())).collect();
    assert_eq!(
        said,
        [(Author::Guest, Some("Hi")), (Author::Bot, Some("Please choose")), (Author::Guest, Some("Yes"))]
    );
    assert_eq!((ended.messages_missing, ended.ended_by), (None, Some(Author::Guest)));
}

#[tokio::test(start_paused = true)]
async fn attributes_of_a_running_chat_are_set_on_the_guests_part_and_a_message_leads_to_its_conversation() {
    let org = org(&recorded(&["conversations"]));
    let records = org.records.clone().unwrap();
    let sets = [("orderId".to_owned(), "A-19".to_owned())].into();
    records.set_attributes(LANE, &conversation(LIVE), &sets).await.unwrap();
    assert_eq!(records.conversation_of_message(LANE, "m-1").await.unwrap(), conversation(LIVE));
    assert!(matches!(records.conversation_of_message(LANE, "../x").await, Err(Error::Unfit { .. })));
}
