//! The deletes of one slice: two requests in flight at most, paced, stoppable between two deletes.

use std::{
    collections::HashMap,
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
    pacing::Pacing,
};
use crate::{
    OrgAbilities, OrgError, OrgPort, PlanLine, Removed,
    backoff::{self, DELETE_ASKS},
};
use model::Doomed;
use proof::{CertifiedOutcome, SpareReason};

/// So long after a look it still says how guests are: a write to the disk, and no wait for a pace or for the org.
const JUST_NOW: Duration = Duration::from_secs(1);

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
    /// The org asked for a wait that is too long to be waited for.
    Later { after: Duration },
}

impl Halt {
    pub fn requested(requested: &Request) -> Option<Self> {
        match requested.wanted {
            Wanted::Go => None,
            Wanted::Pause => Some(Self::Paused),
            Wanted::Cancel => Some(Self::Cancelled),
        }
    }
}

/// A due line, as the last look found it fit to be deleted.
pub(super) struct DueLine {
    pub line: u64,
    pub guest: PlanLine,
    /// Whether an earlier delete of ours may have worked.
    pub in_doubt: bool,
}

pub(super) struct Slice<'a> {
    pub org: &'a dyn OrgPort,
    pub abilities: OrgAbilities,
    pub due: &'a [DueLine],
    /// When the org was asked for them.
    pub looked_at: Instant,
    pub requested: watch::Receiver<Request>,
    pub progress: &'a watch::Sender<RunProgress>,
    /// Deletes this activation may still make.
    pub cap: Option<u64>,
}

/// What a slice came to: outcomes, and the lines for which surely no delete left.
pub(super) struct Done {
    pub outcomes: Vec<(u64, Outcome)>,
    pub withdrawn: Vec<u64>,
    pub halt: Option<Halt>,
}

struct State<'a> {
    next: usize,
    /// Deletes made, and those in flight that may become one.
    taken: u64,
    outcomes: Vec<(u64, Outcome)>,
    withdrawn: Vec<u64>,
    stopped: Option<String>,
    /// The longest wait that the org asked for, where that is too long to be waited for.
    later: Option<Duration>,
    pacing: &'a mut Pacing,
}

/// A guest whose delete is asked for, perhaps not for the first time.
struct Attempt<'a> {
    due: &'a DueLine,
    /// Whether one of the tries may have worked.
    perhaps: bool,
}

enum Verdict {
    Settled(Outcome),
    /// Interrupted; true when an ask of ours may have worked.
    Left {
        perhaps: bool,
    },
}

impl Slice<'_> {
    pub async fn run(&self, pacing: &mut Pacing) -> Done {
        let state = Mutex::new(State {
            next: 0,
            taken: 0,
            outcomes: Vec::with_capacity(self.due.len()),
            withdrawn: Vec::new(),
            stopped: None,
            later: None,
            pacing,
        });
        let stop = watch::Sender::new(false);
        tokio::join!(self.work(&state, &stop), self.work(&state, &stop));
        let State { next, outcomes, mut withdrawn, stopped, later, .. } =
            state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let untried = &self.due[next..];
        withdrawn.extend(untried.iter().filter(|d| !d.in_doubt).map(|d| d.line));
        let halt = match (stopped, later) {
            (Some(why), _) => Some(Halt::Stopped { why, refused: true }),
            (None, Some(after)) => Some(Halt::Later { after }),
            (None, None) => Halt::requested(&self.requested.borrow())
                .or_else(|| (!untried.is_empty()).then_some(Halt::Cap)),
        };
        Done { outcomes, withdrawn, halt }
    }

    async fn work(&self, state: &Mutex<State<'_>>, stop: &watch::Sender<bool>) {
        loop {
            let part = self.take(state);
            if part.is_empty() {
                return;
            }
            self.remove(part, state, stop).await;
        }
    }

    /// As many lines as the org deletes at once, as far as the cap allows; none when the slice is over.
    fn take(&self, state: &Mutex<State<'_>>) -> &[DueLine] {
        let mut state = lock(state);
        if state.stopped.is_some() || state.later.is_some() || self.requested.borrow().wanted != Wanted::Go {
            return &[];
        }
        let under_cap = self.cap.map_or(u64::MAX, |cap| cap.saturating_sub(state.taken));
        let most = self.abilities.remove_at_once.max(1).min(usize::try_from(under_cap).unwrap_or(usize::MAX));
        let left = &self.due[state.next..];
        let part = &left[..most.min(left.len())];
        state.next += part.len();
        state.taken += part.len() as u64;
        part
    }

    fn put(&self, state: &Mutex<State<'_>>, due: &DueLine, verdict: Verdict) {
        let mut state = lock(state);
        let state = &mut *state;
        if !matches!(verdict, Verdict::Settled(Outcome::Deleted { .. })) {
            state.taken -= 1;
        }
        // A line that failed before keeps that outcome until it has another; it must not hide the new doubt.
        let verdict = match verdict {
            Verdict::Left { perhaps: true }
                if self.progress.borrow().ledger.line(due.line) == CertifiedOutcome::Failed =>
            {
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
            Verdict::Left { perhaps: false } => state.withdrawn.push(due.line),
            Verdict::Settled(outcome) => {
                if matches!(outcome, Outcome::Deleted { .. }) {
                    state.pacing.deleted(Instant::now());
                }
                let rate = state.pacing.rate();
                self.progress.send_modify(|progress| {
                    progress.settle(due.line, &outcome);
                    progress.rate = rate;
                });
                state.outcomes.push((due.line, outcome));
            }
        }
    }

    /// Deletes guests in one request, asking again for those where that is worth it.
    async fn remove(&self, part: &[DueLine], state: &Mutex<State<'_>>, stop: &watch::Sender<bool>) {
        let mut requested = self.requested.clone();
        let mut stopped = stop.subscribe();
        let mut left: Vec<Attempt> = part.iter().map(|due| Attempt { due, perhaps: due.in_doubt }).collect();
        let mut asks = 0;
        let mut not_before = None;
        loop {
            if !self.may_leave(state, left.len(), not_before, &mut requested, &mut stopped).await {
                for Attempt { due, perhaps } in left {
                    self.put(state, due, Verdict::Left { perhaps });
                }
                return;
            }
            left.retain(|attempt| match self.kept(attempt) {
                Some(outcome) => {
                    self.put(state, attempt.due, Verdict::Settled(outcome));
                    false
                }
                None => true,
            });
            if left.is_empty() {
                return;
            }
            asks += 1;
            let names_revision = asks > 1 || !self.was_looked_at_just_now();
            let doomed = left.iter().map(|Attempt { due: DueLine { guest, .. }, .. }| Doomed {
                id: guest.id,
                revision: names_revision.then(|| guest.revision.clone()),
            });
            let goes_on = || !*stop.borrow() && self.requested.borrow().wanted == Wanted::Go;
            let mut answers: HashMap<_, _> =
                self.org.remove(&doomed.collect::<Vec<_>>(), &goes_on).await.into_iter().collect();
            let mut pause = None;
            let mut again = Vec::new();
            for Attempt { due, mut perhaps } in left {
                let id = due.guest.id;
                let verdict = match answers.remove(&id).unwrap_or_else(unanswered) {
                    Ok(Removed::Deleted) => Verdict::Settled(Outcome::Deleted { inferred: false }),
                    Ok(Removed::Inferred) => Verdict::Settled(Outcome::Deleted { inferred: true }),
                    Ok(Removed::AlreadyGone) if perhaps => {
                        Verdict::Settled(Outcome::Deleted { inferred: true })
                    }
                    Ok(Removed::AlreadyGone) => Verdict::Settled(Outcome::AlreadyGone),
                    Ok(Removed::Changed) => {
                        Verdict::Settled(Outcome::Spared { why: SpareReason::ChangedSincePlan })
                    }
                    Err(OrgError::Stop { why }) => {
                        lock(state).stopped.get_or_insert(why);
                        stop.send_replace(true);
                        Verdict::Left { perhaps }
                    }
                    Err(OrgError::Retry { after: Some(after), perhaps_done, .. })
                        if backoff::is_long(Some(after)) =>
                    {
                        let mut state = lock(state);
                        state.later = state.later.max(Some(after));
                        drop(state);
                        stop.send_replace(true);
                        Verdict::Left { perhaps: perhaps | perhaps_done }
                    }
                    // Stopped while it waited: it is no failure of the guest's.
                    Err(OrgError::Retry { perhaps_done, .. }) if !goes_on() => {
                        Verdict::Left { perhaps: perhaps | perhaps_done }
                    }
                    Err(OrgError::Retry { why, after, perhaps_done }) => {
                        perhaps |= perhaps_done;
                        if asks < DELETE_ASKS {
                            pause = pause.max(Some(backoff::pause(asks, after, id.0.as_u64_pair().1)));
                            again.push(Attempt { due, perhaps });
                            continue;
                        }
                        Verdict::Settled(Outcome::failed(&why, perhaps))
                    }
                    Err(OrgError::Failed { why }) => Verdict::Settled(Outcome::failed(&why, perhaps)),
                    Err(e @ (OrgError::ScanExpired | OrgError::Unjudged { .. })) => {
                        Verdict::Settled(Outcome::failed(&e.to_string(), perhaps))
                    }
                };
                self.put(state, due, verdict);
            }
            if again.is_empty() {
                return;
            }
            (left, not_before) = (again, pause.map(|pause| Instant::now() + pause));
        }
    }

    /// Whether a delete that leaves now needs no look of its own. Where the org compares revisions, it always gets them; elsewhere
    /// whoever implements the port would ask for the guests once more, right after the batch did.
    fn was_looked_at_just_now(&self) -> bool {
        !self.abilities.conditional_removal && self.looked_at.elapsed() <= JUST_NOW
    }

    /// The batch was looked at a while ago; holds and outbox are at hand, so they are asked once more.
    fn kept(&self, Attempt { due, perhaps }: &Attempt<'_>) -> Option<Outcome> {
        let id = due.guest.id;
        let (why, what) = if self.org.is_named(id) {
            (SpareReason::Hold, "a hold was added")
        } else if !self.org.with_undelivered(&[id]).is_empty() {
            (SpareReason::Undelivered, "a message came in")
        } else {
            return None;
        };
        Some(if *perhaps {
            let why = format!("{what} while it was not known whether the delete had worked");
            Outcome::failed(&why, true)
        } else {
            Outcome::Spared { why }
        })
    }

    /// Waits for the back-off and for a slot of the pace, and takes as many slots as there are deletes; false when the run has
    /// to stop.
    async fn may_leave(
        &self,
        state: &Mutex<State<'_>>,
        deletes: usize,
        not_before: Option<Instant>,
        requested: &mut watch::Receiver<Request>,
        stopped: &mut watch::Receiver<bool>,
    ) -> bool {
        loop {
            let now = Instant::now();
            let now_requested = *requested.borrow_and_update();
            if now_requested.wanted != Wanted::Go || *stopped.borrow_and_update() {
                return false;
            }
            let until = {
                let mut state = lock(state);
                let until = state.pacing.next(&now_requested).max(not_before).filter(|&until| until > now);
                if until.is_none() {
                    state.pacing.take(now, deletes, &now_requested);
                }
                until
            };
            let Some(until) = until else { return true };
            tokio::select! {
                () = sleep_until(until) => {}
                _ = requested.changed() => {}
                _ = stopped.changed() => {}
            }
        }
    }
}

fn lock<'a, 'b>(state: &'a Mutex<State<'b>>) -> MutexGuard<'a, State<'b>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer that leaves a guest out says nothing of them.
fn unanswered() -> Result<Removed, OrgError> {
    let why = "the org's answer leaves the guest out".to_owned();
    Err(OrgError::Retry { why, after: None, perhaps_done: true })
}
