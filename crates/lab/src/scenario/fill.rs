//! Texts with their variables filled in.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use model::Secret;
use serde_json::Value;

use super::{
    confine::MAX_PATH_BYTES,
    iso_time::is_iso_time,
    model::{Action, Pick, Setting, Step},
    place::{Mistake, Place},
    steps::NOT_ISO,
    variables::{Budget, Environment, TOO_LARGE, Unfilled, Values},
};

/// How many bytes filling in variables and following includes may make.
const MAX_FILLED_BYTES: usize = 64 * 1024 * 1024;

/// What a step takes of that beside its texts.
const STEP_SIZE: usize = 32;

/// What an include takes of that: so much, because it is looked for among all scenarios of a file.
const INCLUDE_SIZE: usize = 4 * 1024;

/// What each part of a path takes of that, because each is looked up on the disk.
const PATH_PART_SIZE: usize = 256;

/// Fills variables in, and remembers which values came from the environment.
pub struct Filling<'a> {
    environment: Environment<'a>,
    budget: Budget,
    masked: BTreeSet<String>,
}

impl<'a> Filling<'a> {
    pub fn new(environment: Environment<'a>) -> Self {
        Self { environment, budget: Budget(MAX_FILLED_BYTES), masked: BTreeSet::new() }
    }

    /// What came from the environment.
    pub fn into_masked(self) -> Vec<Secret> {
        self.masked.into_iter().filter(|value| !value.is_empty()).map(Secret::new).collect()
    }

    /// What the variables of a file mean. Each may use those above it.
    pub fn values(&mut self, variables: &[(String, Setting)]) -> Result<Values<'a>, Mistake> {
        let mut values = Values::new(self.environment);
        for (name, setting) in variables {
            let text = self.any_text(&values, &setting.text, &setting.place)?;
            values.define(name, text);
        }
        Ok(values)
    }

    /// Counts an include.
    pub fn count_include(&mut self, at: &Place) -> Result<(), Mistake> {
        self.count(INCLUDE_SIZE, at)
    }

    /// Counts the parts of a path that is to be looked up.
    pub fn count_path(&mut self, path: &Path, at: &Place) -> Result<(), Mistake> {
        if path.as_os_str().len() > MAX_PATH_BYTES {
            return Ok(()); // It is refused before anything is looked up.
        }
        self.count(path.components().count().saturating_mul(PATH_PART_SIZE), at)
    }

    fn count(&mut self, bytes: usize, at: &Place) -> Result<(), Mistake> {
        self.budget.take(bytes).map_err(|_| at.mistake(TOO_LARGE))
    }

    /// A text that must not be empty.
    pub fn text(&mut self, values: &Values<'a>, text: &str, at: &Place) -> Result<String, Mistake> {
        let filled = self.any_text(values, text, at)?;
        if filled.is_empty() {
            Err(at.mistake("with its variables filled in the text is empty"))
        } else {
            Ok(filled)
        }
    }

    fn any_text(&mut self, values: &Values<'a>, text: &str, at: &Place) -> Result<String, Mistake> {
        values.fill_in(text, &mut self.budget, &mut self.masked).map_err(|why| {
            let Unfilled { words, is_unset } = why;
            Mistake { is_environment: is_unset, ..at.mistake(words) }
        })
    }

    fn texts(&mut self, values: &Values<'a>, texts: &[String], at: &Place) -> Result<Vec<String>, Mistake> {
        texts.iter().map(|text| self.text(values, text, at)).collect()
    }

    fn by_name(
        &mut self,
        values: &Values<'a>,
        texts: &[(String, String)],
        at: &Place,
    ) -> Result<Vec<(String, String)>, Mistake> {
        texts.iter().map(|(name, text)| Ok((name.clone(), self.any_text(values, text, at)?))).collect()
    }

    /// A step with its texts filled in. `attachment` says which file a path means.
    pub fn step(
        &mut self,
        values: &Values<'a>,
        step: &Step,
        attachment: &dyn Fn(&Path, &Place) -> Result<PathBuf, Mistake>,
    ) -> Result<Step, Mistake> {
        let at = &step.place;
        self.count(STEP_SIZE, at)?;
        let action = match &step.action {
            Action::Say(text) => Action::Say(self.text(values, text, at)?),
            Action::WaitForReplyContaining(text) => {
                Action::WaitForReplyContaining(self.text(values, text, at)?)
            }
            Action::WaitForReplyMatching(text) => Action::WaitForReplyMatching(self.text(values, text, at)?),
            Action::Tap(text) => Action::Tap(self.text(values, text, at)?),
            Action::NeverContaining(text) => Action::NeverContaining(self.text(values, text, at)?),
            Action::Pick(Pick::List(entries)) => Action::Pick(Pick::List(self.texts(values, entries, at)?)),
            Action::Pick(Pick::Time(time)) => match self.text(values, time, at)? {
                time if is_iso_time(&time) => Action::Pick(Pick::Time(time)),
                _ => return Err(at.mistake(NOT_ISO)),
            },
            Action::Fill(fields) => Action::Fill(self.by_name(values, fields, at)?),
            Action::Attributes(attributes) => Action::Attributes(self.by_name(values, attributes, at)?),
            Action::Attach(path) => {
                let path = self.text(values, &path.to_string_lossy(), at)?;
                let path = Path::new(&path);
                self.count_path(path, at)?;
                Action::Attach(attachment(path, at)?)
            }
            Action::ExpectQuickReplies(replies) => {
                Action::ExpectQuickReplies(self.texts(values, replies, at)?)
            }
            Action::Optional(step) => Action::Optional(Box::new(self.step(values, step, attachment)?)),
            Action::Within { limit, step } => {
                Action::Within { limit: *limit, step: Box::new(self.step(values, step, attachment)?) }
            }
            Action::ExpectAttribute(attributes) => {
                let mut filled = Vec::new();
                for (name, value) in attributes {
                    let value = match value {
                        Value::String(text) => Value::String(self.any_text(values, text, at)?),
                        other => other.clone(),
                    };
                    filled.push((name.clone(), value));
                }
                Action::ExpectAttribute(filled)
            }
            Action::ExpectDisconnect { .. } | Action::GoOffline | Action::ComeBack | Action::Pause(_) => {
                step.action.clone()
            }
        };
        Ok(Step { place: at.clone(), action })
    }
}
