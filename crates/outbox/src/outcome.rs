use model::MessageText;

use crate::{
    Courier, Delivery, Found, Outgoing,
    crash::crash_point,
    doubt::{NextStep, Way},
    entry::{Place, Record},
    state::{Event, Progress},
};

/// What one attempt for an entry came to: to send it, or to find it in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent(Delivery),
    Looked(Found),
    /// There was no attempt: the text of the entry is damaged on this disk.
    Unreadable,
}

impl Outcome {
    /// Makes the attempt that the record is marked for.
    pub(crate) async fn of(
        courier: &dyn Courier,
        place: &Place,
        record: &Record,
        text: Option<MessageText>,
    ) -> Self {
        let Some(text) = text else { return Self::Unreadable };
        let message = Outgoing {
            id: record.id,
            conversation_id: place.0.clone(),
            guest_id: record.guest_id,
            text,
            written_at: record.written_at,
        };
        crash_point("outbox.send.begins");
        let doubt = &record.progress.doubt;
        let outcome = match doubt.next {
            NextStep::Look => {
                let sent_at = doubt.first_sent_at.unwrap_or(record.written_at);
                Self::Looked(courier.find(&message, sent_at).await.clipped())
            }
            NextStep::Send | NextStep::AskPerson => Self::Sent(courier.deliver(&message).await.clipped()),
        };
        crash_point("outbox.send.answered");
        outcome
    }

    /// What it means for the entry, which was `was` before it was marked.
    pub(crate) fn event(&self, was: Progress, way: Way, jitter: f64) -> Event {
        let damaged = || "its text is damaged on this disk".to_owned();
        let readings_apart = way.readings_apart;
        match self {
            Self::Sent(Delivery::NotTried) => Event::NotTried { was: Box::new(was) },
            Self::Sent(delivery) => Event::Answer { delivery: delivery.clone(), jitter },
            Self::Looked(found) => Event::Looked { found: found.clone(), readings_apart, jitter },
            Self::Unreadable if was.doubt.next == NextStep::Look => {
                Event::Looked { found: Found::CannotTell { why: damaged() }, readings_apart, jitter }
            }
            Self::Unreadable => Event::Answer { delivery: Delivery::Dead { why: damaged() }, jitter },
        }
    }

    /// Why the whole outbox pauses, if so.
    pub(crate) fn paused(&self) -> Option<&String> {
        match self {
            Self::Sent(Delivery::Paused { why }) | Self::Looked(Found::Paused { why }) => Some(why),
            _ => None,
        }
    }

    /// Why this message and all later ones of its conversation are refused, if so.
    pub(crate) fn conversation_over(&self) -> Option<&String> {
        match self {
            Self::Sent(Delivery::ConversationOver { why }) => Some(why),
            _ => None,
        }
    }

    pub(crate) fn is_delivered(&self) -> bool {
        matches!(self, Self::Sent(Delivery::Delivered { .. }) | Self::Looked(Found::Delivered { .. }))
    }

    pub(crate) fn is_attempt(&self) -> bool {
        !matches!(self, Self::Unreadable | Self::Sent(Delivery::NotTried))
    }

    /// Whether the org was reached.
    pub(crate) fn reached(&self) -> bool {
        let not = matches!(
            self,
            Self::Sent(Delivery::NotSent { retry_after: None, .. })
                | Self::Looked(Found::NotRead { retry_after: None, .. } | Found::CannotTell { .. })
        );
        self.is_attempt() && !not
    }
}
