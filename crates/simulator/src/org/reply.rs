use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ledger::Entry;

/// An answer before it is HTTP.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// What happened, for the ledger.
    pub(crate) events: Vec<Entry>,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), events: Vec::new() }
    }

    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("views have text keys and finite numbers");
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body, events: Vec::new() }
    }

    pub(crate) fn html(status: u16, page: &str) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        Self { status, headers, body: page.into(), events: Vec::new() }
    }

    /// A file of a guest's, never shown in place.
    pub(crate) fn file(kind: &str, bytes: &[u8]) -> Self {
        let headers = vec![
            ("content-type", kind.to_owned()),
            ("content-disposition", "attachment".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        Self { status: 200, headers, body: bytes.to_vec(), events: Vec::new() }
    }

    pub(crate) fn header(&mut self, name: &'static str, value: String) {
        self.headers.push((name, value));
    }

    pub(crate) fn with(mut self, event: Entry) -> Self {
        self.events.push(event);
        self
    }

    /// Gives every member of the body another JSON type than the contract says.
    pub(crate) fn twist_types(&mut self) {
        let twisted = match serde_json::from_slice(&self.body) {
            Ok(Value::Object(members)) => {
                members.into_iter().map(|(key, value)| (key, twisted(&value))).collect()
            }
            _ => json!({ "id": 7 }),
        };
        let status = if self.status == 204 { 200 } else { self.status };
        let events = std::mem::take(&mut self.events);
        *self = Self { events, ..Self::json(status, &twisted) };
    }
}

fn twisted(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(7),
        Value::Number(_) => json!("seven"),
        Value::Array(_) => json!("none"),
        Value::Object(_) | Value::Null => json!([7]),
        Value::Bool(_) => json!({}),
    }
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) field: String,
    pub(crate) says: String,
}

/// An error answer in the vendor's form (genesys-facts.md, section 4).
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    /// The permissions that are missing, apart by commas.
    permission: Option<Box<str>>,
    faults: Vec<Fault>,
    retry_after: Option<u64>,
    /// The methods there are, for the header of a 405.
    allow: Option<&'static str>,
}

impl Refusal {
    /// One without details; the code is the vendor's.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            permission: None,
            faults: Vec::new(),
            retry_after: None,
            allow: None,
        }
    }

    /// 400 that names each field.
    pub(crate) fn fields(faults: Vec<Fault>) -> Self {
        let says: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.field, f.says)).collect();
        Self { faults, ..Self::new(400, "invalid.value", says.join("; ")) }
    }

    /// 400 that names one field.
    pub(crate) fn field(field: &str, says: impl Into<String>) -> Self {
        Self::fields(vec![Fault { field: field.to_owned(), says: says.into() }])
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The message, without code and details.
    pub(crate) fn says(&self) -> &str {
        &self.message
    }

    pub(crate) fn malformed(says: impl Into<String>) -> Self {
        Self::new(400, "bad.request", says)
    }

    pub(crate) fn missing_scope(scope: &'static str) -> Self {
        let says = "Unable to perform the requested action. You are missing the following permission(s): ";
        Self {
            permission: Some(scope.into()),
            ..Self::new(403, "missing.permissions", format!("{says}{scope}"))
        }
    }

    /// 403: any one of these would do.
    pub(crate) fn missing_permissions(any_of: &[&'static str]) -> Self {
        let names = any_of.join(", ");
        match any_of {
            [one] => Self::missing_scope(one),
            _ => {
                let says = "Unable to perform the requested action. You must have at least one of the following \
                            permissions assigned: ";
                let message = format!("{says}{names}");
                Self { permission: Some(names.into()), ..Self::new(403, "missing.any.permissions", message) }
            }
        }
    }

    /// 403: the client has this permission, and not in the division of what it asks for.
    pub(crate) fn missing_division(permission: &str) -> Self {
        let message = format!(
            "Unable to perform the requested action. You are missing the following division permission(s): {permission}"
        );
        Self { permission: Some(permission.into()), ..Self::new(403, "missing.division.permission", message) }
    }

    pub(crate) fn not_found(says: impl Into<String>) -> Self {
        Self::new(404, "not.found", says)
    }

    /// `allow` names the methods there are.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let says = "The method is not allowed for this resource.";
        Self { allow: Some(allow), ..Self::new(405, "method.not.allowed", says) }
    }

    /// 415: a body of another type, or of none.
    pub(crate) fn not_json() -> Self {
        let says = "A body must be JSON: send it with the header Content-Type: application/json.";
        Self::new(415, "unsupported.media.type", says)
    }

    pub(crate) fn conflict(says: impl Into<String>) -> Self {
        Self::new(409, "conflict", says)
    }

    pub(crate) fn gone(says: impl Into<String>) -> Self {
        Self::new(410, "gone", says)
    }

    pub(crate) fn too_large(most: usize) -> Self {
        let says = format!("The request is over the size limit. Maximum bytes: {most}");
        Self::new(413, "request.entity.too.large", says)
    }

    /// `retry_after` is the header, in seconds; the message carries `seconds` either way.
    pub(crate) fn too_many(retry_after: Option<u64>, seconds: u64) -> Self {
        let says = format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        Self { retry_after, ..Self::new(429, "too.many.requests.retry.after", says) }
    }

    /// One that says no more than its status does.
    pub(crate) fn of_status(status: u16) -> Self {
        let (code, says) = match status {
            400 => {
                ("bad.request", "The request could not be understood by the server due to malformed syntax.")
            }
            403 => ("not.authorized", "You are not authorized to perform the requested action."),
            404 => ("not.found", "The requested resource was not found."),
            413 => ("request.entity.too.large", "The request is over the size limit."),
            422 => ("unprocessable.entity", "The request was well-formed but cannot be followed."),
            502 => ("bad.gateway", "The server received an invalid response."),
            503 => ("service.unavailable", "The service is currently unavailable."),
            504 => ("request.timeout", "The request timed out."),
            _ => ("internal.server.error", "The server encountered an unexpected condition."),
        };
        Self::new(status, code, says)
    }

    pub(crate) fn into_reply(self, context: Uuid) -> Reply {
        let details: Vec<Value> =
            self.faults.iter().map(|f| json!({ "errorCode": self.code, "fieldName": f.field })).collect();
        let params = self.permission.as_ref().map_or(json!({}), |names| json!({ "permissions": names }));
        let mut reply = Reply::json(
            self.status,
            &json!({
                "message": self.message,
                "code": self.code,
                "status": self.status,
                "contextId": context,
                "messageParams": params,
                "details": details,
                "errors": [],
            }),
        );
        reply.header("inin-correlation-id", context.to_string());
        if let Some(seconds) = self.retry_after {
            reply.header("retry-after", seconds.to_string());
        }
        if let Some(methods) = self.allow {
            reply.header("allow", methods.to_owned());
        }
        reply
    }
}
