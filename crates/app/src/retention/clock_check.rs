//! Whether this computer's clock can be believed: a cut-off is counted from it, so one that runs ahead would let guests go
//! that are too young.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use genesys::Lane;
use retention::clock_jump::{self, ClockReading, Jump};
use store::{Batch, Store, Table};
use tokio::time::{Instant, timeout};

use crate::{App, Failure, OrgClock};

const KEY: &str = "clock";

/// How old the look on the disk may be; it only serves to see a clock that went back over a restart.
const BETWEEN_KEPT: TimeDelta = TimeDelta::hours(1);

/// How long the org is asked what time it is, where a person waits for a run to begin.
const PATIENCE: Duration = Duration::from_secs(10);

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

    pub(crate) fn check(&self, now: DateTime<Utc>, org: Option<DateTime<Utc>>) -> Jump {
        let mut trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
        let last = trusted.map(|(at, seen)| ClockReading { at, passed: seen.map(|seen| seen.elapsed()) });
        let jump = clock_jump::check(last, now, org);
        // One that is not believed stays so until it is set right, the org says otherwise or a person does.
        if jump == Jump::None {
            *trusted = Some((now, Some(Instant::now())));
        }
        jump
    }
}

impl App {
    /// A look in passing, so that the next one has something to compare with.
    pub(crate) async fn look_at_clock(&self) -> Result<(), Failure> {
        let now = self.0.clock.now();
        let check = &self.0.retention.clock_check;
        if check.check(now, None) == Jump::None {
            self.keep_look(now).await?;
        }
        Ok(())
    }

    async fn keep_look(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        let check = &self.0.retention.clock_check;
        let kept = *check.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_some_and(|kept| (kept..kept + BETWEEN_KEPT).contains(&now)) {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.put(&check.table, &KEY.to_owned(), &now)?;
        self.0.store.commit_async(batch).await?;
        *check.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }

    /// Whether the clock can be believed, after asking the org, whose own clock decides where it shows it.
    pub(crate) async fn clock_jump(&self, lane: Lane) -> Result<Jump, Failure> {
        self.0.org.access.ping(lane).await?;
        Ok(self.0.retention.clock_check.check(self.0.clock.now(), self.org_shown()))
    }

    /// What the org's own clock shows by now, as far as its last answer told.
    pub(crate) fn org_shown(&self) -> Option<DateTime<Utc>> {
        (self.0.org_clock == OrgClock::Compared).then(|| self.0.org.pipeline.org_time()).flatten()
    }

    /// Asks the org what time it is, before a run that a person starts. One that does not answer in time leaves the clock
    /// to what is known of it; the run will say that the org is away.
    pub(crate) async fn look_at_clock_by_hand(&self) {
        let asked = timeout(PATIENCE, self.clock_jump(Lane::Person)).await;
        if !matches!(asked, Ok(Ok(_))) {
            tracing::info!("the org did not tell its time before a run");
        }
    }

    /// A person says that the clock is right.
    pub(crate) fn trust_clock(&self) {
        let now = self.0.clock.now();
        let mut trusted = self.0.retention.clock_check.trusted.lock().unwrap_or_else(PoisonError::into_inner);
        *trusted = Some((now, Some(Instant::now())));
    }
}
