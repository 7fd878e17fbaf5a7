//! Whatever comes, in whatever order: no panic, deadlines that move forward, an output that is bounded, one word for each message,
//! and no credential in anything that is told.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use model::Secret;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Effect, Input, Limits, Machine, Now, SharedWindow};
use crate::webmessaging::{
    Answer, ChatEvent, ChatOptions, ChatState, OutgoingFile, WebMessagingError,
    chat::Command,
    event::ServerError,
    frames::{history::HistoryPage, outgoing::Frames},
};

const TOKEN: &str = "7b1c6d1e-6d1f-4a60-9a2f-3b7ce5a0f001";
const JWT: &str = "eyJhbGciOiJub25lIn0.c2VjcmV0.c2lnbmF0dXJl";
const URL: &str = "https://files.example/put?X-Amz-Signature=0123456789abcdef";

fn machine(seed: u64, reconnect_for: Option<Duration>) -> Machine {
    let options = ChatOptions {
        token: Secret::new(TOKEN.to_owned()),
        start_new: seed.is_multiple_of(5),
        attributes: Default::default(),
        attributes_if_new: Default::default(),
        application: None,
        open_within: Duration::from_secs(10),
        reconnect_for,
        messages_per_second: (seed % 4) as u32,
        offline: false,
        join: seed.is_multiple_of(2),
        typing: true,
    };
    let frames = Frames {
        token: options.token.clone(),
        deployment: "d".to_owned(),
        attributes: Default::default(),
        attributes_if_new: Default::default(),
    };
    let history = SharedWindow::new(10, Duration::from_secs(60));
    Machine::new(frames, "host".to_owned(), &Limits::of(&options, history), seed)
}

/// One step of a random life.
#[derive(Debug, Clone)]
enum Step {
    Say(u8),
    Answer(u8),
    Attach(u8),
    Act(u8),
    Open,
    Lose,
    /// A frame of this kind about the n-th last that was sent.
    Frame(usize, usize),
    Broken(String),
    History(u8),
    Uploaded(bool),
    /// The next deadline comes.
    Deadline,
    Pass(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u8..40).prop_map(Step::Say),
        1 => (40u8..60).prop_map(Step::Answer),
        1 => (60u8..70).prop_map(Step::Attach),
        2 => (0u8..12).prop_map(Step::Act),
        4 => Just(Step::Open),
        2 => Just(Step::Lose),
        12 => (0usize..34, 0usize..6).prop_map(|(kind, about)| Step::Frame(kind, about)),
        1 => "\\PC{0,80}".prop_map(Step::Broken),
        2 => (0u8..4).prop_map(Step::History),
        1 => any::<bool>().prop_map(Step::Uploaded),
        6 => Just(Step::Deadline),
        3 => (0u32..100_000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..120)
}

/// A frame of the org about one that was sent.
fn frame(kind: usize, sent: &Value) -> Value {
    let class = |class: &str, code: u32, body: Value| json!({"type": "response", "class": class, "code": code, "tracingId": sent["tracingId"], "body": body});
    let event = |events: Value| {
        class(
            "StructuredMessage",
            200,
            json!({"id": "e", "type": "Event", "direction": "Outbound", "events": events}),
        )
    };
    let attachment = &sent["attachmentId"];
    match kind {
        0..=5 => class(
            "SessionResponse",
            200,
            json!({"connected": true, "newSession": kind == 0, "readOnly": kind == 5}),
        ),
        6 => class("SessionResponse", 200, json!({"connected": false, "readOnly": true})),
        7..=12 => class(
            "StructuredMessage",
            200,
            json!({"id": format!("k{}", sent["tracingId"]), "type": "Text",
            "direction": "Inbound", "text": sent["message"]["text"], "metadata": sent["message"]["metadata"]}),
        ),
        13 => class(
            "StructuredMessage",
            200,
            json!({"id": "b", "type": "Text", "direction": "Outbound", "text": TOKEN}),
        ),
        14 => class("TooManyRequestsErrorMessage", 429, json!({"retryAfter": 1, "errorCode": 4029})),
        15 => class("string", 4007, json!("not found")),
        16 => class("string", 409, json!("read-only")),
        17 => class("string", 400, json!(format!("no {TOKEN}"))),
        18 => class("JwtResponse", 200, json!({"jwt": JWT, "exp": 1})),
        19..=21 => class(
            "PresignedUrlResponse",
            200,
            json!({"attachmentId": attachment, "url": URL, "headers": {"x-sign": URL}}),
        ),
        22 => class("UploadSuccessEvent", 200, json!({"attachmentId": attachment, "downloadUrl": URL})),
        23 => class("GenerateUrlError", 400, json!({"attachmentId": attachment, "errorCode": 4001})),
        24 => event(json!([{"eventType": "Presence", "presence": {"type": "Disconnect"}}])),
        25 => event(json!([{"eventType": "Typing", "typing": {"duration": u64::MAX}}])),
        26 => class("ConnectionClosedEvent", 200, json!({"reason": TOKEN})),
        27 => class("SessionClearedEvent", 200, json!({})),
        28 => class("SessionExpiredEvent", 200, json!({})),
        29 => class("string", 500, json!({"message": TOKEN})),
        30 => class(TOKEN, 200, json!({"content": [{"attachment": {"id": "f", "url": URL}}]})),
        31 => class(
            "StructuredMessage",
            200,
            json!({"id": "f", "type": "Structured", "direction": "Outbound", "content": [
            {"contentType": "Attachment", "attachment": {"id": "f", "filename": "a", "url": URL}}]}),
        ),
        32 => class("string", 403, json!("no presence")),
        _ => class("LogoutEvent", 200, json!({})),
    }
}

/// The machine with what was seen of it.
struct Life {
    machine: Machine,
    now: Now,
    sent: Vec<Value>,
    uploads: Vec<Uuid>,
    walks: Vec<u32>,
    said: HashMap<Uuid, u32>,
    ended: bool,
    delivered: HashMap<Uuid, u32>,
    refused: HashMap<Uuid, u32>,
}

impl Life {
    fn take(&mut self, input: Input) {
        let effects = self.machine.handle(self.now, input);
        assert!(effects.len() < 600, "{} effects at once", effects.len());
        for effect in effects {
            assert!(
                !self.ended || matches!(effect, Effect::Link { .. } | Effect::Finish),
                "{effect:?} after the end"
            );
            if let Effect::Tell(event) = &effect {
                // What the org writes to the guest is the conversation's own.
                let said = |event: &ChatEvent| matches!(event, ChatEvent::Message(said) if said.text.as_deref() == Some(TOKEN));
                let told = if said(event) { String::new() } else { format!("{event:?}") };
                for secret in [TOKEN, JWT, "X-Amz-Signature"] {
                    assert!(!told.contains(secret), "{secret} in {told}");
                }
            }
            match effect {
                Effect::Send(frame) => {
                    assert!(!format!("{frame:?}").contains(TOKEN));
                    self.sent.push(frame.json);
                }
                Effect::Upload { attachment, .. } => self.uploads.push(attachment),
                Effect::ReadHistory { walk, .. } => self.walks.push(walk),
                Effect::Tell(ChatEvent::Sent { id, .. }) => *self.said.entry(id).or_default() += 1,
                Effect::Tell(ChatEvent::Delivered { id, .. }) => *self.delivered.entry(id).or_default() += 1,
                Effect::Tell(ChatEvent::Refused { id, .. }) => *self.refused.entry(id).or_default() += 1,
                Effect::Tell(ChatEvent::State(ChatState::Ended(_))) => self.ended = true,
                _ => {}
            }
        }
        if let Some(deadline) = self.machine.deadline() {
            assert!(deadline > self.now.since, "{deadline:?} is not after {:?}", self.now.since);
        }
    }

    fn step(&mut self, step: Step) {
        let id = |n: u8| Uuid::from_u128(u128::from(n) + 1);
        let command = |command| Input::Command(command);
        match step {
            Step::Say(n) => self.take(command(Command::Say(id(n), format!("text {}", n % 7)))),
            Step::Answer(n) => {
                let answer = match n % 3 {
                    0 => Answer::QuickReply { text: "Yes".to_owned(), payload: "y".to_owned() },
                    1 => Answer::Form { message: "b".to_owned(), values: Vec::new() },
                    _ => Answer::List { message: "b".to_owned(), chosen: Vec::new() },
                };
                self.take(command(Command::Answer(id(n), answer)));
            }
            Step::Attach(n) => {
                let file = OutgoingFile {
                    name: "a.png".to_owned(),
                    media_type: "image/png".to_owned(),
                    bytes: Bytes::from_static(b"png"),
                };
                self.take(command(Command::Attach(id(n), file, None)));
            }
            Step::Act(n) => self.take(match n {
                0 => command(Command::Offline),
                1 | 2 => command(Command::Online),
                3 => command(Command::StartNew),
                4 => command(Command::Clear),
                5 => command(Command::Typing),
                6 => command(Command::Join),
                7 => command(Command::Leave),
                8 | 9 => command(Command::Withdraw(id(n * 3))),
                _ => Input::WantLink("f".to_owned()),
            }),
            Step::Open => self.take(Input::Opened),
            Step::Lose => self.take(Input::Lost(WebMessagingError::Lost("cut".to_owned()))),
            Step::Frame(kind, about) => {
                let nothing = json!({});
                let sent = self.sent.iter().rev().nth(about).unwrap_or(&nothing);
                let text = frame(kind, sent).to_string();
                self.take(Input::Text(text));
            }
            Step::Broken(text) => {
                self.take(Input::Text(format!("{{{text}\"jwt\":\"{JWT}\",\"token\":\"{TOKEN}\"")));
            }
            Step::History(n) => {
                let walk = self.walks.last().copied().unwrap_or_default();
                let entities: Vec<Value> = (0..n)
                    .map(|n| json!({"id": format!("h{n}"), "type": "Text", "text": "text 1", "direction": "Inbound"}))
                    .collect();
                let page = match n {
                    3 => Err(ServerError { code: 500, text: TOKEN.to_owned(), retry_after: None }),
                    _ => {
                        Ok(HistoryPage::read(json!({ "entities": entities }).to_string().as_bytes()).unwrap())
                    }
                };
                self.take(Input::History(walk, page));
            }
            Step::Uploaded(well) => {
                let attachment = self.uploads.last().copied().unwrap_or_default();
                let failed = ServerError { code: 403, text: "no".to_owned(), retry_after: None };
                self.take(Input::Uploaded(attachment, if well { Ok(()) } else { Err(failed) }));
            }
            Step::Deadline => {
                if let Some(deadline) = self.machine.deadline() {
                    self.pass(deadline - self.now.since);
                }
                self.take(Input::Tick);
            }
            Step::Pass(millis) => {
                self.pass(Duration::from_millis(u64::from(millis)));
                self.take(Input::Tick);
            }
        }
    }

    /// The wall clock runs backwards now and then.
    fn pass(&mut self, span: Duration) {
        self.now.since += span;
        let back = if span.as_millis().is_multiple_of(3) { -1 } else { 1 };
        self.now.wall += TimeDelta::from_std(span).unwrap() * back;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_deadlines_move_forward_and_each_message_has_one_word(
        seed in any::<u64>(),
        span in proptest::option::of(0u64..400),
        steps in steps(),
    ) {
        let began: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut life = Life {
            machine: machine(seed, span.map(Duration::from_secs)),
            now: Now { since: Duration::ZERO, wall: began },
            sent: Vec::new(),
            uploads: Vec::new(),
            walks: Vec::new(),
            said: HashMap::new(),
            ended: false,
            delivered: HashMap::new(),
            refused: HashMap::new(),
        };
        life.take(Input::Begin);
        // Ids are used once, as callers do.
        let mut used = std::collections::HashSet::new();
        for step in steps {
            if let Step::Say(n) | Step::Answer(n) | Step::Attach(n) = step
                && !used.insert(n)
            {
                continue;
            }
            life.step(step);
        }
        for (id, times) in &life.delivered {
            prop_assert_eq!((*times, life.refused.get(id)), (1, None), "{}", id);
            prop_assert!(life.said.contains_key(id));
        }
        prop_assert!(life.refused.values().all(|times| *times == 1));
        // Without an end, time alone brings the machine to rest or to an end.
        for _ in 0..200 {
            life.step(Step::Deadline);
        }
    }
}
