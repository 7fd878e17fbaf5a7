//! Running the scenarios of the open files.

use std::path::PathBuf;

use crate::{
    App, Existing, Failure, Result,
    views::{ReportForm, ScenarioChoice, ScenarioDetailView, ScenarioResultPage, ScenarioRunOptions},
};

impl App {
    /// Runs scenarios; what becomes of them is told as it happens.
    ///
    /// # Errors
    /// A run that goes on; bad options by field; nothing to run.
    pub async fn scenario_run(&self, choice: ScenarioChoice, options: ScenarioRunOptions) -> Result<()> {
        let _ = (choice, options);
        Err(not_yet())
    }

    /// Ends the run; what ended stays.
    ///
    /// # Errors
    /// None so far.
    pub fn scenario_stop(&self) -> Result<()> {
        Ok(())
    }

    /// Results, failures first.
    ///
    /// # Errors
    /// None so far.
    pub fn scenario_results(&self, offset: u32, limit: u32) -> Result<ScenarioResultPage> {
        let _ = (offset, limit);
        Ok(ScenarioResultPage::default())
    }

    /// One result with all that is known of it.
    ///
    /// # Errors
    /// A result that is not there any more.
    pub fn scenario_result(&self, number: u32) -> Result<ScenarioDetailView> {
        let _ = number;
        Err(not_yet())
    }

    /// Writes a report of the results.
    ///
    /// # Errors
    /// Nothing to report; a name that cannot be written, by the field `file`.
    pub async fn scenario_report_save(
        &self,
        form: ReportForm,
        file: PathBuf,
        existing: Existing,
    ) -> Result<String> {
        let _ = (form, file, existing);
        Err(not_yet())
    }
}

fn not_yet() -> Failure {
    Failure::internal("the runner is not there yet")
}
