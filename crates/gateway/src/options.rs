use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use app::Failure;

use crate::Origin;

/// Where the gateway listens and what it allows.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Whether the cookie has `Secure`. Off only for plain clients, which do not count loopback as secure.
    pub cookie_secure: bool,
    /// Pages of these origins may call, beside the gateway's own.
    pub allowed_origins: Vec<Origin>,
    /// Whether it may listen beyond loopback; then only with [`Options::tls`].
    pub allow_remote: bool,
    /// Certificate and key; none is plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Requests a minute for each client's address; none is no limit.
    pub rate: Option<NonZeroU32>,
    /// Bounds on the memory that the gateway uses and the time that it waits.
    pub limits: Limits,
}

/// Files in PEM form.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, followed by those that vouch for it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Every bound of the gateway.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; a further one is answered 503 and closed.
    pub connections: usize,
    /// From the opening of a connection, or its last answer, to the end of the next request's head. Also the TLS
    /// handshake.
    pub head: Duration,
    /// From the head to the last byte of the body.
    pub body: Duration,
    /// How long a client may take nothing of an answer.
    pub write: Duration,
    /// How long the org is waited for; also a turn at the disk.
    pub ask: Duration,
    /// Requests at once that ask the org.
    pub asking: usize,
    /// Requests that may wait for their turn to ask.
    pub in_line: usize,
    /// Requests at once that write; the others, of which the connections are the bound, wait for their turn.
    pub saying: usize,
    /// How long requests under way are waited for when the gateway ends.
    pub grace: Duration,
}

impl Default for Limits {
    /// 512 connections; 10 s each for head and body, 30 s for an answer that nobody takes; the org gets 8 s and 32
    /// requests at once with 200 in line, the disk 256; 8 s at the end.
    fn default() -> Self {
        Self {
            connections: 512,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            write: Duration::from_secs(30),
            ask: Duration::from_secs(8),
            asking: 32,
            in_line: 200,
            saying: 256,
            grace: Duration::from_secs(8),
        }
    }
}

impl Default for Options {
    /// A free port of loopback, `Secure` cookies, no page of another origin, no rate limit.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            cookie_secure: true,
            allowed_origins: Vec::new(),
            allow_remote: false,
            tls: None,
            rate: None,
            limits: Limits::default(),
        }
    }
}

impl Options {
    /// Whether these go together.
    ///
    /// # Errors
    /// A failure by field: an address beyond loopback that was not allowed explicitly, or has no TLS.
    pub fn check(&self) -> Result<(), Failure> {
        if self.is_loopback() {
            return Ok(());
        }
        let wrong = |field, why: &str, next: &str| {
            Err(Failure::field(field, format!("{} is beyond loopback: {why}", self.listen)).with_next(next))
        };
        if !self.allow_remote {
            return wrong(
                "listen",
                "other machines could reach the gateway, so it has to be allowed by name",
                "Listen on 127.0.0.1, or add --allow-remote with --tls-cert and --tls-key.",
            );
        }
        if self.tls.is_none() {
            return wrong(
                "tls-cert",
                "session cookies would cross the network in clear",
                "Give --tls-cert and --tls-key.",
            );
        }
        Ok(())
    }

    /// Whether it listens on loopback, where a request must name a loopback host: a page of the internet whose name was
    /// turned to 127.0.0.1 does not. The address decides, whatever else is allowed. Beyond loopback any host may be
    /// named: which names lead here is the network's to say, and a page under another name has no certificate for it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(listen: &str, allow_remote: bool, tls: bool) -> Options {
        let files = TlsFiles { cert: "cert.pem".into(), key: "key.pem".into() };
        Options {
            listen: listen.parse().unwrap(),
            allow_remote,
            tls: tls.then_some(files),
            ..Options::default()
        }
    }

    #[test]
    fn whether_it_is_loopback_is_the_addresss_to_say_and_no_switchs() {
        for (listen, is_loopback) in [
            ("127.0.0.1:3000", true),
            ("127.9.9.9:1", true),
            ("[::1]:3000", true),
            ("[::ffff:127.0.0.1]:3000", true),
            ("0.0.0.0:3000", false),
            ("[::]:3000", false),
            ("192.168.1.5:3000", false),
            ("[::ffff:192.168.1.5]:3000", false),
        ] {
            for (allow_remote, tls) in [(false, false), (false, true), (true, false), (true, true)] {
                assert_eq!(options(listen, allow_remote, tls).is_loopback(), is_loopback, "{listen}");
            }
        }
    }

    #[test]
    fn beyond_loopback_it_takes_the_explicit_word_and_tls() {
        for fine in [("127.0.0.1:0", false, false), ("[::1]:80", false, false), ("127.9.9.9:1", true, false)]
        {
            assert!(options(fine.0, fine.1, fine.2).check().is_ok(), "{fine:?}");
        }
        assert!(options("0.0.0.0:443", true, true).check().is_ok());
        for bad in [
            ("0.0.0.0:80", false, false),
            ("0.0.0.0:80", false, true),
            ("0.0.0.0:80", true, false),
            ("[::]:80", true, false),
            ("192.168.1.5:80", false, false),
        ] {
            let failure = options(bad.0, bad.1, bad.2).check().unwrap_err();
            assert_eq!(failure.code.exit_code(), 2, "{bad:?}");
        }
    }
}
