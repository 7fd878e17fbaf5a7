//! Reading fields of a body.

use serde::{Deserialize, Deserializer};

/// A field that may be left out but, where it stands, is of its type: `null` is none.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}
