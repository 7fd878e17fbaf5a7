use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use super::{
    commit_queue::{Command, CommitQueue, GROUP_BYTES, Group, Pending, Request},
    format::{BODY_MAX, Body},
};
use crate::{error::Error, seal::DataKey};

/// Wakes the writer from any thread; [`Sink::maintain`] follows.
pub(crate) type Wake = Box<dyn Fn() + Send>;

/// What the writer writes to: log and index, or a disk that fails on demand in tests.
pub(crate) trait Sink: Send + 'static {
    /// Comes before anything else.
    fn begin(&mut self, _wake: Wake) -> Result<(), Error> {
        Ok(())
    }
    /// The whole group, on the disk when it returns; as if nothing had been tried when it fails.
    fn write(&mut self, group: &mut [Request]) -> Result<(), Error>;
    /// Maintains the files, once the callers have their answers.
    fn maintain(&mut self);
    fn compact(&mut self) -> Result<(), Error>;
    fn rotate(&mut self, key: &DataKey) -> Result<(), Error>;
    /// Ends it in order.
    fn close(self);
}

/// The one thread that writes. No timer: the sync of one group is the time in which the next one gathers. When this is
/// dropped, what is still queued is written and the sink is closed.
pub(crate) struct Writer<S: Sink> {
    queue: Arc<CommitQueue>,
    thread: Option<JoinHandle<S>>,
    refusals: Arc<AtomicU64>,
}

impl<S: Sink> Writer<S> {
    pub(crate) fn start(mut sink: S) -> Result<Self, Error> {
        let queue = Arc::<CommitQueue>::default();
        let wakes = Arc::clone(&queue);
        sink.begin(Box::new(move || wakes.tell(Command::Maintain)))?;
        let refusals = Arc::new(AtomicU64::new(0));
        let run = WriterThread { sink, refusals: Arc::clone(&refusals), last: None };
        let ends = EndOnDrop(Arc::clone(&queue));
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run.run(&ends.0))
            .map_err(|e| Error::file("store-writer", e))?;
        Ok(Self { queue, thread: Some(thread), refusals })
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::SeqCst)
    }

    pub(crate) fn queue(&self, refusals: u64, body: Body) -> Pending {
        self.queue.write(Request { body, refusals })
    }

    pub(crate) fn compact(&self) -> Pending {
        self.queue.command(Command::Compact)
    }

    pub(crate) fn rotate(&self, key: DataKey) -> Pending {
        self.queue.command(|answer| Command::Rotate(key, answer))
    }
}

impl<S: Sink> Drop for Writer<S> {
    fn drop(&mut self) {
        self.queue.tell(Command::Stop);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(sink)) => sink.close(),
            Some(Err(_)) => tracing::error!("the store's writer thread panicked"),
            None => {}
        }
    }
}

/// However the thread ends, nobody waits for it any more.
struct EndOnDrop(Arc<CommitQueue>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct WriterThread<S> {
    sink: S,
    refusals: Arc<AtomicU64>,
    /// Why the last refused group was refused.
    last: Option<Error>,
}

impl<S: Sink> WriterThread<S> {
    fn run(mut self, queue: &CommitQueue) -> S {
        loop {
            match queue.next() {
                Command::Write(group) => {
                    self.write(group);
                    self.sink.maintain();
                }
                Command::Maintain => self.sink.maintain(),
                Command::Compact(answer) => answer.send(self.sink.compact()),
                Command::Rotate(key, answer) => answer.send(self.sink.rotate(&key)),
                Command::Stop => return self.sink,
            }
        }
    }

    fn write(&mut self, group: Group) {
        let Group { mut requests, answer, .. } = group;
        let (mut number, mut bytes, mut refused, mut too_large) = (0, 0, Vec::new(), None);
        let refusals = self.refusals.load(Ordering::SeqCst);
        requests.retain(|Request { body, refusals: known }| {
            let size = body.len();
            if *known == refusals && too_large.is_none() && size > BODY_MAX - GROUP_BYTES {
                too_large = Some(Error::BatchTooLarge(size));
            }
            // What was queued before a refusal was known may build on what is not there.
            let refusal = if *known == refusals { too_large.clone() } else { self.last.clone() };
            bytes += if refusal.is_none() { size } else { 0 };
            refused.extend(refusal.clone().map(|error| (number, error)));
            number += 1;
            refusal.is_none()
        });
        // Empty batches only ask whether everything before them is on the disk, and here it is.
        let outcome = if bytes == 0 { Ok(()) } else { self.sink.write(&mut requests) };
        // After the write, so that whoever knows of the refusal reads what came before it. Before anyone is answered: what
        // is queued from now on may know of it.
        if let Some(error) = outcome.as_ref().err().or(too_large.as_ref()) {
            tracing::error!(%error, "the store refuses a group, or a part of it");
            self.last = Some(error.clone());
            self.refusals.fetch_add(1, Ordering::SeqCst);
        }
        answer.send_but(outcome, refused);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::AtomicUsize,
        mpsc::{Receiver, Sender, channel},
    };

    use super::*;

    /// Keeps what was written; fails the groups that are asked for; says when a group has come, which a gate holds back.
    struct Memory {
        written: Arc<Mutex<Vec<Vec<u8>>>>,
        groups: Arc<AtomicUsize>,
        fails: std::ops::Range<usize>,
        came: Sender<()>,
        gate: Receiver<()>,
    }

    impl Sink for Memory {
        fn write(&mut self, group: &mut [Request]) -> Result<(), Error> {
            let _ = self.came.send(());
            let _ = self.gate.recv();
            if self.fails.contains(&self.groups.fetch_add(1, Ordering::SeqCst)) {
                return Err(Error::DiskFull);
            }
            let mut written = self.written.lock().unwrap();
            written.extend(group.iter().flat_map(|r| r.body.changes().map(|(k, _)| k.to_vec())));
            Ok(())
        }
        fn maintain(&mut self) {}
        fn compact(&mut self) -> Result<(), Error> {
            Ok(())
        }
        fn rotate(&mut self, _: &DataKey) -> Result<(), Error> {
            Ok(())
        }
        fn close(self) {
            self.written.lock().unwrap().push(b"closed".to_vec());
        }
    }

    struct Seen {
        written: Arc<Mutex<Vec<Vec<u8>>>>,
        groups: Arc<AtomicUsize>,
        came: Receiver<()>,
        gate: Sender<()>,
    }

    fn memory(fails: std::ops::Range<usize>) -> (Writer<Memory>, Seen) {
        let ((gate, opens), (came, comes)) = (channel(), channel());
        let seen = Seen { written: Arc::default(), groups: Arc::default(), came: comes, gate };
        let (written, groups) = (Arc::clone(&seen.written), Arc::clone(&seen.groups));
        (Writer::start(Memory { written, groups, fails, came, gate: opens }).unwrap(), seen)
    }

    fn batch(n: u32) -> Body {
        let mut batch = Body::default();
        batch.remove(&n.to_be_bytes());
        batch
    }

    #[test]
    fn callers_that_wait_share_one_sync_and_keep_their_order() {
        let (writer, seen) = memory(99..99);
        let waiting: Vec<_> = (0..300).map(|n| writer.queue(0, batch(n))).collect();
        drop(seen.gate);
        for pending in waiting {
            pending.wait().unwrap();
        }
        let expected: Vec<_> = (0..300u32).map(|n| n.to_be_bytes().to_vec()).collect();
        assert_eq!(*seen.written.lock().unwrap(), expected);
        assert!(
            seen.groups.load(Ordering::SeqCst) <= 3,
            "300 batches fit in a first group and two full ones"
        );
    }

    #[test]
    fn what_was_queued_before_a_refusal_was_known_is_refused_with_it() {
        let (writer, seen) = memory(1..2);
        let waiting: Vec<_> = (0..600).map(|n| writer.queue(0, batch(n))).collect();
        let asks = writer.queue(0, Body::default());
        drop(seen.gate);
        let outcomes: Vec<bool> = waiting.into_iter().map(|p| p.wait().is_ok()).collect();
        let first = outcomes.iter().position(|ok| !ok).unwrap();
        assert!(first > 0 && outcomes[first..].iter().all(|ok| !ok), "a gap would be built on");
        assert!(matches!(asks.wait(), Err(Error::DiskFull)), "nor an empty batch");
        assert_eq!(seen.written.lock().unwrap().len(), first);
        assert_eq!(writer.refusals(), 1);
    }

    #[test]
    fn after_a_refusal_whoever_knows_of_it_is_served_again() {
        let (writer, seen) = memory(0..2);
        drop(seen.gate);
        for refusals in 0..2 {
            assert!(matches!(writer.queue(refusals, batch(0)).wait(), Err(Error::DiskFull)));
        }
        assert!(
            matches!(writer.queue(1, batch(1)).wait(), Err(Error::DiskFull)),
            "it knew of the first only"
        );
        writer.queue(writer.refusals(), batch(2)).wait().unwrap();
        assert_eq!(*seen.written.lock().unwrap(), [2u32.to_be_bytes().to_vec()]);
    }

    #[test]
    fn what_is_queued_when_the_writer_stops_is_still_written_and_then_the_files_are_closed() {
        let (writer, seen) = memory(99..99);
        drop(seen.gate);
        let waiting: Vec<_> = (0..50).map(|n| writer.queue(0, batch(n))).collect();
        drop(writer);
        assert!(waiting.into_iter().all(|p| p.wait().is_ok()));
        let written = seen.written.lock().unwrap();
        assert_eq!((written.len(), written[50].as_slice()), (51, b"closed".as_slice()));
    }

    #[test]
    fn whoever_knows_of_a_refusal_finds_what_was_queued_before_it() {
        let (writer, seen) = memory(99..99);
        let mut huge = Body::default();
        huge.remove(&vec![0; 300 << 20]);
        // While the first group is held back, these three become one.
        let first = writer.queue(0, batch(0));
        seen.came.recv().unwrap();
        let (before, refused, behind) =
            (writer.queue(0, batch(1)), writer.queue(0, huge), writer.queue(0, batch(2)));
        seen.gate.send(()).unwrap();
        first.wait().unwrap();
        seen.came.recv().unwrap();
        assert_eq!(writer.refusals(), 0, "the batch before it is not written yet");
        drop(seen.gate);
        before.wait().unwrap();
        assert_eq!(writer.refusals(), 1);
        for pending in [refused, behind] {
            assert!(matches!(pending.wait(), Err(Error::BatchTooLarge { .. })));
        }
    }

    #[test]
    fn an_absurdly_large_batch_is_refused_alone() {
        let (writer, seen) = memory(99..99);
        drop(seen.gate);
        let mut huge = Body::default();
        huge.remove(&vec![0; 300 << 20]);
        assert!(
            matches!(writer.queue(0, huge).wait(), Err(Error::BatchTooLarge(bytes)) if bytes > 300 << 20)
        );
        writer.queue(writer.refusals(), batch(1)).wait().unwrap();
    }
}
