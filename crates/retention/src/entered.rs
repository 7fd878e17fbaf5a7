//! What a person entered, checked field by field.

use crate::Error;

pub(crate) fn invalid(field: &'static str, why: &str) -> Error {
    Error::Invalid { field, why: why.to_owned() }
}

/// The text without spaces around it: one line, not empty, of at most `longest` bytes.
pub(crate) fn one_line(field: &'static str, text: &str, longest: usize) -> Result<String, Error> {
    let text = text.trim();
    match text.len() {
        0 => Err(invalid(field, "is required")),
        n if n > longest => Err(invalid(field, &format!("may have at most {longest} bytes"))),
        _ if text.chars().any(char::is_control) => Err(invalid(field, "must be one line of text")),
        _ => Ok(text.to_owned()),
    }
}
