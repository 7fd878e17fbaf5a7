use std::{
    collections::BTreeMap,
    io,
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use super::index_trait::{Entries, Index, IndexKind, Range};

/// An index in memory: answers while none can be written to the disk.
#[derive(Default)]
pub(crate) struct MemoryIndex(RwLock<BTreeMap<Vec<u8>, Vec<u8>>>);

impl MemoryIndex {
    pub(crate) fn make() -> Arc<dyn Index> {
        Arc::new(Self::default())
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index for MemoryIndex {
    fn get(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        Ok(self.read().get(key).cloned())
    }

    fn range(self: Arc<Self>, mut range: Range) -> Entries {
        // Looks for its place anew at each step, so that the map is not locked in between.
        Box::new(std::iter::from_fn(move || {
            let (key, value) = within(&self.read(), &range)?.next().map(|(k, v)| (k.clone(), v.clone()))?;
            range.0 = Bound::Excluded(key.clone());
            Some(Ok((key, value)))
        }))
    }

    fn apply(&self, key: &[u8], value: Option<&[u8]>) -> io::Result<Option<usize>> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = match value {
            Some(value) => map.insert(key.to_vec(), value.to_vec()),
            None => map.remove(key),
        };
        Ok(before.map(|value| value.len()))
    }

    fn kind(&self) -> IndexKind {
        IndexKind::Memory
    }
}

/// The entries of a range; `None` for one that ends before it begins, at which the map would panic.
pub(crate) fn within<'a, V>(
    map: &'a BTreeMap<Vec<u8>, V>,
    range: &Range,
) -> Option<impl Iterator<Item = (&'a Vec<u8>, &'a V)> + use<'a, V>> {
    let empty = match (&range.0, &range.1) {
        (Bound::Included(a), Bound::Included(b)) => a > b,
        (Bound::Excluded(a) | Bound::Included(a), Bound::Excluded(b) | Bound::Included(b)) => a >= b,
        _ => false,
    };
    (!empty).then(|| map.range::<Vec<u8>, _>(range.clone()))
}
