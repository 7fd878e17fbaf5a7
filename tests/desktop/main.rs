//! The real window, driven through WebDriver: what a person does in it and what a person sees.
//!
//! Needs the page inside the binary and a display; `cargo xtask test` gives both, and runs the modules in two parts side by
//! side: a new one has to be named in one of them (`xtask/src/desktop.rs`). `cargo xtask desktop` does this part alone.
//! One story by hand:
//!
//! ```text
//! npm --prefix ui run build
//! xvfb-run -a -s "-screen 0 1440x960x24 -noreset" dbus-run-session -- \
//!   cargo test --features custom-protocol --test desktop -- --nocapture --test-threads=1 keyboard::
//! ```
//!
//! The names of the tests end with `in_the_real_window`, by which the other tests are run without them.

mod canary;
mod chat_lab;
mod harness;
mod hostile;
mod inputs;
mod interrupted;
mod keyboard;
mod live_org;
mod long_outbox;
mod native;
#[cfg(target_os = "linux")]
mod notice;
mod org;
mod page;
mod proof;
mod reach;
mod recorder;
mod script;
mod search;
mod states;
mod tour;
mod tray;
mod wire;
