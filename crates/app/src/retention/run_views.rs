//! What of a run is shown: the crate's numbers as plain data for the page and scripts.

use std::num::NonZeroU32;

use retention::{RunOptions, RunProgress, RunReport};

use crate::views::{OutcomeKind, OutcomeView, RunOrigin, RunState, RunView, count};

pub(crate) fn state_of(state: retention::RunState) -> RunState {
    match state {
        retention::RunState::Running => RunState::Running,
        retention::RunState::Paused => RunState::Paused,
        retention::RunState::Interrupted => RunState::Interrupted,
        retention::RunState::Finished => RunState::Finished,
        retention::RunState::Cancelled => RunState::Cancelled,
        retention::RunState::Failed => RunState::Failed,
    }
}

pub(crate) fn view_of(progress: &RunProgress, plan: &str, origin: RunOrigin, options: RunOptions) -> RunView {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is far below 2^32 and never negative"
    )]
    let per_minute = progress.rate.round() as u32;
    RunView {
        run: progress.run.to_string(),
        plan: plan.to_owned(),
        state: state_of(progress.state),
        origin,
        started_at: progress.started,
        ended_at: None,
        total: count(progress.total),
        deleted: count(progress.deleted),
        already_gone: count(progress.already_gone),
        spared: count(progress.spared),
        failed: count(progress.failed),
        remaining: count(progress.remaining),
        per_minute,
        seconds_left: (per_minute > 0).then(|| count(progress.remaining * 60 / u64::from(per_minute))),
        verified: None,
        refused: false,
        waits_for: None,
        waits_until: None,
        why: progress.why.clone(),
        pace: options.pace.map(NonZeroU32::get),
        capped: options.max.map(count),
    }
}

pub(crate) fn view_of_info(info: retention::RunInfo, origin: RunOrigin) -> RunView {
    RunView {
        run: info.run.to_string(),
        plan: info.plan,
        state: state_of(info.state),
        origin,
        started_at: info.started,
        ended_at: info.ended,
        total: count(info.total),
        deleted: count(info.deleted),
        already_gone: count(info.already_gone),
        spared: count(info.spared),
        failed: count(info.failed),
        remaining: count(info.remaining),
        per_minute: 0,
        seconds_left: None,
        verified: info.verified,
        refused: info.refused,
        waits_for: None,
        waits_until: None,
        why: info.why,
        pace: info.options.pace.map(NonZeroU32::get),
        capped: info.options.max.map(count),
    }
}

pub(crate) fn closed(last: RunView, report: RunReport) -> RunView {
    RunView {
        state: state_of(report.state),
        deleted: count(report.deleted),
        already_gone: count(report.already_gone),
        spared: count(report.spared),
        failed: count(report.failed),
        remaining: count(report.remaining),
        verified: Some(report.verified),
        seconds_left: None,
        refused: report.refused,
        why: report.why,
        ..last
    }
}

/// Which kind an outcome is of; `None` while the guest remains.
pub(crate) fn kind_of(outcome: Option<&retention::Outcome>) -> OutcomeKind {
    use retention::Outcome as O;
    match outcome {
        None => OutcomeKind::Remaining,
        Some(O::Deleted { .. }) => OutcomeKind::Deleted,
        Some(O::AlreadyGone) => OutcomeKind::AlreadyGone,
        Some(O::Spared { .. }) => OutcomeKind::Spared,
        Some(O::Failed { .. }) => OutcomeKind::Failed,
    }
}

pub(crate) fn outcome_view(line: retention::GuestOutcome) -> OutcomeView {
    use retention::Outcome as O;
    let outcome = kind_of(line.outcome.as_ref());
    let why = match line.outcome {
        Some(O::Deleted { inferred: true }) => Some("asked for before an interruption, then gone".to_owned()),
        Some(O::Spared { why }) => Some(crate::retention::plans::words(why).to_owned()),
        Some(O::Failed { why, .. }) => Some(why),
        _ => None,
    };
    OutcomeView { guest_id: line.id.to_string(), outcome, why }
}
