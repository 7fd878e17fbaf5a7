//! Plan and run of 100,000 contacts against the limit, in simulated time, beside the requests that they need.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use genesys::{Dialect, Lane, Org, Search};
use simulator::Kind;
use testkit::TokioClock;

use crate::{
    client::ground::{ALLOWED, Ground, START, WINDOW, paused},
    report::Row,
    retention::ground::{Desk, Took, policy},
};

/// Three of four have an e-mail address, which makes them curated contacts: about 250,000.
pub const GUESTS: u64 = 333_334;
/// They came in 90 days, so about 100,000 of them are older.
pub const DAYS: u16 = 54;
/// As times the requests that are needed, 300 a minute without a gap.
const MOST: f64 = 1.05;
/// Contacts of a page of the scan, and of a bulk call or a question.
const SCAN_PAGE: u64 = 200;
const BATCH: u64 = 100;

/// What the org saw.
struct Seen {
    listed: u64,
    took: Took,
    requests: BTreeMap<&'static str, u64>,
    refused: usize,
}

pub fn measure() -> Result<Vec<Row>, String> {
    eprintln!("{GUESTS} guests, a plan and a run in simulated time");
    let Seen { listed, took, requests, refused } = paused()?.block_on(plan_and_run())?;
    let batches = took.due.div_ceil(BATCH);
    // A scan for the plan, and for each hundred a question when planned, then a question, a look and a removal.
    let work = listed.div_ceil(SCAN_PAGE) + 4 * batches;
    let check = (listed - took.due).div_ceil(SCAN_PAGE);
    let at_the_limit = |requests: u64| WINDOW.mul_f64(requests as f64 / ALLOWED as f64);
    let whole = took.plan + took.run;
    let times = |floor: Duration| whole.as_secs_f64() / floor.as_secs_f64();
    let minutes = |time: Duration| format!("{:.1} min", time.as_secs_f64() / 60.0);
    let (floor, without_check) = (at_the_limit(work + check), at_the_limit(work));
    let said: Vec<String> = requests.iter().map(|(what, n)| format!("{what} {n}")).collect();
    Ok(vec![
        Row::told(
            format!("{} due of {listed} curated contacts at 300/min, simulated: plan and run", took.due),
            minutes(whole),
        ),
        Row::told("  requests made", said.join(", ")),
        Row::told(
            format!("  the floor: scan, 4 for each hundred, scan of who is left: {} requests", work + check),
            minutes(floor),
        ),
        Row::held(
            "  as times the floor",
            format!("{:.3}", times(floor)),
            format!("<= {MOST}"),
            times(floor) <= MOST,
        ),
        Row::told(
            "  as times the floor without the scan that checks that all are gone",
            format!("{:.3}", times(without_check)),
        ),
        Row::held("  answers of 429", refused.to_string(), "0", refused == 0),
    ])
}

async fn plan_and_run() -> Result<Seen, String> {
    let ground = Ground::simulated(GUESTS).await?;
    let over = || Org::over(Dialect::GenesysCloud, ground.client().pipeline);
    let listed = count(&over()).await?;
    let desk = Desk::new(Arc::new(TokioClock::at(START)))?.of_a_live_org();
    let before = ground.ledger_end();
    let (_, took) = desk.all(&desk.port_to(over()), &policy(DAYS)?).await?;
    let ledger = ground.org().ledger_since(before);
    let deleted = ledger.iter().filter(|entry| entry.kind == Kind::Deleted).count() as u64;
    if deleted != took.due {
        return Err(format!("the ledger has {deleted} deletes, not {}", took.due));
    }
    let mut requests = BTreeMap::new();
    for entry in ledger.iter().filter(|entry| entry.kind == Kind::Request) {
        *requests.entry(call(&entry.path)).or_default() += 1;
    }
    let refused = ledger.iter().filter(|e| e.kind == Kind::Request && e.status == 429).count();
    Ok(Seen { listed, took, requests, refused })
}

/// How many contacts a scan hands out.
async fn count(org: &Org) -> Result<u64, String> {
    let mut walk = org.guests.walk(Lane::Person, Search::default());
    let mut count = 0;
    while let Some(page) = walk.next_page().await.map_err(|e| e.to_string())? {
        count += page.guests.len() as u64;
    }
    Ok(count)
}

fn call(path: &str) -> &'static str {
    match path {
        "/api/v2/externalcontacts/scan/contacts" => "scan",
        "/api/v2/analytics/conversations/details/query" => "questions",
        "/api/v2/externalcontacts/bulk/contacts" => "looks",
        "/api/v2/externalcontacts/bulk/contacts/remove" => "removals",
        _ => "others",
    }
}
