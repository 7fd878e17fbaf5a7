//! The org's one origin: API, sign-in and the guest socket, over any stream of bytes.

use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts, Request, State, ws::WebSocketUpgrade},
    response::{IntoResponse, Response},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::io::{AsyncRead, AsyncWrite};
use uuid::Uuid;

use crate::{
    Simulator, Trouble,
    cut_handle::CutHandle,
    http_edge::{cut, half, read, respond},
    messaging::{paths::SOCKET, socket},
    org::{Ending, Refusal},
};

impl Simulator {
    /// The API, the sign-in and the guest socket, on one origin.
    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    /// Serves one stream of bytes as a connection of the origin, the guest socket included, until either side ends it.
    /// For tests: a pair of streams in memory under a paused clock takes the place of a port.
    pub fn serve_stream(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let router = TowerToHyperService::new(self.router());
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new()).http1_only();
            // An end of the stream at the wrong moment is the other side's business.
            let _ = server.serve_connection_with_upgrades(TokioIo::new(stream), router).await;
        });
    }
}

async fn serve(State(simulator): State<Simulator>, request: Request) -> Response {
    let cut_handle = request.extensions().get::<ConnectInfo<CutHandle>>().map(|info| info.0.clone());
    let (mut parts, body) = request.into_parts();
    let mut upgrade = None;
    if parts.uri.path() == SOCKET && parts.method == http::Method::GET {
        match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(asked) => upgrade = Some(asked),
            Err(refused) => {
                let says = "The guest socket is served here: ask for it with a WebSocket upgrade.";
                let status = refused.into_response().status().as_u16();
                return respond(Refusal::new(status, "bad.request", says).into_reply(Uuid::new_v4()));
            }
        }
    }
    let call = read(Request::from_parts(parts, body)).await;
    let trouble = simulator.lock().weather_for(&call);
    if let Some(Trouble::Delay(pause)) = trouble {
        tokio::time::sleep(pause).await;
    }
    let (reply, ending) = simulator.lock().answer(&call, trouble.as_ref());
    if ending == Ending::Stall {
        // Ends when the client gives up, which drops this future, or when the simulator stops.
        let _ = simulator.stopped().wait_for(|stopped| *stopped).await;
    }
    match (ending, upgrade) {
        (Ending::Whole, Some(upgrade)) if reply.status == 101 => upgrade
            .max_message_size(socket::MAX_MESSAGE)
            .max_frame_size(socket::MAX_MESSAGE)
            .on_upgrade(move |opened| socket::serve(simulator, call, opened)),
        (Ending::Whole, _) => respond(reply),
        (Ending::Half, _) => half(reply),
        (Ending::Cut | Ending::Stall, _) => {
            if let Some(handle) = cut_handle {
                handle.cut();
            }
            cut(!matches!(trouble, Some(Trouble::ResetBefore | Trouble::Stall)))
        }
    }
}
