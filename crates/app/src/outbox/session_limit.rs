//! The limit per session, for orgs whose dialect has one. The contract dialect has none.

use std::time::Duration;

use outbox::RateLimit;
use serde::{Deserialize, Serialize};
use store::{Store, Table};

use crate::Failure;

pub(super) const KEY: &str = "per-session";

/// At most so many messages to one session in any stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionLimit {
    /// How many.
    pub messages: u32,
    /// In how many seconds.
    pub seconds: u32,
}

/// The most that can be said of either.
pub(super) const MOST: u32 = 3_600;

pub(super) fn table(store: &Store) -> Table<String, Option<SessionLimit>> {
    store.table("outbox-limit")
}

/// The limit as the outbox takes it when it is opened.
pub(crate) fn rate_limit(store: &Store) -> Result<Option<RateLimit>, Failure> {
    let limit = table(store).get(&KEY.to_owned())?.flatten();
    let per = |l: SessionLimit| Duration::from_secs(l.seconds.into());
    Ok(limit.map(|l| RateLimit { messages: l.messages, per: per(l) }))
}
