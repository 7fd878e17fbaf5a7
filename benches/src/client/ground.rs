//! An org, a way to it, and the guests to ask for: what every run stands on, in simulated and in real time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::try_join_all;
use genesys::{
    Endpoints, Lane, ReqwestTransport, Settings, Transport, TransportError,
    guest_api::{GuestApi, ListGuests},
};
use http::{HeaderValue, header::AUTHORIZATION};
use model::{GuestId, Secret};
use simulator::{Options, Running, Simulator};
use testkit::{InProcess, TokioClock};
use tokio::{
    runtime::{Builder, Runtime},
    time::{Instant, sleep},
};

/// The documented limit: calls a window (`guest-api.md`, "Limits").
pub const ALLOWED: u64 = 300;
/// The length of a window.
pub const WINDOW: Duration = Duration::from_secs(60);
/// Windows of a simulated run.
pub const SIMULATED_WINDOWS: u32 = 60;
/// Windows of a run in real time.
pub const REAL_WINDOWS: u32 = 3;
/// Calls that a bulk run keeps under way.
pub const WORKERS: usize = 4;
/// One way to a simulated org; 120 ms there and back, as measured against the real one (`reliability.md`, section 2).
const ONE_WAY: Duration = Duration::from_millis(60);
/// When the org's clock begins in simulated time.
pub const START: &str = "2026-11-22T12:00:00Z";

/// An org and a way to it. The way remembers the token, which another client may share, and when calls left.
pub struct Ground {
    org: Simulator,
    _running: Option<Running>,
    /// The way to it.
    pub way: Arc<Way>,
    settings: Settings,
    /// Guests that exist, oldest first.
    pub guests: Vec<GuestId>,
}

/// The way to an org.
pub struct Way {
    inner: Arc<dyn Transport>,
    one_way: Duration,
    /// Without a slash at its end.
    pub origin: String,
    bearer: Mutex<Option<HeaderValue>>,
    departures: Mutex<Vec<(String, Instant)>>,
}

impl Ground {
    /// An org in process. Under a paused runtime an hour of it takes a second.
    pub async fn simulated(guests: u64) -> Result<Self, String> {
        let now = START.parse().map_err(|_| "the start is no time")?;
        let options = Options { guests, now: Some(now), ..Options::default() };
        let org = Simulator::new(&options).map_err(|e| e.to_string())?;
        let inner = Arc::new(InProcess::new(org.router()));
        Self::of(org, None, "http://127.0.0.1:1", inner, ONE_WAY).await
    }

    /// An org on loopback; `None` is an org without limits.
    pub async fn real(guests: u64, rate: Option<u32>) -> Result<Self, String> {
        let options = Options { guests, rate, ..Options::default() };
        let running = simulator::start(options).await.map_err(|e| e.to_string())?;
        let (org, url) = (running.simulator().clone(), running.api_url());
        Self::of(org, Some(running), &url, Arc::new(ReqwestTransport::new()), Duration::ZERO).await
    }

    /// An org without limits on loopback, as far away in real time as the simulated one.
    pub async fn far(guests: u64) -> Result<Self, String> {
        let running = simulator::start(Options { guests, rate: None, ..Options::default() }).await;
        let running = running.map_err(|e| e.to_string())?;
        let (org, url) = (running.simulator().clone(), running.api_url());
        Self::of(org, Some(running), &url, Arc::new(ReqwestTransport::new()), ONE_WAY).await
    }

    async fn of(
        org: Simulator,
        running: Option<Running>,
        url: &str,
        inner: Arc<dyn Transport>,
        one_way: Duration,
    ) -> Result<Self, String> {
        let way = Arc::new(Way {
            inner,
            one_way,
            origin: url.to_owned(),
            bearer: Mutex::default(),
            departures: Mutex::default(),
        });
        let mut ground = Self { org, _running: running, way, settings: settings(url)?, guests: Vec::new() };
        ground.guests = ground.ids().await?;
        ground.way.forget();
        Ok(ground)
    }

    /// A client that has not signed in. Its token, and so its window, is its own.
    pub fn client(&self) -> GuestApi {
        let clock = Arc::new(TokioClock::at(START));
        testkit::guest_api(self.settings.clone(), Arc::clone(&self.way) as _, clock)
    }

    /// The org, to ask what happened.
    pub fn org(&self) -> &Simulator {
        &self.org
    }

    /// The number of the newest line of the ledger.
    pub fn ledger_end(&self) -> u64 {
        self.org.ledger().last().map_or(0, |entry| entry.n)
    }

    /// A bulk run at full speed until the time is over: some workers that each ask for one guest after the other,
    /// all but the first guest of the org.
    ///
    /// # Errors
    /// The first failure of any call: in fair weather there is none.
    pub async fn bulk(&self, client: &GuestApi, until: Instant) -> Result<(), String> {
        let one = |worker: usize| async move {
            for id in self.guests[1..].iter().cycle().skip(worker).step_by(WORKERS) {
                if Instant::now() >= until {
                    break;
                }
                client.guest(Lane::Bulk, *id).await.map_err(|e| e.to_string())?;
            }
            Ok::<_, String>(())
        };
        try_join_all((0..WORKERS).map(one)).await.map(|_| ())
    }

    async fn ids(&self) -> Result<Vec<GuestId>, String> {
        let client = self.client();
        let mut ids = Vec::new();
        for page_number in 1.. {
            let list = ListGuests { page_size: 100, page_number, ..ListGuests::default() };
            let page = client.list_guests(Lane::Person, &list).await.map_err(|e| e.to_string())?;
            let last = page.guests.is_empty();
            ids.extend(page.guests.iter().map(|g| g.id));
            if last || ids.len() as u64 >= page.total {
                break;
            }
        }
        Ok(ids)
    }
}

impl Way {
    /// The token that was used last, as the header that carries it.
    pub fn bearer(&self) -> Option<HeaderValue> {
        self.bearer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When calls to this path left, in order; forgets them.
    pub fn departures(&self, path: &str) -> Vec<Instant> {
        let mut all = self.departures.lock().unwrap_or_else(PoisonError::into_inner);
        all.extract_if(.., |(to, _)| to == path).map(|(_, at)| at).collect()
    }

    fn forget(&self) {
        *self.bearer.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.departures.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[async_trait]
impl Transport for Way {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let path = request.uri().path().to_owned();
        if path.starts_with("/api/") {
            *self.bearer.lock().unwrap_or_else(PoisonError::into_inner) =
                request.headers().get(AUTHORIZATION).cloned();
            let mut departures = self.departures.lock().unwrap_or_else(PoisonError::into_inner);
            departures.push((path, Instant::now()));
        }
        if self.one_way.is_zero() {
            return self.inner.send(request).await;
        }
        sleep(self.one_way).await;
        let answer = self.inner.send(request).await;
        sleep(self.one_way).await;
        answer
    }
}

/// How a client is told about an org of the simulator.
pub fn settings(url: &str) -> Result<Settings, String> {
    Ok(Settings {
        endpoints: Endpoints::one_origin(url).map_err(|e| e.to_string())?,
        client_id: "demo".into(),
        client_secret: Secret::new("demo".into()),
    })
}

/// A runtime as the command line makes it.
pub fn runtime() -> Result<Runtime, String> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|e| e.to_string())
}

/// A runtime whose clock stands and jumps to whatever is waited for next.
pub fn paused() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_all().start_paused(true).build().map_err(|e| e.to_string())
}
