//! An error with its causes as one line of text.

use super::io_errors::{Cause, io_error};

/// The whole chain of causes in one line, for the log and for failures that show their cause.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        if let Some(said) = io_error(cause) {
            text.push_str(&Cause::of(said).words);
            break;
        }
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
