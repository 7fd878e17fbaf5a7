//! Which guests the lab of a data folder made. Each guest carries [`ATTRIBUTE`], by which they are found at their org again; the
//! notes tell a person when and where that was.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, SecondsFormat, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use store::{Existing, WholeFile};
use uuid::Uuid;

use crate::{Failure, Result, connection::folder::private_folder, connection::folder_trust};

/// The custom attribute of every guest that a lab made: the folder's id, a slash, the run's id.
pub const ATTRIBUTE: &str = "innkeeperLab";

/// The notes, in the data folder: one guest a line, JSON Lines.
const NOTES: &str = "lab.jsonl";

/// The folder's id, in the data folder.
const FOLDER: &str = "lab.json";

/// Longer lines of the notes are not ours.
const LONGEST_LINE: u64 = 4_000;

/// Longer files of the folder's id are not ours.
const LONGEST_FOLDER: u64 = 1_000;

/// The notes of a data folder, which another process may hold: they are appended to by any number of processes at once.
#[derive(Debug, Clone)]
pub struct LabNotes {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct FolderId {
    folder: Uuid,
}

/// What is read of a line of the notes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Noted {
    innkeeper_lab: String,
}

impl LabNotes {
    /// The notes of this data folder. Nothing is made or read yet.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The id of the data folder; `None` where no lab has made a guest from here. Blocking.
    ///
    /// # Errors
    /// [`crate::FailureCode::StoreDamaged`] where the file is not as it was written: by another id no guest would be found.
    pub fn folder_id(&self) -> Result<Option<Uuid>> {
        let path = self.root.join(FOLDER);
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|file| file.take(LONGEST_FOLDER).read_to_end(&mut bytes)) {
            Ok(_) => match serde_json::from_slice::<FolderId>(&bytes) {
                Ok(read) => Ok(Some(read.folder)),
                Err(why) => {
                    let message = format!(
                        "{} cannot be read: {why}. It holds the id by which the guests of this folder's lab are found.",
                        path.display()
                    );
                    Err(Failure::new(crate::FailureCode::StoreDamaged, message)
                        .with_next("Put a copy of the file back, or take it away: guests made so far are then not found."))
                }
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Failure::of_file(format!("{} cannot be read", path.display()), &e)),
        }
    }

    /// The runs that are noted, as their guests carry them; `None` where there are no notes. Lines that are none of ours are passed
    /// over. Blocking.
    ///
    /// # Errors
    /// Notes that are there and cannot be read.
    pub fn runs(&self) -> Result<Option<BTreeSet<String>>> {
        let path = self.root.join(NOTES);
        let unreadable = |e: &io::Error| Failure::of_file(format!("{} cannot be read", path.display()), e);
        match path.metadata() {
            Ok(about) if !about.is_file() => return Err(no_file(&path)),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(&e)),
        }
        let mut lines = BufReader::new(File::open(&path).map_err(|e| unreadable(&e))?);
        let (mut runs, mut line) = (BTreeSet::new(), Vec::new());
        loop {
            line.clear();
            if (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|e| unreadable(&e))? == 0
            {
                return Ok(Some(runs));
            }
            runs.extend(serde_json::from_slice::<Noted>(&line).map(|noted| noted.innkeeper_lab));
        }
    }

    /// Begins a run: its guests carry one value. Makes the folder, its id and the notes where they are missing. Blocking.
    ///
    /// # Errors
    /// [`crate::FailureCode::FolderExposed`], an id that cannot be read, or what the system says.
    pub fn begin(&self) -> Result<LabRun> {
        folder_trust::check(&self.root)?;
        private_folder(&self.root)?;
        let folder = match self.folder_id()? {
            Some(folder) => folder,
            None => self.make_folder_id()?,
        };
        let path = self.root.join(NOTES);
        // Opening a pipe would wait until somebody reads it.
        if path.metadata().is_ok_and(|about| !about.is_file()) {
            return Err(no_file(&path));
        }
        let open = || -> io::Result<File> {
            let mut options = store::private::options();
            options.read(true).append(true).create(true);
            let mut file = options.open(&path)?;
            // A line that a killed process left unfinished is ended, so that it spoils no other.
            if file.seek(SeekFrom::End(0))? > 0 {
                file.seek(SeekFrom::End(-1))?;
                let mut last = [0];
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                }
            }
            Ok(file)
        };
        let file =
            open().map_err(|e| Failure::of_file(format!("{} cannot be written", path.display()), &e))?;
        Ok(LabRun { folder, run: Uuid::new_v4(), path, file: Mutex::new(file) })
    }

    /// Of two processes that begin at once, one makes the id and both take it.
    fn make_folder_id(&self) -> Result<Uuid> {
        let path = self.root.join(FOLDER);
        let made = FolderId { folder: Uuid::new_v4() };
        let write = || -> io::Result<()> {
            let mut file = WholeFile::begin(&self.root)?;
            serde_json::to_writer(&mut file, &made)?;
            file.publish(&path, Existing::Keep)
        };
        match write() {
            Ok(()) => Ok(made.folder),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => self
                .folder_id()?
                .ok_or_else(|| Failure::internal(format!("{} is there and is not", path.display()))),
            Err(e) => Err(Failure::of_file(format!("{} cannot be written", path.display()), &e)),
        }
    }
}

fn no_file(path: &Path) -> Failure {
    Failure::new(crate::FailureCode::DiskRefused, format!("{} is no file.", path.display()))
        .with_next("Take it away: the lab notes there which guests it made.")
}

/// A run of the lab: a chat by hand, a scenario run, a load.
#[derive(Debug)]
pub struct LabRun {
    folder: Uuid,
    run: Uuid,
    path: PathBuf,
    file: Mutex<File>,
}

/// A line of the notes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    at: String,
    host: &'a str,
    deployment: &'a str,
    run: Uuid,
    innkeeper_lab: String,
}

impl LabRun {
    /// The value of [`ATTRIBUTE`] of every guest of this run.
    #[must_use]
    pub fn value(&self) -> String {
        format!("{}/{}", self.folder, self.run)
    }

    /// Notes a guest, before the org hears of them. Blocking, for as long as one short write.
    ///
    /// # Errors
    /// What the system says.
    pub fn note(&self, at: DateTime<Utc>, host: &str, deployment: &str) -> Result<()> {
        let line = Line {
            at: at.to_rfc3339_opts(SecondsFormat::Millis, true),
            host,
            deployment,
            run: self.run,
            innkeeper_lab: self.value(),
        };
        let mut bytes = serde_json::to_vec(&line).expect("texts and ids are valid JSON");
        bytes.push(b'\n');
        // One write of a whole line at the end of the file: the system puts lines of several processes one after the other.
        let written = self.file.lock().write_all(&bytes);
        written.map_err(|e| Failure::of_file(format!("{} cannot be written", self.path.display()), &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(root: &Path) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(root.join(NOTES)).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn at() -> DateTime<Utc> {
        "2026-11-30T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn runs_of_one_folder_share_its_id_and_a_torn_line_spoils_no_other() {
        let top = tempfile::tempdir().unwrap();
        let notes = LabNotes::at(&top.path().join("data"));
        assert_eq!(notes.folder_id().unwrap(), None);
        assert!(!top.path().join("data").exists(), "reading made something");
        let first = notes.begin().unwrap();
        first.note(at(), "127.0.0.1:1", "d-1").unwrap();
        let path = top.path().join("data").join(NOTES);
        store::private::existing().append(true).open(&path).unwrap().write_all(b"{\"at\":\"20").unwrap();
        let second = notes.begin().unwrap();
        second.note(at(), "127.0.0.1:1", "d-1").unwrap();
        let folder = notes.folder_id().unwrap().unwrap();
        let lines = lines(&top.path().join("data"));
        assert_eq!(lines.len(), 2);
        for (line, run) in lines.iter().zip([&first, &second]) {
            assert_eq!(line["innkeeperLab"], run.value());
            assert_eq!(line["innkeeperLab"], format!("{folder}/{}", line["run"].as_str().unwrap()));
            assert_eq!(
                (line["host"].as_str(), line["deployment"].as_str()),
                (Some("127.0.0.1:1"), Some("d-1"))
            );
        }
        assert_ne!(first.value(), second.value());
    }

    #[test]
    fn many_runs_at_once_write_whole_lines_under_one_id() {
        let data = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let run = LabNotes::at(data.path()).begin().unwrap();
                    for _ in 0..50 {
                        run.note(at(), "org.example", "d-1").unwrap();
                    }
                });
            }
        });
        let lines = lines(data.path());
        let folder = LabNotes::at(data.path()).folder_id().unwrap().unwrap().to_string();
        assert_eq!(lines.len(), 400);
        assert!(lines.iter().all(|line| line["innkeeperLab"].as_str().unwrap().starts_with(&folder)));
    }

    #[test]
    fn an_id_that_cannot_be_read_is_no_new_one() {
        let data = tempfile::tempdir().unwrap();
        for bytes in ["", "{}", "{\"folder\":\"x\"}", "[1]"] {
            std::fs::write(data.path().join(FOLDER), bytes).unwrap();
            let notes = LabNotes::at(data.path());
            assert_eq!(notes.folder_id().unwrap_err().code, crate::FailureCode::StoreDamaged);
            assert_eq!(notes.begin().unwrap_err().code, crate::FailureCode::StoreDamaged);
            assert!(!data.path().join(NOTES).exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn notes_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        LabNotes::at(data.path()).begin().unwrap();
        for name in [NOTES, FOLDER] {
            let mode = std::fs::metadata(data.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
