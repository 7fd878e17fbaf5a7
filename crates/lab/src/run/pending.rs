use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// How many messages wait for a step at most; the oldest go.
const MOST: usize = 2_000;

/// How many bytes their texts have at most; the oldest go.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The order of texts: by `channel.time`, else as if sent with the one before it; among equals as they came.
pub type Order = (Option<DateTime<Utc>>, u64);

/// Texts of the other side that no step has used up. A wait looks at each of them once.
#[derive(Debug, Default)]
pub struct Pending {
    texts: BTreeMap<Order, String>,
    bytes: usize,
    newest: Order,
    /// Those that the wait that is under way has not looked at.
    fresh: Vec<Order>,
}

impl Pending {
    /// In the order of their time.
    pub fn texts(&self) -> Vec<&str> {
        self.texts.values().map(String::as_str).collect()
    }

    /// Takes a text that came.
    pub fn push(&mut self, at: Option<DateTime<Utc>>, text: String) {
        let before = if self.texts.is_empty() { None } else { self.newest.0 };
        self.newest = (at.or(before), self.newest.1 + 1);
        self.bytes += text.len();
        self.texts.insert(self.newest, text);
        self.fresh.push(self.newest);
        while self.texts.len() > MOST || self.bytes > MOST_BYTES {
            let Some((_, oldest)) = self.texts.pop_first() else { break };
            self.bytes -= oldest.len();
        }
        // Of those that went nothing is looked at any more.
        if self.fresh.len() > 2 * MOST {
            self.fresh.retain(|order| self.texts.contains_key(order));
        }
    }

    /// A wait begins: it looks at all that is there.
    pub fn look_anew(&mut self) {
        self.fresh = self.texts.keys().copied().collect();
    }

    /// What the wait has not looked at yet, in the order of time. None of it is told twice.
    pub fn fresh(&mut self) -> Vec<(Order, &str)> {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable();
        fresh.into_iter().filter_map(|order| Some((order, self.texts.get(&order)?.as_str()))).collect()
    }

    /// Uses up a text and all that are not later.
    pub fn use_up(&mut self, order: Order) {
        let mut later = self.texts.split_off(&order);
        later.remove(&order);
        self.bytes = later.values().map(String::len).sum();
        self.texts = later;
    }

    /// Uses up all.
    pub fn clear(&mut self) {
        let newest = self.newest;
        *self = Self { newest, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_looked_at_once_in_the_order_of_time() {
        let mut pending = Pending::default();
        let at = |n: i64| DateTime::from_timestamp(n, 0);
        pending.push(at(2), "b".into());
        pending.push(at(1), "a".into());
        assert_eq!(pending.fresh().iter().map(|(_, text)| *text).collect::<Vec<_>>(), ["a", "b"]);
        assert!(pending.fresh().is_empty());
        pending.push(None, "with a".into());
        let order = pending.fresh()[0].0;
        pending.use_up(order);
        assert_eq!(pending.texts(), ["b"]);
        (0..10_000).for_each(|n| pending.push(at(n), "x".repeat(100_000)));
        assert_eq!((pending.texts.len(), pending.bytes), (167, 16_700_000));
        assert!(pending.fresh.len() <= 2 * MOST && pending.texts.last_key_value().unwrap().0.0 == at(9_999));
    }
}
