//! `cargo xtask bench outbox`: what a durable acceptance costs beside the disk's own limit, how soon a long outbox is
//! open and how much memory it takes, and whether an idle one leaves the disk and the processor alone.
//!
//! What each figure means stands in `docs/benchmarks.md`.

mod accept;
mod child;
pub mod ground;
mod idle;
mod long;
pub mod raw;

use crate::report::{self, Row};

pub use child::outbox_child;

const USAGE: &str = "cargo xtask bench outbox [accept|long|idle]... [--million]

  accept, long, idle   only these; all of them when none is named
  --million            also a million entries, which takes some minutes more";

/// Measures and prints; whether every target was met.
///
/// # Errors
/// A text for people when something could not be measured at all.
pub fn outbox(words: &[&str]) -> Result<bool, String> {
    let (mut parts, mut million) = (Vec::new(), false);
    for word in words {
        match *word {
            part @ ("accept" | "long" | "idle") => parts.push(part),
            "--million" => million = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let mut rows = vec![Row::told("load average at the beginning", ground::load())];
    if wanted("accept") {
        rows.extend(accept::measure()?);
    }
    if wanted("long") {
        rows.extend(long::measure(million)?);
    }
    if wanted("idle") {
        eprintln!("idle now: {} s", idle::WATCHED.as_secs());
        rows.extend(idle::measure()?);
    }
    rows.push(Row::told("load average at the end", ground::load()));
    Ok(report::print("The outbox", &rows))
}
