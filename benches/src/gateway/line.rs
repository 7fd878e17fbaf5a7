//! A connection that is kept, and one exchange on it after the other: as little work as a client can have.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Line {
    stream: TcpStream,
    host: SocketAddr,
    read: Vec<u8>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Line {
    pub async fn connect(host: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(host).await.map_err(|e| format!("{host}: {e}"))?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        Ok(Self { stream, host, read: Vec::new() })
    }

    pub async fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<Answer, String> {
        let failed = |e: std::io::Error| format!("{method} {path}: {e}");
        let (host, length) = (self.host, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n");
        let mut again = false;
        let whole_request = format!("{head}{body}");
        self.stream.write_all(whole_request.as_bytes()).await.map_err(failed)?;
        self.read.clear();
        loop {
            if let Some(answer) = whole(&self.read) {
                return Ok(answer);
            }
            if self.stream.read_buf(&mut self.read).await.map_err(failed)? == 0 {
                // A connection that was idle while the other was measured is let go; every client then opens another.
                if self.read.is_empty() && !again {
                    again = true;
                    *self = Self::connect(host).await?;
                    self.stream.write_all(whole_request.as_bytes()).await.map_err(failed)?;
                    continue;
                }
                return Err(format!("{method} {path}: the connection was closed"));
            }
        }
    }
}

/// The answer, once all of it is there.
fn whole(bytes: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length: usize = head.lines().find_map(|l| {
        let (name, value) = l.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    })?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    (body.len() >= length).then(|| Answer { status, head: head.to_owned(), body: body.to_owned() })
}
