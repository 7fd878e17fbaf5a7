use std::fmt;

use chacha20poly1305::{
    Key as CipherKey, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The key that seals a data folder: 32 random bytes, kept in the secret store, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DataKey([u8; 32]);

/// Names a data key without telling it: the first 8 bytes of its SHA-256.
pub(crate) type KeyId = [u8; 8];

impl DataKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(random())
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn id(&self) -> KeyId {
        let digest = Sha256::digest(self.0);
        *digest.first_chunk().expect("a SHA-256 digest has 32 bytes")
    }

    /// A key for one use, so that a break of one use tells nothing about another.
    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(hmac(&self.0, &[purpose.as_bytes()]))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(***)")
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        // The length before each part keeps ("ab","c") and ("a","bc") apart.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Why sealed bytes do not open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SealError {
    /// Too short, of an unknown version, changed, or moved from another place.
    Damaged,
    /// Sealed with another data key.
    WrongKey,
}

/// Seals values under one data key. Form: version (1), key id (8), nonce (24), ciphertext with its tag (16).
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    hash_key: Zeroizing<[u8; 32]>,
    id: KeyId,
}

const VERSION: u8 = 1;
const HEADER: usize = 1 + 8 + 24;

/// What sealing adds to a value, in bytes.
pub(crate) const SEAL_OVERHEAD: usize = HEADER + 16;

impl Sealer {
    pub(crate) fn new(key: &DataKey) -> Self {
        let seal_key = key.derive("innkeeper/seal/1");
        Self {
            cipher: XChaCha20Poly1305::new(CipherKey::from_slice(&*seal_key)),
            hash_key: key.derive("innkeeper/keyed-hash/1"),
            id: key.id(),
        }
    }

    pub(crate) fn key_id(&self) -> KeyId {
        self.id
    }

    /// `place` says where the value belongs; it opens nowhere else.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        // 24 random bytes never repeat in practice, which is why the X variant was taken.
        let nonce: [u8; 24] = random();
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: place })
            .expect("values are far below the 256 GiB limit of the cipher");
        let mut out = Vec::with_capacity(HEADER + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    pub(crate) fn open(&self, place: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (version, rest) = bytes.split_first().ok_or(SealError::Damaged)?;
        let (id, rest) = rest.split_first_chunk::<8>().ok_or(SealError::Damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<24>().ok_or(SealError::Damaged)?;
        if *version != VERSION {
            return Err(SealError::Damaged);
        }
        if *id != self.id {
            return Err(SealError::WrongKey);
        }
        self.cipher
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: place })
            .map(Zeroizing::new)
            .map_err(|_| SealError::Damaged)
    }

    pub(crate) fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        hmac(&*self.hash_key, &[purpose.as_bytes(), bytes])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_only_in_its_place_with_its_key_and_unchanged() {
        let sealer = Sealer::new(&DataKey::generate());
        let sealed = sealer.seal(b"here", b"hello");
        assert_eq!(sealed.len(), 5 + SEAL_OVERHEAD);
        assert_eq!(&*sealer.open(b"here", &sealed).unwrap(), b"hello");
        assert_eq!(sealer.open(b"there", &sealed), Err(SealError::Damaged));
        assert_eq!(Sealer::new(&DataKey::generate()).open(b"here", &sealed), Err(SealError::WrongKey));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open(b"here", &changed).is_err(), "byte {at}");
            assert!(sealer.open(b"here", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same_twice() {
        let sealer = Sealer::new(&DataKey::generate());
        assert_ne!(sealer.seal(b"p", b"hello"), sealer.seal(b"p", b"hello"));
    }

    #[test]
    fn keyed_hashes_are_stable_and_differ_by_purpose_value_and_key() {
        let key = DataKey::generate();
        let a = Sealer::new(&key);
        assert_eq!(a.keyed_hash("token", b"t"), Sealer::new(&key).keyed_hash("token", b"t"));
        assert_ne!(a.keyed_hash("token", b"t"), a.keyed_hash("guest", b"t"));
        assert_ne!(a.keyed_hash("to", b"kent"), a.keyed_hash("token", b"t"));
        assert_ne!(a.keyed_hash("token", b"t"), Sealer::new(&DataKey::generate()).keyed_hash("token", b"t"));
    }

    #[test]
    fn debug_tells_nothing_of_the_key() {
        assert_eq!(format!("{:?}", DataKey::from_bytes([7; 32])), "DataKey(***)");
    }
}
