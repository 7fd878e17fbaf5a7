//! A reply's way: from the word of an agent at the org until the page can read its row, beside guests over bare
//! tokio-tungstenite, by turns. Org, console and bare guests share one process and its two threads.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use app::{
    App, Choice, Connections, DataFolder, EMBEDDED_DEPLOYMENT, EmbeddedOrg, EnvironmentVariables,
    StartEmbedded,
    views::{LabAgentAct, LabChatState, LabStart, Topic},
};
use futures_util::future::try_join_all;
use serde_json::json;
use simulator::{Bot, Limits, Messaging, Options, Running};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use super::bare::Guest;
use crate::{outbox::ground, report::Row};

/// So many chats are open, ours and bare ones each; the agent answers them in turn.
const CHATS: usize = 10;
/// Between two words of the agent: a hundred a second.
const PAUSE: Duration = Duration::from_millis(10);
/// Replies of one turn: five seconds.
const TURN: usize = 500;
const TURNS: usize = 4;
/// Far above what a turn takes, so that only a lost reply meets it.
const LIMIT: Duration = Duration::from_secs(60);
/// Lines of a transcript that are read at once: more than a turn adds to one.
const PAGE: u32 = 500;

/// Measures both sides by turns.
pub fn reply() -> Result<Vec<Row>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|e| e.to_string())?.block_on(measure())
}

async fn measure() -> Result<Vec<Row>, String> {
    let limits = Limits { messages_per_second: None, ..Limits::default() };
    let messaging = Messaging { bot: Bot::none(), limits, ..Messaging::default() };
    let options = Options { guests: 0, rate: None, messaging, ..Options::default() };
    let org = Arc::new(simulator::start(options).await.map_err(|e| e.to_string())?);
    let window = Window::open(&org).await?;
    let mut bare = Bare::open(&org).await?;
    let (mut at_bare, mut readable, mut announced) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        at_bare.extend(in_time("the bare guests' turn", bare.turn()).await?);
        let (read, told) = window.turn().await?;
        readable.extend(read);
        announced.extend(told);
    }
    let (at_bare, readable, announced) = (Spread::of(at_bare), Spread::of(readable), Spread::of(announced));
    Ok(vec![
        Row::told("a reply at 100 a second, bare client: p50 / p95 / p99, ms", at_bare.told()),
        Row::told("a reply until its row can be read: p50 / p95 / p99, ms", readable.told()),
        Row::held(
            "a reply until its row can be read, p95, ms",
            format!("{:.2}", readable.p95),
            "< 20",
            readable.p95 < 20.0,
        ),
        Row::told("ratio of the two p95", format!("{:.1}", readable.p95 / at_bare.p95)),
        Row::told(
            "a reply until a window was told, ten times a second at most: p50 / p95 / p99, ms",
            announced.told(),
        ),
    ])
}

async fn in_time<T>(what: &str, turn: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(LIMIT, turn).await.map_err(|_| format!("{what} did not end within {LIMIT:?}"))?
}

/// When the agent said what.
#[derive(Default)]
struct Said(Mutex<HashMap<String, Instant>>);

impl Said {
    fn now(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned(), Instant::now());
    }

    /// How long ago it was; `None` for what the agent of this turn did not say.
    fn since(&self, text: &str) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(text).map(Instant::elapsed)
    }
}

/// The agent says a turn's words to the chats by their number, one after the other.
async fn speak(said: &Said, say: impl AsyncFn(usize, String) -> Result<(), String>) -> Result<(), String> {
    let mut beat = interval(PAUSE);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..TURN {
        beat.tick().await;
        let text = format!("{} {number}", Uuid::new_v4());
        said.now(&text);
        say(number % CHATS, text).await?;
    }
    Ok(())
}

/// The core of a window, with its chats.
struct Window {
    app: App,
    chats: Vec<Uuid>,
    _folder: TempDir,
}

impl Window {
    async fn open(org: &Arc<Running>) -> Result<Self, String> {
        let folder = ground::scratch()?;
        let data = DataFolder::open(folder.path(), "bench", None).map_err(words)?;
        let choice = Choice::resolve(None, &EnvironmentVariables::default(), &Connections::default());
        let choice = choice.map_err(words)?;
        let app = App::open(data, choice, &embedded(org)).await.map_err(words)?;
        app.start_background();
        let mut chats = Vec::new();
        for _ in 0..CHATS {
            let chat = app.lab_start(LabStart::default()).await.map_err(words)?.id;
            let ready = async |app: &App| {
                app.lab_overview().chats.iter().any(|it| it.id == chat && it.state == LabChatState::Ready)
            };
            until(&app, "connecting a guest", ready).await?;
            // The conversation begins with the guest's first message.
            app.lab_say(chat, Uuid::new_v4(), "hello").await.map_err(words)?;
            let said =
                async |app: &App| app.lab_overview().chats.iter().any(|it| it.id == chat && it.waiting == 0);
            until(&app, "a guest's first message", said).await?;
            chats.push(chat);
        }
        Ok(Self { app, chats, _folder: folder })
    }

    /// How long each reply took until its row could be read, and until a window had been told and had read it.
    async fn turn(&self) -> Result<(Vec<Duration>, Vec<Duration>), String> {
        let said = Said::default();
        let speaking = speak(&said, async |chat, text| {
            let act = LabAgentAct::Say { text, quick_replies: Vec::new(), as_bot: false };
            self.app.lab_agent(self.chats[chat], act).await.map_err(words)
        });
        let (mut first, mut second) = (Reader::of(self)?, Reader::of(self)?);
        let readable = async {
            loop {
                // Taken before the look, so that nothing in between is missed.
                let changes = self.app.changes();
                if !first.read(&said)? {
                    return Ok(());
                }
                // With the first change; a window would be told of the next one 100 ms later.
                self.app.follow_from(changes, |_, _| false).await;
            }
        };
        let announced = async {
            let mut failed = None;
            let told = self.app.follow(|stale, _| {
                !stale.contains(&Topic::ChatLab)
                    || second.read(&said).unwrap_or_else(|why| {
                        failed = Some(why);
                        false
                    })
            });
            told.await;
            failed.map_or(Ok(()), Err)
        };
        let all = async { tokio::try_join!(speaking, readable, announced) };
        match timeout(LIMIT, all).await {
            Ok(ended) => ended?,
            Err(_) => return Err(self.lacks(&first, &second)),
        };
        Ok((first.took, second.took))
    }

    /// What a turn had when its time was over.
    fn lacks(&self, first: &Reader<'_>, second: &Reader<'_>) -> String {
        let chats = self.app.lab_overview().chats.into_iter();
        let chats: Vec<_> = chats
            .map(|chat| format!("{:?} {} rows, {} replies", chat.state, chat.rows, chat.replies))
            .collect();
        let (read, told) = ((first.took.len(), &first.rows), (second.took.len(), &second.rows));
        format!(
            "a reply did not arrive in {LIMIT:?}: of {TURN}, {read:?} were read and {told:?} told; {chats:?}"
        )
    }
}

/// Reads the new rows of all chats, as the page asks for them.
struct Reader<'a> {
    window: &'a Window,
    /// Rows of each chat that were read.
    rows: Vec<u32>,
    took: Vec<Duration>,
}

impl<'a> Reader<'a> {
    /// From the rows on that are there.
    fn of(window: &'a Window) -> Result<Self, String> {
        let chats = window.app.lab_overview().chats;
        let rows = |id: &Uuid| chats.iter().find(|chat| chat.id == *id).map(|chat| chat.rows);
        let rows: Option<_> = window.chats.iter().map(rows).collect();
        Ok(Self { window, rows: rows.ok_or("a chat is gone")?, took: Vec::new() })
    }

    /// Whether there are replies yet to come.
    fn read(&mut self, said: &Said) -> Result<bool, String> {
        for (chat, rows) in self.window.chats.iter().zip(&mut self.rows) {
            let page = self.window.app.lab_transcript(*chat, *rows, PAGE).map_err(words)?;
            *rows += u32::try_from(page.rows.len()).map_err(|e| e.to_string())?;
            self.took.extend(page.rows.iter().filter_map(|row| said.since(row.text.as_deref()?)));
        }
        Ok(self.took.len() < TURN)
    }
}

/// Waits until it is so.
async fn until(app: &App, what: &str, is_so: impl AsyncFn(&App) -> bool) -> Result<(), String> {
    in_time(what, async {
        loop {
            let changes = app.changes();
            if is_so(app).await {
                return Ok(());
            }
            app.follow_from(changes, |_, _| false).await;
        }
    })
    .await
}

fn words(failure: app::Failure) -> String {
    failure.message
}

fn embedded(org: &Arc<Running>) -> StartEmbedded {
    let org = Arc::clone(org);
    Arc::new(move |_| {
        let simulator = org.simulator().clone();
        let agent: app::AgentSide = Arc::new(move |deployment, token, what, body| {
            let simulator = simulator.clone();
            Box::pin(async move { simulator.act_as_agent(&deployment, token.expose(), what, &body).await })
        });
        let base_url = org.api_url();
        Box::pin(async move { Ok(EmbeddedOrg { base_url, agent: Some(agent), keep: Box::new(()) }) })
    })
}

/// As many guests over bare sockets.
struct Bare {
    org: Arc<Running>,
    guests: Vec<Guest>,
}

impl Bare {
    async fn open(org: &Arc<Running>) -> Result<Self, String> {
        let url = org.api_url();
        let address = url.strip_prefix("http://").ok_or("the org serves no plain HTTP")?;
        let address: SocketAddr = address.parse().map_err(|e| format!("{address}: {e}"))?;
        let mut guests = Vec::new();
        for _ in 0..CHATS {
            let mut guest = Guest::join(address, EMBEDDED_DEPLOYMENT).await?;
            guest.say("hello", "hello").await?;
            while guest.next().await?["tracingId"] != "hello" {}
            guests.push(guest);
        }
        Ok(Self { org: Arc::clone(org), guests })
    }

    /// How long each reply took until its frame was read.
    async fn turn(&mut self) -> Result<Vec<Duration>, String> {
        let said = Said::default();
        let tokens: Vec<String> = self.guests.iter().map(|guest| guest.token.clone()).collect();
        let simulator = self.org.simulator();
        let speaking = speak(&said, async |chat, text| {
            let body = json!({ "text": text, "originatingEntity": "Human" });
            simulator.act_as_agent(EMBEDDED_DEPLOYMENT, &tokens[chat], "say", &body).await
        });
        let hearing = try_join_all(self.guests.iter_mut().map(async |guest| {
            let mut took = Vec::new();
            while took.len() < TURN / CHATS {
                let frame = guest.next().await?;
                took.extend(frame["body"]["text"].as_str().and_then(|text| said.since(text)));
            }
            Ok(took)
        }));
        let ((), took) = tokio::try_join!(speaking, hearing)?;
        Ok(took.concat())
    }
}

/// In milliseconds.
struct Spread {
    p50: f64,
    p95: f64,
    p99: f64,
}

impl Spread {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let last = took.len().saturating_sub(1);
        let at = |share: f64| took.get(((took.len() as f64 * share) as usize).min(last));
        let millis = |share: f64| at(share).map_or(0.0, |time| time.as_secs_f64() * 1000.0);
        Self { p50: millis(0.50), p95: millis(0.95), p99: millis(0.99) }
    }

    fn told(&self) -> String {
        format!("{:.2} / {:.2} / {:.2}", self.p50, self.p95, self.p99)
    }
}
