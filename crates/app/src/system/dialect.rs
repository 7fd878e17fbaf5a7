use genesys::Dialect;
use model::trimmed;

use crate::{Failure, Result};

/// The dialect of this name, which a person or a variable gave.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] with the names there are.
pub(crate) fn dialect_named(field: &str, name: &str) -> Result<Dialect> {
    Dialect::named(trimmed(name)).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::as_str).join(" or ");
        let given: String = name.chars().take(40).collect();
        Failure::field(field, format!("must be {names}, and not {given:?}"))
    })
}
