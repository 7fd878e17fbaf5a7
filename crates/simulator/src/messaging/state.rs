//! What the org keeps for guests who come by the socket.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    attachments::Attachments,
    bot::BotReply,
    rate::Window,
    session::{SessionKey, Sessions},
    settings::{Deployment, Messaging},
};

pub(crate) struct Guests {
    /// Whether they come over TLS, for the addresses that they are given.
    pub(crate) is_tls: bool,
    pub(crate) settings: Messaging,
    pub(crate) sessions: Sessions,
    pub(crate) attachments: Attachments,
    /// Each deployment with its connections of the last minute.
    deployments: HashMap<String, (Arc<Deployment>, Window)>,
    connections: u64,
}

impl Guests {
    pub(crate) fn new(settings: &Messaging, is_tls: bool) -> Self {
        let deployments = settings.deployments.iter();
        Self {
            is_tls,
            settings: settings.clone(),
            sessions: Sessions::default(),
            attachments: Attachments::default(),
            deployments: deployments
                .map(|d| (d.id.clone(), (Arc::new(d.clone()), Window::of_a_minute())))
                .collect(),
            connections: 0,
        }
    }

    pub(crate) fn deployment(&self, id: &str) -> Option<&Arc<Deployment>> {
        self.deployments.get(id).map(|(deployment, _)| deployment)
    }

    /// The deployment's connections of the last minute.
    pub(crate) fn arrivals(&mut self, id: &str) -> Option<&mut Window> {
        self.deployments.get_mut(id).map(|(_, arrivals)| arrivals)
    }

    pub(crate) fn next_connection(&mut self) -> u64 {
        self.connections += 1;
        self.connections
    }
}

/// What a bot still has to send in one conversation.
pub(crate) struct Play {
    pub(crate) session: SessionKey,
    pub(crate) conversation: Uuid,
    pub(crate) replies: Vec<BotReply>,
}

/// What becomes of the connection after a frame.
pub(crate) enum Next {
    /// It goes on.
    Go,
    /// It is cut without a close frame.
    Cut,
}

/// What a frame of a guest led to.
pub(crate) struct Heard {
    pub(crate) next: Next,
    pub(crate) play: Option<Play>,
}
