//! The four routes as a page uses them, and who may not.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::{Page, Plan, Setting};

#[tokio::test]
async fn a_page_starts_a_chat_writes_counts_and_finds_its_session_good() {
    let setting = Setting::open().await;
    let started =
        setting.post("/api/chat/initiate", None, json!({ "name": "Ada", "email": "ada@example.org" })).await;
    assert_eq!(started.status, 201);
    let cookie = started.header("set-cookie").unwrap().to_owned();
    let token = cookie.strip_prefix("gcSessionToken=").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(
        cookie,
        format!("gcSessionToken={token}; HttpOnly; Secure; SameSite=Strict; Max-Age=86400; Path=/")
    );
    assert!(!started.body.contains(&token), "the token is in the cookie and nowhere else");
    let body = started.json();
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
    assert!(["guestId", "conversationId", "message"].iter().all(|key| body[key].is_string()), "{body}");

    let page = setting.chat("Grace").await;
    let validated = setting.validate(&page).await;
    assert_eq!(validated.json(), json!({ "valid": true, "conversationId": page.conversation }));
    assert_eq!((validated.status, validated.header("set-cookie")), (200, None));

    let said = setting.say(&page, "hello").await;
    assert_eq!(said.status, 202);
    let id = said.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(said.json(), json!({ "status": "queued", "id": id, "cached": true }));

    let counted = setting.count(&page, json!({ "interactionType": "click", "increment": 3 })).await;
    assert_eq!(counted.status, 200, "{counted:?}");
    let updated = counted.json()["updatedAttributes"].clone();
    assert_eq!(
        (&updated["totalInteractions"], &updated["lastInteractionType"]),
        (&json!(3), &json!("click"))
    );
    assert!(updated["lastUpdated"].is_string() && updated["source"].is_null(), "{updated}");
    assert_eq!(setting.count(&page, json!({})).await.json()["updatedAttributes"]["totalInteractions"], 4);
    assert_eq!(setting.count(&page, json!({ "increment": 0 })).await.status, 200);
}

#[tokio::test]
async fn a_page_whose_host_has_other_cookies_of_any_bytes_keeps_its_session() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let body = json!({ "conversationId": page.conversation, "text": "hello" });
    for cookies in [
        format!("n=Zoë; {}", page.cookie()),
        format!("{}; n=\"Zoë; x\"; =; ;", page.cookie()),
        format!("ü; {}", page.cookie()),
    ] {
        let said = setting.post("/api/chat/message", Some(&cookies), body.clone()).await;
        assert_eq!(said.status, 202, "{cookies}: {said:?}");
    }
    let body = body.to_string();
    let headers = [("Cookie", "n=Zoë"), ("Cookie", &page.cookie())];
    assert_eq!(setting.send("POST", "/api/chat/message", &headers, body.as_bytes()).await.status, 202);
}

#[tokio::test]
async fn an_interaction_is_not_counted_over_what_is_no_number_and_the_page_hears_nothing_of_it() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let text = r#"{"attributes":{"totalInteractions":"VALUE-CANARY"}}"#;
    setting.behind(&format!("/guests/{}", page.guest), text).await;
    let refused = setting.count(&page, json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_input"), "{refused:?}");
    assert!(!refused.body.contains("CANARY"), "{refused:?}");
}

/// What each outcome is told as, over an org of either dialect.
async fn four_outcomes(live: bool) -> Setting {
    let setting = Setting::with(Plan { live, ..Plan::default() }).await;
    let page = setting.chat("Ada").await;
    for missing in
        [json!({}), json!({ "guestId": "" }), json!({ "guestId": null }), json!({ "guestId": page.guest })]
    {
        let answer = setting.post("/api/chat/validate", None, missing.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_input"), "{missing}");
    }
    assert_eq!(setting.validate(&page).await.status, 200);
    let by_body = json!({ "guestId": page.guest, "sessionToken": page.token });
    assert_eq!(setting.post("/api/chat/validate", None, by_body).await.status, 200, "the body counts too");
    let null = json!({ "guestId": page.guest, "sessionToken": null });
    assert_eq!(setting.post("/api/chat/validate", Some(&page.cookie()), null).await.status, 200);
    for token in [Uuid::new_v4().to_string(), "guess".to_owned(), page.token.to_uppercase()] {
        let stranger = Page { token, guest: page.guest.clone(), conversation: page.conversation.clone() };
        assert_eq!(setting.validate(&stranger).await.status, 401);
    }
    assert_eq!(setting.say(&page, "hello").await.status, 202);
    super::live::drain(&setting).await;
    let (there, how, body) = match live {
        true => ("sessions", "disconnect", r#"{"readOnly":true}"#),
        false => ("conversations", "close", ""),
    };
    let path = format!("/{there}/{}/{how}", super::live::conversation(&setting));
    setting.behind(&path, body).await;
    let gone = setting.validate(&page).await;
    assert_eq!((gone.status, &gone.json()["valid"]), (410, &Value::Bool(false)));
    assert!(gone.json()["message"].is_string());
    assert_eq!(setting.say(&page, "too late").await.status, 401, "a session that is over is not good");
    setting
}

#[tokio::test]
async fn the_four_outcomes_of_a_session_have_four_statuses_by_the_guest_socket() {
    four_outcomes(true).await;
}

#[tokio::test]
async fn the_four_outcomes_of_a_session_have_four_statuses() {
    let setting = four_outcomes(false).await;
    let other = setting.chat("Grace").await;
    setting.behind(&format!("/guests/{}", other.guest), r#"{"active":false}"#).await;
    assert_eq!(setting.validate(&other).await.status, 401);
    assert_eq!(setting.say(&other, "too late").await.status, 401);
}

#[tokio::test]
async fn the_cookie_beats_the_body_and_two_cookies_beat_nobody() {
    let setting = Setting::open().await;
    let (ada, eve) = (setting.chat("Ada").await, setting.chat("Eve").await);
    let body = |guest: &str, token: &str| json!({ "guestId": guest, "sessionToken": token });
    let check = async |cookie: &str, guest: &str, token: &str| {
        setting.post("/api/chat/validate", Some(cookie), body(guest, token)).await.status
    };
    assert_eq!(check(&ada.cookie(), &ada.guest, &eve.token).await, 200);
    assert_eq!(check(&eve.cookie(), &ada.guest, &ada.token).await, 401);
    assert_eq!(check("gcSessionToken=", &ada.guest, &ada.token).await, 200, "an empty cookie is none");
    let both = format!("{}; {}", ada.cookie(), eve.cookie());
    assert_eq!(check(&both, &ada.guest, &ada.token).await, 401, "someone put a second one beside it");
    let said = json!({ "conversationId": ada.conversation, "text": "hi" });
    assert_eq!(setting.post("/api/chat/message", Some(&both), said).await.status, 401);
}

#[tokio::test]
async fn nobody_writes_to_anothers_conversation_or_guest_and_nobody_learns_which_exist() {
    let setting = Setting::open().await;
    let (ada, eve) = (setting.chat("Ada").await, setting.chat("Eve").await);
    let mut refusals = Vec::new();
    for conversation in [ada.conversation.clone(), Uuid::new_v4().to_string(), "../x".into(), String::new()] {
        let body = json!({ "conversationId": conversation, "text": "forged" });
        refusals.push(setting.post("/api/chat/message", Some(&eve.cookie()), body.clone()).await);
        refusals.push(setting.post("/api/chat/message", None, body.clone()).await);
        refusals.push(setting.post("/api/chat/message", Some("gcSessionToken=guessed"), body).await);
    }
    for guest in [ada.guest.as_str(), &Uuid::new_v4().to_string(), "not-an-id", "%2e%2e", "%ff"] {
        let path = format!("/api/guests/{guest}/attributes");
        for cookie in [eve.cookie(), "gcSessionToken=guessed".to_owned()] {
            refusals.push(setting.send("PUT", &path, &[("Cookie", &cookie)], b"{}").await);
        }
    }
    for guest in [ada.guest.as_str(), &Uuid::new_v4().to_string(), "not-an-id"] {
        refusals
            .push(setting.post("/api/chat/validate", Some(&eve.cookie()), json!({ "guestId": guest })).await);
    }
    for answer in &mut refusals {
        assert_eq!(answer.status, 401, "{answer:?}");
        let mut body = answer.json();
        body["error"]["correlationId"] = Value::Null;
        answer.body = body.to_string();
    }
    assert!(refusals.iter().all(|r| r.body == refusals[0].body), "one answer for all: {refusals:#?}");
    assert!(
        setting.say(&ada, "my own").await.status == 202 && setting.say(&eve, "mine too").await.status == 202
    );
    assert_eq!(setting.app.status().outbox.waiting, 2, "nothing forged was accepted");
}

#[tokio::test]
async fn a_session_that_the_org_no_longer_knows_cannot_be_taken_from_another_guest() {
    let setting = Setting::open().await;
    let (ada, eve) = (setting.chat("Ada").await, setting.chat("Eve").await);
    let body = json!({ "guestId": ada.guest, "sessionToken": eve.token });
    assert_eq!(setting.post("/api/chat/validate", None, body).await.status, 401);
    assert_eq!(setting.say(&eve, "still here").await.status, 202, "Eve's own session is as good as before");
    assert_eq!(setting.say(&ada, "so am I").await.status, 202);
}

#[tokio::test]
async fn the_same_id_again_is_the_same_message_and_another_message_under_it_is_refused() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let id = Uuid::new_v4();
    let say = async |text: &str| {
        let body = json!({ "conversationId": page.conversation, "text": text, "id": id });
        setting.post("/api/chat/message", Some(&page.cookie()), body).await
    };
    let (first, second) = (say("once").await, say("once").await);
    assert_eq!((first.status, first.body.as_str()), (202, second.body.as_str()));
    assert_eq!(say("another").await.status, 400);
    assert_eq!(setting.app.status().outbox.waiting, 1);
}

#[tokio::test]
async fn a_session_is_good_after_a_restart_of_the_door() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let Setting { org, app, gateway, folder } = setting;
    gateway.stop().await;
    let gateway = gateway::Gateway::start(app.clone(), gateway::Options::default()).await.unwrap();
    let setting = Setting { org, app, gateway, folder };
    assert_eq!(setting.say(&page, "back again").await.status, 202);
}
