//! One life: guests write, the application delivers, and what the sky holds comes down.

use std::{
    collections::HashMap,
    future::{Future, pending},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use app::{
    App, Choice, Connection, DataFolder, EmbeddedOrg, Network, OrgClock, StartEmbedded,
    views::{EntryGroup, EntryQuery, EntryState, EntryView},
};
use genesys::webmessaging::{ByteStream, TungsteniteDialer, WebMessagingError};
use model::{ConversationId, MessageId};
use simulator::{Bot, Limits, Messaging, Options, Simulator};
use tempfile::TempDir;
use testkit::{Dice, InProcess, Trouble, quick_folder, text};
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use crate::{
    judge::{self, Tally},
    sky::{BEGINS, Event, Sky, Wall, Weather},
    way::Way,
};

/// Once the weather has cleared, so much later everything is settled: the longest pauses, twice for a clock that was set back.
const PATIENCE: Duration = Duration::from_secs(3_600);

pub fn live(way: Way, seed: u64) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut life = Life::new(way, Sky::of(seed));
        let lanes = life.run().await;
        judge::judge(&life, &lanes)
    })
}

/// What a person said of a message that was shown to them as uncertain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decided {
    /// So often that it should go again.
    pub again: usize,
    /// That it is delivered, or is not to go: then it is with the org once or not at all.
    pub settled: bool,
}

pub struct Life {
    pub way: Way,
    pub org: Simulator,
    pub sky: Sky,
    pub decided: HashMap<MessageId, Decided>,
    pub deaths: u64,
    wall: Arc<Wall>,
    away: Arc<AtomicBool>,
    data: TempDir,
    dice: Dice,
    next_id: u128,
}

/// Why a process ended.
enum Ended {
    /// Nothing is left to do.
    Over,
    /// It died, and was delivering until so many steps after that was decided.
    Died(u32),
}

impl Life {
    fn new(way: Way, sky: Sky) -> Self {
        let limits = Limits { connections_per_minute: None, ..Limits::documented() };
        let messaging = Messaging { bot: Bot::none(), limits, ..Messaging::default() };
        let options = Options {
            guests: 0,
            seed: sky.seed,
            now: Some(BEGINS.parse().unwrap()),
            messaging,
            ..Options::default()
        };
        Self {
            way,
            org: Simulator::new(&options).unwrap(),
            decided: HashMap::new(),
            deaths: 0,
            wall: Arc::new(Wall::new()),
            away: Arc::default(),
            data: quick_folder(),
            dice: Dice(sky.seed),
            next_id: 0,
            sky,
        }
    }

    /// Lives it; every lane with what the outbox says of its messages at the end.
    async fn run(&mut self) -> Vec<Vec<EntryView>> {
        let began = Instant::now();
        let mut events = self.sky.events.clone().into_iter().peekable();
        let mut lanes: Vec<ConversationId> = Vec::new();
        loop {
            let app = self.open().await;
            while lanes.len() < self.sky.lanes {
                lanes.push(self.way.begin(&app).await);
            }
            let ended = {
                let mut delivering = pin!(app.deliver_until(pending()));
                let ended = tokio::select! {
                    ended = self.act(&app, &lanes, began, &mut events) => ended,
                    () = &mut delivering => panic!("nothing stops the delivery"),
                };
                if let Ended::Died(steps) = ended {
                    let dying = Dies { inner: delivering, left: steps };
                    let _ = timeout(Duration::from_secs(2), dying).await;
                }
                ended
            };
            if matches!(ended, Ended::Over) {
                let mut told = Vec::new();
                for lane in &lanes {
                    told.push(app.chat_messages(lane.clone()).await.unwrap());
                }
                return told;
            }
            self.deaths += 1;
            let closed = app.closed();
            drop(app);
            closed.await;
        }
    }

    async fn open(&self) -> App {
        let (seed, requests) = (self.sky.seed ^ self.deaths, AtomicU64::new(0));
        let away = Arc::clone(&self.away);
        let transport = InProcess::new(self.org.router()).weather(move |_, _| {
            if away.load(Ordering::SeqCst) {
                return Trouble::Refused;
            }
            let mut dice = Dice(seed ^ requests.fetch_add(1, Ordering::SeqCst));
            Trouble::Late(Duration::from_millis(dice.below(200)))
        });
        let (org, away) = (self.org.clone(), Arc::clone(&self.away));
        let dialer = TungsteniteDialer::over(move |_| {
            let connected = if away.load(Ordering::SeqCst) {
                let (host, why) = ("127.0.0.1:9".to_owned(), "no connection (test)".to_owned());
                Err(WebMessagingError::Unreachable { host, why })
            } else {
                let (near, far) = tokio::io::duplex(64 * 1024);
                org.serve_stream(far);
                Ok(Box::new(near) as Box<dyn ByteStream>)
            };
            std::future::ready(connected)
        });
        let network = Network::new(Arc::new(transport), Arc::new(dialer), Arc::clone(&self.wall) as _);
        let folder = DataFolder::open_over(self.data.path(), "weather", None, network).unwrap();
        let connection = Connection { dialect: Some(self.way.dialect()), ..Connection::embedded() };
        let somewhere: StartEmbedded = Arc::new(|_| {
            let base_url = "http://127.0.0.1:9".to_owned();
            Box::pin(async { Ok(EmbeddedOrg { base_url, agent: None, keep: Box::new(()) }) })
        });
        let (choice, wall) = (Choice::Stored(connection), Arc::clone(&self.wall) as _);
        let app = App::open_by(folder, choice, &somewhere, wall, OrgClock::Ignored).await.unwrap();
        app.restore_online_switch().unwrap();
        app
    }

    /// Does what comes at its time, until the program dies or all is over.
    async fn act(
        &mut self,
        app: &App,
        lanes: &[ConversationId],
        began: Instant,
        events: &mut std::iter::Peekable<impl Iterator<Item = (Duration, Event)>>,
    ) -> Ended {
        while let Some((at, _)) = events.peek() {
            sleep_until(began + *at).await;
            let Some((_, event)) = events.next() else { break };
            match event {
                Event::Weather(weather) => {
                    self.away.store(weather == Weather::Away, Ordering::SeqCst);
                    let rules = self.way.rules(weather, self.dice.roll() >> 16);
                    self.org.set_weather(rules.to_string().parse().unwrap());
                }
                Event::Write { lane, text: words } => {
                    self.next_id += 1;
                    let id = MessageId(Uuid::from_u128(self.next_id));
                    app.chat_say(id, lanes[lane].clone(), text(&words)).await.unwrap();
                }
                Event::Jump(seconds) => self.wall.jump(seconds),
                Event::Switch(online) => app.set_online(online).await.unwrap(),
                Event::Death(steps) => return Ended::Died(steps),
                Event::PersonLooks => self.decide(app).await,
            }
        }
        app.set_online(true).await.unwrap();
        let until = Instant::now() + PATIENCE;
        while app.outbox_left().waiting + app.outbox_left().uncertain > 0 {
            let left = app.outbox_page(EntryQuery::default(), 0, 100).await.unwrap().entries;
            assert!(Instant::now() < until, "seed {}: still not settled: {left:#?}", self.sky.seed);
            tokio::time::sleep(Duration::from_secs(5)).await;
            self.decide(app).await;
        }
        // The disk is a moment behind what the outbox knows.
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ended::Over
    }

    /// A person decides about what is shown as uncertain and for them.
    async fn decide(&mut self, app: &App) {
        let query = EntryQuery { group: Some(EntryGroup::Uncertain), ..EntryQuery::default() };
        let shown = app.outbox_page(query, 0, 100).await.unwrap().entries;
        for entry in shown.into_iter().filter(|entry| entry.needs_person) {
            assert!(entry.state == EntryState::Uncertain && entry.why.is_some(), "{entry:?}");
            let id: MessageId = entry.id.parse().unwrap();
            let choice = self.dice.below(3);
            let done = match choice {
                0 => app.outbox_mark_delivered(id).await.unwrap(),
                1 => app.outbox_send_again(id).await.unwrap(),
                _ => app.outbox_discard(id).await.unwrap(),
            };
            assert!(done.in_time, "{entry:?}");
            let decided = self.decided.entry(id).or_default();
            match choice {
                1 => decided.again += 1,
                _ => decided.settled = true,
            }
        }
    }
}

/// A future that is not polled any more after so many steps.
struct Dies<'f, F> {
    inner: Pin<&'f mut F>,
    left: u32,
}

impl<F: Future<Output = ()>> Future for Dies<'_, F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        self.inner.as_mut().poll(cx)
    }
}
