//! A guest with a socket, over streams in memory or a port.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use simulator::{Deployment, Messaging, Options, Simulator};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::common::Org;

pub const DEPLOYMENT: &str = Deployment::DEFAULT_ID;
pub const ADA: &str = "5a0f9f53-0a2e-4f3c-8d5b-2f1f6f0c1a01";
pub const BOB: &str = "5a0f9f53-0a2e-4f3c-8d5b-2f1f6f0c1a02";

/// What comes from the org within this time comes at all; under a paused clock it costs nothing.
const SOON: Duration = Duration::from_secs(120);

pub struct Guest<S = DuplexStream> {
    pub socket: WebSocketStream<S>,
    pub token: String,
}

/// An org without guests and without a bot, as the settings say.
pub async fn org(messaging: impl FnOnce(&mut Messaging)) -> Org {
    let mut settings = Messaging { bot: simulator::Bot::none(), ..Messaging::default() };
    messaging(&mut settings);
    Org::with(Options { guests: 0, messaging: settings, ..Options::default() }).await
}

/// One that nobody is too fast for.
pub async fn patient_org() -> Org {
    org(|m| m.limits.messages_per_second = None).await
}

impl Guest {
    /// Connected and configured.
    pub async fn new(org: &Org, token: &str) -> Self {
        let mut guest = Self::connected(&org.simulator, token).await;
        assert_eq!(guest.configure().await["class"], "SessionResponse");
        guest
    }

    pub async fn connected(simulator: &Simulator, token: &str) -> Self {
        Self::try_connect(simulator, DEPLOYMENT, None, token).await.unwrap()
    }

    pub async fn try_connect(
        simulator: &Simulator,
        deployment: &str,
        origin: Option<&str>,
        token: &str,
    ) -> Result<Self, u16> {
        let (mine, theirs) = tokio::io::duplex(1 << 16);
        simulator.serve_stream(theirs);
        Self::over(mine, "localhost", deployment, origin, token).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guest<S> {
    /// The status when the upgrade is refused.
    pub async fn over(
        stream: S,
        host: &str,
        deployment: &str,
        origin: Option<&str>,
        token: &str,
    ) -> Result<Self, u16> {
        let url = format!("ws://{host}/v1?deploymentId={deployment}&application=test-1");
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self { socket, token: token.to_owned() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_raw(Message::text(frame.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next frame; `None` when the connection has ended.
    pub async fn frame(&mut self) -> Option<Value> {
        loop {
            match timeout(SOON, self.socket.next()).await.expect("a frame or the end comes soon") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }

    pub async fn next(&mut self) -> Value {
        self.frame().await.expect("the connection lives")
    }

    /// Nothing comes for so long.
    pub async fn hears_nothing(&mut self, span: Duration) {
        if let Ok(frame) = timeout(span, self.socket.next()).await {
            panic!("{frame:?}");
        }
    }

    /// Sends a frame with the token and gives back what comes next.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        frame["token"] = json!(self.token);
        self.send(&frame).await;
        self.next().await
    }

    pub async fn configure(&mut self) -> Value {
        self.configure_with(json!({})).await
    }

    pub async fn configure_with(&mut self, more: Value) -> Value {
        let mut frame =
            json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "tracingId": "c1" });
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(frame).await
    }

    /// The answer to a text.
    pub async fn say(&mut self, text: &str) -> Value {
        self.ask(message(text)).await
    }

    pub async fn event(&mut self, kind: &str) {
        let event = json!({ "eventType": "Presence", "presence": { "type": kind } });
        let message = json!({ "type": "Event", "events": [event] });
        self.send(&json!({ "action": "onMessage", "token": self.token, "message": message })).await;
    }
}

pub fn message(text: &str) -> Value {
    json!({ "action": "onMessage", "message": { "type": "Text", "text": text } })
}

/// Class and code.
pub fn what(frame: &Value) -> (&str, u64) {
    (frame["class"].as_str().unwrap_or_default(), frame["code"].as_u64().unwrap_or_default())
}

/// The only guest of the org, as REST shows them.
pub async fn only_guest(org: &Org) -> Value {
    let list = org.get("/api/v2/guests?expand=attributes").await.body;
    assert_eq!(list["total"], 1, "{list}");
    list["entities"][0].clone()
}
