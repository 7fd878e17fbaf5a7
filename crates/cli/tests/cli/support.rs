//! The real binary, a real simulator beside it, and what the simulator's ledger says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use crate::folder;

/// `innkeeper simulator`, stopped when dropped.
pub struct Org {
    child: Child,
    pub url: String,
    control: String,
    /// What it said first.
    pub line: Value,
}

impl Org {
    pub fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_innkeeper"))
            .args(["simulator", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        let (url, control) = (text("listening"), text("control"));
        Self { child, url, control, line }
    }

    /// Its process.
    #[cfg(target_os = "linux")]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The ledger's entries of one kind, in order.
    pub fn ledger(&self, kind: &str) -> Vec<Value> {
        let body = request(&self.control, "GET", "/ledger", "");
        body.lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap())
            .filter(|e| e["kind"] == kind)
            .collect()
    }

    /// What the API's origin says to a plain GET.
    pub fn get(&self, path: &str) -> String {
        request(&self.url, "GET", path, "")
    }

    /// What the control port says to a plain GET.
    pub fn control_get(&self, path: &str) -> String {
        request(&self.control, "GET", path, "")
    }

    pub fn control(&self, path: &str, body: &str) -> String {
        request(&self.control, "POST", path, body)
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One plain HTTP exchange; the connection is closed after it, so the body ends with the stream.
fn request(base: &str, method: &str, path: &str, body: &str) -> String {
    let host = base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The command line on a data folder and an org; nothing of this machine's environment leads elsewhere. A folder that is new is
/// begun so that its secrets open at once.
pub fn innkeeper(data: &Path, org: Option<&Org>) -> Command {
    if let Some(org) = org {
        folder::begin(data, &org.url);
    }
    innkeeper_from_nothing(data, org)
}

/// The same, and a folder that is new is begun by the program itself.
pub fn innkeeper_from_nothing(data: &Path, org: Option<&Org>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    command.arg("--json").arg("--data").arg(data).stdin(Stdio::null());
    testkit::without_variables_and_keychain(&mut command);
    if let Some(org) = org {
        command
            .env("GC_BASE_URL", &org.url)
            .env("GC_CLIENT_ID", "demo")
            .env("GC_CLIENT_SECRET", "demo")
            .env("INNKEEPER_PASSPHRASE", "correct horse");
    }
    command
}

/// The exit code and every JSON line of stdout.
pub fn lines(output: &Output) -> (i32, Vec<Value>) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines =
        text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect();
    (output.status.code().unwrap(), lines)
}

/// Runs to the end; the exit code and the last line.
pub fn run(command: &mut Command) -> (i32, Value) {
    let (code, mut lines) = lines(&command.output().unwrap());
    (code, lines.pop().unwrap_or_default())
}
