//! Who may knock: origins, hosts, methods, paths, and bodies of what size.

use gateway::{Gateway, Options};
use serde_json::json;

use crate::{
    client::{raw, request},
    setting::{Plan, Setting},
};

const PAGE: &str = "http://localhost:5173";
const MESSAGE: &str = "/api/chat/message";

async fn open_to_a_page() -> Setting {
    let options = Options { allowed_origins: vec![PAGE.parse().unwrap()], ..Options::default() };
    Setting::with(Plan { options, ..Plan::default() }).await
}

#[tokio::test]
async fn a_foreign_page_is_refused_everywhere_and_does_nothing() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let asked = setting.asked();
    let body = json!({ "conversationId": page.conversation, "text": "forged" }).to_string();
    for origin in ["http://evil.test", "null", PAGE, "https://127.0.0.1", "", "file://"] {
        for (method, path) in [
            ("POST", MESSAGE),
            ("POST", "/api/chat/initiate"),
            ("POST", "/api/chat/validate"),
            ("PUT", "/api/guests/x/attributes"),
            ("GET", "/health"),
            ("GET", "/nowhere"),
        ] {
            let headers = [("Origin", origin), ("Cookie", &page.cookie())];
            let answer = setting.send(method, path, &headers, body.as_bytes()).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "origin_not_allowed"),
                "{origin} {path}"
            );
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
        let preflight = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        assert_eq!(setting.send("OPTIONS", MESSAGE, &preflight, b"").await.status, 403, "{origin}");
    }
    let twice = [("Origin", "http://evil.test"), ("Origin", &format!("http://{}", setting.host()) as &str)];
    assert_eq!(setting.send("GET", "/health", &twice, b"").await.status, 403);
    assert_eq!((setting.app.status().outbox.waiting, setting.asked()), (0, asked));
}

#[tokio::test]
async fn the_doors_own_page_and_a_client_without_one_may_call() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let own = format!("http://{}", setting.host());
    let body = json!({ "conversationId": page.conversation, "text": "hi" }).to_string();
    let headers = [("Origin", own.as_str()), ("Cookie", &page.cookie())];
    assert_eq!(setting.send("POST", MESSAGE, &headers, body.as_bytes()).await.status, 202);
    assert_eq!(setting.say(&page, "no page at all").await.status, 202);
}

#[tokio::test]
async fn a_page_that_was_let_in_is_answered_with_credentials_and_told_to_no_other() {
    let setting = open_to_a_page().await;
    let asks = [
        ("Origin", PAGE),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let preflight = setting.send("OPTIONS", "/api/guests/x/attributes", &asks, b"").await;
    assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
    let says = |name: &str| preflight.header(name).unwrap_or_default().to_owned();
    assert_eq!(says("access-control-allow-origin"), PAGE);
    assert_eq!(says("access-control-allow-credentials"), "true");
    assert!(says("access-control-allow-methods").contains("PUT"));
    assert!(says("access-control-allow-headers").eq_ignore_ascii_case("content-type"));
    assert_eq!(says("vary"), "Origin");
    assert_eq!(preflight.header("allow"), None, "that is for an answer 405");

    let page = setting.chat("Ada").await;
    let (cookie, origin) = (page.cookie(), ("Origin", PAGE));
    let body = json!({ "conversationId": page.conversation, "text": "hi" }).to_string();
    for (cookie, status) in [(cookie.as_str(), 202), ("gcSessionToken=guessed", 401)] {
        let said = setting.send("POST", MESSAGE, &[origin, ("Cookie", cookie)], body.as_bytes()).await;
        assert_eq!(said.status, status);
        assert_eq!(said.header("access-control-allow-origin"), Some(PAGE), "refusals can be read, too");
        assert_eq!(said.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(said.header("vary"), Some("Origin"));
    }
    for foreign in ["http://localhost:5174", "https://localhost:5173", "http://evil.test"] {
        let answer = setting.send("GET", "/health", &[("Origin", foreign)], b"").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None));
        assert_eq!(answer.header("vary"), Some("Origin"), "caches keep answers to pages apart");
        let other_method = setting.send("DELETE", MESSAGE, &[("Origin", foreign)], b"").await;
        let told = (other_method.status, other_method.header("allow"));
        assert_eq!(told, (403, None), "who is refused learns no methods");
    }
    assert_eq!(setting.send("GET", "/health", &[], b"").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_refused() {
    let setting = Setting::open().await;
    let port = setting.gateway.address().port();
    for host in
        ["evil.test".to_owned(), format!("evil.test:{port}"), "10.0.0.1".into(), "[::2]".into(), "a b".into()]
    {
        // A rebound page is of its own origin: only the host betrays it.
        let origin = format!("http://{host}");
        let answer = setting.send("GET", "/health", &[("Host", &host), ("Origin", &origin)], b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "host_not_allowed"), "{host}");
    }
    for host in ["localhost", "127.0.0.1", "[::1]:9", "app.localhost:80"] {
        assert_eq!(setting.send("GET", "/health", &[("Host", host)], b"").await.status, 200, "{host}");
    }
    let address = setting.gateway.address();
    for bad in [
        "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\nConnection: close\r\n\r\n".into(),
        "GET http://evil.test/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".into(),
    ] {
        let answer = raw(address, bad.as_bytes()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_host"), "{bad}");
    }
}

#[tokio::test]
async fn on_a_loopback_address_no_switch_lets_a_rebound_name_in() {
    let setting = Setting::open().await;
    for allow_remote in [false, true] {
        for listen in ["127.0.0.1:0", "[::1]:0"] {
            let options = Options { listen: listen.parse().unwrap(), allow_remote, ..Options::default() };
            // A machine may be without IPv6.
            let Ok(gateway) = Gateway::start(setting.app.clone(), options).await else {
                assert_ne!(listen, "127.0.0.1:0");
                continue;
            };
            for (host, status) in
                [("evil.test", 403), ("10.0.0.1:3000", 403), ("localhost", 200), ("[::1]:9", 200)]
            {
                let answer = raw(gateway.address(), &request("GET", "/health", host, &[], b"")).await;
                assert_eq!(answer.status, status, "{listen} {host} {allow_remote}");
            }
            gateway.stop().await;
        }
    }
}

#[tokio::test]
async fn other_methods_are_405_and_other_paths_404() {
    let setting = Setting::open().await;
    for (path, good) in [
        ("/api/chat/initiate", "POST"),
        ("/api/chat/validate", "POST"),
        (MESSAGE, "POST"),
        ("/api/guests/x/attributes", "PUT"),
        ("/health", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            if good.split(", ").any(|g| g == method) {
                continue;
            }
            let answer = setting.send(method, path, &[], b"{}").await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (405, "method_not_allowed"),
                "{method} {path}"
            );
            assert_eq!(answer.header("allow"), Some(good), "{method} {path}");
        }
    }
    for path in
        ["/", "/api", "/api/chat", "/api/chat/message/", "/api/chat//message", "/..", "/API/chat/message"]
    {
        let answer = setting.send("POST", path, &[], b"{}").await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_body_of_64_kib_is_read_and_a_byte_more_is_413_however_it_comes() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let padded = |bytes: usize| {
        let body = json!({ "conversationId": page.conversation, "text": "hi", "pad": "" }).to_string();
        body.replace(r#""pad":"""#, &format!(r#""pad":"{}""#, "x".repeat(bytes - body.len())))
    };
    let cookie = page.cookie();
    let send =
        async |body: &str| setting.send("POST", MESSAGE, &[("Cookie", &cookie)], body.as_bytes()).await;
    assert_eq!(padded(65_536).len(), 65_536);
    assert_eq!(send(&padded(65_536)).await.status, 202);
    for bytes in [65_537, 70_000, 1 << 20, 10 << 20] {
        let answer = send(&padded(bytes)).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"), "{bytes}");
    }
    let head = format!("POST {MESSAGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..80 {
        chunked.extend_from_slice(format!("400\r\n{}\r\n", "x".repeat(1_024)).as_bytes());
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(raw(setting.gateway.address(), &chunked).await.status, 413);
    // A body that is announced as huge is not waited for.
    let huge = format!("{head}Content-Length: 99999999999\r\n\r\n");
    assert_eq!(raw(setting.gateway.address(), huge.as_bytes()).await.status, 413);
    assert_eq!(setting.app.status().outbox.waiting, 1);
}
