//! An org in memory that follows a script: what a guest does comes in, and what the script tells goes out as chat events.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use genesys::webmessaging::{
    Answer, Button, ChatEvent, ChatEvents, ChatMessage, ChatOptions, ChatState, Content, Direction,
    EndReason, FrameRecord, FrameWay, OutgoingFile, Sender, ServerError, WebMessagingError,
};
use lab::{
    run::{Guest, Guests, Outcome, RunEvent, RunOptions, ScenarioResult, SuiteRun, Target, run},
    scenario::{Suite, load},
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// What a guest did.
#[derive(Debug)]
pub enum Did {
    Say(Uuid, String),
    Answer(Uuid, Answer),
    Attach(Uuid, OutgoingFile),
    Attributes(BTreeMap<String, String>),
    Offline,
    Online,
    Leave,
}

struct ScriptedGuest(mpsc::UnboundedSender<Did>);

impl ScriptedGuest {
    fn tell(&self, did: Did) -> Result<(), WebMessagingError> {
        self.0.send(did).map_err(|_| WebMessagingError::Over)
    }
}

impl Guest for ScriptedGuest {
    fn say(&self, id: Uuid, text: &str) -> Result<(), WebMessagingError> {
        self.tell(Did::Say(id, text.to_owned()))
    }
    fn answer(&self, id: Uuid, answer: Answer) -> Result<(), WebMessagingError> {
        self.tell(Did::Answer(id, answer))
    }
    fn attach(&self, id: Uuid, file: OutgoingFile) -> Result<(), WebMessagingError> {
        self.tell(Did::Attach(id, file))
    }
    fn set_attributes(&self, attributes: BTreeMap<String, String>) -> Result<(), WebMessagingError> {
        self.tell(Did::Attributes(attributes))
    }
    fn offline(&self) -> Result<(), WebMessagingError> {
        self.tell(Did::Offline)
    }
    fn online(&self) -> Result<(), WebMessagingError> {
        self.tell(Did::Online)
    }
    fn leave(&self) -> Result<(), WebMessagingError> {
        self.tell(Did::Leave)
    }
}

/// The org's side of one chat.
pub struct Line {
    /// Which chat of the run, from 1.
    pub number: usize,
    pub options: ChatOptions,
    did: mpsc::UnboundedReceiver<Did>,
    events: mpsc::Sender<ChatEvent>,
    told: i64,
}

impl Line {
    pub async fn event(&self, event: ChatEvent) {
        drop(self.events.send(event).await);
    }

    pub async fn ready(&self) {
        self.event(ChatEvent::State(ChatState::Ready { new_session: true, read_only: false })).await;
    }

    /// What the guest does next. A text or an answer is echoed; the end of the chat ends the script.
    pub async fn next(&mut self) -> Did {
        let Some(did) = self.did.recv().await else { std::future::pending().await };
        let at = self.time();
        match &did {
            Did::Say(id, _) | Did::Answer(id, _) | Did::Attach(id, _) => {
                let id = *id;
                self.frame("onMessage").await;
                self.event(ChatEvent::Sent { id, at }).await;
                self.event(ChatEvent::Delivered { id, key: id.to_string(), org_id: None, at: Some(at) })
                    .await;
            }
            Did::Offline => self.event(ChatEvent::State(ChatState::Offline)).await,
            Did::Online => self.ready().await,
            Did::Leave => {
                self.event(ChatEvent::State(ChatState::Ended(EndReason::Left))).await;
                std::future::pending().await
            }
            Did::Attributes(_) => {}
        }
        did
    }

    /// The same without an echo.
    pub async fn next_quietly(&mut self) -> Did {
        match self.did.recv().await {
            Some(did) => did,
            None => std::future::pending().await,
        }
    }

    /// The next text of the guest.
    pub async fn text(&mut self) -> String {
        loop {
            if let Did::Say(_, text) = self.next().await {
                return text;
            }
        }
    }

    async fn frame(&self, name: &str) {
        let json = format!(r#"{{"action":"{name}"}}"#);
        let frame = FrameRecord { at: self.time(), way: FrameWay::Out, name: name.into(), code: None, json };
        self.event(ChatEvent::Frame(frame)).await;
    }

    /// The org's clock: a second a message.
    fn time(&self) -> DateTime<Utc> {
        second(self.told)
    }

    pub async fn reply(&mut self, text: &str) {
        self.told += 1;
        self.message(ChatMessage { text: Some(text.to_owned()), ..message(Some(second(self.told))) }).await;
    }

    pub async fn message(&self, message: ChatMessage) {
        self.event(ChatEvent::Message(message)).await;
    }

    pub async fn offer(&mut self, text: &str, content: Vec<Content>) {
        self.told += 1;
        let text = (!text.is_empty()).then(|| text.to_owned());
        self.message(ChatMessage { text, content, ..message(Some(second(self.told))) }).await;
    }

    pub async fn error(&self, code: u32, text: &str) {
        let error = ServerError { code, text: text.into(), retry_after: None };
        self.event(ChatEvent::Error(error)).await;
    }

    pub async fn end(&self, reason: EndReason) {
        self.event(ChatEvent::State(ChatState::Ended(reason))).await;
    }

    pub async fn disconnect(&self, read_only: bool) {
        self.event(ChatEvent::Disconnected { read_only }).await;
    }

    /// Writes without end and without a moment in which nothing lies there unread, 5 messages a millisecond.
    pub async fn flood(mut self) {
        self.ready().await;
        loop {
            for n in 0..5 {
                self.reply(&format!("line {n}")).await;
            }
            tokio::time::advance(Duration::from_millis(1)).await;
        }
    }

    /// Answers each text by `answer` until the guest goes.
    pub async fn answer_all(mut self, answer: impl Fn(&str) -> Vec<String>) {
        self.ready().await;
        loop {
            let text = self.text().await;
            for reply in answer(&text) {
                self.reply(&reply).await;
            }
        }
    }
}

pub fn second(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(n)
}

pub fn message(at: Option<DateTime<Utc>>) -> ChatMessage {
    ChatMessage {
        id: None,
        key: Uuid::new_v4().to_string(),
        at,
        direction: Direction::Outbound,
        sender: Sender::Bot,
        nickname: None,
        text: None,
        content: Vec::new(),
        out_of_order: false,
        from_history: false,
    }
}

pub fn quick_reply(text: &str, payload: &str) -> Content {
    Content::QuickReply(button(text, payload))
}

pub fn button(text: &str, payload: &str) -> Button {
    Button { text: text.into(), payload: payload.into(), is_link: false }
}

type Script = Arc<dyn Fn(Line) -> BoxFuture<'static, ()> + Send + Sync>;

/// Gives each chat its script.
pub struct Org {
    script: Script,
    chats: AtomicUsize,
}

impl Guests for Org {
    fn open(&self, options: ChatOptions) -> (Box<dyn Guest>, ChatEvents) {
        let (to_org, did) = mpsc::unbounded_channel();
        let (events, received) = mpsc::channel(1024);
        let number = self.chats.fetch_add(1, Ordering::Relaxed) + 1;
        let script = (self.script)(Line { number, options, did, events, told: 0 });
        // As the real client: the chat ends with its guest.
        let gone = to_org.downgrade();
        tokio::spawn(async move {
            tokio::select! {
                () = script => {}
                () = async { while gone.strong_count() > 0 { tokio::time::sleep(Duration::from_millis(50)).await } } => {}
            }
        });
        (Box::new(ScriptedGuest(to_org)), received)
    }
}

/// A file, an org and how it is run.
pub struct Run {
    pub suite: Suite,
    pub target: Target,
    pub options: RunOptions,
    _folder: tempfile::TempDir,
}

impl Run {
    pub fn of<F>(text: &str, script: impl Fn(Line) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::with(text, &|_| None, script)
    }

    pub fn with<F>(
        text: &str,
        environment: &dyn Fn(&str) -> Option<std::ffi::OsString>,
        script: impl Fn(Line) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        std::fs::write(folder.path().join("bill.pdf"), "paid").unwrap();
        let suite = load(&path, environment).unwrap_or_else(|error| panic!("{error}"));
        let script: Script = Arc::new(move |line| Box::pin(script(line)));
        let target = Target {
            guests: Arc::new(Org { script, chats: AtomicUsize::new(0) }),
            records: None,
            host: "org.test".into(),
            join: false,
            never_disconnects: false,
            pace: Duration::ZERO,
            lab: "folder/run".into(),
        };
        Self { suite, target, options: RunOptions::default(), _folder: folder }
    }

    pub fn suites(&self) -> Vec<SuiteRun> {
        let suite = Arc::new(self.suite.clone());
        vec![SuiteRun { file: "a.yaml".into(), suite, target: self.target.clone() }]
    }

    pub async fn results(&self) -> Vec<Arc<ScenarioResult>> {
        self.results_and_events().await.0
    }

    pub async fn results_and_events(&self) -> (Vec<Arc<ScenarioResult>>, Vec<RunEvent>) {
        let (events, mut told) = mpsc::unbounded_channel();
        let results = run(&self.suites(), &self.options, &events).await;
        drop(events);
        let mut all = Vec::new();
        while let Some(event) = told.recv().await {
            all.push(event);
        }
        (results, all)
    }

    /// Outcome and reason of the only scenario.
    pub async fn one(&self) -> (Outcome, String) {
        let results = self.results().await;
        assert_eq!(results.len(), 1);
        (results[0].outcome, results[0].reason.clone().unwrap_or_default())
    }

    /// Outcomes, in order.
    pub async fn outcomes(&self) -> Vec<Outcome> {
        self.results().await.iter().map(|result| result.outcome).collect()
    }
}
