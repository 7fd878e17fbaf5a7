//! What comes in: a body of bounded size, in bounded time, that is the JSON a route asks for.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{Request, StatusCode, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::response::Refusal;

/// The longest body (`cli.md`, "Gateway routes").
pub(crate) const MAX_BODY: usize = 64 * 1_024;
/// A body that is too long is read and thrown away up to this, so that a client which writes it all before it reads gets
/// the answer; beyond, the connection is closed on it.
const READ_AWAY: u64 = 16 << 20;

/// The deepest nesting that is read.
const DEEPEST: usize = 32;

/// Reads a body and what it says. `shape` is what the route asks for, in words.
pub(crate) async fn read<T: DeserializeOwned>(
    request: Request<Body>,
    within: Duration,
    shape: &'static str,
) -> Result<T, Refusal> {
    let bytes = timeout(within, bytes(request)).await.map_err(|_| {
        Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The body did not come in time.",
            "Send the request again, all at once.",
        )
    })??;
    if !is_flat_object(&bytes) {
        let message = format!("The body is not what this route asks for: {shape}.");
        return Err(invalid(message));
    }
    // What serde says may quote the body, which may hold a token or a message: only its kind is told.
    serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = if error.is_data() {
            format!("The body is not what this route asks for (line {line}, column {column}): {shape}.")
        } else {
            format!("The body is no JSON that can be read (line {line}, column {column}): {shape}.")
        };
        invalid(message)
    })
}

fn invalid(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message, "Correct the body and send it again.")
}

/// Whether this begins as an object and is nested at most [`DEEPEST`] deep. A list would be read as a structure's fields
/// one by one, and deep nesting costs time wherever it is read later.
fn is_flat_object(bytes: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return false;
        }
    }
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

async fn bytes(request: Request<Body>) -> Result<Bytes, Refusal> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<u64>().ok());
    let mut body = request.into_body();
    let mut kept = BytesMut::new();
    let mut read = 0_u64;
    let too_long = || {
        Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The body has more than 65,536 bytes.",
            "Send less at once.",
        )
    };
    if announced.is_some_and(|n| n > READ_AWAY) {
        return Err(too_long());
    }
    while let Some(frame) = body.frame().await {
        let cut = |_| {
            let message = "The body ended early or is not well formed.";
            Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message, "Send the request again.")
        };
        let Ok(data) = frame.map_err(cut)?.into_data() else { continue };
        read += data.len() as u64;
        if read > READ_AWAY {
            return Err(too_long());
        }
        if read <= MAX_BODY as u64 {
            kept.extend_from_slice(&data);
        } else {
            kept = BytesMut::new();
        }
    }
    if read > MAX_BODY as u64 { Err(too_long()) } else { Ok(kept.freeze()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_texts_and_the_first_sign_decides() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(is_flat_object(nested(DEEPEST - 1).as_bytes()));
        assert!(!is_flat_object(nested(DEEPEST).as_bytes()));
        assert!(is_flat_object(format!(" \n{{\"a\":\"\\\"{}\"}}", "[".repeat(1_000)).as_bytes()));
        for none in ["", " ", "[{}]", "\"{\"", "null"] {
            assert!(!is_flat_object(none.as_bytes()), "{none}");
        }
    }
}
