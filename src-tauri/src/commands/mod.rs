//! What the page may ask: each command checks its input, forwards it, and nothing else.

pub(crate) mod activity;
pub(crate) mod audit;
pub(crate) mod chat;
pub(crate) mod chat_lab;
pub(crate) mod connections;
pub(crate) mod conversations;
pub(crate) mod drafts;
pub(crate) mod gateway;
pub(crate) mod guests;
pub(crate) mod holds;
pub(crate) mod loss;
pub(crate) mod outbox;
pub(crate) mod retention;
pub(crate) mod scenarios;
pub(crate) mod system;

use std::sync::Arc;

pub(crate) use app::parse;
use tauri::State;

use crate::console::Console;

/// The console behind a command.
pub(crate) type ConsoleState<'a> = State<'a, Arc<Console>>;
