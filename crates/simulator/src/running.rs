use std::{net::SocketAddr, path::Path};

use axum::middleware::from_fn;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    Error, Options, Simulator, caller,
    cut_handle::CutHandle,
    listener::ApiListener,
    private,
    tls::{self, CaFile},
};

/// An org that listens. Dropping it stops it.
pub struct Running {
    /// Where the API and the sign-in listen.
    pub api: SocketAddr,
    /// Where the control port listens.
    pub control: Option<SocketAddr>,
    simulator: Simulator,
    is_tls: bool,
    ca: Option<CaFile>,
    stop: watch::Sender<bool>,
}

impl Running {
    /// The one origin for sign-in, API and guest socket, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.api)
    }

    /// The certificate of the CA of this start, in PEM, where one was made. The file is removed when this is dropped.
    #[must_use]
    pub fn ca(&self) -> Option<&Path> {
        self.ca.as_ref().map(|ca| ca.path.as_path())
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

/// On a thread of its own that nothing waits for at the end: a named file may be a pipe that nobody writes to.
async fn tls_aside(options: tls::Tls, address: SocketAddr) -> Result<tls::Ready, Error> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || drop(tell.send(tls::ready(&options, address))));
    told.await.unwrap_or_else(|_| {
        Err(Error::Tls(tokio_rustls::rustls::Error::General("reading its files ended early".to_owned())))
    })
}

/// Starts an org on the current runtime; returns when both ports take connections and the world is made (which
/// blocks: some seconds for a million guests).
///
/// # Errors
/// [`Error::Listen`], [`Error::ControlNotLoopback`], those about TLS, and those of [`Simulator::new`].
pub async fn start(options: Options) -> Result<Running, Error> {
    if let Some(control) = options.control.filter(|address| !address.ip().is_loopback()) {
        return Err(Error::ControlNotLoopback(control));
    }
    let (api, api_address) = listen(options.listen).await?;
    let control = match options.control {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let tls = match options.tls.clone() {
        Some(tls) => Some(tls_aside(tls, api_address).await?),
        None => None,
    };
    let (acceptor, ca) = tls.map(|ready| (ready.acceptor, ready.ca)).unzip();
    let names = options.tls.as_ref().map_or(&[][..], |tls| &tls.names);
    let simulator = Simulator::new(&options)?;
    let (stop, stopped) = watch::channel(false);
    let router = simulator.router().layer(from_fn(caller::only_private_sockets));
    let router = caller::at(api_address, names, router).into_make_service_with_connect_info::<CutHandle>();
    let until = until(stopped.clone());
    let is_tls = acceptor.is_some();
    let api = ApiListener::new(api, api_address, acceptor);
    tokio::spawn(async move { axum::serve(api, router).with_graceful_shutdown(until).await });
    let control = control.map(|(listener, address)| {
        let router = caller::at(address, &[], simulator.control_router());
        let until = self::until(stopped);
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(until).await });
        address
    });
    Ok(Running { api: api_address, control, simulator, is_tls, ca: ca.flatten(), stop })
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
