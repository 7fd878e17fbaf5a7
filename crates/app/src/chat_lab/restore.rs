//! Chats that were there when the window was closed come back under their tokens, with their history from the org and what waits
//! in the outbox.

use std::sync::Arc;

use genesys::webmessaging::{ChatOptions, DeploymentConfig};
use model::Secret;
use outbox::EntryFilter;
use uuid::Uuid;

use super::{
    keep::KeptChat,
    live::{About, Before, LiveChat, conversation_of},
    rows::MOST_ROWS,
    words::Past,
};
use crate::{App, LabTarget, Result, views::ScenarioRunEnd};

impl App {
    /// Takes up the chats that have not ended, unless the connection is read-only; while the console is offline, they are too. One
    /// that is on the list is left alone.
    ///
    /// # Errors
    /// A store that cannot be read. A chat that cannot be taken up stays for the next time.
    pub async fn lab_restore(&self) -> Result<()> {
        if self.may_write().is_err() {
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
        let _one = self.0.chat_lab.opening.lock().await;
        if let Ok(live) = self.0.chat_lab.get(id) {
            if !live.look(|record| record.failed) {
                return Ok(Some(live));
            }
            // It is opened anew, and what waits in the outbox is tried with that.
            self.0.chat_lab.remove(id)?;
        }
        match self.on_disk(move |app| Ok(app.0.chat_lab.kept.get(id)?)).await? {
            Some(kept) => self.take_up(id, kept).await.map(Some),
            None => Ok(None),
        }
    }

    async fn take_up(&self, id: Uuid, kept: KeptChat) -> Result<Arc<LiveChat>> {
        let (target, token, options) = self.kept_target(&kept)?;
        let is_offline = kept.offline;
        let is_held = !kept.offline && !self.0.org.pipeline.is_online();
        let options = ChatOptions { offline: kept.offline || is_held, ..options };
        let past = if kept.connected { Past::Known } else { Past::New };
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
            Ok((
                app.0.outbox.page(&filter, 0, MOST_ROWS)?.entries,
                app.0.chats.org_side(&conversation_of(id))?,
            ))
        });
        let (waiting, org) = waiting.await?;
        let session_since = kept.session_since;
        let before = Before { past, session_since, waiting: &waiting, org: org.as_ref() };
        let opened = target.client.open(&target.deployment, options);
        let beside = self.0.chat_lab.beside(&self.0.outbox);
        let live = LiveChat::follow(id, about, token, opened, Arc::clone(&self.0.clock), beside, before);
        if is_held {
            live.hold();
        }
        self.0.chat_lab.add(Arc::clone(&live));
        // The console may have been switched before the chat was on the list; its guest's own switch stays as it was.
        if !is_offline {
            live.follow_switch(self.0.org.pipeline.is_online());
        }
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
        self.scenario_end(ScenarioRunEnd::Offline);
        Ok(())
    }
}
