//! Deletes in an org of which retention is not finished: refused before the org is asked anything.

use crate::{App, Failure, FailureCode, Result};

impl App {
    /// Whether this connection's dialect has retention and deletes. Asked first by everything that plans, schedules, carries out
    /// or does one.
    ///
    /// # Errors
    /// [`FailureCode::NotInThisDialect`].
    pub fn deletes_are_offered(&self) -> Result<()> {
        if self.0.org.can.deletes {
            return Ok(());
        }
        let dialect = self.0.org.can.dialect;
        let message = format!(
            "This version deletes nobody in an org of the dialect {dialect}: nothing was asked of it."
        );
        Err(Failure::new(FailureCode::NotInThisDialect, message).with_next(
            "Delete the contact in the org's own administration, or use a connection of the dialect guest-api.",
        ))
    }
}
