use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{hex, unhex};

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
    pub(crate) fn of(public_key: &[u8; 32]) -> Self {
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
