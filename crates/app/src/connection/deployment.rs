//! The messenger deployment of a connection and the origin of its guests, as a person gives them. Whether an address can be made
//! of them is asked where it is made.

use model::trimmed;

use crate::{Failure, Result};

/// The longest id of a deployment, in bytes. The vendor's have 36.
const LONGEST_ID: usize = 200;

/// The longest origin, in bytes.
const LONGEST_ORIGIN: usize = 500;

/// The id without what was pasted around it.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] in `field` for what no id can be.
pub(crate) fn deployment_id(field: &str, text: &str) -> Result<String> {
    let id = trimmed(text);
    let is_id = (1..=LONGEST_ID).contains(&id.len())
        && !id.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\' | '?' | '#'));
    match is_id {
        true => Ok(id.to_owned()),
        false => Err(Failure::field(
            field,
            "must be the id of a messenger deployment, such as 5c1a0b5e-2f9a-4b5e-9a55-0d7f6c1f2a33: without blanks and slashes",
        )),
    }
}

/// The origin without what was pasted around it. It is sent as it is given: which ones are allowed is the deployment's matter.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] in `field` for what no header can hold.
pub(crate) fn guest_origin(field: &str, text: &str) -> Result<String> {
    let origin = trimmed(text);
    if (1..=LONGEST_ORIGIN).contains(&origin.len()) && origin.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(origin.to_owned());
    }
    Err(Failure::field(field, "must be the origin of the guests' page, such as https://shop.example"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_deployment_or_origin_can_be_is_refused_by_its_field() {
        for bad in ["", " ", "a b", "a/b", "a\nb", "a?b", "\u{7}", &"x".repeat(201)] {
            let refused = deployment_id("deployment", bad).unwrap_err();
            assert_eq!((refused.fields[0].field.as_str(), refused.code.exit_code()), ("deployment", 2));
        }
        for bad in ["", " \n", "https://a b", "https://ex\u{e4}mple", "a\r\nb: c", &"x".repeat(501)] {
            assert_eq!(guest_origin("origin", bad).unwrap_err().fields[0].field, "origin", "{bad:?}");
        }
        assert_eq!(deployment_id("deployment", " 5c1a-B\n").unwrap(), "5c1a-B");
        assert_eq!(guest_origin("origin", "https://shop.example\r\n").unwrap(), "https://shop.example");
    }
}
