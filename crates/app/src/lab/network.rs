//! The network of the guest socket.

use std::sync::Arc;

use genesys::{
    ExtraRoots,
    webmessaging::{Dialer, TungsteniteDialer},
};

use crate::Result;

/// What makes sockets, trusting these certificates beside the system's.
pub(crate) fn dialer(roots: &ExtraRoots) -> Result<Arc<dyn Dialer>> {
    Ok(Arc::new(TungsteniteDialer::new(roots.clone())))
}
