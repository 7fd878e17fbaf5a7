//! Opening and closing scenario files.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{
    stamps::Stamps,
    state::{LeftScenarios, MOST_FILES, OpenFile, read},
};
use crate::{App, Failure, Result, views::ScenarioOverview};

/// How deep scenario files are looked for in a folder.
const DEEPEST: usize = 8;

/// Endings of scenario files.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

impl App {
    /// The open files and the run over them.
    pub fn scenario_files(&self) -> ScenarioOverview {
        self.0.scenarios.view()
    }

    /// What is open and known of scenarios, to be taken up by [`App::scenario_take_up`] where their connection is opened again.
    #[must_use]
    pub fn scenarios_left(&self) -> LeftScenarios {
        self.0.scenarios.leave()
    }

    /// Opens the files again that were open, with their results, which are from before their connection was changed.
    ///
    /// # Errors
    /// As [`App::scenario_read_again`].
    pub async fn scenario_take_up(&self, left: LeftScenarios) -> Result<()> {
        self.0.scenarios.take_up(left);
        self.scenario_read_again().await
    }

    /// Opens files, and all scenario files of folders, as a person chose them; answers how many.
    ///
    /// # Errors
    /// A folder without any or with too many, or that cannot be read. A file with a mistake is opened and tells it.
    pub async fn scenario_open(&self, chosen: Vec<PathBuf>) -> Result<u32> {
        self.on_disk(move |app| {
            let mut opened = Vec::new();
            for path in &chosen {
                if path.is_dir() {
                    opened.extend(in_folder(path)?);
                } else {
                    opened.push(file(path, name_of(path)));
                }
            }
            let many = crate::views::count(opened.len() as u64);
            app.0.scenarios.put(opened)?;
            Ok(many)
        })
        .await
    }

    /// Reads all open files again: a mistake may have been corrected, or made.
    ///
    /// # Errors
    /// The thread that reads them was ended.
    pub async fn scenario_read_again(&self) -> Result<()> {
        self.on_disk(|app| {
            let files = app.0.scenarios.all().iter().map(reread).collect();
            app.0.scenarios.put_again(files)
        })
        .await
    }

    /// Takes a file off the list. The file stays.
    ///
    /// # Errors
    /// A file that is not open.
    pub fn scenario_close(&self, id: Uuid) -> Result<()> {
        self.0.scenarios.close(id)
    }

    /// Switches on or off that a file is run again whenever it, or a file that it includes, is saved.
    ///
    /// # Errors
    /// A file that is not open.
    pub async fn scenario_watch(&self, id: Uuid, on: bool) -> Result<()> {
        self.on_disk(move |app| {
            let parts = app.0.scenarios.file(id)?.parts;
            let now = on.then(|| Stamps::of(&parts));
            app.0.scenarios.change(id, |file| file.watched = now)
        })
        .await
    }
}

fn file(path: &Path, name: String) -> OpenFile {
    let (read, parts) = read(path);
    OpenFile { id: Uuid::new_v4(), path: path.to_owned(), name, read, reading: 0, parts, watched: None }
}

/// The file as it is on the disk now. Blocking.
pub(super) fn reread(file: &OpenFile) -> OpenFile {
    let (read, parts) = read(&file.path);
    OpenFile { read, parts, ..file.clone() }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The scenario files below a folder, by name. Links to folders are not followed.
fn in_folder(folder: &Path) -> Result<Vec<OpenFile>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((next, depth)) = folders.pop() {
        let failed = |e: &std::io::Error| Failure::unreadable("folder", &next, e);
        for entry in std::fs::read_dir(&next).map_err(|e| failed(&e))? {
            let entry = entry.map_err(|e| failed(&e))?;
            let kind = entry.file_type().map_err(|e| failed(&e))?;
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && depth < DEEPEST && !hidden {
                folders.push((path, depth + 1));
            } else if path.is_file() && is_scenario(&path) {
                found.push(path);
            }
        }
        if found.len() > MOST_FILES || folders.len() > MOST_FILES {
            let what = format!("has more than {MOST_FILES} scenario files or folders in it");
            return Err(Failure::field("folder", what).with_next("Open a smaller folder."));
        }
    }
    if found.is_empty() {
        return Err(Failure::field(
            "folder",
            "has no scenario file in it: none ends in .yaml, .yml or .json",
        ));
    }
    found.sort();
    let below = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    Ok(found.iter().map(|path| file(path, below(path))).collect())
}

fn is_scenario(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}
