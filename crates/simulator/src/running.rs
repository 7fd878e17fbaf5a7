use std::{
    io,
    net::SocketAddr,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{Error, Options, Simulator, caller, cut_handle::CutHandle, private};

/// An org that listens. Dropping it stops it.
pub struct Running {
    /// Where the API and the sign-in listen.
    pub api: SocketAddr,
    /// Where the control port listens.
    pub control: Option<SocketAddr>,
    simulator: Simulator,
    stop: watch::Sender<bool>,
}

impl Running {
    /// The one origin for sign-in and API, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// The origin of the control port.
    #[must_use]
    pub fn control_url(&self) -> Option<String> {
        self.control.map(|address| format!("http://{address}"))
    }

    /// The same org in process.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Takes no more connections, answers what is under way and lets stalled requests go.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        self.simulator.let_go();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts an org on the current runtime; returns when both ports take connections and the world is made (which
/// blocks: some seconds for a million guests).
///
/// # Errors
/// [`Error::Listen`], [`Error::ControlNotLoopback`], and those of [`Simulator::new`].
pub async fn start(options: Options) -> Result<Running, Error> {
    if let Some(control) = options.control.filter(|address| !address.ip().is_loopback()) {
        return Err(Error::ControlNotLoopback(control));
    }
    let (api, api_address) = listen(options.listen).await?;
    let control = match options.control {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let simulator = Simulator::new(&options)?;
    let (stop, stopped) = watch::channel(false);
    let router =
        caller::at(api_address, simulator.router()).into_make_service_with_connect_info::<CutHandle>();
    let until = until(stopped.clone());
    tokio::spawn(async move { axum::serve(Cuttable(api), router).with_graceful_shutdown(until).await });
    let control = control.map(|(listener, address)| {
        let router = caller::at(address, simulator.control_router());
        let until = self::until(stopped);
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(until).await });
        address
    });
    Ok(Running { api: api_address, control, simulator, stop })
}

/// Starts the org that lives in a folder: seed 1 and 1,000 guests counted back from its first start, every
/// change since then from `world.jsonl`. No control port.
///
/// # Errors
/// Those of [`start`]; the folder is created.
pub async fn embedded(dir: &Path) -> Result<Running, Error> {
    private::folder(dir).map_err(|source| Error::Log { path: dir.to_owned(), source })?;
    start(Options { log: Some(dir.join("world.jsonl")), ..Options::default() }).await
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

impl Connected<IncomingStream<'_, Cuttable>> for CutHandle {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().cut.clone()
    }
}

struct Cuttable(TcpListener);

impl Listener for Cuttable {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        // Small answers leave at once. A socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        (CuttableStream { stream, cut: CutHandle::default() }, from)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

struct CuttableStream {
    stream: TcpStream,
    cut: CutHandle,
}

impl CuttableStream {
    fn check(&self) -> io::Result<()> {
        if self.cut.is_cut() {
            // Close with a reset, as a proxy that fails does; a plain close where the socket refuses that.
            let _ = self.stream.set_zero_linger();
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
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
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
