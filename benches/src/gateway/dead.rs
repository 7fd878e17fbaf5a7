//! A dead org: every call to it stalls, pages go on writing, and others go on asking for chats.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use super::{
    line::Line,
    process::{Process, page},
};
use crate::{outbox::ground, report::Row};

const WRITING: usize = 32;
const MESSAGES: u64 = 100_000;
const ASKING: usize = 64;
/// What 100,000 waiting messages may take, as the outbox itself is held to (`bench outbox`), and as much for the requests.
const TARGET: f64 = 240.0;

pub async fn measure() -> Result<Vec<Row>, String> {
    let dir = ground::scratch()?;
    let org = Process::org()?;
    let gateway = Process::gateway(&org, &dir.path().join("data"))?;
    let mut pages = Vec::new();
    for _ in 0..WRITING {
        pages.push(page(gateway.listening).await?);
    }
    let (fresh, _) = gateway.memory()?;
    let mut control = Line::connect(org.control.ok_or("no control port")?).await?;
    let stall = r#"{"rules":[{"do":"stall"}]}"#;
    let set = control.exchange("POST", "/weather", "Content-Type: application/json\r\n", stall).await?;
    if set.status >= 300 {
        return Err(format!("the weather was not set: {}", set.status));
    }
    eprintln!("{MESSAGES} messages to a dead org now");
    let over = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicU64::new(0));
    let mut asking = JoinSet::new();
    for _ in 0..ASKING {
        let (over, refused, address) = (Arc::clone(&over), Arc::clone(&refused), gateway.listening);
        asking.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let mut line = Line::connect(address).await?;
                let answer = line.exchange("POST", "/api/chat/initiate", "", "{}").await?;
                if answer.status != 503 {
                    return Err(format!("a dead org was answered {}", answer.status));
                }
                refused.fetch_add(1, Ordering::Relaxed);
                // As a page that heeds Retry-After.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        });
    }
    let mut writing = JoinSet::new();
    for mut page in pages {
        writing.spawn(async move {
            for n in 0..MESSAGES / WRITING as u64 {
                let body = page.body(n);
                let answer = page.line.exchange("POST", "/api/chat/message", &page.headers, &body).await?;
                if answer.status != 202 {
                    return Err(format!("a message was answered {}: {}", answer.status, answer.body));
                }
            }
            Ok(())
        });
    }
    while let Some(done) = writing.join_next().await {
        done.map_err(|e| e.to_string())??;
    }
    over.store(true, Ordering::Relaxed);
    while let Some(done) = asking.join_next().await {
        done.map_err(|e| e.to_string())??;
    }
    let (now, peak) = gateway.memory()?;
    Ok(vec![
        Row::told("dead org: memory before", format!("{fresh:.0} MiB")),
        Row::told(
            format!("  after {MESSAGES} messages of 512 bytes from {WRITING} pages, all answered 202"),
            format!("{now:.0} MiB"),
        ),
        Row::told(
            format!("  meanwhile {ASKING} clients asked for chats; answered 503"),
            refused.load(Ordering::Relaxed).to_string(),
        ),
        Row::held(
            "  the most it took",
            format!("{peak:.0} MiB"),
            format!("≤ {TARGET:.0} MiB"),
            peak <= TARGET,
        ),
    ])
}
