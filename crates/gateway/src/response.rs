//! What goes out: JSON, or a refusal with the command line's error object.

use std::{borrow::Cow, time::Duration};

use app::{Failure, FailureCode, FieldProblem};
use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Before a page tries again what was refused for a while.
const SOON: Duration = Duration::from_secs(1);
/// The same where nothing says how long the org will be away.
const LATER: Duration = Duration::from_secs(5);

/// Why a request is not done. Its words are ours: nothing of the org's answer, nothing that the caller sent.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    message: Cow<'static, str>,
    next: &'static str,
    fields: Vec<FieldProblem>,
    retry_after: Option<Duration>,
    correlation_id: Option<String>,
    allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        next: &'static str,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            next,
            fields: Vec::new(),
            retry_after: None,
            correlation_id: None,
            allow: None,
        }
    }

    fn unavailable(code: &'static str, message: &'static str, retry_after: Duration) -> Self {
        let next = "Try again after the seconds in Retry-After.";
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message, next);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// One field of the request is not what it may be.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let text = format!("{field}: {message}");
        let refusal =
            Self::new(StatusCode::BAD_REQUEST, "invalid_input", text, "Correct what is named and try again.");
        Self { fields: vec![FieldProblem { field: field.to_owned(), message }], ..refusal }
    }

    /// One answer for an unknown token, another one, an expired one, another's conversation and another's guest.
    pub(crate) fn no_session() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "session_invalid",
            "The session is not good for this: unknown, expired, or another guest's.",
            "Validate the session, or start the chat again.",
        )
    }

    /// Too much at once.
    pub(crate) fn busy() -> Self {
        Self::unavailable("busy", "Too many requests are under way at once; nothing was done.", SOON)
    }

    /// Too much waits to be delivered.
    pub(crate) fn full() -> Self {
        let message = "Too many messages wait to be delivered; this one was not accepted.";
        Self::unavailable("outbox_full", message, LATER)
    }

    /// Too many chats are not over.
    pub(crate) fn no_room() -> Self {
        let message = "As many chats are open as are taken at once; none was started.";
        Self::unavailable("chats_full", message, LATER)
    }

    /// The org gave no answer in time.
    pub(crate) fn org_away() -> Self {
        Self::unavailable("unreachable", "The org does not answer; the guest can try again.", LATER)
    }

    /// The org's limit is spent.
    pub(crate) fn org_limited(wait: Option<Duration>) -> Self {
        let message = "The org's rate limit is spent; the guest can try again.";
        Self::unavailable("rate_limited", message, wait.unwrap_or(LATER))
    }

    /// The client asks more often than the gateway was told to allow.
    pub(crate) fn too_often(wait: Duration) -> Self {
        let refusal = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "This client asks more often than the gateway's --rate allows.",
            "Try again after the seconds in Retry-After.",
        );
        Self { retry_after: Some(wait), ..refusal }
    }

    /// No such route.
    pub(crate) fn no_route() -> Self {
        let message = "There is no such route.";
        Self::new(StatusCode::NOT_FOUND, "not_found", message, "See GET /openapi.json.")
    }

    /// Another method is meant.
    pub(crate) fn method(allow: &'static str) -> Self {
        let refusal = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "The route has another method.",
            "Use a method of the Allow header.",
        );
        Self { allow: Some(allow), ..refusal }
    }
}

/// What a use-case failed with, in words for a page. The failure itself is logged where it was made.
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        use FailureCode as C;
        let told = failure.retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
        // A field that our own check named, not the org.
        let own_field = failure.fields.first().filter(|_| failure.correlation_id.is_none());
        let refusal = match (failure.code, own_field) {
            (C::InvalidInput, Some(problem)) => Self::field(&problem.field, problem.message.clone()),
            (C::InvalidInput, None) => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_input",
                "The org did not accept what was given.",
                "Correct it and try again.",
            ),
            (C::RateLimited, _) => Self::org_limited(told),
            (C::Offline | C::Unreachable | C::OrgFailed | C::NotFound | C::ConversationClosed, _) => {
                Self { retry_after: told.or(Some(LATER)), ..Self::org_away() }
            }
            (C::CredentialsRejected | C::Forbidden, _) => Self::unavailable(
                "org_refuses",
                "The org does not let the gateway do this.",
                Duration::from_secs(60),
            ),
            (C::NotInThisDialect, _) => Self::unavailable(
                "not_in_this_dialect",
                "The API of the gateway's org cannot do this.",
                Duration::from_secs(60),
            ),
            (C::Conflict, _) => {
                Self::unavailable("conflict", "Others keep changing this guest; nothing was written.", SOON)
            }
            (C::ReadOnly, _) => Self::new(
                StatusCode::FORBIDDEN,
                "read_only",
                "The gateway's connection is read-only: nothing was written.",
                "Run the gateway over a connection that is not read-only.",
            ),
            (C::DiskFull, _) => {
                Self::unavailable("disk_full", "The gateway's disk is full; nothing was accepted.", LATER)
            }
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The gateway failed; nothing was accepted.",
                "Try again; if it stays, report it with the correlation id.",
            ),
        };
        Self { correlation_id: failure.correlation_id, ..refusal }
    }
}

/// Whole seconds, at least one: a client that comes back a moment early is refused again.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let id = self.correlation_id.unwrap_or_else(|| Uuid::new_v4().to_string());
        tracing::info!(status = self.status.as_u16(), code = self.code, correlation_id = id, "refused");
        let mut response = json(
            self.status,
            &json!({ "error": {
                "code": self.code,
                "message": self.message,
                "next": self.next,
                "correlationId": id,
                "fields": self.fields,
            } }),
        );
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds(wait).into());
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("answers are plain data with text keys");
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_the_org_said_reaches_the_page() {
        for code in [
            FailureCode::InvalidInput,
            FailureCode::OrgFailed,
            FailureCode::Forbidden,
            FailureCode::RateLimited,
            FailureCode::Internal,
            FailureCode::Conflict,
        ] {
            let mut failure = Failure::field("name", "the org said SECRET-CANARY");
            failure.code = code;
            failure.message = "SECRET-CANARY".into();
            failure.correlation_id = Some("corr-1".into());
            let refusal = Refusal::from(failure);
            assert!(!format!("{refusal:?}").contains("CANARY"), "{code:?}");
            assert_eq!(refusal.correlation_id.as_deref(), Some("corr-1"));
        }
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_that_are_enough() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(seconds(Duration::from_secs(42)), 42);
    }
}
