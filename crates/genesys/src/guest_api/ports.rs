//! The ports, over the calls of the dialect.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use model::{Change, Conversation, Doomed, Field, Guest, GuestId, ScanCursor, ScanOrder, Selection, Total};

use super::{
    GuestApi, LIMITS, MAX_PAGE,
    by_ids::{open_conversations_of, parts, web_chats_of},
    guests::ListGuests,
    limits::DIALECT,
};
use crate::{
    capabilities::must_test,
    pipeline::{Error, Lane},
    ports::{
        Access, Applied, Conversations, Found, Guests, OpenAmong, PageAt, Removed, Scan, Search, TokenInfo,
        Walk,
    },
};

impl From<&Search> for ListGuests {
    fn from(search: &Search) -> Self {
        let typed = search.text.as_deref().map(|text| {
            Selection::contains(Field::Name, text)
                .or(Selection::contains(Field::Email, text))
                .or(Selection::starts_with(Field::Id, text))
        });
        let filter = match (typed, search.selection.clone()) {
            (Some(typed), Some(selection)) => Some(typed.and(selection)),
            (typed, selection) => typed.or(selection),
        };
        Self { filter, sort: search.sort, expand_attributes: search.with_attributes, ..Self::default() }
    }
}

#[async_trait]
impl Guests for GuestApi {
    async fn search(&self, lane: Lane, search: &Search, at: PageAt) -> Result<Found, Error> {
        let list = ListGuests { page_size: at.size, page_number: at.number, ..ListGuests::from(search) };
        let page = self.whole_page(lane, &list).await?;
        Ok(Found { guests: page.guests, total: Total::Exact(page.total) })
    }

    fn walk(&self, lane: Lane, search: Search) -> Box<dyn Walk> {
        Box::new(self.walk_guests(lane, ListGuests::from(&search)))
    }

    fn scan(
        &self,
        lane: Lane,
        selection: Option<Selection>,
        from: Option<&ScanCursor>,
    ) -> Result<Scan, Error> {
        let list = ListGuests { filter: selection, ..ListGuests::default() };
        let walk = match from {
            Some(from) => self.walk_from(lane, list, from)?,
            None => self.walk_guests(lane, list),
        };
        Ok(Scan { pages: Box::new(walk), order: ScanOrder::Created, residual: None })
    }

    async fn count(&self, lane: Lane, selection: Option<&Selection>) -> Result<Total, Error> {
        let list = ListGuests { filter: selection.cloned(), page_size: 1, ..ListGuests::default() };
        Ok(Total::Exact(self.list_guests(lane, &list).await?.total))
    }

    async fn get(&self, lane: Lane, id: GuestId) -> Result<Guest, Error> {
        self.guest(lane, id).await
    }

    async fn fetch(&self, lane: Lane, ids: &[GuestId]) -> Result<HashMap<GuestId, Guest>, Error> {
        self.listed_among(lane, ids, None).await
    }

    async fn matching(
        &self,
        lane: Lane,
        ids: &[GuestId],
        selection: &Selection,
    ) -> Result<HashSet<GuestId>, Error> {
        must_test(DIALECT, selection)?;
        let mut matching = HashSet::new();
        for part in parts(ids, selection) {
            matching.extend(self.listed_among(lane, part, Some(selection)).await?.into_keys());
        }
        Ok(matching)
    }

    /// The contract knows full replacement only.
    async fn apply(&self, lane: Lane, seen: &Guest, changes: &[Change]) -> Result<Applied, Error> {
        let mut next = seen.clone();
        for Change { key, after, .. } in changes {
            match after {
                Some(value) => next.attributes.insert(key.clone(), value.clone()),
                None => next.attributes.remove(key),
            };
        }
        match self.put_guest(lane, &next).await {
            Ok(guest) => Ok(Applied::Saved(Box::new(guest))),
            Err(Error::Conflict(_)) => Ok(Applied::Conflict),
            Err(error) => Err(error),
        }
    }

    /// One call a guest.
    async fn remove(
        &self,
        lane: Lane,
        doomed: &[Doomed],
        wanted: &(dyn Fn(GuestId) -> bool + Sync),
    ) -> Vec<(GuestId, Result<Removed, Error>)> {
        let mut results = Vec::with_capacity(doomed.len());
        for Doomed { id, revision } in doomed {
            // A revision that is no version number is another dialect's: nothing here is of it.
            let version = revision.as_ref().map(|revision| revision.number().unwrap_or_default());
            let removed = self.delete_guest(lane, *id, version, &|| wanted(*id)).await;
            results.push((*id, removed));
        }
        results
    }
}

#[async_trait]
impl Conversations for GuestApi {
    async fn of(
        &self,
        lane: Lane,
        guest: GuestId,
        only_open: bool,
        most: u32,
    ) -> Result<Vec<Conversation>, Error> {
        let theirs = Selection::equals(Field::GuestIdOfConversation, guest.to_string());
        let filter = if only_open { open_conversations_of(theirs) } else { web_chats_of(theirs) };
        Ok(self.whole_conversations(lane, &filter, most.min(MAX_PAGE)).await?.conversations)
    }

    async fn open_among(&self, lane: Lane, ids: &[GuestId]) -> Result<OpenAmong, Error> {
        let open = self.with_open_conversation(lane, ids).await?;
        Ok(OpenAmong { open, ..OpenAmong::default() })
    }
}

#[async_trait]
impl Access for GuestApi {
    async fn check(&self) -> Result<TokenInfo, Error> {
        let token = self.token_info().await?;
        let [read, ..] = LIMITS.access else { return Ok(token) };
        if token.scopes.iter().any(|scope| scope == read) {
            self.ping(Lane::Person).await?;
        }
        Ok(token)
    }

    async fn ping(&self, lane: Lane) -> Result<(), Error> {
        self.count(lane, None).await.map(drop)
    }
}
