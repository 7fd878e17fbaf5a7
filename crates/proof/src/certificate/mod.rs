//! A certificate: signed proof of what a run did, guest by guest, without naming any.
//!
//! JSON Lines, each in the one form of RFC 8785: the header, one line a guest in the order of the plan, a closing line.
//! A guest is HMAC-SHA256 of its id under the plan's hash key; whoever has the plan can find a guest again, nobody else.
//! Each line carries the first 16 digits of the hash over all lines before it, so that a change is told by its line; the
//! closing line carries the whole hash, `h(i) = SHA-256(h(i-1) || line i)` from 32 zero bytes, and an Ed25519 signature
//! over it. Writing and checking stream; a million guests cost a byte each while writing and nothing while checking.

mod file;
mod key;
mod planned;
mod text;
mod verify;
mod write;

pub use file::{
    CertificateHeader, CertifiedConnection, CertifiedCounts, CertifiedOutcome, CertifiedPlan,
    CertifiedPolicy, CertifiedRun, Counted, HoldsSeen, KeyedHash, NotRemoved,
};
pub use key::SigningKey;
pub use planned::{Planned, PlannedError, PlannedGuest};
pub use verify::{NotGenuine, Verified, verify};
pub use write::CertificateWriter;

#[cfg(test)]
mod tests;
