use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// How a run is carried out. Kept in the run's journal, so a resume obeys them again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunOptions {
    /// Deletes at most, in each start or resume; the run then pauses.
    pub max: Option<u64>,
    /// Deletes asked for in a minute at most; without it the rate budget alone sets the pace.
    pub pace: Option<NonZeroU32>,
}

/// What a person wants of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Go,
    Pause,
    Cancel,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub wanted: Wanted,
    pub pace: Option<NonZeroU32>,
}

/// Steers a run while it is carried out; cheap to clone. Everything takes effect between two deletes: those in flight
/// are waited for.
#[derive(Debug, Clone)]
pub struct RunControl(pub(super) watch::Sender<Request>);

impl RunControl {
    pub(super) fn new(pace: Option<NonZeroU32>) -> Self {
        Self(watch::Sender::new(Request { wanted: Wanted::Go, pace }))
    }

    /// Ends this activation in state paused; [`Run::resume`](super::Run::resume) goes on, with a fresh look at the guests.
    pub fn pause(&self) {
        self.0.send_modify(|requested| requested.wanted = Wanted::Pause);
    }

    /// Takes a pause back that has not taken effect yet; after that only [`Run::resume`](super::Run::resume) helps.
    pub fn resume(&self) {
        self.0.send_modify(|requested| {
            requested.wanted = if requested.wanted == Wanted::Cancel { Wanted::Cancel } else { Wanted::Go }
        });
    }

    /// Ends the run for good. The guests that are left stay, and count as remaining.
    pub fn cancel(&self) {
        self.0.send_modify(|requested| requested.wanted = Wanted::Cancel);
    }

    /// The pace as it is set now.
    #[must_use]
    pub fn pace(&self) -> Option<NonZeroU32> {
        self.0.borrow().pace
    }

    /// Another pace from the next delete on; `None` leaves it to the rate budget. Holds until this activation ends.
    pub fn set_pace(&self, pace: Option<NonZeroU32>) {
        self.0.send_modify(|requested| requested.pace = pace);
    }
}
