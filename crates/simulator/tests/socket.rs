//! The org behind a real socket: both ports, the sign-in, and connections that are cut.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use simulator::{Options, Running, Weather, embedded, start};

/// One HTTP/1.1 exchange on a connection of its own: everything the server sent until it closed.
fn raw(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    if answer.is_empty() {
        read?;
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn ask(address: SocketAddr, head: &str, token: &str, body: &str) -> std::io::Result<String> {
    let request = format!(
        "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: {token}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::task::spawn_blocking(move || raw(address, &request)).await.unwrap()
}

fn json(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

async fn sign_in(org: &Running) -> String {
    let basic = format!("Basic {}", BASE64_STANDARD.encode("demo:demo"));
    let answer = ask(org.api, "POST /oauth/token", &basic, "grant_type=client_credentials").await.unwrap();
    format!("Bearer {}", json(&answer)["access_token"].as_str().unwrap())
}

async fn world_with(weather: &str) -> Running {
    let weather: Weather = weather.parse().unwrap();
    start(Options { guests: 30, weather, ..Options::default() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_lists_its_guests_over_a_socket_and_the_control_port_tells_of_it() {
    let control = Some("127.0.0.1:0".parse().unwrap());
    let org = start(Options { guests: 30, control, ..Options::default() }).await.unwrap();
    let token = sign_in(&org).await;
    let answer = ask(org.api, "GET /api/v2/guests?pageSize=10", &token, "").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\ninin-ratelimit-count: 1\r\n"), "{answer}");
    assert_eq!(json(&answer)["total"], 30);
    let ledger = ask(org.control.unwrap(), "GET /ledger?since=1", "", "").await.unwrap();
    assert_eq!(json(&ledger)["path"], "/api/v2/guests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leaves_the_client_without_a_byte_and_the_org_with_or_without_the_change() {
    let org = world_with(
        r#"{"rules":[{"when":{"method":"DELETE","until":1},"do":"reset-before"},
                     {"when":{"method":"DELETE"},"do":"reset-after"}]}"#,
    )
    .await;
    let token = sign_in(&org).await;
    let list = ask(org.api, "GET /api/v2/guests?pageSize=1", &token, "").await.unwrap();
    let id = json(&list)["entities"][0]["id"].as_str().unwrap().to_owned();
    let delete = format!("DELETE /api/v2/guests/{id}");
    let total = || async {
        json(&ask(org.api, "GET /api/v2/guests?pageSize=1", &token, "").await.unwrap())["total"].clone()
    };
    assert!(ask(org.api, &delete, &token, "").await.map_or(true, |answer| answer.is_empty()));
    assert_eq!(total().await, 30);
    assert!(ask(org.api, &delete, &token, "").await.map_or(true, |answer| answer.is_empty()));
    assert_eq!(total().await, 29);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let org = world_with(r#"{"rules":[{"when":{"path":"/api/*"},"do":"truncate"}]}"#).await;
    let token = sign_in(&org).await;
    let answer = ask(org.api, "GET /api/v2/guests", &token, "").await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let announced = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
    assert_eq!(body.len(), announced.parse::<usize>().unwrap() / 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_and_not_kept() {
    let org = world_with("{}").await;
    let token = sign_in(&org).await;
    let body = format!(r#"{{"name":"{}"}}"#, "a".repeat(512_000));
    let answer = ask(org.api, "POST /api/v2/guests", &token, &body).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(json(&answer)["status"], 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_org_knows_tomorrow_what_was_changed_today() {
    let dir = tempfile::tempdir().unwrap();
    let org = embedded(dir.path()).await.unwrap();
    let token = sign_in(&org).await;
    let list = ask(org.api, "GET /api/v2/guests?pageSize=2", &token, "").await.unwrap();
    let ids: Vec<String> =
        (0..2).map(|n| json(&list)["entities"][n]["id"].as_str().unwrap().to_owned()).collect();
    ask(org.api, &format!("DELETE /api/v2/guests/{}", ids[0]), &token, "").await.unwrap();
    ask(org.api, &format!("PUT /api/v2/guests/{}", ids[1]), &token, r#"{"name":"Zoë"}"#).await.unwrap();
    drop(org);
    let org = embedded(dir.path()).await.unwrap();
    let token = sign_in(&org).await;
    let list = ask(org.api, "GET /api/v2/guests?pageSize=1", &token, "").await.unwrap();
    assert_eq!(json(&list)["total"], 999);
    assert_eq!(json(&list)["entities"][0]["id"], ids[1].as_str());
    assert_eq!(json(&list)["entities"][0]["name"], "Zoë");
}

#[tokio::test]
async fn the_control_port_is_for_this_machine_only() {
    let control = Some("0.0.0.0:0".parse().unwrap());
    let refused = start(Options { control, ..Options::default() }).await;
    assert!(matches!(refused, Err(simulator::Error::ControlNotLoopback(_))));
}

/// Each request that a page of elsewhere could have sent to one of the ports, and one that is fair.
#[tokio::test(flavor = "multi_thread")]
async fn on_loopback_both_ports_answer_loopback_names_only() {
    let control = Some("127.0.0.1:0".parse().unwrap());
    let org = start(Options { guests: 3, control, ..Options::default() }).await.unwrap();
    for (port, path) in
        [(org.api, "/api/v2/guests"), (org.api, "/oauth/token"), (org.control.unwrap(), "/ledger")]
    {
        let status = async |head: String| {
            let request = format!("GET {path} HTTP/1.1\r\n{head}connection: close\r\n\r\n");
            let answer = tokio::task::spawn_blocking(move || raw(port, &request)).await.unwrap().unwrap();
            answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
        };
        let before = org.simulator().ledger().len();
        for host in ["evil.test", "evil.test:80", "10.0.0.1", "localhost.evil.test", "0.0.0.0", "[::2]"] {
            assert_eq!(status(format!("host: {host}\r\n")).await, 403, "{path} {host}");
        }
        assert_eq!(status(String::new()).await, 400, "{path}");
        assert_eq!(status("host: localhost\r\nhost: evil.test\r\n".to_owned()).await, 400, "{path}");
        assert_eq!(org.simulator().ledger().len(), before, "who is turned away leaves no trace");
        for host in ["localhost".to_owned(), format!("127.0.0.1:{}", port.port()), "[::1]:9".to_owned()] {
            let status = status(format!("host: {host}\r\n")).await;
            assert!([200, 401, 405].contains(&status), "{path} {host} {status}");
        }
    }
}
