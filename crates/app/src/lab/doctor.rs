//! What a test can expect of a deployment, from its public configuration alone.

use std::path::{Path, PathBuf};

use genesys::webmessaging::{DeploymentConfig, WebMessagingError};
use lab::{
    doctor::{self, CONNECT, Disconnect, Expectations, Problem},
    scenario::Suite,
};

use crate::{
    App, LabTarget, Result,
    views::{LabDisconnect, LabDoctorView, LabProblemView, count},
};

/// What the deployment's configuration says, and which steps of these files cannot work there. Signs in nowhere and sends no
/// message. Where there is no such deployment, that is the one problem.
///
/// # Errors
/// The configuration cannot be asked for at all.
pub async fn lab_doctor(target: &LabTarget, suites: &[(PathBuf, Suite)]) -> Result<LabDoctorView> {
    match target.client.config(&target.deployment).await {
        Ok(config) => Ok(view(target, &config, suites)),
        Err(error @ WebMessagingError::BadDeployment(_)) => {
            let view = view(target, &DeploymentConfig::default(), &[]);
            // Without a configuration no step was looked at.
            let why = error.to_string();
            Ok(LabDoctorView { problems: vec![of_connecting(why)], ..view })
        }
        Err(error) => Err(error.into()),
    }
}

impl App {
    /// The same for the open connection's deployment, or another that is named, and the scenario files that are open.
    ///
    /// # Errors
    /// No deployment, or one whose configuration cannot be asked for.
    pub async fn lab_doctor(
        &self,
        deployment: Option<&str>,
        page_origin: Option<&str>,
    ) -> Result<LabDoctorView> {
        let target = self.lab_target_of(deployment, page_origin)?;
        self.scenario_read_again().await?;
        let view = lab_doctor(&target, &self.0.scenarios.suites()).await?;
        Ok(LabDoctorView { unread: self.0.scenarios.unread(), ..view })
    }
}

fn of_connecting(why: String) -> LabProblemView {
    LabProblemView { step: CONNECT.to_owned(), why, file: None, line: None, column: None, scenario: None }
}

fn view(target: &LabTarget, config: &DeploymentConfig, suites: &[(PathBuf, Suite)]) -> LabDoctorView {
    let told = Expectations::of(config);
    let origin = target.deployment.origin.as_deref();
    let connecting = doctor::connecting(config, origin).into_iter().map(|problem| of_connecting(problem.why));
    let steps = suites.iter().flat_map(|(_, suite)| doctor::steps(config, suite, &size_of)).map(of_step);
    let ending = doctor::ending(config).map(of_step);
    let kilobytes = told.attachments.as_ref().and_then(|rules| rules.max_kib);
    LabDoctorView {
        deployment: target.deployment.id.clone(),
        host: target.host.clone(),
        active: told.active,
        origins: told.origins,
        auto_start: told.auto_start,
        disconnect: told.disconnect.map(|disconnect| match disconnect {
            Disconnect::Off => LabDisconnect::Off,
            Disconnect::Send => LabDisconnect::Send,
            Disconnect::ReadOnly => LabDisconnect::ReadOnly,
        }),
        clear: told.clear,
        attachments: told.attachments.as_ref().map(|rules| rules.enabled),
        attachment_types: told.attachments.map(|rules| rules.types).unwrap_or_default(),
        attachment_max_kb: kilobytes.map(count),
        typing: told.typing,
        agent_typing: told.agent_typing,
        session_seconds: told.session_seconds.map(count),
        problems: connecting.chain(ending).chain(steps).collect(),
        files: count(suites.len() as u64),
        unread: Vec::new(),
    }
}

fn of_step(problem: Problem) -> LabProblemView {
    let place = problem.place.as_ref();
    LabProblemView {
        step: problem.step.to_owned(),
        why: problem.why,
        file: place.map(|place| place.file.display().to_string()),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        scenario: problem.scenario,
    }
}

/// The size of a regular file.
fn size_of(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|about| about.len())
}
