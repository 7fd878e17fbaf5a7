//! The key that a store is sealed under.

/// The name of the data key in the connection's secret store.
pub(crate) const DATA_KEY: &str = "data-key";
