use model::{GuestId, RetentionPolicy};

use super::CertifiedPlan;
use crate::SpareReason;

/// Why a plan could not be read.
pub type PlannedError = Box<dyn std::error::Error + Send + Sync>;

/// A guest of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedGuest {
    /// The guest.
    pub id: GuestId,
    /// Why the plan spared the guest; absent when the run was to delete them.
    pub spared: Option<SpareReason>,
}

/// A plan that is at hand, as far as a certificate of its run is compared with it.
pub trait Planned {
    /// What a certificate says of the plan.
    fn as_certified(&self) -> CertifiedPlan;
    /// The policy, which the run obeyed.
    fn policy(&self) -> &RetentionPolicy;
    /// The name of the connection.
    fn connection(&self) -> &str;
    /// 64 hex digits: the key of the hashes that stand for guests.
    fn hash_key(&self) -> &str;
    /// The guests, in the order of the plan.
    ///
    /// # Errors
    /// When the plan cannot be read; each guest can fail so too.
    fn guests(
        &self,
    ) -> Result<Box<dyn Iterator<Item = Result<PlannedGuest, PlannedError>> + '_>, PlannedError>;
}
