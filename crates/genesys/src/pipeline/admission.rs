//! Where calls wait for the rate budget and for an org that does not answer: the edge of [`super::budget`] and
//! [`super::breaker`], which sleeps so that they need not.
//!
//! One queue with three lanes, first come first served within a lane. Only the call at its front decides and sleeps: a
//! call behind it may never go earlier, so when the front must wait, all must. Dropping a waiting call takes it out of
//! the queue at any time.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

use super::{
    breaker::{Breaker, Try, whole_seconds},
    budget::{ASSUMED_ALLOWED, Core, Decision, HANDFUL, Lane, RateHeaders},
    jitter::Jitter,
    timeouts,
};

/// The state of the rate budget and of the org as it was last met, for the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Calls counted in this window, those under way included.
    pub count: u32,
    /// Calls the window allows, as the org says (300 before it said anything).
    pub allowed: u32,
    /// Whether the org ever said so; false before it did, and for an org that shows no such headers.
    pub told: bool,
    /// Seconds until the window ends, rounded up, when this value was made; 0 when no window is open.
    pub reset_seconds: u32,
    /// False while the org does not answer: then machines wait, and people are let through.
    pub answering: bool,
    /// While it does not answer: seconds until the next try by a machine, rounded up, when this value was made; 0
    /// when one is due or under way.
    pub next_try_seconds: u32,
}

impl Budget {
    /// Whether machines have to wait for the next window.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.count.saturating_add(HANDFUL) >= self.allowed
    }
}

#[derive(Debug)]
pub(crate) struct Admission {
    queue: Mutex<Queue>,
    meter: watch::Sender<Budget>,
    /// The breaker opened, closed or lost its try: every machine that waits looks again.
    turned: Notify,
    jitter: Arc<Jitter>,
}

#[derive(Debug)]
struct Queue {
    core: Core,
    breaker: Breaker,
    lanes: [VecDeque<Waiter>; 3],
    next_id: u64,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    wake: Arc<Notify>,
}

impl Queue {
    fn front(&self) -> Option<&Waiter> {
        self.lanes.iter().find_map(VecDeque::front)
    }

    fn wake_front(&self) {
        if let Some(front) = self.front() {
            front.wake.notify_one();
        }
    }

    /// When a machine that asked at `asked` has waited long enough for an org that does not answer; with how long it
    /// is until the next try.
    fn longest_wait(&self, lane: Lane, asked: Instant, now: Instant) -> Option<(Instant, Duration)> {
        let (since, until) = self.breaker.down().filter(|_| lane != Lane::Person)?;
        Some((asked.max(since) + timeouts::LONGEST_WAIT, until.saturating_duration_since(now)))
    }

    /// Until when a call that may not go yet waits before it looks again; without an end where only an answer to another
    /// call changes anything.
    fn look_again(
        &self,
        decision: Decision,
        lane: Lane,
        asked: Instant,
        now: Instant,
    ) -> Result<Option<Instant>, Refused> {
        let longest_wait = self.longest_wait(lane, asked, now);
        match (decision, longest_wait) {
            (_, Some((end, next_try))) if now >= end => Err(Refused::NotAnswering(next_try)),
            (Decision::At(then), _) if then - now > timeouts::LONGEST_WAIT => Err(Refused::Spent(then - now)),
            (Decision::At(then), Some((end, _))) => Ok(Some(then.min(end))),
            (Decision::At(then), None) => Ok(Some(then)),
            (_, longest_wait) => Ok(longest_wait.map(|(end, _)| end)),
        }
    }
}

/// Why a call is not let through. Surely nothing was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refused {
    /// The wait for the budget would be longer than one call may take.
    Spent(Duration),
    /// A machine has waited long enough for an org that does not answer; its next try is in this time.
    NotAnswering(Duration),
}

impl Admission {
    pub(crate) fn new(jitter: Arc<Jitter>) -> Arc<Self> {
        let queue = Queue {
            core: Core::new(),
            breaker: Breaker::new(Instant::now()),
            lanes: Default::default(),
            next_id: 0,
        };
        let meter = watch::Sender::new(Budget {
            count: 0,
            allowed: ASSUMED_ALLOWED,
            told: false,
            reset_seconds: 0,
            answering: true,
            next_try_seconds: 0,
        });
        Arc::new(Self { queue: Mutex::new(queue), meter, turned: Notify::new(), jitter })
    }

    pub(crate) fn budget(&self) -> watch::Receiver<Budget> {
        self.meter.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no code panics while it holds the queue")
    }

    /// Waits for the turn of a call of this lane. The permit must be told what came of the call.
    pub(crate) async fn enter(self: &Arc<Self>, lane: Lane) -> Result<Permit, Refused> {
        let wake = Arc::new(Notify::new());
        let asked = Instant::now();
        let ticket = {
            let mut queue = self.lock();
            let id = queue.next_id;
            queue.next_id += 1;
            queue.lanes[lane as usize].push_back(Waiter { id, wake: Arc::clone(&wake) });
            Ticket { admission: self, lane, id }
        };
        loop {
            let mut turned = pin!(self.turned.notified());
            turned.as_mut().enable();
            let until = {
                let mut queue = self.lock();
                let now = Instant::now();
                let decision = if queue.front().is_some_and(|w| w.id == ticket.id) {
                    match queue.breaker.admit(lane, now) {
                        Decision::Go => queue.core.decide(lane, now),
                        wait => wait,
                    }
                } else {
                    Decision::AfterAnswer
                };
                if decision == Decision::Go {
                    queue.core.grant(lane, now);
                    let permit = self.permit(&mut queue, lane, now, true);
                    self.show(&queue, now);
                    return Ok(permit);
                }
                queue.look_again(decision, lane, asked, now)?
            };
            tokio::select! {
                () = until_then(until) => {}
                () = wake.notified() => {}
                () = turned => {}
            }
        }
    }

    /// Waits like a call of this lane for an org that does not answer, but not for the budget: for signing in.
    pub(crate) async fn enter_uncounted(self: &Arc<Self>, lane: Lane) -> Result<Permit, Refused> {
        let asked = Instant::now();
        loop {
            let mut turned = pin!(self.turned.notified());
            turned.as_mut().enable();
            let until = {
                let mut queue = self.lock();
                let now = Instant::now();
                let decision = queue.breaker.admit(lane, now);
                if decision == Decision::Go {
                    return Ok(self.permit(&mut queue, lane, now, false));
                }
                queue.look_again(decision, lane, asked, now)?
            };
            tokio::select! {
                () = until_then(until) => {}
                () = turned => {}
            }
        }
    }

    /// For a sign-in, which the budget does not count. Many calls may wait for it, and its outcome is told once.
    pub(crate) fn sign_in_permit(self: &Arc<Self>) -> Permit {
        Permit { admission: Arc::clone(self), sent: Instant::now(), in_flight: false, of: None }
    }

    fn permit(self: &Arc<Self>, queue: &mut Queue, lane: Lane, now: Instant, in_flight: bool) -> Permit {
        Permit { admission: Arc::clone(self), sent: now, in_flight, of: queue.breaker.leave(lane) }
    }

    /// The network was switched on again: whoever waits for the org may try at once.
    pub(crate) fn try_now(&self) {
        self.settle(|queue, now| {
            queue.breaker.try_now(now);
            true
        });
    }

    fn show(&self, queue: &Queue, now: Instant) {
        let (count, allowed, rest) = queue.core.meter(now);
        let down = queue.breaker.down();
        let new = Budget {
            count,
            allowed,
            told: queue.core.is_told(),
            reset_seconds: whole_seconds(rest),
            answering: down.is_none(),
            next_try_seconds: down
                .map_or(0, |(_, until)| whole_seconds(until.saturating_duration_since(now))),
        };
        self.meter.send_if_modified(|old| std::mem::replace(old, new) != new);
    }

    /// `tell` says whether the breaker turned.
    fn settle(&self, tell: impl FnOnce(&mut Queue, Instant) -> bool) {
        let mut queue = self.lock();
        let now = Instant::now();
        let turned = tell(&mut queue, now);
        self.show(&queue, now);
        queue.wake_front();
        drop(queue);
        if turned {
            self.turned.notify_waiters();
        }
    }
}

async fn until_then(until: Option<Instant>) {
    match until {
        Some(then) => sleep_until(then).await,
        None => std::future::pending().await,
    }
}

/// A place in the queue, given up when it is dropped.
struct Ticket<'a> {
    admission: &'a Arc<Admission>,
    lane: Lane,
    id: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut queue = self.admission.lock();
        let lane = &mut queue.lanes[self.lane as usize];
        if let Some(at) = lane.iter().position(|w| w.id == self.id) {
            lane.remove(at);
        }
        queue.wake_front();
    }
}

/// The right to make one call now. Whoever holds it tells the budget whether the call was counted, and then the breaker
/// whether the org answered. Of a permit that is dropped before, the call counts as lost and its outcome as unknown.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    /// When the call left.
    pub(crate) sent: Instant,
    /// The budget has counted the call and does not know yet what came of it.
    in_flight: bool,
    of: Option<Try>,
}

impl Permit {
    /// Something answered; `throttled` with its Retry-After when it was a 429. [`Permit::heard`] says whether it was the org.
    pub(crate) fn answered(&mut self, told: Option<RateHeaders>, throttled: Option<Option<Duration>>) {
        self.in_flight = false;
        self.admission.settle(|queue, now| {
            queue.core.answered(told, self.sent, now);
            match throttled {
                Some(retry_after) => queue.core.throttled(retry_after, self.sent, now),
                None => queue.core.let_in(self.sent),
            }
            false
        });
    }

    /// The call surely never left.
    pub(crate) fn not_sent(&mut self) {
        self.in_flight = false;
        self.admission.settle(|queue, _| {
            queue.core.not_sent();
            false
        });
    }

    /// No answer came, and it may have left.
    pub(crate) fn lost(&mut self) {
        self.in_flight = false;
        self.admission.settle(|queue, _| {
            queue.core.lost();
            false
        });
    }

    /// Whether the org answered, if only to refuse; not so when nothing did, or something in its place.
    pub(crate) fn heard(mut self, the_org: bool) {
        self.of = None;
        if the_org {
            self.admission.settle(|queue, now| queue.breaker.answered(self.sent, now));
        } else {
            let roll = self.admission.jitter.roll();
            self.admission.settle(|queue, now| queue.breaker.failed(self.sent, now, roll));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.in_flight {
            self.lost();
        }
        if let Some(of) = self.of.take() {
            self.admission.settle(|queue, _| {
                queue.breaker.given_up(of);
                true
            });
        }
    }
}

#[cfg(test)]
mod tests;
