//! One answer for one caller: a channel of the standard library would make room for thirty.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::Error;

type Outcome = Result<(), Error>;

struct Slot {
    outcome: Mutex<Option<Outcome>>,
    told: Condvar,
}

/// The side that answers. One that is dropped answers that the writer has stopped.
pub(crate) struct Answer(Option<Arc<Slot>>);

/// The side that waits.
pub(crate) struct Waiting(Arc<Slot>);

pub(crate) fn answer() -> (Answer, Waiting) {
    let slot = Arc::new(Slot { outcome: Mutex::new(None), told: Condvar::new() });
    (Answer(Some(Arc::clone(&slot))), Waiting(slot))
}

impl Answer {
    pub(crate) fn send(mut self, outcome: Outcome) {
        self.tell(outcome);
    }

    fn tell(&mut self, outcome: Outcome) {
        if let Some(slot) = self.0.take() {
            *slot.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            slot.told.notify_one();
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.tell(Err(Error::WriterStopped));
    }
}

impl Waiting {
    /// Blocks until there is an answer.
    pub(crate) fn wait(self) -> Outcome {
        let outcome = self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.0.told.wait_while(outcome, |outcome| outcome.is_none());
        told.unwrap_or_else(PoisonError::into_inner).take().unwrap_or(Err(Error::WriterStopped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_caller_is_answered_also_when_nobody_answers() {
        let (told, waiting) = answer();
        told.send(Err(Error::DiskFull));
        assert!(matches!(waiting.wait(), Err(Error::DiskFull)));
        let (dropped, waiting) = answer();
        std::thread::scope(|scope| {
            let caller = scope.spawn(|| waiting.wait());
            drop(dropped);
            assert!(matches!(caller.join().unwrap(), Err(Error::WriterStopped)));
        });
    }
}
