use std::{
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use store::Store;

use super::{
    Action, AuditEntry, AuditHead, Broken, Subject, Who,
    verify::{LONGEST, mac_of, walk},
};
use crate::{Chain, Error, canonical, unhex};

/// The audit log of one connection, open for appending. One process at a time: the folder's lock sees to that.
pub struct AuditLog {
    path: PathBuf,
    store: Store,
    file: File,
    chain: Chain,
    count: u64,
    /// After a failed write nobody knows what is on the disk; opening again finds out.
    failed: bool,
}

impl AuditLog {
    /// The file's name in a connection's folder.
    pub const FILE: &str = "audit.jsonl";

    /// Opens the log, or begins one, and checks all of it. An append that never returned is cut off, unless the kept head
    /// counts it. Blocking.
    ///
    /// # Errors
    /// [`Error::Broken`] when it is not as it was written, nothing is changed then; [`Error::File`].
    pub fn open(path: &Path, store: &Store, kept: Option<&AuditHead>) -> Result<Self, Error> {
        let failed = |doing| {
            let path = path.to_owned();
            move |source: io::Error| Error::File { doing, path, source }
        };
        let broken = |source| Error::Broken { path: path.to_owned(), source };
        let is_new = !path.exists();
        if is_new {
            // A log that is gone is broken when a head counts lines of it, and stays gone.
            walk(io::empty(), kept, None).map_err(broken)?;
        }
        let mut options = store::private::options();
        options.read(true).append(true).create(true);
        let file = options.open(path).map_err(failed("open the audit log"))?;
        let (head, bytes, unfinished) = walk(BufReader::new(&file), kept, Some(store)).map_err(broken)?;
        if is_new {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            file.sync_all()
                .and_then(|()| store::private::sync_names(folder))
                .map_err(failed("begin the audit log"))?;
        }
        if unfinished {
            tracing::warn!(path = %path.display(), at = bytes, "cut an unfinished line off the audit log");
            // By a handle of its own: one for appending may not cut on every system.
            let whole = store::private::existing().open(path);
            whole
                .and_then(|f| f.set_len(bytes).and_then(|()| f.sync_all()))
                .map_err(failed("mend the audit log"))?;
        }
        let chain = Chain::from(unhex(&head.hash).expect("a chain's own hash"));
        Ok(Self {
            path: path.to_owned(),
            store: store.clone(),
            file,
            chain,
            count: head.count,
            failed: false,
        })
    }

    /// Where the log stands. Keep it with the secrets; the module says when.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        AuditHead::new(self.count, &self.chain)
    }

    /// Adds a line; returns after it is on the disk, with the new head. Blocking.
    ///
    /// # Errors
    /// [`Error::File`]; the log then takes nothing more until it is opened again.
    pub fn append(
        &mut self,
        at: DateTime<Utc>,
        who: Who,
        subject: Option<Subject>,
        action: Action,
    ) -> Result<AuditHead, Error> {
        let path = self.path.clone();
        let failed = |source| Error::File { doing: "write", path: path.clone(), source };
        if self.failed {
            return Err(failed(io::Error::other("an earlier write failed; it has to be opened again")));
        }
        let prev = self.chain.hex();
        let entry = AuditEntry { n: self.count + 1, at, who, subject, action, prev, mac: String::new() };
        let mut value = serde_json::to_value(&entry).map_err(|e| failed(e.into()))?;
        let fields = value.as_object_mut().expect("an entry is an object");
        fields.remove("mac");
        let mac = mac_of(&self.store, &self.chain, &value);
        value["mac"] = mac.into();
        let Some(mut line) = canonical(&value).ok().filter(|line| (line.len() as u64) < LONGEST - 1) else {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "the entry is too long")));
        };
        let mut chain = self.chain;
        chain.add(&line);
        line.push('\n');
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            self.failed = true;
            return Err(failed(source));
        }
        self.chain = chain;
        self.count += 1;
        Ok(self.head())
    }

    /// After a person has seen that the log is broken: keeps it as it is under another name, `audit.broken-1.jsonl` and so
    /// on, and begins another whose first line says so. Blocking.
    pub fn set_aside(path: &Path, store: &Store, at: DateTime<Utc>, who: Who) -> Result<Self, Error> {
        let failed = |source| Error::File { doing: "set aside", path: path.to_owned(), source };
        // One that is gone altogether leaves nothing to keep; the new one says that no line of it holds.
        let mut whole = AuditHead::new(0, &Chain::START);
        if path.exists() {
            whole = whole_lines(path, store).map_err(failed)?;
            let free = (1..).map(|n| path.with_extension(format!("broken-{n}.jsonl"))).find(|p| !p.exists());
            fs::rename(path, free.expect("numbers do not end")).map_err(failed)?;
        }
        let mut log = Self::open(path, store, None)?;
        let action = Action::LogSetAside { lines: whole.count, hash: whole.hash };
        log.append(at, who, None, action)?;
        Ok(log)
    }
}

/// Where the part of a broken log ends that still holds.
fn whole_lines(path: &Path, store: &Store) -> io::Result<AuditHead> {
    let read = |lines: u64| {
        let file = BufReader::new(File::open(path)?);
        let part = io::BufRead::lines(file).take(usize::try_from(lines).unwrap_or(usize::MAX));
        part.map(|line| line.map(|line| line + "\n")).collect::<io::Result<String>>()
    };
    match walk(BufReader::new(File::open(path)?), None, Some(store)) {
        Ok((head, ..)) => Ok(head),
        Err(Broken::Line { line, .. }) => {
            let part = read(line - 1)?;
            let walked = walk(part.as_bytes(), None, Some(store));
            Ok(walked.map_or_else(|_| AuditHead::new(0, &Chain::START), |(head, ..)| head))
        }
        Err(Broken::Read(e)) => Err(e),
        Err(_) => Ok(AuditHead::new(0, &Chain::START)),
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog")
            .field("path", &self.path)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}
