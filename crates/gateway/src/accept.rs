//! What happens to a connection before its first request: its place among all, TLS, and the bound on slow readers.

use std::{io, pin::Pin, sync::Arc, time::Duration};

use axum::{Extension, middleware::AddExtension};
use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use tokio::{
    io::AsyncWrite,
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_io_timeout::TimeoutWriter;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;
use tower_layer::Layer;

use crate::Limits;

/// The answer to a connection beyond the bound. Over TLS none is sent: there is no session yet.
const NO_ROOM: &str = concat!(
    r#"{"error":{"code":"busy","message":"Too many connections are open at once.","#,
    r#""next":"Close some, then try again.","correlationId":null,"fields":[]}}"#,
);

fn no_room() -> String {
    let length = NO_ROOM.len();
    let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1";
    format!("{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{NO_ROOM}")
}

/// Lets connections in, at most [`Limits::connections`] at once.
#[derive(Clone)]
pub(crate) struct Acceptor {
    limits: Limits,
    places: Arc<Semaphore>,
    tls: Option<TlsAcceptor>,
}

impl Acceptor {
    pub(crate) fn new(limits: Limits, tls: Option<TlsAcceptor>) -> Self {
        Self { limits, places: Arc::new(Semaphore::new(limits.connections)), tls }
    }
}

type Stream = Pin<Box<TimeoutWriter<Either<TlsStream<TcpStream>, TcpStream>>>>;

impl<S: Send + 'static> Accept<TcpStream, S> for Acceptor {
    type Stream = Stream;
    /// The connection's service holds its place, which is given away when both are dropped.
    type Service = AddExtension<S, Arc<OwnedSemaphorePermit>>;
    type Future = BoxFuture<'static, io::Result<(Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Self { limits, places, tls } = self.clone();
        Box::pin(async move {
            let Ok(place) = places.try_acquire_owned() else {
                if tls.is_none() {
                    // The buffer of a new connection has room for it; where it has none, the connection ends unanswered.
                    drop(stream.try_write(no_room().as_bytes()));
                }
                return Err(io::Error::other("too many connections are open"));
            };
            // Small answers leave at once. A socket that refuses the option still works.
            drop(stream.set_nodelay(true));
            let stream = match tls {
                None => Either::Right(stream),
                // A client that does not complete the handshake in time is let go.
                Some(tls) => Either::Left(timeout(limits.head, tls.accept(stream)).await??),
            };
            Ok((bounded(stream, limits.write), Extension(Arc::new(place)).layer(service)))
        })
    }
}

/// Ends a connection that takes nothing of its answer for this long: it would keep its place for ever.
fn bounded<S: AsyncWrite>(stream: S, limit: Duration) -> Pin<Box<TimeoutWriter<S>>> {
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(limit));
    Box::pin(stream)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_loses_the_connection_and_whoever_is_slow_does_not() {
        let (ours, mut theirs) = duplex(8);
        let mut line = bounded(ours, Duration::from_secs(30));
        let slow = async {
            let mut bytes = [0; 8];
            for _ in 0..4 {
                tokio::time::advance(Duration::from_secs(20)).await;
                theirs.read_exact(&mut bytes).await.unwrap();
            }
        };
        tokio::join!(async { line.write_all(&[7; 32]).await.unwrap() }, slow);
        let dead = line.write_all(&[7; 32]).await.unwrap_err();
        assert_eq!(dead.kind(), io::ErrorKind::TimedOut);
    }
}
