//! Bodies, paths and headers that an attacker tries: each gets a clear refusal or is kept as plain text.

use serde_json::json;

use crate::{
    client::raw,
    setting::{Page, Setting},
};

const INITIATE: &str = "/api/chat/initiate";
const VALIDATE: &str = "/api/chat/validate";
const MESSAGE: &str = "/api/chat/message";

/// What is no JSON, or not an object, on any route.
const NO_OBJECT: &[&str] = &[
    "",
    " ",
    "\0",
    "{",
    "}",
    "[]",
    "[[]]",
    "[\"a\",\"b@c\"]",
    "[\"a\",\"b\",null]",
    "[\"a\",1]",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "\"text\"",
    "{]",
    "{\"a\"}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1,}",
    "{}{}",
    "{} x",
    "/* */{}",
    "NaN",
    "undefined",
    "\u{feff}{}",
    "<a>1</a>",
    "a=1&b=2",
    "--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
];

/// What stands where a text is asked for.
const NO_TEXT: &[&str] = &[
    "0",
    "-1.5",
    "true",
    "[]",
    "{}",
    "[\"a\"]",
    "{\"$ne\":\"\"}",
    "{\"toString\":1}",
    "1e400",
    "\"\\ud800\"",
    "\"\\x\"",
    "\"a\nb\"",
];

/// Texts that people, terminals, databases and browsers stumble over. A message keeps each as it is.
const TEXTS: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "' OR '1'='1' --",
    "\"; DROP TABLE guests; --",
    "$(reboot) `reboot` ; reboot | reboot",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%00%0d%0aSet-Cookie: a=b",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "\u{0}\u{1}\u{7}\u{8}\u{1b}[31m\u{7f}",
    "\u{202e}gnp.exe\u{2066}",
    "\u{feff}\u{200b}\u{2028}\u{2029}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{1F469}\u{200d}\u{1F469}\u{200d}\u{1F467}",
    "Zażółć gęślą jaźń 你好 مرحبا",
    "\\u0000 \\ud800 \\",
    "__proto__",
    "null",
    " ",
    "\t",
    "a AND guest.id=\"x\"",
];

async fn refused(setting: &Setting, method: &str, path: &str, page: &Page, body: &[u8], status: u16) {
    let answer = setting.send(method, path, &[("Cookie", &page.cookie())], body).await;
    let what = String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned();
    assert_eq!(answer.status, status, "{method} {path} {what:?}: {answer:?}");
    assert_eq!(answer.code(), "invalid_input", "{what:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn what_is_no_object_of_the_right_types_is_refused_on_every_route() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let before = setting.asked();
    let attributes = format!("/api/guests/{}/attributes", page.guest);
    let routes = [("POST", INITIATE), ("POST", VALIDATE), ("POST", MESSAGE), ("PUT", attributes.as_str())];
    let deep = format!("{{\"a\":{}", "[".repeat(60_000));
    let balanced = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let mut tried = 0;
    for (method, path) in routes {
        for body in NO_OBJECT.iter().copied().chain([deep.as_str(), balanced.as_str()]) {
            refused(&setting, method, path, &page, body.as_bytes(), 400).await;
            tried += 1;
        }
        for bytes in [
            &b"\xff\xfe"[..],
            b"{\"name\":\"\xff\",\"guestId\":\"\xff\",\"text\":\"\xff\",\"interactionType\":\"\xff\"}",
            &[0x1f, 0x8b, 8, 0],
        ] {
            refused(&setting, method, path, &page, bytes, 400).await;
            tried += 1;
        }
    }
    for wrong in NO_TEXT {
        for (method, path, body) in [
            ("POST", INITIATE, format!("{{\"name\":{wrong}}}")),
            ("POST", INITIATE, format!("{{\"email\":{wrong}}}")),
            ("POST", VALIDATE, format!("{{\"guestId\":{wrong}}}")),
            ("POST", VALIDATE, format!("{{\"guestId\":\"x\",\"sessionToken\":{wrong}}}")),
            ("POST", MESSAGE, format!("{{\"conversationId\":{wrong},\"text\":\"hi\"}}")),
            ("POST", MESSAGE, format!("{{\"conversationId\":\"{}\",\"text\":{wrong}}}", page.conversation)),
            (
                "POST",
                MESSAGE,
                format!("{{\"conversationId\":\"{}\",\"text\":\"a\",\"id\":{wrong}}}", page.conversation),
            ),
            ("PUT", &attributes, format!("{{\"interactionType\":{wrong}}}")),
        ] {
            refused(&setting, method, path, &page, body.as_bytes(), 400).await;
            tried += 1;
        }
    }
    for body in [
        r#"{"increment":-1}"#,
        r#"{"increment":1.5}"#,
        r#"{"increment":"1"}"#,
        r#"{"increment":null}"#,
        r#"{"increment":true}"#,
        r#"{"increment":[1]}"#,
        r#"{"increment":{}}"#,
        r#"{"increment":1e3}"#,
        r#"{"increment":1000001}"#,
        r#"{"increment":4294967296}"#,
        r#"{"increment":99999999999999999999}"#,
        r#"{"increment":-0.0}"#,
        r#"{"increment":1,"increment":2}"#,
        r#"{"interactionType":""}"#,
        r#"{"interactionType":"a\u0000b"}"#,
    ] {
        refused(&setting, "PUT", &attributes, &page, body.as_bytes(), 400).await;
        tried += 1;
    }
    for body in [
        json!({ "name": "" }),
        json!({ "name": "x".repeat(201) }),
        json!({ "name": "a\u{0}b" }),
        json!({ "name": "a\nb" }),
        json!({ "email": "" }),
        json!({ "email": "no-at" }),
        json!({ "email": "a b@c" }),
        json!({ "email": "@" }),
        json!({ "email": format!("{}@x.org", "x".repeat(300)) }),
    ] {
        refused(&setting, "POST", INITIATE, &page, body.to_string().as_bytes(), 400).await;
        tried += 1;
    }
    for text in [String::new(), "x".repeat(4_097), "é".repeat(2_049), "\u{1F469}".repeat(1_025)] {
        let body = json!({ "conversationId": page.conversation, "text": text }).to_string();
        refused(&setting, "POST", MESSAGE, &page, body.as_bytes(), 400).await;
        tried += 1;
    }
    assert!(tried > 240, "{tried}");
    assert_eq!(
        (setting.asked(), setting.app.status().outbox.waiting),
        (before, 0),
        "nothing was asked, nothing kept"
    );
    assert_eq!(setting.say(&page, "still here").await.status, 202);
}

#[tokio::test]
async fn any_text_travels_as_text_and_any_name_stays_a_name() {
    let setting = Setting::open().await;
    let page = setting.chat("Ada").await;
    let longest = ["x".repeat(4_096), "é".repeat(2_048)];
    let texts: Vec<&str> = TEXTS.iter().copied().chain(longest.iter().map(String::as_str)).collect();
    for text in &texts {
        assert_eq!(setting.say(&page, text).await.status, 202, "{text:?}");
    }
    let drained =
        setting.app.outbox_drain(std::time::Duration::from_secs(60), std::future::pending(), |_| {});
    assert_eq!(drained.await.unwrap().delivered, texts.len() as u64);
    assert_eq!(setting.arrived(), texts);
    for name in TEXTS.iter().filter(|text| !text.chars().any(char::is_control)) {
        let started = setting.post(INITIATE, None, json!({ "name": name })).await;
        assert_eq!(started.status, 201, "{name:?}: {started:?}");
        assert!(!started.body.contains(name) || name.trim().is_empty(), "no answer repeats it: {started:?}");
        let counted = setting.count(&page, json!({ "interactionType": name, "increment": 1 })).await;
        assert_eq!(counted.json()["updatedAttributes"]["lastInteractionType"], *name);
    }
    let unknown =
        json!({ "name": "Ada", "__proto__": { "admin": true }, "guestId": page.guest, "active": false });
    assert_eq!(
        setting.post(INITIATE, None, unknown).await.status,
        201,
        "fields nobody asked for are nothing"
    );
}

#[tokio::test]
async fn heads_that_are_none_are_refused_without_a_word_to_the_routes() {
    let setting = Setting::open().await;
    let address = setting.gateway.address();
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let long = "x".repeat(100_000);
    for (bytes, statuses) in [
        ("GARBAGE\r\n\r\n".to_owned(), &[400_u16][..]),
        ("GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n".into(), &[400]),
        (format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"), &[431]),
        (format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"), &[414, 431]),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n".into(), &[400]),
        ("POST /api/chat/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".into(), &[400]),
        ("POST /api/chat/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".into(), &[400]),
        ("POST /api/chat/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".into(), &[400]),
        ("POST /api/chat/message HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n".into(), &[400]),
    ] {
        let answer = raw(address, bytes.as_bytes()).await;
        assert!(statuses.contains(&answer.status), "{:?}: {answer:?}", &bytes[..bytes.len().min(80)]);
    }
    let page = setting.chat("Ada").await;
    for cookie in [
        "",
        "=",
        ";",
        "gcSessionToken",
        "gcSessionToken=%",
        "gcSessionToken=%00",
        "gcSessionToken=\"",
        "a=\u{7f}",
    ] {
        let body = json!({ "conversationId": page.conversation, "text": "hi" }).to_string();
        let answer = setting.send("POST", MESSAGE, &[("Cookie", cookie)], body.as_bytes()).await;
        assert!([400, 401].contains(&answer.status), "{cookie:?}: {answer:?}");
    }
    assert_eq!(setting.send("GET", "/health", &[], b"").await.status, 200);
}
