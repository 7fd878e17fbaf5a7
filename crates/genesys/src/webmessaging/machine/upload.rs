//! The upload that is under way.

use std::time::Duration;

use uuid::Uuid;

#[derive(Debug)]
pub(super) struct Upload {
    /// The message with the file.
    pub(super) message: Uuid,
    pub(super) attachment: Uuid,
    /// In bytes.
    pub(super) size: u64,
    /// What was told of it, in bytes. It never becomes less.
    pub(super) sent: u64,
    /// Until then the next answer is there.
    pub(super) until: Duration,
    /// Whether its bytes are under way.
    pub(super) putting: bool,
}
