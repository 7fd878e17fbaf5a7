//! By which way the messages of each conversation go, as far as it was asked before: the outbox asks with every attempt.

use std::collections::HashMap;

use model::ConversationId;
use parking_lot::Mutex;

/// So many conversations are remembered; with one more all are asked about anew.
const MOST: usize = 4_096;

/// Whether each conversation goes by the guest socket.
#[derive(Debug, Default)]
pub(super) struct Ways(Mutex<HashMap<ConversationId, bool>>);

impl Ways {
    /// What is remembered, or else what `ask` says. An error is not remembered. Blocking.
    pub(super) fn get<E>(
        &self,
        conversation: &ConversationId,
        ask: impl FnOnce() -> Result<bool, E>,
    ) -> Result<bool, E> {
        // Locked while the disk is asked, so that no answer from before a change comes after it.
        let mut known = self.0.lock();
        if let Some(by_socket) = known.get(conversation) {
            return Ok(*by_socket);
        }
        let by_socket = ask()?;
        insert(&mut known, conversation, by_socket);
        Ok(by_socket)
    }

    /// A conversation goes this way from now on.
    pub(super) fn set(&self, conversation: &ConversationId, by_socket: bool) {
        insert(&mut self.0.lock(), conversation, by_socket);
    }
}

fn insert(known: &mut HashMap<ConversationId, bool>, conversation: &ConversationId, by_socket: bool) {
    if known.len() >= MOST && !known.contains_key(conversation) {
        known.clear();
    }
    known.insert(conversation.clone(), by_socket);
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn conversation(n: usize) -> ConversationId {
        format!("c-{n}").parse().unwrap()
    }

    #[test]
    fn the_disk_is_asked_once_a_conversation_and_again_only_after_it_failed() {
        let (ways, mut asked) = (Ways::default(), 0);
        let failed = ways.get(&conversation(1), || Err("the disk failed"));
        assert_eq!(failed, Err("the disk failed"));
        for _ in 0..3 {
            let by_socket = ways.get(&conversation(1), || {
                asked += 1;
                Ok::<_, Infallible>(true)
            });
            assert_eq!(by_socket, Ok(true));
        }
        assert_eq!(asked, 1);
    }

    #[test]
    fn a_chat_that_begins_meanwhile_counts_and_no_more_are_remembered_than_fit() {
        let ways = Ways::default();
        assert_eq!(ways.get(&conversation(0), || Ok::<_, Infallible>(false)), Ok(false));
        ways.set(&conversation(0), true);
        assert_eq!(ways.get(&conversation(0), || Ok::<_, Infallible>(false)), Ok(true));
        for n in 0..3 * MOST {
            ways.set(&conversation(n), n % 2 == 0);
            assert!(ways.0.lock().len() <= MOST);
        }
    }
}
