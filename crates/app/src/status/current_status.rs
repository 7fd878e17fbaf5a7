//! How things stand right now, and who is told when that changes.

use std::{collections::BTreeSet, time::Duration};

use genesys::Budget;
use tokio::{sync::watch, time::sleep};

use super::{damage, notices::Counters};
use crate::{
    App,
    views::{AbilitiesView, LimitsView, OnlineView, OutboxCounts, PlanProgressView, Status, Topic, count},
};

/// The shortest time between two updates of one window: ten a second, more is flicker.
const BETWEEN_UPDATES: Duration = Duration::from_millis(100);

/// All that [`App::follow_from`] waits for.
pub struct Changes {
    seen: Counters,
    counters: watch::Receiver<Counters>,
    outbox: watch::Receiver<u64>,
    budget: watch::Receiver<Budget>,
    activity: watch::Receiver<u64>,
    planning: watch::Receiver<Option<PlanProgressView>>,
    runs: watch::Receiver<u64>,
    chat_lab: watch::Receiver<u64>,
    scenarios: watch::Receiver<u64>,
}

impl App {
    /// The newest state of the bars around every screen.
    pub fn status(&self) -> Status {
        let inner = &self.0;
        let counts = inner.outbox.counts();
        // Each lock is let go of in its own statement: one that is held while it is taken again lets nobody on, once
        // a writer has come between.
        let budget = *inner.org.pipeline.budget().borrow();
        let org_next_try = inner.org_next_try.get();
        let outbox_next_try = inner.next_try.get();
        Status {
            connection: Some(self.connection_view()),
            can: AbilitiesView::of(&inner.org),
            limits: LimitsView::of(&inner.org.can.limits),
            online: OnlineView {
                switched_on: inner.org.pipeline.is_online(),
                reachable: self.reachable(),
                answering: budget.answering,
                next_try: org_next_try,
            },
            budget: budget.into(),
            outbox: OutboxCounts {
                waiting: count(counts.waiting),
                uncertain: count(counts.uncertain),
                dead: count(counts.dead),
                paused: inner.outbox.paused(),
                next_try: outbox_next_try,
            },
            planning: inner.retention.planning(),
            run: inner.retention.current_run().map(|run| self.with_wait(run)),
            scheduled: inner.retention.runs.scheduled().map(|run| self.with_wait(run)),
            notices: damage::notice(inner.store.recovery(), &inner.connection.name)
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

    /// What changes from now on. Whoever takes this before they read the state misses nothing in between.
    pub fn changes(&self) -> Changes {
        let mut counters = self.0.notices.follow();
        let seen = *counters.borrow_and_update();
        let (planning, runs) = self.0.retention.changes();
        Changes {
            seen,
            counters,
            outbox: self.0.outbox.changes(),
            budget: self.0.org.pipeline.budget(),
            activity: self.0.org.pipeline.activity(),
            planning,
            runs,
            chat_lab: self.0.chat_lab.changes(),
            scenarios: self.0.scenarios.changes(),
        }
    }

    /// As [`App::follow_from`], from now on.
    pub async fn follow(&self, send: impl FnMut(Vec<Topic>, Status) -> bool) {
        self.follow_from(self.changes(), send).await;
    }

    /// Tells `send` what went stale, with the newest status, until it answers false. Progress is state: values in
    /// between are dropped, the newest wins.
    pub async fn follow_from(&self, changes: Changes, mut send: impl FnMut(Vec<Topic>, Status) -> bool) {
        let Changes {
            mut seen,
            mut counters,
            mut outbox,
            mut budget,
            mut activity,
            mut planning,
            mut runs,
            mut chat_lab,
            mut scenarios,
        } = changes;
        loop {
            let mut stale = BTreeSet::new();
            let open = tokio::select! {
                changed = counters.changed() => changed.is_ok(),
                changed = outbox.changed() => { stale.insert(Topic::Outbox); changed.is_ok() }
                changed = activity.changed() => { stale.insert(Topic::Activity); changed.is_ok() }
                changed = planning.changed() => changed.is_ok(),
                changed = runs.changed() => changed.is_ok(),
                changed = budget.changed() => changed.is_ok(),
                changed = chat_lab.changed() => { stale.insert(Topic::ChatLab); changed.is_ok() }
                changed = scenarios.changed() => { stale.insert(Topic::Scenarios); changed.is_ok() }
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

    /// Files were dropped on the window.
    pub fn files_dropped(&self) {
        self.0.notices.stale(Topic::ChatLab);
    }

    /// Whether the last request got an answer.
    pub(crate) fn reachable(&self) -> Option<bool> {
        self.0.org.pipeline.requests().first().map(|r| r.status.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::org_tests::House;

    #[tokio::test]
    async fn what_changes_between_the_state_and_its_following_is_told() {
        let house = House::new(3).await;
        let app = house.open(None, &house.org.api_url()).await;
        let changes = app.changes();
        let before = app.status();
        app.0.notices.stale(Topic::Holds);
        app.0.org.pipeline.set_online(false);
        app.0.notices.status_changed();
        let mut told = None;
        app.follow_from(changes, |stale, status| {
            told = Some((stale, status.online.switched_on));
            false
        })
        .await;
        assert!(before.online.switched_on);
        assert_eq!(told, Some((vec![Topic::Holds], false)));
    }
}
