use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{disk::Holder, limits};

/// What failed on the disk or in the secret store. Each says with which file, table or secret, and what the system said.
///
/// Cheap to clone: one failed group answers every caller that waited for it. No variant holds a secret or a
/// part of a stored value.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder or file could not be made, read, synced or renamed.
    #[error("cannot use {}", .0.display())]
    File(PathBuf, #[source] Arc<io::Error>),
    /// The disk has no room left. Nothing of the batch was acknowledged, what was acknowledged before is safe.
    /// The next batch is tried again.
    #[error("the disk is full")]
    DiskFull,
    /// Another process (or another handle in this one) holds the folder; who it is, when they left their name.
    #[error("the data folder is in use{}", .0.as_ref().map(|h| format!(" by {h}")).unwrap_or_default())]
    Locked(Option<Holder>),
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
    #[error("the schema mark {} is missing or damaged", .0.display())]
    SchemaMark(PathBuf),
    /// The folder, value or log was sealed with another data key.
    #[error("the data was sealed with another data key")]
    WrongKey,
    /// The database in this folder could not be opened.
    #[error("the database in {} cannot be opened", .0.display())]
    Open(PathBuf, #[source] Arc<io::Error>),
    /// A read from the database failed.
    #[error("reading the table {0} failed")]
    Read(&'static str, #[source] Arc<io::Error>),
    /// Writing to the database failed.
    #[error("writing to the database failed")]
    Write(#[source] Arc<io::Error>),
    /// Syncing the log failed: the batch may or may not be there after a crash. The next one is tried again, in a
    /// log written anew.
    #[error("syncing the journal failed")]
    Sync(#[source] Arc<io::Error>),
    /// The writer thread ended before it answered: the batch may or may not be on disk.
    #[error("the writer has stopped, open the store again")]
    WriterStopped,
    /// A stored key or value is not what was written: the disk or somebody changed it.
    #[error("an entry of the table {0} is damaged")]
    Damaged(&'static str),
    // The decoder's own message may quote the value, so it is not kept as a source.
    /// The value is authentic but not of the asked type: another version wrote it.
    #[error("an entry of the table {0} has an unknown form")]
    Form(&'static str),
    /// A value could not be encoded.
    #[error("a value for the table {0} cannot be encoded")]
    Encode(&'static str),
    /// A batch of so many bytes is larger than what one frame of the log holds; nothing of it was written.
    #[error("a batch of {0} bytes is too large")]
    BatchTooLarge(usize),
    /// A value over [`crate::MAX_SEALED_BYTES`] is refused: the index would put it in a file that it never syncs.
    #[error("a value for the table {table} has {bytes} bytes sealed, {max} are allowed", max = limits::MAX_SEALED_BYTES)]
    TooLarge {
        /// The table.
        table: &'static str,
        /// Its sealed size.
        bytes: usize,
    },
    /// A log of that name is there already.
    #[error("the journal {} exists already", .0.display())]
    JournalExists(PathBuf),
    /// The file is not one of our logs, or of a newer version.
    #[error("{} is not a journal this program can read", .0.display())]
    NotAJournal(PathBuf),
    /// The frame of a log that begins at this byte is not what was written. Nothing was cut off.
    #[error("the journal {} is damaged at byte {offset}", .0.display(), offset = .1)]
    JournalDamaged(PathBuf, u64),
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
    #[error("the passphrase does not open {}", .0.display())]
    WrongPassphrase(PathBuf),
    /// The secrets file cannot be understood.
    #[error("the secrets file {} is damaged", .0.display())]
    SecretsDamaged(PathBuf),
    /// The key file can be read by others than its owner.
    #[error("the key file {} must be readable by its owner only (mode 0600)", .0.display())]
    KeyFileExposed(PathBuf),
    /// The system keychain refused. Its answer never holds the secret.
    #[error("the system keychain failed")]
    Keychain(#[source] Arc<keyring::Error>),
    /// The system keychain did not answer within this time.
    #[error("the system keychain did not answer within {} s", .0.as_secs())]
    KeychainSilent(Duration),
    /// What the secret store holds under that name is not a secret of ours.
    #[error("the secret {0} is not what was stored")]
    SecretForm(String),
}

/// Each tells a full disk (delayed allocation and quotas included) apart from what else can fail.
impl Error {
    /// A failed file operation.
    pub(crate) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::unless_full(source, |source| Self::File(path.into(), source))
    }

    /// A failed write of the index.
    pub(crate) fn write(source: io::Error) -> Self {
        Self::unless_full(source, Self::Write)
    }

    /// A failed opening of the index.
    pub(crate) fn open(path: &Path, source: io::Error) -> Self {
        Self::unless_full(source, |source| Self::Open(path.to_owned(), source))
    }

    /// A failed sync.
    pub(crate) fn sync(source: io::Error) -> Self {
        Self::unless_full(source, Self::Sync)
    }

    /// A failed read of the index, for which the disk needs no room.
    pub(crate) fn read(table: &'static str, source: io::Error) -> Self {
        Self::Read(table, Arc::new(source))
    }

    fn unless_full(source: io::Error, other: impl FnOnce(Arc<io::Error>) -> Self) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => other(Arc::new(source)),
        }
    }
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
