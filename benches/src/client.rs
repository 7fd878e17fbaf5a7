//! `cargo xtask bench client`: how well the client of the org spends its rate budget, how long a person waits, what a
//! call costs beside the vendor's own SDKs, and how soon a cold client has its first answer.
//!
//! What each figure means stands in `docs/benchmarks.md`. What happened is always asked of the org's ledger.

mod budget;
mod by_hand;
pub mod child;
mod cold;
mod cost;
pub mod ground;
mod judge;
mod person;
mod scripts;

use std::path::PathBuf;

use crate::report::{self, Row};

pub use cost::client_gets;

const USAGE: &str = "cargo xtask bench client [budget|person|cost|cold]... [--simulated] [--sdk DIR]

  budget, person, cost, cold   only these; all of them when none is named
  --simulated                  leave out what runs in real time (three minutes)
  --sdk DIR                    where the official SDKs are installed; target/sdk by default";

/// What the command line asked for.
struct Asked<'a> {
    parts: Vec<&'a str>,
    real: bool,
    sdk: PathBuf,
}

/// Measures and prints; whether every target was met.
///
/// # Errors
/// A text for people when something could not be measured at all.
pub fn client(words: &[&str]) -> Result<bool, String> {
    let asked = read(words)?;
    let wanted = |part: &str| asked.parts.is_empty() || asked.parts.contains(&part);
    let mut rows: Vec<Row> = Vec::new();
    if wanted("cold") {
        rows.extend(cold::measure()?);
    }
    if wanted("cost") {
        rows.extend(cost::measure(&asked.sdk)?);
    }
    if wanted("budget") {
        rows.extend(budget::simulated()?);
    }
    if wanted("person") {
        rows.extend(person::simulated()?);
    }
    if asked.real && (wanted("budget") || wanted("person")) {
        eprintln!("in real time now: {} windows of a minute", ground::REAL_WINDOWS);
        rows.extend(real(wanted("budget"), wanted("person"))?);
    }
    Ok(report::print("The client of the org", &rows))
}

/// All that needs real minutes, at the same time, each against an org of its own.
fn real(budget: bool, person: bool) -> Result<Vec<Row>, String> {
    let runtime = ground::runtime()?;
    let (of_budget, of_person) = runtime.block_on(async {
        let of_budget = async { if budget { budget::real().await } else { Ok(Vec::new()) } };
        let of_person = async { if person { person::real().await } else { Ok(Vec::new()) } };
        tokio::join!(of_budget, of_person)
    });
    Ok([of_budget?, of_person?].concat())
}

fn read<'a>(words: &[&'a str]) -> Result<Asked<'a>, String> {
    let mut asked = Asked { parts: Vec::new(), real: true, sdk: installed_sdks() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            part @ ("budget" | "person" | "cost" | "cold") => asked.parts.push(part),
            "--simulated" => asked.real = false,
            "--sdk" => asked.sdk = words.next().ok_or(USAGE)?.into(),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(asked)
}

/// Where `cargo xtask setup` installs the vendor's SDKs.
pub fn installed_sdks() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    target.join("sdk")
}
