//! Saving a chat as a scenario file, where a person chose.

use std::{io::Write, path::PathBuf};

use uuid::Uuid;

use super::scenario::{Saved, Where, scenario};
use crate::{
    App, Environment, Existing, Failure, Result,
    views::{LabScenarioSaved, count},
};

/// The longest name of a scenario, in characters.
const LONGEST_NAME: usize = 200;

impl App {
    /// Writes a chat as a scenario file, with the files that were sent in it beside it.
    ///
    /// # Errors
    /// A chat that is unknown or without anything to save; a name that cannot be written, by the field `file`.
    pub async fn lab_scenario_save(
        &self,
        chat: Uuid,
        name: &str,
        file: PathBuf,
        existing: Existing,
    ) -> Result<LabScenarioSaved> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let what = format!("must have 1 to {LONGEST_NAME} characters, none of them a control character");
            return Err(Failure::field("name", what));
        }
        let live = self.0.chat_lab.get(chat)?;
        let environment = &self.0.connection.environment;
        let about = &live.about;
        let region = match environment {
            Environment::Region(region) => Some(region.as_str()),
            Environment::Embedded | Environment::BaseUrl(_) => None,
        };
        let at =
            Where { deployment: &about.deployment.id, origin: about.deployment.origin.as_deref(), region };
        let attributes = about.all_attributes();
        let replayed = *environment != Environment::Embedded;
        let saved = live.look(|record| scenario(name, &at, attributes, record.rows.iter(), replayed));
        self.on_disk(move |app| app.write_scenario(&saved, &file, existing)).await
    }

    fn write_scenario(
        &self,
        saved: &Saved,
        file: &std::path::Path,
        existing: Existing,
    ) -> Result<LabScenarioSaved> {
        let beside = file.parent().unwrap_or(std::path::Path::new("")).to_owned();
        let mut out = self.folder().output(file, existing)?;
        for attached in &saved.attached {
            let to = beside.join(&attached.name);
            if to.canonicalize().ok() == attached.from.canonicalize().ok() {
                continue;
            }
            let unreadable = |e: &std::io::Error| Failure::unreadable("file", &attached.from, e);
            let bytes = std::fs::read(&attached.from).map_err(|e| unreadable(&e))?;
            let mut copy = self.folder().output(&to, Existing::Keep)?;
            copy.write_all(&bytes).map_err(|e| copy.failed(&e))?;
            copy.publish()?;
        }
        out.write_all(lab::scenario::to_yaml(&saved.file).as_bytes()).map_err(|e| out.failed(&e))?;
        let steps = saved.file.scenarios.iter().map(|scenario| scenario.steps.len()).sum::<usize>();
        let file = out.publish()?.display().to_string();
        Ok(LabScenarioSaved { file, steps: count(steps as u64), left_out: saved.left_out.clone() })
    }
}
