//! How long a person's call waits before it leaves while a bulk run spends the budget at full speed.

use std::time::Duration;

use genesys::Lane;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::time::{Instant, sleep};

use super::{
    ground::{Ground, REAL_WINDOWS, SIMULATED_WINDOWS, WINDOW, paused},
    judge::judge,
};
use crate::report::Row;

/// The 95th percentile of all waits, whatever is left in the window.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
const GUESTS: u64 = 1_000;

/// The waits, shortest first.
struct Waits(Vec<Duration>);

impl Waits {
    fn at(&self, share: f64) -> Duration {
        let index = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(index.clamp(1, self.0.len().max(1)) - 1).copied().unwrap_or_default()
    }

    fn told(&self) -> String {
        let [middle, most, all] = [0.5, 0.95, 1.0].map(|share| self.at(share).as_secs_f64() * 1000.0);
        format!("p50 {middle:.0}, p95 {most:.0}, max {all:.0} ms of {}", self.0.len())
    }
}

/// The person lane, and the same calls in the lane of the run: what a client with a single queue does.
pub fn simulated() -> Result<Vec<Row>, String> {
    let waits = |lane| {
        paused()?.block_on(async {
            run(&Ground::simulated(GUESTS).await?, lane, SIMULATED_WINDOWS, Duration::from_secs(5)).await
        })
    };
    let mut rows = held(&format!("{SIMULATED_WINDOWS} simulated windows"), &waits(Lane::Person)?);
    rows.push(Row::told("    the same calls in the run's own queue", waits(Lane::Bulk)?.0.told()));
    Ok(rows)
}

/// The person lane over loopback.
pub async fn real() -> Result<Vec<Row>, String> {
    let ground = Ground::real(GUESTS, Some(300)).await?;
    let judged = run(&ground, Lane::Person, REAL_WINDOWS, Duration::from_millis(1_500)).await?;
    Ok(held(&format!("{REAL_WINDOWS} real windows over loopback"), &judged))
}

fn held(what: &str, (waits, refused): &(Waits, u64)) -> Vec<Row> {
    vec![
        Row::held(
            format!("A person's wait during a bulk run, {what}"),
            waits.told(),
            format!("p95 <= {} ms", LONGEST_WAIT.as_millis()),
            waits.at(0.95) <= LONGEST_WAIT,
        ),
        Row::held("    answers of 429", refused.to_string(), "0", *refused == 0),
    ]
}

/// A bulk run, and beside it one person who asks for the first guest again and again, at times that are never the
/// same in a window; `apart` on average.
async fn run(ground: &Ground, lane: Lane, windows: u32, apart: Duration) -> Result<(Waits, u64), String> {
    let before = ground.ledger_end();
    let until = Instant::now() + WINDOW * windows;
    let client = ground.client();
    let path = format!("/api/v2/guests/{}", ground.guests[0]);
    let person = async {
        let mut dice = SmallRng::seed_from_u64(1);
        let mut waits = Vec::new();
        loop {
            let roll: f64 = dice.random();
            sleep(apart.mul_f64(-(1.0 - roll).ln())).await;
            let asked = Instant::now();
            if asked >= until {
                return Ok(waits);
            }
            client.guest(lane, ground.guests[0]).await.map_err(|e| e.to_string())?;
            let left = ground.way.departures(&path).first().copied().ok_or("the call never left")?;
            waits.push(left - asked);
        }
    };
    let (mut waits, ()) = tokio::try_join!(person, ground.bulk(&client, until))?;
    waits.sort();
    let verdict = judge(&ground.org().ledger(), before, windows)?;
    Ok((Waits(waits), verdict.refused))
}
