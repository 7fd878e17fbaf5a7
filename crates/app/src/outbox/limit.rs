//! The limit per session, for orgs whose dialect has one. The contract dialect has none.

use std::time::Duration;

use outbox::RateLimit;
use serde::{Deserialize, Serialize};
use store::{Batch, Store, Table};

use crate::{App, Failure};

const KEY: &str = "per-session";

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
const MOST: u32 = 3_600;

fn table(store: &Store) -> Table<String, Option<SessionLimit>> {
    store.table("outbox-limit")
}

/// The limit as the outbox takes it when it is opened.
pub(crate) fn rate_limit(store: &Store) -> Result<Option<RateLimit>, Failure> {
    let limit = table(store).get(&KEY.to_owned())?.flatten();
    let per = |l: SessionLimit| Duration::from_secs(l.seconds.into());
    Ok(limit.map(|l| RateLimit { messages: l.messages, per: per(l) }))
}

impl App {
    /// The limit per session that is set; none unless someone set one.
    ///
    /// # Errors
    /// A damaged store.
    pub fn outbox_limit(&self) -> Result<Option<SessionLimit>, Failure> {
        Ok(table(&self.0.store).get(&KEY.to_owned())?.flatten())
    }

    /// Sets the limit per session, or takes it away. Holds from the next time this connection is opened.
    ///
    /// # Errors
    /// Numbers that are not within 1 to 3,600; a failing disk.
    pub async fn set_outbox_limit(&self, limit: Option<SessionLimit>) -> Result<(), Failure> {
        for (field, number) in limit.iter().flat_map(|l| [("messages", l.messages), ("seconds", l.seconds)]) {
            if !(1..=MOST).contains(&number) {
                return Err(Failure::field(field, "is a number from 1 to 3,600"));
            }
        }
        let mut batch = Batch::new();
        batch.put(&table(&self.0.store), &KEY.to_owned(), &limit)?;
        Ok(self.0.store.commit_async(batch).await?)
    }
}
