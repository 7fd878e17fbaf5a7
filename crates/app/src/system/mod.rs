//! What the operating system gives: clock, environment variables, login, log, and files that a person names.

pub(crate) mod clock;
pub(crate) mod dialect;
pub(crate) mod exports;
pub(crate) mod extra_roots;
pub(crate) mod given_text;
pub(crate) mod logging;
pub(crate) mod login;
pub(crate) mod network;
pub(crate) mod outputs;
pub(crate) mod variables;
