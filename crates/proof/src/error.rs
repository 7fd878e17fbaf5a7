use std::{io, path::PathBuf};

use crate::Broken;

/// What went wrong in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The audit log could not be read or written.
    #[error("could not {doing} {path}", path = .path.display())]
    File {
        /// What was tried, such as "open the audit log".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The audit log is not as it was written.
    #[error("the audit log {path} does not hold", path = .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        #[source]
        source: Broken,
    },
    /// Text that is no head of an audit log.
    #[error("the head must be a count, a colon and 64 hex digits")]
    Head,
    /// The system gave no random bytes for a key.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
    /// What the secret store has under this name is no signing key.
    #[error("the signing key in the secret store is not 64 hex digits")]
    SigningKey,
}
