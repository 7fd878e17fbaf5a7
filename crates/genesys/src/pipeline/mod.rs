//! The one path of every call, whatever dialect the org speaks: sign-in, rate budget, admission, breaker, transport, request
//! log, retry and errors. It knows no path of any API.

pub(crate) mod admission;
pub(crate) mod breaker;
pub(crate) mod budget;
pub(crate) mod call;
mod endpoints;
mod error;
pub(crate) mod error_body;
mod extra_roots;
mod jitter;
mod org_reply;
pub mod reachability;
pub(crate) mod read_json;
pub(crate) mod regions;
mod request_log;
mod reqwest_transport;
pub(crate) mod resolve;
pub(crate) mod retry;
mod shared;
mod sign_in;
pub mod timeouts;
mod transport;
pub(crate) mod untrusted;
mod wait_words;
pub(crate) mod wanted;

pub use admission::Budget;
pub use budget::Lane;
pub use endpoints::Endpoints;
pub use error::{Error, FieldError};
pub use extra_roots::{ExtraRoots, ExtraRootsError};
pub use org_reply::OrgReply;
pub use regions::{REGIONS, Region};
pub use request_log::RequestRecord;
pub use reqwest_transport::ReqwestTransport;
pub use retry::MOST_SENDS;
pub use shared::{Pipeline, Settings};
pub use transport::{BodySent, Sent, Transport, TransportError};
pub use wait_words::wait_words;
