//! The messenger deployment of a connection and the origin of its guests, as a person gives them. Whether an address can be made
//! of them is asked where it is made.

use genesys::webmessaging::{check_deployment_id, page_origin};
use model::trimmed;

use crate::{Failure, Result};

/// The longest origin, in bytes.
const LONGEST_ORIGIN: usize = 500;

/// The id without what was pasted around it.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] in `field` for what no id can be.
pub(crate) fn deployment_id(field: &str, text: &str) -> Result<String> {
    let id = trimmed(text);
    let is_id = check_deployment_id(id).is_ok()
        && !id.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '/' | '\\' | '?' | '#'));
    match is_id {
        true => Ok(id.to_owned()),
        false => Err(Failure::field(
            field,
            "must be the id of a messenger deployment, such as 5c1a0b5e-2f9a-4b5e-9a55-0d7f6c1f2a33: without blanks and slashes",
        )),
    }
}

/// The origin without what was pasted around it, as a browser sends it. Which ones are allowed is the deployment's matter.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] in `field` for what is no origin of a page.
pub(crate) fn guest_origin(field: &str, text: &str) -> Result<String> {
    let origin = trimmed(text);
    let wrong = "must be the origin of the guests' page, such as https://shop.example: http or https, a host, a port where it is \
                 needed, and nothing else";
    page_origin(origin)
        .ok()
        .filter(|origin| origin.len() <= LONGEST_ORIGIN)
        .ok_or_else(|| Failure::field(field, wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_deployment_or_origin_can_be_is_refused_by_its_field() {
        for bad in ["", " ", "a b", "a/b", "a\nb", "a?b", "\u{7}", ".", "..", &"x".repeat(129)] {
            let refused = deployment_id("deployment", bad).unwrap_err();
            assert_eq!((refused.fields[0].field.as_str(), refused.code.exit_code()), ("deployment", 2));
        }
        for bad in [
            "",
            " \n",
            "null",
            "*",
            "shop.example",
            "https://u:p@x",
            "https://x/path",
            "https://x:99999",
            "https://a b",
            "https://ex\u{e4}mple",
            "a\r\nb: c",
            &"x".repeat(501),
        ] {
            assert_eq!(guest_origin("origin", bad).unwrap_err().fields[0].field, "origin", "{bad:?}");
        }
        assert_eq!(deployment_id("deployment", " 5c1a-B\n").unwrap(), "5c1a-B");
        assert_eq!(guest_origin("origin", "https://shop.example\r\n").unwrap(), "https://shop.example");
    }
}
