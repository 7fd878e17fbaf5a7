//! `cargo xtask bench lab`: scenario files and many guests at once, on the guest socket of a simulated org in a process of its
//! own, beside guests over bare tokio-tungstenite in the same run.
//!
//! What each figure means stands in `docs/benchmarks.md`.

mod bare;
mod process;
mod reply;

use std::{path::Path, process::Command, time::Duration};

use process::{Measured, Org, innkeeper, measure};

use crate::{
    outbox::ground,
    report::{self, Row},
};

pub use bare::lab_bare;

const USAGE: &str = "cargo xtask bench lab [file|load|reply|simulator]...

  file, load, reply, simulator   only these; all four when none is named";

/// What one turn of the bot takes in the file of two scenarios.
const BOT_DELAY: Duration = Duration::from_millis(50);

/// The limit on which the second scenario of the file fails.
const FAILING_LIMIT: Duration = Duration::from_secs(4);

const GUESTS: u32 = 1_000;
const MESSAGES: u32 = 10;

/// Measures and prints; whether every target was met.
///
/// # Errors
/// A text for people when something could not be measured at all.
pub fn lab(words: &[&str]) -> Result<bool, String> {
    if words.iter().any(|word| !["file", "load", "reply", "simulator"].contains(word)) {
        return Err(USAGE.to_owned());
    }
    let wanted = |part: &str| words.is_empty() || words.contains(&part);
    let mut rows = vec![Row::told("load average at the beginning", ground::load())];
    if wanted("file") {
        rows.extend(file()?);
    }
    if wanted("load") {
        rows.extend(load()?);
    }
    if wanted("reply") {
        rows.extend(reply::reply()?);
    }
    if wanted("simulator") {
        rows.extend(simulator()?);
    }
    rows.push(Row::told("load average at the end", ground::load()));
    Ok(report::print("The chat lab", &rows))
}

/// The two one-turn scenarios that took the peer 16.4 s, one of them failing on its limit of 4 s.
fn file() -> Result<Vec<Row>, String> {
    let folder = ground::scratch()?;
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).map(|()| path).map_err(|e| e.to_string())
    };
    let delay = BOT_DELAY.as_millis();
    let bot = format!(
        "rules:\n  - when: {{contains: hi}}\n    reply:\n      - {{text: \"Hello there\", after: {delay}ms}}\n"
    );
    let bot = write("bot.yaml", &bot)?;
    let scenarios = "scenarios:\n  answered:\n    - say: hi\n    - waitForReplyContaining: hello\n  \
                     not answered:\n    - say: hi\n    - waitForReplyContaining: goodbye\n";
    let scenarios = write("two.yaml", scenarios)?;
    let report = folder.path().join("report.html");
    let org = Org::start(Some(&bot), 2)?;
    let mut command = scenario(&org, "run", &scenarios)?;
    command.args(["--timeout", &FAILING_LIMIT.as_secs().to_string()]).arg("--report").arg(&report);
    let done = measure(command)?;
    let (passed, failed) = (done.last["passed"].as_u64(), done.last["failed"].as_u64());
    if (passed, failed, done.code) != (Some(1), Some(1), 1) {
        return Err(format!("one was to pass and one to fail: {}, exit code {}", done.last, done.code));
    }
    let least = FAILING_LIMIT + BOT_DELAY * 2;
    let over = done.took.saturating_sub(least).as_secs_f64();
    Ok(vec![
        Row::told("two scenarios, one after the other: what must pass, s", seconds(least)),
        Row::told("two scenarios: the whole run with its report, s (the peer: 16.4)", seconds(done.took)),
        Row::held("two scenarios: over what must pass, s", format!("{over:.2}"), "<= 1", over <= 1.0),
    ])
}

/// A thousand guests who write ten messages each, by our command and by the bare client, by turns.
fn load() -> Result<Vec<Row>, String> {
    let folder = ground::scratch()?;
    let file = folder.path().join("load.yaml");
    std::fs::write(&file, "scenarios:\n  load:\n    - say: hello\n").map_err(|e| e.to_string())?;
    let (ramp, pause) = (Duration::from_secs(5), Duration::from_millis(500));
    let org = Org::start(None, 2)?;
    let mut command = scenario(&org, "load", &file)?;
    let (guests, messages) = (GUESTS.to_string(), MESSAGES.to_string());
    command.args(["--guests", &guests, "--ramp", &ramp.as_secs().to_string(), "--messages", &messages]);
    let ours = measure(command)?;
    let bare = measure(self::bare(&org, bare::Load { guests: GUESTS, messages: MESSAGES, ramp, pause })?)?;
    let all = u64::from(GUESTS) * u64::from(MESSAGES);
    let count = |name: &str| ours.last[name].as_u64().unwrap_or(u64::MAX);
    let (ours_each, bare_each) = (micros_each(&ours, all), micros_each(&bare, all));
    let ratio = ours_each / bare_each;
    Ok(vec![
        Row::told(format!("{GUESTS} guests, {MESSAGES} messages each: the whole run, s"), seconds(ours.took)),
        Row::held(
            "messages delivered",
            count("delivered").to_string(),
            all.to_string(),
            count("delivered") == all,
        ),
        Row::held("messages lost", count("lost").to_string(), "0", count("lost") == 0),
        Row::held("messages doubled", count("doubled").to_string(), "0", count("doubled") == 0),
        Row::held(
            "most memory of the command, MiB",
            format!("{:.0}", ours.peak_mib),
            "<= 150",
            ours.peak_mib <= 150.0,
        ),
        Row::told("processor time a message, ours, us", format!("{ours_each:.0}")),
        Row::told("processor time a message, bare client, us", format!("{bare_each:.0}")),
        Row::held("ratio of the two", format!("{ratio:.1}"), "<= 3", ratio <= 3.0),
        Row::told("p95 of an echo, ours, ms", ours.last["p95Millis"].to_string()),
        Row::told(
            "p95 of an echo, bare client, ms",
            format!("{:.0}", bare.last["p95Millis"].as_f64().unwrap_or(0.0)),
        ),
    ])
}

/// How many messages a second the simulated org answers, over a thousand sockets of bare clients.
fn simulator() -> Result<Vec<Row>, String> {
    let org = Org::start(None, 1_000)?;
    let load = bare::Load {
        guests: GUESTS,
        messages: 50,
        ramp: Duration::from_secs(2),
        pause: Duration::from_millis(1),
    };
    let bare = measure(self::bare(&org, load)?)?;
    let delivered = bare.last["delivered"].as_f64().unwrap_or(0.0);
    let rate = delivered / bare.last["seconds"].as_f64().unwrap_or(f64::INFINITY);
    Ok(vec![
        Row::held(
            format!("simulator: messages answered a second over {GUESTS} sockets, ramp included"),
            format!("{rate:.0}"),
            ">= 5000",
            rate >= 5000.0 && delivered == f64::from(GUESTS * 50),
        ),
        Row::told("simulator: most memory, MiB", format!("{:.0}", org.peak_mib())),
    ])
}

fn scenario(org: &Org, what: &str, file: &Path) -> Result<Command, String> {
    let mut command = innkeeper()?;
    command.env("GC_BASE_URL", &org.origin).args(["--json", "scenario", what]).arg(file);
    command.args(["--deployment", &org.deployment]);
    Ok(command)
}

/// This program as the bare client.
fn bare(org: &Org, load: bare::Load) -> Result<Command, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    let address = org.origin.strip_prefix("http://").ok_or("the org serves no plain HTTP")?;
    command.args([
        "lab-bare",
        address,
        &org.deployment,
        &load.guests.to_string(),
        &load.messages.to_string(),
    ]);
    command.args([load.ramp.as_millis().to_string(), load.pause.as_millis().to_string()]);
    Ok(command)
}

fn micros_each(done: &Measured, messages: u64) -> f64 {
    done.processor.as_secs_f64() * 1e6 / messages as f64
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}
