//! What a plan of 100,000 contacts costs in memory: a process that makes one beside a process that makes none.

use std::{process::Command, sync::Arc};

use genesys::{Dialect, Org, Pipeline, ReqwestTransport};
use serde_json::{Value, json};
use testkit::WallClock;

use super::run::{DAYS, GUESTS};
use crate::{
    client::{
        child,
        ground::{runtime, settings},
    },
    report::Row,
    retention::{
        ground::{Desk, policy},
        memory::resident,
    },
};

const MOST: f64 = 60.0;

pub fn measure() -> Result<Vec<Row>, String> {
    if !cfg!(target_os = "linux") {
        return Ok(vec![Row::told("memory of the plan", "not run: it is read on Linux only")]);
    }
    eprintln!("{GUESTS} guests, a plan by a process of its own");
    let options = simulator::Options { guests: GUESTS, rate: None, ..simulator::Options::default() };
    let runtime = runtime()?;
    let running = runtime.block_on(simulator::start(options)).map_err(|e| e.to_string())?;
    let of = |plans: &str| {
        let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
        command.args(["live-plan", &running.api_url(), plans]);
        let (said, _) = child::run(&mut command, "")?;
        let said: Value = serde_json::from_str(&said).map_err(|e| format!("{e} in {said:?}"))?;
        let peak = said["peak"].as_f64().ok_or("no peak")?;
        Ok::<_, String>((peak, said["due"].as_u64().unwrap_or_default()))
    };
    let ((idle, _), (planning, due)) = (of("0")?, of("1")?);
    let growth = planning - idle;
    Ok(vec![
        Row::held(
            format!(
                "plan of {due} due contacts: most memory of its process, less that of one without a plan"
            ),
            format!("{growth:.1} MiB"),
            format!("<= {MOST} MiB"),
            growth <= MOST,
        ),
        Row::told("  of the two processes", format!("{planning:.1} and {idle:.1} MiB")),
    ])
}

/// The process itself: signs in, makes so many plans, and says how much memory it had at most, as JSON.
///
/// # Errors
/// What went wrong, for people.
pub fn live_plan(words: &[&str]) -> Result<bool, String> {
    let [url, plans] = words else { return Err("live-plan URL PLANS".into()) };
    let plans: u32 = plans.parse().map_err(|_| "how many plans must be a number")?;
    let due = runtime()?.block_on(async {
        let desk = Desk::new(Arc::new(WallClock))?.of_a_live_org();
        let pipeline = Pipeline::new(settings(url)?, Arc::new(ReqwestTransport::new()), Arc::new(WallClock));
        let org = Org::over(Dialect::GenesysCloud, pipeline);
        org.access.ping(genesys::Lane::Bulk).await.map_err(|e| e.to_string())?;
        let port = desk.port_to(org);
        let mut due = 0;
        for _ in 0..plans {
            due = desk.plan(&port, &policy(DAYS)?, "plan.jsonl").await?.due();
        }
        Ok::<_, String>(due)
    })?;
    println!("{}", json!({ "due": due, "peak": resident("VmHWM:")? }));
    Ok(true)
}
