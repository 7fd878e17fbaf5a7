//! Whether this computer's clock can be believed: a cut-off is counted from it, so one that runs ahead would let guests go
//! that are too young.

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use retention::clock_jump::{self, ClockOff, ClockReading};
use store::{Batch, Store, Table};
use tokio::time::Instant;

use crate::Failure;

const KEY: &str = "clock";

/// How old the look on the disk may be; it only serves to see a clock that went back over a restart.
const BETWEEN_KEPT: TimeDelta = TimeDelta::hours(1);

pub(crate) struct ClockCheck {
    /// The last look at a clock that was believed, and when that was by the clock that cannot be set.
    trusted: Mutex<Option<(DateTime<Utc>, Option<Instant>)>>,
    table: Table<String, DateTime<Utc>>,
    kept: Mutex<Option<DateTime<Utc>>>,
}

impl ClockCheck {
    pub(crate) fn open(store: &Store) -> Result<Self, Failure> {
        let table: Table<String, DateTime<Utc>> = store.table("retention-look");
        let kept = table.get(&KEY.to_owned())?;
        Ok(Self { trusted: Mutex::new(kept.map(|at| (at, None))), table, kept: kept.into() })
    }

    pub(crate) fn check(&self, now: DateTime<Utc>, org: Option<DateTime<Utc>>) -> Result<(), ClockOff> {
        let mut trusted = self.trusted.lock();
        let last = trusted.map(|(at, seen)| ClockReading { at, passed: seen.map(|seen| seen.elapsed()) });
        clock_jump::check(last, now, org)?;
        // One that is not believed stays so until it is set right, the org says otherwise or a person does.
        *trusted = Some((now, Some(Instant::now())));
        Ok(())
    }

    /// Keeps the look at a clock that is believed on the disk, where the one there is old.
    pub(super) async fn keep(&self, store: &Store, now: DateTime<Utc>) -> Result<(), Failure> {
        let kept = *self.kept.lock();
        if kept.is_some_and(|kept| (kept..kept + BETWEEN_KEPT).contains(&now)) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(&self.table, &KEY.to_owned(), &now)?;
        store.commit_async(batch).await?;
        *self.kept.lock() = Some(now);
        Ok(())
    }

    /// A person says that the clock is right.
    pub(super) fn trust(&self, now: DateTime<Utc>) {
        *self.trusted.lock() = Some((now, Some(Instant::now())));
    }
}
