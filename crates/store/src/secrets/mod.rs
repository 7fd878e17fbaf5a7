//! Where client secrets and data keys are kept: the secret port and its three forms.

mod key_file;
mod keychain;
mod passphrase_file;
mod place;

use std::{path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::Secret;
use zeroize::Zeroizing;

pub use passphrase_file::{Argon2Cost, MIN_PASSPHRASE, PassphraseFile};

use crate::{DataKey, Error, KeyRing, Store, disk::durable};
use {key_file::KeyFile, keychain::Keychain};

/// A place for secrets. Blocking; a keychain may ask the person first.
pub trait Secrets: Send + Sync {
    /// The secret of that name, `None` when there is none.
    ///
    /// # Errors
    /// Those of the place.
    fn get(&self, name: &str) -> Result<Option<Secret>, Error>;

    /// Keeps a secret, replacing the one before. Short text only: the Windows keychain takes 1,280 characters.
    ///
    /// # Errors
    /// Those of the place.
    fn set(&self, name: &str, value: &Secret) -> Result<(), Error>;

    /// Forgets a secret; one that is not there is fine.
    ///
    /// # Errors
    /// Those of the place.
    fn remove(&self, name: &str) -> Result<(), Error>;

    /// Seals what is kept anew, as a new place of this kind would; refused where a new place would be. Called before the
    /// data key is changed. A place that is not sealed by us has nothing to do.
    ///
    /// # Errors
    /// [`Error::WeakPassphrase`], with nothing changed; those of the place.
    fn reseal(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether it is sealed so weakly that no new place would be: then a person should be told.
    fn is_weak(&self) -> bool {
        false
    }

    /// Which place it is.
    fn kind(&self) -> SecretsKind;
}

/// The three places, for the settings screen and for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretsKind {
    /// Keychain, Windows Credential Manager or Secret Service.
    Keychain,
    /// `secrets.sealed`, under a passphrase.
    PassphraseFile,
    /// `secrets.key`, in clear with mode 0600; for the embedded simulator only.
    KeyFile,
}

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
    open_place(dir, passphrase, allow_key_file, PassphraseFile::open)
}

/// As [`open_secrets`] for a folder that belongs to another one, which opens under this passphrase already: a new file is
/// sealed under it however short it is, so that what an earlier version allowed goes on.
///
/// # Errors
/// As [`open_secrets`], but for [`Error::WeakPassphrase`].
pub fn open_secrets_beside(
    dir: &Path,
    passphrase: Option<Secret>,
    allow_key_file: bool,
) -> Result<Arc<dyn Secrets>, Error> {
    open_place(dir, passphrase, allow_key_file, PassphraseFile::open_beside)
}

fn open_place(
    dir: &Path,
    passphrase: Option<Secret>,
    allow_key_file: bool,
    seal: impl Fn(&Path, &Secret, Argon2Cost) -> Result<PassphraseFile, Error>,
) -> Result<Arc<dyn Secrets>, Error> {
    durable::make_folder(dir)?;
    let passphrase = passphrase.filter(|p| !p.is_empty());
    let keychain = |dir: &Path| -> Result<Arc<dyn Secrets>, Error> { Ok(Arc::new(Keychain::open(dir)?)) };
    place::open_by(dir, passphrase.as_ref(), allow_key_file, seal, keychain)
}

/// The data key of that name; makes one and makes sure it is kept when there is none.
///
/// Does not know whether a store exists already: where its key is lost, a new one answers [`Error::WrongKey`] in
/// [`crate::Store::open`], and the store is untouched.
///
/// # Errors
/// Those of the place, and [`Error::SecretForm`] when the name holds something else or a new key was not kept.
pub fn data_key(secrets: &dyn Secrets, name: &str) -> Result<DataKey, Error> {
    if let Some(key) = stored(secrets, name)? {
        return Ok(key);
    }
    let key = DataKey::generate();
    keep(secrets, name, &key)?;
    Ok(key)
}

/// The ring of keys of that name: the one in use first, then one that a rotation was about to bring, then those of the
/// past. Makes a first one as [`data_key`] does.
///
/// # Errors
/// Those of [`data_key`].
pub fn data_keys(secrets: &dyn Secrets, name: &str) -> Result<KeyRing, Error> {
    let mut ring = KeyRing::new(data_key(secrets, name)?);
    if let Some(next) = stored(secrets, &next_name(name))? {
        ring = ring.with(next);
    }
    for older in 1.. {
        let Some(key) = stored(secrets, &older_name(name, older))? else { break };
        ring = ring.with(key);
    }
    Ok(ring)
}

/// Brings a new data key into use: saves it, seals the store under it, and then puts it in the place of the one before,
/// which stays in the ring for journals of its time. After a crash at any point [`data_keys`] has every key that a file may
/// need, and calling this again ends what was begun. The place of the secrets is sealed
/// anew first. Blocking.
///
/// # Errors
/// Those of [`Secrets::reseal`], with nothing changed; those of [`data_key`] and [`Store::rotate`].
pub fn rotate_data_key(store: &Store, secrets: &dyn Secrets, name: &str) -> Result<(), Error> {
    secrets.reseal()?;
    let before = data_key(secrets, name)?;
    let next = data_key(secrets, &next_name(name))?;
    store.rotate(&next)?;
    if before.bytes() != next.bytes() {
        for older in 1.. {
            match stored(secrets, &older_name(name, older))? {
                Some(kept) if kept.bytes() == before.bytes() => break,
                Some(_) => {}
                None => {
                    keep(secrets, &older_name(name, older), &before)?;
                    break;
                }
            }
        }
        keep(secrets, name, &next)?;
    }
    secrets.remove(&next_name(name))
}

fn next_name(name: &str) -> String {
    format!("{name}.next")
}

fn older_name(name: &str, number: u32) -> String {
    format!("{name}.{number}")
}

fn stored(secrets: &dyn Secrets, name: &str) -> Result<Option<DataKey>, Error> {
    let form = || Error::SecretForm { name: name.to_owned() };
    secrets.get(name)?.map(|text| decode(&text).ok_or_else(form)).transpose()
}

/// Saves a key and looks whether it is there: a place that forgets would cost every message sealed under it.
fn keep(secrets: &dyn Secrets, name: &str, key: &DataKey) -> Result<(), Error> {
    secrets.set(name, &Secret::new(BASE64.encode(key.bytes())))?;
    let kept = stored(secrets, name)?.is_some_and(|kept| kept.bytes() == key.bytes());
    if kept { Ok(()) } else { Err(Error::SecretForm { name: name.to_owned() }) }
}

fn decode(text: &Secret) -> Option<DataKey> {
    let bytes = Zeroizing::new(BASE64.decode(text.expose()).ok()?);
    Some(DataKey::from_bytes(bytes.as_slice().try_into().ok()?))
}
