//! The real transport over loopback sockets, in real time: what counts as "surely not sent" and what does not.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use genesys::{BodySent, ReqwestTransport, Sent, Transport, TransportError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A server that reads one request from each connection and then does this with it.
async fn server<F, R>(then: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(TcpStream) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                let mut piece = [0; 1024];
                match stream.read(&mut piece).await {
                    Ok(n) if n > 0 => head.extend_from_slice(&piece[..n]),
                    _ => break,
                }
            }
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(then(stream));
        }
    });
    (address, requests)
}

async fn ask(
    transport: &ReqwestTransport,
    address: SocketAddr,
) -> Result<http::Response<Bytes>, TransportError> {
    let request = http::Request::get(format!("http://{address}/api/v2/guests?filter=secret-of-a-guest"))
        .header("authorization", "Bearer secret-token")
        .body(Bytes::new())
        .unwrap();
    transport.send(request).await
}

async fn ask_once(address: SocketAddr) -> Result<http::Response<Bytes>, TransportError> {
    ask(&ReqwestTransport::new(), address).await
}

#[tokio::test]
async fn a_refused_connection_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(ask_once(address).await.unwrap_err().sent, Sent::NotSent);
}

#[tokio::test]
async fn a_connection_cut_after_the_request_was_read_is_perhaps_and_not_tried_again() {
    let (address, requests) = server(|stream| async move { drop(stream) }).await;
    let error = ask_once(address).await.unwrap_err();
    assert_eq!((error.sent, requests.load(Ordering::SeqCst)), (Sent::Perhaps, 1));
}

#[tokio::test]
async fn an_answer_cut_in_the_middle_is_perhaps() {
    let (address, requests) = server(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\":").await.unwrap();
    })
    .await;
    let error = ask_once(address).await.unwrap_err();
    assert_eq!((error.sent, requests.load(Ordering::SeqCst)), (Sent::Perhaps, 1));
}

#[tokio::test]
async fn something_that_is_not_http_is_perhaps() {
    let (address, _) =
        server(|mut stream| async move { stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await.unwrap() }).await;
    assert_eq!(ask_once(address).await.unwrap_err().sent, Sent::Perhaps);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_the_token_never_follows_it() {
    let (elsewhere, visited) = server(|stream| async move { drop(stream) }).await;
    let (address, _) = server(move |mut stream| async move {
        let head =
            format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
    })
    .await;
    assert_eq!(ask_once(address).await.unwrap().status(), 302);
    assert_eq!(visited.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn two_gigabytes_of_answer_are_cut_off_by_the_limit() {
    let (announced, _) = server(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n[").await;
    })
    .await;
    let (unannounced, _) = server(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await;
        // Ends at 64 MiB, so that a client without a limit fails here and does not take the machine with it.
        for _ in 0..1_024 {
            if stream.write_all(&[b' '; 65_536]).await.is_err() {
                break;
            }
        }
    })
    .await;
    for address in [announced, unannounced] {
        let error = ask_once(address).await.unwrap_err();
        assert!(error.to_string().contains("longer than 16 MiB"), "{error}");
        assert_eq!(error.sent, Sent::Perhaps);
    }
}

/// The most memory this process has had resident so far, in KiB; `None` where the system does not tell.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[tokio::test]
async fn an_answer_without_end_is_left_at_the_limit_and_memory_stays_flat() {
    let written = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&written);
    let (address, _) = server(move |mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n").await;
            // Without end but for a client that reads on: 2 GB, and the test fails.
            while counted.load(Ordering::SeqCst) < 2_000_000_000 {
                if stream.write_all(&[b' '; 65_536]).await.is_err() {
                    break;
                }
                counted.fetch_add(65_536, Ordering::SeqCst);
            }
        }
    })
    .await;
    let transport = ReqwestTransport::new();
    ask(&transport, address).await.unwrap_err();
    let after_one = peak_kib();
    for _ in 0..5 {
        let error = ask(&transport, address).await.unwrap_err();
        assert!(error.to_string().contains("longer than 16 MiB"), "{error}");
    }
    let sent = written.load(Ordering::SeqCst);
    assert!(sent < 6 * 40 * 1024 * 1024, "read {sent} bytes");
    if let (Some(before), Some(after)) = (after_one, peak_kib()) {
        assert!(after - before < 48 * 1024, "grew from {before} to {after} KiB");
    }
}

#[tokio::test]
async fn no_packed_answer_is_asked_for_and_one_that_comes_all_the_same_is_not_unpacked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 8_192];
        let n = stream.read(&mut head).await.unwrap();
        let answer =
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00";
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&head[..n]).to_lowercase()
    });
    let answer = ask_once(address).await.unwrap();
    assert_eq!(answer.body().as_ref(), b"\x1f\x8b\x08\x00");
    let head = asked.await.unwrap();
    assert!(
        !head.contains("accept-encoding") && !head.contains("cookie") && !head.contains("referer"),
        "{head}"
    );
    assert!(head.contains("user-agent: innkeeper/"), "{head}");
}

#[tokio::test]
async fn plain_http_to_anywhere_but_loopback_never_leaves_even_from_the_transport() {
    let request = http::Request::get("http://192.0.2.1/api/v2/guests").body(Bytes::new()).unwrap();
    let error = ReqwestTransport::new().send(request).await.unwrap_err();
    assert_eq!(error.sent, Sent::NotSent);
}

#[tokio::test]
async fn no_error_carries_a_query_or_a_token() {
    let (address, _) = server(|stream| async move { drop(stream) }).await;
    let error = ask_once(address).await.unwrap_err();
    let mut all = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        all = format!("{all} {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!all.contains("secret"), "{all}");
}

#[tokio::test]
async fn connections_are_kept_and_a_whole_answer_arrives() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let router = axum::Router::new().route("/api/v2/guests", axum::routing::get(|| async { "[1,2,3]" }));
    tokio::spawn(async move {
        let counting = axum::serve::ListenerExt::tap_io(listener, move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        axum::serve(counting, router).await.unwrap();
    });
    let transport = ReqwestTransport::new();
    for _ in 0..20 {
        let answer = ask(&transport, address).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, b"[1,2,3]".as_slice()));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_body_whose_way_is_told_leaves_whole_with_its_length_and_tells_no_more_than_left() {
    const LENGTH: usize = 32 * 1024 * 1024;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, mut sent) = BodySent::new();
    let request = http::Request::put(format!("http://{address}/files"))
        .extension(told)
        .body(Bytes::from(vec![7; LENGTH]))
        .unwrap();
    let sending = tokio::spawn(async move { ReqwestTransport::new().send(request).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    // Nothing is read yet: more than the buffers on the way hold cannot have left.
    sent.wait_for(|bytes| *bytes > 0).await.unwrap();
    let (mut head, mut read) = (Vec::new(), 0);
    let mut piece = vec![0; 256 * 1024];
    let mut before = 0;
    while read < LENGTH {
        let n = stream.read(&mut piece).await.unwrap();
        assert!(n > 0, "the connection ended after {read} bytes of the body");
        match head.windows(4).position(|at| at == b"\r\n\r\n") {
            Some(_) => read += n,
            None => {
                head.extend_from_slice(&piece[..n]);
                let end = head.windows(4).position(|at| at == b"\r\n\r\n");
                read = end.map_or(0, |end| head.len() - end - 4);
            }
        }
        let now = *sent.borrow();
        assert!(now >= before && now < LENGTH as u64, "{now} after {before}");
        before = now;
    }
    assert_eq!(read, LENGTH);
    let head = String::from_utf8_lossy(&head[..head.len().min(500)]).to_lowercase();
    assert!(head.contains(&format!("content-length: {LENGTH}\r\n")), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(sending.await.unwrap().unwrap().status(), 200);
}
