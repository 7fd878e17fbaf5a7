//! What of a run is shown: the crate's numbers as plain data for the page and scripts.

use std::num::NonZeroU32;

use proof::{Action, CertifiedOutcome};
use retention::{GuestOutcome, Outcome, RunCounts, RunInfo, RunProgress};

use crate::{
    retention::plans::words,
    views::{OutcomeKind, OutcomeView, RunCountsView, RunOrigin, RunState, RunView, RunWait, count},
};

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

/// A run that goes on in this process; `pace` is the one that is set now.
pub(crate) fn view_of(progress: &RunProgress, origin: RunOrigin, pace: Option<NonZeroU32>) -> RunView {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is far below 2^32 and never negative"
    )]
    let per_minute = progress.rate.round() as u32;
    let remaining = progress.counts().remaining;
    RunView {
        per_minute,
        seconds_left: (per_minute > 0).then(|| count(remaining * 60 / u64::from(per_minute))),
        ended_at: None,
        verified: None,
        refused: false,
        pace: pace.map(NonZeroU32::get),
        ..view_of_info(progress.info(), origin)
    }
}

pub(crate) fn view_of_info(info: RunInfo, origin: RunOrigin) -> RunView {
    RunView {
        run: info.run.to_string(),
        plan: info.plan,
        state: state_of(info.state),
        origin,
        started_at: info.started,
        ended_at: info.ended,
        counts: counts_of(info.counts),
        per_minute: 0,
        seconds_left: None,
        verified: info.verified,
        refused: info.refused,
        waits_for: info.goes_on_at.map(|_| RunWait::OrgLimit),
        waits_until: info.goes_on_at,
        why: info.why,
        pace: info.options.pace.map(NonZeroU32::get),
        capped: info.options.max.map(count),
    }
}

/// The last step of a run that goes on in this process.
pub(crate) fn closed(last: RunView, info: RunInfo) -> RunView {
    RunView {
        state: state_of(info.state),
        counts: counts_of(info.counts),
        verified: info.verified,
        seconds_left: None,
        refused: info.refused,
        waits_for: info.goes_on_at.map(|_| RunWait::OrgLimit),
        waits_until: info.goes_on_at,
        why: info.why,
        ..last
    }
}

fn counts_of(counts: RunCounts) -> RunCountsView {
    RunCountsView {
        total: count(counts.total),
        deleted: count(counts.deleted),
        already_gone: count(counts.already_gone),
        spared: count(counts.spared),
        failed: count(counts.failed),
        remaining: count(counts.remaining),
    }
}

/// What the audit log says of a run that has ended, or stopped.
pub(crate) fn ended_as(info: &RunInfo) -> Action {
    let RunCounts { deleted, already_gone, spared, failed, remaining, total: _ } = info.counts;
    Action::RunEnded {
        run: info.run.clone(),
        state: info.state,
        deleted,
        already_gone,
        spared,
        failed,
        remaining,
        verified: info.verified == Some(true),
    }
}

/// Which kind an outcome is of.
pub(crate) fn kind_of(outcome: CertifiedOutcome) -> OutcomeKind {
    use CertifiedOutcome as O;
    match outcome {
        O::Remaining | O::RemainingPerhaps => OutcomeKind::Remaining,
        O::Deleted | O::DeletedInferred => OutcomeKind::Deleted,
        O::AlreadyGone => OutcomeKind::AlreadyGone,
        O::Spared(_) => OutcomeKind::Spared,
        O::Failed | O::FailedPerhaps => OutcomeKind::Failed,
    }
}

pub(crate) fn outcome_view(line: GuestOutcome) -> OutcomeView {
    let outcome = line.outcome.as_ref().map_or(OutcomeKind::Remaining, |outcome| kind_of(outcome.into()));
    let why = match line.outcome {
        Some(Outcome::Deleted { inferred: true }) => {
            Some("asked for before an interruption, then gone".to_owned())
        }
        Some(Outcome::Spared { why }) => Some(words(why).to_owned()),
        Some(Outcome::Failed { why, .. }) => Some(why),
        _ => None,
    };
    OutcomeView { guest_id: line.id.to_string(), outcome, why }
}
