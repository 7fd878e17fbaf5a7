//! A child that is measured: what it said last, how long it took, its processor time and the most memory it held.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use crate::client::child::spent;

/// What a child did.
pub struct Measured {
    /// The last line of its output.
    pub last: Value,
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    pub took: Duration,
    /// User and system time.
    pub processor: Duration,
    /// The most memory that was seen, in MiB.
    pub peak_mib: f64,
}

/// Runs a child to its end. No other child may end meanwhile, since the system counts them together.
pub fn measure(mut command: Command) -> Result<Measured, String> {
    let before = spent()?;
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("{command:?}: {e}"))?;
    let mut out = child.stdout.take().ok_or("no output")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    });
    let mut peak = 0.0_f64;
    let status = loop {
        peak = peak.max(peak_mib(&child).unwrap_or(0.0));
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None => std::thread::park_timeout(Duration::from_millis(5)),
        }
    };
    let took = begun.elapsed();
    let text = reader.join().map_err(|_| "the reader ended early")?.map_err(|e| e.to_string())?;
    let last = text.lines().last().unwrap_or_default();
    let last = serde_json::from_str(last).map_err(|e| format!("{command:?}: {e}: {last:?}"))?;
    let processor = spent()?.saturating_sub(before);
    Ok(Measured { last, code: status.code().unwrap_or(-1), took, processor, peak_mib: peak })
}

/// `innkeeper` beside this program.
pub fn innkeeper() -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?.with_file_name("innkeeper");
    if !program.is_file() {
        return Err(format!("{} is not there; use cargo xtask bench", program.display()));
    }
    let mut command = Command::new(program);
    testkit::without_program_variables(&mut command);
    Ok(command)
}

/// A simulated org in a process of its own; killed when dropped.
pub struct Org {
    child: Child,
    /// Such as `http://127.0.0.1:40123`.
    pub origin: String,
    /// The first deployment it serves.
    pub deployment: String,
}

impl Org {
    /// With a bot file or without answers, and this many messages a second and session.
    pub fn start(bot: Option<&Path>, messages_per_second: u32) -> Result<Self, String> {
        let mut command = innkeeper()?;
        command.args(["simulator", "--listen", "127.0.0.1:0", "--guests", "0", "--rate", "off", "--bot"]);
        match bot {
            Some(file) => command.arg(file),
            None => command.arg("none"),
        };
        command.args(["--messages-per-second", &messages_per_second.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut org = Self { child, origin: String::new(), deployment: String::new() };
        let mut first = String::new();
        BufReader::new(out).read_line(&mut first).map_err(|e| e.to_string())?;
        let line: Value = serde_json::from_str(&first).map_err(|e| format!("{e}: {first:?}"))?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(format!("unexpected: {first:?}"));
        org.origin = text(&line["listening"])?;
        org.deployment = text(&line["deployments"][0])?;
        Ok(org)
    }

    /// The most memory it held, in MiB.
    pub fn peak_mib(&self) -> f64 {
        peak_mib(&self.child).unwrap_or(0.0)
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn peak_mib(child: &Child) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kib| kib / 1024.0)
}
