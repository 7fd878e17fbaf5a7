use std::io::{self, BufRead};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    CertificateHeader, CertifiedCounts, CertifiedOutcome, CertifiedPolicy,
    file::{Closing, KeyedHash, LONGEST_HEADER, LONGEST_LINE, OutcomeLine, prev, signed_message},
    key::is_signed,
    planned::{Planned, PlannedError, PlannedGuest},
};
use crate::{
    Chain, Fingerprint, canonical,
    read_line::{ReadLine, read_line},
    unhex,
};

/// A certificate that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub header: CertificateHeader,
    /// The hash over everything, in hex: the same for the same certificate, wherever it is kept.
    pub head: String,
    /// Whether the plan was at hand and each of its guests was found, once and in order.
    pub against_plan: bool,
}

/// Why a certificate does not hold, or could not be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotGenuine {
    /// The file could not be read, which says nothing about it.
    #[error("could not read the certificate")]
    Read(#[source] io::Error),
    /// The plan could not be read, which says nothing about the certificate.
    #[error("could not read the plan")]
    Plan(#[source] PlannedError),
    /// A line is not as it was signed.
    #[error("line {line} {why}")]
    Line {
        /// From 1, the header.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Signed by another key than was asked for.
    #[error("it is signed by {found}, not by {asked}")]
    Signer {
        /// The key that was asked for.
        asked: Fingerprint,
        /// The key in the certificate.
        found: Fingerprint,
    },
    /// A certificate of another plan.
    #[error("it belongs to the plan {found}, not to {asked}")]
    OtherPlan {
        /// The id of the plan at hand.
        asked: String,
        /// The id in the certificate.
        found: String,
    },
}

/// Checks a certificate offline: every byte, the signature, the counts; with a signer that it is that key and no other;
/// with the plan that every guest of it has its one outcome. The file is treated as hostile, memory does not grow with it.
///
/// # Errors
/// [`NotGenuine`]: which line, and what is wrong.
pub fn verify(
    reader: impl BufRead,
    plan: Option<&dyn Planned>,
    signer: Option<&Fingerprint>,
) -> Result<Verified, NotGenuine> {
    let mut lines = Lines { reader, buffer: Vec::new(), number: 0 };
    let header: CertificateHeader = {
        let text = lines.next(LONGEST_HEADER)?;
        let header = exact(text).ok_or("is not the header of a certificate");
        lines.told(header)?
    };
    let public_key = lines.told(check_header(&header))?;
    if let Some(asked) = signer.filter(|asked| **asked != header.fingerprint) {
        return Err(NotGenuine::Signer { asked: *asked, found: header.fingerprint });
    }
    let mut against = match plan {
        Some(plan) => Some(lines.against(plan, &header)?),
        None => None,
    };
    let mut chain = Chain::START;
    chain.add(lines.text());
    let mut counts = CertifiedCounts::default();
    let closing = loop {
        lines.next(LONGEST_LINE)?;
        if lines.text().starts_with("{\"head\"") {
            break lines.told(exact::<Closing>(lines.text()).ok_or("is not the closing line"))?;
        }
        let line = lines.told(exact::<OutcomeLine>(lines.text()).ok_or("is not what became of one guest"))?;
        if line.n != counts.listed {
            let why =
                format!("is number {}, not {}: a line is missing, added or moved", line.n, counts.listed);
            return Err(lines.wrong(why));
        }
        if line.prev != prev(&chain) {
            return Err(lines.before_was_changed());
        }
        let outcome = lines.told(line.outcome().ok_or("contradicts itself"))?;
        if let Some(against) = &mut against {
            against.check(lines.number, &line.guest, outcome)?;
        }
        counts.add(outcome);
        chain.add(lines.text());
    };
    if closing.lines != counts.listed {
        return Err(lines.wrong(format!("counts {} guests, not {}", closing.lines, counts.listed)));
    }
    if closing.head != chain.hex() {
        return Err(lines.before_was_changed());
    }
    let signature = lines.told(unhex::<64>(&closing.signature).ok_or("has no signature"))?;
    if !is_signed(&public_key, &signed_message(&chain, closing.lines), &signature) {
        return Err(lines.wrong("has a signature that is not by the key in the header"));
    }
    if counts != header.counts {
        let why = "counts other outcomes than the lines have".to_owned();
        return Err(NotGenuine::Line { line: 1, why });
    }
    if let Some(against) = &mut against {
        let left = against.next()?.is_some();
        lines.told((!left).then_some(()).ok_or("comes before every guest of the plan had its outcome"))?;
    }
    lines.end()?;
    Ok(Verified { header, head: closing.head, against_plan: against.is_some() })
}

fn check_header(header: &CertificateHeader) -> Result<[u8; 32], &'static str> {
    if header.kind != CertificateHeader::KIND || header.version != CertificateHeader::VERSION {
        return Err("is not the header of a certificate that this version knows");
    }
    let key = unhex::<32>(&header.public_key).ok_or("has no public key")?;
    if Fingerprint::of(&key) != header.fingerprint {
        return Err("has a fingerprint that is not that of its key");
    }
    Ok(key)
}

/// A value whose one form is just this text: no other order of keys, no white space, no unknown or double field.
fn exact<T: DeserializeOwned + Serialize>(text: &str) -> Option<T> {
    let value: T = serde_json::from_str(text).ok()?;
    (canonical(&value).ok()? == text).then_some(value)
}

struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self, longest: u64) -> Result<&str, NotGenuine> {
        self.number += 1;
        let line = self.number;
        let wrong = |why: &str| NotGenuine::Line { line, why: why.to_owned() };
        match read_line(&mut self.reader, longest, &mut self.buffer).map_err(NotGenuine::Read)? {
            ReadLine::Text(text) => Ok(text),
            ReadLine::End => Err(wrong("is missing: the certificate has no closing line")),
            ReadLine::Cut => Err(wrong("is cut off")),
            ReadLine::TooLong => Err(wrong("is too long")),
            ReadLine::Foreign => Err(wrong("is not text")),
        }
    }

    /// The line that was read last.
    fn text(&self) -> &str {
        std::str::from_utf8(&self.buffer).unwrap_or_default()
    }

    fn end(&mut self) -> Result<(), NotGenuine> {
        self.number += 1;
        let rest = self.reader.fill_buf().map_err(NotGenuine::Read)?;
        if rest.is_empty() { Ok(()) } else { Err(self.wrong("follows the closing line")) }
    }

    fn told<T>(&self, answer: Result<T, &'static str>) -> Result<T, NotGenuine> {
        answer.map_err(|why| self.wrong(why))
    }

    fn wrong(&self, why: impl Into<String>) -> NotGenuine {
        NotGenuine::Line { line: self.number, why: why.into() }
    }

    fn before_was_changed(&self) -> NotGenuine {
        let why = format!("was changed: line {} no longer follows from it", self.number);
        NotGenuine::Line { line: self.number - 1, why }
    }

    fn against<'p>(
        &self,
        plan: &'p dyn Planned,
        header: &CertificateHeader,
    ) -> Result<Against<'p>, NotGenuine> {
        let said = &header.plan;
        let of = plan.as_certified();
        if of.id != said.id {
            return Err(NotGenuine::OtherPlan { asked: of.id, found: said.id.clone() });
        }
        let hash = self.told(KeyedHash::new(plan.hash_key()).ok_or("needs a plan with a hash key"))?;
        let same = *said == of
            && header.policy == CertifiedPolicy::of(plan.policy(), &hash)
            && header.connection.name == plan.connection();
        self.told(if same { Ok(()) } else { Err("says other things of the plan than the plan does") })?;
        let guests = plan.guests().map_err(NotGenuine::Plan)?;
        Ok(Against { hash, guests })
    }
}

/// The plan's guests, read in step with the certificate's lines.
struct Against<'p> {
    hash: KeyedHash,
    guests: Box<dyn Iterator<Item = Result<PlannedGuest, PlannedError>> + 'p>,
}

impl Against<'_> {
    fn next(&mut self) -> Result<Option<PlannedGuest>, NotGenuine> {
        self.guests.next().transpose().map_err(NotGenuine::Plan)
    }

    fn check(&mut self, line: u64, guest: &str, outcome: CertifiedOutcome) -> Result<(), NotGenuine> {
        let why = match self.next()? {
            None => "is of a guest that the plan does not have",
            Some(planned) if self.hash.guest(planned.id) != guest => {
                "is not of the guest that the plan has there"
            }
            Some(planned) if planned.spared.is_some_and(|why| outcome != CertifiedOutcome::Spared(why)) => {
                "is of a guest that the plan spared, and says otherwise"
            }
            Some(_) => return Ok(()),
        };
        Err(NotGenuine::Line { line, why: why.to_owned() })
    }
}
