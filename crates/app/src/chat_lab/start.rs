//! Starting a chat of the chat lab.

use std::{collections::BTreeMap, sync::Arc};

use genesys::webmessaging::{ChatOptions, DeploymentConfig, RefusedBecause, WebMessagingError};
use model::Secret;
use uuid::Uuid;

use super::{
    content,
    live::{About, Before, LiveChat},
    words::{Past, closed},
};
use crate::{
    App, Environment, Failure, FailureCode, Result, blocking,
    lab::{
        notes::ATTRIBUTE as LAB_ATTRIBUTE,
        target::{EMBEDDED_DEPLOYMENT, LabChoice, LabTarget},
        variables::LabVariables,
    },
    views::{LabChatView, LabOverview, LabStart},
};

/// The longest token that can be given.
const LONGEST_TOKEN: usize = 128;

/// The most that custom attributes may have as JSON, keys and values together.
const MOST_ATTRIBUTE_BYTES: usize = 2_048;

/// The custom attributes that are the guest's name and e-mail address.
const NAME: &str = "name";
const EMAIL: &str = "email";

/// A chat that can be started.
pub(super) struct Starting {
    pub(super) target: LabTarget,
    pub(super) about: About,
    /// The custom attributes of every message.
    pub(super) sent: BTreeMap<String, String>,
    pub(super) config: DeploymentConfig,
}

impl App {
    /// The chats, and what a new one would use.
    pub fn lab_overview(&self) -> LabOverview {
        let lab = &self.0.chat_lab;
        LabOverview {
            chats: lab.all().iter().map(|chat| chat.view()).collect(),
            deployment: self.own_deployment(),
            page_origin: self.0.connection.origin.clone(),
            can_play_agent: self.agent_side().is_some(),
        }
    }

    fn own_deployment(&self) -> Option<String> {
        let is_embedded = self.0.connection.environment == Environment::Embedded;
        let own = is_embedded.then(|| EMBEDDED_DEPLOYMENT.to_owned());
        LabVariables::read().deployment.ok().flatten().or(self.0.connection.deployment.clone()).or(own)
    }

    /// Starts a chat as a new guest.
    ///
    /// # Errors
    /// [`FailureCode::ReadOnly`], bad input by field, a deployment that cannot be reached or takes no guests. Nothing was sent
    /// then.
    pub async fn lab_start(&self, start: LabStart) -> Result<LabChatView> {
        self.begin(start, Secret::new(Uuid::new_v4().to_string()), false).await
    }

    /// Takes up a session by its token. The token comes from a person and never goes back to the page.
    ///
    /// # Errors
    /// As [`App::lab_start`]; a token of blanks, of control characters, or one that is too long.
    pub async fn lab_resume(&self, start: LabStart, token: String) -> Result<LabChatView> {
        let given = Secret::new(token.trim().to_owned());
        if !is_token(&given) {
            let what = format!("must have 1 to {LONGEST_TOKEN} visible characters, such as a UUID");
            return Err(Failure::field("token", what));
        }
        self.begin(start, given, true).await
    }

    /// `was_given`: the token is that of a guest who may have been there before.
    async fn begin(&self, start: LabStart, token: Secret, was_given: bool) -> Result<LabChatView> {
        if !self.0.org.pipeline.is_online() {
            return Err(Failure::new(
                FailureCode::Offline,
                "The console is switched offline: no chat was started.",
            ));
        }
        let Starting { target, about, mut sent, config } = self.check_start(start, true, not_started).await?;
        let mut attributes_if_new = BTreeMap::new();
        if was_given {
            // A guest who was there before is not the lab's, and whoever carries the mark is removed by `lab clean`.
            attributes_if_new.extend(sent.remove_entry(LAB_ATTRIBUTE));
        }
        let attributes = sent.clone();
        let options = ChatOptions {
            token: token.clone(),
            attributes,
            attributes_if_new,
            ..LabTarget::chat_options(&config)
        };
        let id = Uuid::new_v4();
        let lab = &self.0.chat_lab;
        // Until it is on the list, nobody else takes up what is kept: the chat would have two clients.
        let _one = lab.opening.lock().await;
        self.keep_chat(id, &about.kept(&token, sent)).await?;
        let opened = target.client.open(&target.deployment, options);
        let beside = lab.beside(&self.0.outbox);
        let before = Before {
            past: if was_given { Past::Given } else { Past::New },
            session_since: None,
            waiting: &[],
            org: None,
        };
        let chat = LiveChat::follow(id, about, token, opened, Arc::clone(&self.0.clock), beside, before);
        lab.add(Arc::clone(&chat));
        Ok(chat.view())
    }

    /// Checks what is given for a new chat and reads what its deployment offers. With `of_lab` the guest is noted and marked as one
    /// that `lab clean` removes. What the socket met is told in `words`. Nothing is sent to the org.
    pub(super) async fn check_start(
        &self,
        start: LabStart,
        of_lab: bool,
        words: fn(WebMessagingError) -> Failure,
    ) -> Result<Starting> {
        self.may_write()?;
        let target = self.lab_target_of(start.deployment.as_deref(), start.page_origin.as_deref())?;
        let mut sent = attributes(&start)?;
        let config = target.client.config(&target.deployment).await;
        let config = config.map_err(words)?;
        if let Some(why) = closed(&config) {
            let message = format!("The deployment {} {why}. Nothing was sent.", target.deployment.id);
            return Err(Failure::new(FailureCode::NotInThisDialect, message)
                .with_next("Switch it on at the org, or name another deployment."));
        }
        let origin = target.deployment.origin.as_deref();
        if let Some(problem) = lab::doctor::connecting(&config, origin).into_iter().next() {
            let message = format!("No chat was started at {}: {}.", target.host, problem.why);
            return Err(Failure::new(FailureCode::OrgFailed, message).with_next(
                "Have the deployment changed, or name another one, or the origin of a page that it allows.",
            ));
        }
        let now = self.0.clock.now();
        if of_lab {
            let (notes, host) = (target.notes.clone(), target.host.clone());
            let deployment = target.deployment.id.clone();
            let mark = blocking(move || {
                let run = notes.begin()?;
                run.note(now, &host, &deployment)?;
                Ok(run.value())
            })
            .await?;
            sent.insert(LAB_ATTRIBUTE.to_owned(), mark);
        }
        fit(&sent)?;
        self.on_disk(|app| app.0.chat_lab.has_room()).await?;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let about = About {
            name: given(&start.name),
            email: given(&start.email),
            attributes: start.attributes,
            deployment: target.deployment.clone(),
            offers: content::offers(&config),
            started_at: now,
        };
        Ok(Starting { target, about, sent, config })
    }

    /// Where a chat goes: the deployment and origin that were named, else those of the connection.
    pub(crate) fn lab_target_of(
        &self,
        deployment: Option<&str>,
        page_origin: Option<&str>,
    ) -> Result<LabTarget> {
        let deployment = deployment.map(|id| id.trim().to_owned());
        let origin = page_origin.map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned);
        if deployment.is_none() && self.own_deployment().is_none() {
            return Err(Failure::field("deployment", "is needed: this connection has none of its own")
                .with_next("Name one here, or add it to the connection in the settings."));
        }
        self.lab_target(&LabChoice { deployment, origin, ..LabChoice::default() }, &LabVariables::read())
    }
}

/// Whether a text can be the token of a session at all.
pub(super) fn is_token(token: &Secret) -> bool {
    let token = token.expose();
    (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Why no chat was started, by the field where a person can mend it.
pub(super) fn not_started(error: WebMessagingError) -> Failure {
    match &error {
        WebMessagingError::BadDeployment(why) => Failure::field("deployment", why.clone()).with_next(
            "Check the id of the deployment at the org, and that this connection is the right one.",
        ),
        WebMessagingError::Refused { because: RefusedBecause::DeploymentOrOrigin, .. } => {
            let message = format!("{error}. No chat was started.");
            Failure::new(FailureCode::InvalidInput, message).with_next(
                "Check at the org that the deployment is active, and that it allows the address of the page.",
            )
        }
        _ => error.into(),
    }
}

/// What is sent with every message: what was given, and the guest's name and e-mail address.
fn attributes(start: &LabStart) -> Result<BTreeMap<String, String>> {
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
    Ok(attributes)
}

/// Refuses attributes that are too long to be sent.
fn fit(attributes: &BTreeMap<String, String>) -> Result<()> {
    let bytes = serde_json::to_vec(attributes).map_or(usize::MAX, |json| json.len());
    if bytes > MOST_ATTRIBUTE_BYTES {
        let what = format!(
            "name, e-mail and attributes have {bytes} bytes as JSON, the mark of the lab included; {MOST_ATTRIBUTE_BYTES} are allowed"
        );
        return Err(Failure::field("attributes", what));
    }
    Ok(())
}
