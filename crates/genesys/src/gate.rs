//! Where calls wait for the rate budget: the edge of [`crate::budget`], which sleeps so that the core need not.
//!
//! One queue with three lanes, first come first served within a lane. Only its front decides and sleeps: whoever
//! may go less freely stands behind whoever may go more freely, so when the front must wait, all must. Dropping a
//! waiting call takes it out of the queue at any time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

use crate::{
    budget::{ASSUMED_ALLOWED, Core, Decision, Lane, Told},
    timeouts,
};

/// The state of the rate budget, for the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Calls counted in this window, those under way included.
    pub count: u32,
    /// Calls the window allows, as the org says (300 before it said anything).
    pub allowed: u32,
    /// Seconds until the window ends, rounded up, when this value was made; 0 when no window is open.
    pub reset_seconds: u32,
}

#[derive(Debug)]
pub(crate) struct Gate {
    queue: Mutex<Queue>,
    meter: watch::Sender<Budget>,
}

#[derive(Debug)]
struct Queue {
    core: Core,
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
}

/// The wait would be longer than one call may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TooLong(pub Duration);

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        let meter = watch::Sender::new(Budget { count: 0, allowed: ASSUMED_ALLOWED, reset_seconds: 0 });
        let queue = Queue { core: Core::new(), lanes: Default::default(), next_id: 0 };
        Arc::new(Self { queue: Mutex::new(queue), meter })
    }

    pub(crate) fn budget(&self) -> watch::Receiver<Budget> {
        self.meter.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no code panics while it holds the queue")
    }

    /// Waits for the turn of a call of this lane. The permit must be told what came of the call.
    pub(crate) async fn enter(self: &Arc<Self>, lane: Lane) -> Result<Permit, TooLong> {
        let wake = Arc::new(Notify::new());
        let ticket = {
            let mut queue = self.lock();
            let id = queue.next_id;
            queue.next_id += 1;
            queue.lanes[lane as usize].push_back(Waiter { id, wake: Arc::clone(&wake) });
            Ticket { gate: self, lane, id }
        };
        loop {
            let until = {
                let mut queue = self.lock();
                let now = Instant::now();
                if queue.front().is_some_and(|w| w.id == ticket.id) {
                    match queue.core.decide(lane, now) {
                        Decision::Go => {
                            queue.core.grant(lane, now);
                            self.show(&queue.core, now);
                            drop(queue);
                            return Ok(Permit { gate: Arc::clone(self), sent: now, open: true });
                        }
                        Decision::At(then) if then - now > timeouts::LONGEST_WAIT => {
                            return Err(TooLong(then - now));
                        }
                        Decision::At(then) => Some(then),
                        Decision::AfterAnswer => None,
                    }
                } else {
                    None
                }
            };
            match until {
                Some(then) => tokio::select! {
                    () = sleep_until(then) => {}
                    () = wake.notified() => {}
                },
                None => wake.notified().await,
            }
        }
    }

    fn show(&self, core: &Core, now: Instant) {
        let (count, allowed, rest) = core.meter(now);
        let reset_seconds = u32::try_from(rest.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
        let new = Budget { count, allowed, reset_seconds };
        self.meter.send_if_modified(|old| std::mem::replace(old, new) != new);
    }

    fn settle(&self, tell: impl FnOnce(&mut Core, Instant)) {
        let mut queue = self.lock();
        let now = Instant::now();
        tell(&mut queue.core, now);
        self.show(&queue.core, now);
        queue.wake_front();
    }
}

/// A place in the queue, given up when it is dropped.
struct Ticket<'a> {
    gate: &'a Arc<Gate>,
    lane: Lane,
    id: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut queue = self.gate.lock();
        let lane = &mut queue.lanes[self.lane as usize];
        if let Some(at) = lane.iter().position(|w| w.id == self.id) {
            lane.remove(at);
        }
        queue.wake_front();
    }
}

/// The right to make one call now. Dropped without a word, the call counts as lost.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    sent: Instant,
    open: bool,
}

impl Permit {
    /// When the call left.
    pub(crate) fn sent(&self) -> Instant {
        self.sent
    }

    /// The org answered; `throttled` with its Retry-After when it was a 429.
    pub(crate) fn answered(mut self, told: Option<Told>, throttled: Option<Option<Duration>>) {
        self.open = false;
        self.gate.settle(|core, now| {
            core.answered(told, self.sent, now);
            if let Some(retry_after) = throttled {
                core.throttled(retry_after, now);
            }
        });
    }

    /// The call surely never left.
    pub(crate) fn not_sent(mut self) {
        self.open = false;
        self.gate.settle(|core, _| core.not_sent());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.open {
            self.gate.settle(|core, _| core.lost());
        }
    }
}

#[cfg(test)]
mod tests;
