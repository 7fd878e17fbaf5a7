//! The way between console and org: before and after each request something may happen, the way itself may fail, and
//! the process may die. What happened is written down as the judge will hear it.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use genesys::{Transport, TransportError};
use model::GuestId;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use retention::RunControl;
use serde_json::json;
use simulator::{Entry, Kind};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    ground::{Desk, Ground},
    people::{Event, People, Sketch, Sketchy, arrive},
};

/// One line of what happened, in order.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A look at the guests of a batch leaves.
    Look(Vec<GuestId>),
    /// The org was asked who has an open conversation: these had one all the while, and these at one time of it.
    Open {
        all_along: Vec<GuestId>,
        at_times: Vec<GuestId>,
    },
    /// A delete leaves.
    Asked(GuestId),
    /// A delete that was thought lost reached the org and worked.
    Landed(GuestId),
    /// The org's ledger.
    Org(Entry),
    Held(GuestId),
    HeldByTier(&'static str),
    /// Whoever matches a hold by filter from now on is on hold, or no longer.
    Tiered(GuestId, &'static str),
    Queued(GuestId),
    Died,
}

/// What the way does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fair,
    Refused,
    CutBefore,
    CutAfter,
    /// Cut, and the request reaches the org so many steps later.
    Lands(u64),
    /// Some proxy asks twice and hands the first answer back.
    Twice,
}

/// The clones are one way.
#[derive(Clone)]
pub struct Network {
    pub ground: Arc<Ground>,
    pub desk: Arc<Desk>,
    state: Arc<Mutex<State>>,
    died: Arc<Notify>,
}

pub struct State {
    pub people: People,
    pub story: Vec<Happening>,
    /// Points passed so far: two a request.
    pub step: u64,
    pub kill_at: Option<u64>,
    dead: bool,
    pub events: BTreeMap<u64, Vec<Event>>,
    /// The share of requests that the way troubles.
    pub trouble: f64,
    /// The request (from 0) that is asked twice, whatever the dice say.
    pub twice: Option<u64>,
    pub requests: u64,
    dice: SmallRng,
    landing: Vec<(u64, http::Request<Bytes>)>,
    heard: u64,
    deleting: u32,
    pub most_deleting: u32,
    pub control: Option<RunControl>,
    pub journal: Option<PathBuf>,
    /// Whether the org's answers have a `Date`.
    pub shows_clock: bool,
    /// The journal's length at the last point, and at the one before death.
    pub length: u64,
    pub length_before: u64,
}

impl State {
    /// What happens at this point: events, requests that land, and whether the process dies; `None` when it is dead.
    fn next_point(&mut self) -> Option<(Vec<Event>, Vec<http::Request<Bytes>>, bool)> {
        if self.dead {
            return None;
        }
        let step = self.step;
        self.step += 1;
        let length = self.journal.as_ref().and_then(|j| std::fs::metadata(j).ok()).map_or(0, |m| m.len());
        (self.length_before, self.length) = (self.length, length);
        let landing =
            self.landing.extract_if(.., |(at, _)| *at <= step).map(|(_, request)| request).collect();
        self.dead = self.kill_at.is_some_and(|at| at <= step);
        Some((self.events.remove(&step).unwrap_or_default(), landing, self.dead))
    }
}

impl Network {
    pub fn new(ground: Arc<Ground>, desk: Arc<Desk>, people: People, seed: u64) -> Self {
        let state = State {
            people,
            story: Vec::new(),
            step: 0,
            kill_at: None,
            dead: false,
            events: BTreeMap::new(),
            trouble: 0.0,
            twice: None,
            requests: 0,
            dice: SmallRng::seed_from_u64(seed),
            landing: Vec::new(),
            heard: ground.org.ledger_since(0).last().map_or(0, |e| e.n),
            deleting: 0,
            most_deleting: 0,
            control: None,
            journal: None,
            shows_clock: false,
            length: 0,
            length_before: 0,
        };
        Self { ground, desk, state: Arc::new(Mutex::new(state)), died: Arc::default() }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn died(&self) {
        self.died.notified().await;
    }

    /// A new process.
    pub fn revive(&self) {
        let mut state = self.state();
        state.dead = false;
        state.kill_at = None;
        state.deleting = 0;
    }

    /// One point: events, late arrivals, death.
    async fn point(&self) {
        let Some((events, landing, dies)) = self.state().next_point() else {
            return std::future::pending().await;
        };
        for request in landing {
            let told = self.state().story.len();
            let _ = self.ground.way.send(request).await;
            self.hear();
            let mut state = self.state();
            let deleted = |h: &Happening| match h {
                Happening::Org(e) if e.kind == Kind::Deleted => e.guest_id.map(GuestId),
                _ => None,
            };
            let landed: Vec<_> = state.story[told..].iter().filter_map(deleted).collect();
            state.story.extend(landed.into_iter().map(Happening::Landed));
        }
        for event in events {
            self.happen(event).await;
        }
        if dies {
            self.state().story.push(Happening::Died);
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Takes what is new in the org's ledger.
    pub fn hear(&self) {
        let mut state = self.state();
        let new = self.ground.org.ledger_since(state.heard);
        state.heard = new.last().map_or(state.heard, |e| e.n);
        state.story.extend(new.into_iter().filter(|e| e.kind != Kind::Weather).map(Happening::Org));
    }

    pub async fn happen(&self, event: Event) {
        let known = |n: usize| {
            let state = self.state();
            let person = &state.people.all[n % state.people.all.len()];
            (person.id, person.conversation, state.people.by_id[&person.id])
        };
        let write = |id: GuestId, body| async move {
            self.ground.by_hand("POST", &format!("/guests/{id}"), &body).await;
        };
        match event {
            Event::Renamed(n) => write(known(n).0, json!({ "name": "Somebody" })).await,
            Event::Tiered(n, tier) => {
                let id = known(n).0;
                write(id, json!({ "attributes": { "tier": tier } })).await;
                self.state().story.push(Happening::Tiered(id, tier));
            }
            Event::Flipped(n) => write(known(n).0, json!({ "active": n % 2 == 0 })).await,
            Event::Says(n) => {
                let (id, conversation, n) = known(n);
                if self.ground.says(id, conversation).await == 201 {
                    let now = self.ground.org.now();
                    self.state().people.heard(n, now);
                }
            }
            Event::Closes(n) => {
                let (_, conversation, n) = known(n);
                let path = format!("/conversations/{conversation}/close");
                assert_eq!(self.ground.by_hand("POST", &path, &json!({})).await, 200);
                self.state().people.close(n);
            }
            Event::Vanishes(n) => {
                self.ground.by_hand("DELETE", &format!("/guests/{}", known(n).0), &json!(null)).await;
            }
            Event::Arrives(Sketchy(minutes_old)) => {
                let sketch = Sketch { minutes_old, tier: Some("gold"), active: false };
                let person = arrive(&self.ground, &sketch).await;
                self.state().people.add(person);
            }
            Event::Held(n) => {
                let id = known(n).0;
                self.desk.hold(Some(id), None);
                self.state().story.push(Happening::Held(id));
            }
            Event::HeldByTier(tier) => {
                self.desk.hold(None, Some(&format!("attributes.tier = \"{tier}\"")));
                self.state().story.push(Happening::HeldByTier(tier));
            }
            Event::Queued(n) => {
                let id = known(n).0;
                self.desk.queue(id);
                self.state().story.push(Happening::Queued(id));
            }
            Event::Clock(minutes) => {
                let body = json!({ "advanceSeconds": minutes * 60 });
                assert_eq!(self.ground.by_hand("POST", "/clock", &body).await, 200);
            }
            Event::Paused => {
                if let Some(control) = &self.state().control {
                    control.pause();
                }
            }
        }
        self.hear();
    }

    fn open_among(&self, ids: &[GuestId]) -> HashSet<GuestId> {
        let open: HashSet<GuestId> = self.state().people.open_at(self.ground.org.now()).collect();
        ids.iter().copied().filter(|id| open.contains(id)).collect()
    }

    fn fate(&self) -> Fate {
        let mut state = self.state();
        let n = state.requests;
        state.requests += 1;
        if state.twice == Some(n) {
            return Fate::Twice;
        }
        let trouble = state.trouble;
        if !state.dice.random_bool(trouble) {
            return Fate::Fair;
        }
        match state.dice.random_range(0..6) {
            0 => Fate::Refused,
            1 => Fate::CutBefore,
            2 | 3 => Fate::CutAfter,
            4 => Fate::Lands(state.dice.random_range(1..40)),
            _ => Fate::Twice,
        }
    }
}

/// What a request asks for, as far as the judge minds.
enum Question {
    Look(Vec<GuestId>),
    Open(Vec<GuestId>),
    Delete(GuestId),
    Other,
}

fn question(request: &http::Request<Bytes>) -> Question {
    let path = request.uri().path();
    if *request.method() == http::Method::DELETE
        && let Some(id) = path.strip_prefix("/api/v2/guests/").and_then(|id| id.parse().ok())
    {
        return Question::Delete(id);
    }
    if path == "/api/v2/conversations/details/query" {
        return Question::Open(ids(&String::from_utf8_lossy(request.body())));
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    match pairs.find(|(key, _)| key == "filter") {
        // Those of a batch and nothing else; with another test beside it, it is no look but a question.
        Some((_, filter)) if filter.contains("id = ") && !filter.contains(" AND ") => {
            Question::Look(ids(&filter))
        }
        _ => Question::Other,
    }
}

fn ids(text: &str) -> Vec<GuestId> {
    let words = text.split('"').map(|word| word.trim_matches('\\'));
    words.filter_map(|word| Uuid::try_parse(word).ok()).map(GuestId).collect()
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let question = question(&request);
        let mut _flight = None;
        if let Question::Delete(id) = question {
            // What happens at the point that follows comes too late for the last look at holds and outbox.
            let mut state = self.state();
            if !state.dead {
                state.story.push(Happening::Asked(id));
            }
            drop(state);
            _flight = Some(Flight::begin(self));
        }
        self.point().await;
        let open_before = match &question {
            Question::Look(ids) => {
                self.state().story.push(Happening::Look(ids.clone()));
                HashSet::new()
            }
            Question::Open(ids) => self.open_among(ids),
            _ => HashSet::new(),
        };
        let way = &self.ground.way;
        let cut = || Err(TransportError::perhaps("connection cut (test)"));
        let answer = match self.fate() {
            Fate::Fair => way.send(request).await,
            Fate::Refused => Err(TransportError::not_sent("connection refused (test)")),
            Fate::CutBefore => cut(),
            Fate::CutAfter => {
                let _ = way.send(request).await;
                cut()
            }
            Fate::Lands(later) => {
                let mut state = self.state();
                let at = state.step + later;
                state.landing.push((at, request));
                drop(state);
                cut()
            }
            Fate::Twice => {
                let first = way.send(request.clone()).await;
                // A 429 says that nothing was done, and no proxy makes that a lie.
                if !first.as_ref().is_ok_and(|a| a.status() == http::StatusCode::TOO_MANY_REQUESTS) {
                    let _ = way.send(request).await;
                }
                first
            }
        };
        self.hear();
        let mut answer = answer;
        if let (Ok(answer), true) = (&mut answer, self.state().shows_clock) {
            let shown = self.ground.org.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            answer.headers_mut().insert(http::header::DATE, shown.parse().expect("digits and letters"));
        }
        if let Question::Open(ids) = &question {
            let open_after = self.open_among(ids);
            let at_times = open_before.union(&open_after).copied().collect();
            // Without an answer nobody knows.
            let known = answer.as_ref().is_ok_and(|a| a.status().is_success());
            let all_along = open_before.intersection(&open_after).copied().filter(|_| known).collect();
            self.state().story.push(Happening::Open { all_along, at_times });
        }
        self.point().await;
        answer
    }
}

/// A delete under way.
struct Flight<'a>(&'a Network);

impl<'a> Flight<'a> {
    fn begin(network: &'a Network) -> Self {
        let mut state = network.state();
        state.deleting += 1;
        state.most_deleting = state.most_deleting.max(state.deleting);
        Self(network)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.deleting = state.deleting.saturating_sub(1);
    }
}
