//! What a test can expect of the open connection's deployment, and which steps of the open scenario files cannot work there.

use crate::{App, Result, lab::doctor::lab_doctor, views::LabDoctorView};

impl App {
    /// Reads the public configuration of a deployment, without signing in.
    ///
    /// # Errors
    /// No deployment, or one whose configuration cannot be asked for.
    pub async fn lab_doctor(
        &self,
        deployment: Option<&str>,
        page_origin: Option<&str>,
    ) -> Result<LabDoctorView> {
        let target = self.lab_target_of(deployment, page_origin)?;
        lab_doctor(&target, &self.0.scenarios.suites()).await
    }
}
