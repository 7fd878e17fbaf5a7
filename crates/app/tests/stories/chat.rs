use std::time::Duration;

use app::{FailureCode, views::EntryState};
use model::MessageId;
use uuid::Uuid;

use crate::console::{Console, conversation, text};

#[tokio::test]
async fn what_is_said_is_kept_before_it_is_answered_and_the_same_id_again_is_one_message() {
    let console = Console::new("{}").await;
    let chat = console.chat().await;
    let id = MessageId(Uuid::now_v7());
    for _ in 0..2 {
        let entry = console.app.chat_say(id, conversation(&chat), text("hello")).await.unwrap();
        assert_eq!((entry.state, entry.attempts), (EntryState::Queued, 0));
    }
    assert!(console.arrived().is_empty(), "saying sends nothing");
    let taken = console.app.chat_say(id, conversation(&chat), text("other words")).await.unwrap_err();
    assert_eq!((taken.code, taken.fields[0].field.as_str()), (FailureCode::InvalidInput, "id"));
    assert_eq!(console.drain(Duration::from_secs(30)).await.delivered, 1);
    assert_eq!(console.arrived(), ["hello"]);
    let said = console.app.chat_messages(conversation(&chat)).await.unwrap();
    assert!(said.len() == 1 && said[0].state == EntryState::Delivered && said[0].delivered_at.is_some());
}

#[tokio::test]
async fn a_conversation_that_nobody_started_or_looked_up_is_refused_and_nothing_is_kept() {
    let console = Console::new("{}").await;
    let foreign = "somebody-elses".parse().unwrap();
    let refused = console.app.chat_say(MessageId(Uuid::now_v7()), foreign, text("hello")).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::UnknownConversation);
    assert!(console.undelivered().await.is_empty());
}
