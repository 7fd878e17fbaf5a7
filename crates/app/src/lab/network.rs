//! The network of the guest socket.

use std::sync::Arc;

use genesys::{
    ExtraRoots,
    webmessaging::{Dialer, TungsteniteDialer},
};

/// What makes sockets, trusting these certificates beside the system's.
pub(crate) fn dialer(roots: &ExtraRoots) -> Arc<dyn Dialer> {
    Arc::new(TungsteniteDialer::new(roots.clone()))
}
