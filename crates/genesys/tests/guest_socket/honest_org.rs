//! A small org that keeps what it takes, shows it in its history, and whose connections are cut between any two frames.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use testkit::{Canned, ScriptedConnection};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::common::CLOCK;

#[derive(Clone, Default)]
pub struct HonestOrg(Arc<Mutex<World>>);

#[derive(Default)]
pub struct World {
    /// Bodies of messages, oldest first.
    pub history: Vec<Value>,
    /// The texts of the guest's messages, as they were taken.
    pub taken: Vec<String>,
    /// Whether the history gives back what the guest put into `metadata`.
    pub shows_metadata: bool,
    /// Boundaries between frames so far.
    pub boundaries: usize,
    /// At which boundaries the connection is cut, in order.
    pub cuts: VecDeque<usize>,
    /// `configureSession` came before.
    known: bool,
}

impl HonestOrg {
    pub fn new(shows_metadata: bool, cuts: &[usize]) -> Self {
        let world = World { shows_metadata, cuts: cuts.iter().copied().collect(), ..World::default() };
        Self(Arc::new(Mutex::new(world)))
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// The history over HTTP, newest first.
    pub fn http(&self) -> Canned {
        let org = self.clone();
        Canned::new(move |_, seen| {
            let number = seen.target.rsplit('=').next().unwrap().parse::<usize>().unwrap();
            let world = org.world();
            let newest = world.history.iter().rev().skip((number - 1) * 25).take(25);
            let entities: Vec<Value> = newest
                .map(|body| {
                    let mut body = body.clone();
                    if !world.shows_metadata {
                        body.as_object_mut().unwrap().remove("metadata");
                    }
                    body
                })
                .collect();
            Canned::json(200, &json!({ "entities": entities, "pageNumber": number }).to_string())
        })
    }

    /// Serves every connection, one after the other.
    pub async fn serve(self, mut connections: UnboundedReceiver<ScriptedConnection>) {
        while let Some(mut connection) = connections.recv().await {
            'open: while let Some(frame) = connection.receive().await {
                if self.world().is_cut() {
                    break;
                }
                let answers = self.world().answer(&frame);
                for answer in answers {
                    if self.world().is_cut() {
                        break 'open;
                    }
                    connection.send(&answer);
                }
            }
        }
    }
}

impl World {
    fn is_cut(&mut self) -> bool {
        let here = self.boundaries;
        self.boundaries += 1;
        self.cuts.pop_front_if(|cut| *cut == here).is_some()
    }

    fn answer(&mut self, frame: &Value) -> Vec<Value> {
        let tracing = frame["tracingId"].clone();
        let response = |class: &str, body: Value| json!({"type": "response", "class": class, "code": 200, "tracingId": tracing, "body": body});
        match frame["action"].as_str().unwrap() {
            "configureSession" => {
                let new = !std::mem::replace(&mut self.known, true);
                vec![response("SessionResponse", json!({"connected": true, "newSession": new}))]
            }
            "getJwt" => vec![response("JwtResponse", json!({"jwt": "a.b.c", "exp": 1_900_000_000}))],
            "onMessage" => {
                let text = frame["message"]["text"].as_str().unwrap_or("a file").to_owned();
                self.taken.push(text.clone());
                let mut echo = self.body("Inbound", &text);
                echo["metadata"] = frame["message"]["metadata"].clone();
                self.history.push(echo.clone());
                let reply = self.body("Outbound", &format!("re {text}"));
                self.history.push(reply.clone());
                let message = |body: Value| json!({"type": "message", "class": "StructuredMessage", "code": 200, "body": body});
                let mut echo = message(echo);
                echo["tracingId"] = tracing;
                vec![echo, message(reply)]
            }
            _ => vec![response("string", json!("ok"))],
        }
    }

    /// A body with the next number and the next second.
    fn body(&self, direction: &str, text: &str) -> Value {
        let n = self.history.len();
        let began: DateTime<Utc> = CLOCK.parse().unwrap();
        let at = (began + TimeDelta::seconds(n as i64)).to_rfc3339();
        json!({"id": format!("{n:032x}"), "type": "Text", "text": text, "direction": direction,
            "channel": {"time": at, "messageId": format!("key-{n}")}})
    }
}
