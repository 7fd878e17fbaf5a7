//! Changes of one contact: by its schema, with what it was when it was seen compared before, and with everything kept that this
//! program does not know.

use http::Method;
use model::{AttributeValue, Change, Guest, GuestId};
use serde_json::{Map, Value, json};

use super::{
    Platform,
    answers::{is_not_served, no_sense},
    contact::{CUSTOM, Contact, PHONE_FIELDS, TEXT_FIELDS, shown},
    contacts::one,
    schema::{fit, read_schemas},
};
use crate::{
    pipeline::{
        Error, FieldError, Lane,
        call::{Call, json as body_of},
        read_json::read,
    },
    ports::{Applied, GuestWithFields},
    schema::{ContactSchema, FieldType, GuestFields, OwnField, OwnText},
};

const CALL: &str = "change contact";
const SCHEMAS: &str = "/api/v2/externalcontacts/contacts/schemas";

/// Whether a type can keep something.
type Fits = fn(&FieldType) -> bool;

/// One change as it is written; `null` removes.
#[derive(Debug, Clone, PartialEq)]
struct Write {
    key: String,
    is_custom: bool,
    value: Value,
}

impl Platform {
    /// The schemas of the org.
    pub(super) async fn schemas(&self, lane: Lane) -> Result<Vec<ContactSchema>, Error> {
        let call = Call::get("get schemas", lane, SCHEMAS);
        self.pipeline.settle(&call, |body| read_schemas(&read(body)?)).await.result
    }

    /// The schema that a contact follows, or would follow with its first custom field.
    pub(super) async fn schema_of(
        &self,
        lane: Lane,
        contact: &Contact,
    ) -> Result<Option<ContactSchema>, Error> {
        Ok(followed(contact, self.schemas(lane).await?))
    }

    /// A guest and the fields of the contact, asked for side by side.
    pub(super) async fn guest_with_fields(&self, lane: Lane, id: GuestId) -> Result<GuestWithFields, Error> {
        let (read, schemas) = futures_util::future::join(self.canonical(lane, id), self.schemas(lane)).await;
        let (contact, guest) = read?;
        let of = |schemas| GuestFields { own: own_fields(), schema: followed(&contact, schemas) };
        Ok(GuestWithFields { guest, fields: Some(schemas.map(of)) })
    }

    /// The changes as the org keeps them.
    pub(super) async fn fit_changes(
        &self,
        lane: Lane,
        seen: &Guest,
        changes: Vec<Change>,
    ) -> Result<Vec<Change>, Error> {
        let contact = self.contact(lane, seen.id).await?;
        let (writes, _) = self.writes(lane, &contact, &changes).await?;
        let fitted = changes.into_iter().zip(writes).map(|(change, write)| {
            let after = (!write.value.is_null()).then(|| shown_of(&write));
            Change { after, ..change }
        });
        Ok(fitted.collect())
    }

    /// Writes the changes onto a contact that is still as it was seen.
    pub(super) async fn change_contact(
        &self,
        lane: Lane,
        seen: &Guest,
        changes: &[Change],
    ) -> Result<Applied, Error> {
        let contact = self.contact(lane, seen.id).await?;
        let wrong = |why: String| no_sense("get contact", &why);
        let is_as_seen = contact.revision().map_err(wrong)? == seen.revision;
        if contact.id != seen.id || !is_as_seen || contact.merged_into().map_err(wrong)?.is_some() {
            return Ok(Applied::Conflict);
        }
        let (mut writes, schema) = self.writes(lane, &contact, changes).await?;
        writes.retain(|write| !write.is_there_already(&contact));
        if writes.is_empty() {
            return contact.guest().map(|guest| Applied::Saved(Box::new(guest))).map_err(wrong);
        }
        // A contact without a schema gets one with its first custom field, which only a full write can give it.
        let begins_schema = contact.schema_id().is_none() && writes.iter().any(|write| write.is_custom);
        let patched = match patch(&writes).filter(|_| !begins_schema) {
            Some(body) => match self.write(lane, &contact, Method::PATCH, &body).await {
                Err(error) if is_refused_as_patch(&error) => None,
                patched => Some(patched?),
            },
            None => None,
        };
        let guest = match patched {
            Some(guest) => guest,
            None => {
                let whole = whole(&contact, &writes, schema.filter(|_| begins_schema).as_ref());
                self.write(lane, &contact, Method::PUT, &whole).await?
            }
        };
        Ok(Applied::Saved(Box::new(guest)))
    }

    /// The custom fields in which interactions are counted, where the schema has all three with types that fit.
    pub(super) async fn interaction_fields(&self, lane: Lane, seen: &Guest) -> Result<[String; 3], Error> {
        let contact = self.contact(lane, seen.id).await?;
        let schema = self.schema_of(lane, &contact).await?;
        let kinds: [(&str, Fits); 3] = [
            ("a whole number", |t| matches!(t, FieldType::Integer | FieldType::Number)),
            ("a text", |t| matches!(t, FieldType::Text | FieldType::LongText | FieldType::Identifier)),
            ("a time", |t| matches!(t, FieldType::DateTime | FieldType::Text)),
        ];
        let (mut keys, mut fields) = (Vec::new(), Vec::new());
        for (name, (what, fits)) in model::INTERACTION_KEYS.into_iter().zip(kinds) {
            let field = schema.as_ref().and_then(|schema| schema.meant_by(name));
            match field.filter(|field| fits(&field.field_type)) {
                Some(field) => keys.push(field.key.clone()),
                None => fields.push(FieldError {
                    field: name.into(),
                    message: format!("is no custom field of this contact's schema; add it there as {what}"),
                }),
            }
        }
        keys.try_into().map_err(|_| Error::Unfit { fields })
    }

    async fn write(
        &self,
        lane: Lane,
        contact: &Contact,
        method: Method,
        body: &Value,
    ) -> Result<Guest, Error> {
        let call = Call { body: Some(body_of(body)), ..one(CALL, lane, method, contact.id) };
        let id = contact.id;
        let read = |body: &[u8]| {
            let guest = Contact::read(read(body)?)?.guest()?;
            if guest.id == id { Ok(guest) } else { Err("it is about another contact".to_owned()) }
        };
        self.pipeline.settle(&call, read).await.exact()
    }

    /// The writes that the changes come to, one each, and the schema where one was needed.
    async fn writes(
        &self,
        lane: Lane,
        contact: &Contact,
        changes: &[Change],
    ) -> Result<(Vec<Write>, Option<ContactSchema>), Error> {
        let is_own = |change: &Change| is_own(&change.key);
        let schema = match changes.iter().all(is_own) {
            true => None,
            false => self.schema_of(lane, contact).await?,
        };
        let (mut writes, mut fields) = (Vec::new(), Vec::new());
        for change in changes {
            match write(change, schema.as_ref()) {
                Ok(write) => writes.push(write),
                Err(message) => fields.push(FieldError { field: change.key.clone(), message }),
            }
        }
        if fields.is_empty() { Ok((writes, schema)) } else { Err(Error::Unfit { fields }) }
    }
}

/// The schema among these that a contact follows, or would follow with its first custom field.
fn followed(contact: &Contact, schemas: Vec<ContactSchema>) -> Option<ContactSchema> {
    let is_it = |schema: &ContactSchema| match contact.schema_id() {
        Some(id) => schema.id == id,
        None => schema.enabled,
    };
    schemas.into_iter().find(is_it)
}

/// The contact's own fields that can be edited.
fn own_fields() -> Vec<OwnField> {
    let text = |key: &'static str| OwnField {
        key,
        holds: if key.ends_with("Email") { OwnText::Email } else { OwnText::Any },
    };
    let phone = |key| OwnField { key, holds: OwnText::Phone };
    TEXT_FIELDS.into_iter().map(text).chain(PHONE_FIELDS.into_iter().map(phone)).collect()
}

fn is_own(key: &str) -> bool {
    TEXT_FIELDS.contains(&key) || PHONE_FIELDS.contains(&key)
}

/// What a change writes, or what the field takes instead.
fn write(change: &Change, schema: Option<&ContactSchema>) -> Result<Write, String> {
    let key = change.key.clone();
    if is_own(&key) {
        let value = own_value(&key, change.after.as_ref())?;
        return Ok(Write { key, is_custom: false, value });
    }
    let Some(field) = schema.and_then(|schema| schema.field(&key)) else {
        let custom = schema.into_iter().flat_map(|schema| &schema.fields).map(|field| field.key.as_str());
        let all: Vec<&str> = TEXT_FIELDS.into_iter().chain(PHONE_FIELDS).chain(custom).collect();
        return Err(format!("is no field of this contact; there are {}", all.join(", ")));
    };
    let value = fit(field, change.after.as_ref()).map_err(|why| why.0)?;
    Ok(Write { key, is_custom: true, value })
}

fn own_value(key: &str, after: Option<&AttributeValue>) -> Result<Value, String> {
    let text = match after {
        None | Some(AttributeValue::Null) => return Ok(Value::Null),
        Some(AttributeValue::Text(text)) => text.trim().to_owned(),
        Some(AttributeValue::Number(number)) => number.to_string(),
        Some(AttributeValue::Bool(value)) => value.to_string(),
    };
    let length = text.chars().count();
    if PHONE_FIELDS.contains(&key) {
        return phone(&text).ok_or_else(|| "takes a telephone number such as +15550100".to_owned());
    }
    let is_email = key.ends_with("Email");
    match length {
        0 => Err("takes a text; remove it with --unset".into()),
        // vendor-fact: contact-fields
        257.. if is_email => Err("takes an e-mail address of at most 256 characters".into()),
        // vendor-fact: contact-fields
        1_001.. => Err("takes a text of at most 1,000 characters".into()),
        _ if is_email && !is_address(&text) => Err("takes an e-mail address such as ada@example.org".into()),
        _ => Ok(Value::String(text)),
    }
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}

/// A telephone number as the org keeps it. It rewrites `display`, so numbers are compared by `e164`.
fn phone(text: &str) -> Option<Value> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    if !is_number || !(3..=15).contains(&digits.len()) {
        return None;
    }
    Some(match text.starts_with('+') {
        true => json!({"display": text, "e164": format!("+{digits}")}),
        false => json!({"display": text}),
    })
}

/// A written value as an attribute shows it.
fn shown_of(write: &Write) -> AttributeValue {
    let phone = |key: &str| write.value.get(key).and_then(Value::as_str);
    match phone("e164").or_else(|| phone("display")) {
        Some(number) if !write.is_custom => number.into(),
        _ => shown(&write.value),
    }
}

impl Write {
    fn is_there_already(&self, contact: &Contact) -> bool {
        if self.is_custom {
            return contact.custom(&self.key).unwrap_or(&Value::Null) == &self.value;
        }
        let now = match PHONE_FIELDS.contains(&self.key.as_str()) {
            true => contact.phone(&self.key),
            false => contact.text(&self.key),
        };
        match now {
            None => self.value.is_null(),
            Some(now) => !self.value.is_null() && shown_of(self) == now.into(),
        }
    }
}

/// The body of a PATCH; `None` for a key that a path of it cannot name.
fn patch(writes: &[Write]) -> Option<Value> {
    let is_plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let changes = writes.iter().map(|write| {
        let place =
            if write.is_custom { format!("$.{CUSTOM}.{}", write.key) } else { format!("$.{}", write.key) };
        is_plain(&write.key).then(|| match write.value.is_null() {
            true => json!({"field": place, "action": "Remove"}),
            false => json!({"field": place, "value": write.value, "action": "Update"}),
        })
    });
    changes.collect::<Option<Vec<Value>>>().map(|changes| json!({"changes": changes}))
}

/// The body of a PUT: everything that was read, with the changes.
fn whole(contact: &Contact, writes: &[Write], schema: Option<&ContactSchema>) -> Value {
    let mut fields = contact.fields.clone();
    if let Some(schema) = schema {
        fields.insert("schema".into(), json!({"id": schema.id, "version": schema.version}));
    }
    for write in writes {
        let place = match write.is_custom {
            false => Some(&mut fields),
            true => {
                let custom = fields.entry(CUSTOM).or_insert_with(|| Value::Object(Map::new()));
                if !custom.is_object() {
                    *custom = Value::Object(Map::new());
                }
                custom.as_object_mut()
            }
        };
        let place = place.expect("what is no object became one just now");
        match write.value.is_null() {
            true => place.remove(&write.key),
            false => place.insert(write.key.clone(), write.value.clone()),
        };
    }
    Value::Object(fields)
}

/// Whether a full write may do what a PATCH did not.
fn is_refused_as_patch(error: &Error) -> bool {
    match error {
        Error::Invalid { said, .. } => matches!(said.status, 400 | 405 | 415 | 422),
        error => is_not_served(error),
    }
}
