//! The same over a port.

use serde_json::json;
use simulator::{Options, Running, start};
use tokio::net::TcpStream;

use crate::guest::{ADA, DEPLOYMENT, Guest, what};

async fn port() -> Running {
    let messaging = simulator::Messaging { bot: simulator::Bot::none(), ..Default::default() };
    start(Options { guests: 0, messaging, ..Options::default() }).await.unwrap()
}

async fn guest(org: &Running) -> Guest<TcpStream> {
    let stream = TcpStream::connect(org.api).await.unwrap();
    Guest::over(stream, &org.api.to_string(), DEPLOYMENT, None, ADA).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_over_a_port_is_the_one_in_memory() {
    let org = port().await;
    let mut ada = guest(&org).await;
    assert_eq!(what(&ada.configure().await), ("SessionResponse", 200));
    assert_eq!(ada.say("hello").await["body"]["text"], "hello");
    let file = json!({ "action": "onAttachment", "attachmentId": "a", "fileName": "a.png", "fileType": "image/png", "fileSize": 1 });
    let url = ada.ask(file).await["body"]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("{}/uploads/", org.api_url())), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_stops_takes_its_sockets_along() {
    let org = port().await;
    let mut ada = guest(&org).await;
    ada.configure().await;
    drop(org);
    assert_eq!(ada.frame().await, None);
}
