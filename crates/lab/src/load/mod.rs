//! Many guests at once, each of whom writes the same number of messages: what arrived, what did not, and how long it took.

mod guest;
mod tally;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};

pub use tally::{LoadProgress, LoadResult};

use crate::{
    run::{Mask, Target},
    scenario::{Action, Step, Suite},
};
use guest::{GuestPlan, chat};
use tally::Tally;

/// How much.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// How many guests.
    pub guests: u32,
    /// Over which time they come, evenly.
    pub ramp: Duration,
    /// How many messages each writes; else as many as the file has `say` steps.
    pub messages: Option<u32>,
    /// When it ends at the latest.
    pub limit: Duration,
    /// How long connecting may take, and how long nothing may come, before a guest gives up.
    pub patience: Duration,
}

/// A load that can be looked at while it goes on. Clones are the same load.
#[derive(Clone)]
pub struct Load {
    target: Target,
    plan: Arc<GuestPlan>,
    options: LoadOptions,
    tally: Arc<Tally>,
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("target", &self.target)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Load {
    /// Guests who go round the `say` steps of a file; nothing where it has none.
    #[must_use]
    pub fn new(target: Target, suite: &Suite, options: LoadOptions) -> Option<Self> {
        let texts: Vec<String> =
            suite.scenarios.iter().flat_map(|scenario| &scenario.steps).filter_map(said).collect();
        if texts.is_empty() {
            return None;
        }
        let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let plan =
            GuestPlan { messages: options.messages.unwrap_or(count), texts, patience: options.patience };
        let planned = u64::from(options.guests) * u64::from(plan.messages);
        let tally = Arc::new(Tally::new(options.guests, planned, Mask::new(&suite.masked)));
        Some(Self { target, plan: Arc::new(plan), options, tally })
    }

    /// Lets them come, write and go. Dropping the future closes every chat.
    pub async fn run(&self) {
        let begun = Instant::now();
        let end = begun + self.options.limit;
        let mut guests = JoinSet::new();
        for number in 0..self.options.guests {
            let this = self.clone();
            let part = f64::from(number) / f64::from(self.options.guests.max(1));
            let comes = begun + self.options.ramp.mul_f64(part);
            guests.spawn(async move {
                let chat = async {
                    sleep_until(comes).await;
                    chat(&this.target, &this.plan, &this.tally).await;
                };
                // What a guest did not do by the end is in the tally already.
                drop(timeout_at(end, chat).await);
            });
        }
        while guests.join_next().await.is_some() {}
    }

    /// How many guests are to come.
    #[must_use]
    pub fn guests(&self) -> u32 {
        self.options.guests
    }

    /// How many messages are to be written.
    #[must_use]
    pub fn planned(&self) -> u64 {
        u64::from(self.options.guests) * u64::from(self.plan.messages)
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> LoadProgress {
        self.tally.progress()
    }

    /// What came of it so far.
    #[must_use]
    pub fn result(&self) -> LoadResult {
        self.tally.result()
    }
}

fn said(step: &Step) -> Option<String> {
    match &step.action {
        Action::Say(text) => Some(text.clone()),
        Action::Optional(step) | Action::Within { step, .. } => said(step),
        _ => None,
    }
}
