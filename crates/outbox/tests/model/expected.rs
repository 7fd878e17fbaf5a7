//! What the outbox has to be after everything that happened.

use std::{collections::BTreeMap, time::Duration};

use model::AfterDoubt;
use outbox::{Delivery, Found, InTime, Kind, Wake};

pub const MAX_WAIT: i64 = 300;
pub const KEPT: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    Queued,
    Sending,
    /// Waiting or, when an attempt may have arrived, uncertain.
    Waiting(Wait),
    Dead,
    Delivered,
    Discarded(Box<Stand>),
}

/// A wait since a time. Told: how long. Else at most as long as the attempts allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    since: i64,
    told: Option<i64>,
    most: i64,
    /// Ended by a wake-up, which only memory knows of.
    woken: bool,
}

impl Wait {
    /// Set back by no more than the wait, and a minute at most, a clock counts as corrected: the wait stands.
    fn surely_over(&self, now: i64) -> bool {
        let longest = self.told.unwrap_or(self.most);
        now < self.since - longest.min(60) || self.woken || now >= self.since + longest
    }

    fn perhaps_over(&self, now: i64) -> bool {
        self.told.is_none() || self.surely_over(now)
    }
}

/// What the next attempt does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Send,
    Look,
    Person,
}

/// So many seconds lie between two readings of the history that count as two.
const APART: i64 = 10;

#[derive(Debug, Clone)]
pub struct Expected {
    pub n: u64,
    pub text: String,
    pub stand: Stand,
    pub attempts: u32,
    pub maybe_sent: bool,
    pub next: Next,
    /// When a reading of the history did not hold it.
    absent_at: Option<i64>,
    /// How often it is to be sent again, as shown.
    pub sent_again: u32,
    /// A person says that it was delivered.
    pub marked: bool,
    pub edited: bool,
    /// A person changed the order, so it may come late.
    pub by_person: bool,
    /// When it was delivered or discarded.
    pub over_at: i64,
    /// Its text is trimmed.
    pub gone: bool,
}

impl Expected {
    pub fn kind(&self) -> Kind {
        match &self.stand {
            Stand::Queued => Kind::Queued,
            Stand::Sending => Kind::Sending,
            Stand::Waiting(_) if self.maybe_sent => Kind::Uncertain,
            Stand::Waiting(_) => Kind::Waiting,
            Stand::Dead => Kind::Dead,
            Stand::Delivered => Kind::Delivered,
            Stand::Discarded(_) => Kind::Discarded,
        }
    }

    pub fn moves(&self) -> bool {
        matches!(self.stand, Stand::Queued | Stand::Sending | Stand::Waiting(_))
    }

    pub fn owed(&self) -> bool {
        self.moves() || self.stand == Stand::Dead
    }

    fn wait(&mut self, now: i64, told: Option<i64>, most: i64) {
        self.stand = Stand::Waiting(Wait { since: now, told, most, woken: false });
    }

    pub fn needs_person(&self) -> bool {
        self.kind() == Kind::Uncertain && self.next == Next::Person
    }

    /// It may have arrived: what follows is a matter of how it was sent.
    fn doubt(&mut self, by: AfterDoubt) {
        self.maybe_sent = true;
        self.absent_at = None;
        self.next = match by {
            AfterDoubt::SameIdAgain => Next::Send,
            AfterDoubt::LookInHistory => Next::Look,
            AfterDoubt::AskPerson => Next::Person,
        };
    }

    /// What a person is told who takes it out.
    fn unsure(&self, by: AfterDoubt) -> InTime {
        let dead = match &self.stand {
            Stand::Discarded(was) => **was == Stand::Dead,
            stand => *stand == Stand::Dead,
        };
        // A refusal says that no earlier attempt arrived only where the org would have known the repeat.
        let surely_not = dead && by == AfterDoubt::SameIdAgain;
        if self.maybe_sent && !surely_not { InTime::Perhaps } else { InTime::Yes }
    }
}

#[derive(Debug, Clone)]
pub struct Model {
    by: AfterDoubt,
    pub now: i64,
    pub lanes: BTreeMap<u64, Vec<Expected>>,
    pub paused: bool,
    token_tried: bool,
}

impl Model {
    pub fn new(by: AfterDoubt) -> Self {
        Self { by, now: 0, lanes: BTreeMap::new(), paused: false, token_tried: false }
    }

    pub fn all(&self) -> impl Iterator<Item = &Expected> {
        self.lanes.values().flatten()
    }

    pub fn head(&self, lane: u64) -> Option<&Expected> {
        self.lanes.get(&lane)?.iter().find(|e| e.moves())
    }

    /// The lane and the place in it.
    pub fn find(&self, n: u64) -> (u64, usize) {
        let mut lanes = self.lanes.iter();
        lanes.find_map(|(lane, es)| Some((*lane, es.iter().position(|e| e.n == n)?))).expect("accepted")
    }

    pub fn entry(&mut self, n: u64) -> &mut Expected {
        let (lane, at) = self.find(n);
        &mut self.lanes.get_mut(&lane).expect("found")[at]
    }

    pub fn accept(&mut self, lane: u64, n: u64, text: String) {
        let (attempts, over_at) = (0, 0);
        let (maybe_sent, edited, by_person, marked, gone) = (false, false, false, false, false);
        let (stand, next, absent_at, sent_again) = (Stand::Queued, Next::Send, None, 0);
        let new = Expected {
            n,
            text,
            stand,
            attempts,
            maybe_sent,
            next,
            absent_at,
            sent_again,
            marked,
            edited,
            by_person,
            over_at,
            gone,
        };
        self.lanes.entry(lane).or_default().push(new);
    }

    /// An attempt begins, in a lane and at a time in which it may.
    pub fn begin(&mut self, n: u64, next: Next) {
        let now = self.now;
        let (lane, _) = self.find(n);
        let head = self.head(lane).expect("something is on its way");
        assert_eq!(head.n, n, "only the first goes");
        let may = match &head.stand {
            Stand::Queued => true,
            Stand::Waiting(wait) => wait.perhaps_over(self.now),
            _ => false,
        };
        assert!(may, "{n} is sent too early at {}: {head:?}", self.now);
        let entry = self.entry(n);
        assert!(entry.next == next && next != Next::Person, "{next:?} of {entry:?}");
        if next == Next::Look {
            entry.absent_at = entry.absent_at.filter(|at| now - at >= APART);
        }
        entry.stand = Stand::Sending;
        entry.attempts += 1;
    }

    pub fn looked(&mut self, n: u64, found: &Found) {
        let now = self.now;
        let entry = self.entry(n);
        assert_eq!(entry.stand, Stand::Sending);
        let most = (1i64 << (entry.attempts - 1).min(20)).min(MAX_WAIT);
        match found {
            Found::Delivered { .. } => (entry.stand, entry.over_at) = (Stand::Delivered, now),
            Found::NotThere if entry.absent_at.is_some() => {
                (entry.maybe_sent, entry.next, entry.absent_at) = (false, Next::Send, None);
                entry.sent_again += 1;
                entry.wait(now, Some(0), 0);
            }
            Found::NotThere => {
                entry.absent_at = Some(now);
                entry.wait(now, Some(APART), 0);
            }
            Found::NotRead { retry_after, .. } => {
                entry.wait(now, retry_after.as_ref().map(whole_seconds), most);
            }
            Found::CannotTell { .. } | Found::Several => {
                (entry.next, entry.absent_at) = (Next::Person, None);
                entry.wait(now, Some(0), 0);
            }
            Found::Paused { .. } => {
                entry.wait(now, Some(0), 0);
                self.paused = true;
            }
        }
        if matches!(found, Found::Delivered { .. }) {
            self.token_tried = false;
        }
    }

    pub fn end(&mut self, n: u64, answer: &Delivery) {
        let (now, by) = (self.now, self.by);
        let entry = self.entry(n);
        assert_eq!(entry.stand, Stand::Sending);
        let most = (1i64 << (entry.attempts - 1).min(20)).min(MAX_WAIT);
        match answer {
            Delivery::NotTried => panic!("no org of this test closes"),
            Delivery::Delivered { .. } => (entry.stand, entry.over_at) = (Stand::Delivered, now),
            Delivery::NotSent { retry_after, .. } => {
                entry.wait(now, retry_after.as_ref().map(whole_seconds), most);
            }
            Delivery::Uncertain { retry_after, .. } => {
                entry.doubt(by);
                match entry.next {
                    Next::Person => entry.wait(now, Some(0), 0),
                    _ => entry.wait(now, retry_after.as_ref().map(whole_seconds), most),
                }
            }
            Delivery::Dead { .. } => entry.stand = Stand::Dead,
            Delivery::ConversationOver { .. } => {
                let (lane, _) = self.find(n);
                let all = self.lanes.get_mut(&lane).expect("found");
                all.iter_mut().filter(|e| e.moves()).for_each(|e| e.stand = Stand::Dead);
            }
            Delivery::Paused { .. } => {
                entry.wait(now, Some(0), 0);
                self.paused = true;
            }
        }
        if matches!(answer, Delivery::Delivered { .. }) {
            self.token_tried = false;
        }
    }

    /// Nobody waits for the attempts any more.
    pub fn lose(&mut self) {
        let (now, by) = (self.now, self.by);
        for entry in self.lanes.values_mut().flatten().filter(|e| e.stand == Stand::Sending) {
            // A reading that was cut off leaves the doubt as it was.
            if entry.next == Next::Send {
                entry.doubt(by);
            }
            entry.wait(now, Some(0), 0);
        }
    }

    /// Opened again: what only memory knew is gone.
    pub fn restart(&mut self) {
        (self.paused, self.token_tried) = (false, false);
        self.lose();
        self.reread();
    }

    /// What only memory knew of the entries is gone.
    pub fn reread(&mut self) {
        for entry in self.lanes.values_mut().flatten() {
            let mut stand = &mut entry.stand;
            while let Stand::Discarded(was) = stand {
                stand = was;
            }
            if let Stand::Waiting(wait) = stand {
                wait.woken = false;
            }
        }
    }

    /// Whether a later activation has something to try.
    pub fn something_waits(&self) -> bool {
        self.lanes.keys().filter_map(|lane| self.head(*lane)).any(|head| !head.needs_person())
    }

    /// Heads that an activation must have tried by now.
    pub fn overdue(&self) -> Option<&Expected> {
        self.lanes.keys().filter_map(|lane| self.head(*lane)).find(|head| match &head.stand {
            Stand::Queued => true,
            Stand::Waiting(wait) => !head.needs_person() && wait.surely_over(self.now),
            _ => false,
        })
    }

    /// Whether the head of a lane can be sent now; `None` where the outbox may have drawn any wait.
    pub fn head_is_due(&self, lane: u64) -> Option<bool> {
        match &self.head(lane)?.stand {
            Stand::Queued => Some(true),
            Stand::Waiting(wait) if wait.surely_over(self.now) => Some(true),
            Stand::Waiting(wait) if !wait.perhaps_over(self.now) => Some(false),
            _ => None,
        }
    }

    /// False where that cannot be: a person has to decide.
    fn hurry(&mut self, n: u64) -> bool {
        let (now, by) = (self.now, self.by);
        let entry = self.entry(n);
        if let Stand::Waiting(_) = entry.stand {
            match entry.next {
                Next::Person if by == AfterDoubt::LookInHistory => entry.next = Next::Look,
                Next::Person => return false,
                _ => {}
            }
            entry.wait(now, Some(0), 0);
        }
        true
    }

    /// `None` where a person has to decide.
    pub fn retry(&mut self, n: u64) -> Option<InTime> {
        let (lane, at) = self.find(n);
        let (now, by) = (self.now, self.by);
        let entry = self.entry(n);
        let in_time = entry.unsure(by);
        match entry.stand {
            _ if entry.gone => return Some(InTime::No),
            Stand::Queued => {}
            Stand::Waiting(_) => {
                if !self.hurry(n) {
                    return None;
                }
            }
            Stand::Dead if entry.maybe_sent => {
                entry.by_person = true;
                entry.wait(now, Some(0), 0);
            }
            Stand::Dead => (entry.stand, entry.by_person) = (Stand::Queued, true),
            _ => return Some(InTime::No),
        }
        let in_front = self.lanes[&lane][..at].iter().find(|e| e.moves()).map(|e| e.n);
        if let Some(in_front) = in_front {
            self.hurry(in_front);
        }
        Some(in_time)
    }

    fn is_for_a_person(&mut self, n: u64) -> bool {
        let by = self.by;
        let entry = self.entry(n);
        by != AfterDoubt::SameIdAgain && !entry.gone && entry.kind() == Kind::Uncertain
    }

    pub fn mark_delivered(&mut self, n: u64) -> InTime {
        if !self.is_for_a_person(n) {
            return InTime::No;
        }
        let now = self.now;
        let entry = self.entry(n);
        (entry.stand, entry.over_at, entry.marked) = (Stand::Delivered, now, true);
        InTime::Yes
    }

    pub fn send_again(&mut self, n: u64) -> InTime {
        if !self.is_for_a_person(n) {
            return InTime::No;
        }
        let now = self.now;
        let entry = self.entry(n);
        entry.sent_again += u32::from(entry.next != Next::Send);
        (entry.next, entry.absent_at) = (Next::Send, None);
        entry.wait(now, Some(0), 0);
        InTime::Yes
    }

    pub fn edit(&mut self, n: u64, text: String) -> InTime {
        let entry = self.entry(n);
        match entry.stand {
            _ if entry.gone || entry.maybe_sent => return InTime::No,
            Stand::Queued | Stand::Waiting(_) => {}
            Stand::Dead => (entry.stand, entry.by_person) = (Stand::Queued, true),
            _ => return InTime::No,
        }
        (entry.text, entry.edited) = (text, true);
        InTime::Yes
    }

    pub fn discard(&mut self, n: u64) -> InTime {
        let (now, by) = (self.now, self.by);
        let entry = self.entry(n);
        let unsure = entry.unsure(by);
        match &entry.stand {
            Stand::Discarded(_) => return unsure,
            Stand::Sending | Stand::Delivered => return InTime::No,
            stand => entry.stand = Stand::Discarded(Box::new(stand.clone())),
        }
        entry.over_at = now;
        unsure
    }

    /// `None` where both answers are right: all that was sent after it is trimmed.
    pub fn undo(&self, n: u64) -> Option<InTime> {
        let (lane, at) = self.find(n);
        let (entry, later) = (&self.lanes[&lane][at], &self.lanes[&lane][at + 1..]);
        match &entry.stand {
            Stand::Discarded(_) | Stand::Delivered if entry.gone => Some(InTime::No),
            Stand::Delivered => Some(InTime::No),
            Stand::Discarded(was) if **was == Stand::Dead => Some(InTime::Yes),
            Stand::Discarded(_) if later.iter().any(|e| e.attempts > 0 && !e.gone) => Some(InTime::No),
            Stand::Discarded(_) if later.iter().any(|e| e.attempts > 0) => None,
            _ => Some(InTime::Yes),
        }
    }

    pub fn undone(&mut self, n: u64) {
        let entry = self.entry(n);
        if let Stand::Discarded(was) = &entry.stand {
            (entry.stand, entry.by_person) = ((**was).clone(), true);
        }
    }

    pub fn wake(&mut self, why: Wake) {
        match why {
            Wake::Person => (self.paused, self.token_tried) = (false, false),
            Wake::Token if self.paused && !self.token_tried => {
                (self.paused, self.token_tried) = (false, true);
            }
            _ => {}
        }
        let heads: Vec<u64> = self.lanes.keys().filter_map(|l| self.head(*l)).map(|e| e.n).collect();
        for n in heads {
            if let Stand::Waiting(wait) = &mut self.entry(n).stand
                && wait.told.is_none()
            {
                wait.woken = true;
            }
        }
    }

    pub fn resume(&mut self) {
        (self.paused, self.token_tried) = (false, false);
    }

    /// What is delivered or discarded and not in `kept` was trimmed.
    pub fn trimmed(&mut self, kept: &[u64]) {
        for entry in self.lanes.values_mut().flatten().filter(|e| !e.owed()) {
            assert!(!(entry.gone && kept.contains(&entry.n)), "{} came back", entry.n);
            entry.gone |= !kept.contains(&entry.n);
        }
    }
}

fn whole_seconds(duration: &Duration) -> i64 {
    i64::try_from(duration.as_secs()).expect("a short wait")
}
