//! The network itself: TCP, TLS and the upgrade on loopback, in real time.

use std::{sync::Arc, time::Duration};

use genesys::webmessaging::Dialer;
use genesys::{
    Endpoints, ExtraRoots, ReqwestTransport,
    webmessaging::{
        ChatOptions, Deployment, RefusedBecause, SocketFrame, TungsteniteDialer, WebMessaging,
        WebMessagingError,
    },
};
use simulator::{Options, Simulator};
use testkit::WallClock;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, pki_types::PrivateKeyDer},
};

use crate::common::{DEPLOYMENT, id, options, told, told_until};

fn quick() -> ChatOptions {
    ChatOptions { reconnect_for: Some(Duration::ZERO), ..options() }
}

/// A port behind which each connection is the business of this function.
async fn port<F>(serve: F) -> u16
where
    F: Fn(tokio::net::TcpStream) + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream);
        }
    });
    port
}

fn at(base: &str, origin: Option<&str>) -> Deployment {
    Deployment::at(&Endpoints::one_origin(base).unwrap(), DEPLOYMENT, origin).unwrap()
}

fn client(roots: ExtraRoots) -> WebMessaging {
    let transport = ReqwestTransport::trusting(roots.clone());
    WebMessaging::new(Arc::new(TungsteniteDialer::new(roots)), Arc::new(transport), Arc::new(WallClock))
}

fn org() -> Simulator {
    Simulator::new(&Options { guests: 1, ..Options::default() }).unwrap()
}

#[tokio::test]
async fn over_tcp_a_guest_chats_and_each_refusal_has_its_reason() {
    let here = org();
    let port = port(move |stream| here.serve_stream(stream)).await;
    let base = format!("http://127.0.0.1:{port}");
    let (chat, mut events) = client(ExtraRoots::default()).open(&at(&base, None), quick());
    chat.say(id(1), "Hello").unwrap();
    told_until(&mut events, "delivered m1").await;
    let unknown = Deployment::at(&Endpoints::one_origin(&base).unwrap(), "unknown", None).unwrap();
    let (_chat, mut events) = client(ExtraRoots::default()).open(&unknown, quick());
    assert_eq!(
        told(&mut events).await.unwrap(),
        format!(
            "failed: 127.0.0.1:{port} refused the connection (403): {}",
            RefusedBecause::DeploymentOrOrigin
        )
    );
    let config = client(ExtraRoots::default()).config(&unknown).await;
    assert!(matches!(config, Err(WebMessagingError::BadDeployment(why)) if why.contains("unknown")));
    // Nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nobody = at(&format!("http://127.0.0.1:{free}"), None);
    let (_chat, mut events) = client(ExtraRoots::default()).open(&nobody, quick());
    let refused = told(&mut events).await.unwrap();
    assert!(refused.contains("cannot be reached: no connection (Connection refused)"), "{refused}");
    assert!(matches!(
        client(ExtraRoots::default()).config(&nobody).await,
        Err(WebMessagingError::Unreachable { .. })
    ));
}

#[tokio::test]
async fn over_tls_a_certificate_is_trusted_when_its_root_was_named_and_refused_otherwise() {
    let names = ["localhost", "127.0.0.1", "webmessaging.localhost"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let here = org();
    let port = port(move |stream| {
        let (acceptor, here) = (acceptor.clone(), here.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                here.serve_stream(stream);
            }
        });
    })
    .await;
    let base = format!("https://localhost:{port}");
    let (_chat, mut events) = client(ExtraRoots::default()).open(&at(&base, None), quick());
    let refused = told(&mut events).await.unwrap();
    assert!(
        refused.starts_with(&format!("failed: the certificate of localhost:{port} is not trusted")),
        "{refused}"
    );
    let config = client(ExtraRoots::default()).config(&at(&base, None)).await;
    assert!(matches!(config, Err(WebMessagingError::NotTrusted { .. })), "{config:?}");
    let roots = ExtraRoots::parse(made.cert.pem().as_bytes()).unwrap();
    // A name below localhost is this computer too, without a word of the system's own list of names.
    for base in [base, format!("https://webmessaging.localhost:{port}")] {
        let (chat, mut events) =
            client(roots.clone()).open(&at(&base, Some("https://shop.example")), quick());
        chat.say(id(1), "Hello").unwrap();
        told_until(&mut events, "delivered m1").await;
        assert!(client(roots.clone()).config(&at(&base, None)).await.is_ok());
    }
}

#[tokio::test]
async fn what_is_no_socket_is_told_as_such() {
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "refused the connection (200): no WebSocket is served",
        ),
        ("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", "(404): no WebSocket is served"),
        (
            "HTTP/1.1 401 Who\r\ncontent-length: 0\r\n\r\n",
            "(401): whatever answers there, such as a proxy, wants",
        ),
        ("HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n", "(429): too many connections"),
        ("HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n", "(503): the org has trouble"),
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n", "does not speak WebSocket"),
        ("", "cannot be reached"),
    ] {
        let port = port(move |mut stream| {
            tokio::spawn(async move {
                let _ = tokio::time::timeout(Duration::from_millis(50), stream.readable()).await;
                let mut asked = [0; 1_024];
                let _ = stream.try_read(&mut asked);
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        })
        .await;
        let (_chat, mut events) =
            client(ExtraRoots::default()).open(&at(&format!("http://127.0.0.1:{port}"), None), quick());
        let failed = told(&mut events).await.unwrap();
        assert!(failed.contains(expected), "{failed}, not {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_over_a_mebibyte_ends_the_connection_with_the_reason() {
    use futures_util::StreamExt;
    let (near, far) = tokio::io::duplex(64 * 1024);
    let near = std::sync::Mutex::new(Some(near));
    let dialer = TungsteniteDialer::over(move |_| {
        let near = near.lock().unwrap().take().unwrap();
        std::future::ready(Ok(Box::new(near) as Box<dyn genesys::webmessaging::ByteStream>))
    });
    tokio::spawn(async move {
        let router = axum::Router::new().route(
            "/v1",
            axum::routing::get(|upgrade: axum::extract::ws::WebSocketUpgrade| async {
                upgrade.on_upgrade(|mut socket| async move {
                    for size in [1 << 20, (1 << 20) + 1] {
                        let text = "x".repeat(size);
                        let _ = socket.send(axum::extract::ws::Message::Text(text.into())).await;
                    }
                    std::future::pending::<()>().await;
                })
            }),
        );
        let service = hyper_util::service::TowerToHyperService::new(router);
        let _ = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new())
            .serve_connection_with_upgrades(hyper_util::rt::TokioIo::new(far), service)
            .await;
    });
    let mut socket = dialer.dial(&"ws://127.0.0.1/v1".parse().unwrap(), None).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(SocketFrame::Text(text))) if text.len() == 1 << 20));
    let told = socket.next().await.unwrap().unwrap_err().to_string();
    assert_eq!(
        told,
        "the connection was lost: the org sent a message of 1048577 bytes, and none is longer than 1 MiB"
    );
}
