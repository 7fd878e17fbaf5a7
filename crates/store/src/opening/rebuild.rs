use std::{fs, path::Path, sync::Arc};

use super::{
    clean_shutdown::{self, CleanShutdown},
    folder::{Folder, UNREPORTED_LOSS},
    loss::Loss,
};
use crate::{
    crash,
    error::Error,
    index::{DiskIndex, EVERYTHING, Index, KeyDir, LiveSize, LogIndex, counted, folders, replay},
    log::{Found, HighWaterMark, LogFile, Scan, ValueFile, generations},
    seal::{Sealer, associated_data},
};

/// An index, what it holds, and the log that it is of.
pub(crate) type Opened = (Arc<dyn Index>, LiveSize, LogFile);

/// The log is damaged or gone, and the index holds everything. The index stays untouched until the new log is in place: a
/// copy of it is opened.
pub(crate) fn log_from_index(
    folder: &mut Folder,
    clean: &CleanShutdown,
    generations: &[u64],
) -> Result<Option<Opened>, Error> {
    let path = folders::free(&folder.dir);
    let copied = folders::copy(&folder.dir.join(&clean.folder), &path).and_then(|()| DiskIndex::open(&path));
    let index = match copied {
        Ok(index) => index,
        Err(Error::DiskFull) => return Err(Error::DiskFull),
        Err(error) => {
            tracing::error!(%error, "the index does not open although its files are as they were left");
            let _ = fs::remove_dir_all(&path);
            return Ok(None);
        }
    };
    let mut live = LiveSize::default();
    let entries = counted(Arc::clone(&index).range(EVERYTHING), clean.live.0)
        .inspect(|entry| entry.iter().for_each(|(key, value)| live.follow(key, Some(value.len()), None)));
    let (generation, end, sum) = (clean.generation, clean.end(), clean.journal.crc);
    folder.compare(&Found { generation, log: None, end, sum })?;
    let next = generations.iter().copied().chain([clean.generation]).max().unwrap_or(0) + 1;
    let log = log_in_place_of(folder, generations, next, entries)?;
    clean_shutdown::remove(&*folder.disk, &folder.dir)?;
    let kept = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder.remove_indexes(&[&kept])?;
    folder.recovery.rebuilt_journal = true;
    Ok(Some((index, live, log)))
}

/// The index is damaged or of an unknown time: it is made anew from what the log has.
pub(crate) fn index_from_log(
    folder: &mut Folder,
    clean: Option<&CleanShutdown>,
    mark: Option<HighWaterMark>,
    generations: &[u64],
) -> Result<Opened, Error> {
    if let Some(clean) = clean
        && folder.dir.join(&clean.folder).is_dir()
    {
        folder.set_aside(&folder.dir.join(&clean.folder), "damaged")?;
    }
    clean_shutdown::remove(&*folder.disk, &folder.dir)?;
    let stale = folder.keep_one_stale_index()?;
    crash::point("store.open.index-aside");
    let newest = generations.last().copied();
    let (keyed, scan) = key_log(&folder.dir, &folder.sealer, newest)?;
    let loss = Loss::of(&scan, newest, clean, mark);
    crash::point("store.open.index-rebuilt");
    folder.recovery.rebuilt_index = true;
    if let (true, Some((head, end, sum)), Some((index, live))) = (loss.is_none(), scan.resumable(), keyed) {
        if scan.tail > 0 {
            tracing::warn!(bytes = scan.tail, "cut an unfinished append off the journal");
        }
        let mut log = folder.resume(head, end, sum)?;
        log.sync()?;
        folder.compare(&log.position().found_in(&folder.dir))?;
        if folder.unreported_loss(&*index)?.is_some() {
            let older: Vec<u64> = generations.iter().copied().filter(|n| *n != head.generation).collect();
            folder.set_logs_aside(&older)?;
        }
        folder.remove_older(&generations::all(&folder.dir)?, head.generation)?;
        if let Some(stale) = stale {
            let _ = fs::remove_dir_all(stale);
        }
        return Ok((index, live, log));
    }
    // A crash may have left the generation before: what the newest lost of its snapshot is in there.
    let (index, mut live) = replay::logs(&folder.dir, &folder.sealer, generations)?;
    tracing::error!(changes = loss.changes, exact = !loss.estimated, "the journal is damaged");
    // Told from this record: a crash before the end of the opening must not make it forgotten.
    let mut told = loss.changes.to_be_bytes().to_vec();
    told.push(u8::from(loss.estimated));
    let told = folder.sealer.seal(&associated_data(UNREPORTED_LOSS), &told);
    let before = index.apply(UNREPORTED_LOSS, Some(&told)).map_err(Error::write)?;
    live.follow(UNREPORTED_LOSS, Some(told.len()), before);
    let known = [newest, mark.map(|m| m.generation), clean.map(|c| c.generation)];
    let next = known.into_iter().flatten().max().unwrap_or(0) + 1;
    let entries = counted(Arc::clone(&index).range(EVERYTHING), live.entries);
    let log = log_in_place_of(folder, generations, next, entries)?;
    if let Some(stale) = stale {
        folder.set_aside(&stale, "unverified")?;
    }
    Ok((index, live, log))
}

/// What a log holds, with its index of itself.
type Keyed = (Option<(Arc<dyn Index>, LiveSize)>, Scan);

/// Reads the newest log, which then answers as an index of itself; `None` where there is none.
fn key_log(dir: &Path, sealer: &Sealer, newest: Option<u64>) -> Result<Keyed, Error> {
    let Some(path) = newest.map(|n| generations::path(dir, n)) else { return Ok((None, Scan::default())) };
    let values = ValueFile::open(&path).map_err(|e| Error::file(&path, e))?;
    let (keys, scan) = KeyDir::read(&path, sealer, u64::MAX).map_err(|e| Error::file(&path, e))?;
    Ok((Some(LogIndex::make(keys, values)), scan))
}

/// Writes a log of these entries under the next generation, then sets the logs before it aside.
fn log_in_place_of(
    folder: &mut Folder,
    generations: &[u64],
    next: u64,
    entries: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), Error>>,
) -> Result<LogFile, Error> {
    let path = generations::path(&folder.dir, next);
    let log = LogFile::make(&folder.disk, &path, next, folder.sealer.current(), entries)?;
    folder.set_logs_aside(generations)?;
    Ok(log)
}
