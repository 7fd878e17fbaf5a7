//! The guest socket of web messaging: a guest of a deployment, without any sign-in.
//!
//! ```text
//! Deployment (addresses) → DeploymentConfig (what works there) → open → Chat (what the guest does) + ChatEvents (what comes)
//! ```
//!
//! What a chat does next is decided by a pure state machine (frames and time in, frames and deadlines out); one task per chat
//! drives it over a [`Dialer`]. Facts about the vendor's socket stand in `genesys-facts.md` section 5.

mod chat;
mod client;
mod config;
mod connect;
mod content;
mod deployment;
mod dialer;
mod driver;
mod error;
mod event;
mod frames;
mod history;
mod history_pace;
mod machine;
mod options;
mod session_check;
mod tungstenite;

pub use chat::{Chat, ChatEvents};
pub use client::WebMessaging;
pub use content::{Button, Card, Content, FormComponent, PickerTime, SharedFile, titles};
pub use deployment::{Deployment, DeploymentConfig, UploadRules, check_deployment_id, page_origin};
pub use dialer::{ByteStream, Dialer, Socket, SocketFrame};
pub use error::{RefusedBecause, WebMessagingError};
pub use event::{
    ChatEvent, ChatMessage, ChatState, Direction, EndReason, FrameRecord, FrameWay, HistoryExtent, Sender,
    ServerError,
};
pub(crate) use frames::content::read as content_of;
pub use frames::credentials::without_credentials;
pub use options::{Answer, ChatOptions, OutgoingFile};
pub use session_check::KnownSession;
pub use tungstenite::TungsteniteDialer;
