//! The outbox as a file: JSON Lines, message texts included, for its owner's eyes.

use std::{
    io::Write,
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    App, Existing, Failure, FailureCode, Output,
    views::{EntryQuery, EntryView, OutboxExport, count},
};

impl App {
    /// Writes what is neither delivered nor discarded to a file, one JSON record a line, **with the texts** that guests
    /// wrote: readable by its owner only, whole or not there.
    /// Dropped half-way, it takes back what it wrote.
    ///
    /// # Errors
    /// A name that is taken or cannot be written, by the field `file`; a disk that is full or cannot be read.
    pub async fn outbox_export(
        &self,
        query: EntryQuery,
        file: PathBuf,
        existing: Existing,
    ) -> Result<OutboxExport, Failure> {
        let stop = Stop(Arc::default());
        let stopped = Arc::clone(&stop.0);
        self.on_disk(move |app| {
            let mut out = app.folder().output(&file, existing)?;
            let mut exported = 0;
            let damaged = app.walk(&query, |entry| {
                if stopped.load(Ordering::Relaxed) {
                    return Err(Failure::new(
                        FailureCode::Interrupted,
                        "The export was broken off; nothing is left of it.",
                    ));
                }
                line(&mut out, &entry).map_err(|e| out.failed(&e))?;
                exported += 1;
                Ok(ControlFlow::Continue(()))
            })?;
            out.publish()?;
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

fn line(out: &mut Output, entry: &EntryView) -> std::io::Result<()> {
    // A person looks at such a file on a terminal.
    let json = serde_json::to_string(entry)?;
    writeln!(out, "{}", model::terminal::json(&json))
}
