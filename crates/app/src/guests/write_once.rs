use std::{collections::VecDeque, future::Future, sync::Arc};

use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use crate::Result;

/// How many write ids are remembered. A page re-sends only what was in flight when it reloaded.
const REMEMBERED: usize = 256;

type Slot<T> = Arc<OnceCell<T>>;

/// Makes a write that is sent twice happen once: the page re-sends commands in flight when it reloads (tauri issue
/// 14154), so every write that is not idempotent by itself carries an id made by the caller.
pub(crate) struct WriteOnce<T> {
    slots: Mutex<VecDeque<(Uuid, Slot<T>)>>,
}

impl<T: Clone> WriteOnce<T> {
    pub(crate) fn new() -> Self {
        Self { slots: Mutex::new(VecDeque::new()) }
    }

    /// Runs `write` for this id, or hands out what it came to. A failed write is not remembered: it may be tried again.
    pub(crate) async fn run<F>(&self, id: Uuid, write: F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let slot = {
            let mut slots = self.slots.lock().await;
            if let Some((_, slot)) = slots.iter().find(|(known, _)| *known == id) {
                Arc::clone(slot)
            } else {
                let slot = Slot::default();
                slots.push_back((id, Arc::clone(&slot)));
                if slots.len() > REMEMBERED {
                    slots.pop_front();
                }
                slot
            }
        };
        slot.get_or_try_init(|| write).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::Failure;

    #[tokio::test]
    async fn the_same_write_twice_happens_once_and_both_get_its_answer() {
        let once = WriteOnce::new();
        let done = AtomicU32::new(0);
        let id = Uuid::from_u128(1);
        let write = || async { Ok(done.fetch_add(1, Ordering::SeqCst) + 10) };
        let (a, b) = tokio::join!(once.run(id, write()), once.run(id, write()));
        assert_eq!((a.unwrap(), b.unwrap()), (10, 10));
        assert_eq!(once.run(Uuid::from_u128(2), write()).await.unwrap(), 11);
    }

    #[tokio::test]
    async fn a_failed_write_may_be_tried_again() {
        let once: WriteOnce<u32> = WriteOnce::new();
        let id = Uuid::from_u128(1);
        assert!(once.run(id, async { Err(Failure::internal("disk on fire")) }).await.is_err());
        assert_eq!(once.run(id, async { Ok(5) }).await.unwrap(), 5);
    }
}
