//! The deletes of one slice: two in flight at most, paced, stoppable between two deletes.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    Outcome, RunProgress,
    control::{Request, Wanted},
    ledger::{Ledger, LineState},
};
use crate::{
    OrgError, OrgPort, PlanLine, Removed, SpareReason,
    backoff::{self, DELETE_ASKS},
};

/// Why a run goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Halt {
    /// A person asked for a pause.
    Paused,
    /// A person asked for the end.
    Cancelled,
    /// As many deletes as this activation may make.
    Cap,
    /// The org does not let us go on: it refuses (401, 403), or it could not be asked.
    Stopped { why: String, refused: bool },
}

impl Halt {
    pub fn wished(wish: &Request) -> Option<Self> {
        match wish.ask {
            Wanted::Go => None,
            Wanted::Pause => Some(Self::Paused),
            Wanted::Cancel => Some(Self::Cancelled),
        }
    }
}

/// What outlives a slice: pace and rate.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    last: Option<Instant>,
    recent: VecDeque<Instant>,
}

impl Pacing {
    /// When the next delete may leave.
    fn next(&self, wish: &Request) -> Option<Instant> {
        let pace = wish.pace?;
        self.last.map(|last| last + Duration::from_secs(60) / pace.get())
    }

    fn deleted(&mut self, now: Instant) {
        const WINDOW: usize = 64;
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
    }

    /// Deletes a minute over the last few.
    pub fn rate(&self) -> f64 {
        match (self.recent.front(), self.recent.back()) {
            (Some(first), Some(last)) if last > first => {
                (self.recent.len() - 1) as f64 * 60.0 / last.duration_since(*first).as_secs_f64()
            }
            _ => 0.0,
        }
    }
}

/// A due line and whether an earlier delete of ours may have worked.
pub(super) struct Doomed {
    pub line: u64,
    pub guest: PlanLine,
    pub in_doubt: bool,
}

pub(super) struct Slice<'a> {
    pub org: &'a dyn OrgPort,
    pub doomed: &'a [Doomed],
    pub wish: watch::Receiver<Request>,
    pub progress: &'a watch::Sender<RunProgress>,
    /// Deletes this activation may still make.
    pub cap: Option<u64>,
}

/// What a slice came to: outcomes, and the lines for which surely no delete left.
pub(super) struct Done {
    pub outcomes: Vec<(u64, Outcome)>,
    pub withdrawn: Vec<u64>,
    pub halt: Option<SliceHalt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SliceHalt {
    Wished,
    Stopped(String),
    /// Lines are left and the cap is used up.
    Cap,
}

struct State<'a> {
    next: usize,
    /// Deletes made, and those in flight that may become one.
    taken: u64,
    outcomes: Vec<(u64, Outcome)>,
    withdrawn: Vec<u64>,
    stopped: Option<String>,
    ledger: &'a mut Ledger,
    pacing: &'a mut Pacing,
}

enum Verdict {
    Settled(Outcome),
    /// Interrupted; true when an ask of ours may have worked.
    Left {
        perhaps: bool,
    },
}

impl Slice<'_> {
    pub async fn run(&self, ledger: &mut Ledger, pacing: &mut Pacing) -> Done {
        let state = Mutex::new(State {
            next: 0,
            taken: 0,
            outcomes: Vec::with_capacity(self.doomed.len()),
            withdrawn: Vec::new(),
            stopped: None,
            ledger,
            pacing,
        });
        let stop = watch::Sender::new(false);
        tokio::join!(self.work(&state, &stop), self.work(&state, &stop));
        let State { next, outcomes, mut withdrawn, stopped, .. } =
            state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let untried = &self.doomed[next..];
        withdrawn.extend(untried.iter().filter(|d| !d.in_doubt).map(|d| d.line));
        let halt = match stopped {
            Some(why) => Some(SliceHalt::Stopped(why)),
            None if self.wish.borrow().ask != Wanted::Go => Some(SliceHalt::Wished),
            None => (!untried.is_empty()).then_some(SliceHalt::Cap),
        };
        Done { outcomes, withdrawn, halt }
    }

    async fn work(&self, state: &Mutex<State<'_>>, stop: &watch::Sender<bool>) {
        while let Some(doomed) = self.take(state) {
            let verdict = self.delete(doomed, state, stop).await;
            self.put(state, doomed, verdict);
        }
    }

    fn take(&self, state: &Mutex<State<'_>>) -> Option<&Doomed> {
        let mut state = lock(state);
        let capped = self.cap.is_some_and(|cap| state.taken >= cap);
        if capped || state.stopped.is_some() || self.wish.borrow().ask != Wanted::Go {
            return None;
        }
        let doomed = self.doomed.get(state.next)?;
        state.next += 1;
        state.taken += 1;
        Some(doomed)
    }

    fn put(&self, state: &Mutex<State<'_>>, doomed: &Doomed, verdict: Verdict) {
        let mut state = lock(state);
        let state = &mut *state;
        if !matches!(verdict, Verdict::Settled(Outcome::Deleted { .. })) {
            state.taken -= 1;
        }
        // A line that failed before keeps that outcome until it has another; it must not hide the new doubt.
        let verdict = match verdict {
            Verdict::Left { perhaps: true } if state.ledger.line(doomed.line) == LineState::Failed => {
                Verdict::Settled(Outcome::failed(
                    "stopped before it was known whether the delete had worked",
                    true,
                ))
            }
            verdict => verdict,
        };
        match verdict {
            // The intent stays open, which says just that.
            Verdict::Left { perhaps: true } => {}
            Verdict::Left { perhaps: false } => state.withdrawn.push(doomed.line),
            Verdict::Settled(outcome) => {
                if matches!(outcome, Outcome::Deleted { .. }) {
                    state.pacing.deleted(Instant::now());
                }
                state.ledger.settle(doomed.line, &outcome).expect("the line was read from this run's plan");
                state.outcomes.push((doomed.line, outcome));
                let (ledger, rate) = (&state.ledger, state.pacing.rate());
                self.progress.send_modify(|p| {
                    *p = RunProgress { rate, batch: p.batch, ..ledger.progress(p.state) };
                });
            }
        }
    }

    /// Deletes one guest, asking again where that is worth it.
    async fn delete(&self, doomed: &Doomed, state: &Mutex<State<'_>>, stop: &watch::Sender<bool>) -> Verdict {
        let PlanLine { id, version, .. } = doomed.guest;
        let mut wish = self.wish.clone();
        let mut stopped = stop.subscribe();
        let mut perhaps = doomed.in_doubt;
        let mut asks = 0;
        let mut not_before = None;
        loop {
            if !self.may_leave(state, not_before, &mut wish, &mut stopped).await {
                return Verdict::Left { perhaps };
            }
            // The batch was looked at a while ago; holds and outbox are at hand, so they are asked once more.
            let kept = if self.org.holds().names(id) {
                Some((SpareReason::Hold, "a hold was added"))
            } else if !self.org.with_undelivered(&[id]).is_empty() {
                Some((SpareReason::Undelivered, "a message came in"))
            } else {
                None
            };
            if let Some((why, what)) = kept {
                return Verdict::Settled(if perhaps {
                    let why = format!("{what} while it was not known whether the delete had worked");
                    Outcome::failed(&why, true)
                } else {
                    Outcome::Spared { why }
                });
            }
            asks += 1;
            let outcome = match self.org.delete(id, version).await {
                Ok(Removed::Deleted) => Outcome::Deleted { inferred: false },
                Ok(Removed::Inferred) => Outcome::Deleted { inferred: true },
                Ok(Removed::AlreadyGone) if perhaps => Outcome::Deleted { inferred: true },
                Ok(Removed::AlreadyGone) => Outcome::AlreadyGone,
                Ok(Removed::Changed) => Outcome::Spared { why: SpareReason::ChangedSincePlan },
                Err(OrgError::Failed { why }) => Outcome::failed(&why, perhaps),
                Err(OrgError::Stop { why }) => {
                    lock(state).stopped.get_or_insert(why);
                    stop.send_replace(true);
                    return Verdict::Left { perhaps };
                }
                Err(OrgError::Retry { why, after, perhaps_done }) => {
                    perhaps |= perhaps_done;
                    if asks < DELETE_ASKS {
                        not_before = Some(Instant::now() + backoff::pause(asks, after, id.0.as_u64_pair().1));
                        continue;
                    }
                    Outcome::failed(&why, perhaps)
                }
            };
            return Verdict::Settled(outcome);
        }
    }

    /// Waits for the back-off and for a slot of the pace, and takes the slot; false when the run has to stop.
    async fn may_leave(
        &self,
        state: &Mutex<State<'_>>,
        not_before: Option<Instant>,
        wish: &mut watch::Receiver<Request>,
        stopped: &mut watch::Receiver<bool>,
    ) -> bool {
        loop {
            let now = Instant::now();
            let wished = *wish.borrow_and_update();
            if wished.ask != Wanted::Go || *stopped.borrow_and_update() {
                return false;
            }
            let until = {
                let mut state = lock(state);
                let until = state.pacing.next(&wished).max(not_before).filter(|&until| until > now);
                if until.is_none() {
                    state.pacing.last = Some(now);
                }
                until
            };
            let Some(until) = until else { return true };
            tokio::select! {
                () = sleep_until(until) => {}
                _ = wish.changed() => {}
                _ = stopped.changed() => {}
            }
        }
    }
}

fn lock<'a, 'b>(state: &'a Mutex<State<'b>>) -> MutexGuard<'a, State<'b>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
