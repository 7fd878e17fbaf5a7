//! An external merge sort of a plan's rows, for an org that hands guests out in no order.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use store::private;

use super::{PlanKey, PlanLine, file::to_line};
use crate::Error;

/// Rows that are held in memory at a time: about 10 MB. Up to so many are sorted without a file.
const ROWS_IN_MEMORY: usize = 50_000;

/// Takes rows in any order and hands them out in the order of a plan, each guest once.
pub(crate) struct SortedRows {
    /// Where the files of rows lie, next to the plan.
    folder: PathBuf,
    most: usize,
    rows: Vec<PlanLine>,
    files: Vec<RowFile>,
}

impl SortedRows {
    pub fn new(folder: &Path) -> Self {
        Self::with_room_for(ROWS_IN_MEMORY, folder)
    }

    fn with_room_for(most: usize, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), most, rows: Vec::new(), files: Vec::new() }
    }

    /// # Errors
    /// [`Error::File`] when the disk fails.
    pub fn push(&mut self, row: PlanLine) -> Result<(), Error> {
        self.rows.push(row);
        if self.rows.len() < self.most {
            return Ok(());
        }
        // Stable: of two rows of a guest the one that came first stays first.
        self.rows.sort_by_key(PlanLine::key);
        let file = RowFile::write(&self.folder, self.rows.drain(..)).map_err(|e| failed(&self.folder, e))?;
        self.files.push(file);
        Ok(())
    }

    /// # Errors
    /// [`Error::File`] when the disk fails; each row can fail so too.
    pub fn finish(mut self) -> Result<impl Iterator<Item = Result<PlanLine, Error>>, Error> {
        self.rows.sort_by_key(PlanLine::key);
        let memory = Source::Memory(self.rows.into_iter());
        let sources = self.files.into_iter().map(Source::File).chain([memory]).map(|source| (source, None));
        let mut merge = Merge {
            folder: self.folder,
            heads: BinaryHeap::new(),
            sources: sources.collect(),
            failed: false,
        };
        for source in 0..merge.sources.len() {
            merge.refill(source)?;
        }
        Ok(merge)
    }
}

fn failed(folder: &Path, source: io::Error) -> Error {
    Error::File { doing: "sort the plan in", path: folder.to_owned(), source }
}

/// Sorted rows in a file that nobody else sees: it is gone when it is closed, or when the process ends.
struct RowFile {
    lines: BufReader<File>,
    path: PathBuf,
}

impl RowFile {
    fn write(folder: &Path, rows: impl Iterator<Item = PlanLine>) -> io::Result<Self> {
        let path = folder.join(format!(".rows.{}.partial", uuid::Uuid::new_v4().simple()));
        let mut out = BufWriter::new(private::new_file(&path)?);
        // An open file needs no name on Unix; elsewhere it is removed when it is dropped.
        if cfg!(unix) {
            fs::remove_file(&path)?;
        }
        for row in rows {
            out.write_all(&to_line(&row))?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self { lines: BufReader::new(file), path })
    }

    fn next(&mut self) -> io::Result<Option<PlanLine>> {
        let mut line = String::new();
        match self.lines.read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(serde_json::from_str(&line)?)),
        }
    }
}

impl Drop for RowFile {
    fn drop(&mut self) {
        if !cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

enum Source {
    File(RowFile),
    Memory(std::vec::IntoIter<PlanLine>),
}

/// Merges sorted sources. Of the rows of one guest the first that was pushed is handed out, or one that spares the guest:
/// what was seen first is what a run compares with, and a reason to spare counts whenever it was seen.
struct Merge {
    folder: PathBuf,
    /// Which source has the next row; of equal ones the earlier source.
    heads: BinaryHeap<Reverse<(PlanKey, usize)>>,
    sources: Vec<(Source, Option<PlanLine>)>,
    failed: bool,
}

impl Merge {
    fn refill(&mut self, source: usize) -> Result<(), Error> {
        let (rows, head) = &mut self.sources[source];
        *head = match rows {
            Source::File(file) => file.next().map_err(|e| failed(&self.folder, e))?,
            Source::Memory(rows) => rows.next(),
        };
        self.heads.extend(head.as_ref().map(|row| Reverse((row.key(), source))));
        Ok(())
    }

    fn take(&mut self) -> Result<Option<PlanLine>, Error> {
        let Some(Reverse((_, source))) = self.heads.pop() else { return Ok(None) };
        let row = self.sources[source].1.take();
        self.refill(source)?;
        Ok(row)
    }
}

impl Iterator for Merge {
    type Item = Result<PlanLine, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let mut next = || {
            let Some(mut row) = self.take()? else { return Ok(None) };
            while self.heads.peek().is_some_and(|Reverse((key, _))| *key == row.key()) {
                let again = self.take()?;
                row = again.filter(|again| row.due && !again.due).unwrap_or(row);
            }
            Ok(Some(row))
        };
        let row = next().transpose();
        self.failed = matches!(row, Some(Err(_)));
        row
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory_org::guest;

    fn row(n: u64, days: i64, due: bool) -> PlanLine {
        let guest = guest(n, days);
        PlanLine::new(&guest, (!due).then_some(proof::SpareReason::Active))
    }

    /// However many rows there are, no more than were allowed are held at a time, and no file of them is left.
    #[test]
    fn a_million_rows_would_be_sorted_in_the_room_of_fifty() {
        let dir = tempfile::tempdir().unwrap();
        let mut sorted = SortedRows::with_room_for(50, dir.path());
        for n in 0..4_000 {
            sorted.push(row(n, (n % 97) as i64, true)).unwrap();
            assert!(sorted.rows.len() < 50);
        }
        assert_eq!(sorted.rows.capacity(), 64, "it never grew beyond the room");
        assert_eq!(sorted.files.len(), 80);
        let rows: Vec<PlanLine> = sorted.finish().unwrap().map(Result::unwrap).collect();
        assert!(rows.len() == 4_000 && rows.is_sorted_by(|a, b| a.key() < b.key()));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    proptest! {
        #[test]
        fn rows_come_in_order_and_each_guest_once_spared_if_ever_spared(
            pushed in proptest::collection::vec((0u64..40, any::<bool>()), 0..200), room in 1usize..30,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let mut sorted = SortedRows::with_room_for(room, dir.path());
            for (n, due) in &pushed {
                sorted.push(row(*n, (n % 7) as i64, *due)).unwrap();
            }
            let rows: Vec<PlanLine> = sorted.finish().unwrap().map(Result::unwrap).collect();
            prop_assert!(rows.is_sorted_by(|a, b| a.key() < b.key()));
            let guests: std::collections::BTreeSet<u64> = pushed.iter().map(|(n, _)| *n).collect();
            prop_assert_eq!(rows.len(), guests.len());
            for n in guests {
                let found = rows.iter().find(|row| row.id == guest(n, 0).id).unwrap();
                prop_assert_eq!(found.due, pushed.iter().all(|(other, due)| *other != n || *due));
            }
        }
    }
}
