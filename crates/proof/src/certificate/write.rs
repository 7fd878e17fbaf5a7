use std::io::{self, Write};

use model::GuestId;

use super::{
    CertificateHeader, CertifiedCounts, CertifiedOutcome, SigningKey,
    file::{Closing, KeyedHash, OutcomeLine, signed_message},
};
use crate::{Chain, canonical, hex};

/// Writes one certificate line by line; memory does not grow. Until [`CertificateWriter::finish`] has returned, what is
/// written is no certificate.
pub struct CertificateWriter<'a, W> {
    out: W,
    key: &'a SigningKey,
    hash: KeyedHash,
    chain: Chain,
    written: CertifiedCounts,
    promised: CertifiedCounts,
}

impl<'a, W: Write> CertificateWriter<'a, W> {
    /// Writes the header. `hash_key` is that of the plan.
    ///
    /// # Errors
    /// Of the writer; [`io::ErrorKind::InvalidInput`] for a hash key that is not 64 hex digits, a header of another key,
    /// or counts beyond 2^53 - 1.
    pub fn new(
        mut out: W,
        header: &CertificateHeader,
        hash_key: &str,
        key: &'a SigningKey,
    ) -> io::Result<Self> {
        let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
        let hash =
            KeyedHash::new(hash_key).ok_or_else(|| wrong("the plan's hash key is not 64 hex digits"))?;
        if header.public_key != hex(&key.public_key()) || header.fingerprint != key.fingerprint() {
            return Err(wrong("the header names another key than the one that signs"));
        }
        let line = canonical(header).map_err(|_| wrong("the header has no canonical form"))?;
        let mut chain = Chain::START;
        chain.add(&line);
        writeln!(out, "{line}")?;
        let (written, promised) = (CertifiedCounts::default(), header.counts.clone());
        Ok(Self { out, key, hash, chain, written, promised })
    }

    /// Writes what became of the next guest of the plan.
    pub fn line(&mut self, guest: GuestId, outcome: CertifiedOutcome) -> io::Result<()> {
        let line = OutcomeLine::new(self.written.listed, self.hash.guest(guest), outcome, &self.chain);
        let line = canonical(&line).map_err(|_| too_many())?;
        self.chain.add(&line);
        self.written.add(outcome);
        writeln!(self.out, "{line}")
    }

    /// The hash over what is written so far, in hex.
    #[must_use]
    pub fn head(&self) -> String {
        self.chain.hex()
    }

    /// Signs, writes the closing line and flushes.
    ///
    /// # Errors
    /// Of the writer; [`io::ErrorKind::InvalidData`] when the lines are not what the header counts.
    pub fn finish(mut self) -> io::Result<W> {
        if self.written != self.promised {
            let why = "the outcomes are not those that the header counts";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let lines = self.written.listed;
        let signature = self.key.sign(&signed_message(&self.chain, lines));
        let closing = Closing { lines, head: self.chain.hex(), signature: hex(&signature) };
        let line = canonical(&closing).map_err(|_| too_many())?;
        writeln!(self.out, "{line}")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn too_many() -> io::Error {
    io::Error::other("more guests than can be numbered")
}
