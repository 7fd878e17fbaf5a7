//! Keys of messages that were told already, the newest of them: memory is bounded however long an org repeats itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// More than a walk through the history can bring (`walk.rs`), so that what was told is known as long as it can come again.
const MOST_KEYS: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Seen {
    keys: HashMap<Arc<str>, u32>,
    order: VecDeque<Arc<str>>,
    epoch: u32,
}

impl Seen {
    /// A session is ready: what comes from now on is of a later epoch.
    pub(super) fn next_epoch(&mut self) -> u32 {
        self.epoch = self.epoch.saturating_add(1);
        self.epoch
    }

    /// `false` when it was there already.
    pub(super) fn insert(&mut self, key: &str) -> bool {
        if self.keys.contains_key(key) {
            return false;
        }
        let key: Arc<str> = key.into();
        self.keys.insert(Arc::clone(&key), self.epoch);
        self.order.push_back(key);
        if self.order.len() > MOST_KEYS
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
        true
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// Whether it came since the session was last ready.
    pub(super) fn is_of_now(&self, key: &str) -> bool {
        self.keys.get(key).is_some_and(|at| *at == self.epoch)
    }

    /// Whether it was there before that epoch.
    pub(super) fn before(&self, key: &str, epoch: u32) -> bool {
        self.keys.get(key).is_some_and(|at| *at < epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_new_once_and_the_memory_is_bounded() {
        let mut seen = Seen::default();
        assert!(seen.insert("a") && !seen.insert("a"));
        let epoch = seen.next_epoch();
        assert!(seen.before("a", epoch) && !seen.before("b", epoch));
        (0..10_000).for_each(|n| assert!(seen.insert(&n.to_string())));
        assert_eq!((seen.keys.len(), seen.order.len()), (MOST_KEYS, MOST_KEYS));
        assert!(!seen.contains("a") && seen.contains("9999"));
    }
}
