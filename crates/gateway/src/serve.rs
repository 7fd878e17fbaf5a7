use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::{App, Failure};
use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use axum_server::{Handle, Server};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};
use tokio_rustls::TlsAcceptor;

use crate::{
    Options,
    accept::Acceptor,
    request_guard::{RequestGuard, Shared},
    routes, tls,
};

/// Between two looks for sessions whose time is over.
const FORGET: Duration = Duration::from_secs(3_600);
/// The longest head of a request in bytes.
const MAX_HEAD: usize = 32 * 1_024;
/// The most headers.
const MAX_HEADERS: usize = 64;

/// A gateway that listens. Dropping it takes no more connections; [`Gateway::stop`] also waits for what is under way.
pub struct Gateway {
    address: SocketAddr,
    url: String,
    handle: Handle<SocketAddr>,
    grace: Duration,
    serving: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Starts to listen. Connections are taken when this returns.
    ///
    /// # Errors
    /// By field: options that do not go together, an address that is taken, certificate files that cannot be used.
    pub async fn start(app: App, options: Options) -> Result<Self, Failure> {
        options.check()?;
        app.web_place()?;
        let tls = match options.tls.clone() {
            Some(files) => {
                let read = tokio::task::spawn_blocking(move || tls::acceptor(&files)).await;
                Some(read.unwrap_or_else(|e| Err(Failure::internal(e.to_string())))?)
            }
            None => None,
        };
        let taken = |e: std::io::Error| {
            Failure::field("listen", format!("{} cannot be listened on: {e}", options.listen))
                .with_next("Choose another port, or 0 for a free one.")
        };
        let listener = TcpListener::bind(options.listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
        let (handle, grace) = (Handle::new(), options.limits.grace);
        let guard = Arc::new(RequestGuard::new(app, &options));
        let serving = tokio::spawn(serve(guard, tls, listener, handle.clone()));
        Ok(Self { address, url, handle, grace, serving: Some(serving) })
    }

    /// Where it listens, such as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address behind [`Gateway::url`].
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections and answers what is under way, for [`Limits::grace`] at most. Messages that were answered
    /// 202 are on disk already.
    pub async fn stop(mut self) {
        self.handle.graceful_shutdown(Some(self.grace));
        if let Some(serving) = self.serving.take() {
            // It ends by itself; a panic in it has nothing more to lose.
            drop(serving.await);
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.handle.graceful_shutdown(Some(self.grace));
    }
}

async fn serve(guard: Shared, tls: Option<TlsAcceptor>, listener: TcpListener, handle: Handle<SocketAddr>) {
    // The guard stands before the whole router and not before each route: what it refuses, and the answer to a preflight, must
    // not get the `Allow` header that the router adds to every answer for a method that a route does not take.
    let routes = Router::new()
        .fallback_service(routes::all(&guard))
        .layer(from_fn_with_state(Arc::clone(&guard), checked));
    let mut server = Server::from_listener(listener)
        .http1_only()
        .handle(handle)
        .acceptor(Acceptor::new(guard.limits, tls))
        .accept_error_handler(|from: Option<&SocketAddr>, error| match from {
            None => tracing::warn!(%error, "a connection was not accepted"),
            Some(_) => tracing::debug!(%error, "a connection ended early"),
        });
    let http = server.http_builder();
    http.http1().header_read_timeout(guard.limits.head).max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let forgetting = tokio::spawn(forget(guard));
    if let Err(error) = server.serve(routes.into_make_service_with_connect_info::<SocketAddr>()).await {
        tracing::error!(%error, "the gateway ended");
    }
    forgetting.abort();
}

async fn checked(
    State(guard): State<Shared>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    guard.answer(next, request, client.ip()).await
}

async fn forget(guard: Shared) {
    loop {
        if let Err(failure) = guard.app.web_forget_expired().await {
            tracing::warn!(code = ?failure.code, "sessions whose time is over could not be forgotten");
        }
        sleep(FORGET).await;
    }
}
