use chrono::{DateTime, Datelike};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Body, Call, MAX_BODY, Refusal, reply::Fault};
use crate::{clock::Millis, world::Guest};

/// The members of a request's JSON object, read one by one; every wrong one is remembered, so that the answer
/// names them all.
pub(crate) struct Fields {
    members: Map<String, Value>,
    /// The path to this object, with its dot.
    prefix: &'static str,
    faults: Vec<Fault>,
}

impl Fields {
    /// # Errors
    /// 413 or 400 when the body is no JSON object of an allowed size.
    pub(crate) fn of(call: &Call) -> Result<Self, Refusal> {
        let bytes = match &call.body {
            Body::Whole(bytes) => bytes,
            Body::TooLarge => return Err(Refusal::too_large(MAX_BODY)),
            Body::Broken => return Err(Refusal::malformed("The request body ended early.")),
        };
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => Ok(Self { members, prefix: "", faults: Vec::new() }),
            Ok(_) => Err(Refusal::malformed("The request body must be a JSON object.")),
            Err(error) => Err(Refusal::malformed(format!("The request body is no JSON: {error}"))),
        }
    }

    /// All members as they came.
    pub(crate) fn into_members(self) -> Map<String, Value> {
        self.members
    }

    /// The object in a member; an empty one, and a fault, when it is none.
    pub(crate) fn object(&mut self, name: &str, prefix: &'static str) -> Self {
        let members = match self.members.get(name) {
            Some(Value::Object(members)) => members.clone(),
            _ => {
                self.fault(name, "must be an object");
                Map::new()
            }
        };
        Self { members, prefix, faults: Vec::new() }
    }

    /// Takes over what was wrong inside a member; nothing when the member itself was no object.
    pub(crate) fn close(&mut self, inner: Self) {
        let whole = inner.prefix.trim_end_matches('.');
        if self.faults.iter().all(|f| f.field != whole) {
            self.faults.extend(inner.faults);
        }
    }

    /// Absent and null are `None`.
    pub(crate) fn any(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|v| !v.is_null())
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.any(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.fault(name, "must be a text");
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.any(name)?.as_bool();
        if value.is_none() {
            self.fault(name, "must be true or false");
        }
        value
    }

    /// A whole number from 1.
    pub(crate) fn count(&mut self, name: &str) -> Option<u64> {
        let value = self.any(name)?.as_u64().filter(|n| *n > 0);
        if value.is_none() {
            self.fault(name, "must be a whole number from 1");
        }
        value
    }

    pub(crate) fn time(&mut self, name: &str) -> Option<(Millis, String)> {
        let text = self.text(name)?;
        let time = DateTime::parse_from_rfc3339(&text).ok();
        // An offset can push a time over the edge of the years that RFC 3339 can write in UTC.
        let time = time.filter(|t| (0..=9999).contains(&t.to_utc().year()));
        if time.is_none() {
            self.fault(name, "must be an RFC 3339 time such as 2026-01-31T09:00:00Z");
        }
        time.map(|t| (t.timestamp_millis(), text))
    }

    /// A required UUID; the nil one, and a fault, when there is none.
    pub(crate) fn id(&mut self, name: &str) -> Uuid {
        let id = self.any(name).and_then(Value::as_str).and_then(written_id);
        if id.is_none() {
            self.fault(name, "must be a UUID such as 6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11");
        }
        id.unwrap_or_default()
    }

    /// JSON scalars by key; a fault for each that is none.
    pub(crate) fn attributes(&mut self) -> Option<Map<String, Value>> {
        match self.any("attributes")?.clone() {
            Value::Object(attributes) => {
                for (key, value) in &attributes {
                    if value.is_object() || value.is_array() {
                        self.fault(
                            &format!("attributes.{key}"),
                            "must be a text, a number, true, false or null",
                        );
                    }
                }
                Some(attributes)
            }
            _ => {
                self.fault("attributes", "must be an object");
                None
            }
        }
    }

    pub(crate) fn fault(&mut self, name: &str, says: &str) {
        self.faults.push(Fault { field: format!("{}{name}", self.prefix), says: says.to_owned() });
    }

    /// # Errors
    /// 400 that names every field found wrong so far.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.faults.is_empty() { Ok(()) } else { Err(Refusal::fields(self.faults.clone())) }
    }
}

/// A UUID in its usual form of 36 characters, any case; the shorter and longer forms are not the contract's.
pub(crate) fn written_id(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// What a guest is called without a name.
pub(crate) const NO_NAME: &str = "Anonymous Guest";

/// Attributes as a guest keeps them: compact JSON on one line.
pub(crate) fn kept(attributes: Map<String, Value>) -> Box<serde_json::value::RawValue> {
    serde_json::value::to_raw_value(&Value::Object(attributes)).expect("a JSON value is JSON")
}

/// The parsed attributes of a guest.
pub(crate) fn parsed(guest: &Guest) -> Map<String, Value> {
    serde_json::from_str(guest.attributes.get()).unwrap_or_default()
}
