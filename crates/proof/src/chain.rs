//! A hash over a sequence of lines: each line changes the hash of all that follow.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::hex::hex;

/// A hash over everything so far: `h(i) = SHA-256(h(i-1) || line)`, from 32 zero bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Chain([u8; 32]);

impl Chain {
    /// The hash of nothing.
    pub const START: Self = Self([0; 32]);

    /// Adds a line, without its newline.
    pub fn add(&mut self, line: &str) {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(line);
        self.0 = hash.finalize().into();
    }

    /// The hash.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash as 64 hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl From<[u8; 32]> for Chain {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}
