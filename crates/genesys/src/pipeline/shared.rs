//! What every call over one connection shares.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{Clock, Secret};
use tokio::{sync::watch, time::Instant};

use super::{
    admission::{Admission, Budget},
    endpoints::Endpoints,
    jitter::Jitter,
    request_log::{RequestLog, RequestRecord},
    sign_in::SignIn,
    transport::Transport,
};

/// What a connection needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the org lives.
    pub endpoints: Endpoints,
    /// The OAuth client's id, no secret.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: Secret,
}

/// What every call over one connection shares: token, rate budget, request log. Clones share them, too.
#[derive(Clone)]
pub struct Pipeline {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub settings: Settings,
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    pub sign_in: SignIn,
    pub admission: Arc<Admission>,
    pub jitter: Arc<Jitter>,
    pub log: RequestLog,
    pub online: watch::Sender<bool>,
    /// The org's clock as its last answer showed it, and when that came.
    pub org_clock: Mutex<Option<(DateTime<Utc>, Instant)>>,
    /// The names of permissions that the dialect tells.
    pub permissions: OnceLock<Vec<&'static str>>,
}

impl Pipeline {
    /// A pipeline that is online and has not signed in yet; the first call does.
    #[must_use]
    pub fn new(settings: Settings, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self::seeded(settings, transport, clock, rand::random())
    }

    /// As [`Pipeline::new`], with every pause drawn from this seed, so that a test can be repeated exactly.
    #[must_use]
    pub fn seeded(
        settings: Settings,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Self {
        let jitter = Arc::new(Jitter::seeded(seed));
        let inner = Inner {
            settings,
            transport,
            clock,
            sign_in: SignIn::new(Arc::clone(&jitter)),
            admission: Admission::new(Arc::clone(&jitter)),
            jitter,
            log: RequestLog::new(),
            online: watch::Sender::new(true),
            org_clock: Mutex::default(),
            permissions: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// By these names a permission is told that the org calls by several; the first time counts.
    pub(crate) fn name_permissions(&self, names: Vec<&'static str>) {
        // Another dialect over the same pipeline is a test's.
        let _ = self.inner.permissions.set(names);
    }

    /// The rate budget as it changes, and whether the org answers.
    #[must_use]
    pub fn budget(&self) -> watch::Receiver<Budget> {
        self.inner.admission.budget()
    }

    /// Switches the network off or on for this connection. Off: every call fails at once with
    /// [`crate::Error::Offline`], what waits stops waiting, and what is under way is given up (and is then
    /// [`crate::Error::Unreachable`] when it may have arrived).
    pub fn set_online(&self, online: bool) {
        let switched = self.inner.online.send_if_modified(|now| std::mem::replace(now, online) != online);
        if switched && online {
            self.inner.admission.try_now();
        }
    }

    /// Whether the connection is switched on.
    #[must_use]
    pub fn is_online(&self) -> bool {
        *self.inner.online.borrow()
    }

    /// Whether the connection is switched on, as it changes.
    #[must_use]
    pub fn online(&self) -> watch::Receiver<bool> {
        self.inner.online.subscribe()
    }

    /// The last requests, newest first, at most 1,000.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.inner.log.records()
    }

    /// Counts the requests made; changes when [`Pipeline::requests`] has something new.
    #[must_use]
    pub fn activity(&self) -> watch::Receiver<u64> {
        self.inner.log.activity()
    }

    /// What the org's own clock shows by now: the `Date` of its last answer (whole seconds) and the time since. `None`
    /// before the first answer that had one. Time that this machine slept is not counted, so ask right after a call.
    #[must_use]
    pub fn org_time(&self) -> Option<DateTime<Utc>> {
        let seen = *self.inner.org_clock.lock().unwrap_or_else(PoisonError::into_inner);
        let (shown, at) = seen?;
        shown.checked_add_signed(TimeDelta::from_std(at.elapsed()).ok()?)
    }

    pub(crate) fn note_org_time(&self, shown: DateTime<Utc>) {
        *self.inner.org_clock.lock().unwrap_or_else(PoisonError::into_inner) = Some((shown, Instant::now()));
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// The settings this pipeline was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}
