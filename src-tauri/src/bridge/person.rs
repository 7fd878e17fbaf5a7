//! The person before a story's window: what they say to the shell's own questions.

use std::path::PathBuf;

use parking_lot::Mutex;
use serde::Deserialize;

/// What they say next.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Answers {
    /// Yes to every question.
    confirm: bool,
    /// The file they choose; none is Cancel.
    save_as: Option<PathBuf>,
    /// The files or the folder they open; none is Cancel.
    open: Vec<PathBuf>,
}

/// Says no and chooses nothing until the story says otherwise.
#[derive(Default)]
pub(crate) struct Person {
    sees_tray: bool,
    said: Mutex<(Answers, Vec<String>)>,
}

impl Person {
    pub(super) fn new(sees_tray: bool) -> Self {
        Self { sees_tray, said: Mutex::default() }
    }

    pub(super) fn will_say(&self, answers: Answers) {
        self.said.lock().0 = answers;
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.said.lock().1.clone()
    }

    pub(crate) fn sees_tray(&self) -> bool {
        self.sees_tray
    }

    /// Their answer to a question.
    pub(crate) fn confirms(&self, asked: String) -> bool {
        let mut said = self.said.lock();
        said.1.push(asked);
        said.0.confirm
    }

    /// The file they choose in a dialog of this title.
    pub(crate) fn chooses(&self, title: &str) -> Option<PathBuf> {
        let mut said = self.said.lock();
        said.1.push(title.to_owned());
        said.0.save_as.clone()
    }

    /// What they open in a dialog of this title.
    pub(crate) fn opens(&self, title: &str) -> Vec<PathBuf> {
        let mut said = self.said.lock();
        said.1.push(title.to_owned());
        said.0.open.clone()
    }
}
