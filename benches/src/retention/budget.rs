//! A run against the limit, in simulated time: how near it comes to the best that the limit allows.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use simulator::Kind;
use testkit::TokioClock;
use tokio::time::Instant;

use super::{
    ground::{Desk, Took, policy},
    naive::{Ended, Script},
};
use crate::{
    client::ground::{ALLOWED, Ground, START, WINDOW, paused},
    report::Row,
};

/// Of the time-optimal run.
const LEAST_SHARE: f64 = 0.96;
/// Spread over 90 days: two of three are older than 30.
const GUESTS: u64 = 15_000;
const DAYS: u16 = 30;
/// Long after any script has come to its end.
const FOR_EVER: Duration = Duration::from_secs(7 * 24 * 3_600);

pub fn measure() -> Result<Vec<Row>, String> {
    let (took, refused) = paused()?.block_on(ours())?;
    let whole = took.plan + took.run;
    // The best there is: a call for each hundred guests and one for each guest, as fast as the limit lets calls pass.
    let calls = took.due + took.due.div_ceil(100);
    let optimal = WINDOW.mul_f64(calls as f64 / ALLOWED as f64);
    let share = |time: Duration| optimal.as_secs_f64() / time.as_secs_f64();
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let target = format!(">= {:.0} %", LEAST_SHARE * 100.0);
    let minutes = |time: Duration| format!("{:.1} min", time.as_secs_f64() / 60.0);
    let mut rows = vec![
        Row::told(format!("{} due guests at 300/min, simulated: plan and run", took.due), minutes(whole)),
        Row::told("  the time-optimal run: lists by 100 and one delete each", minutes(optimal)),
        Row::held("  plan and run, share of it", percent(share(whole)), &target, share(whole) >= LEAST_SHARE),
        Row::held(
            "  the run alone, share of it",
            percent(share(took.run)),
            &target,
            share(took.run) >= LEAST_SHARE,
        ),
        Row::held("  answers of 429", refused.to_string(), "0", refused == 0),
    ];
    for script in [Script::FirstPageAgain, Script::NextPage] {
        let (in_that_time, _) = paused()?.block_on(theirs(script, whole))?;
        let (in_the_end, time) = paused()?.block_on(theirs(script, FOR_EVER))?;
        let complete = |ended: Ended| percent(ended.deleted as f64 / took.due as f64);
        rows.push(Row::told(
            format!("  {}", script.name()),
            format!(
                "{} gone in that time; ends after {} with {} gone, {} of 429",
                complete(in_that_time),
                minutes(time),
                complete(in_the_end),
                in_the_end.refused
            ),
        ));
        if !in_the_end.content {
            return Err(format!("{} did not come to an end", script.name()));
        }
    }
    Ok(rows)
}

/// Ours, and how often the org said 429 meanwhile.
async fn ours() -> Result<(Took, usize), String> {
    let ground = Ground::simulated(GUESTS).await?;
    let desk = Desk::new(Arc::new(TokioClock::at(START)))?;
    let before = ground.ledger_end();
    let (_, took) = desk.all(&desk.port(ground.client().pipeline), &policy(DAYS)?).await?;
    let ledger = ground.org().ledger_since(before);
    let deleted = ledger.iter().filter(|e| e.kind == Kind::Deleted).count() as u64;
    if deleted != took.due {
        return Err(format!("the ledger has {deleted} deletes, not {}", took.due));
    }
    Ok((took, ledger.iter().filter(|e| e.kind == Kind::Request && e.status == 429).count()))
}

async fn theirs(script: Script, within: Duration) -> Result<(Ended, Duration), String> {
    let ground = Ground::simulated(GUESTS).await?;
    let now: DateTime<Utc> = START.parse().map_err(|_| "the start is no time")?;
    let cutoff = policy(DAYS)?.cutoff(now).to_rfc3339_opts(SecondsFormat::Millis, true);
    let began = Instant::now();
    let ended = script.run(&ground.way, &format!("createdTime < \"{cutoff}\""), began + within).await?;
    Ok((ended, began.elapsed()))
}
