//! A drain by hand: until nothing waits, or the time is over.

use std::{sync::atomic::Ordering, time::Duration};

use chrono::{DateTime, Utc};
use outbox::{FixedWait, LaneFilter, LaneKind};
use serde::Serialize;
use tokio::time::sleep;

use crate::{App, Failure, FailureCode, outbox::courier::OrgCourier};

/// What a drain came to (`cli.md`, `outbox drain`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DrainSummary {
    /// Delivered by this drain.
    pub delivered: u64,
    /// Neither delivered, dead nor uncertain: what is left.
    pub waiting: u64,
    /// Perhaps processed: what is left.
    pub uncertain: u64,
    /// Died in this drain.
    pub dead: u64,
    /// Conversations that stand still until a person decides about a message.
    #[serde(skip)]
    pub undecided: u64,
    /// The org answered at least once.
    #[serde(skip)]
    pub reached: bool,
    /// Chats by the guest socket whose guest the org did not know any more: what went there since began a new conversation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_guests: Vec<String>,
    /// What messages wait for that no other wait shortens.
    #[serde(skip)]
    pub fixed_wait: Option<FixedWait>,
    /// The org said in this drain that it is asked too often.
    #[serde(skip)]
    pub is_limited: bool,
    /// What the last attempt came to for the message that waits in front.
    #[serde(skip)]
    pub waits_because: Option<String>,
    /// Why the whole outbox stands still.
    #[serde(skip)]
    pub paused: Option<Failure>,
}

impl App {
    /// What is left to deliver, as a drain counts it that did nothing yet.
    pub fn outbox_left(&self) -> DrainSummary {
        let now = self.0.outbox.counts();
        DrainSummary { waiting: now.waiting, uncertain: now.uncertain, ..DrainSummary::default() }
    }

    /// Delivers what waits until nothing is left, `max_wait` is over or `stop` comes; `each` hears at least once a second.
    /// At the end no further attempt begins, and those under way get [`GRACE`] to be answered.
    ///
    /// # Errors
    /// A failing disk. What the org answered is in the summary.
    pub async fn outbox_drain(
        &self,
        max_wait: Duration,
        stop: impl Future<Output = ()>,
        mut each: impl FnMut(&DrainSummary),
    ) -> Result<DrainSummary, Failure> {
        let _short_waits = ShortWaits::new(&self.0.outbox);
        let courier = self.courier();
        let mut drain =
            Drain { app: self, began: self.0.clock.now(), before: self.0.outbox.totals(), reached: false };
        let over = async {
            tokio::select! {
                () = stop => {}
                () = sleep(max_wait) => {}
            }
        };
        tokio::pin!(over);
        loop {
            let round = self.0.outbox.drain(&courier);
            tokio::pin!(round);
            let (report, ended) = loop {
                tokio::select! {
                    report = &mut round => break (report, false),
                    () = &mut over => {
                        courier.closing.store(true, Ordering::Relaxed);
                        break (self.wind_up(round.as_mut()).await, true);
                    }
                    () = sleep(BETWEEN_NEWS) => each(&drain.summary(&courier)),
                }
            };
            if !ended {
                self.learn_org_ids(courier.delivered_by_socket()).await;
            }
            drain.reached |= report.reached;
            if let Some(error) = report.error {
                return Err(error.into());
            }
            let summary = drain.summary(&courier);
            each(&summary);
            let Some(wait) = report.next_due.filter(|_| !ended && summary.paused.is_none()) else {
                return Ok(summary);
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = &mut over => return Ok(summary),
            }
        }
    }

    /// Waits for the attempts under way; what is not answered in time is cut off, which leaves it waiting where it had not
    /// left yet and uncertain where it had.
    pub(super) async fn wind_up(
        &self,
        mut round: impl Future<Output = outbox::DrainReport> + Unpin,
    ) -> outbox::DrainReport {
        if let Ok(report) = tokio::time::timeout(GRACE, &mut round).await {
            return report;
        }
        self.0.org.pipeline.set_online(false);
        let report = round.await;
        self.0.org.pipeline.set_online(true);
        report
    }
}

/// The status of an answer that says that there were too many requests.
const TOO_MANY: u16 = 429;

/// How long attempts that are under way are waited for when the time given is over.
const GRACE: Duration = Duration::from_secs(2);

/// Between two words on how far a drain is.
const BETWEEN_NEWS: Duration = Duration::from_secs(1);

/// While a person watches, waits that the org did not name stay under this (`cli.md`, `outbox drain`).
const WATCHED_WAIT: Duration = Duration::from_secs(5);

/// Holds the waits short and lifts a pause: who drains by hand wants it tried now.
struct ShortWaits<'a>(&'a outbox::Outbox);

impl<'a> ShortWaits<'a> {
    fn new(outbox: &'a outbox::Outbox) -> Self {
        outbox.cap_waits(WATCHED_WAIT);
        outbox.wake(outbox::Wake::Person);
        Self(outbox)
    }
}

impl Drop for ShortWaits<'_> {
    fn drop(&mut self) {
        self.0.cap_waits(outbox::Options::default().max_wait);
    }
}

/// A drain and where it began.
struct Drain<'a> {
    app: &'a App,
    began: DateTime<Utc>,
    before: outbox::Totals,
    reached: bool,
}

impl Drain<'_> {
    fn summary(&self, courier: &OrgCourier<'_>) -> DrainSummary {
        let inner = &self.app.0;
        let (now, since) = (inner.outbox.counts(), inner.outbox.totals());
        let requests = inner.org.pipeline.requests();
        let statuses = || requests.iter().filter(|r| r.at >= self.began).filter_map(|r| r.status);
        let paused = inner.outbox.paused().map(|why| {
            let by = courier.paused_by.lock().clone();
            let failure = by.unwrap_or_else(|| Failure::new(FailureCode::Forbidden, why));
            Failure { message: format!("The outbox is paused: {}", failure.message), ..failure }
        });
        DrainSummary {
            delivered: since.delivered.saturating_sub(self.before.delivered),
            waiting: now.waiting,
            uncertain: now.uncertain,
            dead: since.dead.saturating_sub(self.before.dead),
            reached: self.reached || statuses().next().is_some(),
            undecided: inner.outbox.undecided(),
            new_guests: self.app.lab_new_guests(),
            fixed_wait: inner.outbox.fixed_wait(),
            is_limited: statuses().any(|status| status == TOO_MANY),
            waits_because: first_reason(&inner.outbox),
            paused,
        }
    }
}

/// Why the first of the messages that wait does so, where an attempt was made for it.
fn first_reason(outbox: &outbox::Outbox) -> Option<String> {
    let states = vec![LaneKind::Waiting, LaneKind::Uncertain];
    outbox.lanes(&LaneFilter { states, ..LaneFilter::default() }, 0, 1).lanes.into_iter().next()?.why
}

impl DrainSummary {
    /// Why the drain did not end well, in the order of `cli.md`; `None` when it did, or in part.
    pub fn failure(&self) -> Option<Failure> {
        if let Some(failure) = &self.paused {
            return Some(failure.clone());
        }
        let left = self.waiting + self.uncertain > 0;
        if left && !self.reached && self.undecided == 0 {
            return Some(Failure::new(
                FailureCode::Unreachable,
                "The org was never reached; everything is kept.",
            ));
        }
        // An uncertain one that waits for a time of its own does so like any other.
        if self.waiting > 0 || (self.uncertain > 0 && self.fixed_wait.is_some()) {
            let why = self.waits_because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            // Without an attempt that failed, or where the org said so, the rate limit is what they wait for.
            let is_limited = match self.fixed_wait {
                Some(FixedWait::Told) => true,
                _ => self.waits_because.is_none() || self.is_limited,
            };
            let code = if is_limited { FailureCode::RateLimited } else { FailureCode::StillWaiting };
            let failure = Failure::new(code, format!("Some messages still wait{why}; everything is kept."));
            if self.undecided > 0 && self.fixed_wait.is_none() {
                return Some(failure.with_next(
                    "Some wait for your decision about an uncertain message: see `outbox list --state uncertain`, then give \
                     `outbox mark-delivered ID`, `outbox send-again ID` or `outbox discard ID`.",
                ));
            }
            return Some(failure);
        }
        None
    }
}
