use serde_json::Value;
use url::Url;

use super::error::WebMessagingError;
use crate::Endpoints;

/// One deployment and its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id, a UUID for the vendor; any text without blanks for others.
    pub id: String,
    /// What a guest's page would send as `Origin`.
    pub origin: Option<String>,
    pub(crate) socket: Url,
    pub(crate) config: Url,
    pub(crate) api: Url,
}

/// What the public configuration of a deployment says. What is missing there is `None` and is taken as the vendor's default
/// by whoever asks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeploymentConfig {
    /// `status` is `Active`, where it says so.
    pub active: Option<bool>,
    /// The messenger is enabled.
    pub messenger_enabled: Option<bool>,
    /// The conversation starts with the session.
    pub auto_start: Option<bool>,
    /// A Disconnect event is sent at the end (`conversationDisconnect.enabled`).
    pub disconnect: Option<bool>,
    /// …after which the session is read-only (`type` is `ReadOnly`).
    pub disconnect_read_only: Option<bool>,
    /// The guest may clear the conversation.
    pub clear: Option<bool>,
    /// The guest's typing is shown to the agent.
    pub user_typing: Option<bool>,
    /// The agent's typing is shown to the guest.
    pub agent_typing: Option<bool>,
    /// Files may be sent, and which.
    pub uploads: Option<UploadRules>,
    /// Guests must sign in.
    pub auth: Option<bool>,
    /// Origins that the configuration names (`allowedDomains`), where it does.
    pub origins: Option<Vec<String>>,
    /// Where it says so, in seconds.
    pub session_seconds: Option<u64>,
    /// The whole answer, for what this program does not know.
    pub raw: Value,
}

/// Which files may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UploadRules {
    /// Whether any.
    pub enabled: bool,
    /// Media types; empty: not told; `*/*`: any.
    pub types: Vec<String>,
    /// In KiB.
    pub max_kib: Option<u64>,
}

impl Deployment {
    /// The addresses of a deployment: `wss://webmessaging.DOMAIN/v1` and `https://api-cdn.DOMAIN/…` of a region, the same origin
    /// for one origin (`ws` only on loopback).
    ///
    /// # Errors
    /// [`WebMessagingError::BadDeployment`].
    pub fn at(endpoints: &Endpoints, id: &str, origin: Option<&str>) -> Result<Self, WebMessagingError> {
        let _ = (endpoints, id, origin);
        Err(WebMessagingError::BadDeployment("not built yet".into()))
    }

    /// Host and port of the socket, as result lines name it.
    #[must_use]
    pub fn host(&self) -> String {
        match self.socket.port() {
            Some(port) => format!("{}:{port}", self.socket.host_str().unwrap_or_default()),
            None => self.socket.host_str().unwrap_or_default().to_owned(),
        }
    }
}
