use std::sync::Arc;

use bytes::Bytes;
use model::Clock;
use tokio::{sync::mpsc, time::timeout};

use super::{
    chat::{Chat, ChatEvents, check_attributes},
    deployment::{Deployment, DeploymentConfig, host_and_port},
    dialer::Dialer,
    driver::Driver,
    error::{RefusedBecause, WebMessagingError},
    event::{ChatEvent, ChatState, EndReason},
    frames::outgoing::Frames,
    history_pace::HistoryPaces,
    machine::{Limits, Machine},
    options::ChatOptions,
};
use crate::{Transport, TransportError, timeouts};

/// Opens chats as guests of deployments. Clones share everything.
#[derive(Clone)]
pub struct WebMessaging {
    pub(super) dialer: Arc<dyn Dialer>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    paces: HistoryPaces,
}

/// The task of a chat waits while so many events are not read yet.
const EVENTS: usize = 1_024;

impl WebMessaging {
    /// Sockets by `dialer`; configuration, history and uploads by `transport`.
    #[must_use]
    pub fn new(dialer: Arc<dyn Dialer>, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { dialer, transport, clock, paces: HistoryPaces::new() }
    }

    /// Reads the public configuration of a deployment, without any sign-in.
    ///
    /// # Errors
    /// [`WebMessagingError::Unreachable`], [`WebMessagingError::NotTrusted`], [`WebMessagingError::Silent`], and
    /// [`WebMessagingError::BadDeployment`] where there is no such deployment or no configuration of one.
    pub async fn config(&self, deployment: &Deployment) -> Result<DeploymentConfig, WebMessagingError> {
        let host = host_and_port(&deployment.config);
        let request = http::Request::get(deployment.config.as_str())
            .body(Bytes::new())
            .map_err(|_| WebMessagingError::BadDeployment("its address is none".to_owned()))?;
        let answer = match timeout(timeouts::SIGN_IN, self.transport.send(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(unreachable(host, &error)),
            Err(_) => return Err(WebMessagingError::Silent { host, within: timeouts::SIGN_IN }),
        };
        let status = answer.status().as_u16();
        match status {
            200..=299 => DeploymentConfig::parse(answer.body()).ok_or_else(|| {
                WebMessagingError::BadDeployment(format!(
                    "{host} answered with no configuration of a deployment"
                ))
            }),
            // The vendor's files answer 403 also where there is none.
            401 | 403 => Err(WebMessagingError::Refused {
                host,
                status,
                because: RefusedBecause::DeploymentOrOrigin,
                retry_after: None,
            }),
            429 => {
                let text = "the configuration of deployments is asked for too often".to_owned();
                Err(WebMessagingError::SessionRefused { code: 429, text, retry_after: None })
            }
            400 | 404 | 410 => Err(WebMessagingError::BadDeployment(format!(
                "{host} knows no deployment {} ({status})",
                deployment.id
            ))),
            _ => Err(WebMessagingError::Unreachable { host, why: format!("it answered with {status}") }),
        }
    }

    /// Begins a chat; its task ends with the chat or when the last [`Chat`] is dropped. Must be called inside a tokio runtime.
    #[must_use]
    pub fn open(&self, deployment: &Deployment, options: ChatOptions) -> (Chat, ChatEvents) {
        let (chat, commands) = Chat::new();
        let (events, received) = mpsc::channel(EVENTS);
        let mut all = options.attributes.clone();
        all.extend(options.attributes_if_new.clone());
        if let Err(why) = check_attributes(&all) {
            // The channel is new: there is room.
            let _ = events.try_send(ChatEvent::State(ChatState::Ended(EndReason::Failed(why))));
            return (chat, received);
        }
        let host = deployment.host();
        let limits = Limits::of(&options, self.paces.of(&options.token));
        let frames = Frames {
            token: options.token,
            deployment: deployment.id.clone(),
            attributes: options.attributes,
            attributes_if_new: options.attributes_if_new,
        };
        let driver = Driver {
            address: deployment.socket_address(options.application.as_deref()),
            deployment: deployment.clone(),
            dialer: Arc::clone(&self.dialer),
            transport: Arc::clone(&self.transport),
            clock: Arc::clone(&self.clock),
            events,
            commands,
        };
        let machine = Machine::new(frames, host, &limits, rand::random());
        tokio::spawn(driver.run(machine));
        (chat, received)
    }
}

fn unreachable(host: String, error: &TransportError) -> WebMessagingError {
    if error.timed_out {
        return WebMessagingError::Silent { host, within: timeouts::SIGN_IN };
    }
    if error.untrusted {
        let why = error.what.rsplit(": ").next().unwrap_or_default().to_owned();
        return WebMessagingError::NotTrusted { host, why };
    }
    WebMessagingError::Unreachable { host, why: error.what.clone() }
}
