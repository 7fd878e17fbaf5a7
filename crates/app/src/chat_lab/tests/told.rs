//! What a person is told of messages that go no more, of answers, and of guests whom the org does not know any more.

use super::outbox::{is, to_messages};
use super::*;
use crate::views::EntryState;

/// The lines that tell what happened.
fn notes(lab: &Lab, chat: Uuid) -> Vec<String> {
    let events = lab.rows(chat).into_iter().filter(|row| row.kind == LabRowKind::Event);
    events.filter_map(|row| row.text).collect()
}

async fn offline(lab: &Lab) -> Uuid {
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "hello")).await;
    lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    chat
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_message_offers_is_answered_once_however_often_it_is_pressed() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    let offer = lab.answered(chat, say(chat, "hello")).await;
    let message = offer.key.unwrap();
    let reply = |text: &str| LabAnswer::QuickReply {
        message: message.clone(),
        text: text.to_owned(),
        payload: text.to_owned(),
    };
    lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    lab.app.lab_answer(chat, Uuid::new_v4(), reply("card")).await.unwrap();
    let waits = lab.row(chat, "card").unwrap();
    assert_eq!(waits.why.as_deref(), Some("not kept when the window is closed"));
    // Neither while the first waits nor once it is there, and not by another button of the same message.
    assert!(lab.app.lab_answer(chat, Uuid::new_v4(), reply("card")).await.is_err());
    lab.answered(chat, async |app: &App| app.lab_act(chat, LabAct::ComeBack).await.unwrap()).await;
    assert_eq!(lab.row(chat, "card").unwrap().why, None);
    let refused = lab.app.lab_answer(chat, Uuid::new_v4(), reply("date")).await.unwrap_err();
    assert!(refused.message.contains("answered this message already"), "{refused:?}");
    assert_eq!((lab.arrived("card"), lab.arrived("date")), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_or_a_file_never_overtakes_a_text_that_waits_or_is_in_doubt() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    let message = lab.answered(chat, say(chat, "hello")).await.key.unwrap();
    let press = async || {
        let (message, text) = (message.clone(), "card".to_owned());
        let reply = LabAnswer::QuickReply { message, payload: text.clone(), text };
        lab.app.lab_answer(chat, Uuid::new_v4(), reply).await
    };
    lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    say(chat, "waits")(&lab.app).await;
    let refused = press().await.unwrap_err();
    assert!(refused.message.contains("is not delivered yet"), "{refused:?}");
    let file = lab.data.path().join("note.txt");
    std::fs::write(&file, "a note").unwrap();
    assert_eq!(lab.app.lab_attach(chat, Uuid::new_v4(), file, None).await.unwrap_err(), refused);
    assert!(lab.row(chat, "card").is_none(), "what is refused changes nothing");
    lab.answered(chat, async |app: &App| app.lab_act(chat, LabAct::ComeBack).await.unwrap()).await;

    lab.weather(to_messages("drop-before"));
    say(chat, "in doubt")(&lab.app).await;
    lab.stands(chat, "in doubt", is(LabDelivery::Uncertain)).await;
    lab.weather(simulator::Weather::default());
    lab.is(chat, LabChatState::Ready).await;
    // On a busy machine the readings of the history take longer than it is waited for, and a person presses again.
    while press().await.is_err() {}
    lab.stands(chat, "card", is(LabDelivery::Delivered)).await;
    let ledger = lab.org.simulator().ledger();
    let texts: Vec<_> =
        ledger.into_iter().filter(|e| e.kind == Kind::Message).filter_map(|e| e.text).collect();
    let own: Vec<_> = texts.iter().filter(|text| ["in doubt", "card"].contains(&text.as_str())).collect();
    assert_eq!(own, ["in doubt", "card"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_a_chat_takes_back_what_waits_and_its_lines_and_the_outbox_say_so() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = offline(&lab).await;
    say(chat, "one")(&lab.app).await;
    say(chat, "two")(&lab.app).await;
    lab.until(|_| (lab.chat(chat).unsent == 2).then_some(())).await;
    lab.app.lab_act(chat, LabAct::End).await.unwrap();
    lab.is(chat, LabChatState::Ended).await;
    lab.stands(chat, "one", is(LabDelivery::Discarded)).await;
    lab.stands(chat, "two", is(LabDelivery::Discarded)).await;
    lab.emptied().await;
    assert_eq!((lab.chat(chat).unsent, lab.arrived("one") + lab.arrived("two")), (0, 0));
    let again = lab.app.lab_act(chat, LabAct::End).await.unwrap_err();
    assert_eq!(again.code, FailureCode::ConversationClosed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_in_a_chat_that_expired_is_not_delivered_and_says_why() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = offline(&lab).await;
    say(chat, "too late")(&lab.app).await;
    lab.first_is(EntryState::Waiting).await;
    lab.app.lab_agent(chat, LabAgentAct::Expire).await.unwrap();
    lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap();
    lab.is(chat, LabChatState::Ended).await;
    lab.first_is(EntryState::Dead).await;
    let says_why = |row: &LabRowView| row.why.as_ref().is_some_and(|why| why.contains("expired"));
    lab.stands(chat, "too late", |row| is(LabDelivery::Refused)(row) && says_why(row)).await;
    assert_eq!(lab.arrived("too late"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_the_org_refused_is_there_after_a_restart() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "hello")).await;
    lab.weather(to_messages("error:4011"));
    say(chat, "not this")(&lab.app).await;
    lab.stands(chat, "not this", is(LabDelivery::Refused)).await;
    lab.first_is(EntryState::Dead).await;
    let lab = lab.again().await;
    let row = lab.stands(chat, "not this", is(LabDelivery::Refused)).await;
    assert!(row.why.unwrap().contains("4011"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_org_that_lost_the_session_is_told_of_and_a_first_connection_is_not() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = offline(&lab).await;
    assert!(notes(&lab, chat).iter().all(|note| !note.contains("does not know")));
    say(chat, "while offline")(&lab.app).await;

    let Lab { app, data, .. } = lab;
    let closed = app.closed();
    drop(app);
    closed.await;
    let limits = Limits { messages_per_second: None, ..Limits::default() };
    let messaging = Messaging { limits, ..Messaging::default() };
    let options = Options { guests: 3, rate: None, messaging, ..Options::default() };
    let org = Arc::new(simulator::start(options).await.unwrap());
    let app = open(&data, &org).await;
    app.start_background();
    app.lab_restore().await.unwrap();
    let lab = Lab { app, org, data };
    lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap();
    lab.is(chat, LabChatState::Ready).await;
    lab.stands(chat, "while offline", is(LabDelivery::Delivered)).await;
    let told: Vec<_> = notes(&lab, chat).into_iter().filter(|note| note.contains("does not know")).collect();
    assert_eq!(told.len(), 1, "{:?}", notes(&lab, chat));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_org_does_not_know_is_told_of_and_one_that_it_knows_is_not() {
    let lab = Lab::new(Messaging::default()).await;
    let known = lab.start().await;
    lab.answered(known, say(known, "hello")).await;
    let token = lab.app.0.chat_lab.get(known).unwrap().token.expose().to_owned();
    let mut told = Vec::new();
    for token in [Uuid::new_v4().to_string(), token] {
        let chat = lab.app.lab_resume(LabStart::default(), token).await.unwrap().id;
        lab.is(chat, LabChatState::Ready).await;
        told.push(notes(&lab, chat).iter().any(|note| note.contains("no session under this token")));
    }
    assert_eq!(told, [true, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_session_takes_what_waits_with_it_and_nothing_is_called_cleared() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = offline(&lab).await;
    say(chat, "for later")(&lab.app).await;
    lab.first_is(EntryState::Waiting).await;
    lab.app.lab_act(chat, LabAct::NewSession).await.unwrap();
    lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap();
    lab.stands(chat, "for later", is(LabDelivery::Delivered)).await;
    let place = |text: &str| lab.rows(chat).iter().position(|row| row.text.as_deref() == Some(text)).unwrap();
    assert!(place("The guest leaves this session for a new one.") < place("for later"));
    assert!(
        notes(&lab, chat).iter().all(|note| !note.contains("cleared") && !note.contains("does not know"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_console_is_offline_its_chats_are_there_and_go_on_when_it_is_online_again() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "hello")).await;
    let own = offline(&lab).await;
    lab.app.set_online(false).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;

    let Lab { app, org, data } = lab;
    let closed = app.closed();
    drop(app);
    closed.await;
    let app = open(&data, &org).await;
    app.restore_online_switch().unwrap();
    app.start_background();
    app.lab_restore().await.unwrap();
    let lab = Lab { app, org, data };
    lab.is(chat, LabChatState::Offline).await;
    lab.is(own, LabChatState::Offline).await;
    assert!(lab.chat(chat).words.starts_with("The console is switched offline"));
    assert!(lab.chat(own).words.starts_with("Switched offline"));
    lab.app.set_online(true).await.unwrap();
    lab.is(chat, LabChatState::Ready).await;
    lab.stands(chat, "hello", |row| row.from_history).await;
    assert_eq!(lab.chat(own).state, LabChatState::Offline, "that one its guest's own switch took offline");
}
