use uuid::Uuid;

/// A keyed hash as the key of a table: its two halves. An attacker who cannot compute the hash learns nothing from how long it takes
/// to find one, and a key that is found is equal in every bit.
pub(crate) type HashedKey = (Uuid, Uuid);

/// The key of a keyed hash.
pub(crate) fn hashed_key(hash: &[u8; 32]) -> HashedKey {
    let half = |from: usize| Uuid::from_slice(&hash[from..from + 16]).expect("a half has 16 bytes");
    (half(0), half(16))
}
