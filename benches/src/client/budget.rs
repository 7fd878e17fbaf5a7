//! How much of the rate budget a bulk run gets, alone and beside another client of the same token, and how often the
//! org has to say 429.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    ground::{Ground, REAL_WINDOWS, SIMULATED_WINDOWS, WINDOW, paused},
    judge::{Verdict, judge},
    scripts::{Script, other_client},
};
use crate::report::Row;

/// Of what the windows allow, and the other client leaves.
const LEAST_SHARE: f64 = 0.98;
const SCRIPTS: [Script; 3] = [Script::Pause, Script::Bucket, Script::Retry];
const GUESTS: u64 = 1_000;

#[derive(Debug, Clone, Copy)]
enum Who {
    Us,
    Script(Script),
}

/// Ours and the scripts over an hour of simulated time.
pub fn simulated() -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for shared in [false, true] {
        let judged = |who| {
            paused()?.block_on(async {
                run(who, &Ground::simulated(GUESTS).await?, shared, SIMULATED_WINDOWS).await
            })
        };
        let (ours, _) = judged(Who::Us)?;
        rows.extend(held(&format!("{SIMULATED_WINDOWS} simulated windows"), shared, ours));
        for script in SCRIPTS {
            let (theirs, given_up) = judged(Who::Script(script))?;
            let given_up = if given_up > 0 { format!(", {given_up} guests given up") } else { String::new() };
            rows.push(Row::told(
                format!("    {}", script.name()),
                format!(
                    "{:.1} %, {} of 429{given_up}; ours gets {:.2} times as much",
                    theirs.share * 100.0,
                    theirs.refused,
                    ours.ours as f64 / theirs.ours.max(1) as f64
                ),
            ));
        }
    }
    Ok(rows)
}

/// Ours over loopback, alone and shared at the same time, each against an org of its own.
pub async fn real() -> Result<Vec<Row>, String> {
    let one = |shared| async move {
        let ground = Ground::real(GUESTS, Some(300)).await?;
        run(Who::Us, &ground, shared, REAL_WINDOWS).await
    };
    let (alone, shared) = tokio::try_join!(one(false), one(true))?;
    let what = format!("{REAL_WINDOWS} real windows over loopback");
    Ok([held(&what, false, alone.0), held(&what, true, shared.0)].concat())
}

fn held(what: &str, shared: bool, verdict: Verdict) -> Vec<Row> {
    let company = if shared { "shared with 60/min" } else { "alone" };
    vec![
        Row::held(
            format!("Budget use, {what}, {company}"),
            format!("{:.1} %", verdict.share * 100.0),
            format!(">= {:.0} %", LEAST_SHARE * 100.0),
            verdict.share >= LEAST_SHARE,
        ),
        Row::held("    answers of 429", verdict.refused.to_string(), "0", verdict.refused == 0),
    ]
}

/// What the ledger says of one run, and how many guests were given up.
async fn run(who: Who, ground: &Ground, shared: bool, windows: u32) -> Result<(Verdict, u64), String> {
    let before = ground.ledger_end();
    let until = Instant::now() + WINDOW * windows;
    let work = async {
        match who {
            Who::Us => ground.bulk(&ground.client(), until).await.map(|()| 0),
            Who::Script(script) => script.run(ground, until).await,
        }
    };
    let given_up = if shared {
        tokio::select! {
            done = work => done?,
            broken = other_client(Arc::clone(&ground.way)) => {
                return Err(format!("the other client ended: {broken:?}"));
            }
        }
    } else {
        work.await?
    };
    Ok((judge(&ground.org().ledger(), before, windows)?, given_up))
}
