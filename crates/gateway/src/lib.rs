//! The chat gateway: the local HTTP server through which a web chat page under test starts a chat, validates its session,
//! writes messages and counts interactions (`docs/guide/gateway.md`).
//!
//! [`Gateway::start`] puts the server before an open [`app::App`]. Every request passes the same checks in the same order:
//! `Host`, `Origin`, rate, path and method, size of the body, its JSON, and then the session. The page's session token lives
//! in a cookie that no script can read; the application keeps only its keyed hash. Whatever is refused is refused with
//! the command line's error object, in words of our own: nothing that the org said, and no text of the caller's, is in it.

mod accept;
mod body;
mod client_rate;
mod cookie;
mod openapi;
mod options;
mod origin;
mod request_guard;
mod response;
mod routes;
mod serve;
mod tls;

pub use openapi::openapi;
pub use options::{Limits, Options, TlsFiles};
pub use origin::Origin;
pub use serve::Gateway;
