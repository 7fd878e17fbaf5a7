//! What the org keeps for the platform API beside the world.

/// Permissions, cursors and what bulk answers have failed so far.
pub(crate) struct Platform {
    permissions: Vec<String>,
    /// Cursors of an earlier round are expired.
    pub(super) cursor_round: u64,
    /// How many items bulk answers have had so far, for the chance of each to fail.
    pub(super) bulk_items: u64,
}

impl Platform {
    pub(crate) fn new(permissions: &[String]) -> Self {
        Self { permissions: permissions.to_vec(), cursor_round: 0, bulk_items: 0 }
    }

    pub(super) fn permits(&self, permission: &str) -> bool {
        self.permissions.iter().any(|granted| granted == permission)
    }

    /// Expires every cursor that was handed out so far.
    pub(crate) fn expire_cursors(&mut self) {
        self.cursor_round += 1;
    }
}
