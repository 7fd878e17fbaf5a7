use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use zeroize::Zeroizing;

use super::{
    cipher::{Cipher, HashKey, SealError, key_of},
    data_key::{DataKey, KeyId, hmac},
    key_ring::KeyRing,
};

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
        read(&self.all).iter().find(|cipher| cipher.id() == id).cloned()
    }

    pub(crate) fn ciphers(&self) -> Vec<Arc<Cipher>> {
        read(&self.all).clone()
    }

    /// Takes a new key in, for opening only.
    pub(crate) fn add(&self, key: &DataKey) -> Arc<Cipher> {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|cipher| cipher.id() == key.id()) {
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

    pub(crate) fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        self.current().seal(aad, plain)
    }

    pub(crate) fn open(&self, aad: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = key_of(bytes).ok_or(SealError::Damaged)?;
        self.cipher(id).ok_or(SealError::WrongKey)?.open(aad, bytes)
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
    use crate::seal::{cipher::SEAL_OVERHEAD, data_key::random};

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
}
