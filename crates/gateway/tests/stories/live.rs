//! The four routes over a live org, whose chats go by the guest socket of a deployment.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Kind;
use uuid::Uuid;

use crate::setting::{Page, Plan, Setting};

async fn live() -> Setting {
    Setting::with(Plan { live: true, ..Plan::default() }).await
}

pub(super) async fn drain(setting: &Setting) {
    let drained = setting.app.outbox_drain(Duration::from_secs(30), std::future::pending(), |_| {}).await;
    assert_eq!(drained.unwrap().waiting, 0);
}

fn frames(setting: &Setting, action: &str) -> usize {
    let ledger = setting.org.simulator().ledger();
    ledger.iter().filter(|e| e.kind == Kind::Frame && e.action == Some(action)).count()
}

/// The org's own id of the only conversation in which somebody wrote.
pub(super) fn conversation(setting: &Setting) -> Uuid {
    let ledger = setting.org.simulator().ledger();
    ledger.iter().find_map(|e| e.conversation_id.filter(|_| e.kind == Kind::Message)).unwrap()
}

#[tokio::test]
async fn a_page_chats_by_the_guest_socket_and_its_messages_arrive() {
    let setting = live().await;
    let page = setting.chat("Ada").await;
    assert_eq!(page.guest, page.conversation, "the guest goes by the chat's own id");
    assert_eq!(frames(&setting, "onMessage"), 0);
    assert_eq!(setting.count(&page, json!({})).await.status, 503, "nobody knows yet who the guest is");
    let validated = setting.validate(&page).await;
    assert_eq!(
        (validated.status, validated.json()),
        (200, json!({ "valid": true, "conversationId": page.conversation }))
    );
    let said = setting.say(&page, "hello").await;
    assert_eq!((said.status, &said.json()["cached"]), (202, &json!(true)), "{said:?}");
    drain(&setting).await;
    assert_eq!(setting.arrived(), ["hello"]);
    assert_eq!(setting.validate(&page).await.status, 200);
    let lost = setting.count(&page, json!({})).await;
    assert_eq!(
        (lost.status, lost.code().as_str()),
        (400, "invalid_input"),
        "the org keeps no counters of theirs"
    );
}

#[tokio::test]
async fn interactions_of_a_page_are_counted_on_the_contact_of_its_chat() {
    let setting = live().await;
    let started = setting.post("/api/chat/initiate", None, json!({ "email": "ada@example.org" })).await;
    let cookie = started.header("set-cookie").unwrap();
    let token = cookie.strip_prefix("gcSessionToken=").unwrap().split(';').next().unwrap().to_owned();
    let text = |key: &str| started.json()[key].as_str().unwrap().to_owned();
    let page = Page { guest: text("guestId"), conversation: text("conversationId"), token };
    assert_eq!(setting.say(&page, "hello").await.status, 202);
    drain(&setting).await;
    let counted = setting.count(&page, json!({ "interactionType": "click" })).await;
    let updated = counted.json()["updatedAttributes"].clone();
    assert_eq!((counted.status, &updated["lastInteractionType"]), (200, &json!("click")), "{counted:?}");
    assert_eq!(updated["totalInteractions"], 1);
}

#[tokio::test]
async fn a_token_whose_hash_is_not_kept_here_is_401_and_the_org_is_asked_nothing() {
    let setting = live().await;
    let (ada, eve) = (setting.chat("Ada").await, setting.chat("Eve").await);
    let asked = frames(&setting, "configureSession");
    let stranger = |token: &str| Page { token: token.to_owned(), ..copy(&ada) };
    for page in [stranger(&Uuid::new_v4().to_string()), stranger("guess"), stranger(&eve.token)] {
        assert_eq!(setting.validate(&page).await.status, 401);
        assert_eq!(setting.say(&page, "not mine").await.status, 401);
        assert_eq!(setting.count(&page, json!({})).await.status, 401);
    }
    assert_eq!(frames(&setting, "configureSession"), asked);
    assert_eq!(setting.validate(&ada).await.status, 200);
    assert_eq!(setting.validate(&eve).await.status, 200);
}

fn copy(page: &Page) -> Page {
    Page { guest: page.guest.clone(), conversation: page.conversation.clone(), token: page.token.clone() }
}

#[tokio::test]
async fn a_session_that_is_read_only_or_expired_is_410_and_takes_no_message_then() {
    for (how, body) in [("disconnect", r#"{"readOnly":true}"#), ("expire", "")] {
        let setting = live().await;
        let page = setting.chat("Ada").await;
        assert_eq!(setting.say(&page, "hello").await.status, 202);
        drain(&setting).await;
        setting.behind(&format!("/sessions/{}/{how}", conversation(&setting)), body).await;
        let validated = setting.validate(&page).await;
        assert_eq!((validated.status, &validated.json()["valid"]), (410, &Value::Bool(false)), "{how}");
        assert_eq!(setting.say(&page, "too late").await.status, 401, "{how}");
        assert_eq!(setting.arrived(), ["hello"]);
    }
}

#[tokio::test]
async fn while_the_org_is_away_messages_are_taken_and_what_asks_it_is_503() {
    let setting = live().await;
    let page = setting.chat("Ada").await;
    setting.weather(json!({ "rules": [{ "when": { "path": "/v1" }, "do": "503" }] }));
    assert_eq!(setting.validate(&page).await.status, 503);
    assert_eq!(setting.post("/api/chat/initiate", None, json!({})).await.status, 503);
    setting.weather(json!({ "rules": [{ "when": { "action": "configureSession" }, "do": "429" }] }));
    let limited = setting.validate(&page).await;
    assert!(limited.status == 503 && limited.header("retry-after").is_some(), "{limited:?}");
    assert_eq!(setting.say(&page, "kept").await.status, 202);
    setting.weather(json!({}));
    drain(&setting).await;
    assert_eq!(setting.arrived(), ["kept"]);
}

#[tokio::test]
async fn more_chats_than_are_taken_at_once_are_refused_for_a_while() {
    let setting = live().await;
    let mut statuses = Vec::new();
    for _ in 0..201 {
        statuses.push(setting.post("/api/chat/initiate", None, json!({})).await.status);
    }
    assert!(statuses[..200].iter().all(|status| *status == 201), "{statuses:?}");
    assert_eq!(statuses[200], 503);
}
