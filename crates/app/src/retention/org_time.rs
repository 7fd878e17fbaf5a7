//! What time it is by the org, and whether this computer's clock can be believed beside that.

use std::time::Duration;

use chrono::{DateTime, Utc};
use genesys::Lane;
use retention::clock_jump::ClockOff;
use tokio::time::timeout;

use crate::{App, Failure, OrgClock};

/// How long the org is asked what time it is, where a person waits for a run to begin.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl App {
    /// Looks at the clock without asking the org, so that the next look has something to compare with.
    pub(crate) async fn look_at_clock(&self) -> Result<(), Failure> {
        let now = self.0.clock.now();
        let check = &self.0.retention.clock_check;
        match check.check(now, None) {
            Ok(()) => check.keep(&self.0.store, now).await,
            Err(_) => Ok(()),
        }
    }

    /// Whether the clock can be believed, after asking the org, whose own clock decides where it shows it.
    pub(crate) async fn clock_jump(&self, lane: Lane) -> Result<Result<(), ClockOff>, Failure> {
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
        let asked = timeout(LONGEST_WAIT, self.clock_jump(Lane::Person)).await;
        if !matches!(asked, Ok(Ok(_))) {
            tracing::info!("the org did not tell its time before a run");
        }
    }

    /// A person says that the clock is right.
    pub(crate) fn trust_clock(&self) {
        self.0.retention.clock_check.trust(self.0.clock.now());
    }
}
