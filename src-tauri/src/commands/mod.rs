//! What the page may ask: each command checks its input, forwards it, and nothing else.

pub(crate) mod activity;
pub(crate) mod audit;
pub(crate) mod chat;
pub(crate) mod connections;
pub(crate) mod drafts;
pub(crate) mod gateway;
pub(crate) mod guests;
pub(crate) mod holds;
pub(crate) mod loss;
pub(crate) mod outbox;
pub(crate) mod retention;
pub(crate) mod system;

use std::{fmt::Display, str::FromStr, sync::Arc};

use app::Failure;
use tauri::State;

use crate::console::Console;

/// The console behind a command.
pub(crate) type ConsoleState<'a> = State<'a, Arc<Console>>;

/// Reads an id, or says which field is wrong and what is allowed.
pub(crate) fn parse<T>(field: &str, text: &str) -> Result<T, Failure>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|e: T::Err| Failure::field(field, e.to_string()))
}
