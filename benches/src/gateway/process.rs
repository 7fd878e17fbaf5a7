//! The processes of a run: the org, the gateway, and the machine's own limit.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::line::Line;

/// A process that said where it listens; killed when dropped.
pub struct Process {
    child: Child,
    pub listening: SocketAddr,
    pub control: Option<SocketAddr>,
}

impl Process {
    fn start(mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let mut first = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?)
            .read_line(&mut first)
            .map_err(|e| e.to_string())?;
        let line: Value = serde_json::from_str(&first).map_err(|e| format!("{e}: {first:?}"))?;
        let address = |key: &str| line[key].as_str()?.strip_prefix("http://")?.parse().ok();
        let listening = address("listening").ok_or_else(|| format!("no address: {first:?}"))?;
        Ok(Self { child, listening, control: address("control") })
    }

    /// `innkeeper simulator` without guests.
    pub fn org() -> Result<Self, String> {
        let mut command = innkeeper()?;
        command.args(["simulator", "--listen", "127.0.0.1:0", "--guests", "0"]);
        Self::start(command)
    }

    /// `innkeeper gateway` on a folder.
    pub fn gateway(org: &Self, data: &Path) -> Result<Self, String> {
        let mut command = innkeeper()?;
        command
            .args(["gateway", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("GC_BASE_URL", format!("http://{}", org.listening))
            .env("GC_CLIENT_ID", "demo")
            .env("GC_CLIENT_SECRET", "demo")
            .env("INNKEEPER_PASSPHRASE", "a bench of its own")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        Self::start(command)
    }

    /// This program as the machine's own limit.
    pub fn bare(file: &Path) -> Result<Self, String> {
        let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
        command.arg("gateway-bare").arg(file);
        Self::start(command)
    }

    /// MiB of memory now and at most, as the system counts them.
    pub fn memory(&self) -> Result<(f64, f64), String> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let kib = |name: &str| {
            let line = text.lines().find_map(|l| l.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse::<f64>().ok()
        };
        let figure = |name: &str| kib(name).map(|n| n / 1024.0).ok_or(format!("{path} has no {name}"));
        Ok((figure("VmRSS:")?, figure("VmHWM:")?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command line that `xtask` built beside this program.
fn innkeeper() -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?.with_file_name("innkeeper");
    if !program.is_file() {
        return Err(format!("{} is not there; use cargo xtask bench", program.display()));
    }
    Ok(Command::new(program))
}

/// A page: its connection, its cookie and its conversation.
pub struct Page {
    pub line: Line,
    pub headers: String,
    pub conversation: String,
}

/// Starts a chat on a connection of its own.
pub async fn page(gateway: SocketAddr) -> Result<Page, String> {
    let mut line = Line::connect(gateway).await?;
    let answer = line.exchange("POST", "/api/chat/initiate", "", "{}").await?;
    if answer.status != 201 {
        return Err(format!("a chat did not start: {}", answer.status));
    }
    let cookie = answer.head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).ok_or("no cookie")?;
    let cookie = cookie.split(';').next().unwrap_or_default();
    let body: Value = serde_json::from_str(&answer.body).map_err(|e| e.to_string())?;
    let conversation = body["conversationId"].as_str().ok_or("no conversation")?.to_owned();
    Ok(Page { line, headers: format!("Cookie: {cookie}\r\n"), conversation })
}

impl Page {
    /// The body of its message `n`, with a text of 512 bytes.
    pub fn body(&self, n: u64) -> String {
        let mut text = format!("{n} ").repeat(512 / 2);
        text.truncate(512);
        json!({ "conversationId": self.conversation, "text": text }).to_string()
    }
}
