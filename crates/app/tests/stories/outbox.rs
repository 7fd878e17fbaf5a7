use std::time::Duration;

use app::{
    FailureCode, Undo,
    views::{EntryState, LaneQuery, LaneState},
};

use crate::console::{Console, conversation, text};

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_person_takes_back_what_has_not_left_and_brings_it_back_to_its_place() {
    let console = Console::new("{}").await;
    let chat = console.chat().await;
    console.app.set_online(false).await.unwrap();
    let first = console.say(&chat, "one").await;
    let second = console.say(&chat, "two").await;
    assert!(console.app.outbox_edit(second, text("two, better"), false).await.unwrap().in_time);
    let taken = console.app.outbox_discard(first).await.unwrap();
    assert!(taken.in_time && !taken.perhaps_sent);
    assert_eq!(console.undelivered().await.len(), 1);
    let back = console.app.undo(Undo::Discarded { id: first.to_string() }).await.unwrap();
    assert_eq!((back.changed, back.late), (1, 0));
    console.app.set_online(true).await.unwrap();
    assert_eq!(console.drain(LONG).await.delivered, 2);
    assert_eq!(console.arrived(), ["one", "two, better"]);
    let late = console.app.outbox_discard(first).await.unwrap();
    assert!(!late.in_time, "it was delivered");
}

#[tokio::test]
async fn messages_to_a_guest_who_is_gone_are_dead_with_the_reason_and_stay_until_a_person_decides() {
    let console = Console::new("{}").await;
    let chat = console.chat().await;
    console.app.guest_delete(chat.guest_id, None).await.unwrap();
    let first = console.say(&chat, "one").await;
    console.say(&chat, "two").await;
    assert_eq!(console.drain(LONG).await.dead, 2);
    let dead = console.undelivered().await;
    assert!(dead.iter().all(|e| e.state == EntryState::Dead && e.why.is_some()), "{dead:?}");
    assert!(console.app.outbox_retry(first, false).await.unwrap().in_time);
    assert_eq!(console.drain(LONG).await.dead, 1, "it was tried again and refused again");
    let all = console.app.outbox_discard_dead(conversation(&chat)).await.unwrap();
    assert_eq!((all.changed, all.late), (2, 0));
    assert!(console.undelivered().await.is_empty() && console.arrived().is_empty());
}

#[tokio::test]
async fn a_drain_whose_time_is_over_leaves_each_message_its_own_reason_and_counts_only_requests() {
    // With the first message another client of the token spends the rest of the minute.
    let spent = r#"{"rules":[{"when":{"path":"/api/v2/conversations/webchat/messages","from":0,"until":1},"do":"spend:400"}]}"#;
    let console = Console::limited(spent, Some(300)).await;
    let mut chats = Vec::new();
    for _ in 0..12 {
        chats.push(console.chat().await);
    }
    for chat in &chats {
        console.say(chat, "hello").await;
    }
    let summary = console.drain(Duration::from_millis(700)).await;
    assert!(summary.waiting > 4 && summary.uncertain == 0, "{summary:?}");
    let failure = summary.failure().unwrap();
    assert_eq!(failure.code, FailureCode::RateLimited);
    let left = console.undelivered().await;
    let attempts = left.iter().map(|e| u64::from(e.attempts)).sum::<u64>() + summary.delivered;
    assert_eq!(attempts as usize, console.requests_with_a_message(), "{left:?}");
    for entry in &left {
        match entry.state {
            EntryState::Queued => assert_eq!(entry.attempts, 0, "{entry:?}"),
            EntryState::Waiting => assert!(!entry.why.as_ref().unwrap().contains("offline"), "{entry:?}"),
            other => panic!("{other:?}"),
        }
    }
    let told = left.iter().find(|e| e.state == EntryState::Waiting).unwrap();
    assert!(failure.message.contains(told.why.as_ref().unwrap().as_str()), "{failure:?}");
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_uncertain_and_its_conversation_waits_for_it() {
    let cut = r#"{"rules":[{"when":{"path":"/api/v2/conversations/webchat/messages"},"do":"reset-after"}]}"#;
    let console = Console::new(cut).await;
    let chat = console.chat().await;
    console.say(&chat, "one").await;
    console.say(&chat, "two").await;
    console.drain(Duration::from_millis(500)).await;
    assert_eq!(console.arrived(), ["one"], "nothing later goes");
    let query = LaneQuery { conversation_id: Some(chat.conversation_id.clone()), ..LaneQuery::default() };
    let lane = console.app.outbox_lanes(query, 0, 9).await.unwrap().lanes.remove(0);
    assert_eq!((lane.state, lane.uncertain, lane.waiting), (LaneState::Uncertain, 1, 1));
    console.org.simulator().set_weather("{}".parse().unwrap());
    assert_eq!(console.drain(LONG).await.delivered, 2);
    assert_eq!(console.arrived(), ["one", "two"], "the repeat was one message");
    assert_eq!(console.app.chat_messages(conversation(&chat)).await.unwrap().len(), 2);
}
