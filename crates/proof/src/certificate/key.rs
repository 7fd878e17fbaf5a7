use std::fmt;

use ed25519_dalek::{Signer, VerifyingKey};
use model::Secret;
use zeroize::Zeroizing;

use crate::{Error, Fingerprint, hex, unhex};

/// The key that certificates are signed with: 32 bytes, kept with the secrets, wiped when dropped.
///
/// ```
/// let key = proof::SigningKey::generate()?;
/// let kept = key.to_secret();
/// assert_eq!(proof::SigningKey::from_secret(&kept)?.fingerprint(), key.fingerprint());
/// assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.fingerprint()));
/// # Ok::<(), proof::Error>(())
/// ```
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A new key from the system's random bytes.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(Error::Random)?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&bytes)))
    }

    /// The key that [`SigningKey::to_secret`] wrote.
    ///
    /// # Errors
    /// [`Error::SigningKey`] when it is not 64 hex digits.
    pub fn from_secret(kept: &Secret) -> Result<Self, Error> {
        let bytes = Zeroizing::new(unhex::<32>(kept.expose()).ok_or(Error::SigningKey)?);
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&bytes)))
    }

    /// 64 hex digits for the secret store.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        Secret::new(hex(self.0.as_bytes()))
    }

    /// What people compare to know whose key it is.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.public_key())
    }

    /// The key that the signature is checked with.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}

/// Whether the signature is that of the key, by the strict rules: no weak keys, one form only.
pub(super) fn is_signed(public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public_key)
        .and_then(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)))
        .is_ok()
}
