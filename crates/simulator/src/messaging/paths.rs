//! The paths of the origin that are for guests.

/// The socket.
pub(crate) const SOCKET: &str = "/v1";
pub(crate) const CONFIGURATION: &str = "/webdeployments/v1/deployments/";
pub(crate) const HISTORY: &str = "/api/v2/webmessaging/messages";
pub(crate) const UPLOADS: &str = "/uploads/";

/// Whether a path is for guests, who have no token of the org.
pub(crate) fn is_for_guests(path: &str) -> bool {
    path == SOCKET || path == HISTORY || path.starts_with(CONFIGURATION) || path.starts_with(UPLOADS)
}
