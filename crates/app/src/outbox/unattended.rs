//! Delivery for a program that stays and has no person before it: the chat gateway.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{App, status::reachability};

/// Waits between tries that the org did not name stay under this (`cli.md`, `outbox drain`: 15 s in the gateway).
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// The longest rest between two looks at the outbox: a lost wake-up costs at most this.
const PERIOD: Duration = Duration::from_secs(5);
/// After a 401 or 403 the whole outbox pauses. Nobody is there to lift that, so it is lifted after this: one message is
/// tried, and when it is refused again the pause is back.
const PAUSED_FOR: Duration = Duration::from_secs(14);

impl App {
    /// Delivers the outbox until `stop`: then no further attempt begins, and those under way get a moment to be answered.
    pub async fn deliver_until(&self, stop: impl Future<Output = ()>) {
        let outbox = &self.0.outbox;
        outbox.cap_waits(LONGEST_WAIT);
        let listening = [
            tokio::spawn(reachability::watch(self.downgrade())),
            tokio::spawn(reachability::probe(self.downgrade())),
        ];
        let courier = self.courier();
        let mut changes = outbox.changes();
        let mut lift_at = None;
        tokio::pin!(stop);
        loop {
            changes.borrow_and_update();
            let rest = if outbox.paused().is_some() {
                let lift = *lift_at.get_or_insert_with(|| Instant::now() + PAUSED_FOR);
                if lift <= Instant::now() {
                    lift_at = None;
                    outbox.resume();
                    continue;
                }
                lift - Instant::now()
            } else {
                lift_at = None;
                let round = outbox.drain(&courier);
                tokio::pin!(round);
                let report = tokio::select! {
                    report = &mut round => report,
                    () = &mut stop => {
                        courier.closing.store(true, Ordering::Relaxed);
                        self.wind_up(round.as_mut()).await;
                        break;
                    }
                };
                self.learn_org_ids(courier.delivered_by_socket()).await;
                if let Some(error) = report.error {
                    tracing::error!(error = crate::failure::chain(&error), "the outbox could not be drained");
                }
                report.next_due.unwrap_or(PERIOD).min(PERIOD)
            };
            tokio::select! {
                () = sleep(rest) => {}
                changed = changes.changed() => if changed.is_err() { break },
                () = &mut stop => break,
            }
        }
        for task in listening {
            task.abort();
        }
    }
}
