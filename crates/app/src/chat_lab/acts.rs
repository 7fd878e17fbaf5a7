//! What a person does as a guest of the chat lab.

use std::{path::PathBuf, time::Duration};

use genesys::webmessaging::{Answer, Chat, Content, SharedFile, WebMessagingError};
use model::{MessageId, MessageText};
use uuid::Uuid;

use super::{content, files, live::LiveChat};
use crate::{
    App, Failure, FailureCode, Result,
    outbox::bulk::Undelivered,
    views::{LabAct, LabAnswer, LabChatState},
};

/// The longest message and the longest part of an answer, in bytes of UTF-8.
const LONGEST_TEXT: usize = 4_096;

/// So long an attempt is waited for that may still leave its message waiting.
const ATTEMPT: Duration = Duration::from_secs(5);

/// So many entries and fields an answer may have.
const MOST_PARTS: usize = 100;

impl App {
    /// Writes a message as the guest of a chat: it is in the outbox, on disk, when this returns. The same id again is the same
    /// message.
    ///
    /// # Errors
    /// An empty text or one over 4,096 bytes; a chat that is over or unknown.
    pub async fn lab_say(&self, chat: Uuid, id: Uuid, text: &str) -> Result<()> {
        if text.trim().is_empty() {
            return Err(Failure::field("text", "must not be empty"));
        }
        fits("text", text)?;
        let message = MessageText::new(text.to_owned())?;
        let live = self.0.chat_lab.get(chat)?;
        if live.look(|record| record.state == LabChatState::Ended) {
            return Err(WebMessagingError::Over.into());
        }
        let now = self.0.clock.now();
        // The line is there before the outbox can deliver its message.
        live.act(|_| Ok(()), |record| record.said(id, text, now))?;
        let accepted = self.chat_say(MessageId(id), live.conversation(), message).await;
        if let Err(failure) = accepted {
            live.act(|_| Ok(()), |record| record.unsaid(id))?;
            return Err(failure);
        }
        Ok(())
    }

    /// Answers what the other side offered, once for each of its messages and after what the guest wrote before.
    ///
    /// # Errors
    /// A message that was answered already, unless the org refused that; an answer that is too long; a text before it that is not
    /// delivered; a chat that is over or unknown.
    pub async fn lab_answer(&self, chat: Uuid, id: Uuid, answer: LabAnswer) -> Result<()> {
        let to = content::answered(&answer).to_owned();
        let answer = content::answer(answer);
        bounded(&answer)?;
        let live = self.0.chat_lab.get(chat)?;
        self.after_texts(&live).await?;
        live.answer(id, to, answer, self.0.clock.now())
    }

    /// Waits until the org has what the guest wrote: an answer or a file goes straight to the socket, and would be read before it.
    /// What is not delivered soon refuses it.
    async fn after_texts(&self, live: &LiveChat) -> Result<()> {
        let mut changes = self.0.outbox.changes();
        let delivered = async {
            loop {
                changes.borrow_and_update();
                let rest = self.outbox_undelivered(live.conversation()).await?;
                if rest == Undelivered::Nothing {
                    return Ok(());
                }
                let is_cut = live
                    .look(|record| !matches!(record.state, LabChatState::Connecting | LabChatState::Ready));
                if is_cut || rest == Undelivered::NeedsPerson || changes.changed().await.is_err() {
                    return Err(text_first());
                }
            }
        };
        tokio::time::timeout(ATTEMPT, delivered).await.unwrap_or_else(|_| Err(text_first()))
    }

    /// Does what a person does with a chat.
    ///
    /// # Errors
    /// A chat that is over or unknown.
    pub async fn lab_act(&self, chat: Uuid, act: LabAct) -> Result<()> {
        let lab = &self.0.chat_lab;
        let live = lab.get(chat)?;
        let now = self.0.clock.now();
        match act {
            LabAct::Typing => live.act(Chat::typing, |_| {}),
            LabAct::GoOffline => {
                lab.kept.set_offline(chat, true).await?;
                live.act(Chat::offline, |_| {})
            }
            LabAct::ComeBack if !self.0.org.pipeline.is_online() => {
                let message = "The console is switched offline: its guests stay offline.";
                Err(Failure::new(FailureCode::Offline, message))
            }
            LabAct::ComeBack => {
                lab.kept.set_offline(chat, false).await?;
                live.act(Chat::online, |_| {})
            }
            LabAct::NewSession => {
                live.act(Chat::start_new, |record| record.starts_new(now))?;
                Ok(lab.kept.set_session_since(chat, now).await?)
            }
            LabAct::Clear => live.act(Chat::clear, |_| {}),
            LabAct::End => {
                if live.look(|record| record.state == LabChatState::Ended) {
                    return Err(WebMessagingError::Over.into());
                }
                // What an attempt holds longer than that dies with the chat, and says so.
                if let Ok(taken) = tokio::time::timeout(ATTEMPT, self.take_back(&live)).await {
                    taken?;
                }
                live.act(Chat::leave, |_| {})
            }
            LabAct::Remove => {
                lab.remove(chat)?;
                lab.kept.forget(chat).await?;
                // What still waits learns that nobody sends it.
                self.0.outbox.wake_conversation(&live.conversation());
                Ok(())
            }
        }
    }

    /// Takes back what waits. An attempt on a chat without a connection ends at once and leaves its message waiting, so it is waited
    /// for; on a chat with one the message is on its way.
    async fn take_back(&self, live: &LiveChat) -> Result<()> {
        let mut changes = self.0.outbox.changes();
        loop {
            changes.borrow_and_update();
            self.outbox_discard_unsent(live.conversation()).await?;
            let is_cut = live
                .look(|record| matches!(record.state, LabChatState::Offline | LabChatState::Reconnecting));
            // One whose attempt began meanwhile was not taken back: it is there still.
            if !is_cut
                || !self.outbox_has_waiting(live.conversation()).await?
                || changes.changed().await.is_err()
            {
                return Ok(());
            }
        }
    }

    /// Uploads a file that a person chose or dropped, and sends it after what the guest wrote before.
    ///
    /// # Errors
    /// A deployment that takes no files or none of this kind or size; a file that cannot be read; a text before it that is not
    /// delivered; a chat that is over or unknown.
    pub async fn lab_attach(&self, chat: Uuid, id: Uuid, path: PathBuf, text: Option<String>) -> Result<()> {
        let live = self.0.chat_lab.get(chat)?;
        let text = text.filter(|text| !text.trim().is_empty());
        if let Some(text) = &text {
            fits("text", text)?;
        }
        let offers = live.about.offers.clone();
        let at = path.clone();
        let file = crate::blocking(move || files::read(&at, &offers)).await?;
        self.after_texts(&live).await?;
        let shown = Content::File(SharedFile {
            id: String::new(),
            name: file.name.clone(),
            media_type: Some(file.media_type.clone()),
            size: Some(file.bytes.len() as u64),
        });
        let now = self.0.clock.now();
        live.act(
            |guest| guest.attach(id, file, text.clone()),
            |record| record.attached(id, shown, path, text.clone(), now),
        )
    }
}

fn text_first() -> Failure {
    let message = "A text of this guest is not delivered yet, or it is not known whether it arrived. An answer or a file would be \
                   read before it. Nothing was sent.";
    Failure::new(FailureCode::InvalidInput, message).with_next(
        "Wait until the text is delivered, take it back, or decide about it where you are asked; then do this again.",
    )
}

fn fits(field: &str, text: &str) -> Result<()> {
    if text.len() > LONGEST_TEXT {
        let what = format!("has {} bytes; {LONGEST_TEXT} are allowed", text.len());
        return Err(Failure::field(field, what));
    }
    Ok(())
}

fn bounded(answer: &Answer) -> Result<()> {
    let parts: Vec<&str> = match answer {
        Answer::QuickReply { text, payload } | Answer::Button { text, payload } => vec![text, payload],
        Answer::Time { message, iso } => vec![message, iso],
        Answer::List { message, chosen: pairs } | Answer::Form { message, values: pairs } => {
            if pairs.len() > MOST_PARTS {
                let what = format!("has {} entries; {MOST_PARTS} are allowed", pairs.len());
                return Err(Failure::field("answer", what));
            }
            pairs.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).chain([message.as_str()]).collect()
        }
    };
    parts.into_iter().try_for_each(|part| fits("answer", part))
}
