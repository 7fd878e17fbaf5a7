//! The audit log: who did what, as a hash chain in `audit.jsonl` of the connection's folder.
//!
//! A file of its own in clear, not the store's sealed journal: an auditor must be able to take it away and check it
//! without our key, and it names no guest (keyed hashes) and quotes nobody (typed actions, no free text).
//!
//! Each line is in the one form of RFC 8785 and has `prev`, the hash over all lines before: `h(i) = SHA-256(h(i-1) || line
//! i)` from 32 zero bytes. So a changed, missing, added or moved line is told. A chain alone shows neither a cut tail nor
//! a log that was written anew from the start; the head (count and hash) kept elsewhere does, with the secrets and in every
//! certificate. Each line also has a `mac` under a key derived from the data key: without that key nobody can add lines
//! that this folder takes for its own, not even behind the head.
//!
//! **Line first, then head.** An append is on disk before its head is handed out, and the caller may keep heads less often
//! than lines (a keychain is slow). After a crash the log is then *ahead* of the kept head, never behind: a kept head whose
//! hash is found at its place in a longer chain is [`HeadState::Behind`] and no tampering. A log shorter than its head, or
//! another hash at that place, is. What a cut tail can hide is what came after the last kept head and nothing more, so keep
//! the head at the end of every run, after every hold and policy change, and when the program ends. A last line without its
//! newline is an append that never returned: it is reported as unfinished, and cut off by the next open if the head does
//! not count it.

mod broken;
mod entry;
mod log;
mod named;
mod verify;

pub use broken::Broken;
pub use entry::{Action, AuditEntry, AuditHead, SkipCode, Subject, Who};
pub use log::AuditLog;
pub use named::{Named, named_by_audit};
pub use verify::{AuditVerified, Entries, HeadState, entries, verify_audit};

#[cfg(test)]
mod tests;
