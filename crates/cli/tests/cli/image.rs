//! A disk in memory that believes only what was synced: a file's content as of its last sync, a folder's names as of the
//! folder's last sync. System calls are played to it; a power cut at any moment leaves what it then knows.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use crate::trace::{Arg, Call};

/// A file or folder, whatever its names are.
type Node = usize;
type Names = BTreeMap<String, Node>;

#[derive(Clone)]
enum Is {
    File { now: Vec<u8>, synced: Vec<u8> },
    Folder { now: Names, synced: Names },
}

/// What a process has open.
struct Open {
    node: Node,
    at: u64,
    append: bool,
    /// Opened under the name of a journal.
    journal: bool,
}

/// Which syncs are believed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Believe {
    All,
    /// All but an `fdatasync` of the journal: to see that a loss would be found.
    NotTheJournals,
}

pub struct Image {
    root: PathBuf,
    nodes: Vec<Is>,
    open: HashMap<i64, Open>,
    believe: Believe,
}

/// How a cut leaves what was not synced.
pub enum Unsynced<'a> {
    Gone,
    /// Each sector of 512 bytes, each length and each folder's names: old or new, as the dice say.
    Torn(&'a mut dyn FnMut() -> bool),
}

const SECTOR: usize = 512;

impl Image {
    /// An empty folder, which itself is on the disk.
    pub fn new(root: &Path) -> Self {
        let root_folder = Is::Folder { now: Names::new(), synced: Names::new() };
        Self { root: root.to_owned(), nodes: vec![root_folder], open: HashMap::new(), believe: Believe::All }
    }

    /// A new process: nothing is open.
    pub fn next_process(&mut self, believe: Believe) {
        self.open.clear();
        self.believe = believe;
    }

    /// Plays a call of the process; the calls come in the order of their ends.
    pub fn play(&mut self, call: &Call) {
        let name = call.name.as_str();
        match name {
            "openat" => self.opens(call),
            "close" => drop(self.open.remove(&call.number(0))),
            "fcntl" if call.word(1).starts_with("F_DUPFD") => self.duplicates(call),
            "dup" | "dup2" | "dup3" => self.duplicates(call),
            "lseek" => {
                if let Some(open) = self.open.get_mut(&call.number(0)) {
                    open.at = call.result as u64;
                }
            }
            "write" => self.writes(call, None),
            "pwrite64" => self.writes(call, Some(call.number(3) as u64)),
            "ftruncate" => {
                let length = call.number(1) as usize;
                if let Some(now) = self.content(call.number(0)) {
                    now.resize(length, 0);
                }
            }
            "fsync" => self.syncs(call.number(0)),
            "fdatasync" if !self.is_disbelieved(call.number(0)) => self.syncs(call.number(0)),
            // No promise of durability: see sync_file_range(2).
            "fdatasync" | "sync_file_range" | "fcntl" => {}
            "rename" => self.renames(call, 0),
            "renameat" | "renameat2" => self.renames_at(call),
            "unlink" | "rmdir" => drop(self.takes_name(None, call.bytes(0))),
            "unlinkat" => drop(self.takes_name(folder_of(call, 0), call.bytes(1))),
            "mkdir" => self.makes_folder(None, call.bytes(0)),
            "mkdirat" => self.makes_folder(folder_of(call, 0), call.bytes(1)),
            "sync" | "syncfs" => panic!("{name}: would hide what was not synced"),
            _ => self.must_not_matter(call),
        }
    }

    /// A call that is not modelled may only concern what lies elsewhere.
    fn must_not_matter(&self, call: &Call) {
        for arg in &call.args {
            match arg {
                Arg::Word(word) => {
                    let fd = word.parse().ok().and_then(|fd: i64| self.open.get(&fd));
                    assert!(fd.is_none(), "{} is not modelled: {:?}", call.name, call.args);
                }
                Arg::Bytes(path) => {
                    let path = Path::new(std::str::from_utf8(path).unwrap_or_default());
                    assert!(!path.starts_with(&self.root), "{} is not modelled: {path:?}", call.name);
                }
            }
        }
    }

    /// The folder in which a path ends, and the last name. `None` for what lies outside.
    fn place(&self, folder: Option<i64>, path: &[u8]) -> Option<(Node, String)> {
        let path = Path::new(std::str::from_utf8(path).ok()?);
        let (mut node, inside) = match folder.filter(|_| path.is_relative()) {
            Some(fd) => (self.open.get(&fd)?.node, path),
            None => (0, path.strip_prefix(&self.root).ok()?),
        };
        let name = inside.file_name()?.to_str()?.to_owned();
        for part in inside.parent()?.components() {
            node = *self.names(node).get(part.as_os_str().to_str()?)?;
        }
        Some((node, name))
    }

    fn names(&self, node: Node) -> &Names {
        match &self.nodes[node] {
            Is::Folder { now, .. } => now,
            Is::File { .. } => panic!("a file has no names"),
        }
    }

    fn names_mut(&mut self, node: Node) -> &mut Names {
        match &mut self.nodes[node] {
            Is::Folder { now, .. } => now,
            Is::File { .. } => panic!("a file has no names"),
        }
    }

    fn add(&mut self, folder: Node, name: String, is: Is) -> Node {
        self.nodes.push(is);
        let node = self.nodes.len() - 1;
        self.names_mut(folder).insert(name, node);
        node
    }

    fn opens(&mut self, call: &Call) {
        let path = call.bytes(1);
        let flags = call.word(2);
        let node = if path == self.root.as_os_str().as_encoded_bytes() {
            0
        } else {
            let Some((folder, name)) = self.place(folder_of(call, 0), path) else { return };
            match self.names(folder).get(&name) {
                Some(node) => *node,
                None => {
                    assert!(flags.contains("O_CREAT"), "{path:?} was opened and nobody made it");
                    self.add(folder, name, Is::File { now: Vec::new(), synced: Vec::new() })
                }
            }
        };
        if let (Is::File { now, .. }, true) = (&mut self.nodes[node], flags.contains("O_TRUNC")) {
            now.clear();
        }
        let append = flags.contains("O_APPEND");
        let name = Path::new(std::str::from_utf8(path).expect("paths of ours are text")).file_name();
        let journal = name.is_some_and(|n| n.as_encoded_bytes().starts_with(b"journal."));
        self.open.insert(call.result, Open { node, at: 0, append, journal });
    }

    fn duplicates(&mut self, call: &Call) {
        // A shared position would be needed for two handles of one opening.
        let of_ours = self.open.contains_key(&call.number(0));
        assert!(!of_ours, "a second handle of one opening is not modelled");
        self.open.remove(&call.result);
    }

    fn content(&mut self, fd: i64) -> Option<&mut Vec<u8>> {
        let node = self.open.get(&fd)?.node;
        match &mut self.nodes[node] {
            Is::File { now, .. } => Some(now),
            Is::Folder { .. } => panic!("nobody writes into a folder"),
        }
    }

    fn writes(&mut self, call: &Call, at: Option<u64>) {
        let fd = call.number(0);
        let Some(length) = self.content(fd).map(|now| now.len()) else { return };
        let written = call.bytes(1)[..call.result as usize].to_vec();
        let open = self.open.get_mut(&fd).expect("it has content");
        let start = match at {
            Some(at) if !open.append => at as usize,
            _ => {
                let start = if open.append { length } else { open.at as usize };
                open.at = (start + written.len()) as u64;
                start
            }
        };
        let now = self.content(fd).expect("it is open");
        now.resize(now.len().max(start + written.len()), 0);
        now[start..start + written.len()].copy_from_slice(&written);
    }

    fn syncs(&mut self, fd: i64) {
        let Some(open) = self.open.get(&fd) else { return };
        match &mut self.nodes[open.node] {
            Is::File { now, synced } => synced.clone_from(now),
            Is::Folder { now, synced } => synced.clone_from(now),
        }
    }

    fn is_disbelieved(&self, fd: i64) -> bool {
        self.believe == Believe::NotTheJournals && self.open.get(&fd).is_some_and(|open| open.journal)
    }

    fn takes_name(&mut self, folder: Option<i64>, path: &[u8]) -> Option<Node> {
        let (folder, name) = self.place(folder, path)?;
        Some(self.names_mut(folder).remove(&name).expect("what is removed is there"))
    }

    fn renames(&mut self, call: &Call, from: usize) {
        let Some(node) = self.takes_name(None, call.bytes(from)) else { return };
        let (folder, name) =
            self.place(None, call.bytes(from + 1)).expect("nothing is moved out of the folder");
        self.names_mut(folder).insert(name, node);
    }

    fn renames_at(&mut self, call: &Call) {
        if let Some(node) = self.takes_name(folder_of(call, 0), call.bytes(1)) {
            let to = self.place(folder_of(call, 2), call.bytes(3));
            let (folder, name) = to.expect("nothing is moved out of the folder");
            self.names_mut(folder).insert(name, node);
        }
    }

    fn makes_folder(&mut self, folder: Option<i64>, path: &[u8]) {
        if let Some((folder, name)) = self.place(folder, path)
            && !self.names(folder).contains_key(&name)
        {
            self.add(folder, name, Is::Folder { now: Names::new(), synced: Names::new() });
        }
    }

    /// The files that are there after a cut at this moment.
    pub fn after_a_cut(&self, unsynced: &mut Unsynced<'_>) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        self.leaves(0, PathBuf::new(), unsynced, &mut files);
        files
    }

    fn leaves(
        &self,
        node: Node,
        path: PathBuf,
        unsynced: &mut Unsynced<'_>,
        files: &mut BTreeMap<PathBuf, Vec<u8>>,
    ) {
        match &self.nodes[node] {
            Is::File { now, synced } => {
                let content = match unsynced {
                    Unsynced::Gone => synced.clone(),
                    Unsynced::Torn(dice) => torn(now, synced, &mut **dice),
                };
                files.insert(path, content);
            }
            Is::Folder { now, synced } => {
                let new = match unsynced {
                    Unsynced::Gone => false,
                    Unsynced::Torn(dice) => dice(),
                };
                let names = if new { now } else { synced };
                for (name, node) in names {
                    self.leaves(*node, path.join(name), unsynced, files);
                }
            }
        }
    }

    /// What a program sees now, without a cut: to hold against the real folder.
    pub fn as_seen(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut seen = Self {
            root: self.root.clone(),
            nodes: self.nodes.clone(),
            open: HashMap::new(),
            believe: self.believe,
        };
        for node in &mut seen.nodes {
            match node {
                Is::File { now, synced } => synced.clone_from(now),
                Is::Folder { now, synced } => synced.clone_from(now),
            }
        }
        seen.after_a_cut(&mut Unsynced::Gone)
    }
}

/// The folder by whose handle a path is named.
fn folder_of(call: &Call, at: usize) -> Option<i64> {
    call.word(at).parse().ok()
}

fn torn(now: &[u8], synced: &[u8], dice: &mut dyn FnMut() -> bool) -> Vec<u8> {
    if now == synced {
        return now.to_vec();
    }
    let length = if dice() { now.len() } else { synced.len() };
    let mut left = vec![0; length];
    for (n, sector) in left.chunks_mut(SECTOR).enumerate() {
        let from = if dice() { now } else { synced };
        let part = from.get(n * SECTOR..).unwrap_or_default();
        let known = part.len().min(sector.len());
        sector[..known].copy_from_slice(&part[..known]);
    }
    left
}
