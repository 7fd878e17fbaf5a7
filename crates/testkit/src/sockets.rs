use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use async_trait::async_trait;
use futures_util::{Sink, Stream};
use genesys::webmessaging::{Dialer, Socket, SocketFrame, WebMessagingError};
use serde_json::Value;
use tokio::sync::mpsc;
use url::Url;

/// Sockets whose other end a test holds. Nothing takes time but what the test lets wait.
pub struct ScriptedSockets {
    connections: mpsc::UnboundedSender<ScriptedConnection>,
    refusals: Mutex<VecDeque<WebMessagingError>>,
}

/// The org's end of one connection. Dropping it cuts the connection.
pub struct ScriptedConnection {
    /// What was dialed.
    pub address: Url,
    /// The `Origin` that was sent.
    pub origin: Option<String>,
    from_guest: mpsc::UnboundedReceiver<SocketFrame>,
    to_guest: mpsc::UnboundedSender<Result<SocketFrame, WebMessagingError>>,
}

impl ScriptedSockets {
    /// The dialer, and the connections that it makes.
    #[must_use]
    pub fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<ScriptedConnection>) {
        let (connections, made) = mpsc::unbounded_channel();
        (Arc::new(Self { connections, refusals: Mutex::default() }), made)
    }

    /// The next attempt to connect, after those that were refused before, ends like this.
    ///
    /// # Panics
    /// Never: nothing panics while it holds the list.
    pub fn refuse(&self, error: WebMessagingError) {
        self.refusals.lock().expect("nothing panics while it holds the list").push_back(error);
    }
}

impl ScriptedConnection {
    /// The guest's next frame as JSON; `None` when they closed the connection or are gone.
    ///
    /// # Panics
    /// When the frame is no JSON: no guest of ours sends that.
    pub async fn receive(&mut self) -> Option<Value> {
        match self.from_guest.recv().await? {
            SocketFrame::Text(text) => {
                Some(serde_json::from_str(&text).expect("a guest of ours sends nothing but JSON"))
            }
            SocketFrame::Binary(_) | SocketFrame::Close { .. } => None,
        }
    }

    /// Sends a frame; to a guest who is gone it is lost.
    pub fn send(&self, frame: &Value) {
        self.send_raw(SocketFrame::Text(frame.to_string()));
    }

    /// The same with whatever is no JSON.
    pub fn send_raw(&self, frame: SocketFrame) {
        let _ = self.to_guest.send(Ok(frame));
    }
}

#[async_trait]
impl Dialer for ScriptedSockets {
    async fn dial(
        &self,
        address: &Url,
        origin: Option<&str>,
    ) -> Result<Pin<Box<dyn Socket>>, WebMessagingError> {
        if let Some(error) = self.refusals.lock().expect("nothing panics while it holds the list").pop_front()
        {
            return Err(error);
        }
        let (to_org, from_guest) = mpsc::unbounded_channel();
        let (to_guest, from_org) = mpsc::unbounded_channel();
        let (address, origin) = (address.clone(), origin.map(str::to_owned));
        let _ = self.connections.send(ScriptedConnection { address, origin, from_guest, to_guest });
        Ok(Box::pin(GuestEnd { to_org, from_org }))
    }
}

struct GuestEnd {
    to_org: mpsc::UnboundedSender<SocketFrame>,
    from_org: mpsc::UnboundedReceiver<Result<SocketFrame, WebMessagingError>>,
}

impl Stream for GuestEnd {
    type Item = Result<SocketFrame, WebMessagingError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.from_org.poll_recv(cx)
    }
}

impl Sink<SocketFrame> for GuestEnd {
    type Error = WebMessagingError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), WebMessagingError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, frame: SocketFrame) -> Result<(), WebMessagingError> {
        self.to_org.send(frame).map_err(|_| WebMessagingError::Lost("the org is gone (test)".to_owned()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), WebMessagingError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), WebMessagingError>> {
        Poll::Ready(Ok(()))
    }
}
