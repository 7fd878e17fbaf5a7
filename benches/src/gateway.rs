//! `cargo xtask bench gateway`: the chat gateway as it is shipped, in a process of its own over loopback: how long a page
//! waits for a durable 202 at a thousand a second, what share of the machine's own limit it reaches, and how much memory a
//! dead org can make it take.
//!
//! What each figure means stands in `docs/benchmarks.md`.

mod bare;
mod dead;
mod line;
mod message;
mod process;

use crate::{
    outbox::ground,
    report::{self, Row},
};

pub use bare::gateway_bare;

const USAGE: &str = "cargo xtask bench gateway [message|dead]...

  message, dead   only these; both when none is named";

/// Measures and prints; whether every target was met.
///
/// # Errors
/// A text for people when something could not be measured at all.
pub fn gateway(words: &[&str]) -> Result<bool, String> {
    if words.iter().any(|word| !["message", "dead"].contains(word)) {
        return Err(USAGE.to_owned());
    }
    let wanted = |part: &str| words.is_empty() || words.contains(&part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let mut rows = vec![Row::told("load average at the beginning", ground::load())];
    if wanted("message") {
        rows.extend(runtime.block_on(message::measure())?);
    }
    if wanted("dead") {
        rows.extend(runtime.block_on(dead::measure())?);
    }
    rows.push(Row::told("load average at the end", ground::load()));
    Ok(report::print("The chat gateway", &rows))
}
