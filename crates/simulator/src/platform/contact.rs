//! A contact as an answer carries it: made of the guest that it is in the other dialect, and of its record.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    clock::rfc3339,
    org::{NO_NAME, parsed},
    world::{ContactKind, ContactRecord, ContactSchema, Guest, World, seeded_phone},
};

/// The one division of the org.
pub(super) const DIVISION: &str = "7c0a5d6e-1d1b-4b0f-9a34-51e2f2a0c00d";
/// The one schema of its contacts.
pub(super) const SCHEMA: &str = "5b1f0c9e-6a5d-4f39-8b43-51e2f2a0c5c4";

/// The members of a contact that make its guest's name and address, in the order in which they count.
pub(super) const NAMES: [&str; 3] = ["firstName", "middleName", "lastName"];
pub(super) const EMAILS: [&str; 3] = ["workEmail", "personalEmail", "otherEmail"];
pub(super) const PHONES: [&str; 4] = ["cellPhone", "workPhone", "homePhone", "otherPhone"];

/// Members that the org writes and nobody else.
pub(super) const READ_ONLY: [&str; 13] = [
    "id",
    "division",
    "createDate",
    "modifyDate",
    "type",
    "schema",
    "canonicalContact",
    "mergeSet",
    "mergedFrom",
    "mergedTo",
    "mergeOperation",
    "externalDataSources",
    "selfUri",
];

/// The contact as anybody reads it. `identifiers` stand there only when asked for.
pub(super) fn view(world: &World, guest: &Guest, identifiers: bool) -> Value {
    let canonical = world.canonical(guest.id).map_or(guest.id, |guest| guest.id);
    let (record, kind) = (world.contact_record(guest.id), world.contact_kind(guest));
    let mut members = assembled(world.schema(), guest, record, kind, canonical);
    if identifiers {
        members.insert("identifiers".to_owned(), Value::Array(known_by(guest, &members)));
    }
    Value::Object(members)
}

/// The same of a contact that is not written yet.
pub(super) fn view_of(schema: &ContactSchema, guest: &Guest, record: &ContactRecord) -> Value {
    Value::Object(assembled(schema, guest, Some(record), record.kind, guest.id))
}

fn assembled(
    contact_schema: &ContactSchema,
    guest: &Guest,
    record: Option<&ContactRecord>,
    kind: ContactKind,
    canonical: Uuid,
) -> Map<String, Value> {
    let mut members = own_fields(guest, record);
    let fields = custom_fields(contact_schema, guest, record);
    if kind != ContactKind::Ephemeral && !fields.is_empty() {
        members.insert("schema".to_owned(), schema(contact_schema.version));
        members.insert("customFields".to_owned(), Value::Object(fields));
    }
    members.insert("id".to_owned(), json!(guest.id));
    members.insert("division".to_owned(), division());
    members.insert("type".to_owned(), json!(kind.name()));
    members.insert("createDate".to_owned(), json!(rfc3339(guest.created)));
    members.insert("modifyDate".to_owned(), json!(rfc3339(guest.modified)));
    members.insert("externalDataSources".to_owned(), json!([]));
    members.insert("selfUri".to_owned(), json!(uri(guest.id)));
    members.entry("surveyOptOut").or_insert(json!(false));
    if let Some(into) = record.and_then(|record| record.merged_into) {
        members.insert("mergedTo".to_owned(), reference(into));
        members.insert("canonicalContact".to_owned(), reference(canonical));
    } else if let Some(record) = record.filter(|record| !record.merged_from.is_empty()) {
        let from: Vec<Value> = record.merged_from.iter().map(|id| reference(*id)).collect();
        let set: Vec<Value> = std::iter::once(reference(guest.id)).chain(from.iter().cloned()).collect();
        members.insert("canonicalContact".to_owned(), reference(guest.id));
        members.insert("mergedFrom".to_owned(), Value::Array(from));
        members.insert("mergeSet".to_owned(), Value::Array(set));
    }
    members
}

/// The members that somebody may write, custom fields aside.
pub(super) fn own_fields(guest: &Guest, record: Option<&ContactRecord>) -> Map<String, Value> {
    let mut members = record.map(|record| record.fields.clone()).unwrap_or_default();
    members.remove("customFields");
    // By the other dialect the name or the address may have changed since the record was written.
    if full_name(&members).as_deref().unwrap_or(NO_NAME) != &*guest.name {
        NAMES.iter().for_each(|name| drop(members.remove(*name)));
        if &*guest.name != NO_NAME {
            let (first, last) = guest.name.split_once(' ').unwrap_or((&guest.name, ""));
            members.insert("firstName".to_owned(), json!(first));
            if !last.is_empty() {
                members.insert("lastName".to_owned(), json!(last));
            }
        }
    }
    if first_email(&members) != guest.email.as_deref() {
        EMAILS.iter().for_each(|name| drop(members.remove(*name)));
        if let Some(email) = &guest.email {
            members.insert("workEmail".to_owned(), json!(email));
        }
    }
    if let Some(number) = seeded_phone(guest.id).filter(|_| record.is_none() && guest.email.is_some()) {
        members.insert("cellPhone".to_owned(), phone_of(&number));
    }
    members
}

/// The custom fields that fit the schema: scalars are the guest's attributes, the rest is on the record.
fn custom_fields(
    schema: &ContactSchema,
    guest: &Guest,
    record: Option<&ContactRecord>,
) -> Map<String, Value> {
    let mut fields = parsed(guest);
    if let Some(Value::Object(more)) = record.and_then(|record| record.fields.get("customFields")) {
        fields.extend(more.clone());
    }
    fields.retain(|key, value| schema.fits(key, value).is_ok());
    fields
}

/// First, middle and last name joined by a space; `None` when there is none of them.
pub(super) fn full_name(members: &Map<String, Value>) -> Option<String> {
    let names = NAMES.iter().filter_map(|name| members.get(*name)?.as_str());
    let names: Vec<&str> = names.map(str::trim).filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

pub(super) fn first_email(members: &Map<String, Value>) -> Option<&str> {
    EMAILS.iter().filter_map(|name| members.get(*name)?.as_str()).find(|email| !email.is_empty())
}

/// A phone as the org keeps it: it writes `display` anew whatever was sent.
pub(super) fn phone_of(number: &str) -> Value {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let international = number.trim_start().starts_with('+');
    let e164 = match digits.len() {
        8..=15 if international => Some(format!("+{digits}")),
        10 => Some(format!("+1{digits}")),
        _ => None,
    };
    let Some(e164) = e164 else { return json!({ "display": number.trim() }) };
    let display = match e164.strip_prefix("+1").filter(|rest| rest.len() == 10) {
        Some(rest) => format!("+1 {}-{}-{}", &rest[..3], &rest[3..6], &rest[6..]),
        None => format!("{} {}", &e164[..3], &e164[3..]),
    };
    let mut phone =
        json!({ "display": display, "e164": e164, "userInput": number.trim(), "acceptsSMS": false });
    if e164.starts_with("+1") {
        phone["countryCode"] = json!("US");
    }
    phone
}

pub(super) fn uri(id: Uuid) -> String {
    format!("/api/v2/externalcontacts/contacts/{id}")
}

pub(super) fn reference(id: Uuid) -> Value {
    json!({ "id": id, "selfUri": uri(id) })
}

pub(super) fn division() -> Value {
    json!({ "id": DIVISION, "name": "Home", "selfUri": format!("/api/v2/authorization/divisions/{DIVISION}") })
}

fn schema(version: u64) -> Value {
    json!({ "id": SCHEMA, "version": version, "selfUri": format!("/api/v2/externalcontacts/contacts/schemas/{SCHEMA}") })
}

/// By which e-mails and phones the contact is found.
fn known_by(guest: &Guest, members: &Map<String, Value>) -> Vec<Value> {
    let emails = EMAILS.iter().filter_map(|name| members.get(*name)?.as_str()).map(|email| ("Email", email));
    let phones = PHONES.iter().filter_map(|name| members.get(*name)?.get("e164")?.as_str());
    let all = emails.chain(phones.map(|phone| ("Phone", phone)));
    let since = rfc3339(guest.created);
    all.map(|(kind, value)| json!({ "type": kind, "value": value, "dateCreated": since })).collect()
}
