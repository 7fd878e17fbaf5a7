//! The world between two starts: a header line that says what to generate, then one line a request with what it
//! changed. A line is written whole before the request is answered; a torn last line was never answered.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::Path,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Change, World};
use crate::{Error, Options, private};

const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    /// The format's version.
    innkeeper_world: u32,
    seed: u64,
    guests: u64,
    now: DateTime<Utc>,
}

pub(crate) struct ChangeLog {
    file: File,
    /// Bytes of whole lines; what lies beyond is torn.
    len: u64,
}

impl ChangeLog {
    /// Opens or begins the log and the world it tells. An existing header beats the options.
    pub(crate) fn open(path: &Path, options: &Options, now: DateTime<Utc>) -> Result<(Self, World), Error> {
        let failed = |source| Error::Log { path: path.to_owned(), source };
        let file = private::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let (world, len) =
            replay(Lines { reader: BufReader::new(&file), line: Vec::new(), number: 0, len: 0, path })?;
        let mut log = Self { file, len };
        log.file.set_len(len).map_err(failed)?;
        log.file.seek(SeekFrom::Start(len)).map_err(failed)?;
        let world = match world {
            Some(world) => world,
            None => {
                let header =
                    Header { innkeeper_world: FORMAT, seed: options.seed, guests: options.guests, now };
                log.write_line(&header).map_err(failed)?;
                header.world()
            }
        };
        Ok((log, world))
    }

    /// Hands one request's changes to the system. On an error nothing of them stays in the file.
    pub(crate) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        let written = self.write_line(&changes);
        if written.is_err() {
            self.file.set_len(self.len)?;
            self.file.seek(SeekFrom::Start(self.len))?;
        }
        written
    }

    fn write_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.len += line.len() as u64;
        Ok(())
    }
}

impl Header {
    fn world(&self) -> World {
        World::generate(self.seed, self.guests, self.now.timestamp_millis())
    }
}

/// The world as the file tells it (`None` without a header) and how many bytes of it are whole.
fn replay(mut lines: Lines<'_, impl BufRead>) -> Result<(Option<World>, u64), Error> {
    let Some(header) = lines.next::<Header>()? else { return Ok((None, 0)) };
    if header.innkeeper_world > FORMAT {
        return Err(Error::NewerLog { path: lines.path.to_owned(), version: header.innkeeper_world });
    }
    let mut world = header.world();
    while let Some(changes) = lines.next::<Vec<Change>>()? {
        changes.into_iter().for_each(|change| world.apply(change));
    }
    Ok((Some(world), lines.len))
}

struct Lines<'a, R> {
    reader: R,
    line: Vec<u8>,
    number: usize,
    len: u64,
    path: &'a Path,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next whole line; `None` at the end or at a torn last line.
    fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, Error> {
        let failed = |source| Error::Log { path: self.path.to_owned(), source };
        self.line.clear();
        let read = self.reader.read_until(b'\n', &mut self.line).map_err(failed)?;
        self.number += 1;
        if self.line.last() != Some(&b'\n') {
            return Ok(None);
        }
        match serde_json::from_slice(&self.line) {
            Ok(value) => {
                self.len += read as u64;
                Ok(Some(value))
            }
            // A crash of the machine can leave a last line of the right length with the wrong bytes.
            Err(_) if self.number > 1 && self.reader.fill_buf().map_err(failed)?.is_empty() => Ok(None),
            Err(source) => Err(Error::LogLine { path: self.path.to_owned(), line: self.number, source }),
        }
    }
}
