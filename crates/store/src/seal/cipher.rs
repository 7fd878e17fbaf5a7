use zeroize::Zeroizing;

use super::{
    data_key::{DataKey, KeyId, nonce},
    xchacha::{NONCE, TAG, XChaCha},
};
use crate::error::Error;

/// Why sealed bytes do not open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SealError {
    /// Too short, of an unknown version, changed, or moved from another place.
    Damaged,
    /// Sealed with another data key.
    WrongKey,
}

impl SealError {
    /// The store's error for it; `damaged` says what is damaged.
    pub(crate) fn or(self, damaged: Error) -> Error {
        match self {
            Self::WrongKey => Error::WrongKey,
            Self::Damaged => damaged,
        }
    }
}

/// One data key at work: seals values, and tags frames of the log that hold sealed values already.
///
/// A sealed value: version (1), key id (8), nonce (24), ciphertext with its tag (16).
pub(crate) struct Cipher {
    values: XChaCha,
    frames: XChaCha,
    pub(crate) hash_key: HashKey,
    id: KeyId,
}

/// The key of [`crate::Store::keyed_hash`].
pub(crate) type HashKey = Zeroizing<[u8; 32]>;

const VERSION: u8 = 1;
const HEADER: usize = 1 + 8 + NONCE;

/// What sealing adds to a value, in bytes.
pub(crate) const SEAL_OVERHEAD: usize = HEADER + TAG;

impl Cipher {
    pub(crate) fn new(key: &DataKey) -> Self {
        let cipher = |purpose| XChaCha::new(key.derive(purpose));
        Self {
            values: cipher("innkeeper/seal/1"),
            frames: cipher("innkeeper/frame/1"),
            hash_key: key.derive("innkeeper/keyed-hash/1"),
            id: key.id(),
        }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// Seals a value. `aad`, the associated data, says where the value belongs: it opens nowhere else.
    pub(crate) fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
        self.seal_into(&mut out, aad, plain);
        out
    }

    /// [`Cipher::seal`], appended to what is there: [`SEAL_OVERHEAD`] bytes more than the value has.
    pub(crate) fn seal_into(&self, out: &mut Vec<u8>, aad: &[u8], plain: &[u8]) {
        let nonce = nonce();
        out.push(VERSION);
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&nonce);
        self.values.seal_into(out, &nonce, aad, plain);
    }

    pub(crate) fn open(&self, aad: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if key_of(bytes).ok_or(SealError::Damaged)? != self.id {
            return Err(SealError::WrongKey);
        }
        let (nonce, sealed) =
            bytes.get(9..).and_then(|b| b.split_first_chunk::<NONCE>()).ok_or(SealError::Damaged)?;
        self.values.open(nonce, aad, sealed).ok_or(SealError::Damaged)
    }

    /// Authenticates bytes that need no hiding: the tag of an empty text sealed along with them.
    pub(crate) fn tag(&self, nonce: &[u8; NONCE], bytes: &[u8]) -> [u8; TAG] {
        let mut tag = Vec::with_capacity(TAG);
        self.frames.seal_into(&mut tag, nonce, bytes, &[]);
        *tag.first_chunk().expect("an empty text sealed is a tag")
    }

    /// Whether the tag is that of these bytes.
    pub(crate) fn is_authentic(&self, nonce: &[u8; NONCE], bytes: &[u8], tag: &[u8; TAG]) -> bool {
        self.frames.open(nonce, bytes, tag).is_some()
    }
}

/// The key a sealed value names, `None` where it cannot be one of ours.
pub(crate) fn key_of(sealed: &[u8]) -> Option<KeyId> {
    let (version, rest) = sealed.split_first()?;
    let (id, rest) = rest.split_first_chunk::<8>()?;
    (*version == VERSION && rest.len() >= NONCE).then_some(*id)
}

/// The form of sealed values, which all schemas share.
const VALUE_FORM: u32 = 1;

/// The associated data of a value in the store: its form and its key, which begins with the name of its table and a 0 byte.
pub(crate) fn associated_data(key: &[u8]) -> Vec<u8> {
    let mut aad = VALUE_FORM.to_be_bytes().to_vec();
    aad.extend_from_slice(key);
    aad
}
