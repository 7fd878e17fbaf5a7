use hmac::{Hmac, Mac};
use model::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

use proof::{hex, unhex};

use crate::Error;

/// What the folder's plans are bound to, and the key that seals them: 32 bytes, kept with the secrets and not in any plan.
///
/// A hash tells that a plan is whole; whoever edits one can hash it again. The seal tells that this folder made it.
pub struct PlanSeal {
    /// The name of the connection whose plans these are.
    pub(super) connection: String,
    /// What the connection's folder was called before.
    former: Vec<String>,
    /// The org whose guests these are.
    pub(super) org: String,
    /// In which the org is asked.
    pub(super) dialect: String,
    key: Zeroizing<[u8; 32]>,
}

/// The dialect of every plan that was made before there was another.
pub(super) const FIRST_DIALECT: &str = "guest-api";

impl PlanSeal {
    /// The seal of a connection's folder; `org` is the org it leads to, `kept` what [`PlanSeal::new_key`] made.
    ///
    /// # Errors
    /// [`Error::SealKey`] when that is not 64 hex digits.
    pub fn new(connection: &str, org: &str, kept: &Secret) -> Result<Self, Error> {
        let key = Zeroizing::new(unhex::<32>(kept.expose()).ok_or(Error::SealKey)?);
        Ok(Self {
            connection: connection.to_owned(),
            former: Vec::new(),
            org: org.to_owned(),
            dialect: FIRST_DIALECT.to_owned(),
            key,
        })
    }

    /// Of an org that is asked in another dialect than `guest-api`.
    #[must_use]
    pub fn in_dialect(self, dialect: &str) -> Self {
        Self { dialect: dialect.to_owned(), ..self }
    }

    /// With the names that the connection's folder had before: plans of that time are this folder's too.
    #[must_use]
    pub fn formerly(self, former: Vec<String>) -> Self {
        Self { former, ..self }
    }

    /// Whether a plan of a connection of this name can be this folder's.
    pub(super) fn is_called(&self, connection: &str) -> bool {
        self.connection == connection || self.former.iter().any(|former| former == connection)
    }

    /// A new key from the system's random bytes, for the secret store.
    ///
    /// # Errors
    /// [`Error::Random`] when the system gives none.
    pub fn new_key() -> Result<Secret, Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(Error::Random)?;
        Ok(Secret::new(hex(bytes.as_slice())))
    }

    /// The seal over the hash of a plan's header and guests.
    pub(super) fn over(&self, body: &[u8; 32]) -> [u8; 32] {
        self.mac(PLAN, body).finalize().into_bytes().into()
    }

    /// Whether the seal is this folder's. Takes as long for a wrong one as for a right one.
    pub(super) fn holds(&self, body: &[u8; 32], seal: &[u8; 32]) -> bool {
        self.mac(PLAN, body).verify_slice(seal).is_ok()
    }

    /// The seal over what is kept beside a plan, in hex.
    #[must_use]
    pub fn over_summary(&self, bytes: &[u8]) -> String {
        hex(&self.mac(SUMMARY, bytes).finalize().into_bytes())
    }

    /// Whether what is kept beside a plan is as this folder wrote it.
    #[must_use]
    pub fn holds_summary(&self, bytes: &[u8], seal: &str) -> bool {
        unhex::<32>(seal).is_some_and(|seal| self.mac(SUMMARY, bytes).verify_slice(&seal).is_ok())
    }

    /// The words in front keep a seal of one thing from being taken for the seal of another.
    fn mac(&self, words: &[u8], bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_slice()).expect("HMAC takes a key of any length");
        mac.update(words);
        mac.update(bytes);
        mac
    }
}

const PLAN: &[u8] = b"innkeeper-plan 2\n";
const SUMMARY: &[u8] = b"innkeeper-plan-summary 1\n";

impl std::fmt::Debug for PlanSeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlanSeal").field("connection", &self.connection).finish_non_exhaustive()
    }
}
