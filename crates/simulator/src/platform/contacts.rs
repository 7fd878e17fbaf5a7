//! External contacts one by one, and lists and searches of them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    contact::{uri, view},
    paging::{Page, Query, partial, with_repeats},
    patch::{Changes, changed},
    writing::Written,
};
use crate::{
    ledger::{Entry, Kind},
    org::{Call, Fields, NO_NAME, Org, Refusal, Reply, kept, written_id},
    trouble::Trouble,
    world::{Change, ContactKind, ContactSort, Guest, ListContacts},
};

const LIST: &str = "/api/v2/externalcontacts/contacts";
/// Ids in one search.
const SEARCHED_IDS: usize = 100;
/// What an answer may carry beside the contact.
const EXPANSIONS: [&str; 5] =
    ["externalOrganization", "externalDataSources", "identifiers", "externalSources", "division"];

/// What a list or a search asks for.
struct Wanted {
    page: Page,
    words: String,
    ids: Vec<Uuid>,
    sort: (ContactSort, bool),
    identifiers: bool,
    /// Its own address without the number of the page.
    path: String,
}

impl Org {
    pub(super) fn list_contacts(&mut self, call: &Call, trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let mut query = Query::of(call);
        let (size, number) =
            (query.number("pageSize", 1, usize::MAX), query.number("pageNumber", 1, usize::MAX));
        query.check()?;
        let wanted = Wanted {
            page: Page::of(size, number)?,
            words: query.text("q").unwrap_or_default().to_owned(),
            ids: Vec::new(),
            sort: sorted_by(query.text("sortOrder"))?,
            identifiers: expands(&query.texts("expand"))?,
            path: query.path_without(LIST, &["pageNumber"]),
        };
        self.page_of_contacts(&wanted, trouble)
    }

    /// The same by a body, also among certain ids.
    pub(super) fn search_contacts(
        &mut self,
        call: &Call,
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let (size, number) = (fields.count("pageSize"), fields.count("pageNumber"));
        let expand = texts(&mut fields, "expand");
        let mut operation = fields.object("operation", "operation.");
        let mut search = operation.object("simpleSearch", "operation.simpleSearch.");
        let words = search.text("query").unwrap_or_default();
        let sort = texts(&mut search, "sortOrder");
        let ids = texts(&mut search, "ids");
        if ids.len() > SEARCHED_IDS {
            search.fault("ids", "must be at most 100");
        }
        operation.close(search);
        fields.close(operation);
        fields.check()?;
        let whole = |n: Option<u64>| n.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let expand: Vec<&str> = expand.iter().map(String::as_str).collect();
        let wanted = Wanted {
            page: Page::of(whole(size), whole(number))?,
            words,
            ids: ids.iter().filter_map(|id| written_id(id)).collect(),
            sort: sorted_by(sort.first().map(String::as_str))?,
            identifiers: expands(&expand)?,
            path: format!("{LIST}/search"),
        };
        if !ids.is_empty() && wanted.ids.is_empty() {
            return Err(Refusal::field("operation.simpleSearch.ids", "must be ids of contacts"));
        }
        self.page_of_contacts(&wanted, trouble)
    }

    fn page_of_contacts(&mut self, wanted: &Wanted, trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let page = wanted.page;
        let query = |skip, take| ListContacts {
            words: &wanted.words,
            ids: &wanted.ids,
            sort: wanted.sort.0,
            descending: wanted.sort.1,
            skip,
            take,
        };
        let mut gone = Vec::new();
        if let Some(Trouble::Vanish(most)) = trouble {
            gone =
                self.world.list_contacts(&query(0, *most as usize)).0.iter().map(|guest| guest.id).collect();
            self.remove_contacts(&gone)?;
        }
        let skip = with_repeats(page.skip(), page.size, trouble);
        let (guests, total) = self.world.list_contacts(&query(skip, page.size));
        let mut ids: Vec<Uuid> = guests.into_iter().map(|guest| guest.id).collect();
        let is_partial = partial(&mut ids, trouble);
        let found = ids.iter().filter_map(|id| self.world.guest(*id));
        let views: Vec<Value> = found.map(|guest| view(&self.world, guest, wanted.identifiers)).collect();
        let reply = Reply::json(200, &page.listing(&views, total, &wanted.path, is_partial));
        Ok(gone.into_iter().fold(reply, |reply, id| reply.with(Entry::of_guest(Kind::Deleted, id))))
    }

    /// Makes a contact, a curated one. By the control port (`any_time`) the body may say when, and of which kind.
    pub(crate) fn create_contact(&mut self, call: &Call, any_time: bool) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let now = self.now();
        let (mut id, mut created, mut modified) = (Uuid::new_v4(), now, None);
        let mut kind = ContactKind::Curated;
        if any_time {
            created = fields.time("createDate").map_or(now, |(at, _)| at);
            modified = fields.time("modifyDate").map(|(at, _)| at);
            if fields.any("id").is_some() {
                id = fields.id("id");
            }
            if let Some(name) = fields.text("type") {
                match ContactKind::named(&name) {
                    Some(named) => kind = named,
                    None => fields.fault("type", "must be Ephemeral, Identified or Curated"),
                }
            }
        }
        fields.check()?;
        if self.world.guest(id).is_some() {
            return Err(Refusal::conflict(format!("A contact with id {id} exists already.")));
        }
        let written = Written::of(fields.into_members(), self.world.schema()).map_err(Refusal::fields)?;
        let mut guest = Guest {
            id,
            name: NO_NAME.into(),
            email: None,
            attributes: kept(Map::new()),
            active: true,
            created,
            modified: modified.unwrap_or(created),
            version: 1,
        };
        let record = written.into(&mut guest, None, kind, self.world.schema());
        self.commit(vec![
            Change::Guest(Box::new(guest)),
            Change::ContactRecord { id, record: Box::new(record) },
        ])?;
        Ok(self.contact_reply(id).with(Entry::of_guest(Kind::Created, id)))
    }

    /// A merged contact is answered by the one that stands for it.
    pub(super) fn get_contact(&self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let guest = self.known_contact(id)?;
        let canonical = self.world.canonical(guest.id).ok_or_else(no_contact)?;
        let identifiers = expands(&Query::of(call).texts("expand"))?;
        Ok(Reply::json(200, &view(&self.world, canonical, identifiers)))
    }

    /// The contact itself, also where another stands for it.
    pub(super) fn get_unresolved_contact(&self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let guest = self.known_contact(id)?;
        let identifiers = expands(&Query::of(call).texts("expand"))?;
        Ok(Reply::json(200, &view(&self.world, guest, identifiers)))
    }

    /// Replaces the contact whole: what is absent is cleared.
    pub(super) fn put_contact(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let id = self.known_contact(id)?.id;
        let mut fields = Fields::of(call)?;
        if fields.any("id").is_some() && fields.id("id") != id {
            fields.fault("id", "must be the id in the path, or absent");
        }
        fields.check()?;
        self.write_contact(id, fields.into_members())
    }

    /// Changes single members by their JSON paths.
    pub(super) fn patch_contact(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let guest = self.known_contact(id)?;
        let id = guest.id;
        let changes = Changes::of(call)?;
        let Value::Object(members) = view(&self.world, guest, false) else { return Err(no_contact()) };
        self.write_contact(id, changed(members, &changes)?)
    }

    fn write_contact(&mut self, id: Uuid, members: Map<String, Value>) -> Result<Reply, Refusal> {
        let mut guest = self.world.guest(id).ok_or_else(no_contact)?.clone();
        let record = self.world.contact_record(id);
        if record.is_some_and(|record| record.merged_into.is_some()) {
            return Err(Refusal::conflict("The contact was merged into another: write that one."));
        }
        let schema = self.world.schema();
        let kind = self.world.contact_kind(&guest);
        let written = Written::of(members, schema).map_err(Refusal::fields)?;
        let record = written.into(&mut guest, record, kind, schema);
        self.put_written(guest, record)
    }

    pub(super) fn promote_contact(&mut self, id: &str) -> Result<Reply, Refusal> {
        let guest = self.known_contact(id)?.clone();
        let record = self.world.contact_record(guest.id);
        if self.world.contact_kind(&guest) == ContactKind::Curated {
            return Ok(self.contact_reply(guest.id));
        }
        let record = super::writing::record_of(&guest, record, ContactKind::Curated);
        self.put_written(guest, record)
    }

    pub(super) fn put_written(
        &mut self,
        mut guest: Guest,
        record: crate::world::ContactRecord,
    ) -> Result<Reply, Refusal> {
        let id = guest.id;
        guest.version += 1;
        // Each write shows in the date, also two within a millisecond.
        guest.modified = self.now().max(guest.modified + 1);
        self.commit(vec![
            Change::Guest(Box::new(guest)),
            Change::ContactRecord { id, record: Box::new(record) },
        ])?;
        Ok(self.contact_reply(id).with(Entry::of_guest(Kind::Changed, id)))
    }

    /// Removes the contact; its conversations stay.
    pub(super) fn delete_contact(&mut self, id: &str) -> Result<Reply, Refusal> {
        let id = self.removable_contact(id)?;
        self.remove_contacts(&[id])?;
        Ok(Reply::json(200, &json!({})).with(Entry::of_guest(Kind::Deleted, id)))
    }

    /// A contact that may be removed: not one for which another stands.
    pub(super) fn removable_contact(&self, id: &str) -> Result<Uuid, Refusal> {
        let id = self.known_contact(id)?.id;
        match self.world.contact_record(id).and_then(|record| record.merged_into) {
            Some(_) => Err(Refusal::conflict("The contact was merged into another.")),
            None => Ok(id),
        }
    }

    pub(super) fn remove_contacts(&mut self, ids: &[Uuid]) -> Result<(), Refusal> {
        self.commit(ids.iter().map(|id| Change::Deleted { id: *id }).collect())
    }

    pub(super) fn known_contact(&self, id: &str) -> Result<&Guest, Refusal> {
        written_id(id).and_then(|id| self.world.guest(id)).ok_or_else(no_contact)
    }

    pub(super) fn contact_reply(&self, id: Uuid) -> Reply {
        match self.world.guest(id) {
            Some(guest) => Reply::json(200, &view(&self.world, guest, false)),
            None => Reply::json(200, &json!({ "id": id, "selfUri": uri(id) })),
        }
    }
}

pub(super) fn no_contact() -> Refusal {
    Refusal::not_found("The requested contact was not found.")
}

/// A field and, behind a colon, the direction.
fn sorted_by(order: Option<&str>) -> Result<(ContactSort, bool), Refusal> {
    let (field, direction) =
        order.unwrap_or("firstName").split_once(':').unwrap_or((order.unwrap_or("firstName"), "asc"));
    let sort = match field.to_ascii_lowercase().as_str() {
        "firstname" => Some(ContactSort::FirstName),
        "middlename" => Some(ContactSort::MiddleName),
        "lastname" => Some(ContactSort::LastName),
        "title" => Some(ContactSort::Title),
        _ => None,
    };
    match (sort, direction.to_ascii_lowercase().as_str()) {
        (Some(sort), "asc") => Ok((sort, false)),
        (Some(sort), "desc") => Ok((sort, true)),
        _ => {
            let says = "must be firstName, middleName, lastName or title, with :asc or :desc";
            Err(Refusal::field("sortOrder", says))
        }
    }
}

/// Whether identifiers are to be told.
pub(super) fn expands(names: &[&str]) -> Result<bool, Refusal> {
    match names.iter().find(|name| !EXPANSIONS.contains(name)) {
        Some(_) => Err(Refusal::field("expand", format!("must be of {}", EXPANSIONS.join(", ")))),
        None => Ok(names.contains(&"identifiers")),
    }
}

/// A list of texts; nothing, and a fault, when it is none.
pub(super) fn texts(fields: &mut Fields, name: &str) -> Vec<String> {
    let texts = match fields.any(name) {
        None => return Vec::new(),
        Some(value) => serde_json::from_value::<Vec<String>>(value.clone()),
    };
    texts.unwrap_or_else(|_| {
        fields.fault(name, "must be a list of texts");
        Vec::new()
    })
}
