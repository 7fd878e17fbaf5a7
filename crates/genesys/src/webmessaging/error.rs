use std::time::Duration;

/// What can go wrong with the guest socket. Shared by value, since states keep the last one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebMessagingError {
    /// The address of the deployment cannot be made.
    #[error("{0}")]
    BadDeployment(String),
    /// No connection could be made: name, network, certificate.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The host and port.
        host: String,
        /// In a few words.
        why: String,
    },
    /// The certificate of the host is not trusted.
    #[error("the certificate of {host} is not trusted: {why}")]
    NotTrusted {
        /// The host and port.
        host: String,
        /// In a few words.
        why: String,
    },
    /// The upgrade was answered by a refusal.
    #[error("{host} refused the connection ({status}): {because}")]
    Refused {
        /// The host and port.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What is known of the reason.
        because: RefusedBecause,
        /// How long the answer asks to wait (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// A connection was made and nothing came within the limit.
    #[error("{host} accepted the connection and did not answer within {}", in_words(*.within))]
    Silent {
        /// The host and port.
        host: String,
        /// The limit.
        within: Duration,
    },
    /// The connection was lost.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The org answered with an error while the session was made.
    #[error("the session was refused with code {code}: {text}")]
    SessionRefused {
        /// The code of the frame.
        code: u32,
        /// Its words.
        text: String,
        /// How long the org asked to wait.
        retry_after: Option<Duration>,
    },
    /// The deployment's configuration says that this does not work there.
    #[error("{0}")]
    NotOffered(String),
    /// What was given cannot be sent.
    #[error("{field} {why}")]
    Invalid {
        /// Which part.
        field: &'static str,
        /// What is allowed.
        why: String,
    },
    /// The chat is over.
    #[error("the chat is over")]
    Over,
}

impl WebMessagingError {
    /// How long the other side asked to wait; zero names no time.
    #[must_use]
    pub fn told_wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } | Self::SessionRefused { retry_after, .. } => {
                retry_after.filter(|wait| !wait.is_zero())
            }
            _ => None,
        }
    }
}

/// A limit in words: seconds, and what is less than one in milliseconds.
pub(crate) fn in_words(limit: Duration) -> String {
    match limit.as_millis() {
        millis if millis < 1_000 => format!("{millis} ms"),
        _ => format!("{} s", limit.as_secs()),
    }
}

/// Why an upgrade was refused, as far as its status tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedBecause {
    /// 403.
    // vendor-fact: socket-refused
    #[error("the deployment is unknown or inactive, or does not allow this origin")]
    DeploymentOrOrigin,
    /// 401 and 407: no guest of web messaging signs in for the upgrade, so this is somebody else.
    // vendor-fact: socket-no-sign-in
    #[error("whatever answers there, such as a proxy, wants a sign-in, which web messaging has not")]
    SignIn,
    /// 429.
    #[error("too many connections are made at the moment")]
    TooMany,
    /// 5xx and 408.
    #[error("the org has trouble at the moment")]
    Trouble,
    /// Anything else.
    #[error("no WebSocket is served at this address")]
    NoSocket,
}

impl RefusedBecause {
    /// By the status of the answer.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            403 => Self::DeploymentOrOrigin,
            401 | 407 => Self::SignIn,
            429 => Self::TooMany,
            408 | 500..=599 => Self::Trouble,
            _ => Self::NoSocket,
        }
    }
}
