//! What lies on the disk, looked at without the program: the one connection's folder, its secrets, store and outbox.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use model::{Clock, Secret};
use outbox::Outbox;
use store::{Argon2Cost, KeyRing, PassphraseFile, Secrets, Store};

/// The folder of the only connection there is.
pub fn connection(data: &Path) -> PathBuf {
    let mut found = fs::read_dir(data.join("connections")).unwrap();
    let only = found.next().unwrap().unwrap().path();
    assert!(found.next().is_none(), "one connection");
    only
}

pub fn secrets(connection: &Path) -> Arc<dyn Secrets> {
    store::open_secrets(connection, Some(Secret::new("correct horse".to_owned())), false).unwrap()
}

pub fn keys(connection: &Path) -> KeyRing {
    store::data_keys(&*secrets(connection), "data-key").unwrap()
}

/// Seals all secrets of a data folder at the lowest cost there is: hundreds of commands will open them.
pub fn make_passphrases_cheap(data: &Path) {
    let passphrase = Secret::new("correct horse".to_owned());
    for kind in ["connections", "orgs"] {
        for folder in fs::read_dir(data.join(kind)).unwrap() {
            let folder = folder.unwrap().path();
            if PassphraseFile::exists(&folder) {
                PassphraseFile::open(&folder, &passphrase, Argon2Cost::lowest()).unwrap().reseal().unwrap();
            }
        }
    }
}

/// A clock that stands still.
pub struct Still(pub DateTime<Utc>);

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// The outbox of a store, on a day long after this was written: nothing in it has expired before the year 2027.
pub fn outbox(store: &Store) -> Outbox {
    Outbox::open(store, Arc::new(Still(DateTime::from_timestamp(1_700_000_000, 0).unwrap()))).unwrap()
}

/// Every file below a folder, in order.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { left.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

pub fn copy(from: &Path, to: &Path) {
    // A socket that a command left is no part of it.
    for file in files(from).into_iter().filter(|file| file.is_file()) {
        let at = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::copy(&file, &at).unwrap();
    }
}

/// The journal of a store.
pub fn journal(store: &Path) -> PathBuf {
    let name = |p: &Path| p.file_name().unwrap().to_str().unwrap().to_owned();
    let mut all = files(store).into_iter().filter(|f| name(f).starts_with("journal."));
    let only = all.next().unwrap();
    assert!(all.next().is_none(), "one journal");
    only
}
