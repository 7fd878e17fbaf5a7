use futures_util::future::{Either, try_join};
use genesys::{GuestWithFields, Lane};
use model::{ConversationState, GuestId, GuestKind};
use proof::Action;

use crate::{
    App, Failure, Result,
    views::{ConversationView, GuestDetail, GuestView, Topic},
};

/// How many guests are read at once for the rows of a list: what one bulk call is begun with.
const MOST_ROWS: usize = 50;

impl App {
    /// A guest with what belongs to them. Where the org shows conversations whoever started them, those are asked for apart, and
    /// what may stand in the attributes comes with the guest. Everything is asked for side by side.
    pub async fn guest_open(&self, id: GuestId) -> Result<GuestDetail> {
        let org = &self.0.org;
        let conversations = match org.records {
            Some(_) => Either::Left(async { Ok(Vec::new()) }),
            None => Either::Right(org.conversations.of(Lane::Person, id, false, org.can.limits.guests_page)),
        };
        let (GuestWithFields { guest, fields }, all) =
            try_join(org.guests.get_with_fields(Lane::Person, id), conversations).await?;
        let played = self.0.chats.played.get(&guest.id)?;
        self.remember_conversations(&all).await?;
        let here = |c: &model::Conversation| played.as_ref().is_some_and(|p| p.conversation_id == c.id);
        let conversations = all
            .iter()
            .map(|c| ConversationView {
                id: c.id.to_string(),
                open: c.state == ConversationState::Active,
                start_time: c.start_time,
                end_time: c.end_time,
                played_here: here(c),
            })
            .collect();
        let (predecessor, successors) = self.chain_of(guest.id)?;
        let by_socket = self.played_chats_of(guest.id).await?;
        Ok(GuestDetail {
            merged: guest.id != id,
            guest: self.guest_view(guest),
            conversations,
            fields: fields.map(Into::into),
            session_known: played.is_some() || !by_socket.is_empty(),
            played: by_socket,
            predecessor,
            successors,
        })
    }

    /// Those of these guests (at most 50) whom the org still has, of whatever kind.
    ///
    /// # Errors
    /// Too many ids, or what the org answered.
    pub async fn guests_named(&self, ids: &[GuestId]) -> Result<Vec<GuestView>> {
        if ids.len() > MOST_ROWS {
            return Err(Failure::field("ids", format!("may name at most {MOST_ROWS} guests")));
        }
        let found = self.0.org.guests.fetch(Lane::Person, ids).await?;
        let mut views = Vec::with_capacity(found.len());
        for (asked, guest) in found {
            // A row knows its guest by the id that was asked for, also where another record stands for it.
            views.push(GuestView { id: asked, ..self.guest_view(guest) });
        }
        Ok(views)
    }

    /// Keeps a guest whom the org made by itself and would let expire.
    ///
    /// # Errors
    /// A read-only connection, [`crate::FailureCode::NotInThisDialect`], or what the org answered.
    pub async fn guest_promote(&self, id: GuestId) -> Result<GuestView> {
        self.may_write()?;
        let guest = self.0.org.guests.promote(Lane::Person, id).await?;
        if guest.kind.is_some_and(|kind| kind != GuestKind::Curated) {
            return Err(Failure::new(
                crate::FailureCode::OrgFailed,
                "The org answered, but the contact is still one that expires by itself.",
            ));
        }
        self.record(Some(guest.id), Action::GuestPromoted).await;
        self.0.notices.stale(Topic::Guests);
        Ok(self.guest_view(guest))
    }
}
