//! Who lives in the org, as the test made them: the judge knows them from here and from the ledger alone.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::GuestId;
use serde_json::json;
use simulator::Kind;
use uuid::Uuid;

use crate::ground::{Ground, start};

/// A conversation takes messages for so long after the last one (`guest-api.md`).
const OPEN_FOR: TimeDelta = TimeDelta::hours(72);

/// A guest before they come.
#[derive(Debug, Clone, Copy)]
pub struct Sketch {
    pub minutes_old: i64,
    pub tier: Option<&'static str>,
    pub active: bool,
}

/// A guest who came.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: GuestId,
    pub created: DateTime<Utc>,
    pub tier: Option<&'static str>,
    pub active: bool,
    pub conversation: Uuid,
    last_word: DateTime<Utc>,
    closed: bool,
}

impl Person {
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        !self.closed && self.last_word + OPEN_FOR > now
    }
}

/// Something that happens while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    Renamed(usize),
    Tiered(usize, &'static str),
    Flipped(usize),
    Says(usize),
    Closes(usize),
    Vanishes(usize),
    Arrives(Sketchy),
    Held(usize),
    HeldByTier(&'static str),
    Queued(usize),
    /// The org's clock moves, in minutes.
    Clock(i64),
    Paused,
}

/// A guest who comes during the run, so many minutes old by what the org says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sketchy(pub i64);

/// Everyone who came, in the order in which they came.
#[derive(Debug, Default)]
pub struct People {
    pub all: Vec<Person>,
    pub by_id: HashMap<GuestId, usize>,
}

impl People {
    pub async fn come(ground: &Ground, sketches: &[Sketch]) -> Self {
        let mut people = Self::default();
        for sketch in sketches {
            people.add(arrive(ground, sketch).await);
        }
        people
    }

    pub fn add(&mut self, person: Person) {
        self.by_id.insert(person.id, self.all.len());
        self.all.push(person);
    }

    pub fn of(&self, id: GuestId) -> Option<&Person> {
        self.by_id.get(&id).map(|n| &self.all[*n])
    }

    /// A message came through.
    pub fn heard(&mut self, n: usize, now: DateTime<Utc>) {
        self.all[n].last_word = now;
    }

    pub fn close(&mut self, n: usize) {
        self.all[n].closed = true;
    }

    pub fn open_at(&self, now: DateTime<Utc>) -> impl Iterator<Item = GuestId> {
        self.all.iter().filter(move |p| p.is_open(now)).map(|p| p.id)
    }
}

/// Creates a guest behind the console's back.
pub async fn arrive(ground: &Ground, sketch: &Sketch) -> Person {
    let before = ground.org.ledger_since(0).last().map_or(0, |e| e.n);
    let (id, created) = (GuestId(Uuid::new_v4()), start() - TimeDelta::minutes(sketch.minutes_old));
    let attributes = sketch.tier.map_or(json!({}), |tier| json!({ "tier": tier }));
    let body = json!({
        "id": id.0, "createdTime": created.to_rfc3339(), "active": sketch.active, "attributes": attributes,
    });
    assert_eq!(ground.by_hand("POST", "/guests", &body).await, 201);
    let entries = ground.org.ledger_since(before);
    let conversation = entries.iter().find(|e| e.kind == Kind::Created).and_then(|e| e.conversation_id);
    Person {
        id,
        created,
        tier: sketch.tier,
        active: sketch.active,
        conversation: conversation.unwrap(),
        last_word: created,
        closed: false,
    }
}
