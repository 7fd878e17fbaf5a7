use std::{net::SocketAddr, path::PathBuf};

/// Why the simulator could not start or its weather could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The control port changes the world without credentials, so only this machine may reach it.
    #[error("the control port must be on loopback, {0} is not")]
    ControlNotLoopback(SocketAddr),
    /// The change log cannot be read or written.
    #[error("cannot use the change log {}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line before the last one is not a change; the file is left as it is.
    #[error("line {line} of the change log {} cannot be read", path.display())]
    LogLine {
        /// The file.
        path: PathBuf,
        /// Counted from 1; the header is line 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The change log was written by a newer version; it is left as it is.
    #[error("the change log {} has format {version}, this version reads 1", path.display())]
    NewerLog {
        /// The file.
        path: PathBuf,
        /// What its header says.
        version: u32,
    },
    /// The weather is no JSON object of the form in `simulator.md`.
    #[error("the weather cannot be read")]
    Weather(#[source] serde_json::Error),
}
