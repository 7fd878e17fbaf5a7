//! `cargo xtask bench live`: the vendor's own API. A retention run of 100,000 contacts beside the requests that it needs, the
//! memory of its plan, and what listing a contact costs beside the vendor's own SDK.
//!
//! What each figure means stands in `docs/benchmarks.md`.

mod list;
mod memory;
mod run;

use std::path::PathBuf;

use crate::{
    report::{self, Row},
    retention::ground::load,
};

pub use list::live_list;
pub use memory::live_plan;

const USAGE: &str = "cargo xtask bench live [retention|list]... [--sdk DIR]

  retention, list   only these; both when none is named
  --sdk DIR         where the official SDKs are installed; target/sdk by default";

/// Measures and prints; whether every target was met.
///
/// # Errors
/// A text for people when something could not be measured at all.
pub fn live(words: &[&str]) -> Result<bool, String> {
    let mut parts = Vec::new();
    let mut sdk = crate::client::installed_sdks();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            part @ ("retention" | "list") => parts.push(part),
            "--sdk" => sdk = PathBuf::from(words.next().ok_or(USAGE)?),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let mut rows = vec![Row::told("load average at the beginning", load())];
    if wanted("retention") {
        rows.extend(run::measure()?);
        rows.extend(memory::measure()?);
    }
    if wanted("list") {
        rows.extend(list::measure(&sdk)?);
    }
    rows.push(Row::told("load average at the end", load()));
    Ok(report::print("A live org's own API", &rows))
}
