//! What a test can expect of a deployment, by its public configuration alone.

use crate::{
    App, Result,
    views::{LabDoctorView, LabProblemView, count},
};

use super::{content, words};

impl App {
    /// Reads the public configuration of a deployment, without signing in.
    ///
    /// # Errors
    /// A deployment that is unknown or whose configuration cannot be read.
    pub async fn lab_doctor(
        &self,
        deployment: Option<&str>,
        page_origin: Option<&str>,
    ) -> Result<LabDoctorView> {
        let target = self.lab_place(deployment, page_origin)?;
        let config = target.client.config(&target.deployment).await?;
        let deployment = target.deployment;
        let closed = words::closed(&config).map(|why| format!("The deployment {} {why}.", deployment.id));
        let origins = config.origins.clone().unwrap_or_default();
        let refused = deployment.origin.as_ref().filter(|origin| {
            let allows = |named: &String| named.contains(origin.as_str()) || origin.contains(named.as_str());
            !origins.is_empty() && !origins.iter().any(allows)
        });
        let refused = refused.map(|origin| format!("The deployment does not allow the origin {origin}."));
        let problem = |why| LabProblemView { step: None, why };
        Ok(LabDoctorView {
            host: deployment.host(),
            deployment: deployment.id,
            active: config.active.unwrap_or(true),
            origins,
            offers: content::offers(&config),
            session_seconds: config.session_seconds.map(count),
            problems: closed.into_iter().chain(refused).map(problem).collect(),
        })
    }
}
