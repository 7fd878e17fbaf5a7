//! How things stand: notices, damage, a store that was lost, and requests to the org.

pub(crate) mod activity;
pub(crate) mod damage;
pub(crate) mod loss;
pub(crate) mod notices;
pub(crate) mod reachability;
