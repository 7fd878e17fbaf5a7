use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use store::fs::{Fs, FsFile, RealFs};

/// The operations that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// [`Fs::create`].
    Create,
    /// [`Fs::open`].
    Open,
    /// [`Fs::rename`].
    Rename,
    /// [`Fs::remove`].
    Remove,
    /// [`Fs::sync_folder`].
    SyncFolder,
    /// [`FsFile::write_at`].
    Write,
    /// [`FsFile::sync`].
    Sync,
    /// [`FsFile::cut`].
    Cut,
}

/// The real disk, apart from what was asked to fail.
#[derive(Debug, Clone, Default)]
pub struct FaultyFs(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    faults: Vec<Fault>,
    failed: u64,
}

#[derive(Debug)]
struct Fault {
    operation: Operation,
    /// Only files whose name begins so.
    name: String,
    /// Passes before the first failure, and failures before it works again.
    passes: u64,
    times: u64,
    kind: io::ErrorKind,
    /// So many bytes of a failing write reach the file.
    short: usize,
}

impl FaultyFs {
    /// A disk on which everything works.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// After `passes` more of that operation on files whose name begins with `name`, the next `times` fail.
    pub fn fail(&self, operation: Operation, name: &str, passes: u64, times: u64, kind: io::ErrorKind) {
        self.plan().faults.push(Fault { operation, name: name.into(), passes, times, kind, short: 0 });
    }

    /// From now on nothing more fits: a write puts its first `short` bytes down and fails, a new file cannot be made.
    pub fn fill(&self, short: usize) {
        let kind = io::ErrorKind::StorageFull;
        for operation in [Operation::Write, Operation::Create] {
            let fault = Fault { operation, name: String::new(), passes: 0, times: u64::MAX, kind, short };
            self.plan().faults.push(fault);
        }
    }

    /// Everything works again.
    pub fn heal(&self) {
        self.plan().faults.clear();
    }

    /// How many operations have failed so far.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.plan().failed
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, operation: Operation, path: &Path) -> Result<(), (io::Error, usize)> {
        let mut plan = self.plan();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // The mark is written in place and needs no room.
        let fits = |fault: &Fault| {
            operation != Operation::Write || fault.kind != io::ErrorKind::StorageFull || name != "mark"
        };
        let fault = plan
            .faults
            .iter_mut()
            .find(|f| f.operation == operation && name.starts_with(&f.name) && f.times > 0 && fits(f));
        let Some(fault) = fault else { return Ok(()) };
        if fault.passes > 0 {
            fault.passes -= 1;
            return Ok(());
        }
        fault.times -= 1;
        let failure = (fault.kind.into(), fault.short);
        plan.failed += 1;
        Err(failure)
    }

    fn file(&self, path: &Path, file: Box<dyn FsFile>) -> Box<dyn FsFile> {
        Box::new(FaultyFile { file, path: path.to_owned(), disk: self.clone() })
    }
}

impl Fs for FaultyFs {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        self.pass(Operation::Create, path).map_err(|(e, _)| e)?;
        Ok(self.file(path, RealFs.create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        self.pass(Operation::Open, path).map_err(|(e, _)| e)?;
        Ok(self.file(path, RealFs.open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass(Operation::Rename, from).map_err(|(e, _)| e)?;
        RealFs.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.pass(Operation::Remove, path).map_err(|(e, _)| e)?;
        RealFs.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.pass(Operation::SyncFolder, path).map_err(|(e, _)| e)?;
        RealFs.sync_folder(path)
    }
}

struct FaultyFile {
    file: Box<dyn FsFile>,
    path: std::path::PathBuf,
    disk: FaultyFs,
}

impl FsFile for FaultyFile {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err((error, short)) = self.disk.pass(Operation::Write, &self.path) {
            self.file.write_at(at, bytes.get(..short).unwrap_or(bytes))?;
            return Err(error);
        }
        self.file.write_at(at, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.pass(Operation::Sync, &self.path).map_err(|(e, _)| e)?;
        self.file.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.disk.pass(Operation::Cut, &self.path).map_err(|(e, _)| e)?;
        self.file.cut(length)
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
}
