//! The network of the guest socket.

use std::sync::Arc;

use genesys::{ExtraRoots, webmessaging::Dialer};

use crate::{Failure, Result};

/// What makes sockets, trusting these certificates beside the system's.
pub(crate) fn dialer(_roots: &ExtraRoots) -> Result<Arc<dyn Dialer>> {
    Err(Failure::internal("the socket's network is not built yet"))
}
