//! Reading what the org says when it fails, in every form it comes: the API's body, the OAuth form, a proxy's page,
//! truncated JSON, nothing at all, wrong types. Nothing here can fail: what cannot be read is left out.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::{
    error::{Error, FieldError},
    org_reply::OrgReply,
    transport::Sent,
};

/// Of a message or code no more than this is kept, in characters.
const LONGEST: usize = 300;
/// A body longer than this, in bytes, is no error body; it is not looked into.
const LONGEST_BODY: usize = 256 * 1024;
/// Of the fields of one refusal no more than this are kept.
const MOST_FIELDS: usize = 50;

/// Turns an answer that is no success into an error. `secrets` are cut out of whatever text it carries, because a
/// host that echoes its request must not bring a token into a log.
pub(crate) fn to_error(
    call: &'static str,
    status: StatusCode,
    body: &[u8],
    correlation_id: Option<String>,
    retry_after: Option<Duration>,
    secrets: &[&str],
) -> Error {
    let json = parsed(body);
    let text = |key: &str| json.get(key).and_then(Value::as_str).and_then(|t| clean(t, secrets));
    let said = OrgReply {
        call,
        status: status.as_u16(),
        by_our_look: false,
        code: text("code").or_else(|| text("error")).map(Into::into),
        message: text("message")
            .or_else(|| text("error_description"))
            .or_else(|| text("description"))
            .map(Into::into),
        correlation_id: correlation_id.or_else(|| text("contextId")),
        retry_after,
    };
    let bad_answer = |why: &str| Error::BadAnswer {
        call,
        status: status.as_u16(),
        why: why.into(),
        sent: Sent::Perhaps,
        correlation_id: said.correlation_id.clone(),
        retry_after,
    };
    match status.as_u16() {
        404 | 410 if !is_the_orgs(&json, status) => {
            bad_answer("it says that nothing is there, but not in the org's form: it may be a proxy's page")
        }
        401 => Error::CredentialsRejected(said),
        403 => Error::Forbidden { missing: missing(&json, secrets), said },
        404 => Error::NotFound(said),
        408 => Error::OrgFailed { sent: Sent::Perhaps, said },
        409 => Error::Conflict(said),
        410 => Error::Gone(said),
        429 => Error::RateLimited(said),
        400..=499 => Error::Invalid { fields: fields(&json, secrets), said },
        500..=599 => Error::OrgFailed { sent: Sent::Perhaps, said },
        300..=399 => bad_answer("a redirect, which is never followed"),
        _ => bad_answer("an unknown status"),
    }
}

/// Whether this is the error body of the API (`guest-api.md`, "Limits and errors"): an object with the vendor's code as
/// text, and with this status where it names one. Proxies answer pages, nothing, or JSON of their own form.
fn is_the_orgs(json: &Value, status: StatusCode) -> bool {
    let code = json.get("code").and_then(Value::as_str).is_some_and(|code| !code.trim().is_empty());
    code && json.get("status").is_none_or(|named| named.as_u64() == Some(status.as_u16().into()))
}

/// The body as JSON; a few bytes that are no UTF-8 spoil themselves only.
fn parsed(body: &[u8]) -> Value {
    if body.len() > LONGEST_BODY {
        return Value::Null;
    }
    serde_json::from_str(&String::from_utf8_lossy(body)).unwrap_or(Value::Null)
}

/// The correlation id of an answer: printable ASCII of a sensible length, or nothing.
pub(crate) fn correlation_id(headers: &http::HeaderMap) -> Option<String> {
    let id = headers.get("inin-correlation-id")?.to_str().ok()?;
    clean(id, &[]).filter(|id| id.len() <= 128)
}

/// One line, no control characters, at most [`LONGEST`] characters, without any of the secrets.
fn clean(text: &str, secrets: &[&str]) -> Option<String> {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|s| !s.is_empty()) {
        text = text.replace(secret, "***");
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The scope or permission a 403 names: in `messageParams` or at the end of the message after a colon.
fn missing(json: &Value, secrets: &[&str]) -> Option<String> {
    let params = json.get("messageParams").and_then(Value::as_object);
    let named = params.and_then(|p| {
        ["missingScope", "scope", "scopes", "missingScopes", "permissions", "permission"]
            .iter()
            .find_map(|key| words(p.get(*key)?))
    });
    let after_colon = || {
        let message = json.get("message").and_then(Value::as_str)?;
        message.rsplit_once(": ").map(|(_, tail)| tail.to_owned())
    };
    named.or_else(after_colon).and_then(|t| clean(t.trim_matches(['[', ']', '.', ' ']), secrets))
}

/// One name for what is missing. An org that takes any one of several says all of them, some of which are older names of the same
/// thing: that which is told elsewhere is told here too. Several of which each is needed all stay.
pub(crate) fn one_name(names: String, said: &OrgReply, known: &[&'static str]) -> String {
    if said.code.as_deref() != Some("missing.any.permissions") {
        return names;
    }
    let all = || names.split([',', ' ']).filter(|name| !name.is_empty());
    let known = known.iter().copied().find(|known| all().any(|name| name == *known));
    known.or_else(|| all().next()).map(str::to_owned).unwrap_or(names)
}

/// A text, or the texts of a list.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => {
            let texts: Vec<&str> = list.iter().filter_map(Value::as_str).take(MOST_FIELDS).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
        _ => None,
    }
}

/// The fields a refusal names: in `details` (`fieldName`, `errorCode`), also of nested `errors`.
fn fields(json: &Value, secrets: &[&str]) -> Vec<FieldError> {
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut bodies = vec![json.clone()];
    bodies.extend(list(json, "errors").into_iter().take(MOST_FIELDS));
    let mut found = Vec::new();
    for body in &bodies {
        let whole = body.get("message").and_then(Value::as_str);
        let mut parts: Vec<&str> =
            whole.map(|w| w.split("; ").take(MOST_FIELDS).collect()).unwrap_or_default();
        for detail in list(body, "details").into_iter().take(MOST_FIELDS) {
            let text = |key: &str| detail.get(key).and_then(Value::as_str).and_then(|t| clean(t, secrets));
            let Some(field) = text("fieldName").or_else(|| text("field")) else { continue };
            // Faults share one message, "name: too long; email: no @", in the order of the details.
            let own = parts
                .iter()
                .position(|p| p.strip_prefix(field.as_str()).is_some_and(|r| r.starts_with(": ")));
            let part = own.map(|at| &parts.remove(at)[field.len() + 2..]).or(whole);
            let message = text("message")
                .or_else(|| part.and_then(|t| clean(t, secrets)))
                .or_else(|| text("errorCode"))
                .unwrap_or_else(|| "not accepted".into());
            let error = FieldError { field, message };
            if !found.contains(&error) && found.len() < MOST_FIELDS {
                found.push(error);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(status: u16, body: &str) -> Error {
        to_error(
            "list guests",
            StatusCode::from_u16(status).unwrap(),
            body.as_bytes(),
            Some("c-1".into()),
            None,
            &["s3cret"],
        )
    }

    #[test]
    fn the_bodies_of_api_and_sign_in_are_both_read() {
        let api = read(
            404,
            r#"{"status":404,"code":"not.found","message":"The requested resource was not found."}"#,
        );
        assert_eq!(
            api.to_string(),
            "not found: list guests: the org answered 404 (The requested resource was not found.)"
        );
        assert_eq!(api.correlation_id(), Some("c-1"));
        let oauth = read(400, r#"{"error":"invalid_client","description":"authentication failed"}"#);
        assert_eq!(oauth.said().unwrap().code.as_deref(), Some("invalid_client"));
        assert_eq!(oauth.said().unwrap().message.as_deref(), Some("authentication failed"));
    }

    #[test]
    fn a_proxys_page_truncated_json_wrong_types_and_nothing_still_give_the_status() {
        for body in [
            "<html>Bad gateway</html>",
            r#"{"message":"The req"#,
            r#"{"message":42,"code":[]}"#,
            "",
            "null",
            "[]",
            "7",
        ] {
            let error = read(502, body);
            assert!(
                matches!(&error, Error::OrgFailed { said, .. } if said.status == 502 && said.message.is_none()),
                "{body}"
            );
            assert!(error.perhaps_processed());
        }
    }

    #[test]
    fn a_refusal_names_its_fields() {
        let body = r#"{"message":"must be a UUID","code":"invalid.value","details":[{"fieldName":"id","errorCode":"invalid"},{"errorCode":"x"}],
            "errors":[{"message":"name: too long; email: no @","details":[{"fieldName":"name"},{"fieldName":"email"}]}, 4]}"#;
        let Error::Invalid { fields, .. } = read(400, body) else { panic!("wrong variant") };
        let pairs: Vec<_> = fields.iter().map(|f| (f.field.as_str(), f.message.as_str())).collect();
        assert_eq!(pairs, [("id", "must be a UUID"), ("name", "too long"), ("email", "no @")]);
    }

    #[test]
    fn bytes_that_are_no_text_spoil_themselves_only_and_nothing_else_of_the_body() {
        let body = b"{\"message\":\"caf\xe9 is closed\",\"code\":\"not.open\",\"contextId\":\"ctx-7\"}";
        let error = to_error("list guests", StatusCode::CONFLICT, body, None, None, &[]);
        assert_eq!(error.said().unwrap().message.as_deref(), Some("caf\u{fffd} is closed"));
        assert_eq!(
            (error.said().unwrap().code.as_deref(), error.correlation_id()),
            (Some("not.open"), Some("ctx-7"))
        );
    }

    #[test]
    fn the_header_names_the_exchange_and_the_body_does_where_there_is_no_header() {
        let body = br#"{"message":"no","contextId":"ctx-7"}"#;
        let id = |header: Option<&str>| {
            let e = to_error("list guests", StatusCode::NOT_FOUND, body, header.map(Into::into), None, &[]);
            e.correlation_id().map(str::to_owned)
        };
        assert_eq!((id(Some("c-1")), id(None)), (Some("c-1".into()), Some("ctx-7".into())));
        assert_eq!(read(404, r#"{"contextId":42}"#).correlation_id(), Some("c-1"));
    }

    #[test]
    fn a_bottomless_or_endless_body_is_read_as_none() {
        let deep = format!("{{\"message\":{}", "[".repeat(100_000));
        let long = format!(r#"{{"message":"no","padding":"{}"}}"#, "x".repeat(LONGEST_BODY));
        for body in [deep, long] {
            assert!(read(400, &body).said().unwrap().message.is_none());
        }
    }

    #[test]
    fn a_refused_scope_is_named_from_the_parameters_or_the_message() {
        for body in [
            r#"{"code":"missing.permissions","message":"You are missing the following permission(s): guest:write"}"#,
            r#"{"code":"missing.permissions","message":"You are missing the following permission(s): [guest:write]"}"#,
            r#"{"code":"not.authorized","message":"no","messageParams":{"permissions":"guest:write"}}"#,
            r#"{"code":"not.authorized","message":"no","messageParams":{"scope":{"a":1},"scopes":[7,["x"],"guest:write"]}}"#,
        ] {
            let Error::Forbidden { missing, .. } = read(403, body) else { panic!("wrong variant") };
            assert_eq!(missing.as_deref(), Some("guest:write"), "{body}");
        }
        assert!(matches!(read(403, "<html>"), Error::Forbidden { missing: None, .. }));
    }

    #[test]
    fn of_several_names_of_which_any_is_enough_one_is_told_and_of_several_that_are_needed_all() {
        let told = |code: &str, known: &[&'static str]| {
            let text = format!(
                r#"{{"code":"{code}","message":"You must have at least one of: relate:contact:view, externalContacts:contact:view"}}"#
            );
            let Error::Forbidden { missing: Some(names), said } = read(403, &text) else { panic!() };
            one_name(names, &said, known)
        };
        let known = ["externalContacts:contact:view", "recording:recording:view"];
        assert_eq!(told("missing.any.permissions", &known), known[0]);
        assert_eq!(told("missing.any.permissions", &[]), "relate:contact:view");
        assert_eq!(told("missing.permissions", &known), "relate:contact:view, externalContacts:contact:view");
    }

    #[test]
    fn an_echoed_secret_never_gets_into_the_error() {
        let error = read(
            400,
            r#"{"message":"bad header Basic s3cret","code":"s3cret","details":[{"fieldName":"s3cret"}]}"#,
        );
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn only_what_may_have_been_done_counts_as_perhaps_processed() {
        for status in [400, 401, 403, 404, 409, 410, 413, 415, 422, 429] {
            assert!(!read(status, r#"{"code":"some.code"}"#).perhaps_processed(), "{status}");
        }
        // Without the org's own words a 404 and a 410 may be a proxy's, which hides what came of it.
        for status in [302, 404, 408, 410, 500, 502, 503, 504] {
            assert!(read(status, "{}").perhaps_processed(), "{status}");
        }
    }

    proptest! {
        #[test]
        fn no_body_whatever_makes_it_panic_or_speak_at_length(status in 300u16..600, body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let e = to_error("list guests", StatusCode::from_u16(status).unwrap(), &body, None, None, &[]);
            prop_assert!(e.to_string().len() < 2_000);
            prop_assert!(!e.to_string().chars().any(char::is_control));
        }

        #[test]
        fn no_message_whatever_brings_control_characters_or_length(message in ".*", code in ".*") {
            let body = serde_json::json!({"message": message, "code": code}).to_string();
            let e = to_error("list guests", StatusCode::BAD_REQUEST, body.as_bytes(), None, None, &[]);
            prop_assert!(!e.to_string().chars().any(char::is_control));
            prop_assert!(e.said().unwrap().message.as_ref().is_none_or(|m| m.chars().count() <= LONGEST));
        }
    }
}
