//! What the guest socket is told at the start: deployments, what they allow, and the limits.

use super::bot::Bot;

/// What one deployment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id, as `deploymentId` names it.
    pub id: String,
    /// The pages that may use it, such as `https://shop.example`; empty for every page.
    pub origins: Vec<String>,
    /// Whether it is switched on.
    pub active: bool,
}

impl Deployment {
    /// The one there is when none is named.
    pub const DEFAULT_ID: &str = "00000000-0000-4000-8000-000000000001";

    /// An active one that every page may use.
    #[must_use]
    pub fn open(id: &str) -> Self {
        Self { id: id.to_owned(), origins: Vec::new(), active: true }
    }

    /// Whether a page of that origin may use it. A caller without an origin is no page.
    pub(crate) fn allows(&self, origin: Option<&str>) -> bool {
        let same = |allowed: &String| origin.is_some_and(|o| o.eq_ignore_ascii_case(allowed));
        self.origins.is_empty() || origin.is_none() || self.origins.iter().any(same)
    }
}

/// What a guest is told when an agent leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Disconnect {
    /// Nothing, as the vendor's default is.
    #[default]
    Off,
    /// That the agent left; the guest may write on.
    Send,
    /// That the agent left; the session is read-only from then on.
    ReadOnly,
}

/// How the guest socket behaves, for all deployments.
#[derive(Clone)]
pub struct Messaging {
    /// Where guests come in.
    pub deployments: Vec<Deployment>,
    /// Who answers them by itself.
    pub bot: Bot,
    /// What a guest is told when an agent leaves.
    pub disconnect: Disconnect,
    /// Whether a Join starts the conversation; else the first message does.
    pub auto_start: bool,
    /// Whether guests may clear their conversation.
    pub clear: bool,
    /// Whether Presence events are taken; else they are answered with 403.
    pub presence: bool,
    /// Whether guests may send files.
    pub attachments: bool,
    /// Whether history gives back the `metadata` that came with a message; unknown for the vendor.
    pub history_metadata: bool,
    /// What is too much.
    pub limits: Limits,
}

impl Default for Messaging {
    /// One open deployment, the demonstration bot, and the vendor's defaults.
    fn default() -> Self {
        Self {
            deployments: vec![Deployment::open(Deployment::DEFAULT_ID)],
            bot: Bot::demo(),
            disconnect: Disconnect::Off,
            auto_start: false,
            clear: false,
            presence: true,
            attachments: true,
            history_metadata: false,
            limits: Limits::default(),
        }
    }
}

/// How much is too much (genesys-facts.md, section 5.5). Rates are `None` for no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Messages of one session a second.
    pub messages_per_second: Option<u32>,
    /// Frames of one connection a minute.
    pub requests_per_minute: Option<u32>,
    /// `configureSession` of one session a minute.
    pub configures_per_minute: Option<u32>,
    /// `echo` of one connection a minute.
    pub echoes_per_minute: Option<u32>,
    /// Calls for the history of one session a minute.
    pub history_per_minute: Option<u32>,
    /// New connections of one deployment a minute.
    pub connections_per_minute: Option<u32>,
    /// Connections of one session at once; with one more the oldest is closed.
    pub connections: usize,
    /// Seconds after its last message at which a session expires.
    pub session_seconds: u32,
    /// Seconds for which a guest's JWT is good; the vendor's are unknown.
    pub jwt_seconds: u32,
    /// Seconds for which an address for an upload or a download is good.
    pub link_seconds: u32,
    /// Bytes of a guest's text.
    pub text_bytes: usize,
    /// Bytes of the custom attributes, as compact JSON.
    pub attribute_bytes: usize,
    /// Characters of an agent's text.
    pub agent_characters: usize,
    /// Bytes of a file's name.
    pub file_name_bytes: usize,
    /// Thousands of bytes (1,024) of a file.
    pub file_kilobytes: u32,
}

impl Default for Limits {
    /// The limits that a guest meets in an ordinary conversation. [`Limits::documented`] has the rates beside them too.
    fn default() -> Self {
        Self {
            messages_per_second: Some(2),
            requests_per_minute: None,
            configures_per_minute: None,
            echoes_per_minute: None,
            history_per_minute: None,
            connections_per_minute: None,
            connections: 3,
            session_seconds: 259_200,
            jwt_seconds: 3600,
            link_seconds: 600,
            text_bytes: 4096,
            attribute_bytes: 2048,
            agent_characters: 4000,
            file_name_bytes: 1024,
            file_kilobytes: 10_240,
        }
    }
}

impl Limits {
    /// Every rate that the vendor documents.
    #[must_use]
    pub fn documented() -> Self {
        Self {
            requests_per_minute: Some(60),
            configures_per_minute: Some(60),
            echoes_per_minute: Some(2),
            history_per_minute: Some(10),
            connections_per_minute: Some(1000),
            ..Self::default()
        }
    }
}
