use std::sync::Arc;

use model::Clock;
use tokio::sync::mpsc;

use super::{
    chat::{Chat, ChatEvents},
    deployment::{Deployment, DeploymentConfig},
    dialer::Dialer,
    error::WebMessagingError,
    event::{ChatEvent, ChatState, EndReason},
    options::ChatOptions,
};
use crate::Transport;

/// Opens chats as guests of deployments. Clones share everything.
#[derive(Clone)]
pub struct WebMessaging {
    dialer: Arc<dyn Dialer>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl WebMessaging {
    /// Sockets by `dialer`; configuration, history and uploads by `transport`.
    #[must_use]
    pub fn new(dialer: Arc<dyn Dialer>, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { dialer, transport, clock }
    }

    /// Reads the public configuration of a deployment, without any sign-in.
    ///
    /// # Errors
    /// [`WebMessagingError::Unreachable`], [`WebMessagingError::NotTrusted`], [`WebMessagingError::Silent`], and
    /// [`WebMessagingError::BadDeployment`] where there is no such deployment or no configuration of one.
    pub async fn config(&self, deployment: &Deployment) -> Result<DeploymentConfig, WebMessagingError> {
        let _ = (&self.dialer, &self.transport, self.clock.now(), deployment);
        Err(WebMessagingError::BadDeployment("not built yet".into()))
    }

    /// Begins a chat; its task ends with the chat or when the last [`Chat`] is dropped.
    #[must_use]
    pub fn open(&self, deployment: &Deployment, options: ChatOptions) -> (Chat, ChatEvents) {
        let _ = (deployment, options);
        let (chat, _commands) = Chat::new();
        let (events, received) = mpsc::channel(1024);
        let why = WebMessagingError::BadDeployment("not built yet".into());
        let _ = events.try_send(ChatEvent::State(ChatState::Ended(EndReason::Failed(why))));
        (chat, received)
    }
}
