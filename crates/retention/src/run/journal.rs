//! The run's journal: what was intended and what came of it, sealed, append-only.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use proof::{RunId, RunState};
use serde::{Deserialize, Serialize};
use store::{RecordLog, Store};

use super::{
    Outcome, RunOptions,
    folder::{Lease, RunFolder},
};
use crate::Error;

/// Outcomes in one record, so that a record stays well under 8 KiB whatever the reasons say. An even part of a batch: two
/// deletes are under way at a time, and at the end of an odd slice one of them would wait for the other's answer alone.
pub(super) const SLICE: usize = 20;

/// One step of a run. Lines are numbered from 0 in the order of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Record {
    /// Always the first.
    Start(Start),
    /// A later activation begins.
    Resumed { at: DateTime<Utc>, options: RunOptions },
    /// These lines are about to be deleted. Written before the first delete leaves.
    Intent { lines: Vec<u64> },
    /// What came of these lines; closes their intents.
    Settled { outcomes: Vec<(u64, Outcome)> },
    /// These lines were intended but no delete left for them (a pause, the cap, a stop).
    Withdrawn { lines: Vec<u64> },
    /// The activation ended in order.
    End(End),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Start {
    pub run: RunId,
    pub plan: String,
    pub connection: String,
    pub due: u64,
    pub spared: u64,
    pub options: RunOptions,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct End {
    pub state: RunState,
    pub verified: bool,
    #[serde(default)]
    pub refused: bool,
    pub why: Option<String>,
    #[serde(default)]
    pub goes_on_at: Option<DateTime<Utc>>,
    pub at: DateTime<Utc>,
}

/// The journal of a run that is being carried out, with the lease that makes us its only writer.
pub(super) struct RunJournal {
    run: RunId,
    /// Absent only while a write is on its way on the blocking pool.
    inner: Option<Box<RecordLog<Record>>>,
    lease: Arc<Lease>,
    #[cfg(test)]
    pub crash_points: Option<Arc<crate::memory_org::MemoryOrg>>,
}

impl RunJournal {
    /// A new journal with its first record, closed again: the folder is renamed before it is written on.
    pub fn create(folder: &RunFolder, start: Start, store: &Store) -> Result<(), Error> {
        let run = start.run.clone();
        let failed = |source| Error::Journal { run: run.clone(), source };
        let mut journal = RecordLog::create(&folder.journal(), store).map_err(failed)?;
        journal.append(&[Record::Start(start)]).map_err(failed)
    }

    /// Opens the journal for writing and hands over what it holds. A torn tail is cut off.
    pub fn open(
        folder: &RunFolder,
        run: &RunId,
        lease: Lease,
        store: &Store,
    ) -> Result<(Self, Vec<Record>), Error> {
        let failed = |source| Error::Journal { run: run.clone(), source };
        let (journal, records) = RecordLog::open(&folder.journal(), store).map_err(failed)?;
        let journal = Self {
            run: run.clone(),
            inner: Some(Box::new(journal)),
            lease: Arc::new(lease),
            #[cfg(test)]
            crash_points: None,
        };
        Ok((journal, records))
    }

    /// Reads without writing, record by record.
    pub fn read(
        folder: &RunFolder,
        run: &RunId,
        store: &Store,
    ) -> Result<impl Iterator<Item = Result<Record, Error>> + use<>, Error> {
        #[cfg(test)]
        crate::reads::journal_read();
        let again = run.clone();
        let records = RecordLog::read(&folder.journal(), store)
            .map_err(|source| Error::Journal { run: run.clone(), source })?;
        Ok(records.map(move |r| r.map_err(|source| Error::Journal { run: again.clone(), source })))
    }

    /// Returns after the records are on the disk, in one write.
    pub async fn append(&mut self, records: Vec<Record>) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        #[cfg(test)]
        self.crash_point().await;
        let mut journal = self.take()?;
        // The lease goes along: when this future is dropped, nobody can open the journal before the write is done.
        let lease = Arc::clone(&self.lease);
        let write = move || {
            let written = journal.append(&records);
            drop(lease);
            (journal, written)
        };
        let gone =
            |_| Error::JournalShape { run: self.run.clone(), why: "the program ended while it was written" };
        let (journal, written) = tokio::task::spawn_blocking(write).await.map_err(gone)?;
        self.inner = Some(journal);
        #[cfg(test)]
        self.crash_point().await;
        written.map_err(|source| Error::Journal { run: self.run.clone(), source })
    }

    #[cfg(test)]
    async fn crash_point(&self) {
        if let Some(org) = &self.crash_points {
            org.step().await;
        }
    }

    /// As [`RunJournal::append`], on this thread.
    pub fn append_now(&mut self, records: &[Record]) -> Result<(), Error> {
        let mut journal = self.take()?;
        let written = journal.append(records);
        self.inner = Some(journal);
        written.map_err(|source| Error::Journal { run: self.run.clone(), source })
    }

    fn take(&mut self) -> Result<Box<RecordLog<Record>>, Error> {
        let why = "an earlier write did not come back";
        self.inner.take().ok_or_else(|| Error::JournalShape { run: self.run.clone(), why })
    }
}
