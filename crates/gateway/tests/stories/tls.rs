//! The door with a certificate.

use std::sync::Arc;

use gateway::{Gateway, Options, TlsFiles};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName},
};

use crate::{
    client::{over, request},
    setting::Setting,
};

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let setting = Setting::open().await;
    let file = |name: &str, text: String| {
        let path = setting.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = TlsFiles {
        cert: file("cert.pem", made.cert.pem()),
        key: file("key.pem", made.signing_key.serialize_pem()),
    };
    let options = Options { tls: Some(files.clone()), ..Options::default() };
    let gateway = Gateway::start(setting.app.clone(), options).await.unwrap();
    assert!(gateway.url().starts_with("https://127.0.0.1:"), "{}", gateway.url());

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(gateway.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let own = format!("https://localhost:{}", gateway.address().port());
    let host = own.strip_prefix("https://").unwrap();
    let body = json!({ "name": "Ada" }).to_string();
    let bytes = request("POST", "/api/chat/initiate", host, &[("Origin", &own)], body.as_bytes());
    let started = over(stream, &bytes).await;
    assert_eq!(started.status, 201, "{started:?}");
    assert!(started.header("set-cookie").unwrap().contains("; Secure;"));

    let mut plain = TcpStream::connect(gateway.address()).await.unwrap();
    plain.write_all(&bytes).await.unwrap();
    let mut heard = Vec::new();
    // A reset is as good as an alert that no HTTP client reads.
    drop(plain.read_to_end(&mut heard).await);
    assert!(!heard.starts_with(b"HTTP/"), "in clear there is no answer");

    let wrong = |cert: &str, key: &str| TlsFiles { cert: file("c", cert.into()), key: file("k", key.into()) };
    for bad in [
        wrong("", ""),
        wrong("no pem", "no pem"),
        TlsFiles { cert: files.cert.clone(), key: "/nowhere/key.pem".into() },
        TlsFiles { cert: "/nowhere/cert.pem".into(), key: files.key.clone() },
        TlsFiles { cert: files.key.clone(), key: files.cert.clone() },
    ] {
        let options = Options { tls: Some(bad), ..Options::default() };
        let failure = Gateway::start(setting.app.clone(), options).await.err().unwrap();
        assert_eq!(failure.code.exit_code(), 2);
        assert!(failure.fields[0].field.starts_with("tls-"), "{failure:?}");
    }
}
