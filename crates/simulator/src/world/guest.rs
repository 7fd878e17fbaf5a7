use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::attribute::attribute;
use crate::{
    clock::{Millis, rfc3339},
    filter::{FieldType, Scalar, Subject},
};

/// One guest. Attributes stay JSON text: a tenth of the memory of a parsed map, and an answer copies them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Guest {
    pub(crate) id: Uuid,
    pub(crate) name: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<Box<str>>,
    pub(crate) attributes: Box<RawValue>,
    pub(crate) active: bool,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
    pub(crate) version: u64,
}

/// A guest as an answer carries it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GuestView<'a> {
    id: Uuid,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a RawValue>,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<String>,
    created_time: String,
    modified_time: String,
    version: u64,
}

impl Guest {
    pub(crate) fn view(&self, with_attributes: bool, session_token: Option<String>) -> GuestView<'_> {
        GuestView {
            id: self.id,
            name: &self.name,
            email: self.email.as_deref(),
            attributes: with_attributes.then_some(&*self.attributes),
            active: self.active,
            session_token,
            created_time: rfc3339(self.created),
            modified_time: rfc3339(self.modified),
            version: self.version,
        }
    }
}

/// The guest fields a filter may name.
pub(crate) fn guest_fields(field: &str) -> Option<FieldType> {
    match field {
        "id" | "name" | "email" => Some(FieldType::Text),
        "createdTime" | "modifiedTime" => Some(FieldType::Time),
        "active" => Some(FieldType::Bool),
        _ => field.strip_prefix("attributes.").filter(|key| !key.is_empty()).map(|_| FieldType::Any),
    }
}

impl Subject for Guest {
    fn get(&self, field: &str) -> Option<Scalar<'_>> {
        Some(match field {
            "id" => Scalar::Text(Cow::Owned(self.id.to_string())),
            "name" => Scalar::Text(Cow::Borrowed(&self.name)),
            "email" => Scalar::Text(Cow::Borrowed(self.email.as_deref()?)),
            "createdTime" => Scalar::Time(self.created),
            "modifiedTime" => Scalar::Time(self.modified),
            "active" => Scalar::Bool(self.active),
            _ => {
                let key = field.strip_prefix("attributes.")?;
                return attribute(self.attributes.get(), key);
            }
        })
    }
}
