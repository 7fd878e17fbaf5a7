//! Messages of the chat lab and of `chat say` go through the outbox, and what is in doubt is looked for in the guest's history.

use std::{
    future::pending,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use model::{ConversationId, MessageId, MessageText};
use simulator::Weather;

use super::*;
use crate::SocketStart;
use crate::views::{EntryQuery, EntryState, EntryView};

/// What happens to every message of a guest.
pub(super) fn to_messages(what: &str) -> Weather {
    format!(r#"{{"rules":[{{"when":{{"action":"onMessage"}},"do":"{what}"}}]}}"#).parse().unwrap()
}

const FAIR: fn() -> Weather = Weather::default;

impl Lab {
    pub(super) fn weather(&self, weather: Weather) {
        self.org.simulator().set_weather(weather);
    }

    /// How often the org took a text.
    pub(super) fn arrived(&self, text: &str) -> usize {
        let ledger = self.org.simulator().ledger();
        ledger.iter().filter(|e| e.kind == Kind::Message && e.text.as_deref() == Some(text)).count()
    }

    pub(super) fn row(&self, chat: Uuid, text: &str) -> Option<LabRowView> {
        self.rows(chat).into_iter().find(|row| row.text.as_deref() == Some(text))
    }

    pub(super) async fn stands(
        &self,
        chat: Uuid,
        text: &str,
        wanted: impl Fn(&LabRowView) -> bool,
    ) -> LabRowView {
        self.until(|_| self.row(chat, text).filter(&wanted)).await
    }

    /// The first message of the outbox stands so.
    pub(super) async fn first_is(&self, state: EntryState) {
        let mut changes = self.app.0.outbox.changes();
        let there = async {
            while self.waiting().await.first().is_none_or(|entry| entry.state != state) {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(60), there).await.expect("it stands so within a minute");
    }

    /// Nothing waits in the outbox any more.
    pub(super) async fn emptied(&self) {
        let mut changes = self.app.0.outbox.changes();
        let empty = async {
            while !self.waiting().await.is_empty() {
                changes.changed().await.unwrap();
            }
        };
        let entries = tokio::time::timeout(Duration::from_secs(60), empty).await;
        assert!(entries.is_ok(), "it is empty within a minute: {:#?}", self.waiting().await);
        // The disk is a moment behind what the outbox knows; what is read from it next has to be there.
        self.app.0.store.commit_async(store::Batch::new()).await.unwrap();
    }

    async fn waiting(&self) -> Vec<EntryView> {
        self.app.outbox_page(EntryQuery::default(), 0, 100).await.unwrap().entries
    }
}

pub(super) fn is(delivery: LabDelivery) -> impl Fn(&LabRowView) -> bool {
    move |row| row.delivery == Some(delivery)
}

fn conversation(chat: Uuid) -> ConversationId {
    chat.to_string().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_writes_is_in_the_outbox_until_the_socket_confirms_it() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "hello")).await;
    lab.emptied().await;
    let told = lab.app.chat_messages(conversation(chat)).await.unwrap();
    assert_eq!((told.len(), told[0].state, told[0].text.as_str()), (1, EntryState::Delivered, "hello"));
    let key = told[0].org.clone().unwrap().message_id;
    assert_eq!((key, lab.arrived("hello")), (lab.row(chat, "hello").unwrap().key, 1));

    // Who does not want it to go takes it back, and the line says so.
    lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    say(chat, "not this")(&lab.app).await;
    lab.first_is(EntryState::Waiting).await;
    let row = lab.stands(chat, "not this", is(LabDelivery::Waiting)).await;
    assert!(lab.app.outbox_discard(MessageId(row.id.unwrap())).await.unwrap().in_time);
    lab.stands(chat, "not this", is(LabDelivery::Discarded)).await;
    say(chat, "but this")(&lab.app).await;
    lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap();
    lab.stands(chat, "but this", is(LabDelivery::Delivered)).await;
    assert_eq!((lab.arrived("not this"), lab.arrived("but this")), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_taken_before_the_cut_is_found_in_the_history_and_not_sent_twice() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "before")).await;
    lab.weather(to_messages("drop-after"));
    say(chat, "taken")(&lab.app).await;
    lab.until(|_| (lab.arrived("taken") == 1).then_some(())).await;
    lab.weather(FAIR());
    say(chat, "later")(&lab.app).await;
    lab.stands(chat, "later", is(LabDelivery::Delivered)).await;
    lab.stands(chat, "taken", is(LabDelivery::Delivered)).await;
    assert_eq!((lab.arrived("taken"), lab.arrived("later")), (1, 1));
    let lines = lab.rows(chat).iter().filter(|row| row.text.as_deref() == Some("taken")).count();
    assert_eq!(lines, 1, "the history's line of it is the same one");
    lab.emptied().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_not_taken_goes_again_after_two_readings_and_before_what_was_written_later() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "before")).await;
    lab.weather(to_messages("drop-before"));
    say(chat, "not taken")(&lab.app).await;
    lab.stands(chat, "not taken", is(LabDelivery::Uncertain)).await;
    lab.weather(FAIR());
    say(chat, "later")(&lab.app).await;
    lab.stands(chat, "later", is(LabDelivery::Delivered)).await;
    lab.stands(chat, "not taken", |row| is(LabDelivery::Delivered)(row) && row.sent_again).await;
    let ledger = lab.org.simulator().ledger();
    let texts: Vec<_> =
        ledger.into_iter().filter(|e| e.kind == Kind::Message).filter_map(|e| e.text).collect();
    let own: Vec<_> = texts.iter().filter(|text| ["not taken", "later"].contains(&text.as_str())).collect();
    assert_eq!(own, ["not taken", "later"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_an_equal_one_hides_waits_for_a_person_and_the_others_behind_it() {
    let lab = Lab::new(Messaging { bot: Bot::none(), ..Messaging::default() }).await;
    let chat = lab.start().await;
    say(chat, "hello")(&lab.app).await;
    lab.stands(chat, "hello", is(LabDelivery::Delivered)).await;
    // The same guest writes the same from another device.
    let token = lab.app.0.chat_lab.get(chat).unwrap().token.clone();
    let elsewhere = Lab::at(Arc::clone(&lab.org)).await;
    let theirs = elsewhere.app.lab_resume(LabStart::default(), token.expose().to_owned()).await.unwrap().id;
    elsewhere.is(theirs, LabChatState::Ready).await;
    say(theirs, "yes")(&elsewhere.app).await;
    elsewhere.stands(theirs, "yes", is(LabDelivery::Delivered)).await;

    lab.weather(to_messages("drop-after"));
    let id = Uuid::new_v4();
    lab.app.lab_say(chat, id, "yes").await.unwrap();
    lab.until(|_| (lab.arrived("yes") == 2).then_some(())).await;
    lab.weather(FAIR());
    say(chat, "behind it")(&lab.app).await;
    let own = || lab.rows(chat).into_iter().find(|row| row.id == Some(id));
    lab.until(|_| own().filter(|row| row.needs_person)).await;
    assert_eq!(lab.arrived("behind it"), 0);
    assert!(lab.app.outbox_mark_delivered(MessageId(id)).await.unwrap().in_time);
    lab.stands(chat, "behind it", is(LabDelivery::Delivered)).await;
    lab.until(|_| own().filter(is(LabDelivery::Delivered))).await;
    assert_eq!((lab.arrived("yes"), lab.arrived("behind it")), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_comes_back_after_a_restart_offline_as_it_was_left_with_its_history_and_what_waits() {
    let lab = Lab::new(Messaging::default()).await;
    let chat = lab.start().await;
    lab.answered(chat, say(chat, "before")).await;
    lab.app.lab_act(chat, LabAct::GoOffline).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    say(chat, "while offline")(&lab.app).await;

    let lab = lab.again().await;
    lab.is(chat, LabChatState::Offline).await;
    assert_eq!(lab.chat(chat).name.as_deref(), Some("Ada"));
    let waiting = lab.stands(chat, "while offline", is(LabDelivery::Waiting)).await;
    assert_eq!(lab.arrived("while offline"), 0);
    lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap();
    let before = lab.stands(chat, "before", |row| row.from_history).await;
    let sent = lab.stands(chat, "while offline", is(LabDelivery::Delivered)).await;
    assert!(sent.id == waiting.id && sent.number > before.number);
    assert_eq!((lab.arrived("while offline"), lab.chat(chat).waiting), (1, 0));

    let lab = lab.again().await;
    lab.is(chat, LabChatState::Ready).await;
    lab.stands(chat, "while offline", |row| row.from_history).await;
    assert_eq!((lab.chat(chat).uncertain, lab.arrived("while offline")), (0, 1));
    lab.app.set_online(false).await.unwrap();
    lab.is(chat, LabChatState::Offline).await;
    assert_eq!(lab.app.lab_act(chat, LabAct::ComeBack).await.unwrap_err().code, FailureCode::Offline);
    assert_eq!(lab.app.lab_start(LabStart::default()).await.unwrap_err().code, FailureCode::Offline);
    lab.app.set_online(true).await.unwrap();
    lab.is(chat, LabChatState::Ready).await;
    lab.app.lab_act(chat, LabAct::End).await.unwrap();
    lab.is(chat, LabChatState::Ended).await;
    // The end is on disk once the chat is removed, which waits for it.
    lab.app.lab_act(chat, LabAct::Remove).await.unwrap();
    assert!(lab.again().await.app.lab_overview().chats.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_starts_a_chat_by_the_socket_and_its_messages_arrive_once_whatever_process_delivers_them() {
    let lab = Lab::new(Messaging::default()).await;
    let attributes = BTreeMap::from([("tier".to_owned(), "gold".to_owned())]);
    let deployment = EMBEDDED_DEPLOYMENT.to_owned();
    let start = SocketStart {
        deployment: Some(deployment),
        name: Some("Grace".into()),
        attributes,
        ..SocketStart::default()
    };
    let (started, token) = lab.app.socket_chat_start(start).await.unwrap();
    assert!(started.guest_id.is_none() && lab.org.simulator().ledger().iter().all(|e| e.kind != Kind::Frame));
    let conversation: ConversationId = started.conversation_id.parse().unwrap();
    let text = |text: &str| MessageText::new(text.to_owned()).unwrap();
    let write = async |app: &App, n: u128, words: &str| {
        app.chat_say(MessageId(Uuid::from_u128(n)), conversation.clone(), text(words)).await.unwrap()
    };
    lab.app.set_online(false).await.unwrap();
    write(&lab.app, 1, "first").await;
    let refused = lab.app.socket_chat_end(conversation.clone()).await.unwrap_err();
    assert_eq!(refused.fields[0].field, "CONVERSATION");

    // Another process, without a window, drains it.
    let Lab { app, org, data } = lab;
    let closed = app.closed();
    drop(app);
    closed.await;
    let app = open(&data, &org).await;
    write(&app, 1, "first").await;
    write(&app, 2, "second").await;
    let drained = app.outbox_drain(Duration::from_secs(30), pending(), |_| {}).await.unwrap();
    assert_eq!((drained.delivered, drained.waiting, drained.uncertain, drained.dead), (2, 0, 0, 0));
    assert_eq!(drained.failure(), None);
    let lab = Lab { app, org, data };
    assert_eq!((lab.arrived("first"), lab.arrived("second")), (1, 1));
    let shown = serde_json::to_string(&lab.app.chat_messages(conversation.clone()).await.unwrap()).unwrap();
    assert!(!shown.contains(token.expose()));
    lab.app.socket_chat_end(conversation.clone()).await.unwrap();
    let again = lab.app.socket_chat_end(conversation.clone()).await.unwrap_err();
    assert_eq!(again.code, FailureCode::UnknownConversation);
    let late = lab.app.chat_say(MessageId(Uuid::from_u128(3)), conversation.clone(), text("too late")).await;
    assert_eq!(late.unwrap_err().code, FailureCode::ConversationClosed);
}

/// A guest who writes in bad weather, with the window closed and opened in the midst. Every text has to be taken exactly once, or to
/// wait for a person, which only an equal text could make necessary.
async fn life(seed: u64) {
    let lab = Lab::new(Messaging { bot: Bot::none(), ..Messaging::default() }).await;
    let chat = lab.start().await;
    let rule = |share: f64, what: &str| {
        format!(r#"{{"when":{{"action":"onMessage"}},"share":{share},"do":"{what}"}}"#)
    };
    let rules = [rule(0.3, "drop-after"), rule(0.3, "drop-before"), rule(0.2, "delay:40")].join(",");
    lab.weather(format!(r#"{{"seed":{seed},"rules":[{rules}]}}"#).parse().unwrap());
    let texts: Vec<String> = (0..6).map(|n| format!("text {n} of life {seed}")).collect();
    for text in &texts[..3] {
        say(chat, text)(&lab.app).await;
    }
    lab.until(|_| lab.row(chat, &texts[0]).filter(|row| row.delivery != Some(LabDelivery::Waiting))).await;
    let lab = lab.again().await;
    for text in &texts[3..] {
        say(chat, text)(&lab.app).await;
    }
    lab.until(|_| (lab.arrived(&texts[3]) > 0).then_some(())).await;
    lab.weather(FAIR());
    lab.emptied().await;
    let ledger = lab.org.simulator().ledger();
    let taken: Vec<_> =
        ledger.into_iter().filter(|e| e.kind == Kind::Message).filter_map(|e| e.text).collect();
    assert_eq!(taken, texts, "seed {seed}: each once, in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_bad_weather_and_over_restarts_every_text_is_taken_once_and_in_order() {
    futures_util::future::join(life(1), life(2)).await;
}

#[tokio::test]
async fn a_chat_that_begins_while_others_are_taken_up_again_has_one_client() {
    let lab = Lab::new(Messaging::default()).await;
    for number in 1..=10 {
        let started = AtomicBool::new(false);
        let start = async {
            lab.app.lab_start(LabStart::default()).await.unwrap();
            started.store(true, Ordering::Relaxed);
        };
        let take_up = async {
            while !started.load(Ordering::Relaxed) {
                lab.app.lab_restore().await.unwrap();
            }
        };
        tokio::join!(start, take_up);
        assert_eq!(lab.app.lab_overview().chats.len(), number);
    }
}
