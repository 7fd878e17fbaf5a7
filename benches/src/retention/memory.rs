//! What a plan of a million guests costs in memory and time. The org is in this process, the plans are made in another.

use std::{path::Path, process::Command, sync::Arc};

use genesys::{Lane, ReqwestTransport, guest_api::ListGuests};
use serde_json::{Value, json};
use tokio::time::Instant;

use testkit::WallClock;

use super::ground::{Desk, policy};
use crate::{
    client::{
        child,
        ground::{runtime, settings},
    },
    report::Row,
};

const GUESTS: u64 = 1_000_000;
/// The guests are spread over 90 days, so these make about 22,000, 44,000 and 100,000 of a million due.
const DAYS: [u16; 3] = [88, 86, 81];
const MEMORY_TARGET: f64 = 60.0;
/// The time of a guest in the longest plan, as times that in the shortest.
const LINEAR: f64 = 1.25;

pub fn measure() -> Result<Vec<Row>, String> {
    eprintln!("{GUESTS} guests now");
    let options = simulator::Options { guests: GUESTS, rate: None, ..simulator::Options::default() };
    let runtime = runtime()?;
    let running = runtime.block_on(simulator::start(options)).map_err(|e| e.to_string())?;
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    command.args(["retention-plans", &running.api_url()]).args(DAYS.map(|d| d.to_string()));
    let (said, _) = child::run(&mut command, "")?;
    drop(running);
    let plans: Vec<Value> = serde_json::from_str(&said).map_err(|e| format!("{e} in {said:?}"))?;
    let number = |plan: &Value, name: &str| plan[name].as_f64().ok_or_else(|| format!("no {name} in {plan}"));
    let mut rows = Vec::new();
    let mut each = Vec::new();
    for plan in &plans {
        let (due, seconds) = (number(plan, "due")?, number(plan, "seconds")?);
        let growth = number(plan, "growth")?;
        each.push(seconds * 1e6 / due);
        rows.push(Row::held(
            format!("plan of {due} due of {GUESTS} guests, growth of the resident set"),
            format!("{growth:.1} MiB"),
            format!("<= {MEMORY_TARGET} MiB"),
            growth <= MEMORY_TARGET,
        ));
        rows.push(Row::told("  time", format!("{seconds:.2} s, {:.1} us a guest due", seconds * 1e6 / due)));
    }
    if let (Some(first), Some(last)) = (each.first(), each.last()) {
        let times = last / first;
        rows.push(Row::held(
            "  a guest's time in the longest plan, as times that in the shortest",
            format!("{times:.2}"),
            format!("<= {LINEAR}"),
            times <= LINEAR,
        ));
    }
    Ok(rows)
}

/// The process itself: makes the plans and says what each took, as JSON.
///
/// # Errors
/// What went wrong, for people.
pub fn retention_plans(words: &[&str]) -> Result<bool, String> {
    let [url, days @ ..] = words else { return Err("retention-plans URL DAYS…".into()) };
    let plans = runtime()?.block_on(async {
        let desk = Desk::new(Arc::new(WallClock))?;
        let client =
            testkit::guest_api(settings(url)?, Arc::new(ReqwestTransport::new()), Arc::new(WallClock));
        let port = desk.port(client.pipeline.clone());
        // Signs in and connects, so that this is not the plan's.
        client.list_guests(Lane::Bulk, &ListGuests::default()).await.map_err(|e| e.to_string())?;
        let mut plans = Vec::new();
        for days in days {
            let before = resident("VmRSS:")?;
            forget_the_peak()?;
            let began = Instant::now();
            let days = days.parse().map_err(|_| "days must be a number")?;
            let plan = desk.plan(&port, &policy(days)?, &format!("plan-{days}.jsonl")).await?;
            let seconds = began.elapsed().as_secs_f64();
            let growth = resident("VmHWM:")? - before;
            plans.push(json!({ "due": plan.due(), "seconds": seconds, "growth": growth }));
        }
        Ok::<_, String>(plans)
    })?;
    println!("{}", Value::from(plans));
    Ok(true)
}

/// A line of the process's state in MiB.
pub fn resident(name: &str) -> Result<f64, String> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|_| "the memory of a process is read on Linux only".to_owned())?;
    let line = status.lines().find_map(|l| l.strip_prefix(name)).ok_or("no such line")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "no number")?;
    Ok(kib / 1_024.0)
}

/// The highest resident set counts from here on.
fn forget_the_peak() -> Result<(), String> {
    std::fs::write(Path::new("/proc/self/clear_refs"), "5").map_err(|e| format!("clear_refs: {e}"))
}
