//! How this program reaches orgs, and by which clock.

use std::sync::Arc;

use genesys::{
    ExtraRoots, ReqwestTransport, Transport,
    webmessaging::{Dialer, TungsteniteDialer, WebMessaging},
};
use model::Clock;

use crate::SystemClock;

/// How orgs are reached. A port: the network itself, or an org in process for tests. Clones share connections.
#[derive(Clone)]
pub struct Network {
    /// For the API and for what a chat does beside its socket.
    pub(crate) transport: Arc<dyn Transport>,
    /// What tokens and the org's `Date` are compared with.
    pub(crate) clock: Arc<dyn Clock>,
    /// Opens chats as guests.
    pub(crate) web_messaging: WebMessaging,
}

impl Network {
    /// The network itself, trusting these certificates beside the system's. Opens nothing yet.
    #[must_use]
    pub fn trusting(roots: ExtraRoots) -> Self {
        let dialer = Arc::new(TungsteniteDialer::new(roots.clone()));
        Self::new(Arc::new(ReqwestTransport::trusting(roots)), dialer, Arc::new(SystemClock))
    }

    /// Requests by `transport`, guest sockets by `dialer`.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, dialer: Arc<dyn Dialer>, clock: Arc<dyn Clock>) -> Self {
        let web_messaging = WebMessaging::new(dialer, Arc::clone(&transport), Arc::clone(&clock));
        Self { transport, clock, web_messaging }
    }
}
