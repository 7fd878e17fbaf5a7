//! Many guests at once.
