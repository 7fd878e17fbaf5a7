use std::{
    marker::PhantomData,
    ops::{Bound, RangeBounds},
    sync::Arc,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::Error,
    index::MergedRange,
    limits::MAX_SEALED_BYTES,
    log::Body,
    seal::{SEAL_OVERHEAD, associated_data},
    store_inner::StoreInner,
    table_key::Key,
};

/// A typed part of the store. Cheap to clone; reads see every batch that was acknowledged.
pub struct Table<K, V> {
    pub(crate) name: &'static str,
    pub(crate) inner: Arc<StoreInner>,
    pub(crate) types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self { name: self.name, inner: Arc::clone(&self.inner), types: PhantomData }
    }
}

impl<K: Key, V: Serialize + DeserializeOwned> Table<K, V> {
    /// The value under a key.
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let stored = self.stored_key(key);
        let found = self.inner.index.get(&stored).map_err(|e| Error::read(self.name, e))?;
        found.map(|bytes| self.open(&stored, &bytes)).transpose()
    }

    /// Everything in the order of the keys. One damaged entry is one `Err`; the rest still comes.
    pub fn iter(&self) -> impl Iterator<Item = Result<(K, V), Error>> + use<K, V> {
        self.range(..)
    }

    /// The entries in a range of keys, in their order.
    pub fn range<R: RangeBounds<K>>(
        &self,
        keys: R,
    ) -> impl Iterator<Item = Result<(K, V), Error>> + use<K, V, R> {
        let start = match keys.start_bound().map(|key| self.stored_key(key)) {
            Bound::Unbounded => Bound::Included(prefix(self.name)),
            bound => bound,
        };
        let end = match keys.end_bound().map(|key| self.stored_key(key)) {
            Bound::Unbounded => {
                let mut after = prefix(self.name);
                *after.last_mut().expect("a prefix ends with a 0 byte") = 1;
                Bound::Excluded(after)
            }
            bound => bound,
        };
        let table = self.clone();
        MergedRange::over(&self.inner.index, (start, end)).map(move |item| table.entry(item))
    }

    fn entry(&self, item: std::io::Result<(Vec<u8>, Vec<u8>)>) -> Result<(K, V), Error> {
        let (stored, bytes) = item.map_err(|e| Error::read(self.name, e))?;
        let key = stored.get(self.name.len() + 1..).and_then(K::decode);
        let key = key.ok_or(Error::Damaged(self.name))?;
        Ok((key, self.open(&stored, &bytes)?))
    }

    fn open(&self, stored: &[u8], bytes: &[u8]) -> Result<V, Error> {
        let plain = self.inner.sealer.open(&associated_data(stored), bytes);
        let plain = plain.map_err(|e| e.or(Error::Damaged(self.name)))?;
        rmp_serde::from_slice(&plain).map_err(|_| Error::Form(self.name))
    }

    /// The key as the log and the index have it.
    fn stored_key(&self, key: &K) -> Vec<u8> {
        let mut stored = prefix(self.name);
        key.encode(&mut stored);
        stored
    }
}

/// One index holds every table: the name and a 0 byte begin each key.
fn prefix(name: &str) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(name.len() + 64);
    prefix.extend_from_slice(name.as_bytes());
    prefix.push(0);
    prefix
}

/// Room for most values, in bytes, so that writing one down does not copy it again and again.
const USUAL: usize = 768;

/// Writes that happen all or not at all. Later writes to the same key win.
#[derive(Default)]
pub struct Batch {
    pub(crate) body: Body,
}

impl Batch {
    /// An empty batch. Committing one waits for everything that was queued before it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Seals the value and adds it.
    ///
    /// # Errors
    /// [`Error::Encode`], or [`Error::TooLarge`] over [`MAX_SEALED_BYTES`]; the batch is as before.
    pub fn put<K, V>(&mut self, table: &Table<K, V>, key: &K, value: &V) -> Result<(), Error>
    where
        K: Key,
        V: Serialize + DeserializeOwned,
    {
        let stored = table.stored_key(key);
        let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(USUAL));
        rmp_serde::encode::write_named(&mut *plain, value).map_err(|_| Error::Encode(table.name))?;
        let bytes = plain.len() + SEAL_OVERHEAD;
        if bytes > MAX_SEALED_BYTES {
            return Err(Error::TooLarge { table: table.name, bytes });
        }
        let cipher = table.inner.sealer.current();
        self.body.put_with(&stored, bytes, |out| cipher.seal_into(out, &associated_data(&stored), &plain));
        Ok(())
    }

    /// Adds the removal of a key; one that is not there is fine.
    pub fn remove<K, V>(&mut self, table: &Table<K, V>, key: &K)
    where
        K: Key,
        V: Serialize + DeserializeOwned,
    {
        self.body.remove(&table.stored_key(key));
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{seal::data_key::DataKey, store::Store};

    #[test]
    fn a_value_that_was_changed_or_moved_is_an_error_and_the_rest_still_reads() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
        let table = store.table::<String, String>("note");
        for name in ["a", "b", "c", "d"] {
            let mut batch = Batch::new();
            batch.put(&table, &name.to_owned(), &"words".to_owned()).unwrap();
            store.commit(batch).unwrap();
        }
        assert!(store.settle());
        let base = table.inner.index.base();
        let mut bytes = base.get(b"note\0a\0\0").unwrap().unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        base.apply(b"note\0a\0\0", Some(&bytes)).unwrap();
        let moved = base.get(b"note\0d\0\0").unwrap().unwrap();
        base.apply(b"note\0b\0\0", Some(&moved)).unwrap();
        base.apply(b"note\0c\0\0", Some(b"short")).unwrap();
        base.apply(b"note\0no terminator", Some(b"junk")).unwrap();
        drop(base);
        for name in ["a", "b", "c"] {
            assert!(matches!(table.get(&name.to_owned()), Err(Error::Damaged("note"))), "{name}");
        }
        assert_eq!(table.get(&"d".to_owned()).unwrap().as_deref(), Some("words"));
        assert_eq!(table.iter().filter(Result::is_ok).count(), 1);
        assert_eq!(table.iter().count(), 5);
    }
}
