//! Guests: list, read, create, replace, delete.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::SecondsFormat;
use http::Method;
use model::{AttributeValue, Guest, GuestId, Secret, Selection};

use super::{
    GuestApi, MAX_PAGE,
    wire::{self, WireGuest, WirePage, WireWrite},
};
use crate::{
    pipeline::{
        Error, Lane, Sent,
        call::{Call, Settled, json},
        retry::Repeat,
    },
    ports::{NewGuest, Removed, Sessions, Sort},
};

/// Which guests, in which order, and which page of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ListGuests {
    /// All when absent.
    pub filter: Option<Selection>,
    /// 1 to 100; what lies outside is brought inside.
    pub page_size: u32,
    /// From 1.
    pub page_number: u32,
    /// In which order.
    pub sort: Sort,
    /// Without it no guest carries attributes.
    pub expand_attributes: bool,
}

impl Default for ListGuests {
    fn default() -> Self {
        Self {
            filter: None,
            page_size: MAX_PAGE,
            page_number: 1,
            sort: Sort::default(),
            expand_attributes: false,
        }
    }
}

/// One page of guests.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestPage {
    /// Without session tokens, which lists never carry.
    pub guests: Vec<Guest>,
    /// How many guests match in all.
    pub total: u64,
}

const ONE: &str = "/api/v2/guests/{id}";
const ALL: &str = "/api/v2/guests";

impl GuestApi {
    /// One page of guests as the org hands it out, which may be fewer than it has on that page; [`GuestApi::whole_page`] and
    /// [`GuestApi::walk_guests`] ask on. Scope `guest:read`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that does not parse, and what every call can meet.
    pub async fn list_guests(&self, lane: Lane, list: &ListGuests) -> Result<GuestPage, Error> {
        let (size, number) = (list.page_size.clamp(1, MAX_PAGE), list.page_number.max(1));
        let order = if list.sort.descending { ":desc" } else { "" };
        let mut query = vec![
            ("pageSize", size.to_string()),
            ("pageNumber", number.to_string()),
            ("sortBy", format!("{}{order}", list.sort.field.as_str())),
        ];
        if list.expand_attributes {
            query.push(("expand", "attributes".into()));
        }
        if let Some(filter) = &list.filter {
            query.push(("filter", filter.as_str().to_owned()));
        }
        let call = Call { query, ..Call::get("list guests", lane, ALL) };
        let page: WirePage = self.pipeline.settle(&call, wire::read).await.result?;
        // Whatever the org counts, there are at least as many as it hands out.
        let total = page.total.max(page.entities.len() as u64);
        Ok(GuestPage { guests: page.entities.into_iter().map(|guest| guest.split().0).collect(), total })
    }

    /// One guest, without its session token. Scope `guest:read`.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what every call can meet.
    pub async fn guest(&self, lane: Lane, id: GuestId) -> Result<Guest, Error> {
        Ok(self.read_guest(lane, id).await?.split().0)
    }

    async fn read_guest(&self, lane: Lane, id: GuestId) -> Result<WireGuest, Error> {
        let call = one("get guest", lane, Method::GET, id, None);
        self.pipeline.settle(&call, |body| the_guest(body, id)).await.result
    }

    /// Creates a guest, which opens a conversation, and returns the session token that the org made. A repeat with
    /// the same id after a lost answer finds the first guest. Scope `guest:write`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id was taken before, [`Error::Invalid`] with the fields, and what every call
    /// can meet.
    pub async fn create_guest(&self, lane: Lane, new: &NewGuest) -> Result<(Guest, Secret), Error> {
        let initiated = self.pipeline.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let defaults =
            [("source", AttributeValue::from("web-messaging")), ("initiatedAt", initiated.as_str().into())];
        let mut attributes: BTreeMap<&str, &AttributeValue> = defaults.iter().map(|(k, v)| (*k, v)).collect();
        attributes.extend(new.attributes.iter().map(|(k, v)| (k.as_str(), v)));
        let write = WireWrite {
            id: new.id,
            name: new.name.as_deref(),
            email: new.email.as_deref(),
            attributes,
            version: None,
        };
        let call = Call::post("create guest", lane, ALL, &write);
        let call = Call { repeat: Repeat::OwnId, done: &[201], ..call };
        match self.pipeline.settle(&call, |body| the_guest(body, new.id)).await {
            // An earlier try of this very call was processed and its answer lost.
            Settled { result: Err(Error::Conflict(_)), uncertain: Some(lost) } => {
                self.guest_with_token(lane, new.id).await.map_err(|_| lost)
            }
            settled => with_token(settled.exact()?, "create guest", Sent::Perhaps),
        }
    }

    /// Replaces a guest as a whole: name, e-mail address and attributes, on top of the version that `guest`
    /// carries. Scope `guest:write`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when someone else changed it meanwhile, [`Error::NotFound`], [`Error::Invalid`], and
    /// what every call can meet.
    pub async fn put_guest(&self, lane: Lane, guest: &Guest) -> Result<Guest, Error> {
        let write = WireWrite {
            id: guest.id,
            name: Some(&guest.name),
            email: guest.email.as_deref(),
            attributes: guest.attributes.iter().map(|(k, v)| (k.as_str(), v)).collect(),
            version: Some(guest.revision.number().unwrap_or_default()),
        };
        let call = one("change guest", lane, Method::PUT, guest.id, Some(json(&write)));
        match self.pipeline.settle(&call, |body| the_guest(body, guest.id)).await {
            // Perhaps it was our own earlier try, whose answer was lost: then the org has what we wanted.
            Settled { result: Err(Error::Conflict(said)), uncertain: Some(lost) } => {
                let now = self.guest(lane, guest.id).await.map_err(|_| lost)?;
                let ours = now.revision.number() > guest.revision.number()
                    && (&now.name, &now.email, &now.attributes)
                        == (&guest.name, &guest.email, &guest.attributes);
                if ours { Ok(now) } else { Err(Error::Conflict(said)) }
            }
            settled => Ok(settled.exact()?.split().0),
        }
    }

    /// Deletes a guest and closes its conversations; with a version only when it is still that one. A delete can wait for
    /// the rate budget or before a further try for a minute and more: `wanted` is asked each time when it would leave now.
    /// Scope `guest:write`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was gone before, [`Error::Conflict`] when it has a newer version, [`Error::Withdrawn`]
    /// when it was called off and no try of it can have done anything, and what every call can meet.
    pub async fn delete_guest(
        &self,
        lane: Lane,
        id: GuestId,
        version: Option<u64>,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Removed, Error> {
        let mut call = one("delete guest", lane, Method::DELETE, id, None);
        call.query.extend(version.map(|v| ("version", v.to_string())));
        match self.pipeline.settle_while(&call, wanted, |_| Ok(())).await {
            // Gone, and a try of ours whose answer was lost may have done it.
            Settled { result: Err(Error::NotFound(_)), uncertain: Some(_) } => Ok(Removed::Inferred),
            settled => settled.exact().map(|()| Removed::Deleted),
        }
    }
}

#[async_trait]
impl Sessions for GuestApi {
    async fn guest_with_token(&self, lane: Lane, id: GuestId) -> Result<(Guest, Secret), Error> {
        with_token(self.read_guest(lane, id).await?, "get guest", Sent::NotSent)
    }
}

fn one(name: &'static str, lane: Lane, method: Method, id: GuestId, body: Option<Bytes>) -> Call {
    let done: &[u16] = if method == Method::DELETE { &[204] } else { &[200] };
    Call { method, path: format!("{ALL}/{id}"), body, done, ..Call::get(name, lane, ONE) }
}

/// Reads a guest and insists that it is the one asked for.
fn the_guest(body: &[u8], id: GuestId) -> Result<WireGuest, String> {
    let guest: WireGuest = wire::read(body)?;
    if guest.id == id { Ok(guest) } else { Err("it is about another guest".into()) }
}

fn with_token(guest: WireGuest, call: &'static str, sent: Sent) -> Result<(Guest, Secret), Error> {
    match guest.split() {
        (guest, Some(token)) => Ok((guest, token)),
        (_, None) => Err(Error::BadAnswer {
            call,
            status: 200,
            why: "the session token is missing".into(),
            sent,
            correlation_id: None,
            retry_after: None,
        }),
    }
}
