use std::{collections::HashMap, time::Duration};

use genesys::webmessaging::{ChatEvent, ChatEvents, ChatState, Direction, EndReason, WebMessagingError};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::tally::Tally;
use crate::run::{Target, chat_options};

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a second copy of the last message is waited for.
const COPIES: Duration = Duration::from_millis(250);

/// What each guest does.
#[derive(Debug)]
pub struct GuestPlan {
    /// At least one.
    pub texts: Vec<String>,
    pub messages: u32,
    pub patience: Duration,
}

enum Way {
    Waiting,
    Sent(Instant),
    Delivered,
}

/// One guest: connects, writes, waits for the echoes, goes.
pub async fn chat(target: &Target, plan: &GuestPlan, tally: &Tally) {
    let mut options = chat_options(target, plan.patience);
    // An org that has much to do is asked again for a while; a guest who gave up at once would only be counted as lost.
    options.reconnect_for = Some(plan.patience * 3);
    let (guest, mut events) = target.guests.open(options);
    let mut messages: HashMap<Uuid, Way> = HashMap::new();
    let mut open = plan.messages;
    let mut has_begun = false;
    while open > 0 || !has_begun {
        // A little more than the client's own limit, so that its words are told and not these.
        let Ok(event) = timeout(plan.patience + FAREWELL, events.recv()).await else {
            tally.gave_up(&format!("nothing came for {} s", plan.patience.as_secs()));
            break;
        };
        match event {
            None => {
                tally.gave_up("the chat is over");
                break;
            }
            Some(ChatEvent::State(ChatState::Ready { .. })) if !has_begun => {
                has_begun = true;
                tally.connected();
                for (text, _) in plan.texts.iter().cycle().zip(0..plan.messages) {
                    let id = Uuid::new_v4();
                    messages.insert(id, Way::Waiting);
                    if let Err(why) = guest.say(id, text) {
                        tally.gave_up(&why.to_string());
                        return;
                    }
                }
            }
            Some(ChatEvent::State(ChatState::Ended(reason))) => {
                tally.gave_up(&ended(&reason));
                if let EndReason::Failed(why) = &reason {
                    no_connection(why, has_begun, tally);
                }
                return;
            }
            Some(ChatEvent::State(ChatState::Backoff { why, .. })) if !has_begun && is_final(&why, tally) => {
                tally.gave_up(&why.to_string());
                no_connection(&why, has_begun, tally);
                return;
            }
            Some(ChatEvent::Sent { id, .. }) => {
                if let Some(way @ Way::Waiting) = messages.get_mut(&id) {
                    *way = Way::Sent(Instant::now());
                    tally.sent();
                }
            }
            Some(ChatEvent::Delivered { id, .. }) => match messages.insert(id, Way::Delivered) {
                Some(Way::Sent(at)) => {
                    open -= 1;
                    tally.delivered(Some(at.elapsed()));
                }
                Some(Way::Waiting) => {
                    open -= 1;
                    tally.delivered(None);
                }
                Some(Way::Delivered) => tally.doubled(),
                None => {}
            },
            Some(ChatEvent::Refused { id, error }) => {
                open -= u32::from(messages.remove(&id).is_some());
                tally.refused(error.code, &error.text);
            }
            Some(ChatEvent::Repeated) => tally.doubled(),
            // A message of the guest that this client did not send: the second copy of one that it did.
            Some(ChatEvent::Message(message)) if message.direction == Direction::Inbound => tally.doubled(),
            Some(_) => {}
        }
    }
    // The last message may come twice, too.
    until_the_end(&mut events, COPIES, tally).await;
    if guest.leave().is_ok() {
        // A farewell that nobody takes is none.
        until_the_end(&mut events, FAREWELL, tally).await;
    }
}

/// Listens for as long as that at most, and counts copies.
async fn until_the_end(events: &mut ChatEvents, limit: Duration, tally: &Tally) {
    let end = async {
        while let Some(event) = events.recv().await {
            match event {
                ChatEvent::State(ChatState::Ended(_)) => break,
                ChatEvent::Repeated => tally.doubled(),
                ChatEvent::Message(message) if message.direction == Direction::Inbound => tally.doubled(),
                _ => {}
            }
        }
    };
    drop(timeout(limit, end).await);
}

fn no_connection(why: &WebMessagingError, has_begun: bool, tally: &Tally) {
    if !has_begun
        && matches!(why, WebMessagingError::Unreachable { .. } | WebMessagingError::NotTrusted { .. })
    {
        tally.not_reached();
    }
}

/// Whether another attempt would end the same way: always where the org refuses, and where it is not there at all for anybody.
fn is_final(why: &WebMessagingError, tally: &Tally) -> bool {
    match why {
        WebMessagingError::Unreachable { .. } => tally.progress().connected == 0,
        WebMessagingError::NotTrusted { .. } => true,
        WebMessagingError::Refused { status, .. } => *status == 403,
        _ => false,
    }
}

fn ended(reason: &EndReason) -> String {
    match reason {
        EndReason::Left => "the chat is over".into(),
        // vendor-fact: session-expired
        EndReason::Expired => "the session has expired (code 4006)".into(),
        EndReason::ClosedByOrg { .. } => "the org closed the connection".into(),
        EndReason::Failed(why) => why.to_string(),
    }
}
