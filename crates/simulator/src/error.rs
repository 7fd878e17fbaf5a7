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
    /// No certificate can be made for it.
    #[error("{0:?} is no name that a certificate can have; give a host's name, or an address without a port")]
    TlsName(String),
    /// One's own certificate cannot be used.
    #[error("the certificate {} {why}", path.display())]
    TlsCert {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The key of one's own certificate cannot be used.
    #[error("the key {} {why}", path.display())]
    TlsKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The CA's certificate cannot be kept where clients read it.
    #[error("cannot keep the certificate of the CA in a temporary folder")]
    CaFile(#[source] std::io::Error),
    /// Certificate and key do not go together, or no certificate can be made.
    #[error("cannot serve TLS with this certificate and key")]
    Tls(#[source] tokio_rustls::rustls::Error),
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
