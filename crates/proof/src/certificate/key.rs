use std::{fmt, str::FromStr};

use ed25519_dalek::{Signer, VerifyingKey};
use model::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Error, hex, unhex};

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
    ///
    /// # Errors
    /// [`Error::Random`] when the system gives none.
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

/// SHA-256 of a public key. Shown in groups of four hex digits; read with or without them, in any case.
///
/// ```
/// use proof::Fingerprint;
/// let plain = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// let shown: Fingerprint = plain.parse().unwrap();
/// assert!(shown.to_string().starts_with("0011-2233-4455-"));
/// assert_eq!(shown.to_string().to_uppercase().replace('-', " ").parse(), Ok(shown));
/// assert!("0011".parse::<Fingerprint>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

/// Text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 64 digits 0-9 or a-f, in groups or not")]
pub struct FingerprintError;

impl Fingerprint {
    pub(super) fn of(public_key: &[u8; 32]) -> Self {
        Self(Sha256::digest(public_key).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, pair) in self.0.as_chunks::<2>().0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "-" })?;
            f.write_str(&hex(pair))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ':' | ' ')).take(65).collect();
        unhex(&digits.to_ascii_lowercase()).map(Self).ok_or(FingerprintError)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;
    fn try_from(text: String) -> Result<Self, FingerprintError> {
        text.parse()
    }
}

/// In files: 64 digits without groups.
impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        hex(&fingerprint.0)
    }
}
