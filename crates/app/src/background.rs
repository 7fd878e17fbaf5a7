use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::sleep;

use crate::{App, app::WeakApp, chat_lab::follow, ipc::holder_socket, scenarios, status::reachability};

/// The longest rest between two looks at the outbox: a lost wake-up costs at most this.
const DRAIN_PERIOD: Duration = Duration::from_secs(5);

/// The longest rest between two looks at the schedule: timers stand still while a machine sleeps (tokio issue 2784),
/// so the due time is compared with the wall clock at least this often.
const SCHEDULE_PERIOD: Duration = Duration::from_secs(30);

/// Between two looks at how far the store is: a write to the secret store where something changed, nothing otherwise.
const FLOOR_PERIOD: Duration = Duration::from_secs(5);

impl App {
    /// Starts what goes on by itself: delivering the outbox, the schedule, and the folder's socket. For programs that stay;
    /// a single command does its own work. Ends with the app.
    pub fn start_background(&self) {
        self.0.stays.store(true, Ordering::Relaxed);
        let mut tasks = vec![
            tokio::spawn(deliver(self.downgrade())).abort_handle(),
            tokio::spawn(keep_schedule(self.downgrade())).abort_handle(),
            tokio::spawn(check_audit(self.downgrade())).abort_handle(),
            tokio::spawn(reachability::watch(self.downgrade())).abort_handle(),
            tokio::spawn(reachability::probe(self.downgrade())).abort_handle(),
            tokio::spawn(keep_floors(self.downgrade())).abort_handle(),
            tokio::spawn(scenarios::watch::watch(self.downgrade())).abort_handle(),
            tokio::spawn(follow::follow_outbox(self.downgrade())).abort_handle(),
        ];
        tasks.extend(self.serve_socket());
        self.0.tasks.add(tasks);
    }

    /// Answers other processes on the folder's socket only, and remembers how far the store is; for a command that runs for
    /// long.
    pub fn start_socket(&self) {
        let mut tasks = vec![tokio::spawn(keep_floors(self.downgrade())).abort_handle()];
        tasks.extend(self.serve_socket());
        self.0.tasks.add(tasks);
    }

    fn serve_socket(&self) -> Option<tokio::task::AbortHandle> {
        match holder_socket::serve(self.0.folder.root(), self) {
            Ok(task) => Some(task),
            Err(error) => {
                tracing::warn!(%error, "other processes cannot ask this one about the folder");
                None
            }
        }
    }
}

/// One activation after the other: by signal, when the next entry is due, and by period.
async fn deliver(app: WeakApp) {
    let Some(mut changes) = app.upgrade().map(|a| a.0.outbox.changes()) else { return };
    loop {
        let rest = {
            let Some(app) = app.upgrade() else { return };
            changes.borrow_and_update();
            if app.0.outbox.paused().is_some() || !app.0.org.pipeline.is_online() {
                DRAIN_PERIOD
            } else {
                let courier = app.courier();
                let report = app.0.outbox.drain(&courier).await;
                app.learn_org_ids(courier.delivered_by_socket()).await;
                if let Some(error) = report.error {
                    tracing::error!(error = crate::failure::chain(&error), "the outbox could not be drained");
                }
                let next = report.next_due.map(|wait| app.0.clock.now() + wait);
                app.0.next_try.set(next);
                app.0.notices.status_changed();
                report.next_due.unwrap_or(DRAIN_PERIOD).min(DRAIN_PERIOD)
            }
        };
        tokio::select! {
            () = sleep(rest) => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

/// Runs what the schedules say is due.
async fn keep_schedule(app: WeakApp) {
    loop {
        let rest = {
            let Some(app) = app.upgrade() else { return };
            app.run_what_is_due().await.min(SCHEDULE_PERIOD)
        };
        sleep(rest).await;
    }
}

/// What a kill and a store that is put back after it could hide is what came since the last of these looks.
async fn keep_floors(app: WeakApp) {
    loop {
        sleep(FLOOR_PERIOD).await;
        let Some(app) = app.upgrade() else { return };
        app.keep_floors().await;
    }
}

/// A broken audit log is told when the program starts, not by the first line that it does not take.
async fn check_audit(app: WeakApp) {
    let Some(app) = app.upgrade() else { return };
    if let Err(failure) = app.audit_verify().await {
        tracing::warn!(code = ?failure.code, message = failure.message, "the audit log could not be checked");
    }
}
