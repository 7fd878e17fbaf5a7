//! A long outbox: how soon it is open after an orderly end and after a kill, what it takes of memory, how soon its screen
//! has a first page, and whether it drains.

use std::path::Path;

use tokio::time::Instant;

use super::{
    child::Process,
    ground::{self, median},
    idle,
};
use crate::report::Row;

const LONG: u64 = 100_000;
const MILLION: u64 = 1_000_000;
/// Entries of a conversation.
const IN_LANE: u64 = 20;
/// How many the million drains.
const DRAINED: u64 = 10_000;
const OPEN_TARGET: f64 = 1.0;
const MEMORY_TARGET: f64 = 120.0;
const SHOWN_TARGET: f64 = 0.3;

/// The medians of several openings: seconds and MiB.
struct Opened {
    open: f64,
    store: f64,
    growth: f64,
    peak: f64,
    shown: f64,
    /// When nothing moved any more, and what was in memory then and at most until then.
    settled: f64,
    settled_growth: f64,
    settled_peak: f64,
}

pub fn measure(million: bool) -> Result<Vec<Row>, String> {
    let dir = ground::scratch()?;
    let long = dir.path().join("long");
    eprintln!("{LONG} entries now");
    let seconds = fill(&long, LONG)?;
    let killed = opened(&long, LONG, 3, false)?;
    opened(&long, LONG, 1, true)?;
    let clean = opened(&long, LONG, 3, true)?;
    let (bytes, read) = read_all(&long)?;
    let mut rows = vec![
        Row::told(format!("{LONG} entries: filled in"), format!("{seconds:.1} s")),
        Row::told(format!("  reading its {} MiB of files", bytes >> 20), format!("{read:.2} s")),
        held("  open after an orderly end", clean.open, OPEN_TARGET, "s"),
        Row::told("    of which the store", format!("{:.2} s", clean.store)),
        held("  open after SIGKILL", killed.open, OPEN_TARGET, "s"),
        Row::told("    of which the store", format!("{:.2} s", killed.store)),
        held("  memory it takes, orderly end", clean.growth, MEMORY_TARGET, "MiB"),
        held("  memory it takes, after SIGKILL", killed.growth, MEMORY_TARGET, "MiB"),
        Row::told(
            "    at most meanwhile, the program included",
            format!("{:.0} and {:.0} MiB", clean.peak, killed.peak),
        ),
        held("  first page of conversations and entries, orderly end", clean.shown, SHOWN_TARGET, "s"),
        held("  first page of conversations and entries, after SIGKILL", killed.shown, SHOWN_TARGET, "s"),
    ];
    rows.extend(settled(&killed));
    if million {
        eprintln!("{MILLION} entries now");
        rows.extend(of_a_million(&dir.path().join("million"))?);
    }
    Ok(rows)
}

fn of_a_million(dir: &Path) -> Result<Vec<Row>, String> {
    let seconds = fill(dir, MILLION)?;
    let killed = opened(dir, MILLION, 1, false)?;
    opened(dir, MILLION, 1, true)?;
    let clean = opened(dir, MILLION, 1, true)?;
    let (bytes, read) = read_all(dir)?;
    let count = DRAINED.to_string();
    let drain = Process::start(&["drain", &path(dir)?, &count])?;
    let drained = drain.get("drained")?;
    let mut rows = vec![
        Row::told(format!("{MILLION} entries: filled in"), format!("{seconds:.0} s")),
        Row::told(format!("  reading its {} MiB of files", bytes >> 20), format!("{read:.1} s")),
        Row::told("  open after an orderly end", format!("{:.1} s", clean.open)),
        Row::told("    of which the store", format!("{:.1} s", clean.store)),
        Row::told("  open after SIGKILL", format!("{:.1} s", killed.open)),
        Row::told("    of which the store", format!("{:.1} s", killed.store)),
        Row::told(
            "  memory it takes, orderly end and SIGKILL",
            format!("{:.0} and {:.0} MiB", clean.growth, killed.growth),
        ),
        Row::told(
            "    at most meanwhile, the program included",
            format!("{:.0} and {:.0} MiB", clean.peak, killed.peak),
        ),
        Row::told("  first page of conversations and entries, orderly end", seconds_of(clean.shown)),
        Row::told("  first page of conversations and entries, after SIGKILL", seconds_of(killed.shown)),
    ];
    rows.extend(settled(&killed));
    rows.extend([
        Row::told("  from the signal to the first message out", seconds_of(drain.get("first")?)),
        Row::held(
            "  drained through an instant courier",
            format!("{drained} in {:.1} s", drain.get("seconds")?),
            format!("{DRAINED}"),
            drained >= DRAINED as f64,
        ),
        Row::told(
            format!("  accept meanwhile, {} times: p50, p99, max", drain.get("accepted")?),
            format!(
                "{}, {}, {}",
                seconds_of(drain.get("p50")?),
                seconds_of(drain.get("p99")?),
                seconds_of(drain.get("max")?)
            ),
        ),
    ]);
    drain.close()?;
    Ok(rows)
}

/// What goes on behind an opening after a kill.
fn settled(killed: &Opened) -> [Row; 2] {
    [
        Row::told("  after SIGKILL sled is filled behind that, in", format!("{:.1} s", killed.settled)),
        Row::told(
            "    memory then, and at most meanwhile, program included",
            format!("{:+.0} and {:.0} MiB", killed.settled_growth, killed.settled_peak),
        ),
    ]
}

fn seconds_of(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1e3)
}

fn held(what: &str, figure: f64, most: f64, unit: &str) -> Row {
    let text = if unit == "s" { format!("{figure:.3} s") } else { format!("{figure:.0} {unit}") };
    Row::held(what, text, format!("≤ {most} {unit}"), figure <= most)
}

/// Fills the folder in a process that is then killed. Returns how many seconds it took.
fn fill(dir: &Path, entries: u64) -> Result<f64, String> {
    let process =
        Process::start(&["fill", &path(dir)?, &entries.to_string(), &(entries / IN_LANE).to_string()])?;
    let seconds = process.get("seconds")?;
    process.kill()?;
    Ok(seconds)
}

/// Opens it so often, each time in a process of its own that then ends in order or is killed.
fn opened(dir: &Path, entries: u64, times: usize, in_order: bool) -> Result<Opened, String> {
    let mut all: [Vec<f64>; 8] = Default::default();
    for _ in 0..times {
        let process = Process::start(&["open", &path(dir)?])?;
        if process.get("entries")? != entries as f64 {
            return Err(format!("{} of {entries} entries are there", process.get("entries")?));
        }
        for (figures, name) in all.iter_mut().zip(["open", "store", "growth", "peak", "shown"]) {
            figures.push(process.get(name)?);
        }
        if !in_order {
            let (seconds, resident, peak) = idle::settled(process.id())?;
            let before = process.get("resident")? - process.get("growth")?;
            for (figures, figure) in all.iter_mut().skip(5).zip([seconds, resident - before, peak]) {
                figures.push(figure);
            }
        }
        if in_order { process.close()? } else { process.kill()? }
    }
    let [open, store, growth, peak, shown, settled, settled_growth, settled_peak] = all.map(median);
    let mib = f64::from(1 << 20);
    let (growth, peak) = (growth / mib, peak / mib);
    let (settled_growth, settled_peak) = (settled_growth / mib, settled_peak / mib);
    Ok(Opened { open, store, growth, peak, shown, settled, settled_growth, settled_peak })
}

fn path(dir: &Path) -> Result<String, String> {
    dir.to_str().map(str::to_owned).ok_or_else(|| "the folder's path is no text".to_owned())
}

/// The least that any opening could do: reads all files, which are in the system's cache as they are for it. Bytes and
/// seconds.
fn read_all(dir: &Path) -> Result<(u64, f64), String> {
    let files = ground::files(dir)?;
    let (began, mut bytes) = (Instant::now(), 0);
    for (path, _, _) in files {
        let mut file = std::fs::File::open(&path).map_err(|e| e.to_string())?;
        let mut chunk = vec![0; 256 << 10];
        loop {
            match std::io::Read::read(&mut file, &mut chunk).map_err(|e| e.to_string())? {
                0 => break,
                read => bytes += read as u64,
            }
        }
    }
    Ok((bytes, began.elapsed().as_secs_f64()))
}
