//! Encryption at rest: data keys, and what they seal.

pub(crate) mod cipher;
pub(crate) mod data_key;
pub(crate) mod key_ring;
pub(crate) mod sealer;
pub(crate) mod xchacha;
