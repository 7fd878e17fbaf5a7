use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use clap::Args as ClapArgs;
use gateway::{Limits, Options, Origin, TlsFiles};

/// Options of `innkeeper gateway`.
#[derive(ClapArgs)]
pub struct GatewayArgs {
    /// Where it listens; port 0 picks a free one. Beyond loopback it takes --allow-remote and TLS.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// A session cookie without Secure, for plain clients; browsers do not need it on loopback.
    #[arg(long)]
    cookie_insecure: bool,
    /// Let pages of this origin call, such as http://localhost:5173. May be given more than once.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Origin>,
    /// Let other machines call; needs --tls-cert and --tls-key.
    #[arg(long)]
    allow_remote: bool,
    /// A certificate with those that vouch for it, in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Requests a minute for each client's address; no limit unless set.
    #[arg(long, value_name = "N")]
    rate: Option<NonZeroU32>,
}

impl GatewayArgs {
    /// What the gateway is started with.
    pub fn options(&self) -> Options {
        let files = self.tls_cert.clone().zip(self.tls_key.clone());
        Options {
            listen: self.listen,
            cookie_secure: !self.cookie_insecure,
            allowed_origins: self.allow_origin.clone(),
            allow_remote: self.allow_remote,
            tls: files.map(|(cert, key)| TlsFiles { cert, key }),
            rate: self.rate,
            limits: Limits::default(),
        }
    }
}
