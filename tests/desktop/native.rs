//! The dialogs that the desktop draws and no page can reach: found by their titles, answered by keys of the X server as a
//! keyboard gives them, and closed by the window manager.

use std::process::{Child, Command, Stdio};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::harness::LOOK;
use crate::page::Outcome;

/// How long a dialog may take to come or to go.
const PATIENCE: Duration = Duration::from_secs(15);

/// The titles of all that the console asks.
const TITLES: [&str; 11] = [
    "New connection",
    "Edited connection",
    "Chat gateway",
    "Export the outbox",
    "Save the certificate",
    "Export the frames",
    "Send a file",
    "Save the chat as a scenario",
    "Open scenario files",
    "Save the report",
    "Quit Innkeeper",
];

/// The one window manager of this display; without one no window is closed politely and none has the keyboard.
static MANAGER: Mutex<Option<Child>> = Mutex::new(None);

/// Starts the window manager where none is, and waits until it manages. It ends with the display.
pub async fn window_manager() {
    if manages() {
        return;
    }
    {
        let mut held = MANAGER.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        *held = Some(quiet(&mut Command::new("openbox")).expect("openbox starts: is it on the PATH?"));
    }
    let deadline = Instant::now() + PATIENCE;
    while !manages() {
        assert!(Instant::now() < deadline, "openbox does not manage the windows");
        sleep(LOOK).await;
    }
}

fn manages() -> bool {
    let asked = Command::new("wmctrl").arg("-m").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.expect("wmctrl starts: is it on the PATH?").success()
}

/// A dialog that is open.
pub struct Dialog {
    id: String,
    title: String,
}

impl Dialog {
    /// Waits for it.
    pub async fn of(title: &str) -> Outcome<Dialog> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(id) = open(title).into_iter().next() {
                return Ok(Dialog { id, title: title.to_owned() });
            }
            if Instant::now() >= deadline {
                return Err(format!("waited for a dialog {title:?}"));
            }
            sleep(LOOK).await;
        }
    }

    /// Presses keys by their X names, such as `Return`, with the keyboard on the dialog.
    pub async fn press(&self, keys: &[&str]) -> Outcome {
        self.xdotool(&["key", "--delay", "60"], keys)
    }

    /// Presses a key until the dialog is gone: a list of suggestions may take the first.
    pub async fn press_until_gone(&self, key: &str) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        while open(&self.title).contains(&self.id) {
            if Instant::now() >= deadline {
                return Err(format!("the dialog {:?} does not go by {key}", self.title));
            }
            // Gone in between, there is nothing to press on.
            drop(self.press(&[key]).await);
            sleep(LOOK * 10).await;
        }
        Ok(())
    }

    /// Types a text where the cursor is.
    pub async fn write(&self, text: &str) -> Outcome {
        self.xdotool(&["type", "--delay", "12"], &[text])
    }

    fn xdotool(&self, how: &[&str], what: &[&str]) -> Outcome {
        let mut command = Command::new("xdotool");
        command.args(["windowactivate", "--sync", &self.id]).args(how).args(what);
        let done = command.output().map_err(|why| format!("xdotool: {why}"))?;
        if done.status.success() {
            return Ok(());
        }
        Err(format!("xdotool on {:?}: {}", self.title, String::from_utf8_lossy(&done.stderr)))
    }

    /// Asks the window to close, as its frame's button does (WM_DELETE_WINDOW).
    pub async fn close(&self) -> Outcome {
        close(&self.id);
        self.is_gone().await
    }

    /// Waits until it is gone.
    pub async fn is_gone(&self) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        while open(&self.title).contains(&self.id) {
            if Instant::now() >= deadline {
                return Err(format!("the dialog {:?} does not go", self.title));
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

/// Asks the console's window to close, as its frame's button does; it may stay.
pub fn ask_to_close(title: &str) {
    for id in open(title) {
        close(&id);
    }
}

fn close(id: &str) {
    // One that went by itself is no fault.
    drop(Command::new("wmctrl").args(["-i", "-c", id]).stderr(Stdio::null()).status());
}

/// The ids of the windows with this title.
fn open(title: &str) -> Vec<String> {
    let listed = Command::new("wmctrl").arg("-l").stderr(Stdio::null()).output();
    let listed = listed.map(|done| String::from_utf8_lossy(&done.stdout).into_owned()).unwrap_or_default();
    // Id, desktop, host, title.
    let lines = listed.lines().filter_map(|line| {
        let mut columns = line.split_whitespace();
        let id = columns.next()?;
        let named: Vec<&str> = columns.skip(2).collect();
        (named.join(" ") == title).then(|| id.to_owned())
    });
    lines.collect()
}

/// Whether any dialog of the console is open now.
pub fn any_open() -> bool {
    TITLES.iter().any(|title| !open(title).is_empty())
}

/// A person who says no to everything, by closing each dialog that comes, until this is dropped.
pub struct Refuser {
    stop: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
}

impl Refuser {
    /// Begins.
    pub fn start() -> Refuser {
        let (stop, refused) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (ends, count) = (Arc::clone(&stop), Arc::clone(&refused));
        tokio::spawn(async move {
            while !ends.load(Ordering::SeqCst) {
                for id in TITLES.iter().flat_map(|title| open(title)) {
                    close(&id);
                    count.fetch_add(1, Ordering::SeqCst);
                }
                sleep(LOOK).await;
            }
        });
        Refuser { stop, refused }
    }

    /// How often it said no.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

impl Drop for Refuser {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}
