//! Slow clients, too many of them, and the end of the door.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    client::{raw, read, request},
    setting::Setting,
};

#[tokio::test]
async fn a_client_that_never_ends_its_head_or_body_is_let_go() {
    let setting = Setting::limited(|limits| {
        limits.head = Duration::from_millis(300);
        limits.body = Duration::from_millis(300);
    })
    .await;
    let address = setting.gateway.address();
    let mut nothing = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ").await.unwrap();
    let slow = b"POST /api/chat/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
    let slow = raw(address, slow).await;
    assert_eq!((slow.status, slow.code().as_str()), (408, "too_slow"));
    let mut rest = Vec::new();
    assert_eq!(nothing.read_to_end(&mut rest).await.unwrap_or(0), 0, "closed without an answer");
    drop(half.read_to_end(&mut rest).await);
    assert!(!String::from_utf8_lossy(&rest).contains("200"), "half a head is no request");
    assert_eq!(setting.send("GET", "/health", &[], b"").await.status, 200, "the door stands open to others");
}

#[tokio::test]
async fn a_connection_beyond_the_bound_is_told_so_and_a_place_that_is_left_is_given_away() {
    let setting = Setting::limited(|limits| limits.connections = 2).await;
    let address = setting.gateway.address();
    let hello = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut places = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(hello).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        places.push(stream);
    }
    let over = read(TcpStream::connect(address).await.unwrap()).await;
    assert_eq!((over.status, over.header("retry-after")), (503, Some("1")));
    assert_eq!(over.json()["error"]["code"], "busy");

    drop(places.pop());
    let freed = async {
        loop {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // The place may not be free yet; then the stream is closed under our hands.
            drop(stream.write_all(hello).await);
            let mut first = [0; 12];
            if stream.read_exact(&mut first).await.is_ok() && &first == b"HTTP/1.1 200" {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.expect("the place is given away");
}

#[tokio::test]
async fn the_door_ends_when_what_is_under_way_is_answered_and_not_later() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let address = setting.gateway.address();
    let body = json!({ "conversationId": page.conversation, "text": "the last one" }).to_string();
    let headers = [("Cookie", page.cookie())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let bytes = request("POST", "/api/chat/message", "localhost", &headers, body.as_bytes());
    let (head, tail) = bytes.split_at(bytes.len() - 5);
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    let mut under_way = TcpStream::connect(address).await.unwrap();
    under_way.write_all(head).await.unwrap();
    // One more exchange: the head before it has been read by now, or is next.
    assert_eq!(setting.send("GET", "/health", &[], b"").await.status, 200);

    let app = setting.app.clone();
    let stopping = tokio::spawn(setting.gateway.stop());
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    under_way.write_all(tail).await.unwrap();
    assert_eq!(read(under_way).await.status, 202);
    tokio::time::timeout(Duration::from_secs(5), stopping).await.expect("it ends at once then").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(app.status().outbox.waiting, 1);
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_door_open() {
    let setting = Setting::limited(|limits| limits.grace = Duration::from_millis(200)).await;
    let mut never = TcpStream::connect(setting.gateway.address()).await.unwrap();
    never
        .write_all(b"POST /api/chat/message HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 9\r\n\r\n{")
        .await
        .unwrap();
    assert_eq!(setting.send("GET", "/health", &[], b"").await.status, 200);
    tokio::time::timeout(Duration::from_secs(5), setting.gateway.stop()).await.expect("patience has an end");
}

#[tokio::test]
async fn a_hundred_pages_at_once_are_all_answered_and_each_keeps_its_order() {
    let setting = Setting::open().await;
    let mut pages = Vec::new();
    for n in 0..10 {
        pages.push(setting.chat(&format!("guest {n}")).await);
    }
    for round in 0..10 {
        let mut said = Vec::new();
        let address = setting.gateway.address();
        for page in &pages {
            let body =
                json!({ "conversationId": page.conversation, "text": format!("{} {round}", page.guest) });
            let headers = [("Cookie", page.cookie())];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let bytes =
                request("POST", "/api/chat/message", "localhost", &headers, body.to_string().as_bytes());
            said.push(tokio::spawn(async move { raw(address, &bytes).await.status }));
        }
        for status in said {
            assert_eq!(status.await.unwrap(), 202);
        }
    }
    let drained =
        setting.app.outbox_drain(Duration::from_secs(60), std::future::pending(), |_| {}).await.unwrap();
    assert_eq!(drained.delivered, 100);
    let arrived = setting.arrived();
    for page in &pages {
        let own: Vec<_> =
            arrived.iter().filter_map(|text| text.strip_prefix(&format!("{} ", page.guest))).collect();
        assert_eq!(own, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }
}
