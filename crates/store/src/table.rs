use std::{
    marker::PhantomData,
    ops::{Bound, RangeBounds},
    sync::Arc,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Key, log::format::Body, seal::sealer::SealError, store::Core};

/// The largest sealed value in bytes. Larger ones could push a node of the tree over 128 KiB, and then sled puts
/// it into a file under `blobs/` that it never syncs.
pub const MAX_SEALED_BYTES: usize = 8 * 1_024;

/// A typed part of the store. Cheap to clone; reads see every batch that was acknowledged.
pub struct Table<K, V> {
    pub(crate) name: &'static str,
    pub(crate) core: Arc<Core>,
    pub(crate) types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self { name: self.name, core: Arc::clone(&self.core), types: PhantomData }
    }
}

impl<K: Key, V: Serialize + DeserializeOwned> Table<K, V> {
    /// The value under a key.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Damaged`], [`Error::WrongKey`] or [`Error::Form`].
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let place = self.place(key);
        let found =
            self.core.index().get(&place).map_err(|source| Error::Read { table: self.name, source })?;
        found.map(|bytes| self.open(&place, &bytes)).transpose()
    }

    /// Everything in the order of the keys. One damaged entry is one `Err`; the rest still comes.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Result<(K, V), Error>> + use<K, V> {
        self.range(..)
    }

    /// The entries in a range of keys, in their order.
    pub fn range<R: RangeBounds<K>>(
        &self,
        keys: R,
    ) -> impl DoubleEndedIterator<Item = Result<(K, V), Error>> + use<K, V, R> {
        let start = match keys.start_bound() {
            Bound::Included(key) => Bound::Included(self.place(key)),
            Bound::Excluded(key) => Bound::Excluded(self.place(key)),
            Bound::Unbounded => Bound::Included(prefix(self.name)),
        };
        let end = match keys.end_bound() {
            Bound::Included(key) => Bound::Included(self.place(key)),
            Bound::Excluded(key) => Bound::Excluded(self.place(key)),
            Bound::Unbounded => {
                let mut after = prefix(self.name);
                *after.last_mut().expect("a prefix ends with a 0 byte") = 1;
                Bound::Excluded(after)
            }
        };
        let table = self.clone();
        self.core.index().range((start, end)).map(move |item| table.entry(item))
    }

    fn entry(&self, item: Result<(Vec<u8>, Vec<u8>), sled::Error>) -> Result<(K, V), Error> {
        let (place, bytes) = item.map_err(|source| Error::Read { table: self.name, source })?;
        let key = place.get(self.name.len() + 1..).and_then(K::decode);
        let key = key.ok_or(Error::Damaged { table: self.name })?;
        Ok((key, self.open(&place, &bytes)?))
    }

    fn open(&self, place: &[u8], bytes: &[u8]) -> Result<V, Error> {
        let plain = self.core.sealer.open(&bound(place), bytes).map_err(|e| match e {
            SealError::Damaged => Error::Damaged { table: self.name },
            SealError::WrongKey => Error::WrongKey,
        })?;
        rmp_serde::from_slice(&plain).map_err(|_| Error::Form { table: self.name })
    }

    fn place(&self, key: &K) -> Vec<u8> {
        let mut place = prefix(self.name);
        key.encode(&mut place);
        place
    }
}

/// One sled tree holds every table (fewer trees are cheaper): the name and a 0 byte begin each key.
fn prefix(name: &str) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(name.len() + 64);
    prefix.extend_from_slice(name.as_bytes());
    prefix.push(0);
    prefix
}

/// Room for most values, in bytes, so that writing one down does not copy it again and again.
const USUAL: usize = 768;

/// The form of sealed values, which the schemas 1 and 2 share.
const VALUE_FORM: u32 = 1;

/// What a value is bound to: form, table and key. A table's name holds no 0 byte, so this is unambiguous.
pub(crate) fn bound(place: &[u8]) -> Vec<u8> {
    let mut bound = VALUE_FORM.to_be_bytes().to_vec();
    bound.extend_from_slice(place);
    bound
}

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
        let place = table.place(key);
        let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(USUAL));
        rmp_serde::encode::write_named(&mut *plain, value)
            .map_err(|_| Error::Encode { table: table.name })?;
        let bytes = plain.len() + crate::seal::sealer::SEAL_OVERHEAD;
        if bytes > MAX_SEALED_BYTES {
            return Err(Error::TooLarge { table: table.name, bytes });
        }
        let cipher = table.core.sealer.current();
        self.body.put_with(&place, bytes, |out| cipher.seal_into(out, &bound(&place), &plain));
        Ok(())
    }

    /// Adds the removal of a key; one that is not there is fine.
    pub fn remove<K, V>(&mut self, table: &Table<K, V>, key: &K)
    where
        K: Key,
        V: Serialize + DeserializeOwned,
    {
        self.body.remove(&table.place(key));
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }
}
