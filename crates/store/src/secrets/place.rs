//! Which place holds the secrets of a folder. A folder stays with the place that holds its data key: another place
//! would make another key, under which nothing on the disk opens.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::Secret;

use super::{
    key_file::KeyFile,
    keychain::Keychain,
    passphrase_file::{Argon2Cost, PassphraseFile},
    port::Secrets,
};
use crate::{disk::durable, error::Error};

/// The word in `secrets.place` when the keychain is the place. The other places are files and speak for themselves.
const KEYCHAIN: &str = "keychain";

/// Opens the place for the secrets of a folder. Blocking, up to 3 s where a keychain hangs; longer where it asks the
/// person to unlock.
///
/// A folder stays with the place that holds its data key, whether a passphrase is given or not:
///
/// 1. `secrets.sealed` where it exists; without its passphrase nothing else is tried;
/// 2. else the key file where it exists and is allowed;
/// 3. else the system keychain where `secrets.place` says that it was chosen; a silent one is an error;
/// 4. else the folder is new: under the passphrase given, else the keychain if it works, else a key file if allowed.
///
/// # Errors
/// [`Error::NoSecretStore`] when none is left or a sealed folder's passphrase is missing;
/// [`Error::Keychain`] or [`Error::KeychainSilent`] when the folder's place is a keychain that does not answer;
/// [`Error::WeakPassphrase`] for a new folder under a short one; [`Error::WrongPassphrase`], [`Error::SecretsDamaged`],
/// [`Error::KeyFileExposed`], [`Error::File`] or [`Error::DiskFull`].
pub fn open_secrets(
    dir: &Path,
    passphrase: Option<Secret>,
    allow_key_file: bool,
) -> Result<Arc<dyn Secrets>, Error> {
    let passphrase = passphrase.filter(|p| !p.is_empty());
    open_by(dir, passphrase.as_ref(), allow_key_file, PassphraseFile::open, system_keychain)
}

/// As [`open_secrets`] for a folder that belongs to another one, which opens under this passphrase already: a new file is
/// sealed under it however short it is, so that what an earlier version allowed goes on.
pub fn open_secrets_beside(
    dir: &Path,
    passphrase: Option<Secret>,
    allow_key_file: bool,
) -> Result<Arc<dyn Secrets>, Error> {
    let passphrase = passphrase.filter(|p| !p.is_empty());
    open_by(dir, passphrase.as_ref(), allow_key_file, PassphraseFile::open_beside, system_keychain)
}

fn system_keychain(dir: &Path) -> Result<Arc<dyn Secrets>, Error> {
    Ok(Arc::new(Keychain::open(dir)?))
}

/// Opens the place of this folder, or chooses one for a new folder; the rules stand at [`open_secrets`].
fn open_by(
    dir: &Path,
    passphrase: Option<&Secret>,
    allow_key_file: bool,
    seal: impl Fn(&Path, &Secret, Argon2Cost) -> Result<PassphraseFile, Error>,
    keychain: impl FnOnce(&Path) -> Result<Arc<dyn Secrets>, Error>,
) -> Result<Arc<dyn Secrets>, Error> {
    durable::make_folder(dir)?;
    let sealed = |passphrase: &Secret| -> Result<Arc<dyn Secrets>, Error> {
        Ok(Arc::new(seal(dir, passphrase, Argon2Cost::default())?))
    };
    if PassphraseFile::exists(dir) {
        return sealed(passphrase.ok_or(Error::NoSecretStore)?);
    }
    if allow_key_file && KeyFile::exists(dir) {
        return Ok(Arc::new(KeyFile::open(dir)?));
    }
    if keychain_is_remembered(dir)? {
        return keychain(dir);
    }
    if let Some(passphrase) = passphrase {
        return sealed(passphrase);
    }
    match keychain(dir) {
        Ok(keychain) => {
            // Before the caller can keep anything in it.
            durable::replace(&path(dir), format!("{KEYCHAIN}\n").as_bytes())?;
            return Ok(keychain);
        }
        Err(e) => tracing::info!(reason = %e, "no system keychain"),
    }
    if allow_key_file { Ok(Arc::new(KeyFile::open(dir)?)) } else { Err(Error::NoSecretStore) }
}

/// [`open_by`] where a new file is held to what is asked of a passphrase today.
#[cfg(test)]
fn open(
    dir: &Path,
    passphrase: Option<&Secret>,
    allow_key_file: bool,
    keychain: impl FnOnce(&Path) -> Result<Arc<dyn Secrets>, Error>,
) -> Result<Arc<dyn Secrets>, Error> {
    open_by(dir, passphrase, allow_key_file, PassphraseFile::open, keychain)
}

/// Folders from before this mark have none.
fn keychain_is_remembered(dir: &Path) -> Result<bool, Error> {
    let path = path(dir);
    match durable::read(&path)? {
        None => Ok(false),
        Some(word) if word.trim_ascii() == KEYCHAIN.as_bytes() => Ok(true),
        // A place this version does not know; guessing could switch it.
        Some(_) => Err(Error::SecretsDamaged(path)),
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("secrets.place")
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, sync::Mutex, time::Duration};

    use super::*;
    use crate::{SecretsKind, Store, data_key};

    /// A keychain that works, in memory; clones share what is kept.
    #[derive(Clone, Default)]
    struct Working(Arc<Mutex<BTreeMap<String, Secret>>>);

    impl Secrets for Working {
        fn get(&self, name: &str) -> Result<Option<Secret>, Error> {
            Ok(self.0.lock().unwrap().get(name).cloned())
        }
        fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
            self.0.lock().unwrap().insert(name.to_owned(), value.clone());
            Ok(())
        }
        fn remove(&self, name: &str) -> Result<(), Error> {
            self.0.lock().unwrap().remove(name);
            Ok(())
        }
        fn kind(&self) -> SecretsKind {
            SecretsKind::Keychain
        }
    }

    impl Working {
        fn answer(&self, _: &Path) -> Result<Arc<dyn Secrets>, Error> {
            Ok(Arc::new(self.clone()))
        }
    }

    fn silent(_: &Path) -> Result<Arc<dyn Secrets>, Error> {
        Err(Error::KeychainSilent(Duration::from_secs(3)))
    }

    fn unasked(_: &Path) -> Result<Arc<dyn Secrets>, Error> {
        panic!("the keychain is not to be asked")
    }

    fn passphrase(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    /// Opens the folder's store as the program does, and tells which place the key came from.
    fn start(dir: &Path, secrets: &dyn Secrets) -> SecretsKind {
        let key = data_key(secrets, "data-key").expect("a data key");
        drop(Store::open(&dir.join("store"), &key).expect("the store opens with the key of its first day"));
        secrets.kind()
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("secrets."))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_sealed_folder_opens_with_its_passphrase_only_whatever_else_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let p = passphrase("correct horse");
        start(dir, &*open(dir, Some(&p), false, unasked).unwrap());
        let before = fs::read(dir.join("secrets.sealed")).unwrap();
        fs::write(dir.join("secrets.key"), "{}").unwrap();
        fs::write(path(dir), "keychain").unwrap();
        for allow_key_file in [false, true] {
            let without = open(dir, None, allow_key_file, unasked).err();
            assert!(matches!(without, Some(Error::NoSecretStore)), "{without:?}");
            let wrong = open(dir, Some(&passphrase("wrong")), allow_key_file, unasked).err();
            assert!(matches!(wrong, Some(Error::WrongPassphrase { .. })), "{wrong:?}");
        }
        assert_eq!(fs::read(dir.join("secrets.sealed")).unwrap(), before);
        let again = start(dir, &*open(dir, Some(&p), true, unasked).unwrap());
        assert_eq!(again, SecretsKind::PassphraseFile);
    }

    #[test]
    fn a_folder_with_a_key_file_stays_with_it_when_a_passphrase_is_set_later() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        start(dir, &*open(dir, None, true, silent).unwrap());
        let p = passphrase("set later");
        for given in [Some(&p), None] {
            // Nor does a keychain that works by now take it over.
            assert_eq!(start(dir, &*open(dir, given, true, unasked).unwrap()), SecretsKind::KeyFile);
        }
        assert_eq!(names(dir), ["secrets.key"]);
    }

    #[test]
    fn a_key_file_that_is_not_allowed_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("secrets.key"), "{}").unwrap();
        assert!(matches!(open(dir.path(), None, false, silent).err(), Some(Error::NoSecretStore)));
    }

    #[test]
    fn a_folder_with_its_key_in_the_keychain_stays_there_when_a_passphrase_is_set_later() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let system = Working::default();
        start(dir, &*open(dir, None, false, |d| system.answer(d)).unwrap());
        let p = passphrase("set later");
        for given in [Some(&p), None] {
            let place = open(dir, given, true, |d| system.answer(d)).unwrap();
            assert_eq!(start(dir, &*place), SecretsKind::Keychain);
        }
        assert_eq!(names(dir), ["secrets.place"]);
        assert_eq!(fs::read_to_string(path(dir)).unwrap(), "keychain\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path(dir)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_remembered_keychain_that_is_silent_is_an_error_and_no_other_place_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let system = Working::default();
        start(dir, &*open(dir, None, false, |d| system.answer(d)).unwrap());
        let p = passphrase("set later");
        for given in [Some(&p), None] {
            for allow_key_file in [false, true] {
                let opened = open(dir, given, allow_key_file, silent).err();
                assert!(matches!(opened, Some(Error::KeychainSilent { .. })), "{opened:?}");
            }
        }
        assert_eq!(names(dir), ["secrets.place"]);
        // Back again, it still has the key.
        start(dir, &*open(dir, None, false, |d| system.answer(d)).unwrap());
    }

    #[test]
    fn a_mark_of_an_unknown_place_is_an_error_not_a_guess() {
        for junk in [&b""[..], b"vault\n", b"\xff\xfe"] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(path(dir.path()), junk).unwrap();
            let opened = open(dir.path(), Some(&passphrase("correct horse")), true, unasked).err();
            assert!(matches!(opened, Some(Error::SecretsDamaged { .. })), "{opened:?}");
        }
    }

    #[test]
    fn a_new_folder_takes_passphrase_then_keychain_then_key_file_then_nothing() {
        let fresh = || tempfile::tempdir().unwrap();
        let system = Working::default();
        let kind = |secrets: Arc<dyn Secrets>| secrets.kind();
        let p = passphrase("correct horse");
        assert_eq!(
            open(fresh().path(), Some(&p), true, unasked).map(kind).unwrap(),
            SecretsKind::PassphraseFile
        );
        let with_keychain = open(fresh().path(), None, true, |d| system.answer(d));
        assert_eq!(with_keychain.map(kind).unwrap(), SecretsKind::Keychain);
        assert_eq!(open(fresh().path(), None, true, silent).map(kind).unwrap(), SecretsKind::KeyFile);
        let nothing = fresh();
        assert!(matches!(open(nothing.path(), None, false, silent).err(), Some(Error::NoSecretStore)));
        assert!(names(nothing.path()).is_empty(), "a keychain that did not answer is not remembered");
    }
}
