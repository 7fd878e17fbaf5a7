use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::port::{Secrets, SecretsKind};
use crate::{
    disk::{durable, private},
    error::Error,
    limits::MIN_PASSPHRASE,
    seal::{XChaCha, random},
};

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
    /// 64 MiB and three passes, one lane: what RFC 9106 recommends where memory is short. Every single command of the
    /// command line pays it at its start.
    fn default() -> Self {
        Self { memory_kib: 64 * 1_024, passes: 3 }
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
    passphrase: Secret,
    /// What a file costs that is made or sealed anew.
    cost: Argon2Cost,
    // One reader or writer at a time in this process; between processes a lock file keeps order.
    sealing: Mutex<Sealing>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
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

type Map = BTreeMap<String, Secret>;

impl PassphraseFile {
    /// Whether the folder has one.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        path(dir).exists()
    }

    /// Opens the folder's file, or makes an empty one with this cost. Slow on purpose. A file that is there opens under
    /// whatever passphrase it was made with.
    ///
    /// # Errors
    /// [`Error::WeakPassphrase`] where a file would be made; [`Error::WrongPassphrase`], [`Error::SecretsDamaged`],
    /// [`Error::File`] or [`Error::DiskFull`].
    pub fn open(dir: &Path, passphrase: &Secret, cost: Argon2Cost) -> Result<Self, Error> {
        if !Self::exists(dir) {
            is_strong(passphrase)?;
        }
        Self::open_beside(dir, passphrase, cost)
    }

    /// As [`PassphraseFile::open`], under any passphrase: for a folder that belongs to one that opens under it already. A person
    /// whose old folder lies under a short one is told of it, and goes on.
    pub fn open_beside(dir: &Path, passphrase: &Secret, cost: Argon2Cost) -> Result<Self, Error> {
        let path = path(dir);
        durable::make_folder(dir)?;
        let _lock = lock(&path)?;
        let found = read(&path)?;
        let head = found.as_ref().map_or_else(|| Head::fresh(cost), |sealed| sealed.head.clone());
        let sealing = Sealing::derive(&path, head, passphrase)?;
        match found {
            Some(sealed) => sealing.open(&path, &sealed).map(drop)?,
            // Written at once, so that a later wrong passphrase is noticed.
            None => sealing.write(&path, &Map::new())?,
        }
        Ok(Self { path, passphrase: passphrase.clone(), cost, sealing: Mutex::new(sealing) })
    }

    fn sealing(&self) -> MutexGuard<'_, Sealing> {
        self.sealing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self, sealing: &mut Sealing) -> Result<Map, Error> {
        // The file was there when this was opened: one that is gone must not read as "no secrets".
        let sealed = read(&self.path)?.ok_or_else(|| Error::SecretsDamaged(self.path.clone()))?;
        if sealed.head != sealing.head {
            // Another handle sealed it anew.
            *sealing = Sealing::derive(&self.path, sealed.head.clone(), &self.passphrase)?;
        }
        sealing.open(&self.path, &sealed)
    }

    fn change(&self, change: impl FnOnce(&mut Map)) -> Result<(), Error> {
        let mut sealing = self.sealing();
        let _lock = lock(&self.path)?;
        let mut map = self.load(&mut sealing)?;
        change(&mut map);
        sealing.write(&self.path, &map)
    }
}

/// Whether something new may be sealed under it.
fn is_strong(passphrase: &Secret) -> Result<(), Error> {
    let text = passphrase.expose();
    if text.trim().is_empty() || text.chars().count() < MIN_PASSPHRASE {
        return Err(Error::WeakPassphrase);
    }
    Ok(())
}

impl Head {
    fn fresh(cost: Argon2Cost) -> Self {
        Self { version: 1, kdf: "argon2id".to_owned(), cost, salt: BASE64.encode(random::<16>()) }
    }
}

/// What was derived last in this process, by a hash of head and passphrase: a command opens the file of its folder more
/// than once, and pays for it once.
static DERIVED: Mutex<Vec<Derived>> = Mutex::new(Vec::new());

/// A hash of head and passphrase, and what argon2id made of the two.
type Derived = ([u8; 32], Zeroizing<[u8; 32]>);

/// How many of them stay.
const KEPT: usize = 4;

/// The cipher that one head and the passphrase come to.
struct Sealing {
    head: Head,
    cipher: XChaCha,
}

impl Sealing {
    fn derive(path: &Path, head: Head, passphrase: &Secret) -> Result<Self, Error> {
        let damaged = || Error::SecretsDamaged(path.to_owned());
        if head.version != 1 || head.kdf != "argon2id" || !head.cost.is_sane() {
            return Err(damaged());
        }
        let salt = BASE64.decode(&head.salt).map_err(|_| damaged())?;
        let params =
            Params::new(head.cost.memory_kib, head.cost.passes, 1, Some(32)).map_err(|_| damaged())?;
        let asked: [u8; 32] = Sha256::new()
            .chain_update(bound(&head))
            .chain_update([0])
            .chain_update(passphrase.expose())
            .finalize()
            .into();
        // Not held meanwhile: two folders are opened beside each other.
        let kept = || DERIVED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = kept().iter().find(|(of, _)| *of == asked) {
            return Ok(Self { head, cipher: XChaCha::new(key.clone()) });
        }
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *key)
            .map_err(|_| damaged())?;
        let mut derived = kept();
        derived.truncate(KEPT - 1);
        derived.insert(0, (asked, key.clone()));
        drop(derived);
        Ok(Self { head, cipher: XChaCha::new(key) })
    }

    fn open(&self, path: &Path, sealed: &Sealed) -> Result<Map, Error> {
        let damaged = || Error::SecretsDamaged(path.to_owned());
        let nonce = BASE64.decode(&sealed.nonce).map_err(|_| damaged())?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| damaged())?;
        let bytes = BASE64.decode(&sealed.sealed).map_err(|_| damaged())?;
        // A wrong passphrase and a changed byte look the same; the former is by far the likelier.
        let plain = self
            .cipher
            .open(&nonce, &bound(&sealed.head), &bytes)
            .ok_or_else(|| Error::WrongPassphrase(path.to_owned()))?;
        let map: BTreeMap<String, String> = rmp_serde::from_slice(&plain).map_err(|_| damaged())?;
        Ok(map.into_iter().map(|(k, v)| (k, Secret::new(v))).collect())
    }

    fn write(&self, path: &Path, map: &Map) -> Result<(), Error> {
        let plain: BTreeMap<&str, &str> = map.iter().map(|(k, v)| (k.as_str(), v.expose())).collect();
        let plain = Zeroizing::new(rmp_serde::to_vec(&plain).expect("a map of texts is valid MessagePack"));
        let nonce: [u8; 24] = random();
        let mut bytes = Vec::new();
        self.cipher.seal_into(&mut bytes, &nonce, &bound(&self.head), &plain);
        let sealed =
            Sealed { head: self.head.clone(), nonce: BASE64.encode(nonce), sealed: BASE64.encode(bytes) };
        durable::replace(path, &serde_json::to_vec(&sealed).expect("numbers and texts are valid JSON"))
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("secrets.sealed")
}

fn read(path: &Path) -> Result<Option<Sealed>, Error> {
    let Some(bytes) = durable::read(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| Error::SecretsDamaged(path.to_owned()))
}

/// Read, change and write as one step between processes. The others hold it for milliseconds, so waiting is fine.
fn lock(path: &Path) -> Result<std::fs::File, Error> {
    let path = durable::beside(path, ".lock");
    let open = || {
        let file = private::lock_file(&path)?;
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
        Ok(self.load(&mut self.sealing())?.remove(name))
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
        self.change(|map| drop(map.insert(name.to_owned(), value.clone())))
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.change(|map| drop(map.remove(name)))
    }

    fn reseal(&self) -> Result<(), Error> {
        is_strong(&self.passphrase)?;
        let mut sealing = self.sealing();
        let _lock = lock(&self.path)?;
        let map = self.load(&mut sealing)?;
        let next = Sealing::derive(&self.path, Head::fresh(self.cost), &self.passphrase)?;
        next.write(&self.path, &map)?;
        *sealing = next;
        Ok(())
    }

    fn is_weak(&self) -> bool {
        is_strong(&self.passphrase).is_err()
    }

    fn kind(&self) -> SecretsKind {
        SecretsKind::PassphraseFile
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    /// A file as earlier versions made it: a low cost, and any passphrase.
    fn old_file(dir: &Path, passphrase: &str) -> Vec<u8> {
        let cost = Argon2Cost { memory_kib: 16, passes: 2 };
        let sealing = Sealing::derive(&path(dir), Head::fresh(cost), &secret(passphrase)).unwrap();
        let map = Map::from([("a".to_owned(), secret("kept"))]);
        sealing.write(&path(dir), &map).unwrap();
        fs::read(path(dir)).unwrap()
    }

    fn shown(file: &PassphraseFile) -> String {
        file.get("a").unwrap().unwrap().expose().to_owned()
    }

    #[test]
    fn nothing_new_is_sealed_under_a_short_or_blank_passphrase() {
        for (text, is_fine) in [
            ("p", false),
            ("1234567", false),
            ("ééééééé", false),
            ("        ", false),
            ("\u{3000}\t\n        ", false),
            ("12345678", true),
            ("éééééééé", true),
            ("a       ", true),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let made = PassphraseFile::open(&dir.path().join("new"), &secret(text), Argon2Cost::lowest());
            assert_eq!(made.is_ok(), is_fine, "{text:?}");
            if !is_fine {
                assert!(matches!(made.err(), Some(Error::WeakPassphrase)), "{text:?}");
                assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{text:?} left something");
            }
        }
    }

    #[test]
    fn an_old_file_opens_under_its_short_passphrase_and_is_not_sealed_anew_under_it() {
        let dir = tempfile::tempdir().unwrap();
        let before = old_file(dir.path(), "p");
        let file = PassphraseFile::open(dir.path(), &secret("p"), Argon2Cost::lowest()).unwrap();
        assert!(file.is_weak());
        assert_eq!(shown(&file), "kept");
        assert!(matches!(file.reseal(), Err(Error::WeakPassphrase)));
        assert_eq!(fs::read(path(dir.path())).unwrap(), before, "what is refused changes nothing");
        file.set("b", &secret("still kept")).unwrap();
    }

    #[test]
    fn an_old_file_is_sealed_anew_at_the_cost_of_today_and_handles_from_before_go_on() {
        let dir = tempfile::tempdir().unwrap();
        old_file(dir.path(), "correct horse");
        let open =
            || PassphraseFile::open(dir.path(), &secret("correct horse"), Argon2Cost::lowest()).unwrap();
        let (before, file) = (open(), open());
        assert!(!file.is_weak());
        file.reseal().unwrap();
        let head = read(&path(dir.path())).unwrap().unwrap().head;
        assert_eq!(head.cost, Argon2Cost::lowest());
        before.set("b", &secret("by the other")).unwrap();
        for handle in [&before, &file, &open()] {
            assert_eq!(shown(handle), "kept");
            assert_eq!(handle.get("b").unwrap().unwrap().expose(), "by the other");
        }
        file.reseal().unwrap();
        assert!(read(&path(dir.path())).unwrap().unwrap().head != head, "each time with a salt of its own");
    }

    #[test]
    fn a_new_file_costs_64_mib_and_three_passes() {
        assert_eq!(Argon2Cost::default(), Argon2Cost { memory_kib: 65_536, passes: 3 });
    }
}
