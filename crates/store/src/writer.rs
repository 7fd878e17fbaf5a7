use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use crate::{
    Batch, DataKey, Error,
    answer::{Answer, Waiting, answer},
    follower::Wake,
    frame::BODY_MAX,
};

/// At most so many batches share one sync: enough to amortise it, few enough to keep the slowest waiter short.
const GROUP: usize = 256;
/// A group stops growing at this size in bytes, which bounds what one frame holds in memory.
const GROUP_BYTES: usize = 4 << 20;
/// Batches that may wait for the writer; further callers block, which is the store's back-pressure.
const QUEUE: usize = 1_024;

/// A batch in line.
pub(crate) struct Request {
    pub(crate) batch: Batch,
    /// The refusals that its maker knew of.
    refusals: u64,
    answer: Answer,
}

enum Order {
    Write(Request),
    /// Only look after the files.
    Look,
    /// Everything before it was written: end.
    Stop,
    Compact(Answer),
    Rotate(DataKey, Answer),
}

/// A queued batch. It goes to the disk whether or not anyone waits.
#[must_use = "a batch counts only once `wait` has said so"]
pub struct Pending(Waiting);

impl Pending {
    /// Blocks until the batch is on the disk.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::File`], [`Error::Sync`], [`Error::BatchTooLarge`] and others of the disk: it was
    /// not acknowledged. A later batch is tried again: see [`crate::Store::refusals`]. [`Error::WriterStopped`]: the
    /// store must be opened again.
    pub fn wait(self) -> Result<(), Error> {
        self.0.wait()
    }
}

/// What the writer writes to: journal and index, or a disk that fails on demand in tests.
pub(crate) trait Sink: Send + 'static {
    /// Before anything else. `wake` may be called from any thread; [`Sink::tend`] follows.
    fn begin(&mut self, _wake: Wake) -> Result<(), Error> {
        Ok(())
    }
    /// The whole group, on the disk when it returns; as if nothing had been tried when it fails.
    fn write(&mut self, group: &mut [Request]) -> Result<(), Error>;
    /// Looks after the files once the callers have their answers.
    fn tend(&mut self);
    fn compact(&mut self) -> Result<(), Error>;
    fn rotate(&mut self, key: &DataKey) -> Result<(), Error>;
    /// The end of it.
    fn close(self);
}

/// The one thread that writes. No timer: the sync of one group is the time in which the next one gathers.
pub(crate) struct Writer<S> {
    queue: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<S>>,
    refusals: Arc<AtomicU64>,
}

impl<S: Sink> Writer<S> {
    pub(crate) fn start(mut sink: S) -> Result<Self, Error> {
        let (queue, orders) = sync_channel(QUEUE);
        let looks = queue.clone();
        // A full queue means that the writer is at work, and it looks after each group.
        sink.begin(Box::new(move || drop(looks.try_send(Order::Look))))?;
        let refusals = Arc::new(AtomicU64::new(0));
        let run = Run { sink, refusals: Arc::clone(&refusals), last: None };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run.run(&orders))
            .map_err(|e| Error::file("store-writer", e))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), refusals })
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::SeqCst)
    }

    pub(crate) fn queue(&self, refusals: u64, batch: Batch) -> Pending {
        self.order(|answer| Order::Write(Request { batch, refusals, answer }))
    }

    pub(crate) fn compact(&self) -> Pending {
        self.order(Order::Compact)
    }

    pub(crate) fn rotate(&self, key: DataKey) -> Pending {
        self.order(|answer| Order::Rotate(key, answer))
    }

    fn order(&self, order: impl FnOnce(Answer) -> Order) -> Pending {
        let (answer, waiting) = answer();
        if let Some(queue) = &self.queue {
            // A thread that has ended drops the order and with it `answer`: `wait` then says WriterStopped.
            let _ = queue.send(order(answer));
        }
        Pending(waiting)
    }

    /// Writes what is still queued and closes the sink.
    pub(crate) fn stop(&mut self) {
        if let Some(queue) = self.queue.take() {
            let _ = queue.send(Order::Stop);
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(sink)) => sink.close(),
            Some(Err(_)) => tracing::error!("the store's writer thread panicked"),
            None => {}
        }
    }
}

struct Run<S> {
    sink: S,
    refusals: Arc<AtomicU64>,
    /// Why the last refused group was refused.
    last: Option<Error>,
}

impl<S: Sink> Run<S> {
    fn run(mut self, orders: &Receiver<Order>) -> S {
        let mut group = Vec::with_capacity(GROUP);
        while let Ok(first) = orders.recv() {
            let mut bytes = 0;
            let mut next = Some(first);
            let other = loop {
                match next.take() {
                    Some(Order::Write(request)) => bytes += self.gather(request, &mut group),
                    other => break other,
                }
                if group.len() >= GROUP || bytes >= GROUP_BYTES {
                    break None;
                }
                next = orders.try_recv().ok();
            };
            self.write(&mut group, bytes);
            match other {
                Some(Order::Compact(answer)) => answer.send(self.sink.compact()),
                Some(Order::Rotate(key, answer)) => answer.send(self.sink.rotate(&key)),
                Some(Order::Stop) => break,
                Some(Order::Write(_) | Order::Look) | None => self.sink.tend(),
            }
        }
        self.sink
    }

    /// Takes a request into the group, or refuses it. Returns its size in bytes.
    fn gather(&mut self, request: Request, group: &mut Vec<Request>) -> usize {
        let bytes = request.batch.bytes();
        let refused = if request.refusals != self.refusals.load(Ordering::SeqCst) {
            self.last.clone()
        } else {
            (bytes > BODY_MAX - GROUP_BYTES).then_some(Error::BatchTooLarge { bytes })
        };
        match refused {
            Some(error) => {
                if matches!(error, Error::BatchTooLarge { .. }) {
                    self.refuse(error.clone());
                }
                request.answer.send(Err(error));
                0
            }
            None => {
                group.push(request);
                bytes
            }
        }
    }

    fn write(&mut self, group: &mut Vec<Request>, bytes: usize) {
        if group.is_empty() {
            return;
        }
        // Empty batches only ask whether everything before them is on the disk, and here it is.
        let outcome = if bytes == 0 { Ok(()) } else { self.sink.write(group) };
        if let Err(error) = &outcome {
            tracing::error!(%error, "the store refuses a group");
            // Before anyone is answered: what is queued from now on may know of it.
            self.refuse(error.clone());
        }
        for request in group.drain(..) {
            // A caller that no longer waits is fine.
            request.answer.send(outcome.clone());
        }
    }

    fn refuse(&mut self, error: Error) {
        self.last = Some(error);
        self.refusals.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::AtomicUsize,
        mpsc::{Sender, channel},
    };

    use super::*;

    /// Keeps what was written; fails the groups that are asked for; a gate holds the first group back.
    struct Memory {
        written: Arc<Mutex<Vec<Vec<u8>>>>,
        groups: Arc<AtomicUsize>,
        fails: std::ops::Range<usize>,
        gate: Receiver<()>,
    }

    impl Sink for Memory {
        fn write(&mut self, group: &mut [Request]) -> Result<(), Error> {
            let _ = self.gate.recv();
            if self.fails.contains(&self.groups.fetch_add(1, Ordering::SeqCst)) {
                return Err(Error::DiskFull);
            }
            let mut written = self.written.lock().unwrap();
            written.extend(group.iter().flat_map(|r| r.batch.writes.iter().map(|(k, _)| k.clone())));
            Ok(())
        }
        fn tend(&mut self) {}
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
        gate: Sender<()>,
    }

    fn memory(fails: std::ops::Range<usize>) -> (Writer<Memory>, Seen) {
        let (gate, opens) = channel();
        let seen = Seen { written: Arc::default(), groups: Arc::default(), gate };
        let (written, groups) = (Arc::clone(&seen.written), Arc::clone(&seen.groups));
        (Writer::start(Memory { written, groups, fails, gate: opens }).unwrap(), seen)
    }

    fn batch(n: u32) -> Batch {
        Batch { writes: vec![(n.to_be_bytes().to_vec(), None)] }
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
        let asks = writer.queue(0, Batch::new());
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
        let (mut writer, seen) = memory(99..99);
        drop(seen.gate);
        let waiting: Vec<_> = (0..50).map(|n| writer.queue(0, batch(n))).collect();
        writer.stop();
        assert!(waiting.into_iter().all(|p| p.wait().is_ok()));
        let written = seen.written.lock().unwrap();
        assert_eq!((written.len(), written[50].as_slice()), (51, b"closed".as_slice()));
    }

    #[test]
    fn an_absurdly_large_batch_is_refused_alone() {
        let (writer, seen) = memory(99..99);
        drop(seen.gate);
        let huge = Batch { writes: vec![(vec![0; 300 << 20], None)] };
        assert!(
            matches!(writer.queue(0, huge).wait(), Err(Error::BatchTooLarge { bytes }) if bytes > 300 << 20)
        );
        writer.queue(writer.refusals(), batch(1)).wait().unwrap();
    }
}
