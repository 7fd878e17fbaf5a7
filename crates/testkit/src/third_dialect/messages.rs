//! How messages travel in the third dialect. The org knows no repeat by its id; the history of a guest may lag, cannot always be
//! read, and gives its rows in an order of its own, some of them twice.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AfterDoubt, Clock, ConversationId, MessageId};
use outbox::{Courier, Delivery, Found, OrgIds, Outgoing};

use crate::{Dice, ManualClock};

/// How the org behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything and answers.
    Good,
    /// Everything goes wrong that can.
    Bad,
    /// Lets nobody in.
    Denies,
}

/// A message in the history of a guest. It does not carry the id that the outbox gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: String,
    conversation_id: ConversationId,
    text: String,
    at: DateTime<Utc>,
}

/// What tests are told: the org itself does not know whose message is whose.
#[derive(Default)]
struct Truth {
    history: Vec<Row>,
    /// What was taken and shows in the history only after it was read once more.
    late: Vec<Row>,
    received: Vec<MessageId>,
}

struct State {
    mood: Mood,
    dice: Dice,
    truth: Truth,
}

/// An org in memory, and the courier to it.
pub struct Messages {
    after_doubt: AfterDoubt,
    clock: ManualClock,
    state: Mutex<State>,
}

/// Rows that one page of the history holds.
const PAGE: usize = 3;

impl Messages {
    /// An org without a message. With [`AfterDoubt::AskPerson`] it shows nobody its history.
    #[must_use]
    pub fn new(after_doubt: AfterDoubt, clock: ManualClock) -> Self {
        let state = State { mood: Mood::Good, dice: Dice(0), truth: Truth::default() };
        Self { after_doubt, clock, state: Mutex::new(state) }
    }

    /// From now on it behaves so; the same seed does the same.
    pub fn mood(&self, seed: u64, mood: Mood) {
        let mut state = self.state();
        (state.mood, state.dice) = (mood, Dice(seed));
    }

    /// What it received so far, in order, each as often as it came. Also what does not show in the history yet.
    #[must_use]
    pub fn received(&self) -> Vec<MessageId> {
        self.state().truth.received.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, message: &Outgoing, late: bool) -> String {
        let mut state = self.state();
        let row = Row {
            id: format!("m-{}", state.truth.received.len()),
            conversation_id: message.conversation_id.clone(),
            text: message.text.as_str().to_owned(),
            at: self.clock.now(),
        };
        let id = row.id.clone();
        state.truth.received.push(message.id);
        if late {
            state.truth.late.push(row);
        } else {
            state.truth.history.push(row);
        }
        id
    }
}

impl State {
    /// The history page by page: shuffled, and each page begins with a row of the one before.
    fn pages(&mut self) -> Vec<Vec<Row>> {
        let mut rows = self.truth.history.clone();
        for n in (1..rows.len()).rev() {
            let with = self.dice.below(n as u64 + 1) as usize;
            rows.swap(n, with);
        }
        (0..rows.len())
            .step_by(PAGE)
            .map(|n| rows[n.saturating_sub(1)..rows.len().min(n + PAGE)].to_vec())
            .collect()
    }
}

fn why() -> String {
    "trouble".to_owned()
}

#[async_trait]
impl Courier for Messages {
    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let (mood, fate, pause) = {
            let mut state = self.state();
            (state.mood, state.dice.below(14), Duration::from_millis(state.dice.below(20)))
        };
        // Taken at some time before the answer, or before nobody waits for it any more.
        tokio::time::sleep(pause).await;
        let taken = match (mood, fate) {
            (Mood::Good, _) | (Mood::Bad, 0..7) => {
                let late = mood == Mood::Bad && fate == 6 && self.after_doubt == AfterDoubt::LookInHistory;
                Some(self.take(message, late))
            }
            _ => None,
        };
        tokio::time::sleep(pause).await;
        let told = Some(Duration::from_secs(30 + fate));
        match (mood, fate) {
            (Mood::Good, _) | (Mood::Bad, 0..4) => {
                Delivery::Delivered { org: OrgIds { message_id: taken, ..OrgIds::default() } }
            }
            (Mood::Denies, _) => Delivery::Paused { why: why() },
            (Mood::Bad, 4..8) => Delivery::Uncertain { why: why(), retry_after: None },
            (Mood::Bad, 8) => Delivery::Uncertain { why: why(), retry_after: told },
            (Mood::Bad, 9) => Delivery::NotSent { why: why(), retry_after: None },
            (Mood::Bad, 10) => Delivery::NotSent { why: why(), retry_after: told },
            (Mood::Bad, 11 | 12) => Delivery::Dead { why: why() },
            (Mood::Bad, _) => Delivery::ConversationOver { why: why() },
        }
    }

    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        self.after_doubt
    }

    async fn find(&self, message: &Outgoing, sent_at: DateTime<Utc>) -> Found {
        assert_eq!(self.after_doubt, AfterDoubt::LookInHistory, "there is no history to look in");
        let (mood, fate, pause) = {
            let mut state = self.state();
            (state.mood, state.dice.below(8), Duration::from_millis(state.dice.below(20)))
        };
        tokio::time::sleep(pause).await;
        match (mood, fate) {
            (Mood::Denies, _) => return Found::Paused { why: why() },
            (Mood::Bad, 0) => return Found::NotRead { why: why(), retry_after: None },
            (Mood::Bad, 1) => {
                return Found::NotRead { why: why(), retry_after: Some(Duration::from_secs(33)) };
            }
            (Mood::Bad, 2) => return Found::CannotTell { why: why() },
            _ => {}
        }
        let mut state = self.state();
        let mut fits: Vec<String> = Vec::new();
        for row in state.pages().into_iter().flatten() {
            let is_ours = row.conversation_id == message.conversation_id
                && row.text == message.text.as_str()
                && row.at >= sent_at;
            if is_ours && !fits.contains(&row.id) {
                fits.push(row.id);
            }
        }
        let late = std::mem::take(&mut state.truth.late);
        state.truth.history.extend(late);
        match fits.as_slice() {
            [] => Found::NotThere,
            [id] => Found::Delivered { org: OrgIds { message_id: Some(id.clone()), ..OrgIds::default() } },
            _ => Found::Several,
        }
    }
}
