//! Between HTTP and the org: reading requests, and answers that are whole, half or cut.

use axum::{body::Body as HttpBody, extract::Request, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use uuid::Uuid;

use crate::{
    messaging::paths::UPLOADS,
    org::{Body, Call, MAX_BODY, MAX_UPLOAD, Reply},
};

/// Marks a response whose connection is cut before its first byte. Over a socket the client sees the cut; a
/// test that calls the router in process must treat the marked response as no answer at all (reading its body
/// fails, too).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Whether the request was processed before the cut.
    pub processed: bool,
}

/// Reads a request whole; too large a body is noticed, not kept.
pub(crate) async fn read(request: Request) -> Call {
    let (parts, body) = request.into_parts();
    let most = if parts.uri.path().starts_with(UPLOADS) { MAX_UPLOAD } else { MAX_BODY };
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => Body::Whole(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Body::TooLarge,
        Err(_) => Body::Broken,
    };
    let text = |name| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    let (authorization, origin) = (text(header::AUTHORIZATION), text(header::ORIGIN));
    let host = parts.uri.authority().map(ToString::to_string).or_else(|| text(header::HOST));
    Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization,
        origin,
        host,
        body,
        correlation_id: Uuid::new_v4(),
    }
}

pub(crate) fn respond(reply: Reply) -> Response {
    let (mut response, body) = head(reply);
    *response.body_mut() = HttpBody::from(body);
    response
}

fn head(reply: Reply) -> (Response, Bytes) {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    (response, reply.body.into())
}

/// Announces the whole body, sends half of it and breaks.
pub(crate) fn half(reply: Reply) -> Response {
    let (mut response, body) = head(reply);
    response.headers_mut().insert(header::CONTENT_LENGTH, body.len().max(2).into());
    let first = body.slice(..body.len() / 2);
    let pieces = stream::unfold(Some(first), |first| async {
        match first {
            Some(first) => Some((Ok(first), None)),
            None => {
                // Lets the connection send what it has before it breaks.
                tokio::task::yield_now().await;
                Some((Err(broken()), None))
            }
        }
    });
    *response.body_mut() = HttpBody::from_stream(pieces);
    response
}

pub(crate) fn cut(processed: bool) -> Response {
    let broken = stream::iter([Err::<Bytes, _>(broken())]);
    let mut response = Response::new(HttpBody::from_stream(broken));
    response.extensions_mut().insert(Cut { processed });
    response
}

fn broken() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by the simulator's weather")
}
