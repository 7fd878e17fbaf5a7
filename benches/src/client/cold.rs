//! How soon a client that has neither token nor connection has its first answer, over loopback.

use std::{sync::Arc, time::Duration};

use genesys::{Lane, ReqwestTransport};
use testkit::TokioClock;
use tokio::time::Instant;

use super::{
    by_hand::ByHand,
    ground::{Ground, runtime, settings},
};
use crate::report::Row;

const ROUNDS: usize = 50;
const LONGEST: Duration = Duration::from_millis(30);

/// Sign-in and one guest: by a new client, and by bytes written to a socket by hand; in turns.
pub fn measure() -> Result<Vec<Row>, String> {
    runtime()?.block_on(async {
        let ground = Ground::real(10, None).await?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(by_hand(&ground)?);
            ours.push(by_client(&ground).await?);
        }
        ours.sort();
        bare.sort();
        let ms = |d: Duration| d.as_secs_f64() * 1000.0;
        let (half, most) = (ROUNDS / 2, ROUNDS * 95 / 100);
        Ok(vec![
            Row::held(
                "Cold client to its first answer over loopback, p95 of 50",
                format!("{:.2} ms (p50 {:.2})", ms(ours[most]), ms(ours[half])),
                format!("<= {} ms", LONGEST.as_millis()),
                ours[most] <= LONGEST,
            ),
            Row::told(
                "    the same two exchanges written to a socket by hand",
                format!(
                    "{:.2} ms (p50 {:.2}); ours takes {:.1} times as long (p50)",
                    ms(bare[most]),
                    ms(bare[half]),
                    ms(ours[half]) / ms(bare[half])
                ),
            ),
        ])
    })
}

async fn by_client(ground: &Ground) -> Result<Duration, String> {
    let settings = settings(&ground.way.origin)?;
    let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
    let began = Instant::now();
    let client = testkit::guest_api(settings, Arc::new(ReqwestTransport::new()), clock);
    client.guest(Lane::Person, ground.guests[0]).await.map_err(|e| e.to_string())?;
    Ok(began.elapsed())
}

/// Blocks its thread; the org has another one.
fn by_hand(ground: &Ground) -> Result<Duration, String> {
    let began = Instant::now();
    let mut wire = ByHand::connect(&ground.way.origin).map_err(|e| e.to_string())?;
    wire.guest(&ground.guests[0].to_string()).map_err(|e| e.to_string())?;
    Ok(began.elapsed())
}
