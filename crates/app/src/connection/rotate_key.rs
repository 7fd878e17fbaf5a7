//! A new data key for a connection's folder.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use store::Secrets;

use crate::{App, Failure, Result, connection::data_key::DATA_KEY, views::NoticeView};

/// What a rotation came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotation {
    /// Everything in the store is sealed under the new key.
    pub rotated: bool,
    /// Which key that is, as the folder's `schema.json` names it: the first 8 bytes of its SHA-256, in hex.
    pub key_id: String,
    /// How many older keys stay in the secret store, because purges of their time have journals under them.
    pub older_keys_kept: u32,
}

impl App {
    /// Seals the store of the open connection, and that of its org's holds, under a new data key each and forgets the old
    /// ones, unless a run of the retention still needs them. What was stored stays as it is, keyed hashes of session tokens
    /// too. After a crash anywhere the folder opens as before, and the same call again ends what was begun. A file under a
    /// passphrase is sealed anew at the cost of today.
    ///
    /// # Errors
    /// A passphrase that is too short for anything new, by its field: then nothing was changed. A failing disk, or a secret
    /// store that keeps nothing: then the key before still opens everything.
    pub async fn rotate_key(&self) -> Result<KeyRotation> {
        self.on_disk(move |app| {
            let inner = &app.0;
            let dir = inner.folder.dir(&inner.connection);
            let secrets = inner.folder.secrets(&inner.connection)?;
            // The holds are sealed under a key of their org, which a copy of the folder from before has too.
            let org = inner.stores.org.as_ref().map_err(Clone::clone)?;
            // Both are looked at before either is changed.
            if secrets.is_weak() || org.secrets.is_weak() {
                return Err(store::Error::WeakPassphrase.into());
            }
            store::rotate_data_key(&org.store, &*org.secrets, DATA_KEY)?;
            for name in older_keys(&*org.secrets)?.iter().rev() {
                org.secrets.remove(name)?;
            }
            store::rotate_data_key(&inner.store, &*secrets, DATA_KEY)?;
            let older = older_keys(&*secrets)?;
            let needed = has_run(&dir.join("runs"))?;
            if !needed {
                // From the last one on: a kill in between leaves a row without a gap.
                for name in older.iter().rev() {
                    secrets.remove(name)?;
                }
            }
            let kept = if needed { u32::try_from(older.len()).unwrap_or(u32::MAX) } else { 0 };
            Ok(KeyRotation { rotated: true, key_id: key_id(&dir.join("store"))?, older_keys_kept: kept })
        })
        .await
    }
}

/// What the person is told of a folder that an earlier version sealed under a passphrase that is refused today.
pub(crate) fn weak_passphrase_notice(secrets: &dyn Secrets, connection: &str) -> Option<NoticeView> {
    secrets.is_weak().then(|| NoticeView {
        id: format!("weak-passphrase {connection}"),
        title: "The passphrase is short".to_owned(),
        message: format!(
            "The secrets of the connection {connection:?} lie under a passphrase of fewer than {} characters, as an \
             earlier version allowed it. They open as before; nothing new is sealed under it, and the key is not \
             rotated. Deliver what waits, then begin a new data folder under a longer one.",
            store::MIN_PASSPHRASE
        ),
        paths: Vec::new(),
    })
}

/// The names of the keys that [`store::rotate_data_key`] left for files of their time, oldest first.
fn older_keys(secrets: &dyn Secrets) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for number in 1_u32.. {
        let name = format!("{DATA_KEY}.{number}");
        if secrets.get(&name)?.is_none() {
            break;
        }
        names.push(name);
    }
    Ok(names)
}

/// Whether a run is kept, whose journal stays under the key it began with.
fn has_run(runs: &Path) -> Result<bool> {
    let failed = |e: std::io::Error| Failure::of_file(format!("{} cannot be read", runs.display()), &e);
    for entry in std::fs::read_dir(runs).map_err(failed)? {
        if entry.map_err(failed)?.path().join("journal").is_file() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn key_id(store: &Path) -> Result<String> {
    let read = || {
        let mark: Value = serde_json::from_slice(&std::fs::read(store.join("schema.json")).ok()?).ok()?;
        Some(mark["key"].as_str()?.to_owned())
    };
    read().ok_or_else(|| Failure::internal("The store does not name its key after the rotation."))
}
