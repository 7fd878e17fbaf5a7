//! Chats that were there when the window was closed come back under their tokens, with their history from the org and what waits
//! in the outbox.

use std::sync::Arc;

use genesys::webmessaging::{ChatOptions, DeploymentConfig};
use model::Secret;
use outbox::EntryFilter;
use uuid::Uuid;

use super::{
    keep::KeptChat,
    live::{About, LiveChat, conversation_of},
    rows::MOST_ROWS,
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
        let kept = self.on_disk(|app| Ok(app.0.chat_lab.kept.all()?)).await?;
        for (id, _) in kept {
            if let Err(failure) = self.lab_live(id).await {
                tracing::warn!(code = ?failure.code, message = failure.message, "a chat was not taken up again");
            }
        }
        Ok(())
    }

    /// A chat at work: the one on the list, else the one that is kept, taken up. `None` when it is over and was removed.
    pub(super) async fn lab_live(&self, id: Uuid) -> Result<Option<Arc<LiveChat>>> {
        let _one = self.0.chat_lab.restoring.lock().await;
        if let Ok(live) = self.0.chat_lab.get(id) {
            return Ok(Some(live));
        }
        match self.on_disk(move |app| Ok(app.0.chat_lab.kept.get(id)?)).await? {
            Some(kept) => self.take_up(id, kept).await.map(Some),
            None => Ok(None),
        }
    }

    async fn take_up(&self, id: Uuid, kept: KeptChat) -> Result<Arc<LiveChat>> {
        let (target, token, options) = self.kept_target(&kept)?;
        let options = ChatOptions { offline: kept.offline, ..options };
        let about = About {
            name: kept.name,
            email: kept.email,
            attributes: kept.attributes,
            deployment: target.deployment.clone(),
            offers: kept.offers,
            started_at: kept.started_at,
        };
        let waiting = self.on_disk(move |app| {
            let filter = EntryFilter { conversation: Some(conversation_of(id)), ..EntryFilter::default() };
            Ok(app.0.outbox.page(&filter, 0, MOST_ROWS)?.entries)
        });
        let waiting = waiting.await?;
        let opened = target.client.open(&target.deployment, options);
        let beside = self.0.chat_lab.beside(&self.0.outbox);
        let live = LiveChat::follow(id, about, token, opened, Arc::clone(&self.0.clock), beside, &waiting);
        self.0.chat_lab.add(Arc::clone(&live));
        Ok(live)
    }

    /// Where a kept chat goes, and how it connects.
    pub(super) fn kept_target(&self, kept: &KeptChat) -> Result<(LabTarget, Secret, ChatOptions)> {
        let target = self.lab_target_of(Some(&kept.deployment), kept.page_origin.as_deref())?;
        let config = DeploymentConfig {
            auto_start: Some(kept.offers.auto_start),
            user_typing: Some(kept.offers.typing),
            ..DeploymentConfig::default()
        };
        let token = kept.opened();
        let (token_of, attributes) = (token.clone(), kept.sent.clone());
        let options = ChatOptions { token: token_of, attributes, ..LabTarget::chat_options(&config) };
        Ok((target, token, options))
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
