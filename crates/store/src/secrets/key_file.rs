use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use model::Secret;
use zeroize::Zeroizing;

use super::port::{Secrets, SecretsKind};
use crate::{disk::durable, error::Error};

/// Secrets in clear in a file of mode 0600. Only for the embedded simulator, whose secrets protect nothing real.
pub(crate) struct KeyFile {
    path: PathBuf,
    // One writer at a time in this process; between processes the folder's lock keeps order.
    turn: Mutex<()>,
}

type Map = BTreeMap<String, Secret>;

impl KeyFile {
    pub(crate) fn exists(dir: &Path) -> bool {
        path(dir).exists()
    }

    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let file = Self { path: path(dir), turn: Mutex::new(()) };
        file.read()?;
        Ok(file)
    }

    fn read(&self) -> Result<Map, Error> {
        let Some(bytes) = durable::read(&self.path)? else { return Ok(Map::new()) };
        let bytes = Zeroizing::new(bytes);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode =
                std::fs::metadata(&self.path).map_err(|e| Error::file(&self.path, e))?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(Error::KeyFileExposed(self.path.clone()));
            }
        }
        let map: BTreeMap<String, String> =
            serde_json::from_slice(&bytes).map_err(|_| Error::SecretsDamaged(self.path.clone()))?;
        Ok(map.into_iter().map(|(k, v)| (k, Secret::new(v))).collect())
    }

    fn change(&self, change: impl FnOnce(&mut Map)) -> Result<(), Error> {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut map = self.read()?;
        change(&mut map);
        let plain: BTreeMap<&str, &str> = map.iter().map(|(k, v)| (k.as_str(), v.expose())).collect();
        let json = Zeroizing::new(serde_json::to_vec(&plain).expect("a map of texts is valid JSON"));
        durable::replace(&self.path, &json)
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("secrets.key")
}

impl Secrets for KeyFile {
    fn get(&self, name: &str) -> Result<Option<Secret>, Error> {
        Ok(self.read()?.remove(name))
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
        self.change(|map| drop(map.insert(name.to_owned(), value.clone())))
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.change(|map| drop(map.remove(name)))
    }

    fn kind(&self) -> SecretsKind {
        SecretsKind::KeyFile
    }
}
