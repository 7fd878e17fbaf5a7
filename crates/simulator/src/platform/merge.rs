//! Contacts that are the same person: merged into a contact that stands for them all, and enriched with what else is known.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    analytics::body,
    contact::{EMAILS, PHONES, view},
    contacts::no_contact,
    paging::Query,
    writing::{Written, record_of},
};
use crate::{
    ledger::{Entry, Kind},
    org::{Call, Fields, NO_NAME, Org, Refusal, Reply, kept, written_id},
    world::{Change, ContactKind, Guest},
};

/// Contacts in one merge, and in all merges that lead to one contact (peers-admins.md, R19).
const AT_ONCE: usize = 25;
const MERGE_SET: usize = 52;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merge {
    contact_ids: Vec<Uuid>,
    #[serde(default)]
    value_override: Option<Map<String, Value>>,
}

impl Org {
    /// `POST contacts/merge`: a new contact stands for all of them.
    pub(super) fn merge_contacts(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let Merge { mut contact_ids, value_override } = body(call)?;
        contact_ids.sort_unstable();
        contact_ids.dedup();
        if !(2..=AT_ONCE).contains(&contact_ids.len()) {
            return Err(Refusal::field("contactIds", format!("must be 2 to {AT_ONCE} contacts")));
        }
        let mut guests = Vec::new();
        for id in &contact_ids {
            guests.push(self.free_contact(*id)?.clone());
        }
        let before: usize = contact_ids
            .iter()
            .filter_map(|id| self.world.contact_record(*id))
            .map(|record| record.merged_from.len())
            .sum();
        if before + contact_ids.len() > MERGE_SET {
            return Err(Refusal::field(
                "contactIds",
                format!("would make a merge set of more than {MERGE_SET}"),
            ));
        }
        guests.sort_by_key(|guest| std::cmp::Reverse((guest.modified, guest.id)));
        let all = guests.iter().filter_map(|guest| view(&self.world, guest, false).as_object().cloned());
        let mut members = all.reduce(joined).unwrap_or_default();
        members.extend(value_override.into_iter().flatten().filter(|(_, value)| !value.is_null()));
        let (id, now) = (Uuid::new_v4(), self.now());
        let schema = self.world.schema();
        let written = Written::of(members, schema).map_err(Refusal::fields)?;
        let mut guest = new_guest(id, now);
        let mut record = written.into(&mut guest, None, ContactKind::Curated, schema);
        record.merged_from.clone_from(&contact_ids);
        let mut changes =
            vec![Change::Guest(Box::new(guest)), Change::ContactRecord { id, record: Box::new(record) }];
        changes.extend(guests.iter().flat_map(|guest| self.merged(guest, id)));
        self.commit(changes)?;
        let reply = self.contact_reply(id).with(Entry::of_guest(Kind::Created, id));
        Ok(contact_ids.into_iter().fold(reply, |reply, id| reply.with(Entry::of_guest(Kind::Changed, id))))
    }

    /// By the control port: `into` stands for the contact from now on, and nothing else of it changes.
    pub(crate) fn merge_contact_into(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let into = fields.id("into");
        fields.check()?;
        let id = written_id(id).ok_or_else(no_contact)?;
        if id == into {
            return Err(Refusal::field("into", "must be another contact"));
        }
        let guest = self.free_contact(id)?.clone();
        let mut target = self.free_contact(into)?.clone();
        let mut record =
            record_of(&target, self.world.contact_record(into), self.world.contact_kind(&target));
        record.merged_from.push(id);
        target.modified = self.now().max(target.modified + 1);
        target.version += 1;
        let mut changes = vec![
            Change::Guest(Box::new(target)),
            Change::ContactRecord { id: into, record: Box::new(record) },
        ];
        changes.extend(self.merged(&guest, into));
        self.commit(changes)?;
        let reply = self.contact_reply(into).with(Entry::of_guest(Kind::Changed, id));
        Ok(reply.with(Entry::of_guest(Kind::Changed, into)))
    }

    /// A contact for which no other stands.
    fn free_contact(&self, id: Uuid) -> Result<&Guest, Refusal> {
        let guest = self.world.guest(id).ok_or_else(no_contact)?;
        match self.world.contact_record(id).and_then(|record| record.merged_into) {
            Some(_) => Err(Refusal::conflict(format!("The contact {id} was merged into another."))),
            None => Ok(guest),
        }
    }

    fn merged(&self, guest: &Guest, into: Uuid) -> [Change; 2] {
        let mut record =
            record_of(guest, self.world.contact_record(guest.id), self.world.contact_kind(guest));
        record.merged_into = Some(into);
        let touched = Change::Touched { id: guest.id, modified: self.now().max(guest.modified + 1) };
        [Change::ContactRecord { id: guest.id, record: Box::new(record) }, touched]
    }

    /// `POST contacts/enrich`: adds what is given to the contact that is named or found. With `dryRun=true` nothing changes, and
    /// the answer is what would be.
    pub(super) fn enrich_contact(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let dry = Query::of(call).text("dryRun").is_some_and(|dry| dry == "true");
        let action = fields.text("action").unwrap_or_else(|| "Upsert".to_owned());
        let given = match fields.any("contact") {
            None => Map::new(),
            Some(Value::Object(contact)) => contact.clone(),
            Some(_) => {
                fields.fault("contact", "must be an object");
                Map::new()
            }
        };
        let named = fields.any("id").is_some().then(|| fields.id("id"));
        let identifiers =
            fields.any("matchingIdentifiers").and_then(Value::as_array).cloned().unwrap_or_default();
        fields.check()?;
        let by_identifier = || identifiers.iter().find_map(|identifier| self.contact_by(identifier));
        let found = match named {
            Some(id) => Some(self.world.canonical(id).ok_or_else(no_contact)?),
            None => by_identifier(),
        };
        let (mut guest, mut members) = match (found, action.as_str()) {
            (Some(_), "Insert") => return Err(Refusal::conflict("There is such a contact.")),
            (Some(guest), "Update" | "Upsert") => {
                (guest.clone(), view(&self.world, guest, false).as_object().cloned().unwrap_or_default())
            }
            (None, "Insert" | "Upsert") => (new_guest(Uuid::new_v4(), self.now()), Map::new()),
            (None, "Update") => return Err(no_contact()),
            _ => return Err(Refusal::field("action", "must be Insert, Update or Upsert")),
        };
        let is_new = found.is_none();
        members.extend(given);
        let (schema, id) = (self.world.schema(), guest.id);
        let kind = if is_new { ContactKind::Curated } else { self.world.contact_kind(&guest) };
        let written = Written::of(members, schema).map_err(Refusal::fields)?;
        let record = written.into(&mut guest, self.world.contact_record(id), kind, schema);
        if dry {
            return Ok(Reply::json(200, &super::contact::view_of(schema, &guest, &record)));
        }
        if is_new {
            self.commit(vec![
                Change::Guest(Box::new(guest)),
                Change::ContactRecord { id, record: Box::new(record) },
            ])?;
            return Ok(self.contact_reply(id).with(Entry::of_guest(Kind::Created, id)));
        }
        self.put_written(guest, record)
    }

    /// `POST identifierlookup/contacts`: the listed contact that an e-mail or a phone belongs to; nobody has another identifier here.
    pub(super) fn lookup_contact(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(call)?;
        let given = ["type", "value"].map(|name| {
            let text = fields.text(name).unwrap_or_default();
            let is_blank = text.trim().is_empty();
            if is_blank && fields.any(name).is_none_or(Value::is_string) {
                fields.fault(name, "is missing");
            }
            text
        });
        fields.check()?;
        let [kind, value] = given;
        // As people write it: `+1 555 0100`.
        let value = if kind == "Phone" { value.replace([' ', '-', '(', ')', '.'], "") } else { value };
        let found = self.contact_by(&json!({ "type": kind, "value": value })).ok_or_else(no_contact)?;
        Ok(Reply::json(200, &view(&self.world, found, false)))
    }

    /// The listed contact that an e-mail or a phone belongs to.
    fn contact_by(&self, identifier: &Value) -> Option<&Guest> {
        let (kind, value) = (identifier["type"].as_str()?, identifier["value"].as_str()?);
        let names: &[&str] = match kind {
            "Email" => &EMAILS,
            "Phone" => &PHONES,
            _ => return None,
        };
        self.world.listed_contacts_saying(value).into_iter().find(|guest| {
            let members = super::contact::own_fields(guest, self.world.contact_record(guest.id));
            let said = |name: &&str| {
                let member = members.get(*name)?;
                member.as_str().or_else(|| member.get("e164")?.as_str())
            };
            names.iter().filter_map(said).any(|said| said.eq_ignore_ascii_case(value))
        })
    }
}

fn new_guest(id: Uuid, now: i64) -> Guest {
    Guest {
        id,
        name: NO_NAME.into(),
        email: None,
        attributes: kept(Map::new()),
        active: true,
        created: now,
        modified: now,
        version: 1,
    }
}

/// The members of the newer contact, with those of the older where it has none. An e-mail or phone of the older one that
/// collides goes to a place that is free.
fn joined(newer: Map<String, Value>, older: Map<String, Value>) -> Map<String, Value> {
    let mut both = newer;
    let mut homeless = Vec::new();
    for (name, value) in older {
        match both.get(&name) {
            None => drop(both.insert(name, value)),
            Some(Value::Object(custom)) if name == "customFields" => {
                let mut custom = custom.clone();
                for (key, value) in value.as_object().cloned().unwrap_or_default() {
                    custom.entry(key).or_insert(value);
                }
                both.insert(name, Value::Object(custom));
            }
            Some(other) if *other != value => homeless.push((name, value)),
            Some(_) => {}
        }
    }
    for (name, value) in homeless {
        let places: &[&str] = match name.as_str() {
            name if EMAILS.contains(&name) => &EMAILS,
            name if PHONES.contains(&name) => &PHONES,
            _ => continue,
        };
        if let Some(free) = places.iter().find(|place| !both.contains_key(**place)) {
            both.insert((*free).to_owned(), value);
        }
    }
    both
}
