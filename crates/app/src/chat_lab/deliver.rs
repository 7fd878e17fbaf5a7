//! One attempt to deliver a message of the outbox by the socket of its chat.

use chrono::{DateTime, Utc};
use genesys::webmessaging::Chat;
use outbox::Delivery;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    deliveries::{not_sent, reason, uncertain},
    live::LiveChat,
    words,
};
use crate::views::LabChatState;

impl LiveChat {
    /// One attempt to deliver a message of the outbox: it is given to the socket once, and the answer is the org's word on it.
    /// A chat without a connection is not waited for. When `stop` comes, or the attempt is dropped, a message that has not left
    /// is taken back.
    pub(super) async fn deliver(
        &self,
        id: Uuid,
        text: &str,
        now: DateTime<Utc>,
        stop: impl Future<Output = ()>,
    ) -> Delivery {
        let mut word = match self.hand_over(id, text, now) {
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

    fn hand_over(
        &self,
        id: Uuid,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<oneshot::Receiver<Delivery>, Delivery> {
        // Locked until the message is with the client, so that no word on the connection falls between.
        let record = self.record.lock();
        match record.state {
            LabChatState::Offline | LabChatState::Reconnecting => return Err(not_sent(&record, now)),
            LabChatState::Ended if record.failed => return Err(not_sent(&record, now)),
            LabChatState::Ended => return Err(Delivery::ConversationOver { why: reason(&record) }),
            LabChatState::Connecting | LabChatState::Ready | LabChatState::ReadOnly => {}
        }
        let word = self.deliveries.begin(id);
        if let Err(error) = self.chat.say(id, text) {
            self.deliveries.forget(id);
            return Err(Delivery::Dead { why: words::error(&error) });
        }
        drop(record);
        Ok(word)
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
