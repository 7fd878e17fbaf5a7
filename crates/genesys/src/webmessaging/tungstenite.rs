//! The network itself, for sockets: the only file that names tokio-tungstenite.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use http::{HeaderMap, HeaderValue, header};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        error::{CapacityError, ProtocolError},
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};
use url::Url;

use super::{
    connect::Connector,
    deployment::host_and_port,
    dialer::{ByteStream, Dialer, Socket, SocketFrame},
    error::{RefusedBecause, WebMessagingError},
};
use crate::{ExtraRoots, pipeline::retry::retry_after};

/// The longest message that is read, in bytes. The vendor's are a few KiB; with a longer one the connection fails.
const MAX_MESSAGE: usize = 1 << 20;

/// Bytes that are read at once. It is reserved for every connection, of which a load test has a thousand.
const READ_BUFFER: usize = 4 * 1024;

type Connecting = Pin<Box<dyn Future<Output = Result<Box<dyn ByteStream>, WebMessagingError>> + Send>>;

/// Sockets over TCP and TLS, or over whatever connection it is given. Pings are answered by the library.
#[derive(Clone)]
pub struct TungsteniteDialer {
    connect: Arc<dyn Fn(&Url) -> Connecting + Send + Sync>,
}

impl TungsteniteDialer {
    /// Over the network: TLS by rustls with the system's certificates and these; a proxy that the environment names is used for
    /// other computers (it tunnels, and sees neither token nor text), never for loopback. Opens nothing yet.
    #[must_use]
    pub fn new(roots: ExtraRoots) -> Self {
        let connector = Arc::new(Connector::new(roots));
        Self::over(move |address| {
            let (connector, address) = (Arc::clone(&connector), address.clone());
            async move { connector.connect(&address).await }
        })
    }

    /// Over connections that this function makes, such as one end of `tokio::io::duplex`.
    #[must_use]
    pub fn over<F, R>(connect: F) -> Self
    where
        F: Fn(&Url) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Box<dyn ByteStream>, WebMessagingError>> + Send + 'static,
    {
        Self { connect: Arc::new(move |address| Box::pin(connect(address))) }
    }
}

#[async_trait]
impl Dialer for TungsteniteDialer {
    async fn dial(
        &self,
        address: &Url,
        origin: Option<&str>,
    ) -> Result<Pin<Box<dyn Socket>>, WebMessagingError> {
        let host = host_and_port(address);
        let unreachable = |why: String| WebMessagingError::Unreachable { host: host.clone(), why };
        let mut request = address.as_str().into_client_request().map_err(|e| unreachable(e.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(concat!("innkeeper/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(origin) = origin {
            let origin = HeaderValue::from_str(origin)
                .map_err(|_| WebMessagingError::BadDeployment("the origin cannot be sent".to_owned()))?;
            headers.insert(header::ORIGIN, origin);
        }
        let stream = (self.connect)(address).await?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(READ_BUFFER);
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Box::pin(OverTungstenite(socket))),
            Err(Error::Http(answer)) => {
                let status = answer.status().as_u16();
                let because = RefusedBecause::of(status);
                let retry_after = told_wait(answer.headers());
                Err(WebMessagingError::Refused { host, status, because, retry_after })
            }
            Err(Error::Io(error)) => {
                Err(unreachable(format!("the connection was cut during the upgrade ({})", error.kind())))
            }
            Err(error) => Err(unreachable(format!("it does not speak WebSocket ({error:.120})"))),
        }
    }
}

/// How long a refusal asks to wait. A date is counted from the answer's own; without that it names no time.
fn told_wait(headers: &HeaderMap) -> Option<Duration> {
    let sent = headers.get(header::DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let sent = sent.map_or(DateTime::<Utc>::MAX_UTC, DateTime::from);
    retry_after(headers.get_all(header::RETRY_AFTER), sent)
}

struct OverTungstenite(WebSocketStream<Box<dyn ByteStream>>);

impl Stream for OverTungstenite {
    type Item = Result<SocketFrame, WebMessagingError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Poll::Ready(next) = self.0.poll_next_unpin(cx) else { return Poll::Pending };
            let frame = match next {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(lost(&error)))),
                Some(Ok(message)) => message,
            };
            let frame = match frame {
                Message::Text(text) => SocketFrame::Text(text.as_str().to_owned()),
                Message::Binary(bytes) => SocketFrame::Binary(bytes),
                Message::Close(farewell) => {
                    let code = farewell.as_ref().map(|f| u16::from(f.code));
                    let reason = farewell.map(|f| f.reason.as_str().to_owned()).unwrap_or_default();
                    SocketFrame::Close { code, reason }
                }
                // The library answers pings, each time it is asked for the next message.
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            };
            return Poll::Ready(Some(Ok(frame)));
        }
    }
}

impl Sink<SocketFrame> for OverTungstenite {
    type Error = WebMessagingError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WebMessagingError>> {
        self.0.poll_ready_unpin(cx).map_err(|error| lost(&error))
    }

    fn start_send(mut self: Pin<&mut Self>, frame: SocketFrame) -> Result<(), WebMessagingError> {
        let message = match frame {
            SocketFrame::Text(text) => Message::Text(text.into()),
            SocketFrame::Binary(bytes) => Message::Binary(bytes),
            SocketFrame::Close { code, reason } => Message::Close(
                code.map(|code| CloseFrame { code: CloseCode::from(code), reason: reason.into() }),
            ),
        };
        self.0.start_send_unpin(message).map_err(|error| lost(&error))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WebMessagingError>> {
        self.0.poll_flush_unpin(cx).map_err(|error| lost(&error))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WebMessagingError>> {
        self.0.poll_close_unpin(cx).map_err(|error| lost(&error))
    }
}

/// Why a connection ended, in a few words.
fn lost(error: &Error) -> WebMessagingError {
    WebMessagingError::Lost(match error {
        Error::Capacity(CapacityError::MessageTooLong { size, .. }) => {
            format!("the org sent a message of {size} bytes, and none is longer than 1 MiB")
        }
        Error::Io(error) => format!("the network cut it ({})", error.kind()),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            "the network cut it without a word".to_owned()
        }
        Error::ConnectionClosed | Error::AlreadyClosed => "the org closed it".to_owned(),
        Error::Utf8(_) => "the org sent a text that is no UTF-8".to_owned(),
        other => format!("the org broke the rules of WebSocket ({other:.120})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_time_in_seconds_or_as_a_date_by_its_own_clock() {
        let told = |headers: &[(header::HeaderName, &'static str)]| {
            let pairs = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            told_wait(&pairs.collect()).map(|wait| wait.as_secs())
        };
        let (date, until) = ("Sun, 22 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 12:00:30 GMT");
        assert_eq!(told(&[(header::RETRY_AFTER, "42")]), Some(42));
        assert_eq!(told(&[(header::DATE, date), (header::RETRY_AFTER, until)]), Some(30));
        for none in [&[(header::RETRY_AFTER, until)][..], &[(header::RETRY_AFTER, "soon")], &[]] {
            assert_eq!(told(none), None, "{none:?}");
        }
    }
}
