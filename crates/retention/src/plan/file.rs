use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use proof::{RunId, SpareReason, hex, unhex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PlanHeader, PlanKey, PlanLine, PlanSeal, seal::FIRST_DIALECT};
use crate::Error;

pub(super) const KIND: &str = "innkeeper-plan";
pub(super) const VERSION: u32 = 2;
/// Without a seal. Still read, for certificates of its time and for runs that have begun.
const UNSEALED: u32 = 1;

/// A header holds a filter and, later, holds; a guest's line is about 200 bytes.
const LONGEST_HEADER: u64 = 1 << 20;
const LONGEST_LINE: u64 = 4 << 10;

/// The last line: the counts, that the walk came to its end, the seal over the hash of every byte before this line, and the
/// hash of these bytes followed by the digits of the seal.
#[derive(Serialize, Deserialize)]
pub(super) struct Closing {
    pub due: u64,
    pub spared: u64,
    pub complete: bool,
    /// Absent in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
    pub sha256: String,
}

/// Guests between two places of the file that are remembered.
const SPAN: u64 = 256;

/// The guests of a plan in short: enough to find one of them in the file without reading those before.
#[derive(Debug, Default)]
struct Guests {
    /// By line, one byte each: why the plan spares the guest, where it does.
    spared: Vec<Option<SpareReason>>,
    /// Where in the file each [`SPAN`]th guest's line begins, in bytes.
    places: Vec<u64>,
}

/// What the seal of a plan is over, and the seal as it stands there.
#[derive(Debug, Clone)]
struct Sealed {
    body: [u8; 32],
    seal: [u8; 32],
}

/// A plan whose every byte was checked.
#[derive(Debug, Clone)]
pub struct Plan {
    path: PathBuf,
    id: String,
    header: PlanHeader,
    due: u64,
    spared: u64,
    /// Absent in version 1.
    sealed: Option<Sealed>,
    guests: Arc<Guests>,
}

impl Plan {
    /// The plan's id: SHA-256 over the header, the guests' lines and the seal, in hex.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The only run that this plan can have.
    #[must_use]
    pub fn run_id(&self) -> RunId {
        RunId::of_plan(&self.id).expect("the id is 64 hex digits")
    }

    /// Policy, cut-off and connection.
    #[must_use]
    pub fn header(&self) -> &PlanHeader {
        &self.header
    }

    /// How many guests the run will delete.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.due
    }

    /// How many guests are older than the cut-off but kept.
    #[must_use]
    pub fn spared(&self) -> u64 {
        self.spared
    }

    /// Every guest of the plan: due and spared.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.due + self.spared
    }

    /// Whether it has a seal, by whomever; plans of version 1 have none.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The guests, streamed from the file in the order (createdTime, id).
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be opened; each line can fail as in [`open_plan`].
    pub fn lines(&self) -> Result<PlanLines, Error> {
        let mut reader = LineReader::open(&self.path)?;
        reader.next(LONGEST_HEADER)?;
        Ok(PlanLines { reader, left: self.total() })
    }

    /// By line, from 0: why the plan spares the guest, where it does.
    #[must_use]
    pub fn spared_lines(&self) -> &[Option<SpareReason>] {
        &self.guests.spared
    }

    /// The guests of these lines, from 0, in ascending order. Reads the parts of the file in which they stand.
    pub(crate) fn lines_at(&self, wanted: &[u64]) -> Result<Vec<PlanLine>, Error> {
        let mut found = Vec::with_capacity(wanted.len());
        if wanted.is_empty() {
            return Ok(found);
        }
        let mut reader = LineReader::open(&self.path)?;
        // The guest whose line comes next; none before the first place.
        let mut next = None;
        for &line in wanted {
            let span = line / SPAN;
            if next.is_none_or(|next: u64| next / SPAN != span) {
                let place = usize::try_from(span).ok().and_then(|span| self.guests.places.get(span));
                reader.go_to(*place.ok_or_else(|| reader.changed("is missing"))?, span * SPAN + 2)?;
                next = Some(span * SPAN);
            }
            for _ in next.unwrap_or_default()..=line {
                reader.next(LONGEST_LINE)?;
            }
            next = Some(line + 1);
            found.push(reader.guest()?);
        }
        Ok(found)
    }

    /// Refuses the plan where the org is asked in another dialect than the plan was made in: ids, times and revisions mean
    /// something else there.
    ///
    /// # Errors
    /// [`Error::PlanNotOurs`].
    pub fn must_be_in(&self, dialect: &str) -> Result<(), Error> {
        let made_in = self.header.dialect.as_deref().unwrap_or(FIRST_DIALECT);
        if made_in == dialect {
            return Ok(());
        }
        let why = format!("it was made in the dialect {made_in}, and the org is asked in {dialect}");
        Err(Error::PlanNotOurs { path: self.path.clone(), why })
    }

    /// Refuses the plan unless its seal is this folder's and it was made for this connection and this org.
    ///
    /// # Errors
    /// [`Error::PlanNotOurs`] for one that was made elsewhere, by an earlier version, or edited and hashed again.
    pub fn check_seal(&self, seal: &PlanSeal) -> Result<(), Error> {
        let refused = |why: &str| Err(Error::PlanNotOurs { path: self.path.clone(), why: why.to_owned() });
        let Some(sealed) = &self.sealed else {
            return refused("it has no seal, so it was written by an earlier version or elsewhere");
        };
        if !seal.is_called(&self.header.connection) {
            return refused("it was made on another connection");
        }
        if self.header.org.as_deref() != Some(&*seal.org) {
            return refused("it was made for another org");
        }
        self.must_be_in(&seal.dialect)?;
        if !seal.holds(&sealed.body, &sealed.seal) {
            return refused(
                "its seal is not by the key of this folder, so it was made or changed elsewhere, or the key was lost since",
            );
        }
        Ok(())
    }
}

/// A plan that this folder made, for this connection and this org: the only kind that can be run.
#[derive(Debug, Clone)]
pub struct SealedPlan(Plan);

impl std::ops::Deref for SealedPlan {
    type Target = Plan;
    fn deref(&self) -> &Plan {
        &self.0
    }
}

/// Opens a plan as [`open_plan`] does, and refuses it as [`Plan::check_seal`] does.
///
/// # Errors
/// As these two.
pub fn open_plan_to_run(path: &Path, seal: &PlanSeal) -> Result<SealedPlan, Error> {
    let plan = open_plan(path)?;
    plan.check_seal(seal)?;
    Ok(SealedPlan(plan))
}

/// The guests of a plan, one after the other.
#[derive(Debug)]
pub struct PlanLines {
    reader: LineReader,
    left: u64,
}

impl Iterator for PlanLines {
    type Item = Result<PlanLine, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let line = self.reader.next(LONGEST_LINE).and_then(|()| self.reader.guest());
        if line.is_err() {
            self.left = 0;
        }
        Some(line)
    }
}

/// Opens a plan and checks every byte of it: the hash, the counts, the order, that it is complete and that its cut-off follows
/// from its policy. The file is treated as hostile; memory grows by a byte a guest. Says nothing of who made it: see
/// [`open_plan_to_run`].
///
/// # Errors
/// [`Error::PlanChanged`] when anything differs from what [`plan`](super::plan()) wrote, [`Error::File`] when it cannot be read.
pub fn open_plan(path: &Path) -> Result<Plan, Error> {
    #[cfg(test)]
    crate::reads::plan_hashed();
    let mut reader = LineReader::open(path)?;
    let mut hash = Sha256::new();
    reader.next(LONGEST_HEADER)?;
    let header: PlanHeader = reader.parse("is not the header of a plan")?;
    reader.check_header(&header)?;
    hash.update(&reader.line);
    let (mut due, mut spared) = (0u64, 0u64);
    let mut guests = Guests::default();
    let mut last: Option<PlanKey> = None;
    loop {
        reader.next(LONGEST_LINE)?;
        if reader.line.starts_with(br#"{"due""#) {
            break;
        }
        let guest = reader.guest()?;
        if last.is_some_and(|before| before >= guest.key()) {
            return Err(reader.changed("is not in the order of the plan"));
        }
        last = Some(guest.key());
        if (due + spared).is_multiple_of(SPAN) {
            guests.places.push(reader.begins);
        }
        guests.spared.push(guest.why);
        if guest.due {
            due += 1;
        } else {
            spared += 1;
        }
        hash.update(&reader.line);
    }
    let given: Closing = reader.parse("is not the closing line of a plan")?;
    let body: [u8; 32] = hash.clone().finalize().into();
    let sealed = match (header.version, &given.seal) {
        (UNSEALED, None) => None,
        (VERSION, Some(seal)) => {
            hash.update(seal);
            let seal = unhex(seal).ok_or_else(|| reader.changed("has no seal of 64 hex digits"))?;
            Some(Sealed { body, seal })
        }
        _ => return Err(reader.changed("has a seal where its version has none, or none where it has one")),
    };
    let id = hex(&hash.finalize());
    let expected = Closing { due, spared, complete: true, seal: given.seal.clone(), sha256: id.clone() };
    if reader.line != to_line(&expected) {
        return Err(if !given.complete {
            reader.changed("says that the plan is not complete")
        } else if (given.due, given.spared) != (due, spared) {
            reader.changed("counts other guests than the plan has")
        } else {
            // Every line has its shape, so nobody can say which one it was.
            Error::PlanChanged { path: path.to_owned(), line: None, why: "its hash differs".to_owned() }
        });
    }
    reader.end()?;
    Ok(Plan { path: path.to_owned(), id, header, due, spared, sealed, guests: guests.into() })
}

/// A value as one line of the plan, with its newline.
pub(super) fn to_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("plan lines have text keys and no failing types");
    line.push(b'\n');
    line
}

/// Lines of a bounded length from a file that may hold anything.
#[derive(Debug)]
struct LineReader {
    file: BufReader<File>,
    path: PathBuf,
    line: Vec<u8>,
    /// Of the line, from 1.
    number: u64,
    /// Where the line begins in the file, in bytes.
    begins: u64,
}

impl LineReader {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|e| Self::failed(path, e))?;
        Ok(Self { file: BufReader::new(file), path: path.to_owned(), line: Vec::new(), number: 0, begins: 0 })
    }

    /// The next line is the one of this number, which begins at this place.
    fn go_to(&mut self, place: u64, number: u64) -> Result<(), Error> {
        self.line.clear();
        (self.begins, self.number) = (place, number - 1);
        self.file.seek(SeekFrom::Start(place)).map(drop).map_err(|e| Self::failed(&self.path, e))
    }

    /// Reads the next line, newline included, into `self.line`.
    fn next(&mut self, longest: u64) -> Result<(), Error> {
        self.begins += self.line.len() as u64;
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.file).take(longest);
        limited.read_until(b'\n', &mut self.line).map_err(|e| Self::failed(&self.path, e))?;
        match self.line.last() {
            Some(b'\n') => Ok(()),
            None => Err(self.changed("is missing")),
            Some(_) => Err(self.changed("is cut off or too long")),
        }
    }

    fn check_header(&self, header: &PlanHeader) -> Result<(), Error> {
        let known = match header.version {
            UNSEALED => true,
            VERSION => header.org.is_some() && header.dialect.is_some(),
            _ => false,
        };
        if header.kind != KIND || !known {
            return Err(self.changed("is not the header of a plan that this version knows"));
        }
        if header.policy.checked_cutoff(header.created_at) != Some(header.cutoff) {
            let why = "has a cut-off that does not follow from its policy and the time at which it was made";
            return Err(self.changed(why));
        }
        Ok(())
    }

    fn guest(&self) -> Result<PlanLine, Error> {
        let line: PlanLine = self.parse("is not a guest's line")?;
        if line.due == line.why.is_none() {
            Ok(line)
        } else {
            Err(self.changed("is both due and spared, or neither"))
        }
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self, why: &str) -> Result<T, Error> {
        serde_json::from_slice(&self.line).map_err(|_| self.changed(why))
    }

    fn end(&mut self) -> Result<(), Error> {
        self.number += 1;
        let rest = self.file.fill_buf().map_err(|e| Self::failed(&self.path, e))?;
        if rest.is_empty() { Ok(()) } else { Err(self.changed("follows the closing line")) }
    }

    fn changed(&self, why: &str) -> Error {
        Error::PlanChanged {
            path: self.path.clone(),
            line: Some(self.number),
            why: format!("this line {why}"),
        }
    }

    fn failed(path: &Path, source: std::io::Error) -> Error {
        Error::File { doing: "read the plan", path: path.to_owned(), source }
    }
}
