//! The outbox as a file: JSON Lines, message texts included, for its owner's eyes.

use std::{
    fs::File,
    io::{BufWriter, ErrorKind, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use uuid::Uuid;

use crate::{
    App, Failure, FailureCode,
    app::blocking,
    views::{EntryQuery, EntryView, OutboxExport, count},
};

impl App {
    /// Writes what is neither delivered nor discarded to a file, one JSON record a line, **with the texts** that guests
    /// wrote: readable by its owner only, whole or not there. A file of that name is left as it is, unless `replace`.
    /// Dropped half-way, it takes back what it wrote.
    ///
    /// # Errors
    /// A name that is taken or cannot be written, by the field `file`; a disk that is full or cannot be read.
    pub async fn outbox_export(
        &self,
        query: EntryQuery,
        file: PathBuf,
        replace: bool,
    ) -> Result<OutboxExport, Failure> {
        let stop = Stop(Arc::default());
        let (app, stopped) = (self.clone(), Arc::clone(&stop.0));
        blocking(move || {
            let failed = |error| failure(&file, &error);
            let mut writing = Writing::begin(&file, replace).map_err(failed)?;
            let mut exported = 0;
            let damaged = app.walk(&query, |entry| {
                if stopped.load(Ordering::Relaxed) {
                    return Err(Failure::new(
                        FailureCode::Interrupted,
                        "The export was broken off; nothing is left of it.",
                    ));
                }
                writing.line(&entry).map_err(failed)?;
                exported += 1;
                Ok(ControlFlow::Continue(()))
            })?;
            writing.end(replace).map_err(failed)?;
            Ok(OutboxExport {
                exported: count(exported),
                damaged: count(damaged),
                file: file.display().to_string(),
            })
        })
        .await
    }
}

/// Tells the thread that writes when nobody waits for it any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A file that gets its name only when it is whole.
struct Writing {
    lines: BufWriter<File>,
    part: PathBuf,
    file: PathBuf,
}

impl Writing {
    fn begin(file: &Path, replace: bool) -> std::io::Result<Self> {
        if !replace && std::fs::symlink_metadata(file).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let name = file.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
        let part = file.with_file_name(format!(".{name}.{}.part", Uuid::new_v4().simple()));
        let lines = BufWriter::new(store::private::new_file(&part)?);
        Ok(Self { lines, part, file: file.to_owned() })
    }

    fn line(&mut self, entry: &EntryView) -> std::io::Result<()> {
        // A person looks at such a file on a terminal.
        let json = serde_json::to_string(entry)?;
        writeln!(self.lines, "{}", model::terminal::json(&json))
    }

    fn end(mut self, replace: bool) -> std::io::Result<()> {
        self.lines.flush()?;
        self.lines.get_ref().sync_all()?;
        if replace {
            return std::fs::rename(&self.part, &self.file);
        }
        // A link never replaces what came meanwhile; where the disk knows no links, the name is taken first, new.
        match std::fs::hard_link(&self.part, &self.file) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(e),
            Err(_) => {
                drop(store::private::new_file(&self.file)?);
                std::fs::rename(&self.part, &self.file)
            }
            Ok(()) => Ok(()),
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Gone already where it got its name by being renamed.
        drop(std::fs::remove_file(&self.part));
    }
}

fn failure(file: &Path, error: &std::io::Error) -> Failure {
    let shown = file.display();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::field("file", format!("{shown} exists already; nothing was written"))
                .with_next("Name another file, or remove that one first.")
        }
        ErrorKind::StorageFull => {
            Failure::new(FailureCode::DiskFull, format!("{shown} cannot be written: {error}"))
        }
        _ => Failure::field("file", format!("{shown} cannot be written: {error}")),
    }
}
