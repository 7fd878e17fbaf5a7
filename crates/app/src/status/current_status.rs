//! How things stand right now, and who is told when that changes.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::sleep;

use crate::{
    App,
    views::{LimitsView, OnlineView, OutboxCounts, Status, Topic},
};

/// The shortest time between two updates of one window: ten a second, more is flicker.
const BETWEEN_UPDATES: Duration = Duration::from_millis(100);

impl App {
    /// The newest state of the bars around every screen.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = &self.0;
        let counts = inner.outbox.counts();
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Status {
            connection: Some(self.connection_view()),
            limits: LimitsView::of(&inner.org.can.limits),
            online: OnlineView {
                switched_on: inner.org.pipeline.is_online(),
                reachable: self.reachable(),
                answering: inner.org.pipeline.budget().borrow().answering,
                next_try: inner.org_next_try.get(),
            },
            budget: self.budget(),
            outbox: OutboxCounts {
                waiting: small(counts.waiting),
                uncertain: small(counts.uncertain),
                dead: small(counts.dead),
                paused: inner.outbox.paused(),
                next_try: inner.next_try.get(),
            },
            planning: inner.retention.planning(),
            run: inner.retention.current_run().map(|run| self.with_wait(run)),
            scheduled: inner.retention.runs.scheduled().map(|run| self.with_wait(run)),
            notices: inner
                .stores
                .damage
                .notice(&inner.connection.name)
                .into_iter()
                .chain(crate::connection::rotate_key::weak_passphrase_notice(
                    &*inner.retention.secrets,
                    &inner.connection.name,
                ))
                .chain(self.loss_notice())
                .chain(self.floor_notice())
                .chain(inner.stores.opening.iter().cloned())
                .chain(inner.retention.audit.notice())
                .chain(self.ask_notices())
                .collect(),
        }
    }

    /// Tells `send` what went stale, with the newest status, until it answers false. Progress is state: values in
    /// between are dropped, the newest wins.
    pub async fn follow(&self, mut send: impl FnMut(Vec<Topic>, Status) -> bool) {
        let mut counters = self.0.notices.follow();
        let mut outbox = self.0.outbox.changes();
        let mut budget = self.0.org.pipeline.budget();
        let mut activity = self.0.org.pipeline.activity();
        let (mut planning, mut runs) = self.0.retention.changes();
        let mut seen = *counters.borrow_and_update();
        loop {
            let mut stale = BTreeSet::new();
            let open = tokio::select! {
                changed = counters.changed() => changed.is_ok(),
                changed = outbox.changed() => { stale.insert(Topic::Outbox); changed.is_ok() }
                changed = activity.changed() => { stale.insert(Topic::Activity); changed.is_ok() }
                changed = planning.changed() => changed.is_ok(),
                changed = runs.changed() => changed.is_ok(),
                changed = budget.changed() => changed.is_ok(),
            };
            if !open {
                return;
            }
            let now = *counters.borrow_and_update();
            stale.extend(now.stale_since(&seen));
            seen = now;
            if !send(stale.into_iter().collect(), self.status()) {
                return;
            }
            sleep(BETWEEN_UPDATES).await;
        }
    }

    /// The list of connections changed.
    pub fn connections_changed(&self) {
        self.0.notices.stale(Topic::Connections);
    }

    /// Whether the last request got an answer.
    pub(crate) fn reachable(&self) -> Option<bool> {
        self.0.org.pipeline.requests().first().map(|r| r.status.is_some())
    }
}
