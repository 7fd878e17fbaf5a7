use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use store::fs::{Fs, FsFile, RealFs};

const SECTOR: usize = 512;

/// What a disk holds after a power cut: files by path.
pub type Image = BTreeMap<PathBuf, Vec<u8>>;

/// The real disk, with a memory of what was made durable: what a file was when it was last synced, and the names a
/// folder had when it was.
#[derive(Debug, Clone, Default)]
pub struct RecordingFs(Arc<Mutex<Memory>>);

#[derive(Debug, Default, Clone)]
struct Memory {
    files: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Changes of names since their folder was synced, oldest first.
    pending_names: Vec<Rename>,
    /// After so many more syncs the power goes, and what it left.
    cut_after: Option<u64>,
    left: Option<Box<Memory>>,
}

#[derive(Debug, Default, Clone)]
struct Inode {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Cut(u64),
}

#[derive(Debug, Clone)]
struct Rename {
    from: Option<PathBuf>,
    to: Option<(PathBuf, usize)>,
}

impl RecordingFs {
    /// A disk that remembers from now on; folders are to be empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is left when the power goes now and everything that was not synced is gone.
    #[must_use]
    pub fn image(&self) -> Image {
        self.torn_image(|| false)
    }

    /// As [`RecordingFs::image`], but of what was not synced each sector of 512 bytes and each change of a length or name
    /// is there when `kept` says so. Changes of names happen in their order.
    pub fn torn_image(&self, mut kept: impl FnMut() -> bool) -> Image {
        let mut memory = self.memory().clone();
        if let Some(left) = memory.left.take() {
            memory = *left;
        }
        let mut names = memory.durable_names;
        for rename in memory.pending_names {
            if !kept() {
                break;
            }
            rename.apply(&mut names);
        }
        let content = |id: &usize| memory.files.get(*id).cloned().unwrap_or_default();
        names.iter().map(|(path, id)| (path.clone(), content(id).torn(&mut kept))).collect()
    }

    /// Lets the power go after so many more syncs, just before the one that follows: whatever happens after that is in
    /// no image until [`RecordingFs::power_on`].
    pub fn cut_after(&self, syncs: u64) {
        self.memory().cut_after = Some(syncs);
    }

    /// Whether the power went, and has it back.
    pub fn power_on(&self) -> bool {
        let mut memory = self.memory();
        memory.cut_after = None;
        memory.left.take().is_some()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, id: usize, file: Box<dyn FsFile>) -> Box<dyn FsFile> {
        Box::new(RecordedFile { file, id, disk: self.clone() })
    }
}

impl Memory {
    fn count_sync(&mut self) {
        match self.cut_after {
            Some(0) => {
                self.cut_after = None;
                self.left = Some(Box::new(self.clone()));
            }
            Some(n) => self.cut_after = Some(n - 1),
            None => {}
        }
    }

    fn rename(&mut self, from: Option<&Path>, to: Option<(&Path, usize)>) {
        let rename = Rename { from: from.map(Path::to_owned), to: to.map(|(p, id)| (p.to_owned(), id)) };
        rename.apply(&mut self.names);
        self.pending_names.push(rename);
    }
}

impl Rename {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        if let Some(from) = &self.from {
            names.remove(from);
        }
        if let Some((to, id)) = &self.to {
            names.insert(to.clone(), *id);
        }
    }

    fn is_in(&self, folder: &Path) -> bool {
        let path = self.to.as_ref().map(|(p, _)| p).or(self.from.as_ref());
        path.is_some_and(|p| p.parent() == Some(folder))
    }
}

impl Inode {
    fn torn(mut self, kept: &mut impl FnMut() -> bool) -> Vec<u8> {
        for change in &self.pending {
            match change {
                Change::Write(at, bytes) => {
                    let mut at = *at as usize;
                    let mut rest = bytes.as_slice();
                    while !rest.is_empty() {
                        let (piece, after) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
                        if kept() {
                            put(&mut self.durable, at, piece);
                        }
                        at += piece.len();
                        rest = after;
                    }
                }
                Change::Cut(length) => {
                    if kept() {
                        self.durable.resize(*length as usize, 0);
                    }
                }
            }
        }
        self.durable
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

impl Fs for RecordingFs {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = RealFs.create(path)?;
        let mut memory = self.memory();
        memory.files.push(Inode::default());
        let id = memory.files.len() - 1;
        memory.rename(None, Some((path, id)));
        drop(memory);
        Ok(self.file(id, file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = RealFs.open(path)?;
        let id = self.memory().names.get(path).copied();
        Ok(self.file(id.ok_or(io::ErrorKind::NotFound)?, file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFs.rename(from, to)?;
        let mut memory = self.memory();
        // Folders of the engine are not remembered.
        if let Some(id) = memory.names.get(from).copied() {
            memory.rename(Some(from), Some((to, id)));
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealFs.remove(path)?;
        self.memory().rename(Some(path), None);
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        RealFs.sync_folder(path)?;
        let mut memory = self.memory();
        memory.count_sync();
        let pending = std::mem::take(&mut memory.pending_names);
        let (done, rest): (Vec<_>, Vec<_>) = pending.into_iter().partition(|rename| rename.is_in(path));
        for rename in done {
            rename.apply(&mut memory.durable_names);
        }
        memory.pending_names = rest;
        // A file without a name, now or after a cut, is not asked for again.
        let used: BTreeSet<usize> =
            memory.names.values().chain(memory.durable_names.values()).copied().collect();
        let renamed: BTreeSet<usize> =
            memory.pending_names.iter().filter_map(|r| r.to.as_ref().map(|(_, id)| *id)).collect();
        for (id, inode) in memory.files.iter_mut().enumerate() {
            if !used.contains(&id) && !renamed.contains(&id) {
                *inode = Inode::default();
            }
        }
        Ok(())
    }
}

struct RecordedFile {
    file: Box<dyn FsFile>,
    id: usize,
    disk: RecordingFs,
}

impl RecordedFile {
    fn change(&self, change: Change) {
        if let Some(inode) = self.disk.memory().files.get_mut(self.id) {
            inode.pending.push(change);
        }
    }
}

impl FsFile for RecordedFile {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(at, bytes)?;
        self.change(Change::Write(at, bytes.to_vec()));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()?;
        let mut memory = self.disk.memory();
        memory.count_sync();
        if let Some(inode) = memory.files.get_mut(self.id) {
            inode.durable = std::mem::take(inode).torn(&mut || true);
        }
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.cut(length)?;
        self.change(Change::Cut(length));
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
}
