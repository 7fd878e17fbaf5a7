use std::io::BufRead;

use serde_json::Value;
use store::Store;

use super::{AuditEntry, AuditHead, Broken};
use crate::{
    Chain, canonical, hex,
    read_line::{ReadLine, read_line},
};

/// Longest line in bytes.
pub(super) const LONGEST: u64 = 16 << 10;
const MAC: &str = "audit-entry";

/// A log that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerified {
    /// Where it stands.
    pub head: AuditHead,
    /// How the head that was kept compares.
    pub state: HeadState,
    /// Bytes of an append that never returned follow the last line.
    pub unfinished: bool,
}

/// How a kept head compares with a log that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadState {
    /// There was none to compare with: a cut tail or a log written anew would not be noticed.
    Unknown,
    /// It is the log's own.
    Same,
    /// The log went on after it was kept, as after a crash. No tampering.
    Behind {
        /// Lines since.
        by: u64,
    },
}

/// Checks a log: every line, their order, and against the head that was kept; with the store of its folder also that this
/// folder wrote every line. Streams. Anything that `verify_audit` takes can still have lost what came after the kept head.
///
/// # Errors
/// [`Broken`]: which line, and what is wrong.
pub fn verify_audit(
    reader: impl BufRead,
    kept: Option<&AuditHead>,
    store: Option<&Store>,
) -> Result<AuditVerified, Broken> {
    let (head, _, unfinished) = walk(reader, kept, store)?;
    let state = match kept {
        None => HeadState::Unknown,
        Some(kept) if kept.count == head.count => HeadState::Same,
        Some(kept) => HeadState::Behind { by: head.count - kept.count },
    };
    Ok(AuditVerified { head, state, unfinished })
}

/// As [`verify_audit`]: the head, the length in bytes of what holds, and whether something unfinished follows.
pub(super) fn walk(
    mut reader: impl BufRead,
    kept: Option<&AuditHead>,
    store: Option<&Store>,
) -> Result<(AuditHead, u64, bool), Broken> {
    let mut chain = Chain::START;
    let (mut count, mut bytes) = (0, 0);
    let mut buffer = Vec::new();
    let agrees = |count, chain: &Chain| match kept.filter(|kept| kept.count == count) {
        Some(kept) if kept.hash != chain.hex() => Err(Broken::Rewritten { kept: kept.count }),
        _ => Ok(()),
    };
    agrees(0, &chain)?;
    let unfinished = loop {
        let wrong = |why: &str| Broken::Line { line: count + 1, why: why.to_owned() };
        let text = match read_line(&mut reader, LONGEST, &mut buffer).map_err(Broken::Read)? {
            ReadLine::Text(text) => text,
            ReadLine::End => break false,
            ReadLine::TooLong => return Err(wrong("is too long")),
            ReadLine::Cut => break true,
            ReadLine::Foreign => return Err(wrong("is not text")),
        };
        check(text, count + 1, &chain, store).map_err(|e| match e {
            Wrong::Here(why) => wrong(why),
            Wrong::Before => Broken::Line {
                line: count.max(1),
                why: format!(
                    "was changed, or lines beside it are missing or moved: line {} does not follow",
                    count + 1
                ),
            },
        })?;
        chain.add(text);
        bytes += buffer.len() as u64 + 1;
        count += 1;
        agrees(count, &chain)?;
    };
    match kept.filter(|kept| kept.count > count) {
        Some(kept) => Err(Broken::Cut { count, kept: kept.count }),
        None => Ok((AuditHead::new(count, &chain), bytes, unfinished)),
    }
}

enum Wrong {
    Here(&'static str),
    /// The line before, or its place.
    Before,
}

/// By the JSON alone, so that lines of later versions are checked as well as our own.
fn check(text: &str, number: u64, before: &Chain, store: Option<&Store>) -> Result<(), Wrong> {
    let mut entry: Value = serde_json::from_str(text).map_err(|_| Wrong::Here("is not JSON"))?;
    if canonical(&entry).as_deref() != Ok(text) {
        return Err(Wrong::Here("is not in the one form that this log is written in"));
    }
    let field = |name: &str| entry.get(name);
    if field("n").and_then(Value::as_u64) != Some(number) {
        return Err(Wrong::Here("has another number: a line is missing, added or moved"));
    }
    if field("prev").and_then(Value::as_str) != Some(&before.hex()) {
        return Err(Wrong::Before);
    }
    let Some(Value::String(mac)) = entry.as_object_mut().and_then(|fields| fields.remove("mac")) else {
        return Err(Wrong::Here("has no mac"));
    };
    let Some(store) = store else { return Ok(()) };
    if mac == mac_of(store, before, &entry) {
        Ok(())
    } else {
        Err(Wrong::Here("was not written by this folder"))
    }
}

/// Of a line without its `mac`.
pub(super) fn mac_of(store: &Store, before: &Chain, entry: &Value) -> String {
    let mut bytes = before.bytes().to_vec();
    bytes.extend_from_slice(canonical(entry).unwrap_or_default().as_bytes());
    hex(&store.keyed_hash(MAC, &bytes))
}

/// The entries of a log for people to read, without checking the chain; a line that is none is one `Err`. Those that are
/// only counted or passed over cost no parsing.
pub fn entries<R: BufRead>(reader: R) -> Entries<R> {
    Entries { reader, number: 0, buffer: Vec::new(), over: false }
}

/// See [`entries`].
#[derive(Debug)]
pub struct Entries<R> {
    reader: R,
    /// Of the line that was read last, from 1.
    number: u64,
    buffer: Vec<u8>,
    over: bool,
}

impl<R: BufRead> Entries<R> {
    /// The text of the next line.
    fn line(&mut self) -> Option<Result<&str, Broken>> {
        if self.over {
            return None;
        }
        self.number += 1;
        let wrong = |why: &str| Broken::Line { line: self.number, why: why.to_owned() };
        match read_line(&mut self.reader, LONGEST, &mut self.buffer) {
            Ok(ReadLine::Text(text)) => Some(Ok(text)),
            Ok(ReadLine::Foreign) => Some(Err(wrong("is not text"))),
            // An append that is under way, or was cut off.
            Ok(ReadLine::End | ReadLine::Cut) => None,
            Ok(ReadLine::TooLong) => {
                self.over = true;
                Some(Err(wrong("is too long")))
            }
            Err(e) => {
                self.over = true;
                Some(Err(Broken::Read(e)))
            }
        }
    }
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<AuditEntry, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let parsed = self.line()?.map(serde_json::from_str);
        Some(parsed.and_then(|entry| {
            entry.map_err(|_| Broken::Line { line: self.number, why: "is no entry".to_owned() })
        }))
    }

    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        for _ in 0..n {
            let _ = self.line()?;
        }
        self.next()
    }

    fn count(mut self) -> usize {
        std::iter::from_fn(|| self.line().map(drop)).count()
    }
}
