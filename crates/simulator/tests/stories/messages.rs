use serde_json::{Value, json};
use simulator::Kind;

use crate::common::Org;

const ADA: &str = "6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11";
const MESSAGES: &str = "/api/v2/conversations/webchat/messages";

/// Ada's chat: the org and her conversation's id.
async fn chat() -> (Org, String) {
    let org = Org::of(0).await;
    org.post("/api/v2/guests", &json!({ "id": ADA })).await;
    let id = org.conversation(ADA).await["id"].as_str().unwrap().to_owned();
    (org, id)
}

fn message(n: u32, conversation: &str, text: &str) -> Value {
    json!({
        "id": format!("00000000-0000-4000-8000-{n:012}"),
        "conversationId": conversation,
        "from": { "id": ADA, "type": "user" },
        "text": text,
        "timestamp": "2026-11-22T12:00:00Z",
    })
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_the_same_message_and_the_ledger_says_so() {
    let (org, conversation) = chat().await;
    let first = org.post(MESSAGES, &message(1, &conversation, "hello")).await;
    org.control("POST", "/clock", &json!({ "advanceSeconds": 5 })).await;
    let again = org.post(MESSAGES, &message(1, &conversation, "hello")).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    let heard = org.events(Kind::Message);
    let seen: Vec<_> = heard.iter().map(|e| (e.text.as_deref(), e.repeat, e.status)).collect();
    assert_eq!(seen, [(Some("hello"), Some(false), 201), (Some("hello"), Some(true), 201)]);
    assert!(heard.iter().all(|e| e.conversation_id.unwrap().to_string() == conversation));
    let ada = org.get(&format!("/api/v2/guests/{ADA}")).await.body;
    assert_eq!(
        (ada["version"].as_u64(), ada["modifiedTime"].as_str()),
        (Some(2), Some("2026-11-22T12:00:00.000Z"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_conversation_closes_seventy_two_hours_after_its_last_message() {
    let (mut org, conversation) = chat().await;
    let hours = |n: i64| json!({ "advanceSeconds": n * 3600 });
    org.control("POST", "/clock", &hours(71)).await;
    org.sign_in().await;
    assert_eq!(org.post(MESSAGES, &message(1, &conversation, "still here")).await.status, 201);
    org.control("POST", "/clock", &hours(71)).await;
    org.sign_in().await;
    assert_eq!(org.conversation(ADA).await["state"], "active");
    org.control("POST", "/clock", &hours(1)).await;
    let closed = org.conversation(ADA).await;
    assert_eq!(
        (&closed["state"], &closed["endTime"]),
        (&json!("closed"), &json!("2026-11-28T11:00:00.000Z"))
    );
    assert_eq!(org.post(MESSAGES, &message(2, &conversation, "too late")).await.status, 410);
}

#[tokio::test(start_paused = true)]
async fn a_text_of_exactly_4096_bytes_is_taken() {
    let (org, conversation) = chat().await;
    assert_eq!(org.post(MESSAGES, &message(1, &conversation, &"é".repeat(2048))).await.status, 201);
    assert_eq!(org.post(MESSAGES, &message(2, &conversation, &"a".repeat(4097))).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_guests_fit_one_query_and_no_more() {
    let org = Org::of(101).await;
    let page = org.get("/api/v2/guests?pageSize=100&sortBy=createdTime:desc").await.body;
    let more = org.get("/api/v2/guests?pageSize=1&sortBy=createdTime").await.body;
    let tests = |guests: &[Value]| {
        guests.iter().map(|g| format!("guest.id={}", g["id"])).collect::<Vec<_>>().join(" OR ")
    };
    let hundred = page["entities"].as_array().unwrap();
    let ask = |filter: String| json!({ "query": { "filter": filter, "pageSize": 100 } });
    let path = "/api/v2/conversations/details/query";
    let answer = org.post(path, &ask(format!("({}) AND state=\"active\"", tests(hundred)))).await;
    let yesterday = "2026-11-21T12:00:00";
    let young = hundred.iter().filter(|g| g["createdTime"].as_str().unwrap() >= yesterday).count();
    assert_eq!((answer.status, answer.body["total"].as_u64()), (200, Some(young as u64)));
    let all = org.post(path, &ask(tests(hundred))).await.body;
    let states: Vec<&str> =
        all["conversations"].as_array().unwrap().iter().map(|c| c["state"].as_str().unwrap()).collect();
    assert_eq!(states.len(), 100);
    assert!(states.is_sorted(), "active ones first: {states:?}");
    let too_many = [hundred.as_slice(), more["entities"].as_array().unwrap().as_slice()].concat();
    let refused = org.post(path, &ask(tests(&too_many))).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["query.filter"]));
}

#[tokio::test(start_paused = true)]
async fn a_query_about_nobody_in_particular_pages_through_everybody() {
    let org = Org::of(60).await;
    org.control("POST", "/guests", &json!({ "id": ADA, "createdTime": "2026-11-21T12:00:00Z" })).await;
    let path = "/api/v2/conversations/details/query";
    for filter in [
        "",
        "type=\"webchat\"",
        "state=\"closed\"",
        "state=\"active\"",
        "NOT state=\"active\"",
        "type=\"call\"",
    ] {
        let everybody = format!("guest.id != \"x\"{}{filter}", if filter.is_empty() { "" } else { " AND " });
        let mut pages = [Vec::new(), Vec::new()];
        for (filter, pages) in [filter, everybody.as_str()].into_iter().zip(&mut pages) {
            for number in 1..=10 {
                let query = json!({ "query": { "filter": filter, "pageSize": 7, "pageNumber": number } });
                let mut page = org.post(path, &query).await.body;
                page.as_object_mut().unwrap().remove("contextId");
                pages.push(page);
            }
        }
        assert_eq!(pages[0], pages[1], "{filter}: by state alone, and by looking at each");
        let total = pages[0][0]["total"].as_u64().unwrap();
        let told = pages[0].iter().map(|page| page["conversations"].as_array().unwrap().len() as u64);
        assert_eq!(told.sum::<u64>(), total, "{filter}");
    }
}
