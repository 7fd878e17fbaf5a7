//! The disk: typed tables, group commit, a log and an index of it, encryption at rest and the secret port.
//!
//! The log is the one file that is synced, and it is the truth; sled is an index of it (`index/sled.rs`, the only file that
//! names sled). What the store promises:
//!
//! 1. [`Store::commit`] returns only after the batch is on the disk itself, in the log.
//!    Batches are whole or absent after a crash. What was acknowledged and is damaged later is brought back or told:
//!    [`Store::recovery`].
//! 2. Batches reach the disk in the order of the calls. None is written that was queued before the refusal of an earlier
//!    one was known; a full disk is refused and served again once there is room, without opening the store anew.
//! 3. Every value and every frame of the log is sealed (XChaCha20-Poly1305) and bound to its place: moved, changed
//!    or foreign bytes are an error, never a value and never a panic.
//! 4. Keys are not sealed: they hold ids and counters only, never text a person wrote.
//!
//! ```
//! # fn main() -> Result<(), store::Error> {
//! use store::{Batch, DataKey, Store};
//! let dir = tempfile::tempdir().expect("a temporary folder");
//! let store = Store::open(dir.path(), &DataKey::generate())?;
//! let notes = store.table::<u64, String>("note");
//! let mut batch = Batch::new();
//! batch.put(&notes, &7, &"seven".to_owned())?;
//! store.commit(batch)?;
//! assert_eq!(notes.get(&7)?.as_deref(), Some("seven"));
//! # Ok(())
//! # }
//! ```

pub mod crash;
mod disk;
mod error;
mod index;
mod limits;
mod log;
mod opening;
mod record_log;
mod seal;
mod secrets;
mod storage;
mod store;
mod store_inner;
mod table;
mod table_key;

pub use disk::{
    folder_lock::FolderLock,
    fs,
    holder::Holder,
    private,
    whole_file::{Existing, WholeFile},
};
pub use error::Error;
pub use limits::{MAX_SEALED_BYTES, MIN_PASSPHRASE};
pub use log::{commit_queue::Pending, position::Position};
pub use opening::{recovery::Recovery, schema::SCHEMA_VERSION};
pub use record_log::{RecordLog, RecordReader};
pub use seal::{data_key::DataKey, key_ring::KeyRing};
pub use secrets::{
    Argon2Cost, PassphraseFile, Secrets, SecretsKind, data_key, data_keys, open_secrets, open_secrets_beside,
    rotate_data_key,
};
pub use store::Store;
pub use table::{Batch, Table};
pub use table_key::Key;
