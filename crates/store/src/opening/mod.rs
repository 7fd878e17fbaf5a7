//! Opening a folder: what is trusted, what is made anew, and what is told of it.

pub(crate) mod clean_shutdown;
pub(crate) mod folder;
pub(crate) mod loss;
pub(crate) mod open;
pub(crate) mod rebuild;
pub(crate) mod recovery;
pub(crate) mod schema;

pub(crate) use self::{
    clean_shutdown::CleanShutdown,
    folder::{Terms, UNREPORTED_LOSS},
    recovery::Recovery,
};
