use std::time::Duration;

use proof::HoldId;

/// Why the org could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrgError {
    /// Worth asking again: rate limited, timeout, connection cut, 5xx.
    #[error("the org could not answer: {why}")]
    Retry {
        /// The cause, for a person.
        why: String,
        /// How long the org asked us to wait (`Retry-After`).
        after: Option<Duration>,
        /// Whether a delete may have been carried out all the same: true after a timeout, a cut or a 5xx, false
        /// for a 429 or a refused connection. A later 404 then means that *we* deleted the guest.
        perhaps_done: bool,
    },
    /// The org has forgotten where a scan stood; a new scan begins at the first guest.
    #[error("the org has forgotten where the list stood")]
    ScanExpired,
    /// No further call makes sense: 401 after a refresh, 403, a read-only connection. The run ends, resumable.
    #[error("the org does not allow it: {why}")]
    Stop {
        /// The cause, for a person.
        why: String,
    },
    /// Whom this hold keeps cannot be told in this dialect, so nobody may be deleted.
    #[error("the hold {hold} ({owner}) keeps guests by a filter that cannot be judged here: {why}")]
    Unjudged {
        /// The hold.
        hold: HoldId,
        /// Who answers for it.
        owner: String,
        /// Why its filter cannot be judged.
        why: String,
    },
    /// This call would fail each time (400, 422); the run goes on with the next guest.
    #[error("the org refused: {why}")]
    Failed {
        /// The cause, for a person.
        why: String,
    },
}
