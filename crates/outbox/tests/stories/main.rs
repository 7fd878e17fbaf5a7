//! The outbox on a real disk: accepting, delivering, doubt, history, and what kills and a full disk do to it.
//!
//! One program for all of them: it is linked once, and long tests of one file run beside those of the others.

mod doubt;
mod full_disk;
mod history;
mod kill;
mod read;
mod story;
mod wake;
