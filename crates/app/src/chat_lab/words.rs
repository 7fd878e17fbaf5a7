//! What a person is told of a chat, in words: what happened, what it means for the guest, what to do.

use genesys::webmessaging::{ChatState, DeploymentConfig, EndReason, ServerError, WebMessagingError};

/// What the org should know of a guest when their session is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing: the guest begins.
    New,
    /// The session: it was ready before.
    Known,
    /// The session, if the token that a person gave is one.
    Given,
}

/// Where a chat stands.
pub(super) fn state(state: &ChatState) -> String {
    match state {
        ChatState::Connecting { attempt: 1 } => "The guest is connecting.".into(),
        ChatState::Connecting { attempt } => format!("The guest is connecting, attempt {attempt}."),
        ChatState::Ready { read_only: true, .. } => {
            "The conversation ended: the guest can read it and write again in a new session.".into()
        }
        ChatState::Ready { .. } => "The guest is connected.".into(),
        ChatState::Backoff { attempts, why, .. } => {
            // The first of them is the loss itself.
            let after = match attempts {
                0 | 1 => String::new(),
                more => format!(" after {more} failed attempts"),
            };
            format!("The connection is being made again{after}: {}. What the guest writes waits.", error(why))
        }
        ChatState::Offline => "Switched offline: what the guest writes waits, and nothing arrives.".into(),
        ChatState::Ended(reason) => ended(reason, false),
    }
}

/// Where a chat stands that is offline because the console is.
pub(super) const HELD: &str = "The console is switched offline, and its guests with it: what the guest writes waits, and nothing \
                               arrives until the console is online.";

/// What is told where the org has no session with the guest's token; `None` where that is as it should be.
pub(super) fn unknown(past: Past) -> Option<&'static str> {
    match past {
        Past::New => None,
        Past::Known => Some(
            // vendor-fact: token-unknown
            "The org does not know the guest's session any more: with the next message a new conversation begins, without what was \
             said before.",
        ),
        Past::Given => Some(
            // vendor-fact: token-unknown
            "The org has no session under this token: the guest is new there, and with the first message a conversation begins. \
             Check the token if the guest was there before.",
        ),
    }
}

/// The connection was lost, as a line of the transcript.
pub(super) fn lost(why: &WebMessagingError) -> String {
    match why {
        WebMessagingError::Lost(how) => format!("The connection was lost: {}.", how.trim_end_matches('.')),
        other => format!("The connection was lost: {}.", error(other)),
    }
}

/// Why a chat is over. `was_cleared`: the conversation was cleared just before.
pub(super) fn ended(reason: &EndReason, was_cleared: bool) -> String {
    match reason {
        EndReason::ClosedByOrg { .. } if was_cleared => {
            "The conversation was cleared, by the guest or because the org deleted the guest, and the org closed their connection. \
             Nothing more arrives in this chat."
                .into()
        }
        EndReason::Left => "The guest left the chat.".into(),
        EndReason::Expired => "The session expired: the guest starts again as somebody new.".into(),
        EndReason::ClosedByOrg { reason: Some(reason) } => {
            format!("The org closed the guest's connection ({reason}). Nothing more arrives in this chat.")
        }
        EndReason::ClosedByOrg { reason: None } => {
            "The org closed the guest's connection. Nothing more arrives in this chat.".into()
        }
        EndReason::Failed(why) => format!("The chat could not go on: {}.", error(why)),
    }
}

/// An error of the guest's socket.
pub(super) fn error(error: &WebMessagingError) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

/// An error that the org answered.
pub(super) fn server(error: &ServerError) -> String {
    match error.text.trim_end_matches('.') {
        text if error.code == 0 => text.to_owned(),
        "" => format!("the org answered with code {}", error.code),
        text => format!("{text} (code {})", error.code),
    }
}

/// Why no chat begins with this deployment, where its configuration says that none can.
pub(super) fn closed(config: &DeploymentConfig) -> Option<&'static str> {
    if config.active == Some(false) {
        return Some("is inactive: it takes no guests");
    }
    if config.messenger_enabled == Some(false) {
        return Some("has its messenger switched off: it takes no guests");
    }
    if config.auth == Some(true) {
        // vendor-fact: deployment-sign-in
        return Some("asks guests to sign in with the page's own accounts, which cannot be done here");
    }
    None
}
