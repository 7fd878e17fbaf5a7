//! What plan, journal, second look and certificate add, in real time and without a limit: beside the same client that
//! lists by 100 and deletes each, two at once, and keeps no books.

use std::{sync::Arc, time::Duration};

use app::RetentionOrg;
use model::Doomed;
use model::{Field, Selection};
use retention::{OrgPort, Removed};
use tokio::time::Instant;

use testkit::WallClock;

use super::ground::{Desk, Took, policy, told};
use crate::{
    client::ground::{Ground, runtime},
    report::Row,
};

const MOST: f64 = 0.05;
const DAYS: u16 = 30;
/// Over a way as long as to a real org, 120 ms there and back.
const FAR: u64 = 1_500;
/// Over loopback.
const NEAR: u64 = 6_000;

pub fn measure() -> Result<Vec<Row>, String> {
    eprintln!("in real time now: about a minute");
    let runtime = runtime()?;
    let far = || Ground::far(FAR);
    // Their time is waiting, so both fit on one machine at once.
    let (ours, bare) =
        runtime.block_on(async { tokio::try_join!(whole(far().await?), without_books(far().await?)) })?;
    let mut rows = told_of("over 120 ms there and back", ours, bare, Some(MOST));
    let near = || Ground::real(NEAR, None);
    let mut least: Option<(Took, Duration)> = None;
    for _ in 0..3 {
        let ours = runtime.block_on(async { whole(near().await?).await })?;
        let bare = runtime.block_on(async { without_books(near().await?).await })?;
        let before = least.unwrap_or((ours, bare));
        least = Some((if ours.run < before.0.run { ours } else { before.0 }, bare.min(before.1)));
    }
    if let Some((ours, bare)) = least {
        rows.extend(told_of("over loopback, the least of three", ours, bare, None));
        // What is not waiting for the org is the same against the limit, where the run is as long as it lets it.
        let own = (ours.run + ours.certificate).saturating_sub(bare);
        let limited = Duration::from_millis(200).mul_f64(ours.due as f64 * 1.01);
        let share = own.as_secs_f64() / limited.as_secs_f64();
        rows.push(Row::told("    as a share of such a run at 300/min", format!("{:.3} %", share * 100.0)));
    }
    Ok(rows)
}

fn told_of(what: &str, ours: Took, bare: Duration, most: Option<f64>) -> Vec<Row> {
    let whole = ours.run + ours.certificate;
    let share = (whole.as_secs_f64() - bare.as_secs_f64()) / whole.as_secs_f64();
    let figure = format!("{:.1} %", share * 100.0);
    let name = format!("journal, second look and certificate, {what}, {} guests", ours.due);
    vec![
        match most {
            Some(most) => {
                Row::held(name, figure, format!("<= {:.0} % of the run", most * 100.0), share <= most)
            }
            None => Row::told(name, figure),
        },
        Row::told(
            "    run; certificate; lists and deletes alone; plan",
            format!(
                "{:.2}; {:.3}; {:.2}; {:.2} s",
                ours.run.as_secs_f64(),
                ours.certificate.as_secs_f64(),
                bare.as_secs_f64(),
                ours.plan.as_secs_f64()
            ),
        ),
    ]
}

async fn whole(ground: Ground) -> Result<Took, String> {
    let desk = Desk::new(Arc::new(WallClock))?;
    Ok(desk.all(&desk.port(ground.client().pipeline), &policy(DAYS)?).await?.1)
}

/// The baseline's time: a list by keyset for each hundred, and a delete of each, two at once.
async fn without_books(ground: Ground) -> Result<Duration, String> {
    let desk = Desk::new(Arc::new(WallClock))?;
    let port = desk.port(ground.client().pipeline);
    let policy = policy(DAYS)?;
    let due = Selection::less(Field::CreatedTime, policy.cutoff(model::Clock::now(&WallClock)));
    let began = Instant::now();
    let mut scan = port.scan(&due);
    loop {
        let Some(page) = scan.next_page().await.map_err(|e| told(&e))? else { return Ok(began.elapsed()) };
        let page = page.guests;
        let deletes = |from: usize| {
            let (port, page) = (&port, &page);
            async move {
                for guest in page.iter().skip(from).step_by(2) {
                    delete(port, guest).await?;
                }
                Ok::<_, String>(())
            }
        };
        tokio::try_join!(deletes(0), deletes(1))?;
    }
}

async fn delete(port: &RetentionOrg, guest: &model::Guest) -> Result<(), String> {
    let doomed = Doomed { id: guest.id, revision: Some(guest.revision.clone()) };
    match port.remove(&[doomed], &|| true).await.as_slice() {
        [(_, Ok(Removed::Deleted))] => Ok(()),
        other => Err(format!("a delete came to {other:?}")),
    }
}
