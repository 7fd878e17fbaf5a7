//! A request as it comes to the org, and what becomes of its connection.

use bytes::Bytes;
use http::Method;
use uuid::Uuid;

/// `request.bytes.max` of the vendor (genesys-facts.md, section 3).
pub(crate) const MAX_BODY: usize = 512_000;
/// Bytes of a file that a guest uploads; the limits of a deployment are lower.
pub(crate) const MAX_UPLOAD: usize = 16 * 1024 * 1024;

/// A request as the org sees it.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    /// The page that asks.
    pub(crate) origin: Option<String>,
    /// The host that was asked.
    pub(crate) host: Option<String>,
    pub(crate) body: Body,
    pub(crate) correlation_id: Uuid,
}

pub(crate) enum Body {
    Whole(Bytes),
    /// Over [`MAX_BODY`]; not kept.
    TooLarge,
    /// The client broke off.
    Broken,
}

/// What becomes of the connection with the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    /// Half of the body, then cut.
    Half,
    /// Cut without a byte.
    Cut,
    /// Open and silent.
    Stall,
}
