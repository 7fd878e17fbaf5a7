//! What lies on the disk, looked at without the program: the one connection's folder, its secrets, store and outbox.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::Secret;
use outbox::Outbox;
use sha2::{Digest, Sha256};
use store::{Argon2Cost, KeyRing, PassphraseFile, Secrets, Store};
use testkit::{ManualClock, files_below};

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

/// Begins a data folder that has nothing in it, for the connection that the variables make to this org: as a program leaves it
/// that was ended right after it made its secrets files, and these are sealed at the lowest cost there is. What a story's
/// commands cost was four fifths this, and none of the stories is about it.
pub fn begin(data: &Path, base_url: &str) {
    if !fs::read_dir(data).is_ok_and(|mut there| there.next().is_none()) {
        return;
    }
    let passphrase = Secret::new("correct horse".to_owned());
    let digest = |text: String| -> String {
        Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    };
    let connection = format!("connections/env.{}", digest(format!("{base_url}|demo")));
    for folder in [connection, format!("orgs/{}", digest(format!("{base_url} demo")))] {
        PassphraseFile::open(&data.join(folder), &passphrase, Argon2Cost::lowest()).unwrap();
    }
}

/// The outbox of a store, on a day long after this was written: nothing in it has expired before the year 2027.
pub fn outbox(store: &Store) -> Outbox {
    Outbox::open(store, Arc::new(ManualClock::at("2023-11-14T22:13:20Z"))).unwrap()
}

/// The journal of a store.
pub fn journal(store: &Path) -> PathBuf {
    let name = |p: &Path| p.file_name().unwrap().to_str().unwrap().to_owned();
    let mut all = files_below(store).into_iter().filter(|f| name(f).starts_with("journal."));
    let only = all.next().unwrap();
    assert!(all.next().is_none(), "one journal");
    only
}
