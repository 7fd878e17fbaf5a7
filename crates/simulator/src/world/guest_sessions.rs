//! By which session of the guest socket a guest came.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Millis;

/// Guests by the hash of their deployment and token, and the other way round.
#[derive(Default)]
pub(super) struct GuestSessions {
    by_key: HashMap<[u8; 32], Uuid>,
    by_guest: HashMap<Uuid, [u8; 32]>,
    /// What was said, sealed, oldest first.
    lines: HashMap<Uuid, Vec<Box<str>>>,
}

impl GuestSessions {
    pub(super) fn guest(&self, key: &[u8; 32]) -> Option<Uuid> {
        self.by_key.get(key).copied()
    }

    pub(super) fn lines(&self, guest: Uuid) -> impl Iterator<Item = &str> {
        self.lines.get(&guest).into_iter().flatten().map(AsRef::as_ref)
    }

    pub(super) fn add_line(&mut self, guest: Uuid, sealed: Box<str>) {
        self.lines.entry(guest).or_default().push(sealed);
    }

    pub(super) fn forget_lines(&mut self, guest: Uuid) {
        self.lines.remove(&guest);
    }

    pub(super) fn begin(&mut self, key: [u8; 32], guest: Uuid) {
        self.end(guest);
        self.by_key.insert(key, guest);
        self.by_guest.insert(guest, key);
    }

    pub(super) fn end(&mut self, guest: Uuid) {
        self.forget_lines(guest);
        if let Some(key) = self.by_guest.remove(&guest) {
            self.by_key.remove(&key);
        }
    }
}

/// Who a session is about that begins at that time, after so many others: no two are the same guest.
pub(super) fn guest_id(seed: u64, key: &[u8; 32], at: Millis, begun: u64) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update("guest of a session");
    hash.update(key);
    hash.update(at.to_be_bytes());
    hash.update(begun.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// 32 bytes as 64 digits in the change log.
pub(super) mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::world) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
    }

    pub(in crate::world) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        let digits = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(digits).collect();
        let bytes = bytes.filter(|_| text.len() == 64).and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom("not 64 hexadecimal digits"))
    }
}
