use std::{path::Path, sync::Arc};

use lab::{
    load::{Load, LoadOptions},
    run::Mask,
    scenario::Suite,
};

use super::scenario_run::{Pace, masked};
use crate::{Failure, FailureCode, Lab, LabChoice, Result, app::blocking};

impl Lab<'_> {
    /// Guests who go round the `say` steps of a file. Beyond this computer only where a person has confirmed it.
    ///
    /// # Errors
    /// [`FailureCode::ConfirmationNeeded`], a file without a `say` step, what [`Lab::target`] refuses, a read-only connection.
    pub async fn load(
        &self,
        file: &Path,
        suite: Suite,
        choice: &LabChoice,
        options: LoadOptions,
        is_confirmed: bool,
    ) -> Result<Load> {
        let of_file = LabChoice { file: Some(suite.config.clone()), ..choice.clone() };
        let mask = Mask::new(&suite.masked);
        let target = self.target(&of_file).await.map_err(|failure| masked(failure, &mask))?;
        target.may_write()?;
        if !target.is_local && !is_confirmed {
            let message = format!(
                // vendor-fact: load-test-ticket
                "{} guests would chat with {}, which is no simulator on this computer. Genesys wants a ticket two weeks before an \
                 automated test on a live org, and every guest takes a conversation there.",
                options.guests,
                mask.text(&target.host)
            );
            return Err(Failure::new(FailureCode::ConfirmationNeeded, message).with_next(
                "Give --yes-load-test, when the ticket is there or no agents and customers are disturbed.",
            ));
        }
        let missing = || {
            Failure::field("FILE", "has no `say` step, so the guests would have nothing to write")
                .with_next("Name a file whose scenarios have a `say` step.")
        };
        let config = target.config().await;
        let notes = target.notes.clone();
        // A load of a file that says nothing begins no run.
        let has_words = suite.scenarios.iter().any(|scenario| !scenario.steps.is_empty());
        if !has_words {
            return Err(missing());
        }
        let run = Arc::new(blocking(move || notes.begin()).await?);
        let run = target.suite_run(file, suite, config.as_ref(), Pace::default(), run);
        Load::new(run.target, &run.suite, options).ok_or_else(missing)
    }
}
