//! A console on a data folder of its own, and the org that it talks to.

use std::{future::pending, sync::Arc, time::Duration};

use app::{
    App, Choice, Connection, DataFolder, DrainSummary, Environment, StartEmbedded,
    views::{ChatStarted, ConnectionKind, EntryQuery, EntryView, StartChat},
};
use model::{ConversationId, MessageId, MessageText, Secret};
use simulator::{Kind, Options, Running};
use tempfile::TempDir;
use uuid::Uuid;

pub struct Console {
    pub app: App,
    pub org: Running,
    _folder: TempDir,
}

impl Console {
    /// At an org with this weather and no rate limit.
    pub async fn new(weather: &str) -> Self {
        Self::limited(weather, None).await
    }

    /// At an org that takes so many requests a minute.
    pub async fn limited(weather: &str, rate: Option<u32>) -> Self {
        let weather = weather.parse().unwrap();
        let org = simulator::start(Options { guests: 0, rate, weather, ..Options::default() }).await.unwrap();
        let folder = testkit::temp_dir();
        let connection = Connection {
            name: "story".into(),
            kind: ConnectionKind::Test,
            environment: Environment::BaseUrl(org.api_url()),
            client_id: "demo".into(),
            ..Connection::embedded()
        };
        let nowhere: StartEmbedded = Arc::new(|_| Box::pin(async { Err("the story brings its org".into()) }));
        let data =
            DataFolder::open(folder.path(), "story", Some(Secret::new("correct horse".into()))).unwrap();
        let choice = Choice::FromEnvironment(connection, Secret::new("demo".into()));
        Self { app: App::open(data, choice, &nowhere).await.unwrap(), org, _folder: folder }
    }

    pub async fn chat(&self) -> ChatStarted {
        self.app.chat_start(StartChat { guest_id: Uuid::now_v7(), ..Default::default() }).await.unwrap().0
    }

    pub async fn say(&self, chat: &ChatStarted, words: &str) -> MessageId {
        let id = MessageId(Uuid::now_v7());
        self.app.chat_say(id, conversation(chat), text(words)).await.unwrap();
        id
    }

    pub async fn drain(&self, at_most: Duration) -> DrainSummary {
        self.app.outbox_drain(at_most, pending(), |_| {}).await.unwrap()
    }

    pub async fn undelivered(&self) -> Vec<EntryView> {
        self.app.outbox_page(EntryQuery::default(), 0, 500).await.unwrap().entries
    }

    /// The texts that the org has, repeats not counted, in the order of arrival.
    pub fn arrived(&self) -> Vec<String> {
        let ledger = self.org.simulator().ledger().into_iter();
        ledger.filter(|e| e.kind == Kind::Message && e.repeat != Some(true)).filter_map(|e| e.text).collect()
    }

    /// How many requests carried a message.
    pub fn requests_with_a_message(&self) -> usize {
        let ledger = self.org.simulator().ledger().into_iter();
        ledger.filter(|e| e.kind == Kind::Request && e.method == "POST" && e.path == MESSAGES).count()
    }
}

pub const MESSAGES: &str = "/api/v2/conversations/webchat/messages";

pub fn conversation(chat: &ChatStarted) -> ConversationId {
    chat.conversation_id.parse().unwrap()
}

pub fn text(words: &str) -> MessageText {
    MessageText::new(words.to_owned()).unwrap()
}
