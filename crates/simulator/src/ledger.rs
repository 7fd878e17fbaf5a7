use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use uuid::Uuid;

/// What a line of the ledger tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A request came; `status` is what it was answered, 0 for no answer at all.
    #[default]
    Request,
    /// A message arrived, or arrived again.
    Message,
    /// A guest was created.
    Created,
    /// A guest, a conversation or the schema of contacts was changed.
    Changed,
    /// A guest was deleted.
    Deleted,
    /// A frame of the guest socket came or was sent; `status` is its code, 0 for one that was never answered.
    Frame,
    /// A weather rule struck; `do` says how.
    Weather,
}

/// One request or event, as the org saw it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// From 1, without gaps.
    pub n: u64,
    /// Virtual time, RFC 3339.
    pub at: String,
    /// The request's method.
    pub method: String,
    /// The request's path, without its query.
    pub path: String,
    /// What the request was answered; 0 for a cut before processing or a stall.
    pub status: u16,
    /// The answer's `ININ-Correlation-Id`.
    pub correlation_id: Uuid,
    /// What this line tells.
    pub kind: Kind,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_id: Option<Uuid>,
    /// Which conversation it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<Uuid>,
    /// Of a frame: `inbound` from the guest, `outbound` to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
    /// What a frame from a guest asked for, when it was readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// What a frame to a guest was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    /// The message's id, made by the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Uuid>,
    /// The message's text as it came with this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether that message id had come before; on every `message` line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<bool>,
    /// The trouble that the weather caused, as the weather names it.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

impl Entry {
    /// An event about a guest; [`crate::org::Org::record`] adds the request that it belongs to.
    pub(crate) fn of_guest(kind: Kind, id: Uuid) -> Self {
        Self { kind, guest_id: Some(id), ..Self::default() }
    }
}

/// Everything that happened, in order. Keeps the newest `keep` lines when told to; the counts stay whole.
pub(crate) struct Ledger {
    lines: VecDeque<Entry>,
    last: u64,
    keep: usize,
    pub(crate) kinds: BTreeMap<Kind, u64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
}

impl Ledger {
    pub(crate) fn keeping(keep: usize) -> Self {
        Self { lines: VecDeque::new(), last: 0, keep, kinds: BTreeMap::new(), statuses: BTreeMap::new() }
    }

    /// Numbers the entry and keeps it; the number.
    pub(crate) fn push(&mut self, mut entry: Entry) -> u64 {
        self.last += 1;
        entry.n = self.last;
        *self.kinds.entry(entry.kind).or_default() += 1;
        if entry.kind == Kind::Request {
            *self.statuses.entry(entry.status).or_default() += 1;
        }
        if self.lines.len() == self.keep {
            self.lines.pop_front();
        }
        self.lines.push_back(entry);
        self.last
    }

    /// Completes an entry with what came of it. One that is not kept any more stays gone.
    pub(crate) fn settle(&mut self, n: u64, complete: impl FnOnce(&mut Entry)) {
        let first = self.lines.front().map_or(0, |entry| entry.n);
        let entry = n.checked_sub(first).and_then(|at| self.lines.get_mut(usize::try_from(at).ok()?));
        if let Some(entry) = entry {
            complete(entry);
        }
    }

    /// The entries numbered above `n`, oldest first.
    pub(crate) fn since(&self, n: u64) -> impl Iterator<Item = &Entry> {
        let start = self.lines.partition_point(|e| e.n <= n);
        self.lines.range(start..)
    }
}
