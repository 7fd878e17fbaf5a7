//! One run: guests write, the outbox is activated as the application does it, and what the sky holds comes down.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use outbox::{Counts, Kind, Options, Outbox, RateLimit, Wake};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use store::{DataKey, Store};
use tempfile::TempDir;
use testkit::{message, message_id as id, quick_folder};
use tokio::time::sleep;

use crate::{
    judge::{Org, Tally},
    sky::{Blow, Sky, Wall, Weather},
};

/// The longest rest between two activations: timers do not run while a machine sleeps.
const PERIOD: Duration = Duration::from_secs(60);

/// So long after the weather has cleared everything must have arrived: the longest wait, once more for each time the
/// clock was set back in the midst of one, and some for the sending itself.
fn patience(sky: &Sky) -> Duration {
    let set_back = sky.blows.iter().filter(|(_, blow)| matches!(blow, Blow::SetBack(_))).count();
    Duration::from_secs(600) + Duration::from_secs(300) * u32::try_from(set_back).expect("few")
}

pub fn live(seed: u64) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .max_blocking_threads(1)
        .build();
    runtime.expect("a runtime").block_on(async {
        let mut life = Life::draw(seed);
        life.run().await;
        life.judge()
    })
}

struct Life {
    dir: TempDir,
    key: DataKey,
    options: Options,
    open: RefCell<Option<Outbox>>,
    org: Org,
    /// When each message is written, and in which conversation.
    plan: Vec<(Duration, u64)>,
    written: RefCell<Vec<(u64, u64)>>,
    chance: SmallRng,
}

impl Life {
    fn draw(seed: u64) -> Self {
        let mut chance = SmallRng::seed_from_u64(seed);
        let sky = Sky::draw(&mut chance);
        let (lanes, messages) = match sky.days_offline {
            true => (1, chance.random_range(5..10)),
            false => (chance.random_range(1..5), chance.random_range(8..20)),
        };
        let mut plan: Vec<_> = (0..messages)
            .map(|_| {
                (
                    sky.clears().min(Duration::from_secs(3_600)).mul_f64(chance.random()),
                    chance.random_range(0..lanes),
                )
            })
            .collect();
        plan.sort();
        let in_flight = chance.random_range(1..4);
        let per_session =
            chance.random_ratio(1, 4).then_some(RateLimit { messages: 2, per: Duration::from_secs(1) });
        let history_entries = if chance.random_ratio(1, 3) { 3 } else { 10_000 };
        let options =
            Options { in_flight, per_session, history_entries, seed: Some(seed), ..Options::default() };
        let org = Org::new(sky, Arc::new(Wall::new()), seed, in_flight, per_session.is_some());
        let life = Self {
            dir: quick_folder(),
            key: DataKey::generate(),
            options,
            open: RefCell::new(None),
            org,
            plan,
            written: RefCell::default(),
            chance,
        };
        life.open();
        life
    }

    fn open(&self) {
        let store = Store::open(self.dir.path(), &self.key).expect("the store opens");
        let wall: Arc<Wall> = Arc::clone(&self.org.wall);
        let outbox = Outbox::open_with(&store, wall, self.options).expect("the outbox opens");
        *self.open.borrow_mut() = Some(outbox);
    }

    fn outbox(&self) -> Outbox {
        self.open.borrow().clone().expect("open")
    }

    async fn run(&mut self) {
        let mut chance = self.chance.clone();
        let life = &*self;
        let guests = async {
            for (n, (at, lane)) in (0..).zip(&life.plan) {
                sleep(at.saturating_sub(life.org.wall.elapsed())).await;
                // Between two lives of the process nobody can write.
                while life.open.borrow().is_none() {
                    sleep(Duration::from_millis(1)).await;
                }
                let accepted = life.outbox().accept(message(&format!("c-{lane}"), n)).expect("accepted");
                assert!(!accepted.repeat);
                life.written.borrow_mut().push((n, *lane));
            }
        };
        tokio::join!(guests, life.activations(&mut chance));
    }

    async fn activations(&self, chance: &mut SmallRng) {
        let (sky, wall) = (&self.org.sky, &self.org.wall);
        let mut blows = sky.blows.iter().peekable();
        let mut death = None;
        let deadline = sky.clears() + patience(sky);
        loop {
            while let Some((_, blow)) = blows.next_if(|(at, _)| *at <= wall.elapsed()) {
                match *blow {
                    Blow::Suspend(seconds) => self.jump(seconds),
                    Blow::SetBack(seconds) => self.jump(-seconds),
                    Blow::Death(at) => death = Some(at),
                }
            }
            let outbox = self.outbox();
            let left = death.unwrap_or(u32::MAX);
            let (report, left) = Dies { inner: Box::pin(outbox.drain(&self.org)), left }.await;
            // A death for which this activation was too short stays in the air.
            death = death.filter(|_| report.is_some()).map(|_| left);
            let Some(report) = report else {
                drop(outbox);
                *self.open.borrow_mut() = None;
                // What was on its way to the disk is on it before the next life begins.
                tokio::task::spawn_blocking(|| ()).await.expect("no panic");
                self.org.log().died();
                self.open();
                continue;
            };
            assert!(report.error.is_none(), "{report:?}");
            self.what_may_have_arrived_says_so(&outbox);
            let done = self.written.borrow().len() == self.plan.len();
            if done && report.next_due.is_none() && report.paused.is_none() {
                return;
            }
            assert!(wall.elapsed() < deadline, "still not there: {:?} {report:?}", outbox.counts());
            self.rest(&outbox, report.next_due, chance).await;
        }
    }

    /// A repeat is possible only where everybody can see it coming.
    fn what_may_have_arrived_says_so(&self, outbox: &Outbox) {
        for n in self.org.log().arrived_and_not_known() {
            let kind = outbox.entry(id(n)).expect("readable").expect("kept").state.kind();
            assert!(matches!(kind, Kind::Uncertain | Kind::Dead), "{n} may have arrived and is {kind:?}");
        }
    }

    fn jump(&self, seconds: i64) {
        self.org.wall.jump(seconds);
        self.org.log().jumped();
    }

    /// Until the next entry is due, something was written, or the weather changed.
    async fn rest(&self, outbox: &Outbox, next_due: Option<Duration>, chance: &mut SmallRng) {
        let (sky, wall) = (&self.org.sky, &self.org.wall);
        let (now, weather) = (wall.elapsed(), sky.now(wall.elapsed()));
        let change = sky.next_change(now).map_or(PERIOD, |at| at - now);
        let mut changes = outbox.changes();
        let rest = next_due.unwrap_or(PERIOD).min(PERIOD).min(change);
        let rest = if sky.days_offline && weather == Weather::Offline {
            rest.max(Duration::from_secs(30))
        } else {
            rest
        };
        tokio::select! {
            () = sleep(rest) => {}
            _ = changes.changed() => {}
        }
        let cleared = weather != sky.now(wall.elapsed());
        if outbox.paused().is_some() && (cleared || chance.random_ratio(1, 10)) {
            let why = if chance.random() { Wake::Person } else { Wake::Token };
            outbox.wake(why);
            if outbox.paused().is_none() {
                self.org.log().resumed();
            }
        }
        if cleared && weather == Weather::Offline && chance.random() {
            outbox.wake(Wake::Network);
        }
        if outbox.paused().is_some() && sky.now(wall.elapsed()) == Weather::Fine {
            outbox.resume();
            self.org.log().resumed();
        }
    }

    fn judge(&self) -> Tally {
        let log = self.org.log();
        let written = self.written.borrow();
        let (mut delivered, mut dead) = (0, 0);
        for (n, lane) in written.iter() {
            let conversation = format!("c-{lane}").parse().expect("a conversation id");
            let received = log.received.get(&conversation).is_some_and(|r| r.contains(n));
            let excused = log.refused.contains(n) || log.closed.contains(&conversation);
            assert!(received || excused, "{n} in c-{lane} is lost");
            delivered += u64::from(received);
            dead += u64::from(!received);
        }
        drop(self.open.take());
        self.open();
        let (outbox, counts) = (self.outbox(), self.outbox().counts());
        assert_eq!((counts.waiting, counts.uncertain), (0, 0));
        // One that arrived, and was cut off, in a conversation that then closed, is dead here and received there.
        assert!(
            counts.dead >= dead && counts.dead <= dead + log.closed.len() as u64,
            "{counts:?}, {dead} refused"
        );
        if self.options.history_entries > 20 {
            let Counts { delivered: kept, dead: died, .. } = counts;
            assert_eq!(kept + died, delivered + dead);
        }
        assert_eq!(outbox.export().count() as u64, counts.dead);
        let mut tally = log.tally.clone();
        tally.accepted = written.len() as u64;
        tally.refused = dead;
        tally.days_offline = u64::from(self.org.sky.days_offline);
        tally
    }
}

/// A future that is dropped at one of its awaits.
struct Dies<F> {
    inner: Pin<Box<F>>,
    left: u32,
}

impl<F: Future> Future for Dies<F> {
    type Output = (Option<F::Output>, u32);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.left = self.left.saturating_sub(1);
        match self.inner.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready((Some(done), self.left.max(1))),
            Poll::Pending if self.left == 0 => Poll::Ready((None, 0)),
            Poll::Pending => Poll::Pending,
        }
    }
}
