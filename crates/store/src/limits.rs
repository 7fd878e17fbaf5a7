/// The largest sealed value in bytes. Larger ones could push a node of sled's tree over 128 KiB, and then sled puts it into
/// a file under `blobs/` that it never syncs.
pub const MAX_SEALED_BYTES: usize = 8 * 1_024;

/// A passphrase has so many characters at least, counted as Unicode does, or nothing new is sealed under it.
pub const MIN_PASSPHRASE: usize = 8;
