//! The real outbox beside its model.

use std::{fs, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use model::{AfterDoubt, Clock, GuestId, MessageText};
use outbox::{
    EntryFilter, Error, InTime, Kind, LaneFilter, LaneKind, Options, Order, Outbox, Outgoing, State,
};
use store::{Batch, Store};
use testkit::{
    FaultyFs, OutboxFolder, copy_folder, files_below, message_id as id, message_number as number,
    quick_folder, text, third_dialect::Mood,
};
use uuid::Uuid;

use crate::{
    Step,
    expected::{Expected, KEPT, MAX_WAIT, Model, Next},
    org::{Org, Seen},
};

const IN_FLIGHT: usize = 3;

pub struct World {
    house: OutboxFolder,
    disk: FaultyFs,
    open: Option<(Store, Outbox)>,
    org: Org,
    model: Model,
    next: u64,
}

fn options() -> Options {
    // Everything is remembered for longer than the clock ever moves; the number alone trims.
    let long = Duration::from_secs(1_000 * 24 * 3_600);
    let max_wait = Duration::from_secs(MAX_WAIT.unsigned_abs());
    Options {
        max_wait,
        in_flight: IN_FLIGHT,
        history_for: long,
        remember_for: long,
        history_entries: KEPT,
        // Without chance a case that failed fails again.
        seed: Some(7),
        ..Options::default()
    }
}

fn guest(lane: u64) -> GuestId {
    GuestId(Uuid::from_u128(lane.into()))
}

fn written() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

fn message(lane: u64, n: u64, text: MessageText) -> Outgoing {
    let conversation_id = format!("c-{lane}").parse().expect("a conversation id");
    Outgoing { id: id(n), conversation_id, guest_id: guest(lane), text, written_at: written() }
}

impl World {
    pub fn new(after_doubt: AfterDoubt) -> Self {
        let house = OutboxFolder::quick();
        let mut world = Self {
            org: Org::new(after_doubt, house.clock.clone()),
            model: Model::new(after_doubt),
            house,
            disk: FaultyFs::new(),
            open: None,
            next: 0,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let disk = Arc::new(self.disk.clone());
        let store = Store::open_on(disk, self.house.dir.path(), &self.house.key).expect("the store opens");
        assert_eq!(store.recovery().changes_lost, 0, "{:?}", store.recovery());
        let clock = Arc::new(self.house.clock.clone());
        let outbox = Outbox::open_with(&store, clock, options()).expect("the outbox opens");
        self.open = Some((store, outbox));
        self.model.restart();
    }

    fn outbox(&self) -> Outbox {
        self.open.as_ref().expect("open").1.clone()
    }

    fn choose(&self, entry: usize) -> Option<u64> {
        let accepted = self.model.all().count();
        (accepted > 0).then(|| self.model.all().nth(entry % accepted).expect("within").n)
    }

    pub async fn take(&mut self, step: &Step) {
        self.model.now = self.house.clock.now().timestamp();
        let outbox = self.outbox();
        let chosen = match step {
            Step::Again { entry, .. }
            | Step::Retry { entry }
            | Step::MarkDelivered { entry }
            | Step::SendAgain { entry }
            | Step::Edit { entry }
            | Step::Discard { entry }
            | Step::Undo { entry }
            | Step::Full { entry, .. } => self.choose(*entry),
            _ => None,
        };
        match (step, chosen) {
            (Step::Accept { lane }, _) => self.accept(*lane),
            (Step::Again { other_text, .. }, Some(n)) => self.again(n, *other_text),
            (Step::Retry { .. }, Some(n)) => {
                let answer = match outbox.retry(id(n), Order::GivenUp) {
                    Err(Error::NeedsDecision { .. }) => None,
                    answer => Some(answer.expect("a disk without trouble")),
                };
                assert_eq!(answer, self.model.retry(n));
            }
            (Step::MarkDelivered { .. }, Some(n)) => self.mark_delivered(n),
            (Step::SendAgain { .. }, Some(n)) => self.send_again(n),
            (Step::Discard { .. }, Some(n)) => {
                assert_eq!(outbox.discard(id(n)).expect("a disk without trouble"), self.model.discard(n));
            }
            (Step::Edit { .. }, Some(n)) => {
                let new = format!("edited {n} at {}", self.model.now);
                assert_eq!(
                    outbox.edit(id(n), &text(&new), Order::GivenUp).expect("a disk without trouble"),
                    self.model.edit(n, new)
                );
            }
            (Step::Undo { .. }, Some(n)) => {
                let (answer, expected) =
                    (outbox.undo_discard(id(n)).expect("a disk without trouble"), self.model.undo(n));
                assert!(expected.is_none_or(|e| e == answer), "undo of {n}: {answer:?} and not {expected:?}");
                if answer == InTime::Yes {
                    self.model.undone(n);
                }
            }
            (Step::Drain { seed, mood }, _) => self.drain(*seed, *mood, None).await,
            (Step::DrainCut { seed, mood, after_ms }, _) => self.drain(*seed, *mood, Some(*after_ms)).await,
            (Step::Resume, _) => {
                outbox.resume();
                self.model.resume();
            }
            (Step::Wake(why), _) => {
                outbox.wake(*why);
                self.model.wake(*why);
            }
            (Step::Clock { seconds }, _) => self.house.clock.forward(*seconds),
            (Step::Reopen, _) => {
                drop(outbox);
                self.open = None;
                self.open();
            }
            (Step::Crash, _) => {
                drop(outbox);
                self.crash();
            }
            (Step::Full { short, .. }, Some(n)) => self.full(n, *short).await,
            (Step::Damage { journal, at }, _) => {
                drop(outbox);
                self.damage(*journal, *at);
            }
            (Step::Rest, _) | (_, None) => {}
        }
        self.model.now = self.house.clock.now().timestamp();
    }

    fn mark_delivered(&mut self, n: u64) {
        let answer = self.outbox().mark_delivered(id(n)).expect("a disk without trouble");
        assert_eq!(answer, self.model.mark_delivered(n));
    }

    fn send_again(&mut self, n: u64) {
        let answer = self.outbox().send_again(id(n)).expect("a disk without trouble");
        assert_eq!(answer, self.model.send_again(n));
        if answer == InTime::Yes {
            self.org.tell_again(n);
        }
    }

    fn accept(&mut self, lane: u64) {
        let n = self.next;
        self.next += 1;
        let words = format!("words of {n}");
        assert!(
            !self.outbox().accept(message(lane, n, text(&words))).expect("a disk without trouble").repeat
        );
        self.model.accept(lane, n, words);
    }

    /// The same message again is the same entry, also when its text is trimmed.
    fn again(&mut self, n: u64, other_text: bool) {
        let (lane, _) = self.model.find(n);
        let words = if other_text { "other words".to_owned() } else { format!("words of {n}") };
        let answer = self.outbox().accept(message(lane, n, text(&words)));
        let expected = self.model.entry(n);
        if other_text && !expected.edited {
            assert!(matches!(answer, Err(Error::IdTaken { .. })), "{answer:?}");
        } else {
            let accepted = answer.expect("a disk without trouble");
            assert!(accepted.repeat);
            assert_eq!(
                (accepted.entry.state.kind(), accepted.entry.attempts),
                (expected.kind(), expected.attempts)
            );
        }
    }

    async fn drain(&mut self, seed: u64, mood: Mood, cut_after: Option<u64>) {
        self.model.lose();
        self.org.mood(seed, mood);
        let outbox = self.outbox();
        let report = match cut_after {
            Some(after) => {
                tokio::time::timeout(Duration::from_millis(after), outbox.drain(&self.org)).await.ok()
            }
            None => Some(outbox.drain(&self.org).await),
        };
        // Nothing may be under way on another thread when both are compared.
        tokio::task::spawn_blocking(|| ()).await.expect("no panic");
        self.open.as_ref().expect("open").0.commit(Batch::new()).expect("a disk without trouble");
        let mut after_pause = 0;
        for seen in self.org.take_seen() {
            match seen {
                Seen::Send { n, text } => {
                    after_pause += usize::from(self.model.paused);
                    assert!(after_pause < IN_FLIGHT, "{n} is sent although all pauses");
                    assert_eq!(self.model.entry(n).text, text);
                    self.model.begin(n, Next::Send);
                }
                Seen::Look { n } => {
                    after_pause += usize::from(self.model.paused);
                    assert!(after_pause < IN_FLIGHT, "{n} is looked for although all pauses");
                    self.model.begin(n, Next::Look);
                }
                Seen::Answer { n, answer } => self.model.end(n, &answer),
                Seen::Found { n, found } => self.model.looked(n, &found),
            }
        }
        self.marked_and_not_begun(&outbox, report.is_none());
        let kept = self.kept(&outbox);
        let over = self.model.all().filter(|e| !e.owed() && !e.gone).count();
        assert!(kept.len() >= over.min(KEPT), "trimmed too much: {} of {over}", kept.len());
        self.model.trimmed(&kept);
        let Some(report) = report else { return };
        assert!(report.error.is_none(), "{report:?}");
        assert_eq!(report.paused.is_some(), self.model.paused);
        let discarded = self.model.all().filter(|e| e.kind() == Kind::Discarded && !e.gone).count();
        assert!(kept.len() <= KEPT + discarded, "{} are kept", kept.len());
        if !self.model.paused {
            assert!(self.model.overdue().is_none(), "left: {:?}", self.model.overdue());
            assert_eq!(report.next_due.is_some(), self.model.something_waits());
            assert!(report.next_due.is_none_or(|d| d > Duration::ZERO), "{report:?}");
        }
    }

    /// When an activation is dropped, an entry may say that it is being sent and the courier was not asked yet.
    fn marked_and_not_begun(&mut self, outbox: &Outbox, dropped: bool) {
        let sending = EntryFilter { states: vec![Kind::Sending], ..EntryFilter::default() };
        for entry in outbox.page(&sending, 0, 99).expect("a disk without trouble").entries {
            assert!(dropped, "nobody sends it");
            if self.model.entry(number(entry.id)).kind() != Kind::Sending {
                let next = self.model.entry(number(entry.id)).next;
                self.model.begin(number(entry.id), next);
            }
        }
    }

    /// What is on the disk at this moment, and nothing that a clean end would add.
    fn crash(&mut self) {
        let fresh = quick_folder();
        copy_folder(self.house.dir.path(), fresh.path());
        self.open = None;
        self.house.dir = fresh;
        self.open();
    }

    /// Nothing is accepted, changed or sent, and nothing else is lost by that.
    async fn full(&mut self, n: u64, short: usize) {
        let outbox = self.outbox();
        self.disk.fill(short);
        let refused = outbox.accept(message(0, self.next, text("never accepted")));
        assert!(matches!(refused, Err(Error::Accept { .. })), "{refused:?}");
        let changes = {
            let mut dry = self.model.clone();
            let before = dry.entry(n).stand.clone();
            dry.discard(n);
            dry.entry(n).stand != before
        };
        let answer = outbox.discard(id(n));
        assert_eq!(changes, matches!(answer, Err(Error::Change { .. })), "{answer:?}");
        self.org.mood(0, Mood::Good);
        let report = outbox.drain(&self.org).await;
        assert_eq!(report.attempts, 0, "nothing is sent that could not be recorded");
        self.disk.heal();
        tokio::task::spawn_blocking(|| ()).await.expect("no panic");
        assert!(self.org.take_seen().is_empty());
        self.model.reread();
    }

    /// A damaged copy is mended from the other.
    fn damage(&mut self, journal: bool, at: usize) {
        self.open = None;
        let name = if journal { "journal" } else { "db" };
        let all = files_below(self.house.dir.path());
        let of: Vec<_> = all
            .iter()
            .filter(|f| {
                f.strip_prefix(self.house.dir.path()).is_ok_and(|f| f.to_string_lossy().starts_with(name))
            })
            .collect();
        let path = of[at % of.len()];
        let mut bytes = fs::read(path).expect("a file");
        let at = (at / 7) % bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << (at % 8);
        }
        fs::write(path, bytes).expect("a file");
        self.open();
        let aside = self.open.as_ref().expect("open").0.recovery().set_aside.clone();
        for aside in aside {
            // It is not to be damaged a second time.
            if aside.is_dir() { fs::remove_dir_all(aside) } else { fs::remove_file(aside) }.expect("removed");
        }
    }

    /// Everything that can be read is what the model says.
    pub fn compare(&self) {
        let (outbox, model) = (self.outbox(), &self.model);
        let owed: Vec<&Expected> = model.all().filter(|e| e.owed()).collect();
        let page = outbox.page(&EntryFilter::default(), 0, 9_999).expect("a disk without trouble");
        let shown: Vec<_> = page
            .entries
            .iter()
            .map(|e| (number(e.id), e.state.kind(), e.attempts, e.text.as_str()))
            .collect();
        let expected: Vec<_> = owed.iter().map(|e| (e.n, e.kind(), e.attempts, e.text.as_str())).collect();
        assert_eq!(shown, expected);
        assert_eq!(page.total, owed.len() as u64);
        for (entry, expected) in page.entries.iter().zip(&owed) {
            let shown = (entry.needs_person, entry.sent_again);
            assert_eq!(shown, (expected.needs_person(), expected.sent_again), "{entry:?}");
        }
        for offset in [0, owed.len() / 2] {
            let part =
                outbox.page(&EntryFilter::default(), offset as u64, 3).expect("a disk without trouble");
            let end = owed.len().min(offset + 3);
            assert_eq!((part.entries.as_slice(), part.total), (&page.entries[offset..end], page.total));
        }
        let exported: Vec<_> =
            outbox.export().map(|e| number(e.expect("a disk without trouble").id)).collect();
        assert_eq!(exported, owed.iter().map(|e| e.n).collect::<Vec<_>>());
        let count = |kinds: &[Kind]| {
            model.all().filter(|e| kinds.contains(&e.kind()) && (!e.gone || e.owed())).count() as u64
        };
        let counts = outbox.counts();
        assert_eq!(counts.waiting, count(&[Kind::Queued, Kind::Sending, Kind::Waiting]));
        assert_eq!((counts.uncertain, counts.dead), (count(&[Kind::Uncertain]), count(&[Kind::Dead])));
        assert_eq!(counts.delivered, count(&[Kind::Delivered]));
        self.compare_lanes(&outbox);
        self.compare_history(&outbox);
    }

    fn compare_lanes(&self, outbox: &Outbox) {
        let shown = outbox.lanes(&LaneFilter::default(), 0, 99);
        let lanes: Vec<u64> = self
            .model
            .lanes
            .iter()
            .filter(|(_, es)| es.iter().any(Expected::owed))
            .map(|(l, _)| *l)
            .collect();
        assert_eq!(shown.total, lanes.len() as u64);
        for (lane, summary) in lanes.iter().zip(&shown.lanes) {
            assert_eq!(summary.conversation_id.to_string(), format!("c-{lane}"));
            let owed = self.model.lanes[lane].iter().filter(|e| e.owed()).count() as u64;
            assert_eq!(summary.waiting + summary.uncertain + summary.dead, owed);
            let conversation = Some(summary.conversation_id.clone());
            let of = EntryFilter { conversation, ..EntryFilter::default() };
            assert_eq!(outbox.page(&of, 0, 1).expect("a disk without trouble").total, owed);
            let kind = summary.kind;
            let Some(head) = self.model.head(*lane) else {
                assert_eq!(kind, LaneKind::Dead);
                continue;
            };
            let right = match (head.kind(), self.model.head_is_due(*lane)) {
                (Kind::Sending, _) => kind == LaneKind::Sending,
                _ if self.model.lanes[lane].iter().any(|e| e.kind() == Kind::Sending) => {
                    kind == LaneKind::Sending
                }
                _ if self.model.paused => kind == LaneKind::Paused,
                (Kind::Uncertain, _) => kind == LaneKind::Uncertain,
                (_, Some(true)) => kind == LaneKind::Flowing,
                (_, Some(false)) => kind == LaneKind::Waiting,
                (_, None) => matches!(kind, LaneKind::Flowing | LaneKind::Waiting),
            };
            assert!(right, "{kind:?} for {head:?}");
            assert_eq!((number(summary.head), summary.head_attempts), (head.n, head.attempts));
            assert!(outbox.undelivered_for(&guest(*lane)));
        }
    }

    /// What is over and not trimmed, in the order of the numbers.
    fn kept(&self, outbox: &Outbox) -> Vec<u64> {
        // A part of the history that was trimmed may be in line for the disk still.
        let store = &self.open.as_ref().expect("open").0;
        store.commit(Batch::new()).expect("a disk without trouble");
        let of = |lane: &u64| {
            let conversation = format!("c-{lane}").parse().expect("an id");
            outbox.conversation(&conversation).expect("a disk without trouble")
        };
        let is_over = |state: &State| matches!(state, State::Delivered { .. } | State::Discarded { .. });
        let entries = self.model.lanes.keys().flat_map(of).filter(|e| is_over(&e.state));
        let mut kept: Vec<u64> = entries.map(|e| number(e.id)).collect();
        kept.sort_unstable();
        kept
    }

    fn compare_history(&self, outbox: &Outbox) {
        let mut expected: Vec<u64> = self.model.all().filter(|e| !e.owed() && !e.gone).map(|e| e.n).collect();
        expected.sort_unstable();
        assert_eq!(self.kept(outbox), expected);
    }

    /// A person who knows the truth decides about everything that waits for them.
    fn decide(&mut self) {
        let received = self.org.received();
        let open: Vec<u64> = self.model.all().filter(|e| e.needs_person()).map(|e| e.n).collect();
        for n in open {
            let entry = self.outbox().entry(id(n)).expect("a disk without trouble").expect("known");
            assert!(entry.needs_person && entry.after_doubt != AfterDoubt::SameIdAgain);
            if received.contains(&n) { self.mark_delivered(n) } else { self.send_again(n) }
        }
    }

    /// Good weather until nothing is on its way; then the org's truth is held against what was accepted.
    pub async fn end(&mut self) {
        for _ in 0..4 {
            self.decide();
            self.house.clock.forward(100_000);
            self.take(&Step::Resume).await;
            self.take(&Step::Drain { seed: 0, mood: Mood::Good }).await;
        }
        self.compare();
        let received = self.org.received();
        self.org.has_no_silent_repeat();
        for (lane, entries) in &self.model.lanes {
            assert!(!entries.iter().any(Expected::moves), "lane {lane} is not empty: {entries:?}");
            for entry in entries.iter().filter(|e| e.kind() == Kind::Delivered && !e.marked) {
                assert!(received.contains(&entry.n), "{} was never received", entry.n);
            }
            let firsts = entries.iter().filter(|e| !e.by_person);
            let firsts: Vec<usize> = firsts.filter_map(|e| received.iter().position(|n| *n == e.n)).collect();
            assert!(firsts.is_sorted(), "lane {lane} was received out of order: {received:?}");
        }
    }
}
