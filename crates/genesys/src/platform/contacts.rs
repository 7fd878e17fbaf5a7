//! Contacts one by one and in pages: read, list, search.

use std::collections::HashSet;

use http::Method;
use model::{Guest, GuestId};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Platform,
    answers::no_sense,
    contact::Contact,
    limits::{LIMITS, SEARCH_CEILING},
};
use crate::{
    pipeline::{Error, Lane, call::Call, read_json::read},
    ports::PageAt,
};

pub(super) const ALL: &str = "/api/v2/externalcontacts/contacts";
pub(super) const ONE: &str = "/api/v2/externalcontacts/contacts/{contactId}";

/// A merged contact leads to its canonical one in so many steps at most.
const MOST_STEPS: u32 = 4;
/// A list that says it is only a part of itself is asked for so often.
const ASKS: u32 = 3;

/// A page of a list or a search.
pub(super) struct ListPage {
    /// Its contacts, each once.
    pub guests: Vec<Guest>,
    /// How many there are, where the org says it.
    pub total: Option<u64>,
    /// Whether the org says that it left some out.
    pub partial: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    entities: Vec<Value>,
    total: Option<u64>,
    partial_results: Option<bool>,
}

/// A call about one contact.
pub(super) fn one(name: &'static str, lane: Lane, method: Method, id: GuestId) -> Call {
    Call { method, path: format!("{ALL}/{id}"), ..Call::get(name, lane, ONE) }
}

/// Reads the contacts of an answer, each once.
pub(super) fn guests_of(entities: Vec<Value>) -> Result<Vec<Guest>, String> {
    let mut met = HashSet::new();
    let mut guests = Vec::with_capacity(entities.len());
    for entity in entities {
        let guest = Contact::read(entity)?.guest()?;
        if met.insert(guest.id) {
            guests.push(guest);
        }
    }
    Ok(guests)
}

impl Platform {
    /// One contact with every field, whatever its kind, and whether or not it was merged into another.
    pub(super) async fn contact(&self, lane: Lane, id: GuestId) -> Result<Contact, Error> {
        let call = one("get contact", lane, Method::GET, id);
        self.pipeline.settle(&call, |body| Contact::read(read(body)?)).await.result
    }

    /// One guest. A contact that was merged leads to the one that stands for it, and the guest says so.
    pub(super) async fn guest(&self, lane: Lane, asked: GuestId) -> Result<Guest, Error> {
        self.canonical(lane, asked).await.map(|(_, guest)| guest)
    }

    /// The contact that stands for this one, and the guest that it is.
    pub(super) async fn canonical(&self, lane: Lane, asked: GuestId) -> Result<(Contact, Guest), Error> {
        let mut id = asked;
        for _ in 0..MOST_STEPS {
            let contact = self.contact(lane, id).await?;
            let wrong = |why: String| no_sense("get contact", &why);
            if let Some(into) = contact.merged_into().map_err(wrong)? {
                id = into;
                continue;
            }
            let guest = contact.guest().map_err(wrong)?;
            let canonical_id = (guest.id != asked).then_some(guest.id);
            return Ok((contact, Guest { canonical_id, ..guest }));
        }
        Err(no_sense("get contact", "merged contacts lead on and on to one another"))
    }

    /// Keeps a contact that the org made by itself. One that is curated already stays as it is.
    pub(super) async fn promote_contact(&self, lane: Lane, id: GuestId) -> Result<Guest, Error> {
        const PROMOTION: &str = "/api/v2/externalcontacts/contacts/{contactId}/promotion";
        let path = format!("{ALL}/{id}/promotion");
        let call = Call { method: Method::POST, path, ..Call::get("promote contact", lane, PROMOTION) };
        let read = |body: &[u8]| Contact::read(read(body)?)?.guest();
        self.pipeline.settle(&call, read).await.exact()
    }

    /// A page of all contacts, or of those that the org finds by a text. Beyond the ceiling there is none.
    pub(super) async fn list_page(
        &self,
        lane: Lane,
        text: Option<&str>,
        at: PageAt,
    ) -> Result<ListPage, Error> {
        let size = at.size.clamp(1, LIMITS.guests_page);
        let number = at.number.max(1);
        if number.saturating_mul(size) > SEARCH_CEILING {
            return Ok(ListPage { guests: Vec::new(), total: None, partial: false });
        }
        let mut query = vec![("pageSize", size.to_string()), ("pageNumber", number.to_string())];
        query.extend(text.map(|text| ("q", text.to_owned())));
        let call = Call { query, ..Call::get("list contacts", lane, ALL) };
        let mut asked = 1;
        loop {
            let page = self.pipeline.settle(&call, list_page).await.result?;
            if !page.partial || asked == ASKS {
                return Ok(page);
            }
            asked += 1;
        }
    }
}

fn list_page(body: &[u8]) -> Result<ListPage, String> {
    let listing: Listing = read(body)?;
    let guests = guests_of(listing.entities)?;
    Ok(ListPage { guests, total: listing.total, partial: listing.partial_results.unwrap_or_default() })
}
