//! The processor time of a listed contact, beside the vendor's own Python SDK: the same scan of the same contacts, page after
//! page over one connection that stays open.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use genesys::{Dialect, Lane, Org, Pipeline, ReqwestTransport, Search};
use testkit::WallClock;

use crate::{
    client::{
        child,
        ground::{runtime, settings},
    },
    report::Row,
};

/// Three of four are contacts.
const GUESTS: u64 = 13_334;
/// Each program in turn, with the list and without, and the least of each: whatever else the machine does only adds.
const ROUNDS: usize = 4;
/// Of the SDK's processor time.
const MOST: f64 = 0.1;

/// What a program took: without a list, and how much more for each contact.
struct Cost {
    start: Duration,
    contact: Duration,
    contacts: u32,
}

pub fn measure(sdk: &Path) -> Result<Vec<Row>, String> {
    const WHAT: &str = "processor time of a listed contact";
    if !cfg!(unix) {
        return Ok(vec![Row::told(WHAT, "not run: it is read on Unix only")]);
    }
    let python = sdk.join("python/bin/python");
    if !python.exists() {
        let why = format!("not run: {} is not there; cargo xtask setup installs it", python.display());
        return Ok(vec![Row::told(WHAT, why)]);
    }
    let options = simulator::Options { guests: GUESTS, rate: None, ..simulator::Options::default() };
    let runtime = runtime()?;
    let running = runtime.block_on(simulator::start(options)).map_err(|e| e.to_string())?;
    let url = running.api_url();
    let ours = |contacts: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| "bench".into()));
        command.args(["live-list", &url, contacts]);
        command
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/contacts.py");
    let theirs = |contacts: &str| {
        let mut command = Command::new(&python);
        // It reads a configuration file in the home folder, which must not be a person's.
        command.arg(&script).args([&url, contacts]).env("HOME", sdk);
        command
    };
    let programs: [&dyn Fn(&str) -> Command; 2] = [&ours, &theirs];
    let mut least = [(Duration::MAX, Duration::MAX); 2];
    let mut contacts = [0; 2];
    for round in 1..=ROUNDS {
        eprintln!("list of contacts, round {round} of {ROUNDS}");
        for (n, program) in programs.iter().enumerate() {
            let (said, start) = child::run(&mut program("none"), "")?;
            let (listed, whole) = child::run(&mut program("all"), "")?;
            let listed: u32 = listed.parse().map_err(|_| format!("a program listed {listed:?}"))?;
            if said != "0" || listed == 0 {
                return Err(format!(
                    "a program listed {listed} contacts, and {said} when it was to list none"
                ));
            }
            contacts[n] = listed;
            least[n] = (start.min(least[n].0), whole.min(least[n].1));
        }
    }
    if contacts[0] != contacts[1] {
        return Err(format!("we listed {} contacts, the SDK {}", contacts[0], contacts[1]));
    }
    let cost = |n: usize| {
        let (start, whole) = least[n];
        Cost { start, contact: whole.saturating_sub(start) / contacts[n], contacts: contacts[n] }
    };
    let (ours, theirs) = (cost(0), cost(1));
    let share = ours.contact.as_secs_f64() / theirs.contact.as_secs_f64().max(1e-9);
    Ok(vec![
        Row::told(format!("{WHAT}, scan of {} by 200", ours.contacts), told(&ours)),
        Row::told("  the official Python SDK", told(&theirs)),
        Row::held("  ours as a share of it", format!("{share:.4}"), format!("<= {MOST}"), share <= MOST),
    ])
}

fn told(cost: &Cost) -> String {
    format!("{:.1} us; start {:.0} ms", cost.contact.as_secs_f64() * 1e6, cost.start.as_secs_f64() * 1e3)
}

/// The child process: signs in and lists every contact, or none. Prints how many. A task of its own on a runtime as the command
/// line has it.
///
/// # Errors
/// A text for people when a call fails.
pub fn live_list(words: &[&str]) -> Result<bool, String> {
    let (url, all) = match words {
        [url, "all"] => (*url, true),
        [url, "none"] => (*url, false),
        _ => return Err("live-list URL all|none".into()),
    };
    let (runtime, settings) = (runtime()?, settings(url)?);
    let task = runtime.spawn(async move {
        let pipeline = Pipeline::new(settings, Arc::new(ReqwestTransport::new()), Arc::new(WallClock));
        let org = Org::over(Dialect::GenesysCloud, pipeline);
        org.access.check().await.map_err(|e| e.to_string())?;
        let mut walk = org.guests.walk(Lane::Person, Search::default());
        let mut listed = 0;
        while all && let Some(page) = walk.next_page().await.map_err(|e| e.to_string())? {
            listed += page.guests.len();
        }
        Ok::<_, String>(listed)
    });
    println!("{}", runtime.block_on(task).map_err(|e| e.to_string())??);
    Ok(true)
}
