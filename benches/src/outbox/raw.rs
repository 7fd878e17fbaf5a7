//! The disk's own limit: appending the same bytes to a plain file and waiting for `fdatasync`, alone and as many callers
//! who share one sync. Neither encrypts, frames nor indexes anything.

use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread::{Builder, JoinHandle},
    time::Duration,
};

use tokio::time::Instant;

type Answer = Sender<Result<(), String>>;

/// One writer. Told is the time of each sync alone.
pub struct Alone {
    file: File,
}

impl Alone {
    pub fn new(path: &Path) -> Result<Self, String> {
        Ok(Self { file: create(path)? })
    }

    /// Appends and syncs; returns how long the sync took.
    pub fn append(&mut self, bytes: &[u8]) -> Result<Duration, String> {
        self.file.write_all(bytes).map_err(|e| e.to_string())?;
        let began = Instant::now();
        self.file.sync_data().map_err(|e| e.to_string())?;
        Ok(began.elapsed())
    }
}

/// A thread that writes for all who wait: what has gathered during one sync goes with the next.
pub struct Shared {
    queue: Option<SyncSender<(Vec<u8>, Answer)>>,
    thread: Option<JoinHandle<()>>,
}

impl Shared {
    pub fn new(path: &Path) -> Result<Self, String> {
        let file = create(path)?;
        let (queue, orders) = sync_channel(1_024);
        let thread = Builder::new().spawn(move || commit(file, &orders)).map_err(|e| e.to_string())?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Returns when the bytes are on the disk.
    pub fn append(&self, bytes: &[u8]) -> Result<(), String> {
        let (answer, done) = channel();
        let queue = self.queue.as_ref().ok_or("it has stopped")?;
        queue.send((bytes.to_vec(), answer)).map_err(|e| e.to_string())?;
        done.recv().map_err(|e| e.to_string())?
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn commit(mut file: File, orders: &Receiver<(Vec<u8>, Answer)>) {
    let (mut group, mut waiting) = (Vec::new(), Vec::new());
    while let Ok((bytes, answer)) = orders.recv() {
        group.extend_from_slice(&bytes);
        waiting.push(answer);
        while let Ok((bytes, answer)) = orders.try_recv() {
            group.extend_from_slice(&bytes);
            waiting.push(answer);
        }
        let outcome = file.write_all(&group).and_then(|()| file.sync_data()).map_err(|e| e.to_string());
        group.clear();
        for answer in waiting.drain(..) {
            let _ = answer.send(outcome.clone());
        }
    }
}

fn create(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|e| format!("{}: {e}", path.display()))
}
