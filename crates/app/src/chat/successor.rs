//! A chat that is started again: a guest has one session, so another guest goes on in their place.

use genesys::Lane;
use model::{GuestId, Secret};
use store::Batch;
use uuid::Uuid;

use crate::{
    App, FailureCode, Result,
    chat::chats::Successor,
    views::{ChatStarted, StartChat, Topic},
};

/// What the org calls a guest without a name.
const NAMELESS: &str = "Anonymous Guest";

impl App {
    /// Starts a chat again as a new guest with the name, the e-mail and the attributes of this one, but for `source` and
    /// `initiatedAt`, which are the new guest's own. The old guest stays as they are; the two are linked in this console. The
    /// same wish again is the same guest, and so is another wish after one whose answer was lost.
    ///
    /// # Errors
    /// A read-only connection, or what the org answered: where it refused, nothing is remembered.
    pub async fn chat_again(&self, guest: GuestId, wish: Uuid) -> Result<(ChatStarted, Secret)> {
        self.may_write()?;
        let _one = self.0.chats.starting.lock().await;
        let old = self.0.org.guests.get(Lane::Person, guest).await?;
        let mut all = self.0.chats.successors_of(guest)?;
        let place = match all.iter().position(|known| known.wish == wish || !known.made) {
            Some(place) => place,
            None => {
                all.push(Successor { id: GuestId(wish), wish, made: false });
                let mut batch = Batch::new();
                batch.put(&self.0.chats.successors, &guest, &all)?;
                self.0.store.commit_async(batch).await?;
                all.len() - 1
            }
        };
        let start = StartChat {
            guest_id: all[place].id.0,
            name: Some(old.name).filter(|name| name != NAMELESS),
            email: old.email,
            attributes: old.attributes,
            ..StartChat::default()
        };
        let mut made = all.clone();
        (made[place].wish, made[place].made) = (wish, true);
        let mut also = Batch::new();
        also.put(&self.0.chats.successors, &guest, &made)?;
        also.put(&self.0.chats.predecessors, &made[place].id, &guest)?;
        let began = self.begin_chat(start, Some(also)).await;
        if let Err(failure) = &began
            && is_refused(failure.code)
        {
            all.remove(place);
            let mut batch = Batch::new();
            batch.put(&self.0.chats.successors, &guest, &all)?;
            self.0.store.commit_async(batch).await?;
        }
        self.0.notices.stale(Topic::Guests);
        began
    }

    /// In whose place a guest was made, and who was made in theirs.
    pub(crate) fn chain_of(&self, guest: GuestId) -> Result<(Option<GuestId>, Vec<GuestId>)> {
        let chats = &self.0.chats;
        let made = chats.successors_of(guest)?.into_iter().filter(|successor| successor.made);
        Ok((chats.predecessors.get(&guest)?, made.map(|successor| successor.id).collect()))
    }
}

/// The org has no such guest for certain.
fn is_refused(code: FailureCode) -> bool {
    matches!(code, FailureCode::InvalidInput | FailureCode::Forbidden | FailureCode::CredentialsRejected)
}
