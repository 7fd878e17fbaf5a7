//! Who may come in, and the public configuration.

use serde_json::{Value, json};
use simulator::{Deployment, Disconnect};

use crate::guest::{ADA, DEPLOYMENT, Guest, org};

#[tokio::test(start_paused = true)]
async fn an_unknown_or_inactive_deployment_and_a_foreign_page_are_403() {
    let shop = Deployment { origins: vec!["https://shop.example".to_owned()], ..Deployment::open("shop") };
    let off = Deployment { active: false, ..Deployment::open("off") };
    let org = org(|m| m.deployments = vec![shop, off, Deployment::open("open")]).await;
    for (deployment, origin, refused) in [
        ("unknown", None, Some(403)),
        ("", None, Some(403)),
        ("off", None, Some(403)),
        ("shop", Some("https://evil.example"), Some(403)),
        ("shop", Some("null"), Some(403)),
        ("shop", Some("https://shop.example"), None),
        ("shop", Some("https://SHOP.example"), None),
        ("shop", None, None),
        ("open", Some("https://anyone.example"), None),
    ] {
        let came = Guest::try_connect(&org.simulator, deployment, origin, ADA).await;
        assert_eq!(came.err(), refused, "{deployment} {origin:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_upgrade_is_refused() {
    let org = org(|_| {}).await;
    let plain = org.get(&format!("/v1?deploymentId={DEPLOYMENT}")).await;
    assert!((400..500).contains(&plain.status), "{}", plain.status);
    assert_eq!((&plain.body["code"], &plain.body["status"]), (&json!("bad.request"), &json!(plain.status)));
    assert!(plain.body["message"].as_str().unwrap().contains("WebSocket"), "{}", plain.body);
    assert_eq!(org.post("/v1", &json!({})).await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn the_public_configuration_says_what_a_guest_can_expect() {
    let shop = Deployment { origins: vec!["https://shop.example".to_owned()], ..Deployment::open("shop") };
    let off = Deployment { active: false, ..Deployment::open("off") };
    let org = org(|m| {
        m.deployments = vec![shop, off];
        m.disconnect = Disconnect::ReadOnly;
        m.auto_start = true;
        m.limits.session_seconds = 900;
    })
    .await;
    let path = |id: &str| format!("/webdeployments/v1/deployments/{id}/config.json");
    let told = org.get(&path("shop")).await;
    assert_eq!(
        (told.status, told.header("inin-ratelimit-count")),
        (200, ""),
        "it costs nothing of a token's rate"
    );
    let chat = &told.body["messenger"]["apps"]["conversations"];
    assert_eq!(chat["conversationDisconnect"], json!({ "enabled": true, "type": "ReadOnly" }));
    assert_eq!(
        (&chat["autoStart"]["enabled"], &chat["conversationClear"]["enabled"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(told.body["messenger"]["fileUpload"]["enableAttachments"], true);
    assert_eq!(
        (&told.body["status"], &told.body["allowedDomains"]),
        (&json!("Active"), &json!(["https://shop.example"]))
    );
    assert_eq!(chat["sessionDurationSeconds"], 900);
    assert_eq!(org.get(&path("off")).await.body["status"], "Inactive");
    assert_eq!(org.get(&path("unknown")).await.status, 404);
    let org = crate::guest::org(|_| {}).await;
    let chat = org.get(&path(DEPLOYMENT)).await.body["messenger"]["apps"]["conversations"].clone();
    assert_eq!(chat["conversationDisconnect"], json!({ "enabled": false }), "off is the vendor's default");
    assert_ne!(chat, Value::Null);
}
