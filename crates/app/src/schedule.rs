//! When the purge runs by itself.

use std::{sync::PoisonError, time::Duration};

use retention::{Due, Schedule, schedule};
use store::Batch;

use crate::{
    App, Failure,
    retention::{DEFAULT, PlanTarget},
    views::{ScheduleView, Topic},
};

/// Before a due run is tried again that could not begin.
const AGAIN: Duration = Duration::from_secs(30);

impl App {
    /// The schedule of this connection.
    #[must_use]
    pub fn retention_schedule(&self) -> ScheduleView {
        let schedule = self.0.retention.schedule();
        let next_due =
            if schedule.is_armed() { schedule::next_due(&schedule, self.0.clock.now()) } else { None };
        ScheduleView {
            armed: schedule.is_armed(),
            cron: schedule.cron().to_owned(),
            zone: schedule.zone().to_owned(),
            next_due,
            last_due: schedule.last_due(),
        }
    }

    /// Switches the schedule on or off, or changes when it is due.
    ///
    /// # Errors
    /// A cron text or zone that cannot be, by field; a read-only connection cannot be armed.
    pub async fn retention_set_schedule(
        &self,
        armed: bool,
        cron: &str,
        zone: &str,
    ) -> Result<ScheduleView, Failure> {
        if armed {
            self.may_write()?;
        }
        let now = self.0.clock.now();
        let _held = self.0.retention.scheduling.lock().await;
        let mut schedule = self.0.retention.schedule();
        if (schedule.cron(), schedule.zone()) != (cron, zone) {
            schedule.change(cron, zone, now)?;
        }
        if armed {
            schedule.arm(now);
        } else {
            schedule.disarm();
        }
        self.keep_schedule(schedule).await?;
        self.0.notices.stale(Topic::Retention);
        Ok(self.retention_schedule())
    }

    async fn keep_schedule(&self, schedule: Schedule) -> Result<(), Failure> {
        let retention = &self.0.retention;
        let mut batch = Batch::new();
        batch.put(&retention.schedules, &DEFAULT.to_owned(), &schedule)?;
        self.0.store.commit_async(batch).await?;
        *retention.schedule.write().unwrap_or_else(PoisonError::into_inner) = schedule;
        Ok(())
    }

    /// Starts the scheduled run if one is due; answers how long to rest before the next look. First comes the plan: a due
    /// whose plan cannot be made stays due. Then the due is written down, before anything is deleted, so that none runs
    /// twice.
    ///
    /// # Errors
    /// What stood in the way; the same due is tried again.
    pub(crate) async fn run_what_is_due(&self) -> Result<Duration, Failure> {
        let due = |now| schedule::decide(&self.0.retention.schedule(), now);
        match due(self.0.clock.now()) {
            Due::Off => return Ok(Duration::MAX),
            Due::Wait(wait) => return Ok(wait),
            Due::Now { .. } if self.0.retention.current_run().is_some() => return Ok(AGAIN),
            Due::Now { .. } => {}
        }
        let (plan, _) = self.retention_make_plan(&self.0.retention.policy(), &PlanTarget::Kept).await?;
        {
            let _held = self.0.retention.scheduling.lock().await;
            let now = self.0.clock.now();
            // A person may have switched it off meanwhile.
            let Due::Now { due_at, .. } = due(now) else { return Ok(Duration::ZERO) };
            let mut schedule = self.0.retention.schedule();
            schedule.started(due_at, now);
            self.keep_schedule(schedule).await?;
        }
        self.start_scheduled_run(plan).await?;
        Ok(Duration::ZERO)
    }
}
