use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::error::WebMessagingError;

/// One frame of a socket; pings and pongs are answered below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketFrame {
    /// JSON, as it should be.
    Text(String),
    /// What no org sends.
    Binary(Bytes),
    /// The other side closes.
    Close {
        /// The close code.
        code: Option<u16>,
        /// Its words.
        reason: String,
    },
}

/// An open socket: a stream of what comes, which ends with the connection, and a sink.
pub trait Socket:
    Stream<Item = Result<SocketFrame, WebMessagingError>> + Sink<SocketFrame, Error = WebMessagingError> + Send
{
}

impl<S> Socket for S where
    S: Stream<Item = Result<SocketFrame, WebMessagingError>>
        + Sink<SocketFrame, Error = WebMessagingError>
        + Send
{
}

/// A connection below a socket.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Makes sockets. A port: the network (`TungsteniteDialer`), or a simulator in process for tests.
#[async_trait]
pub trait Dialer: Send + Sync {
    /// Connects and upgrades. Time limits stand above.
    ///
    /// # Errors
    /// [`WebMessagingError::Unreachable`], [`WebMessagingError::NotTrusted`], [`WebMessagingError::Refused`].
    async fn dial(
        &self,
        address: &Url,
        origin: Option<&str>,
    ) -> Result<Pin<Box<dyn Socket>>, WebMessagingError>;
}
