use std::cmp::Ordering;

/// Rows per chunk; a chunk of twice as many splits in two.
const CHUNK: usize = if cfg!(test) { 16 } else { 512 };

/// Rows in an order that the caller keeps, which also know their rank, so that a page in the middle of a million
/// is found without walking to it. A list of chunks: insert and remove move at most one chunk, a rank adds up
/// chunk sizes.
///
/// The order is no part of it: every call that needs it brings a comparison, which may look outside the row. All
/// calls must agree, and no two rows may be equal in it.
pub(crate) struct Ordered<T> {
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Ordered<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Takes rows that are in order already, far faster than one by one.
    pub(crate) fn from_sorted(rows: impl ExactSizeIterator<Item = T>) -> Self {
        let len = rows.len();
        let mut chunks = Vec::with_capacity(len / CHUNK + 1);
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            chunks.push(rows.by_ref().take(CHUNK).collect());
        }
        Self { chunks, len }
    }

    /// `beside` says how a row stands to the new one; nothing happens when one is equal.
    pub(crate) fn insert(&mut self, row: T, beside: impl Fn(&T) -> Ordering) {
        if self.chunks.is_empty() {
            self.chunks.push(Vec::new());
        }
        let at = self.chunk_of(|row| beside(row).is_lt()).min(self.chunks.len() - 1);
        let chunk = &mut self.chunks[at];
        if let Err(place) = chunk.binary_search_by(beside) {
            chunk.insert(place, row);
            self.len += 1;
            if chunk.len() > 2 * CHUNK {
                let upper = chunk.split_off(CHUNK);
                self.chunks.insert(at + 1, upper);
            }
        }
    }

    /// `beside` says how a row stands to the one that goes.
    pub(crate) fn remove(&mut self, beside: impl Fn(&T) -> Ordering) {
        let at = self.chunk_of(|row| beside(row).is_lt());
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if let Ok(place) = chunk.binary_search_by(beside) {
            chunk.remove(place);
            self.len -= 1;
            if chunk.is_empty() {
                self.chunks.remove(at);
            }
        }
    }

    pub(crate) fn find(&self, beside: impl Fn(&T) -> Ordering) -> Option<&T> {
        let chunk = self.chunks.get(self.chunk_of(|row| beside(row).is_lt()))?;
        chunk.binary_search_by(beside).ok().map(|place| &chunk[place])
    }

    /// How many rows there are at the front of which this is true.
    pub(crate) fn rank(&self, before: impl Fn(&T) -> bool) -> usize {
        let at = self.chunk_of(&before);
        let whole: usize = self.chunks[..at].iter().map(Vec::len).sum();
        whole + self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(before))
    }

    /// The rows of these ranks, in order. Ranks beyond the end are none.
    pub(crate) fn ranks(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = &T> {
        self.slices(from, to).into_iter().flatten()
    }

    /// Of how many rows of these ranks `holds` is true: one pass over memory side by side.
    pub(crate) fn count(&self, from: usize, to: usize, holds: impl Fn(&T) -> bool) -> usize {
        self.slices(from, to).into_iter().map(|rows| among(rows, &holds)).sum()
    }

    fn slices(&self, from: usize, to: usize) -> Vec<&[T]> {
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
        slices
    }

    /// Of the rows that `holds` is true of, those after the first `skip`, at most `take`, in order; with `back`
    /// counted from the end and in reverse. Chunks before the page are only counted through.
    pub(crate) fn select(
        &self,
        holds: impl Fn(&T) -> bool,
        mut skip: usize,
        take: usize,
        back: bool,
    ) -> Vec<&T> {
        let mut page = Vec::new();
        for n in 0..self.chunks.len() {
            if page.len() == take {
                break;
            }
            let chunk = &self.chunks[if back { self.chunks.len() - 1 - n } else { n }];
            if skip > 0 {
                let here = among(chunk, &holds);
                if skip >= here {
                    skip -= here;
                    continue;
                }
            }
            let left = take - page.len();
            let found = chunk.iter().filter(|row| holds(row));
            if back {
                page.extend(found.rev().skip(skip).take(left));
            } else {
                page.extend(found.skip(skip).take(left));
            }
            skip = 0;
        }
        page
    }

    /// The first chunk whose last row is not before.
    fn chunk_of(&self, before: impl Fn(&T) -> bool) -> usize {
        self.chunks.partition_point(|chunk| chunk.last().is_some_and(&before))
    }
}

/// Adds instead of branching, so that the compiler can take several rows at once.
fn among<T>(rows: &[T], holds: impl Fn(&T) -> bool) -> usize {
    rows.iter().map(|row| usize::from(holds(row))).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_plain_ordered_set_does(
            first in proptest::collection::btree_set(0u32..5000, 0..3000),
            edits in proptest::collection::vec((any::<bool>(), 0u32..5000), 0..3000),
            from in 0usize..4000, to in 0usize..4000, key in 0u32..5000,
            (one_in, back) in (1u32..5, any::<bool>()),
        ) {
            let mut plain: BTreeSet<u32> = first;
            let mut ordered = Ordered::from_sorted(plain.iter().copied().collect::<Vec<_>>().into_iter());
            for (add, k) in edits {
                if add { plain.insert(k); ordered.insert(k, |row| row.cmp(&k)); }
                else { plain.remove(&k); ordered.remove(|row| row.cmp(&k)); }
            }
            prop_assert_eq!(ordered.len(), plain.len());
            prop_assert_eq!(ordered.rank(|row| *row < key), plain.range(..key).count());
            prop_assert_eq!(ordered.rank(|row| *row <= key), plain.range(..=key).count());
            prop_assert_eq!(ordered.find(|row| row.cmp(&key)), plain.get(&key));
            let take = to.saturating_sub(from);
            let wanted: Vec<u32> = plain.iter().copied().skip(from).take(take).collect();
            prop_assert_eq!(ordered.ranks(from, to).copied().collect::<Vec<_>>(), wanted.clone());
            let mut reverse: Vec<u32> = ordered.ranks(from, to).rev().copied().collect();
            reverse.reverse();
            prop_assert_eq!(&reverse, &wanted);
            let holds = |row: &u32| row.is_multiple_of(one_in);
            prop_assert_eq!(ordered.count(from, to, holds), wanted.into_iter().filter(holds).count());
            let mut some: Vec<u32> = plain.into_iter().filter(holds).collect();
            if back { some.reverse(); }
            let wanted: Vec<u32> = some.into_iter().skip(from).take(take).collect();
            let found = ordered.select(holds, from, take, back);
            prop_assert_eq!(found.into_iter().copied().collect::<Vec<_>>(), wanted);
        }
    }
}
