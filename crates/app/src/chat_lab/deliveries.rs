//! Messages of the outbox on the socket of their chat: each attempt waits for the org's word on it.

use std::collections::HashMap;

use genesys::webmessaging::{Chat, ChatEvent, ChatState, EndReason};
use outbox::{Delivery, OrgIds};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{live::LiveChat, record::Record, words};
use crate::views::LabChatState;

/// The attempts that wait for a word, by message.
#[derive(Debug, Default)]
pub(super) struct Deliveries(Mutex<HashMap<Uuid, oneshot::Sender<Delivery>>>);

impl LiveChat {
    /// One attempt to deliver a message of the outbox: it is given to the socket once, and the answer is the org's word on it.
    /// A chat without a connection is not waited for. When `stop` comes, or the attempt is dropped, a message that has not left
    /// is taken back.
    pub(super) async fn deliver(&self, id: Uuid, text: &str, stop: impl Future<Output = ()>) -> Delivery {
        let mut word = match self.hand_over(id, text) {
            Ok(word) => word,
            Err(answer) => return answer,
        };
        let taken_back = TakenBack { chat: &self.chat, id };
        let word = tokio::select! {
            word = &mut word => word,
            () = stop => {
                drop(taken_back);
                word.await
            }
        };
        word.unwrap_or_else(|_| uncertain("the chat was closed before the org confirmed the message"))
    }

    fn hand_over(&self, id: Uuid, text: &str) -> Result<oneshot::Receiver<Delivery>, Delivery> {
        // Locked until the message is with the client, so that no word on the connection falls between.
        let record = self.record.lock();
        match record.state {
            LabChatState::Offline | LabChatState::Reconnecting => return Err(not_sent(&record)),
            LabChatState::Ended => return Err(Delivery::ConversationOver { why: reason(&record) }),
            LabChatState::Connecting | LabChatState::Ready | LabChatState::ReadOnly => {}
        }
        let (tell, word) = oneshot::channel();
        self.deliveries.0.lock().insert(id, tell);
        if let Err(error) = self.chat.say(id, text) {
            self.deliveries.0.lock().remove(&id);
            return Err(Delivery::Dead { why: words::error(&error) });
        }
        drop(record);
        Ok(word)
    }
}

impl Deliveries {
    /// Passes on what an event says of the attempts that wait. `record` has taken it already.
    pub(super) fn hear(&self, chat: &Chat, event: &ChatEvent, record: &Record) {
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
                        _ => Delivery::Dead { why },
                    },
                );
            }
            ChatEvent::Uncertain { id } => {
                self.answer(*id, uncertain("the connection was lost before the org confirmed it"));
            }
            ChatEvent::Withdrawn { id } => self.answer(*id, not_sent(record)),
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
                let over = Delivery::ConversationOver { why: ended(why) };
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

/// Takes a message back when the attempt is given up: nothing of it is sent behind the outbox's back.
struct TakenBack<'a> {
    chat: &'a Chat,
    id: Uuid,
}

impl Drop for TakenBack<'_> {
    fn drop(&mut self) {
        drop(self.chat.withdraw(self.id));
    }
}

fn uncertain(why: &str) -> Delivery {
    Delivery::Uncertain { why: why.to_owned(), retry_after: None }
}

fn not_sent(record: &Record) -> Delivery {
    Delivery::NotSent { why: reason(record), retry_after: None }
}

/// Where the chat stands, as the reason of an entry.
fn reason(record: &Record) -> String {
    record.words.trim_end_matches('.').to_owned()
}

fn ended(why: &EndReason) -> String {
    words::ended(why).trim_end_matches('.').to_owned()
}
