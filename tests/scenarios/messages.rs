use std::{future::pending, time::Duration};

use app::{
    FailureCode,
    views::{ChatStarted, EntryQuery, EntryState, SessionAnswer, StartChat},
};
use model::{ConversationId, MessageId, MessageText, Secret};
use simulator::{Kind, Running};
use uuid::Uuid;

use crate::desk::{Desk, org, requests};

async fn start(desk: &Desk) -> (ChatStarted, Secret) {
    let who = StartChat { guest_id: Uuid::now_v7(), name: Some("Grace".into()), ..Default::default() };
    desk.app.chat_start(who).await.unwrap()
}

async fn say(desk: &Desk, chat: &ChatStarted, text: &str) -> MessageId {
    let id = MessageId(Uuid::now_v7());
    let to: ConversationId = chat.conversation_id.parse().unwrap();
    desk.app.chat_say(id, to, MessageText::new(text.to_owned()).unwrap()).await.unwrap();
    id
}

fn arrived(org: &Running) -> Vec<String> {
    let ledger = org.simulator().ledger();
    ledger
        .iter()
        .filter(|e| e.kind == Kind::Message && e.repeat != Some(true))
        .filter_map(|e| e.text.clone())
        .collect()
}

async fn drain(desk: &Desk) -> app::DrainSummary {
    desk.app.outbox_drain(Duration::from_secs(30), pending(), |_| {}).await.unwrap()
}

#[tokio::test]
async fn written_offline_kept_through_a_restart_and_delivered_once_each_in_order() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let (chat, _) = start(&desk).await;
    say(&desk, &chat, "hello").await;
    assert_eq!(drain(&desk).await.delivered, 1);

    desk.app.set_online(false).await.unwrap();
    let asked = requests(&org, "POST");
    for text in ["one", "two", "three"] {
        say(&desk, &chat, text).await;
    }
    let nothing_leaves = desk.app.outbox_drain(Duration::from_millis(300), pending(), |_| {}).await.unwrap();
    assert_eq!(nothing_leaves.failure().unwrap().code, FailureCode::Unreachable);
    assert_eq!(desk.app.guest(chat.guest_id).await.unwrap_err().code, FailureCode::Offline);
    assert_eq!(requests(&org, "POST"), asked, "offline, nothing leaves");

    let desk = desk.restart().await;
    desk.app.restore_online_switch().unwrap();
    assert!(!desk.app.status().online.switched_on, "the switch stays where the person left it");
    assert_eq!(desk.app.outbox_page(EntryQuery::default(), 0, 1).await.unwrap().total, 3);
    desk.app.set_online(true).await.unwrap();
    assert_eq!(drain(&desk).await.delivered, 3);
    assert_eq!(arrived(&org), ["hello", "one", "two", "three"]);
    let states: Vec<EntryState> = desk
        .app
        .chat_messages(chat.conversation_id.parse().unwrap())
        .await
        .unwrap()
        .iter()
        .map(|e| e.state)
        .collect();
    assert_eq!(states, [EntryState::Delivered; 4]);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_arrives_once() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let (chat, _) = start(&desk).await;
    let cut = r#"{"rules":[{"when":{"path":"/api/v2/conversations/webchat/messages","from":0,"until":1},"share":1.0,"do":"reset-after"}]}"#;
    org.simulator().set_weather(cut.parse().unwrap());
    say(&desk, &chat, "only once").await;
    let summary = drain(&desk).await;
    assert_eq!((summary.delivered, summary.uncertain, summary.waiting), (1, 0, 0), "{summary:?}");
    assert_eq!(arrived(&org), ["only once"]);
    let sent = org.simulator().ledger().iter().filter(|e| e.kind == Kind::Message).count();
    assert_eq!(sent, 2, "the question with the same id is on record as a repeat");
}

#[tokio::test]
async fn a_started_chat_can_be_checked_without_its_token_and_each_answer_is_told_apart() {
    let org = org(1).await;
    let desk = Desk::at(&org).await;
    let (chat, token) = start(&desk).await;
    let answer = async |token: Option<&str>| {
        let token = token.map(|t| Secret::new(t.to_owned()));
        desk.app.session_check(Some(chat.guest_id), token).await.unwrap().outcome
    };
    assert_eq!(answer(None).await, SessionAnswer::Valid);
    assert_eq!(answer(Some(token.expose())).await, SessionAnswer::Valid);
    assert_eq!(answer(Some("")).await, SessionAnswer::Missing);
    assert_eq!(answer(Some("another")).await, SessionAnswer::Invalid);
    assert_eq!(desk.app.session_check(None, None).await.unwrap().outcome, SessionAnswer::Missing);
    let stranger = model::GuestId(Uuid::now_v7());
    assert_eq!(desk.app.session_check(Some(stranger), None).await.unwrap().outcome, SessionAnswer::Missing);
    let guessed = Some(Secret::new("guess".into()));
    assert_eq!(
        desk.app.session_check(Some(stranger), guessed).await.unwrap().outcome,
        SessionAnswer::Invalid
    );
}

#[tokio::test]
async fn the_same_start_twice_makes_one_guest() {
    let org = org(0).await;
    let desk = Desk::at(&org).await;
    let who = StartChat { guest_id: Uuid::now_v7(), ..Default::default() };
    let first = desk.app.chat_start(who.clone()).await.unwrap().0;
    let again = desk.app.chat_start(who).await.unwrap().0;
    assert_eq!((first.guest_id, &first.conversation_id), (again.guest_id, &again.conversation_id));
    assert_eq!(org.simulator().ledger().iter().filter(|e| e.kind == Kind::Created).count(), 1);
}
