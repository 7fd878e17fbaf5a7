//! An outbox in which messages wait for their time, looked at every 5 s as the program does it, for a minute.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    child::{Process, of_status},
    ground,
};
use crate::report::Row;

/// How long it is watched.
pub const WATCHED: Duration = Duration::from_secs(60);
const CPU_TARGET: f64 = 0.1;
/// Between the end of the start and the first look.
const CALM: Duration = Duration::from_secs(3);
const WAITING: u64 = 1_000;

/// What the system has counted of a process.
struct Seen {
    /// Bytes that it caused to be written to a disk.
    to_disk: u64,
    /// Bytes it handed to write calls of any kind, of which wake-ups between its threads are some.
    handed: u64,
    /// Processor time of all its threads.
    cpu: Duration,
}

pub fn measure() -> Result<Vec<Row>, String> {
    let dir = ground::scratch()?;
    let folder = dir.path().join("idle");
    let path = folder.to_str().ok_or("the folder's path is no text")?;
    let waiting = WAITING.to_string();
    Process::start(&["fill", path, &waiting, &waiting])?.close()?;
    let process = Process::start(&["watch", path])?;
    if process.get("waiting")? != WAITING as f64 {
        return Err("not all of them wait".into());
    }
    rest(CALM)?;
    let (files, before) = (ground::files(&folder)?, seen(process.id())?);
    rest(WATCHED)?;
    let (files_after, after) = (ground::files(&folder)?, seen(process.id())?);
    process.close()?;
    let touched = files.iter().filter(|file| !files_after.contains(file)).count()
        + files_after.iter().filter(|file| !files.contains(file)).count();
    let (to_disk, handed) = (after.to_disk - before.to_disk, after.handed - before.handed);
    let share = (after.cpu.saturating_sub(before.cpu)).as_secs_f64() / WATCHED.as_secs_f64() * 100.0;
    Ok(vec![
        Row::held(
            format!("{WAITING} entries wait {} s: bytes to the disk", WATCHED.as_secs()),
            to_disk.to_string(),
            "0",
            to_disk == 0,
        ),
        Row::held("  files of its folder that changed", touched.to_string(), "0", touched == 0),
        Row::told("  bytes in write calls, wake-ups included", handed.to_string()),
        Row::held(
            "  processor time",
            format!("{share:.3} %"),
            format!("≤ {CPU_TARGET} %"),
            share <= CPU_TARGET,
        ),
    ])
}

/// Waits until a process has had nothing to do for a second and a half, longer than it rests before it fills sled. How many
/// seconds that took, and how many bytes of it are in memory then and were at most.
pub fn settled(id: u32) -> Result<(f64, f64, f64), String> {
    let began = Instant::now();
    let (mut last, mut since) = (seen(id)?.cpu, began);
    while since.elapsed() < Duration::from_millis(1_500) {
        rest(Duration::from_millis(50))?;
        let cpu = seen(id)?.cpu;
        if cpu > last + Duration::from_millis(1) {
            (last, since) = (cpu, Instant::now());
        }
    }
    let bytes = |name| of_status(&id.to_string(), name).map(|bytes| bytes as f64);
    Ok(((since - began).as_secs_f64(), bytes("VmRSS:")?, bytes("VmHWM:")?))
}

fn seen(id: u32) -> Result<Seen, String> {
    let read = |path: String| std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"));
    let io = read(format!("/proc/{id}/io"))?;
    let number = |name: &str| {
        let line = io.lines().find_map(|l| l.strip_prefix(name)).ok_or("no such figure")?;
        line.trim().parse::<u64>().map_err(|e| e.to_string())
    };
    let mut nanos = 0;
    for task in std::fs::read_dir(format!("/proc/{id}/task")).map_err(|e| e.to_string())? {
        let path = task.map_err(|e| e.to_string())?.path().join("schedstat");
        let text = read(path.to_string_lossy().into_owned())?;
        nanos += text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).ok_or("no time")?;
    }
    Ok(Seen { to_disk: number("write_bytes:")?, handed: number("wchar:")?, cpu: Duration::from_nanos(nanos) })
}

fn rest(time: Duration) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.map_err(|e| e.to_string())?.block_on(async { tokio::time::sleep(time).await });
    Ok(())
}
