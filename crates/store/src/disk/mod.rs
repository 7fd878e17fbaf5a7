//! Files and folders: private ones, durable names, the file operations behind a trait, the lock of a folder.

pub(crate) mod durable;
pub(crate) mod folder_lock;
pub mod fs;
pub(crate) mod holder;
pub mod private;
pub(crate) mod sum;
pub(crate) mod whole_file;

pub(crate) use self::{
    fs::{Fs, FsFile, RealFs},
    holder::Holder,
    sum::Sum,
};
