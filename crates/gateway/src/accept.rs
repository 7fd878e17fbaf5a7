//! What happens to a connection before its first request: its place among all, TLS, and the bound on slow readers.

use std::{io, sync::Arc};

use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;

use crate::{Limits, write_timeout::WriteTimeout};

/// Told in clear to a connection beyond the bound. Beyond TLS there is nobody to tell it to.
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

/// A connection that was let in. Its place is given away when it is dropped.
type Stream = WriteTimeout<Either<TlsStream<TcpStream>, TcpStream>, OwnedSemaphorePermit>;

impl<S: Send + 'static> Accept<TcpStream, S> for Acceptor {
    type Stream = Stream;
    type Service = S;
    type Future = BoxFuture<'static, io::Result<(Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Self { limits, places, tls } = self.clone();
        Box::pin(async move {
            let Ok(place) = places.try_acquire_owned() else {
                if tls.is_none() {
                    // The buffer of a new connection has room for it; if not, nothing is owed.
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
            Ok((WriteTimeout::new(stream, limits.write, place), service))
        })
    }
}
