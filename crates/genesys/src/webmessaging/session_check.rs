//! Asks by the guest socket what the org knows of a session token: one connection and one `configureSession`, without Join, history
//! or anything else of a chat.

use std::{pin::Pin, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    client::WebMessaging,
    deployment::Deployment,
    dialer::{Socket, SocketFrame},
    error::WebMessagingError,
    frames::{
        incoming::{Incoming, Says},
        mask,
        outgoing::{Frame, Frames},
    },
    options::ChatOptions,
};

/// Within this a session that asking made is closed again.
const CLOSE: Duration = Duration::from_secs(5);

/// So long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What an org says of a session token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownSession {
    /// It has an open session with it.
    Open,
    /// It has a session with it in which nothing can be written any more.
    ReadOnly,
    /// The session with it has expired.
    Expired,
    /// It had none, or an answer that says so.
    Unknown {
        /// There is one by now, because asking makes it: it could not be closed.
        left_open: bool,
    },
}

struct Asked {
    socket: Pin<Box<dyn Socket>>,
    frames: Frames,
    known: KnownSession,
}

impl WebMessaging {
    /// What the org knows of the token in `options`. A session that asking makes is closed again.
    ///
    /// The token's other connections stay; the org allows three, and with a fourth it closes the oldest.
    ///
    /// # Errors
    /// [`WebMessagingError::Silent`] where no answer came within `open_within`, [`WebMessagingError::SessionRefused`] for an answer
    /// that says nothing of the token, and what connecting meets.
    pub async fn session(
        &self,
        deployment: &Deployment,
        options: &ChatOptions,
    ) -> Result<KnownSession, WebMessagingError> {
        let mut asked = self.ask(deployment, options).await?;
        if let KnownSession::Unknown { left_open: true } = asked.known {
            asked.known = KnownSession::Unknown { left_open: !asked.close().await };
        }
        asked.hang_up().await;
        Ok(asked.known)
    }

    /// Makes the session of a new token, and leaves it open.
    ///
    /// # Errors
    /// As [`WebMessaging::session`]; [`WebMessagingError::NotOffered`] where there is none after that in which a guest can write.
    pub async fn begin_session(
        &self,
        deployment: &Deployment,
        options: &ChatOptions,
    ) -> Result<(), WebMessagingError> {
        let mut asked = self.ask(deployment, options).await?;
        asked.hang_up().await;
        match asked.known {
            KnownSession::Open | KnownSession::Unknown { left_open: true } => Ok(()),
            KnownSession::ReadOnly | KnownSession::Expired | KnownSession::Unknown { left_open: false } => {
                Err(WebMessagingError::NotOffered("the org made no session for a new guest".to_owned()))
            }
        }
    }

    async fn ask(&self, deployment: &Deployment, options: &ChatOptions) -> Result<Asked, WebMessagingError> {
        let frames = Frames {
            token: options.token.clone(),
            deployment: deployment.id.clone(),
            attributes: Default::default(),
            attributes_if_new: Default::default(),
        };
        let address = deployment.socket_address(options.application.as_deref());
        let asking = async {
            let mut socket = self.dialer.dial(&address, deployment.origin.as_deref()).await?;
            send(&mut socket, frames.configure_session(Uuid::new_v4(), false)).await?;
            let known = answer(&mut socket, &frames).await?;
            Ok((socket, known))
        };
        let within = options.open_within;
        let (socket, known) = timeout(within, asking)
            .await
            .unwrap_or_else(|_| Err(WebMessagingError::Silent { host: deployment.host(), within }))?;
        Ok(Asked { socket, frames, known })
    }
}

impl Asked {
    /// Whether the org said that the session is closed.
    async fn close(&mut self) -> bool {
        let frame = self.frames.close_session(Uuid::new_v4());
        let closing = async {
            send(&mut self.socket, frame).await?;
            while let Some(says) = next(&mut self.socket).await? {
                match says {
                    Says::Session(session) => return Ok(session.connected == Some(false)),
                    Says::ConnectionClosed { .. } | Says::SessionCleared => return Ok(true),
                    Says::Error(_) => return Ok(false),
                    _ => {}
                }
            }
            Ok::<_, WebMessagingError>(false)
        };
        matches!(timeout(CLOSE, closing).await, Ok(Ok(true)))
    }

    async fn hang_up(&mut self) {
        let farewell = SocketFrame::Close { code: Some(1000), reason: String::new() };
        // It is over either way.
        let _ = timeout(FAREWELL, self.socket.send(farewell)).await;
    }
}

async fn send(socket: &mut Pin<Box<dyn Socket>>, frame: Frame) -> Result<(), WebMessagingError> {
    socket.send(SocketFrame::Text(frame.json.to_string())).await
}

/// The next frame; `None` when the org closed the connection.
async fn next(socket: &mut Pin<Box<dyn Socket>>) -> Result<Option<Says>, WebMessagingError> {
    Ok(match socket.next().await.transpose()? {
        Some(SocketFrame::Text(text)) => Some(Incoming::read(&text).0.says),
        Some(SocketFrame::Binary(bytes)) => match std::str::from_utf8(&bytes) {
            Ok(text) => Some(Incoming::read(text).0.says),
            Err(_) => Some(Says::Other),
        },
        Some(SocketFrame::Close { .. }) | None => None,
    })
}

/// What the org answers to `configureSession`. Only its own word counts: a message that comes first says nothing of the session.
async fn answer(
    socket: &mut Pin<Box<dyn Socket>>,
    frames: &Frames,
) -> Result<KnownSession, WebMessagingError> {
    while let Some(says) = next(socket).await? {
        let refused = |code, words: &str, retry_after| WebMessagingError::SessionRefused {
            code,
            text: mask::words(words, &frames.token),
            retry_after,
        };
        return match says {
            Says::Session(session) if session.new_session => {
                Ok(KnownSession::Unknown { left_open: session.connected != Some(false) })
            }
            Says::Session(session) if session.read_only => Ok(KnownSession::ReadOnly),
            Says::Session(session) if session.connected == Some(false) => {
                Err(refused(200, "the org made no session", None))
            }
            Says::Session(_) => Ok(KnownSession::Open),
            Says::SessionExpired => Ok(KnownSession::Expired),
            Says::Error(error) => match error.code {
                409 => Ok(KnownSession::ReadOnly),
                4006 => Ok(KnownSession::Expired),
                4007 => Ok(KnownSession::Unknown { left_open: false }),
                code => Err(refused(code, &error.text, error.retry_after)),
            },
            Says::ConnectionClosed { .. } | Says::SessionCleared | Says::LoggedOut => break,
            _ => continue,
        };
    }
    Err(WebMessagingError::Lost("the org closed it before it said anything of the session".to_owned()))
}
