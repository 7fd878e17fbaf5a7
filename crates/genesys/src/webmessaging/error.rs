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
    },
    /// A connection was made and nothing came within the limit.
    #[error("{host} accepted the connection and did not answer within {seconds} s")]
    Silent {
        /// The host and port.
        host: String,
        /// The limit.
        seconds: u64,
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

/// Why an upgrade was refused, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedBecause {
    /// 403.
    #[error("the deployment is unknown or inactive, or does not allow this origin")]
    DeploymentOrOrigin,
    /// Anything else.
    #[error("no WebSocket is served at this address")]
    NoSocket,
}
