use std::{
    fs::{File, OpenOptions},
    path::Path,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread::JoinHandle,
};

use crate::{Batch, Error};

/// At most so many batches share one sync: enough to amortise it, few enough to keep the slowest waiter short.
const GROUP: usize = 256;
/// A group stops growing at this size in bytes, which bounds what one `apply_batch` holds in memory.
const GROUP_BYTES: usize = 4 << 20;
/// Batches that may wait for the writer; further callers block, which is the store's back-pressure.
const QUEUE: usize = 1_024;

struct Request {
    batch: Batch,
    answer: Sender<Result<(), Error>>,
}

/// A queued batch. It goes to the disk whether or not anyone waits.
#[must_use = "a batch counts only once `wait` has said so"]
pub struct Pending(Receiver<Result<(), Error>>);

impl Pending {
    /// Blocks until the batch is on the disk.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Write`], [`Error::Sync`] or [`Error::WriterStopped`]: not acknowledged, and
    /// the store must be opened again.
    pub fn wait(self) -> Result<(), Error> {
        self.0.recv().unwrap_or(Err(Error::WriterStopped))
    }
}

/// The one thread that writes. No timer: the sync of one group is the time in which the next one gathers.
pub(crate) struct Writer {
    queue: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(db: sled::Db, file: &Path) -> Result<Self, Error> {
        let sink = Sled {
            // The engine's flush does not fsync on Linux, so the same file is synced through a handle of our own.
            #[cfg(target_os = "linux")]
            file: OpenOptions::new().read(true).write(true).open(file).map_err(|e| Error::file(file, e))?,
            db,
        };
        #[cfg(not(target_os = "linux"))]
        let _ = file;
        Self::over(sink)
    }

    fn over(sink: impl Sink + Send + 'static) -> Result<Self, Error> {
        let (queue, requests) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&requests, sink))
            .map_err(|e| Error::file("store-writer", e))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(crate) fn queue(&self, batch: Batch) -> Pending {
        let (answer, pending) = channel();
        if let Some(queue) = &self.queue {
            // A thread that has ended drops the request and with it `answer`: `wait` then says WriterStopped.
            let _ = queue.send(Request { batch, answer });
        }
        Pending(pending)
    }
}

impl Drop for Writer {
    /// Writes what is still queued.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer thread panicked");
        }
    }
}

/// What the writer writes to: sled, or a disk that fails on demand in tests.
trait Sink {
    /// The whole group, on the disk when it returns.
    fn write(&mut self, group: &[Request]) -> Result<(), Error>;
}

struct Sled {
    db: sled::Db,
    #[cfg(target_os = "linux")]
    file: File,
}

impl Sink for Sled {
    fn write(&mut self, group: &[Request]) -> Result<(), Error> {
        let mut all = sled::Batch::default();
        for (key, value) in group.iter().flat_map(|r| &r.batch.writes) {
            match value {
                Some(value) => all.insert(key.as_slice(), value.as_slice()),
                None => all.remove(key.as_slice()),
            }
        }
        self.db.apply_batch(all).map_err(Error::write)?;
        self.db.flush().map_err(Error::write)?;
        #[cfg(target_os = "linux")]
        self.file.sync_data().map_err(Error::sync)?;
        Ok(())
    }
}

fn run(requests: &Receiver<Request>, mut sink: impl Sink) {
    // After one failure nobody knows what the engine holds in memory and what the kernel threw away: nothing is
    // acknowledged until the store is opened again.
    let mut failed: Option<Error> = None;
    let mut group = Vec::with_capacity(GROUP);
    while let Ok(first) = requests.recv() {
        let mut bytes = first.batch.bytes();
        group.push(first);
        while group.len() < GROUP && bytes < GROUP_BYTES {
            let Ok(next) = requests.try_recv() else { break };
            bytes += next.batch.bytes();
            group.push(next);
        }
        let outcome = match &failed {
            Some(error) => Err(error.clone()),
            // Empty batches only ask whether everything before them is on the disk, and here it is.
            None if bytes == 0 => Ok(()),
            None => sink.write(&group),
        };
        if let (Err(error), None) = (&outcome, &failed) {
            tracing::error!(error = %error, "the store stops acknowledging");
            failed = Some(error.clone());
        }
        for request in group.drain(..) {
            // A caller that no longer waits is fine.
            let _ = request.answer.send(outcome.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    /// Keeps what was written; fails from the n-th group on; a gate holds the first group back.
    struct Memory {
        written: Arc<Mutex<Vec<Vec<u8>>>>,
        groups: Arc<AtomicUsize>,
        fails_from: usize,
        gate: Receiver<()>,
    }

    impl Sink for Memory {
        fn write(&mut self, group: &[Request]) -> Result<(), Error> {
            let _ = self.gate.recv();
            if self.groups.fetch_add(1, Ordering::SeqCst) >= self.fails_from {
                return Err(Error::DiskFull);
            }
            let mut written = self.written.lock().unwrap();
            written.extend(group.iter().flat_map(|r| r.batch.writes.iter().map(|(k, _)| k.clone())));
            Ok(())
        }
    }

    fn batch(n: u32) -> Batch {
        Batch { writes: vec![(n.to_be_bytes().to_vec(), None)] }
    }

    #[test]
    fn callers_that_wait_share_one_sync_and_keep_their_order() {
        let (written, groups) = (Arc::default(), Arc::default());
        let (gate, opens) = channel();
        let sink = Memory {
            written: Arc::clone(&written),
            groups: Arc::clone(&groups),
            fails_from: 99,
            gate: opens,
        };
        let writer = Writer::over(sink).unwrap();
        let waiting: Vec<_> = (0..300).map(|n| writer.queue(batch(n))).collect();
        drop(gate);
        for pending in waiting {
            pending.wait().unwrap();
        }
        let expected: Vec<_> = (0..300u32).map(|n| n.to_be_bytes().to_vec()).collect();
        assert_eq!(*written.lock().unwrap(), expected);
        assert!(groups.load(Ordering::SeqCst) <= 3, "300 batches fit in a first group and two full ones");
    }

    #[test]
    fn after_one_failure_nothing_is_acknowledged_any_more() {
        let (gate, opens) = channel();
        drop(gate);
        let written: Arc<Mutex<Vec<_>>> = Arc::default();
        let sink =
            Memory { written: Arc::clone(&written), groups: Arc::default(), fails_from: 1, gate: opens };
        let writer = Writer::over(sink).unwrap();
        writer.queue(batch(0)).wait().unwrap();
        for n in 1..4 {
            assert!(matches!(writer.queue(batch(n)).wait(), Err(Error::DiskFull)));
        }
        assert!(matches!(writer.queue(Batch::new()).wait(), Err(Error::DiskFull)), "nor an empty batch");
        assert_eq!(written.lock().unwrap().len(), 1);
    }

    #[test]
    fn what_is_queued_when_the_writer_goes_is_still_written() {
        let (gate, opens) = channel();
        drop(gate);
        let written: Arc<Mutex<Vec<_>>> = Arc::default();
        let sink =
            Memory { written: Arc::clone(&written), groups: Arc::default(), fails_from: 99, gate: opens };
        let writer = Writer::over(sink).unwrap();
        let waiting: Vec<_> = (0..50).map(|n| writer.queue(batch(n))).collect();
        drop(writer);
        assert!(waiting.into_iter().all(|p| p.wait().is_ok()));
        assert_eq!(written.lock().unwrap().len(), 50);
    }
}
