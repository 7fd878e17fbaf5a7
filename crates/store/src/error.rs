use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{disk::Holder, limits};

/// What failed on the disk or in the secret store.
///
/// Cheap to clone: one failed group answers every caller that waited for it. No variant holds a secret or a
/// part of a stored value.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder or file could not be made, read, synced or renamed.
    #[error("cannot use {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The disk has no room left. Nothing of the batch was acknowledged, what was acknowledged before is safe.
    /// The next batch is tried again.
    #[error("the disk is full")]
    DiskFull,
    /// Another process (or another handle in this one) holds the folder.
    #[error("the data folder is in use{}", holder.as_ref().map(|h| format!(" by {h}")).unwrap_or_default())]
    Locked {
        /// Who holds it, when they left their name.
        holder: Option<Holder>,
    },
    /// The folder was written by a newer version of this program. It was not touched.
    #[error("the data folder has schema {found}, this program knows up to {supported}")]
    NewerSchema {
        /// The folder's schema version.
        found: u32,
        /// The newest one this program reads.
        supported: u32,
    },
    /// The folder is of a schema that this program no longer takes over. It was not touched.
    #[error("the data folder has schema {found}, this program takes over folders from schema {oldest} on")]
    OlderSchema {
        /// The folder's schema version.
        found: u32,
        /// The oldest one this program reads.
        oldest: u32,
    },
    /// The small file that names the schema version cannot be understood, or is gone while the database is there.
    #[error("the schema mark {} is missing or damaged", path.display())]
    SchemaMark {
        /// The file.
        path: PathBuf,
    },
    /// The folder, value or log was sealed with another data key.
    #[error("the data was sealed with another data key")]
    WrongKey,
    /// The database could not be opened.
    #[error("the database in {} cannot be opened", path.display())]
    Open {
        /// Its folder.
        path: PathBuf,
        /// What the index said.
        #[source]
        source: Arc<io::Error>,
    },
    /// A read from the database failed.
    #[error("reading the table {table} failed")]
    Read {
        /// The table.
        table: &'static str,
        /// What the index said.
        #[source]
        source: Arc<io::Error>,
    },
    /// Writing to the database failed.
    #[error("writing to the database failed")]
    Write {
        /// What the index said.
        #[source]
        source: Arc<io::Error>,
    },
    /// Syncing the log failed: the batch may or may not be there after a crash. The next one is tried again, in a
    /// log written anew.
    #[error("syncing the journal failed")]
    Sync {
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The writer thread ended before it answered: the batch may or may not be on disk.
    #[error("the writer has stopped, open the store again")]
    WriterStopped,
    /// A stored key or value is not what was written: the disk or somebody changed it.
    #[error("an entry of the table {table} is damaged")]
    Damaged {
        /// The table.
        table: &'static str,
    },
    // The decoder's own message may quote the value, so it is not kept as a source.
    /// The value is authentic but not of the asked type: another version wrote it.
    #[error("an entry of the table {table} has an unknown form")]
    Form {
        /// The table.
        table: &'static str,
    },
    /// A value could not be encoded.
    #[error("a value for the table {table} cannot be encoded")]
    Encode {
        /// The table, or "log".
        table: &'static str,
    },
    /// A batch is larger than what one frame of the log holds; nothing of it was written.
    #[error("a batch of {bytes} bytes is too large")]
    BatchTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A value over [`crate::MAX_SEALED_BYTES`] is refused: the index would put it in a file that it never syncs.
    #[error("a value for the table {table} has {bytes} bytes sealed, {max} are allowed", max = limits::MAX_SEALED_BYTES)]
    TooLarge {
        /// The table.
        table: &'static str,
        /// Its sealed size.
        bytes: usize,
    },
    /// A log of that name is there already.
    #[error("the journal {} exists already", path.display())]
    JournalExists {
        /// The file.
        path: PathBuf,
    },
    /// The file is not one of our logs, or of a newer version.
    #[error("{} is not a journal this program can read", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// A frame in the middle of a log is not what was written. Nothing was cut off.
    #[error("the journal {} is damaged at byte {offset}", path.display())]
    JournalDamaged {
        /// The file.
        path: PathBuf,
        /// Where the bad frame begins.
        offset: u64,
    },
    /// Neither keychain nor passphrase nor an allowed key file: nothing durable may be accepted.
    #[error("there is no place to keep secrets: no system keychain answers and no passphrase was given")]
    NoSecretStore,
    /// Nothing new is sealed under a passphrase that is short or blank.
    #[error(
        "the passphrase has fewer than {min} characters, or none but blanks: nothing new is sealed under it",
        min = limits::MIN_PASSPHRASE
    )]
    WeakPassphrase,
    /// The passphrase does not open the secrets file.
    #[error("the passphrase does not open {}", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The secrets file cannot be understood.
    #[error("the secrets file {} is damaged", path.display())]
    SecretsDamaged {
        /// The file.
        path: PathBuf,
    },
    /// The key file can be read by others than its owner.
    #[error("the key file {} must be readable by its owner only (mode 0600)", path.display())]
    KeyFileExposed {
        /// The file.
        path: PathBuf,
    },
    /// The system keychain refused.
    #[error("the system keychain failed")]
    Keychain {
        /// What it said; never holds the secret.
        #[source]
        source: Arc<keyring::Error>,
    },
    /// The system keychain did not answer in time.
    #[error("the system keychain did not answer within {} s", limit.as_secs())]
    KeychainSilent {
        /// How long was waited.
        limit: Duration,
    },
    /// What the secret store holds under that name is not a secret of ours.
    #[error("the secret {name} is not what was stored")]
    SecretForm {
        /// The secret's name.
        name: String,
    },
}

impl Error {
    /// A failed file operation; a full disk is told apart.
    pub(crate) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        if is_full(&source) {
            Self::DiskFull
        } else {
            Self::File { path: path.into(), source: Arc::new(source) }
        }
    }

    /// A failed read of the index.
    pub(crate) fn read(table: &'static str, source: io::Error) -> Self {
        Self::Read { table, source: Arc::new(source) }
    }

    /// A failed write of the index; a full disk is told apart.
    pub(crate) fn write(source: io::Error) -> Self {
        if is_full(&source) { Self::DiskFull } else { Self::Write { source: Arc::new(source) } }
    }

    /// A failed opening of the index; a full disk is told apart.
    pub(crate) fn open(path: &Path, source: io::Error) -> Self {
        if is_full(&source) {
            Self::DiskFull
        } else {
            Self::Open { path: path.to_owned(), source: Arc::new(source) }
        }
    }

    /// A failed sync; a full disk (delayed allocation, quota) is told apart.
    pub(crate) fn sync(source: io::Error) -> Self {
        if is_full(&source) { Self::DiskFull } else { Self::Sync { source: Arc::new(source) } }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_every_other_write_error() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        assert!(matches!(Error::write(full()), Error::DiskFull));
        assert!(matches!(Error::sync(full()), Error::DiskFull));
        assert!(matches!(Error::file("x", full()), Error::DiskFull));
        let other = || io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(matches!(Error::write(other()), Error::Write { .. }));
        assert!(matches!(Error::sync(other()), Error::Sync { .. }));
    }
}
