//! A process of its own that fills, opens, drains or watches an outbox, so that it can be killed and its memory, its
//! writes and its processor time are those of nothing else.
//!
//! It says one line of `name=number` words, then waits for its standard input to close, and then closes its folder in
//! order. Who wants it killed kills it while it waits.

use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use model::{AfterDoubt, ConversationId};
use outbox::{Courier, Delivery, EntryFilter, LaneFilter, Outbox, Outgoing};
use tokio::time::{Instant, sleep};

use super::ground;

/// Rows of the screen's first page.
const PAGE: usize = 50;
/// Acceptances in line while a folder is filled.
const IN_LINE: usize = 512;
/// How often the program looks at its outbox by itself (`app`, `background`).
const PERIOD: Duration = Duration::from_secs(5);
/// Between two acceptances while it drains.
const PAUSE: Duration = Duration::from_millis(5);

/// The process as its parent sees it.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    /// What it said.
    pub said: HashMap<String, f64>,
}

impl Process {
    /// Starts it and waits for its line.
    pub fn start(words: &[&str]) -> Result<Self, String> {
        let failed = |e: std::io::Error| format!("{}: {e}", words.join(" "));
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        let mut child = command
            .arg("outbox-child")
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map_err(failed)?;
        let number = |word: &str| {
            let (name, number) = word.split_once('=')?;
            Some((name.to_owned(), number.parse().ok()?))
        };
        let said: HashMap<_, _> = line.split_whitespace().filter_map(number).collect();
        let process = Self { child, input, said };
        if process.said.is_empty() { Err(format!("{} said nothing", words.join(" "))) } else { Ok(process) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn get(&self, name: &str) -> Result<f64, String> {
        self.said.get(name).copied().ok_or_else(|| format!("the child did not say {name}"))
    }

    /// Lets it close its folder in order.
    pub fn close(mut self) -> Result<(), String> {
        self.input = None;
        let status = self.child.wait().map_err(|e| e.to_string())?;
        if status.success() { Ok(()) } else { Err(status.to_string()) }
    }

    /// SIGKILL on Unix.
    pub fn kill(mut self) -> Result<(), String> {
        self.child.kill().and_then(|()| self.child.wait()).map(drop).map_err(|e| e.to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process itself.
pub fn outbox_child(words: &[&str]) -> Result<bool, String> {
    let many = |n: &str| n.parse::<u64>().map_err(|e| e.to_string());
    match words {
        ["fill", dir, entries, lanes] => fill(Path::new(dir), many(entries)?, many(lanes)?)?,
        ["open", dir] => open(Path::new(dir))?,
        ["drain", dir, entries] => runtime()?.block_on(drain(Path::new(dir), many(entries)?))?,
        ["watch", dir] => runtime()?.block_on(watch(Path::new(dir)))?,
        _ => return Err("outbox-child fill|open|drain|watch DIR …".into()),
    }
    Ok(true)
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().map_err(|e| e.to_string())
}

/// Says the line and waits.
fn say(numbers: &[(&str, f64)]) -> Result<(), String> {
    let words: Vec<String> = numbers.iter().map(|(name, number)| format!("{name}={number}")).collect();
    println!("{}", words.join(" "));
    std::io::stdin().read_to_end(&mut Vec::new()).map(drop).map_err(|e| e.to_string())
}

fn fill(dir: &Path, entries: u64, lanes: u64) -> Result<(), String> {
    let (_store, outbox) = ground::open(dir)?;
    let (began, mut line) = (Instant::now(), VecDeque::new());
    for n in 0..entries {
        line.push_back(outbox.accept_later(ground::message(n, n % lanes)).map_err(|e| e.to_string())?);
        if line.len() >= IN_LINE
            && let Some(first) = line.pop_front()
        {
            first.wait().map_err(|e| e.to_string())?;
        }
    }
    line.into_iter().try_for_each(|a| a.wait().map(drop).map_err(|e| e.to_string()))?;
    say(&[("seconds", began.elapsed().as_secs_f64())])
}

fn open(dir: &Path) -> Result<(), String> {
    let before = resident()?;
    let began = Instant::now();
    let store = ground::open_store(dir)?;
    let store_took = began.elapsed();
    let outbox = ground::open_outbox(&store)?;
    let took = began.elapsed();
    let after = resident()?;
    let called = Instant::now();
    let lanes = outbox.lanes(&LaneFilter::default(), 0, PAGE);
    let page = outbox.page(&EntryFilter::default(), 0, PAGE).map_err(|e| e.to_string())?;
    let shown = called.elapsed();
    if lanes.lanes.is_empty() || page.entries.len() != PAGE || !page.damaged.is_empty() {
        return Err("the page is not what it should be".into());
    }
    say(&[
        ("open", took.as_secs_f64()),
        ("store", store_took.as_secs_f64()),
        ("growth", after.saturating_sub(before) as f64),
        ("resident", after as f64),
        ("shown", shown.as_secs_f64()),
        ("entries", page.total as f64),
        ("peak", peak()? as f64),
    ])
}

/// Delivers at once what it is told to, then says that nobody may send.
struct Instantly {
    began: Instant,
    left: AtomicU64,
    /// When the first message came, in nanoseconds; 0 before that.
    first: AtomicU64,
}

#[async_trait]
impl Courier for Instantly {
    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, _: &Outgoing) -> Delivery {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let _ = self.first.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        match left {
            Ok(_) => Delivery::delivered(),
            Err(_) => Delivery::Paused { why: "enough".to_owned() },
        }
    }
}

/// Drains so many, while somebody writes further messages in a lane of their own.
async fn drain(dir: &Path, entries: u64) -> Result<(), String> {
    let (_store, outbox) = ground::open(dir)?;
    let began = Instant::now();
    let courier = Instantly { began, left: AtomicU64::new(entries), first: AtomicU64::new(0) };
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let person = tokio::spawn(write_on(outbox.clone(), stopped.clone()));
    stopped.borrow_and_update();
    let report = outbox.drain(&courier).await;
    let took = began.elapsed();
    let _ = stop.send(true);
    let mut waits = person.await.map_err(|e| e.to_string())??;
    if let Some(error) = report.error {
        return Err(error.to_string());
    }
    let mut wait = |percent| ground::percentile(&mut waits, percent).as_secs_f64();
    let (p50, p99, max) = (wait(50), wait(99), wait(100));
    say(&[
        ("drained", report.delivered as f64),
        ("seconds", took.as_secs_f64()),
        ("first", courier.first.load(Ordering::Relaxed) as f64 / 1e9),
        ("accepted", waits.len() as f64),
        ("p50", p50),
        ("p99", p99),
        ("max", max),
    ])
}

/// A message every few milliseconds; how long each took.
async fn write_on(
    outbox: Outbox,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> Result<Vec<Duration>, String> {
    let mut waits = Vec::new();
    // Of no message that is there already.
    let mut n = 1 << 40;
    while !*stopped.borrow() {
        let (outbox, message) = (outbox.clone(), ground::message(n, n));
        let called = Instant::now();
        let accepted = tokio::task::spawn_blocking(move || outbox.accept(message)).await;
        accepted.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        waits.push(called.elapsed());
        n += 1;
        sleep(PAUSE).await;
    }
    Ok(waits)
}

/// Nobody can be reached: every message waits for an hour.
struct Unreachable;

#[async_trait]
impl Courier for Unreachable {
    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, _: &Outgoing) -> Delivery {
        Delivery::NotSent { why: "busy".to_owned(), retry_after: Some(Duration::from_secs(3_600)) }
    }
}

/// As the program delivers in the background: by period and by signal.
async fn watch(dir: &Path) -> Result<(), String> {
    let (_store, outbox) = ground::open(dir)?;
    let mut changes = outbox.changes();
    // What a first look does belongs to the start.
    outbox.drain(&Unreachable).await;
    let counts = outbox.counts();
    let said = tokio::task::spawn_blocking(move || say(&[("waiting", counts.waiting as f64)]));
    tokio::pin!(said);
    loop {
        changes.borrow_and_update();
        let report = outbox.drain(&Unreachable).await;
        let rest = report.next_due.unwrap_or(PERIOD).min(PERIOD);
        tokio::select! {
            () = sleep(rest) => {}
            _ = changes.changed() => {}
            done = &mut said => return done.map_err(|e| e.to_string())?,
        }
    }
}

/// What of this process is in memory, in bytes.
fn resident() -> Result<u64, String> {
    of_status("self", "VmRSS:")
}

/// The most it was.
fn peak() -> Result<u64, String> {
    of_status("self", "VmHWM:")
}

/// A figure of a process's memory, in bytes.
pub fn of_status(process: &str, name: &str) -> Result<u64, String> {
    let status =
        std::fs::read_to_string(format!("/proc/{process}/status")).map_err(|e| format!("memory: {e}"))?;
    let line = status.lines().find_map(|l| l.strip_prefix(name)).ok_or("no such figure")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "no number")?;
    Ok(kib << 10)
}
