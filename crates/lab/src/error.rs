use std::path::PathBuf;

use crate::scenario::Mistake;

/// Why a scenario file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system does not let the file be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file, as it was named.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file was read, and is no scenario file.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}
