//! Chats that were there when the window was closed come back under their tokens, with their history from the org.

use std::sync::Arc;

use genesys::webmessaging::{ChatOptions, DeploymentConfig};
use uuid::Uuid;

use super::{
    keep::KeptChat,
    live::{About, LiveChat},
};
use crate::{App, LabTarget, Result};

impl App {
    /// Takes up the chats that have not ended, unless the console is offline or the connection read-only. One that is on the list is
    /// left alone.
    ///
    /// # Errors
    /// A store that cannot be read. A chat that cannot be taken up stays for the next time.
    pub async fn lab_restore(&self) -> Result<()> {
        if self.may_write().is_err() || !self.0.org.pipeline.is_online() {
            return Ok(());
        }
        let _one = self.0.chat_lab.restoring.lock().await;
        let kept = self.on_disk(|app| Ok(app.0.chat_lab.kept.all()?)).await?;
        for (id, chat) in kept {
            if self.0.chat_lab.get(id).is_ok() {
                continue;
            }
            if let Err(failure) = self.take_up(id, chat).await {
                tracing::warn!(code = ?failure.code, message = failure.message, "a chat was not taken up again");
            }
        }
        Ok(())
    }

    async fn take_up(&self, id: Uuid, kept: KeptChat) -> Result<()> {
        let target = self.lab_target_of(Some(&kept.deployment), kept.page_origin.as_deref())?;
        let config = DeploymentConfig {
            auto_start: Some(kept.offers.auto_start),
            user_typing: Some(kept.offers.typing),
            ..DeploymentConfig::default()
        };
        let token = kept.opened();
        let options =
            ChatOptions { token: token.clone(), attributes: kept.sent, ..LabTarget::chat_options(&config) };
        let about = About {
            name: kept.name,
            email: kept.email,
            attributes: kept.attributes,
            deployment: target.deployment.clone(),
            offers: kept.offers,
            started_at: kept.started_at,
        };
        let messages = self.on_disk(move |app| Ok(app.0.chat_lab.kept.messages_of(id)?)).await?;
        let opened = target.client.open(&target.deployment, options);
        let live = LiveChat::follow(
            id,
            about,
            token,
            opened,
            Arc::clone(&self.0.clock),
            self.0.chat_lab.handed(),
            messages,
        );
        self.0.chat_lab.add(live);
        Ok(())
    }

    /// Follows the console's switch: offline, no chat sends anything; online again, those go on that it stopped.
    pub(crate) async fn lab_follow_switch(&self, online: bool) -> Result<()> {
        for chat in self.0.chat_lab.all() {
            chat.follow_switch(online);
        }
        if online {
            return self.lab_restore().await;
        }
        self.scenario_stop();
        Ok(())
    }
}
