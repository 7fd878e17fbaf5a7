use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use app::{App, Failure};
use axum::{Router, body::Body};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    Limits, Options,
    request_guard::{RequestGuard, Shared},
    routes, tls,
    write_timeout::WriteTimeout,
};

/// After the system refused to accept a connection (no more files): a moment in which others may end.
const REFUSED: Duration = Duration::from_millis(100);
/// Between two looks for sessions whose time is over.
const FORGET: Duration = Duration::from_secs(3_600);
/// The longest head of a request in bytes.
const MAX_HEAD: usize = 32 * 1_024;
/// The most headers.
const MAX_HEADERS: usize = 64;

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

/// A gateway that listens. Dropping it takes no more connections; [`Gateway::stop`] also waits for what is under way.
pub struct Gateway {
    address: SocketAddr,
    url: String,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Opens the door; it takes connections when this returns.
    ///
    /// # Errors
    /// By field: options that do not go together, an address that is taken, certificate files that cannot be used.
    pub async fn start(app: App, options: Options) -> Result<Self, Failure> {
        options.check()?;
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
        let guard = Arc::new(RequestGuard::new(app, &options));
        let routes = routes::all(&guard);
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve(Serving { guard, routes, tls }, listener, stopped));
        Ok(Self { address, url, stop, serving: Some(serving) })
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
        self.stop.send_replace(true);
        if let Some(serving) = self.serving.take() {
            // It ends by itself; a panic in it has nothing more to lose.
            drop(serving.await);
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// What every connection is served with.
#[derive(Clone)]
struct Serving {
    guard: Shared,
    routes: Router,
    tls: Option<TlsAcceptor>,
}

async fn serve(serving: Serving, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(serving.guard.limits.connections));
    let mut connections = JoinSet::new();
    let forgetting = tokio::spawn(forget(Arc::clone(&serving.guard)));
    loop {
        let accepted = tokio::select! {
            () = until(&mut stopped) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(REFUSED).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            if serving.tls.is_none() {
                // The buffer of a new connection has room for it; if not, nothing is owed.
                drop(stream.try_write(no_room().as_bytes()));
            }
            continue;
        };
        let (serving, stopped) = (serving.clone(), stopped.clone());
        connections.spawn(async move {
            connection(serving, stream, from.ip(), stopped).await;
            drop(place);
        });
    }
    drop(listener);
    forgetting.abort();
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(serving.guard.limits.grace, all).await.is_err() {
        connections.shutdown().await;
    }
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // Whoever could say it has gone away: that says it, too.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

async fn forget(guard: Shared) {
    loop {
        if let Err(failure) = guard.app.web_forget_expired().await {
            tracing::warn!(code = ?failure.code, "sessions whose time is over could not be forgotten");
        }
        sleep(FORGET).await;
    }
}

async fn connection(serving: Serving, stream: TcpStream, client: IpAddr, stopped: watch::Receiver<bool>) {
    // Small answers leave at once. A socket that refuses the option still works.
    drop(stream.set_nodelay(true));
    match serving.tls.clone() {
        None => exchange(serving, stream, client, stopped).await,
        Some(tls) => {
            // Whoever does not come to terms in time is no client.
            if let Ok(Ok(stream)) = timeout(serving.guard.limits.head, tls.accept(stream)).await {
                exchange(serving, stream, client, stopped).await;
            }
        }
    }
}

/// Requests and answers on one connection, to its end.
async fn exchange<S>(serving: Serving, stream: S, client: IpAddr, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Limits { head, write, .. } = serving.guard.limits;
    let answer = service_fn(move |request: http::Request<Incoming>| {
        let serving = serving.clone();
        async move {
            let response = serving.guard.answer(serving.routes, request.map(Body::new), client).await;
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(WriteTimeout::new(stream, write)), answer);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = until(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
