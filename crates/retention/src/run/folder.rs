use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use proof::RunId;

use crate::Error;

/// The folder of one run: `plan.jsonl`, `journal`, `lease`.
#[derive(Debug, Clone)]
pub(super) struct RunFolder(PathBuf);

impl RunFolder {
    pub fn of(runs_dir: &Path, run: &RunId) -> Self {
        Self(runs_dir.join(run.as_str()))
    }

    /// A name of its own for a run that is being put together; it becomes visible by a rename.
    pub fn draft(runs_dir: &Path, run: &RunId) -> Self {
        Self(runs_dir.join(format!(".{run}.{}.partial", uuid::Uuid::new_v4().simple())))
    }

    /// Removes what starts of this run left behind that died half-way.
    pub fn remove_drafts(runs_dir: &Path, run: &RunId) {
        let Ok(entries) = fs::read_dir(runs_dir) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|n| n.starts_with(&format!(".{run}.")) && n.ends_with(".partial")) {
                Self(entry.path()).remove();
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn plan(&self) -> PathBuf {
        self.0.join("plan.jsonl")
    }

    pub fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    pub fn exists(&self) -> bool {
        self.journal().is_file()
    }

    /// Takes the lease of the run, `None` when another one has it.
    pub fn lease(&self) -> Result<Option<Lease>, Error> {
        let _probe = one_at_a_time();
        let path = self.0.join("lease");
        let failed = |source| Error::File { doing: "lock", path: path.clone(), source };
        let mut options = store::private::options();
        let file = options.create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lease(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }

    /// Whether someone carries the run out right now, in this process or another: the system drops the lock of a
    /// process that was killed.
    pub fn is_leased(&self) -> Result<bool, Error> {
        let _probe = one_at_a_time();
        let path = self.0.join("lease");
        let failed = |source| Error::File { doing: "look at the lock", path: path.clone(), source };
        match File::open(&path) {
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Ok(false),
                Err(TryLockError::WouldBlock) => Ok(true),
                Err(TryLockError::Error(e)) => Err(failed(e)),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(failed(e)),
        }
    }

    pub fn remove(&self) {
        // Only drafts are removed, which nobody has seen; what stays behind is ignored by its name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A probe holds the lock for a moment; without this a resume in the same process could meet it and be refused.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static PROBE: Mutex<()> = Mutex::new(());
    PROBE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Held while a run is carried out; let go when dropped or when the process dies.
#[derive(Debug)]
pub(super) struct Lease(#[expect(dead_code, reason = "held for its lock")] File);
