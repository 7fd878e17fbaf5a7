//! Sessions: returning, starting again, clearing, closing, and several connections at once.

use serde_json::{Value, json};

use crate::guest::{ADA, BOB, Guest, only_guest, org, patient_org, what};

async fn sessions(org: &crate::common::Org) -> Value {
    org.control("GET", "/sessions", &Value::Null).await.body
}

#[tokio::test(start_paused = true)]
async fn a_returning_guest_finds_their_conversation() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("one").await;
    let before = sessions(&org).await;
    drop(ada);
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], false);
    ada.say("two").await;
    assert_eq!(sessions(&org).await, before);
    assert_eq!(only_guest(&org).await["version"], 2);
}

#[tokio::test(start_paused = true)]
async fn the_sessions_are_told_in_the_order_of_their_beginning_and_who_is_connected() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let bob = Guest::new(&org, BOB).await;
    ada.say("hello").await;
    let guest = only_guest(&org).await["id"].clone();
    drop(bob);
    // The org notices the end of a connection when it is its turn.
    tokio::time::advance(std::time::Duration::from_millis(1)).await;
    ada.say("again").await;
    let told = sessions(&org).await;
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert_eq!((&told[0]["guestId"], &told[0]["connected"]), (&guest, &json!(true)));
    assert_eq!(told[0]["conversationId"], org.conversation(guest.as_str().unwrap()).await["id"]);
    assert_eq!((told[1].get("conversationId"), &told[1]["connected"]), (None, &json!(false)));
    assert_eq!(told[1]["deploymentId"], crate::guest::DEPLOYMENT);
}

#[tokio::test(start_paused = true)]
async fn a_fourth_connection_closes_the_oldest() {
    let org = patient_org().await;
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(Guest::new(&org, ADA).await);
    }
    let closed = tabs[0].next().await;
    assert_eq!((what(&closed), &closed["body"]), (("ConnectionClosedEvent", 200), &json!({})));
    assert_eq!(tabs[0].frame().await, None);
    tabs[1].say("to all").await;
    for tab in &mut tabs[2..] {
        assert_eq!(tab.next().await["body"]["text"], "to all");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_only_session_takes_nothing_until_it_is_begun_anew() {
    let org = crate::guest::org(|m| {
        m.disconnect = simulator::Disconnect::ReadOnly;
        m.limits.messages_per_second = None;
    })
    .await;
    let mut ada = Guest::new(&org, ADA).await;
    ada.say("hello").await;
    let conversation = sessions(&org).await[0]["conversationId"].as_str().unwrap().to_owned();
    let left = org
        .control("POST", &format!("/sessions/{conversation}/disconnect"), &json!({ "readOnly": true }))
        .await;
    assert_eq!(left.status, 204);
    let event = ada.next().await;
    assert_eq!(event["body"]["events"][0]["presence"]["type"], "Disconnect");
    assert_eq!(
        (&event["body"]["metadata"]["readOnly"], &event["body"]["direction"]),
        (&json!("true"), &json!("Outbound"))
    );
    let refused = ada.say("anyone?").await;
    assert_eq!(what(&refused), ("string", 409));
    let guest = only_guest(&org).await["id"].as_str().unwrap().to_owned();
    assert_eq!(org.conversation(&guest).await["state"], "closed");
    assert_eq!(ada.configure().await["body"]["readOnly"], true);
    let closed = ada.ask(json!({ "action": "closeSession", "closeAllConnections": true })).await;
    assert_eq!(
        (what(&closed), &closed["body"]),
        (("SessionResponse", 200), &json!({ "connected": false, "readOnly": true }))
    );
    assert_eq!(what(&ada.say("nobody").await), ("string", 4007));
    let anew = ada.configure_with(json!({ "startNew": true })).await;
    assert_eq!((&anew["body"]["readOnly"], &anew["body"]["newSession"]), (&json!(false), &json!(true)));
    assert_eq!(ada.say("hello again").await["body"]["text"], "hello again");
    assert_ne!(sessions(&org).await[0]["conversationId"], json!(conversation));
}

#[tokio::test(start_paused = true)]
async fn closing_all_connections_closes_the_others() {
    let org = patient_org().await;
    let mut one = Guest::new(&org, ADA).await;
    let mut two = Guest::new(&org, ADA).await;
    let closed = one.ask(json!({ "action": "closeSession", "closeAllConnections": true })).await;
    assert_eq!(closed["body"]["connected"], false);
    assert_eq!(what(&two.next().await), ("ConnectionClosedEvent", 200));
    assert_eq!(two.frame().await, None);
    assert_eq!(one.configure().await["body"]["newSession"], false, "the session is still there");
}

#[tokio::test(start_paused = true)]
async fn clear_ends_the_conversation_for_all_connections_and_the_token_begins_anew() {
    let org = crate::guest::org(|m| {
        m.clear = true;
        m.limits.messages_per_second = None;
    })
    .await;
    let mut one = Guest::new(&org, ADA).await;
    let mut two = Guest::new(&org, ADA).await;
    one.say("hello").await;
    two.next().await;
    let before = only_guest(&org).await["id"].as_str().unwrap().to_owned();
    one.event("Clear").await;
    for tab in [&mut one, &mut two] {
        let event = tab.next().await;
        assert_eq!(event["body"]["events"][0]["presence"]["type"], "Clear");
        assert_eq!(what(&tab.next().await), ("SessionClearedEvent", 200));
        assert_eq!(what(&tab.next().await), ("ConnectionClosedEvent", 200));
        assert_eq!(tab.frame().await, None);
    }
    assert_eq!(org.conversation(&before).await["state"], "closed");
    assert_eq!(sessions(&org).await, json!([]));
    let mut ada = Guest::connected(&org.simulator, ADA).await;
    assert_eq!(ada.configure().await["body"]["newSession"], true);
    ada.say("anew").await;
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 2, "another guest for the org");
}

#[tokio::test(start_paused = true)]
async fn two_deployments_know_the_same_token_as_two_guests() {
    let two = || vec![simulator::Deployment::open("one"), simulator::Deployment::open("two")];
    let org = org(|m| m.deployments = two()).await;
    for id in ["one", "two"] {
        let mut ada = Guest::try_connect(&org.simulator, id, None, ADA).await.unwrap();
        assert_eq!(ada.configure_with(json!({ "deploymentId": id })).await["body"]["newSession"], true);
        ada.say("hello").await;
    }
    assert_eq!(org.get("/api/v2/guests").await.body["total"], 2);
}
