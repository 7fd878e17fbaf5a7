//! `POST /api/chat/message`: the wait for a durable 202 at a thousand a second, and the most in a second, in turns with the
//! machine's own limit.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    line::Line,
    process::{Page, Process, page},
};
use crate::{
    outbox::ground::{self, median, ms, percentile},
    report::Row,
};

const PATH: &str = "/api/chat/message";
const PAGES: usize = 64;
const RATE: u64 = 1_000;
const AT_THE_RATE: Duration = Duration::from_secs(30);
const WARM_UP: Duration = Duration::from_secs(3);
/// Rounds of each at full speed; an odd number, so that the median is one of them.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const P99_TARGET: Duration = Duration::from_millis(50);

pub async fn measure() -> Result<Vec<Row>, String> {
    let dir = ground::scratch()?;
    let org = Process::org()?;
    let gateway = Process::gateway(&org, &dir.path().join("data"))?;
    let bare = Process::bare(&dir.path().join("bare"))?;
    let mut pages = Vec::new();
    for _ in 0..PAGES {
        pages.push(page(gateway.listening).await?);
    }
    let mut echoes = Vec::new();
    for page in &pages {
        let line = Line::connect(bare.listening).await?;
        echoes.push(Page { line, headers: String::new(), conversation: page.conversation.clone() });
    }
    paced(&mut pages, WARM_UP).await?;
    paced(&mut echoes, WARM_UP).await?;
    eprintln!("{RATE} a second for {} s now", AT_THE_RATE.as_secs());
    let ours = paced(&mut pages, AT_THE_RATE).await?;
    let limit = paced(&mut echoes, AT_THE_RATE).await?;
    let (mut most, mut most_bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        most_bare.push(full(&mut echoes).await?);
        most.push(full(&mut pages).await?);
    }
    let ratio = median(most.iter().zip(&most_bare).map(|(ours, bare)| ours / bare).collect());
    let told = |what: &str, waits: &Waits| {
        Row::told(
            format!("  {what}: p50 / p99 / longest"),
            format!("{} / {} / {}", ms(waits.p50), ms(waits.p99), ms(waits.longest)),
        )
    };
    Ok(vec![
        Row::held(
            format!("durable 202 from {PAGES} pages, offered {RATE} a second: answered in a second"),
            format!("{:.0}", ours.rate),
            format!("≥ {}", RATE * 99 / 100),
            ours.rate >= (RATE * 99 / 100) as f64,
        ),
        Row::held(
            "  wait from when it was due, p99",
            ms(ours.p99),
            format!("≤ {} ms", P99_TARGET.as_millis()),
            ours.p99 <= P99_TARGET,
        ),
        told("the gateway", &ours),
        told("bare route and shared fdatasync", &limit),
        Row::told(
            "  p99 beside the bare one's",
            format!("{:.1} times", ours.p99.as_secs_f64() / limit.p99.as_secs_f64()),
        ),
        Row::told(format!("most in a second, {PAGES} pages, the gateway"), format!("{:.0}", median(most))),
        Row::told("  bare route and shared fdatasync", format!("{:.0}", median(most_bare))),
        Row::told("  share of it (median of rounds)", format!("{ratio:.2}")),
    ])
}

/// How long answers took.
struct Waits {
    rate: f64,
    p50: Duration,
    p99: Duration,
    longest: Duration,
}

/// Offers [`RATE`] a second by the clock, whether or not answers keep up: a wait counts from when the request was due.
async fn paced(pages: &mut Vec<Page>, for_: Duration) -> Result<Waits, String> {
    let step = Duration::from_micros(1_000_000 * PAGES as u64 / RATE);
    let began = Instant::now() + Duration::from_millis(50);
    let mut tasks = JoinSet::new();
    for (n, mut page) in pages.drain(..).enumerate() {
        let mut due = began + step * u32::try_from(n).unwrap_or(0) / PAGES as u32;
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while due < began + for_ {
                let body = page.body(waits.len() as u64);
                sleep_until(due).await;
                said(&mut page, &body).await?;
                waits.push(due.elapsed());
                due += step;
            }
            Ok::<_, String>((page, waits))
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (page, waits) = done.map_err(|e| e.to_string())??;
        pages.push(page);
        all.extend(waits);
    }
    let rate = all.len() as f64 / began.elapsed().as_secs_f64();
    let (p50, p99) = (percentile(&mut all, 50), percentile(&mut all, 99));
    Ok(Waits { rate, p50, p99, longest: percentile(&mut all, 100) })
}

/// Answers in a second when every page sends again at once.
async fn full(pages: &mut Vec<Page>) -> Result<f64, String> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut page in pages.drain(..) {
        tasks.spawn(async move {
            let mut count = 0_u64;
            while began.elapsed() < ROUND {
                let body = page.body(count);
                said(&mut page, &body).await?;
                count += 1;
            }
            Ok::<_, String>((page, count))
        });
    }
    let mut all = 0;
    while let Some(done) = tasks.join_next().await {
        let (page, count) = done.map_err(|e| e.to_string())??;
        pages.push(page);
        all += count;
    }
    Ok(all as f64 / began.elapsed().as_secs_f64())
}

async fn said(page: &mut Page, body: &str) -> Result<(), String> {
    let answer = page.line.exchange("POST", PATH, &page.headers, body).await?;
    if answer.status == 202 { Ok(()) } else { Err(format!("{}: {}", answer.status, answer.body)) }
}
