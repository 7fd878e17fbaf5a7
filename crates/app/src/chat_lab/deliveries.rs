//! Attempts to deliver messages of the outbox by the socket of their chat, and the org's word on each.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use genesys::webmessaging::{Chat, ChatEvent, ChatState, EndReason};
use outbox::{Delivery, OrgIds};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{record::Record, words};

/// The attempts that wait for a word, by message.
#[derive(Debug, Default)]
pub(super) struct Deliveries(Mutex<HashMap<Uuid, oneshot::Sender<Delivery>>>);

impl Deliveries {
    /// An attempt begins: what comes is its word.
    pub(super) fn begin(&self, id: Uuid) -> oneshot::Receiver<Delivery> {
        let (tell, word) = oneshot::channel();
        self.0.lock().insert(id, tell);
        word
    }

    /// An attempt did not begin after all.
    pub(super) fn forget(&self, id: Uuid) {
        self.0.lock().remove(&id);
    }

    /// Passes on what an event says of the attempts that wait. `record` has taken it already.
    pub(super) fn hear(&self, chat: &Chat, event: &ChatEvent, record: &Record, now: DateTime<Utc>) {
        match event {
            ChatEvent::Delivered { id, key, .. } => {
                let org = OrgIds { message_id: Some(key.clone()), ..OrgIds::default() };
                self.answer(*id, Delivery::Delivered { org });
            }
            ChatEvent::Refused { id, error } => {
                let why = words::server(error);
                self.answer(
                    *id,
                    match error.code {
                        409 | 4006 | 4007 => Delivery::ConversationOver { why },
                        // An org that fails may have taken it all the same.
                        0 | 408 | 500..=599 => Delivery::Uncertain { why, retry_after: error.retry_after },
                        _ => Delivery::Dead { why },
                    },
                );
            }
            ChatEvent::Uncertain { id } => {
                self.answer(*id, uncertain("the org did not confirm it"));
            }
            ChatEvent::Withdrawn { id } => self.answer(*id, not_sent(record, now)),
            // What has not left goes with the next attempt; of what has, nobody knows.
            ChatEvent::State(ChatState::Backoff { .. } | ChatState::Offline) => {
                let all: Vec<Uuid> = self.0.lock().keys().copied().collect();
                for id in all {
                    // A chat that is over says so by itself.
                    drop(chat.withdraw(id));
                }
            }
            // What had left has had its word before this one.
            ChatEvent::State(ChatState::Ended(why)) => {
                let over = match why {
                    // A certificate, a proxy, a deployment that is off for a while: the chat is opened anew with the next attempt.
                    EndReason::Failed(_) => not_sent(record, now),
                    _ => Delivery::ConversationOver { why: ended(why) },
                };
                for (_, waits) in self.0.lock().drain() {
                    drop(waits.send(over.clone()));
                }
            }
            _ => {}
        }
    }

    fn answer(&self, id: Uuid, delivery: Delivery) {
        if let Some(waits) = self.0.lock().remove(&id) {
            // An attempt that was dropped wants no answer.
            drop(waits.send(delivery));
        }
    }
}

pub(super) fn uncertain(why: &str) -> Delivery {
    Delivery::Uncertain { why: why.to_owned(), retry_after: None }
}

/// It has not left, since the chat has no connection; where the other side said when to come again, not before.
pub(super) fn not_sent(record: &Record, now: DateTime<Utc>) -> Delivery {
    let retry_after = record.told_until.and_then(|until| (until - now).to_std().ok());
    Delivery::NotSent { why: reason(record), retry_after }
}

/// Where the chat stands, as the reason of an entry.
pub(super) fn reason(record: &Record) -> String {
    record.words.trim_end_matches('.').to_owned()
}

fn ended(why: &EndReason) -> String {
    words::ended(why, false).trim_end_matches('.').to_owned()
}
