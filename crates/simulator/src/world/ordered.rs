use std::ops::Bound;

/// Keys per chunk; a full chunk splits in two.
const CHUNK: usize = 512;

/// Distinct keys in order that also know their rank, so that a page in the middle of a million is found without
/// walking to it. A list of sorted chunks: insert and remove move at most one chunk, a rank adds up chunk sizes.
pub(crate) struct Ordered<K> {
    chunks: Vec<Vec<K>>,
    len: usize,
}

impl<K: Ord> Ordered<K> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Takes many keys at once, far faster than one by one.
    pub(crate) fn from_unsorted(mut keys: Vec<K>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let len = keys.len();
        let mut chunks = Vec::with_capacity(len / CHUNK + 1);
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            chunks.push(keys.by_ref().take(CHUNK).collect());
        }
        Self { chunks, len }
    }

    pub(crate) fn insert(&mut self, key: K) {
        if self.chunks.is_empty() {
            self.chunks.push(Vec::new());
        }
        let at = self.chunk_of(&key).min(self.chunks.len() - 1);
        let chunk = &mut self.chunks[at];
        if let Err(place) = chunk.binary_search(&key) {
            chunk.insert(place, key);
            self.len += 1;
            if chunk.len() > 2 * CHUNK {
                let upper = chunk.split_off(CHUNK);
                self.chunks.insert(at + 1, upper);
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        let at = self.chunk_of(key);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if let Ok(place) = chunk.binary_search(key) {
            chunk.remove(place);
            self.len -= 1;
            if chunk.is_empty() {
                self.chunks.remove(at);
            }
        }
    }

    /// How many keys lie before this bound: those below the key, and with `Excluded` the key too.
    pub(crate) fn rank(&self, bound: Bound<&K>) -> usize {
        let (key, after) = match bound {
            Bound::Included(key) => (key, false),
            Bound::Excluded(key) => (key, true),
            Bound::Unbounded => return self.len,
        };
        let at = self.chunk_of(key);
        let before: usize = self.chunks[..at].iter().map(Vec::len).sum();
        let inside = self
            .chunks
            .get(at)
            .map_or(0, |chunk| chunk.partition_point(|k| if after { k <= key } else { k < key }));
        before + inside
    }

    /// The keys of these ranks, in order. Ranks beyond the end are none.
    pub(crate) fn ranks(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = &K> {
        let to = to.min(self.len);
        let (from, mut start) = (from.min(to), 0);
        let mut slices = Vec::new();
        for chunk in &self.chunks {
            if start >= to {
                break;
            }
            let end = start + chunk.len();
            if end > from {
                slices.push(&chunk[from.saturating_sub(start)..to.min(end) - start]);
            }
            start = end;
        }
        slices.into_iter().flatten()
    }

    /// The first chunk whose last key is not below this one.
    fn chunk_of(&self, key: &K) -> usize {
        self.chunks.partition_point(|chunk| chunk.last().is_some_and(|last| last < key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_plain_ordered_set_does(
            first in proptest::collection::vec(0u32..5000, 0..3000),
            edits in proptest::collection::vec((any::<bool>(), 0u32..5000), 0..3000),
            from in 0usize..4000, to in 0usize..4000, key in 0u32..5000,
        ) {
            let mut plain: BTreeSet<u32> = first.iter().copied().collect();
            let mut ordered = Ordered::from_unsorted(first);
            for (add, k) in edits {
                if add { plain.insert(k); ordered.insert(k); } else { plain.remove(&k); ordered.remove(&k); }
            }
            prop_assert_eq!(ordered.len(), plain.len());
            prop_assert_eq!(ordered.rank(Bound::Included(&key)), plain.range(..key).count());
            prop_assert_eq!(ordered.rank(Bound::Excluded(&key)), plain.range(..=key).count());
            let wanted: Vec<u32> = plain.iter().copied().skip(from).take(to.saturating_sub(from)).collect();
            prop_assert_eq!(ordered.ranks(from, to).copied().collect::<Vec<_>>(), wanted.clone());
            let mut back: Vec<u32> = ordered.ranks(from, to).rev().copied().collect();
            back.reverse();
            prop_assert_eq!(back, wanted);
        }
    }
}
