//! What the org's ledger says about a run.

use chrono::{DateTime, TimeDelta, Utc};
use simulator::{Entry, Kind};

use super::ground::{ALLOWED, WINDOW};

/// Where the other client of a shared token asks; nobody else does.
pub const OTHERS_PATH: &str = "/api/v2/tokens/me";

/// What happened in the whole windows of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Calls of ours that were answered with anything but 429.
    pub ours: u64,
    /// Such calls of the other client.
    pub theirs: u64,
    /// Answers of 429 to anyone, also after the last whole window.
    pub refused: u64,
    /// `ours` as a share of what the windows allowed and the other client left.
    pub share: f64,
}

/// Judges the first `windows` windows since the entry numbered `after`. The first window begins with the first
/// counted request, and the others follow it without a gap, whether or not anyone asks (`guest-api.md`, "Limits").
pub fn judge(ledger: &[Entry], after: u64, windows: u32) -> Result<Verdict, String> {
    let mut first: Option<DateTime<Utc>> = None;
    let (mut ours, mut theirs, mut refused) = (0, 0, 0);
    let end = TimeDelta::from_std(WINDOW * windows).map_err(|e| e.to_string())?;
    let counted =
        ledger.iter().filter(|e| e.n > after && e.kind == Kind::Request && e.path.starts_with("/api/"));
    for entry in counted {
        let at: DateTime<Utc> = entry.at.parse().map_err(|_| "the ledger's time is none")?;
        let inside = at - *first.get_or_insert(at) < end;
        match (entry.status, entry.path == OTHERS_PATH) {
            (429, _) => refused += 1,
            (_, true) if inside => theirs += 1,
            (_, false) if inside => ours += 1,
            _ => {}
        }
    }
    let left = (ALLOWED * u64::from(windows)).saturating_sub(theirs).max(1);
    Ok(Verdict { ours, theirs, refused, share: ours as f64 / left as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u64, second: u32, path: &str, status: u16) -> Entry {
        Entry {
            n,
            at: format!("2026-11-22T12:{:02}:{:02}.000Z", second / 60, second % 60),
            method: "GET".into(),
            path: path.into(),
            status,
            ..Entry::default()
        }
    }

    #[test]
    fn the_share_counts_whole_windows_from_the_first_counted_request() {
        let guest = "/api/v2/guests/1";
        let ledger = [
            entry(1, 0, guest, 200),
            entry(2, 1, "/oauth/token", 200),
            entry(3, 2, guest, 200),
            entry(4, 3, OTHERS_PATH, 200),
            entry(5, 60, guest, 404),
            entry(6, 61, guest, 429),
            entry(7, 62, guest, 200),
            entry(8, 63, guest, 429),
        ];
        let verdict = judge(&ledger, 1, 1).unwrap();
        assert_eq!(verdict, Verdict { ours: 2, theirs: 1, refused: 2, share: 2.0 / 299.0 });
    }
}
