//! A plain HTTP client that sends what it is told and nothing else.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The code of the error object, whose other parts are all there.
    pub fn code(&self) -> String {
        let error = self.json()["error"].clone();
        for part in ["message", "next", "correlationId"] {
            assert!(error[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {self:?}");
        }
        error["code"].as_str().unwrap().to_owned()
    }
}

/// One request as text, closed after its answer.
pub fn request(method: &str, path: &str, host: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {host}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// Sends bytes and reads to the end.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Answer {
    over(TcpStream::connect(address).await.unwrap(), bytes).await
}

/// The same over any stream.
pub async fn over(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> Answer {
    stream.write_all(bytes).await.unwrap();
    read(stream).await
}

/// Reads an answer to the end of the connection.
pub async fn read(mut stream: impl AsyncRead + Unpin) -> Answer {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
