use model::MessageId;

/// What failed in the outbox. After a failed write the store acknowledges nothing more: open both again.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The outbox could not be read when it was opened.
    #[error("the outbox cannot be opened")]
    Open(#[source] store::Error),
    /// The message is not on the disk, so it was not accepted.
    #[error("the message was not accepted")]
    Accept(#[source] store::Error),
    /// The id belongs to another message already: other conversation, guest or text.
    #[error("the id {0} belongs to another message already")]
    IdTaken(MessageId),
    /// Entries could not be read.
    #[error("the outbox cannot be read")]
    Read(#[source] store::Error),
    /// A person's change of an entry is not on the disk.
    #[error("the entry was not changed")]
    Change(#[source] store::Error),
    /// What a delivery came to could not be recorded; the entry will be uncertain.
    #[error("a delivery could not be recorded")]
    Record(#[source] store::Error),
    /// A later message of its conversation is with the org, or perhaps: this one would be read after it. Nothing was
    /// changed.
    #[error(
        "later messages of its conversation were sent already; the guest's words would be read out of order"
    )]
    OutOfOrder(MessageId),
    /// The org may have it, and nothing but a person can say what becomes of it. Nothing was changed.
    #[error(
        "the org may have the message; it counts as delivered, is sent again or is discarded only when a person says so"
    )]
    NeedsDecision(MessageId),
    /// There is no entry of that id.
    #[error("the outbox has no entry {0}")]
    UnknownEntry(MessageId),
}
