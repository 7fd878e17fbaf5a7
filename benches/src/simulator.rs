//! The simulator with a million guests: how long until it answers, how much memory, and how long a page takes, by
//! filter, sort and depth, over loopback HTTP.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use genesys::{ReqwestTransport, Transport};
use serde_json::{Value, json};
use tokio::{runtime::Builder, time::Instant};

use crate::report::{Row, print};

const GUESTS: u64 = 1_000_000;
/// The middle of the 90 days before it.
const NOW: &str = "2026-11-22T12:00:00Z";
const START: Duration = Duration::from_secs(10);
const MEMORY_KB: u64 = 1_500_000;
const PAGE: Duration = Duration::from_millis(10);
/// Requests of a round; with so many the 99th percentile is the second worst.
const TIMES: usize = 100;
/// The round with the least 99th percentile counts: the org does the same work in all of them, and what else the
/// machine does can only add.
const ROUNDS: usize = 3;

const SORTS: [&str; 5] = ["createdTime", "modifiedTime:desc", "name", "email:desc", "id"];
/// What is held to the target: what it is called here, and the filter.
const INDEXED: [(&str, &str); 9] = [
    ("everyone", ""),
    ("due by age", r#"createdTime < "2026-10-23T12:00:00Z""#),
    ("younger half", r#"createdTime >= "2026-10-08T12:00:00Z""#),
    ("last day, by NOT", r#"NOT createdTime < "2026-11-21T12:00:00Z""#),
    ("upper half of ids", r#"id > "80000000-0000-4000-8000-000000000000""#),
    ("id prefix", r#"id startswith "ab""#),
    (
        "half of time and of ids",
        r#"createdTime < "2026-10-08T12:00:00Z" AND id > "80000000-0000-4000-8000-000000000000""#,
    ),
    (
        "first and last days",
        r#"createdTime < "2026-09-08T12:00:00Z" OR createdTime > "2026-11-08T12:00:00Z""#,
    ),
    (
        "a walk's cursor",
        r#"createdTime < "2026-10-23T12:00:00Z" AND (createdTime > "2026-10-01T12:00:00Z" OR (createdTime = "2026-10-01T12:00:00Z" AND id > "8"))"#,
    ),
];
/// What needs a look at guests; told, not held to anything.
const LOOKING: [&str; 4] = [
    r#"name contains "mar""#,
    r#"attributes.tier = "vip""#,
    r#"id contains "abcd""#,
    r#"createdTime < "2026-10-23T12:00:00Z" AND email contains "chen""#,
];
const CONVERSATIONS: [&str; 3] = ["", r#"state="active""#, r#"type="webchat" AND state="closed""#];

/// `cargo xtask bench simulator`
pub fn simulator(_: &[&str]) -> Result<bool, String> {
    let before = load();
    let (org, started) = Org::start()?;
    let peak_at_start = org.peak_kb()?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let mut rows = vec![Row::held(
        format!("{GUESTS} guests, until the first line, s"),
        format!("{:.2}", started.as_secs_f64()),
        format!("< {}", START.as_secs()),
        started < START,
    )];
    let pages = runtime.block_on(pages(&org.origin))?;
    let peak = org.peak_kb()?;
    rows.push(Row::told("peak memory at the first line, MB", (peak_at_start / 1000).to_string()));
    let (memory, most) = ((peak / 1000).to_string(), format!("< {}", MEMORY_KB / 1000));
    rows.push(Row::held("peak memory after all of the below, MB", memory, most, peak < MEMORY_KB));
    rows.extend(pages);
    rows.push(Row::told(
        "load of the machine over a minute, before and after",
        format!("{before} {}", load()),
    ));
    Ok(print("Simulator: pages of 100, ms as p50/p99/max at the first, the middle and the last page", &rows))
}

/// The command-line program as a user starts it.
struct Org {
    child: Child,
    origin: String,
}

impl Org {
    fn start() -> Result<(Self, Duration), String> {
        let here = std::env::current_exe().map_err(|e| e.to_string())?;
        let program = here.with_file_name(format!("innkeeper{}", std::env::consts::EXE_SUFFIX));
        let guests = GUESTS.to_string();
        let arguments =
            ["simulator", "--listen", "127.0.0.1:0", "--rate", "off", "--now", NOW, "--guests", &guests];
        let clock = Instant::now();
        let mut child = Command::new(&program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("the program has no output")?;
        let mut org = Self { child, origin: String::new() };
        BufReader::new(out).read_line(&mut line).map_err(|e| e.to_string())?;
        let started = clock.elapsed();
        let told: Value = serde_json::from_str(&line).map_err(|e| format!("the first line {line:?}: {e}"))?;
        org.origin = told["listening"].as_str().ok_or("the first line names no address")?.to_owned();
        Ok((org, started))
    }

    /// The most memory the program ever held; known on Linux only.
    fn peak_kb(&self) -> Result<u64, String> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kb.ok_or_else(|| format!("{path} has no VmHWM"))
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn pages(origin: &str) -> Result<Vec<Row>, String> {
    let wire = Wire::sign_in(origin).await?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(wire.send("GET", "/api/v2/tokens/me", "").await?.0);
    }
    let mut rows = vec![Row::told("a call that asks nothing of the world", told(&mut times).0)];
    for (name, filter) in INDEXED {
        for sort in SORTS {
            let (figures, worst) = wire.depths(filter, sort).await?;
            rows.push(Row::held(
                format!("{name}, by {sort}"),
                figures,
                format!("p99 < {}", PAGE.as_millis()),
                worst < PAGE,
            ));
        }
    }
    for filter in LOOKING {
        let first = wire.list(filter, "name", 1).await?.0;
        rows.push(Row::told(format!("{filter} by name, asked for the first time"), ms(first)));
        let (figures, _) = wire.depths(filter, "name").await?;
        rows.push(Row::told(format!("{filter} by name, from then on"), figures));
    }
    for filter in CONVERSATIONS {
        let mut figures = Vec::new();
        for number in [1, 50, 5000] {
            let query = json!({ "query": { "filter": filter, "pageSize": 100, "pageNumber": number } });
            let mut times = Vec::new();
            for _ in 0..TIMES {
                let path = "/api/v2/conversations/details/query";
                times.push(wire.send("POST", path, &query.to_string()).await?.0);
            }
            figures.push(told(&mut times).0);
        }
        rows.push(Row::told(format!("conversations {filter}, pages 1, 50, 5000"), figures.join("  ")));
    }
    Ok(rows)
}

/// Requests one after the other, each timed from before it is written until its whole answer is there.
struct Wire {
    transport: ReqwestTransport,
    origin: String,
    authorization: String,
}

impl Wire {
    async fn sign_in(origin: &str) -> Result<Self, String> {
        let authorization = "Basic ZGVtbzpkZW1v".to_owned();
        let mut wire = Self { transport: ReqwestTransport::new(), origin: origin.to_owned(), authorization };
        let (_, body) = wire.send("POST", "/oauth/token", "grant_type=client_credentials").await?;
        wire.authorization = format!("Bearer {}", body["access_token"].as_str().ok_or("no token")?);
        Ok(wire)
    }

    /// The figures at the first, the middle and the last page, and the worst 99th percentile of them.
    async fn depths(&self, filter: &str, sort: &str) -> Result<(String, Duration), String> {
        let (_, first) = self.list(filter, sort, 1).await?;
        let pages = first["pageCount"].as_u64().filter(|n| *n > 0).ok_or("a filter that matches nobody")?;
        let (mut figures, mut worst) = (Vec::new(), Duration::ZERO);
        for number in [1, pages.div_ceil(2), pages] {
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let mut times = Vec::new();
                for _ in 0..TIMES {
                    times.push(self.list(filter, sort, number).await?.0);
                }
                rounds.push(told(&mut times));
            }
            let (figure, p99) = rounds.into_iter().min_by_key(|(_, p99)| *p99).ok_or("no round")?;
            figures.push(figure);
            worst = worst.max(p99);
        }
        Ok((figures.join("  "), worst))
    }

    async fn list(&self, filter: &str, sort: &str, number: u64) -> Result<(Duration, Value), String> {
        let filter: String = filter.bytes().map(|b| format!("%{b:02X}")).collect();
        let path = format!("/api/v2/guests?pageSize=100&pageNumber={number}&sortBy={sort}&filter={filter}");
        self.send("GET", &path, "").await
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Result<(Duration, Value), String> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header("authorization", &self.authorization)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .map_err(|e| e.to_string())?;
        let clock = Instant::now();
        let answer = self.transport.send(request).await.map_err(|e| e.to_string())?;
        let took = clock.elapsed();
        let said = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        if answer.status() == 200 { Ok((took, said)) } else { Err(format!("{method} {path}: {said}")) }
    }
}

/// Processes that ran or would have run, on average: above the number of cores every figure is too high.
fn load() -> String {
    let told = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().filter(|first| !first.is_empty()).unwrap_or("unknown").to_owned()
}

/// p50/p99/max in milliseconds, and p99.
fn told(times: &mut [Duration]) -> (String, Duration) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1];
    (format!("{}/{}/{}", ms(at(0.5)), ms(at(0.99)), ms(at(1.0))), at(0.99))
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
