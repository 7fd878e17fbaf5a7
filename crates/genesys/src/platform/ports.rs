//! The ports, over the calls of the dialect.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use model::{Change, Conversation, Doomed, Guest, GuestId, ScanCursor, ScanOrder, Selection, Total};

use super::{
    Platform,
    contact::{PHONE_FIELDS, TEXT_FIELDS},
    limits::{DIALECT, SEARCH_CEILING, capabilities},
    scan::ScanWalk,
    search_walk::SearchWalk,
};
use crate::{
    capabilities::must_test,
    pipeline::{Error, FieldError, Lane},
    ports::{
        Access, Applied, ConversationCount, Conversations, Found, GuestWithFields, Guests, OpenAmong, PageAt,
        Removed, Scan, Search, TokenInfo, Walk, WalkPage,
    },
    schema::ContactSchema,
};

#[async_trait]
impl Guests for Platform {
    /// A page of what the org finds by a text, or of its list. What it does not filter by is tested here, and then a page may be
    /// short while there are more.
    async fn search(&self, lane: Lane, search: &Search, at: PageAt) -> Result<Found, Error> {
        let only = tested_here(search.selection.as_ref())?;
        let page = self.list_page(lane, search.text.as_deref(), at).await?;
        if page.partial {
            let (met, missing) = (page.guests.len() as u64, 1);
            return Err(Error::Incomplete { call: "list contacts", met, missing });
        }
        let mut guests = page.guests;
        let total = match (page.total, &only) {
            (Some(total), None) if total < u64::from(SEARCH_CEILING) => Total::Exact(total),
            (Some(total), None) => Total::AtLeast(total),
            (None, None) => Total::AtLeast(u64::from(SEARCH_CEILING)),
            (_, Some(_)) => Total::Unknown,
        };
        guests.retain(|guest| only.as_ref().is_none_or(|only| only.matches(guest)));
        Ok(Found { guests, total })
    }

    fn walk(&self, lane: Lane, search: Search) -> Box<dyn Walk> {
        let only = match tested_here(search.selection.as_ref()) {
            Ok(only) => only,
            Err(error) => return Box::new(Refused(error)),
        };
        match search.text {
            Some(text) => Box::new(SearchWalk::new(self.clone(), lane, text, only)),
            None => Box::new(ScanWalk::new(self.clone(), lane, only, None).whole_list()),
        }
    }

    fn scan(
        &self,
        lane: Lane,
        selection: Option<Selection>,
        from: Option<&ScanCursor>,
    ) -> Result<Scan, Error> {
        let residual = tested_here(selection.as_ref())?;
        let pages = Box::new(ScanWalk::new(self.clone(), lane, None, from));
        Ok(Scan { pages, order: ScanOrder::None, residual })
    }

    async fn count(&self, lane: Lane, selection: Option<&Selection>) -> Result<Total, Error> {
        if selection.is_some() {
            return Ok(Total::Unknown);
        }
        let found = self.search(lane, &Search::default(), PageAt { number: 1, size: 1 }).await?;
        Ok(found.total)
    }

    async fn get(&self, lane: Lane, id: GuestId) -> Result<Guest, Error> {
        self.guest(lane, id).await
    }

    async fn fetch(&self, lane: Lane, ids: &[GuestId]) -> Result<HashMap<GuestId, Guest>, Error> {
        self.fetch_contacts(lane, ids).await
    }

    async fn merged_into(&self, lane: Lane, id: GuestId) -> Result<Option<Vec<GuestId>>, Error> {
        match self.contact(lane, id).await {
            Ok(contact) => Ok(contact.merge_set()),
            Err(Error::NotFound(_) | Error::Gone(_)) => Ok(Some(Vec::new())),
            Err(error) => Err(error),
        }
    }

    async fn matching(
        &self,
        lane: Lane,
        ids: &[GuestId],
        selection: &Selection,
    ) -> Result<HashSet<GuestId>, Error> {
        tested_here(Some(selection))?;
        let found = self.fetch_contacts(lane, ids).await?;
        self.must_know(lane, selection, &found).await?;
        Ok(found.into_iter().filter(|(_, guest)| selection.matches(guest)).map(|(id, _)| id).collect())
    }

    async fn apply(&self, lane: Lane, seen: &Guest, changes: &[Change]) -> Result<Applied, Error> {
        self.change_contact(lane, seen, changes).await
    }

    async fn fit(&self, lane: Lane, seen: &Guest, changes: Vec<Change>) -> Result<Vec<Change>, Error> {
        self.fit_changes(lane, seen, changes).await
    }

    async fn schema(&self, lane: Lane, seen: &Guest) -> Result<Option<ContactSchema>, Error> {
        let contact = self.contact(lane, seen.id).await?;
        self.schema_of(lane, &contact).await
    }

    async fn get_with_fields(&self, lane: Lane, id: GuestId) -> Result<GuestWithFields, Error> {
        self.guest_with_fields(lane, id).await
    }

    async fn promote(&self, lane: Lane, id: GuestId) -> Result<Guest, Error> {
        self.promote_contact(lane, id).await
    }

    async fn interaction_keys(&self, lane: Lane, seen: &Guest) -> Result<[String; 3], Error> {
        self.interaction_fields(lane, seen).await
    }

    async fn remove(
        &self,
        lane: Lane,
        doomed: &[Doomed],
        wanted: &(dyn Fn(GuestId) -> bool + Sync),
    ) -> Vec<(GuestId, Result<Removed, Error>)> {
        self.remove_contacts(lane, doomed, wanted).await
    }
}

/// A walk over a selection that cannot be tested.
struct Refused(Error);

#[async_trait]
impl Walk for Refused {
    async fn next_page(&mut self) -> Result<Option<WalkPage>, Error> {
        Err(self.0.clone())
    }

    fn missing(&self) -> u64 {
        0
    }
}

/// The selection, all of which is tested here; one that cannot be tested is refused.
impl Platform {
    /// Refuses a test of an attribute that no contact of the org can have: whether it holds cannot be known here. The filter of a
    /// hold may have been written over another API, where the guest has that attribute.
    async fn must_know(
        &self,
        lane: Lane,
        selection: &Selection,
        found: &HashMap<GuestId, Guest>,
    ) -> Result<(), Error> {
        let is_seen = |key: &str| found.values().any(|guest| guest.attributes.contains_key(key));
        let is_own = |key: &str| TEXT_FIELDS.contains(&key) || PHONE_FIELDS.contains(&key);
        let unseen: Vec<&str> =
            selection.attribute_keys().filter(|key| !is_own(key) && !is_seen(key)).collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let schemas = self.schemas(lane).await?;
        let is_defined = |key: &str| schemas.iter().flat_map(|schema| &schema.fields).any(|f| f.key == key);
        let Some(key) = unseen.into_iter().find(|key| !is_defined(key)) else { return Ok(()) };
        let message = format!(
            "tests attributes.{key}, and no schema of this org has that field: who is meant cannot be known here"
        );
        Err(Error::Unfit { fields: vec![FieldError { field: "filter".into(), message }] })
    }
}

fn tested_here(selection: Option<&Selection>) -> Result<Option<Selection>, Error> {
    let Some(selection) = selection else { return Ok(None) };
    must_test(DIALECT, selection)?;
    match selection.split(&capabilities().filter) {
        Ok(parts) => Ok(parts.residual),
        Err(refusal) => {
            let field = FieldError { field: "filter".into(), message: refusal.to_string() };
            Err(Error::Unfit { fields: vec![field] })
        }
    }
}

#[async_trait]
impl Conversations for Platform {
    async fn of(
        &self,
        lane: Lane,
        guest: GuestId,
        only_open: bool,
        most: u32,
    ) -> Result<Vec<Conversation>, Error> {
        self.of_guest(lane, guest, only_open, most).await
    }

    async fn open_among(&self, lane: Lane, ids: &[GuestId]) -> Result<OpenAmong, Error> {
        self.open_among_contacts(lane, ids).await
    }

    async fn counted(&self, lane: Lane) -> Result<Option<ConversationCount>, Error> {
        self.conversation_count(lane).await
    }
}

#[async_trait]
impl Access for Platform {
    async fn check(&self) -> Result<TokenInfo, Error> {
        self.check_access().await
    }

    async fn ping(&self, lane: Lane) -> Result<(), Error> {
        self.list_page(lane, None, PageAt { number: 1, size: 1 }).await.map(drop)
    }
}
