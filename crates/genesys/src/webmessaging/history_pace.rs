//! How often the history of each session is read, over all chats of one program: the org counts by session, and a chat and the
//! readings that look for one of its messages are one session.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::Secret;
use tokio::time::Instant;

use super::machine::SharedWindow;

/// Calls for the history of one session in a minute; failed ones count (genesys-facts.md 5.5).
const MOST: u32 = 10;
/// A minute and a second: the org counts when a call arrives, and one that left first may arrive late.
const SPAN: Duration = Duration::from_secs(61);

/// The paces of all sessions. Clones share them.
#[derive(Clone)]
pub(super) struct HistoryPaces {
    began: Instant,
    sessions: Arc<Mutex<Sessions>>,
}

#[derive(Default)]
struct Sessions {
    /// By a hash of the token that means nothing outside of this process.
    paces: HashMap<u64, SharedWindow>,
    hasher: RandomState,
    /// With so many, those that nobody needs any more are let go of.
    looked_through_at: usize,
}

impl HistoryPaces {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), sessions: Arc::default() }
    }

    /// The pace of a chat that begins now under this token.
    pub(super) fn of(&self, token: &Secret) -> SharedWindow {
        let now = self.began.elapsed();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.paces.len() >= sessions.looked_through_at {
            sessions.paces.retain(|_, pace| !pace.is_forgotten_at(now));
            sessions.looked_through_at = 64 + 2 * sessions.paces.len();
        }
        let key = sessions.hasher.hash_one(token.expose());
        let pace = sessions.paces.entry(key).or_insert_with(|| SharedWindow::new(MOST, SPAN));
        pace.beginning_at(now)
    }
}
