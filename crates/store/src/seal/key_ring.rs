use super::data_key::{DataKey, KeyId};

/// The data keys that may open a folder. The folder names the one that seals new values.
///
/// While a key is being replaced the old and the new one are both here, so that a crash in between costs nothing;
/// keys of the past stay for files that were sealed under them. A new folder takes the first.
#[derive(Debug, Clone)]
pub struct KeyRing(Vec<DataKey>);

impl KeyRing {
    /// A ring of one key.
    #[must_use]
    pub fn new(key: DataKey) -> Self {
        Self(vec![key])
    }

    /// The ring with one more key.
    #[must_use]
    pub fn with(mut self, key: DataKey) -> Self {
        if self.get(key.id()).is_none() {
            self.0.push(key);
        }
        self
    }

    pub(crate) fn first(&self) -> &DataKey {
        self.0.first().expect("a ring begins with a key and loses none")
    }

    pub(crate) fn get(&self, id: KeyId) -> Option<&DataKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &DataKey> {
        self.0.iter()
    }
}

impl From<&DataKey> for KeyRing {
    fn from(key: &DataKey) -> Self {
        Self::new(key.clone())
    }
}

impl From<&KeyRing> for KeyRing {
    fn from(ring: &KeyRing) -> Self {
        ring.clone()
    }
}
