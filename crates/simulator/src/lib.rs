//! The embedded org: the Guest API and the vendor's own API over one seeded world, with weather and a virtual clock.
//!
//! It shares no type with the client; both sides meet only in the recorded exchanges of `tests/contract`.
//! [`start`] serves over a socket, [`embedded`] keeps its world in a folder, [`Simulator`] answers in process.
//!
//! ```
//! use simulator::{Options, Simulator};
//! let org = Simulator::new(&Options { guests: 10, ..Options::default() }).unwrap();
//! let _router: axum::Router = org.router();
//! assert!(org.ledger().is_empty());
//! ```

mod caller;
mod clock;
mod control;
mod cut_handle;
mod error;
mod filter;
mod http_edge;
mod ledger;
mod listener;
mod messaging;
mod options;
mod org;
mod platform;
mod private;
mod running;
mod serving;
mod simulator;
mod tls;
mod trouble;
mod weather;
mod world;

pub use error::Error;
pub use http_edge::Cut;
pub use ledger::{Entry, Kind};
pub use messaging::bot::{Bot, BotMemory, BotMistake, BotReply, BotSend, GuestAct, bot_schema};
pub use messaging::settings::{Deployment, Disconnect, Limits, Messaging};
pub use options::{Options, PERMISSIONS, SCOPES};
pub use running::{Running, embedded, start};
pub use simulator::Simulator;
pub use tls::{Tls, TlsFiles};
pub use trouble::{Share, Trouble};
pub use weather::Weather;
