//! Starting a chat of the chat lab.

use std::{collections::BTreeMap, time::Duration};

use genesys::webmessaging::{ChatOptions, Deployment, DeploymentConfig};
use model::Secret;
use uuid::Uuid;

use super::{
    content,
    live::{About, LiveChat},
    words,
};
use crate::{
    App, Environment, Failure, FailureCode, Result,
    views::{LabChatView, LabOverview, LabStart},
};

/// The deployment of the embedded org, which allows every origin.
const EMBEDDED_DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

/// The longest token that can be given.
const LONGEST_TOKEN: usize = 128;

/// How long a connection and its session may take before the attempt counts as failed.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// How many messages of a guest leave in a second: the vendor's documented limit.
const MESSAGES_PER_SECOND: u32 = 2;

/// The custom attributes that are the guest's name and e-mail address.
const NAME: &str = "name";
const EMAIL: &str = "email";

impl App {
    /// The chats, and what a new one would use.
    pub fn lab_overview(&self) -> LabOverview {
        let lab = &self.0.chat_lab;
        LabOverview {
            chats: lab.all().iter().map(|chat| chat.view()).collect(),
            deployment: self.own_deployment(),
            page_origin: None,
            can_play_agent: lab.agent.is_some(),
        }
    }

    fn own_deployment(&self) -> Option<String> {
        let is_embedded = self.0.connection.environment == Environment::Embedded;
        is_embedded.then(|| EMBEDDED_DEPLOYMENT.to_owned())
    }

    /// Starts a chat as a new guest.
    ///
    /// # Errors
    /// [`FailureCode::ReadOnly`], bad input by field, a deployment that cannot be reached or takes no guests. Nothing was sent
    /// then.
    pub async fn lab_start(&self, start: LabStart) -> Result<LabChatView> {
        self.begin(start, Secret::new(Uuid::new_v4().to_string())).await
    }

    /// Takes up a session by its token. The token comes from a person and never goes back to the page.
    ///
    /// # Errors
    /// As [`App::lab_start`]; a token of blanks, of control characters, or one that is too long.
    pub async fn lab_resume(&self, start: LabStart, token: String) -> Result<LabChatView> {
        let given = Secret::new(token.trim().to_owned());
        let is_token = !given.expose().is_empty()
            && given.expose().len() <= LONGEST_TOKEN
            && given.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if !is_token {
            let what = format!("must have 1 to {LONGEST_TOKEN} visible characters, such as a UUID");
            return Err(Failure::field("token", what));
        }
        self.begin(start, given).await
    }

    async fn begin(&self, start: LabStart, token: Secret) -> Result<LabChatView> {
        self.may_write()?;
        if !self.0.org.pipeline.is_online() {
            return Err(Failure::new(
                FailureCode::Offline,
                "The console is switched offline: no chat was started.",
            ));
        }
        let deployment = self.lab_deployment(start.deployment.as_deref(), start.page_origin.as_deref())?;
        let attributes = attributes(&start)?;
        let config = self.lab_config(&deployment).await?;
        if let Some(why) = words::closed(&config) {
            let message = format!("The deployment {} {why}. Nothing was sent.", deployment.id);
            return Err(Failure::new(FailureCode::NotInThisDialect, message)
                .with_next("Switch it on at the org, or name another deployment."));
        }
        let offers = content::offers(&config);
        let options = ChatOptions {
            token: token.clone(),
            start_new: false,
            attributes,
            application: Some(concat!("innkeeper-", env!("CARGO_PKG_VERSION")).to_owned()),
            open_within: OPEN_WITHIN,
            reconnect_for: None,
            messages_per_second: MESSAGES_PER_SECOND,
            join: offers.auto_start,
            typing: offers.typing,
        };
        let lab = &self.0.chat_lab;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let about = About {
            name: given(&start.name),
            email: given(&start.email),
            attributes: start.attributes,
            deployment: deployment.clone(),
            offers,
            started_at: self.0.clock.now(),
        };
        let opened = lab.client.open(&deployment, options);
        let clock = std::sync::Arc::clone(&self.0.clock);
        let chat = LiveChat::follow(Uuid::new_v4(), about, token, opened, clock, lab.changed.clone());
        lab.add(std::sync::Arc::clone(&chat))?;
        Ok(chat.view())
    }

    /// The deployment that was named, else that of the connection.
    pub(super) fn lab_deployment(&self, id: Option<&str>, origin: Option<&str>) -> Result<Deployment> {
        let id = id.map(str::trim).map(str::to_owned);
        if id.as_deref() == Some("") {
            return Err(Failure::field("deployment", "may not be empty"));
        }
        let Some(id) = id.or_else(|| self.own_deployment()) else {
            return Err(Failure::field("deployment", "is needed: this connection has none of its own")
                .with_next("Name one, or add it to the connection in the settings."));
        };
        let origin = origin.map(str::trim).filter(|origin| !origin.is_empty());
        Deployment::at(&self.0.chat_lab.endpoints, &id, origin).map_err(words::failure)
    }

    pub(super) async fn lab_config(&self, deployment: &Deployment) -> Result<DeploymentConfig> {
        self.0.chat_lab.client.config(deployment).await.map_err(words::failure)
    }
}

/// What is sent with every message: what was given, and the guest's name and e-mail address.
fn attributes(start: &LabStart) -> Result<BTreeMap<String, String>> {
    /// As JSON, keys and values together.
    const MOST_BYTES: usize = 2_048;
    let mut attributes = start.attributes.clone();
    for (key, value) in [(NAME, &start.name), (EMAIL, &start.email)] {
        let value = value.trim();
        if attributes.contains_key(key) {
            return Err(Failure::field("attributes", format!("{key:?} has a field of its own")));
        }
        if !value.is_empty() {
            attributes.insert(key.to_owned(), value.to_owned());
        }
    }
    if attributes.keys().any(|key| key.trim().is_empty()) {
        return Err(Failure::field("attributes", "an attribute needs a name"));
    }
    let bytes = serde_json::to_vec(&attributes).map_or(usize::MAX, |json| json.len());
    if bytes > MOST_BYTES {
        let what =
            format!("name, e-mail and attributes have {bytes} bytes as JSON; {MOST_BYTES} are allowed");
        return Err(Failure::field("attributes", what));
    }
    Ok(attributes)
}
