//! An external contact as it came, every field of it, and the guest that it is. The whole of it is kept because a full write has
//! to carry what this program does not know.

use chrono::{DateTime, SecondsFormat, Utc};
use model::{AttributeValue, Attributes, Guest, GuestId, GuestKind, Revision};
use serde_json::{Map, Value};

/// A contact of the org.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contact {
    /// Every field, as it came.
    pub fields: Map<String, Value>,
    /// Its id.
    pub id: GuestId,
}

/// The contact's own fields that hold text, by their API names.
pub(super) const TEXT_FIELDS: [&str; 9] = [
    "firstName",
    "middleName",
    "lastName",
    "salutation",
    "title",
    "workEmail",
    "personalEmail",
    "otherEmail",
    "externalSystemUrl",
];

/// The contact's own telephone numbers, the first that is there is the guest's.
pub(super) const PHONE_FIELDS: [&str; 4] = ["cellPhone", "workPhone", "homePhone", "otherPhone"];

/// The e-mail addresses, the first that is there is the guest's.
const EMAIL_FIELDS: [&str; 3] = ["workEmail", "personalEmail", "otherEmail"];

const NAME_FIELDS: [&str; 3] = ["firstName", "middleName", "lastName"];

/// Below this name stand the fields that the schema defines.
pub(super) const CUSTOM: &str = "customFields";

impl Contact {
    /// A contact out of an answer.
    pub fn read(value: Value) -> Result<Self, String> {
        let Value::Object(fields) = value else { return Err("a contact is no object".into()) };
        let id = id_in(fields.get("id")).ok_or("a contact has no id that is a UUID")?;
        Ok(Self { fields, id })
    }

    /// The text of one of the contact's own fields, where there is one.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }

    /// A telephone number: in E.164 where the org has that form, else as it shows it.
    pub fn phone(&self, field: &str) -> Option<&str> {
        let phone = self.fields.get(field)?;
        let part = |key| phone.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        part("e164").or_else(|| part("display"))
    }

    /// The contact of which this one is only a former record.
    pub fn merged_into(&self) -> Result<Option<GuestId>, String> {
        let named = |key: &str| match self.fields.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(place) => id_in(Some(place.get("id").unwrap_or(place)))
                .map(Some)
                .ok_or_else(|| format!("a contact names another in {key}, and without a readable id")),
        };
        let other = |id: &GuestId| *id != self.id;
        Ok(named("canonicalContact")?.filter(other).or(named("mergedTo")?.filter(other)))
    }

    /// The other contacts of its merge; `None` where it is part of one and the answer does not list them. A contact without a
    /// canonical one is part of none.
    pub fn merge_set(&self) -> Option<Vec<GuestId>> {
        let is_part = self.fields.get("canonicalContact").is_some_and(|canonical| !canonical.is_null());
        let listed = match self.fields.get("mergeSet") {
            Some(Value::Array(listed)) if !listed.is_empty() => listed,
            None | Some(Value::Null | Value::Array(_)) => return (!is_part).then(Vec::new),
            Some(_) => return None,
        };
        let ids: Option<Vec<GuestId>> = listed.iter().map(|one| id_in(one.get("id"))).collect();
        ids.map(|ids| ids.into_iter().filter(|id| *id != self.id).collect())
    }

    /// Which kind of contact it is; `None` for one that this program does not know.
    pub fn kind(&self) -> Option<GuestKind> {
        let kind = self.fields.get("type")?.as_str()?;
        [GuestKind::Curated, GuestKind::Identified, GuestKind::Ephemeral]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(kind))
    }

    /// When it was changed last; of a contact that was never changed, when it came.
    pub fn modified(&self) -> Result<DateTime<Utc>, String> {
        match self.fields.get("modifyDate") {
            None | Some(Value::Null) => self.time("createDate"),
            Some(_) => self.time("modifyDate"),
        }
    }

    fn time(&self, field: &'static str) -> Result<DateTime<Utc>, String> {
        let text = self.fields.get(field).and_then(Value::as_str);
        let time = text.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        time.map(|time| time.to_utc()).ok_or_else(|| format!("a contact has no readable {field}"))
    }

    /// The schema that its own fields follow, by id.
    pub fn schema_id(&self) -> Option<&str> {
        self.fields.get("schema")?.get("id")?.as_str()
    }

    /// One of the fields that the schema defines.
    pub fn custom(&self, key: &str) -> Option<&Value> {
        self.fields.get(CUSTOM)?.get(key).filter(|value| !value.is_null())
    }

    /// The guest that this contact is.
    pub fn guest(&self) -> Result<Guest, String> {
        let modified = self.modified()?;
        let parts: Vec<&str> =
            NAME_FIELDS.iter().filter_map(|field| self.text(field)).map(str::trim).collect();
        let name = if parts.is_empty() { "Anonymous Guest".to_owned() } else { parts.join(" ") };
        Ok(Guest {
            id: self.id,
            name,
            email: EMAIL_FIELDS.iter().find_map(|field| self.text(field)).map(str::to_owned),
            attributes: self.attributes(),
            active: true,
            created_time: self.time("createDate")?,
            modified_time: modified,
            revision: self.revision()?,
            kind: self.kind(),
            phone: PHONE_FIELDS.iter().find_map(|field| self.phone(field)).map(str::to_owned),
            canonical_id: self.merged_into()?,
        })
    }

    /// What tells two states of a contact apart: the time of its last change, always written alike, and what it has become if
    /// that is no curated contact of its own. A contact that was merged or is of another kind by now is not as it was seen.
    pub fn revision(&self) -> Result<Revision, String> {
        let mut text = self.modified()?.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        if let Some(kind) = self.kind().filter(|kind| *kind != GuestKind::Curated) {
            text.push_str(&format!(" {}", kind.as_str()));
        }
        if let Some(into) = self.merged_into()? {
            text.push_str(&format!(" merged into {into}"));
        }
        Ok(Revision::new(text))
    }

    /// Its own texts and telephone numbers by their API names, and the fields of the schema by their keys. One of the contact's
    /// own fields comes before one of the schema that is called the same.
    fn attributes(&self) -> Attributes {
        let custom = self.fields.get(CUSTOM).and_then(Value::as_object);
        let custom = custom.into_iter().flatten().filter(|(_, value)| !value.is_null());
        let texts = TEXT_FIELDS.iter().filter_map(|field| Some((*field, self.text(field)?)));
        let phones = PHONE_FIELDS.iter().filter_map(|field| Some((*field, self.phone(field)?)));
        let own = texts.chain(phones).map(|(field, text)| (field.to_owned(), text.into()));
        custom.map(|(key, value)| (key.clone(), shown(value))).chain(own).collect()
    }
}

/// A value as an attribute: a list of texts as one text with commas, and anything else that is no scalar as its JSON.
pub(super) fn shown(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => AttributeValue::Number(number.clone()),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => match items.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
            Some(texts) => AttributeValue::Text(texts.join(", ")),
            None => AttributeValue::Text(value.to_string()),
        },
        Value::Object(_) => AttributeValue::Text(value.to_string()),
    }
}

fn id_in(value: Option<&Value>) -> Option<GuestId> {
    value?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_belongs_to_a_merge_is_told_by_the_contact_or_is_not_known() {
        let id = |n: u128| GuestId(uuid::Uuid::from_u128(n));
        let of = |more: Value| {
            let mut contact = json!({"id": id(1)});
            contact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Contact::read(contact).unwrap().merge_set()
        };
        let canonical = json!({"id": id(1)});
        for (more, told) in [
            (json!({}), Some(vec![])),
            (json!({"mergeSet": null, "canonicalContact": null}), Some(vec![])),
            (json!({"mergeSet": []}), Some(vec![])),
            (
                json!({"mergeSet": [{"id": id(1)}, {"id": id(2)}], "canonicalContact": canonical}),
                Some(vec![id(2)]),
            ),
            // It is part of a merge, and of which is not said.
            (json!({"canonicalContact": canonical}), None),
            (json!({"mergeSet": [], "canonicalContact": canonical}), None),
            (json!({"mergeSet": [{"id": id(2)}, {"id": 7}]}), None),
            (json!({"mergeSet": "two"}), None),
        ] {
            assert_eq!(of(more.clone()), told, "{more}");
        }
    }
}
