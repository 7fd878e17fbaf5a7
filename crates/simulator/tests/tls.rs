//! The org over TLS: who trusts it, whom it waits for, and what is left of it.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{net::SocketAddr, path::Path, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use simulator::{Error, Options, Running, Tls, TlsFiles, Weather, start};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::{client_async, tungstenite::Message};

async fn org(tls: Tls, weather: Weather) -> Running {
    start(Options { guests: 3, tls: Some(tls), weather, ..Options::default() }).await.unwrap()
}

async fn plain_org() -> Running {
    org(Tls::default(), Weather::default()).await
}

/// A client that trusts the certificates of this file and no others.
fn trusting(ca: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(ca).unwrap() {
        roots.add(root.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn connect(ca: &Path, address: SocketAddr, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    trusting(ca).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

/// The whole answer to one request under a name.
async fn ask(ca: &Path, address: SocketAddr, name: &str) -> std::io::Result<String> {
    let mut stream = connect(ca, address, name).await?;
    let host = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    let head = format!(
        "GET /api/v2/guests HTTP/1.1\r\nhost: {host}:{}\r\nconnection: close\r\n\r\n",
        address.port()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn whoever_has_the_file_of_the_ca_is_answered_under_every_name_and_nobody_else_is() {
    let tls = Tls { names: vec!["guest.example".into()], files: None };
    let org = org(tls, Weather::default()).await;
    let (ca, address) = (org.ca().unwrap().to_owned(), org.api);
    assert_eq!(org.api_url(), format!("https://{address}"));
    for name in ["localhost", "webmessaging.localhost", "127.0.0.1", "::1", "guest.example"] {
        let answer = ask(&ca, address, name).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(answer.starts_with("HTTP/1.1 401 "), "{name}: {answer}");
    }
    assert!(ask(&ca, address, "other.example").await.is_err(), "a name that it has no certificate for");
    let stranger = plain_org().await;
    assert!(ask(stranger.ca().unwrap(), address, "localhost").await.is_err(), "the CA of another start");
    let mut clear = TcpStream::connect(address).await.unwrap();
    clear.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut heard = Vec::new();
    // A reset is as good as an alert that no HTTP client reads.
    drop(clear.read_to_end(&mut heard).await);
    assert!(!heard.starts_with(b"HTTP/"), "in clear there is no answer");
    let folder = ca.parent().unwrap().to_owned();
    drop(org);
    assert!(!folder.exists(), "the file of the CA is gone with the org");
}

#[tokio::test]
async fn clients_that_say_nothing_hold_up_nobody() {
    let org = plain_org().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(org.api).await.unwrap());
    }
    let answer = ask(org.ca().unwrap(), org.api, "localhost").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    drop(silent);
}

#[tokio::test]
async fn the_guest_socket_is_served_over_tls_too() {
    let org = plain_org().await;
    let stream = connect(org.ca().unwrap(), org.api, "webmessaging.localhost").await.unwrap();
    let deployment = "00000000-0000-4000-8000-000000000001";
    let address = format!("wss://webmessaging.localhost:{}/v1?deploymentId={deployment}", org.api.port());
    let (mut socket, answer) = client_async(address, stream).await.unwrap();
    assert_eq!(answer.status(), 101);
    let token = "6b2f8a10-3c55-4b8e-9d5e-2f1d7c7c0a01";
    let frame = format!(r#"{{"action":"configureSession","deploymentId":"{deployment}","token":"{token}"}}"#);
    socket.send(Message::text(frame)).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(answer.contains("SessionResponse"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_the_weather_cuts_ends_without_an_orderly_end_of_tls() {
    let weather = r#"{"rules":[{"when":{"method":"GET","path":"/api/v2/guests"},"do":"reset-before"}]}"#;
    let org = org(Tls::default(), weather.parse().unwrap()).await;
    let cut = ask(org.ca().unwrap(), org.api, "localhost").await;
    assert!(cut.is_err(), "{cut:?}");
}

/// An address of this machine that is not loopback, where it has one.
fn address_on_a_network() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system only chooses the address that it would send from.
    socket.connect("192.0.2.1:9").ok()?;
    socket
        .local_addr()
        .ok()
        .map(|address| address.ip())
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// The first line of the answer to an upgrade in clear.
async fn upgrade(to: SocketAddr) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let deployment = "00000000-0000-4000-8000-000000000001";
    let head = format!(
        "GET /v1?deploymentId={deployment} HTTP/1.1\r\nhost: {to}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    String::from_utf8_lossy(&first).into_owned()
}

#[tokio::test]
async fn in_clear_the_guest_socket_is_served_on_loopback_only() {
    let everywhere = Options { guests: 3, listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let org = start(everywhere).await.unwrap();
    let port = org.api.port();
    assert_eq!(upgrade(SocketAddr::from(([127, 0, 0, 1], port))).await, "HTTP/1.1 101");
    if let Some(address) = address_on_a_network() {
        assert_eq!(upgrade(SocketAddr::new(address, port)).await, "HTTP/1.1 403");
    }
}

#[tokio::test]
async fn ones_own_certificate_is_served_and_one_that_cannot_be_is_refused_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["guest.example".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["guest.example".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let cert = file("cert.pem", made.cert.pem());
    let key = file("key.pem", made.signing_key.serialize_pem());
    let own = |cert: &Path, key: &Path| Tls {
        names: vec!["guest.example".into()],
        files: Some(TlsFiles { cert: cert.to_owned(), key: key.to_owned() }),
    };
    let org = org(own(&cert, &key), Weather::default()).await;
    assert!(org.ca().is_none());
    let answer = ask(&cert, org.api, "guest.example").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");

    let (empty, missing) = (file("empty.pem", String::new()), folder.path().join("missing.pem"));
    let stranger = file("other.pem", other.signing_key.serialize_pem());
    for (cert, key, kind) in [
        (&missing, &key, "cert"),
        (&empty, &key, "cert"),
        (&key, &key, "cert"),
        (&cert, &missing, "key"),
        (&cert, &cert, "key"),
        (&cert, &stranger, "key"),
    ] {
        let refused = start(Options { guests: 0, tls: Some(own(cert, key)), ..Options::default() }).await;
        let told = match refused.err().unwrap() {
            Error::TlsCert { .. } => "cert",
            Error::TlsKey { .. } => "key",
            other => panic!("{other}"),
        };
        assert_eq!(told, kind, "{} and {}", cert.display(), key.display());
    }
}
