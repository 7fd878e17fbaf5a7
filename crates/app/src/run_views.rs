//! What of a run is shown: the crate's numbers as plain data for the page and scripts.

use retention::{RunProgress, RunReport};

use crate::views::{OutcomeKind, OutcomeView, RunOrigin, RunState, RunView, count};

fn state_of(state: retention::RunState) -> RunState {
    match state {
        retention::RunState::Running => RunState::Running,
        retention::RunState::Paused => RunState::Paused,
        retention::RunState::Interrupted => RunState::Interrupted,
        retention::RunState::Finished => RunState::Finished,
        retention::RunState::Cancelled => RunState::Cancelled,
        retention::RunState::Failed => RunState::Failed,
    }
}

pub(crate) fn view_of(progress: &RunProgress, plan: &str, origin: RunOrigin) -> RunView {
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
        why: progress.why.clone(),
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
        why: info.why,
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

pub(crate) fn outcome_view(line: retention::GuestOutcome) -> OutcomeView {
    use retention::Outcome as O;
    let (outcome, why) = match line.outcome {
        None => (OutcomeKind::Remaining, None),
        Some(O::Deleted { inferred: false }) => (OutcomeKind::Deleted, None),
        Some(O::Deleted { inferred: true }) => {
            (OutcomeKind::Deleted, Some("asked for before an interruption, then gone".into()))
        }
        Some(O::AlreadyGone) => (OutcomeKind::AlreadyGone, None),
        Some(O::Spared { why }) => (OutcomeKind::Spared, Some(crate::retention::words(why).to_owned())),
        Some(O::Failed { why, .. }) => (OutcomeKind::Failed, Some(why)),
    };
    OutcomeView { guest_id: line.id.to_string(), outcome, why }
}
