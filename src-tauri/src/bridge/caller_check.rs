//! Who may call the bridge: a program of this computer that was told the token, or a page that one of its own servers
//! serves.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gateway::Origin;
use subtle::ConstantTimeEq;
use tauri::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use uuid::Uuid;

/// The header with the token. `Authorization` is the org's, whose API is reached through here too.
const TOKEN: HeaderName = HeaderName::from_static("innkeeper-bridge");

/// What the bridge answers to, and what opens it.
pub(super) struct CallerCheck {
    port: u16,
    token: String,
}

impl CallerCheck {
    /// With a token of its own.
    pub(super) fn new(port: u16) -> Self {
        Self { port, token: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The page of the development server, told where the bridge is.
    pub(super) fn page(&self) -> String {
        format!("http://localhost:1420/dev/?bridge={}&token={}", self.url(), self.token)
    }

    /// By which status a request is refused; none where it may pass.
    fn refusal(&self, method: &Method, headers: &HeaderMap) -> Option<StatusCode> {
        let hosts = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        let host = only(headers, header::HOST).flatten();
        if !host.is_some_and(|host| hosts.iter().any(|ours| ours == host)) {
            return Some(StatusCode::FORBIDDEN);
        }
        // A plain client has no origin; `null` and what stands twice is nobody's.
        let origin = only(headers, header::ORIGIN);
        let is_ours = origin.is_none_or(|origin| {
            origin.and_then(|origin| origin.parse::<Origin>().ok()).is_some_and(|origin| origin.is_loopback())
        });
        if !is_ours {
            return Some(StatusCode::FORBIDDEN);
        }
        // A browser asks without a token whether the page may call at all.
        let preflight = method == Method::OPTIONS && origin.is_some();
        let given = only(headers, TOKEN).flatten();
        let known = given.is_some_and(|given| given.as_bytes().ct_eq(self.token.as_bytes()).into());
        (!preflight && !known).then_some(StatusCode::UNAUTHORIZED)
    }
}

/// A header that may stand once: nothing where it is missing, nothing inside where it is twice or no text.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<Option<&str>> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    Some(first.to_str().ok().filter(|_| all.next().is_none()))
}

/// Lets in who may come in, and lets their browser hand them the answer.
pub(super) async fn guard(State(check): State<Arc<CallerCheck>>, request: Request, next: Next) -> Response {
    if let Some(status) = check.refusal(request.method(), request.headers()) {
        return status.into_response();
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match *request.method() {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(origin) = origin {
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("innkeeper-bridge, authorization, content-type"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"),
        );
    }
    response
}
