//! Retention: policies, plans, runs, holds, the schedule and certificates.

pub(crate) mod certificates;
pub(crate) mod clock_check;
pub(crate) mod confirmation;
pub(crate) mod forecast;
pub(crate) mod holds;
pub(crate) mod pending_approvals;
pub(crate) mod plan_seal;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod previews;
pub(crate) mod questions;
pub(crate) mod quiet_pause;
pub(crate) mod retention_org;
pub(crate) mod run_control;
pub(crate) mod run_history;
pub(crate) mod run_views;
pub(crate) mod run_waits;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod state;
