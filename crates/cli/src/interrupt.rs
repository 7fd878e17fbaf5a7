use std::sync::atomic::{AtomicBool, Ordering};

use app::{Failure, FailureCode};
use tokio::sync::watch;

/// The request to end: Ctrl-C, or the system's polite word. A command that has something to wind up listens; every other one
/// is dropped where it stands, which loses nothing that was acknowledged.
pub struct Interrupt {
    asked: watch::Sender<bool>,
    heeded: AtomicBool,
}

impl Interrupt {
    pub fn new() -> Self {
        Self { asked: watch::Sender::new(false), heeded: AtomicBool::new(false) }
    }

    /// Resolves when the program is asked to end. From the first call on the command is given time to wind up.
    pub async fn heed(&self) {
        self.heeded.store(true, Ordering::Relaxed);
        // The sender lives as long as `self`.
        drop(self.asked.subscribe().wait_for(|asked| *asked).await);
    }

    pub fn is_heeded(&self) -> bool {
        self.heeded.load(Ordering::Relaxed)
    }

    pub fn tell(&self) {
        self.asked.send_replace(true);
    }

    pub fn is_told(&self) -> bool {
        *self.asked.borrow()
    }
}

/// What is said of a command that was interrupted.
pub fn failure() -> Failure {
    Failure::new(FailureCode::Interrupted, "Interrupted; everything that was acknowledged is kept.")
}

/// The system's word that a file got longer than a limit allows (`ulimit -f`), on every system but one for MIPS.
#[cfg(unix)]
const TOO_LONG: i32 = 25;

/// From here on a file that may get no longer is told as an error of the write, and ends nobody.
#[cfg(unix)]
pub fn heed_file_limit() {
    // A system that refuses it ends the program as before.
    drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(TOO_LONG)));
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn heed_file_limit() {}

/// Ctrl-C, or a polite request to end. Listens from the call on, not from the first await: what a command prints first
/// may be answered by a signal at once.
#[cfg(unix)]
pub fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).ok();
    let (mut interrupt, mut end) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
    async move {
        let told = async |signal: &mut Option<tokio::signal::unix::Signal>| match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        };
        tokio::select! {
            () = told(&mut interrupt) => {}
            () = told(&mut end) => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
