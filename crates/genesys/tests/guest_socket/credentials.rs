//! What an org says may hold credentials.

use genesys::webmessaging::ChatEvent;
use serde_json::json;

use crate::{
    common::{id, options},
    trouble::{error_for, ready, said},
};

#[tokio::test(start_paused = true)]
async fn credentials_in_the_words_of_an_org_stand_in_no_event() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF";
    let options = options();
    let token = options.token.expose().to_owned();
    // So long that a cut falls into the token.
    let words = format!("{}{token} {jwt} https://u.example/x?X-Amz-Signature=SIGSIG", "x".repeat(290));
    let (mut guest, mut org) = ready(options).await;
    guest.chat.say(id(1), "Hello").unwrap();
    let sent = org.receive().await.unwrap();
    let mut refused = error_for(&sent, 500);
    refused["body"] = words.clone().into();
    org.send(&refused);
    org.send(&said("k1", &words, "2026-11-22T12:00:00Z"));
    org.send(&json!({ "type": "message", "class": "ConnectionClosedEvent", "code": 200, "body": { "reason": words } }));
    let mut told = String::new();
    while let Some(event) = guest.events.recv().await {
        // The message itself is what the person reads.
        if !matches!(event, ChatEvent::Message(_)) {
            told.push_str(&format!("{event:?}\n"));
        }
    }
    assert!(told.contains("Refused") && told.contains("ClosedByOrg"), "{told}");
    for secret in [&token[..6], "eyJ", "SIGSIG"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}
