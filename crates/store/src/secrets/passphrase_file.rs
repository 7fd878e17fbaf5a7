use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Secrets, SecretsKind};
use crate::{Error, disk, seal::random, xchacha::XChaCha};

/// What one guess at the passphrase costs. Stands in the file, so it can be raised without breaking old files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for Argon2Cost {
    /// 19 MiB and two passes, one lane: the first choice of the OWASP Password Storage Cheat Sheet for argon2id.
    /// Not more, because every single command of the command line pays it at its start.
    fn default() -> Self {
        Self { memory_kib: 19 * 1_024, passes: 2 }
    }
}

impl Argon2Cost {
    /// As little as the algorithm takes: for tests only.
    #[must_use]
    pub fn lowest() -> Self {
        Self { memory_kib: 8, passes: 1 }
    }

    /// A file from elsewhere must not make us fill the memory or compute for hours.
    fn is_sane(self) -> bool {
        (8..=1 << 20).contains(&self.memory_kib) && (1..=16).contains(&self.passes)
    }
}

/// `secrets.sealed`: a map of secrets under a passphrase, argon2id and XChaCha20-Poly1305.
pub struct PassphraseFile {
    path: PathBuf,
    cipher: XChaCha,
    head: Head,
    // One writer at a time in this process; between processes a lock file keeps order.
    turn: Mutex<()>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    version: u32,
    kdf: String,
    #[serde(flatten)]
    cost: Argon2Cost,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sealed {
    #[serde(flatten)]
    head: Head,
    nonce: String,
    sealed: String,
}

type Map = BTreeMap<String, Zeroizing<String>>;

impl PassphraseFile {
    /// Whether the folder has one.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        path(dir).exists()
    }

    /// Opens the folder's file, or makes an empty one with this cost. Slow on purpose.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::SecretsDamaged`], [`Error::File`] or [`Error::DiskFull`].
    pub fn open(dir: &Path, passphrase: &Secret, cost: Argon2Cost) -> Result<Self, Error> {
        disk::make_folder(dir)?;
        let path = path(dir);
        let damaged = || Error::SecretsDamaged { path: path.clone() };
        let _lock = lock(&path)?;
        let found = read(&path)?;
        let head = match &found {
            Some(sealed) => sealed.head.clone(),
            None => {
                let salt = BASE64.encode(random::<16>());
                Head { version: 1, kdf: "argon2id".to_owned(), cost, salt }
            }
        };
        if head.version != 1 || head.kdf != "argon2id" || !head.cost.is_sane() {
            return Err(damaged());
        }
        let salt = BASE64.decode(&head.salt).map_err(|_| damaged())?;
        let params =
            Params::new(head.cost.memory_kib, head.cost.passes, 1, Some(32)).map_err(|_| damaged())?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *key)
            .map_err(|_| damaged())?;
        let file = Self { path: path.clone(), cipher: XChaCha::new(key), head, turn: Mutex::new(()) };
        match found {
            Some(sealed) => file.unseal(&sealed).map(drop)?,
            // Written at once, so that a later wrong passphrase is noticed.
            None => file.write(&Map::new())?,
        }
        Ok(file)
    }

    fn unseal(&self, sealed: &Sealed) -> Result<Map, Error> {
        let damaged = || Error::SecretsDamaged { path: self.path.clone() };
        let nonce = BASE64.decode(&sealed.nonce).map_err(|_| damaged())?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| damaged())?;
        let bytes = BASE64.decode(&sealed.sealed).map_err(|_| damaged())?;
        // A wrong passphrase and a changed byte look the same; the former is by far the likelier.
        let plain = self
            .cipher
            .open(&nonce, &bound(&sealed.head), &bytes)
            .ok_or_else(|| Error::WrongPassphrase { path: self.path.clone() })?;
        let map: BTreeMap<String, String> = rmp_serde::from_slice(&plain).map_err(|_| damaged())?;
        Ok(map.into_iter().map(|(k, v)| (k, Zeroizing::new(v))).collect())
    }

    fn load(&self) -> Result<Map, Error> {
        // The file was there when this was opened: one that is gone must not read as "no secrets".
        let sealed = read(&self.path)?.ok_or_else(|| Error::SecretsDamaged { path: self.path.clone() })?;
        self.unseal(&sealed)
    }

    fn write(&self, map: &Map) -> Result<(), Error> {
        let plain: BTreeMap<&str, &str> = map.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let plain = Zeroizing::new(rmp_serde::to_vec(&plain).expect("a map of texts is valid MessagePack"));
        let nonce: [u8; 24] = random();
        let mut bytes = Vec::new();
        self.cipher.seal_into(&mut bytes, &nonce, &bound(&self.head), &plain);
        let sealed =
            Sealed { head: self.head.clone(), nonce: BASE64.encode(nonce), sealed: BASE64.encode(bytes) };
        disk::replace(&self.path, &serde_json::to_vec(&sealed).expect("numbers and texts are valid JSON"))
    }

    fn change(&self, change: impl FnOnce(&mut Map)) -> Result<(), Error> {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _lock = lock(&self.path)?;
        let mut map = self.load()?;
        change(&mut map);
        self.write(&map)
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("secrets.sealed")
}

fn read(path: &Path) -> Result<Option<Sealed>, Error> {
    let Some(bytes) = disk::read(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| Error::SecretsDamaged { path: path.to_owned() })
}

/// Read, change and write as one step between processes. The others hold it for milliseconds, so waiting is fine.
fn lock(path: &Path) -> Result<std::fs::File, Error> {
    let path = disk::beside(path, ".lock");
    let open = || {
        let file = disk::private().write(true).create(true).truncate(false).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|e| Error::file(&path, e))
}

/// Everything in the head is authenticated with the secrets.
fn bound(head: &Head) -> Vec<u8> {
    let Argon2Cost { memory_kib, passes } = head.cost;
    format!("innkeeper/secrets/{}/{}/{memory_kib}/{passes}/{}", head.version, head.kdf, head.salt)
        .into_bytes()
}

impl Secrets for PassphraseFile {
    fn get(&self, name: &str) -> Result<Option<Secret>, Error> {
        Ok(self.load()?.get(name).map(|v| Secret::new(v.to_string())))
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
        self.change(|map| {
            map.insert(name.to_owned(), Zeroizing::new(value.expose().to_owned()));
        })
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.change(|map| {
            map.remove(name);
        })
    }

    fn kind(&self) -> SecretsKind {
        SecretsKind::PassphraseFile
    }
}
