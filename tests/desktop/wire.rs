//! What stands on the wire between the console and the org: a relay that keeps all of it, and one that counts who comes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Hands everything on to an org, and remembers it.
pub struct Relay {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    /// In front of `http://HOST:PORT`.
    pub async fn before(org: &str) -> Relay {
        let behind = org.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound listener has an address");
        let seen = Arc::<Mutex<Vec<u8>>>::default();
        let keep = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&behind).await else { continue };
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                tokio::spawn(pass(near_read, far_write, Arc::clone(&keep)));
                tokio::spawn(pass(far_read, near_write, Arc::clone(&keep)));
            }
        });
        Relay { address, seen }
    }

    /// One origin for login and API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that passed, in both directions.
    pub fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// The values of a field with text in the answers, once each.
    pub fn values_of(&self, field: &str) -> Vec<String> {
        let start = format!("\"{field}\":\"");
        let seen = self.seen();
        let mut values: Vec<String> =
            seen.split(&start).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect();
        values.sort();
        values.dedup();
        values
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, keep: Arc<Mutex<Vec<u8>>>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        keep.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&bytes[..n]);
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
}

/// A host that nobody may come to.
pub struct Stranger {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Stranger {
    pub async fn open() -> Stranger {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound listener has an address");
        let visits = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&visits);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let page = "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\nhi";
                drop(stream.write_all(page.as_bytes()).await);
            }
        });
        Stranger { address, visits }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    /// Shows that a visit is noticed.
    pub async fn visit(&self) {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        drop(stream.read(&mut [0; 16]).await);
    }
}

/// Posts JSON to the control port of an org, and gives the status.
pub async fn post(control: SocketAddr, path: &str, body: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(control).await?;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {control}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("no status"))
}
