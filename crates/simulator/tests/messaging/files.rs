//! Files: announced, uploaded, part of a message, read again, deleted.

use serde_json::{Value, json};

use crate::guest::{ADA, BOB, Guest, org, patient_org, what};

fn file(name: &str, kind: &str, size: u64) -> Value {
    json!({ "action": "onAttachment", "attachmentId": "a-1", "fileName": name, "fileType": kind, "fileSize": size, "tracingId": "t" })
}

fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://localhost").unwrap().to_owned()
}

fn with_attachment(id: &str) -> Value {
    json!({ "action": "onMessage", "message": { "content": [{ "contentType": "Attachment", "attachment": { "id": id } }] } })
}

#[tokio::test(start_paused = true)]
async fn a_file_goes_by_an_address_of_its_own_and_then_with_a_message_without_type_and_text() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let told = ada.ask(file("a.png", "image/png", 5)).await;
    assert_eq!(
        (&told["type"], what(&told), &told["tracingId"]),
        (&json!("response"), ("PresignedUrlResponse", 200), &json!("t"))
    );
    let body = &told["body"];
    assert_eq!(
        (&body["attachmentId"], &body["fileName"], &body["fileSize"], &body["fileType"]),
        (&json!("a-1"), &json!("a.png"), &json!(5), &json!("image/png"))
    );
    assert!(body["headers"]["x-amz-tagging"].is_string());
    assert_eq!(what(&ada.ask(with_attachment("a-1")).await), ("string", 4010), "not uploaded yet");
    assert_eq!(org.send("PUT", &path(&body["url"]), "bytes").await.status, 200);
    let uploaded = ada.next().await;
    assert_eq!((&uploaded["type"], what(&uploaded)), (&json!("message"), ("UploadSuccessEvent", 200)));
    assert_eq!(org.get(&path(&uploaded["body"]["downloadUrl"])).await.text, "bytes");
    let echo = ada.ask(with_attachment("a-1")).await;
    assert_eq!((&echo["body"]["type"], echo["body"].get("text")), (&json!("Text"), None));
    let shown = &echo["body"]["content"][0]["attachment"];
    assert_eq!(
        (&shown["id"], &shown["filename"], &shown["fileSize"], &shown["mediaType"], &shown["mime"]),
        (&json!("a-1"), &json!("a.png"), &json!(5), &json!("Image"), &json!("image/png"))
    );
    let download = org.get(&path(&shown["url"])).await;
    assert_eq!((download.status, download.header("content-disposition")), (200, "attachment"));
    let again = ada.ask(json!({ "action": "getAttachment", "attachmentId": "a-1" })).await;
    assert_eq!(org.get(&path(&again["body"]["url"])).await.text, "bytes");
    let deleted = ada.ask(json!({ "action": "deleteAttachment", "attachmentId": "a-1" })).await;
    assert_eq!(
        (what(&deleted), &deleted["body"]["attachmentId"]),
        (("AttachmentDeletedResponse", 200), &json!("a-1"))
    );
    for action in ["getAttachment", "deleteAttachment"] {
        assert_eq!(
            what(&ada.ask(json!({ "action": action, "attachmentId": "a-1" })).await),
            ("string", 4009)
        );
    }
    assert_eq!(org.get(&path(&again["body"]["url"])).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_refused_before_its_bytes_by_type_size_emptiness_and_name() {
    let org = org(|_| {}).await;
    let mut ada = Guest::new(&org, ADA).await;
    let long = format!("{}.png", "a".repeat(1021));
    for (name, kind, size, code) in [
        ("a.zip", "application/zip", 1, 4001),
        ("a.exe", "image/png", 1, 4001),
        ("a.EXE", "text/plain", 1, 4001),
        ("a.png", "image/png", 10 * 1024 * 1024 + 1, 4002),
        ("a.png", "image/png", u64::MAX, 4002),
        ("a.png", "image/png", 0, 4102),
        ("noending", "image/png", 1, 4004),
        (".png", "image/png", 1, 4004),
        ("a.", "image/png", 1, 4004),
        ("../a.png", "image/png", 1, 4004),
        ("a\n.png", "image/png", 1, 4004),
        (long.as_str(), "image/png", 1, 4005),
    ] {
        let refused = ada.ask(file(name, kind, size)).await;
        assert_eq!(
            (&refused["type"], what(&refused)),
            (&json!("message"), ("GenerateUrlError", 400)),
            "{name:.20}"
        );
        assert_eq!(
            (&refused["body"]["errorCode"], &refused["body"]["attachmentId"]),
            (&json!(code), &json!("a-1")),
            "{name:.20}"
        );
        assert!(refused["body"]["errorMessage"].is_string());
    }
    assert_eq!(what(&ada.ask(file("a.png", "image/png", 10 * 1024 * 1024)).await).0, "PresignedUrlResponse");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_were_not_announced_are_refused_and_the_guest_hears_of_it() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let url = ada.ask(file("a.png", "image/png", 5)).await["body"]["url"].clone();
    for wrong in ["", "four", "sixsix"] {
        assert_eq!(org.send("PUT", &path(&url), wrong).await.status, 400);
        let failed = ada.next().await;
        assert_eq!((&failed["type"], what(&failed)), (&json!("message"), ("UploadFailureEvent", 200)));
        assert_eq!(failed["body"]["attachmentId"], "a-1");
    }
    assert_eq!(org.send("PUT", "/uploads/nobody", "bytes").await.status, 403);
    assert_eq!(org.send("PUT", &path(&url), "bytes").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn an_address_ends_and_a_file_that_came_too_late_is_4008() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let url = ada.ask(file("a.png", "image/png", 5)).await["body"]["url"].clone();
    org.control("POST", "/clock", &json!({ "advanceSeconds": 600 })).await;
    assert_eq!(org.send("PUT", &path(&url), "bytes").await.status, 403);
    assert_eq!(
        what(&ada.ask(json!({ "action": "getAttachment", "attachmentId": "a-1" })).await),
        ("string", 4008)
    );
    assert_eq!(what(&ada.ask(with_attachment("a-1")).await), ("string", 4008));
}

#[tokio::test(start_paused = true)]
async fn nobody_reaches_the_file_of_another_guest() {
    let org = patient_org().await;
    let mut ada = Guest::new(&org, ADA).await;
    let url = ada.ask(file("a.png", "image/png", 5)).await["body"]["url"].clone();
    org.send("PUT", &path(&url), "bytes").await;
    let mut bob = Guest::new(&org, BOB).await;
    assert_eq!(what(&bob.ask(with_attachment("a-1")).await), ("string", 4009));
    assert_eq!(
        what(&bob.ask(json!({ "action": "getAttachment", "attachmentId": "a-1" })).await),
        ("string", 4009)
    );
}

#[tokio::test(start_paused = true)]
async fn a_deployment_without_attachments_says_so() {
    let org = org(|m| m.attachments = false).await;
    let mut ada = Guest::new(&org, ADA).await;
    assert_eq!(what(&ada.ask(file("a.png", "image/png", 5)).await), ("string", 4000));
}
