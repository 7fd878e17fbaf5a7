//! One conversation's entries in their order: pure, no disk and no clock.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};

use crate::{State, entry::Record, state::Event};

/// Delivered entries are on the disk only: they never change again.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    next_seq: u64,
    /// On their way, in order. Only the first one may be sent.
    moving: BTreeMap<u64, Record>,
    /// Dead and discarded: out of the way, a person may bring them back.
    parked: BTreeMap<u64, Record>,
    /// The highest place that an attempt was ever made for.
    sent_up_to: Option<u64>,
    /// The one that an attempt is under way for: the head, unless a person just brought back an earlier one.
    sending: Option<u64>,
}

impl Lane {
    /// The place of the next entry.
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Puts an entry where its state says, new or changed.
    pub(crate) fn install(&mut self, seq: u64, record: Record) {
        self.next_seq = self.next_seq.max(seq.saturating_add(1));
        if record.progress.attempts > 0 {
            self.sent_up_to = self.sent_up_to.max(Some(seq));
        }
        self.moving.remove(&seq);
        self.parked.remove(&seq);
        if record.progress.state == State::Sending {
            self.sending = Some(seq);
        } else if self.sending == Some(seq) {
            self.sending = None;
        }
        if record.progress.moves() {
            self.moving.insert(seq, record);
        } else if !matches!(record.progress.state, State::Delivered { .. }) {
            self.parked.insert(seq, record);
        }
    }

    /// An entry that is not delivered.
    pub(crate) fn get(&self, seq: u64) -> Option<&Record> {
        self.moving.get(&seq).or_else(|| self.parked.get(&seq))
    }

    /// Everything on its way, in order.
    pub(crate) fn moving(&self) -> impl Iterator<Item = (u64, &Record)> {
        self.moving.iter().map(|(seq, record)| (*seq, record))
    }

    /// The one that goes next.
    pub(crate) fn head(&self) -> Option<(u64, &Record)> {
        self.moving().next()
    }

    /// The one that an attempt is under way for.
    pub(crate) fn sending(&self) -> Option<u64> {
        self.sending
    }

    /// How long until the head may go; `None` when there is none or an attempt is under way.
    pub(crate) fn due_in(&self, now: DateTime<Utc>, max_wait: Duration) -> Option<Duration> {
        if self.sending.is_some() {
            return None;
        }
        self.head()?.1.progress.due_in(now, max_wait)
    }

    /// The entry after the event, not yet installed; `None` where it cannot happen. Only the head is sent, and
    /// nothing comes back before an entry that was sent after it, unless it stays dead.
    pub(crate) fn after(
        &self,
        seq: u64,
        event: &Event,
        now: DateTime<Utc>,
        max_wait: Duration,
    ) -> Option<Record> {
        let is_next = self.sending.is_none() && self.head().is_some_and(|(head, _)| head == seq);
        if *event == Event::Send && !is_next {
            return None;
        }
        let record = self.get(seq)?;
        let progress = record.progress.after(event, now, max_wait)?;
        if *event == Event::Undo && progress.moves() && self.sent_up_to.is_some_and(|sent| sent > seq) {
            return None;
        }
        Some(Record { progress, ..record.clone() })
    }
}

#[cfg(test)]
mod tests {
    use model::{GuestId, MessageId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{Delivery, state::Progress};

    const CAP: Duration = Duration::from_secs(300);

    fn record(n: u64) -> Record {
        Record {
            id: MessageId(Uuid::from_u128(n.into())),
            guest_id: GuestId(Uuid::nil()),
            written_at: at(0),
            edited: false,
            progress: Progress::new(),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[derive(Debug, Clone)]
    enum Step {
        Accept,
        Happens(u64, Event),
    }

    fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
        let answer = prop_oneof![
            3 => Just(Delivery::Delivered),
            1 => Just(Delivery::NotSent { why: "offline".into(), retry_after: None }),
            1 => Just(Delivery::Uncertain { why: "cut".into() }),
            1 => Just(Delivery::Dead { why: "400".into() }),
        ];
        let event = prop_oneof![
            6 => Just(Event::Send),
            6 => answer.prop_map(|delivery| Event::Answer { delivery, jitter: 0.5 }),
            1 => Just(Event::Lost),
            1 => Just(Event::Wake),
            1 => Just(Event::Discard),
            1 => Just(Event::Undo),
            1 => Just(Event::Edit),
        ];
        let step = prop_oneof![
            1 => Just(Step::Accept),
            3 => (0..8u64, event).prop_map(|(seq, event)| Step::Happens(seq, event)),
        ];
        proptest::collection::vec((step, 0..400i64), 0..120)
    }

    proptest! {
        #[test]
        fn only_the_head_moves_and_nothing_is_delivered_twice_or_out_of_order(steps in steps()) {
            let (mut lane, mut now, mut delivered) = (Lane::default(), 0, Vec::new());
            for (step, pause) in steps {
                now += pause;
                let (seq, event) = match step {
                    Step::Accept => {
                        let seq = lane.next_seq();
                        lane.install(seq, record(seq));
                        continue;
                    }
                    Step::Happens(seq, event) => (seq, event),
                };
                let head = lane.head().map(|(head, _)| head);
                let was_dead = lane.get(seq).is_some_and(|r| matches!(r.progress.state, State::Dead { .. }));
                let Some(next) = lane.after(seq, &event, at(now), CAP) else { continue };
                // Bringing a dead one back is a person's word against the order; here nobody does.
                if was_dead && event == Event::Edit {
                    continue;
                }
                if matches!(event, Event::Send | Event::Answer { .. }) {
                    prop_assert_eq!(head, Some(seq));
                }
                if matches!(next.progress.state, State::Delivered { .. }) {
                    delivered.push(seq);
                }
                lane.install(seq, next);
                let sending = lane.moving().filter(|(_, r)| r.progress.state == State::Sending).count();
                prop_assert!(sending <= 1);
            }
            prop_assert!(delivered.is_sorted_by(|a, b| a < b), "{:?}", delivered);
        }
    }

    fn happens(lane: &mut Lane, seq: u64, event: &Event) -> bool {
        let Some(next) = lane.after(seq, event, at(0), CAP) else { return false };
        lane.install(seq, next);
        true
    }

    #[test]
    fn a_discarded_entry_comes_back_only_while_nothing_after_it_was_sent() {
        let mut lane = Lane::default();
        for n in 0..3 {
            lane.install(n, record(n));
        }
        assert!(happens(&mut lane, 0, &Event::Discard) && happens(&mut lane, 0, &Event::Undo));
        assert_eq!(lane.head().unwrap().0, 0, "back in its old place");
        assert!(happens(&mut lane, 0, &Event::Discard) && happens(&mut lane, 1, &Event::Send));
        assert!(!happens(&mut lane, 0, &Event::Undo));
    }

    #[test]
    fn a_dead_entry_that_was_discarded_comes_back_dead_at_any_time() {
        let mut lane = Lane::default();
        lane.install(0, record(0));
        lane.install(1, record(1));
        assert!(happens(&mut lane, 0, &Event::Send));
        let refused = Event::Answer { delivery: Delivery::Dead { why: "400".into() }, jitter: 0.0 };
        assert!(happens(&mut lane, 0, &refused) && happens(&mut lane, 0, &Event::Discard));
        assert!(happens(&mut lane, 1, &Event::Send) && happens(&mut lane, 0, &Event::Undo));
        assert!(matches!(lane.get(0).unwrap().progress.state, State::Dead { .. }));
    }
}
