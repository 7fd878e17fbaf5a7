use std::{
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use model::MessageText;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use store::Pending;

use crate::{
    Courier, Delivery, Error, Kind, Outbox, State,
    compact_entry::CompactEntry,
    crash::crash_point,
    doubt::Way,
    entry::{Place, Record},
    memory::MemoryPlace,
    outbox::Inner,
    outcome::Outcome,
    state::{Event, Progress},
};

/// What one activation came to.
#[derive(Debug, Clone, Default)]
pub struct DrainReport {
    /// Entries delivered.
    pub delivered: u64,
    /// Entries that the org refused, lanes that are over with all of theirs.
    pub dead: u64,
    /// Attempts made, looks in the history among them.
    pub attempts: u64,
    /// How long until the next one is due; `None` when nothing waits or all pauses.
    pub next_due: Option<Duration>,
    /// Whether the org was reached at least once: every answer but "offline" or "connection refused" counts, an
    /// uncertain one too, because the request was written.
    pub reached: bool,
    /// Why the whole outbox pauses.
    pub paused: Option<String>,
    /// What the disk refused; the rest went on where it could.
    pub error: Option<Error>,
}

/// What an attempt came to, and how many entries died of it. A task that is no attempt has none.
type Attempt = Option<(Outcome, u64)>;

/// A task of an activation.
enum Task {
    Send(Box<Marked>),
    Trim,
}

/// A head that says `Sending` in memory and is in line for the disk; or one that a person has to decide about, because its
/// way is not open any more.
struct Marked {
    place: Place,
    way: Way,
    was: Progress,
    record: Record,
    pending: Pending,
}

impl Inner {
    /// Entries that say `Sending` while nobody sends them: what became of them is not known.
    pub(crate) fn lose_sending(&self) -> Result<Option<Pending>, store::Error> {
        let mut memory = self.memory();
        let sending = memory.sending.iter().filter_map(|no| {
            let seq = memory.tracked(*no)?.lane.sending()?;
            memory.place_of(MemoryPlace { no: *no, seq })
        });
        let lost: Vec<(Place, Record)> = sending
            .filter_map(|place| Some((place.clone(), self.record_after(&memory, &place, &Event::Lost)?)))
            .collect();
        if lost.is_empty() { Ok(None) } else { self.change(&mut memory, lost, None).map(Some) }
    }

    /// Peek and mark: the head of the lane that is next. `None` when no lane may send now.
    fn mark(&self, courier: &dyn Courier) -> Result<Option<Marked>, store::Error> {
        let mut memory = self.memory();
        if memory.paused.is_some() {
            return Ok(None);
        }
        let now = self.now();
        let Some((no, readiness)) = memory.next_ready(now) else { return Ok(None) };
        let head = memory.tracked(no).and_then(|h| h.lane.head()).map(|(seq, _)| MemoryPlace { no, seq });
        let Some(place) = head.and_then(|head| memory.place_of(head)) else { return Ok(None) };
        let Some(was) = memory.entry(&place).map(CompactEntry::record) else { return Ok(None) };
        let way = Way::of(courier, &place.0);
        let Some(record) = self.record_after(&memory, &place, &Event::Begin(way)) else { return Ok(None) };
        memory.attempt_begins(no, readiness, now);
        let pending = self.change(&mut memory, vec![(place.clone(), record.clone())], None)?;
        drop(memory);
        crash_point("outbox.mark.queued");
        Ok(Some(Marked { place, way, was: was.progress, record, pending }))
    }

    /// Between 0 and 1. With a seed it depends on the message and the attempt alone, not on what else goes on.
    fn jitter(&self, place: &Place, attempts: u32) -> f64 {
        let Some(seed) = self.options.seed else { return rand::random() };
        let mut hash = std::hash::DefaultHasher::new();
        (seed, place, attempts).hash(&mut hash);
        SmallRng::seed_from_u64(hash.finish()).random()
    }

    /// Record: what the attempt came to, for the whole lane where its conversation is over. Returns how many entries
    /// the org refused.
    fn record(
        &self,
        place: &Place,
        was: Progress,
        outcome: &Outcome,
        way: Way,
    ) -> Result<(Pending, u64), store::Error> {
        let mut memory = self.memory();
        if let Some(why) = outcome.paused() {
            memory.paused = Some(why.clone());
            memory.put_first(&place.0);
        }
        let attempts = memory.entry(place).map_or(0, |entry| entry.progress().attempts);
        let jitter = self.jitter(place, attempts);
        let answer = outcome.event(was, way, jitter);
        let mut changed: Vec<(Place, Record)> =
            self.record_after(&memory, place, &answer).map(|r| (place.clone(), r)).into_iter().collect();
        if let (Some(why), Some(lane)) = (outcome.conversation_over(), memory.lane(&place.0)) {
            let over = Event::LaneOver { why: why.clone() };
            let rest = lane.moving().map(|(seq, _)| (place.0.clone(), seq));
            changed.extend(rest.filter_map(|p| Some((p.clone(), self.record_after(&memory, &p, &over)?))));
        }
        let count = |kind| changed.iter().filter(|(_, r)| r.progress.state.kind() == kind).count() as u64;
        let (delivered, died) = (count(Kind::Delivered), count(Kind::Dead));
        if outcome.is_delivered() {
            memory.token_tried = false;
        }
        memory.totals.delivered += delivered;
        memory.totals.dead += died;
        let pending = self.change(&mut memory, changed, None)?;
        drop(memory);
        crash_point("outbox.record.queued");
        Ok((pending, died))
    }
}

/// On a thread that may block: a paused clock waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, store::Error> + Send + 'static,
) -> Result<T, store::Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(store::Error::WriterStopped))
}

impl Outbox {
    /// One activation: sends everything that is due and returns when nothing is. Lanes go side by side, one message
    /// a turn, the longest waiting first; a lane whose wait ends while others are busy joins in again.
    ///
    /// Safe to call at any time: a second call waits for the first. Safe to drop: what was under way is uncertain
    /// at the next activation. Never sleeps; the caller comes back after `next_due` or at a signal.
    pub async fn drain(&self, courier: &dyn Courier) -> DrainReport {
        let _turn = self.0.activation.lock().await;
        let mut report = DrainReport::default();
        let inner = Arc::clone(&self.0);
        let lost = blocking(move || match inner.lose_sending()? {
            Some(pending) => inner.settle(pending),
            None => Ok(()),
        });
        if let Err(error) = lost.await {
            report.error = Some(Error::Record(error));
            return report;
        }
        let mut under_way = FuturesUnordered::new();
        let most = self.0.options.in_flight.max(1);
        let (mut sends, mut trims, mut closing) = (0, false, false);
        loop {
            // Also what was accepted meanwhile.
            while report.error.is_none() && sends < most && !closing && !courier.is_closing() {
                match self.0.mark(courier) {
                    Ok(Some(marked)) => {
                        sends += 1;
                        under_way.push(self.task(Task::Send(Box::new(marked)), courier));
                    }
                    Ok(None) => break,
                    Err(error) => report.error = Some(Error::Record(error)),
                }
            }
            // A long drain trims as it goes; what is less than a part waits for the end.
            if report.error.is_none() && !trims && self.0.wants_trim(sends > 0) {
                trims = true;
                under_way.push(self.task(Task::Trim, courier));
            }
            let Some((sent, done)) = under_way.next().await else { break };
            if sent {
                sends -= 1;
            } else {
                trims = false;
            }
            match done {
                Ok(Some((outcome, died))) => {
                    closing |= outcome == Outcome::Sent(Delivery::NotTried);
                    report.count(&outcome, died);
                }
                Ok(None) => {}
                Err(error) => report.error = Some(Error::Record(error)),
            }
        }
        if report.error.is_none() {
            let inner = Arc::clone(&self.0);
            report.error = blocking(move || inner.compact()).await.err().map(Error::Record);
        }
        let mut memory = self.0.memory();
        report.paused.clone_from(&memory.paused);
        if memory.paused.is_none() {
            report.next_due = memory.next_due(self.0.now());
        }
        report
    }

    /// A task, and whether it was a message.
    async fn task(&self, task: Task, courier: &dyn Courier) -> (bool, Result<Attempt, store::Error>) {
        match task {
            Task::Send(marked) => (true, self.send(*marked, courier).await),
            Task::Trim => {
                let inner = Arc::clone(&self.0);
                (false, blocking(move || inner.trim()).await.map(|_| None))
            }
        }
    }

    /// Send and record. Marks and records are decided and queued here, not on the blocking thread: when this future
    /// is dropped, nothing of it happens later, behind the back of the next activation.
    async fn send(&self, marked: Marked, courier: &dyn Courier) -> Result<Attempt, store::Error> {
        let Marked { place, way, was, record, pending } = marked;
        let (inner, of) = (Arc::clone(&self.0), place.clone());
        // The text is read after the mark: from then on nobody can edit it any more.
        let text = blocking(move || {
            inner.settle(pending)?;
            crash_point("outbox.mark.synced");
            readable(inner.texts.get(&of))
        });
        let text = text.await?;
        if record.progress.state != State::Sending {
            // A person has to decide about it, because its way is not open any more.
            return Ok(None);
        }
        let outcome = Outcome::of(courier, &place, &record, text).await;
        let (recorded, died) = self.0.record(&place, was, &outcome, way)?;
        let inner = Arc::clone(&self.0);
        blocking(move || {
            inner.settle(recorded)?;
            crash_point("outbox.record.synced");
            Ok(())
        })
        .await?;
        Ok(Some((outcome, died)))
    }
}

/// A damaged text is `None`: it stops its entry, not its lane. Other failures are the store's.
pub(crate) fn readable(
    text: Result<Option<MessageText>, store::Error>,
) -> Result<Option<MessageText>, store::Error> {
    match text {
        Err(store::Error::Damaged { .. } | store::Error::Form { .. } | store::Error::WrongKey) => Ok(None),
        other => other,
    }
}

impl DrainReport {
    fn count(&mut self, outcome: &Outcome, died: u64) {
        self.attempts += u64::from(outcome.is_attempt());
        self.dead += died;
        self.delivered += u64::from(outcome.is_delivered());
        self.reached |= outcome.reached();
    }
}
