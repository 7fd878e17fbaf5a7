//! What a test can expect of a deployment, by its public configuration alone.

use genesys::webmessaging::DeploymentConfig;

use super::words;
use crate::{
    App, Result,
    views::{LabDisconnect, LabDoctorView, LabProblemView, count},
};

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
        let target = self.lab_target_of(deployment, page_origin)?;
        let config = target.client.config(&target.deployment).await?;
        let why = words::closed(&config);
        let problem = |why| LabProblemView {
            step: "connect".to_owned(),
            why: format!("The deployment {} {why}.", target.deployment.id),
            file: None,
            line: None,
            column: None,
            scenario: None,
        };
        let problems = why.map(problem).into_iter().collect();
        Ok(view(target.deployment.id.clone(), target.host, &config, problems))
    }
}

fn view(
    deployment: String,
    host: String,
    config: &DeploymentConfig,
    problems: Vec<LabProblemView>,
) -> LabDoctorView {
    let uploads = config.uploads.clone().unwrap_or_default();
    LabDoctorView {
        deployment,
        host,
        active: config.active,
        origins: config.origins.clone(),
        auto_start: config.auto_start == Some(true),
        disconnect: match (config.disconnect, config.disconnect_read_only) {
            (Some(true), Some(true)) => LabDisconnect::ReadOnly,
            (Some(true), _) => LabDisconnect::Send,
            _ => LabDisconnect::Off,
        },
        clear: config.clear == Some(true),
        attachments: uploads.enabled,
        attachment_types: uploads.types,
        attachment_max_kb: uploads.max_kib.map(count),
        typing: config.user_typing == Some(true),
        agent_typing: config.agent_typing == Some(true),
        session_seconds: config.session_seconds.map(count),
        problems,
    }
}
