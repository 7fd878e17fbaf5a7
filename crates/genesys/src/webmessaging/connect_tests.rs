//! Proxies of the guest socket, as the environment may name them: on loopback, in real time.

use std::time::Duration;

use hyper_util::client::proxy::matcher::Builder;
use simulator::{Options, Simulator};
use testkit::WallClock;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};

use super::*;
use crate::{
    Endpoints, ReqwestTransport,
    webmessaging::{
        ChatEvent, ChatOptions, ChatState, Deployment, EndReason, TungsteniteDialer, WebMessaging,
    },
};

/// What a proxy does when it is asked for a tunnel.
#[derive(Clone, Copy)]
enum Answers {
    /// A tunnel, whose other end is the simulator.
    Tunnel,
    /// 407: it wants a sign-in.
    SignIn,
    /// Nothing, for as long as the connection is there.
    Nothing,
}

/// A proxy on loopback: its address, and the heads of the requests that it got.
async fn proxy(answers: Answers) -> (String, mpsc::UnboundedReceiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, asked) = mpsc::unbounded_channel();
    let org = Simulator::new(&Options { guests: 1, ..Options::default() }).unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut head = Vec::new();
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap() > 0 && line != "\r\n" {
                head.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            tell.send(head).unwrap();
            match answers {
                Answers::Tunnel => {
                    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    org.serve_stream(stream.into_inner());
                }
                Answers::SignIn => {
                    let refusal =
                        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
                    stream.write_all(refusal).await.unwrap();
                }
                Answers::Nothing => kept.push(stream),
            }
        }
    });
    (address, asked)
}

fn connector(proxies: Builder) -> Connector {
    Connector { roots: ExtraRoots::default(), tls: OnceLock::new(), proxies: OnceLock::from(proxies.build()) }
}

/// A deployment elsewhere, where without a proxy nobody can be reached. Its socket is plain, so that the simulator is the other end.
fn elsewhere() -> Deployment {
    let here = Endpoints::one_origin("http://127.0.0.1:9").unwrap();
    let deployment =
        Deployment::at(&here, "00000000-0000-4000-8000-000000000001", Some("https://shop.example")).unwrap();
    Deployment { socket: "ws://webmessaging.org.example/v1".parse().unwrap(), ..deployment }
}

/// Where a chat that is tried once comes to, by a proxy that answers so.
async fn chat(answers: Answers) -> (ChatState, Vec<String>) {
    let (address, mut asked) = proxy(answers).await;
    let connector = Arc::new(connector(Matcher::builder().https(format!("http://ada:secret@{address}"))));
    let dialer = TungsteniteDialer::over(move |address| {
        let (connector, address) = (Arc::clone(&connector), address.clone());
        async move { connector.connect(&address).await }
    });
    let transport = ReqwestTransport::trusting(ExtraRoots::default());
    let client = WebMessaging::new(Arc::new(dialer), Arc::new(transport), Arc::new(WallClock));
    let options = ChatOptions {
        token: model::Secret::new("7b1c6d1e-6d1f-4a60-9a2f-3b7ce5a0f001".to_owned()),
        start_new: false,
        attributes: Default::default(),
        attributes_if_new: Default::default(),
        application: None,
        open_within: Duration::from_secs(2),
        reconnect_for: Some(Duration::ZERO),
        messages_per_second: 2,
        offline: false,
        join: false,
        typing: false,
    };
    let (_chat, mut events) = client.open(&elsewhere(), options);
    let head = asked.recv().await.unwrap();
    loop {
        match events.recv().await.unwrap() {
            ChatEvent::State(ChatState::Connecting { .. }) => {}
            ChatEvent::State(state) => return (state, head),
            _ => {}
        }
    }
}

fn why(state: ChatState) -> String {
    match state {
        ChatState::Ended(EndReason::Failed(why)) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_guest_chats_through_the_tunnel_of_a_proxy_which_is_told_host_and_credentials_only() {
    let (state, head) = chat(Answers::Tunnel).await;
    assert!(matches!(state, ChatState::Ready { new_session: true, .. }), "{state:?}");
    assert_eq!(head[0], "CONNECT webmessaging.org.example:80 HTTP/1.1");
    let signs_in = |line: &String| line.to_ascii_lowercase().starts_with("proxy-authorization: basic ");
    assert_eq!(head.iter().filter(|line| signs_in(line)).count(), 1, "{head:?}");
    assert!(!head.iter().any(|line| line.contains("7b1c6d1e")), "{head:?}");
}

#[tokio::test]
async fn a_proxy_that_refuses_the_sign_in_or_never_answers_is_told_of_in_words_and_in_time() {
    let refused = why(chat(Answers::SignIn).await.0);
    assert_eq!(
        refused,
        "webmessaging.org.example cannot be reached: the proxy that the environment names led nowhere (tunnel error: proxy \
         authorization required)"
    );
    let silent = why(chat(Answers::Nothing).await.0);
    assert_eq!(silent, "webmessaging.org.example cannot be reached: no connection within 2 s");
}

#[test]
fn a_proxy_is_for_other_computers_that_the_environment_does_not_except() {
    let named = || Matcher::builder().https("http://proxy.example:3128");
    let uses = |connector: &Connector, address: &str| {
        let address = Url::parse(address).unwrap();
        connector.proxy(&address.host().unwrap(), address.port_or_known_default().unwrap()).is_some()
    };
    let all = connector(named());
    assert!(uses(&all, "wss://webmessaging.org.example/v1") && uses(&all, "wss://192.0.2.7/v1"));
    for loopback in ["ws://127.0.0.1:8080/v1", "ws://localhost:8080/v1", "ws://[::1]:8080/v1"] {
        assert!(!uses(&all, loopback), "{loopback}");
    }
    let some = connector(named().no("org.example, 192.0.2.0/24"));
    assert!(!uses(&some, "wss://webmessaging.org.example/v1") && !uses(&some, "wss://192.0.2.7/v1"));
    assert!(uses(&some, "wss://webmessaging.other.example/v1"));
    assert!(!uses(&connector(Matcher::builder()), "wss://webmessaging.org.example/v1"));
    assert!(!uses(&connector(Matcher::builder().http("http://proxy.example:3128")), "wss://a.example/v1"));
}

#[tokio::test]
async fn a_proxy_that_nobody_runs_is_told_as_the_reason() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let dead = connector(Matcher::builder().https(format!("http://{free}")));
    let refused = dead.connect(&elsewhere().socket).await.err().unwrap().to_string();
    assert!(refused.contains("the proxy that the environment names led nowhere"), "{refused}");
}
