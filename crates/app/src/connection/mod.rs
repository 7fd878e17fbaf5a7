//! Connections and their folders: the list, edits, secrets, and what is remembered of a store.

pub(crate) mod access;
pub(crate) mod choice;
pub(crate) mod client_secrets;
pub(crate) mod connections;
pub(crate) mod contents;
pub(crate) mod data_key;
pub(crate) mod deployment;
#[cfg(test)]
pub(crate) mod edit_tests;
pub(crate) mod edits;
pub(crate) mod folder;
pub(crate) mod folder_trust;
pub(crate) mod former_folders;
pub(crate) mod org_key;
pub(crate) mod org_opening;
pub(crate) mod org_store;
#[cfg(test)]
pub(crate) mod org_tests;
pub(crate) mod rotate_key;
pub(crate) mod secret_binding;
pub(crate) mod store_floor;
