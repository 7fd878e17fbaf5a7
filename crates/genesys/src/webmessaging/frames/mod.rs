//! The frames of the guest socket: what a guest sends, to the letter, and what comes, read as far as it can be understood.
//! Pure; what comes is hostile until it is read.

pub(crate) mod content;
pub(crate) mod credentials;
pub(crate) mod history;
pub(crate) mod incoming;
pub(crate) mod mask;
pub(crate) mod message;
pub(crate) mod outgoing;
