//! Files that a guest sends and reads.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use genesys::{
    BodySent, Transport, TransportError,
    webmessaging::{OutgoingFile, WebMessagingError},
};
use serde_json::{Value, json};
use testkit::Canned;

use crate::{
    common::{TOKEN, id, options, scripted_with, told_until},
    trouble::{error_for, ready, session},
};

#[tokio::test(start_paused = true)]
async fn a_file_is_refused_by_the_org_by_its_address_and_by_its_upload() {
    let file = |n: u8| OutgoingFile {
        name: format!("{n}.png"),
        media_type: "image/png".to_owned(),
        bytes: Bytes::from(vec![n; 10]),
    };
    let http = Canned::new(|_, seen| match seen.method.as_str() {
        "PUT" => Canned::json(403, "{}"),
        _ => Canned::json(200, r#"{"entities":[]}"#),
    });
    let mut guest = scripted_with(options(), Arc::new(http.clone()));
    let mut org = guest.connections.recv().await.unwrap();
    org.receive().await.unwrap();
    org.send(&session(true));
    for n in 1..=4 {
        guest.chat.attach(id(u128::from(n)), file(n), None).unwrap();
    }
    let asked = org.receive().await.unwrap();
    assert_eq!((asked["action"].as_str(), asked["fileSize"].as_u64()), (Some("onAttachment"), Some(10)));
    org.send(&json!({"class": "GenerateUrlError", "code": 400, "tracingId": asked["tracingId"],
        "body": {"attachmentId": asked["attachmentId"], "errorCode": 4002, "errorMessage": "too large"}}));
    let asked = org.receive().await.unwrap();
    let address = |asked: &Value, url: &str| {
        json!({"class": "PresignedUrlResponse", "code": 200, "tracingId": asked["tracingId"],
            "body": {"attachmentId": asked["attachmentId"], "url": url, "headers": {"x-amz-tagging": "a=b"}}})
    };
    org.send(&address(&asked, "http://files.example/plain"));
    let asked = org.receive().await.unwrap();
    org.send(&address(&asked, "https://files.example/put?signature=s"));
    let _unanswered = org.receive().await.unwrap();
    let told = told_until(&mut guest.events, "refused m4 408").await;
    assert_eq!(
        told,
        [
            "ready new",
            "refused m1 4002",
            "refused m2 0",
            "upload 0 of 10",
            "refused m3 403",
            "refused m4 408"
        ]
    );
    assert_eq!(http.seen().iter().filter(|s| s.method == "PUT").count(), 1, "nothing left in clear");
}

#[tokio::test(start_paused = true)]
async fn the_address_of_a_file_is_given_to_whoever_asks_and_stands_in_no_event() {
    let (mut guest, mut org) = ready(options()).await;
    let chat = guest.chat.clone();
    let asking = tokio::spawn(async move { chat.file_link("file-1").await });
    let asked = org.receive().await.unwrap();
    assert_eq!(
        (asked["action"].as_str(), asked["attachmentId"].as_str()),
        (Some("getAttachment"), Some("file-1"))
    );
    org.send(&json!({"class": "PresignedUrlResponse", "code": 200, "tracingId": asked["tracingId"],
        "body": {"attachmentId": "file-1", "url": "https://files.example/get?signature=s"}}));
    assert_eq!(asking.await.unwrap().unwrap().expose(), "https://files.example/get?signature=s");
    let chat = guest.chat.clone();
    let asking = tokio::spawn(async move { chat.file_link("file-2").await });
    let asked = org.receive().await.unwrap();
    org.send(&error_for(&asked, 4008));
    assert!(matches!(asking.await.unwrap(), Err(WebMessagingError::NotOffered(why)) if why.contains("4008")));
    let chat = guest.chat.clone();
    let asking = tokio::spawn(async move { chat.file_link("file-3").await });
    org.receive().await.unwrap();
    drop(org);
    assert!(matches!(asking.await.unwrap(), Err(WebMessagingError::Lost(_))));
    guest.chat.leave().unwrap();
    while let Some(event) = guest.events.recv().await {
        let all = format!("{event:?}");
        assert!(!all.contains("signature=s") && !all.contains(TOKEN), "{all}");
    }
}

/// A network that takes a byte of a file every ten milliseconds.
struct Slow(Canned);

#[async_trait]
impl Transport for Slow {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        if let Some(told) = request.extensions().get::<BodySent>() {
            for byte in 1..=request.body().len() as u64 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                told.tell(byte);
            }
        }
        self.0.send(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn how_far_an_upload_is_is_told_at_most_ten_times_a_second_and_never_backwards() {
    let http = Canned::new(|_, _| Canned::json(200, r#"{"entities":[]}"#));
    let mut guest = scripted_with(options(), Arc::new(Slow(http)));
    let mut org = guest.connections.recv().await.unwrap();
    org.receive().await.unwrap();
    org.send(&session(true));
    let file = OutgoingFile {
        name: "plan.png".to_owned(),
        media_type: "image/png".to_owned(),
        bytes: Bytes::from(vec![0; 35]),
    };
    guest.chat.attach(id(1), file, None).unwrap();
    let asked = org.receive().await.unwrap();
    org.send(&json!({"class": "PresignedUrlResponse", "code": 200, "tracingId": asked["tracingId"],
        "body": {"attachmentId": asked["attachmentId"], "url": "https://files.example/put", "headers": {}}}));
    let told = told_until(&mut guest.events, "upload 35 of 35").await;
    assert_eq!(
        told,
        [
            "ready new",
            "upload 0 of 35",
            "upload 1 of 35",
            "upload 11 of 35",
            "upload 21 of 35",
            "upload 31 of 35",
            "upload 35 of 35"
        ]
    );
}
