//! The limit per session as a person reads and sets it.

use store::Batch;

use crate::{
    App, Failure, Result,
    outbox::session_limit::{KEY, MOST, SessionLimit, table},
};

impl App {
    /// The limit per session that is set; none unless someone set one.
    pub fn outbox_limit(&self) -> Result<Option<SessionLimit>> {
        Ok(table(&self.0.store).get(&KEY.to_owned())?.flatten())
    }

    /// Sets the limit per session, or takes it away. Holds from the next time this connection is opened.
    pub async fn set_outbox_limit(&self, limit: Option<SessionLimit>) -> Result<()> {
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
