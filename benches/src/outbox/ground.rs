//! What every run stands on: a folder on a real disk, an outbox in it, messages, and figures of it all.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use model::{ConversationId, GuestId, MessageId, MessageText, Secret};
use outbox::{Outbox, Outgoing};
use store::{DataKey, Secrets, SecretsKind, Store};
use tempfile::TempDir;
use testkit::TokioClock;
use uuid::Uuid;

/// Bytes of a text: a long message of a guest.
pub const TEXT: usize = 512;
const FILL: &str = match str::from_utf8(&[b'x'; TEXT]) {
    Ok(text) => text,
    Err(_) => "",
};
const START: &str = "2026-11-22T12:00:00Z";

/// A new folder below `target`: on the disk of the work tree, not in memory as `/tmp` may be.
pub fn scratch() -> Result<TempDir, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let parent = target.join("bench-outbox");
    std::fs::create_dir_all(&parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    tempfile::tempdir_in(&parent).map_err(|e| e.to_string())
}

/// The store and outbox of a folder, under a key that every process here knows.
pub fn open(dir: &Path) -> Result<(Store, Outbox), String> {
    let store = open_store(dir)?;
    let outbox = open_outbox(&store)?;
    Ok((store, outbox))
}

pub fn open_store(dir: &Path) -> Result<Store, String> {
    Store::open(dir, &key()?).map_err(|e| format!("{}: {e}", dir.display()))
}

pub fn open_outbox(store: &Store) -> Result<Outbox, String> {
    Outbox::open(store, Arc::new(TokioClock::at(START))).map_err(|e| e.to_string())
}

fn key() -> Result<DataKey, String> {
    store::data_key(&Known, "bench").map_err(|e| e.to_string())
}

/// A key that is no secret: 32 zeros in base64.
struct Known;

impl Secrets for Known {
    fn get(&self, _: &str) -> Result<Option<Secret>, store::Error> {
        Ok(Some(Secret::new(format!("{}=", "A".repeat(43)))))
    }

    fn set(&self, _: &str, _: &Secret) -> Result<(), store::Error> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<(), store::Error> {
        Ok(())
    }

    fn kind(&self) -> SecretsKind {
        SecretsKind::KeyFile
    }
}

fn spread(x: u64) -> u128 {
    u128::from(x.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn id(high: u128, low: u128) -> Uuid {
    Uuid::from_u128((high << 64) | low)
}

/// The id of message `n`: they lie as those of UUIDv7 do.
pub fn message_id(n: u64) -> MessageId {
    MessageId(id(u128::from(n), spread(n)))
}

/// Message `n`, in lane `lane`. Ids of conversations lie as random ones do.
pub fn message(n: u64, lane: u64) -> Outgoing {
    let conversation = id(spread(lane), spread(lane ^ 0x5555)).to_string();
    let mut text = String::with_capacity(TEXT);
    let _ = write!(text, "{n} ");
    text.push_str(FILL.get(text.len()..).unwrap_or_default());
    Outgoing {
        id: message_id(n),
        conversation_id: conversation.parse::<ConversationId>().expect("a UUID is a conversation's id"),
        guest_id: GuestId(id(spread(lane ^ 0xaaaa), spread(lane))),
        text: MessageText::new(text).expect("so long a text is one"),
        written_at: START.parse().expect("the start is a time"),
    }
}

/// The figure that so many percent of the figures are not above.
pub fn percentile<T: Ord + Copy + Default>(figures: &mut [T], percent: usize) -> T {
    figures.sort_unstable();
    let rank = (figures.len() * percent).div_ceil(100).max(1) - 1;
    figures.get(rank).copied().unwrap_or_default()
}

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

pub fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// What the machine has had to do in the last 1, 5 and 15 minutes.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let three: Vec<&str> = text.split_whitespace().take(3).collect();
    if three.is_empty() { "unknown".to_owned() } else { three.join(" ") }
}

/// A file as it stands: path, length in bytes, when it was last changed.
pub type Found = (PathBuf, u64, Option<SystemTime>);

/// All files below a folder.
pub fn files(dir: &Path) -> Result<Vec<Found>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", dir.display());
    let (mut found, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            match std::fs::metadata(&path).map_err(failed)? {
                folder if folder.is_dir() => open.push(path),
                file => found.push((path, file.len(), file.modified().ok())),
            }
        }
    }
    Ok(found)
}
