//! A way to the org on which things happen before chosen requests, of either dialect.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use genesys::{Transport, TransportError};
use model::GuestId;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::json;
use tokio::sync::Notify;

use crate::ground::{Desk, Ground};

/// What somebody else does while a run goes on.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    /// Changes the guest.
    Renames(GuestId),
    /// Merges the guest into another; only in an org of contacts.
    Merges(GuestId, GuestId),
    /// Deletes the guest.
    Removes(GuestId),
    /// Puts the guest on hold.
    Holds(GuestId),
    /// The org forgets where every scan stands.
    ForgetsCursors,
}

/// What was done, and where the org's ledger stood then.
pub type Deeds = Vec<(u64, Deed)>;

#[derive(Default)]
struct State {
    requests: u64,
    due: BTreeMap<u64, Vec<Deed>>,
    done: Deeds,
    /// The process dies before this request.
    dies_at: Option<u64>,
    /// The share of requests that are cut, before or after the org has seen them.
    cut: f64,
}

/// The clones are one way.
#[derive(Clone)]
pub struct Way {
    ground: Arc<Ground>,
    desk: Arc<Desk>,
    state: Arc<Mutex<State>>,
    dice: Arc<Mutex<SmallRng>>,
    died: Arc<Notify>,
}

impl Way {
    pub fn new(ground: Arc<Ground>, desk: Arc<Desk>, seed: u64) -> Self {
        let dice = Arc::new(Mutex::new(SmallRng::seed_from_u64(seed)));
        Self { ground, desk, state: Arc::default(), dice, died: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many requests from now, or at the first one after that which deletes nobody.
    pub fn later(&self, requests: u64, deed: Deed) {
        let mut state = self.state();
        let at = state.requests + requests;
        state.due.entry(at).or_default().push(deed);
    }

    pub fn dies_in(&self, requests: Option<u64>) {
        let mut state = self.state();
        state.dies_at = requests.map(|requests| state.requests + requests);
    }

    pub fn cuts(&self, share: f64) {
        self.state().cut = share;
    }

    pub fn done(&self) -> Deeds {
        self.state().done.clone()
    }

    pub async fn died(&self) {
        self.died.notified().await;
    }

    pub async fn act(&self, deed: Deed) {
        match deed {
            Deed::Renames(id) => {
                self.ground.by_hand("POST", &format!("/guests/{id}"), &json!({"name": "Somebody"})).await;
            }
            Deed::Merges(id, into) => {
                self.ground.by_hand("POST", &format!("/contacts/{id}/merge"), &json!({"into": into})).await;
            }
            Deed::Removes(id) => {
                self.ground.by_hand("DELETE", &format!("/guests/{id}"), &json!(null)).await;
            }
            Deed::Holds(id) => self.desk.hold(Some(id), None),
            Deed::ForgetsCursors => drop(self.ground.by_hand("POST", "/cursors/expire", &json!({})).await),
        }
        let n = self.ground.org.ledger_since(0).last().map_or(0, |entry| entry.n);
        self.state().done.push((n, deed));
    }
}

/// Whether the request deletes: what happens between the last look and it is nobody's fault where no write names a version.
fn deletes(request: &http::Request<Bytes>) -> bool {
    *request.method() == http::Method::DELETE || request.uri().path().ends_with("/contacts/remove")
}

#[async_trait]
impl Transport for Way {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let (due, dies, cut) = {
            let mut state = self.state();
            let n = state.requests;
            state.requests += 1;
            let mut due = Vec::new();
            if !deletes(&request) {
                let later = state.due.split_off(&(n + 1));
                due = std::mem::replace(&mut state.due, later).into_values().flatten().collect();
            }
            (due, state.dies_at.is_some_and(|at| at <= n), state.cut)
        };
        for deed in due {
            self.act(deed).await;
        }
        if dies {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        let cut = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            dice.random_bool(cut).then(|| dice.random_bool(0.5))
        };
        let lost = || TransportError::perhaps("connection cut (test)");
        match cut {
            None => self.ground.way.send(request).await,
            Some(false) => Err(lost()),
            Some(true) => {
                let _ = self.ground.way.send(request).await;
                Err(lost())
            }
        }
    }
}
