//! Where client secrets and data keys are kept: the secret port and its three forms.

mod key_file;
mod keychain;
mod passphrase_file;

use std::{path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::Secret;
use zeroize::Zeroizing;

pub use passphrase_file::{Argon2Cost, PassphraseFile};

use crate::{DataKey, Error, disk};
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

/// Opens the place for the secrets of a folder. Blocking, up to 3 s where a keychain hangs.
///
/// A passphrase: the file under it. Else, a folder stays with what it began with: a key file (where allowed), a
/// passphrase file (then the passphrase is missing). Else the system keychain if it works, else a new key file if
/// that is allowed.
///
/// # Errors
/// [`Error::NoSecretStore`] when none is left; [`Error::WrongPassphrase`], [`Error::SecretsDamaged`],
/// [`Error::KeyFileExposed`], [`Error::File`] or [`Error::DiskFull`].
pub fn open_secrets(
    dir: &Path,
    passphrase: Option<Secret>,
    allow_key_file: bool,
) -> Result<Arc<dyn Secrets>, Error> {
    disk::make_folder(dir)?;
    if let Some(passphrase) = passphrase.filter(|p| !p.is_empty()) {
        return Ok(Arc::new(PassphraseFile::open(dir, &passphrase, Argon2Cost::default())?));
    }
    if allow_key_file && KeyFile::exists(dir) {
        return Ok(Arc::new(KeyFile::open(dir)?));
    }
    if !PassphraseFile::exists(dir) {
        match Keychain::open(dir) {
            Ok(keychain) => return Ok(Arc::new(keychain)),
            Err(e) => tracing::info!(reason = %e, "no system keychain"),
        }
    }
    if allow_key_file {
        return Ok(Arc::new(KeyFile::open(dir)?));
    }
    Err(Error::NoSecretStore)
}

/// The data key of that name; makes one and makes sure it is kept when there is none.
///
/// # Errors
/// Those of the place, and [`Error::SecretForm`] when the name holds something else or a new key was not kept.
pub fn data_key(secrets: &dyn Secrets, name: &str) -> Result<DataKey, Error> {
    let form = || Error::SecretForm { name: name.to_owned() };
    if let Some(text) = secrets.get(name)? {
        return decode(&text).ok_or_else(form);
    }
    let key = DataKey::generate();
    secrets.set(name, &Secret::new(BASE64.encode(key.bytes())))?;
    // A place that forgets would cost every message sealed under this key.
    let kept = secrets.get(name)?.as_ref().and_then(decode).ok_or_else(form)?;
    if kept.bytes() == key.bytes() { Ok(key) } else { Err(form()) }
}

fn decode(text: &Secret) -> Option<DataKey> {
    let bytes = Zeroizing::new(BASE64.decode(text.expose()).ok()?);
    Some(DataKey::from_bytes(bytes.as_slice().try_into().ok()?))
}
