use std::io;

use super::index_trait::Entry;
use crate::error::Error;

/// The entries of an index, and an error at the end where they are not as many as is known: an index that loses some must
/// not make that the truth.
pub(crate) fn counted(
    entries: impl Iterator<Item = io::Result<Entry>>,
    expected: u64,
) -> impl Iterator<Item = Result<Entry, Error>> {
    let mut entries = entries.fuse();
    let (mut seen, mut told) = (0, false);
    std::iter::from_fn(move || match entries.next() {
        Some(entry) => {
            seen += 1;
            Some(entry.map_err(|e| Error::read("all", e)))
        }
        None if seen != expected && !told => {
            told = true;
            let source = io::Error::other(format!("{seen} entries where {expected} are known"));
            Some(Err(Error::read("all", source)))
        }
        None => None,
    })
}
