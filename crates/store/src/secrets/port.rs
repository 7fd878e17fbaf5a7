use model::Secret;

use crate::error::Error;

/// A place for secrets. Blocking; a keychain may ask the person first.
pub trait Secrets: Send + Sync {
    /// The secret of that name, `None` when there is none.
    fn get(&self, name: &str) -> Result<Option<Secret>, Error>;

    /// Keeps a secret, replacing the one before. Short text only: the Windows keychain takes 1,280 characters.
    fn set(&self, name: &str, value: &Secret) -> Result<(), Error>;

    /// Forgets a secret; one that is not there is fine.
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
