//! An error with its causes as one line of text.

use std::io::ErrorKind;

use super::io_errors::{Cause, io_error};

/// Our own words, and what the system says behind them; what the libraries in between call it is for the log.
pub(crate) fn own_words(error: &dyn std::error::Error) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        // Of these kinds are the errors that a library wraps.
        let is_of_library =
            |kind| matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::Other);
        if let Some(said) = io_error(cause).filter(|said| !is_of_library(said.kind())) {
            return format!("{error}: {}", Cause::of(said).words);
        }
        source = cause.source();
    }
    error.to_string()
}

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
