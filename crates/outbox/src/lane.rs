//! One conversation's entries in their order: pure, no disk and no clock.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    FixedWait, Kind, RateLimit, State,
    compact_entry::CompactEntry,
    entry::Record,
    pace::{Recent, Span},
    state::{Event, span},
};

/// What the waits of every lane are measured by.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules {
    /// The longest wait that the org did not name.
    pub(crate) max_wait: Duration,
    pub(crate) per_session: Option<RateLimit>,
}

/// When the head of a lane may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Now,
    Later(Span),
}

/// Delivered entries are on the disk only: they never change again.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    next_seq: u64,
    /// In order. Those on their way, of which only the first may be sent; and dead and discarded ones, which are out
    /// of the way until a person brings them back.
    entries: VecDeque<CompactEntry>,
    /// The first one on its way.
    head: Option<u64>,
    /// The highest place that an attempt was ever made for.
    sent_up_to: Option<u64>,
    /// The highest place of a delivered one.
    delivered_up_to: Option<u64>,
    /// The one that an attempt is under way for: the head, unless a person just brought back an earlier one.
    sending: Option<u64>,
    counts: [u32; Kind::COUNT],
    recent: Recent,
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
        if record.progress.state == State::Sending {
            self.sending = Some(seq);
        } else if self.sending == Some(seq) {
            self.sending = None;
        }
        let found = self.find(seq);
        if let Ok(at) = found {
            self.count(self.entries[at].state().kind(), false);
        }
        let kind = record.progress.state.kind();
        self.count(kind, true);
        if kind == Kind::Delivered {
            self.delivered_up_to = self.delivered_up_to.max(Some(seq));
            if let Ok(at) = found {
                self.entries.remove(at);
            }
            return self.find_head(seq, false);
        }
        let mut entry = CompactEntry::new(seq, record);
        let moves = entry.progress().moves();
        let (Ok(at) | Err(at)) = found;
        if let Some(before) = at.checked_sub(1).and_then(|i| self.entries.get(i)) {
            entry.share(before);
        }
        match found {
            Ok(at) => self.entries[at] = entry,
            Err(at) => {
                if self.entries.is_empty() {
                    // Most conversations have one message waiting.
                    self.entries.reserve_exact(1);
                }
                self.entries.insert(at, entry);
            }
        }
        self.find_head(seq, moves);
    }

    /// Takes out one that is neither on its way nor delivered: it is not known any more.
    pub(crate) fn forget(&mut self, seq: u64) {
        if let Ok(at) = self.find(seq)
            && !self.entries[at].progress().moves()
        {
            self.count(self.entries[at].state().kind(), false);
            self.entries.remove(at);
        }
    }

    fn count(&mut self, kind: Kind, more: bool) {
        let Some(count) = self.counts.get_mut(kind as usize).filter(|_| kind != Kind::Delivered) else {
            return;
        };
        *count = if more { count.saturating_add(1) } else { count.saturating_sub(1) };
    }

    fn find(&self, seq: u64) -> Result<usize, usize> {
        match self.entries.back() {
            Some(last) if last.seq >= seq => self.entries.binary_search_by_key(&seq, |s| s.seq),
            _ => Err(self.entries.len()),
        }
    }

    fn find_head(&mut self, changed: u64, moves: bool) {
        if moves {
            self.head = Some(self.head.map_or(changed, |head| head.min(changed)));
        } else if self.head == Some(changed) {
            let (Ok(from) | Err(from)) = self.find(changed);
            self.head = self.entries.range(from..).find(|s| s.progress().moves()).map(|s| s.seq);
        }
    }

    /// An entry that is not delivered.
    pub(crate) fn entry(&self, seq: u64) -> Option<&CompactEntry> {
        self.find(seq).ok().and_then(|at| self.entries.get(at))
    }

    /// [`Lane::entry`] as it is on the disk.
    pub(crate) fn get(&self, seq: u64) -> Option<Record> {
        self.entry(seq).map(CompactEntry::record)
    }

    /// Everything that is not delivered, in order, from the n-th on.
    pub(crate) fn entries_from(&self, n: usize) -> impl Iterator<Item = &CompactEntry> {
        self.entries.range(n.min(self.entries.len())..)
    }

    /// The state of the last one that was refused. Looks at the end first: lanes die at their ends.
    pub(crate) fn last_dead(&self) -> Option<&State> {
        self.entries.iter().rev().map(CompactEntry::state).find(|s| s.kind() == Kind::Dead)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many there are of these kinds; delivered ones are not here.
    pub(crate) fn count_of(&self, wanted: impl Fn(Kind) -> bool) -> u64 {
        Kind::UNDELIVERED.into_iter().filter(|k| wanted(*k)).map(|k| u64::from(self.counts[k as usize])).sum()
    }

    /// Everything on its way, in order.
    pub(crate) fn moving(&self) -> impl Iterator<Item = (u64, Record)> {
        self.entries.iter().filter(|s| s.progress().moves()).map(|s| (s.seq, s.record()))
    }

    /// The one that goes next.
    pub(crate) fn head(&self) -> Option<(u64, &CompactEntry)> {
        let seq = self.head?;
        self.entry(seq).map(|entry| (seq, entry))
    }

    /// Whether a later one is with the org, or perhaps: this one would be read after it. One that was refused or is to be
    /// tried again went nowhere.
    pub(crate) fn is_overtaken(&self, seq: u64) -> bool {
        let (Ok(from) | Err(from)) = self.find(seq.saturating_add(1));
        self.delivered_up_to.is_some_and(|delivered| delivered > seq)
            || self.entries.range(from..).any(|s| s.progress().may_have_arrived())
    }

    /// What the head waits for, where no other wait shortens that.
    pub(crate) fn fixed_wait(&self, now: DateTime<Utc>, rules: &Rules) -> Option<FixedWait> {
        let (_, head) = self.head()?;
        let (State::Waiting { told: true, since, .. } | State::Uncertain { told: true, since, .. }) =
            head.state()
        else {
            return None;
        };
        let progress = head.progress();
        let holds = span(head.state(), rules.max_wait).is_some_and(|wait| wait.holds(now));
        if progress.needs_person() || !holds {
            return None;
        }
        // That wait began as the first reading ended.
        let is_reading = progress.doubt.absent_since == Some(*since);
        Some(if is_reading { FixedWait::SecondReading } else { FixedWait::Told })
    }

    /// The one that an attempt is under way for.
    pub(crate) fn sending(&self) -> Option<u64> {
        self.sending
    }

    pub(crate) fn sent_up_to(&self) -> Option<u64> {
        self.sent_up_to
    }

    /// An attempt begins.
    pub(crate) fn sent(&mut self, now: DateTime<Utc>, rules: &Rules) {
        if let Some(limit) = rules.per_session {
            self.recent.sent(now, limit);
        }
    }

    /// Whether the limit per conversation still has to be remembered.
    pub(crate) fn paced(&self, now: DateTime<Utc>, rules: &Rules) -> bool {
        rules.per_session.is_some_and(|limit| self.recent.counts(limit, now))
    }

    /// When the head may go; `None` when there is none, an attempt is under way or a person has to decide about it.
    pub(crate) fn due(&self, now: DateTime<Utc>, rules: &Rules) -> Option<Due> {
        if self.sending.is_some() {
            return None;
        }
        let (_, head) = self.head().filter(|(_, head)| !head.progress().needs_person())?;
        let waits = [span(head.state(), rules.max_wait), rules.per_session.and_then(|l| self.recent.span(l))];
        let longest = waits.into_iter().flatten().filter(|s| s.holds(now)).max_by_key(|s| s.until);
        Some(longest.map_or(Due::Now, Due::Later))
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
        let is_next = self.sending.is_none() && self.head == Some(seq);
        if matches!(event, Event::Begin(_)) && !is_next {
            return None;
        }
        let record = self.get(seq)?;
        let progress = record.progress.after(event, now, max_wait)?;
        if *event == Event::Undo && progress.moves() && self.sent_up_to.is_some_and(|sent| sent > seq) {
            return None;
        }
        Some(Record { progress, ..record })
    }
}

#[cfg(test)]
mod tests {
    use model::{GuestId, MessageId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{Delivery, doubt::tests::SAME_ID, state::Progress};

    const CAP: Duration = Duration::from_secs(300);

    fn record(n: u64) -> Record {
        Record {
            id: MessageId(Uuid::from_u128(n.into())),
            guest_id: GuestId(Uuid::nil()),
            written_at: at(0),
            edited: false,
            bytes: 7,
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
            3 => Just(Delivery::delivered()),
            1 => Just(Delivery::NotSent { why: "offline".into(), retry_after: None }),
            1 => Just(Delivery::Uncertain { why: "cut".into(), retry_after: None }),
            1 => Just(Delivery::Dead { why: "400".into() }),
        ];
        let event = prop_oneof![
            6 => Just(Event::Begin(SAME_ID)),
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
                // Bringing a dead one back is a person's decision against the order; here nobody does.
                if was_dead && event == Event::Edit {
                    continue;
                }
                if matches!(event, Event::Begin(_) | Event::Answer { .. }) {
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
        assert!(happens(&mut lane, 0, &Event::Discard) && happens(&mut lane, 1, &Event::Begin(SAME_ID)));
        assert!(!happens(&mut lane, 0, &Event::Undo));
    }

    #[test]
    fn an_entry_is_overtaken_by_what_the_org_has_or_perhaps_has_and_by_nothing_else() {
        let after = |later: &[Event]| {
            let mut lane = Lane::default();
            lane.install(0, record(0));
            lane.install(1, record(1));
            let refused = Event::Answer { delivery: Delivery::Dead { why: "400".into() }, jitter: 0.0 };
            assert!(happens(&mut lane, 0, &Event::Begin(SAME_ID)) && happens(&mut lane, 0, &refused));
            later.iter().for_each(|event| assert!(happens(&mut lane, 1, event), "{event:?}"));
            lane.is_overtaken(0)
        };
        let answer = |delivery| Event::Answer { delivery, jitter: 0.0 };
        let why = String::new;
        let delivered = answer(Delivery::delivered());
        let cut = answer(Delivery::Uncertain { why: why(), retry_after: None });
        let not_sent = answer(Delivery::NotSent { why: why(), retry_after: None });
        let dead = answer(Delivery::Dead { why: why() });
        let send = Event::Begin(SAME_ID);
        for later in [
            &[send.clone()][..],
            &[send.clone(), delivered],
            &[send.clone(), cut.clone()],
            &[send.clone(), cut.clone(), send.clone(), not_sent.clone()],
            &[send.clone(), cut.clone(), Event::Discard],
        ] {
            assert!(after(later), "{later:?}");
        }
        for later in [
            &[][..],
            &[send.clone(), not_sent.clone()],
            &[send.clone(), dead.clone()],
            &[send.clone(), dead.clone(), Event::Discard],
            &[send.clone(), cut, send, dead],
            &[Event::Discard],
        ] {
            assert!(!after(later), "{later:?}");
        }
    }

    #[test]
    fn a_dead_entry_that_was_discarded_comes_back_dead_at_any_time() {
        let mut lane = Lane::default();
        lane.install(0, record(0));
        lane.install(1, record(1));
        assert!(happens(&mut lane, 0, &Event::Begin(SAME_ID)));
        let refused = Event::Answer { delivery: Delivery::Dead { why: "400".into() }, jitter: 0.0 };
        assert!(happens(&mut lane, 0, &refused) && happens(&mut lane, 0, &Event::Discard));
        assert!(happens(&mut lane, 1, &Event::Begin(SAME_ID)) && happens(&mut lane, 0, &Event::Undo));
        assert!(matches!(lane.get(0).unwrap().progress.state, State::Dead { .. }));
    }
}
