//! The disk: typed tables on sled, group commit, journal, encryption at rest and the secret port.
//!
//! The only crate that names sled. What it promises:
//!
//! 1. [`Store::commit`] returns only after the batch is on the disk itself: applied, flushed and, on Linux,
//!    `fdatasync`ed, because sled 0.34 does not fsync there. Batches are whole or absent after a crash.
//! 2. Batches reach the disk in the order of the calls. After one failure nothing is acknowledged any more.
//! 3. Every value and every journal frame is sealed (XChaCha20-Poly1305) and bound to its place: moved, changed
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

mod disk;
mod error;
mod journal;
mod key;
mod lock;
mod schema;
mod seal;
mod secrets;
mod store;
mod table;
mod writer;

pub use error::Error;
pub use journal::{Journal, JournalReader};
pub use key::Key;
pub use lock::{FolderLock, Holder};
pub use schema::SCHEMA_VERSION;
pub use seal::DataKey;
pub use secrets::{Argon2Cost, PassphraseFile, Secrets, SecretsKind, data_key, open_secrets};
pub use store::Store;
pub use table::{Batch, MAX_SEALED_BYTES, Table};
pub use writer::Pending;
