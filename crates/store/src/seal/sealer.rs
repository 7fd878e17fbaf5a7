use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    KeyRing,
    seal::xchacha::{NONCE, TAG, XChaCha},
};

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

/// 24 random bytes never repeat in practice, which is why the X variant was taken. They come from a generator of the
/// thread that the operating system seeds again and again: a nonce is no secret, and every value needs one.
pub(crate) fn nonce() -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut nonce);
    nonce
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

/// One data key at work: seals values, and tags frames of the journal that hold sealed values already.
///
/// A sealed value: version (1), key id (8), nonce (24), ciphertext with its tag (16).
pub(crate) struct Cipher {
    values: XChaCha,
    frames: XChaCha,
    hash_key: HashKey,
    id: KeyId,
}

/// The key of [`Sealer::keyed_hash`].
pub(crate) type HashKey = Zeroizing<[u8; 32]>;

const VERSION: u8 = 1;
const HEADER: usize = 1 + 8 + NONCE;

/// What sealing adds to a value, in bytes.
pub(crate) const SEAL_OVERHEAD: usize = HEADER + TAG;

impl Cipher {
    fn new(key: &DataKey) -> Self {
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

    /// `place` says where the value belongs; it opens nowhere else.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
        self.seal_into(&mut out, place, plain);
        out
    }

    /// [`Cipher::seal`], appended to what is there: [`SEAL_OVERHEAD`] bytes more than the value has.
    pub(crate) fn seal_into(&self, out: &mut Vec<u8>, place: &[u8], plain: &[u8]) {
        let nonce = nonce();
        out.push(VERSION);
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&nonce);
        self.values.seal_into(out, &nonce, place, plain);
    }

    pub(crate) fn open(&self, place: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if key_of(bytes).ok_or(SealError::Damaged)? != self.id {
            return Err(SealError::WrongKey);
        }
        let (nonce, sealed) =
            bytes.get(9..).and_then(|b| b.split_first_chunk::<NONCE>()).ok_or(SealError::Damaged)?;
        self.values.open(nonce, place, sealed).ok_or(SealError::Damaged)
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

/// The keys of a folder: one that seals, the others only open. Shared by all tables and the writer.
pub(crate) struct Sealer {
    current: RwLock<Arc<Cipher>>,
    all: RwLock<Vec<Arc<Cipher>>>,
    // Made once with the folder and carried over into every later key, so that hashes stay comparable.
    hash_key: RwLock<HashKey>,
}

impl Sealer {
    /// Seals under the ring's first key until [`Sealer::choose`] says otherwise.
    pub(crate) fn new(ring: &KeyRing) -> Self {
        let first = Arc::new(Cipher::new(ring.first()));
        let others = ring.iter().skip(1).map(|key| Arc::new(Cipher::new(key)));
        let all = std::iter::once(Arc::clone(&first)).chain(others).collect();
        let hash_key = RwLock::new(first.hash_key.clone());
        Self { current: RwLock::new(first), all: RwLock::new(all), hash_key }
    }

    pub(crate) fn current(&self) -> Arc<Cipher> {
        Arc::clone(&read(&self.current))
    }

    pub(crate) fn cipher(&self, id: KeyId) -> Option<Arc<Cipher>> {
        read(&self.all).iter().find(|cipher| cipher.id == id).cloned()
    }

    pub(crate) fn ciphers(&self) -> Vec<Arc<Cipher>> {
        read(&self.all).clone()
    }

    /// Takes a new key in, for opening only.
    pub(crate) fn add(&self, key: &DataKey) -> Arc<Cipher> {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|cipher| cipher.id == key.id()) {
            return Arc::clone(known);
        }
        let cipher = Arc::new(Cipher::new(key));
        all.push(Arc::clone(&cipher));
        cipher
    }

    /// From now on this key of the ring seals.
    pub(crate) fn choose(&self, cipher: Arc<Cipher>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = cipher;
    }

    /// The hash key that a folder begins with: derived from the key that seals it.
    pub(crate) fn first_hash_key(&self) -> HashKey {
        self.current().hash_key.clone()
    }

    pub(crate) fn set_hash_key(&self, key: HashKey) {
        *self.hash_key.write().unwrap_or_else(PoisonError::into_inner) = key;
    }

    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.current().seal(place, plain)
    }

    pub(crate) fn open(&self, place: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = key_of(bytes).ok_or(SealError::Damaged)?;
        self.cipher(id).ok_or(SealError::WrongKey)?.open(place, bytes)
    }

    pub(crate) fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        hmac(&**read(&self.hash_key), &[purpose.as_bytes(), bytes])
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(key: &DataKey) -> Sealer {
        Sealer::new(&key.into())
    }

    #[test]
    fn a_value_opens_only_in_its_place_with_its_key_and_unchanged() {
        let sealer = under(&DataKey::generate());
        let sealed = sealer.seal(b"here", b"hello");
        assert_eq!(sealed.len(), 5 + SEAL_OVERHEAD);
        assert_eq!(&*sealer.open(b"here", &sealed).unwrap(), b"hello");
        assert_eq!(sealer.open(b"there", &sealed), Err(SealError::Damaged));
        assert_eq!(under(&DataKey::generate()).open(b"here", &sealed), Err(SealError::WrongKey));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open(b"here", &changed).is_err(), "byte {at}");
            assert!(sealer.open(b"here", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same_twice() {
        let sealer = under(&DataKey::generate());
        assert_ne!(sealer.seal(b"p", b"hello"), sealer.seal(b"p", b"hello"));
    }

    #[test]
    fn keyed_hashes_are_stable_and_differ_by_purpose_value_and_key() {
        let key = DataKey::generate();
        let a = under(&key);
        assert_eq!(a.keyed_hash("token", b"t"), under(&key).keyed_hash("token", b"t"));
        assert_ne!(a.keyed_hash("token", b"t"), a.keyed_hash("guest", b"t"));
        assert_ne!(a.keyed_hash("to", b"kent"), a.keyed_hash("token", b"t"));
        assert_ne!(a.keyed_hash("token", b"t"), under(&DataKey::generate()).keyed_hash("token", b"t"));
    }

    #[test]
    fn a_ring_opens_what_each_of_its_keys_sealed_and_seals_under_the_chosen_one() {
        let (old, new) = (DataKey::generate(), DataKey::generate());
        let both = Sealer::new(&KeyRing::new(old.clone()).with(new.clone()).with(old.clone()));
        let sealed = under(&new).seal(b"p", b"hello");
        assert_eq!(&*both.open(b"p", &sealed).unwrap(), b"hello");
        assert_eq!(both.current().id(), old.id());
        both.choose(both.cipher(new.id()).unwrap());
        assert_eq!(key_of(&both.seal(b"p", b"hello")), Some(new.id()));
        assert_eq!(both.keyed_hash("p", b"x"), under(&old).keyed_hash("p", b"x"), "hashes stay");
    }

    #[test]
    fn a_tag_holds_for_its_bytes_its_nonce_and_its_key_only() {
        let key = DataKey::generate();
        let cipher = under(&key).current();
        let nonce = random();
        let tag = cipher.tag(&nonce, b"frame");
        assert!(cipher.is_authentic(&nonce, b"frame", &tag));
        assert!(!cipher.is_authentic(&nonce, b"fram", &tag));
        assert!(!cipher.is_authentic(&random(), b"frame", &tag));
        assert!(!under(&DataKey::generate()).current().is_authentic(&nonce, b"frame", &tag));
    }

    #[test]
    fn debug_tells_nothing_of_the_key() {
        assert_eq!(format!("{:?}", DataKey::from_bytes([7; 32])), "DataKey(***)");
    }
}
