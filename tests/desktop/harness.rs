//! One window under WebDriver, from its start to the end of its last thread.
//!
//! WebKitWebDriver starts the console itself and gives it its own environment, so the data folder and the user's
//! folders are handed to the driver. One window at a time: they would share the name on the session bus.

use fantoccini::{Client, ClientBuilder};
use serde_json::json;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use testkit::without_program_variables;
use tokio::time::{Instant, sleep, timeout};

use crate::native;

/// How long the console may take to come up and connect back. WebKitWebDriver itself waits for ever for one that quit.
const START: Duration = Duration::from_secs(30);
/// How long it may take to be gone.
const END: Duration = Duration::from_secs(15);
/// How long a script in the page may take; far above what any takes, since another part of the test runs beside it.
pub const SCRIPT: Duration = Duration::from_secs(120);
/// Between two looks at something that is not there yet.
pub const LOOK: Duration = Duration::from_millis(40);

/// The folders of one imaginary person: the console's data and everything the desktop keeps for a user.
pub struct Desk {
    folder: tempfile::TempDir,
    home: PathBuf,
    log: PathBuf,
    passphrase: Option<String>,
    variables: Vec<(&'static str, String)>,
}

impl Desk {
    /// A clean desk. What the console prints goes to `log`, over all its starts.
    pub fn new(log: PathBuf) -> Desk {
        // A short path: sockets lie in it, and their paths are limited to about 100 bytes.
        let folder =
            tempfile::Builder::new().prefix("desk").tempdir().expect("a temporary folder can be made");
        for part in ["data", "run", "share", "config/gtk-3.0", "cache", "home/Downloads"] {
            std::fs::create_dir_all(folder.path().join(part)).expect("a folder of the desk can be made");
        }
        // Reduced motion, as a desktop setting: nothing slides while it is looked at.
        std::fs::write(
            folder.path().join("config/gtk-3.0/settings.ini"),
            "[Settings]\ngtk-enable-animations=false\n",
        )
        .expect("the desktop settings can be written");
        let home = folder.path().join("home");
        Desk { folder, home, log, passphrase: None, variables: Vec::new() }
    }

    /// A clean desk whose secrets lie under a passphrase: what a machine without a keychain needs for any org but the
    /// embedded one.
    pub fn with_passphrase(log: PathBuf) -> Desk {
        Desk { passphrase: Some(uuid::Uuid::new_v4().to_string()), ..Desk::new(log) }
    }

    /// The same desk with an environment variable.
    pub fn with_variable(mut self, name: &'static str, value: &str) -> Desk {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Where everything of this desk lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The person's home folder, with their downloads in it.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Starts the console on this desk and waits until WebDriver has it.
    pub async fn open(&self) -> Window {
        self.open_program(env!("CARGO_BIN_EXE_innkeeper-desktop").as_ref(), &[]).await
    }

    async fn open_program(&self, program: &OsStr, arguments: &[&str]) -> Window {
        native::window_manager().await;
        let port = free_port();
        let driver =
            Driver(self.driver_command(port).spawn().expect("WebKitWebDriver starts: is it on the PATH?"));
        let wanted = json!({
            "webkitgtk:browserOptions": { "binary": program.to_string_lossy(), "args": arguments },
            "timeouts": { "script": SCRIPT.as_millis() as u64 },
        });
        let wanted = wanted.as_object().expect("it is an object as written").clone();
        let deadline = Instant::now() + START;
        loop {
            let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            let url = format!("http://127.0.0.1:{port}");
            match timeout(START, builder.capabilities(wanted.clone()).connect(&url)).await {
                Ok(Ok(client)) => return Window { client, driver },
                // The driver does not listen yet.
                Ok(Err(_)) if Instant::now() < deadline => sleep(LOOK).await,
                Ok(Err(why)) => panic!("no session: {why}; the console said:\n{}", self.said()),
                Err(_) => panic!("the console did not connect to the driver; it said:\n{}", self.said()),
            }
        }
    }

    fn driver_command(&self, port: u16) -> Command {
        let log = || {
            let file = OpenOptions::new().create(true).append(true).open(&self.log);
            file.map_or_else(|_| Stdio::null(), Stdio::from)
        };
        let place = |part: &str| self.folder.path().join(part);
        let mut command = Command::new("WebKitWebDriver");
        // A developer's own settings must not lead the tour to a real org.
        without_program_variables(&mut command);
        command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("INNKEEPER_DATA", place("data"))
            .env("HOME", &self.home)
            .env("XDG_RUNTIME_DIR", place("run"))
            .env("XDG_DATA_HOME", place("share"))
            .env("XDG_CONFIG_HOME", place("config"))
            .env("XDG_CACHE_HOME", place("cache"))
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log());
        command.envs(self.passphrase.iter().map(|passphrase| ("INNKEEPER_PASSPHRASE", passphrase)));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What the console printed, over all its starts.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A running console.
pub struct Window {
    /// The WebDriver session; `page` puts it into words.
    pub client: Client,
    driver: Driver,
}

impl Window {
    /// Closes the window and waits until the console is really gone. Until then it holds the lock of its data folder
    /// and its name on the session bus, and the next start would quit at once.
    pub async fn close(self) {
        let processes = self.driver.descendants();
        self.client.close().await.expect("the session can be closed");
        gone(&processes).await;
    }

    /// The console and the processes of its page.
    pub fn processes(&self) -> Vec<u32> {
        self.driver.descendants()
    }

    /// Takes the console's process away without a word, as a crash or a power cut does, and waits until it is gone.
    pub async fn kill(self) {
        let processes = self.driver.descendants();
        kill(&processes);
        gone(&processes).await;
    }
}

fn kill(processes: &[u32]) {
    for process in processes {
        // One that has ended in the meantime is no fault.
        let _ = Command::new("kill").args(["-KILL", &process.to_string()]).stderr(Stdio::null()).status();
    }
}

/// Waits until none of the processes is alive.
pub async fn gone(processes: &[u32]) {
    let deadline = Instant::now() + END;
    while processes.iter().any(|process| is_alive(*process)) {
        assert!(Instant::now() < deadline, "the console still runs");
        sleep(LOOK).await;
    }
}

/// A zombie whose other threads still run keeps its sockets and file locks: it is dead only when it is alone.
fn is_alive(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).map_or(0, Iterator::count);
    let zombie =
        std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    threads > usize::from(zombie)
}

/// WebKitWebDriver; killed with the value, and the console with it: a console that a failed test left behind would hold
/// the name on the session bus, and every later start would quit at once.
struct Driver(Child);

impl Driver {
    /// The console and the processes of its page. To be asked before they end: then they have no parent any more.
    fn descendants(&self) -> Vec<u32> {
        let mut family = vec![self.0.id()];
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            for task in std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
                let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
                family.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
            }
            at += 1;
        }
        family.remove(0);
        // The driver forks for a moment under its own name.
        family.retain(|id| {
            let name = std::fs::read_to_string(format!("/proc/{id}/comm"));
            !name.is_ok_and(|name| name.starts_with("WebKitWebDriver"))
        });
        family
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        kill(&self.descendants());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// Where the tour's pictures and reports go: `TOUR_DIR`, else cargo's folder for this test.
pub fn tour_folder() -> PathBuf {
    let folder = std::env::var_os("TOUR_DIR")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour"), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("the tour's folder can be made");
    folder
}
