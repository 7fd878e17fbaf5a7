//! What an answer means beyond its status.

use crate::pipeline::{Error, Sent};

/// An answer that was read and makes no sense; asking changed nothing.
pub(super) fn no_sense(call: &'static str, why: &str) -> Error {
    Error::BadAnswer {
        call,
        status: 200,
        why: why.into(),
        sent: Sent::NotSent,
        correlation_id: None,
        retry_after: None,
    }
}

/// Whether the org said that there is no such path or record, in its own form or by something in its place.
pub(super) fn is_not_served(error: &Error) -> bool {
    match error {
        Error::NotFound(_) | Error::Gone(_) => true,
        Error::BadAnswer { status, .. } => matches!(status, 404 | 405 | 410),
        Error::Invalid { said, .. } => said.status == 405,
        Error::OrgFailed { said, .. } => said.status == 501,
        _ => false,
    }
}
