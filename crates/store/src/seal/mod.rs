//! Encryption at rest: data keys, and what they seal.

pub(crate) mod cipher;
pub(crate) mod data_key;
pub(crate) mod key_ring;
pub(crate) mod sealer;
pub(crate) mod xchacha;

pub(crate) use self::{
    cipher::{Cipher, HashKey, SEAL_OVERHEAD, associated_data, key_of},
    data_key::{DataKey, KeyId, nonce, random},
    key_ring::KeyRing,
    sealer::Sealer,
    xchacha::{NONCE, TAG, XChaCha},
};
