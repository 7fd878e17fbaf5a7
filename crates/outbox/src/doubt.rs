//! What is done about an entry of which it is not known whether the org has it: pure, a part of its progress.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{AfterDoubt, ConversationId};
use serde::{Deserialize, Serialize};

use crate::Courier;

/// How a message of one conversation is sent: what the courier says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) after_doubt: AfterDoubt,
    /// At least so long lies between two readings of the history that count as two.
    pub(crate) readings_apart: Duration,
}

impl Way {
    pub(crate) fn of(courier: &dyn Courier, conversation: &ConversationId) -> Self {
        Self {
            after_doubt: courier.after_doubt(conversation),
            readings_apart: courier.readings_apart(conversation),
        }
    }
}

/// What the next attempt for an entry does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NextStep {
    /// Sends it.
    #[default]
    Send,
    /// Looks for it in the history.
    Look,
    /// There is none until a person decides.
    AskPerson,
}

/// What an entry has to keep when a repeat of it would not be recognised by its id. For all others it has its default
/// value, which is not written to the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Doubt {
    /// The way of the attempt that may have arrived, or of the last one.
    pub(crate) after_doubt: AfterDoubt,
    pub(crate) next: NextStep,
    /// When the attempt began that may have arrived first, or the last one. UTC.
    pub(crate) first_sent_at: Option<DateTime<Utc>>,
    /// When a complete reading of the history ended that did not hold it, UTC.
    pub(crate) absent_since: Option<DateTime<Utc>>,
    /// How often it was to be sent again because the history does not hold it, or because a person said so.
    pub(crate) sent_again: u32,
}

impl Doubt {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the doubt can be resolved by an attempt in this way. Where a person said that it goes again, any way will do.
    pub(crate) fn allows(&self, way: Way) -> bool {
        match (self.next, self.after_doubt) {
            (NextStep::Send, AfterDoubt::SameIdAgain) => way.after_doubt == AfterDoubt::SameIdAgain,
            (NextStep::Send, _) => true,
            (NextStep::Look, _) => way.after_doubt == AfterDoubt::LookInHistory,
            (NextStep::AskPerson, _) => false,
        }
    }

    /// An attempt begins. `in_doubt`: an earlier one may have arrived.
    pub(crate) fn begin(&mut self, in_doubt: bool, way: Way, now: DateTime<Utc>) {
        let apart = TimeDelta::from_std(way.readings_apart).unwrap_or(TimeDelta::MAX);
        if self.next == NextStep::Look {
            // A reading that begins too soon, or after the clock was set back, is the first one again.
            self.absent_since = self.absent_since.filter(|since| now - *since >= apart);
        } else if !in_doubt {
            self.after_doubt = way.after_doubt;
            self.first_sent_at = (way.after_doubt != AfterDoubt::SameIdAgain).then_some(now);
        }
    }

    /// The attempt to send it may have arrived.
    pub(crate) fn arises(&mut self) {
        self.absent_since = None;
        self.next = match self.after_doubt {
            AfterDoubt::SameIdAgain => NextStep::Send,
            AfterDoubt::LookInHistory => NextStep::Look,
            AfterDoubt::AskPerson => NextStep::AskPerson,
        };
    }

    /// A complete reading of the history did not hold it. True when that is certain: it is the second in a row.
    pub(crate) fn absent(&mut self, now: DateTime<Utc>) -> bool {
        let certain = self.absent_since.is_some();
        if certain {
            self.goes_again();
        } else {
            self.absent_since = Some(now);
        }
        certain
    }

    /// It is sent again, and that is shown. Twice before an attempt is once.
    pub(crate) fn goes_again(&mut self) {
        if self.next != NextStep::Send {
            self.sent_again = self.sent_again.saturating_add(1);
        }
        (self.next, self.absent_since) = (NextStep::Send, None);
    }

    /// Only a person can resolve it.
    pub(crate) fn ask_person(&mut self) {
        (self.next, self.absent_since) = (NextStep::AskPerson, None);
    }

    /// It was sent in a way that the activation does not know: only a person can resolve it.
    pub(crate) fn way_is_gone(&mut self) {
        self.after_doubt = AfterDoubt::AskPerson;
        self.ask_person();
    }

    /// Whether a person may decide about it while it is uncertain.
    pub(crate) fn is_for_a_person(&self) -> bool {
        self.after_doubt != AfterDoubt::SameIdAgain
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SAME_ID: Way =
        Way { after_doubt: AfterDoubt::SameIdAgain, readings_apart: Duration::from_secs(10) };
}
