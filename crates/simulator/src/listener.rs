//! The API's connections: in clear or over TLS, and cut when the weather says so.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;

use crate::cut_handle::CutHandle;

/// How long a client may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many connections wait between their handshake and their first request.
const ESTABLISHED: usize = 64;

type Io = Either<TlsStream<TcpStream>, TcpStream>;

/// Takes connections for the API.
pub(crate) struct ApiListener {
    incoming: Incoming,
    address: SocketAddr,
}

enum Incoming {
    Clear(TcpListener),
    /// Connections whose handshake is done.
    Tls(mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>),
}

impl ApiListener {
    /// Over TLS the handshakes are done beside each other, on tasks of their own, so that a client that says nothing holds up
    /// nobody.
    pub(crate) fn new(listener: TcpListener, address: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let incoming = match tls {
            None => Incoming::Clear(listener),
            Some(acceptor) => {
                let (established, incoming) = mpsc::channel(ESTABLISHED);
                tokio::spawn(shake_hands(listener, acceptor, established));
                Incoming::Tls(incoming)
            }
        };
        Self { incoming, address }
    }
}

/// Ends when nobody takes connections any more, which also gives the address free.
async fn shake_hands(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    established: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    loop {
        let (stream, from) = tokio::select! {
            () = established.closed() => return,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        let (acceptor, established) = (acceptor.clone(), established.clone());
        tokio::spawn(async move {
            // A client that fails or is late is let go; it sees its connection end.
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                drop(established.send((stream, from)).await);
            }
        });
    }
}

impl Listener for ApiListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, from) = match &mut self.incoming {
            Incoming::Clear(listener) => {
                let (stream, from) = Listener::accept(listener).await;
                (Either::Right(stream), from)
            }
            Incoming::Tls(incoming) => match incoming.recv().await {
                Some((stream, from)) => (Either::Left(stream), from),
                // The task that shakes hands ends after this listener only.
                None => std::future::pending().await,
            },
        };
        (CuttableStream::new(stream), from)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, ApiListener>> for CutHandle {
    fn connect_info(stream: IncomingStream<'_, ApiListener>) -> Self {
        stream.io().cut.clone()
    }
}

/// A connection that the weather can cut.
pub(crate) struct CuttableStream {
    stream: Io,
    cut: CutHandle,
}

impl CuttableStream {
    fn new(stream: Io) -> Self {
        let this = Self { cut: CutHandle::of(is_private(&stream)), stream };
        // Small answers leave at once. A socket that refuses the option still works.
        let _ = this.socket().set_nodelay(true);
        this
    }

    fn socket(&self) -> &TcpStream {
        socket(&self.stream)
    }

    fn check(&self) -> io::Result<()> {
        if self.cut.is_cut() {
            // Close with a reset, as a proxy that fails does; a plain close where the socket refuses that.
            let _ = self.socket().set_zero_linger();
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

fn socket(stream: &Io) -> &TcpStream {
    match stream {
        Either::Left(tls) => tls.get_ref().0,
        Either::Right(clear) => clear,
    }
}

/// Whether nobody on a network can read along: over TLS, and on loopback.
fn is_private(stream: &Io) -> bool {
    let on_loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
    matches!(stream, Either::Left(_)) || socket(stream).local_addr().is_ok_and(on_loopback)
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Over TLS an orderly end would be written first.
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
