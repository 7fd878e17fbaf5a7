//! A guest at a scripted org or at the simulator, and what they are told in words.

use std::{sync::Arc, time::Duration};

use genesys::{
    Endpoints, Transport,
    webmessaging::{
        Chat, ChatEvent, ChatEvents, ChatOptions, ChatState, Content, Deployment, Direction, EndReason,
        Sender, WebMessaging,
    },
};
use model::Secret;
use testkit::{Canned, ScriptedConnection, ScriptedSockets, TokioClock};
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

pub const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";
pub const TOKEN: &str = "7b1c6d1e-6d1f-4a60-9a2f-3b7ce5a0f001";
pub const CLOCK: &str = "2026-11-22T12:00:00Z";

pub fn options() -> ChatOptions {
    ChatOptions {
        token: Secret::new(TOKEN.to_owned()),
        start_new: false,
        attributes: Default::default(),
        attributes_if_new: Default::default(),
        application: None,
        open_within: Duration::from_secs(10),
        reconnect_for: None,
        messages_per_second: 2,
        offline: false,
        join: false,
        typing: false,
    }
}

pub fn deployment() -> Deployment {
    let here = Endpoints::one_origin("http://127.0.0.1:9").unwrap();
    Deployment::at(&here, DEPLOYMENT, Some("https://shop.example")).unwrap()
}

/// The number of a message, as its id.
pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A guest whose org is the test.
pub struct Scripted {
    pub chat: Chat,
    pub events: ChatEvents,
    pub sockets: Arc<ScriptedSockets>,
    pub connections: UnboundedReceiver<ScriptedConnection>,
}

/// A history without messages, and uploads that work.
pub fn empty_history() -> Canned {
    Canned::new(|_, _| Canned::json(200, r#"{"entities":[],"total":0}"#))
}

pub fn scripted(options: ChatOptions) -> Scripted {
    scripted_with(options, Arc::new(empty_history()))
}

pub fn scripted_with(options: ChatOptions, transport: Arc<dyn Transport>) -> Scripted {
    let (sockets, connections) = ScriptedSockets::new();
    let client = WebMessaging::new(Arc::clone(&sockets) as _, transport, Arc::new(TokioClock::at(CLOCK)));
    let (chat, events) = client.open(&deployment(), options);
    Scripted { chat, events, sockets, connections }
}

/// An event in a few words; `None` for frames and attempts.
pub fn words(event: &ChatEvent) -> Option<String> {
    Some(match event {
        ChatEvent::State(state) => match state {
            ChatState::Connecting { .. } => return None,
            ChatState::Ready { new_session, read_only } => {
                format!(
                    "ready{}{}",
                    if *new_session { " new" } else { "" },
                    if *read_only { " read-only" } else { "" }
                )
            }
            ChatState::Backoff { attempts, .. } => format!("backoff {attempts}"),
            ChatState::Offline => "offline".to_owned(),
            ChatState::Ended(EndReason::Left) => "left".to_owned(),
            ChatState::Ended(EndReason::Expired) => "expired".to_owned(),
            ChatState::Ended(EndReason::ClosedByOrg { .. }) => "closed by the org".to_owned(),
            ChatState::Ended(EndReason::Failed(why)) => format!("failed: {why}"),
        },
        ChatEvent::Sent { id, .. } => format!("sent m{}", id.as_u128()),
        ChatEvent::Delivered { id, .. } => format!("delivered m{}", id.as_u128()),
        ChatEvent::Postponed { .. } => return None,
        ChatEvent::Refused { id, error } => format!("refused m{} {}", id.as_u128(), error.code),
        ChatEvent::Uncertain { id } => format!("uncertain m{}", id.as_u128()),
        ChatEvent::Message(message) => {
            let who = match (message.direction, message.sender) {
                (Direction::Inbound, _) => "Guest".to_owned(),
                (_, Sender::Human) => "Human".to_owned(),
                (_, sender) => format!("{sender:?}"),
            };
            let offers: Vec<&str> = message
                .content
                .iter()
                .filter_map(|c| match c {
                    Content::QuickReply(button) => Some(button.text.as_str()),
                    _ => None,
                })
                .collect();
            let offers = if offers.is_empty() { String::new() } else { format!(" [{}]", offers.join("|")) };
            let from = if message.from_history { " (history)" } else { "" };
            let late = if message.out_of_order { " (late)" } else { "" };
            format!("{who}: {}{offers}{from}{late}", message.text.as_deref().unwrap_or_default())
        }
        ChatEvent::Typing(span) => format!("typing {}", span.as_millis()),
        ChatEvent::Disconnected { read_only } => {
            format!("disconnected{}", if *read_only { " read-only" } else { "" })
        }
        ChatEvent::Cleared => "cleared".to_owned(),
        ChatEvent::Error(error) => format!("error {}", error.code),
        ChatEvent::Upload { sent, size, .. } => format!("upload {sent} of {size}"),
        ChatEvent::Withdrawn { .. } => "withdrawn".to_owned(),
        ChatEvent::HistoryRead { .. } => return None,
        ChatEvent::Repeated | ChatEvent::Frame(_) => return None,
    })
}

/// The next thing worth a word; a day of silence is a failure.
pub async fn told(events: &mut ChatEvents) -> Option<String> {
    let day = Duration::from_secs(86_400);
    loop {
        match tokio::time::timeout(day, events.recv()).await.expect("something happens within a day") {
            None => return None,
            Some(event) => {
                if let Some(words) = words(&event) {
                    return Some(words);
                }
            }
        }
    }
}

/// The same, until this one; returns everything before it too.
pub async fn told_until(events: &mut ChatEvents, last: &str) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let Some(words) = told(events).await else { panic!("the chat ended before {last:?}: {all:?}") };
        all.push(words);
        if all.last().unwrap() == last {
            return all;
        }
        assert!(all.len() < 10_000, "no {last:?} in {all:?}");
    }
}
