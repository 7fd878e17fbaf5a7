use serde_json::json;
use uuid::Uuid;

use super::{
    Call, Fields, Org, Refusal, Reply,
    body::{NO_NAME, kept, parsed, written_id},
    reply::Fault,
};
use crate::{
    clock::rfc3339,
    ledger::{Entry, Kind},
    trouble::Trouble,
    world::{Change, Conversation, Guest, GuestFilter, ListGuests, Sort},
};

const MAX_PAGE: usize = 100;
const DEFAULT_PAGE: usize = 25;

impl Org {
    /// Creates a guest and opens a conversation. By the control port (`any_time`) the body may say when.
    pub(crate) fn create_guest(&mut self, call: &Call, any_time: bool) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let id = fields.id("id");
        let name = fields.text("name");
        let email = fields.text("email");
        let mut attributes = fields.attributes().unwrap_or_default();
        let created = if any_time { fields.time("createdTime") } else { None };
        let created = created.map_or(self.now(), |(at, _)| at);
        let active = if any_time { fields.flag("active") } else { None };
        fields.check()?;
        if self.world.guest(id).is_some() {
            return Err(Refusal::conflict(format!("A guest with id {id} exists already.")));
        }
        attributes.entry("source").or_insert_with(|| json!("web-messaging"));
        attributes.entry("initiatedAt").or_insert_with(|| json!(rfc3339(created)));
        let guest = Guest {
            id,
            name: name.unwrap_or_else(|| NO_NAME.to_owned()).into(),
            email: email.map(Into::into),
            attributes: kept(attributes),
            active: active.unwrap_or(true),
            created,
            modified: created,
            version: 1,
        };
        let conversation = Conversation {
            id: self.world.conversation_id(id, created),
            guest: id,
            start: created,
            last: created,
            end: None,
        };
        let reply = Reply::json(201, &guest.view(true, Some(self.world.session_token(id))));
        self.commit(vec![Change::Guest(Box::new(guest)), Change::Conversation(conversation)])?;
        Ok(reply.with(Entry { conversation_id: Some(conversation.id), ..Entry::of_guest(Kind::Created, id) }))
    }

    pub(super) fn get_guest(&self, id: &str) -> Result<Reply, Refusal> {
        let guest = self.known_guest(id)?;
        Ok(Reply::json(200, &guest.view(true, Some(self.world.session_token(guest.id)))))
    }

    pub(super) fn list_guests(&mut self, call: &Call, trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let (mut size, mut number) = (DEFAULT_PAGE, 1);
        let (mut sort, mut descending, mut attributes) = (Sort::CreatedTime, false, false);
        let mut filter = GuestFilter::none();
        let mut faults = Vec::new();
        let mut fault = |field: &str, says: String| faults.push(Fault { field: field.to_owned(), says });
        for (key, value) in url::form_urlencoded::parse(call.query.as_bytes()) {
            match key.as_ref() {
                "pageSize" => match whole(&value).filter(|n| *n <= MAX_PAGE) {
                    Some(n) => size = n,
                    None => fault("pageSize", format!("must be a whole number from 1 to {MAX_PAGE}")),
                },
                "pageNumber" => match whole(&value) {
                    Some(n) => number = n,
                    None => fault("pageNumber", "must be a whole number from 1".to_owned()),
                },
                "sortBy" => {
                    let (field, order) = value.split_once(':').unwrap_or((&value, "asc"));
                    descending = order == "desc";
                    match Sort::named(field).filter(|_| matches!(order, "asc" | "desc")) {
                        Some(known) => sort = known,
                        None => {
                            let fields = "createdTime, modifiedTime, name, email or id";
                            fault("sortBy", format!("must be {fields}, with :desc for the reverse"));
                        }
                    }
                }
                "expand" => attributes |= value.split(',').any(|e| e.trim() == "attributes"),
                "filter" if value.trim().is_empty() => {}
                "filter" => match GuestFilter::new(&value) {
                    Ok(read) => filter = read,
                    Err(error) => fault("filter", error.0),
                },
                _ => {}
            }
        }
        if !faults.is_empty() {
            return Err(Refusal::fields(faults));
        }
        let skip = (number - 1).saturating_mul(size);
        let query = ListGuests { filter, sort, descending, skip, take: size };
        let vanished = match trouble {
            Some(Trouble::Vanish(n)) => {
                self.vanish(&ListGuests { skip: 0, take: *n as usize, ..query.clone() })?
            }
            _ => Vec::new(),
        };
        let (mut guests, total) = self.world.list(&query);
        held_back(&mut guests, trouble);
        let pages = total.div_ceil(size);
        let mut page = json!({ "pageSize": size, "pageNumber": number, "total": total, "pageCount": pages });
        if number < pages {
            let same = url::form_urlencoded::parse(call.query.as_bytes()).filter(|(k, _)| k != "pageNumber");
            let next = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(same)
                .append_pair("pageNumber", &(number + 1).to_string())
                .finish();
            page["nextUri"] = json!(format!("/api/v2/guests?{next}"));
        }
        let entities: Vec<_> = guests.iter().map(|g| g.view(attributes, None)).collect();
        let reply = Reply::json(200, &Page { entities, page });
        Ok(vanished.into_iter().fold(reply, |reply, id| reply.with(Entry::of_guest(Kind::Deleted, id))))
    }

    /// Deletes guests as another client of the org would.
    fn vanish(&mut self, query: &ListGuests) -> Result<Vec<Uuid>, Refusal> {
        let ids: Vec<Uuid> = self.world.list(query).0.into_iter().map(|guest| guest.id).collect();
        for id in &ids {
            self.commit_delete(*id)?;
        }
        Ok(ids)
    }

    fn commit_delete(&mut self, id: Uuid) -> Result<(), Refusal> {
        let now = self.now();
        let mut changes = vec![Change::Deleted { id }];
        changes.extend(self.world.conversations().of_guest(id).map(|c| Change::closed(c, now)));
        self.commit(changes)?;
        self.guest_is_gone(id);
        Ok(())
    }

    pub(super) fn put_guest(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let mut guest = self.known_guest(id)?.clone();
        let mut fields = Fields::of(call)?;
        let name = fields.text("name");
        let email = fields.text("email");
        let attributes = fields.attributes().unwrap_or_default();
        let version = fields.count("version");
        if fields.any("id").is_some() && fields.id("id") != guest.id {
            fields.fault("id", "must be the id in the path, or absent");
        }
        fields.check()?;
        same_version(&guest, version)?;
        guest.name = name.unwrap_or_else(|| NO_NAME.to_owned()).into();
        guest.email = email.map(Into::into);
        guest.attributes = kept(attributes);
        self.write_guest(guest)
    }

    /// Changes what the body names, without the client: `active`, `name`, `email`, single attributes.
    pub(crate) fn patch_guest(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let mut guest = self.known_guest(id)?.clone();
        let mut fields = Fields::of(call)?;
        let (active, name, email) = (fields.flag("active"), fields.text("name"), fields.text("email"));
        let attributes = fields.attributes();
        fields.check()?;
        guest.active = active.unwrap_or(guest.active);
        guest.name = name.map_or(guest.name, Into::into);
        guest.email = email.map_or(guest.email, |e| Some(e.into()));
        if let Some(attributes) = attributes {
            let mut merged = parsed(&guest);
            merged.extend(attributes);
            guest.attributes = kept(merged);
        }
        self.write_guest(guest)
    }

    fn write_guest(&mut self, mut guest: Guest) -> Result<Reply, Refusal> {
        guest.version += 1;
        guest.modified = self.now();
        let id = guest.id;
        let reply = Reply::json(200, &guest.view(true, None));
        self.commit(vec![Change::Guest(Box::new(guest))])?;
        Ok(reply.with(Entry::of_guest(Kind::Changed, id)))
    }

    pub(crate) fn delete_guest(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let guest = self.known_guest(id)?;
        let version = url::form_urlencoded::parse(call.query.as_bytes()).find(|(key, _)| key == "version");
        let version = match version {
            Some((_, text)) => Some(
                text.parse::<u64>()
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or_else(|| Refusal::field("version", "must be a whole number from 1"))?,
            ),
            None => None,
        };
        same_version(guest, version)?;
        let id = guest.id;
        self.commit_delete(id)?;
        Ok(Reply::empty(204).with(Entry::of_guest(Kind::Deleted, id)))
    }

    /// The guest of a path.
    pub(crate) fn known_guest(&self, id: &str) -> Result<&Guest, Refusal> {
        let id: Uuid =
            written_id(id).ok_or_else(|| Refusal::not_found("No guest: the id in the path is no UUID."))?;
        self.world.guest(id).ok_or_else(|| Refusal::not_found(format!("There is no guest with id {id}.")))
    }
}

/// What the weather keeps back of a page; the count of all stays as it is.
pub(super) fn held_back<T>(rows: &mut Vec<T>, trouble: Option<&Trouble>) {
    match trouble {
        Some(Trouble::Short(most)) => rows.truncate(*most as usize),
        Some(Trouble::Withhold(first)) => drop(rows.drain(..rows.len().min(*first as usize))),
        _ => {}
    }
}

fn same_version(guest: &Guest, version: Option<u64>) -> Result<(), Refusal> {
    match version {
        Some(seen) if seen != guest.version => Err(Refusal::conflict(format!(
            "The guest has version {}, not {seen}: someone changed it meanwhile.",
            guest.version
        ))),
        _ => Ok(()),
    }
}

fn whole(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n| *n > 0)
}

#[derive(serde::Serialize)]
struct Page<'a> {
    entities: Vec<crate::world::GuestView<'a>>,
    #[serde(flatten)]
    page: serde_json::Value,
}
