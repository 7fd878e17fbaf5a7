//! The queue in front of the writer. Batches gather in groups while the group before them is synced (group commit), and a
//! group is answered with one call to the kernel, however many wait.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
};

use super::format::Body;
use crate::{error::Error, seal::DataKey};

/// At most so many batches share one sync: enough to amortise it, few enough to keep the slowest waiter short.
const GROUP: usize = 256;
/// A group stops growing at this size in bytes, which bounds what one frame holds in memory.
pub(crate) const GROUP_BYTES: usize = 4 << 20;
/// Batches that may wait for the writer; further callers block, which is the store's back-pressure.
const ROOM: usize = 1_024;

/// What the writer is asked to do.
pub(crate) enum Command {
    Write(Group),
    /// Only maintain the files.
    Maintain,
    /// End, now that everything before it was written.
    Stop,
    Compact(Answer),
    Rotate(DataKey, Answer),
}

/// A batch in the queue.
pub(crate) struct Request {
    pub(crate) body: Body,
    /// The refusals that its maker knew of.
    pub(crate) refusals: u64,
}

/// Batches that share one sync and one answer.
pub(crate) struct Group {
    pub(crate) requests: Vec<Request>,
    bytes: usize,
    pub(crate) answer: Answer,
}

impl Group {
    fn has_room(&self) -> bool {
        self.requests.len() < GROUP && self.bytes < GROUP_BYTES
    }
}

/// What became of a group: the same for all but those that were refused by themselves, told by their number.
struct Outcome {
    all: Result<(), Error>,
    refused: Vec<(usize, Error)>,
}

/// The side that answers. One that is dropped answers that the writer has stopped.
pub(crate) struct Answer(Arc<OnceLock<Outcome>>);

impl Answer {
    fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn send(self, all: Result<(), Error>) {
        self.send_but(all, Vec::new());
    }

    /// Another answer for each of these numbers.
    pub(crate) fn send_but(self, all: Result<(), Error>, refused: Vec<(usize, Error)>) {
        // Nobody else sets it: whoever sends gives the answer away.
        let _ = self.0.set(Outcome { all, refused });
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // Does nothing after an answer.
        let _ = self.0.set(Outcome { all: Err(Error::WriterStopped), refused: Vec::new() });
    }
}

/// A queued batch. It goes to the disk whether or not anyone waits.
#[must_use = "a batch counts only once `wait` has said so"]
pub struct Pending {
    answer: Arc<OnceLock<Outcome>>,
    number: usize,
}

impl Pending {
    fn on(answer: &Answer, number: usize) -> Self {
        Self { answer: Arc::clone(&answer.0), number }
    }

    /// Blocks until the batch is on the disk.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::File`], [`Error::Sync`], [`Error::BatchTooLarge`] and others of the disk: it was
    /// not acknowledged. A later batch is tried again: see [`crate::Store::refusals`]. [`Error::WriterStopped`]: the
    /// store must be opened again.
    pub fn wait(self) -> Result<(), Error> {
        let Outcome { all, refused } = self.answer.wait();
        let own = refused.iter().find(|(number, _)| *number == self.number);
        own.map_or_else(|| all.clone(), |(_, error)| Err(error.clone()))
    }
}

/// Commands for the writer, in their order.
#[derive(Default)]
pub(crate) struct CommitQueue {
    state: Mutex<State>,
    /// There is a command, and the writer sleeps.
    work: Condvar,
    /// There is room for batches again.
    room: Condvar,
}

#[derive(Default)]
struct State {
    commands: VecDeque<Command>,
    /// Batches in the queue.
    batches: usize,
    sleeps: bool,
    ended: bool,
}

impl CommitQueue {
    /// Queues a batch; blocks while the queue is full.
    pub(crate) fn write(&self, request: Request) -> Pending {
        let full = |state: &mut State| state.batches >= ROOM && !state.ended;
        let waited = self.room.wait_while(self.lock(), full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if !matches!(state.commands.back(), Some(Command::Write(group)) if group.has_room()) {
            let group = Group { requests: Vec::new(), bytes: 0, answer: Answer::new() };
            self.put(&mut state, Command::Write(group));
        }
        let Some(Command::Write(group)) = state.commands.back_mut() else {
            // It has ended, and took nothing in.
            return Pending::on(&Answer::new(), 0);
        };
        let waiting = Pending::on(&group.answer, group.requests.len());
        group.bytes += request.body.len();
        group.requests.push(request);
        state.batches += 1;
        waiting
    }

    /// Queues another command, however full the queue is.
    pub(crate) fn command(&self, make: impl FnOnce(Answer) -> Command) -> Pending {
        let answer = Answer::new();
        let waiting = Pending::on(&answer, 0);
        self.put(&mut self.lock(), make(answer));
        waiting
    }

    /// Queues a command that nobody waits for.
    pub(crate) fn tell(&self, command: Command) {
        self.put(&mut self.lock(), command);
    }

    fn put(&self, state: &mut State, command: Command) {
        if state.ended {
            return;
        }
        state.commands.push_back(command);
        if state.sleeps {
            state.sleeps = false;
            self.work.notify_one();
        }
    }

    /// For the writer: the next command; waits for one.
    pub(crate) fn next(&self) -> Command {
        let mut state = self.lock();
        loop {
            if let Some(command) = state.commands.pop_front() {
                if let Command::Write(group) = &command {
                    let was_full = state.batches >= ROOM;
                    state.batches -= group.requests.len();
                    if was_full {
                        self.room.notify_all();
                    }
                }
                return command;
            }
            state.sleeps = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The writer has ended, in order or not: whoever still waits is told so.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let left = std::mem::take(&mut state.commands);
        drop(state);
        self.room.notify_all();
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change of it is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request { body: Body::default(), refusals: 0 }
    }

    fn group(command: Command) -> Group {
        match command {
            Command::Write(group) => group,
            _ => panic!("it was to be a group"),
        }
    }

    #[test]
    fn a_group_has_one_answer_and_those_refused_by_themselves_their_own() {
        let queue = CommitQueue::default();
        let (first, second) = (queue.write(request()), queue.write(request()));
        group(queue.next()).answer.send_but(Ok(()), vec![(1, Error::DiskFull)]);
        assert!(first.wait().is_ok());
        assert!(matches!(second.wait(), Err(Error::DiskFull)));
    }

    #[test]
    fn every_caller_is_answered_also_when_the_writer_is_gone() {
        let queue = CommitQueue::default();
        let (taken, queued, other) =
            (queue.write(request()), queue.write(request()), queue.command(Command::Compact));
        std::thread::scope(|scope| {
            let caller = scope.spawn(|| taken.wait());
            drop(queue.next());
            assert!(matches!(caller.join().unwrap(), Err(Error::WriterStopped)));
        });
        queue.end();
        for waiting in [queued, other, queue.write(request()), queue.command(Command::Compact)] {
            assert!(matches!(waiting.wait(), Err(Error::WriterStopped)));
        }
    }

    #[test]
    fn a_full_queue_lets_nobody_in_until_the_writer_takes_a_group() {
        let queue = CommitQueue::default();
        let mut waiting: Vec<_> = (0..ROOM).map(|_| queue.write(request())).collect();
        std::thread::scope(|scope| {
            let late = scope.spawn(|| queue.write(request()));
            let mut left = ROOM + 1;
            while left > 0 {
                let group = group(queue.next());
                left -= group.requests.len();
                group.answer.send(Ok(()));
                assert!(queue.lock().batches <= ROOM);
            }
            waiting.push(late.join().unwrap());
        });
        assert!(waiting.into_iter().all(|w| w.wait().is_ok()));
    }
}
