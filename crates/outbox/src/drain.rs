use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use model::{ConversationId, MessageText};
use store::Pending;

use crate::{
    Courier, Delivery, Error, Outbox, Outgoing,
    entry::{Place, Record},
    outbox::Inner,
    state::{Event, State},
};

/// What one activation came to.
#[derive(Debug, Clone, Default)]
pub struct DrainReport {
    /// Entries delivered.
    pub delivered: u64,
    /// Entries that the org refused, lanes that are over with all of theirs.
    pub dead: u64,
    /// Attempts made.
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

/// One turn of one lane.
enum Turn {
    /// The head was tried.
    Tried { delivery: Delivery, died: u64 },
    /// The head's text is damaged: it died without an attempt.
    Unreadable,
    /// The head is gone or not due any more.
    Nothing,
}

impl Inner {
    /// Entries that say `Sending` while nobody sends them: what became of them is not known.
    pub(crate) fn lose_sending(&self) -> Result<Option<Pending>, store::Error> {
        let mut memory = self.memory();
        let lost: Vec<(Place, Record)> = memory
            .open
            .iter()
            .filter_map(|c| Some((c.clone(), memory.lane(c)?.sending()?)))
            .filter_map(|place| Some((place.clone(), self.plan(&memory, &place, &Event::Lost)?)))
            .collect();
        if lost.is_empty() { Ok(None) } else { self.change(&mut memory, lost, None).map(Some) }
    }

    /// Peek and mark: the head of a lane, `Sending` in memory and in line for the disk.
    fn mark(&self, conversation: &ConversationId) -> Result<Option<(Place, Record, Pending)>, store::Error> {
        let mut memory = self.memory();
        let Some((seq, _)) = memory.lane(conversation).and_then(|l| l.head()) else { return Ok(None) };
        let place = (conversation.clone(), seq);
        let Some(record) = self.plan(&memory, &place, &Event::Send) else { return Ok(None) };
        let pending = self.change(&mut memory, vec![(place.clone(), record.clone())], None)?;
        Ok(Some((place, record, pending)))
    }

    /// Record: what the attempt came to, for the whole lane where it is over. Returns how many died.
    fn record(&self, place: &Place, delivery: &Delivery) -> Result<(Pending, u64), store::Error> {
        let mut memory = self.memory();
        if let Delivery::Paused { why } = delivery {
            memory.paused = Some(why.clone());
        }
        let answer = Event::Answer { delivery: delivery.clone(), jitter: rand::random() };
        let mut changed: Vec<(Place, Record)> =
            self.plan(&memory, place, &answer).map(|r| (place.clone(), r)).into_iter().collect();
        if let (Delivery::ConversationOver { why }, Some(lane)) = (delivery, memory.lane(&place.0)) {
            let over = Event::LaneOver { why: why.clone() };
            let rest = lane.moving().map(|(seq, _)| (place.0.clone(), seq));
            changed.extend(rest.filter_map(|p| Some((p.clone(), self.plan(&memory, &p, &over)?))));
        }
        let died = changed.iter().filter(|(_, r)| matches!(r.progress.state, State::Dead { .. })).count();
        Ok((self.change(&mut memory, changed, None)?, died as u64))
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
        if let Err(source) = lost.await {
            report.error = Some(Error::Record { source });
            return report;
        }
        let mut queue: VecDeque<ConversationId> = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        let mut busy: HashSet<ConversationId> = HashSet::new();
        loop {
            while report.error.is_none() && under_way.len() < self.0.options.in_flight.max(1) {
                if self.0.memory().paused.is_some() {
                    break;
                }
                if queue.is_empty() {
                    // Also what was accepted meanwhile.
                    let due = self.0.memory().due(self.0.now(), self.0.options.max_wait);
                    queue.extend(due.into_iter().filter(|c| !busy.contains(c)));
                }
                let Some(lane) = queue.pop_front() else { break };
                if busy.insert(lane.clone()) {
                    under_way.push(self.turn(lane, courier));
                }
            }
            let Some((lane, turn)) = under_way.next().await else { break };
            busy.remove(&lane);
            match turn {
                Ok(Turn::Tried { delivery, died }) => report.count(&delivery, died),
                Ok(Turn::Unreadable) => report.dead += 1,
                Ok(Turn::Nothing) => {}
                Err(source) => report.error = Some(Error::Record { source }),
            }
        }
        let memory = self.0.memory();
        report.paused.clone_from(&memory.paused);
        if memory.paused.is_none() {
            report.next_due = memory.next_due(self.0.now(), self.0.options.max_wait);
        }
        report
    }

    /// Peek, mark, send, record.
    async fn turn(
        &self,
        lane: ConversationId,
        courier: &dyn Courier,
    ) -> (ConversationId, Result<Turn, store::Error>) {
        let turn = self.deliver_head(&lane, courier).await;
        (lane, turn)
    }

    async fn deliver_head(&self, lane: &ConversationId, courier: &dyn Courier) -> Result<Turn, store::Error> {
        // Marks and records are decided and queued here, not on the blocking thread: when this future is dropped,
        // nothing of it happens later, behind the back of the next activation.
        let Some((place, record, marked)) = self.0.mark(lane)? else { return Ok(Turn::Nothing) };
        let (inner, of) = (Arc::clone(&self.0), place.clone());
        // The text is read after the mark: from then on nobody can edit it any more.
        let text = blocking(move || {
            inner.settle(marked)?;
            readable(inner.texts.get(&of))
        });
        let (delivery, tried) = match text.await? {
            Some(text) => {
                let message = Outgoing {
                    id: record.id,
                    conversation_id: lane.clone(),
                    guest_id: record.guest_id,
                    text,
                    written_at: record.written_at,
                };
                (courier.deliver(&message).await, true)
            }
            None => (Delivery::Dead { why: "its text is damaged on this disk".to_owned() }, false),
        };
        let (recorded, died) = self.0.record(&place, &delivery)?;
        let inner = Arc::clone(&self.0);
        blocking(move || inner.settle(recorded)).await?;
        Ok(if tried { Turn::Tried { delivery, died } } else { Turn::Unreadable })
    }
}

/// A damaged text is `None`: it stops its entry, not its lane. Other failures are the store's.
fn readable(text: Result<Option<MessageText>, store::Error>) -> Result<Option<MessageText>, store::Error> {
    match text {
        Err(store::Error::Damaged { .. } | store::Error::Form { .. } | store::Error::WrongKey) => Ok(None),
        other => other,
    }
}

impl DrainReport {
    fn count(&mut self, delivery: &Delivery, died: u64) {
        self.attempts += 1;
        self.dead += died;
        self.delivered += u64::from(*delivery == Delivery::Delivered);
        self.reached |= !matches!(delivery, Delivery::NotSent { retry_after: None, .. });
    }
}
