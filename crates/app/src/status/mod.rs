//! How things stand: notices, damage, a store that was lost, and requests to the org.

pub(crate) mod activity;
pub(crate) mod current_status;
pub(crate) mod damage;
pub(crate) mod loss;
pub(crate) mod next_try;
pub(crate) mod notices;
pub(crate) mod reachability;
pub(crate) mod store_status;
