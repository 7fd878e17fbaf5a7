//! `cargo xtask bench PART`: measures a part beside a baseline in the same run and prints ratios.
//!
//! A figure means nothing without its machine, so every report begins with it. One file a part.

mod client;
mod gateway;
mod lab;
mod live;
mod outbox;
mod report;
mod retention;
mod simulator;

use std::process::ExitCode;

/// A part: its name on the command line, what it measures, and how. It returns whether every target was met.
type Part = (&'static str, &'static str, fn(&[&str]) -> Result<bool, String>);

const PARTS: &[Part] = &[
    (
        "client",
        "the client: budget use, a person's wait, processor time beside the SDKs, cold start",
        client::client,
    ),
    // Without a description: a child process of another part, not for people.
    ("client-gets", "", client::client_gets),
    (
        "gateway",
        "the chat gateway: a durable 202 at a thousand a second, memory under a dead org",
        gateway::gateway,
    ),
    ("gateway-bare", "", gateway::gateway_bare),
    (
        "lab",
        "scenario files and a thousand guests on the guest socket, beside bare tokio-tungstenite",
        lab::lab,
    ),
    ("lab-bare", "", lab::lab_bare),
    (
        "live",
        "the vendor's own API: a run of 100,000 contacts, the memory of its plan, a listed contact beside the SDK",
        live::live,
    ),
    ("live-list", "", live::live_list),
    ("live-plan", "", live::live_plan),
    (
        "outbox",
        "the outbox: durable acceptance beside the disk's limit, a long outbox, an idle one",
        outbox::outbox,
    ),
    ("outbox-child", "", outbox::outbox_child),
    (
        "retention",
        "retention: a run beside the best that the limit allows, memory of a large plan, overhead of the books",
        retention::retention,
    ),
    ("retention-plans", "", retention::retention_plans),
    (
        "simulator",
        "a million guests: start, memory, and pages by filter, sort and depth",
        simulator::simulator,
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let part =
        words.split_first().and_then(|(name, rest)| Some((PARTS.iter().find(|p| p.0 == *name)?, rest)));
    match part.map(|((_, _, measure), rest)| measure(rest)) {
        Some(Ok(true)) => ExitCode::SUCCESS,
        Some(Ok(false)) => ExitCode::FAILURE,
        Some(Err(why)) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("cargo xtask bench PART\n");
            for (name, what, _) in PARTS.iter().filter(|part| !part.1.is_empty()) {
                eprintln!("  {name:12} {what}");
            }
            ExitCode::from(2)
        }
    }
}
