//! What waits for quiet hours or the org, and until when the org takes no calls.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use retention::{Due, NamedPolicy, scheduled_run, scheduled_run::Deferred};

use crate::{App, Failure, FailureCode, retention::deferred::DeferredDue, views::Topic};

/// A wait that is told with its time of day: whoever was to wait for it as for a rate window would wait in vain.
const LONG: Duration = Duration::from_secs(3_600);

impl App {
    /// Remembers what keeps this due, and says so once.
    pub(crate) fn defer(&self, policy: &NamedPolicy, due: DeferredDue) {
        let mut deferred = self.0.retention.deferred.lock();
        if deferred.insert(policy.id.clone(), due) != Some(due) {
            self.0.notices.stale(Topic::Retention);
        }
    }

    /// A due that waited until it was too old to be caught up.
    pub(crate) async fn tell_of_lost_due(&self, policy: &NamedPolicy, due: Due) -> Result<(), Failure> {
        let lost = {
            let mut deferred = self.0.retention.deferred.lock();
            let Some(&waited) = deferred.get(&policy.id) else { return Ok(()) };
            let became = scheduled_run::of_deferred(&policy.schedule, waited.due_at, due);
            if became != Deferred::Waits {
                deferred.remove(&policy.id);
            }
            (became == Deferred::Lost).then_some(waited)
        };
        match lost {
            Some(DeferredDue { due_at, waits_for }) => self.skip(policy, due_at, waits_for.into()).await,
            None => Ok(()),
        }
    }

    /// Until when the org takes no calls of what runs by itself.
    pub(crate) fn limited_until(&self) -> Option<DateTime<Utc>> {
        let now = self.0.clock.now();
        self.0.retention.limited_until.lock().filter(|until| now < *until)
    }

    /// The org asked to wait until then.
    pub(crate) fn org_waits_until(&self, until: DateTime<Utc>) {
        let mut limited = self.0.retention.limited_until.lock();
        *limited = (*limited).max(Some(until));
    }

    /// When the org takes calls again, where this failure says that it asked for an hour or more.
    pub(crate) fn limit_in(&self, failure: &Failure) -> Option<DateTime<Utc>> {
        let wait = Duration::from_millis(failure.retry_after_ms?.into());
        let wait = TimeDelta::from_std(wait).ok().filter(|_| wait >= LONG)?;
        self.0.clock.now().checked_add_signed(wait)
    }

    /// The failure with the time of day at which the org takes calls again, where it asked for an hour or more.
    pub(crate) fn told_with_time(&self, failure: Failure) -> Failure {
        let Some(until) = self.limit_in(&failure) else { return failure };
        let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
        Failure {
            code: FailureCode::RateLimited,
            message: format!("{} The org takes no more calls until {until}.", failure.message),
            next: format!("Try again after {until}."),
            ..failure
        }
    }
}
