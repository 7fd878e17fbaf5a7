//! What a run that is meant to go on waits for, told from how the way to the org stands right now.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    App,
    views::{RunState, RunView, RunWait},
};

impl App {
    /// The run with what it waits for. While it waits, what it has left says nothing of how long it takes.
    pub(crate) fn with_wait(&self, run: RunView) -> RunView {
        let (waits_for, waits_until) = match run.state {
            RunState::Running => self.wait_of_running(),
            RunState::Paused => self.wait_of_resting(&run),
            RunState::Interrupted | RunState::Finished | RunState::Cancelled | RunState::Failed => None,
        }
        .map_or((None, None), |(reason, until)| (Some(reason), until));
        let seconds_left = run.seconds_left.filter(|_| waits_for.is_none());
        RunView { waits_for, waits_until, seconds_left, ..run }
    }

    fn wait_of_running(&self) -> Option<(RunWait, Option<DateTime<Utc>>)> {
        let inner = &self.0;
        let budget = *inner.org.pipeline.budget().borrow();
        if !inner.org.pipeline.is_online() {
            return Some((RunWait::Offline, None));
        }
        if !budget.answering || self.reachable() == Some(false) {
            return Some((RunWait::Org, inner.org_next_try.get()));
        }
        let open = budget.reset_seconds > 0 && budget.is_spent();
        open.then(|| {
            let until = inner.clock.now() + TimeDelta::seconds(budget.reset_seconds.into());
            (RunWait::Budget, Some(until))
        })
    }

    /// A paused run that goes on by itself when quiet hours or a limit of the org's end.
    fn wait_of_resting(&self, run: &RunView) -> Option<(RunWait, Option<DateTime<Utc>>)> {
        let resting = self.0.retention.runs.resting.get(&run.run).ok().flatten();
        resting.map(|_| {
            if run.waits_for == Some(RunWait::OrgLimit) {
                return (RunWait::OrgLimit, run.waits_until);
            }
            let policy = self.policy_of_run(&run.run).ok().flatten();
            let now = self.0.clock.now();
            (RunWait::QuietHours, policy.and_then(|policy| policy.quiet.next_opening(now)))
        })
    }
}
