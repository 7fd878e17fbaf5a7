//! What somebody writes of a contact: checked, and taken apart into its guest and its record.

use serde_json::{Map, Value};

use super::contact::{
    EMAILS, NAMES, PHONES, READ_ONLY, SCHEMA, first_email, full_name, own_fields, phone_of,
};
use crate::{
    org::{Fault, NO_NAME, kept, parsed},
    world::{ContactKind, ContactRecord, ContactSchema, Guest},
};

/// Characters of a text, of an address, and external ids of one contact (genesys-facts.md, section 1.3).
const TEXT: usize = 1000;
const EMAIL: usize = 256;
const EXTERNAL_IDS: usize = 10;

/// Texts beside the names.
const TEXTS: [&str; 3] = ["salutation", "title", "externalSystemUrl"];

/// A contact's members as they are to be, each checked.
pub(super) struct Written {
    fields: Map<String, Value>,
    custom: Map<String, Value>,
}

impl Written {
    /// # Errors
    /// Every member that is wrong.
    pub(super) fn of(mut members: Map<String, Value>, schema: &ContactSchema) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, says: &str| {
            faults.push(Fault { field: field.to_owned(), says: says.to_owned() });
        };
        members.retain(|_, value| !value.is_null());
        let named = members.get("schema").cloned();
        let custom = match members.remove("customFields") {
            None => Map::new(),
            Some(Value::Object(custom)) => custom,
            Some(_) => {
                fault("customFields", "must be an object");
                Map::new()
            }
        };
        if let Some(named) = &named {
            let version = named["version"].as_u64().unwrap_or(0);
            if named["id"] != SCHEMA || !(1..=schema.version).contains(&version) {
                fault("schema", "must name the schema of contacts and a version that there is");
            }
        } else if !custom.is_empty() {
            fault("schema", "must be given with custom fields");
        }
        let custom: Map<String, Value> = custom.into_iter().filter(|(_, value)| !value.is_null()).collect();
        for (key, value) in &custom {
            if let Err(says) = schema.fits(key, value) {
                fault(&format!("customFields.{key}"), &says);
            }
        }
        for key in schema.required.iter().filter(|key| named.is_some() && !custom.contains_key(*key)) {
            fault(&format!("customFields.{key}"), "is required");
        }
        READ_ONLY.iter().for_each(|name| drop(members.remove(*name)));
        members.remove("identifiers");
        for (name, most) in
            NAMES.iter().chain(&TEXTS).map(|name| (*name, TEXT)).chain(EMAILS.map(|name| (name, EMAIL)))
        {
            match members.get(name) {
                Some(Value::String(text)) if text.chars().count() <= most => {}
                Some(Value::String(_)) => fault(name, &format!("must have at most {most} characters")),
                Some(_) => fault(name, "must be a text"),
                None => {}
            }
        }
        for name in PHONES {
            let Some(phone) = members.get(name) else { continue };
            let number = ["userInput", "e164", "display"].iter().find_map(|part| phone.get(*part)?.as_str());
            let by_e164 = phone.get("e164").and_then(Value::as_str);
            match number {
                Some(number) => {
                    let mut normal = phone_of(by_e164.unwrap_or(number));
                    for more in ["extension", "acceptsSMS", "normalizationCountryCode"] {
                        if let Some(value) = phone.get(more) {
                            normal[more] = value.clone();
                        }
                    }
                    members.insert(name.to_owned(), normal);
                }
                None => fault(name, "must have a display, an e164 or a userInput"),
            }
        }
        if members
            .get("externalIds")
            .is_some_and(|ids| ids.as_array().is_none_or(|ids| ids.len() > EXTERNAL_IDS))
        {
            fault("externalIds", "must be a list of at most 10");
        }
        if faults.is_empty() { Ok(Self { fields: members, custom }) } else { Err(faults) }
    }

    /// Writes the contact into its guest; what the guest has no place for is the record's.
    pub(super) fn into(
        self,
        guest: &mut Guest,
        record: Option<&ContactRecord>,
        kind: ContactKind,
        schema: &ContactSchema,
    ) -> ContactRecord {
        let Self { mut fields, custom } = self;
        guest.name = full_name(&fields).unwrap_or_else(|| NO_NAME.to_owned()).into();
        guest.email = first_email(&fields).map(Into::into);
        // Attributes that are no field of the schema belong to the other dialect, which keeps them.
        let mut attributes = parsed(guest);
        attributes.retain(|key, value| schema.fits(key, value).is_err());
        let is_scalar = |value: &Value| !value.is_array() && !value.is_object();
        let (scalars, others): (Map<_, _>, Map<_, _>) =
            custom.into_iter().partition(|(_, value)| is_scalar(value));
        attributes.extend(scalars);
        guest.attributes = kept(attributes);
        if !others.is_empty() {
            fields.insert("customFields".to_owned(), Value::Object(others));
        }
        ContactRecord {
            kind,
            fields,
            merged_into: record.and_then(|record| record.merged_into),
            merged_from: record.map(|record| record.merged_from.clone()).unwrap_or_default(),
        }
    }
}

/// The record of a contact as it stands, of another kind.
pub(super) fn record_of(guest: &Guest, record: Option<&ContactRecord>, kind: ContactKind) -> ContactRecord {
    let mut fields = own_fields(guest, record);
    if let Some(custom) = record.and_then(|record| record.fields.get("customFields")) {
        fields.insert("customFields".to_owned(), custom.clone());
    }
    ContactRecord {
        kind,
        fields,
        merged_into: record.and_then(|record| record.merged_into),
        merged_from: record.map(|record| record.merged_from.clone()).unwrap_or_default(),
    }
}
